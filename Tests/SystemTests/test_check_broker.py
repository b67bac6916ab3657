"""Why the shop's broker, or the agent, cannot use its files and ports: each reason is real, and `edgectl check` tells it at once."""

import os
import pathlib
import shutil
import subprocess

import pytest

from shop.check import check, configured
from shop.processes import Process, program, wait_until
from shop.secure_broker import SecureBroker

#: A program that has a port and says nothing of MQTT.
SQUATTER = "import socket, sys, time\ns = socket.create_server(('127.0.0.1', int(sys.argv[1])))\nprint('here', flush=True)\ntime.sleep(600)\n"


@pytest.fixture
def broker(tmp_path):
    """The packaged broker, not started, in a box whose /etc/edged/broker/mosquitto.conf is its own."""
    broker = SecureBroker(tmp_path / "shop").prepare()
    place = tmp_path / "root/etc/edged/broker"
    place.mkdir(parents=True)
    (place / "mosquitto.conf").symlink_to(broker.configuration)
    (tmp_path / "root/proc").symlink_to("/proc")
    yield broker
    broker.stop()


def ends(broker):
    """The broker is started, and ends by itself."""
    broker.start(wait=False)
    wait_until(lambda: not broker.process.is_running, 20, "the broker giving up")


def look(broker, tmp_path, language="en"):
    config = configured(tmp_path, {"host": "127.0.0.1", "port": broker.plain})
    return check(config, "broker", "--root", tmp_path / "root", "--broker-log", broker.process.log, language=language)


@pytest.mark.parametrize("port", ["tls", "certificates"])
def test_a_program_on_one_of_the_brokers_ports_is_named_with_its_port(broker, tmp_path, port):
    number = getattr(broker, port)
    squatter = Process("squatter", ["python3", "-c", SQUATTER, number], tmp_path / "squatter.log")
    squatter.start()
    try:
        squatter.wait_said("here")
        ends(broker)
        rung = look(broker, tmp_path).names_only("broker.reachable", "broker.portTaken")
    finally:
        squatter.kill()
    assert rung["facts"] == {"port": number} and f"port {number}" in rung["detail"]
    assert "python3" in rung["cause"] and "ps -fp " in rung["mend"]


@pytest.mark.parametrize("name", ["server.key", "server.crt"])
def test_a_file_that_the_broker_does_not_start_without_is_named_with_its_mend(broker, tmp_path, name):
    (broker.etc / name).unlink()
    ends(broker)
    rung = look(broker, tmp_path).names_only("broker.reachable", "broker.fileMissing")
    assert str(broker.etc / name) in rung["detail"]
    assert "sudo edgectl certificate renew server" in rung["mend"]


@pytest.mark.parametrize("content, reason", [("", "empty"), ("{\"clients\": [", "no JSON"), ("{}", "no clients")])
def test_a_damaged_list_of_accounts_is_named_with_its_last_sound_copy(broker, tmp_path, content, reason):
    file = pathlib.Path(broker.access_file)
    shutil.copy(file, f"{file}.good")
    file.write_text(content)
    rung = look(broker, tmp_path).names_only("broker.reachable", "broker.accountsDamaged")
    assert reason in rung["cause"] and "last sound copy" in rung["cause"]
    # The mend is what it says: with the copy in its place the broker starts.
    command = rung["mend"].split(";")[0].removeprefix("sudo -u mosquitto ")
    assert command == f"cp -p {file}.good {file}"
    subprocess.run(command.split(), check=True, timeout=10)
    broker.prepare().start()


def test_a_damaged_list_without_a_copy_is_moved_away(broker, tmp_path):
    file = pathlib.Path(broker.access_file)
    for copy in file.parent.glob("*.good"):
        copy.unlink()
    file.write_text("")
    rung = look(broker, tmp_path).names_only("broker.reachable", "broker.accountsDamaged")
    assert "there is no sound copy" in rung["cause"] and f"sudo mv -T {file} " in rung["mend"]


def test_what_its_log_says_is_told_when_nothing_else_explains_it(broker, tmp_path):
    with broker.configuration.open("a") as file:
        file.write("no_such_option true\n")
    ends(broker)
    rung = look(broker, tmp_path).names_only("broker.reachable", "broker.nothingListens")
    assert "no_such_option" in rung["cause"]
    rung = look(broker, tmp_path, "fr").names_only("broker.reachable", "broker.nothingListens")
    assert rung["cause"].startswith("son journal : ")


def test_a_certificate_without_the_boxs_present_address_is_named_with_its_mend(broker, tmp_path):
    config = configured(tmp_path, {"host": "127.0.0.1", "port": broker.plain})
    place = tmp_path / "root/etc/edged/broker"
    for name in ("server.crt", "server.key"):
        shutil.copy(broker.etc / name, place)
    # An address that the box has as well, as somebody says who knows the shop's network.
    (place / "names").write_text("10.9.8.7   # by the router\n")

    def looked():
        return check(config, "certificates", "--root", tmp_path / "root")
    rung = looked().names_only("certificates.broker", "certificate.namesMissing")
    assert "10.9.8.7" in rung["facts"]["missing"] and rung["mend"] == "sudo edgectl certificate renew"
    done = subprocess.run(
        [program("edgectl"), "certificate", "renew", "server", "--config", config, "--broker", place, "--authority",
         broker.authority.folder, "--reload", "true", "--shown-on", str(broker.tls)],
        capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    looked().is_fine()


@pytest.mark.skipif(os.geteuid() != 0, reason="files are given to another user by root")
def test_a_configuration_that_the_agent_may_not_read_is_named_though_root_may(tmp_path):
    config = configured(tmp_path)
    state = tmp_path / "state"
    state.mkdir()
    os.chown(state, 65_534, 65_534)
    config.chmod(0o600)
    rung = check(config, "configuration").names_only("configuration.rights", "configuration.closed")
    assert f"sudo chgrp nogroup {config} && sudo chmod 640 {config}" in rung["mend"]
    os.chown(config, 0, 65_534)
    config.chmod(0o640)
    check(config, "configuration").is_fine()
