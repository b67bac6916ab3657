"""edgectl check, the rungs of the machine: each fault is made for real, and is named, and nothing else is."""

import os
import signal
import sqlite3
import subprocess
import time

import pytest

from conftest import PRODUCTS
from shop.checks import Box
from shop.edged import Edged
from shop.freeze import frozen
from shop.processes import REPOSITORY, program, wait_until

SKUS = {sku: PRODUCTS[sku] for sku in list(PRODUCTS)[:10]}


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


@pytest.fixture
def box(tmp_path):
    """A box whose agent runs without brokers, with a backup of its ledger; nothing is wrong with its machine."""
    boxes = []

    def make(state=None):
        edged = Edged(tmp_path, 1, 1, state=state)
        boxes.append(Box(tmp_path, edged))
        edged.process.environment = {"LD_PRELOAD": str(boxes[-1].shim)}
        edged.start(wait=False)
        edged.process.wait_said("edged.ready", 30)
        subprocess.run(
            [program("edgectl"), "backup", "--socket", edged.socket], check=True, capture_output=True, timeout=60)
        return boxes[-1]

    yield make
    for made in boxes:
        made.edged.kill()
        made.close()


def test_nothing_is_wrong_with_a_box_that_is_well(box):
    made = box()
    assert made.problems() == {}
    assert made.status == 0
    assert {rung["verdict"] for rung in made.answer["rungs"]} <= {"fine", "unknown"}
    unknown = [rung["name"] for rung in made.answer["rungs"] if rung["verdict"] == "unknown"]
    assert set(unknown) <= {"power.supply", "power.temperature"}, unknown
    for language in ("en", "fr"):
        text = made.check("--language", language, "--verbose", form="table")
        assert all(len(line) <= 80 for line in text.splitlines()), text


def test_a_dead_agent_is_named_and_all_that_can_be_told_without_it_is(box):
    made = box()
    made.edged.stop()
    assert made.problems() == {"agent.running": "agent.notRunning"}
    assert made.status == 1
    assert made.rung("state.database")["verdict"] == "fine" and "looked through" in made.rung("state.database")["detail"]
    assert made.rung("agent.commit")["because"] == "agent.running"
    assert not [name for name in os.listdir(made.edged.state) if name.startswith(".check")]


def test_a_full_disk(box, disk):
    state = disk / "state"
    state.mkdir()
    made = box(state)
    with open(disk / "filler", "wb") as filler:
        filler.write(bytes(288 << 20))
    assert made.problems() == {"disk.space": "disk.full"}
    assert made.rung("disk.latency")["because"] == "disk.space"


def test_no_inodes(box, disk):
    state = disk / "state"
    state.mkdir()
    made = box(state)
    many = disk / "many"
    many.mkdir()
    with pytest.raises(OSError):
        for number in range(10_000):
            (many / str(number)).touch()
    assert made.problems() == {"disk.inodes": "disk.noInodes"}


def test_a_disk_that_went_read_only(box, disk):
    state = disk / "state"
    state.mkdir()
    made = box(state)
    made.edged.stop()
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True, timeout=10)
    try:
        assert made.problems() == {"disk.readOnly": "disk.readOnly"}
        assert str(disk) in made.rung("disk.readOnly")["mend"]
        assert made.rung("agent.running")["because"] == "disk.readOnly"
    finally:
        subprocess.run(["mount", "-o", "remount,rw", disk], check=True, timeout=10)


@pytest.fixture(scope="module")
def slow_sync(tmp_path_factory):
    """A library that makes syncs slow."""
    library = tmp_path_factory.mktemp("slow") / "slowsync.so"
    source = REPOSITORY / "Tests/SystemTests/bench/slowsync.c"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, source], check=True, timeout=60)
    return library


def test_a_slow_disk(box, slow_sync):
    made = box()
    slow = {"SYNC_MICROSECONDS": "600000"}
    assert made.problems(preload=[slow_sync], environment=slow) == {"disk.latency": "disk.slow"}


def test_a_disk_that_does_not_answer_holds_nobody(box, slow_sync):
    made = box()
    dead = {"SYNC_MICROSECONDS": "120000000"}
    assert made.problems(preload=[slow_sync], environment=dead) == {"disk.latency": "disk.slow"}
    assert made.seconds < 30


def test_a_clock_that_is_wrong(box):
    made = box()
    shifted = ["faketime", "--exclude-monotonic", "-f", "-3h"]
    assert made.problems(prefix=shifted) == {"clock.offset": "clock.wrong"}
    assert "3 h 0 min behind" in made.rung("clock.offset")["detail"]
    assert made.rung("clock.jump")["because"] == "clock.offset"


def test_a_clock_that_nothing_synchronises(box):
    made = box()
    assert made.problems(environment={"TEST_CLOCK": "free"}) == {"clock.synchronised": "clock.noService"}


def test_time_servers_that_a_firewall_keeps_away(box, new_shop):
    shop = new_shop()
    made = box()
    made.edged.configuration["headquarters"]["port"] = shop.line.port
    made.edged.write_configuration()
    made.time_server(is_silent=True)
    assert made.problems() == {"clock.ntp": "clock.ntpBlocked"}
    # Not synchronised for that reason: told once.
    assert made.problems(environment={"TEST_CLOCK": "free"}) == {"clock.ntp": "clock.ntpBlocked"}


def test_an_empty_battery(box):
    made = box()
    made.set_battery(946_684_900)
    assert made.problems() == {"clock.battery": "clock.batteryDead"}
    assert "2000-01-01" in made.rung("clock.battery")["detail"]


def test_a_clock_behind_what_was_committed(box):
    made = box()
    made.edged.stop()
    future = time.time() + 86_400
    os.utime(made.edged.state / "ledger.db", (future, future))
    assert made.problems() == {"clock.jump": "clock.behind", "agent.running": "agent.notRunning"}


def test_missing_data_of_the_time_zone(box):
    made = box()
    made.edged.stop()
    (made.root / "usr/share/zoneinfo/Europe/Paris").unlink()
    assert made.problems() == {"clock.zone": "clock.zoneMissing"}
    assert made.rung("agent.running")["because"] == "clock.zone"


def test_a_damaged_ledger(box):
    made = box()
    made.edged.stop()
    ledger = made.edged.state / "ledger.db"
    before = ledger.read_bytes()
    with open(ledger, "r+b") as file:
        file.seek(4096)
        file.write(os.urandom(8 * 4096))
    spoilt = ledger.read_bytes()
    assert before != spoilt
    assert made.problems() == {"state.database": "state.damaged"}
    assert "edgectl restore" in made.rung("state.database")["mend"]
    assert ledger.read_bytes() == spoilt, "the look changed what it looked at"


def test_a_ledger_of_a_later_release(box):
    made = box()
    made.edged.stop()
    database = sqlite3.connect(made.edged.state / "ledger.db")
    database.execute("PRAGMA user_version = 99")
    database.close()
    assert made.problems() == {"state.schema": "state.newerSchema"}
    assert made.rung("agent.running")["because"] == "state.schema"


def test_a_log_that_is_not_cut_back(box):
    made = box()
    os.truncate(made.edged.state / "ledger.db-wal", 80 << 20)
    assert made.problems() == {"state.wal": "state.walGrown"}


def test_files_of_another_user(box):
    made = box()
    os.chown(made.edged.state / "ledger.db", 12345, 12345)
    assert made.problems() == {"state.directory": "state.fileOwner"}


def test_a_key_that_others_may_read(box):
    made = box()
    made.edged.stop()
    os.chmod(made.edged.configuration["vault"]["keyFile"], 0o644)
    assert made.problems() == {"state.secrets": "secret.open"}


def test_a_configuration_that_cannot_be_right(box):
    made = box()
    made.edged.stop()
    text = made.edged.file.read_text()
    made.edged.file.write_text(text.replace('"stateDirectory"', '"stateDirectoyr"'))
    assert made.edged.process.start().wait_end(20) == 78
    assert made.problems() == {"configuration.file": "configuration.invalid"}
    assert made.status == 78
    assert "stateDirectoyr" in made.rung("configuration.file")["detail"] + made.rung("configuration.file")["cause"]
    assert made.rung("agent.running")["because"] == "configuration.file"


def test_an_agent_that_is_halted(box):
    made = box()
    made.edged.process.child.send_signal(signal.SIGSTOP)
    try:
        assert made.problems() == {"agent.running": "agent.stopped"}
        assert made.seconds < 30
    finally:
        made.edged.process.child.send_signal(signal.SIGCONT)


def test_a_loop_that_is_stuck(box):
    made = box()
    with frozen(made.edged.process.child.pid, "edged"):
        wait_until(lambda: made.problems() != {}, 60, "the check seeing it", every=1)
        assert made.problems() == {"agent.watchdog": "agent.loopStuck"}


def test_a_tool_that_hangs_holds_nobody(box, tmp_path):
    made = box()
    tools = tmp_path / "tools"
    tools.mkdir()
    stub = tools / "timedatectl"
    stub.write_text("#!/bin/sh\nsleep 1000\n")
    stub.chmod(0o755)
    # A time service that runs and serves nothing, so that the tool is asked about it.
    service = tools / "chronyd"
    service.symlink_to("/bin/sleep")
    running = subprocess.Popen([service, "300"])
    try:
        environment = {"TEST_CLOCK": "free", "PATH": f"{tools}:{os.environ['PATH']}"}
        assert made.problems(environment=environment) == {"clock.synchronised": "clock.notSynchronised"}
        assert made.seconds < 30
    finally:
        running.kill()
        running.wait(10)


def test_a_restore_that_was_interrupted(box):
    made = box()
    made.edged.stop()
    (made.edged.state / "restore.pending").touch()
    assert made.edged.process.start().wait_end(20) == 78
    assert made.problems() == {"state.database": "state.restoreInterrupted"}


def test_no_backup(box):
    made = box()
    for file in (made.edged.state / "backups").iterdir():
        file.unlink()
    assert made.problems() == {"state.backup": "state.noBackup"}
    assert made.status == 2


def test_a_rung_that_is_unknown_is_told_before_anything_is_looked_at(box):
    made = box()
    run = subprocess.run(
        [program("edgectl"), "check", "--only", "disc"], capture_output=True, timeout=30, text=True,
        env={**os.environ, "LC_ALL": "C.UTF-8"})
    assert run.returncode == 64 and run.stderr.startswith("check.unknownRung: There is no rung disc.")
    assert made.problems("--skip", "disk.latency,clock") == {}
    assert not [rung for rung in made.answer["rungs"] if rung["name"].startswith("clock")]
