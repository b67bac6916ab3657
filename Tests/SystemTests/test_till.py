"""The till, deliveries and counts: physical facts, each once, whatever was promised."""

import uuid

import pytest

from conftest import PRODUCTS
from shop.audit import audit


def sale(line, sku, quantity=1, kind="sale", ticket="100", **more):
    return {"till": "T1", "ticket": ticket, "line": line, "kind": kind, "sku": sku, "quantity": quantity, **more}


@pytest.fixture
def till(shop):
    return shop.device("till-1")


def free(device, sku):
    return device.ask("availability.get", sku=sku)["result"]["availability"][0]["value"]


def outcomes(result):
    return [line["outcome"] for line in result["lines"]]


def test_a_ticket_sent_again_under_a_new_id_is_known(shop, till):
    lines = [sale(1, "SKU-1", 2), sale(2, "SKU-2", price={"amount": 4990, "currency": "EUR"})]
    assert outcomes(till.done("sale.record", lines=lines)) == ["recorded", "recorded"]
    assert outcomes(till.done("sale.record", lines=lines)) == ["known", "known"]
    other = shop.device("till-2")
    mixed = other.done("sale.record", lines=[*lines, sale(3, "SKU-3")])
    assert outcomes(mixed) == ["known", "known", "recorded"]
    assert (free(till, "SKU-1"), free(till, "SKU-2"), free(till, "SKU-3")) == (8, 9, 9)
    changed = till.done("sale.record", lines=[sale(1, "SKU-1", 3)])
    assert outcomes(changed) == ["parked"] and free(till, "SKU-1") == 8


def test_lines_are_judged_one_by_one(shop, till):
    result = till.done("sale.record", lines=[
        sale(1, "SKU-1"), sale(2, "NO-SUCH"), {"till": "T1", "ticket": "100", "line": 3, "kind": "barter", "sku": "SKU-1"},
        sale(4, "SKU-2", 1), {"till": "T1", "ticket": "100", "line": 5, "kind": "void",
                              "original": {"till": "T1", "ticket": "9", "line": 1}}])
    assert outcomes(result) == ["recorded", "parked", "parked", "recorded", "parked"]
    assert all(line["reason"] for line in result["lines"] if line["outcome"] == "parked")
    shop.headquarters.wait_event("store.sale.parked", code="product.unknown")


def test_a_sale_consumes_an_awaited_sale_before_anything_else(shop, till):
    tablet = shop.device("tablet-1")
    held = tablet.done("reservation.place", lines=[{"sku": "SKU-1", "quantity": 2}])
    tablet.done("reservation.collect", reservation=held["reservation"])
    till.done("sale.record", lines=[sale(1, "SKU-1", 3)])
    assert tablet.ask("reservation.get", reservation=held["reservation"])["result"]["state"] == "sold"
    assert free(till, "SKU-1") == 7
    named = [tablet.done("reservation.place", lines=[{"sku": "SKU-2"}])["reservation"] for _ in range(2)]
    for reservation in named:
        tablet.done("reservation.collect", reservation=reservation)
    till.done("sale.record", lines=[sale(2, "SKU-2", reservation=named[1])])
    states = [tablet.ask("reservation.get", reservation=name)["result"]["state"] for name in named]
    assert states == ["awaitingSale", "sold"]
    assert free(till, "SKU-2") == 8, "one sold, one still awaited"


def test_a_sale_beyond_the_rights_raises_a_shortfall_that_names_the_promises(shop, till):
    tablet = shop.device("tablet-1")
    first = tablet.done("reservation.place", lines=[{"sku": "SKU-1", "quantity": 6}])["reservation"]
    last = tablet.done("reservation.place", lines=[{"sku": "SKU-1", "quantity": 3}])["reservation"]
    result = till.done("sale.record", lines=[sale(1, "SKU-1", 3)])
    assert outcomes(result) == ["recorded"], "a sale has happened; it is never refused"
    assert [(s["sku"], s["short"]) for s in result["shortfalls"]] == [("SKU-1", 2)]
    assert result["shortfalls"][0]["promises"][0] == last and set(result["shortfalls"][0]["promises"]) == {first, last}
    event = shop.headquarters.wait_event("store.stock.shortfallRaised", sku="SKU-1")
    assert event["data"]["short"] == 2
    assert free(till, "SKU-1") == 0
    tablet.done("reservation.cancel", reservation=last)
    assert free(till, "SKU-1") == 1


def test_void_return_and_exchange_each_move_what_they_should(shop, till):
    till.done("sale.record", lines=[sale(1, "SKU-1", 2), sale(2, "SKU-2", 1)])
    original = {"till": "T1", "ticket": "100", "line": 1}
    void = {"till": "T1", "ticket": "101", "line": 1, "kind": "void", "original": original}
    assert outcomes(till.done("sale.record", lines=[void])) == ["recorded"]
    assert free(till, "SKU-1") == 10
    again = {"till": "T1", "ticket": "102", "line": 1, "kind": "void", "original": original}
    assert outcomes(till.done("sale.record", lines=[again])) == ["parked"], "voided once is voided"
    till.done("sale.record", lines=[
        sale(1, "SKU-2", 1, kind="return", ticket="103", original={"till": "T1", "ticket": "100", "line": 2})])
    assert free(till, "SKU-2") == 9, "what came back is not for sale before somebody has looked at it"
    assert shop.edged.stock("SKU-2")["onHand"] == 10
    till.done("sale.record", lines=[
        sale(1, "SKU-3", 1, kind="exchange", ticket="104", returned={"gtin": PRODUCTS["SKU-4"], "quantity": 1})])
    assert (free(till, "SKU-3"), free(till, "SKU-4")) == (9, 10)
    assert (shop.edged.stock("SKU-3")["onHand"], shop.edged.stock("SKU-4")["onHand"]) == (9, 11)
    shop.edged.wait_drained()
    assert shop.headquarters.on_hand()["SKU-4"] == 11
    shop.edged.stop()
    audit(shop.edged.open_ledger())


def test_a_delivery_comes_in_once(shop):
    tablet = shop.device("tablet-1")
    result = tablet.done("delivery.receive", delivery="D-1", lines=[{"sku": "SKU-1", "quantity": 5}])
    assert result["lines"] == [{"sku": "SKU-1", "onHand": 15}]
    problem = tablet.refused("delivery.receive", "delivery.known", delivery="D-1",
                             lines=[{"sku": "SKU-2", "quantity": 1}, {"sku": "SKU-1", "quantity": 5}])
    assert problem["facts"]["sku"] == "SKU-1"
    assert (free(tablet, "SKU-1"), free(tablet, "SKU-2")) == (15, 10), "a refused delivery brings nothing"


def test_a_count_waits_for_a_manager_and_holds_as_of_its_position(shop, till):
    tablet = shop.device("tablet-1")
    counted = tablet.done("count.record", sku="SKU-1", counted=8)
    assert counted["state"] == "counted" and counted["difference"] == -2
    assert shop.edged.stock("SKU-1")["onHand"] == 10
    till.done("sale.record", lines=[sale(1, "SKU-1", 3)])
    tablet.refused("count.approve", "clerk.sessionRequired", sku="SKU-1")
    tablet.done("clerk.signIn", badge="B-100", pin="1234", seat="left")
    tablet.refused("count.approve", "clerk.roleRequired", sku="SKU-1", clerk="ada", seat="left")
    tablet.done("clerk.signIn", badge="B-200", pin="9876", seat="right")
    approved = tablet.done("count.approve", sku="SKU-1", clerk="max", seat="right")
    assert approved["state"] == "approved" and approved["onHand"] == 5, "8 counted, 3 sold since"
    tablet.refused("count.approve", "count.notPending", sku="SKU-1", clerk="max", seat="right")
    at_once = tablet.done("count.record", sku="SKU-2", counted=12, clerk="max", seat="right")
    assert at_once["state"] == "approved" and at_once["onHand"] == 12 and free(tablet, "SKU-2") == 12
    tablet.refused("count.record", "count.positionUnknown", sku="SKU-2", counted=1, asOf=10_000_000)


def test_headquarters_states_stock_as_of_an_event_and_later_moves_stay(shop, till):
    till.done("sale.record", lines=[sale(1, "SKU-1", 1)])
    shop.edged.wait_drained()
    told = [e for e in shop.headquarters.of_type("store.stock.changed") if e["data"]["sku"] == "SKU-1"]
    told = told or [e for e in shop.headquarters.events if e["subject"] == "sku/SKU-1"]
    as_of = {"incarnation": told[-1]["incarnation"], "sequence": told[-1]["subjectsequence"]}
    till.done("sale.record", lines=[sale(2, "SKU-1", 2)])
    shop.headquarters.feed("stock", [{"type": "absolute", "sku": "SKU-1", "onHand": 20, "asOf": as_of}])
    shop.headquarters.wait_fed("stock")
    assert shop.edged.stock("SKU-1")["onHand"] == 18


def test_a_line_that_names_a_paid_order_never_lowers_stock(shop, till):
    result = till.done("sale.record", lines=[sale(1, "SKU-1", 1, order="W-77")])
    assert outcomes(result) == ["recorded"] and shop.edged.stock("SKU-1")["onHand"] == 10


def test_an_end_of_day_file_of_a_thousand_lines_is_one_message(shop, till):
    lines = [{"till": "1", "ticket": "E", "line": number + 1, "kind": "sale", "sku": f"SKU-{number % 9 + 1}"}
             for number in range(1000)]
    result = till.done("sale.record", lines=lines, id=str(uuid.uuid4()))
    assert outcomes(result) == ["recorded"] * 1000
    reply = till.do("sale.record", lines=[{}] * 1001)
    assert reply["outcome"] == "refused" and reply["problem"]["facts"], reply
