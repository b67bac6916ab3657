"""The whole ladder of `edgectl check`, no rung left out: each trouble is made for real, and is all that is named."""

import json
import os

import pytest

from conftest import PRODUCTS, clerks, product
from shop.freeze import hung
from shop.processes import wait_until
from shop.whole_shop import OF_THE_AGENT, UNMEASURED, WholeShop, skipped

ASSORTMENT = [product(sku, [code]) for sku, code in list(PRODUCTS.items())[:3]]


@pytest.fixture(scope="module")
def shop(whole_shop):
    return whole_shop


def test_a_whole_shop_is_fine_on_every_rung(shop):
    report = shop.whole()
    report.is_fine(*UNMEASURED)
    assert len(report.rungs) > 40 and "/mqtt leads to the broker" in report["broker.pages"]["detail"]


def test_a_broker_that_stopped_is_told_once(shop):
    shop.broker.process.stop()
    try:
        wait_until(lambda: not shop.health()["shopBroker"]["connected"], 20, "the agent seeing its broker gone")
        report = shop.whole()
    finally:
        shop.start_broker()
    report.names_only("broker.reachable", "broker.nothingListens")
    assert skipped(report) == dict.fromkeys(
        ("broker.listeners", "broker.login", "broker.access", "broker.pages", "device"), "broker.reachable")
    shop.whole().is_fine(*UNMEASURED)


def test_headquarters_application_that_stopped_behind_a_living_broker_is_told_once(shop):
    shop.headquarters.stop()
    try:
        report = shop.whole()
    finally:
        shop.headquarters.start()
        shop.wait_line()
    report.names_only("hq.echo", "headquarters.noEcho")
    assert report["hq.login"]["verdict"] == "fine"


def test_a_certificate_of_headquarters_with_another_name_is_told_once(shop):
    shop.line.kill()
    shop.authority.issue("server", names=["DNS:elsewhere.example"])
    shop.line.start()
    shop.line.wait_said("running")
    try:
        wait_until(lambda: not shop.health()["headquarters"]["connected"], 20, "the agent without its line")
        report = shop.whole()
    finally:
        shop.line.kill()
        shop.authority.issue("server", names=["DNS:localhost"])
        shop.line.start()
        shop.line.wait_said("running")
        shop.wait_line(60)
    rung = report.names_only("hq.tls", "headquarters.wrongName")
    assert "elsewhere.example" in rung["detail"] + rung["cause"]
    assert skipped(report) == dict.fromkeys(("hq.login", "hq.echo"), "hq.tls")


def test_an_agent_that_died_is_told_once_and_the_rest_is_looked_at_without_it(shop):
    shop.edged.kill()
    try:
        report = shop.whole()
    finally:
        shop.restart()
    report.names_only("agent.running", "agent.notRunning")
    assert skipped(report) == dict.fromkeys(OF_THE_AGENT, "agent.running")
    assert "looked through" in report["state.database"]["detail"]


def test_a_ledger_that_is_damaged_is_why_the_agent_does_not_run(shop):
    shop.edged.stop()
    ledger = shop.edged.state / "ledger.db"
    sound = ledger.read_bytes()
    with open(ledger, "r+b") as file:
        file.seek(4096)
        file.write(os.urandom(8 * 4096))
    try:
        report = shop.whole()
    finally:
        ledger.write_bytes(sound)
        shop.restart()
    report.names_only("state.database", "state.damaged")
    assert skipped(report) == dict.fromkeys(("state.schema", "agent.running", *OF_THE_AGENT), "state.database")


@pytest.mark.parametrize("shift", ["-15y", "+15y"])
def test_a_clock_that_is_years_off_is_why_certificates_seem_to_be_over(shop, shift):
    report = shop.whole(before=["faketime", "--exclude-monotonic", "-f", shift])
    report.names_only("clock.offset", "clock.wrong")
    assert report["hq.tls"]["because"] == "clock.offset"


def test_pages_whose_nginx_stopped_are_named(shop):
    shop.pages.process.stop()
    try:
        report = shop.whole()
    finally:
        shop.pages.start()
    report.names_only("broker.pages", "pages.unreachable")


def test_pages_whose_way_to_the_broker_is_gone_are_named(shop):
    text = shop.broker.configuration.read_text()
    lines = text.splitlines()
    first = lines.index(f"listener {shop.broker.websocket} 127.0.0.1")
    last = lines.index("protocol websockets", first)
    shop.broker.process.stop()
    shop.broker.configuration.write_text("\n".join(lines[:first] + lines[last + 1:]) + "\n")
    try:
        shop.broker.start(wait=False)
        wait_until(lambda: shop.health()["shopBroker"]["connected"], 40, "the agent having its broker back")
        shop.scanner = shop.device("scanner-1", "right")
        report = shop.whole()
    finally:
        shop.broker.process.stop()
        shop.broker.configuration.write_text(text)
        shop.start_broker()
    rung = report.names_only("broker.pages", "pages.noSocket")
    assert "502" in rung["detail"]


def test_pages_that_are_shut_are_told_from_nginx_that_stopped(shop):
    site = shop.pages.folder / "nginx.conf"
    text = site.read_text()
    assert "index index.html;" in text
    shop.pages.process.stop()
    site.write_text(text.replace("index index.html;", "index index.html; deny all;"))
    try:
        shop.pages.start()
        report = shop.whole()
    finally:
        shop.pages.process.stop()
        site.write_text(text)
        shop.pages.start()
    rung = report.names_only("broker.pages", "pages.refused")
    assert "403" in rung["detail"]


def test_a_device_that_left_is_told_from_one_that_never_came(shop):
    shop.scanner.publish("shop/v1/scanner-1/presence", json.dumps({"state": "away"}), retain=True)
    shop.scanner.stop()
    wait_until(lambda: shop.presence("scanner-1") == "offline", 20, "the agent knowing that it left")
    try:
        rung = shop.whole().names_only("device.scanner-1", "device.away")
        assert "left" in rung["detail"]
    finally:
        shop.scanner_comes()
    assert shop.whole().troubles == {}


def test_a_line_that_only_the_agent_does_not_get_is_named_with_its_reason(shop):
    # Headquarters' broker takes clients by their names, and this shop's is not on its list.
    settings = shop.folder / "line.conf"
    text = settings.read_text()
    shop.line.kill()
    settings.write_text(text + "clientid_prefixes edgectl-\n")
    shop.line.start()
    shop.line.wait_said("running")
    try:
        wait_until(lambda: "refused" in (shop.health()["headquarters"].get("lastError") or ""), 40, "the agent being refused")
        report = shop.whole()
    finally:
        shop.line.kill()
        settings.write_text(text)
        shop.line.start()
        shop.line.wait_said("running")
        shop.wait_line(60)
    rung = report.names_only("hq.echo", "headquarters.notConnected")
    assert "refused" in rung["cause"] and report["hq.login"]["verdict"] == "fine"


def test_a_look_that_never_ends_is_told_by_its_rung_and_holds_no_other(shop):
    # A network disk whose server has gone: whoever looks into the folder waits for ever.
    with hung(shop.box.root / "etc/nginx/sites-enabled"):
        report = shop.whole()
    rung = report.names_only("broker.pages", "check.timedOut")
    assert "--only broker.pages" in rung["mend"] and report.seconds < 30


def test_rights_that_headquarters_keeps_are_named_until_it_grants_them(shop):
    shop.headquarters.stock({"SKU-2": 3}, keep=3)
    shop.headquarters.wait_fed()
    # That nothing is left to promise is an answer to a person, no trouble of the scanner that asked.
    assert shop.reserve("SKU-2")["outcome"] == "refused"
    shop.headquarters.wait_event("store.rights.wanted", sku="SKU-2")
    wait_until(lambda: shop.health()["rights"]["count"], 20, "the wish in the agent's figures")
    rung = shop.whole().names_only("rights.low", "rights.low")
    assert "SKU-2 0/1" in rung["detail"]
    with shop.headquarters.lock:
        row = shop.headquarters.row("SKU-2")
        row["given"][shop.headquarters.edge] += 3
        shop.headquarters.feed("stock", [{"type": "rights", "rights": {**row, "given": dict(row["given"])}, "sku": "SKU-2"}])
    wait_until(lambda: not shop.health()["rights"]["count"], 20, "the rights coming")
    shop.whole().is_fine(*UNMEASURED)


def test_events_that_headquarters_refuses_are_named(shop):
    shop.headquarters.verdict = lambda event: "refused" if event["subject"].startswith("reservation/") else None
    assert shop.reserve("SKU-1")["outcome"] == "done"
    wait_until(lambda: any(lane["parked"] for lane in shop.health()["lanes"]), 20, "an event set aside")
    rung = shop.whole().names_only("orders.parked", "orders.parked")
    assert "orders 1" in rung["detail"]


# --- What takes its time ----------------------------------------------------------------------------------------------

@pytest.fixture
def long_ago(tmp_path):
    """Opens a shop in the past of the agent's own clock; the rest of the world is here and now."""
    shops = []

    def make(ago, units):
        shops.append(WholeShop(tmp_path, ago).open(ASSORTMENT, clerks(), units))
        return shops[-1]

    yield make
    for shop in shops:
        shop.close()


def test_an_order_that_headquarters_does_not_confirm_while_the_line_is_up_is_named(long_ago):
    shop = long_ago(10 * 60, {"SKU-1": 10})
    shop.headquarters.loses_receipts = lambda: True
    assert shop.reserve("SKU-1")["outcome"] == "done"
    shop.headquarters.wait_event("store.reservation.placed")
    shop.restart()
    shop.back_up()
    rung = shop.whole().names_only("orders.oldest", "orders.stuck")
    assert rung["facts"]["oldestMilliseconds"] > 590_000
    shop.headquarters.loses_receipts = lambda: False
    shop.restart()
    shop.edged.wait_drained()
    shop.whole().is_fine(*UNMEASURED)


def test_orders_that_wait_for_the_line_are_a_warning_of_their_own_only_when_nobody_asks_for_the_line(long_ago):
    shop = long_ago(10 * 60, {"SKU-1": 10})
    shop.headquarters.loses_receipts = lambda: True
    assert shop.reserve("SKU-1")["outcome"] == "done"
    shop.line.kill()
    shop.edged.stop()
    shop.set_clock(0)
    shop.edged.start()
    shop.back_up()
    report = shop.whole()
    report.names_only("hq.tcp", "headquarters.refused")
    assert report["orders.oldest"]["because"] == "hq.tcp"
    shop.check(None, "--skip", "hq").names_only("orders.oldest", "orders.lineDown")


def test_what_waits_for_headquarters_application_is_no_trouble_of_its_own(long_ago):
    shop = long_ago(70 * 60, {"SKU-1": 10})
    shop.headquarters.lanes_left = {"moments"}
    assert shop.ask("do/moment.record", kind="interest")["outcome"] == "done"
    shop.restart()
    shop.back_up()
    shop.headquarters.stop()
    report = shop.whole()
    report.names_only("hq.echo", "headquarters.noEcho")
    assert report["lanes"]["because"] == "hq.echo"


def test_feeds_that_are_old_because_the_line_is_down_are_no_trouble_of_their_own(long_ago):
    shop = long_ago(28 * 3_600, {"SKU-1": 10})
    shop.restart()
    shop.back_up()
    shop.line.kill()
    report = shop.whole()
    report.names_only("hq.tcp", "headquarters.refused")
    assert report["feeds.age"]["because"] == "hq.tcp"


def test_a_lane_that_headquarters_leaves_where_it_is_is_named(long_ago):
    shop = long_ago(70 * 60, {"SKU-1": 10})
    shop.headquarters.lanes_left = {"moments"}
    assert shop.ask("do/moment.record", kind="interest")["outcome"] == "done"
    shop.restart()
    shop.back_up()
    # Orders go through meanwhile.
    assert shop.reserve("SKU-1")["outcome"] == "done"
    shop.headquarters.wait_event("store.reservation.placed")
    rung = shop.whole().names_only("lanes", "lanes.late")
    assert "moments 1" in rung["detail"] and "70 min" in rung["detail"]


def test_a_feed_that_never_came_is_named(long_ago):
    shop = long_ago(0, None)
    shop.back_up()
    rung = shop.whole().names_only("feeds.age", "feeds.missing")
    assert "stock" in rung["detail"]


def test_a_headquarters_that_has_said_nothing_new_for_more_than_a_day_is_named(long_ago):
    shop = long_ago(28 * 3_600, {"SKU-1": 10})
    shop.restart()
    shop.back_up()
    rung = shop.whole().names_only("feeds.age", "feeds.old")
    assert "28 h" in rung["detail"]
    shop.headquarters.stock({"SKU-1": 1})
    shop.headquarters.wait_fed()
    shop.whole().is_fine(*UNMEASURED)
