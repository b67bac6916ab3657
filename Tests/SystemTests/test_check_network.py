"""The shop's broker: each fault of it is real here, and `edgectl check` names that cause and no other."""

import os
import pathlib
import signal

import pytest

from shop.check import check_without_agent as check, configured
from shop.foreign import Stranger
from shop.network import Namespace, needs_namespaces
from shop.processes import wait_until
from shop.secure_broker import SecureBroker

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


def agent_of(broker, **more):
    """The agent's part of the configuration for a broker."""
    return {"host": "127.0.0.1", "port": broker.plain, "username": "agent",
            "passwordFile": str(broker.secrets / "devices-password"), **more}


def shop_config(folder, broker, fleet=("scanner-1",), **more):
    return configured(folder, agent_of(broker, **more),
                      fleet=[{"id": device, "family": "scanner"} for device in fleet])


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


def test_a_broker_whose_name_leads_nowhere_is_no_stopped_broker(broker, tmp_path):
    report = check(configured(tmp_path, agent_of(broker, host="box.invalid")), "broker,device")
    rung = report.names_only("broker.reachable", "broker.nameUnknown")
    assert "box.invalid" in rung["detail"]


def test_a_broker_that_has_no_place_left_says_so_itself(tmp_path):
    # MQTT 5: refused, 137 "server busy".
    busy = Stranger(b"\x20\x03\x00\x89\x00", listens_first=True)
    try:
        place = {"host": "127.0.0.1", "port": busy.port}
        rung = check(configured(tmp_path, place), "broker").names_only("broker.login", "broker.refused")
        assert "busy" in rung["detail"].lower()
        rung = check(configured(tmp_path, headquarters=place), "hq").names_only("hq.login", "headquarters.busy")
        assert "busy" in rung["detail"].lower()
    finally:
        busy.stop()


@pytest.mark.parametrize("greeting", [b"SSH-2.0-OpenSSH_9.2\r\n", b""])
def test_headquarters_address_where_no_broker_is_is_told(tmp_path, greeting):
    stranger = Stranger(greeting)
    try:
        place = {"host": "127.0.0.1", "port": stranger.port}
        check(configured(tmp_path, headquarters=place), "hq").names_only("hq.login", "headquarters.noBroker")
    finally:
        stranger.stop()


def test_a_password_that_cannot_be_one_is_a_matter_of_the_configuration(broker, tmp_path):
    secret = tmp_path / "password"
    secret.write_bytes(b"half\0a password")
    check(shop_config(tmp_path, broker, passwordFile=str(secret)), "broker").names_only(
        "broker.login", "broker.clientConfiguration")
    place = {"host": "127.0.0.1", "port": broker.plain, "username": "agent", "passwordFile": str(secret)}
    check(configured(tmp_path, headquarters=place), "hq").names_only("hq.login", "headquarters.clientConfiguration")


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


def test_an_account_of_the_check_itself_that_is_not_let_in_is_named(broker, tmp_path):
    admin = broker.client("admin")
    change = {"command": "setClientPassword", "username": "probe"}
    assert "error" not in admin.control({**change, "password": "of-somebody-else"})[0]
    try:
        check(shop_config(tmp_path, broker), "broker").names_only("broker.access", "broker.probeRefused")
    finally:
        admin.control({**change, "password": broker.password("probe")})
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
