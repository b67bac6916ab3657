"""Headquarters' application answers, sends again, is restored, and tells two boxes that act as one shop."""

import json
import os
import shutil
import subprocess
import time

import pytest

from conftest import PRODUCTS, product
from shop.broker import Broker
from shop.edged import Edged
from shop.processes import program, wait_until

SKUS = list(PRODUCTS)[:4]


def edgectl(edged, *arguments, language="en"):
    """Runs edgectl as a technician would; returns exit code, output, complaint."""
    done = subprocess.run(
        [program("edgectl"), *arguments, "--socket", str(edged.socket), "--language", language], capture_output=True,
        text=True, timeout=90)
    return done.returncode, done.stdout, done.stderr


def supply(shop, units=10, share=6):
    shop.headquarters.load([{"feed": "catalogue", **product(sku, [PRODUCTS[sku]])} for sku in SKUS])
    shop.headquarters.load([
        {"feed": "stock", "shop": "S1", "entry": {
            "type": "delta", "sku": sku, "quantity": units, "cause": "opening", "share": share}} for sku in SKUS])
    wait_until(lambda: on_hand(shop.edged, SKUS[-1]) == units, 30, "the opening stock in the shop", every=0.05)


def on_hand(edged, sku):
    answer = edged.control(command="stock.show", sku=sku)
    return answer.get("result", {}).get("stock", {}).get("onHand")


@pytest.fixture
def chain(new_shop):
    """A shop under the reference headquarters."""
    shop = new_shop(reference=True)
    shop.edged.start()
    supply(shop)
    return shop


def finding_codes(edged):
    return {finding["code"] for finding in edged.status()["result"]["findings"]}


# The echo


def test_headquarters_application_answers_a_ping_and_says_what_it_sees(chain):
    code, output, complaint = edgectl(chain.edged, "hq", "ping", "--count", "2", "--format", "json")
    assert code == 0, output + complaint
    answer = json.loads(output)
    assert answer["asked"] == answer["answered"] == 2 and 0 < answer["microsecondsMin"] <= answer["microsecondsMax"]
    headquarters = answer["headquarters"]
    status = chain.headquarters.status()
    assert headquarters["id"] == status["epoch"] and headquarters["version"].startswith("edge-hq ")
    assert headquarters["sees"]["incarnation"] == chain.edged.status()["result"]["incarnation"]
    assert headquarters["sees"]["state"] == "current" and not headquarters["sees"]["twoBoxes"]
    assert headquarters["sees"]["lastEventAt"] and "otherInstance" not in headquarters["sees"]
    assert status["shops"][0]["boxes"][0]["instance"] == headquarters["sees"]["instance"]

    code, output, _ = edgectl(chain.edged, "hq", "ping", "--count", "1")
    assert code == 0 and "asked 1, answered 1" in output and max(map(len, output.splitlines())) <= 80
    code, output, _ = edgectl(chain.edged, "hq", "ping", "--count", "1", language="fr")
    assert code == 0 and "aller-retour" in output and max(map(len, output.splitlines())) <= 80


def test_a_ping_tells_an_application_that_is_gone_from_a_broker_that_is_gone(chain):
    chain.headquarters.stop()
    code, output, _ = edgectl(chain.edged, "hq", "ping", "--count", "1")
    assert code == 1 and "headquarters.noEcho" in output and "asked 1, answered 0" in output
    code, output, _ = edgectl(chain.edged, "hq", "ping", "--count", "1", "--format", "json")
    assert code == 1 and json.loads(output)["problem"]["code"] == "headquarters.noEcho"
    chain.line.stop()
    chain.edged.process.wait_said("headquarters.unreachable")
    code, output, _ = edgectl(chain.edged, "hq", "ping", "--count", "1")
    assert code == 1 and "headquarters.notConnected" in output and "refused" in output.lower()
    # The shop itself never waited.
    assert chain.device("scanner-1").card(PRODUCTS["SKU-1"])["sku"] == "SKU-1"
    chain.edged.stop()
    assert edgectl(chain.edged, "hq", "ping", "--count", "1")[0] == 69


# Sent again


def test_a_resync_brings_the_assortment_whole_and_counts_no_stock_twice(shop):
    """A counterpart that answers cursors as the contract says, whoever wrote it."""
    headquarters, scanner = shop.headquarters, shop.device("scanner-1")
    before = shop.edged.stock("SKU-1")
    with headquarters.lock:
        # The shop's copy differs from headquarters' without anybody knowing.
        headquarters.feeds["shop", "catalogue"][0] = product("SKU-1", [PRODUCTS["SKU-1"]], safety=3)
    assert scanner.card(PRODUCTS["SKU-1"])["availability"][0]["value"] == 10
    code, output, complaint = edgectl(shop.edged, "hq", "resync", "catalogue")
    assert code == 0 and "all of it" in output, output + complaint
    wait_until(lambda: scanner.card(PRODUCTS["SKU-1"])["availability"][0]["value"] == 7, 20, "the new assortment")
    asked = json.loads(edgectl(shop.edged, "hq", "resync", "--format", "json")[1])["asked"]
    assert {entry["feed"]: entry["from"] for entry in asked} == {
        "catalogue": "snapshot", "clerks": "snapshot", "stock": len(headquarters.feeds["shop", "stock"]) + 1}
    time.sleep(2)
    headquarters.wait_fed()
    after = shop.edged.stock("SKU-1")
    assert {**after, "safety": 0, "promisable": 10} == before, "only the safety of the new assortment differs"
    acts = [line for line in shop.edged.process.said().splitlines() if "control.changed" in line]
    assert len(acts) == 2 and "hq.resync" in acts[0]


def test_a_resync_of_the_reference_headquarters_counts_no_stock_twice(chain):
    taken = {feed["feed"]: feed["takenAt"] for feed in chain.edged.status()["result"]["feeds"]}
    assert edgectl(chain.edged, "hq", "resync")[0] == 0

    def again():
        feeds = {feed["feed"]: feed for feed in chain.edged.status()["result"]["feeds"]}
        return feeds["catalogue"]["takenAt"] > taken["catalogue"]
    wait_until(again, 20, "the assortment coming again", every=0.1)
    for sku in SKUS:
        assert on_hand(chain.edged, sku) == 10


def test_a_resync_is_for_technicians_and_names_a_known_feed(chain):
    code, _, complaint = edgectl(chain.edged, "hq", "resync", "catalog")
    assert code == 64 and "catalogue" in complaint
    answer = chain.edged.control(command="hq.resync", feed="drones")
    assert answer["problem"]["code"] == "contract.unknownFeed"


# Restored


@pytest.mark.parametrize("said", [True, False], ids=["as its operator says", "unnoticed at first"])
def test_a_headquarters_restored_from_a_backup_counts_nothing_twice_and_is_heard_again(chain, said):
    headquarters = chain.headquarters

    tablet = chain.device("tablet-1")

    def order(name):
        headquarters.call(
            "order", "place", "--shop", "S1", "--line", "SKU-1=1", "--order", name, "--parcel", "376123450000000016")
        wait_until(lambda: tablet.ask("pickup.get", order=name)["outcome"] == "done", 20, name, every=0.1)
    order("W-1")
    chain.edged.wait_drained()
    headquarters.stop()
    backup = headquarters.folder / "backup"
    backup.mkdir()
    for file in headquarters.folder.glob("headquarters.db*"):
        shutil.copy(file, backup / file.name)
    headquarters.start()
    headquarters.call("stock", "add", "--shop", "S1", "--sku", "SKU-2", "--quantity", "5", "--share", "5")
    order("W-2")
    wait_until(lambda: on_hand(chain.edged, "SKU-2") == 15, 20, "the delivery in the shop")
    chain.edged.wait_drained()
    known = {event["id"] for event in headquarters.events}
    headquarters.stop()
    for file in headquarters.folder.glob("headquarters.db*"):
        file.unlink()
    for file in backup.iterdir():
        shutil.copy(file, headquarters.folder / file.name)

    headquarters.start(*(["--restored"] if said else []))
    headquarters.process.wait_said("It begins the epoch", 90)
    # What it lost comes again.
    wait_until(lambda: known <= {event["id"] for event in headquarters.events}, 60, "the lost events", every=0.3)
    assert on_hand(chain.edged, "SKU-1") == 10 and on_hand(chain.edged, "SKU-2") == 15
    order("W-3")
    headquarters.call("stock", "add", "--shop", "S1", "--sku", "SKU-3", "--quantity", "2", "--share", "2")
    wait_until(lambda: on_hand(chain.edged, "SKU-3") == 12, 20, "the next delivery")
    assert on_hand(chain.edged, "SKU-1") == 10 and on_hand(chain.edged, "SKU-2") == 15
    for name in ["W-1", "W-2", "W-3"]:
        assert tablet.ask("pickup.get", order=name)["outcome"] == "done"
    assert not finding_codes(chain.edged) & {"finding.foreignFeed", "finding.feedEntriesParked"}


# Somebody else's


def test_what_is_meant_for_another_shop_or_a_later_version_is_refused_counted_and_told(shop):
    headquarters = shop.headquarters
    before = shop.edged.stock("SKU-1")
    head = {"feed": "stock", "epoch": "feed-epoch-1"}
    first = len(headquarters.feeds["shop", "stock"]) + 1
    wish = {"type": "rightsWanted", "sku": "SKU-1", "level": 1}
    headquarters._publish("hq/v1/S1/down/feed/stock", {**head, "shop": "S2", "first": first, "entries": [wish]})
    headquarters._publish(
        "hq/v1/S1/down/feed/stock", {**head, "must": ["hologram"], "hologram": 1, "first": first, "entries": [wish]})
    headquarters._publish("hq/v1/S1/down/feed/drones", {"feed": "drones"})
    headquarters.feed("stock", [{**wish, "shop": "S2"}, {"type": "teleported", "sku": "SKU-1"}])
    headquarters.stock({"SKU-2": 1})
    headquarters.wait_fed()
    feeds = {feed["feed"]: feed for feed in shop.edged.status()["result"]["feeds"]}
    assert (feeds["stock"]["foreign"], feeds["stock"]["newer"], feeds["stock"]["parked"]) == (2, 2, 2)
    assert feeds["drones"]["newer"] == 1 and feeds["stock"]["takenAt"]
    assert shop.edged.stock("SKU-1") == before and shop.edged.stock("SKU-2")["onHand"] == 11
    health = shop.edged.control(command="health")["result"]
    told = {feed["feed"]: feed for feed in health["feeds"]}
    assert {"catalogue", "clerks", "stock"} <= told.keys() and told["catalogue"]["takenAt"]
    assert told["stock"] == feeds["stock"]
    troubles = {(trouble["kind"], trouble["feed"]): trouble["count"] for trouble in health["feedTroubles"]}
    assert troubles == {("foreign", "stock"): 2, ("newer", "stock"): 2, ("newer", "drones"): 1}
    code, output, _ = edgectl(shop.edged, "status")
    assert code == 1 and "another shop" in output and "Update the agent" in output
    assert {"finding.foreignFeed", "finding.feedNewer"} <= finding_codes(shop.edged)


# Two boxes


def test_a_second_box_that_acts_as_this_shop_is_found_on_both_sides(chain, tmp_path):
    """A test box with the same shop.id: its own ledger, the same session at headquarters' broker."""
    folder = tmp_path / "other"
    folder.mkdir()
    other = Edged(folder, chain.broker.port, chain.line.port)
    # It has a shop's broker of its own, so that the two fight over headquarters' alone.
    broker = Broker(folder, "other-broker").start()
    other.configuration["devices"]["port"] = broker.port
    other.start()
    try:
        wait_until(lambda: chain.headquarters.status()["shops"][0]["twoBoxes"], 60, "edge-hq seeing two boxes", every=0.3)
        table = chain.headquarters.call("status").stdout
        assert "two boxes speak as this shop" in table
        wait_until(lambda: "finding.twoBoxes" in finding_codes(chain.edged), 60, "the finding at the first box", every=0.3)
        chain.edged.process.wait_said("headquarters.takenOver")
        assert chain.edged.control(command="health")["result"]["headquarters"]["thrownOut1h"] >= 1
    finally:
        other.stop()
        broker.kill()

    def told():
        answer = chain.edged.control(command="hq.ping")
        return answer.get("result", {}).get("headquarters", {}).get("sees", {})
    sees = wait_until(told, 40, "an answer once the other box is gone", every=0.5)
    assert sees["twoBoxes"] and sees["otherInstance"]["instance"] != chain.headquarters.status()["shops"][0]["boxes"][0]["instance"]
    code, output, _ = edgectl(chain.edged, "hq", "ping", "--count", "1")
    assert code == 1 and "second box" in output


def test_a_copied_ledger_says_that_it_has_no_rights_until_headquarters_grants_them(chain):
    chain.edged.stop()
    chain.headquarters.stop()
    ledger = chain.edged.state / "ledger.db"
    copy = ledger.with_suffix(".copy")
    shutil.copy(ledger, copy)
    os.replace(copy, ledger)
    chain.edged.start()
    assert "finding.copiedLedger" in finding_codes(chain.edged)
    chain.device("tablet-1").refused("reservation.place", "stock.short", lines=[{"sku": "SKU-1"}])
    chain.headquarters.start()
    wait_until(lambda: "finding.copiedLedger" not in finding_codes(chain.edged), 40, "the rights granted anew", every=0.3)
    chain.device("tablet-2").done("reservation.place", lines=[{"sku": "SKU-1"}])
