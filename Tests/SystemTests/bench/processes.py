"""What is measured and what measures it: brokers, edged, the bare responder, headquarters and loads, all on loopback."""

import json
import os
import pathlib
import secrets
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
PROGRAMS = ROOT / ".build" / "release"
SHOP = "bench"


class Problem(Exception):
    """Why a measurement could not be made."""


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_until(what, condition, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.002)
    raise Problem(f"{what}: not within {seconds} s")


class Process:
    """A process that is stopped by its own id, with its output in a file."""

    def __init__(self, name, words, folder):
        self.name = name
        self.words = [str(word) for word in words]
        self.log = pathlib.Path(folder) / f"{name}.log"
        self.process = None

    def start(self):
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(self.words, stdout=log, stderr=subprocess.STDOUT)
        return self

    def said(self, text):
        if self.process.poll() is not None:
            raise Problem(f"{self.name} ended with {self.process.returncode}:\n{self.tail()}")
        return text.encode() in self.log.read_bytes()

    def wait_said(self, text, seconds=30):
        try:
            wait_until(f"{self.name} saying {text}", lambda: self.said(text), seconds)
        except Problem as problem:
            raise Problem(f"{problem}\n{self.tail()}") from None
        return self

    def tail(self):
        return self.log.read_text("utf-8", "replace")[-2000:]

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Broker(Process):
    """mosquitto with a plain and a TLS listener, without limits that would drop silently."""

    def __init__(self, name, folder, certificate):
        self.port, self.tls_port = free_port(), free_port()
        file = folder / f"{name}.conf"
        key, chain = certificate
        file.write_text(
            f"listener {self.port} 127.0.0.1\nlistener {self.tls_port} 127.0.0.1\ncertfile {chain}\nkeyfile {key}\n"
            "allow_anonymous true\nmax_queued_messages 0\nmax_inflight_messages 0\nset_tcp_nodelay true\n"
            "user root\nlog_type error\nlog_type warning\n")
        super().__init__(name, [mosquitto(), "-c", file], folder)

    def start(self):
        super().start()
        wait_until(f"{self.name} listening", self.listens, 10)
        return self

    def listens(self):
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self.tls_port)) == 0


def mosquitto():
    for place in ("/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/usr/bin/mosquitto"):
        if os.path.exists(place):
            return place
    raise Problem("mosquitto is not installed; `make setup` installs it")


def certificate(folder):
    """A key and a certificate for 127.0.0.1 that vouches for itself."""
    key, chain = folder / "broker.key", folder / "broker.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", chain],
        check=True, capture_output=True)
    os.chmod(key, 0o644)
    return key, chain


class Edged(Process):
    """edged, with a state folder and its limits out of the way."""

    def __init__(self, folder, state, shop_broker, hq_broker, tls=None, prefix=(), name="edged"):
        self.state = folder / state
        self.state.mkdir(exist_ok=True)
        key = folder / "vault-key"
        if not key.exists():
            os.close(os.open(key, os.O_CREAT | os.O_WRONLY, 0o600))
            key.write_bytes(secrets.token_bytes(32))
        configuration = {
            "shop": {"id": SHOP}, "stateDirectory": str(self.state), "controlSocket": str(folder / f"{name}.sock"),
            "devices": address(shop_broker, tls), "headquarters": address(hq_broker, tls),
            "vault": {"keyFile": str(key)},
            "fleet": [{"id": f"tablet-{number}", "family": "tablet"} for number in range(512)]
            + [{"id": "till-0", "family": "till"}],
            "limits": {"commandsPerSecond": 1_000_000, "questionsPerSecond": 1_000_000,
                       "reservationsPerMinute": 1_000_000},
        }
        file = folder / f"{name}.json"
        file.write_text(json.dumps(configuration))
        super().__init__(name, [*prefix, PROGRAMS / "edged", "--config", file], folder)

    def start(self):
        """Starts it; returns when it says that it is ready and connected to the shop's broker."""
        begin = time.monotonic()
        super().start()
        self.wait_said("edged.ready", 60)
        self.ready_milliseconds = (time.monotonic() - begin) * 1000
        self.wait_said("shopBroker.questions.connected").wait_said("shopBroker.connected")
        return self

    @property
    def pid(self):
        return self.process.pid

    def memory_kibibytes(self):
        """Proportional set size, anonymous part and resident set size (proc(5), smaps_rollup)."""
        rows = {}
        for line in pathlib.Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines()[1:]:
            name, value = line.split(":")
            rows[name] = int(value.split()[0])
        return rows["Pss"], rows["Anonymous"], rows["Rss"]

    def voluntary_switches(self):
        """How often its threads have waited and been woken up, in all."""
        total = 0
        for status in pathlib.Path(f"/proc/{self.pid}/task").glob("*/status"):
            for line in status.read_text().splitlines():
                if line.startswith("voluntary_ctxt_switches"):
                    total += int(line.split()[1])
        return total


def address(broker, tls):
    if tls is None:
        return {"host": "127.0.0.1", "port": broker.port}
    return {"host": "127.0.0.1", "port": broker.tls_port, "ca": str(tls[1])}


class Headquarters(Process):
    """Feeds the assortment and receipts every event."""

    def __init__(self, folder, broker, assortment, name="headquarters"):
        super().__init__(
            name, [PROGRAMS / "edge-bench", "headquarters", "--port", broker.port, "--shop", SHOP, "--assortment",
                   assortment], folder)

    def start(self):
        super().start()
        return self.wait_said("listening", 10)

    def bursts(self):
        """Events that came without a rest between them, and how fast."""
        rows = [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]
        return [row for row in rows if "events" in row]


class Loads:
    """Devices that ask and wait."""

    def __init__(self, port, assortment):
        self.port, self.assortment, self.number = port, assortment, secrets.randbelow(1 << 20) << 8

    def begin(self, **options):
        self.number += 1
        words = [PROGRAMS / "edge-bench", "load", "--port", self.port, "--assortment", self.assortment,
                 "--number", self.number]
        for name, value in options.items():
            words += [f"--{name.replace('_', '-')}", value]
        return subprocess.Popen([str(word) for word in words], stdout=subprocess.PIPE)

    def end(self, load, needs_done=True):
        output, _ = load.communicate(timeout=240)
        if load.returncode != 0:
            raise Problem(f"the load {load.args[1:]} ended with {load.returncode}")
        result = json.loads(output)
        if result["unanswered"] or (needs_done and result["done"] != result["answered"]):
            raise Problem(f"the load {load.args[1:]} was not answered as it should be: {result}")
        return result

    def run(self, **options):
        return self.end(self.begin(**options))


def compiled(folder, name, *options):
    """A C source beside this file, as a program or library in the folder."""
    result = folder / name
    source = pathlib.Path(__file__).with_name(f"{name}.c")
    subprocess.run([os.environ.get("CC", "cc"), "-O2", "-Wall", "-o", result, source, *options], check=True)
    return result


def commits(folder, count):
    """Durable commits of one row each, in microseconds."""
    output = subprocess.run(
        [PROGRAMS / "edge-bench", "commits", "--folder", folder, "--count", str(count)], check=True,
        capture_output=True, timeout=60).stdout
    return json.loads(output)
