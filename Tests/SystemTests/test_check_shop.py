"""`edgectl check` of a whole shop with TLS on both links: fine when it is, and each trouble between it and headquarters."""

import json
import uuid

import pytest
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from conftest import PRODUCTS, clerks, product
from shop.processes import wait_until
from shop.secure_shop import SecureShop

#: What is not there on every machine that runs tests.
ELSEWHERE = ("broker.pages",)
#: Before the check: its own clock is that of the day after tomorrow.
TWO_DAYS_LATER = ("env", f"TEST_CLOCK_AGO={-2 * 86_400}")


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    shop = SecureShop(tmp_path_factory.mktemp("shop"))
    try:
        shop.open([product(sku, [code]) for sku, code in list(PRODUCTS.items())[:3]], clerks(), {"SKU-1": 10})
        yield shop
    finally:
        shop.close()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_shop_that_is_as_it_should_be_is_fine(shop, language):
    report = shop.check(language=language)
    report.is_fine(*ELSEWHERE)
    assert report["hq.tls"]["facts"]["version"] == "TLSv1.3"
    assert "certificates.headquarters" in report.rungs and "device.scanner-1" in report.rungs


def test_an_application_that_stopped_behind_a_living_broker_is_named(shop):
    shop.headquarters.answers_echoes = False
    try:
        report = shop.check()
        report.names_only("hq.echo", "headquarters.noEcho")
        assert report["hq.login"]["verdict"] == "fine"
    finally:
        shop.headquarters.answers_echoes = True


def test_a_broker_of_headquarters_that_stopped_is_named_and_nothing_above_it(shop):
    shop.headquarters.stop()
    shop.line.kill()
    try:
        wait_until(lambda: not shop.edged.control(command="health")["result"]["headquarters"]["connected"], 20,
                   "the agent seeing the line down")
        report = shop.check()
        report.names_only("hq.tcp", "headquarters.refused")
        assert report["hq.echo"]["because"] == "hq.tcp"
    finally:
        shop.line.start()
        shop.line.wait_said("running")
        shop.headquarters.start()
    wait_until(lambda: shop.edged.control(command="hq.ping")["outcome"] == "done", 40, "the line being back", every=0.3)


def test_without_the_agent_the_network_is_looked_at_all_the_same(shop):
    shop.edged.stop()
    try:
        report = shop.check()
        assert set(report.troubles) <= {"agent.running"}, report.raw
        for rung in ("broker.reachable", "broker.login", "broker.access", "hq.name", "hq.tcp", "hq.path", "hq.tls", "hq.login"):
            assert report[rung]["verdict"] == "fine", report[rung]
        for rung in ("hq.echo", "orders.oldest", "orders.parked", "lanes", "feeds.age", "rights.low", "device.scanner-1"):
            assert report[rung]["verdict"] in ("skipped", "unknown") and report[rung]["detail"], report[rung]
    finally:
        shop.restart()


def test_a_device_that_never_came_is_told_from_one_that_looks_for_another_box(shop):
    def enrol(device, **more):
        answer = shop.edged.control(command="device.enrol", device=device, family="scanner", **more)
        assert answer["outcome"] == "done", answer
    def revoke(device):
        answer = shop.edged.control(command="device.revoke", device=device, reason="a test")
        assert answer["outcome"] == "done", answer
    enrol("scanner-2", boxAddress="127.0.0.1")
    enrol("gun-3", boxAddress="127.0.0.1", credential="password")
    report, later = shop.check(), shop.check("device", before=TWO_DAYS_LATER)
    revoke("scanner-2")
    revoke("gun-3")
    report.is_fine(*ELSEWHERE)
    assert "code is good until" in report["device.scanner-2"]["detail"]
    assert later.troubles == {"device.scanner-2": "device.neverSeen", "device.gun-3": "device.neverSeen"}
    # What is copied from there makes the kind of credential that the device can use.
    assert later["device.scanner-2"]["mend"].endswith("edgectl device enrol scanner-2 --again")
    assert later["device.gun-3"]["mend"].endswith("edgectl device enrol gun-3 --again --credential password")
    enrol("scanner-3", boxAddress="10.99.99.99")
    report = shop.check()
    revoke("scanner-3")
    rung = report.names_only("device.scanner-3", "device.boxMoved")
    assert rung["facts"]["boxAddress"] == "10.99.99.99" and "DHCP" in rung["mend"]
    shop.check().is_fine(*ELSEWHERE)


def test_messages_that_are_refused_are_counted_with_their_code(shop):
    for number in range(3):
        shop.scanner.publish("shop/v1/scanner-1/ask/time.travel", json.dumps({"id": str(uuid.uuid4())}))
    wait_until(lambda: shop.edged.control(command="device.show", device="scanner-1")["result"]["device"]["refused"] == 3,
               15, "three refusals")
    rung = shop.check().names_only("device.scanner-1", "device.refused")
    assert rung["facts"] == {"refused": 3, "code": "contract.unknownVerb"}
    assert rung["cause"] and "edgectl trace scanner-1" in rung["mend"]
    shop.restart()


def test_a_device_that_was_here_before_the_agent_started_anew_is_not_told_to_be_enrolled(shop):
    def row():
        devices = shop.edged.control(command="device.list")["result"]["devices"]
        return next(device for device in devices if device["device"] == "scanner-1")
    # It says nothing by itself: what the broker kept of its presence is taken away.
    shop.ask("ask/availability.get", sku="SKU-1")
    shop.scanner.publish("shop/v1/scanner-1/presence", "", retain=True)
    shop.edged.stop()
    assert "scanner-1" in json.loads((shop.edged.state / "heard.json").read_text())["devices"]
    shop.set_clock(0)
    shop.edged.start()
    shop.wait_line()
    assert row()["presence"] == "never" and row()["heardBeforeAt"]
    quiet = shop.folder / "quiet.log"
    quiet.write_text("")
    report = shop.check("device", "--broker-log", quiet)
    report.is_fine()
    assert "not heard of since the agent started" in report["device.scanner-1"]["detail"]
    rung = shop.check("device", "--broker-log", quiet, before=TWO_DAYS_LATER).names_only(
        "device.scanner-1", "device.away")
    assert "enrol" not in rung["mend"]
    shop.scanner.publish("shop/v1/scanner-1/presence", json.dumps({"state": "here"}), retain=True)
    wait_until(lambda: row()["presence"] == "online", 15, "the scanner being there again")


def test_the_account_of_the_check_is_no_device(shop):
    report = shop.check("broker")
    assert report["broker.access"]["verdict"] == "fine", report["broker.access"]
    names = [device["device"] for device in shop.edged.control(command="device.list")["result"]["devices"]]
    assert "probe" not in names
    rows = shop.edged.control(command="trace.read", limit=512)["result"]["rows"]
    assert "probe" not in {row["device"] for row in rows}


def test_a_second_box_that_acts_as_this_shop_is_named(shop):
    def line():
        return shop.edged.control(command="health")["result"]["headquarters"]
    for count in range(1, 4):
        wait_until(lambda: line()["connected"], 40, "the agent having its line back", every=0.1)
        other = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="edge-S1", reconnect_on_failure=False)
        other.tls_set(str(shop.authority.certificate), *map(str, shop.box_certificate))
        other.connect("localhost", shop.line_tls)
        other.loop_start()
        wait_until(lambda: line()["thrownOut1h"] >= count, 30, "the agent noticing that it was thrown out", every=0.1)
        other.disconnect()
        other.loop_stop()
    wait_until(lambda: line()["connected"], 40, "the agent having its line back", every=0.1)
    shop.check().names_only("hq.identity", "headquarters.secondBox")
    shop.restart()


def test_a_feed_of_another_shop_is_named(shop):
    shop.headquarters._publish("hq/v1/S1/down/feed/stock", {
        "feed": "stock", "epoch": "feed-epoch-1", "shop": "S2", "first": 2,
        "entries": [{"type": "rightsWanted", "sku": "SKU-1", "level": 1}]})
    wait_until(lambda: shop.edged.control(command="health")["result"]["feedTroubles"], 15, "the message being counted")
    rung = shop.check().names_only("hq.identity", "headquarters.foreignFeed")
    assert "stock" in rung["detail"]
    shop.restart()


def test_a_headquarters_that_begins_anew_and_follows_nothing_known_is_named(shop):
    shop.headquarters._publish("hq/v1/S1/down/feed/stock", {
        "feed": "stock", "epoch": "elsewhere-2", "follows": [{"epoch": "elsewhere-1", "sequence": 9}]})
    wait_until(lambda: shop.edged.control(command="health")["result"]["feedTroubles"], 15, "the message being counted")
    rung = shop.check().names_only("feeds.readable", "feeds.unrelated")
    assert "stock" in rung["detail"]
    shop.restart()


def test_a_feed_that_is_newer_than_the_agent_is_named(shop):
    shop.headquarters.feed("stock", [{"type": "teleported", "sku": "SKU-1"}])
    shop.headquarters.wait_fed()
    wait_until(lambda: shop.edged.control(command="health")["result"]["feedTroubles"], 15, "the entry being set aside")
    rung = shop.check().names_only("feeds.readable", "feeds.newer")
    assert "stock" in rung["detail"]


def test_events_that_headquarters_refused_are_counted(shop):
    # The feeds are left out: what the test before set aside stays so.
    shop.headquarters.verdict = lambda event: "refused" if event["subject"].startswith("reservation/") else None
    shop.scanner.subscribe("shop/v1/scanner-1/reply")
    shop.scanner.publish("shop/v1/scanner-1/do/reservation.place", json.dumps(
        {"id": str(uuid.uuid4()), "lines": [{"sku": "SKU-1"}], "term": {"minutes": 30}}))
    wait_until(lambda: any(lane["parked"] for lane in shop.edged.status()["result"]["lanes"]), 20, "an event set aside")
    rung = shop.check("orders,lanes,hq,device").names_only("orders.parked", "orders.parked")
    assert "orders 1" in rung["detail"]
