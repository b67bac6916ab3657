"""A busy shop: devices that place, prolong, cancel, collect, sell, void, take back and receive, until told to stop.

Everything that was answered is kept, and `judge` compares it with the ledger and with headquarters: nothing
acknowledged may be missing, nothing may have happened twice.
"""

import random
import threading
import time
import uuid

from .audit import audit


class Load:
    """Workers on several devices; each sends a command, again and again with the same id until it is answered."""

    def __init__(self, shop, skus, workers=9, seed=1, first_retry=0.5):
        self.shop = shop
        self.skus = list(skus)
        self.lock = threading.Lock()
        self.log = []
        self.problems = []
        self.stopping = threading.Event()
        self.threads = []
        self.seed = seed
        names = ["tablet-1", "tablet-2", "till-1", "till-2"]
        self.devices = {name: shop.device(name, first_retry=first_retry) for name in names}
        kinds = [("tablet-1", self._clerk), ("till-1", self._till), ("tablet-2", self._clerk), ("till-2", self._till),
                 ("tablet-2", self._stockroom)]
        for number in range(workers):
            name, body = kinds[number % len(kinds)]
            thread = threading.Thread(target=self._run, args=(body, self.devices[name], number), daemon=True)
            self.threads.append(thread)

    def start(self):
        for thread in self.threads:
            thread.start()
        return self

    @property
    def acknowledged(self):
        return len(self.log)

    def wait_more(self, count, seconds=60.0):
        """Waits until so many more commands were acknowledged."""
        target, end = self.acknowledged + count, time.monotonic() + seconds
        while self.acknowledged < target:
            assert not self.problems, self.problems
            assert time.monotonic() < end, f"only {self.acknowledged} of {target} commands were answered in {seconds:g} s"
            time.sleep(0.01)

    def stop(self, seconds=90.0):
        """Lets everybody finish the command they wait for."""
        self.stopping.set()
        end = time.monotonic() + seconds
        for thread in self.threads:
            thread.join(max(0.1, end - time.monotonic()))
            assert not thread.is_alive(), "a device still waits for its answer"
        assert not self.problems, self.problems

    def _run(self, body, device, number):
        chance = random.Random(self.seed * 1000 + number)
        turn = 0
        try:
            while not self.stopping.is_set():
                turn += 1
                body(device, chance, f"{number}-{turn}")
        except BaseException as error:  # told by whoever waits for the load
            self.problems.append(f"{device.name}: {error!r}")

    def _do(self, device, verb, **fields):
        identity = str(uuid.uuid4())
        reply = device.do(verb, timeout=80.0, id=identity, **fields)
        with self.lock:
            self.log.append((identity, device.name, verb, fields, reply))
        return reply

    def _clerk(self, device, chance, _name):
        lines = [{"sku": sku, "quantity": chance.randint(1, 2)} for sku in chance.sample(self.skus, 2)]
        placed = self._do(device, "reservation.place", lines=lines, term={"minutes": 60})
        if placed["outcome"] != "done":
            return
        name = placed["result"]["reservation"]
        if chance.random() < 0.3:
            self._do(device, "reservation.extend", reservation=name, term={"minutes": 120})
        fate = chance.random()
        if fate < 0.5:
            self._do(device, "reservation.cancel", reservation=name)
        elif fate < 0.8:
            self._do(device, "reservation.collect", reservation=name)

    def _till(self, device, chance, ticket):
        lines = [{"till": device.name, "ticket": ticket, "line": number + 1,
                  "kind": "return" if chance.random() < 0.1 else "sale", "sku": chance.choice(self.skus),
                  "quantity": chance.randint(1, 3)} for number in range(chance.randint(1, 3))]
        self._do(device, "sale.record", lines=lines)
        if chance.random() < 0.15:
            self._do(device, "sale.record", lines=[
                {"till": device.name, "ticket": f"{ticket}-v", "line": 1, "kind": "void",
                 "original": {"till": device.name, "ticket": ticket, "line": 1}}])
        if chance.random() < 0.1:
            self._do(device, "sale.record", lines=lines)

    def _stockroom(self, device, chance, name):
        self._do(device, "delivery.receive", delivery=f"D-{name}", lines=[
            {"sku": sku, "quantity": chance.randint(1, 5)} for sku in chance.sample(self.skus, 2)])

    def judge(self, opening):
        """Compares clients, ledger and headquarters. The agent has to be stopped, its outbox drained."""
        database = self.shop.edged.open_ledger()
        on_hand = audit(database)
        stored = {row["id"]: row for row in database.execute("SELECT * FROM command")}
        reservations = {row["id"]: row for row in database.execute("SELECT * FROM reservation")}
        sales = {(row["till"], row["ticket"], row["line"]) for row in database.execute("SELECT * FROM sale")}
        headquarters = self.shop.headquarters
        events = headquarters.events
        by_command = {}
        for event in events:
            command = event["data"].get("command")
            if command:
                by_command.setdefault(command, []).append(event["type"])
        identities = [event["id"] for event in events]
        assert len(identities) == len(set(identities)), "an event was in effect twice at headquarters"

        expected = dict(opening)
        sold, fate, deliveries = {}, {}, 0
        for identity, device, verb, fields, reply in self.log:
            replies = self.devices[device].by_id[identity]
            final = [{**r, "replayed": False} for r in replies if r["outcome"] != "later"]
            assert all(r == final[0] for r in final), f"{identity} was answered in two ways: {replies}"
            assert identity in stored, f"LOST: {verb} {identity} was acknowledged and is not in the ledger"
            assert stored[identity]["outcome"] == reply["outcome"], identity
            if reply["outcome"] != "done":
                continue
            told = by_command.get(identity, [])
            if verb == "reservation.place":
                name = reply["result"]["reservation"]
                assert name in reservations, f"LOST: {name}"
                assert name not in fate, f"two places made {name}"
                fate[name] = "held"
                assert told.count("store.reservation.placed") == 1, (identity, told)
            elif verb == "reservation.cancel":
                fate[fields["reservation"]] = "released"
                assert told.count("store.reservation.released") == 1, (identity, told)
            elif verb == "reservation.collect":
                fate[fields["reservation"]] = "awaitingSale"
                assert told.count("store.reservation.collected") == 1, (identity, told)
            elif verb == "delivery.receive":
                deliveries += 1
                assert told.count("store.delivery.received") == 1, (identity, told)
                for line in fields["lines"]:
                    expected[line["sku"]] += line["quantity"]
            elif verb == "sale.record":
                for line, outcome in zip(fields["lines"], reply["result"]["lines"]):
                    key = (line["till"], line["ticket"], line["line"])
                    if outcome["outcome"] == "recorded":
                        assert key not in sold, f"DOUBLED: {key} was recorded twice"
                        sold[key] = line
        for line in sold.values():
            sign = 1
            if line["kind"] == "void":
                original = line["original"]
                line = sold[original["till"], original["ticket"], original["line"]]
                sign = -1
            expected[line["sku"]] += sign * (line["quantity"] if line["kind"] == "return" else -line["quantity"])
        assert sales == set(sold), f"tickets differ: {sorted(sales ^ set(sold))[:10]}"
        assert set(reservations) == set(fate), "reservations differ"
        for name, state in fate.items():
            found = reservations[name]["state"]
            assert found == state or (state == "awaitingSale" and found == "sold"), (name, found, state)
        assert database.execute("SELECT COUNT(DISTINCT delivery) FROM delivery").fetchone()[0] == deliveries
        assert {sku: on_hand.get(sku, 0) for sku in expected} == expected, "the sums of the clients and the ledger differ"
        told = headquarters.on_hand()
        assert {sku: told.get(sku, 0) for sku in expected} == expected, "headquarters has other sums"
        assert len(stored) == len(self.log), "the ledger has commands that nobody sent"
