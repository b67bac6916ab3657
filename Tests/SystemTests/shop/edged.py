"""The agent under test, as a process of its own."""

import json
import os
import socket
import sqlite3

from .processes import Process, program, wait_until


class Edged:
    """edged with a state directory of its own."""

    def __init__(self, folder, shop_port, headquarters_port, shop="S1", groups=(), fleet=None, state=None, **more):
        self.folder = folder
        self.state = state or folder / "state"
        self.state.mkdir(parents=True, exist_ok=True)
        self.socket = folder / "control.sock"
        key = folder / "vault-key"
        if not key.exists():
            descriptor = os.open(key, os.O_CREAT | os.O_WRONLY, 0o600)
            os.write(descriptor, os.urandom(32))
            os.close(descriptor)
        self.configuration = {
            "shop": {"id": shop, "timeZone": "Europe/Paris", "languages": ["en", "fr"]},
            "stateDirectory": str(self.state), "controlSocket": str(self.socket),
            "devices": {"host": "127.0.0.1", "port": shop_port},
            "headquarters": {"host": "127.0.0.1", "port": headquarters_port, "groups": list(groups)},
            "vault": {"keyFile": str(key)},
            "fleet": fleet if fleet is not None else standard_fleet(),
            "limits": {"commandsPerSecond": 100_000, "questionsPerSecond": 100_000, "reservationsPerMinute": 1_000_000},
            **more,
        }
        self.file = folder / "edged.json"
        self.process = Process("edged", [program("edged"), "--config", self.file], folder / "edged.log")

    def write_configuration(self):
        self.file.write_text(json.dumps(self.configuration, indent=2))

    def start(self, prefix=(), wait=True):
        self.write_configuration()
        self.process.start(prefix)
        if wait:
            self.wait_connected()
        return self

    def wait_connected(self):
        self.process.wait_said("edged.ready", 30)
        self.process.wait_said("shopBroker.connected", 30)
        self.process.wait_said("shopBroker.questions.connected", 30)

    def stop(self):
        return self.process.stop()

    def kill(self):
        self.process.kill()

    def restart(self):
        self.stop()
        return self.start()

    def control(self, seconds=10.0, **request):
        """Asks over the control socket."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(seconds)
            line.connect(str(self.socket))
            line.sendall(json.dumps(request).encode() + b"\n")
            answer = b""
            while not answer.endswith(b"\n"):
                part = line.recv(65536)
                if not part:
                    break
                answer += part
        return json.loads(answer)

    def status(self):
        return self.control(command="status")

    def stock(self, sku):
        """The numbers of a SKU."""
        answer = self.control(command="stock.show", sku=sku)
        assert answer.get("outcome", "done") == "done", answer
        return answer.get("result", answer)["stock"]

    def open_ledger(self):
        """The ledger's database; the agent has to be stopped."""
        assert not self.process.is_running
        database = sqlite3.connect(self.state / "ledger.db")
        database.row_factory = sqlite3.Row
        return database

    def wait_drained(self, seconds=60.0):
        """Waits until headquarters has receipted everything."""
        def drained():
            answer = self.control(command="queue.list", limit=1)
            body = answer.get("result", answer)
            return not body["events"]
        wait_until(drained, seconds, "the outbox draining", every=0.1)


def standard_fleet():
    """The devices that most tests use."""
    return [
        {"id": "scanner-1", "family": "scanner", "screen": "screen-1"},
        {"id": "screen-1", "family": "screen"},
        {"id": "mirror-1", "family": "mirror"},
        {"id": "tablet-1", "family": "tablet"},
        {"id": "tablet-2", "family": "tablet"},
        {"id": "till-1", "family": "till"},
        {"id": "till-2", "family": "till"},
    ]
