"""Processes that a test starts and ends by their id, free ports, and waits that always end."""

import os
import pathlib
import signal
import socket
import subprocess
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[3]


#: Ports that were given to somebody who may not listen yet.
GIVEN = set()


def free_port():
    """A port of loopback that nobody listens on at this moment, and that nobody else of this run was given."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        if port not in GIVEN:
            GIVEN.add(port)
            return port


def wait_until(condition, seconds=10.0, what="what the test waits for", every=0.02):
    """Waits until `condition()` is true and returns what it gave; fails after `seconds` with `what`."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= end:
            raise AssertionError(f"{what} did not happen within {seconds:g} s")
        time.sleep(every)


def program(name):
    """The path of one of our programs: the environment's word (EDGED, EDGE_HQ, EDGECTL), else a release, else a debug build."""
    named = os.environ.get(name.upper().replace("-", "_"))
    candidates = [named] if named else [REPOSITORY / ".build" / kind / name for kind in ("release", "debug")]
    for candidate in candidates:
        if os.access(candidate, os.X_OK):
            return str(candidate)
    raise AssertionError(f"{name} is not built; looked at {', '.join(map(str, candidates))}")


class Process:
    """A child process with its output in a file; it can be stopped, killed and started again."""

    def __init__(self, name, arguments, log, environment=None):
        self.name = name
        self.arguments = [str(argument) for argument in arguments]
        self.log = pathlib.Path(log)
        self.environment = environment
        self.child = None
        self.log_start = 0

    def start(self, prefix=()):
        """Starts it, with a program before it when one is to watch it."""
        assert not self.is_running, f"{self.name} runs already"
        self.log_start = self.log.stat().st_size if self.log.exists() else 0
        with open(self.log, "ab") as output:
            self.child = subprocess.Popen(
                [*map(str, prefix), *self.arguments], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                env=None if self.environment is None else {**os.environ, **self.environment},
                start_new_session=True)
        return self

    @property
    def is_running(self):
        return self.child is not None and self.child.poll() is None

    @property
    def exit_code(self):
        return None if self.child is None else self.child.poll()

    def said(self):
        """What it said since its last start."""
        if not self.log.exists():
            return ""
        with open(self.log, "rb") as output:
            output.seek(self.log_start)
            return output.read().decode("utf-8", "replace")

    def wait_said(self, text, seconds=15.0, times=1):
        """Waits for a text in what it says; fails at once when the process ends."""
        def heard():
            if self.said().count(text) >= times:
                return True
            if not self.is_running and self.said().count(text) < times:
                raise AssertionError(f"{self.name} ended with {self.exit_code} before it said {text!r}:\n{self.said()}")
            return False
        wait_until(heard, seconds, f"{self.name} saying {text!r}")

    def wait_end(self, seconds=15.0):
        """Waits for its end; returns its exit code."""
        try:
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} did not end within {seconds:g} s") from None

    def stop(self, seconds=10.0):
        """Asks it to end, and ends it when it does not."""
        if not self.is_running:
            return self.exit_code
        self.child.send_signal(signal.SIGTERM)
        try:
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.name} did not stop within {seconds:g} s of SIGTERM") from None

    def kill(self):
        """Ends it as a power cut does."""
        if self.is_running:
            self.child.send_signal(signal.SIGKILL)
            self.child.wait(10)
