"""A mosquitto of a test's own on loopback."""

import os
import shutil
import socket

from .processes import Process, free_port, wait_until

MOSQUITTO = shutil.which("mosquitto") or "/usr/sbin/mosquitto"


class Broker:
    """A broker with its own port, configuration and folder; its port stays the same over restarts."""

    def __init__(self, folder, name, persistence=False, lines=()):
        self.folder = folder / name
        self.folder.mkdir(parents=True)
        self.name = name
        self.port = free_port()
        configuration = self.folder / "mosquitto.conf"
        lines = [
            f"listener {self.port} 127.0.0.1", "allow_anonymous true", "set_tcp_nodelay true",
            "max_inflight_messages 256", "max_queued_messages 100000", "max_queued_bytes 0", "message_size_limit 262144",
            f"persistence {'true' if persistence else 'false'}", f"persistence_location {self.folder}/",
            *lines, "autosave_interval 1", "log_dest stderr", "log_type error", "log_type warning", "log_type notice",
        ]
        if os.geteuid() == 0:
            lines.append("user root")
        configuration.write_text("\n".join(lines) + "\n")
        self.process = Process(f"broker {name}", [MOSQUITTO, "-c", configuration], self.folder / "broker.log")

    def start(self):
        self.process.start()
        wait_until(self._listens, 10, f"the broker {self.name} listening on {self.port}")
        return self

    def _listens(self):
        assert self.process.is_running, f"{self.name} ended:\n{self.process.said()}"
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self):
        self.process.stop()

    def kill(self):
        self.process.kill()
