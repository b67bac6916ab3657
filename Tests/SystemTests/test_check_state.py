"""edgectl check, the agent's files: missing, foreign, open, damaged, old; each for real, and nothing else is named.

Where a test has stopped the agent and the fault is none that keeps it from starting, the stopped agent is named beside it.
"""

import os
import signal
import sqlite3
import subprocess

import pytest

from shop.processes import program, wait_until

STOPPED = {"agent.running": "agent.notRunning"}


def no_folder(state):
    state.rename(state.with_name("elsewhere"))
    state.write_text("no folder")


@pytest.mark.parametrize(("spoil", "code"), [
    (lambda state: state.rename(state.with_name("elsewhere")), "state.missing"),
    (no_folder, "state.noFolder"),
    (lambda state: os.chmod(state, 0o777), "state.open"),
    (lambda state: os.chown(state / "ledger.db", 12345, 12345), "state.fileOwner"),
    (lambda state: os.chmod(state / "keys.db", 0o644), "state.fileOpen"),
], ids=lambda value: value if isinstance(value, str) else "")
@pytest.mark.parametrize("agent", ["lives", "stopped"])
def test_a_folder_that_is_not_as_it_should_be(box, spoil, code, agent):
    made = box()
    if agent == "stopped":
        made.edged.stop()
    spoil(made.edged.state)
    # An agent starts with files that others may read, and with a folder that they may write to.
    starts = agent == "stopped" and code == "state.fileOpen"
    assert made.problems() == {"state.directory": code} | (STOPPED if starts else {})
    if agent == "stopped" and not starts:
        assert made.rung("agent.running")["because"] == "state.directory"


def spoilt(file):
    """Some pages of a file of SQLite are another's."""
    with open(file, "r+b") as database:
        database.seek(4096)
        database.write(os.urandom(3 * 4096))


@pytest.mark.parametrize(("spoil", "code", "others"), [
    (lambda state: spoilt(state / "keys.db"), "state.damaged", {}),
    (lambda state: (state / "ledger.db").unlink(), "state.noLedger", STOPPED),
    (lambda state: spoilt(state / "catalogue.db"), "state.catalogueDamaged", STOPPED),
], ids=lambda value: value if isinstance(value, str) else "")
def test_files_that_are_lost_or_damaged_are_mended_as_is_said(box, spoil, code, others):
    made = box()
    made.edged.stop()
    spoil(made.edged.state)
    assert made.problems() == {"state.database": code} | others
    if "keys.db" in made.rung("state.database")["mend"]:
        (made.edged.state / "keys.db").rename(made.edged.state / "keys.db.aside")

    def is_well():
        # As systemd does: one that ends is started again.
        if not made.edged.process.is_running:
            made.edged.process.start()
        return made.problems() == {}
    wait_until(is_well, 30, "the box being well", every=0.5)
    if code == "state.catalogueDamaged":
        assert (made.edged.state / "catalogue.db.bad-1").exists(), "set aside, never deleted"


def test_a_file_of_another_program_in_the_ledgers_place(box):
    made = box()
    made.edged.stop()
    ledger = made.edged.state / "ledger.db"
    ledger.unlink()
    database = sqlite3.connect(ledger)
    database.executescript("PRAGMA application_id = 4711; CREATE TABLE song (title TEXT); INSERT INTO song VALUES ('x')")
    database.close()
    ledger.chmod(0o600)
    assert made.problems() == {"state.database": "state.foreign"}
    assert made.edged.process.start().wait_end(20) == 78
    assert made.rung("agent.running")["because"] == "state.database"


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


def test_a_restore_that_was_killed_between_its_renames(box):
    made = box()
    made.edged.stop()
    backup = next((made.edged.state / "backups").glob("*.db"))
    killed = subprocess.run(
        ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=rename,renameat,renameat2",
         "-e", "inject=rename,renameat,renameat2:signal=SIGKILL:when=2",
         program("edged"), "--restore", backup, "--config", made.edged.file], capture_output=True, timeout=60)
    assert killed.returncode == -signal.SIGKILL, killed
    assert not (made.edged.state / "ledger.db").exists(), "it was killed when the ledger was aside and the backup not there"
    assert made.edged.process.start().wait_end(20) == 78
    assert made.problems() == {"state.database": "state.restoreInterrupted"}
    # As the mend says.
    subprocess.run(
        [program("edgectl"), "restore", "--yes", "--config", made.edged.file, "--edged", program("edged")], check=True,
        capture_output=True, timeout=60)
    made.edged.process.start().wait_said("edged.ready", 30)
    assert made.problems() == {}


def test_no_backup(box):
    made = box()
    for file in (made.edged.state / "backups").iterdir():
        file.unlink()
    # The nightly timer had no chance yet; two days later it had.
    assert made.problems() == {} and "tonight" in made.rung("state.backup")["detail"]
    later = {"TEST_CLOCK_AGO": str(-2 * 86_400)}
    assert made.problems(only="state", environment=later) == {"state.backup": "state.noBackup"}
    assert made.status == 2


def test_an_old_backup(box):
    made = box(TEST_CLOCK_AGO=str(3 * 86_400))
    made.edged.stop()
    del made.edged.process.environment["TEST_CLOCK_AGO"]
    made.edged.process.start().wait_said("edged.ready", 30)
    assert made.problems() == {"state.backup": "state.oldBackup"}
    assert "3 days old" in made.rung("state.backup")["detail"] and made.status == 2
    subprocess.run(made.edgectl("backup"), check=True, capture_output=True, timeout=60)
    assert made.problems() == {}


# --- Secrets ----------------------------------------------------------------------------------------------------------

def refuses(made):
    """Whether the agent's own program refuses the configuration with its secrets."""
    done = subprocess.run(
        [program("edged"), "--check-config", made.edged.file], capture_output=True, text=True, timeout=20)
    assert done.returncode in (0, 78), done.stderr
    return done.returncode == 78


@pytest.fixture
def keeping(box, tmp_path):
    """A box whose agent has a password for each of its brokers, all well kept; and where its secrets lie."""
    made = box()
    for broker in ("devices", "headquarters"):
        file = tmp_path / f"{broker}-password"
        file.write_text("s3same")
        file.chmod(0o600)
        made.edged.configuration[broker] |= {"username": "agent", "passwordFile": str(file)}
    made.edged.write_configuration()
    assert made.problems() == {} and not refuses(made)
    return made


@pytest.mark.parametrize("secret", ["vault-key", "devices-password", "headquarters-password"])
def test_every_secret_that_the_agent_refuses_is_named_and_no_other(keeping, tmp_path, secret):
    file = tmp_path / secret
    for mode, owner, group in [
        (0o600, 0, 0), (0o640, 0, 0), (0o400, 0, 0), (0o640, 0, 4711), (0o644, 0, 0), (0o604, 0, 0), (0o660, 0, 0),
        (0o600, 4711, 0), (0o601, 0, 0),
    ]:
        os.chown(file, owner, group)
        file.chmod(mode)
        found = keeping.problems()
        assert found == ({"state.secrets": "secret.open"} if refuses(keeping) else {}), (oct(mode), owner, group)
        if found:
            said = keeping.rung("state.secrets")
            assert [entry["file"] for entry in said["facts"]["files"]] == [str(file)]
            assert str(file) in said["detail"] and str(file) in said["mend"]
    assert found, "the last of them is one that is refused"


def test_all_secrets_that_are_wrong_are_named_at_once(keeping, tmp_path):
    files = [tmp_path / name for name in ("vault-key", "devices-password", "headquarters-password")]
    files[0].unlink()
    files[1].chmod(0o644)
    files[2].chmod(0o666)
    assert keeping.problems() == {"state.secrets": "secret.missing"}
    said = keeping.rung("state.secrets")
    assert [entry["code"] for entry in said["facts"]["files"]] == ["secret.missing", "secret.open", "secret.open"]
    assert all(str(file) in said["detail"] for file in files)
    for language in ("en", "fr"):
        text = keeping.check("--language", language, form="table")
        assert all(len(line) <= 80 for line in text.splitlines()), text


@pytest.mark.parametrize(("content", "is_key"), [
    (os.urandom(32), True), (os.urandom(32).hex().encode() + b"\n", True), (b"short", False), (bytes(32), False),
    (os.urandom(33), False), (b"00" * 32, False), (b"", False)], ids=lambda value: None)
def test_a_master_key_is_what_the_agent_takes_as_one(keeping, tmp_path, content, is_key):
    (tmp_path / "vault-key").write_bytes(content)
    assert keeping.problems() == ({} if is_key else {"state.secrets": "secret.size"})
    assert refuses(keeping) != is_key


def test_the_boxs_own_secrets_are_looked_at_wherever_the_configuration_looks(keeping):
    keeping.tell("etc/edged/secrets/probe-password", "s3same")
    keeping.tell("etc/edged/secrets/broker-admin-password", "s3same")
    for name, mode in [("probe-password", 0o644), ("broker-admin-password", 0o600)]:
        (keeping.root / "etc/edged/secrets" / name).chmod(mode)
    assert keeping.problems() == {"state.secrets": "secret.open"}
    assert "probe-password" in keeping.rung("state.secrets")["detail"]
    assert "broker-admin-password" not in keeping.rung("state.secrets")["detail"]
    assert not refuses(keeping), "systemd hands these over, whoever may read them"
