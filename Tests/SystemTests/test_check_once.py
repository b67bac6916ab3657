"""One cause with many effects is told once: the ladder names what is to be mended, and skips what only follows from it."""

import json
import pathlib
import shutil
import socket
import ssl
import time

import pytest

from shop.freeze import frozen
from shop.processes import wait_until
from shop.secure_broker import Client


@pytest.fixture(scope="module")
def shop(whole_shop):
    return whole_shop


def test_a_password_of_the_agent_that_the_broker_does_not_take_is_no_devices_fault(shop):
    secret = pathlib.Path(shop.edged.configuration["devices"]["passwordFile"])
    right = secret.read_text()
    secret.write_text("of-yesterday")
    shop.edged.stop()
    shop.edged.start(wait=False)
    try:
        # The agent comes from the address from which the scanner came, as tablets behind nginx do.
        wait_until(lambda: "not authorised" in shop.broker.process.said(), 30, "the broker refusing the agent")
        report = shop.whole()
    finally:
        secret.write_text(right)
        shop.restart()
        shop.scanner_comes()
    report.names_only("broker.login", "broker.wrongPassword")
    assert report["broker.access"]["because"] == "broker.login"


def test_a_certificate_of_the_broker_that_ended_is_why_devices_reject_it(shop):
    broker = shop.broker
    right = {name: (broker.etc / name).read_bytes() for name in ("server.crt", "server.key")}
    over = broker.authority.issue(
        "over", "box-1", broker.NAMES, starts="20240101000000Z", ends="20250101000000Z")
    kept = shop.box.root / "etc/edged/broker/server.crt"
    kept.parent.mkdir(parents=True)
    # The scanner has an address of its own, so that the broker's log tells whose refusal it is.
    far = Client(broker.tls, "scanner-1", "right", tls=broker.trust(), connect=False)
    far.place = ("127.0.0.1", broker.tls, 60, "127.0.0.33")
    assert far.open().is_in
    far.publish("shop/v1/scanner-1/presence", json.dumps({"state": "away"}), retain=True)
    far.stop()
    shop.scanner.stop()
    wait_until(lambda: shop.presence("scanner-1") == "offline", 20, "the agent knowing that the scanner left")
    broker.process.stop()
    broker.serve(*over)
    shutil.copy(over[0], kept)
    broker.start()
    try:
        # Several times: beside a connection of the agent's, which tries again too, the broker's log tells nobody's address.
        for _ in range(5):
            with socket.create_connection(("127.0.0.1", broker.tls), source_address=("127.0.0.33", 0)) as line:
                with pytest.raises(ssl.SSLCertVerificationError):
                    broker.trust().wrap_socket(line, server_hostname="localhost")
            time.sleep(0.3)
        wait_until(lambda: "alert certificate expired" in broker.process.said(), 20, "the device rejecting it")
        report = shop.whole()
    finally:
        broker.process.stop()
        for name, content in right.items():
            (broker.etc / name).write_bytes(content)
        shutil.rmtree(kept.parent)
        shop.start_broker()
    report.names_only("certificates.broker", "certificate.ended")
    for rung in ("broker.login", "device.scanner-1"):
        assert report[rung]["because"] == "certificates.broker"


@pytest.mark.parametrize("thread, loop", [("edged", "ledger"), ("headquarters", "headquarters")])
def test_a_loop_that_stands_still_is_named_and_nothing_that_waits_for_it(shop, thread, loop):
    def stuck():
        return [one["loop"] for one in shop.health()["loops"] if one["stuck"]]
    with frozen(shop.edged.process.child.pid, thread):
        wait_until(stuck, 60, "the agent knowing it", every=0.5)
        rung = shop.whole().names_only("agent.watchdog", "agent.loopStuck")
    assert loop in rung["detail"]
    wait_until(lambda: not stuck(), 30, "the loop turning again", every=0.2)
