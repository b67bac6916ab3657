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


#: Columns that a person was named in, and the one in which that is sealed since.
OF_PERSONS = {"name", "phoneLast4", "contact"}


def rows(path, tables):
    """All rows of those tables that are there, but for who collects a pickup."""
    database = sqlite3.connect(path)
    known = {row[0] for row in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    content = {}
    for table in known.intersection(tables):
        columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
        kept = ", ".join(column for column in columns if table != "pickup" or column not in OF_PERSONS)
        content[table] = sorted(database.execute(f"SELECT {kept} FROM {table}"), key=repr)
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


def plant_names(path, count=2_000):
    """Pickups with names in clear, as release 0.1.0 stored them: in no order, and changed since."""
    database = sqlite3.connect(path)
    database.execute("PRAGMA secure_delete = ON")
    orders = [f"PLANT-{number * 7_919 % 10_007:05}" for number in range(count)]
    for number, order in enumerate(orders):
        database.execute(
            "INSERT INTO pickup (orderID, code, state, revision, customer, name, phoneLast4, gift, receivedAt, isOpen)"
            " VALUES (?, ?, 'received', 1, ?, ?, '4471', 0, 1700000000000, 1)",
            (order, f"P-{number}", f"C-{number}", f"Zoltan Klartext-{number}"))
        database.execute("UPDATE pickup SET stagedAt = 'the long shelf' WHERE orderID = ?", (orders[number // 2],))
    database.commit()
    database.close()
    return orders


def in_clear(folder):
    return [str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()
            and b"Klartext" in file.read_bytes()]


def test_names_of_an_earlier_release_are_sealed_and_in_none_of_its_copies(released):
    ledger = released.state / "ledger.db"
    orders = plant_names(ledger)
    # What an upgrade finds beside it: a backup with its digest, and a ledger that a restore set aside.
    backups, aside = released.state / "backups", released.state / "aside-20261101T000000Z"
    for folder in (backups, aside):
        folder.mkdir(mode=0o700)
        name = "ledger-20261101T021300Z.db" if folder == backups else "ledger.db"
        (folder / name).write_bytes(ledger.read_bytes())
        os.chmod(folder / name, 0o600)
    (backups / "ledger-20261101T021300Z.db.sha256").write_text("0" * 64 + "  ledger-20261101T021300Z.db\n")
    assert len(in_clear(released.state)) == 3
    before = rows(ledger, TABLES)
    start(released)
    assert in_clear(released.state) == [], "from the first moment that the agent is ready"
    for number in (0, 1, 999, 1_999):
        told = released.control(command="customer.unmask", id=f"C-{number}", reason="is it still there?")
        assert told["result"]["recipients"] == [
            {"order": orders[number], "name": f"Zoltan Klartext-{number}", "phoneLast4": "4471"}], told
    released.stop()
    assert in_clear(released.state) == []
    for copy in (released.state / "ledger.db.schema1", backups / "ledger-20261101T021300Z.db", aside / "ledger.db"):
        assert rows(copy, TABLES) == before, copy
        database = sqlite3.connect(copy)
        assert database.execute("PRAGMA user_version").fetchone()[0] == 1
        assert database.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert database.execute("SELECT count(*) FROM pickup WHERE name IS NOT NULL").fetchone()[0] == 0
        database.close()
    subprocess.run(["sha256sum", "--status", "-c", "ledger-20261101T021300Z.db.sha256"], cwd=backups, check=True,
                   timeout=30)


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
