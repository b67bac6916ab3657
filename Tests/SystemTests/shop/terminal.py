"""A real terminal, as tmux emulates one."""

import os
import subprocess
import time


class Terminal:
    """A terminal of tmux's own server, in a socket of the test's own."""

    def __init__(self, folder, command, width=80, height=24):
        self.socket = folder / "tmux"
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "TERM": "screen"}
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", str(width), "-y", str(height),
                   f"{command}; echo ended with $?; sleep 60", environment=environment)

    def _tmux(self, *arguments, environment=None):
        return subprocess.run(["tmux", "-u", "-S", str(self.socket), *arguments], check=True, timeout=20,
                              capture_output=True, text=True, env=environment).stdout

    def screen(self):
        return self._tmux("capture-pane", "-p")

    def widest(self):
        """How wide the widest line is as it was written: one that the terminal broke is put together again."""
        return max(len(line.rstrip()) for line in self._tmux("capture-pane", "-p", "-J").splitlines())

    def type(self, *keys):
        self._tmux("send-keys", *keys)

    def resize(self, width, height):
        self._tmux("resize-window", "-x", str(width), "-y", str(height))

    def wait(self, wanted, seconds=20.0):
        """Waits until the screen holds all the texts; returns it."""
        end = time.monotonic() + seconds
        while True:
            screen = self.screen()
            if all(text in screen for text in wanted):
                return screen
            assert time.monotonic() < end, f"{wanted} did not appear:\n{screen}"
            time.sleep(0.2)

    def close(self):
        self._tmux("kill-server")
