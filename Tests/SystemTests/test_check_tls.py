"""TLS at the shop's broker and at headquarters: each way in which it fails is real, and is named for what it is, at either."""

import ssl
import time

import pytest

from shop.authority import Authority
from shop.check import check_without_agent as check, configured, hq_config
from shop.checks import clock_shim
from shop.foreign import Stranger, server_tls
from shop.processes import free_port
from shop.secure_broker import SecureBroker

#: What an agent that does not run cannot tell.
UNTOLD = ("hq.echo", "hq.identity", "agent.running")
RIGHT = ["DNS:localhost"]


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    """A broker as it is packaged; it stands for headquarters' too."""
    broker = SecureBroker(tmp_path_factory.mktemp("broker")).prepare().start()
    yield broker
    broker.stop()


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """The authority that the box trusts, with certificates right and wrong."""
    return Authority(tmp_path_factory.mktemp("authority"), "Headquarters")


@pytest.fixture(scope="module")
def impostor(tmp_path_factory):
    """Another authority, that of a proxy which reads along."""
    return Authority(tmp_path_factory.mktemp("proxy"), "Fortress Inspection CA")


class Side:
    """One of the two brokers that the box speaks to, as the configuration names it and the ladder looks at it."""

    def __init__(self, name):
        self.name = name
        self.key, self.group, self.rung = {
            "broker": ("devices", "broker", "broker.login"), "headquarters": ("headquarters", "hq", "hq.tls")}[name]

    def check(self, folder, port, authority, **more):
        """What is found there."""
        place = {"host": "localhost", "port": port, "ca": str(authority.certificate), **more}
        return check(configured(folder, **{self.key: place}), f"{self.group},certificates")

    def names_only(self, report, *codes):
        """That one of the codes which is this side's is all that is wrong."""
        return report.names_only(self.rung, next(code for code in codes if code.startswith(self.name + ".")))


@pytest.fixture(params=["broker", "headquarters"])
def side(request):
    return Side(request.param)


#: What is wrong with a certificate: the code at the shop's broker, at headquarters, and what the line has to say.
WRONG = {
    "expired": ("broker.certificateExpired", "headquarters.certificateExpired", "ended"),
    "early": ("broker.certificateNotYetValid", "headquarters.certificateNotYetValid", "2095-01-01"),
    "other-name": ("broker.wrongName", "headquarters.wrongName", "elsewhere.example"),
    "foreign": ("broker.foreignAuthority", "headquarters.foreignAuthority", "Headquarters"),
    "intercepted": ("broker.foreignAuthority", "headquarters.intercepted", "Fortress Inspection CA"),
    "portal": ("broker.foreignAuthority", "headquarters.otherServer", "Fortress Inspection CA"),
    "of-a-client": ("broker.certificateRefused", "headquarters.certificateRefused", "purpose"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_certificate_is_named_for_what_it_is(side, authority, impostor, tmp_path, kind):
    pair = {
        "expired": lambda: authority.issue("expired", names=RIGHT, starts="20240101000000Z", ends="20250101000000Z"),
        "early": lambda: authority.issue("early", names=RIGHT, starts="20950101000000Z", ends="20960101000000Z"),
        "other-name": lambda: authority.issue("other", names=["DNS:elsewhere.example"]),
        # Another key under the same name: the authority began anew, or somebody forged it.
        "foreign": lambda: Authority(tmp_path / "again", "Headquarters").issue("localhost", names=RIGHT),
        "intercepted": lambda: impostor.issue("localhost", names=RIGHT),
        "portal": lambda: impostor.issue("portal", names=["DNS:login.hotel.example"]),
        "of-a-client": lambda: authority.issue("of-a-client", names=RIGHT, usage="clientAuth"),
    }[kind]()
    *codes, seen = WRONG[kind]
    server = Stranger(tls=server_tls(*pair), listens_first=True)
    try:
        report = side.check(tmp_path, server.port, authority)
        rung = side.names_only(report, *codes)
        assert seen in rung["detail"] + rung["cause"], rung
    finally:
        server.stop()


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_a_server_of_old_tls_is_told_from_one_that_speaks_none(side, authority, tmp_path):
    context = server_tls(*authority.issue("old", names=RIGHT))
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    server = Stranger(tls=context)
    try:
        side.names_only(side.check(tmp_path, server.port, authority), "broker.tlsRefused", "headquarters.tlsRefused")
    finally:
        server.stop()


def test_a_server_whose_tls_breaks_off_is_named(side, authority, tmp_path):
    # The first record of an answer, and nothing of what it announces: a proxy that is broken.
    server = Stranger(b"\x16\x03\x03\x00\x04\x02\x00\x00\x00", listens_first=True)
    try:
        side.names_only(side.check(tmp_path, server.port, authority), "broker.noTLS", "headquarters.noTLS")
    finally:
        server.stop()


def test_a_server_that_speaks_no_tls_is_told_from_one_that_says_nothing(broker, authority, tmp_path):
    # Of the shop's own broker, the rung before tells both: test_check_network.
    headquarters = Side("headquarters")
    headquarters.names_only(headquarters.check(tmp_path, broker.plain, broker.authority), "headquarters.noTLS")
    silent = Stranger()
    try:
        headquarters.names_only(headquarters.check(tmp_path, silent.port, authority), "headquarters.tlsSilent")
    finally:
        silent.stop()


@pytest.mark.parametrize("given", ["none", "foreign", "expired"])
def test_a_certificate_of_the_box_that_is_refused_is_told_from_a_missing_one(side, authority, impostor, tmp_path, given):
    tls = server_tls(*authority.issue("server", names=RIGHT), authority=authority.certificate)
    server = Stranger(tls=tls, listens_first=True)
    pair = None
    if given == "foreign":
        pair = impostor.issue("box", usage="clientAuth")
    elif given == "expired":
        pair = authority.issue("over", usage="clientAuth", starts="20240101000000Z", ends="20250101000000Z")
    try:
        own = {} if pair is None else {"certificate": str(pair[0]), "key": str(pair[1])}
        report = side.check(tmp_path, server.port, authority, **own)
        if given == "expired":
            # The file itself says why it is refused.
            report.names_only(f"certificates.{side.key}", "certificate.ended")
            assert report[side.rung]["because"] == f"certificates.{side.key}"
            return
        rung = side.names_only(report, "broker.certificateOfBoxRefused", "headquarters.certificateOfBoxRefused")
        assert "wants a certificate" in rung["detail"] if pair is None else str(pair[0]) in rung["detail"]
    finally:
        server.stop()


@pytest.mark.parametrize("which", ["ca", "certificate", "key"])
@pytest.mark.parametrize("told", ["certificate.missing", "certificate.unreadable"])
def test_a_file_of_the_configuration_that_is_of_no_use_is_told_once(side, broker, tmp_path, which, told):
    pair = broker.authority.issue("box", usage="clientAuth")
    file = tmp_path / "notes.pem"
    if told == "certificate.unreadable":
        file.write_text("Ring Ada about the new certificate.\n")
    own = {"certificate": str(pair[0]), "key": str(pair[1]), which: str(file)}
    report = side.check(tmp_path, broker.tls, broker.authority, **own)
    if which == "key":
        # libmosquitto sees first that a file is not there.
        far = "headquarters.fileMissing" if told == "certificate.missing" else "headquarters.clientConfiguration"
        rung = side.names_only(report, "broker.clientConfiguration", far)
    else:
        name = f"certificates.{side.key}" + (".ca" if which == "ca" else "")
        rung = report.names_only(name, told)
        assert report[side.rung]["because"] == name
    assert str(file) in rung["detail"] + rung.get("cause", "")


def test_a_key_of_another_certificate_is_a_matter_of_the_configuration(side, broker, tmp_path):
    certificate, _ = broker.authority.issue("box", usage="clientAuth")
    _, key = broker.authority.issue("other-box", usage="clientAuth")
    report = side.check(tmp_path, broker.tls, broker.authority, certificate=str(certificate), key=str(key))
    rung = side.names_only(report, "broker.clientConfiguration", "headquarters.clientConfiguration")
    assert str(key) in rung["detail"] + rung["cause"]


def test_a_certificate_that_soon_ends_is_a_warning(authority, tmp_path):
    headquarters = Side("headquarters")
    server = Stranger(tls=server_tls(*authority.issue("soon", names=RIGHT, days=5)), listens_first=True)
    try:
        report = check(hq_config(tmp_path, server.port, authority), "hq.tls")
        rung = headquarters.names_only(report, "headquarters.certificateEnds")
        assert rung["facts"]["daysLeft"] == 4
    finally:
        server.stop()


@pytest.mark.parametrize("kind, code", [
    ("over", "certificate.ended"), ("soon", "certificate.endsSoon"), ("early", "certificate.notYetValid"),
    ("none", "certificate.unreadable")])
def test_certificates_that_the_configuration_points_at_are_read_themselves(authority, tmp_path, kind, code):
    def day(number):
        return time.strftime("%Y%m%d000000Z", time.gmtime(time.time() + number * 86_400))
    starts, ends = {"over": (-400, -40), "early": (40, 400), "soon": (-80, 5), "none": (-1, 400)}[kind]
    certificate, key = authority.issue(kind, usage="clientAuth", starts=day(starts), ends=day(ends))
    if kind == "none":
        certificate = tmp_path / "notes.pem"
        certificate.write_text("Ring Ada about the new certificate.\n")
    config = hq_config(tmp_path, 1, authority, certificate=str(certificate), key=str(key))
    rung = check(config, "certificates").names_only("certificates.headquarters", code)
    assert str(certificate) in rung["detail"] + rung.get("cause", "")


@pytest.mark.parametrize("clock", ["synchronised", "free"])
def test_a_certificate_of_a_clock_that_was_ahead_is_renewed_not_waited_for(authority, tmp_path, clock):
    starts, ends = (time.strftime("%Y%m%d000000Z", time.gmtime(time.time() + days * 86_400)) for days in (40, 400))
    certificate, key = authority.issue("ahead", usage="clientAuth", starts=starts, ends=ends)
    config = hq_config(tmp_path, 1, authority, certificate=str(certificate), key=str(key))
    report = check(config, "clock.synchronised,certificates",
                   environment={"LD_PRELOAD": str(clock_shim(tmp_path)), "TEST_CLOCK": clock})
    rung = report["certificates.headquarters"]
    assert rung["code"] == "certificate.notYetValid" and "certificate renew" in rung["mend"]
    # Only a clock that nobody vouches for is compared first.
    assert ("timedatectl" in rung["mend"]) == (clock == "free")


def test_headquarters_that_is_as_it_should_be_is_fine(broker, tmp_path):
    config = hq_config(tmp_path, broker.tls, broker.authority, username="agent",
                       passwordFile=str(broker.secrets / "devices-password"))
    report = check(config, "hq,certificates")
    report.is_fine(*UNTOLD)
    assert report["hq.tls"]["facts"]["daysLeft"] > 800
    assert report["certificates.headquarters.ca"]["facts"]["daysLeft"] > 3_000


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
