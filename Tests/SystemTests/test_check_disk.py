"""edgectl check, the disk: full, without inodes, read-only, slow, failing and dead for real, and nothing else is named."""

import os
import shutil
import socket
import subprocess

import pytest

from shop.authority import Authority
from shop.check import check, configured
from shop.dying_disk import dying_disk
from shop.processes import REPOSITORY


@pytest.fixture
def dying(tmp_path):
    """A disk that fails or hangs when it is told to, for the agent's state."""
    folder = tmp_path / "dying"
    folder.mkdir()
    with dying_disk(folder) as disk:
        yield disk


@pytest.mark.parametrize(("left", "code"), [(100 << 20, "disk.low"), (8 << 20, "disk.full")])
def test_a_disk_that_something_filled(disk, box, left, code):
    made = box(disk / "state")
    room = os.statvfs(disk)
    with open(disk / "filler", "wb") as filler:
        os.posix_fallocate(filler.fileno(), 0, room.f_bavail * room.f_frsize - left)
    assert made.problems() == {"disk.space": code}
    # It is a disk of its own: nothing that is removed elsewhere makes room on it.
    assert f"sudo du -xh {disk} |" in made.rung("disk.space")["mend"] and "apt clean" not in made.rung("disk.space")["mend"]
    assert made.status == (1 if code == "disk.full" else 2)
    if code == "disk.full":
        assert made.rung("disk.latency")["because"] == "disk.space"


@pytest.mark.parametrize(("left", "code"), [(500, "disk.fewInodes"), (0, "disk.noInodes")])
def test_a_disk_with_a_host_of_small_files(disk, box, left, code):
    made = box(disk / "state")
    many = disk / "many"
    many.mkdir()
    for number in range(os.statvfs(disk).f_ffree - left):
        (many / str(number)).touch()
    if not left:
        with pytest.raises(OSError):
            (many / "one more").touch()
    assert made.problems() == {"disk.inodes": code}


def test_a_disk_that_went_read_only(disk, box):
    made = box(disk / "state")
    made.edged.stop()
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True, timeout=10)
    try:
        assert made.problems() == {"disk.readOnly": "disk.readOnly"}
        assert str(disk) in made.rung("disk.readOnly")["mend"]
        assert made.rung("agent.running")["because"] == "disk.readOnly"
    finally:
        subprocess.run(["mount", "-o", "remount,rw", disk], check=True, timeout=10)


def test_a_disk_whose_writes_fail_is_named_and_the_agent_that_it_ended_is_not(box, dying):
    made = box(dying.place / "state")
    dying.order("fails")
    assert made.problems() == {"disk.readOnly": "disk.failing"}
    assert "Input/output error" in made.rung("disk.readOnly")["cause"]
    # A restart ends with what the disk says.
    made.edged.kill()
    assert made.edged.process.start().wait_end(20) == 70
    assert made.problems() == {"disk.readOnly": "disk.failing"}
    assert made.rung("agent.running")["because"] == "disk.readOnly"


def test_a_configuration_that_the_disk_does_not_give_back(box, dying):
    made = box()
    made.edged.file = shutil.copy(made.edged.file, dying.place / "edged.json")
    assert made.problems() == {}
    dying.order("fails to read")
    assert made.problems() == {"configuration.file": "configuration.unreadable"}
    assert made.status == 78 and "Input/output error" in made.rung("configuration.file")["cause"]


@pytest.mark.parametrize("agent", ["lives", "was killed before"])
def test_a_dead_disk_is_named_by_whoever_asks_it_and_holds_nobody(box, dying, agent):
    made = box(dying.place / "state")
    if agent != "lives":
        made.edged.kill()
    dying.order("hangs")
    assert made.problems() == {"disk.answers": "disk.hangs"}
    assert made.seconds < 30
    for rung in ("disk.space", "disk.latency", "clock.jump", "state.directory", "state.secrets", "state.backup"):
        assert made.rung(rung)["because"] == "disk.answers", made.rung(rung)
    if agent != "lives":
        assert made.rung("agent.running")["because"] == "disk.answers"


def test_a_key_for_headquarters_on_a_dead_disk_holds_nobody_either(dying, tmp_path):
    state = dying.place / "state"
    authority = Authority(state / "certificates", "Headquarters")
    certificate, key = authority.issue("box", usage="clientAuth")
    with socket.create_server(("127.0.0.1", 0)) as line:
        configuration = configured(tmp_path, stateDirectory=str(state), headquarters={
            "host": "127.0.0.1", "port": line.getsockname()[1], "ca": str(authority.certificate),
            "certificate": str(certificate), "key": str(key)})
        dying.order("hangs")
        report = check(configuration, None)
    assert report.troubles["disk.answers"] == "disk.hangs"
    assert {report[rung]["because"] for rung in ("certificates", "hq.tls", "hq.login")} == {"disk.answers"}
    assert "check.timedOut" not in report.troubles.values()


@pytest.fixture(scope="module")
def slow_sync(tmp_path_factory):
    """A library that makes syncs slow."""
    library = tmp_path_factory.mktemp("slow") / "slowsync.so"
    source = REPOSITORY / "Tests/SystemTests/bench/slowsync.c"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, source], check=True, timeout=60)
    return library


@pytest.mark.parametrize(("milliseconds", "code"), [(150, "disk.sluggish"), (600, "disk.slow")])
def test_a_slow_disk(box, slow_sync, milliseconds, code):
    made = box()
    slow = {"SYNC_MICROSECONDS": f"{milliseconds}000"}
    assert made.problems(preload=[slow_sync], environment=slow) == {"disk.latency": code}


def test_a_commit_that_does_not_end_holds_nobody(box, slow_sync):
    made = box()
    dead = {"SYNC_MICROSECONDS": "120000000"}
    assert made.problems(preload=[slow_sync], environment=dead) == {"disk.latency": "disk.slow"}
    assert made.seconds < 30
