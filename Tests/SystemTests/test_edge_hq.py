"""The reference headquarters and a shop, joined by nothing but a broker: what an OMS, a PIM or a CRM pipes in, acts."""

import json
import os
import random
import subprocess
import time

import pytest

from conftest import PRODUCTS, product
from shop.load import Load
from shop.processes import program, wait_until

SKUS = list(PRODUCTS)[:12]


def supply(shop, units, share):
    """An assortment, the opening stock, and a clerk, piped in as other systems would."""
    shop.headquarters.load([{"feed": "catalogue", **product(sku, [PRODUCTS[sku]])} for sku in SKUS])
    shop.headquarters.load([
        {"feed": "stock", "shop": "S1", "entry": {
            "type": "delta", "sku": sku, "quantity": units, "cause": "opening", "share": share}} for sku in SKUS])
    shop.headquarters.call(
        "clerk", "add", "--id", "ada", "--badge", "B-100", "--name", "Ada", "--pin", "1234", "--role", "clerk")


def wait_stocked(shop, units):
    def stocked():
        answer = shop.edged.control(command="stock.show", sku=SKUS[-1])
        return answer.get("result", answer).get("stock", {}).get("onHand") == units
    wait_until(stocked, 30, "the opening stock in the shop", every=0.05)


@pytest.fixture
def chain(new_shop):
    """A shop under the reference headquarters: ten units each, six of them the shop's to promise."""
    shop = new_shop(reference=True)
    shop.edged.start()
    supply(shop, 10, 6)
    wait_stocked(shop, 10)
    return shop


def test_what_is_piped_in_is_scanned_reserved_and_sold_in_the_shop(chain):
    scanner, tablet, till = chain.device("scanner-1"), chain.device("tablet-1"), chain.device("till-1")
    card = scanner.card(PRODUCTS["SKU-1"])
    assert card["name"]["en"] == "Article SKU-1" and card["availability"][0]["value"] == 6
    held = tablet.done("reservation.place", lines=[{"sku": "SKU-1", "quantity": 2}])
    tablet.done("reservation.collect", reservation=held["reservation"])
    till.done("sale.record", lines=[
        {"till": "T1", "ticket": "1", "line": 1, "kind": "sale", "sku": "SKU-1", "quantity": 2}])
    assert chain.headquarters.wait_event("store.sale.recorded")["data"]["ticket"] == "1"
    chain.edged.wait_drained()
    assert chain.headquarters.on_hand()["SKU-1"] == 8
    assert {event["arrived"] for event in chain.headquarters.ledger()} == {1}


def test_rights_that_are_missing_are_asked_for_and_granted(chain):
    tablet = chain.device("tablet-1")
    tablet.refused("reservation.place", "stock.short", lines=[{"sku": "SKU-2", "quantity": 8}])
    chain.headquarters.wait_event("store.rights.wanted", sku="SKU-2")

    def placed():
        return tablet.do("reservation.place", lines=[{"sku": "SKU-2", "quantity": 8}])["outcome"] == "done"
    wait_until(placed, 15, "the wanted rights coming", every=0.2)
    tablet.refused("reservation.place", "stock.short", lines=[{"sku": "SKU-2", "quantity": 3}])


def test_an_order_placed_at_headquarters_is_handed_over_by_the_code_it_printed(chain):
    printed = chain.headquarters.call(
        "order", "place", "--shop", "S1", "--line", "SKU-3=2", "--order", "W-1", "--customer-name", "Marie Dupont",
        "--phone-last4", "4711", "--format", "json").stdout
    code = find(json.loads(printed), "code")
    tablet = chain.device("tablet-1")
    wait_until(lambda: tablet.ask("pickup.get", order="W-1")["outcome"] == "done", 15, "the order in the shop", every=0.1)
    wait_until(lambda: tablet.do("clerk.signIn", badge="B-100", pin="1234")["outcome"] == "done", 10, "the sign-in",
               every=0.2)
    for verb, fields in [("accept", {}), ("pick", {"sku": "SKU-3", "quantity": 2}), ("stage", {"place": "A"}),
                         ("ready", {}), ("handOver", {"proof": {"code": code}})]:
        tablet.done(f"pickup.{verb}", order="W-1", clerk="ada", **fields)
    chain.headquarters.wait_event("store.pickup.handedOver", order="W-1")
    chain.edged.wait_drained()
    assert chain.edged.stock("SKU-3")["onHand"] == 8 and chain.edged.stock("SKU-3")["balanced"]


def find(value, name):
    """A member of that name, however deep."""
    if isinstance(value, dict):
        if name in value:
            return value[name]
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            found = find(part, name)
            if found is not None:
                return found
    return None


def test_the_ledger_can_be_followed_as_it_grows(chain):
    follower = subprocess.Popen(
        [program("edge-hq"), "ledger", "--follow", "--format", "json", "--socket", str(chain.headquarters.socket)],
        stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
    try:
        tablet = chain.device("tablet-1")
        name = tablet.done("reservation.place", lines=[{"sku": "SKU-1"}])["reservation"]
        end = time.monotonic() + 20
        for line in follower.stdout:
            assert time.monotonic() < end, "the placed reservation was not told in time"
            if json.loads(line)["subject"] == f"reservation/{name}":
                break
    finally:
        follower.terminate()
        follower.wait(10)
        follower.stdout.close()


def test_with_the_line_down_for_a_while_everything_drains_once(chain):
    till = chain.device("till-1")
    chain.line.stop()
    for ticket in range(15):
        till.done("sale.record", lines=[
            {"till": "T1", "ticket": f"d{ticket}", "line": 1, "kind": "sale", "sku": f"SKU-{ticket % 4 + 1}"}])
    time.sleep(2)
    chain.line.start()
    chain.edged.wait_drained(90)
    assert len(chain.headquarters.of_type("store.sale.recorded")) == 15
    for sku in SKUS[:4]:
        assert chain.headquarters.on_hand()[sku] == chain.edged.stock(sku)["onHand"]


def test_a_shop_whose_backup_was_put_back_tells_headquarters_all_that_it_does_after(chain):
    till = chain.device("till-1")

    def edgectl(*words):
        subprocess.run([program("edgectl"), *map(str, words)], check=True, timeout=60, capture_output=True,
                       env={**os.environ, "EDGED_SOCKET": str(chain.edged.socket)})

    def sell(ticket):
        return {"till": "T1", "ticket": ticket, "line": 1, "kind": "sale", "sku": "SKU-3", "quantity": 1}

    marie = {"feed": "customers", "scope": "shop/S1", "key": "C-88", "value": {
        "cards": ["L-00000001-D"], "name": "Marie", "consent": ["advice"], "expires": "2099-01-01T00:00:00Z"}}
    chain.headquarters.load([marie])

    def explained():
        return json.dumps(chain.edged.control(command="explain", id="C-88"))
    wait_until(lambda: '"kept"' in explained(), 20, "the customer in the shop", every=0.1)
    edgectl("backup")
    # Headquarters tells of an order and of goods, and a customer is erased, all after the backup.
    chain.headquarters.call("order", "place", "--shop", "S1", "--line", "SKU-3=2", "--order", "W-1")
    wait_until(lambda: till.ask("pickup.get", order="W-1")["outcome"] == "done", 15, "the order in the shop", every=0.1)
    till.done("sale.record", lines=[sell("1")])
    edgectl("customer", "erase", "C-88", "--reason", "a request", "--yes")
    chain.edged.wait_drained()
    chain.edged.stop()
    edgectl("restore", "--yes", "--config", chain.edged.file, "--edged", program("edged"))
    chain.edged.start()
    tablet, till = chain.device("tablet-2"), chain.device("till-2")
    wait_until(lambda: tablet.ask("pickup.get", order="W-1")["outcome"] == "done", 30, "the order again", every=0.1)
    wait_until(lambda: tablet.do("clerk.signIn", badge="B-100", pin="1234")["outcome"] == "done", 10, "the sign-in",
               every=0.2)
    tablet.done("pickup.accept", order="W-1", clerk="ada")
    # The till repeats its line, since it does not know of any restore, and goes on.
    till.done("sale.record", lines=[sell("1")])
    till.done("sale.record", lines=[sell("2")])
    chain.edged.wait_drained()
    chain.headquarters.wait_event("store.pickup.accepted", order="W-1")
    known = json.loads(chain.headquarters.call(
        "rights", "show", "--shop", "S1", "--sku", "SKU-3", "--format", "json").stdout)
    assert find(known, "onHand") == chain.edged.stock("SKU-3")["onHand"] == 8, known
    # A right that the former life used and this one used again is lost, never given twice.
    rights = [row["local"] for row in chain.edged.stock("SKU-3")["rights"]]
    assert sum(rights) == 5 < 8 - chain.edged.stock("SKU-3")["owed"], rights
    # What nothing happened to is in order again, with the former life's rights taken over.
    wait_until(lambda: chain.edged.stock("SKU-4")["balanced"], 15, "books and rights agreeing", every=0.2)
    assert chain.edged.stock("SKU-4")["promisable"] == 6
    chain.headquarters.load([{**marie, "value": {**marie["value"], "tier": "gold"}}])
    chain.headquarters.load([{"feed": "catalogue", **product("SKU-99", ["9521234500018"])}])
    wait_until(lambda: till.ask("scan", code="9521234500018")["outcome"] == "done", 20, "what came later", every=0.2)
    assert '"erased"' in explained() and '"kept"' not in explained(), "a restore undoes no erasure"


def test_shop_line_and_headquarters_die_at_random_moments_and_agree_in_the_end(new_shop):
    shop = new_shop(reference=True)
    shop.edged.start()
    supply(shop, 400, 400)
    wait_stocked(shop, 400)
    chance = random.Random(11)
    load = Load(shop, SKUS)
    load.start()
    try:
        for victim in ["headquarters", "edged", "line", "headquarters", "edged", "headquarters", "line", "edged"]:
            load.wait_more(60)
            time.sleep(chance.random() * 0.3)
            dying = {"headquarters": shop.headquarters, "edged": shop.edged, "line": shop.line}[victim]
            dying.kill()
            if victim != "edged":
                time.sleep(chance.random())
            dying.start()
        load.wait_more(60)
        load.stop()
    finally:
        load.stopping.set()
    shop.edged.wait_drained(120)
    shop.edged.stop()
    load.judge({sku: 400 for sku in SKUS})
