"""Certificates of the box: listed with their ends, renewed in stages under connected clients, taken back when they do not serve."""

import datetime
import json
import os
import pathlib
import pwd
import shutil
import signal
import subprocess

import pytest

from shop.authority import Authority, openssl
from shop.broker import MOSQUITTO
from shop.checks import clock_shim
from shop.processes import Process, free_port, program, wait_until
from shop.secure_broker import Client, Pages, SecureBroker


class Box:
    """A box's folders, its broker and nginx, and edgectl on them."""

    def __init__(self, folder):
        self.folder = folder
        self.broker = SecureBroker(folder).prepare().start()
        self.broker.enrol("scanner-7")
        self.pages = Pages(self.broker).start()
        self.configuration = folder / "edged.json"
        self.kernel = clock_shim(folder)
        self.clock = {"TEST_CLOCK": "synchronised"}
        self.reload = self.script("reload", f"kill -HUP {self.broker.process.child.pid} {self.pages.process.child.pid}")

    def script(self, name, text):
        file = self.folder / name
        file.write_text(f"#!/bin/sh\n{text}\n")
        file.chmod(0o755)
        return file

    def edgectl(self, *words, **options):
        return subprocess.run(
            [program("edgectl"), *map(str, words)], capture_output=True, text=True, timeout=120, check=False,
            env={**os.environ, "LC_ALL": "C.UTF-8", "LD_PRELOAD": str(self.kernel), **self.clock}, **options)

    def certificate(self, verb, *words, reload=None, **options):
        places = ["--config", self.configuration, "--authority", self.broker.authority.folder, "--broker", self.broker.etc]
        if verb == "renew":
            ports = f"{self.broker.tls},{self.broker.certificates},{self.pages.port}"
            places += ["--shown-on", ports, "--reload", reload or self.reload, "--hook", self.folder / "hook"]
        return self.edgectl("certificate", verb, *words, *places, **options)

    def shown(self, port):
        """The serial number of the certificate that a port shows."""
        seen = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}"], input="", capture_output=True,
                              text=True, timeout=30, check=False).stdout
        return openssl("x509", "-noout", "-serial", text=seen).strip()

    def serial(self):
        return openssl("x509", "-noout", "-serial", "-in", self.broker.etc / "server.crt").strip()

    def device(self, **options):
        return self.broker.client("scanner-7", "secret", port=self.broker.tls, tls=self.broker.trust(), host="localhost",
                                  **options)

    def stop(self):
        self.pages.stop()
        self.broker.stop()


@pytest.fixture
def box(tmp_path):
    box = Box(tmp_path)
    yield box
    box.stop()


def rows(done):
    return {row["certificate"]: row for row in json.loads(done.stdout)["certificates"]}


def test_the_box_s_certificate_is_renewed_under_connected_devices_and_shown_everywhere(box):
    device, before = box.device(), box.serial()
    assert device.is_in
    done = box.certificate("renew", "server", "--format", "json")
    assert done.returncode == 0, done.stderr + done.stdout
    told = rows(done)["server"]
    assert told["outcome"] == "renewed"
    assert set(told["shownOn"]) == {box.broker.tls, box.broker.certificates, box.pages.port}
    assert box.serial() != before
    for port in told["shownOn"]:
        assert box.shown(port) == box.serial()
    # Nobody was thrown out, and whoever comes now trusts what he sees by this box's names.
    assert device.publish("shop/v1/scanner-7/ask/scan", b"x") and not device.ended.is_set()
    assert box.device().is_in
    assert openssl("x509", "-noout", "-checkhost", "localhost", "-in", box.broker.etc / "server.crt").endswith(
        "does match certificate\n")
    # A device reads the authority from the connection itself, to compare its fingerprint.
    shown = subprocess.run(
        ["openssl", "s_client", "-showcerts", "-connect", f"127.0.0.1:{box.broker.tls}"], stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=20).stdout
    last = "-----BEGIN CERTIFICATE-----" + shown.split("-----BEGIN CERTIFICATE-----")[-1].split("-----END")[0]
    assert last.strip() in (box.broker.authority.folder / "ca.crt").read_text()
    # Its user may reach it, its key nobody else; the pair before is kept.
    current = (box.broker.etc / "current").resolve()
    assert current.stat().st_mode & 0o777 == 0o755 and current.parent.stat().st_mode & 0o777 == 0o755
    assert (current / "server.key").stat().st_mode & 0o007 == 0
    assert (box.broker.etc / "issued" / "before" / "server.crt").exists()
    assert not (box.broker.etc / "pending").exists()
    # Not due again, and a third pair leaves the second.
    done = box.certificate("renew", "--due", "--format", "json")
    assert done.returncode == 0 and rows(done)["server"]["outcome"] == "notDue", done
    for _ in range(4):
        assert box.certificate("renew", "server").returncode == 0
    assert len(list((box.broker.etc / "issued").iterdir())) <= 4
    assert box.shown(box.broker.tls) == box.serial()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to the broker's user")
def test_a_new_pair_belongs_to_whom_the_old_one_belonged(box):
    account = pwd.getpwnam("mosquitto")
    key = box.broker.etc / "server.key"
    os.chown(key, 0, account.pw_gid)
    key.chmod(0o640)
    # The broker's user has to reach the folder of this test, as it reaches /etc/edged/broker.
    for place in [box.broker.etc, *box.broker.etc.parents]:
        if str(place).startswith("/tmp/pytest-of-"):
            place.chmod(0o755)
    done = box.certificate("renew", "server")
    assert done.returncode == 0, done.stderr + done.stdout
    facts = (box.broker.etc / "server.key").stat()
    assert (facts.st_gid, facts.st_mode & 0o777) == (account.pw_gid, 0o640)
    readable = ["setpriv", "--reuid=mosquitto", "--regid=mosquitto", "--clear-groups", "cat"]
    for name in ("server.key", "server.crt"):
        assert subprocess.run([*readable, box.broker.etc / name], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("reload, code", [("exit 3", "certificate.notReloaded"), ("exit 0", "certificate.notTaken")])
def test_a_certificate_that_nobody_shows_is_taken_back(box, reload, code):
    before, device = box.serial(), box.device()
    done = box.certificate("renew", "server", "--format", "json", reload=box.script("bad", reload))
    assert done.returncode == 1, done
    problem = rows(done)["server"]["problem"]
    assert problem["code"] == "certificate.takenBack" and code in problem["cause"]
    assert box.serial() == before == box.shown(box.broker.tls)
    box.broker.process.child.send_signal(signal.SIGHUP)
    assert device.publish("shop/v1/scanner-7/ask/scan", b"x") and box.device().is_in
    assert box.shown(box.broker.tls) == before


def by_the_timer(box, reload):
    """Renews as the service does: in a network of its own, where no live port is seen, with a unit that looks at them."""
    asked = box.folder / "asked"
    ports = f"{box.broker.tls},{box.broker.certificates},{box.pages.port}"
    places = ["--authority", box.broker.authority.folder, "--broker", box.broker.etc]
    tools = box.folder / "tools"
    tools.mkdir(exist_ok=True)
    # In place of systemd's: it starts what the unit starts.
    look = [program("edgectl"), "certificate", "shown", *places, "--shown-on", ports]
    box.script("tools/systemctl", f'echo "$@" >>{asked}\n[ "$1" = start ] || exit 1\nexec {" ".join(map(str, look))}')
    done = subprocess.run(
        [program("edgectl"), "certificate", "renew", "server", "--config", box.configuration, *map(str, places),
         "--shown-on", str(free_port()), "--reload", str(reload), "--look-unit", "edged-certificate-shown.service",
         "--format", "json"],
        capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8", "PATH": f"{tools}:{os.environ['PATH']}"})
    assert asked.read_text().splitlines()[-1] == "start edged-certificate-shown.service"
    return done


def test_by_the_timer_the_live_ports_are_looked_at_too(box):
    before, device = box.serial(), box.device()
    done = by_the_timer(box, box.reload)
    assert done.returncode == 0 and rows(done)["server"]["outcome"] == "renewed", done
    assert box.serial() != before
    for port in (box.broker.tls, box.broker.certificates, box.pages.port):
        assert box.shown(port) == box.serial()
    assert device.publish("shop/v1/scanner-7/ask/scan", b"x") and not device.ended.is_set()


def test_by_the_timer_a_certificate_that_a_live_port_does_not_show_is_taken_back(box):
    """nginx is told, the broker is not: whoever comes to the broker would go on seeing what is about to end."""
    before, device = box.serial(), box.device()
    half = box.script("half", f"kill -HUP {box.pages.process.child.pid}")
    done = by_the_timer(box, half)
    assert done.returncode == 1, done
    problem = rows(done)["server"]["problem"]
    assert problem["code"] == "certificate.takenBack" and "certificate.notTaken" in problem["cause"]
    assert box.serial() == before == box.shown(box.broker.tls)
    wait_until(lambda: box.shown(box.pages.port) == before, 20, "nginx showing the one before again", every=0.2)
    assert device.publish("shop/v1/scanner-7/ask/scan", b"x") and box.device().is_in


def test_a_port_that_goes_on_showing_a_former_certificate_is_named(box):
    ports = f"{box.broker.tls},{box.pages.port},{free_port()}"
    look = ("shown", "--shown-on", ports)
    done = box.certificate(*look, "--format", "json")
    assert done.returncode == 0 and json.loads(done.stdout)["shownOn"] == [box.broker.tls, box.pages.port], done
    # Put in place and told to nobody.
    fresh = box.broker.authority.issue("fresh", "box-1", box.broker.NAMES)
    former = {name: (box.broker.etc / name).read_bytes() for name in ("server.crt", "server.key")}
    box.broker.serve(*fresh)
    done = box.certificate(*look)
    assert done.returncode == 1 and f"Port {box.broker.tls} " in done.stderr, done
    french = box.certificate(*look, "--language", "fr")
    assert french.returncode == 1 and f"Le port {box.broker.tls} " in french.stderr, french
    subprocess.run([box.reload], check=True)
    assert box.certificate(*look).returncode == 0
    # Somebody's own certificate on a port is their business.
    foreign = Authority(box.folder / "foreign", "Somebody else")
    box.broker.serve(*foreign.issue("theirs", "box-1", box.broker.NAMES))
    theirs = box.serial()
    subprocess.run([box.reload], check=True)
    wait_until(lambda: {box.shown(port) for port in (box.broker.tls, box.pages.port)} == {theirs}, 20,
               "the ports showing somebody else's", every=0.1)
    for name, content in former.items():
        (box.broker.etc / name).write_bytes(content)
    done = box.certificate(*look, "--format", "json")
    assert done.returncode == 0 and json.loads(done.stdout)["shownOn"] == [], done


def test_a_certificate_that_cannot_be_proved_is_never_used(box):
    """The authority's certificate was replaced by another's: what it signs, no device would trust."""
    before = box.serial()
    foreign = Authority(box.folder / "foreign", "Somebody else")
    shutil.copy(foreign.key, box.broker.authority.key)
    done = box.certificate("renew", "server", "--format", "json")
    assert done.returncode == 1, done
    assert rows(done)["server"]["outcome"] == "refused"
    assert box.serial() == before == box.shown(box.broker.tls) and not (box.broker.etc / "current").exists()


def test_an_expired_authority_and_names_that_are_none_are_named_and_change_nothing(box):
    before = box.serial()
    (box.broker.etc / "names").write_text("till.example.org # by hand\n10.9.8.7\nnot a name\n")
    done = box.certificate("renew", "server")
    assert done.returncode == 78 and "certificate.badName" in done.stderr and "not a name" in done.stderr, done
    (box.broker.etc / "names").write_text("till.example.org # by hand\n10.9.8.7\n")
    # Made with a clock that was set back: the authority is over now.
    sound = box.broker.authority.certificate.read_bytes()
    over = Authority(box.folder / "over").issue("over", "Over", ends="20250101000000Z")[0]
    shutil.copy(over, box.broker.authority.certificate)
    done = box.certificate("renew", "server", "--format", "json")
    assert done.returncode == 1 and rows(done)["server"]["problem"]["code"] == "certificate.authorityEnded", done
    box.broker.authority.certificate.write_bytes(sound)
    assert box.serial() == before
    # Names that somebody chose are a reason to renew, and are in the new one.
    assert box.certificate("renew", "--due").returncode == 0
    listed = rows(box.certificate("list", "--format", "json"))["server"]
    assert {"till.example.org", "10.9.8.7", "localhost", "127.0.0.1"} <= set(listed["names"])
    assert box.shown(box.broker.tls) == box.serial() != before


def test_each_certificate_is_listed_with_its_end_and_the_worst_decides(box):
    done = box.certificate("list", "--format", "json")
    assert done.returncode == 0, done
    assert set(rows(done)) == {"authority", "server"} and 820 <= rows(done)["server"]["daysLeft"] <= 825
    for days, status, word in ((20, 2, "WARNING"), (-1, 1, "FAULT")):
        issue = box.broker.authority.issue
        end = subprocess.run(["date", "-u", "-d", f"{days} days", "+%Y%m%d%H%M%SZ"], capture_output=True, text=True,
                             check=True).stdout.strip()
        box.broker.serve(*issue(f"short{days}", "box-1", box.broker.NAMES, ends=end))
        done = box.certificate("list")
        assert done.returncode == status and word in done.stdout and "edgectl certificate renew" in done.stdout, done
        assert all(len(line) <= 80 or "/" in line for line in done.stdout.splitlines())
    # The expired one goes on serving those who look away, and the next renewal mends it.
    subprocess.run([box.reload], check=True)
    assert box.certificate("renew", "--due").returncode == 0
    assert box.certificate("list").returncode == 0 and box.device().is_in
    (box.broker.etc / "server.crt").unlink()
    assert box.certificate("list").returncode == 1
    french = box.certificate("list", "--language", "fr")
    assert "PANNE" in french.stdout and "absent" in french.stdout


def test_the_authority_is_shown_with_the_fingerprint_that_openssl_has(box):
    done = box.edgectl("authority", "show", "--authority", box.broker.authority.folder, "--format", "json")
    told = json.loads(done.stdout)
    fingerprint = openssl("x509", "-noout", "-fingerprint", "-sha256", "-in", box.broker.authority.certificate)
    assert done.returncode == 0 and told["sha256"] == fingerprint.strip().split("=")[1]
    done = box.edgectl("authority", "show", "--authority", box.folder / "nowhere")
    assert done.returncode == 1 and "certificate.noAuthority" in done.stderr


def test_two_renewals_at_once_do_not_meet(box):
    lock = box.broker.etc / ".renewal"
    lock.touch(0o600)
    holder = subprocess.Popen(["flock", lock, "sleep", "60"])
    try:
        wait_until(lambda: subprocess.run(["flock", "-n", lock, "true"], check=False).returncode != 0, 15, "the lock")
        done = box.certificate("renew", "server")
        assert done.returncode == 1 and "certificate.busy" in done.stdout
    finally:
        holder.terminate()
        holder.wait(10)
        subprocess.run(["flock", lock, "true"], check=False, timeout=80)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_no_other_user_of_the_box_holds_up_a_renewal(box):
    box.folder.chmod(0o755)
    assert box.certificate("renew", "server").returncode == 0
    assert (box.broker.etc / ".renewal").stat().st_mode & 0o777 == 0o600
    holder = subprocess.Popen(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "flock", box.broker.etc,
                               "sleep", "60"])
    try:
        done = box.certificate("renew", "server")
        assert done.returncode == 0, done.stderr
    finally:
        holder.terminate()
        holder.wait(10)


def test_a_certificate_that_was_made_while_the_clock_was_ahead_is_renewed_once_it_is_right(box):
    def stray(days):
        moment = subprocess.run(["date", "-u", "-d", f"{days} days", "+%Y%m%d%H%M%SZ"], capture_output=True, text=True,
                                check=True).stdout.strip()
        return moment
    box.broker.serve(*box.broker.authority.issue("early", "box-1", box.broker.NAMES, starts=stray(1_500), ends=stray(1_900)))
    done = box.certificate("renew", "server", "--due", "--format", "json")
    assert done.returncode == 0 and rows(done)["server"]["outcome"] == "renewed", done
    assert box.device().is_in


def moment(days):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).strftime("%Y%m%d%H%M%SZ")


def test_the_timer_makes_nothing_by_a_clock_that_is_not_synchronised_yet(box):
    box.broker.serve(*box.broker.authority.issue("soon", "box-1", box.broker.NAMES, ends=moment(30)))
    before = box.serial()
    box.clock = {"TEST_CLOCK": "free", "TEST_STARTED": "120"}
    done = box.certificate("renew", "server", "--due", "--format", "json")
    assert done.returncode == 2 and rows(done)["server"]["problem"]["code"] == "certificate.clockUnsure", done
    assert rows(done)["server"]["outcome"] == "waits" and box.serial() == before
    # A box that reaches no time server goes on by the clock that it has.
    box.clock["TEST_STARTED"] = "7200"
    done = box.certificate("renew", "server", "--due", "--format", "json")
    assert done.returncode == 0 and rows(done)["server"]["outcome"] == "renewed", done
    assert box.device().is_in


def test_a_person_or_a_missing_certificate_waits_for_no_clock(box):
    box.clock = {"TEST_CLOCK": "free", "TEST_STARTED": "120"}
    assert box.certificate("renew", "server").returncode == 0
    (box.broker.etc / "server.crt").unlink()
    done = box.certificate("renew", "server", "--due", "--format", "json")
    assert done.returncode == 0 and rows(done)["server"]["outcome"] == "renewed", done


def test_without_a_network_the_addresses_of_the_certificate_in_use_stay(box):
    (box.folder / "addresses").write_text("10.9.8.7 2001:db8::7\n")
    assert box.certificate("renew", "server", "--addresses", box.folder / "addresses").returncode == 0
    (box.folder / "addresses").write_text("\n")
    done = box.certificate("renew", "server", "--addresses", box.folder / "addresses")
    assert done.returncode == 0, done.stderr
    said = openssl("x509", "-noout", "-ext", "subjectAltName", "-in", box.broker.etc / "server.crt")
    assert "IP Address:10.9.8.7" in said and "IP Address:2001:DB8:0:0:0:0:0:7" in said
    # Another address, and the former ones go.
    (box.folder / "addresses").write_text("10.9.8.8\n")
    assert box.certificate("renew", "server", "--addresses", box.folder / "addresses").returncode == 0
    said = openssl("x509", "-noout", "-ext", "subjectAltName", "-in", box.broker.etc / "server.crt")
    assert "10.9.8.8" in said and "10.9.8.7" not in said


class Office:
    """Headquarters' broker: it lets in whoever has a certificate of the shops' authority."""

    def __init__(self, folder):
        self.folder = folder / "office"
        self.folder.mkdir()
        self.servers = Authority(self.folder / "servers", "Headquarters servers")
        self.shops = Authority(self.folder / "shops", "Headquarters shops")
        self.port = free_port()
        certificate, key = self.servers.issue("hq", "localhost", ("DNS:localhost",))
        user = "user root\n" if os.geteuid() == 0 else ""
        (self.folder / "mosquitto.conf").write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\nuse_identity_as_username true\n"
            f"require_certificate true\ncafile {self.shops.certificate}\ncertfile {certificate}\nkeyfile {key}\n"
            f"log_type all\n{user}")
        self.process = Process("headquarters' broker", [MOSQUITTO, "-c", self.folder / "mosquitto.conf"],
                               self.folder / "broker.log")

    def start(self):
        self.process.start()
        wait_until(lambda: Client(self.port).answer is not None, 15, "headquarters' broker")
        return self

    def sign(self, request, days=90, authority=None, name="signed"):
        """What headquarters does with a request."""
        signed = self.folder / f"{name}.crt"
        extensions = self.folder / "client.ext"
        extensions.write_text("extendedKeyUsage=clientAuth\n")
        authority = authority or self.shops
        openssl("x509", "-req", "-in", request, "-CA", authority.certificate, "-CAkey", authority.key, "-days", days,
                "-extfile", extensions, "-out", signed)
        return signed


@pytest.fixture
def office(box):
    office = Office(box.folder).start()
    places = box.folder / "shop-certificates"
    places.mkdir()
    # Of three months, with two days left.
    days = [subprocess.run(["date", "-u", "-d", f"{day} days", "+%Y%m%d%H%M%SZ"], capture_output=True, text=True,
                           check=True).stdout.strip() for day in (-88, 2)]
    certificate, key = office.shops.issue("shop", "S1", usage="clientAuth", starts=days[0], ends=days[1])
    shutil.copy(certificate, places / "client.crt")
    shutil.copy(key, places / "client.key")
    box.configuration.write_text(json.dumps({
        "shop": {"id": "S1"}, "devices": {"host": "127.0.0.1"},
        "headquarters": {"host": "localhost", "port": office.port, "ca": str(office.servers.certificate),
                         "certificate": str(places / "client.crt"), "key": str(places / "client.key")}}))
    office.places = places
    yield office
    office.process.kill()


def logs_in(office):
    """Whether the pair in use is let in, by a public client."""
    done = subprocess.run(
        ["mosquitto_pub", "-h", "localhost", "-p", str(office.port), "--cafile", office.servers.certificate, "--cert",
         office.places / "client.crt", "--key", office.places / "client.key", "-t", "x", "-n", "-q", "1"],
        capture_output=True, text=True, timeout=30, check=False)
    return done.returncode == 0


def test_headquarters_signs_and_the_key_never_leaves_the_box(box, office):
    before = (office.places / "client.crt").read_bytes()
    request = box.folder / "shop.csr"
    assert box.certificate("renew", "headquarters", "--request", request).returncode == 0
    assert "subject=CN = S1" in openssl("req", "-in", request, "-noout", "-subject")
    # Asked again, it is the same key; nothing is used yet.
    again = box.certificate("renew", "headquarters", "--request", "-")
    assert openssl("req", "-noout", "-pubkey", text=again.stdout) == openssl("req", "-noout", "-pubkey", "-in", request)
    assert (office.places / "client.crt").read_bytes() == before and logs_in(office)

    # What is not for this key, not valid, or no certificate is refused, and changes nothing.
    other, _ = office.shops.issue("other", "S1", usage="clientAuth")
    over, _ = office.shops.issue("over", "S1", usage="clientAuth", ends="20250101000000Z")
    for wrong in (other, over, request, box.configuration):
        done = box.certificate("renew", "headquarters", "--from", wrong, "--format", "json")
        assert done.returncode == 1 and rows(done)["headquarters"]["problem"]["code"] == "certificate.refused", done
    # One that headquarters' broker does not let in is not used.
    done = box.certificate("renew", "headquarters", "--from", office.sign(request, authority=Authority(box.folder / "x")),
                           "--format", "json")
    assert done.returncode == 1 and rows(done)["headquarters"]["problem"]["code"] == "certificate.notProved", done
    assert (office.places / "client.crt").read_bytes() == before and logs_in(office)

    # Headquarters is away: it waits, and is taken when somebody tries again.
    signed = office.sign(request)
    office.process.kill()
    done = box.certificate("renew", "headquarters", "--from", signed, "--format", "json")
    assert done.returncode == 2 and rows(done)["headquarters"]["problem"]["code"] == "certificate.notNow", done
    assert (office.places / "client.crt").read_bytes() == before
    assert rows(box.certificate("list", "--format", "json"))["headquarters.pending"]["daysLeft"] >= 89
    office.start()
    done = box.certificate("renew", "--due", "--format", "json")
    assert done.returncode == 0 and rows(done)["headquarters"]["outcome"] == "renewed", done
    assert (office.places / "client.crt").read_text() == signed.read_text() and logs_in(office)
    assert not (office.places / "pending").exists()
    assert (office.places / "client.key").stat().st_mode & 0o077 == 0


def test_a_program_of_the_house_gets_the_signature_when_it_is_due(box, office):
    done = box.certificate("renew", "--due", "--format", "json")
    assert done.returncode == 2 and rows(done)["headquarters"]["outcome"] == "waitsForSignature", done
    # It fails for weeks: the shop goes on, and it is said each day.
    box.script("hook", "echo 'no line' >&2; exit 7")
    done = box.certificate("renew", "--due", "--format", "json")
    assert done.returncode == 2 and "no line" in rows(done)["headquarters"]["problem"]["cause"], done
    assert logs_in(office)
    box.script("hook", f"""
        cat > {office.folder}/hook.csr
        openssl x509 -req -in {office.folder}/hook.csr -CA {office.shops.certificate} -CAkey {office.shops.key} -days 90
        """)
    done = box.certificate("renew", "--due", "--format", "json")
    assert done.returncode == 0 and rows(done)["headquarters"]["outcome"] == "renewed", done
    assert logs_in(office)
    done = box.certificate("renew", "--due", "--format", "json")
    assert done.returncode == 0 and rows(done)["headquarters"]["outcome"] == "notDue", done


def signing(office, authority, days=90):
    """What a program of the house does, with a count of how often it was asked."""
    return f"""
        echo asked >>{office.folder}/asked
        cat > {office.folder}/hook.csr
        openssl x509 -req -in {office.folder}/hook.csr -CA {authority.certificate} -CAkey {authority.key} -days {days}
        """


def test_a_signature_that_headquarters_does_not_take_is_asked_for_again(box, office):
    box.script("hook", signing(office, Authority(box.folder / "wrong")))
    done = box.certificate("renew", "--due", "--format", "json")
    assert done.returncode == 1 and rows(done)["headquarters"]["problem"]["code"] == "certificate.notProved", done
    assert logs_in(office)
    # Mended there, it is mended here by itself.
    box.script("hook", signing(office, office.shops))
    done = box.certificate("renew", "--due", "--format", "json")
    assert done.returncode == 0 and rows(done)["headquarters"]["outcome"] == "renewed", done
    assert (office.folder / "asked").read_text() == "asked\nasked\n" and logs_in(office)


def test_a_signature_that_ended_while_it_waited_is_asked_for_again(box, office):
    assert box.certificate("renew", "headquarters", "--request", box.folder / "shop.csr").returncode == 0
    pending = office.places / "pending"
    over, _ = office.shops.issue("over", "S1", usage="clientAuth", ends="20250101000000Z")
    shutil.copy(over, pending / "client.crt")
    box.script("hook", signing(office, office.shops))
    done = box.certificate("renew", "--due", "--format", "json")
    assert done.returncode == 0 and rows(done)["headquarters"]["outcome"] == "renewed", done
    assert logs_in(office)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can hand a file to another user")
def test_a_pair_that_root_delivered_is_renewed_as_the_agents_user(box, office):
    for folder in (box.folder, office.folder, box.folder.parent, office.shops.folder):
        folder.chmod(0o755)
    # The hook signs in headquarters' place.
    office.shops.key.chmod(0o644)
    office.folder.chmod(0o777)
    os.chown(office.places, 65534, 65534)
    for name in ("client.crt", "client.key"):
        os.chown(office.places / name, 0, 65534)
        (office.places / name).chmod(0o640)
    box.script("hook", signing(office, office.shops))
    done = box.certificate("renew", "--due", "--format", "json")
    assert done.returncode == 0 and rows(done)["headquarters"]["outcome"] == "renewed", done
    assert (office.places / "issued" / "before" / "client.key").stat().st_mode & 0o777 == 0o640
    assert logs_in(office)


def test_a_pair_in_a_plain_folder_current_is_renewed_and_asked_for_once(box, office):
    current = office.places / "current"
    current.mkdir()
    for name in ("client.crt", "client.key"):
        (office.places / name).rename(current / name)
    told = json.loads(box.configuration.read_text())
    told["headquarters"] |= {"certificate": str(current / "client.crt"), "key": str(current / "client.key")}
    box.configuration.write_text(json.dumps(told))
    before = (current / "client.crt").read_bytes()
    box.script("hook", signing(office, office.shops))
    done = box.certificate("renew", "--due", "--format", "json")
    assert done.returncode == 0 and rows(done)["headquarters"]["outcome"] == "renewed", done
    assert current.is_symlink() and (current / "client.crt").read_bytes() != before
    assert (office.places / "issued" / "before" / "client.crt").read_bytes() == before
    assert sorted(entry.name for entry in office.places.iterdir()) == [".renewal", "current", "issued"]
    done = box.certificate("renew", "--due", "--format", "json")
    assert rows(done)["headquarters"]["outcome"] == "notDue"
    assert (office.folder / "asked").read_text() == "asked\n"


def test_a_configuration_without_a_certificate_of_headquarters_is_said(box):
    box.configuration.write_text(json.dumps({
        "shop": {"id": "S1"}, "devices": {"host": "127.0.0.1"}, "headquarters": {"host": "127.0.0.1"}}))
    done = box.certificate("renew", "headquarters")
    assert done.returncode == 1 and "certificate.none" in (done.stderr + done.stdout)
    done = box.certificate("renew", "headquarters", "--from", pathlib.Path("/nonexistent"))
    assert done.returncode == 1
    box.configuration.write_text("{")
    assert box.certificate("list").returncode == 78
