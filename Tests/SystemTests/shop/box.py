"""A Debian box in a folder: made by debootstrap once, copied for each test, entered by chroot, booted by systemd-nspawn."""

import atexit
import contextlib
import fcntl
import functools
import hashlib
import ipaddress
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import tempfile
import time
import warnings

import pytest

from .processes import REPOSITORY, program, wait_until

# What a box has before our package comes: all that the package depends on, so that nothing is fetched later.
PACKAGES = [
    "systemd", "systemd-sysv", "dbus", "ca-certificates", "debconf", "iproute2", "jq", "libmosquitto1", "libsqlite3-0",
    "libssl3", "libstdc++6", "locales", "mosquitto", "mosquitto-clients", "openssl", "procps", "qrencode", "tzdata",
]
TOOLS = ["debootstrap", "dpkg-deb", "dpkg-shlibdeps", "lintian", "systemd-nspawn", "nsenter", "ip"]
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8",
               "DEBIAN_FRONTEND": "noninteractive"}


def why_not():
    """Why boxes cannot be made on this machine; nothing when they can."""
    if os.geteuid() != 0:
        return "boxes are made and entered by root"
    if release().get("ID") != "debian":
        return f"programs built on {release().get('ID')} fit no box of Debian's"
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    return f"{', '.join(missing)} are not installed" if missing else None


def release():
    """What Debian says of itself."""
    pairs = (line.split("=", 1) for line in pathlib.Path("/etc/os-release").read_text().splitlines() if "=" in line)
    return {name: value.strip('"') for name, value in pairs}


def mirror(suite):
    """Where this machine's apt fetches Debian from."""
    answer = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(CODENAME) $(COMPONENT) $(REPO_URI)", "Created-By: Packages"],
        capture_output=True, text=True, timeout=60)
    for line in answer.stdout.splitlines():
        codename, component, place = line.split(" ", 2)
        if codename == suite and component == "main" and place.startswith("http"):
            return place
    return "http://deb.debian.org/debian"


def proxy():
    """The environment that makes debootstrap take the way that apt takes."""
    answer = subprocess.run(
        ["apt-config", "shell", "PROXY", "Acquire::http::Proxy"], capture_output=True, text=True, timeout=30).stdout
    named = answer.strip().removeprefix("PROXY=").strip("'")
    return {"http_proxy": named} if named else {}


def base():
    """The folder with a box that nobody changes. It is made once and kept for the next run."""
    suite = release()["VERSION_CODENAME"]
    digest = hashlib.sha256(" ".join(PACKAGES).encode()).hexdigest()[:12]
    folder = REPOSITORY / ".build" / f"debian-{suite}-{digest}"
    folder.parent.mkdir(exist_ok=True)
    with open(folder.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            new = folder.with_suffix(".new")
            subprocess.run(["rm", "-rf", "--one-file-system", new], check=True, timeout=120)
            # What debootstrap mounts stays in a mount namespace of its own, and ends with it.
            made = subprocess.run(
                ["unshare", "--mount", "--propagation=private", "debootstrap", "--variant=minbase",
                 f"--include={','.join(PACKAGES)}", suite, new, mirror(suite)],
                capture_output=True, text=True, timeout=900, env={**os.environ, **proxy()})
            if made.returncode and re.search(r"Failed getting release|[Cc]ouldn't download", made.stdout + made.stderr):
                problem = f"NOT RUN, no box can be made: {mirror(suite)} does not answer"
                warnings.warn(problem, stacklevel=2)
                pytest.skip(problem)
            assert made.returncode == 0, f"debootstrap made no box:\n{made.stdout[-3000:]}{made.stderr[-1000:]}"
            for archive in (new / "var/cache/apt/archives").glob("*.deb"):
                archive.unlink()
            new.rename(folder)
    return folder


class Result:
    """How a command in the box ended."""

    def __init__(self, command, finished):
        self.command = command
        self.code = finished.returncode
        self.output = finished.stdout
        self.complaint = finished.stderr

    def __repr__(self):
        return f"{self.command} ended with {self.code}\n{self.output}{self.complaint}"

    def json(self):
        return json.loads(self.output)


class Box:
    """A box of its own for a test."""

    def __init__(self, folder, name):
        self.root = pathlib.Path(folder) / name
        self.name = name
        subprocess.run(
            ["cp", "-a", "--one-file-system", "--reflink=auto", base(), self.root], check=True, timeout=300)
        self.path("etc/hostname").write_text(name + "\n")
        self.path("etc/machine-id").write_text("")
        self.console = self.root.with_suffix(".console.log")
        self.nspawn = None
        self.leader = None
        #: Addresses of this machine and of the box on the wire between them.
        self.here, self.there = None, None

    def path(self, path):
        """A file of the box, as this machine sees it."""
        return self.root / str(path).lstrip("/")

    def run(self, *command, input=None, seconds=300, environment=None):
        """Runs a command in the box: in its running system when it is booted, else by chroot, as who makes images does."""
        inside = [str(word) for word in command]
        finished = subprocess.run(
            [*self.entrance(), *inside], input=input, capture_output=True, text=True, timeout=seconds,
            env={**ENVIRONMENT, **(environment or {})})
        return Result(" ".join(inside), finished)

    def entrance(self):
        """What stands before a command that is to run in the box."""
        if self.leader:
            return ["nsenter", "-t", str(self.leader), "-m", "-u", "-i", "-n", "-p", "--"]
        # /proc is mounted for the command alone.
        return ["unshare", "--mount", "--propagation=private", "sh", "-c",
                'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"', str(self.root)]

    def must(self, *command, **options):
        """Runs a command that must succeed; returns what it printed."""
        result = self.run(*command, **options)
        assert result.code == 0, result
        return result.output

    # The package

    def answers(self, **answers):
        """Puts answers down for the installation's questions, as a chain's image does (debconf-set-selections)."""
        kinds = {"languages": "select", "hq-password": "password", "purge-keeps-ledger": "boolean"}
        lines = [f"edged edged/{name} {kinds.get(name, 'string')} {value}"
                 for name, value in ((key.replace("_", "-"), value) for key, value in answers.items())]
        self.must("debconf-set-selections", input="\n".join(lines) + "\n")

    def install(self, package, **options):
        """Installs a package's file."""
        shutil.copyfile(package, self.path("root/package.deb"))
        return self.run("dpkg", "-i", "/root/package.deb", **options)

    def version(self):
        """The release that is installed, and dpkg's word on it."""
        answer = self.run("dpkg-query", "-W", "-f", "${db:Status-Abbrev} ${Version}", "edged")
        return answer.output.strip() if answer.code == 0 else None

    # Booted

    def boot(self, seconds=60):
        """Boots it with a wire of its own to this machine; returns why not when this machine cannot."""
        tail = f"{random.randrange(1 << 20):05x}"
        network = ipaddress.ip_network(f"198.18.{random.randrange(256)}.{4 * random.randrange(64)}/30")
        self.here, self.there = (str(address) for address in network.hosts())
        with open(self.console, "wb") as console:
            self.nspawn = subprocess.Popen(
                ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--boot", "--network-veth",
                 f"--machine=box-{tail}", "--capability=CAP_SYS_TIME", f"--directory={self.root}"],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.nspawn.poll() is not None:
                return f"systemd-nspawn ended with {self.nspawn.returncode}: {self.console.read_text()[-500:]}"
            self.leader = self._leader()
            if self.leader and self.run("systemctl", "is-system-running").output.strip() in ("running", "degraded"):
                break
            time.sleep(0.2)
        else:
            self.halt()
            return f"systemd was not up within {seconds} s: {self.console.read_text('utf-8', 'replace')[-500:]}"
        subprocess.run(["ip", "addr", "add", f"{self.here}/30", "dev", f"ve-box-{tail}"], check=True, timeout=10)
        subprocess.run(["ip", "link", "set", f"ve-box-{tail}", "up"], check=True, timeout=10)
        self.must("ip", "addr", "add", f"{self.there}/30", "dev", "host0")
        self.must("ip", "link", "set", "host0", "up")
        return None

    def _leader(self):
        """The box's first process, as this machine counts."""
        for status in pathlib.Path("/proc").glob("[0-9]*/status"):
            with contextlib.suppress(OSError):
                lines = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
                inner = lines.get("NSpid", "").split()
                if int(lines["PPid"]) == self.nspawn.pid and inner[-1:] == ["1"] and lines["Name"] == "systemd":
                    return int(lines["Pid"])
        return None

    def halt(self):
        """Ends a booted box."""
        if self.nspawn is None:
            return
        if self.nspawn.poll() is None and self.leader:
            # SIGRTMIN+4 is systemd's word for power off.
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.leader, signal.SIGRTMIN + 4)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.nspawn.wait(30)
        if self.nspawn.poll() is None:
            self.nspawn.kill()
            self.nspawn.wait(10)
        self.nspawn, self.leader = None, None

    def discard(self):
        """Ends it, and removes its folder, never what is mounted in it."""
        self.halt()
        subprocess.run(["rm", "-rf", "--one-file-system", self.root], check=False, timeout=120)

    # systemd inside

    def show(self, unit, *names):
        """Properties of a unit."""
        lines = self.must("systemctl", "show", unit, *[f"--property={name}" for name in names]).splitlines()
        values = dict(line.split("=", 1) for line in lines if "=" in line)
        return values[names[0]] if len(names) == 1 else values

    def main_process(self, unit="edged.service"):
        """The process of a service by the box's own count, 0 when it has none."""
        return int(self.show(unit, "MainPID"))

    def wait_active(self, unit="edged.service", seconds=60):
        wait_until(lambda: self.show(unit, "ActiveState") == "active", seconds, f"{unit} being active", every=0.2)

    def journal(self, unit="edged.service"):
        """What a unit said, as the journal has it."""
        lines = self.must("journalctl", "--no-pager", "--output=json", f"--unit={unit}").splitlines()
        return [json.loads(line) for line in lines]

    def said(self, unit="edged.service"):
        return self.must("journalctl", "--no-pager", "--output=cat", f"--unit={unit}")


@functools.cache
def package():
    """The package of this build; made once a run."""
    programs = pathlib.Path(program("edged")).parent
    libraries = subprocess.run(["ldd", programs / "edged"], capture_output=True, text=True, timeout=30).stdout
    assert "libswiftCore" not in libraries, f"{programs}/edged needs Swift's libraries on the box; make build makes one that does not"
    folder = pathlib.Path(tempfile.mkdtemp(prefix="edged-package-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    made = subprocess.run(
        [REPOSITORY / "systemd/package/build.sh", programs, folder], capture_output=True, text=True, timeout=300)
    assert made.returncode == 0, made.stdout + made.stderr
    return pathlib.Path(made.stdout.splitlines()[-1])


def repacked(original, folder, version, schema=None):
    """The same package under another version, and with another form of the state that it says it writes."""
    root = pathlib.Path(folder) / f"repacked-{version}"
    subprocess.run(["dpkg-deb", "--raw-extract", original, root], check=True, timeout=120)
    control = root / "DEBIAN/control"
    control.write_text(re.sub(r"(?m)^Version: .*$", f"Version: {version}", control.read_text()))
    if schema:
        ours = (root / "usr/share/edged/schema").read_text().strip()
        (root / "usr/share/edged/schema").write_text(schema + "\n")
        preinst = root / "DEBIAN/preinst"
        assert f'knows="{ours}"' in preinst.read_text()
        preinst.write_text(preinst.read_text().replace(f'knows="{ours}"', f'knows="{schema}"'))
    result = pathlib.Path(folder) / f"edged_{version}.deb"
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "-Zxz", "-z0", "--build", root, result], check=True, timeout=120,
        capture_output=True)
    shutil.rmtree(root)
    return result
