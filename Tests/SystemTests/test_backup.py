"""Backups while the shop works, and a restore that loses nothing without a word."""

import json
import os
import sqlite3
import subprocess

import pytest

from conftest import PRODUCTS, product
from shop.processes import program, wait_until

SKUS = {sku: PRODUCTS[sku] for sku in list(PRODUCTS)[:10]}


def edgectl(shop, *arguments, expect=0):
    """Runs the tool; returns what it said."""
    run = subprocess.run(
        [program("edgectl"), *map(str, arguments)], capture_output=True, timeout=120, text=True,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "EDGED_SOCKET": str(shop.edged.socket), "LC_ALL": "C.UTF-8"})
    assert run.returncode == expect, f"{arguments}: {run.returncode}\n{run.stdout}\n{run.stderr}"
    return run.stdout + run.stderr


def restore(shop, *arguments, expect=0):
    return edgectl(
        shop, "restore", *arguments, "--config", shop.edged.file, "--edged", program("edged"), expect=expect)


@pytest.fixture
def backed_up(new_shop):
    """A shop with a reservation, a backup, and another reservation after it."""
    shop = new_shop().open(units=100, products=SKUS)
    tablet = shop.device("tablet-1")
    before = tablet.done("reservation.place", lines=[{"sku": "SKU-1"}])["reservation"]
    made = json.loads(edgectl(shop, "backup", "--format", "json"))
    after = tablet.done("reservation.place", lines=[{"sku": "SKU-1"}])["reservation"]
    shop.edged.wait_drained()
    return shop, made["file"], before, after


def reservations(path):
    database = sqlite3.connect(path)
    found = {row[0] for row in database.execute("SELECT id FROM reservation")}
    database.close()
    return found


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_who_may_not_see_the_backups_is_not_told_that_there_are_none(backed_up):
    shop = backed_up[0]
    for folder in shop.edged.file.parents:
        folder.chmod(folder.stat().st_mode | 0o011)
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

    def asked():
        return subprocess.run(
            [*nobody, program("edgectl"), "restore", "--config", shop.edged.file, "--language", "en"],
            capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    shop.edged.file.chmod(0o644)
    done = asked()
    assert done.returncode == 1 and done.stderr.startswith("restore.notReadable: You may not look into "), done
    assert "/backups" in done.stderr and "sudo edgectl restore" in done.stderr, done
    shop.edged.file.chmod(0o600)
    done = asked()
    assert done.returncode == 1 and str(shop.edged.file) in done.stderr and "restore.notReadable" in done.stderr, done


def test_a_backup_is_one_closed_file_without_keys_that_its_digest_vouches_for(backed_up, tmp_path):
    shop, file, before, after = backed_up
    assert os.stat(file).st_mode & 0o777 == 0o600
    folder, name = os.path.split(file)
    subprocess.run(["sha256sum", "--status", "-c", f"{name}.sha256"], cwd=folder, check=True, timeout=30)
    database = sqlite3.connect(file)
    tables = {row[0] for row in database.execute("SELECT name FROM sqlite_schema")}
    database.close()
    assert "customerKey" not in tables
    assert reservations(file) == {before}
    stick = tmp_path / "stick"
    stick.mkdir()
    edgectl(shop, "backup", "--to", stick)
    assert len([entry for entry in os.listdir(stick) if entry.endswith(".db")]) == 1
    assert "ledger-" in edgectl(shop, "backup", "--list")


def test_a_restore_says_what_is_lost_sets_it_aside_and_begins_another_incarnation(backed_up):
    shop, file, before, after = backed_up
    incarnation = shop.edged.status()["result"]["incarnation"]
    assert "restore.agentRuns" in restore(shop, file, "--yes", expect=1)
    shop.edged.stop()
    # Nobody is there to say yes: told, and nothing done.
    told = " ".join(restore(shop, file, expect=64).split())
    assert "LOST here" in told and "reservations: 1" in told and "commands: 1" in told
    assert reservations(shop.edged.state / "ledger.db") == {before, after}
    done = json.loads(restore(shop, file, "--yes", "--format", "json"))
    assert done["loss"]["reservations"] == 1
    assert reservations(f"{done['aside']}/ledger.db") == {before, after}
    shop.edged.start()
    status = shop.edged.status()["result"]
    assert status["incarnation"] != incarnation
    stock = shop.edged.stock("SKU-1")
    assert stock["holds"] == 1, "the hold that the backup has is still one"
    reply = shop.device("tablet-2").do("reservation.place", lines=[{"sku": "SKU-1"}])
    assert reply["outcome"] == "refused", "nothing is promised before headquarters grants rights"


def test_what_is_no_backup_of_this_shop_changes_nothing(backed_up, tmp_path):
    shop, file, before, after = backed_up
    shop.edged.stop()
    names = sorted(os.listdir(shop.edged.state))
    content = open(file, "rb").read()
    digest = open(f"{file}.sha256").read()

    def put(name, data, with_digest=False):
        (tmp_path / name).write_bytes(data)
        if with_digest:
            (tmp_path / f"{name}.sha256").write_text(digest)
        return tmp_path / name

    flipped = bytearray(content)
    flipped[len(flipped) - 100] ^= 1
    for path, code in [
        (put("cut.db", content[: len(content) // 2]), "restore.damaged"),
        (put("text.db", b"no database at all"), "restore.damaged"),
        (put("flipped.db", bytes(flipped), with_digest=True), "restore.damaged"),
        (put("empty.db", b""), "restore.noBackup"),
        (shop.edged.state / "keys.db", "restore.noBackup"),
        (tmp_path / "nowhere.db", "restore.failed"),
    ]:
        assert code in restore(shop, path, "--yes", expect=1), path
    shop.edged.configuration["shop"]["id"] = "S2"
    shop.edged.write_configuration()
    assert "restore.otherShop" in restore(shop, file, "--yes", expect=1)
    assert sorted(os.listdir(shop.edged.state)) == names
    assert reservations(shop.edged.state / "ledger.db") == {before, after}


def spoil_page_of(file, text):
    """The page of a database in which a text first stands is another's, as after a bad block."""
    content = file.read_bytes()
    page = content.index(text.encode()) // 4096
    assert page > 0
    with open(file, "r+b") as database:
        database.seek(page * 4096)
        database.write(os.urandom(4096))


def test_a_damaged_ledger_is_mended_by_the_words_of_check_and_restore_alone(new_shop):
    shop = new_shop(reference=True)
    shop.edged.start()
    shop.headquarters.load([{"feed": "catalogue", **product(sku, [code])} for sku, code in SKUS.items()])
    shop.headquarters.load([{"feed": "stock", "shop": "S1", "entry": {
        "type": "delta", "sku": sku, "quantity": 100, "cause": "opening", "share": 100}} for sku in SKUS])
    wait_until(lambda: shop.edged.stock("SKU-10")["onHand"] == 100, 30, "the opening stock", every=0.1)
    edgectl(shop, "backup")
    tablet = shop.device("tablet-1")
    # The line goes down; what the shop promises now, nobody else knows.
    shop.line.stop()
    waiting = [tablet.done("reservation.place", lines=[{"sku": "SKU-1"}])["reservation"] for _ in range(3)]
    shop.edged.stop()
    ledger = shop.edged.state / "ledger.db"
    checkpoint = sqlite3.connect(ledger)
    checkpoint.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    checkpoint.close()
    spoil_page_of(ledger, "SKU-10")
    check = ["check", "--only", "state,agent", "--config", shop.edged.file, "--edged", program("edged")]
    assert shop.edged.process.start().wait_end(20) in (70, 78)
    told = " ".join(edgectl(shop, *check, expect=1).split())
    assert "state.damaged" in told and "sudo edgectl restore" in told
    told = " ".join(restore(shop, expect=64).split())
    assert "is damaged" in told and "LOST here" in told, told
    assert all(f"reservation/{reservation}" in told for reservation in waiting), told
    told = " ".join(restore(shop, "--yes", "--language", "fr").split())
    assert "abîmé" in told and f"reservation/{waiting[0]}" in told and "systemctl start edged" in told
    shop.edged.start()
    again = shop.device("tablet-2")
    again.refused("reservation.place", "stock.short", lines=[{"sku": "SKU-1"}])
    # Fenced, until headquarters grants the new life of this shop rights.
    shop.line.start()
    wait_until(lambda: again.do("reservation.place", lines=[{"sku": "SKU-1"}])["outcome"] == "done", 60,
               "headquarters granting rights again", every=0.5)


def test_a_ledger_that_is_damaged_under_a_running_agent_is_told_once_a_backup_was_read_through(new_shop):
    shop = new_shop().open(units=100, products=SKUS)
    tablet = shop.device("tablet-1")
    tablet.done("reservation.place", lines=[{"sku": "SKU-1"}])
    check = ["check", "--only", "state.directory,state.database", "--config", shop.edged.file, "--edged", program("edged")]
    assert "state.damaged" not in edgectl(shop, *check)
    shop.edged.wait_drained()
    ledger = shop.edged.state / "ledger.db"
    # An index that nothing asks until somebody wants the story of a thing: the agent works on, and knows of nothing.
    shop.edged.stop()
    database = sqlite3.connect(ledger)
    pages = [row[0] for row in database.execute("SELECT pageno FROM dbstat WHERE name = 'journalOfReference'")]
    database.close()
    shop.edged.start()
    with open(ledger, "r+b") as file:
        for page in pages:
            file.seek((page - 1) * 4096)
            file.write(os.urandom(4096))
    said = edgectl(shop, "backup", expect=1)
    assert "backup.ledgerDamaged" in said, said
    told = " ".join(edgectl(shop, *check, expect=1).split())
    assert "state.damaged" in told and "sudo edgectl restore" in told, told
