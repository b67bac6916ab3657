"""The broker's folder is its user's own, and the script that runs as root in it is led nowhere else by what lies there."""

import json
import os
import pathlib
import pwd
import shutil
import stat
import subprocess
import tempfile

import pytest

from shop.secure_broker import ACCESS, SHIPPED

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user")


def user():
    """The broker's user where mosquitto is installed as Debian does it; another that is not root elsewhere."""
    for name in ("mosquitto", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return pytest.skip("there is neither mosquitto nor nobody")


class Place:
    """The folders of an installation, the broker's owned by its user, and a folder of root's that nobody else enters."""

    def __init__(self, folder):
        self.folder, self.owner = folder, user()
        folder.chmod(0o755)
        self.state, self.secrets, self.target = folder / "state", folder / "secrets", folder / "target"
        for place, mode in ((self.state, 0o700), (self.secrets, 0o700), (self.target, 0o700)):
            place.mkdir(mode)
        os.chown(self.state, self.owner.pw_uid, self.owner.pw_gid)
        self.file = self.state / "dynamic-security.json"

    def access(self, verb="prepare", **environment):
        return subprocess.run(
            [ACCESS, verb, "--state", self.state, "--secrets", self.secrets, "--roles", SHIPPED / "roles.json",
             "--owner", self.owner.pw_name], capture_output=True, text=True, timeout=60, check=False,
            env={**os.environ, **environment})

    def as_broker(self, script):
        """What whoever took the broker over can do."""
        subprocess.run(
            ["setpriv", f"--reuid={self.owner.pw_uid}", f"--regid={self.owner.pw_gid}", "--clear-groups", "sh", "-ec",
             script], cwd=self.state, check=True, timeout=30)

    def is_sound(self):
        """Both files are the owner's, his alone, and no links; nothing lies beside them, nor in root's folder."""
        for path in (self.file, pathlib.Path(f"{self.file}.good")):
            facts = path.lstat()
            assert stat.S_ISREG(facts.st_mode) and stat.S_IMODE(facts.st_mode) == 0o600, path
            assert (facts.st_uid, facts.st_gid) == (self.owner.pw_uid, self.owner.pw_gid), path
        assert not [*self.state.glob(".access.*"), *self.secrets.glob(".access.*")]
        assert not [*self.target.iterdir()], "the broker's user wrote into a folder of root's"
        assert len(json.loads(self.file.read_text())["clients"]) == 4


@pytest.fixture
def place():
    # Not in pytest's own folder, which only root enters.
    folder = pathlib.Path(tempfile.mkdtemp(prefix="broker-folder-"))
    yield Place(folder)
    shutil.rmtree(folder)


def test_a_link_in_the_broker_s_folder_leads_root_nowhere(place):
    assert place.access().returncode == 0
    place.is_sound()
    place.as_broker(f"rm dynamic-security.json.good; ln -s {place.target} dynamic-security.json.good; "
                    f"ln -s {place.target} mosquitto.db.too-large; truncate -s 200M mosquitto.db")
    done = place.access()
    assert done.returncode == 0 and "set aside" in done.stderr, done
    place.is_sound()
    aside = (place.state / "mosquitto.db.too-large").lstat()
    assert stat.S_ISREG(aside.st_mode) and aside.st_size == 200 << 20


def test_what_cannot_be_set_aside_is_said_and_the_broker_starts(place):
    place.as_broker("mkdir mosquitto.db.too-large; truncate -s 200M mosquitto.db")
    done = place.access()
    assert done.returncode == 0 and "could not be set aside" in done.stderr, done
    assert not [*(place.state / "mosquitto.db.too-large").iterdir()]
    place.is_sound()


def test_an_accounts_file_that_is_a_link_is_refused_unread(place):
    assert place.access().returncode == 0
    hidden = place.target / "hidden.json"
    place.file.rename(hidden)
    before = hidden.stat()
    place.as_broker(f"ln -s {hidden} dynamic-security.json")
    for verb in ("check", "prepare"):
        done = place.access(verb)
        assert done.returncode == 78 and "is a link" in done.stderr, done
        assert f"sudo mv -T {place.file} {place.file}.odd; sudo -u {place.owner.pw_name} cp -p {place.file}.good" in done.stderr
        assert not done.stdout
    after = hidden.stat()
    assert (after.st_mtime_ns, after.st_uid) == (before.st_mtime_ns, before.st_uid) and place.file.is_symlink()
    # The mend is what it says: with the copy in its place all is as before.
    place.file.rename(f"{place.file}.odd")
    place.as_broker("cp -p dynamic-security.json.good dynamic-security.json; rm dynamic-security.json.odd")
    hidden.unlink()
    assert place.access().returncode == 0
    place.is_sound()


def test_a_pipe_in_place_of_the_accounts_is_refused_and_not_waited_for(place):
    place.as_broker("mkfifo dynamic-security.json")
    done = place.access()
    assert done.returncode == 78 and "To mend it" in done.stderr, done


def test_a_file_that_the_broker_may_not_read_is_said_with_its_mend(place):
    assert place.access().returncode == 0
    os.chown(place.file, 0, 0)
    done = place.access()
    assert done.returncode == 78 and f"sudo chown -h {place.owner.pw_name}: {place.file}" in done.stderr, done
    subprocess.run(["chown", "-h", f"{place.owner.pw_name}:", place.file], check=True)
    assert place.access().returncode == 0
    place.is_sound()


def test_names_that_are_swapped_between_two_steps_lead_nowhere(place, tmp_path):
    """Whoever watches the folder does this at any moment; here, at a moment that is known: while passwords are hashed."""
    real = shutil.which("mosquitto_passwd")
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "mosquitto_passwd").write_text(
        f'#!/bin/sh\nset -e\n{real} "$@"\ncd {place.state}\n'
        f"exec setpriv --reuid={place.owner.pw_uid} --regid={place.owner.pw_gid} --clear-groups sh -c '\n"
        'for name in .access.*; do [ ! -e "$name" ] || { mv "$name" moved && ln -s "$0" "$name"; }; done\n'
        'ln -sfn "$0" dynamic-security.json; ln -sfn "$0" dynamic-security.json.good'
        f"' {place.target}\n")
    (tools / "mosquitto_passwd").chmod(0o755)
    done = place.access(PATH=f"{tools}:{os.environ['PATH']}")
    assert not [*place.target.iterdir()], "the broker's user wrote into a folder of root's"
    assert not (place.state / "moved").exists(), "root worked in the broker's folder"
    assert done.returncode in (0, 78), done
    (place.file).unlink(missing_ok=True)
    assert place.access().returncode == 0
    place.is_sound()


def test_what_a_power_cut_left_is_gone_after_the_next_start(place):
    for folder in (place.state, place.secrets):
        left = folder / ".access.aB3dE6"
        left.mkdir(0o700)
        (left / "passwords").write_text("agent:in the clear\n")
    (place.target / "kept").write_text("not theirs")
    place.as_broker(f"ln -s {place.target} .access.link00")
    done = place.access()
    assert done.returncode == 0 and "warning" not in done.stderr, done
    assert (place.target / "kept").exists()
    (place.target / "kept").unlink()
    place.is_sound()


def test_two_at_once_both_find_the_file_sound(place):
    running = [subprocess.Popen(
        [ACCESS, "prepare", "--state", place.state, "--secrets", place.secrets, "--roles", SHIPPED / "roles.json",
         "--owner", place.owner.pw_name], stderr=subprocess.PIPE, text=True) for _ in range(4)]
    ends = [(process.communicate(timeout=120)[1], process.returncode) for process in running]
    assert all(code == 0 for _, code in ends), ends
    place.is_sound()
