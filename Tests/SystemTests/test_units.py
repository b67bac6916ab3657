"""The systemd units as they lie in the project: they verify, they are as closed as they say, each line has its reason."""

import pathlib
import re
import shutil
import subprocess

import pytest

from shop.processes import REPOSITORY, Process, program, wait_until

SYSTEMD = REPOSITORY / "systemd"
SERVICES = sorted(SYSTEMD.glob("*.service"))
UNITS = sorted([*SERVICES, *SYSTEMD.glob("*.timer")])
# systemd-analyze's exposure, in tenths: the agent needs the clock's, the network's and other users' sight.
EXPOSURE_MAX = {"edged.service": 13}
pytestmark = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here")


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_a_service_is_as_closed_as_it_says(unit):
    limit = EXPOSURE_MAX.get(unit.name, 11)
    answer = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={limit}", str(unit)],
        capture_output=True, text=True, timeout=60)
    assert answer.returncode == 0, answer.stdout
    assert not answer.stderr.strip(), answer.stderr


def test_the_units_verify(tmp_path):
    """With the programs that they name in place: systemd-analyze looks whether each can be run."""
    root = tmp_path / "root"
    units = root / "usr/lib/systemd/system"
    units.mkdir(parents=True)
    for unit in UNITS:
        # The sandbox's user and credentials are systemd's to look for at the start; programs and words are checked here.
        (units / unit.name).write_text(unit.read_text())
        for path in re.findall(r"^Exec\w+=[-+!@:]*(/\S+)", unit.read_text(), re.MULTILINE):
            named = root / path.lstrip("/")
            named.parent.mkdir(parents=True, exist_ok=True)
            named.write_text("#!/bin/sh\n")
            named.chmod(0o755)
    # Targets and sockets that the units order themselves by are the system's own.
    for path in pathlib.Path("/lib/systemd/system").iterdir():
        if path.suffix in (".target", ".socket", ".slice", ".mount") and not (units / path.name).exists():
            shutil.copy(path, units / path.name, follow_symlinks=True)
    answer = subprocess.run(
        ["systemd-analyze", "verify", f"--root={root}", "--man=no", "--recursive-errors=one", *[u.name for u in UNITS]],
        capture_output=True, text=True, timeout=120)
    said = [line for line in answer.stderr.splitlines() if any(unit.name in line for unit in UNITS)]
    assert answer.returncode == 0 and not said, answer.stderr


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_reason_stands_beside_what_a_unit_demands(unit):
    """No setting stands without a comment right above it; one comment speaks for three lines at most."""
    lines = unit.read_text().splitlines()
    assert lines[0].startswith("# "), "the file does not open with what it is for"
    for number, line in enumerate(lines):
        if not line or line.startswith(("#", "[")) or line.split("=")[0] in SAYS_ITSELF:
            continue
        above = number - 1
        while above >= 0 and lines[above] and not lines[above].startswith(("#", "[")):
            above -= 1
        assert lines[above].startswith("#") and number - above <= 3, f"{unit.name}:{number + 1}: {line} has no reason"


# What a unit is, and what it runs.
SAYS_ITSELF = {"Description", "Documentation", "Type", "ExecStart", "WantedBy", "Unit"}


def test_the_witness_of_the_clock_writes_what_the_kernel_says(tmp_path):
    file = tmp_path / "synchronised"
    witness = Process("clock witness", [program("edged"), "--watch-clock", file], tmp_path / "log").start()
    try:
        wait_until(file.exists, 10, "the witness's line")
        since_boot, word = file.read_text().split()
        # The kernel's own figure, to a hundredth of a second.
        uptime = float(pathlib.Path("/proc/uptime").read_text().split()[0]) * 1000
        assert -10 <= uptime - int(since_boot) < 30_000
        assert word in ("synchronised", "unsynchronised")
    finally:
        witness.stop()


def test_the_witness_says_when_it_cannot_write(tmp_path):
    answer = subprocess.run(
        [program("edged"), "--watch-clock", tmp_path / "none" / "synchronised"], capture_output=True, text=True,
        timeout=20)
    assert answer.returncode == 78
    assert "cannot be written: No such file or directory" in answer.stderr
