"""Systemd's watchdog lives by the loops' progress: whichever of them stands still is seen, and nothing else suffers."""

import os
import subprocess
import time

import pytest

from conftest import PRODUCTS
from shop.freeze import frozen
from shop.processes import REPOSITORY, wait_until
from shop.systemd import Systemd

#: Systemd would end the agent after so many seconds without a beat. Beats come every quarter of it.
PATIENCE = 4.0


@pytest.fixture
def watched(new_shop, tmp_path):
    """An open shop, and systemd beside it."""
    systemd = Systemd(tmp_path, PATIENCE)
    shop = new_shop()
    shop.edged.process.environment = systemd.environment
    shop.open(units=5)
    systemd.wait("READY")
    yield shop, systemd
    shop.edged.stop()
    systemd.close()


def stands_still(systemd):
    """Whether the beats have ended: none for as long as systemd would have waited."""
    before = systemd.count("WATCHDOG")
    time.sleep(PATIENCE)
    return systemd.count("WATCHDOG") == before


def test_an_idle_agent_beats_and_hardly_wakes_up(watched):
    shop, systemd = watched
    shop.edged.wait_drained()
    pid = shop.edged.process.child.pid

    def wakeups():
        total = 0
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/status", encoding="ascii") as status:
                total += next(int(line.split()[1]) for line in status if line.startswith("voluntary_ctxt"))
        return total

    time.sleep(2)
    before, beats = wakeups(), systemd.count("WATCHDOG")
    time.sleep(20)
    beats = systemd.count("WATCHDOG") - beats
    # A watchdog of 4 s is ten times what the unit asks for: two loops rest a quarter of it.
    assert 20 / PATIENCE <= beats <= 25, f"{beats} beats in 20 s"
    assert (wakeups() - before) / 20 <= 4, "the loops rest as long as the watchdog lets them"


@pytest.mark.parametrize("loop", ["edged", "front"])
def test_a_loop_that_a_shop_lives_by_and_that_stands_still_ends_the_beats(watched, loop):
    shop, systemd = watched
    systemd.wait("WATCHDOG", 3)
    with frozen(shop.edged.process.child.pid, loop):
        time.sleep(PATIENCE / 2 + 1)
        assert stands_still(systemd), f"{loop} stands still, and systemd is told that all is well"
    systemd.wait("WATCHDOG", systemd.count("WATCHDOG") + 2)


def test_a_blocked_line_to_headquarters_does_not_end_the_shop(watched):
    shop, systemd = watched
    with frozen(shop.edged.process.child.pid, "headquarters"):
        systemd.wait("WATCHDOG", systemd.count("WATCHDOG") + 6)
        assert shop.device("tablet-1").done("reservation.place", lines=[{"sku": "SKU-1"}])["state"] == "held"


def test_a_disk_that_hangs_ends_the_beats_and_no_scan_waits_for_it(new_shop, tmp_path):
    library, hangs = tmp_path / "slowsync.so", tmp_path / "hangs"
    source = REPOSITORY / "Tests/SystemTests/bench/slowsync.c"
    subprocess.run(["cc", "-O2", "-fPIC", "-shared", "-o", library, source], check=True, timeout=60)
    systemd = Systemd(tmp_path, PATIENCE)
    shop = new_shop()
    shop.edged.process.environment = {
        **systemd.environment, "LD_PRELOAD": str(library), "SYNC_HANGS_WHILE": str(hangs)}
    shop.open(units=5)
    scanner, tablet = shop.device("scanner-1"), shop.device("tablet-1")
    shop.edged.wait_drained()
    hangs.touch()
    try:
        tablet.publish("/do/reservation.place", {"id": "0b6a9cf4-8f4e-4b8e-9a43-3a1f0e9b7c11", "lines": [{"sku": "SKU-2"}]})
        time.sleep(PATIENCE / 2 + 1)
        assert stands_still(systemd), "the ledger waits for its disk, and systemd is told that all is well"
        assert scanner.card(PRODUCTS["SKU-1"])["sku"] == "SKU-1"
        # A device that has one topic only is the front's guest too.
        reply = scanner.request("", "scan", {"verb": "scan", "code": PRODUCTS["SKU-3"]}, timeout=10)
        assert reply["result"]["sku"] == "SKU-3"
        assert not tablet.replies, "nothing is answered that is not on the disk"
    finally:
        hangs.unlink()
    wait_until(lambda: tablet.replies, 20, "the reservation being answered once the disk goes on")
    assert tablet.replies[0]["outcome"] == "done"
    systemd.wait("WATCHDOG", systemd.count("WATCHDOG") + 2)
    shop.edged.stop()
    assert systemd.last("STOPPING") == "1"
    systemd.close()


def test_each_single_topic_message_is_answered_once_whoever_it_is_for(shop):
    till = shop.device("till-1")
    scan = till.request("", "scan", {"verb": "scan", "code": PRODUCTS["SKU-1"]})
    assert scan["result"]["sku"] == "SKU-1"
    place = till.request("", "reservation.place", {"verb": "reservation.place", "lines": [{"sku": "SKU-1"}]})
    assert place["outcome"] == "done"
    listed = till.request("", "reservation.list", {"verb": "reservation.list"})
    assert len(listed["result"]["reservations"]) == 1
    unknown = till.expect("", {"id": "5f0c1c0e-30a7-4f9e-9a1b-7c0d6f1f2a33", "verb": "scam"})
    assert unknown["problem"]["code"] == "contract.unknownVerb"
    nameless = till.expect("", {"id": "5f0c1c0e-30a7-4f9e-9a1b-7c0d6f1f2a34"})
    assert nameless["problem"]["code"] == "contract.verbMissing"
    time.sleep(1)
    assert len(till.replies) == 5, till.replies
