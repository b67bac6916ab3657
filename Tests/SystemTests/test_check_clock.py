"""edgectl check, the clock: wrong, jumped, behind, doubted, not set by anybody; each is named, and nothing else is.

The tool's own clock is shifted by faketime. The agent's is shifted by a library of the test's (`shop.checks`), and by the
same the kernel says to both whether it is synchronised: nobody may set the clock of the machine that runs tests.
"""

import os
import pathlib
import subprocess
import time

import pytest

from shop.processes import wait_until

PARIS = "usr/share/zoneinfo/Europe/Paris"
NO_ANSWER = {"TEST_CLOCK": "free"}


@pytest.mark.parametrize(("shift", "code", "words"), [
    ("-10830s", "clock.wrong", "3 h 0 min behind"), ("+262800s", "clock.wrong", "3 days ahead"),
    ("-30s", "clock.inexact", " s behind")])
def test_a_clock_that_is_wrong(box, shift, code, words):
    made = box()
    shifted = ["faketime", "--exclude-monotonic", "-f", shift]
    assert made.problems(prefix=shifted) == {"clock.offset": code}
    assert words in made.rung("clock.offset")["detail"]
    if code == "clock.wrong":
        assert made.rung("clock.jump")["because"] == "clock.offset"


def test_a_clock_that_nothing_synchronises(box):
    made = box()
    assert made.problems(environment=NO_ANSWER) == {"clock.synchronised": "clock.noService"}
    # Nor is there anybody who could: told once.
    (made.root / "etc/chrony/chrony.conf").write_text("# server 127.0.0.1\n")
    assert made.problems(environment=NO_ANSWER) == {"clock.ntp": "clock.noServer"}
    assert made.rung("clock.synchronised")["because"] == "clock.ntp"
    assert made.problems() == {}, "a clock that is synchronised another way needs no server"


def test_time_servers_that_a_firewall_keeps_away(box, new_shop):
    shop = new_shop()
    made = box()
    made.edged.configuration["headquarters"]["port"] = shop.line.port
    made.edged.write_configuration()
    made.time_server(is_silent=True)
    assert made.problems() == {"clock.ntp": "clock.ntpBlocked"}
    # Not synchronised for that reason: told once.
    assert made.problems(environment={"TEST_CLOCK": "free"}) == {"clock.ntp": "clock.ntpBlocked"}


def test_batteries_of_the_hardware_clock(box):
    made = box()
    for seconds, code, words in [
        (946_684_900, "clock.batteryDead", "2000-01-01"), (86_400 * 4, "clock.batteryDead", "1970-01-05"),
        (time.time() - 3_630, "clock.batteryWrong", "1 h 0 min"), (time.time() + 86_430, "clock.batteryWrong", "24 h"),
    ]:
        made.set_battery(seconds)
        assert made.problems() == {"clock.battery": code}
        assert words in made.rung("clock.battery")["detail"]
    # One that keeps local time is off by its zone, and says so.
    made.set_battery(time.time() + 7_200)
    made.tell("etc/adjtime", "0.0 0 0.0\n0\nLOCAL\n")
    assert made.problems() == {}


@pytest.fixture
def hand(tmp_path):
    """The hand that sets the agent's clock while it runs: by so many seconds back, forward when negative."""
    file = tmp_path / "hand"
    file.write_text("0")
    return file


def set_clock(made, hand, seconds):
    """Sets the agent's clock, and waits until it has looked at it."""
    hand.write_text(str(seconds))
    def shifted():
        health = made.edged.control(command="health")["result"]
        return abs(made.seconds_ahead(health["figures"]["takenAt"]) + seconds) < 30
    wait_until(shifted, 20, "the agent looking at its clock", every=0.2)


def test_a_clock_that_leapt_while_the_agent_watched_and_was_set_right(box, hand):
    made = box(TEST_CLOCK_FILE=str(hand))
    set_clock(made, hand, 7_230)
    set_clock(made, hand, 0)
    assert made.problems() == {"clock.jump": "clock.jumped"}
    assert "2 times" in made.rung("clock.jump")["detail"] and "by 2 h 0 min" in made.rung("clock.jump")["detail"]
    assert made.status == 2


def test_a_clock_that_was_ahead_and_was_set_right_stands_behind_what_the_agent_committed(box, hand):
    made = box(TEST_CLOCK_FILE=str(hand))
    set_clock(made, hand, -10_830)
    subprocess.run(made.edgectl("backup"), check=True, capture_output=True, timeout=60)
    set_clock(made, hand, 0)
    found = {"clock.jump": "clock.behind"}
    assert made.problems() == found
    said = made.rung("clock.jump")
    assert "3 h 0 min" in said["detail"] and "stands still" in said["cause"]
    # Without a line, and nobody who sets the clock: the agent counts by itself, and still says so.
    made.edged.stop()
    made.edged.process.environment["TEST_CLOCK"] = "free"
    made.edged.process.start().wait_said("edged.ready", 30)
    made.time_server(is_silent=True)
    assert made.problems(environment=NO_ANSWER) == found | {"clock.synchronised": "clock.noService"}
    assert "by itself" in made.rung("clock.jump")["mend"]


def test_a_clock_that_the_agent_doubts_since_its_witness_is_silent(box):
    assert not pathlib.Path("/run/edged-clock/synchronised").exists(), "this machine has a witness"
    made = box(TEST_CLOCK="forbidden")
    assert made.edged.status()["result"]["clock"]["trust"] == "untrusted"
    assert made.problems() == {"clock.jump": "clock.untrusted"}
    assert "edged-clock" in made.rung("clock.jump")["cause"] + made.rung("clock.jump")["mend"]


def test_a_clock_behind_what_was_committed(box):
    made = box()
    made.edged.stop()
    future = time.time() + 86_400
    os.utime(made.edged.state / "ledger.db", (future, future))
    assert made.problems() == {"clock.jump": "clock.behind", "agent.running": "agent.notRunning"}


@pytest.mark.parametrize(("spoil", "code"), [
    (lambda data: None, "clock.zoneMissing"), (lambda data: b"Europe/Paris\n", "clock.zoneDamaged"),
    (lambda data: b"", "clock.zoneDamaged"), (lambda data: data[:len(data) // 2], "clock.zoneDamaged"),
    (lambda data: data[:-1], "clock.zoneDamaged"), (lambda data: data[:40], "clock.zoneDamaged")])
def test_data_of_the_time_zone_that_is_missing_or_damaged(box, spoil, code):
    made = box()
    file = made.root / PARIS
    left = spoil(file.read_bytes())
    file.unlink() if left is None else file.write_bytes(left)
    assert made.problems() == {"clock.zone": code}
    made.edged.stop()
    assert made.problems() == {"clock.zone": code}
    assert made.rung("agent.running")["because"] == "clock.zone"


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
