"""The shop's broker as it is installed: the files of devices/broker, with the ports and folders of a test."""

import json
import os
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import threading
import uuid

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from .authority import Authority
from .broker import MOSQUITTO
from .processes import REPOSITORY, Process, free_port, wait_until

SHIPPED = REPOSITORY / "devices" / "broker"
ACCESS = SHIPPED / "broker-access"
CONTROL = "$CONTROL/dynamic-security/v1"


class Client:
    """A client that keeps what it hears and how its subscriptions were answered."""

    def __init__(self, port, user=None, password=None, version=5, client_id=None, tls=None, websocket=None, will=None,
                 host="127.0.0.1", keepalive=60, connect=True):
        self.user = user
        self.heard = []
        self.granted = {}
        self.published = {}
        self.answer = None
        self.ended = threading.Event()
        self.changed = threading.Condition()
        self.waiting = {}
        self.version = version
        self.client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=client_id or f"test-{uuid.uuid4().hex[:8]}", reconnect_on_failure=False,
            protocol=mqtt.MQTTv5 if version == 5 else mqtt.MQTTv311, transport="tcp" if websocket is None else "websockets")
        if user is not None:
            self.client.username_pw_set(user, password)
        if tls is not None:
            self.client.tls_set_context(tls)
        if websocket is not None:
            self.client.ws_set_options(path=websocket.get("path", "/mqtt"), headers=websocket.get("headers"))
        if will:
            self.client.will_set(*will)
        self.client.on_connect = self._connected
        self.client.on_connect_fail = lambda *_: self._set("answer", "failed")
        self.client.on_disconnect = lambda *_: self.ended.set()
        self.client.on_subscribe = self._subscribed
        self.client.on_publish = self._published
        self.client.on_message = self._take
        self.place = (host, port, keepalive)
        if connect:
            self.open()

    def open(self, seconds=15):
        """Connects, and waits for the broker's answer, whatever it is."""
        try:
            self.client.connect(*self.place)
        except (OSError, ValueError, mqtt.WebsocketConnectionError) as error:
            self.answer = f"failed: {error}"
            return self
        self.client.loop_start()
        wait_until(lambda: self.answer is not None or self.ended.is_set(), seconds, f"the broker's answer to {self.user}")
        return self

    @property
    def is_in(self):
        return self.answer == 0

    def _set(self, name, value):
        with self.changed:
            setattr(self, name, value)
            self.changed.notify_all()

    def _connected(self, _client, _userdata, _flags, reason, _properties):
        self._set("answer", 0 if not reason.is_failure else reason.value)

    def _subscribed(self, _client, _userdata, message, reasons, _properties):
        with self.changed:
            self.granted[message] = not reasons[0].is_failure
            self.changed.notify_all()

    def _published(self, _client, _userdata, message, reason, _properties):
        with self.changed:
            self.published[message] = not reason.is_failure
            self.changed.notify_all()

    def _take(self, _client, _userdata, message):
        with self.changed:
            self.heard.append(message)
            self.changed.notify_all()

    def _await(self, condition, seconds, what):
        with self.changed:
            assert self.changed.wait_for(condition, seconds), f"{what} did not happen within {seconds} s"

    def subscribe(self, topic, seconds=15):
        """Whether the broker grants the subscription."""
        status, message = self.client.subscribe(topic, qos=1)
        assert status == mqtt.MQTT_ERR_SUCCESS, f"{self.user} is not connected"
        self._await(lambda: message in self.granted or self.ended.is_set(), seconds, f"an answer to subscribing {topic}")
        return self.granted.get(message, False)

    def publish(self, topic, payload, seconds=15, qos=1, retain=False, properties=None):
        """Publishes and waits for the acknowledgement; with MQTT 5, whether the broker says it is allowed."""
        done = self.client.publish(topic, payload, qos=qos, retain=retain, properties=properties)
        if qos:
            self._await(lambda: done.mid in self.published or self.ended.is_set(), seconds, f"an answer to {topic}")
        return self.published.get(done.mid, False)

    def topics(self, mark):
        """Where a payload that begins with `mark` was heard."""
        with self.changed:
            return {message.topic for message in self.heard if message.payload.startswith(mark)}

    def wait_heard(self, payload, seconds=15):
        self._await(lambda: any(message.payload == payload for message in self.heard), seconds, f"hearing {payload}")

    def control(self, *commands, seconds=15):
        """Sends commands to the dynamic-security plugin; returns its responses."""
        if "control" not in self.waiting:
            assert self.subscribe(CONTROL + "/response")
            self.waiting["control"] = True
        marks = []
        for command in commands:
            mark = uuid.uuid4().hex
            marks.append(mark)
            self.publish(CONTROL, json.dumps({"commands": [{**command, "correlationData": mark}]}))
        found = {}

        def answered():
            for message in self.heard:
                if message.topic == CONTROL + "/response":
                    for response in json.loads(message.payload)["responses"]:
                        found[response.get("correlationData")] = response
            return all(mark in found for mark in marks)
        self._await(answered, seconds, f"answers to {commands}")
        return [found[mark] for mark in marks]

    def stop(self):
        self.client.disconnect()
        self.client.loop_stop()


class SecureBroker:
    """The installed broker: accounts made by broker-access, certificates by an authority, listeners on free ports."""

    NAMES = ("DNS:localhost", "DNS:box-1", "DNS:box-1.local", "IP:127.0.0.1")

    def __init__(self, folder, authority=None, changes=()):
        self.folder = pathlib.Path(folder)
        self.state, self.secrets, self.etc = (self.folder / name for name in ("broker-state", "secrets", "broker-etc"))
        self.etc.mkdir(parents=True)
        self.authority = authority or Authority(self.folder / "authority", "Shop S1")
        self.plain, self.tls, self.certificates, self.websocket = (free_port() for _ in range(4))
        self.serve(*self.authority.issue("server", "box-1", self.NAMES))
        shutil.copy(self.authority.certificate, self.etc / "ca.crt")
        text = (SHIPPED / "mosquitto.conf").read_text()
        for port, own in ((1883, self.plain), (8883, self.tls), (8884, self.certificates), (9001, self.websocket)):
            text, count = re.subn(rf"^listener {port}\b(?: 127\.0\.0\.1)?", f"listener {own} 127.0.0.1", text, flags=re.M)
            assert count == 1, f"mosquitto.conf has no listener {port}"
        text = text.replace("/var/lib/edged-broker", str(self.state)).replace("/etc/edged/broker", str(self.etc))
        for old, new in changes:
            assert old in text, f"mosquitto.conf has no {old!r}"
            text = text.replace(old, new)
        if os.geteuid() == 0:
            text += "user root\n"
        self.configuration = self.folder / "mosquitto.conf"
        self.configuration.write_text(text)
        self.process = Process("the shop's broker", [MOSQUITTO, "-c", self.configuration], self.folder / "broker.log")
        self.clients = []

    def serve(self, certificate, key):
        """Puts a certificate where the broker and nginx look for it."""
        shutil.copy(certificate, self.etc / "server.crt")
        shutil.copy(key, self.etc / "server.key")

    @property
    def access_file(self):
        return self.state / "dynamic-security.json"

    def access(self, verb, **environment):
        """Runs the packaged broker-access."""
        owner = "root" if os.geteuid() == 0 else str(os.geteuid())
        return subprocess.run(
            [ACCESS, verb, "--state", self.state, "--secrets", self.secrets, "--roles", SHIPPED / "roles.json",
             "--owner", owner], capture_output=True, text=True, timeout=60, check=False,
            env={**os.environ, **environment})

    def prepare(self):
        done = self.access("prepare")
        assert done.returncode == 0, done.stderr
        return self

    def start(self, wait=True):
        self.process.start()
        if wait:
            wait_until(self._starts, 15, "the broker listening")
        return self

    def _starts(self):
        assert self.process.is_running, f"the broker ended:\n{self.process.said()}"
        return self.listens()

    def listens(self):
        """Whether it listens; the last of its listeners is opened last."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.websocket)) == 0

    def password(self, account):
        names = {"agent": "devices-password", "admin": "broker-admin-password"}
        return (self.secrets / names.get(account, f"{account}-password")).read_text().strip()

    def client(self, user=None, password=None, port=None, **options):
        """A client; the password of the box's own accounts is found."""
        if user in ("agent", "admin", "technician", "probe") and password is None:
            password = self.password(user)
        client = Client(port or self.plain, user, password, **options)
        self.clients.append(client)
        return client

    def trust(self, authority=None, certificate=None, key=None):
        """A TLS context that trusts the shop's authority, with a client's certificate when one is given."""
        context = ssl.create_default_context(cafile=str((authority or self.authority).certificate))
        if certificate:
            context.load_cert_chain(certificate, key)
        return context

    def enrol(self, device, password="secret", staff=False, roles=(), by=None):
        """What the agent does to enrol a device: an account, and a role for its own branch."""
        agent = by or self.client("agent")
        branch = f"shop/v1/{device}"
        says = [branch, f"{branch}/ask/#", f"{branch}/do/#", f"{branch}/presence"]
        hears = [f"{branch}/reply/#", f"{branch}/show/#", f"{branch}/presence"]
        acls = [{"acltype": "publishClientSend", "topic": topic, "priority": 0, "allow": True} for topic in says]
        acls += [{"acltype": kind, "topic": topic, "priority": 0, "allow": True} for topic in hears
                 for kind in ("publishClientReceive", "subscribePattern")]
        names = [f"branch-{device}", "device", *(["staff"] if staff else []), *roles]
        answers = agent.control(
            {"command": "createRole", "rolename": f"branch-{device}", "acls": acls},
            {"command": "createClient", "username": device, **({"password": password} if password else {}),
             "roles": [{"rolename": name, "priority": 0} for name in names]})
        assert not any("error" in answer for answer in answers), answers
        if by is None:
            agent.stop()

    def stop(self):
        for client in self.clients:
            client.stop()
        self.process.kill()


class Pages:
    """nginx with the shipped site before a broker: the devices' pages and `/mqtt`, over TLS on a port of its own."""

    def __init__(self, broker, changes=()):
        self.folder = broker.folder / "nginx"
        self.own = self.folder / "pages"
        self.own.mkdir(parents=True)
        self.port, self.plain = free_port(), free_port()
        site = (SHIPPED / "nginx.conf").read_text()
        for old, new in (
            ("    listen 443 ssl http2;", f"    listen 127.0.0.1:{self.port} ssl http2;"),
            ("    listen [::]:443 ssl http2;\n", ""),
            ("    listen 80;", f"    listen 127.0.0.1:{self.plain};"), ("    listen [::]:80;\n", ""),
            ("/etc/edged/broker", str(broker.etc)), ("127.0.0.1:9001", f"127.0.0.1:{broker.websocket}"),
            ("/var/www/edged", str(self.own)), ("/usr/share/edged/pages", str(SHIPPED / "pages")),
            ("/var/log/nginx", str(self.folder)), *changes,
        ):
            assert old in site, f"nginx.conf has no {old!r}"
            site = site.replace(old, new)
        user = "user root;\n" if os.geteuid() == 0 else ""
        (self.folder / "nginx.conf").write_text(
            f"{user}daemon off;\nworker_processes 1;\npid {self.folder}/nginx.pid;\nerror_log {self.folder}/error.log;\n"
            "events { worker_connections 256; }\nhttp {\ninclude /etc/nginx/mime.types;\n"
            f"access_log {self.folder}/access.log;\n"
            + "".join(f"{kind}_temp_path {self.folder}/{kind};\n"
                      for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
            + site + "\n}\n")
        self.process = Process(
            "nginx", [shutil.which("nginx") or "/usr/sbin/nginx", "-e", self.folder / "error.log", "-c",
                      self.folder / "nginx.conf"], self.folder / "nginx.log")

    def start(self):
        self.process.start()
        wait_until(self._listens, 15, "nginx listening")
        return self

    def _listens(self):
        assert self.process.is_running, f"nginx ended:\n{self.process.said()}"
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self):
        self.process.stop()
