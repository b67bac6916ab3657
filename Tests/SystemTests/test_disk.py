"""A disk that is full, and a disk that fails: `later`, or an end without a word."""

import os
import shutil
import subprocess
import time
import uuid

import pytest

from conftest import PRODUCTS
from shop.audit import audit
from shop.processes import wait_until

strace = shutil.which("strace") or "strace"
SKUS = {sku: PRODUCTS[sku] for sku in list(PRODUCTS)[:10]}


def test_a_failed_sync_ends_the_agent_before_any_reply_of_its_batch(new_shop):
    shop = new_shop().open(units=300, products=SKUS)
    tablet = shop.device("tablet-1", first_retry=0.5)
    placed = 0
    for turn in range(4):
        tablet.done("reservation.place", lines=[{"sku": "SKU-1"}])
        shop.edged.wait_drained()
        watcher = subprocess.Popen(
            [strace, "-f", "-qq", "-o", "/dev/null", "-p", str(shop.edged.process.child.pid), "-e", "trace=fdatasync",
             "-e", f"inject=fdatasync:error=EIO:when={turn + 1}+"], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        pid = shop.edged.process.child.pid
        wait_until(lambda: traced(pid), 10, "strace watching")
        before = len(tablet.replies)
        commands = [str(uuid.uuid4()) for _ in range(20)]
        for identity in commands:
            tablet.publish("/do/reservation.place", {"id": identity, "lines": [{"sku": "SKU-2"}]})
        end = time.monotonic() + 20
        while turn > 0 and shop.edged.process.is_running and time.monotonic() < end:
            # A later sync fails: commands go on coming, a few to a batch.
            commands.append(str(uuid.uuid4()))
            tablet.publish("/do/reservation.place", {"id": commands[-1], "lines": [{"sku": "SKU-2"}]})
            time.sleep(0.02)
        code = shop.edged.process.wait_end(20)
        watcher.wait(10)
        assert code == 70, f"a failed sync ended edged with {code}: {shop.edged.process.said()}"
        told = {reply["id"] for reply in tablet.replies[before:]}
        shop.edged.stop()
        database = shop.edged.open_ledger()
        kept = {row[0] for row in database.execute("SELECT id FROM command")}
        database.close()
        assert told <= kept, "something was answered that is not on the disk"
        if turn == 0:
            assert not told, "not one reply of a batch may leave whose sync failed"
        shop.edged.start()
        for identity in commands:
            reply = tablet.do("reservation.place", id=identity, lines=[{"sku": "SKU-2"}])
            assert reply["outcome"] == "done"
        placed += len(commands)
    shop.edged.wait_drained()
    shop.edged.stop()
    database = shop.edged.open_ledger()
    audit(database)
    assert database.execute("SELECT holds FROM stock WHERE sku = 'SKU-2'").fetchone()[0] == placed


def traced(pid):
    """Whether every thread of a process has a tracer."""
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/status", encoding="ascii") as status:
            if "TracerPid:\t0\n" in status.read():
                return False
    return True


@pytest.fixture
def tiny_disk(tmp_path):
    """A file system of 12 MiB."""
    if os.geteuid() != 0:
        pytest.fail("a tiny file system can only be mounted by root")
    place = tmp_path / "tiny"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m,mode=0755", "tmpfs", place], check=True, timeout=10)
    yield place
    for _ in range(50):
        if subprocess.run(["umount", place], timeout=10, capture_output=True).returncode == 0:
            return
        time.sleep(0.1)
    subprocess.run(["umount", "-l", place], timeout=10, check=True)


def test_a_full_disk_answers_later_and_goes_on_when_there_is_space_again(tiny_disk, new_shop):
    state = tiny_disk / "state"
    state.mkdir()
    shop = new_shop(state=state).open(units=100, products=SKUS)
    tablet, scanner = shop.device("tablet-1", first_retry=0.5), shop.device("scanner-1")
    held = tablet.done("reservation.place", lines=[{"sku": "SKU-1"}])
    filler = tiny_disk / "filler"

    def fill():
        with open(filler, "ab", buffering=0) as output:
            for size in (1 << 16, 1 << 12, 1 << 9):
                try:
                    while True:
                        output.write(b"x" * size)
                except OSError:
                    pass

    # The ballast is given back at the first need, so the disk has to be filled again behind it.
    refused, end = None, time.monotonic() + 60
    while refused is None:
        assert time.monotonic() < end, "the disk was full and nobody was told"
        fill()
        identity = str(uuid.uuid4())
        before = len(tablet.replies)
        tablet.publish("/do/reservation.place", {"id": identity, "lines": [{"sku": "SKU-2"}], "context": "c" * 200})
        reply = tablet.next_reply(before, 10)
        if reply["outcome"] == "later":
            refused = reply
    assert refused["problem"]["code"] == "agent.diskFull" and refused["problem"]["retry"] == "sameId"
    assert not (state / "ballast").exists()
    assert scanner.card(PRODUCTS["SKU-1"])["sku"] == "SKU-1", "questions are answered on a full disk"
    assert shop.edged.process.is_running
    findings = {finding["code"]: finding for finding in shop.edged.control(command="status")["result"]["findings"]}
    assert findings["finding.diskFull"]["level"] == "fault" and findings["finding.diskFull"]["facts"]["bytes"] < 1 << 20
    fill()
    os.unlink(filler)
    reply = tablet.do("reservation.place", id=refused["id"], lines=[{"sku": "SKU-2"}], context="c" * 200)
    assert reply["outcome"] == "done" and reply["replayed"] is False, "the same id is taken when there is space"
    tablet.done("reservation.cancel", reservation=held["reservation"])
    shop.edged.wait_drained()
    shop.edged.stop()
    database = shop.edged.open_ledger()
    audit(database)
    database.close()
    shop.edged.start()


def test_a_command_that_killed_the_agent_twice_is_set_aside_and_the_shop_goes_on(new_shop):
    """The note that outlives a death is prepared as two deaths at that command would leave it."""
    shop = new_shop().open(units=10, products=SKUS)
    tablet = shop.device("tablet-1", first_retry=0.5)
    identity = str(uuid.uuid4())
    body = {"id": identity, "lines": [{"sku": "SKU-1"}]}
    reply = tablet.do("reservation.place", **body)
    assert reply["outcome"] == "done"
    shop.edged.stop()
    database = shop.edged.open_ledger()
    digest = database.execute("SELECT digest FROM command WHERE id = ?", (identity,)).fetchone()[0]
    with database:
        database.execute("DELETE FROM command WHERE id = ?", (identity,))
    database.close()
    for _ in range(2):
        with open(shop.edged.state / "deciding", "r+b") as note:
            note.write(bytes([len(digest)]) + digest)
        shop.edged.start()
        shop.edged.kill()
    shop.edged.start()
    refused = tablet.do("reservation.place", **body)
    assert refused["outcome"] == "refused" and refused["problem"]["code"] == "command.quarantined", refused
    again = tablet.do("reservation.place", **body)
    assert again == {**refused, "replayed": True}
    tablet.done("reservation.place", lines=[{"sku": "SKU-2"}])
