"""The line to headquarters goes down, loses, repeats and misleads; the shop goes on and both agree in the end."""

import json
import subprocess
import time

from conftest import PRODUCTS, product
from shop.codes import own_code
from shop.processes import wait_until


def sell(till, ticket, sku="SKU-1", line=1):
    return till.done("sale.record", lines=[
        {"till": "T1", "ticket": ticket, "line": line, "kind": "sale", "sku": sku, "quantity": 1}])


def agree(shop):
    """Everything is receipted, each event once in effect, and the sums are the same."""
    shop.edged.wait_drained(60)
    identities = [event["id"] for event in shop.headquarters.events]
    assert len(identities) == len(set(identities))
    told = shop.headquarters.on_hand()
    for sku in list(PRODUCTS)[:8]:
        assert told[sku] == shop.edged.stock(sku)["onHand"], sku


def test_with_the_line_down_everything_goes_on_and_drains_by_itself(shop):
    tablet, till, scanner = shop.device("tablet-1"), shop.device("till-1"), shop.device("scanner-1")
    code = own_code("P", 31)
    shop.headquarters.place("W-1", {"SKU-5": 1}, code)
    shop.headquarters.wait_fed("orders")
    shop.edged.wait_drained()
    before = len(shop.headquarters.events)
    shop.line.stop()
    wait_until(lambda: b'"line":"down"' in (shop.tap.on("shop/v1/all/agent") or [b""])[-1], 15, "the line told as down")
    tablet.done("clerk.signIn", badge="B-100", pin="1234")
    assert scanner.card(PRODUCTS["SKU-1"])["sku"] == "SKU-1"
    held = tablet.done("reservation.place", lines=[{"sku": "SKU-1", "quantity": 2}])["reservation"]
    tablet.done("reservation.extend", reservation=held, term={"minutes": 2000})
    tablet.done("reservation.collect", reservation=held)
    for ticket in range(20):
        sell(till, f"d{ticket}", f"SKU-{ticket % 4 + 1}")
    tablet.done("delivery.receive", delivery="D-1", lines=[{"sku": "SKU-2", "quantity": 7}])
    for verb, fields in [("accept", {}), ("pick", {"sku": "SKU-5"}), ("stage", {"place": "A"}), ("ready", {}),
                         ("handOver", {"proof": {"code": code}})]:
        tablet.done(f"pickup.{verb}", order="W-1", clerk="ada", **fields)
    assert len(shop.headquarters.events) == before
    shop.edged.restart()
    sell(till, "after-restart")
    shop.line.start()
    agree(shop)
    kinds = [event["type"] for event in shop.headquarters.events[before:]]
    assert kinds.count("store.sale.recorded") == 21 and kinds.count("store.pickup.handedOver") == 1
    assert kinds.count("store.reservation.sold") == 2 and kinds.count("store.delivery.received") == 1


def retained(port, topic, seconds=5):
    """What who comes late is told at once; nothing after so many seconds."""
    done = subprocess.run(
        ["mosquitto_sub", "-V", "5", "-h", "127.0.0.1", "-p", str(port), "-t", topic, "-C", "1", "-W", str(seconds),
         "--retained-only"], capture_output=True, text=True, timeout=30, check=False)
    return json.loads(done.stdout) if done.stdout else None


def test_who_comes_late_is_told_at_once_how_the_shop_is_and_that_its_agent_is_gone(shop):
    topic, port = "shop/v1/all/agent", shop.edged.configuration["devices"]["port"]
    wait_until(lambda: (retained(port, topic) or {}).get("line") == "up", 30, "the shop's state")
    assert retained(port, topic)["state"] == "open"
    shop.edged.kill()
    # Its will: the broker says what the agent cannot say any more.
    wait_until(lambda: retained(port, topic)["state"] == "gone", 30, "the agent told as gone")
    shop.edged.start()
    wait_until(lambda: retained(port, topic)["state"] == "open", 30, "the shop told as open again")
    shop.edged.stop()
    assert retained(port, topic)["state"] == "gone", "stopped as asked, it says so itself"


def test_lost_receipts_are_given_again_and_nothing_counts_twice(shop):
    till = shop.device("till-1")
    shop.headquarters.loses_receipts = lambda: True
    for ticket in range(30):
        sell(till, f"r{ticket}", f"SKU-{ticket % 6 + 1}")
    wait_until(lambda: len(shop.headquarters.of_type("store.sale.recorded")) == 30, 15, "thirty sales at headquarters")
    shop.headquarters.loses_receipts = lambda: False
    shop.line.kill()
    shop.line.start()
    agree(shop)
    assert max(shop.headquarters.arrivals.values()) > 1, "the receipts were lost, so events came again"
    assert len(shop.headquarters.of_type("store.sale.recorded")) == 30


def test_a_receipt_lost_on_a_line_that_stays_up_is_missed_within_the_minute(shop):
    till = shop.device("till-1")
    lost = []
    shop.headquarters.loses_receipts = lambda: not lost and (lost.append(1) or True)
    sell(till, "1")
    agree(shop)
    assert lost and len(shop.headquarters.of_type("store.sale.recorded")) == 1


def test_a_gap_in_a_feed_is_told_and_filled(shop):
    lost = []
    shop.headquarters.loses_feed = lambda: len(lost) < 2 and (lost.append(1) or True)
    shop.headquarters.stock({"SKU-1": 5}, cause="delivery")
    shop.headquarters.set("catalogue", "SKU-1", {**product("SKU-1", [PRODUCTS["SKU-1"]])["value"], "safety": 2})
    shop.headquarters.stock({"SKU-1": 1}, cause="delivery")
    shop.headquarters.set("catalogue", "SKU-2", None)
    shop.headquarters.wait_fed()
    assert len(lost) == 2 and shop.edged.stock("SKU-1")["onHand"] == 16
    scanner = shop.device("scanner-1")
    assert scanner.card(PRODUCTS["SKU-1"])["availability"][0]["value"] == 14
    assert scanner.scan(PRODUCTS["SKU-2"])["problem"]["code"] == "product.unknown"


def test_entries_that_come_twice_or_in_part_count_once(shop):
    headquarters = shop.headquarters
    for _ in range(3):
        with headquarters.lock:
            headquarters._send_entries("shop", "stock", 1)
            headquarters._send_entries("shop", "stock", 30)
    headquarters.stock({"SKU-1": 1})
    headquarters.wait_fed()
    assert shop.edged.stock("SKU-1")["onHand"] == 11


def test_a_new_assortment_by_snapshot_replaces_the_old_one_in_one_switch(shop):
    scanner, headquarters = shop.device("scanner-1"), shop.headquarters
    with headquarters.lock:
        headquarters.answers_cursors = False
        headquarters.feeds["shop", "catalogue"] = [
            {**product(f"SKU-{number}", [PRODUCTS[f"SKU-{number}"]])} for number in range(3, 30)]
        headquarters.feed_epochs["shop", "catalogue"] = "feed-epoch-2"
        topic = "hq/v1/S1/down/feed/catalogue"
        wrong = {"feed": "catalogue", "epoch": "feed-epoch-2"}
        headquarters._publish(topic, {**wrong, "begin": {
            "snapshot": "bad", "sequence": 27, "count": 1, "hash": "00" * 32}})
        headquarters._publish(topic, {**wrong, "snapshot": "bad", "index": 0, "entries": [
            product("SKU-99", ["4006381333931"])]})
    time.sleep(0.3)
    assert scanner.card(PRODUCTS["SKU-1"])["sku"] == "SKU-1", "a snapshot that has not verified changes nothing"
    with headquarters.lock:
        headquarters.answers_cursors = True
        headquarters._publish(topic, {**wrong, "end": {"snapshot": "bad"}})
    headquarters.wait_fed("catalogue")
    assert scanner.scan(PRODUCTS["SKU-1"])["problem"]["code"] == "product.unknown"
    assert scanner.scan("4006381333931")["problem"]["code"] == "product.unknown"
    assert scanner.card(PRODUCTS["SKU-3"])["sku"] == "SKU-3"


def test_a_group_feed_reaches_the_shop_and_is_sent_again_to_it_alone(new_shop):
    shop = new_shop(groups=["france"])
    scope = "group/france"
    shop.headquarters.feed("catalogue", [product("SKU-77", ["4006381333931"])], scope=scope)
    shop.open(units=1)
    scanner = shop.device("scanner-1")
    assert scanner.card("4006381333931")["sku"] == "SKU-77"
    assert scanner.card(PRODUCTS["SKU-1"])["sku"] == "SKU-1"
    shop.headquarters.feed("catalogue", [product("SKU-78", ["5901234123457"])], scope=scope)
    shop.headquarters.wait_fed()
    assert scanner.card("5901234123457")["sku"] == "SKU-78"


def test_a_refused_event_is_parked_with_what_follows_of_its_subject_only(shop):
    till = shop.device("till-1")
    shop.headquarters.verdict = lambda event: "refused" if event["subject"] == "ticket/T1/bad" else None
    sell(till, "bad", line=1)
    sell(till, "good", "SKU-2", line=1)
    sell(till, "bad", line=2)
    sell(till, "good", "SKU-2", line=2)
    wait_until(lambda: len(shop.headquarters.of_type("store.sale.recorded")) == 2, 15, "the good ticket's lines")
    shop.edged.wait_drained()
    parked = shop.edged.control(command="queue.list", state="parked")
    assert "ticket/T1/bad" in json.dumps(parked) and "ticket/T1/good" not in json.dumps(parked)
    assert "the test says so" in json.dumps(parked) or "reason" in json.dumps(parked)
    assert all(event["subject"] != "ticket/T1/bad" for event in shop.headquarters.events)


def test_a_blocked_event_is_sent_again_after_what_it_waits_for(shop):
    till = shop.device("till-1")
    blocked = []

    def verdict(event):
        if event["subject"] == "sku/SKU-1" and len(blocked) < 3:
            blocked.append(event["id"])
            return "blocked"
        return None
    shop.headquarters.verdict = verdict
    for ticket in range(4):
        sell(till, f"b{ticket}")
        sell(till, f"c{ticket}", "SKU-2")
    agree(shop)
    assert len(blocked) == 3


def test_a_restored_headquarters_gets_again_what_it_lost(shop):
    till = shop.device("till-1")
    for ticket in range(10):
        sell(till, f"e{ticket}")
    shop.edged.wait_drained()
    headquarters = shop.headquarters
    with headquarters.lock:
        kept = len(headquarters.events) - 13
        lost = headquarters.events[kept:]
        headquarters.events = headquarters.events[:kept]
        headquarters.arrivals = {event["id"]: 1 for event in headquarters.events}
        headquarters.sequences = {}
        for event in headquarters.events:
            headquarters.sequences[event["incarnation"], event["subject"]] = event["subjectsequence"]
        headquarters.epoch = "restored"
        headquarters._publish("hq/v1/S1/down/receipts", {"epoch": "restored", "receipts": []})
    sell(till, "after")
    wait_until(lambda: {e["id"] for e in lost} <= {e["id"] for e in headquarters.events}, 60, "what was lost coming again")
    agree(shop)
    assert len(headquarters.of_type("store.sale.recorded")) == 11


def test_a_message_of_headquarters_that_cannot_be_read_stops_nothing(shop):
    headquarters, scanner = shop.headquarters, shop.device("scanner-1")
    topic = "hq/v1/S1/down"
    for place, payload in [("/receipts", b"{"), ("/receipts", b"[]"), ("/feed/stock", b"\xff\xfe"),
                           ("/feed/nothing", b"{}"), ("/feed/stock", b'{"feed":"orders","epoch":"x"}'),
                           ("/feed/stock", b'{"feed":"stock","epoch":"feed-epoch-1","first":-1,"entries":[]}')]:
        headquarters.client.publish(topic + place, payload, qos=1)
    headquarters.feed("stock", [{"type": "teleported", "sku": "SKU-1"}, {"type": "delta", "sku": "SKU-1"},
                                {"type": "rights", "sku": "SKU-1", "rights": {
                                    "holder": "edge.somebody", "created": 5, "given": {}, "spent": 0}}])
    headquarters.feed("orders", [{"type": "cancelRequested", "order": "W-unknown"}])
    headquarters.stock({"SKU-1": 1})
    headquarters.wait_fed()
    assert shop.edged.stock("SKU-1")["onHand"] == 11
    assert scanner.card(PRODUCTS["SKU-1"])["availability"][0]["value"] == 11


def test_a_product_that_cannot_be_read_is_set_aside_and_the_others_are_served(shop):
    headquarters, scanner = shop.headquarters, shop.device("scanner-1")
    broken = product("SKU-1", [PRODUCTS["SKU-1"]])
    broken["value"]["price"]["vatRate"] = "twenty"
    headquarters.feed("catalogue", [broken, product("SKU-50", ["4006381333931"])])
    headquarters.wait_fed()
    assert scanner.card(PRODUCTS["SKU-1"])["price"]["vatRate"] == 20, "the last readable value goes on serving"
    assert scanner.card("4006381333931")["sku"] == "SKU-50"
