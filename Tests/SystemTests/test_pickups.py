"""Click & collect: an order paid elsewhere, prepared and handed over here, once, to the right person."""

import datetime
import subprocess
import time

import pytest

from conftest import PRODUCTS
from shop.audit import audit
from shop.codes import own_code
from shop.processes import program
from shop.traces import holds

CODE = own_code("P", 55_000)


@pytest.fixture
def tablet(shop):
    tablet = shop.device("tablet-1")
    tablet.done("clerk.signIn", badge="B-100", pin="1234")
    return tablet


def place(shop, order, lines, code=CODE, **more):
    shop.headquarters.place(order, lines, code, **more)
    shop.headquarters.wait_fed("orders")


def step(tablet, verb, order="W-1", **fields):
    return tablet.done(f"pickup.{verb}", order=order, clerk="ada", **fields)


def finish(shop):
    shop.edged.wait_drained()
    shop.edged.stop()
    database = shop.edged.open_ledger()
    on_hand = audit(database)
    told = shop.headquarters.on_hand()
    assert {sku: told.get(sku, 0) for sku in on_hand} == on_hand
    return on_hand


def test_the_whole_life_of_an_order_ends_by_its_code(shop, tablet):
    place(shop, "W-1", {"SKU-1": 2, "SKU-2": 1}, customer={"name": "Marie Durand", "phoneLast4": "4471"})
    seen = tablet.ask("pickup.get", order="W-1")["result"]
    assert seen["state"] == "received" and seen["source"] == "fromStock"
    listed = tablet.ask("pickup.list", state="received")["result"]
    assert [pickup["order"] for pickup in listed["pickups"]] == ["W-1"]
    assert step(tablet, "accept")["state"] == "accepted"
    assert step(tablet, "claim")["claimedBy"] == "ada"
    step(tablet, "pick", gtin=PRODUCTS["SKU-1"])
    problem = tablet.refused("pickup.pick", "pickup.wrongItem", order="W-1", sku="SKU-9", clerk="ada")
    assert "SKU-1" in str(problem["facts"]) or "SKU-2" in str(problem["facts"])
    step(tablet, "pick", sku="SKU-1", typedReason="label torn")
    step(tablet, "unpick", sku="SKU-1")
    step(tablet, "pick", sku="SKU-1")
    picked = step(tablet, "pick", sku="SKU-2")
    assert [line["picked"] for line in picked["lines"]] == [2, 1]
    assert step(tablet, "stage", place="A3")["place"] == "A3"
    ready = step(tablet, "ready")
    assert ready["state"] == "ready"
    tablet.refused("pickup.accept", "pickup.revision", order="W-1", clerk="ada", ifRevision=ready["revision"] - 1)
    step(tablet, "arrive", where="counter")
    other = shop.device("tablet-2")
    other.refused("pickup.handOver", "clerk.sessionRequired", order="W-1", proof={"code": CODE})
    tablet.refused("pickup.handOver", "pickup.codeWrong", order="W-1", clerk="ada",
                   proof={"code": own_code("P", 1)})
    card = shop.device("scanner-1").card(CODE)
    assert card["kind"] == "pickup" and card["order"] == "W-1" and card["state"] == "ready"
    done = step(tablet, "handOver", proof={"code": CODE.lower().replace("-", "")})
    assert done["state"] in ("handedOver", "closed") and [line["handedOver"] for line in done["lines"]] == [2, 1]
    again = tablet.do("pickup.handOver", order="W-1", clerk="ada", proof={"code": CODE})
    assert again["outcome"] == "refused", again
    shop.headquarters.wait_event("store.pickup.handedOver", order="W-1")
    assert not holds(str(tablet.ask("pickup.find", query="W-1")), "4471")
    assert finish(shop)["SKU-1"] == 8


def test_steps_out_of_turn_are_refused(shop, tablet):
    place(shop, "W-1", {"SKU-1": 1})
    for verb, fields in [("ready", {}), ("handOver", {"proof": {"code": CODE}}), ("stage", {"place": "A1"}),
                         ("putBack", {}), ("confirmCancel", {}), ("correct", {"reason": "x"})]:
        reply = tablet.do(f"pickup.{verb}", order="W-1", clerk="ada", **fields)
        assert reply["outcome"] == "refused" and reply["problem"]["code"].startswith("pickup."), (verb, reply)
    tablet.refused("pickup.accept", "pickup.unknown", order="W-404", clerk="ada")
    tablet.refused("pickup.reject", "clerk.sessionRequired", order="W-1", reason="notInStock")


def test_an_order_is_claimed_by_one_clerk_and_taken_over_by_name(shop, tablet):
    place(shop, "W-1", {"SKU-1": 1})
    step(tablet, "accept")
    step(tablet, "claim")
    second = shop.device("tablet-2")
    second.done("clerk.signIn", badge="B-200", pin="9876")
    problem = second.refused("pickup.claim", "pickup.claimed", order="W-1", clerk="max")
    assert "ada" in str(problem["facts"])
    assert second.done("pickup.claim", order="W-1", clerk="max", takeover=True)["claimedBy"] == "max"


def test_a_rejected_order_gives_back_and_asks_for_a_count_when_nothing_was_there(shop, tablet):
    place(shop, "W-1", {"SKU-1": 2})
    place(shop, "W-2", {"SKU-2": 2}, code=own_code("P", 2))
    assert step(tablet, "reject", reason="notInStock")["state"] == "rejected"
    shop.headquarters.wait_event("store.count.requested", sku="SKU-1")
    assert shop.edged.stock("SKU-1")["owed"] == 0
    assert step(tablet, "reject", order="W-2", reason="closingHours")["state"] == "rejected"
    assert shop.edged.stock("SKU-2")["owed"] == 0
    finish(shop)


def test_a_partial_order_is_handed_over_in_part(shop, tablet):
    place(shop, "W-1", {"SKU-1": 3})
    step(tablet, "accept")
    step(tablet, "pick", sku="SKU-1", quantity=2)
    short = step(tablet, "short", sku="SKU-1", quantity=1, reason="damaged")
    assert short["lines"][0]["short"] == 1
    step(tablet, "stage", place="B1")
    step(tablet, "ready")
    done = step(tablet, "handOver", proof={"code": CODE})
    assert done["lines"][0]["handedOver"] == 2
    assert finish(shop)["SKU-1"] == 8


def test_what_the_customer_refuses_at_the_counter_goes_back(shop, tablet):
    place(shop, "W-1", {"SKU-1": 2})
    step(tablet, "accept")
    step(tablet, "pick", sku="SKU-1", quantity=2)
    step(tablet, "stage", place="B1")
    step(tablet, "ready")
    refused = step(tablet, "refuse", lines=[{"sku": "SKU-1", "quantity": 1}], reason="too small")
    assert refused["lines"][0]["refused"] == 1
    step(tablet, "handOver", proof={"code": CODE})
    assert finish(shop)["SKU-1"] == 9


def test_without_a_code_two_facts_and_a_method_are_needed(shop, tablet):
    place(shop, "W-2026-000123", {"SKU-1": 1}, customer={"name": "Marie Durand", "phoneLast4": "4471"})
    found = tablet.ask("pickup.find", query="4471")["result"]
    assert [pickup["order"] for pickup in found["pickups"]] == ["W-2026-000123"]
    assert "Durand" not in str(found) and not holds(str(found["pickups"]), "4471")
    order = "W-2026-000123"
    step(tablet, "accept", order)
    step(tablet, "pick", order, sku="SKU-1")
    step(tablet, "stage", order, place="B1")
    step(tablet, "ready", order)
    reply = tablet.do("pickup.handOver", order=order, clerk="ada",
                      proof={"method": "identityShown", "facts": ["name"]})
    assert reply["outcome"] == "refused", "one fact is not enough"
    step(tablet, "handOver", order, proof={"method": "identityShown", "facts": ["name", "phoneLast4"]})
    undone = step(tablet, "correct", order, reason="wrong bag")
    assert undone["state"] == "ready" and undone["lines"][0]["handedOver"] == 0
    assert finish(shop)["SKU-1"] == 10


def test_headquarters_cancellation_is_a_request_that_the_shop_confirms_or_refuses(shop, tablet):
    place(shop, "W-1", {"SKU-1": 1})
    place(shop, "W-2", {"SKU-2": 1}, code=own_code("P", 2))
    place(shop, "W-3", {"SKU-3": 1}, code=own_code("P", 3))
    step(tablet, "accept", "W-1")
    step(tablet, "accept", "W-2")
    shop.headquarters.feed("orders", [
        {"type": "cancelRequested", "order": "W-1", "reason": "customer"},
        {"type": "cancelRequested", "order": "W-2"}, {"type": "cancelRequested", "order": "W-3"}])
    shop.headquarters.wait_fed("orders")
    assert tablet.ask("pickup.get", order="W-1")["result"]["cancelRequested"] is True
    confirmed = step(tablet, "confirmCancel")
    assert confirmed["state"] in ("cancelled", "closed"), confirmed
    shop.headquarters.wait_event("store.pickup.cancelConfirmed", order="W-1")
    refused = step(tablet, "refuseCancel", "W-2", reason="customer is here")
    assert refused["state"] == "accepted"
    shop.headquarters.wait_event("store.pickup.cancelRefused", order="W-2")
    # Nobody had touched this one yet: the shop confirms by itself.
    shop.headquarters.wait_event("store.pickup.cancelConfirmed", order="W-3")
    assert [shop.edged.stock(f"SKU-{number}")["owed"] for number in (1, 2, 3)] == [0, 1, 0]
    finish(shop)


def test_an_overdue_order_is_put_back_and_its_right_returns_to_headquarters(shop, tablet):
    by = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=3)
    place(shop, "W-1", {"SKU-1": 1}, collect_by=by.isoformat(timespec="milliseconds").replace("+00:00", "Z"))
    step(tablet, "accept")
    step(tablet, "pick", sku="SKU-1")
    step(tablet, "stage", place="B1")
    step(tablet, "ready")
    time.sleep(max(0, (by - datetime.datetime.now(datetime.timezone.utc)).total_seconds()) + 0.05)
    assert tablet.ask("pickup.get", order="W-1")["result"]["state"] == "overdue"
    shop.headquarters.wait_event("store.pickup.overdue", order="W-1")
    assert step(tablet, "putBack")["state"] in ("putBack", "closed")
    shown = shop.edged.stock("SKU-1")
    assert shown["onHand"] == 10 and shown["owed"] == 0
    finish(shop)


def test_an_order_by_parcel_never_touches_the_shops_stock(shop, tablet):
    place(shop, "W-1", {"SKU-1": 2}, parcel="301234500000000015")
    seen = tablet.ask("pickup.get", order="W-1")["result"]
    assert seen["source"] == {"fromParcel": "301234500000000015"}
    assert shop.edged.stock("SKU-1")["owed"] == 0


def test_a_pickup_handed_over_is_sold_by_a_till_line_that_lowers_nothing(shop, tablet):
    till = shop.device("till-1")
    place(shop, "W-1", {"SKU-1": 1})
    step(tablet, "accept")
    step(tablet, "pick", sku="SKU-1")
    step(tablet, "stage", place="B1")
    step(tablet, "ready")
    step(tablet, "handOver", proof={"code": CODE})
    till.done("sale.record", lines=[
        {"till": "T1", "ticket": "1", "line": 1, "kind": "sale", "sku": "SKU-1", "quantity": 1, "order": "W-1"}])
    assert finish(shop)["SKU-1"] == 9


def test_an_order_that_cannot_be_taken_is_told_to_headquarters_and_to_the_technician(shop, tablet):
    order = {"type": "placed", "source": "fromStock", "placedAt": "2026-11-22T09:00:00Z",
             "lines": [{"sku": "SKU-1", "quantity": 1}], "customer": {"name": "Marie Durand"}}
    broken = {**order, "order": "W-7", "code": CODE, "lines": [{"sku": "SKU-1", "quantity": "one"}]}
    copied = {**order, "order": "W-8", "code": CODE[:-1] + ("A" if CODE[-1] != "A" else "B")}
    shop.headquarters.feed("orders", [broken, copied])
    shop.headquarters.wait_fed("orders")
    event = shop.headquarters.wait_event("store.feed.entrySetAside", feed="orders", sequence=1)
    assert event["data"]["code"] == "contract.wrongType" and event["data"]["field"].endswith("/lines/0/quantity")
    wrong = shop.headquarters.wait_event("store.feed.entrySetAside", feed="orders", sequence=2)
    assert wrong["data"]["code"] == "contract.codeCheck"
    assert CODE[-1] in wrong["data"]["detail"] and CODE[2:10] not in wrong["data"]["detail"]
    for name in ("W-7", "W-8"):
        assert tablet.ask("pickup.get", order=name)["problem"]["code"] == "pickup.unknown"
    run = subprocess.run(
        [program("edgectl"), "queue", "list", "--state", "setAside", "--socket", str(shop.edged.socket),
         "--language", "en"], capture_output=True, text=True, timeout=20)
    assert run.returncode == 0, run.stderr
    assert "contract.wrongType" in run.stdout and "contract.codeCheck" in run.stdout and "Durand" not in run.stdout
    shop.edged.wait_drained()
