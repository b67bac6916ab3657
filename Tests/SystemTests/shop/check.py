"""`edgectl check` as a technician runs it, and its report as a test reads it."""

import json
import os
import pathlib
import subprocess
import time

from .processes import program

#: What this part of the ladder is about; the machine's rungs have tests of their own.
NETWORK = "broker,device,hq,certificates"


class Report:
    """What a check found."""

    def __init__(self, done, seconds):
        self.seconds = seconds
        self.exit = done.returncode
        self.raw = done.stdout
        assert done.stdout.startswith("{"), f"no report: {done.returncode}\n{done.stdout}{done.stderr}"
        self.json = json.loads(done.stdout)
        self.rungs = {rung["name"]: rung for rung in self.json["rungs"]}

    def __getitem__(self, name):
        return self.rungs[name]

    @property
    def troubles(self):
        """Everything that is wrong: rung to code."""
        return {name: rung["code"] for name, rung in self.rungs.items() if rung["verdict"] in ("fault", "warning")}

    def names_only(self, name, code):
        """This rung with this code is all that is wrong, and it says a cause or a mend; returns the rung."""
        assert self.troubles == {name: code}, f"{self.troubles}\n{self.raw}"
        rung = self.rungs[name]
        assert rung["detail"] and rung["mend"], rung
        usual = 1 if rung["verdict"] == "fault" else 2
        assert self.exit == (78 if name == "configuration.file" else usual), self.exit
        return rung

    def is_fine(self, *but):
        """Nothing is wrong; what is not fine is named in `but`."""
        assert self.troubles == {}, self.raw
        assert self.exit == 0
        rest = {name for name, rung in self.rungs.items() if rung["verdict"] != "fine"}
        assert rest <= set(but), {name: self.rungs[name]["detail"] for name in rest - set(but)}


def check(configuration, only=NETWORK, *more, namespace=None, language="en", environment=None, before=()):
    """Runs it, all of it when `only` is nothing; in a network namespace when one is named, and by a program `before` it.

    It has to end within 30 s whatever hangs.
    """
    prefix = [*(["ip", "netns", "exec", namespace] if namespace else []), *before]
    began = time.monotonic()
    done = subprocess.run(
        [*prefix, program("edgectl"), "check", "--config", str(configuration), "--format", "json", "--language", language,
         *(["--only", only] if only else []), *map(str, more)],
        capture_output=True, text=True, timeout=60, check=False, env={**os.environ, **(environment or {})})
    seconds = time.monotonic() - began
    assert seconds < 30, f"the check took {seconds:.1f} s"
    return Report(done, seconds)


def configured(folder, devices=None, headquarters=None, name="edged.json", **more):
    """A configuration file of the agent; whoever is not named is where nobody listens."""
    folder = pathlib.Path(folder)
    file = folder / name
    file.write_text(json.dumps({
        "shop": {"id": "S1"}, "stateDirectory": str(folder / "state"), "controlSocket": str(folder / "control.sock"),
        "devices": devices or {"host": "127.0.0.1", "port": 1}, "headquarters": headquarters or {"host": "127.0.0.1", "port": 1},
        **more}))
    return file


def hq_config(folder, port, authority, host="localhost", **more):
    """Headquarters over TLS; the shop's broker does not matter."""
    return configured(folder, headquarters={"host": host, "port": port, "ca": str(authority.certificate), **more})


def check_without_agent(configuration, only=NETWORK, *more, **options):
    """No agent runs beside the test, and there is no state: what that means has tests of its own."""
    return check(configuration, only, "--skip", "agent,state", *more, **options)
