"""Fixtures: a whole shop on loopback, ended by process id, with its logs shown when a test fails."""

import os
import pathlib
import subprocess
import time

import pytest

from shop.broker import Broker
from shop.checks import Box
from shop.codes import gtin
from shop.device import Device
from shop.edge_hq import EdgeHQ
from shop.edged import Edged
from shop.headquarters import Headquarters, derived_pin
from shop.processes import program
from shop.terminal import Terminal
from shop.whole_shop import WholeShop
from shop.wire import Tap

ROOT = pathlib.Path(__file__).resolve().parents[2]
PRODUCTS = {f"SKU-{number}": gtin(number) for number in range(1, 41)}


def product(sku, gtins, **more):
    """An entry of feed `catalogue`."""
    return {"key": sku, "value": {
        "sku": sku, "gtins": gtins, "name": {"fr": f"Article {sku}", "en": f"Article {sku}"},
        "price": {"amount": 4990, "currency": "EUR", "vatRate": 20}, "image": f"https://example.org/{sku}.jpg",
        "attributes": {"colour": "blue", "size": "M"}, **more}}


class Shop:
    """Two brokers, headquarters, edged, and as many devices as a test wants.

    With `keeps` the shop's broker writes all it has to its disk at every change.
    """

    def __init__(self, folder, wire_file, reference=False, keeps=False, **edged_options):
        # Asked first: a program that is not built must not leave brokers behind.
        program("edged")
        self.folder = pathlib.Path(folder)
        self.broker = Broker(
            self.folder, "shop-broker", persistence=keeps, lines=["autosave_on_changes true"] if keeps else ()).start()
        self.line = Broker(self.folder, "headquarters-broker", persistence=True).start()
        self.taps = [Tap("shop", self.broker.port, wire_file), Tap("headquarters", self.line.port, wire_file)]
        self.headquarters = EdgeHQ(self.folder, self.line.port) if reference else Headquarters(self.line.port)
        self.headquarters.start()
        self.edged = Edged(self.folder, self.broker.port, self.line.port, **edged_options)
        self.devices = []

    def open(self, units=10, keep=0, products=PRODUCTS):
        """Starts edged, and feeds an assortment, clerks and the opening stock."""
        self.edged.start()
        self.headquarters.feed("catalogue", [product(sku, [number]) for sku, number in products.items()])
        self.headquarters.feed("clerks", clerks())
        if units:
            self.headquarters.stock({sku: units for sku in products}, keep=keep)
        self.headquarters.wait_fed()
        return self

    def device(self, name, **options):
        """A device of that name."""
        device = Device(self.broker.port, name, **options)
        self.devices.append(device)
        return device

    @property
    def tap(self):
        return self.taps[0]

    def logs(self):
        """The end of everything that was logged."""
        parts = []
        for log in sorted(self.folder.rglob("*.log")):
            text = log.read_text("utf-8", "replace")
            parts.append(f"--- {log.relative_to(self.folder)}\n{text[-6000:]}")
        return "\n".join(parts)

    def close(self):
        for device in self.devices:
            device.stop()
        self.headquarters.stop()
        for tap in self.taps:
            tap.stop()
        try:
            self.edged.stop()
        finally:
            self.broker.kill()
            self.line.kill()


def clerks():
    """Entries of feed `clerks`: Ada is a clerk, Max a manager."""
    return [
        {"key": "ada", "value": {"badge": "B-100", "name": "Ada", "roles": ["clerk"], "pin": derived_pin("1234")}},
        {"key": "max", "value": {"badge": "B-200", "name": "Max", "roles": ["manager"], "pin": derived_pin("9876")}},
    ]


@pytest.fixture(scope="session")
def wire_file(tmp_path_factory):
    """Where every message that any test saw on a wire is kept."""
    return tmp_path_factory.getbasetemp() / "wire.ndjson"


@pytest.fixture
def new_shop(tmp_path, wire_file, request):
    """Makes a shop that is not open yet."""
    shops = []

    def make(**options):
        folder = tmp_path / f"shop-{len(shops) + 1}"
        folder.mkdir()
        shops.append(Shop(folder, wire_file, **options))
        return shops[-1]

    yield make
    problems = []
    for shop in shops:
        if getattr(request.node, "failed", False):
            print(shop.logs())
        problems += shop.headquarters.problems
        shop.close()
    assert not problems, problems


@pytest.fixture
def shop(new_shop):
    """An open shop with forty products, ten units of each."""
    return new_shop().open()


@pytest.fixture(scope="module")
def whole_shop(tmp_path_factory):
    """A shop of which nothing of a box is missing, with three products and a backup, for all tests of a module."""
    shop = WholeShop(tmp_path_factory.mktemp("shop"))
    try:
        shop.open([product(sku, [code]) for sku, code in list(PRODUCTS.items())[:3]], clerks(), {"SKU-1": 10})
        shop.back_up()
        yield shop
    finally:
        shop.close()


@pytest.fixture
def disk(tmp_path):
    """A file system of 300 MiB with few inodes."""
    if os.geteuid() != 0:
        pytest.fail("a file system can only be mounted by root")
    place = tmp_path / "disk"
    place.mkdir()
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=300m,nr_inodes=3000,mode=0755", "tmpfs", place], check=True, timeout=10)
    yield place
    for _ in range(50):
        if subprocess.run(["umount", place], timeout=10, capture_output=True).returncode == 0:
            return
        time.sleep(0.1)
    subprocess.run(["umount", "-l", place], timeout=10, check=True)


@pytest.fixture(scope="session")
def manual(tmp_path_factory):
    """The folder that systemd/manual/build.sh makes."""
    folder = tmp_path_factory.mktemp("manual") / "made"
    programs = pathlib.Path(program("edgectl")).parent
    subprocess.run([ROOT / "systemd/manual/build.sh", programs, folder], check=True, timeout=60, capture_output=True)
    return folder


@pytest.fixture
def terminal(tmp_path):
    opened = []

    def open_terminal(command, **options):
        folder = tmp_path / f"terminal-{len(opened)}"
        folder.mkdir()
        opened.append(Terminal(folder, command, **options))
        return opened[-1]

    yield open_terminal
    for one in opened:
        one.close()


@pytest.fixture
def box(tmp_path):
    """A box whose agent runs without brokers, with a backup of its ledger; nothing is wrong with its machine."""
    boxes = []

    def make(state=None, **environment):
        edged = Edged(tmp_path, 1, 1, state=state)
        boxes.append(Box(tmp_path, edged))
        edged.process.environment = {"LD_PRELOAD": str(boxes[-1].shim), **environment}
        edged.start(wait=False)
        edged.process.wait_said("edged.ready", 30)
        subprocess.run(
            [program("edgectl"), "backup", "--socket", edged.socket], check=True, capture_output=True, timeout=60)
        return boxes[-1]

    yield make
    for made in boxes:
        made.edged.kill()
        made.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.when == "call" and report.failed:
        item.failed = True
    return report


def pytest_collection_modifyitems(items):
    """What judges the messages of all other tests runs after them."""
    items.sort(key=lambda item: item.path.name == "test_wire.py")
