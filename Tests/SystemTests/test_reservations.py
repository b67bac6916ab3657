"""Reserve & collect: a hold without payment, out of escrowed rights, that ends at its very instant."""

import datetime
import threading
import time
import uuid

from conftest import PRODUCTS
from shop.audit import audit
from shop.processes import wait_until


def instant(seconds_from_now):
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds_from_now)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def free(device, sku):
    return device.ask("availability.get", sku=sku)["result"]["availability"][0]["value"]


def test_a_hold_lives_through_place_extend_get_collect_and_sale(shop):
    tablet, till = shop.device("tablet-1"), shop.device("till-1")
    held = tablet.done("reservation.place", lines=[{"sku": "SKU-1", "quantity": 2}, {"gtin": PRODUCTS["SKU-2"]}],
                       term={"minutes": 30}, customer="C-7", channel="phone")
    assert held["state"] == "held"
    assert held["lines"] == [{"sku": "SKU-1", "quantity": 2, "asked": 2}, {"sku": "SKU-2", "quantity": 1, "asked": 1}]
    longer = tablet.done("reservation.extend", reservation=held["reservation"], term={"minutes": 90})
    assert longer["until"] > held["until"]
    problem = tablet.refused("reservation.extend", "term.notLater", reservation=held["reservation"],
                             term={"minutes": 10})
    assert problem["facts"]
    got = tablet.ask("reservation.get", reservation=held["reservation"])["result"]
    assert got["state"] == "held" and got["until"] == longer["until"]
    assert (free(tablet, "SKU-1"), free(tablet, "SKU-2")) == (8, 9)
    collected = till.done("reservation.collect", reservation=held["reservation"],
                          lines=[{"sku": "SKU-1", "quantity": 2}])
    assert collected["state"] == "awaitingSale"
    assert (free(tablet, "SKU-1"), free(tablet, "SKU-2")) == (8, 10), "what was not collected is free again"
    sold = till.done("sale.record", lines=[
        {"till": "T1", "ticket": "1", "line": 1, "kind": "sale", "sku": "SKU-1", "quantity": 2}])
    assert sold["lines"][0]["outcome"] == "recorded" and sold["shortfalls"] == []
    assert tablet.ask("reservation.get", reservation=held["reservation"])["result"]["state"] == "sold"
    assert free(tablet, "SKU-1") == 8
    tablet.refused("reservation.cancel", "reservation.sold", reservation=held["reservation"])
    shop.headquarters.wait_event("store.reservation.placed")
    shop.headquarters.wait_event("store.reservation.sold")
    shop.edged.wait_drained()
    shop.edged.stop()
    assert audit(shop.edged.open_ledger())["SKU-1"] == 8


def test_a_cancelled_hold_frees_its_units_wholly_or_by_line(shop):
    tablet = shop.device("tablet-1")
    held = tablet.done("reservation.place", lines=[{"sku": "SKU-1", "quantity": 3}, {"sku": "SKU-2", "quantity": 2}])
    tablet.done("reservation.cancel", reservation=held["reservation"], lines=[{"sku": "SKU-1", "quantity": 1}])
    assert (free(tablet, "SKU-1"), free(tablet, "SKU-2")) == (8, 8)
    assert tablet.done("reservation.cancel", reservation=held["reservation"], reason="noShow")["state"] == "released"
    assert (free(tablet, "SKU-1"), free(tablet, "SKU-2")) == (10, 10)
    tablet.refused("reservation.cancel", "reservation.released", reservation=held["reservation"])
    tablet.refused("reservation.collect", "reservation.released", reservation=held["reservation"])
    tablet.refused("reservation.extend", "reservation.unknown", reservation="R-00000000-E", term={"minutes": 5})
    slip = tablet.refused("reservation.extend", "scan.ownCodeCheck", reservation="R-00000000-A", term={"minutes": 5})
    assert slip["facts"]["expected"] == "E"


def test_a_code_typed_in_small_letters_without_hyphens_is_found(shop):
    tablet = shop.device("tablet-1")
    code = tablet.done("reservation.place", lines=[{"sku": "SKU-1"}])["reservation"]
    typed = code.replace("-", "").lower()
    assert tablet.ask("reservation.get", reservation=typed)["result"]["reservation"] == code
    assert tablet.done("reservation.cancel", reservation=typed)["state"] == "released"
    assert tablet.ask("pickup.get", code=typed)["problem"]["code"] == "scan.otherKind"


def test_a_partial_hold_is_given_only_when_it_was_asked_for(shop):
    tablet = shop.device("tablet-1")
    lines = [{"sku": "SKU-1", "quantity": 12}, {"sku": "SKU-2", "quantity": 1}]
    problem = tablet.refused("reservation.place", "stock.short", lines=lines)
    assert problem["facts"]["available"] == 10 and problem["facts"]["sku"] == "SKU-1"
    assert free(tablet, "SKU-2") == 10, "a refused reservation holds nothing"
    held = tablet.done("reservation.place", lines=lines, partial=True)
    assert [(line["quantity"], line["asked"]) for line in held["lines"]] == [(10, 12), (1, 1)]
    assert free(tablet, "SKU-1") == 0


def test_two_lines_of_one_product_share_its_units(shop):
    tablet = shop.device("tablet-1")
    lines = [{"sku": "SKU-1", "quantity": 6}, {"gtin": PRODUCTS["SKU-1"], "quantity": 6}]
    tablet.refused("reservation.place", "stock.short", lines=lines)


def test_a_hold_is_free_at_its_instant_and_not_at_the_next_sweep(shop):
    tablet, scanner = shop.device("tablet-1"), shop.device("scanner-1")
    until = instant(2.0)
    held = tablet.done("reservation.place", lines=[{"sku": "SKU-1", "quantity": 10}], term={"until": until})
    assert held["until"] == until
    assert tablet.ask("reservation.get", reservation=held["reservation"])["result"]["state"] == "held"
    tablet.refused("reservation.place", "stock.short", lines=[{"sku": "SKU-1"}])
    end = datetime.datetime.fromisoformat(until)
    wait_until(lambda: datetime.datetime.now(datetime.timezone.utc) >= end, 5, "the end of the hold", every=0.002)
    assert tablet.done("reservation.place", lines=[{"sku": "SKU-1", "quantity": 10}])["state"] == "held"
    assert tablet.ask("reservation.get", reservation=held["reservation"])["result"]["state"] == "expired"
    assert free(scanner, "SKU-1") == 0
    event = shop.headquarters.wait_event("store.reservation.expired")
    assert datetime.datetime.fromisoformat(event["time"]) == end, "an expiry is dated at its own instant"


def test_a_hold_that_ends_while_the_agent_is_off_ended_at_its_instant(shop):
    tablet = shop.device("tablet-1", first_retry=0.5)
    until = instant(2.0)
    held = tablet.done("reservation.place", lines=[{"sku": "SKU-1", "quantity": 10}], term={"until": until})
    shop.edged.kill()
    time.sleep(2.3)
    shop.edged.start()
    again = tablet.do("reservation.place", lines=[{"sku": "SKU-1", "quantity": 10}])
    assert again["outcome"] == "done", (again, until, shop.edged.status(), instant(0))
    assert tablet.ask("reservation.get", reservation=held["reservation"])["result"]["state"] == "expired"
    event = shop.headquarters.wait_event("store.reservation.expired")
    assert datetime.datetime.fromisoformat(event["time"]) == datetime.datetime.fromisoformat(until)


def test_the_last_unit_goes_to_one_of_two_devices(shop):
    first, second = shop.device("tablet-1"), shop.device("tablet-2")
    for sku in [f"SKU-{number}" for number in range(1, 16)]:
        first.done("reservation.place", lines=[{"sku": sku, "quantity": 9}])
        outcomes, barrier = [], threading.Barrier(2)

        def place(device):
            barrier.wait(10)
            outcomes.append(device.do("reservation.place", lines=[{"sku": sku}])["outcome"])
        threads = [threading.Thread(target=place, args=(device,)) for device in (first, second)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert sorted(outcomes) == ["done", "refused"]


def test_only_the_shops_own_rights_are_promised(new_shop):
    shop = new_shop().open(units=10, keep=4)
    tablet = shop.device("tablet-1")
    tablet.refused("reservation.place", "stock.short", lines=[{"sku": "SKU-1", "quantity": 7}])
    tablet.done("reservation.place", lines=[{"sku": "SKU-1", "quantity": 6}])
    wanted = shop.headquarters.wait_event("store.rights.wanted", sku="SKU-1")
    assert wanted["data"]["level"] == 7
    with shop.headquarters.lock:
        row = shop.headquarters.row("SKU-1")
        row["given"][shop.headquarters.edge] += 2
        shop.headquarters.feed("stock", [
            {"type": "rights", "sku": "SKU-1", "rights": shop.headquarters._row_copy("SKU-1")}])
    shop.headquarters.wait_fed("stock")
    tablet.done("reservation.place", lines=[{"sku": "SKU-1", "quantity": 2}])
    shop.headquarters.feed("stock", [{"type": "rightsWanted", "sku": "SKU-2", "level": 9}])
    shop.headquarters.wait_fed("stock")
    given = shop.headquarters.wait_event("store.stock.changed", sku="SKU-2", kind="rightsGiven")
    assert given["data"]["rights"]["given"] == {"hq": 5}
    assert free(tablet, "SKU-2") == 1


def test_the_same_command_again_gets_the_same_reply_and_no_second_effect(shop):
    tablet, other = shop.device("tablet-1"), shop.device("tablet-2")
    command = {"id": str(uuid.uuid4()), "lines": [{"sku": "SKU-1", "quantity": 2}], "context": "basket 7", "seat": "a"}
    first = tablet.do("reservation.place", **command)
    again = tablet.do("reservation.place", **command)
    assert first["replayed"] is False and again == {**first, "replayed": True}
    assert first["context"] == "basket 7" and first["seat"] == "a"
    assert free(tablet, "SKU-1") == 8
    stolen = other.do("reservation.place", **command)
    assert stolen["problem"]["code"] == "command.idReused" and "result" not in stolen
    changed = tablet.do("reservation.place", **{**command, "lines": [{"sku": "SKU-1", "quantity": 3}]})
    assert changed["problem"]["code"] == "command.idReused"
    shop.edged.restart()
    assert tablet.do("reservation.place", **command) == {**first, "replayed": True}
    assert free(tablet, "SKU-1") == 8


def test_holds_of_a_known_customer_are_limited(shop):
    tablet = shop.device("tablet-1")
    for number in range(1, 6):
        tablet.done("reservation.place", lines=[{"sku": f"SKU-{number}"}], customer="C-1")
    problem = tablet.refused("reservation.place", "reservation.limit", lines=[{"sku": "SKU-6"}], customer="C-1")
    assert problem["facts"] == {"open": 5, "limit": 5}


def test_lists_page_and_terms_are_judged(shop):
    tablet = shop.device("tablet-1")
    made = {tablet.done("reservation.place", lines=[{"sku": "SKU-1"}])["reservation"] for _ in range(7)}
    seen, after = set(), {}
    for _ in range(5):
        page = tablet.ask("reservation.list", limit=3, state="held", **after)["result"]
        seen |= {entry["reservation"] for entry in page["reservations"]}
        if not page.get("next"):
            break
        after = {"after": page["next"]}
    assert seen == made
    tablet.refused("reservation.place", "term.past", lines=[{"sku": "SKU-1"}], term={"until": "2020-01-01T00:00:00Z"})
    tablet.refused("reservation.place", "term.tooLong", lines=[{"sku": "SKU-1"}], term={"minutes": 60 * 24 * 30})
    tablet.refused("reservation.place", "term.hoursUnknown", lines=[{"sku": "SKU-1"}], term={"closing": True})


def test_a_hold_until_closing_ends_by_the_hours_of_the_feed(shop):
    tablet = shop.device("tablet-1")
    day = [["00:00", "23:59"]]
    shop.headquarters.set("hours", "weekly", {name: day for name in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")})
    shop.headquarters.wait_fed("hours")
    held = tablet.done("reservation.place", lines=[{"sku": "SKU-1"}], term={"closing": True})
    assert held["state"] == "held" and held["until"]
