"""edgectl check, power, configuration and agent: each fault is made for real, and is named, and nothing else is.

Power and heat are the exception: machines that run tests have no sensors, and nobody unplugs them. What the firmware of a
Raspberry Pi and the kernel tell of them are small files in /sys, and the tests write these; that a sensor's driver tells
the truth is not tried here.
"""

import os
import signal
import subprocess

from shop.freeze import frozen
from shop.processes import program, wait_until

FIRMWARE = "sys/devices/platform/soc/soc:firmware/get_throttled"
VOLTAGE = {"sys/class/hwmon/hwmon1/name": "rpi_volt\n"}
MAINS = {"sys/class/power_supply/AC/type": "Mains\n"}
BATTERY = {"sys/class/power_supply/BAT0/type": "Battery\n", "sys/class/power_supply/BAT0/status": "Discharging\n"}
ZONE = "sys/class/thermal/thermal_zone0"
LIMIT = {f"{ZONE}/trip_point_0_type": "critical\n", f"{ZONE}/trip_point_0_temp": "85000\n"}


#: What the machine's files say, and what is to be made of it.
SENSORS = [
    ({FIRMWARE: "0\n"}, {}),
    ({FIRMWARE: "50001\n"}, {"power.supply": "power.underVoltage"}),
    (VOLTAGE | {"sys/class/hwmon/hwmon1/in0_lcrit_alarm": "1\n"}, {"power.supply": "power.underVoltage"}),
    (VOLTAGE | {"sys/class/hwmon/hwmon1/in0_lcrit_alarm": "0\n"}, {}),
    ({FIRMWARE: "0x50000\n"}, {"power.supply": "power.wasUnderVoltage"}),
    (MAINS | BATTERY | {"sys/class/power_supply/AC/online": "0\n", "sys/class/power_supply/BAT0/capacity": "80\n"},
     {"power.supply": "power.onBattery"}),
    (BATTERY | {"sys/class/power_supply/BAT0/capacity": "9\n"}, {"power.supply": "power.batteryLow"}),
    (MAINS | BATTERY | {"sys/class/power_supply/AC/online": "1\n", "sys/class/power_supply/BAT0/capacity": "9\n"}, {}),
    # A scanner's battery, not the box's.
    (BATTERY | {"sys/class/power_supply/BAT0/capacity": "2\n", "sys/class/power_supply/BAT0/scope": "Device\n"}, {}),
    ({FIRMWARE: "4\n"}, {"power.temperature": "power.throttled"}),
    (LIMIT | {f"{ZONE}/temp": "60000\n"}, {}),
    (LIMIT | {f"{ZONE}/temp": "74000\n"}, {"power.temperature": "power.hot"}),
    (LIMIT | {f"{ZONE}/temp": "83500\n"}, {"power.temperature": "power.tooHot"}),
]
WARNINGS = {"power.wasUnderVoltage", "power.onBattery", "power.throttled", "power.hot"}


def test_power_and_heat_as_the_machine_tells_them(box):
    made = box()
    for files, found in SENSORS:
        for path, text in files.items():
            made.tell(path, text)
        assert made.problems() == found, files
        assert made.status == (0 if not found else 2 if set(found.values()) <= WARNINGS else 1), files
        assert all(made.rung(name)["cause"] and made.rung(name)["mend"] for name in found)
        for path in files:
            (made.root / path).unlink()


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


def test_a_configuration_that_is_not_there(box):
    made = box()
    made.edged.file.unlink()
    assert made.problems() == {"configuration.file": "configuration.missing"}
    assert made.status == 78
    assert made.rung("state.directory")["because"] == "configuration.file"


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


def test_a_rung_that_is_unknown_is_told_before_anything_is_looked_at(box):
    made = box()
    run = subprocess.run(
        [program("edgectl"), "check", "--only", "disc"], capture_output=True, timeout=30, text=True,
        env={**os.environ, "LC_ALL": "C.UTF-8"})
    assert run.returncode == 64 and run.stderr.startswith("check.unknownRung: There is no rung disc.")
    assert made.problems("--skip", "disk.latency,clock") == {}
    assert not [rung for rung in made.answer["rungs"] if rung["name"].startswith("clock")]
