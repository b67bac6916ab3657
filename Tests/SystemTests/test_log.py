"""The log: no person and no secret in it at any level, facts as fields for journald, and no loop that fills a disk."""

import os
import socket
import subprocess
import threading
import time

import pytest

from conftest import PRODUCTS
from shop.codes import own_code
from shop.headquarters import derived_pin
from shop.processes import program, wait_until
from shop.traces import holds

#: What must never be logged, each planted where a person or an integrator would put it.
NAMES = ["Zerlina Quastenberg", "Quastenberg"]
PHONES = ["+33698765432", "0698765432", "5432"]
CARDS = [own_code("L", 900_001)]
PAYMENT = ["4970101234567890"]
PINS = ["80413"]
FREE_TEXT = ["left at the door for Zerlina", "planted-context-77"]


@pytest.fixture
def talkative(new_shop):
    """A shop that logs all that it can."""
    return new_shop(log={"level": "trace"}).open(units=20)


def plant(shop):
    """Every verb and every feed, well and badly formed, with a person in every field that takes a text."""
    name, phone, card, pin = NAMES[0], PHONES[0], CARDS[0], PINS[0]
    shop.headquarters.feed("clerks", [
        {"key": "zed", "value": {"badge": "B-900", "name": name, "roles": ["manager"], "pin": derived_pin(pin)}},
        {"key": "bad", "value": {"badge": 17, "name": name, "pin": pin}}])
    shop.headquarters.feed("customers", [
        {"key": "C-900", "value": {
            "cards": [card], "name": name, "consent": ["advice"], "fields": {"phone": phone, "note": FREE_TEXT[0]},
            "expires": "2099-01-01T00:00:00Z"}},
        {"key": "C-901", "value": {"cards": phone, "name": [name], "expires": name}},
        {"key": "C-902", "value": {"name": name, "phone": phone}}])
    shop.headquarters.place("O-900", {"SKU-1": 1}, own_code("P", 900_002), customer={
        "name": name, "phoneLast4": PHONES[2]})
    shop.headquarters.feed("orders", [
        {"type": "placed", "order": "O-901", "code": name, "lines": [], "customer": {"name": name, "phoneLast4": phone}},
        {"type": name, "order": phone}])
    shop.headquarters.feed("stock", [{"type": "delta", "sku": name, "quantity": phone, "cause": FREE_TEXT[0]}])
    shop.headquarters.feed("settings", [{"key": "holdMinutesDefault", "value": name}, {"key": name, "value": phone}])
    shop.headquarters.feed("hours", [{"key": "weekly", "value": {"mon": [[phone, name]]}}])
    shop.headquarters.feed("erasures", [{"type": "erase", "customer": "C-902", "request": name}, {"type": phone}])
    shop.headquarters._publish("hq/v1/S1/down/receipts", {"epoch": name, "receipts": [{"id": phone, "outcome": name}]})
    shop.headquarters._publish("hq/v1/S1/down/feed/customers", {"feed": "customers", "entries": name})
    tablet, till = shop.device("tablet-1", first_retry=0.5), shop.device("till-1", first_retry=0.5)
    tablet.do("clerk.signIn", badge="B-900", pin=pin, context=FREE_TEXT[1])
    tablet.do("clerk.signIn", badge=name, pin=pin)
    for verb, fields in {
        "customer.get": {"card": card}, "pickup.find": {"query": NAMES[1]}, "scan": {"code": card},
        "pickup.get": {"code": own_code("P", 900_002)}, "reservation.list": {"customer": "C-900"},
    }.items():
        tablet.ask(verb, clerk="zed", context=FREE_TEXT[1], **fields)
        tablet.ask(verb, clerk=name, seat=PHONES[1], **{key: name for key in fields})
    tablet.do("reservation.place", lines=[{"sku": "SKU-1"}], customer="C-900", context=FREE_TEXT[1])
    tablet.do("reservation.place", lines=[{"sku": name}], customer=phone, channel=name)
    tablet.do("pickup.claim", order="O-900", clerk="zed")
    tablet.do("pickup.handOver", order="O-900", clerk="zed", proof={"method": "knownCustomer", "facts": [name, phone]})
    tablet.do("pickup.reject", order="O-900", clerk="zed", reason=FREE_TEXT[0])
    till.do("sale.record", lines=[
        {"till": name, "ticket": PAYMENT[0], "line": 1, "kind": "sale", "sku": "SKU-2", "quantity": 1}])
    till.do("sale.record", lines=[{"till": "1", "payment": PAYMENT[0], "customer": name}])
    tablet.do("count.record", sku=name, counted=phone)
    tablet.do("moment.record", kind=name, sku=phone)
    # Payloads and topics that cannot be read show what they hold to those who print them.
    for topic, payload in [
        ("/do/reservation.place", f'{{"id": "{name}", "lines": "{phone}"}}'), ("/do/" + PAYMENT[0], "{}"),
        ("/ask/scan", name), ("/ask/scan", PAYMENT[0]), ("/ask/scan", card), ("", f'{{"verb": "{name}"}}'),
        ("", f"{name} {phone}"), ("/do/clerk.signIn", f'{{"pin": "{pin}", "pin": "{pin}"}}'),
        (f"shop/v1/{PHONES[1]}/extra/{PAYMENT[0]}/x", name), (f"shop/v1/{PAYMENT[0]}/{PHONES[1]}", "{}"),
        ("/presence", name), ("/do/reservation.place", b"\xff\xfe" + name.encode()),
    ]:
        tablet.publish(topic, payload)
    tablet.publish("/do/reservation.place", {"id": "x", "context": name}, retain=True)
    tablet.publish("/do/reservation.place", b"", retain=True)
    for command in [
        {"command": "explain", "id": phone}, {"command": name}, {"command": "queue.show", "id": name},
        {"command": "stock.show", "sku": name}, {"command": "customer.show", "customer": "C-900"},
        {"command": "customer.unmask", "customer": "C-900", "reason": FREE_TEXT[0]},
        {"command": "log.level", "level": name},
    ]:
        shop.edged.control(**command)
    scanner = shop.device("scanner-1")
    scanner.card(PRODUCTS["SKU-1"])
    shop.edged.wait_drained()


def test_nothing_about_a_person_is_logged_even_at_trace(talkative):
    shop = talkative
    plant(shop)
    shop.edged.stop()
    shop.edged.start()
    shop.device("tablet-2").done("reservation.place", lines=[{"sku": "SKU-3"}])
    log = shop.edged.process.log.read_text()
    assert log.count("message.answered") > 10, "the level shows each message's head"
    for planted in [*NAMES, *PHONES[:2], *CARDS, *PAYMENT, *PINS, *FREE_TEXT]:
        lines = [line for line in log.splitlines() if holds(line, planted)]
        assert not lines, f"{planted!r} is logged: {lines[0]}"


class FakeJournal:
    """journald's side of its native protocol."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.entries = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            entry = self.socket.recv(65536)
            if not entry:
                return
            self.entries.append(dict(line.split("=", 1) for line in entry.decode().splitlines()))

    def of(self, event):
        return [entry for entry in self.entries if entry.get("EDGED_EVENT") == event]


def test_under_journald_facts_are_fields_and_nothing_is_on_standard_error(new_shop, tmp_path):
    """In a mount namespace of the agent's own, journald's socket is the test's."""
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, timeout=10).returncode != 0:
        pytest.skip("mount namespaces are not allowed here")
    place = tmp_path / "journal"
    place.mkdir()
    journal = FakeJournal(place / "socket")
    shop = new_shop()
    script = tmp_path / "under-journald"
    # What systemd does: standard error is a stream, and its numbers are in the environment.
    script.write_text(
        "#!/bin/sh\nmount -t tmpfs tmpfs /run && mkdir -p /run/systemd/journal\n"
        f'mount --bind {place} /run/systemd/journal\n'
        'JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2) exec "$@"\n')
    script.chmod(0o755)
    edged = shop.edged
    edged.start(prefix=["unshare", "-m", script], wait=False)
    wait_until(lambda: journal.of("shopBroker.questions.connected") and journal.of("edged.ready"), 30, "the journal")
    ready = journal.of("edged.ready")[0]
    assert ready["PRIORITY"] == "6" and ready["SYSLOG_IDENTIFIER"] == "edged" and ready["EDGED_SHOP"] == "S1"
    assert ready["MESSAGE"].startswith("edged.ready ") and "shop=S1" in ready["MESSAGE"]
    shop.line.stop()
    wait_until(lambda: journal.of("headquarters.unreachable"), 20, "the line's end")
    gone = journal.of("headquarters.unreachable")[0]
    assert gone["PRIORITY"] == "4" and int(gone["EDGED_RETRY_MILLISECONDS"]) > 0 and gone["EDGED_CAUSE"]
    assert edged.process.said() == ""
    # Someone who only inherits the variable has another standard error.
    edged.stop()
    assert journal.of("edged.stopped")
    run = subprocess.run(
        [program("edged"), "--check-config", edged.file], capture_output=True, text=True, timeout=20,
        env={**os.environ, "JOURNAL_STREAM": "1:1"})
    assert run.returncode == 0
    shop.line.start()


def test_a_device_that_floods_the_agent_does_not_fill_the_log(shop):
    tablet = shop.device("tablet-1")
    for number in range(3_000):
        tablet.publish("/wrong/topic", "{}")
        tablet.publish("shop/v1/tablet-1/do/nonsense/deeper", "{}")
        tablet.publish("/do/reservation.place", "{", retain=number % 100 == 0)
    tablet.done("reservation.place", lines=[{"sku": "SKU-1"}])
    time.sleep(1)
    said = shop.edged.process.said()
    assert len(said) < 40_000, f"{len(said)} bytes of log for 9,000 bad messages"
    assert said.count("ledger.problem") <= 20 and said.count("message.foreignTopic") <= 20
