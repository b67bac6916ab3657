"""Devices: given a credential, set up from a QR code alone, watched, and taken back, at the broker as it is installed."""

import hashlib
import json
import os
import pathlib
import re
import socket
import ssl
import stat
import subprocess
import threading
import time
import uuid

import pytest
from conftest import clerks, product
from shop.broker import Broker
from shop.codes import gtin
from shop.edged import Edged
from shop.headquarters import Headquarters
from shop.processes import program, wait_until
from shop.secure_broker import SecureBroker

CODE = gtin(1)


class SecuredShop:
    """The installed broker, an agent that administers its accounts, and the tool."""

    def __init__(self, folder):
        program("edged")
        self.folder = folder
        self.broker = SecureBroker(folder)
        # The broker shows its authority with its own certificate, so that a device finds what the fingerprint is of.
        server = self.broker.etc / "server.crt"
        server.write_text(server.read_text() + self.broker.authority.certificate.read_text())
        self.broker.prepare().start()
        self.line = Broker(folder, "line", persistence=True).start()
        self.headquarters = Headquarters(self.line.port)
        self.headquarters.start()
        self.edged = Edged(
            folder, self.broker.plain, self.line.port,
            devices={"host": "127.0.0.1", "port": self.broker.plain, "username": "agent",
                     "passwordFile": str(self.broker.secrets / "devices-password")},
            fleet=[{"id": "screen-1", "family": "screen"}, {"id": "till-1", "family": "till"}])
        self.clients = []

    def open(self):
        self.edged.start()
        self.headquarters.feed("catalogue", [product("SKU-1", [CODE])])
        self.headquarters.feed("clerks", clerks())
        self.headquarters.stock({"SKU-1": 10})
        self.headquarters.wait_fed()
        return self

    def ctl(self, *words, status=0, language="en"):
        """Runs edgectl; returns what it printed."""
        done = subprocess.run(
            [program("edgectl"), *map(str, words), "--socket", str(self.edged.socket), "--language", language],
            capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == status, (words, done.returncode, done.stdout, done.stderr)
        return done.stdout if status == 0 or done.stdout else done.stderr

    def asked(self, *words, status=0):
        """Runs edgectl for a program."""
        return json.loads(self.ctl(*words, "--format", "json", status=status))

    def enrol(self, device, *words):
        """Enrols a device as a program would; returns the answer."""
        return self.asked("device", "enrol", device, *words, "--authority", self.broker.authority.folder,
                          "--host", "localhost", "--port", self.broker.tls)

    def device(self, name, password, **options):
        """A device that signs in with a password, over TLS."""
        client = self.broker.client(name, password, port=self.broker.tls, tls=self.broker.trust(), host="localhost",
                                    **options)
        self.clients.append(client)
        if client.is_in:
            assert client.subscribe(f"shop/v1/{name}/reply") and client.subscribe(f"shop/v1/{name}/show/#")
        return client

    def row(self, device):
        return self.asked("device", "show", device)["device"]

    def logs(self):
        return "\n".join(f"--- {log.name}\n{log.read_text('utf-8', 'replace')[-6000:]}"
                         for log in sorted(self.folder.rglob("*.log")))

    def close(self):
        self.broker.stop()
        self.headquarters.stop()
        try:
            self.edged.stop()
        finally:
            self.line.kill()


@pytest.fixture
def secured(tmp_path, request):
    shop = SecuredShop(tmp_path)
    try:
        yield shop.open()
        if getattr(request.node, "failed", False):
            print(shop.logs())
    finally:
        shop.close()


def ask(client, topic, payload, seconds=20):
    """Publishes, and returns the next reply."""
    seen = len(replies(client))
    client.publish(topic, payload if isinstance(payload, (str, bytes)) else json.dumps(payload))
    return wait_until(lambda: replies(client)[seen:], seconds, f"an answer on {topic}")[0]


def replies(client):
    with client.changed:
        return [json.loads(message.payload) for message in client.heard if message.topic.endswith("/reply")]


def cards(client):
    with client.changed:
        return [json.loads(message.payload) for message in client.heard if message.topic.endswith("/show/card")]


def scan(client, code=CODE):
    return ask(client, f"shop/v1/{client.user}/ask/scan", code)


def code_of(reply):
    return reply["problem"]["code"]


class FromText:
    """A device that knows nothing but the text of its QR code, as devices/README describes it."""

    def __init__(self, text):
        found = re.fullmatch(
            r"STORE-EDGE://(\[[0-9A-F:]+\]|[^:/]+):(\d+)/([A-Z0-9-]+)/(CODE|PASSWORD)/([^/]+)(?:/([0-9A-F]{64}))?", text)
        assert found, text
        self.host, self.port = found[1].strip("[]").lower(), int(found[2])
        self.device, self.pairs, self.secret = found[3].lower(), found[4] == "CODE", found[5]
        self.fingerprint = found[6].lower()

    def trust(self):
        """Trusts the authority whose fingerprint the code has, and no other."""
        unknown = ssl.create_default_context()
        unknown.check_hostname, unknown.verify_mode = False, ssl.CERT_NONE
        with socket.create_connection((self.host, self.port), 10) as line:
            with unknown.wrap_socket(line, server_hostname=self.host) as secured:
                chain = [part.public_bytes() for part in secured._sslobj.get_unverified_chain()]
        chain = [part if isinstance(part, bytes) else ssl.PEM_cert_to_DER_cert(part) for part in chain]
        authority = next(part for part in chain if hashlib.sha256(part).hexdigest() == self.fingerprint)
        return ssl.create_default_context(cadata=authority)


def read_png(path):
    done = subprocess.run(["zbarimg", "--quiet", "--raw", path], capture_output=True, text=True, timeout=30, check=True)
    return done.stdout.strip()


def test_a_device_sets_itself_up_from_the_qr_code_alone_and_the_code_works_once(secured):
    png = secured.folder / "scanner-7.png"
    told = secured.enrol("scanner-7", "--family", "scanner", "--screen", "screen-1", "--png", png)
    assert stat.S_IMODE(os.stat(png).st_mode) == 0o600
    assert told["state"] == "offered" and len(told["secret"]) == 20
    text = read_png(png)
    assert text == told["text"]
    setup = FromText(text)
    assert (setup.device, setup.pairs, setup.port) == ("scanner-7", True, secured.broker.tls)
    trust = setup.trust()

    def sign_in(password):
        client = secured.broker.client(setup.device, password, port=setup.port, tls=trust, host=setup.host)
        if client.is_in:
            assert client.subscribe(f"shop/v1/{setup.device}/reply")
        return client

    first = sign_in(setup.secret)
    assert code_of(scan(first)) == "device.notPaired"
    assert code_of(ask(first, "shop/v1/scanner-7/do/moment.record", {"id": str(uuid.uuid4()), "kind": "x"})) \
        == "device.notPaired"
    short = ask(first, "shop/v1/scanner-7/do/device.pair", {"id": str(uuid.uuid4()), "password": "short"})
    assert code_of(short) == "contract.badLength" and first.is_in
    own = "own-" + uuid.uuid4().hex
    pair = json.dumps({"id": str(uuid.uuid4()), "password": own})
    first.publish("shop/v1/scanner-7/do/device.pair", pair)
    assert first.ended.wait(20), "the session under the code did not end"
    wait_until(lambda: secured.row("scanner-7")["state"] == "active", 20, "the device being paired")
    assert not sign_in(setup.secret).is_in, "the code works again"
    second = sign_in(own)
    again = ask(second, "shop/v1/scanner-7/do/device.pair", pair)
    assert again["outcome"] == "done" and again["replayed"], again
    assert again["result"] == {"device": "scanner-7", "family": "scanner", "role": "clerk", "screen": "screen-1"}
    assert scan(second)["result"]["sku"] == "SKU-1"
    other = ask(second, "shop/v1/scanner-7/do/device.pair", {"id": str(uuid.uuid4()), "password": own + "x"})
    assert code_of(other) == "device.noCode"
    # The secret is nowhere: not in the state, not in a log; nor is the code.
    secured.edged.restart()
    assert scan(sign_in(own))["outcome"] == "done"
    secured.edged.stop()
    for file in [*secured.edged.state.rglob("*"), *secured.folder.glob("*.log")]:
        if file.is_file():
            content = file.read_bytes()
            assert own.encode() not in content and setup.secret.encode() not in content, file


def test_a_device_pairs_although_agent_and_broker_go_away_meanwhile(secured):
    code = secured.enrol("tablet-9", "--family", "tablet")["secret"]
    own = "own-" + uuid.uuid4().hex
    pair = json.dumps({"id": str(uuid.uuid4()), "password": own})
    secured.edged.kill()
    first = secured.device("tablet-9", code)
    first.publish("shop/v1/tablet-9/do/device.pair", pair)
    secured.edged.start()

    def paired():
        """As devices/README has it: the own password, else the code, and the same message until it is answered."""
        client = secured.device("tablet-9", own)
        if not client.is_in:
            client = secured.device("tablet-9", code)
        if not client.is_in:
            return None
        client.publish("shop/v1/tablet-9/do/device.pair", pair)
        try:
            return wait_until(lambda: replies(client), 2, "the answer")[0]
        except AssertionError:
            return None
    assert wait_until(paired, 30, "pairing", every=0.5)["outcome"] == "done"
    assert not secured.device("tablet-9", code).is_in
    assert scan(secured.device("tablet-9", own))["outcome"] == "done"


def test_a_box_whose_certificate_does_not_say_the_address_is_told_of_at_enrolment(secured):
    # A device would turn away from the box, and nobody would know why.
    (secured.broker.authority.folder.parent / "broker").symlink_to(secured.broker.etc)
    for index, (host, is_said) in enumerate([("127.0.0.1", True), ("box-1.local", True), ("127.0.0.9", False),
                                             ("box-9.example", False)]):
        words = ["device", "enrol", f"tablet-{index}", "--family", "tablet", "--authority",
                 secured.broker.authority.folder, "--host", host]
        answer = secured.asked(*words)
        assert answer.get("certificateLacks") == (None if is_said else host)
        for language, mark in (("en", "certificate does not say"), ("fr", "certificat du boîtier ne dit pas")):
            page = " ".join(secured.ctl(*words, "--again", language=language).split())
            assert (f"{mark} {host}," in page) != is_said, page
            assert ("sudo edgectl certificate renew" in page) != is_said, page


def test_the_terminals_qr_code_fits_and_says_the_same(secured):
    page = secured.ctl("device", "enrol", "tablet-9", "--family", "tablet", "--authority",
                       secured.broker.authority.folder, "--host", "box-1.shop.example", "--port", 8883)
    blocks = [line for line in page.splitlines() if set(line) & set("█▀▄")]
    assert max(map(len, blocks)) <= 80, page
    # Last, and with the line above it on one screen of 24 lines, the prompt below it: what scrolls off has been read.
    lines = page.splitlines()
    assert lines[-len(blocks):] == blocks and len(blocks) <= 22, page
    assert "scanning this" in lines[-len(blocks) - 1] and "(in 24 h), once" in page, page
    assert all(len(line) <= 80 for line in page.splitlines()), page
    # Each character is two modules, one above the other; full blocks are light.
    rows = []
    for line in blocks:
        rows.append([character in "█▀" for character in line])
        rows.append([character in "█▄" for character in line])
    width = max(map(len, rows))
    scale, margin = 4, 16
    image = [[255] * (width * scale + 2 * margin) for _ in range(len(rows) * scale + 2 * margin)]
    for y, row in enumerate(rows):
        for x, light in enumerate(row):
            if not light:
                for dy in range(scale):
                    for dx in range(scale):
                        image[margin + y * scale + dy][margin + x * scale + dx] = 0
    picture = secured.folder / "terminal.pgm"
    picture.write_bytes(f"P5 {len(image[0])} {len(image)} 255\n".encode() + b"".join(map(bytes, image)))
    text = read_png(picture)
    setup = FromText(text)
    assert setup.host == "box-1.shop.example" and setup.device == "tablet-9"
    assert setup.secret == "".join(re.search(r"Code +((?:\w{5} ?){4})", page)[1].split())


def test_a_revoked_device_is_cut_off_at_once_and_cannot_return_while_others_stay(secured):
    lost = secured.device("tablet-8", secured.enrol("tablet-8", "--family", "tablet", "--credential", "password")["secret"])
    kept_secret = secured.enrol("tablet-9", "--family", "tablet", "--credential", "password")["secret"]
    kept = secured.device("tablet-9", kept_secret)
    assert scan(lost)["outcome"] == scan(kept)["outcome"] == "done"
    page = secured.ctl("device", "revoke", "tablet-8", "--reason", "left in a taxi")
    assert "ended its account and its session" in page
    assert lost.ended.wait(10), "the session was not cut"
    assert not secured.device("tablet-8", "anything").is_in
    assert scan(kept)["outcome"] == "done" and not kept.ended.is_set()
    shown = secured.asked("device", "show", "tablet-8")
    assert shown["device"]["state"] == "revoked" and "accountIsToEnd" not in shown["device"]
    assert [(act["command"], act.get("reason")) for act in shown["acts"]][0] == ("device.revoke", "left in a taxi")
    # Whatever the broker lets through: an account made behind the agent's back gets nothing from it.
    secured.broker.enrol("tablet-8", "secret")
    forged = secured.device("tablet-8", "secret")
    assert forged.is_in
    assert code_of(scan(forged)) == "device.revoked"
    place = {"id": str(uuid.uuid4()), "lines": [{"sku": "SKU-1"}], "term": {"minutes": 60}}
    assert code_of(ask(forged, "shop/v1/tablet-8/do/reservation.place", place)) == "device.revoked"
    secured.edged.restart()
    assert code_of(scan(forged)) == "device.revoked"
    # Enrolled anew, it is welcome.
    again = secured.enrol("tablet-8", "--credential", "password")["secret"]
    assert scan(secured.device("tablet-8", again))["outcome"] == "done"


def test_another_credential_ends_the_old_one_and_is_only_made_when_asked_for(secured):
    secret = secured.enrol("till-1", "--credential", "password")["secret"]
    till = secured.device("till-1", secret)
    assert till.is_in
    refused = secured.asked("device", "enrol", "till-1", "--credential", "password", "--plain", status=1)
    assert refused["problem"]["code"] == "device.enrolled"
    assert not till.ended.is_set() and scan(till)["outcome"] == "done"
    new = secured.enrol("till-1", "--credential", "password", "--again")["secret"]
    assert till.ended.wait(10) and not secured.device("till-1", secret).is_in
    again = secured.device("till-1", new)
    sale = {"id": str(uuid.uuid4()), "lines": [
        {"till": "till-1", "ticket": "1", "line": 1, "kind": "sale", "sku": "SKU-1", "quantity": 1}]}
    assert ask(again, "shop/v1/till-1/do/sale.record", sale)["outcome"] == "done"


def test_what_cannot_be_enrolled_is_refused_and_changes_nothing(secured):
    def refused(*words):
        answer = secured.asked("device", "enrol", *words, "--plain", status=1)
        return answer["problem"]["code"]

    assert refused("gun-1") == "device.familyMissing"
    assert refused("probe", "--family", "tablet") == "device.nameTaken"
    assert refused("screen-1", "--family", "tablet") == "device.configured"
    assert refused("gun-1", "--family", "scanner", "--screen", "nowhere") == "device.screenUnknown"
    admin = secured.broker.client("admin")
    before = admin.control({"command": "listClients"})[0]["data"]["clients"]
    secured.broker.process.stop()
    wait_until(lambda: refused("gun-1", "--family", "scanner") == "broker.notConnected", 20, "the broker being missed")
    secured.broker.start()
    secured.edged.process.wait_said("shopBroker.connected", 30, times=2)
    # The shop's roles are missing: the broker says so, and no account is left behind.
    admin = secured.broker.client("admin")
    admin.control({"command": "deleteRole", "rolename": "staff"})
    assert refused("gun-1", "--family", "tablet") == "broker.refused"
    assert sorted(admin.control({"command": "listClients"})[0]["data"]["clients"]) == sorted(before)
    assert "gun-1" not in [device["device"] for device in secured.asked("device", "list")["devices"]]
    assert secured.enrol("gun-1", "--family", "scanner")["state"] == "offered"


def test_a_broker_without_the_plugin_is_named_as_the_cause(shop):
    answer = shop.edged.control(command="device.enrol", device="gun-1", family="scanner", language="en")
    assert answer["problem"]["code"] == "broker.silent" and "dynamic_security" in answer["problem"]["detail"]
    # Revoking turns the device away all the same.
    tablet = shop.device("tablet-2")
    answer = shop.edged.control(command="device.revoke", device="tablet-2", reason="test", language="en")
    assert answer["result"]["sessionEnded"] is False and answer["result"]["because"]
    assert tablet.scan(CODE)["problem"]["code"] == "device.revoked"
    assert shop.device("tablet-1").scan(CODE)["outcome"] == "done"


def test_a_certificate_of_the_shops_authority_is_a_credential(secured):
    out = secured.folder / "till-2"
    told = secured.asked("device", "enrol", "till-2", "--family", "till", "--credential", "certificate", "--out", out,
                         "--authority", secured.broker.authority.folder, "--host", "localhost")
    assert told["port"] == 8884 and "secret" not in told and "text" not in told
    assert stat.S_IMODE(os.stat(told["key"]).st_mode) == 0o600 and stat.S_IMODE(os.stat(out).st_mode) == 0o700
    trust = secured.broker.trust(certificate=told["certificate"], key=told["key"])
    till = secured.broker.client(None, port=secured.broker.certificates, tls=trust, host="localhost")
    assert till.is_in and till.subscribe("shop/v1/till-2/reply")
    till.user = "till-2"
    assert scan(till)["outcome"] == "done"
    assert not secured.device("till-2", "").is_in, "it may sign in without a password"
    kept = secured.broker.authority.folder / "issued" / "till-2.crt"
    assert kept.read_text() == pathlib.Path(told["certificate"]).read_text(), "certificate list would not tell its end"
    secured.ctl("device", "revoke", "till-2", "--reason", "sold", "--authority", secured.broker.authority.folder)
    assert not kept.exists()
    assert till.ended.wait(10)
    assert not comes_in(secured, told)


def by_certificate(secured, device, folder, *words, status=0):
    """Enrols a device by certificate; returns the answer."""
    return secured.asked("device", "enrol", device, "--credential", "certificate", "--out", secured.folder / folder,
                         "--authority", secured.broker.authority.folder, "--host", "localhost", *words, status=status)


def comes_in(secured, told):
    """Whether the certificate of an enrolment may hear what is said to its device."""
    trust = secured.broker.trust(certificate=told["certificate"], key=told["key"])
    client = secured.broker.client(None, port=secured.broker.certificates, tls=trust, host="localhost")
    try:
        return client.is_in and client.subscribe(f"shop/v1/{told['device']}/reply")
    finally:
        client.stop()


def test_a_revoked_certificate_never_gets_in_again_whatever_its_name_is_asked_for(secured):
    old = by_certificate(secured, "till-2", "old", "--family", "till")
    assert comes_in(secured, old)
    # The agent counts with the end that the certificate really has.
    ends = subprocess.run(["openssl", "x509", "-enddate", "-noout", "-dateopt", "iso_8601", "-in", old["certificate"]],
                          capture_output=True, text=True, check=True).stdout
    assert re.fullmatch(r"notAfter=(\S+) (\S+)Z\n", ends), ends
    end = ends.strip().removeprefix("notAfter=").replace(" ", "T")
    assert end < old["certificateUntil"]
    # Nothing else is made of its name while it lives, and what it has goes on.
    others = [["--credential", "password"], ["--credential", "code"]]
    for words in others:
        refused = secured.asked("device", "enrol", "till-2", "--again", "--plain", *words, status=1)
        assert code_of(refused) == "device.certificateLives"
    assert comes_in(secured, old)
    # Another certificate is a renewal, of which the technician is told what it does not end.
    page = secured.ctl("device", "enrol", "till-2", "--again", "--credential", "certificate", "--out",
                       secured.folder / "new", "--authority", secured.broker.authority.folder, "--host", "localhost")
    assert "the certificate it had works on too" in " ".join(page.split()), page
    new = {"device": "till-2", "certificate": secured.folder / "new" / "till-2.crt",
           "key": secured.folder / "new" / "till-2.key"}
    assert comes_in(secured, old) and comes_in(secured, new)
    page = secured.ctl("device", "revoke", "till-2", "--reason", "stolen", "--authority", secured.broker.authority.folder)
    assert "Choose another, such as till-2b." in " ".join(page.split()), page
    for _ in range(2):
        for words in others:
            for again in ([], ["--again"]):
                refused = secured.asked("device", "enrol", "till-2", "--plain", *words, *again, status=1)
                assert code_of(refused) == "device.certificateLives"
        assert code_of(by_certificate(secured, "till-2", "more", status=1)) == "device.certificateLives"
        assert not (secured.folder / "more").exists(), "a certificate was left that nobody may use"
        assert not comes_in(secured, old) and not comes_in(secured, new)
        secured.edged.restart()
    for language, words in (("en", "Choose a new id, such as till-2b."), ("fr", "par exemple till-2b.")):
        page = secured.ctl("device", "enrol", "till-2", "--plain", status=1, language=language)
        assert words in " ".join(page.split()), page
    # The same machine by another name is welcome, and the old certificate is none the better for it.
    password = secured.enrol("till-2b", "--family", "till", "--credential", "password")["secret"]
    assert scan(secured.device("till-2b", password))["outcome"] == "done"
    assert not comes_in(secured, old) and not comes_in(secured, new)


def test_devices_that_cannot_be_changed_speak_by_their_profiles(secured):
    text = secured.folder / "gun.json"
    text.write_text('{"topic": "guns/4711/barcode", "verb": "scan", "encoding": "text", // as the maker has it\n}')
    pos = secured.folder / "pos.json"
    pos.write_text(json.dumps({
        "topic": "pos/7/receipts", "verb": "sale.record", "encoding": "json",
        "pointers": {"lines/0/till": "/pos/id", "lines/0/ticket": "/receipt", "lines/0/line": "/position",
                     "lines/0/gtin": "/article", "lines/0/quantity": "/qty"},
        "constants": {"lines/0/kind": "sale"}}))
    display = secured.device("screen-1", secured.enrol("screen-1", "--credential", "password")["secret"])
    gun = secured.enrol("gun-1", "--family", "scanner", "--profile", text, "--credential", "password", "--screen",
                        "screen-1")["secret"]
    till_secret = secured.enrol("pos-7", "--family", "till", "--profile", pos, "--credential", "password")["secret"]
    other = secured.folder / "other.json"
    other.write_text('{"topic": "guns/4712/barcode", "verb": "scan"}')
    refused = secured.asked("device", "enrol", "gun-2", "--family", "scanner", "--profile", other, "--plain", status=1)
    assert refused["problem"]["code"] == "device.cannotPair"
    refused = secured.asked("device", "enrol", "gun-2", "--family", "scanner", "--profile", text, "--plain",
                            "--credential", "password", status=1)
    assert refused["problem"]["code"] == "profile.topicTwice"
    gun, till = secured.device("gun-1", gun), secured.device("pos-7", till_secret)

    def card():
        gun.publish("guns/4711/barcode", CODE)
        return cards(display)
    assert wait_until(card, 20, "the card on the screen", every=1)[0]["sku"] == "SKU-1"
    assert gun.publish("guns/4712/barcode", CODE) is False, "a device may publish on another's topic"
    receipt = {"pos": {"id": "pos-7"}, "receipt": "R-100", "position": 1, "article": CODE, "qty": 2, "cashier": "Zoé"}
    first = ask(till, "pos/7/receipts", receipt)
    assert first["outcome"] == "done", first
    again = ask(till, "pos/7/receipts", receipt)
    assert again["replayed"] and again["result"] == first["result"] and again["id"] == first["id"]
    assert secured.edged.stock("SKU-1")["onHand"] == 8
    broken = ask(till, "pos/7/receipts", {"pos": {"id": "pos-7"}, "receipt": "R-101"})
    assert code_of(broken) == "profile.fieldMissing"
    assert code_of(ask(till, "pos/7/receipts", "not json")) == "json.syntax"
    # Both survive a restart of the agent, and of the broker, whose package sets its own roles anew.
    secured.edged.restart()
    assert ask(till, "pos/7/receipts", {**receipt, "receipt": "R-102"})["outcome"] == "done"
    secured.broker.process.stop()
    secured.broker.prepare().start()
    till = secured.device("pos-7", till_secret)
    assert till.is_in

    def sold():
        till.publish("pos/7/receipts", json.dumps({**receipt, "receipt": "R-103"}))
        return replies(till)
    assert wait_until(sold, 20, "the agent being back", every=1)[0]["outcome"] == "done"
    secured.ctl("device", "revoke", "pos-7", "--reason", "sold")
    assert till.ended.wait(10)
    assert secured.edged.stock("SKU-1")["onHand"] == 4


def test_a_profile_of_the_configuration_counts_once_its_device_has_a_credential(secured):
    secured.edged.configuration["fleet"] += [
        {"id": "gun-5", "family": "scanner", "screen": "screen-1", "profile": {"topic": "guns/5", "verb": "scan"}},
        {"id": "gun-6", "family": "scanner", "profile": {"topic": "guns/5", "verb": "scan"}}]
    secured.edged.restart()
    assert "profile.unusable" in secured.edged.process.said() and "gun-6" in secured.edged.process.said()
    display = secured.device("screen-1", secured.enrol("screen-1", "--credential", "password")["secret"])
    gun = secured.device("gun-5", secured.enrol("gun-5", "--credential", "password")["secret"])

    def card():
        gun.publish("guns/5", CODE)
        return cards(display)
    assert wait_until(card, 20, "the card on the screen", every=1)[0]["sku"] == "SKU-1"


def test_the_technician_sees_who_is_there_and_what_they_did(secured):
    secret = secured.enrol("tablet-9", "--family", "tablet", "--credential", "password")["secret"]
    presence = "shop/v1/tablet-9/presence"
    tablet = secured.device("tablet-9", secret, will=(presence, '{"state":"gone"}', 1, True))
    tablet.publish(presence, '{"state":"here"}', retain=True)
    wait_until(lambda: secured.row("tablet-9")["presence"] == "online", 20, "presence")
    scan(tablet)
    scan(tablet, CODE[:-1] + str((int(CODE[-1]) + 1) % 10))
    row = secured.row("tablet-9")
    assert (row["messages"], row["refused"], row["lastVerb"]) == (2, 1, "scan")
    assert row["lastRefusal"]["code"] == "scan.checkDigit"
    trace = secured.ctl("trace", "tablet-9")
    assert "scan.checkDigit" in trace and " ms" in trace and "presence" in trace
    assert CODE not in trace, "a payload is in the trace"
    assert all(len(line) <= 80 for line in trace.splitlines()), trace
    # The connection breaks: the broker tells for the device.
    tablet.client._sock_close()
    wait_until(lambda: secured.row("tablet-9")["presence"] == "offline", 20, "the will")
    secured.edged.restart()
    wait_until(lambda: secured.row("tablet-9")["presence"] == "offline", 20, "the retained presence")
    listed = {device["device"]: device for device in secured.asked("device", "list")["devices"]}
    assert listed["till-1"]["state"] == "configured" and listed["till-1"]["presence"] == "never"
    assert listed["tablet-9"]["state"] == "active" and listed["tablet-9"]["enrolled"] == "enrolled"
    for language in ("en", "fr"):
        for words in (["device", "list"], ["device", "show", "tablet-9"], ["trace"]):
            page = secured.ctl(*words, language=language)
            assert all(len(line) <= 80 for line in page.splitlines()), page
    assert secured.asked("device", "show", "nobody", status=1)["problem"]["code"] == "device.unknown"


def test_every_device_sees_which_devices_there_are_and_is_not_flooded_with_it(secured):
    topic, presence = "shop/v1/all/devices", "shop/v1/tablet-9/presence"
    secret = secured.enrol("tablet-9", "--family", "tablet", "--credential", "password")["secret"]
    tablet = secured.device("tablet-9", secret, will=(presence, '{"state":"gone"}', 1, True))
    began = time.monotonic()
    assert tablet.subscribe(topic)

    def told():
        with tablet.changed:
            return [json.loads(message.payload)["devices"] for message in tablet.heard if message.topic == topic]

    def row(device):
        return next((row for row in (told() or [[]])[-1] if row["device"] == device), None)

    wait_until(lambda: row("tablet-9") == {"device": "tablet-9", "family": "tablet", "presence": "never"}, 20, "the roll")
    tablet.publish(presence, '{"state":"here"}', retain=True)
    wait_until(lambda: row("tablet-9")["presence"] == "online", 20, "the tablet being told as there")
    assert row("screen-1") == {"device": "screen-1", "family": "screen", "presence": "never"}
    # One that is paired comes, and goes with its account.
    secured.enrol("scanner-8", "--family", "scanner", "--screen", "screen-1", "--credential", "password")
    wait_until(lambda: (row("scanner-8") or {}).get("screen") == "screen-1", 20, "the scanner with its screen")
    secured.asked("device", "revoke", "scanner-8", "--reason", "lost")
    wait_until(lambda: row("scanner-8") is None, 20, "the scanner being gone from the roll")
    # A device that comes and goes all the time makes no flood.
    for _ in range(40):
        tablet.publish(presence, '{"state":"gone"}', retain=True)
        tablet.publish(presence, '{"state":"here"}', retain=True)
    wait_until(lambda: row("tablet-9")["presence"] == "online", 20, "the last word counting")
    assert len(told()) <= time.monotonic() - began + 2, "more than one a second"
    # Whoever comes later sees it at once, also when nothing changes any more.
    again = secured.device("tablet-9", secret)
    assert again.subscribe(topic)
    wait_until(lambda: any(message.topic == topic and message.retain for message in again.heard), 20, "the retained roll")


def test_a_ping_is_answered_by_presence_and_is_honest_where_it_is_not(secured):
    secret = secured.enrol("tablet-9", "--family", "tablet", "--credential", "password")["secret"]
    tablet = secured.device("tablet-9", secret)
    presence = "shop/v1/tablet-9/presence"
    silent = secured.asked("device", "ping", "tablet-9", "--wait", 1, status=1)
    assert silent["verdict"] == "silent"
    tablet.publish(presence, '{"state":"here"}', retain=True)
    wait_until(lambda: secured.asked("device", "ping", "tablet-9", "--wait", 1)["verdict"] == "there", 20, "presence")
    stop = threading.Event()

    def answer():
        known = 0
        while not stop.wait(0.02):
            pings = [message for message in list(tablet.heard) if message.topic.endswith("/show/ping")]
            if len(pings) > known:
                known = len(pings)
                tablet.client.publish(presence, '{"state":"here"}', qos=1, retain=True)
    known = len([message for message in list(tablet.heard) if message.topic.endswith("/show/ping")])
    assert known >= 1
    thread = threading.Thread(target=answer)
    thread.start()
    try:
        echo = secured.asked("device", "ping", "tablet-9", "--wait", 20)
    finally:
        stop.set()
        thread.join()
    assert echo["verdict"] == "echo" and echo["milliseconds"] >= 0


def test_the_trace_is_followed_in_a_pipe_and_ends_quietly(secured):
    secret = secured.enrol("tablet-9", "--family", "tablet", "--credential", "password")["secret"]
    tablet = secured.device("tablet-9", secret)
    tail = subprocess.Popen(
        [program("edgectl"), "device", "tail", "tablet-9", "--limit", "0", "--format", "json", "--socket",
         str(secured.edged.socket)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        lines = []
        threading.Thread(target=lambda: lines.extend(iter(tail.stdout.readline, "")), daemon=True).start()

        def heard():
            scan(tablet)
            return lines
        wait_until(heard, 20, "a line", every=0.3)
        row = json.loads(lines[0])
        assert row["verb"] == "scan" and row["outcome"] == "done" and row["microseconds"] > 0 and row["bytes"] == len(CODE)
        tail.send_signal(2)
        assert tail.wait(10) in (-2, 130)
        assert tail.stderr.read() == ""
    finally:
        tail.kill()
        tail.wait(10)
    # A reader that goes away ends it.
    done = subprocess.Popen(
        f"{program('edgectl')} device tail tablet-9 --limit 5 --socket {secured.edged.socket} | head -1", shell=True,
        stdout=subprocess.PIPE, text=True)
    ended = threading.Event()
    scanning = threading.Thread(target=lambda: [scan(tablet) for _ in range(10) if not ended.wait(0.3)])
    scanning.start()
    try:
        assert done.communicate(timeout=30)[0].startswith("TIME")
    finally:
        ended.set()
        scanning.join(60)


def test_a_simulated_scan_is_answered_to_the_technician_and_shown_on_the_paired_screen(secured):
    display = secured.device("screen-1", secured.enrol("screen-1", "--credential", "password")["secret"])
    scanner = secured.device("gun-1", secured.enrol("gun-1", "--family", "scanner", "--screen", "screen-1", "--credential",
                                                    "password")["secret"])
    page = secured.ctl("simulate", "scan", "gun-1", CODE)
    assert "Article SKU-1" in page and "49.90 EUR" in page and "Shown on screen-1 too." in page
    assert wait_until(lambda: cards(display), 20, "the card on the screen")[0]["sku"] == "SKU-1"
    assert not replies(scanner), "the device heard of it"
    refused = secured.asked("simulate", "scan", "gun-1", "9521234500019", status=1)
    assert refused["reply"]["problem"]["code"] == "scan.checkDigit"
    rows = secured.edged.control(command="trace.read", device="gun-1")["result"]["rows"]
    assert [(row["outcome"], row["simulated"]) for row in rows] == [("done", True), ("refused", True)]
    row = secured.row("gun-1")
    assert row["messages"] == 0 and "lastMessageAt" not in row, "a technician's scan is no sign of life"
    acts = secured.asked("device", "show", "gun-1")["acts"]
    assert acts[0]["command"] == "simulate.scan"
    # A name that nobody has is most often a slip of the pen; and what the device is told is in the shop's language.
    told = " ".join(secured.ctl("simulate", "scan", "gun-l", "9521234500019", status=1).split())
    assert "knows no device gun-l" in told and "would be told: scan.checkDigit" in told
    assert "knows no device" not in secured.ctl("simulate", "scan", "gun-1", CODE)


def test_the_agent_listens_to_no_name_that_is_no_device(shop):
    probe = shop.device("scanner-1")
    for name in ("staff", "agent", "all", "SCANNER", "a b", "x" * 33, ""):
        for branch in ("ask/scan", "do/reservation.place", "presence"):
            probe.publish(f"shop/v1/{name}/{branch}", json.dumps(
                {"id": str(uuid.uuid4()), "code": CODE, "lines": [{"sku": "SKU-1"}], "term": {"minutes": 60}}))
    # A stranger may scan, and no more.
    stranger = shop.device("stranger-1")
    assert stranger.scan(CODE)["outcome"] == "done"
    stranger.refused("reservation.place", "device.notAllowed", lines=[{"sku": "SKU-1"}], term={"minutes": 60})
    stranger.refused("device.pair", "device.noCode", password="x" * 20)
    listed = {row["device"]: row for row in shop.edged.control(command="device.list")["result"]["devices"]}
    assert listed["stranger-1"]["state"] == "stranger" and listed["stranger-1"]["refused"] == 2
    assert set(listed) <= {device["id"] for device in shop.edged.configuration["fleet"]} | {"stranger-1"}
    assert shop.edged.stock("SKU-1")["holds"] == 0


def test_strangers_without_end_take_no_memory_and_push_no_device_of_the_shop_out(shop):
    probe = shop.device("scanner-1")
    probe.scan(CODE)
    for number in range(1_500):
        probe.client.publish(f"shop/v1/stranger-{number}/ask/scan", CODE, qos=1)
    def all_heard():
        rows = shop.edged.control(command="trace.read", limit=1)["result"]["rows"]
        return rows and rows[-1]["device"] == "stranger-1499"
    wait_until(all_heard, 30, "the strangers being heard")
    names, after = [], None
    while True:
        page = shop.edged.control(command="device.list", **({"after": after} if after else {}))["result"]
        names += [row["device"] for row in page["devices"]]
        after = page.get("next")
        if not after:
            break
    strangers = [name for name in names if name.startswith("stranger-")]
    assert len(strangers) == 200 and "stranger-1499" in strangers and "scanner-1" in names
    assert shop.edged.control(command="device.show", device="scanner-1")["result"]["device"]["messages"] == 1
