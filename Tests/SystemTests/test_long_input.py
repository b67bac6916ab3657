"""Input within every limit that is long, deep or far: a broker drops what is too large without a word, and devices and
headquarters send again what has no answer. The agent lives through all of it in one piece."""

import uuid

import pytest

from conftest import PRODUCTS, product
from shop.codes import own_code
from shop.processes import wait_until


@pytest.fixture
def lasting(new_shop):
    """A shop whose agent has to be the same process afterwards, and take honest work."""
    shop = new_shop()
    # French sentences are the longer ones.
    shop.edged.configuration["shop"]["languages"] = ["fr", "en"]
    shop.open()
    child = shop.edged.process.child
    yield shop
    assert shop.edged.process.child is child and child.poll() is None, shop.edged.process.said()[-2_000:]
    assert shop.device("tablet-2").card(PRODUCTS["SKU-1"])["sku"] == "SKU-1"


def ticket(sku):
    return [{"till": "T", "ticket": "7", "line": line, "kind": "sale", "sku": sku} for line in range(1, 1_001)]


def test_a_thousand_parked_lines_are_answered_and_answered_again(lasting):
    till = lasting.device("till-1")
    till.done("sale.record", lines=ticket("SKU-1"))
    identity = str(uuid.uuid4())
    first = till.do("sale.record", id=identity, lines=ticket("SKU-2"))
    assert first["outcome"] == "done" and first["result"]["shortened"] is True
    assert {(line["outcome"], line["reason"]) for line in first["result"]["lines"]} == {("parked", "sale.keyReused")}
    again = till.do("sale.record", id=identity, lines=ticket("SKU-2"))
    assert again["replayed"] and again["result"] == first["result"]


def test_a_list_longer_than_a_reply_comes_in_pages(lasting):
    for number in range(200):
        lines = {f"{'LONG-' * 9}{line}": 1 for line in range(16)}
        lasting.headquarters.place(
            f"O-{number:03}", lines, own_code("P", number), parcel="340000000000000007")
    lasting.headquarters.wait_fed("orders")
    tablet, seen, more = lasting.device("tablet-1"), [], {}
    while more is not None:
        page = tablet.ask("pickup.list", limit=200, **more)["result"]
        seen += [pickup["order"] for pickup in page["pickups"]]
        more = {"after": page["next"]} if "next" in page else None
    assert seen == [f"O-{number:03}" for number in range(200)]


def test_nothing_that_a_device_says_holds_up_its_subject_at_headquarters(new_shop):
    shop = new_shop(reference=True)
    shop.edged.start()
    shop.headquarters.load([
        {"feed": "catalogue", **product("SKU-1", [PRODUCTS["SKU-1"]])},
        {"feed": "stock", "shop": "S1", "entry": {
            "type": "delta", "sku": "SKU-1", "quantity": 10, "cause": "opening", "share": 5}}])

    def on_hand():
        return shop.edged.control(command="stock.show", sku="SKU-1").get("result", {}).get("stock", {}).get("onHand")
    wait_until(lambda: on_hand() == 10, 30, "the opening stock", every=0.1)
    tablet, deep = shop.device("tablet-1"), []
    tablet.done("reservation.place", lines=[{"sku": "SKU-1"}])
    tablet.refused("reservation.place", "stock.short", lines=[{"sku": "SKU-1", "quantity": 999_999}])
    for _ in range(12):
        deep = [deep]
    result = shop.device("till-1").done("sale.record", lines=[
        {"till": "T1", "ticket": "8", "line": 1, "kind": "barter", "odd": deep},
        {"till": "T1", "ticket": "8", "line": 2, "kind": "sale", "sku": "SKU-1"}])
    assert [line["outcome"] for line in result["lines"]] == ["parked", "recorded"]
    assert shop.headquarters.wait_event("store.sale.parked")["data"]["line"]["odd"] == deep
    shop.headquarters.wait_event("store.sale.recorded", ticket="8", line=2)
    shop.headquarters.wait_event("store.rights.wanted", level=999_999)
    shop.headquarters.wait_event("store.stock.changed", onHand=9)
    shop.edged.wait_drained()
    assert shop.edged.control(command="queue.list", state="parked")["result"]["events"] == []


@pytest.mark.parametrize("snapshot", [False, True])
def test_a_customer_who_fills_more_than_a_snippet_is_set_aside(lasting, snapshot):
    def record(size):
        return {"cards": [], "name": "Marie Dupont", "consent": ["advice"], "fields": {"sizes": "x" * size},
                "expires": "2099-01-01T00:00:00Z"}
    headquarters = lasting.headquarters
    entries = [{"key": "C-1", "value": record(70_000)}, {"key": "C-2", "value": record(10)}]
    headquarters.feed("customers", entries, tell=not snapshot)
    if snapshot:
        with headquarters.lock:
            headquarters._send_snapshot("shop", "customers")
    headquarters.wait_fed("customers")
    told = headquarters.wait_event("store.feed.entrySetAside", code="contract.valueTooLong")
    assert told["data"]["feed"] == "customers" and "Dupont" not in str(told)
    tablet = lasting.device("tablet-1")
    assert tablet.ask("customer.get", customer="C-2")["outcome"] == "done"
    assert tablet.ask("customer.get", customer="C-1")["problem"]["code"] == "customer.unknown"


def test_a_number_beyond_all_counting_is_refused_with_its_message(lasting):
    headquarters = lasting.headquarters
    for feed in ("settings", "catalogue", "stock"):
        headquarters._publish(f"hq/v1/S1/down/feed/{feed}", {
            "feed": feed, "epoch": "feed-epoch-1", "first": 2**63 - 1,
            "entries": [{"key": "hostile", "value": 1, "type": "hostile"}] * 2})
    headquarters.set("settings", "safetyStock", 2)
    headquarters.wait_fed()
    assert "/first" in lasting.edged.process.said()
