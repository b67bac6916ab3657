"""The line between the box and the world, in networks of the test's own: each way in which it breaks is named, and no other."""

import subprocess
import sys

import pytest

from shop import foreign
from shop.authority import Authority
from shop.check import check_without_agent as check, configured, hq_config
from shop.network import Line, needs_namespaces
from shop.processes import Process

pytestmark = needs_namespaces

#: What an agent that does not run cannot tell.
UNTOLD = ("hq.echo", "hq.identity", "agent.running")

def tls(pair):
    """Settings of a listener with that certificate and key."""
    return ["allow_anonymous true", f"certfile {pair[0]}", f"keyfile {pair[1]}"]


def resolver(folder, machine, address, name, answer):
    """A resolver on that machine."""
    names = Process("the resolver", [sys.executable, foreign.__file__, "dns", address, name, answer], folder / "resolver.log")
    names.start(prefix=machine.prefix)
    names.wait_said("ready")
    return names


@pytest.fixture(scope="module")
def line(tmp_path_factory):
    """A box, a router, and headquarters with a broker and a resolver behind it."""
    folder = tmp_path_factory.mktemp("line")
    line = Line()
    # A certificate so long that it takes more than one packet, as those of public authorities do.
    line.authority = Authority(folder / "authority", "Headquarters")
    names = [f"DNS:{line.NAME}"] + [f"DNS:broker-{number:02}.headquarters.example.test" for number in range(60)]
    passwords = folder / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, "agent", "right"], check=True, timeout=30)
    listeners = {
        8883: tls(line.authority.issue("server", names=names)),
        # openssl takes a name with a star inside a word for this one's, libmosquitto does not.
        8884: tls(line.authority.issue("starred", names=["DNS:h*.example.test"])),
        1884: ["allow_anonymous true"], 1885: ["allow_anonymous false", f"password_file {passwords}"]}
    configuration = folder / "mosquitto.conf"
    configuration.write_text("\n".join([
        "per_listener_settings true", "log_dest stderr", "user root",
        *(f"listener {port} {line.HEADQUARTERS}\n" + "\n".join(settings) for port, settings in listeners.items())]) + "\n")
    far = Process("headquarters' broker", ["mosquitto", "-c", configuration], folder / "broker.log")
    far.start(prefix=line.far.prefix)
    far.wait_said("running")
    names = resolver(folder, line.far, line.HEADQUARTERS, line.NAME, line.HEADQUARTERS)
    line.config = hq_config(folder, 8883, line.authority, host=line.NAME)
    line.folder_of_files = folder
    yield line
    far.kill()
    names.kill()
    line.remove()


@pytest.fixture
def whole(line):
    """The line with nothing wrong; it is healed afterwards."""
    yield line
    line.heal()


def test_a_line_that_is_whole_is_fine(whole):
    report = check(whole.config, "hq", namespace=whole.box.name)
    report.is_fine(*UNTOLD)
    assert report["hq.name"]["facts"]["addresses"] == [whole.HEADQUARTERS]


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


def test_a_rule_of_the_box_itself_is_named(whole):
    whole.box.rules("tcp dport 8883 drop", hook="output")
    rung = check(whole.config, "hq", namespace=whole.box.name).names_only("hq.tcp", "headquarters.firewall")
    assert "tcp dport 8883 drop" in rung["cause"]


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
    other = whole.folder_of_files / "other.json"
    other.write_text(whole.config.read_text().replace(whole.NAME, "hq.exmaple.test"))
    check(other, "hq", namespace=whole.box.name).names_only("hq.name", "name.unknown")


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


@pytest.mark.parametrize("answer, code", [("0.0.0.0", "name.blocked"), ("servfail", "name.resolverFails")])
def test_a_resolver_that_will_not_or_cannot_tell_is_named(whole, tmp_path, answer, code):
    router = resolver(tmp_path, whole.router, "10.77.1.1", whole.NAME, answer)
    try:
        whole.resolvers("10.77.1.1")
        rung = check(whole.config, "hq", namespace=whole.box.name).names_only("hq.name", code)
        assert answer.upper() in rung["detail"], rung
    finally:
        router.kill()


def test_a_system_that_asks_no_resolver_is_told_from_one_that_knows_no_such_name(whole):
    system = whole.folder / "nsswitch.conf"
    system.write_text("hosts: files\n")
    try:
        rung = check(whole.config, "hq", namespace=whole.box.name).names_only("hq.name", "name.system")
        assert "nsswitch.conf" in rung["mend"]
    finally:
        system.unlink()


def test_a_line_that_anybody_can_read_along_is_a_warning_and_goes_on(whole, tmp_path):
    config = configured(tmp_path, headquarters={"host": whole.NAME, "port": 1884})
    report = check(config, "hq", namespace=whole.box.name)
    report.names_only("hq.tls", "headquarters.plain")
    assert report["hq.login"]["verdict"] == "fine"


@pytest.mark.parametrize("side, rung, code", [
    ("devices", "broker.login", "broker.tls"), ("headquarters", "hq.login", "headquarters.tls")])
def test_tls_that_only_the_agents_own_library_refuses_is_named_with_its_reason(whole, tmp_path, side, rung, code):
    place = {"host": whole.NAME, "port": 8884, "ca": str(whole.authority.certificate)}
    report = check(configured(tmp_path, **{side: place}), rung.split(".")[0], namespace=whole.box.name)
    assert "host name" in report.names_only(rung, code)["detail"]


# A broker for the shop's devices on another machine, as chains with one broker for several shops have it.

def away(whole, folder, password):
    """A configuration whose devices' broker is on the far machine, behind the router."""
    secret = folder / "devices-password"
    secret.write_text(password)
    return configured(folder, devices={
        "host": whole.HEADQUARTERS, "port": 1885, "username": "agent", "passwordFile": str(secret)})


def test_a_shops_broker_behind_a_line_that_swallows_everything_is_told_from_one_there_is_no_way_to(whole, tmp_path):
    config = away(whole, tmp_path, "right")
    check(config, "broker", namespace=whole.box.name).is_fine("broker.listeners", "broker.access", "broker.pages")
    whole.router.rules("tcp dport 1885 drop", hook="forward")
    check(config, "broker", namespace=whole.box.name).names_only("broker.reachable", "broker.noAnswer")
    whole.router.rules("tcp dport 1885 reject with icmpx type no-route", hook="forward")
    check(config, "broker", namespace=whole.box.name).names_only("broker.reachable", "broker.unreachable")


def test_of_an_account_at_a_broker_whose_files_are_elsewhere_it_is_only_known_that_it_is_refused(whole, tmp_path):
    report = check(away(whole, tmp_path, "wrong-p4ss"), "broker", namespace=whole.box.name)
    report.names_only("broker.login", "broker.notAuthorised")
    assert "wrong-p4ss" not in report.raw
