"""Why a device is not here: each reason is real on a real broker, and `edgectl check` names it and no other."""

import socket
import ssl
import struct
import time

import pytest

from shop.authority import Authority
from shop.check import check, configured
from shop.processes import wait_until
from shop.secure_broker import Client, SecureBroker


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    """The packaged broker with its TLS listener open to the network, and an enrolled scanner."""
    broker = SecureBroker(tmp_path_factory.mktemp("broker"))
    text = broker.configuration.read_text()
    assert f"listener {broker.tls} 127.0.0.1" in text
    broker.configuration.write_text(text.replace(f"listener {broker.tls} 127.0.0.1", f"listener {broker.tls}"))
    broker.prepare().start()
    broker.enrol("scanner-1", "right")
    yield broker
    broker.stop()


class Log:
    """What the broker said since this test began, as a file that a check reads."""

    def __init__(self, broker, folder):
        self.broker, self.file = broker, folder / "broker.log"
        self.start = len(broker.process.said())

    def wait(self, text, times=1):
        wait_until(lambda: self.said.count(text) >= times, 15, f"the broker saying {text!r}")
        self.file.write_text(self.said)

    @property
    def said(self):
        return self.broker.process.said()[self.start:]

    def check(self, folder):
        """The check of a shop with one scanner whose agent does not run."""
        self.file.write_text(self.said)
        config = configured(
            folder, {"host": "127.0.0.1", "port": self.broker.plain}, fleet=[{"id": "scanner-1", "family": "scanner"}])
        return check(config, "device", "--broker-log", self.file)


@pytest.fixture
def log(broker, tmp_path):
    return Log(broker, tmp_path)


def scanner(broker, address, password="right", **options):
    """The scanner, at an address of its own."""
    client = Client(broker.tls, "scanner-1", password, tls=broker.trust(), connect=False, **options)
    client.place = ("127.0.0.1", broker.tls, 60, address)
    return client.open()


def test_without_agent_and_trouble_nothing_is_claimed(log, tmp_path):
    report = log.check(tmp_path)
    report.is_fine("device.scanner-1")
    assert report["device.scanner-1"]["verdict"] == "unknown"


def test_a_wrong_password_is_the_devices_that_came_from_there(broker, log, tmp_path):
    good = scanner(broker, "127.0.0.31")
    assert good.is_in
    good.stop()
    bad = scanner(broker, "127.0.0.31", "wrong")
    assert not bad.is_in
    bad.stop()
    log.wait("not authorised")
    rung = log.check(tmp_path).names_only("device.scanner-1", "device.wrongPassword")
    assert "127.0.0.31" in rung["cause"]
    # It is mended, and that is seen.
    good = scanner(broker, "127.0.0.31")
    log.wait("New client connected from 127.0.0.31", 2)
    log.check(tmp_path).is_fine("device.scanner-1")
    good.stop()


def test_a_stranger_with_a_wrong_password_is_named_by_its_address(broker, log, tmp_path):
    bad = scanner(broker, "127.0.0.32", "wrong")
    bad.stop()
    log.wait("not authorised")
    log.check(tmp_path).names_only("device.127.0.0.32", "device.wrongPassword")


@pytest.mark.parametrize("known", [True, False])
def test_a_device_that_rejects_the_boxs_certificate_is_named(broker, log, tmp_path, known):
    address = "127.0.0.33" if known else "127.0.0.34"
    if known:
        scanner(broker, address).stop()
    other = Authority(tmp_path / "other", "Another shop")
    context = ssl.create_default_context(cafile=str(other.certificate))
    with socket.create_connection(("127.0.0.1", broker.tls), source_address=(address, 0)) as line:
        with pytest.raises(ssl.SSLCertVerificationError):
            context.wrap_socket(line, server_hostname="localhost")
    log.wait("alert")
    rung = log.check(tmp_path).names_only(
        "device.scanner-1" if known else f"device.{address}", "device.rejectsCertificate")
    assert "unknown ca" in rung["detail"]


@pytest.mark.parametrize("shown", ["nothing", "another's", "ended"])
def test_a_device_whose_own_certificate_is_refused_is_named(broker, log, tmp_path, shown):
    address = {"nothing": "127.0.0.41", "another's": "127.0.0.42", "ended": "127.0.0.43"}[shown]
    context = ssl.create_default_context(cafile=str(broker.authority.certificate))
    if shown != "nothing":
        authority = broker.authority if shown == "ended" else Authority(tmp_path / "other", "Another shop")
        ends = "20250101000000Z" if shown == "ended" else None
        context.load_cert_chain(*authority.issue("till-2", "till-2", usage="clientAuth", ends=ends))
    with socket.create_connection(("127.0.0.1", broker.certificates), source_address=(address, 0)) as line:
        try:
            with context.wrap_socket(line, server_hostname="localhost") as private:
                private.recv(1)
        except OSError:
            pass
    log.wait("certificate")
    wait_until(lambda: "Protocol error" in log.said or f"{address} failed" in log.said, 15, "the end of the connection")
    rung = log.check(tmp_path).names_only(f"device.{address}", "device.certificateRefused")
    assert "--credential certificate" in rung["mend"]


def test_a_device_whose_certificate_ended_is_told_by_the_certificates(broker, tmp_path):
    issued = tmp_path / "root/etc/edged/authority/issued"
    issued.mkdir(parents=True)
    certificate, _ = broker.authority.issue("till-3", "till-3", usage="clientAuth", ends="20250101000000Z")
    (issued / "till-3.crt").write_bytes(certificate.read_bytes())
    config = configured(tmp_path, {"host": "127.0.0.1", "port": broker.plain})
    rung = check(config, "certificates", "--root", tmp_path / "root").names_only(
        "certificates.device.till-3", "certificate.ended")
    assert rung["mend"].startswith("sudo edgectl device enrol till-3 --again --credential certificate")


def test_a_device_that_speaks_no_tls_is_told_from_one_that_rejects_it(broker, log, tmp_path):
    with socket.create_connection(("127.0.0.1", broker.tls), source_address=("127.0.0.35", 0)) as line:
        line.sendall(b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00")
        # With or without the address in the line: it depends on when the broker reads what was sent.
        log.wait("wrong version number")
    wait_until(lambda: "Protocol error" in log.said or "127.0.0.35 failed" in log.said, 15, "the end of the connection")
    log.check(tmp_path).names_only("device.127.0.0.35", "device.tlsFails")


def test_a_device_that_fell_silent_is_told(broker, log, tmp_path):
    def text(value):
        return struct.pack(">H", len(value)) + value
    body = b"\x00\x04MQTT\x04\xc2\x00\x01" + text(b"pda-4711") + text(b"scanner-1") + text(b"right")
    with socket.create_connection(("127.0.0.1", broker.plain), source_address=("127.0.0.36", 0)) as line:
        line.sendall(bytes([0x10, len(body)]) + body)
        log.wait("exceeded timeout")
    rung = log.check(tmp_path).names_only("device.scanner-1", "device.keepAliveLost")
    assert "127.0.0.36" in rung["detail"]


def test_two_devices_that_fight_over_one_name_are_both_named(broker, log, tmp_path):
    clients = []
    for number in range(4):
        clients.append(scanner(broker, f"127.0.0.{37 + number % 2}"))
        time.sleep(0.05)
    log.wait("already connected, closing old connection", 3)
    log.wait("New client connected", 4)
    rung = log.check(tmp_path).names_only("device.scanner-1", "device.twice")
    assert rung["facts"]["addresses"] == ["127.0.0.37", "127.0.0.38"]
    for client in clients:
        client.stop()


def test_one_device_that_comes_back_too_early_is_no_fight(broker, log, tmp_path):
    clients = [scanner(broker, "127.0.0.39") for _ in range(4)]
    log.wait("New client connected", 4)
    report = log.check(tmp_path)
    report.names_only("device.scanner-1", "device.reconnects")
    for client in clients:
        client.stop()
