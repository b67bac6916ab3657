"""The doors of the shop's broker: damaged files open none, TLS is 1.2 at least, limits hold, pages come through nginx."""

import json
import os
import re
import socket
import subprocess
import urllib.error
import urllib.request

import pytest

from shop.authority import Authority
from shop.browser import Browser
from shop.processes import wait_until
from shop.secure_broker import SHIPPED, Pages, SecureBroker


@pytest.fixture
def broker(tmp_path):
    """A prepared broker with one device; started."""
    broker = SecureBroker(tmp_path).prepare().start()
    broker.enrol("scanner-7")
    yield broker
    broker.stop()


def cut(text):
    return text[:len(text) // 2]


def changed(change):
    def apply(text):
        document = json.loads(text)
        change(document)
        return json.dumps(document)
    return apply


DAMAGED = {
    "missing": lambda text: None,
    "empty": lambda text: "",
    "a blank": lambda text: "\n",
    "cut": cut,
    "cut at its last byte": lambda text: text.rstrip()[:-1],
    "null": lambda text: "null",
    "a list": lambda text: "[]",
    "an empty object": lambda text: "{}",
    "no JSON": lambda text: "user scanner-7\ntopic #\n",
    "zeros": lambda text: "\0" * len(text),
    "more behind it": lambda text: text + text,
    "without clients": changed(lambda all: all.pop("clients")),
    "clients no list": changed(lambda all: all.update(clients={"scanner-7": "secret"})),
    "without roles": changed(lambda all: all.pop("roles")),
    "without defaults": changed(lambda all: all.pop("defaultACLAccess")),
    "defaults of text": changed(lambda all: all.update(defaultACLAccess={
        "publishClientSend": "false", "publishClientReceive": "no", "subscribe": "", "unsubscribe": 0})),
    "everybody may publish": changed(lambda all: all["defaultACLAccess"].update(publishClientSend=True)),
    "a group for nobody": changed(lambda all: all.update(
        anonymousGroup="all", groups=[{"groupname": "all", "roles": [{"rolename": "agent"}]}])),
    "passwords gone": changed(lambda all: [client.update(password="") for client in all["clients"]]),
    "salts gone": changed(lambda all: [client.pop("salt") for client in all["clients"]]),
    "iterations wrong": changed(lambda all: [client.update(iterations=0) for client in all["clients"]]),
    "a device with the agent's rights": changed(lambda all: [
        client["roles"].append({"rolename": "agent"}) for client in all["clients"] if client["username"] == "scanner-7"]),
    "a device that may do all": changed(lambda all: [
        role["acls"].append({"acltype": "publishClientSend", "topic": "#", "allow": True})
        for role in all["roles"] if role["rolename"] == "branch-scanner-7"]),
    "a device on all branches": changed(lambda all: [
        role["acls"].append({"acltype": "publishClientReceive", "topic": "shop/v1/+/reply", "allow": True})
        for role in all["roles"] if role["rolename"] == "branch-scanner-7"]),
    "disabled in words": changed(lambda all: [client.update(disabled="true") for client in all["clients"]]),
    "twice the same": changed(lambda all: all["clients"].append(all["clients"][0])),
}
#: Those that have right passwords in them: mosquitto alone would let their owners in, as it should or should not.
READABLE = {"more behind it", "without roles", "without defaults", "defaults of text", "everybody may publish",
            "a group for nobody", "a device with the agent's rights", "a device that may do all",
            "a device on all branches", "disabled in words", "twice the same"}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_account_file_opens_nothing(broker, damage):
    broker.process.stop()
    file = broker.access_file
    sound = file.read_text()
    broken = DAMAGED[damage](sound)
    file.unlink()
    if broken is not None:
        file.write_text(broken)
    check = broker.access("check")
    assert check.returncode == 78 and "broker-access: " in check.stderr, check
    if broken is not None:
        # The broker is not started, the file is left for whoever mends it, and it is said what to do.
        prepare = broker.access("prepare")
        assert prepare.returncode == 78 and "To mend it" in prepare.stderr, prepare
        assert file.read_text() == broken
    if damage not in READABLE:
        # And were it started without asking, it would let nobody in.
        broker.start(wait=False)
        wait_until(lambda: not broker.process.is_running or broker.listens(), 15, "the broker's start")
        if broker.process.is_running:
            for user, password in ((None, None), ("scanner-7", "secret"), ("scanner-7", ""), ("scanner-7", None),
                                   ("agent", broker.password("agent")), ("", ""), ("nobody", "x")):
                client = broker.client(user, password)
                assert not client.is_in, f"{user} came in"
        broker.process.stop()
    if broken is None:
        # Made anew: the box's own accounts, and no device.
        assert broker.access("prepare").returncode == 0
        broker.start()
        assert broker.client("agent").is_in and not broker.client("scanner-7", "secret").is_in
    else:
        file.write_text(sound)
        assert broker.access("prepare").returncode == 0
        broker.start()
        assert broker.client("scanner-7", "secret").is_in


def test_the_plugin_missing_or_without_its_file_opens_nothing(tmp_path):
    for number, change in enumerate((
            ("plugin mosquitto_dynamic_security.so", "plugin mosquitto_no_such_plugin.so"),
            ("plugin_opt_config_file", "# plugin_opt_config_file"))):
        broker = SecureBroker(tmp_path / str(number), changes=[change]).prepare()
        broker.start(wait=False)
        wait_until(lambda: not broker.process.is_running or broker.listens(), 15, "the broker's start")
        if broker.process.is_running:
            for user, password in ((None, None), ("agent", broker.password("agent")), ("agent", None), ("", "")):
                assert not broker.client(user, password).is_in
        broker.stop()


def test_preparing_again_keeps_devices_and_secrets_and_sets_the_package_s_roles(broker):
    broker.process.stop()
    before = {file.name: file.read_bytes() for file in broker.secrets.iterdir()}
    assert set(before) == {"devices-password", "probe-password", "technician-password", "broker-admin-password"}
    assert all(len(secret) == 32 for secret in before.values()) and len(set(before.values())) == 4
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in [*broker.secrets.iterdir(), broker.access_file])
    document = json.loads(broker.access_file.read_text())
    for role in document["roles"]:
        if role["rolename"] == "device":
            role["acls"] = []
    document["roles"].append({"rolename": "profile-weigh-1", "acls": []})
    next(client for client in document["clients"] if client["username"] == "agent")["roles"].append(
        {"rolename": "profile-weigh-1"})
    broker.access_file.write_text(json.dumps(document))
    assert broker.access("prepare").returncode == 0
    assert {file.name: file.read_bytes() for file in broker.secrets.iterdir()} == before
    after = json.loads(broker.access_file.read_text())
    assert next(role for role in after["roles"] if role["rolename"] == "device")["acls"]
    agent = next(client for client in after["clients"] if client["username"] == "agent")
    assert {role["rolename"] for role in agent["roles"]} == {"agent", "profile-weigh-1"}
    # A secret that was replaced is the account's password from the next start on.
    (broker.secrets / "probe-password").unlink()
    assert broker.access("prepare").returncode == 0
    assert (broker.secrets / "probe-password").read_bytes() != before["probe-password"]
    broker.start()
    assert broker.client("scanner-7", "secret").is_in and broker.client("probe").is_in
    assert not broker.client("probe", before["probe-password"].decode()).is_in


@pytest.mark.skipif(os.geteuid() != 0, reason="a full disk is a small tmpfs, which only root mounts")
def test_a_full_disk_keeps_no_shop_closed_whose_accounts_are_sound(broker):
    broker.process.stop()
    sound = broker.access_file.read_text()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", broker.state], check=True)
    try:
        broker.access_file.write_text(sound)
        with open(broker.state / "ballast", "wb", buffering=0) as ballast, pytest.raises(OSError):
            while True:
                ballast.write(b"\0" * 4096)
        done = broker.access("prepare")
        assert done.returncode == 0 and "warning" in done.stderr, done
        assert broker.access_file.read_text() == sound
        assert broker.access("check").returncode == 0
    finally:
        subprocess.run(["umount", broker.state], check=True)


def test_what_the_broker_kept_of_a_flood_is_set_aside(broker):
    broker.process.stop()
    kept = broker.state / "mosquitto.db"
    with open(kept, "wb") as file:
        file.truncate(200 << 20)
    done = broker.access("prepare")
    assert done.returncode == 0 and "set aside" in done.stderr, done
    assert not kept.exists() and (broker.state / "mosquitto.db.too-large").exists()


def handshake(port, *options, authority):
    """What openssl's own client sees."""
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", "localhost", "-CAfile",
         authority.certificate, "-verify_return_error", *options], input="", capture_output=True, text=True, timeout=30,
        check=False)
    return done.stdout + done.stderr


def plain_connect(port):
    """What comes back to a right CONNECT in the clear."""
    with socket.create_connection(("127.0.0.1", port), 15) as raw:
        raw.settimeout(15)
        body = b"\0\4MQTT\4\xc2\0\x3c\0\1r\0\x09scanner-7\0\6secret"
        raw.sendall(b"\x10" + bytes([len(body)]) + body)
        try:
            return raw.recv(4)
        except ConnectionResetError:
            return b""


def test_tls_is_1_2_at_least_with_forward_secrecy_and_nothing_speaks_plainly(broker):
    nginx = Pages(broker).start()
    try:
        for port in (broker.tls, broker.certificates, nginx.port):
            for version in ("-tls1", "-tls1_1"):
                seen = handshake(port, version, "-cipher", "ALL:@SECLEVEL=0", authority=broker.authority)
                # The server's own word, not the client's unwillingness.
                assert "alert protocol version" in seen, seen
            assert "New, TLSv1.2" in handshake(port, "-tls1_2", authority=broker.authority)
            assert "New, TLSv1.3" in handshake(port, "-tls1_3", authority=broker.authority)
            weak = handshake(port, "-tls1_2", "-cipher", "AES128-SHA:AES256-GCM-SHA384:ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0",
                             authority=broker.authority)
            assert "alert handshake failure" in weak, weak
            assert not plain_connect(port).startswith(b"\x20"), "it spoke plain MQTT"
        assert plain_connect(broker.plain) == b"\x20\2\0\0"
        # In the clear only on the box itself.
        listening = re.findall(r"^listener (\d+)(.*)$", (SHIPPED / "mosquitto.conf").read_text(), re.M)
        assert {int(port) for port, address in listening if address.strip() != "127.0.0.1"} == {8883, 8884}
    finally:
        nginx.stop()


def test_a_client_checks_the_box_and_the_box_its_clients(broker, tmp_path):
    foreign = Authority(tmp_path / "foreign", "Somebody else")
    device = broker.client("scanner-7", "secret", port=broker.tls, tls=broker.trust(), host="localhost")
    assert device.is_in
    assert "certificate verify failed" in broker.client(
        "scanner-7", "secret", port=broker.tls, tls=broker.trust(foreign), host="localhost").answer
    issue = broker.authority.issue
    certificate = broker.trust(None, *issue("scanner-7", usage="clientAuth"))
    known = broker.client(port=broker.certificates, tls=certificate, host="localhost")
    assert known.is_in and known.publish("shop/v1/scanner-7/ask/scan", b"x")
    assert not known.publish("shop/v1/till-1/ask/scan", b"x")
    # The name of the certificate counts, not the one that the device says.
    posing = broker.client("agent", broker.password("agent"), port=broker.certificates, tls=certificate, host="localhost")
    assert not posing.publish("shop/v1/all/agent", b"x") and posing.publish("shop/v1/scanner-7/ask/scan", b"x")
    refused = {
        "none": broker.trust(),
        "of another authority": broker.trust(None, *foreign.issue("scanner-7", usage="clientAuth")),
        "of a server": broker.trust(None, *issue("box-2", "scanner-7", usage="serverAuth")),
        "that is over": broker.trust(None, *issue("old", "scanner-7", usage="clientAuth", ends="20250101000000Z")),
        "that is not yet": broker.trust(None, *issue("new", "scanner-7", usage="clientAuth", starts="20980101000000Z")),
    }
    for kind, context in refused.items():
        client = broker.client("scanner-7", "secret", port=broker.certificates, tls=context, host="localhost")
        assert not client.is_in, f"a certificate {kind} came in"
    # A name without an account comes as far as the door.
    stranger = broker.client(port=broker.certificates, tls=broker.trust(None, *issue("till-9", usage="clientAuth")),
                             host="localhost")
    assert not stranger.is_in or not (stranger.publish("shop/v1/till-9/ask/scan", b"x")
                                      or stranger.subscribe("shop/v1/till-9/reply"))


def test_a_client_id_throws_out_nobody_but_the_same_credential(broker):
    broker.enrol("till-1")
    options = {"port": broker.tls, "tls": broker.trust(), "host": "localhost"}
    till = broker.client("till-1", "secret", client_id="till-1", **options)
    agent = broker.client("agent", client_id="edged-S1")
    for client_id in ("till-1", "edged-S1", "agent"):
        assert broker.client("scanner-7", "secret", client_id=client_id, **options).is_in
        assert not broker.client("scanner-7", "wrong", client_id=client_id, **options).is_in
    assert not broker.client("till-1", "wrong", client_id="till-1", **options).is_in
    assert till.publish("shop/v1/till-1/ask/scan", b"x") and agent.publish("shop/v1/all/agent", b"x")
    assert not till.ended.is_set() and not agent.ended.is_set()
    broker.client("till-1", "secret", client_id="another", **options)
    wait_until(till.ended.is_set, 15, "the end of the first connection of one credential")
    assert "Client till-1 already connected, closing old connection." in broker.process.said()


def test_the_log_tells_who_comes_from_where_and_what_it_was_refused_for(broker, tmp_path):
    broker.client("scanner-7", "wrong", port=broker.tls, tls=broker.trust(), host="localhost")
    broker.client("scanner-7", "secret", port=broker.tls, tls=broker.trust(), host="localhost")
    broker.client("scanner-7", "secret", port=broker.tls, tls=broker.trust(Authority(tmp_path / "x")), host="localhost")
    for line in (rf"New connection from 127\.0\.0\.1:\d+ on port {broker.tls}\.",
                 r"New client connected from 127\.0\.0\.1:\d+ as scanner-7 \(p5, c1, k60, u'scanner-7'\)\.",
                 r"Client <unknown> disconnected, not authorised\.",
                 # The second where the broker was slow, and the alert came while it still took the connection.
                 r"OpenSSL Error.*alert unknown ca|Client connection from 127\.0\.0\.1 failed: .*alert unknown ca"):
        wait_until(lambda line=line: re.search(line, broker.process.said()), 15, f"the log's line {line}")


def test_sizes_are_bounded_and_the_agent_stays_connected(broker):
    agent = broker.client("agent")
    assert agent.subscribe("shop/v1/+/ask/#")
    device = broker.client("scanner-7", "secret", version=5)
    topic = "shop/v1/scanner-7/ask/scan"
    assert device.publish(topic, b"a" * 260_000)
    greedy = broker.client("scanner-7", "secret", version=5)
    assert not greedy.publish(topic, b"b" * 262_144)
    wait_until(greedy.ended.is_set, 15, "the end of a connection that sent too much")
    assert "oversize packet" in broker.process.said()
    # A packet beyond the limit ends the connection on its first bytes, before 200 MiB are taken in.
    with socket.create_connection(("127.0.0.1", broker.plain), 15) as raw:
        raw.settimeout(15)
        body = b"\0\4MQTT\4\xc2\0\x3c\0\1r\0\x09scanner-7\0\6secret"
        raw.sendall(b"\x10" + bytes([len(body)]) + body)
        assert raw.recv(4) == b"\x20\2\0\0"
        raw.sendall(b"\x32\xff\xff\xff\x7f" + len(topic).to_bytes(2, "big") + topic.encode() + b"\0\1")
        try:
            assert raw.recv(1) == b""
        except ConnectionResetError:
            pass
    assert device.publish(topic, b"c")
    agent.wait_heard(b"c")
    assert [len(message.payload) for message in agent.heard] == [260_000, 1]
    # Before a client has said who it is, much less is taken.
    with socket.create_connection(("127.0.0.1", broker.plain), 15) as raw:
        raw.settimeout(15)
        raw.sendall(b"\x10\xff\xff\xff\x7f")
        try:
            assert raw.recv(1) == b""
        except ConnectionResetError:
            pass


def test_connections_and_queues_are_bounded(tmp_path):
    broker = SecureBroker(tmp_path, changes=[
        ("max_connections 64", "max_connections 6"), ("max_queued_messages 10000", "max_queued_messages 40"),
        ("max_inflight_messages 256", "max_inflight_messages 10")]).prepare().start()
    try:
        clients = [broker.client("agent", client_id=f"a-{number}") for number in range(10)]
        assert 5 <= [client.is_in for client in clients].count(True) <= 7
        for client in clients:
            client.stop()
        broker.enrol("scanner-7")
        absent = broker.client("agent", client_id="kept", version=4, connect=False)
        absent.client._clean_session = False
        absent.open().subscribe("shop/v1/+/ask/#")
        absent.stop()
        speaker = broker.client("scanner-7", "secret")
        for number in range(100):
            speaker.publish("shop/v1/scanner-7/ask/scan", str(number).encode())
        back = broker.client("agent", client_id="kept", version=4, connect=False)
        back.client._clean_session = False
        back.open()
        speaker.publish("shop/v1/scanner-7/ask/scan", b"last")
        back.wait_heard(b"last")
        assert 40 <= len(back.heard) <= 52, [message.payload for message in back.heard]
    finally:
        broker.stop()


def test_keep_alive_is_bounded_for_those_who_can_be_told(broker):
    with socket.create_connection(("127.0.0.1", broker.plain), 15) as raw:
        raw.settimeout(15)
        body = b"\0\4MQTT\5\xc2\xff\xff\0\0\1r\0\x09scanner-7\0\6secret"
        raw.sendall(b"\x10" + bytes([len(body)]) + body)
        assert b"\x13" + (600).to_bytes(2, "big") in raw.recv(200), "no server keep-alive of 600 s was told"


@pytest.fixture
def pages(broker):
    """nginx as it is installed, before the broker."""
    (broker.etc / "pages.d").mkdir()
    (broker.etc / "pages.d" / "shop.conf").write_text('set $edged_shop "S1";\n')
    pages = Pages(broker).start()
    yield pages
    pages.stop()


def fetch(broker, url, method="GET", headers=None):
    request = urllib.request.Request(url, method=method, headers=headers or {})
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=broker.trust()), NoRedirect)
    try:
        answer = opener.open(request, timeout=15)
    except urllib.error.HTTPError as error:
        answer = error
    return answer.status, answer.headers, answer.read()


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def test_pages_reach_the_broker_over_tls_on_one_origin(broker, pages):
    for version in (4, 5):
        for origin in (None, f"https://localhost:{pages.port}", "https://localhost", "https://LOCALHOST"):
            device = broker.client(
                "scanner-7", "secret", port=pages.port, tls=broker.trust(), host="localhost", version=version,
                websocket={"headers": {"Origin": origin, "Cookie": "x" * 3000}} if origin else {})
            assert device.is_in, (origin, device.answer)
            assert device.subscribe("shop/v1/scanner-7/reply")
            agent = broker.client("agent")
            agent.publish("shop/v1/scanner-7/reply", b"r" * 60_000)
            device.wait_heard(b"r" * 60_000)
            assert device.publish("shop/v1/scanner-7/ask/scan", b"q" * 60_000) or version == 4
            device.stop()
            agent.stop()
    for origin in ("https://elsewhere.example", "http://localhost", "https://localhost.elsewhere.example", "null",
                   "https://elsewhere.example/localhost"):
        assert not broker.client("scanner-7", "secret", port=pages.port, tls=broker.trust(), host="localhost",
                                 websocket={"headers": {"Origin": origin}}).is_in, origin
    for user, password in ((None, None), ("scanner-7", "wrong")):
        assert not broker.client(user, password, port=pages.port, tls=broker.trust(), host="localhost",
                                 websocket={}).is_in
    assert not broker.client("scanner-7", "secret", port=pages.port, tls=broker.trust(), host="localhost",
                             websocket={"path": "/"}).is_in


def test_pages_are_served_with_what_guards_them(broker, pages):
    secure, plain = f"https://localhost:{pages.port}", f"http://localhost:{pages.plain}"
    status, headers, body = fetch(broker, secure + "/")
    assert status == 200 and b"box.js" in body and headers["Content-Type"].startswith("text/html")
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'" and policy["script-src"] == "'self'" and policy["frame-ancestors"] == "'self'"
    assert headers["X-Content-Type-Options"] == "nosniff" and headers["Cache-Control"] == "no-cache"
    # A certificate that ran out must not lock a clerk out of the shop's own pages.
    assert headers["Strict-Transport-Security"] is None
    assert json.loads(fetch(broker, secure + "/box.json")[2])["shop"] == "S1"
    for base in (secure, plain):
        assert fetch(broker, base + "/ca.crt")[2] == broker.authority.certificate.read_bytes()
    status, headers, _ = fetch(broker, plain + "/mirror?x=1")
    assert status == 301 and headers["Location"] == "https://localhost/mirror?x=1"
    for path, method, expected in (("/mqtt", "GET", 426), ("/", "POST", 403), ("/.git/config", "GET", 403),
                                   ("/../../etc/passwd", "GET", 400), ("/nothing", "GET", 404),
                                   ("/server.key", "GET", 404)):
        assert fetch(broker, secure + path, method)[0] == expected, path
    (pages.own / "index.html").write_text("the shop's own")
    assert fetch(broker, secure + "/")[2] == b"the shop's own"
    assert fetch(broker, secure + "/box.js")[0] == 200


def test_the_box_s_own_page_says_which_shop_it_is_and_whether_devices_reach_the_broker(broker, pages, tmp_path):
    ended = "document.querySelectorAll('dd.fine, dd.fault').length == 3"
    browser = Browser(tmp_path, "en")
    try:
        browser.open(f"https://localhost:{pages.port}/")
        browser.wait(ended)
        text = browser.text()
        assert "Shop S1" in text and "speaks mqtt" in text and "lets nobody in without a name" in text
        assert browser.value("document.querySelectorAll('dd.fault').length") == 0
    finally:
        browser.stop()
    broker.process.stop()
    browser = Browser(tmp_path, "fr-FR,fr")
    try:
        browser.open(f"https://localhost:{pages.port}/")
        browser.wait(ended)
        text = browser.text()
        assert "Magasin S1" in text and "refusé" in text and "sudo edgectl check --only broker" in text
        assert browser.value("document.documentElement.lang") == "fr"
    finally:
        browser.stop()
