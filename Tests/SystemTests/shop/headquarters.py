"""A counterpart of the agent at headquarters' end of the line, which can also be told to misbehave.

It speaks the link of the contract: receipts, feeds with epoch and sequence, snapshots, cursors. It is written apart
from the product's own reference headquarters so that both are held to the same contract, and so that a test can have
a headquarters that loses receipts, refuses, blocks, forgets, or leaves gaps.
"""

import hashlib
import json
import threading
import time
import uuid

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

STATE_FEEDS = {"catalogue", "network", "customers", "offers", "settings", "hours", "clerks", "keys", "media"}


def encoded(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def derived_pin(pin, salt="00112233445566778899aabbccddeeff", iterations=100_000):
    """A PIN as feed `clerks` has it."""
    digest = hashlib.pbkdf2_hmac("sha256", pin.encode(), bytes.fromhex(salt), iterations)
    return f"pbkdf2-sha256${iterations}${salt}${digest.hex()}"


class Headquarters:
    """Headquarters of one shop. Its memory is its disk: it outlives its connection and its broker."""

    def __init__(self, port, shop="S1"):
        self.port = port
        self.shop = shop
        self.lock = threading.RLock()
        self.epoch = uuid.uuid4().hex
        #: Feed entries by (scope, feed).
        self.feeds = {}
        #: Epochs of feeds, which a restored headquarters may change.
        self.feed_epochs = {}
        #: Every event in effect, in order.
        self.events = []
        #: How often each id arrived.
        self.arrivals = {}
        #: The last number in effect by (incarnation, subject).
        self.sequences = {}
        #: Headquarters' own row of rights by SKU.
        self.rows = {}
        self.incarnations = []
        self.cursor_messages = []
        self.cursors = {}
        self.problems = []
        #: Called with each event; a word other than None is its receipt instead of `durable`.
        self.verdict = lambda event: None
        #: Called with each receipt message; true loses it.
        self.loses_receipts = lambda: False
        #: Lanes whose events are left where they are.
        self.lanes_left = set()
        #: Called with each feed message; true loses it.
        self.loses_feed = lambda: False
        #: Whether state feeds are told to a new cursor by a snapshot.
        self.uses_snapshots = True
        #: Whether its application answers an echo.
        self.answers_echoes = True
        #: The questions for a word that came in.
        self.echo_messages = []
        #: Whether it sends what a cursor shows to be missing.
        self.answers_cursors = True
        self.client = None

    # Life

    def start(self):
        self.client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=f"hq-{self.shop}", protocol=mqtt.MQTTv5)
        self.client.max_inflight_messages_set(200)
        self.client.on_connect = lambda client, *_: client.subscribe(f"hq/v1/{self.shop}/up/#", 1)
        self.client.on_message = self._take
        self.client.reconnect_delay_set(1, 1)
        # A session that waits for it, as any headquarters' would: what comes meanwhile is kept by the broker.
        properties = Properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = 3600
        self.client.connect("127.0.0.1", self.port, clean_start=False, properties=properties)
        self.client.loop_start()
        return self

    def stop(self):
        if self.client:
            self.client.disconnect()
            self.client.loop_stop()
            self.client = None

    def _publish(self, topic, value):
        if self.client:
            self.client.publish(topic, encoded(value), qos=1)

    # What comes up

    def _take(self, _client, _userdata, message):
        lane = message.topic.rsplit("/", 1)[1]
        value = json.loads(message.payload)
        with self.lock:
            if lane == "cursor":
                self._take_cursors(value)
            elif lane == "echo":
                self._take_echo(value)
            elif lane not in self.lanes_left:
                self._take_events(lane, value)

    def _take_echo(self, question):
        self.echo_messages.append(question)
        if self.answers_echoes:
            self._publish(f"hq/v1/{self.shop}/down/echo", {
                "id": question["id"], "epoch": self.epoch, "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                "sees": {"incarnation": question["incarnation"], "instance": question["instance"]}})

    def _take_events(self, lane, events):
        receipts = []
        for event in events:
            known = event["id"] in self.arrivals
            self.arrivals[event["id"]] = self.arrivals.get(event["id"], 0) + 1
            if known and any(e["id"] == event["id"] for e in self.events[-5000:]):
                receipts.append({"id": event["id"], "outcome": "durable"})
                continue
            verdict = self.verdict(event)
            if verdict:
                receipts.append({"id": event["id"], "outcome": verdict, "reason": "the test says so"})
                if verdict == "refused":
                    self.sequences[event["incarnation"], event["subject"]] = event["subjectsequence"]
                continue
            key = (event["incarnation"], event["subject"])
            last = self.sequences.get(key, 0)
            if event["subjectsequence"] == last + 1:
                self.sequences[key] = last + 1
                self.events.append({**event, "lane": lane})
                receipts.append({"id": event["id"], "outcome": "durable"})
            elif event["subjectsequence"] <= last:
                self.problems.append(f"{key} {event['subjectsequence']} came again with another id {event['id']}")
                receipts.append({"id": event["id"], "outcome": "refused", "reason": "number used before"})
            else:
                receipts.append({"id": event["id"], "outcome": "blocked", "reason": f"{last + 1} is missing"})
        if receipts and not self.loses_receipts():
            self._publish(f"hq/v1/{self.shop}/down/receipts", {"epoch": self.epoch, "receipts": receipts})

    def _take_cursors(self, message):
        if message["incarnation"] not in self.incarnations:
            self.incarnations.append(message["incarnation"])
        self.cursor_messages.append(message)
        self.cursors = {
            (c["scope"], c["feed"]): (c["epoch"], c["sequence"]) for c in message["cursors"]}
        for (scope, feed), entries in self.feeds.items() if self.answers_cursors else ():
            epoch, sequence = self.cursors.get((scope, feed), (None, 0))
            current = self._feed_epoch(scope, feed)
            if epoch == current and sequence >= len(entries):
                continue
            if feed in STATE_FEEDS and epoch != current and (self.uses_snapshots or epoch is not None):
                self._send_snapshot(scope, feed)
            elif epoch in (None, current):
                self._send_entries(scope, feed, sequence + 1, resend=True)

    # What goes down

    def _feed_epoch(self, scope, feed):
        return self.feed_epochs.get((scope, feed), "feed-epoch-1")

    def _topic(self, scope, feed, resend):
        if scope.startswith("group/") and not resend:
            return f"hq/v1/{scope}/down/feed/{feed}"
        return f"hq/v1/{self.shop}/down/feed/{feed}"

    def _head(self, scope, feed):
        head = {"feed": feed, "epoch": self._feed_epoch(scope, feed)}
        if scope != "shop":
            head["scope"] = scope
        return head

    def _send_entries(self, scope, feed, first, resend=False):
        entries = self.feeds[scope, feed]
        while first <= len(entries):
            part, size = [], 0
            for entry in entries[first - 1:first + 199]:
                size += len(encoded(entry)) + 1
                if part and size > 100_000:
                    break
                part.append(entry)
            if not self.loses_feed():
                self._publish(
                    self._topic(scope, feed, resend), {**self._head(scope, feed), "first": first, "entries": part})
            first += len(part)

    def _send_snapshot(self, scope, feed):
        entries = self.feeds[scope, feed]
        state = {}
        for entry in entries:
            state[entry["key"]] = entry["value"]
        items = [{"key": key, "value": value} for key, value in state.items() if value is not None]
        digest = bytes(32)
        for item in items:
            digest = hashlib.sha256(digest + encoded(item)).digest()
        name = f"{feed}-{len(entries)}-{digest.hex()[:8]}"
        topic = self._topic(scope, feed, True)
        head = self._head(scope, feed)
        self._publish(topic, {**head, "begin": {
            "snapshot": name, "sequence": len(entries), "count": len(items), "hash": digest.hex()}})
        for index in range(0, len(items), 200):
            if not self.loses_feed():
                self._publish(topic, {**head, "snapshot": name, "index": index, "entries": items[index:index + 200]})
        self._publish(topic, {**head, "end": {"snapshot": name}})

    def feed(self, feed, entries, scope="shop", tell=True):
        """Adds entries to a feed and sends them."""
        with self.lock:
            kept = self.feeds.setdefault((scope, feed), [])
            first = len(kept) + 1
            kept.extend(entries)
            if tell:
                self._send_entries(scope, feed, first)

    def set(self, feed, key, value, scope="shop"):
        """Sets a key of a state feed."""
        self.feed(feed, [{"key": key, "value": value}], scope)

    def wait_fed(self, *feeds, seconds=30.0):
        """Waits until the shop's cursors say that it has all of the feeds (all feeds when none is named)."""
        end = time.monotonic() + seconds
        while True:
            with self.lock:
                wanted = [key for key in self.feeds if not feeds or key[1] in feeds]
                behind = [
                    key for key in wanted
                    if self.cursors.get(key) != (self._feed_epoch(*key), len(self.feeds[key]))]
            if not behind:
                return
            assert time.monotonic() < end, f"the shop is behind with {behind} after {seconds:g} s: {self.cursors}"
            time.sleep(0.02)

    # Products, stock and rights

    @property
    def edge(self):
        return f"edge.{self.incarnations[-1]}"

    def wait_incarnation(self, seconds=20.0):
        end = time.monotonic() + seconds
        while not self.incarnations:
            assert time.monotonic() < end, "the shop told no cursor"
            time.sleep(0.02)
        return self.incarnations[-1]

    def row(self, sku):
        return self.rows.setdefault(sku, {"holder": "hq", "created": 0, "given": {}, "spent": 0})

    def _row_copy(self, sku):
        row = self.row(sku)
        return {**row, "given": dict(row["given"])}

    def stock(self, units, keep=0, cause="opening"):
        """Units come to the shop with all rights but `keep` each; `units` maps SKU to number."""
        self.wait_incarnation()
        entries = []
        with self.lock:
            for sku, count in units.items():
                row = self.row(sku)
                row["created"] += count
                row["given"][self.edge] = row["given"].get(self.edge, 0) + count - keep
                entries.append(
                    {"type": "delta", "sku": sku, "quantity": count, "cause": cause, "rights": self._row_copy(sku)})
            self.feed("stock", entries)

    def place(self, order, lines, code, customer=None, parcel=None, collect_by=None, **more):
        """A paid order for this shop; `lines` maps SKU to number."""
        with self.lock:
            entry_lines = []
            for sku, count in lines.items():
                line = {"sku": sku, "quantity": count}
                if parcel is None:
                    self.row(sku)["spent"] += count
                    line["rights"] = self._row_copy(sku)
                entry_lines.append(line)
            entry = {
                "type": "placed", "order": order, "code": code,
                "source": {"fromParcel": parcel} if parcel else "fromStock", "lines": entry_lines,
                "placedAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), **more}
            if customer:
                entry["customer"] = customer
            if collect_by:
                entry["collectBy"] = collect_by
            self.feed("orders", [entry])

    # Looking

    def of_type(self, kind):
        with self.lock:
            return [event for event in self.events if event["type"] == kind]

    def wait_event(self, kind, /, seconds=15.0, **data):
        """Waits for an event of a type whose data have these values."""
        end = time.monotonic() + seconds
        while True:
            for event in self.of_type(kind):
                if all(event["data"].get(name) == value for name, value in data.items()):
                    return event
            assert time.monotonic() < end, (
                f"no {kind} with {data} within {seconds:g} s; heard {[e['type'] for e in self.events][-30:]}")
            time.sleep(0.02)

    def on_hand(self):
        """What is on hand by SKU, summed from the changes that the shop told."""
        totals = {}
        with self.lock:
            for event in self.events:
                change = event["data"].get("change")
                if change is not None:
                    sku = event["data"]["sku"]
                    totals[sku] = totals.get(sku, 0) + change.get("onHand", 0)
        return totals
