"""The power goes at the worst moments: between any two system calls nothing acknowledged is lost, nothing doubled.

KILLS=N sets how many deaths the main test has (30 when it is not set).
"""

import os
import random
import shutil
import subprocess
import time

import pytest

from conftest import PRODUCTS
from shop.load import Load

SKUS = list(PRODUCTS)[:12]
OPENING = 400

strace = shutil.which("strace") or "strace"


def plan(count):
    """Where to die: system calls and how many of them go by first, early ones and late ones."""
    chance = random.Random(20260722)
    # Replies, acknowledgements and headquarters' messages leave by `write`; the ledger is written by the others.
    calls = ["fdatasync", "pwrite64", "write"]
    deaths = []
    for index in range(count):
        call = calls[index % len(calls)]
        reach = {"fdatasync": 100, "pwrite64": 600, "write": 250}[call]
        # Half of the deaths are within the first few calls, where a spread alone would hardly ever look.
        deaths.append((call, chance.randint(1, 8) if index % 2 else chance.randint(1, reach)))
    return deaths


def die(edged, call, nth, seconds=40.0):
    """Ends edged with SIGKILL as it enters the nth such call from now on; fails when that never comes."""
    watcher = subprocess.Popen(
        [strace, "-f", "-qq", "-o", "/dev/null", "-p", str(edged.process.child.pid), "-e", f"trace={call}", "-e",
         "signal=none", "-e", f"inject={call}:signal=KILL:when={nth}"], stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        code = edged.process.child.wait(seconds)
    except subprocess.TimeoutExpired:
        raise AssertionError(f"the injection at {call} number {nth} never fired") from None
    finally:
        if watcher.poll() is None:
            try:
                watcher.wait(5)
            except subprocess.TimeoutExpired:
                watcher.terminate()
                watcher.wait(5)
        said = watcher.stderr.read().decode()
        watcher.stderr.close()
    assert code == -9, f"edged ended with {code} at {call} number {nth}: {said}"


@pytest.fixture
def busy(new_shop):
    """A shop with a good deal of stock and much going on."""
    shop = new_shop().open(units=OPENING, products={sku: PRODUCTS[sku] for sku in SKUS})
    load = Load(shop, SKUS)
    yield shop, load
    load.stopping.set()


def finish(shop, load):
    load.stop()
    shop.edged.wait_drained(90)
    shop.edged.stop()
    load.judge({sku: OPENING for sku in SKUS})


def test_a_kill_at_any_system_call_loses_and_doubles_nothing(busy):
    shop, load = busy
    load.start()
    for call, nth in plan(int(os.environ.get("KILLS", "30"))):
        load.wait_more(50)
        die(shop.edged, call, nth)
        shop.edged.start()
    load.wait_more(50)
    finish(shop, load)


def test_a_shop_broker_killed_under_load_loses_and_doubles_nothing(busy):
    shop, load = busy
    load.start()
    for _ in range(4):
        load.wait_more(100)
        shop.broker.kill()
        time.sleep(0.5)
        shop.broker.start()
    load.wait_more(100)
    finish(shop, load)


def test_both_sides_and_the_line_die_at_random_moments_and_agree_in_the_end(busy):
    shop, load = busy
    chance = random.Random(7)
    load.start()
    for _ in range(12):
        load.wait_more(60)
        time.sleep(chance.random() * 0.3)
        victim = chance.choice(["edged", "headquarters", "line"])
        if victim == "edged":
            shop.edged.kill()
            shop.edged.start()
        elif victim == "line":
            shop.line.kill()
            time.sleep(chance.random())
            shop.line.start()
        else:
            shop.headquarters.stop()
            time.sleep(chance.random())
            shop.headquarters.start()
    finish(shop, load)


def test_the_judge_finds_what_is_lost_and_what_is_doubled(busy):
    shop, load = busy
    load.start()
    load.wait_more(120)
    finish(shop, load)
    opening = {sku: OPENING for sku in SKUS}
    placed = next(entry for entry in load.log if entry[2] == "reservation.place" and entry[4]["outcome"] == "done")
    kept = list(load.log)

    def condemned(what):
        with pytest.raises(AssertionError, match=what):
            load.judge(opening)
        load.log[:] = kept

    invented = "00000000-0000-4000-8000-000000000000"
    load.devices[placed[1]].by_id[invented] = [placed[4]]
    load.log.append((invented, *placed[1:]))
    condemned("LOST")
    load.log.remove(placed)
    condemned("differ|nobody sent")
    sale = next(entry for entry in load.log if entry[2] == "sale.record" and entry[4]["outcome"] == "done")
    load.log.append(sale)
    condemned("DOUBLED")
    twice = next(event for event in shop.headquarters.events if event["type"] == "store.reservation.placed")
    shop.headquarters.events.append(twice)
    condemned("twice")
