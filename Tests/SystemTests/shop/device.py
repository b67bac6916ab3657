"""A device of the shop on a public MQTT client: it sends with an id, and again with the same id until it is answered."""

import json
import threading
import time
import uuid

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties


class Device:
    """A scanner, tablet, till or mirror.

    `ask` and `do` wait for the reply. A command whose reply does not come is sent again after `first_retry` seconds,
    doubling to 30 (DESIGN §7).
    """

    def __init__(self, port, name, version=5, first_retry=2.0):
        self.name = name
        self.version = version
        self.first_retry = first_retry
        self.changed = threading.Condition()
        #: Every reply in the order of arrival, as JSON.
        self.replies = []
        #: The same by id.
        self.by_id = {}
        #: Raw messages on any other topic of this device: (topic, payload, properties).
        self.shown = []
        self.subscribed = threading.Event()
        protocol = mqtt.MQTTv5 if version == 5 else mqtt.MQTTv311
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=f"device-{name}-{uuid.uuid4().hex[:6]}",
                                  protocol=protocol)
        self.client.max_inflight_messages_set(200)
        self.client.reconnect_delay_set(1, 1)
        self.client.on_connect = lambda client, *_: client.subscribe(
            [(f"shop/v1/{name}/reply/#", 1), (f"shop/v1/{name}/show/#", 1)])
        self.client.on_subscribe = lambda *_: self.subscribed.set()
        self.client.on_message = self._take
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        assert self.subscribed.wait(10), f"{name} could not subscribe"

    def _take(self, _client, _userdata, message):
        with self.changed:
            if message.topic.endswith("/reply"):
                reply = json.loads(message.payload)
                self.replies.append(reply)
                if reply["id"] is not None:
                    self.by_id.setdefault(reply["id"].lower(), []).append(reply)
            else:
                self.shown.append((message.topic, message.payload, message.properties))
            self.changed.notify_all()

    def publish(self, topic, payload, retain=False, properties=None):
        """Publishes a payload on `shop/v1/<device><topic>` or, beginning with `shop/`, anywhere."""
        if isinstance(payload, (dict, list)):
            payload = json.dumps(payload, separators=(",", ":"), ensure_ascii=False)
        place = topic if topic.startswith("shop/") else f"shop/v1/{self.name}{topic}"
        return self.client.publish(place, payload, qos=1, retain=retain, properties=properties)

    def request(self, branch, verb, fields, timeout=30.0):
        """Sends a message until it is answered with something other than `later`; returns that reply."""
        message = {"id": str(uuid.uuid4()), **fields}
        identity = message["id"].lower()
        payload = json.dumps(message, separators=(",", ":"), ensure_ascii=False)
        topic = f"/{branch}/{verb}" if branch else ""
        end, pause, seen = time.monotonic() + timeout, self.first_retry, len(self.by_id.get(identity, []))
        while True:
            self.publish(topic, payload)
            again = time.monotonic() + pause
            with self.changed:
                while True:
                    answers = self.by_id.get(identity, [])
                    final = [reply for reply in answers[seen:] if reply["outcome"] != "later"]
                    if final:
                        return final[0]
                    now = time.monotonic()
                    if now >= end:
                        raise AssertionError(
                            f"{self.name} had no answer to {verb} {message} within {timeout:g} s; heard {answers}")
                    if now >= again:
                        break
                    self.changed.wait(min(again, end) - now)
            pause = min(pause * 2, 30)

    def ask(self, verb, timeout=30.0, **fields):
        return self.request("ask", verb, fields, timeout)

    def do(self, verb, timeout=30.0, **fields):
        return self.request("do", verb, fields, timeout)

    def done(self, verb, timeout=30.0, **fields):
        """A command that must succeed; returns its result."""
        reply = self.do(verb, timeout, **fields)
        assert reply["outcome"] == "done", reply
        return reply.get("result")

    def refused(self, verb, code, **fields):
        """A command that must be refused with a code; returns the problem."""
        reply = self.do(verb, **fields)
        assert reply["outcome"] == "refused" and reply["problem"]["code"] == code, reply
        return reply["problem"]

    def expect(self, topic, payload, seconds=10.0, **options):
        """Publishes something that may carry no id, and returns the next reply."""
        with self.changed:
            before = len(self.replies)
        self.publish(topic, payload, **options)
        return self.next_reply(before, seconds)

    def next_reply(self, before, seconds=10.0):
        end = time.monotonic() + seconds
        with self.changed:
            while len(self.replies) <= before:
                left = end - time.monotonic()
                assert left > 0, f"{self.name} was not answered within {seconds:g} s"
                self.changed.wait(left)
            return self.replies[before]

    def scan(self, code, seconds=10.0):
        """Publishes a bare code; returns the reply."""
        return self.expect("/ask/scan", code, seconds)

    def card(self, code):
        """A scan that must succeed; returns the card."""
        reply = self.scan(code)
        assert reply["outcome"] == "done", reply
        return reply["result"]

    def with_response_topic(self, topic, payload, response_topic, correlation):
        """Sends with the MQTT 5 properties; what comes back appears in `shown`."""
        properties = Properties(PacketTypes.PUBLISH)
        properties.ResponseTopic = response_topic
        properties.CorrelationData = correlation
        return self.publish(topic, payload, properties=properties)

    def stop(self):
        self.client.disconnect()
        self.client.loop_stop()
