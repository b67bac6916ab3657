"""A tap on a broker: every message that anybody publishes, kept to be judged against the contract afterwards."""

import base64
import json
import threading

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion


class Tap:
    """Listens to all topics of a broker and writes each message to a file, a JSON object a line."""

    def __init__(self, side, port, file):
        self.side = side
        self.lock = threading.Lock()
        self.messages = []
        self.output = open(file, "a", encoding="utf-8")
        self.client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=f"tap-{side}-{port}", protocol=mqtt.MQTTv5)
        self.client.on_connect = lambda client, *_: client.subscribe(
            "#", options=mqtt.SubscribeOptions(qos=1, retainAsPublished=True))
        self.client.on_message = self._keep
        self.client.reconnect_delay_set(1, 1)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()

    def _keep(self, _client, _userdata, message):
        with self.lock:
            if self.output.closed:
                return
            self.messages.append(message)
            self.output.write(json.dumps({
                "side": self.side, "topic": message.topic, "retain": bool(message.retain),
                "payload": base64.b64encode(message.payload).decode()}) + "\n")

    def on(self, topic):
        """The payloads seen on a topic."""
        with self.lock:
            return [message.payload for message in self.messages if message.topic == topic]

    def stop(self):
        self.client.disconnect()
        self.client.loop_stop()
        with self.lock:
            self.output.close()
