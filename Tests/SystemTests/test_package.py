"""The Debian package: installed by answers, by a file and by nothing, upgraded, refused, removed and purged, in a box."""

import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import subprocess
import time

import pytest

from shop import box as boxes
from shop.box import Box

pytestmark = pytest.mark.skipif(boxes.why_not() is not None, reason=f"NOT RUN, no box can be made: {boxes.why_not()}")

ANSWERS = {"shop_id": "lyon-2", "hq_host": "hq.example.com", "hq_port": 8883, "time_zone": "Europe/Paris",
           "languages": "fr en", "hq_username": "lyon-2", "hq_password": "planted-p4ssword"}


@pytest.fixture
def new_box(tmp_path):
    made = []

    def make(name="box"):
        made.append(Box(tmp_path, f"{name}-{len(made) + 1}"))
        return made[-1]

    yield make
    for one in made:
        one.discard()


def modes(box, *paths):
    """Owner, group and mode of files, as the box names them."""
    lines = box.must("stat", "--format=%n %U:%G %a", *paths).splitlines()
    return {line.split()[0]: " ".join(line.split()[1:]) for line in lines}


def kept_password(box):
    """Where the planted password lies besides the secrets, debconf's database before all."""
    kept = subprocess.run(
        ["grep", "-rlE", "p4ssword", box.path("etc"), box.path("var")], capture_output=True, text=True, timeout=60)
    return sorted(
        set(kept.stdout.splitlines()) - {str(box.path("etc/edged/secrets/headquarters-password"))})


def content(box, *paths):
    """Files' bytes, to see that they are the same later."""
    return {path: box.path(path).read_bytes() for path in paths}


def test_lintian_finds_no_error():
    answer = subprocess.run(
        ["lintian", "--fail-on=error", "--tag-display-limit=0", boxes.package()], capture_output=True, text=True,
        timeout=300)
    assert answer.returncode == 0, answer.stdout
    assert not re.search(r"^[EN]: .*overrid", answer.stdout, re.MULTILINE), answer.stdout


def test_the_same_programs_make_the_same_package(tmp_path):
    first = boxes.package()
    made = subprocess.run(
        [boxes.REPOSITORY / "systemd/package/build.sh", pathlib.Path(boxes.program("edged")).parent, tmp_path],
        capture_output=True, text=True, timeout=300)
    assert made.returncode == 0, made.stderr
    assert (tmp_path / first.name).read_bytes() == first.read_bytes()


def test_its_libraries_are_found_and_the_reference_headquarters_stays_at_home():
    fields = subprocess.run(["dpkg-deb", "-f", boxes.package()], capture_output=True, text=True, timeout=30).stdout
    depends = re.search(r"(?m)^Depends: (.*)$", fields)[1]
    for library in ("libmosquitto1 (>=", "libsqlite3-0 (>=", "libssl3 (>=", "libc6 (>=", "mosquitto"):
        assert library in depends, depends
    assert "libswift" not in depends
    names = subprocess.run(["dpkg-deb", "-c", boxes.package()], capture_output=True, text=True, timeout=30).stdout
    for name in ("/usr/sbin/edged", "/usr/bin/edgectl", "/usr/share/man/man1/edgectl.1.gz",
                 "/usr/share/man/man8/edged.8.gz", "/usr/share/man/fr/man1/edgectl.1.gz",
                 "/usr/share/man/fr/man5/edged.json.5.gz", "/usr/share/doc/edged/LISEZMOI.md",
                 "/usr/share/bash-completion/completions/edgectl",
                 "/usr/share/zsh/vendor-completions/_edgectl", "/usr/share/fish/vendor_completions.d/edgectl.fish",
                 "/usr/lib/systemd/system/edged.service", "/usr/share/doc/edged/copyright"):
        assert f" .{name}\n" in names, name
    assert "edge-hq" not in names


def test_its_documents_lead_somewhere_and_tell_what_each_alarm_means(tmp_path):
    root = tmp_path / "package"
    subprocess.run(["dpkg-deb", "-x", boxes.package(), root], check=True, timeout=60)
    documents = sorted((root / "usr/share/doc/edged").glob("*.md"))
    assert [file.name for file in documents] == ["ALARMES.md", "LISEZMOI.md", "README.md", "alarms.md", "first-minutes.md"]
    for file in documents:
        for target in re.findall(r"\]\(([^)\s]+)\)", file.read_text()):
            if "://" not in target:
                place = root / target.lstrip("/") if target.startswith("/") else file.parent / target.split("#")[0]
                assert place.exists(), f"{file.name}: {target}"
    for folder, words in (("man7", "the watchdog ends it"), ("fr/man7", "le chien de garde y met fin")):
        page = subprocess.run(
            ["man", "--warnings", "-l", root / f"usr/share/man/{folder}/edged-alarms.7.gz"], capture_output=True, text=True,
            timeout=60, env={**os.environ, "MANWIDTH": "80", "LC_ALL": "C.UTF-8"})
        assert page.returncode == 0 and not page.stderr, page.stderr
        assert "agent.loopStuck" in page.stdout and words in page.stdout
    codes = {entry["code"]: entry for entry in json.loads((root / "usr/share/edged/codes.json").read_text())["codes"]}
    assert len(codes) > 250 and codes["agent.loopStuck"]["mend"]["fr"] and codes["device.notPaired"]["fr"]
    # A finding has both: its sentence, and README's mend.
    assert codes["finding.diskFull"]["en"] and codes["finding.diskFull"]["mend"]
    # No answer to anybody, it is not sent again.
    assert "retry" not in codes["finding.diskFull"] and codes["device.notPaired"]["retry"] == "later"


def test_without_answers_it_is_ready_but_not_started(new_box):
    box = new_box()
    result = box.install(boxes.package())
    assert result.code == 0, result
    assert "does not know its shop yet. Tell it: sudo dpkg-reconfigure edged" in result.complaint
    assert not box.path("etc/edged/edged.json").exists()
    assert not list(box.path("etc/edged/broker/pages.d").iterdir())
    # Starting it would do nothing, without a word.
    asked = box.run("edgectl", "status")
    assert asked.code == 69 and "To mend it: sudo dpkg-reconfigure edged\n" in asked.complaint, asked
    # Who may see what.
    assert modes(
        box, "/etc/edged/secrets", "/etc/edged/secrets/vault-key", "/etc/edged/secrets/devices-password",
        "/etc/edged/secrets/probe-password", "/etc/edged/secrets/broker-admin-password", "/etc/edged/authority/ca.key",
        "/etc/edged/authority/ca.crt", "/etc/edged/broker/server.key", "/etc/edged/broker/server.crt",
        "/var/lib/edged", "/var/lib/edged/backups", "/var/lib/edged-broker",
        "/var/lib/edged-broker/dynamic-security.json",
    ) == {
        "/etc/edged/secrets": "root:root 700", "/etc/edged/secrets/vault-key": "root:root 600",
        "/etc/edged/secrets/devices-password": "root:root 600", "/etc/edged/secrets/probe-password": "root:root 600",
        "/etc/edged/secrets/broker-admin-password": "root:root 600", "/etc/edged/authority/ca.key": "root:root 600",
        "/etc/edged/authority/ca.crt": "root:root 644", "/etc/edged/broker/server.key": "root:mosquitto 640",
        "/etc/edged/broker/server.crt": "root:root 644", "/var/lib/edged": "edged:edged 750",
        "/var/lib/edged/backups": "edged:edged 700", "/var/lib/edged-broker": "mosquitto:mosquitto 700",
        "/var/lib/edged-broker/dynamic-security.json": "mosquitto:mosquitto 600",
    }
    assert len(box.path("etc/edged/secrets/vault-key").read_bytes()) == 32
    assert box.must("getent", "group", "edged-technicians")
    # What starts with the box.
    for unit in ("edged.service", "edged-broker.service"):
        assert box.path(f"etc/systemd/system/multi-user.target.wants/{unit}").is_symlink()
    for timer in pathlib.Path(boxes.REPOSITORY / "systemd").glob("*.timer"):
        enabled = box.path(f"etc/systemd/system/timers.target.wants/{timer.name}").is_symlink()
        assert enabled == ("WantedBy=" in timer.read_text()), timer.name
    # The shop's authority vouches for the broker, by the box's names.
    verdict = box.must("openssl", "verify", "-CAfile", "/etc/edged/authority/ca.crt", "/etc/edged/broker/server.crt")
    assert verdict.endswith(": OK\n")
    # With the authority behind it, so that a device reads it from the connection.
    authority = box.path("etc/edged/authority/ca.crt").read_text()
    assert box.path("etc/edged/broker/server.crt").read_text().endswith(authority)
    assert box.run("openssl", "x509", "-in", "/etc/edged/broker/server.crt", "-noout", "-checkhost", "localhost").code == 0

    # Again: nothing that was made is made anew.
    made = content(
        box, "etc/edged/secrets/vault-key", "etc/edged/secrets/devices-password", "etc/edged/authority/ca.key",
        "etc/edged/authority/ca.crt", "etc/edged/broker/server.key", "etc/edged/broker/server.crt")
    assert box.install(boxes.package()).code == 0
    assert content(box, *made) == made


@pytest.mark.parametrize("name", ["till-room-" + "b" * 54, "till-room-2.shop-of-the-old-harbour.lyon.stores.example.com"])
def test_it_installs_on_a_box_with_a_long_name(new_box, name):
    assert 46 < len(name) <= 64, "what this test is about"
    box = new_box()
    shutil.copyfile(boxes.package(), box.path("root/package.deb"))
    result = box.run("unshare", "--uts", "sh", "-c", f"hostname {name} && exec dpkg -i /root/package.deb")
    assert result.code == 0, result
    authority = box.must("openssl", "x509", "-in", "/etc/edged/authority/ca.crt", "-noout", "-subject", "-nameopt", "RFC2253")
    assert authority == f"subject=CN=Shop authority of {name[:46]},O=store-edge\n"
    # The broker's certificate has the whole name, and the authority vouches for it.
    assert box.must("openssl", "verify", "-CAfile", "/etc/edged/authority/ca.crt", "-verify_hostname", name,
                    "/etc/edged/broker/server.crt").endswith(": OK\n")


def test_it_installs_where_no_proc_is_mounted(new_box):
    box = new_box()
    box.answers(**ANSWERS)
    shutil.copyfile(boxes.package(), box.path("root/package.deb"))
    answer = subprocess.run(
        ["chroot", box.root, "dpkg", "-i", "/root/package.deb"], capture_output=True, text=True, timeout=120,
        env=boxes.ENVIRONMENT)
    assert answer.returncode == 0, answer.stderr
    assert box.path("etc/edged/edged.json").exists() and box.path("etc/edged/secrets/vault-key").exists()


def test_two_boxes_share_no_secret(new_box):
    secrets = ["vault-key", "devices-password", "probe-password", "broker-admin-password"]
    found = []
    for box in (new_box(), new_box()):
        assert box.install(boxes.package()).code == 0
        found += [box.path(f"etc/edged/secrets/{name}").read_bytes() for name in secrets]
        found.append(box.path("etc/edged/authority/ca.key").read_bytes())
    assert len(set(found)) == len(found)


def test_answers_become_a_configuration_and_the_password_a_secret(new_box):
    box = new_box()
    box.answers(**ANSWERS)
    result = box.install(boxes.package())
    assert result.code == 0 and "not started" not in result.complaint, result
    text = box.path("etc/edged/edged.json").read_text()
    configuration = json.loads("\n".join(line for line in text.splitlines() if not line.startswith("//")))
    assert configuration["shop"] == {"id": "lyon-2", "timeZone": "Europe/Paris", "languages": ["fr", "en"]}
    assert configuration["devices"] == {"host": "127.0.0.1", "port": 1883, "username": "agent"}
    assert configuration["headquarters"] == {
        "host": "hq.example.com", "port": 8883, "ca": "/etc/ssl/certs/ca-certificates.crt", "username": "lyon-2"}
    assert configuration["metrics"] == {"file": "/run/edged/edged.prom"}
    # The box's page says which shop it is.
    page = box.path("etc/edged/broker/pages.d/shop.conf")
    assert page.read_text() == 'set $edged_shop "lyon-2";\n' and page.stat().st_mode & 0o777 == 0o644
    assert modes(box, "/etc/edged/edged.json", "/etc/edged/secrets/headquarters-password") == {
        "/etc/edged/edged.json": "root:edged 640", "/etc/edged/secrets/headquarters-password": "root:root 600"}
    assert box.path("etc/edged/secrets/headquarters-password").read_text() == "planted-p4ssword\n"
    # It is kept nowhere else.
    assert not kept_password(box)
    # What to do next is said once.
    assert "edged: ready for shop lyon-2; it starts with the box. Then:" in result.complaint, result
    assert "  sudo edgectl check  " in result.complaint, result
    assert "  sudo usermod -aG edged,edged-technicians NAME  " in result.complaint, result

    # What the technician wrote is not overwritten, and nothing is asked again.
    box.path("etc/edged/edged.json").write_text(text.replace('"fleet": []', '"fleet": [{"id": "scanner-7", "family": "scanner"}]'))
    changed = content(box, "etc/edged/edged.json")
    box.answers(**{**ANSWERS, "shop_id": "paris-1"})
    again = box.install(boxes.package())
    assert again.code == 0 and "Then:" not in again.complaint, again
    assert content(box, "etc/edged/edged.json") == changed

    # The page follows the shop, and keeps its name while the configuration cannot be used.
    file = box.path("etc/edged/edged.json")
    for written, named in ((file.read_text().replace("lyon-2", "lyon-3"), "lyon-3"), ("{}", "lyon-3")):
        file.write_text(written)
        box.must("/usr/share/edged/configure")
        assert page.read_text() == f'set $edged_shop "{named}";\n'


@pytest.mark.parametrize("name, value, complaint", [
    ("shop_id", "lyon 2", 'edged/shop-id cannot be right, "lyon 2": up to 32 letters, digits and hyphens'),
    ("hq_host", "2", 'edged/hq-host cannot be right, "2": a host name or an address, not a number'),
    ("hq_port", "eighty", 'edged/hq-port cannot be right, "eighty": a port is a number from 1 to 65535'),
    ("hq_ca", "/root/none.crt", 'edged/hq-ca cannot be right, "/root/none.crt": there is no such file on this box'),
    ("hq_ca", "/etc/hostname", 'edged/hq-ca cannot be right, "/etc/hostname": no certificate in PEM form is in it'),
    ("time_zone", "Europe/Lyon", 'edged/time-zone cannot be right, "Europe/Lyon": no time zone has this name'),
])
def test_answers_that_cannot_be_right_leave_no_configuration(new_box, name, value, complaint):
    box = new_box()
    box.answers(**{**ANSWERS, name: value})
    result = box.install(boxes.package())
    assert result.code == 0, result
    assert complaint in result.complaint, result
    assert "sudo dpkg-reconfigure edged" in result.complaint, result
    # The answer is named, and no file that is gone.
    assert ".new" not in result.complaint and "scanner-1" not in result.complaint, result
    assert not list(box.path("etc/edged").glob("edged.json*"))
    assert not kept_password(box)
    french = box.run("dpkg-reconfigure", "edged", environment={"LC_ALL": "fr_FR.UTF-8"})
    assert f"la réponse à edged/{name.replace('_', '-')} ne peut pas être juste, « {value} »" in french.complaint, french


def test_a_password_that_was_mistyped_is_replaced_by_the_one_that_is_answered_next(new_box):
    box = new_box()
    box.answers(**{**ANSWERS, "hq_password": "mistyped-p4ssword"})
    assert box.install(boxes.package()).code == 0
    secret = box.path("etc/edged/secrets/headquarters-password")
    assert secret.read_text() == "mistyped-p4ssword\n"
    box.path("etc/edged/edged.json").rename(box.path("etc/edged/edged.json.old"))
    box.answers(hq_password="right-p4ssword")
    result = box.run("dpkg-reconfigure", "edged")
    assert result.code == 0 and box.path("etc/edged/edged.json").exists(), result
    assert "the password at headquarters is the one that was answered now" in result.complaint, result
    assert secret.read_text() == "right-p4ssword\n"
    assert modes(box, "/etc/edged/secrets/headquarters-password") == {
        "/etc/edged/secrets/headquarters-password": "root:root 600"}
    assert not kept_password(box)
    # None answered: the one that is there stays, and no word of it.
    box.path("etc/edged/edged.json").unlink()
    result = box.run("dpkg-reconfigure", "edged")
    assert result.code == 0 and "password" not in result.complaint, result
    assert secret.read_text() == "right-p4ssword\n"


@pytest.mark.parametrize("language, asked, file, password", [
    ("C.UTF-8", "nothing was asked and nothing of it was changed", "sudoedit /etc/edged/edged.json", "The password:"),
    ("fr_FR.UTF-8", "rien n'a été demandé, et rien n'y a été changé", "sudoedit /etc/edged/edged.json", "Le mot de passe :"),
])
def test_reconfigured_with_a_configuration_it_says_what_it_does_not_do(new_box, language, asked, file, password):
    box = new_box()
    box.answers(**ANSWERS)
    assert box.install(boxes.package()).code == 0
    before = content(box, "etc/edged/edged.json", "etc/edged/secrets/headquarters-password")
    result = box.run("dpkg-reconfigure", "edged", environment={"LC_ALL": language})
    assert result.code == 0 and content(box, *before) == before, result
    for said in (asked, file, password, "sudo systemctl restart edged", "sudo mv /etc/edged/edged.json "):
        assert said in result.complaint, result
    # The line for the password does what it says.
    box.must("sh", "-c", "echo other-p4ssword | install -m 600 /dev/stdin /etc/edged/secrets/headquarters-password")
    assert modes(box, "/etc/edged/secrets/headquarters-password") == {
        "/etc/edged/secrets/headquarters-password": "root:root 600"}


def test_headquarters_own_authority_is_put_where_the_agent_reads_it(new_box):
    box = new_box()
    box.must("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Headquarters", "-keyout", "/root/ca.key",
             "-out", "/root/hq-ca.crt")
    box.path("root/hq-ca.crt").chmod(0o600)
    box.answers(**ANSWERS, hq_ca="/root/hq-ca.crt")
    result = box.install(boxes.package())
    assert result.code == 0 and "not started" not in result.complaint, result
    assert "copied /root/hq-ca.crt to /etc/edged/hq-ca.crt" in result.complaint, result
    text = box.path("etc/edged/edged.json").read_text()
    assert '"ca": "/etc/edged/hq-ca.crt"' in text
    assert modes(box, "/etc/edged/hq-ca.crt") == {"/etc/edged/hq-ca.crt": "root:edged 640"}
    assert box.path("etc/edged/hq-ca.crt").read_bytes() == box.path("root/hq-ca.crt").read_bytes()


def test_at_the_usual_priority_the_authority_is_asked_for(new_box):
    box = new_box()
    box.must("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Headquarters", "-keyout", "/root/ca.key",
             "-out", "/root/hq-ca.crt")
    assert box.install(boxes.package()).code == 0
    screen = typed(
        box, ["lyon-2", "hq.example.com", "/root/ca.key", "/root/hq-ca.crt", "lyon-2", "s3cret"], "dpkg-reconfigure",
        "--priority=high", "edged")
    assert "/root/ca.key: no certificate in PEM form is in it" in screen
    assert '"ca": "/etc/edged/hq-ca.crt"' in box.path("etc/edged/edged.json").read_text()


def typed(box, answers, *command):
    """Answers a command in a terminal, each answer when the box has nothing more to say; returns what was on screen."""
    child, terminal = pty.fork()
    if child == 0:
        entrance = box.entrance()
        os.execvpe(entrance[0], [*entrance, *command], {
            **boxes.ENVIRONMENT, "TERM": "dumb", "DEBIAN_FRONTEND": "teletype"})
    screen, answers, end = b"", list(answers), time.monotonic() + 60
    try:
        while time.monotonic() < end:
            ready, _, _ = select.select([terminal], [], [], 0.2)
            if ready:
                try:
                    screen += os.read(terminal, 4096)
                except OSError:
                    break
            elif answers and re.search(rb": ?$", screen):
                os.write(terminal, answers.pop(0).encode() + b"\n")
                screen += b"\n"
        else:
            os.kill(child, signal.SIGKILL)
    finally:
        os.close(terminal)
        _, status = os.waitpid(child, 0)
    text = screen.decode("utf-8", "replace")
    assert os.waitstatus_to_exitcode(status) == 0 and not answers, text
    return text


def test_a_technician_is_asked_and_asked_again(new_box):
    box = new_box()
    assert box.install(boxes.package()).code == 0
    screen = typed(
        box, ["lyon 2", "lyon-2", "hq.example.com", "99999", "", "", "lyon-2", "s3cret", "", "1"], "dpkg-reconfigure", "edged")
    assert "lyon 2: up to 32 letters, digits and hyphens" in screen
    assert "99999: a port is a number from 1 to 65535" in screen
    text = box.path("etc/edged/edged.json").read_text()
    configuration = json.loads("\n".join(line for line in text.splitlines() if not line.startswith("//")))
    assert configuration["shop"] == {"id": "lyon-2", "timeZone": "Europe/Paris", "languages": ["fr", "en"]}
    assert configuration["headquarters"]["port"] == 8883
    assert box.path("etc/edged/secrets/headquarters-password").read_text() == "s3cret\n"


def test_a_configuration_that_lies_there_is_taken_and_nothing_asked(new_box):
    box = new_box()
    box.path("etc/edged").mkdir()
    box.path("etc/edged/edged.json").write_text(
        '{"shop": {"id": "nice-1"}, "devices": {"host": "127.0.0.1", "username": "agent"},\n'
        ' "headquarters": {"host": "hq.example.com", "ca": "/etc/ssl/certs/ca-certificates.crt"}, // by the image\n}\n')
    before = content(box, "etc/edged/edged.json")
    box.answers(**ANSWERS)
    result = box.install(boxes.package())
    assert result.code == 0 and "not started" not in result.complaint, result
    assert content(box, "etc/edged/edged.json") == before
    assert modes(box, "/etc/edged/edged.json") == {"/etc/edged/edged.json": "root:edged 640"}


def test_a_configuration_that_is_wrong_is_kept_and_told(new_box):
    box = new_box()
    box.path("etc/edged").mkdir()
    box.path("etc/edged/edged.json").write_text('{"shop": {"id": "nice-1", "colour": "blue"}}')
    result = box.install(boxes.package(), environment={"LC_ALL": "fr_FR.UTF-8"})
    assert result.code == 0, result
    assert "colour" in result.complaint and "corrigez /etc/edged/edged.json" in result.complaint, result


def test_a_downgrade_over_a_later_state_is_refused_before_anything_is_touched(new_box, tmp_path):
    box = new_box()
    box.answers(**ANSWERS)
    assert box.install(boxes.package()).code == 0
    now = box.version()
    # A state that a later release wrote: the file's form, where SQLite keeps it.
    ledger = box.path("var/lib/edged/ledger.db")
    ledger.write_bytes(bytes(60) + (2).to_bytes(4, "big") + bytes(36))
    before = {path: path.read_bytes() for path in sorted(box.path("var/lib/edged").rglob("*")) if path.is_file()}
    earlier = boxes.repacked(boxes.package(), tmp_path, "0.0.9-1", schema="1 1")
    result = box.install(earlier)
    assert result.code != 0
    assert "was written by a later release" in result.complaint and "Nothing was touched" in result.complaint, result
    assert box.version() == now, "dpkg no longer has the release that was installed"
    assert {path: path.read_bytes() for path in before} == before

    # After a removal the state alone says it, to whoever reads French too.
    assert box.run("dpkg", "--remove", "edged").code == 0
    result = box.install(earlier, environment={"LANG": "fr_FR.UTF-8", "LC_ALL": "fr_FR.UTF-8"})
    assert result.code != 0 and "vient d'une version plus récente" in result.complaint, result
    assert {path: path.read_bytes() for path in before} == before


def test_removed_it_keeps_the_state_and_purged_a_last_copy_of_the_ledger(new_box):
    box = new_box()
    box.answers(**ANSWERS)
    assert box.install(boxes.package()).code == 0
    ledger = box.path("var/lib/edged/ledger.db")
    ledger.write_bytes(b"what headquarters has not receipted")
    box.path("var/lib/edged/keys.db").write_bytes(b"keys")
    kept = content(box, "etc/edged/edged.json", "etc/edged/secrets/vault-key", "var/lib/edged/ledger.db")
    # What a technician and the renewal of certificates added: the enabled site, certificates by serial number.
    sites = box.path("etc/nginx/sites-enabled")
    sites.mkdir()
    (sites / "edged").symlink_to("../sites-available/edged")
    (sites / "own").symlink_to("/etc/nginx/sites-available/own")
    for folder in ("issued/4711", "pending"):
        box.path(f"etc/edged/broker/{folder}").mkdir(parents=True)
    box.path("etc/edged/broker/current").symlink_to("issued/4711")

    assert box.run("dpkg", "--remove", "edged").code == 0
    assert content(box, *kept) == kept
    assert not box.path("usr/sbin/edged").exists()
    assert (sites / "edged").exists(), "a removed package's site dangles"

    result = box.run("dpkg", "--purge", "edged")
    assert result.code == 0 and "a last copy of the ledger is kept in /var/backups/edged/ledger-" in result.complaint, result
    for gone in ("etc/edged", "var/lib/edged", "var/lib/edged-broker"):
        assert not box.path(gone).exists(), gone
    # nginx reads every link there, and starts with none that dangles. Another's is another's.
    assert [link.name for link in sites.iterdir()] == ["own"]
    copies = list(box.path("var/backups/edged").iterdir())
    assert [path.name for path in copies[0].iterdir()] == ["ledger.db"]
    assert (copies[0] / "ledger.db").read_bytes() == kept["var/lib/edged/ledger.db"]
    assert (copies[0].stat().st_mode & 0o777, (copies[0] / "ledger.db").stat().st_mode & 0o777) == (0o700, 0o600)
    left = [line for line in box.must("debconf-show", "edged").splitlines() if line]
    assert not left and not list(box.path("etc/systemd/system").rglob("edged*"))


def test_purged_without_a_copy_when_told_so(new_box):
    box = new_box()
    box.answers(**ANSWERS, purge_keeps_ledger="false")
    assert box.install(boxes.package()).code == 0
    box.path("var/lib/edged/ledger.db").write_bytes(b"orders")
    assert box.run("dpkg", "--purge", "edged").code == 0
    assert not box.path("var/backups/edged").exists() and not box.path("var/lib/edged").exists()


def test_purged_where_the_state_is_a_file_system_of_its_own(new_box):
    """As on a box whose state lies on a second disk, and whose backups on a third that others use too."""
    box = new_box()
    box.answers(**ANSWERS)
    assert box.install(boxes.package()).code == 0
    box.path("root/purge").write_text("""set -e
        mount -t tmpfs -o mode=750 state /var/lib/edged
        mkdir -p /var/lib/edged/backups /var/lib/edged/certificates/headquarters/4711
        mount -t tmpfs theirs /var/lib/edged/backups
        for file in ledger.db keys.db .hidden certificates/headquarters/4711/client.key backups/of-another; do
            echo planted >/var/lib/edged/$file
        done
        result=0
        dpkg --purge edged || result=$?
        echo "--- left"
        find /var/lib/edged -mindepth 1
        exit $result""")
    purged = box.run("sh", "/root/purge")
    assert purged.code == 0, purged
    left = purged.output.split("--- left\n")[1].split()
    assert left == ["/var/lib/edged/backups", "/var/lib/edged/backups/of-another"], purged
    assert "/var/lib/edged stays, since it is a file system of its own" in purged.complaint, purged
    assert "a last copy of the ledger is kept" in purged.complaint, purged
    assert box.version() is None or "un" in box.version().split()[0], box.version()
    # Whatever lies under the mount is the installation's own, and empty.
    for gone in ("etc/edged", "var/lib/edged-broker"):
        assert not box.path(gone).exists(), gone


def test_purged_where_the_state_is_a_link_the_keys_are_gone_and_it_is_said_what_stays(new_box):
    box = new_box()
    box.answers(**ANSWERS)
    assert box.install(boxes.package()).code == 0
    box.must("sh", "-c", "mv /var/lib/edged /srv/edged && ln -s /srv/edged /var/lib/edged && echo keys >/srv/edged/keys.db")
    purged = box.run("dpkg", "--purge", "edged")
    assert purged.code == 0 and "/var/lib/edged led to /srv/edged" in purged.complaint, purged
    assert not box.path("var/lib/edged").is_symlink() and not box.path("srv/edged/keys.db").exists()


def test_figures_reach_node_exporter_whichever_came_first(new_box):
    box = new_box()
    assert box.install(boxes.package()).code == 0
    link = box.path("var/lib/prometheus/node-exporter/edged.prom")
    assert not link.parent.exists()
    # A package that brings the exporter's folder, as Debian's does.
    folder = box.path("root/exporter")
    (folder / "DEBIAN").mkdir(parents=True)
    (folder / "DEBIAN/control").write_text(
        "Package: exporter\nVersion: 1\nArchitecture: all\nMaintainer: a test <test@example.com>\nDescription: a folder\n")
    (folder / "var/lib/prometheus/node-exporter").mkdir(parents=True)
    (folder / "var/lib/prometheus/node-exporter/README").write_text("figures\n")
    subprocess.run(["dpkg-deb", "--root-owner-group", "--build", folder], check=True, timeout=60, capture_output=True)
    shutil.rmtree(folder)
    box.must("dpkg", "-i", "/root/exporter.deb")
    assert link.is_symlink() and str(link.readlink()) == "/run/edged/edged.prom"
    assert box.run("dpkg", "--remove", "edged").code == 0
    assert not link.is_symlink()
