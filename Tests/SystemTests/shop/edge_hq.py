"""The reference headquarters, edge-hq, as a process of its own, spoken to by its own commands."""

import json
import subprocess
import time

from .processes import Process, program, wait_until


class EdgeHQ:
    """edge-hq with a state of its own. Its programs are `serve`, and the commands that an OMS, PIM or CRM would pipe into."""

    def __init__(self, folder, port, shop="S1", groups=(), grant_share=60, host="127.0.0.1", **broker):
        self.folder = folder / "edge-hq"
        self.folder.mkdir(parents=True)
        self.shop = shop
        self.socket = self.folder / "control.sock"
        self.problems = []
        configuration = self.folder / "edge-hq.json"
        configuration.write_text(json.dumps({
            "stateDirectory": str(self.folder), "controlSocket": str(self.socket),
            "broker": {"host": host, "port": port, **broker}, "shops": [{"id": shop, "groups": list(groups)}],
            "grantShare": grant_share}))
        self.arguments = [program("edge-hq"), "serve", "--config", configuration]
        self.process = Process("edge-hq", self.arguments, self.folder / "hq.log")

    def start(self, *arguments):
        self.process.arguments = [str(argument) for argument in (*self.arguments, *arguments)]
        self.process.start()
        wait_until(self._answers, 20, "edge-hq answering on its control socket", every=0.05)
        return self

    def _answers(self):
        assert self.process.is_running, f"edge-hq ended:\n{self.process.said()}"
        return self.call("status", check=False).returncode == 0

    def stop(self):
        self.process.stop()

    def kill(self):
        self.process.kill()

    def call(self, *arguments, given=None, check=True):
        """Runs one of its commands."""
        done = subprocess.run(
            [program("edge-hq"), *map(str, arguments), "--socket", str(self.socket)], input=given, text=True,
            capture_output=True, timeout=60)
        assert not check or done.returncode == 0, f"edge-hq {arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def status(self):
        """How it is, for programs."""
        return json.loads(self.call("status", "--format", "json").stdout)

    def load(self, lines):
        """Pipes entries of feeds in, as NDJSON."""
        return self.call("feed", "load", "-", given="".join(json.dumps(line) + "\n" for line in lines))

    def ledger(self):
        """Every event received, in order."""
        return [json.loads(line) for line in self.call("ledger", "--format", "json").stdout.splitlines() if line]

    @property
    def events(self):
        """Every event in effect, in order."""
        return [event for event in self.ledger() if not event.get("refused")]

    def of_type(self, kind):
        return [event for event in self.events if event["type"] == kind]

    def wait_event(self, kind, /, seconds=20.0, **data):
        end = time.monotonic() + seconds
        while True:
            events = self.events
            for event in events:
                if event["type"] == kind and all(event["data"].get(name) == value for name, value in data.items()):
                    return event
            assert time.monotonic() < end, f"no {kind} {data} at edge-hq; it has {[e['type'] for e in events][-20:]}"
            time.sleep(0.1)

    def on_hand(self):
        """What is on hand by SKU, summed from the changes that the shop told."""
        totals = {}
        for event in self.events:
            change = event["data"].get("change")
            if change is not None:
                totals[event["data"]["sku"]] = totals.get(event["data"]["sku"], 0) + change.get("onHand", 0)
        return totals
