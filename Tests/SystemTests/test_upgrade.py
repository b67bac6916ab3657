"""From the state of an earlier release to this one's, and not back by accident."""

import hashlib
import os
import sqlite3
import subprocess
import tarfile
import time

import pytest

from shop.edged import Edged
from shop.processes import REPOSITORY

FIXTURE = REPOSITORY / "Tests/SystemTests/fixtures/state-0.1.0.tar.xz"
TABLES = ["stock", "rights", "holder", "journal", "reservation", "reservationLine", "pickup", "pickupLine", "sale",
          "outbox", "subjectSequence", "command", "customer", "feed", "fed"]


def rows(path, tables):
    """All rows of those tables that are there."""
    database = sqlite3.connect(path)
    known = {row[0] for row in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    content = {table: sorted(database.execute(f"SELECT * FROM {table}"), key=repr) for table in tables if table in known}
    database.close()
    return content


def image(folder):
    """Every file of a folder: name, time, content."""
    return {
        name: (os.stat(folder / name).st_mtime_ns, hashlib.sha256((folder / name).read_bytes()).hexdigest())
        for name in sorted(os.listdir(folder))
    }


@pytest.fixture
def released(tmp_path):
    """The state of release 0.1.0, and this release's agent on it, without brokers."""
    with tarfile.open(FIXTURE) as archive:
        archive.extractall(tmp_path / "state", filter="data")
    (tmp_path / "state/vault-key").rename(tmp_path / "vault-key")
    edged = Edged(tmp_path, 1, 1)
    edged.write_configuration()
    yield edged
    edged.kill()


def start(edged):
    edged.start(wait=False)
    edged.process.wait_said("edged.ready", 30)


def test_everything_is_still_there_and_the_way_back_is_kept(released):
    ledger = released.state / "ledger.db"
    before = rows(ledger, TABLES)
    assert len(before["outbox"]) == 219 and len(before["stock"]) == 195 and len(before["reservation"]) == 2
    start(released)
    line = released.stock("SNE-WHT-40")
    assert (line["onHand"], line["holds"]) == (12, 1)
    told = released.control(command="explain", id="ORD-B14A37FB0712")
    assert told["outcome"] == "done", told
    released.stop()
    after = rows(ledger, TABLES)
    for table, content in before.items():
        assert [row[: len(content[0])] for row in after[table]] == content if content else True, table
    copy = released.state / "ledger.db.schema1"
    assert os.stat(copy).st_mode & 0o777 == 0o600
    assert rows(copy, TABLES) == before
    database = sqlite3.connect(copy)
    assert database.execute("PRAGMA user_version").fetchone()[0] == 1
    database.close()


def test_a_state_of_a_later_release_is_refused_and_not_touched(released):
    start(released)
    released.stop()
    database = sqlite3.connect(released.state / "ledger.db")
    database.execute("PRAGMA user_version = 99")
    database.close()
    before = image(released.state)
    assert released.process.start().wait_end(20) == 78
    assert "later release" in released.process.said()
    assert image(released.state) == before


def test_no_room_for_the_way_back_is_no_upgrade_yet(released, tmp_path):
    if os.geteuid() != 0:
        pytest.fail("a tiny file system can only be mounted by root")
    place = tmp_path / "tiny"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m,mode=0755", "tmpfs", place], check=True, timeout=10)
    try:
        state = place / "state"
        state.mkdir()
        for name in ["ledger.db", "keys.db", "catalogue.db", "deciding"]:
            (state / name).write_bytes((released.state / name).read_bytes())
            os.chmod(state / name, 0o600)
        released.state = state
        released.configuration["stateDirectory"] = str(state)
        released.write_configuration()
        before = (state / "ledger.db").read_bytes()
        assert released.process.start().wait_end(20) == 70, "systemd tries again: room may come back"
        assert (state / "ledger.db").read_bytes() == before
        subprocess.run(["mount", "-o", "remount,size=128m", place], check=True, timeout=10)
        start(released)
        assert (state / "ledger.db.schema1").exists()
        released.stop()
    finally:
        released.kill()
        for _ in range(50):
            if subprocess.run(["umount", place], timeout=10, capture_output=True).returncode == 0:
                break
            time.sleep(0.1)
        else:
            subprocess.run(["umount", "-l", place], timeout=10, check=True)
