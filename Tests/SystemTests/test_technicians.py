"""Who may look, who may change, and that every change is kept, told and survives the agent's death."""

import errno
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest

from shop.codes import own_code
from shop.processes import program, wait_until
from shop.users import Users, ask_as

CARD = own_code("L", 123456789)
NAME = "Zébulon Quetzalcoatl"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be other users")


@pytest.fixture(scope="module")
def users():
    made = Users()
    yield made
    made.remove()


@pytest.fixture
def desk(new_shop, users):
    """An open shop whose socket lies where others get to it, for one group, and the people who ask there."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="desk."))
    folder.chmod(0o755)
    shop = new_shop(controlSocket=str(folder / "control.sock"))
    shop.edged.socket = folder / "control.sock"
    shop.open()
    # systemd gives the socket's folder and file to the group; here the test does.
    os.chown(shop.edged.socket, 0, users.readers)
    assert shop.edged.socket.stat().st_mode & 0o777 == 0o660
    yield shop
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def paul(users):
    return users.user("paul", users.readers)


@pytest.fixture(scope="module")
def nadia(users):
    return users.user("nadia", users.readers, users.technicians)


def edgectl(desk, *arguments):
    done = subprocess.run(
        [program("edgectl"), *arguments, "--socket", str(desk.edged.socket), "--language", "en"],
        capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout, done.stderr


def waiting_event(desk, sku="SKU-1"):
    """A reservation's first event, that waits since the line is down."""
    desk.line.stop()
    held = desk.device("tablet-1").done("reservation.place", lines=[{"sku": sku, "quantity": 1}])["reservation"]
    events = desk.edged.control(command="queue.list", lane="orders")["result"]["events"]
    return next(event for event in events if event["subject"] == f"reservation/{held}"), held


def test_a_reader_may_look_and_is_refused_to_change_while_a_technician_may(desk, paul, nadia):
    event, held = waiting_event(desk)
    socket = desk.edged.socket
    for looking in [{"command": "status"}, {"command": "explain", "id": held},
                    {"command": "export", "what": "journal"}, {"command": "scan", "code": held}]:
        assert ask_as(paul, socket, **looking)["outcome"] == "done", looking
    for change in [{"command": "queue.park", "id": event["id"], "reason": "x"},
                   {"command": "queue.retry", "all": True}, {"command": "queue.unpark", "id": event["id"]},
                   {"command": "customer.unmask", "id": "C-88", "reason": "just looking"},
                   {"command": "customer.erase", "id": "C-88", "reason": "x"}]:
        refused = ask_as(paul, socket, language="en", **change)["problem"]
        assert refused["code"] == "control.notTechnician", change
        assert f"usermod -aG edged-technicians {paul}" in refused["detail"]
    assert desk.edged.control(command="export", what="acts")["result"]["records"] == []
    assert ask_as("nobody", socket, command="status") == {"outcome": "error", "errno": errno.EACCES}

    parked = ask_as(nadia, socket, command="queue.park", id=event["id"], reason="ticket 88")
    assert parked["outcome"] == "done" and parked["result"]["parked"] == 1
    story = desk.edged.control(command="explain", id=held)["result"]
    act = next(step["act"] for step in story["steps"] if "act" in step)
    assert act["user"] == nadia and act["reason"] == "ticket 88" and act["outcome"] == "done"
    desk.edged.process.wait_said(f"user={nadia}")
    line = next(line for line in desk.edged.process.said().splitlines() if "control.changed" in line)
    assert "command=queue.park" in line and f"act={parked['result']['act']}" in line and "ticket" not in line
    # The agent's own user may always.
    assert desk.edged.control(command="queue.unpark", id=event["id"])["outcome"] == "done"


def test_a_change_that_was_answered_survives_the_agents_death(desk, nadia):
    event, held = waiting_event(desk)
    answer = ask_as(nadia, desk.edged.socket, command="queue.park", id=event["id"], reason="ticket 89")
    desk.edged.kill()
    assert answer["outcome"] == "done"
    desk.edged.start(wait=False)
    desk.edged.process.wait_said("edged.ready", 30)
    shown = desk.edged.control(command="queue.show", id=event["id"])["result"]["event"]
    assert shown["state"] == "parked" and shown["reason"] == "technician: ticket 89"
    act = desk.edged.control(command="explain", id=f"act/{answer['result']['act']}")["result"]["present"][0]
    assert act["user"] == nadia and act["command"] == "queue.park" and act["target"] == f"event/{event['id']}"


def test_what_is_parked_stays_here_and_leaves_in_order_when_it_is_let_go(desk, nadia):
    event, held = waiting_event(desk)
    tablet = desk.devices[-1]
    assert ask_as(nadia, desk.edged.socket, command="queue.park", id=event["id"], reason="wait")["outcome"] == "done"
    tablet.done("reservation.extend", reservation=held, term={"minutes": 2000})
    other = tablet.done("reservation.place", lines=[{"sku": "SKU-2", "quantity": 1}])["reservation"]
    desk.line.start()
    desk.headquarters.wait_event("store.reservation.placed", reservation=other, seconds=40)
    assert not [e for e in desk.headquarters.of_type("store.reservation.placed") if e["subject"] == event["subject"]]
    listed = desk.edged.control(command="queue.list", state="parked")["result"]["events"]
    assert [e["subjectsequence"] for e in listed] == [1, 2] and listed[1]["follows"] == event["id"]

    code, output, complaint = edgectl(desk, "queue", "unpark", str(listed[1]["row"]))
    assert code == 1 and complaint.startswith("queue.follows: "), complaint
    code, output, complaint = edgectl(desk, "queue", "retry", str(listed[0]["row"]))
    assert code == 0 and output.startswith("Goes again: reservation.placed"), complaint
    desk.headquarters.wait_event("store.reservation.extended", reservation=held, seconds=40)
    desk.edged.wait_drained()
    arrived = [e["subjectsequence"] for e in desk.headquarters.events if e["subject"] == event["subject"]]
    assert arrived == [1, 2]


def test_a_customer_is_unmasked_for_a_reason_and_erased_for_good_and_no_log_has_them(desk, nadia):
    desk.headquarters.set("customers", "C-88", {
        "cards": [CARD], "name": NAME, "tier": "gold", "consent": ["advice"],
        "fields": {"address": "secret street"}, "expires": "2099-01-01T00:00:00Z"})
    desk.headquarters.wait_fed("customers")
    masked = edgectl(desk, "customer", "show", CARD)[1]
    assert "Z. Q***" in masked and "Quetzal" not in masked and "secret" not in masked
    seen = ask_as(nadia, desk.edged.socket, command="customer.unmask", id=CARD, reason="copy, ticket 91")
    assert seen["result"]["name"] == NAME and seen["result"]["fields"] == {"address": "secret street"}
    code, output, complaint = edgectl(desk, "customer", "erase", "C-88", "--reason", "ticket 92")
    assert code == 64 and "--yes" in complaint, "nobody sits there to be asked"
    code, output, complaint = edgectl(desk, "customer", "erase", "C-88", "--reason", "ticket 92", "--yes")
    assert code == 0 and output.startswith("Erased: C-88"), complaint
    receipt = desk.headquarters.wait_event("store.customer.erased", customer="C-88")
    acts = [json.loads(line) for line in edgectl(desk, "export", "--what", "acts")[1].splitlines()]
    assert [act.get("command") for act in acts[:-1]] == ["customer.unmask", "customer.erase"]
    assert acts[-1] == {"export": "acts", "records": 2, "complete": True}
    assert receipt["data"]["request"].endswith(f"/{acts[1]['number']}")
    log = desk.edged.process.said()
    assert log.count("control.changed") == 2 and f"user={nadia}" in log and "user=root" in log
    for secret in [NAME, "Quetzal", CARD, CARD.replace("-", ""), "secret street", "ticket"]:
        assert secret not in log, secret
    desk.edged.stop()
    for file in desk.edged.state.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert b"Quetzal" not in content and b"secret street" not in content and CARD.encode() not in content, file


def test_every_change_is_logged_however_many_there_are_and_refusals_fill_no_log(desk, paul, nadia):
    event, held = waiting_event(desk)
    for _ in range(15):
        for command in ["queue.park", "queue.unpark"]:
            more = {"reason": "again"} if command == "queue.park" else {}
            assert ask_as(nadia, desk.edged.socket, command=command, id=event["id"], **more)["outcome"] == "done"
    for _ in range(60):
        ask_as(paul, desk.edged.socket, command="queue.retry", all=True)
    wait_until(lambda: desk.edged.process.said().count("control.changed") == 30, 10, "thirty changes in the log")
    assert desk.edged.process.said().count("control.refused") <= 20


def test_a_command_that_its_device_may_not_send_is_explained_also_after_a_restart(desk):
    mirror = desk.device("mirror-1")
    reply = mirror.refused("count.record", "device.notAllowed", sku="SKU-1", counted=3)
    desk.edged.restart()
    code, output, complaint = edgectl(desk, "explain", reply_id(mirror, "count.record"))
    assert code == 0, complaint
    assert "count.record by mirror-1: refused" in output and "device.notAllowed: The device mirror-1 may not" in output
    code, output, complaint = edgectl(desk, "explain", "mirror-1")
    assert code == 0 and "count.record by mirror-1: refused" in output, complaint
    assert reply["facts"]["role"] == "customer"


def reply_id(device, verb):
    """The id of the device's latest command of a verb."""
    return [reply for reply in device.replies if reply.get("verb") == verb][-1]["id"]


def test_who_makes_the_log_quiet_hides_nothing_of_what_is_changed_then(desk):
    asked = [program("edgectl"), "--socket", desk.edged.socket]
    run = lambda *words: subprocess.run([asked[0], *words, *asked[1:]], timeout=30, capture_output=True, text=True)
    assert run("log", "level", "critical").returncode == 0
    before = desk.edged.process.said().count("control.changed")
    run("queue", "retry", "--all")
    wait_until(lambda: desk.edged.process.said().count("control.changed") == before + 1, 10, "the change in a quiet log")
