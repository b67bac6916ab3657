"""A whole shop with TLS on both links: the packaged broker, headquarters, the agent, one scanner; the box is the test's."""

import json
import os
import pathlib
import subprocess
import uuid

from .authority import Authority
from .broker import MOSQUITTO
from .check import check
from .checks import Box
from .edged import Edged
from .headquarters import Headquarters
from .processes import Process, free_port, program, wait_until
from .secure_broker import SecureBroker

#: All that is above the machine.
ALL = "broker,device,hq,certificates,orders,lanes,feeds,rights"
FLEET = [{"id": "scanner-1", "family": "scanner"}]


class SecureShop:
    """The packaged broker, headquarters behind TLS with client certificates, the agent, and one scanner.

    The agent's clock may begin so many seconds `ago`; the rest of the world is here and now.
    """

    def __init__(self, folder, ago=0):
        self.folder = pathlib.Path(folder)
        self.broker = SecureBroker(self.folder)
        self.agent_port, self.line_port, self.line_tls = free_port(), free_port(), free_port()
        text = self.broker.configuration.read_text()
        text = text.replace(f"listener {self.broker.tls} 127.0.0.1", f"listener {self.broker.tls}")
        # The agent's own door with TLS: it keeps two sessions under one name, which the devices' door does not take.
        text += (f"listener {self.agent_port} 127.0.0.1\ncertfile {self.broker.etc}/server.crt\n"
                 f"keyfile {self.broker.etc}/server.key\n")
        self.broker.configuration.write_text(text)
        self.broker.prepare().start()
        self.broker.enrol("scanner-1", "right")
        self.authority = Authority(self.folder / "headquarters-authority", "Headquarters")
        server = self.authority.issue("server", names=["DNS:localhost"])
        self.box_certificate = self.authority.issue("box", usage="clientAuth")
        line = self.folder / "line.conf"
        line.write_text(
            f"listener {self.line_port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n"
            f"listener {self.line_tls} 127.0.0.1\ncafile {self.authority.certificate}\ncertfile {server[0]}\n"
            f"keyfile {server[1]}\nrequire_certificate true\nmax_queued_messages 100000\nlog_dest stderr\n"
            + ("user root\n" if os.geteuid() == 0 else ""))
        self.line = Process("headquarters' broker", [MOSQUITTO, "-c", line], self.folder / "line.log")
        self.line.start()
        self.line.wait_said("running")
        self.headquarters = self.headquarters_at(self.line_port)
        self.headquarters.start()
        secret = self.broker.secrets / "devices-password"
        self.edged = Edged(self.folder, self.broker.plain, self.line_port, fleet=FLEET)
        self.edged.configuration["devices"] = {
            "host": "localhost", "port": self.agent_port, "ca": str(self.broker.authority.certificate), "username": "agent",
            "passwordFile": str(secret)}
        self.edged.configuration["headquarters"] = {
            "host": "localhost", "port": self.line_tls, "ca": str(self.authority.certificate),
            "certificate": str(self.box_certificate[0]), "key": str(self.box_certificate[1])}
        # The clock of the machine that runs tests says nothing about the shop's: it is the test's, for agent and check.
        self.box = Box(self.folder, self.edged)
        self.set_clock(ago)
        self.edged.start()
        self.scanner = None

    def headquarters_at(self, port):
        """Headquarters' application behind its broker."""
        return Headquarters(port)

    def set_clock(self, ago):
        """The agent's time of day from its next start on, so many seconds ago."""
        self.edged.process.environment = {"LD_PRELOAD": str(self.box.shim), "TEST_CLOCK_AGO": str(ago)}

    def open(self, products, clerks, units):
        """Headquarters tells the shop what there is, and the scanner comes."""
        self.headquarters.feed("catalogue", products)
        self.headquarters.feed("clerks", clerks)
        if units:
            self.headquarters.stock(units)
        self.headquarters.wait_fed()
        return self.scanner_comes()

    def scanner_comes(self):
        """The scanner says that it is there, and listens."""
        self.scanner = self.device("scanner-1", "right")
        self.scanner.subscribe("shop/v1/scanner-1/reply")
        return self

    def presence(self, device):
        """What the agent believes: `online`, `offline`, `never`."""
        return self.edged.control(command="device.show", device=device)["result"]["device"]["presence"]

    def device(self, name, password):
        """A device that says that it is there."""
        device = self.broker.client(name, password, port=self.broker.tls, tls=self.broker.trust())
        assert device.is_in
        device.publish(f"shop/v1/{name}/presence", json.dumps({"state": "here"}), retain=True)
        return device

    def ask(self, verb, **fields):
        """The scanner's message and the agent's reply."""
        mark = str(uuid.uuid4())
        self.scanner.publish(f"shop/v1/scanner-1/{verb}", json.dumps({"id": mark, **fields}))

        def reply():
            heard = [json.loads(message.payload) for message in self.scanner.heard]
            return next((reply for reply in heard if reply.get("id") == mark), None)
        return wait_until(reply, 20, f"the reply to {verb}")

    def reserve(self, sku):
        return self.ask("do/reservation.place", lines=[{"sku": sku}], term={"minutes": 600})

    def health(self):
        return self.edged.control(command="health")["result"]

    def wait_line(self, seconds=40):
        """Waits until headquarters' application answers."""
        wait_until(lambda: self.edged.control(command="hq.ping")["outcome"] == "done", seconds, "the line being up",
                   every=0.2)

    def restart(self, ago=0):
        """What was only in the agent's memory is forgotten; its clock is moved while it is off."""
        self.edged.stop()
        self.set_clock(ago)
        self.edged.start()
        self.wait_line()

    def back_up(self):
        """What the nightly timer does."""
        subprocess.run([program("edgectl"), "backup", "--socket", self.edged.socket], check=True, capture_output=True,
                       timeout=60)

    def check(self, only=ALL, *more, **options):
        """The check of these rungs; of the whole ladder when none is named."""
        return check(self.edged.file, only, "--broker-log", self.broker.process.log, "--root", self.box.root, "--edged",
                     program("edged"), *more, environment={"LD_PRELOAD": str(self.box.shim)}, **options)

    def whole(self, **options):
        """The check as a technician runs it: of everything."""
        return self.check(None, **options)

    def close(self):
        self.headquarters.stop()
        self.edged.stop()
        self.broker.stop()
        self.line.kill()
        self.box.close()
