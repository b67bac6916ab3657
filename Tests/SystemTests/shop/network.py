"""Networks of a test's own: namespaces joined by a router, with the faults that shops' lines have. Needs root."""

import os
import pathlib
import shutil
import subprocess
import uuid

import pytest

needs_namespaces = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("ip") or not shutil.which("nft")
    or subprocess.run(["unshare", "-n", "true"], check=False, capture_output=True).returncode != 0,
    reason="network namespaces need root, ip and nft")


def run(*words, text=None):
    """Runs a tool that has to succeed."""
    done = subprocess.run(list(map(str, words)), input=text, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, f"{' '.join(map(str, words))}: {done.stderr}"
    return done.stdout


class Namespace:
    """A machine of its own as far as the network goes."""

    def __init__(self, name):
        self.name = f"{name}-{uuid.uuid4().hex[:6]}"
        run("ip", "netns", "add", self.name)
        self.ip("link", "set", "lo", "up")

    def ip(self, *words):
        run("ip", "-n", self.name, *words)

    def run(self, *words, text=None):
        return run(*self.prefix, *words, text=text)

    @property
    def prefix(self):
        """What stands before a command that is to run in here."""
        return ["ip", "netns", "exec", self.name]

    def rules(self, *rules, hook="input"):
        """Sets the firewall's only rules; none lets everything through."""
        self.run("nft", "flush", "ruleset")
        if rules:
            self.run("nft", "-f", "-", text=f"table inet shop {{\n chain {hook} {{\n"
                     f"  type filter hook {hook} priority 0; policy accept;\n  " + "\n  ".join(rules) + "\n }\n}\n")

    def remove(self):
        run("ip", "netns", "del", self.name)


class Line:
    """A shop's box, a router, and headquarters behind it."""

    BOX, HEADQUARTERS, NAME = "10.77.1.2", "10.77.2.2", "hq.example.test"

    def __init__(self):
        self.box, self.router, self.far = Namespace("box"), Namespace("router"), Namespace("far")
        for near, other, network in ((self.box, self.router, 1), (self.far, self.router, 2)):
            inside, outside = f"v{uuid.uuid4().hex[:8]}", f"v{uuid.uuid4().hex[:8]}"
            run("ip", "link", "add", inside, "netns", near.name, "type", "veth", "peer", "name", outside, "netns", other.name)
            near.ip("addr", "add", f"10.77.{network}.2/24", "dev", inside)
            other.ip("addr", "add", f"10.77.{network}.1/24", "dev", outside)
            near.ip("link", "set", inside, "up")
            other.ip("link", "set", outside, "up")
            near.ip("route", "add", "default", "via", f"10.77.{network}.1")
            if near is self.far:
                self.far_link = outside
        self.router.run("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
        self.folder = pathlib.Path("/etc/netns") / self.box.name
        self.folder.mkdir(parents=True)
        self.resolvers(self.HEADQUARTERS)

    def resolvers(self, *addresses):
        """What the box's resolv.conf names."""
        lines = [f"nameserver {address}\n" for address in addresses]
        (self.folder / "resolv.conf").write_text("options timeout:1 attempts:1\n" + "".join(lines))

    def heal(self):
        """Everything passes again."""
        for machine in (self.box, self.router, self.far):
            machine.rules()
        self.router.ip("link", "set", self.far_link, "mtu", 1500)
        self.box.run("ip", "route", "flush", "cache")
        self.resolvers(self.HEADQUARTERS)

    def remove(self):
        for machine in (self.box, self.router, self.far):
            machine.remove()
        shutil.rmtree(self.folder)
