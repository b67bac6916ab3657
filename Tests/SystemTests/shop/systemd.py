"""Systemd's side of a service: the socket that it listens on, and the variables that it sets."""

import os
import socket
import threading
import time


class Systemd:
    """Hears what a service says of itself; a context manager."""

    def __init__(self, folder, watchdog_seconds=None):
        self.path = str(folder / "notify.sock")
        self.watchdog_seconds = watchdog_seconds
        #: Every message with the time it came, as a dictionary of its assignments.
        self.heard = []
        self.changed = threading.Condition()
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    @property
    def environment(self):
        """What a service is started with."""
        variables = {"NOTIFY_SOCKET": self.path}
        if self.watchdog_seconds:
            variables["WATCHDOG_USEC"] = str(int(self.watchdog_seconds * 1_000_000))
        return variables

    def _listen(self):
        while True:
            message = self.socket.recv(4096)
            if not message:
                return
            facts = dict(line.split("=", 1) for line in message.decode().splitlines() if "=" in line)
            with self.changed:
                self.heard.append((time.monotonic(), facts))
                self.changed.notify_all()

    def count(self, name):
        """How often something was said."""
        with self.changed:
            return sum(name in facts for _, facts in self.heard)

    def last(self, name):
        """The last value of a name; None when it was never said."""
        with self.changed:
            return next((facts[name] for _, facts in reversed(self.heard) if name in facts), None)

    def wait(self, name, times=1, seconds=20.0):
        """Waits until something was said so often."""
        end = time.monotonic() + seconds
        with self.changed:
            while sum(name in facts for _, facts in self.heard) < times:
                left = end - time.monotonic()
                assert left > 0, f"{name} was not said {times} times within {seconds:g} s: {self.heard[-5:]}"
                self.changed.wait(left)

    def close(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.sendto(b"", self.path)
        self.thread.join(5)
        self.socket.close()
        os.unlink(self.path)
