"""The control socket keeps no technician waiting for what another terminal asked, nor for clients that say nothing."""

import json
import os
import socket
import threading
import time

import pytest

from shop.freeze import frozen
from shop.processes import wait_until


@pytest.fixture
def chain(new_shop):
    """A shop whose headquarters' application is gone, behind a broker that lives: an echo is waited for in vain."""
    shop = new_shop(reference=True)
    shop.edged.start()
    wait_until(lambda: shop.edged.control(command="hq.ping")["outcome"] == "done", 30, "headquarters' first word")
    shop.headquarters.stop()
    return shop


class Asking(threading.Thread):
    """Asks on a thread of its own."""

    def __init__(self, edged, **request):
        super().__init__(daemon=True)
        self.edged, self.request, self.answer = edged, request, None
        self.start()

    def run(self):
        try:
            self.answer = self.edged.control(seconds=30, **self.request)
        except (OSError, json.JSONDecodeError):
            self.answer = None  # It stopped meanwhile.


def threads(edged):
    return len(os.listdir(f"/proc/{edged.process.child.pid}/task"))


def test_status_is_told_at_once_while_pings_wait_for_headquarters_in_vain(chain):
    at_rest = threads(chain.edged)
    pings = [Asking(chain.edged, command="hq.ping") for _ in range(8)]
    wait_until(lambda: threads(chain.edged) >= at_rest + 8, 10, "eight pings waiting")
    for command in ("status", "health", "device.list", "trace.read", "status"):
        assert chain.edged.control(command=command)["outcome"] == "done"
    # Still before the pings gave up: nothing had to wait for them.
    assert all(ping.is_alive() for ping in pings), "the answers waited for the pings"
    for ping in pings:
        ping.join(30)
        assert ping.answer["problem"]["code"] == "headquarters.noEcho", ping.answer
    wait_until(lambda: threads(chain.edged) == at_rest, 10, "the threads of the pings ending")


def test_health_is_told_while_others_wait_for_a_stuck_ledger(shop):
    with frozen(shop.edged.process.child.pid, "edged"):
        waiting = [Asking(shop.edged, command="status") for _ in range(4)]
        time.sleep(0.2)
        began = time.monotonic()
        assert shop.edged.control(command="device.list")["outcome"] == "done"
        assert shop.edged.control(command="health")["outcome"] == "done"
        assert time.monotonic() - began < 4, "the ledger's own five seconds were waited for"
        for asking in waiting:
            asking.join(30)
            assert asking.answer["problem"]["code"] == "agent.stuck"
    wait_until(lambda: shop.edged.status()["outcome"] == "done", 20, "the ledger going on")


def test_changes_from_many_terminals_are_made_one_after_the_other_beside_questions(shop):
    levels = ("debug", "error", "info") * 4
    changes = [Asking(shop.edged, command="log.level", level=level) for level in levels]
    for _ in range(20):
        assert shop.edged.status()["outcome"] == "done"
    for level, change in zip(levels, changes):
        change.join(30)
        # Each was told its own level: no other change came between.
        assert change.answer["outcome"] == "done" and change.answer["result"]["level"] == level, change.answer


def test_silent_and_stammering_clients_shut_no_technician_out(shop):
    clients = []
    try:
        for number in range(64):
            client = socket.socket(socket.AF_UNIX)
            client.settimeout(10)
            client.connect(str(shop.edged.socket))
            if number % 2:
                client.sendall(b'{"command":"sta')
            clients.append(client)
        for _ in range(50):
            assert shop.edged.status()["outcome"] == "done"
        assert clients[0].recv(1) == b"", "the one that was silent longest made room"
        # One that was kept may still ask.
        clients[-1].sendall(b'tus"}\n')
        assert json.loads(clients[-1].makefile("rb").readline())["outcome"] == "done"
    finally:
        for client in clients:
            client.close()


def test_a_stop_does_not_wait_for_what_is_waited_for(chain):
    at_rest = threads(chain.edged)
    Asking(chain.edged, command="hq.ping")
    wait_until(lambda: threads(chain.edged) > at_rest, 10, "the ping waiting")
    began = time.monotonic()
    assert chain.edged.stop() == 0
    # The ping would have held it up for three seconds.
    assert time.monotonic() - began < 2.5
