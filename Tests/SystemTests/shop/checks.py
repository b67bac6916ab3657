"""edgectl check against a box whose clock, zone and time servers belong to the test."""

import datetime
import json
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import threading
import time

from .processes import program

SHIM = r"""
// The kernel's word on its clock, as the test wants it: this machine's own says nothing about what is tested.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

int adjtimex(struct timex *state) {
    const char *wanted = getenv("TEST_CLOCK");
    // As under the unit's system-call filter.
    if (wanted != NULL && strcmp(wanted, "forbidden") == 0) {
        errno = EPERM;
        return -1;
    }
    int is_synchronised = wanted == NULL || strcmp(wanted, "free") != 0;
    memset(state, 0, sizeof *state);
    state->status = is_synchronised ? 0 : STA_UNSYNC;
    return is_synchronised ? TIME_OK : TIME_ERROR;
}

// What the file TEST_CLOCK_FILE says now: a clock that is set while programs look at it.
static long ago_in_file(const char *path) {
    char text[32] = "";
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    if (read(file, text, sizeof text - 1) < 0) text[0] = 0;
    close(file);
    return atol(text);
}

// The time of day, so many seconds ago; other clocks run as they do in a box whose time is set. libfaketime cannot be
// preloaded into programs in Swift: it sets variables before they start, and they no longer find their arguments.
int clock_gettime(clockid_t clock, struct timespec *time) {
    // The next in line, which is faketime's in the test that shifts the tool's own clock.
    static int (*next)(clockid_t, struct timespec *);
    if (next == NULL) next = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int result = next == NULL ? (int)syscall(SYS_clock_gettime, clock, time) : next(clock, time);
    const char *ago = getenv("TEST_CLOCK_AGO");
    if (result == 0 && clock == CLOCK_REALTIME && ago != NULL) time->tv_sec -= atol(ago);
    const char *file = getenv("TEST_CLOCK_FILE");
    if (result == 0 && clock == CLOCK_REALTIME && file != NULL) time->tv_sec -= ago_in_file(file);
    // How many seconds ago the box started.
    const char *started = getenv("TEST_STARTED");
    if (result == 0 && clock == CLOCK_BOOTTIME && started != NULL) time->tv_sec = atol(started);
    return result;
}
"""
MACHINE = "configuration,power,disk,clock,state,agent"


def clock_shim(folder):
    """A library to preload, for the clock that the variables TEST_… tell of."""
    library, source = pathlib.Path(folder) / "clock.so", pathlib.Path(folder) / "clock.c"
    source.write_text(SHIM)
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, source], check=True, timeout=60)
    return library


class TimeServer:
    """Answers SNTP on loopback with the machine's own time, or holds its tongue."""

    def __init__(self, is_silent=False):
        self.is_silent = is_silent
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                question, asker = self.socket.recvfrom(128)
            except OSError:
                return
            if self.is_silent:
                continue
            now = time.time() + 2_208_988_800
            stamp = struct.pack("!II", int(now), int((now % 1) * 2**32))
            head = bytes([0b00_100_100, 2, 6, 0xEC]) + bytes(12)
            self.socket.sendto(head + stamp + question[40:48] + stamp + stamp, asker)

    def close(self):
        self.socket.close()


class Box:
    """What `edgectl check --root` looks at."""

    def __init__(self, folder, edged):
        self.edged = edged
        self.root = pathlib.Path(folder) / "box"
        self.servers = []
        (self.root / "sys/class/rtc/rtc0").mkdir(parents=True)
        (self.root / "usr/share/zoneinfo/Europe").mkdir(parents=True)
        (self.root / "etc/chrony").mkdir(parents=True)
        (self.root / "proc").symlink_to("/proc")
        shutil.copy("/usr/share/zoneinfo/Europe/Paris", self.root / "usr/share/zoneinfo/Europe/Paris")
        self.set_battery(time.time())
        self.shim = clock_shim(folder)
        self.time_server()

    def set_battery(self, seconds):
        (self.root / "sys/class/rtc/rtc0/since_epoch").write_text(f"{int(seconds)}\n")

    def time_server(self, is_silent=False):
        """The one server that the box asks."""
        self.servers.append(TimeServer(is_silent))
        (self.root / "etc/chrony/chrony.conf").write_text(f"# a test's\nserver 127.0.0.1 port {self.servers[-1].port}\n")

    def edgectl(self, *words):
        """A command for this box's agent."""
        return [program("edgectl"), *map(str, words), "--socket", str(self.edged.socket)]

    @staticmethod
    def seconds_ahead(moment):
        """By how much a moment as the agent writes it is ahead of now."""
        return datetime.datetime.fromisoformat(moment).timestamp() - time.time()

    def check(self, *arguments, only=MACHINE, environment=None, preload=(), prefix=(), form="json"):
        """Runs the check; returns its answer, its exit status and how long it took."""
        words = [*prefix, program("edgectl"), "check", "--config", self.edged.file, "--root", self.root, "--format", form,
                 "--edged", program("edged"), *arguments]
        if only:
            words += ["--only", only]
        began = time.monotonic()
        run = subprocess.run(
            [*map(str, words)], capture_output=True, timeout=60, stdin=subprocess.DEVNULL,
            env={**os.environ, "EDGED_SOCKET": str(self.edged.socket), "LC_ALL": "C.UTF-8",
                 "LD_PRELOAD": " ".join(map(str, [*preload, self.shim])), **(environment or {})})
        self.seconds = time.monotonic() - began
        self.status = run.returncode
        assert not run.stderr, run.stderr.decode()
        return json.loads(run.stdout) if form == "json" else run.stdout.decode()

    def problems(self, *arguments, **options):
        """What is not as it should be: the code by the rung's name."""
        self.answer = self.check(*arguments, **options)
        return {rung["name"]: rung["code"] for rung in self.answer["rungs"] if rung["verdict"] in ("fault", "warning")}

    def rung(self, name):
        """A rung of the last answer."""
        return next(rung for rung in self.answer["rungs"] if rung["name"] == name)

    def tell(self, path, text):
        """What a file of the machine says: firmware, sensors and lists are files."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def close(self):
        for server in self.servers:
            server.close()
