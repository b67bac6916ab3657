"""Each fault of the network is real here, and `edgectl check` names that cause and no other."""

import os
import pathlib
import signal
import sys

import pytest

from shop import foreign
from shop.authority import Authority
from shop.check import NETWORK, check as check_box, configured
from shop.foreign import Stranger, server_tls
from shop.network import Line, Namespace, needs_namespaces
from shop.processes import Process, free_port, wait_until
from shop.secure_broker import SecureBroker

#: What an agent that does not run cannot tell.
UNTOLD = ("hq.echo", "hq.identity")


def check(configuration, only=NETWORK, *more, **options):
    """No agent runs beside these tests, and there is no state: what that means has tests of its own."""
    return check_box(configuration, only, "--skip", "agent,state", *more, **options)


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    """The shop's broker as it is packaged, with its TLS listener open to the network."""
    broker = SecureBroker(tmp_path_factory.mktemp("broker"))
    text = broker.configuration.read_text()
    assert f"listener {broker.tls} 127.0.0.1" in text
    broker.configuration.write_text(text.replace(f"listener {broker.tls} 127.0.0.1", f"listener {broker.tls}"))
    broker.prepare().start()
    yield broker
    broker.stop()


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """Headquarters' authority, and certificates right and wrong."""
    return Authority(tmp_path_factory.mktemp("authority"), "Headquarters")


def agent_of(broker, **more):
    """The agent's part of the configuration for a broker."""
    return {"host": "127.0.0.1", "port": broker.plain, "username": "agent",
            "passwordFile": str(broker.secrets / "devices-password"), **more}


def shop_config(folder, broker, fleet=("scanner-1",), **more):
    return configured(folder, agent_of(broker, **more),
                      fleet=[{"id": device, "family": "scanner"} for device in fleet])


# --- The shop's broker ------------------------------------------------------------------------------------------------

def test_a_broker_that_is_as_it_should_be_is_fine(broker, tmp_path):
    report = check(shop_config(tmp_path, broker), "broker")
    report.is_fine("broker.pages")
    assert "mosquitto" in report["broker.reachable"]["detail"]
    assert str(broker.tls) in report["broker.listeners"]["detail"]


def test_a_stopped_broker_is_named_and_nothing_above_it(broker, tmp_path):
    broker.process.stop()
    try:
        report = check(shop_config(tmp_path, broker), "broker,device")
        report.names_only("broker.reachable", "broker.nothingListens")
        assert {rung["because"] for rung in report.json["rungs"] if rung["verdict"] == "skipped" and "because" in rung} \
            == {"broker.reachable"}
    finally:
        broker.start()


@pytest.mark.parametrize("greeting, seen", [(b"SSH-2.0-OpenSSH_9.2\r\n", "SSH-2.0"), (b"", "nothing")])
def test_a_foreign_program_on_the_port_is_named_with_its_process(tmp_path, greeting, seen):
    stranger = Stranger(greeting)
    try:
        report = check(configured(tmp_path, {"host": "127.0.0.1", "port": stranger.port}), "broker")
        rung = report.names_only("broker.reachable", "broker.foreignProcess")
        assert seen in rung["cause"]
        if os.geteuid() == 0:
            assert f"({os.getpid()})" in rung["detail"]
    finally:
        stranger.stop()


def test_a_broker_that_hangs_is_no_foreign_program(broker, tmp_path):
    broker.process.child.send_signal(signal.SIGSTOP)
    try:
        check(shop_config(tmp_path, broker), "broker").names_only("broker.reachable", "broker.silent")
    finally:
        broker.process.child.send_signal(signal.SIGCONT)


def test_a_broker_on_loopback_only_is_no_use_to_devices(tmp_path):
    broker = SecureBroker(tmp_path / "broker").prepare().start()
    try:
        report = check(shop_config(tmp_path, broker), "broker")
        report.names_only("broker.listeners", "broker.loopbackOnly")
        assert report["broker.login"]["verdict"] == "fine"
        # A shop without devices misses nothing.
        check(shop_config(tmp_path, broker, fleet=()), "broker").is_fine("broker.pages")
    finally:
        broker.stop()


def test_a_wrong_address_is_told_from_a_stopped_broker(broker, tmp_path):
    report = check(configured(tmp_path, agent_of(broker, host="127.0.0.77")), "broker")
    rung = report.names_only("broker.reachable", "broker.otherAddress")
    assert f"127.0.0.1:{broker.plain}" in rung["detail"]


def test_tls_where_there_is_none_and_none_where_there_is_tls_are_told_apart(broker, tmp_path):
    report = check(configured(tmp_path, agent_of(broker, port=broker.tls)), "broker")
    report.names_only("broker.reachable", "broker.wantsTLS")
    report = check(configured(tmp_path, agent_of(broker, ca=str(broker.authority.certificate))), "broker")
    report.names_only("broker.reachable", "broker.speaksPlain")


def test_a_wrong_password_a_locked_and_a_missing_account_are_told_apart(broker, tmp_path):
    wrong = tmp_path / "password"
    wrong.write_text("not-it\n")
    report = check(shop_config(tmp_path, broker, passwordFile=str(wrong)), "broker")
    rung = report.names_only("broker.login", "broker.wrongPassword")
    assert "not-it" not in report.raw
    assert str(broker.access_file) in rung["cause"]
    report = check(shop_config(tmp_path, broker, username="nobody", passwordFile=str(wrong)), "broker")
    report.names_only("broker.login", "broker.accountMissing")
    admin = broker.client("admin")
    broker.enrol("locked-1", "secret", by=admin)
    assert "error" not in admin.control({"command": "disableClient", "username": "locked-1"})[0]
    wait_until(lambda: '"disabled"' in broker.access_file.read_text(), 10, "the account locked on disk")
    report = check(shop_config(tmp_path, broker, username="locked-1", passwordFile=str(wrong)), "broker")
    report.names_only("broker.login", "broker.accountDisabled")
    missing = shop_config(tmp_path, broker, passwordFile=str(tmp_path / "none"))
    assert check(missing, "broker")["broker.login"]["verdict"] == "unknown"


@pytest.mark.parametrize("kind, topic, code", [
    ("publishClientSend", "shop/v1/#", "broker.speaksForOthers"),
    ("publishClientReceive", "shop/v1/#", "broker.hearsOthers"),
    ("publishClientSend", "$CONTROL/#", "broker.controlOpen"),
])
def test_access_that_was_widened_is_found_by_its_effect(broker, tmp_path, kind, topic, code):
    admin = broker.client("admin")
    acl = {"rolename": "probe", "acltype": kind, "topic": topic}
    more = [{**acl, "command": "addRoleACL", "priority": 9, "allow": True}]
    if kind == "publishClientReceive":
        more.append({**more[0], "acltype": "subscribePattern"})
    assert not any("error" in answer for answer in admin.control(*more))
    try:
        report = check(shop_config(tmp_path, broker), "broker")
        report.names_only("broker.access", code)
        assert report["broker.access"]["facts"]["slips"] == [code]
    finally:
        admin.control(*[{**one, "command": "removeRoleACL"} for one in more])
    check(shop_config(tmp_path, broker), "broker").is_fine("broker.pages")


def test_access_that_was_narrowed_is_found(broker, tmp_path):
    admin = broker.client("admin")
    acl = {"rolename": "probe", "acltype": "publishClientSend", "topic": "shop/v1/probe/ask/#"}
    assert "error" not in admin.control({**acl, "command": "removeRoleACL"})[0]
    try:
        check(shop_config(tmp_path, broker), "broker").names_only("broker.access", "broker.ownBranchShut")
    finally:
        admin.control({**acl, "command": "addRoleACL", "priority": 0, "allow": True})


def test_a_broker_that_lets_anybody_in_is_found(tmp_path):
    broker = SecureBroker(tmp_path / "broker", changes=[("allow_anonymous false", "allow_anonymous true")])
    broker.prepare().start()
    try:
        check(shop_config(tmp_path, broker, fleet=()), "broker").names_only("broker.access", "broker.anonymous")
    finally:
        broker.stop()


@needs_namespaces
def test_a_firewall_rule_of_the_box_is_named(tmp_path):
    box = Namespace("box")
    broker = SecureBroker(tmp_path / "broker").prepare()
    text = broker.configuration.read_text()
    broker.configuration.write_text(text.replace(f"listener {broker.tls} 127.0.0.1", f"listener {broker.tls} 10.9.9.2"))
    try:
        box.ip("link", "add", "lan0", "type", "veth", "peer", "name", "lan1")
        box.ip("addr", "add", "10.9.9.2/24", "dev", "lan0")
        box.ip("link", "set", "lan0", "up")
        box.ip("link", "set", "lan1", "up")
        broker.process.start(prefix=box.prefix)
        table = pathlib.Path(f"/proc/{broker.process.child.pid}/net/tcp")
        wait_until(lambda: f":{broker.plain:04X} 00000000:0000 0A" in table.read_text(), 15, "the broker listening")
        config = shop_config(tmp_path, broker)
        check(config, "broker", namespace=box.name).is_fine("broker.pages")
        # Devices are kept out, the agent is not.
        box.rules(f'iifname != "lo" tcp dport {broker.tls} drop')
        rung = check(config, "broker", namespace=box.name).names_only("broker.listeners", "broker.firewall")
        assert str(broker.tls) in rung["detail"] and "drop" in rung["cause"]
        # The agent is kept out as well.
        box.rules(f"tcp dport {broker.plain} drop")
        rung = check(config, "broker", namespace=box.name).names_only("broker.reachable", "broker.firewall")
        assert f"tcp dport {broker.plain} drop" in rung["cause"]
        box.rules(f"tcp dport {broker.plain} reject with icmpx type admin-prohibited")
        check(config, "broker", namespace=box.name).names_only("broker.reachable", "broker.firewall")
    finally:
        broker.stop()
        box.remove()


# --- Certificates and privacy at headquarters -------------------------------------------------------------------------

def hq_config(folder, port, authority, host="localhost", **more):
    """Headquarters over TLS; the shop's broker does not matter."""
    return configured(folder, headquarters={"host": host, "port": port, "ca": str(authority.certificate), **more})


def test_headquarters_that_is_as_it_should_be_is_fine(broker, tmp_path):
    config = hq_config(tmp_path, broker.tls, broker.authority, username="agent",
                       passwordFile=str(broker.secrets / "devices-password"))
    report = check(config, "hq,certificates")
    report.is_fine(*UNTOLD, "agent.running")
    assert report["hq.tls"]["facts"]["daysLeft"] > 800
    assert report["certificates.headquarters.ca"]["facts"]["daysLeft"] > 3_000


@pytest.fixture(scope="module")
def impostor(tmp_path_factory):
    """Another authority, that of a proxy which reads along."""
    return Authority(tmp_path_factory.mktemp("proxy"), "Fortress Inspection CA")


@pytest.mark.parametrize("kind, code, seen", [
    ("expired", "headquarters.certificateExpired", "ended"),
    ("early", "headquarters.certificateNotYetValid", "2095-01-01"),
    ("other-name", "headquarters.wrongName", "elsewhere.example"),
    ("foreign", "headquarters.foreignAuthority", "Headquarters"),
    ("intercepted", "headquarters.intercepted", "Fortress Inspection CA"),
    ("portal-tls", "headquarters.otherServer", "Fortress Inspection CA"),
])
def test_a_wrong_certificate_is_named_for_what_it_is(authority, impostor, tmp_path, kind, code, seen):
    right = ["DNS:localhost"]
    if kind == "expired":
        pair = authority.issue("expired", names=right, starts="20240101000000Z", ends="20250101000000Z")
    elif kind == "early":
        pair = authority.issue("early", names=right, starts="20950101000000Z", ends="20960101000000Z")
    elif kind == "other-name":
        pair = authority.issue("other", names=["DNS:elsewhere.example"])
    elif kind == "foreign":
        # Another key under the same name: headquarters' authority began anew, or somebody forged it.
        pair = Authority(tmp_path / "again", "Headquarters").issue("localhost", names=right)
    elif kind == "intercepted":
        pair = impostor.issue("localhost", names=right)
    else:
        pair = impostor.issue("portal", names=["DNS:login.hotel.example"])
    server = Stranger(tls=server_tls(*pair), listens_first=True)
    try:
        report = check(hq_config(tmp_path, server.port, authority), "hq")
        rung = report.names_only("hq.tls", code)
        assert seen in rung["detail"] + rung["cause"], rung
    finally:
        server.stop()


def test_a_certificate_that_soon_ends_is_a_warning(authority, tmp_path):
    server = Stranger(tls=server_tls(*authority.issue("soon", names=["DNS:localhost"], days=5)), listens_first=True)
    try:
        report = check(hq_config(tmp_path, server.port, authority), "hq.tls")
        rung = report.names_only("hq.tls", "headquarters.certificateEnds")
        assert rung["facts"]["daysLeft"] == 4
    finally:
        server.stop()


def test_a_refused_certificate_of_the_box_is_told_from_a_missing_one(authority, impostor, tmp_path):
    tls = server_tls(*authority.issue("server", names=["DNS:localhost"]), authority=authority.certificate)
    server = Stranger(tls=tls, listens_first=True)
    try:
        report = check(hq_config(tmp_path, server.port, authority), "hq")
        rung = report.names_only("hq.tls", "headquarters.certificateOfBoxRefused")
        assert "wants a certificate" in rung["detail"]
        certificate, key = impostor.issue("box", usage="clientAuth")
        report = check(hq_config(tmp_path, server.port, authority, certificate=str(certificate), key=str(key)), "hq")
        rung = report.names_only("hq.tls", "headquarters.certificateOfBoxRefused")
        assert str(certificate) in rung["detail"]
    finally:
        server.stop()


def test_certificates_that_the_configuration_points_at_are_read_themselves(authority, tmp_path):
    certificate, key = authority.issue("over", usage="clientAuth", starts="20240101000000Z", ends="20250101000000Z")
    config = hq_config(tmp_path, 1, authority, certificate=str(certificate), key=str(key))
    rung = check(config, "certificates").names_only("certificates.headquarters", "certificate.ended")
    assert str(certificate) in rung["cause"]
    config = hq_config(tmp_path, 1, authority)
    text = config.read_text().replace(str(authority.certificate), str(tmp_path / "gone.pem"))
    config.write_text(text)
    check(config, "certificates").names_only("certificates.headquarters.ca", "certificate.missing")


def test_a_captive_portal_that_answers_by_http_is_named_with_where_it_leads(authority, tmp_path):
    portal = Stranger(b"HTTP/1.1 302 Found\r\nLocation: http://login.hotel.example/hello\r\n\r\n", listens_first=True)
    try:
        report = check(hq_config(tmp_path, portal.port, authority), "hq")
        rung = report.names_only("hq.tls", "headquarters.captivePortal")
        assert "login.hotel.example" in rung["detail"]
    finally:
        portal.stop()


def test_a_port_that_nobody_listens_on_is_told_from_a_password_that_is_wrong(broker, tmp_path):
    report = check(hq_config(tmp_path, free_port(), broker.authority), "hq")
    report.names_only("hq.tcp", "headquarters.refused")
    wrong = tmp_path / "password"
    wrong.write_text("not-it")
    config = hq_config(tmp_path, broker.tls, broker.authority, username="agent", passwordFile=str(wrong))
    report = check(config, "hq")
    report.names_only("hq.login", "headquarters.notAuthorised")
    assert "not-it" not in report.raw


# --- Lines that are broken --------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def line(tmp_path_factory):
    """A box, a router, and headquarters with a broker and a resolver behind it."""
    folder = tmp_path_factory.mktemp("line")
    line = Line()
    # A certificate so long that it takes more than one packet, as those of public authorities do.
    authority = Authority(folder / "authority", "Headquarters")
    names = [f"DNS:{line.NAME}"] + [f"DNS:broker-{number:02}.headquarters.example.test" for number in range(60)]
    certificate, key = authority.issue("server", names=names)
    configuration = folder / "mosquitto.conf"
    configuration.write_text(
        f"listener 8883 {line.HEADQUARTERS}\nallow_anonymous true\ncertfile {certificate}\nkeyfile {key}\n"
        "log_dest stderr\n" + ("user root\n" if os.geteuid() == 0 else ""))
    far = Process("headquarters' broker", ["mosquitto", "-c", configuration], folder / "broker.log")
    far.start(prefix=line.far.prefix)
    far.wait_said("running")
    names = Process("the resolver", [sys.executable, foreign.__file__, "dns", line.HEADQUARTERS, line.NAME, line.HEADQUARTERS],
                    folder / "resolver.log")
    names.start(prefix=line.far.prefix)
    names.wait_said("ready")
    line.config = hq_config(folder, 8883, authority, host=line.NAME)
    line.names, line.resolver_folder = names, folder
    yield line
    far.kill()
    names.kill()
    line.remove()


@pytest.fixture
def whole(line):
    """The line with nothing wrong; it is healed afterwards."""
    yield line
    line.heal()


@needs_namespaces
def test_a_line_that_is_whole_is_fine(whole):
    report = check(whole.config, "hq", namespace=whole.box.name)
    report.is_fine(*UNTOLD, "agent.running")
    assert report["hq.name"]["facts"]["addresses"] == [whole.HEADQUARTERS]


@needs_namespaces
def test_a_router_that_swallows_connections_is_told_from_one_that_forbids_them(whole):
    whole.router.rules("tcp dport 8883 drop", hook="forward")
    report = check(whole.config, "hq", namespace=whole.box.name)
    report.names_only("hq.tcp", "headquarters.blackhole")
    whole.router.rules("tcp dport 8883 reject with icmpx type admin-prohibited", hook="forward")
    rung = check(whole.config, "hq", namespace=whole.box.name).names_only("hq.tcp", "headquarters.firewall")
    assert "10.77.1.1" in rung["cause"]
    whole.router.rules("tcp dport 8883 reject with icmpx type no-route", hook="forward")
    rung = check(whole.config, "hq", namespace=whole.box.name).names_only("hq.tcp", "headquarters.unreachable")
    assert "10.77.1.1" in rung["cause"]


@needs_namespaces
def test_a_rule_of_the_box_itself_is_named(whole):
    whole.box.rules("tcp dport 8883 drop", hook="output")
    rung = check(whole.config, "hq", namespace=whole.box.name).names_only("hq.tcp", "headquarters.firewall")
    assert "tcp dport 8883 drop" in rung["cause"]


@needs_namespaces
def test_what_is_wrong_with_names_is_told_apart(whole):
    whole.resolvers()
    check(whole.config, "hq", namespace=whole.box.name).names_only("hq.name", "name.noResolver")
    whole.resolvers("10.77.2.99")
    report = check(whole.config, "hq", namespace=whole.box.name)
    rung = report.names_only("hq.name", "name.resolverSilent")
    assert "10.77.2.99" in rung["detail"]
    assert report["hq.tcp"]["verdict"] == "skipped"
    whole.resolvers("10.77.1.1")
    rung = check(whole.config, "hq", namespace=whole.box.name).names_only("hq.name", "name.resolverSilent")
    assert "runs no resolver" in rung["cause"]
    whole.resolvers(whole.HEADQUARTERS)
    other = whole.resolver_folder / "other.json"
    other.write_text(whole.config.read_text().replace(whole.NAME, "hq.exmaple.test"))
    check(other, "hq", namespace=whole.box.name).names_only("hq.name", "name.unknown")


@needs_namespaces
@pytest.mark.parametrize("which", ["sent", "received"])
def test_a_path_that_drops_large_packets_is_named_before_tls_is_blamed(whole, which):
    if which == "sent":
        # A link that takes less than Ethernet does, and a router that says so to nobody.
        whole.router.ip("link", "set", whole.far_link, "mtu", 1000)
        whole.router.rules("icmp type destination-unreachable drop", hook="output")
    else:
        # Of the way back alone, by size, as a tunnel does it. What the kernel puts together for speed counts apart.
        whole.router.rules("ip saddr 10.77.2.2 tcp sport 8883 meta length > 1300 drop", hook="forward")
    report = check(whole.config, "hq", namespace=whole.box.name)
    rung = report.names_only("hq.path", "path.dropsLarge")
    assert ("to headquarters" if which == "sent" else "from headquarters") in rung["detail"] or which == "sent"
    assert report["hq.tls"]["because"] == "hq.path"
