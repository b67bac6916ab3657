"""Headquarters' link over TLS with certificates on both sides: whatever is wrong with one, the shop goes on, the cause
is named, and everything is delivered once it is mended, without a restart of the agent."""

import pathlib
import shutil
import socket

import pytest

from conftest import PRODUCTS, product
from shop.authority import OPENSSL, Authority
from shop.broker import Broker
from shop.device import Device
from shop.edge_hq import EdgeHQ
from shop.edged import Edged
from shop.processes import Process, wait_until

SKU = "SKU-1"


class PrivateShop:
    """A shop whose line to headquarters is private, and edge-hq behind the same broker, with certificates of its own."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.authority = Authority(self.folder / "authority")
        self.certificates = self.folder / "certificates"
        self.certificates.mkdir()
        for name in ("server", "client", "edge-hq"):
            self.put(name)
        shutil.copy(self.authority.certificate, self.certificates / "ca.crt")
        self.broker = Broker(self.folder, "shop-broker").start()
        self.line = Broker(self.folder, "headquarters-broker", persistence=True, lines=[
            f"cafile {self.certificates}/ca.crt", f"certfile {self.certificates}/server.crt",
            f"keyfile {self.certificates}/server.key", "require_certificate true"]).start()
        self.headquarters = EdgeHQ(self.folder, self.line.port, **self.files("edge-hq")).start()
        self.edged = Edged(self.folder, self.broker.port, self.line.port)
        self.edged.configuration["headquarters"].update(self.files("client"))
        self.tablet = None

    def files(self, name):
        return {
            "ca": str(self.certificates / "ca.crt"), "certificate": str(self.certificates / f"{name}.crt"),
            "key": str(self.certificates / f"{name}.key")}

    def put(self, name, authority=None, names=("IP:127.0.0.1",), **times):
        """Makes a certificate of that name, in place of the one there was."""
        usage = "serverAuth" if name == "server" else "clientAuth"
        certificate, key = (authority or self.authority).issue(
            name, subject=name, names=names if name == "server" else (), usage=usage, **times)
        for file in (key, certificate):
            # As a renewal does it: whole, in one step.
            fresh = self.certificates / f"{file.name}.new"
            shutil.copy(file, fresh)
            fresh.chmod(0o600)
            fresh.replace(self.certificates / file.name)

    def open(self):
        self.edged.start()
        self.headquarters.load([{"feed": "catalogue", **product(SKU, [PRODUCTS[SKU]])}])
        self.headquarters.load([{"feed": "stock", "shop": "S1", "entry": {
            "type": "delta", "sku": SKU, "quantity": 20, "cause": "opening", "share": 20}}])
        wait_until(self.is_stocked, 40, "the opening stock over the private line", every=0.1)
        self.tablet = Device(self.broker.port, "tablet-1")
        return self

    def is_stocked(self):
        answer = self.edged.control(command="stock.show", sku=SKU)
        return answer.get("result", {}).get("stock", {}).get("onHand") == 20

    def reserve(self):
        return self.tablet.done("reservation.place", lines=[{"sku": SKU}])["reservation"]

    def wait_arrived(self, reservation):
        wait_until(
            lambda: any(event["subject"] == f"reservation/{reservation}" for event in self.headquarters.events), 60,
            f"{reservation} at headquarters", every=0.3)

    def last_error(self):
        return self.edged.control(command="health")["result"]["headquarters"].get("lastError") or ""

    def wait_error(self, text):
        wait_until(lambda: text in self.last_error(), 40, f"the cause {text!r}", every=0.2)

    def close(self):
        if self.tablet:
            self.tablet.stop()
        self.headquarters.stop()
        try:
            self.edged.stop()
        finally:
            self.broker.kill()
            self.line.kill()


@pytest.fixture
def shop(tmp_path, request):
    shop = PrivateShop(tmp_path)
    yield shop
    if getattr(request.node, "failed", False):
        for log in sorted(tmp_path.rglob("*.log")):
            print(f"--- {log.name}\n{log.read_text('utf-8', 'replace')[-4000:]}")
    shop.close()


def test_a_private_line_with_certificates_on_both_sides_delivers(shop):
    shop.open()
    shop.wait_arrived(shop.reserve())
    answer = shop.edged.control(command="hq.ping")
    assert answer["outcome"] == "done", answer


@pytest.mark.parametrize(("wrong", "cause"), [
    ({"starts": "20240101000000Z", "ends": "20250101000000Z"}, "has expired"),
    ({"starts": "20900101000000Z", "ends": "20950101000000Z"}, "is not valid yet"),
    ({"authority": "foreign"}, "by an authority that this box does not trust"),
    ({"names": ("DNS:other.example",)}, "is for another name"),
], ids=["expired", "not yet valid", "foreign authority", "wrong name"])
def test_a_wrong_certificate_of_headquarters_broker_stops_the_line_and_nothing_else(shop, wrong, cause):
    shop.open()
    process = shop.edged.process.child.pid
    if wrong.get("authority"):
        wrong = {"authority": Authority(shop.folder / "foreign", "Somebody else")}
    shop.line.stop()
    shop.put("server", **wrong)
    shop.line.start()
    shop.wait_error(cause)
    reservation = shop.reserve()
    assert shop.edged.control(command="status")["result"]["lanes"][0]["pending"] > 0
    assert shop.edged.control(command="hq.ping")["problem"]["code"] == "headquarters.notConnected"
    shop.line.stop()
    shop.put("server")
    shop.line.start()
    shop.wait_arrived(reservation)
    assert shop.edged.process.child.pid == process and shop.edged.process.is_running


@pytest.mark.parametrize(("wrong", "cause"), [
    ({"starts": "20240101000000Z", "ends": "20250101000000Z"}, "this box's certificate has expired"),
    ({"authority": "foreign"}, "does not know the authority of this box's certificate"),
], ids=["expired", "foreign authority"])
def test_a_wrong_certificate_of_this_box_is_named_and_read_again_once_it_is_renewed(shop, wrong, cause):
    shop.open()
    process = shop.edged.process.child.pid
    if wrong.get("authority"):
        wrong = {"authority": Authority(shop.folder / "foreign", "Somebody else")}
    shop.put("client", **wrong)
    # The connection that stands is not touched; the next one shows the new certificate.
    shop.line.stop()
    shop.line.start()
    shop.wait_error(cause)
    reservation = shop.reserve()
    shop.put("client")
    shop.wait_arrived(reservation)
    assert shop.edged.process.child.pid == process and shop.edged.process.is_running


def test_a_broker_that_speaks_nothing_newer_than_tls_1_1_is_not_spoken_to(shop):
    shop.open()
    shop.line.stop()
    server = Process("s_server", [
        OPENSSL, "s_server", "-accept", f"127.0.0.1:{shop.line.port}", "-cert", shop.certificates / "server.crt",
        "-key", shop.certificates / "server.key", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0", "-quiet"],
        shop.folder / "s_server.log").start()
    try:
        shop.wait_error("TLS 1.1")
        reservation = shop.reserve()
    finally:
        server.kill()

    def is_free():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            return probe.connect_ex(("127.0.0.1", shop.line.port)) != 0
    wait_until(is_free, 10, "the port being free again")
    shop.line.start()
    shop.wait_arrived(reservation)


def test_a_shop_opens_without_its_certificate_and_delivers_once_it_is_there(shop):
    for end in ("crt", "key"):
        (shop.certificates / f"client.{end}").rename(shop.certificates / f"later.{end}")
    shop.edged.start()
    shop.wait_error("client.crt cannot be read")
    assert shop.edged.control(command="status")["outcome"] == "done"
    check = Process("check", [shop.edged.process.arguments[0], "--check-config", shop.edged.file],
                    shop.folder / "check.log").start()
    assert check.wait_end() == 78 and "client.crt cannot be read" in check.said()
    for end in ("key", "crt"):
        (shop.certificates / f"later.{end}").rename(shop.certificates / f"client.{end}")
    shop.edged.process.wait_said("headquarters.connected", 40)


def test_a_wrong_certificate_of_the_shops_own_broker_never_ends_the_agent(tmp_path):
    authority = Authority(tmp_path / "authority")
    certificate, key = authority.issue(
        "broker", names=["IP:127.0.0.1"], starts="20240101000000Z", ends="20250101000000Z")
    broker = Broker(tmp_path, "shop-broker", lines=[f"certfile {certificate}", f"keyfile {key}"]).start()
    line = Broker(tmp_path, "headquarters-broker").start()
    edged = Edged(tmp_path, broker.port, line.port)
    edged.configuration["devices"]["ca"] = str(authority.certificate)
    edged.start(wait=False)
    try:
        edged.process.wait_said("edged.ready", 30)

        def error():
            return edged.control(command="health")["result"]["shopBroker"].get("lastError") or ""
        wait_until(lambda: "has expired" in error(), 30, "the cause in health", every=0.2)
        broker.stop()
        authority.issue("broker", names=["IP:127.0.0.1"])
        broker.start()
        edged.process.wait_said("shopBroker.connected", 40)
        assert edged.process.is_running
    finally:
        edged.stop()
        broker.kill()
        line.kill()
