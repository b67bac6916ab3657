"""SIGHUP: what can change does, what cannot is said, a broken configuration changes nothing; and the log's level."""

import json
import os
import signal
import subprocess
import time

from conftest import PRODUCTS
from shop.broker import Broker
from shop.processes import program, wait_until
from shop.systemd import Systemd


def reload(shop, /, **changes):
    """Changes the configuration and has it read again; waits until that was done, well or badly."""
    edged = shop.edged
    edged.configuration.update(changes)
    edged.write_configuration()
    signalled(edged)


def signalled(edged):
    before = edged.process.said().count("configuration.re")
    edged.process.child.send_signal(signal.SIGHUP)
    wait_until(lambda: edged.process.said().count("configuration.re") > before, 20, "the configuration being read")


def edgectl(shop, *words, code=0):
    """What the technician's tool prints."""
    run = subprocess.run(
        [program("edgectl"), *words], capture_output=True, text=True, timeout=40,
        env={**os.environ, "EDGED_SOCKET": str(shop.edged.socket), "LC_ALL": "C",
             "PATH": os.path.dirname(program("edged")) + ":" + os.environ["PATH"]})
    assert run.returncode == code, run.stdout + run.stderr
    return run.stdout


def shown(shop):
    return shop.edged.control(command="config.show")["result"]


def test_fleet_limits_language_and_log_level_change_while_the_shop_is_open(new_shop, tmp_path):
    systemd = Systemd(tmp_path)
    shop = new_shop()
    shop.edged.process.environment = systemd.environment
    shop.open(units=5)
    kiosk = shop.device("kiosk-1")
    kiosk.refused("reservation.place", "device.notAllowed", lines=[{"sku": "SKU-1"}])
    process = shop.edged.process.child.pid
    reload(
        shop, fleet=[*shop.edged.configuration["fleet"], {"id": "kiosk-1", "family": "mirror"}],
        shop={**shop.edged.configuration["shop"], "languages": ["fr"]}, log={"level": "debug"},
        limits={"commandsPerSecond": 1, "questionsPerSecond": 100, "reservationsPerMinute": 1_000})
    assert kiosk.done("reservation.place", lines=[{"sku": "SKU-1"}])["state"] == "held"
    problem = kiosk.refused("reservation.place", "stock.short", lines=[{"sku": "SKU-1", "quantity": 50}])
    assert problem["detail"].startswith("Seulement "), "the shop speaks French now"
    for number in range(8):
        kiosk.publish("/do/reservation.place", {"id": f"5e1ad0c7-8f4e-4b8e-9a43-{number:012x}", "lines": []})
    wait_until(
        lambda: any((reply.get("problem") or {}).get("code") == "command.tooMany" for reply in kiosk.replies), 10,
        "the new limit of commands")
    assert shown(shop)["pendingRestart"] == [] and shown(shop)["configuration"]["log"] == {"level": "debug"}
    assert shop.edged.process.child.pid == process and shop.edged.process.is_running
    # As Type=notify-reload wants it: the moment, and readiness after it.
    assert int(systemd.last("MONOTONIC_USEC")) > 0 and systemd.count("RELOADING") == 1
    systemd.wait("READY", 2)


def test_what_only_a_restart_brings_is_named_and_waits_for_it(new_shop, tmp_path):
    shop = new_shop().open(units=5)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    reload(shop, stateDirectory=str(elsewhere), shop={**shop.edged.configuration["shop"], "id": "S2"})
    pending = shop.edged.control(command="health")["result"]["configuration"]["pendingRestart"]
    assert sorted(pending) == ["shop.id", "stateDirectory"] == sorted(shown(shop)["pendingRestart"])
    assert "pendingRestart=\"shop.id, stateDirectory\"" in shop.edged.process.said()
    assert shown(shop)["configuration"]["shop"]["id"] == "S1"
    shop.device("tablet-1").done("reservation.place", lines=[{"sku": "SKU-1"}])
    assert not list(elsewhere.iterdir())
    # What a restart could not open is refused now, before somebody starts anew.
    own = shop.edged.configuration
    for wrong, why in [
        ({"shop": {**own["shop"], "timeZone": "Europe/Pari"}}, "Europe/Pari is not known"),
        ({"stateDirectory": str(tmp_path / "nowhere")}, str(tmp_path / "nowhere")),
        ({"vault": {"keyFile": str(tmp_path / "no-key")}}, str(tmp_path / "no-key")),
    ]:
        shop.edged.file.write_text(json.dumps({**own, **wrong}))
        signalled(shop.edged)
        assert why in shown(shop)["refused"], shown(shop)
    reload(shop, stateDirectory=str(shop.edged.state), shop={**shop.edged.configuration["shop"], "id": "S1"})
    assert shown(shop)["pendingRestart"] == []


def test_a_broken_configuration_changes_nothing_and_says_why(shop):
    tablet = shop.device("tablet-1")
    shop.edged.file.write_text('{"shop": {"id": "S1"}, "devises": {}}')
    signalled(shop.edged)
    said = shop.edged.process.said()
    assert "configuration.refused" in said and "contract.missing" in said
    assert "contract.missing" in shop.edged.control(command="health")["result"]["configuration"]["refused"]
    tablet.done("reservation.place", lines=[{"sku": "SKU-1"}])
    # What reads well and cannot be used is refused as a whole, too.
    wrong = {**shop.edged.configuration, "log": {"level": "trace"}}
    wrong["devices"] = {**wrong["devices"], "ca": "/nowhere/ca.pem"}
    shop.edged.file.write_text(json.dumps(wrong))
    signalled(shop.edged)
    assert shown(shop)["configuration"]["log"] == {"level": "info"} and "/nowhere/ca.pem" in shown(shop)["refused"]
    tablet.done("reservation.place", lines=[{"sku": "SKU-1"}])
    # Whoever asks how the agent fares is told.
    status = shop.edged.control(command="status")["result"]
    assert "finding.configurationRefused" in [finding["code"] for finding in status["findings"]]
    assert "configuration was refused" in edgectl(shop, "status", code=1).replace("\n", " ")
    reload(shop)
    assert "refused" not in shown(shop)
    codes = [finding["code"] for finding in shop.edged.control(command="status")["result"]["findings"]]
    assert "finding.configurationRefused" not in codes


def test_a_technician_who_asks_for_a_reload_hears_what_came_of_it(shop):
    shop.edged.configuration["log"] = {"level": "notice"}
    shop.edged.write_configuration()
    assert str(shop.edged.file) in edgectl(shop, "config", "reload").replace("\n", "").replace(" ", "")
    assert shown(shop)["configuration"]["log"] == {"level": "notice"}
    shop.edged.file.write_text('{"shop": {"id": "S1"}, "devises": {}}')
    refused = subprocess.run(
        [program("edgectl"), "config", "reload", "--language", "fr"], capture_output=True, text=True, timeout=60,
        env={**os.environ, "EDGED_SOCKET": str(shop.edged.socket)})
    assert refused.returncode == 1 and refused.stderr.startswith("control.reloadRefused: Le fichier a été refusé"), refused
    assert "contract.missing" in refused.stderr and str(shop.edged.file) in refused.stderr
    # The next asker is not told the outcome of the reading before.
    shop.edged.configuration["log"] = {"level": "info"}
    shop.edged.write_configuration()
    edgectl(shop, "config", "reload")
    answer = shop.edged.control(command="config.reload")
    assert answer["result"]["pendingRestart"] == [] and answer["outcome"] == "done"
    assert "command=config.reload" in shop.edged.process.said()


def test_another_broker_and_a_new_password_are_taken_by_connecting_anew(new_shop, tmp_path):
    shop = new_shop().open(units=20)
    tablet = shop.device("tablet-1", first_retry=0.5)
    held = tablet.done("reservation.place", lines=[{"sku": "SKU-1"}])
    other = Broker(tmp_path, "other")
    passwords = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, "agent", "s3same"], check=True, timeout=10)
    passwords.chmod(0o644)
    configuration = other.folder / "mosquitto.conf"
    # Devices stay anonymous here; who names himself has to know his password.
    configuration.write_text(configuration.read_text() + f"password_file {passwords}\n")
    other.start()
    secret = tmp_path / "agent-password"
    secret.write_text("wrong")
    secret.chmod(0o600)
    reload(shop, devices={"host": "127.0.0.1", "port": other.port, "username": "agent", "passwordFile": str(secret)})
    shop.edged.process.wait_said("shopBroker.unreachable")
    assert "s3same" not in shop.edged.process.said()
    secret.write_text("s3same")
    # The configuration is the same, the file that it names is not.
    reload(shop)
    shop.edged.process.wait_said("shopBroker.connected", times=2)
    shop.edged.process.wait_said("shopBroker.questions.connected", times=2)
    moved = type(tablet)(other.port, "tablet-1", first_retry=0.5)
    shop.devices.append(moved)
    assert moved.ask("reservation.get", reservation=held["reservation"])["result"]["state"] == "held"
    assert moved.ask("scan", code=PRODUCTS["SKU-2"])["result"]["sku"] == "SKU-2"
    moved.done("reservation.cancel", reservation=held["reservation"])
    # Back again, and headquarters anew: what happened meanwhile arrives, once.
    reload(shop, devices={"host": "127.0.0.1", "port": shop.broker.port})
    shop.edged.process.wait_said("shopBroker.connected", times=3)
    tablet.done("reservation.place", lines=[{"sku": "SKU-1"}])
    shop.edged.wait_drained()
    assert len(shop.headquarters.of_type("store.reservation.released")) == 1
    other.kill()


def test_headquarters_session_is_made_anew_and_what_waited_arrives_once(new_shop, tmp_path):
    shop = new_shop().open(units=20)
    tablet = shop.device("tablet-1", first_retry=0.5)
    right = shop.edged.configuration["headquarters"]
    nowhere = Broker(tmp_path, "nowhere")
    reload(shop, headquarters={**right, "port": nowhere.port})
    for _ in range(10):
        tablet.done("reservation.place", lines=[{"sku": "SKU-1"}])
    shop.edged.process.wait_said("headquarters.unreachable")
    reload(shop, headquarters=right)
    shop.edged.wait_drained()
    assert len(shop.headquarters.of_type("store.reservation.placed")) == 10


def test_more_is_logged_for_a_while_and_then_no_more(shop):
    scanner = shop.device("scanner-1")
    scanner.card(PRODUCTS["SKU-1"])
    assert "message.answered" not in shop.edged.process.said()
    changed = json.loads(edgectl(shop, "log", "level", "debug", "--for", "3s", "--format", "json"))
    assert changed["level"] == "debug" and changed["configured"] == "info" and 1 <= changed["seconds"] <= 3
    scanner.card(PRODUCTS["SKU-1"])
    shop.edged.process.wait_said("message.answered")
    wait_until(lambda: shop.edged.control(command="log.show")["result"]["level"] == "info", 10, "the level going back")
    time.sleep(0.2)
    before = shop.edged.process.said().count("message.answered")
    scanner.card(PRODUCTS["SKU-1"])
    assert shop.edged.process.said().count("message.answered") == before
    assert shop.edged.control(command="log.level", level="loud")["problem"]["code"] == "contract.unknownValue"
    said = shop.edged.process.said()
    assert "control.changed" in said and "command=log.level" in said and "target=debug" in said


def test_edgectl_shows_and_checks_the_configuration(shop, tmp_path):
    shown_text = edgectl(shop, "config", "show")
    assert str(shop.edged.file) in shown_text.replace("\n", "").replace(" ", "") and "limits.commandsPerSecond" in shown_text
    assert "fine, shop S1" in edgectl(shop, "config", "check", str(shop.edged.file))
    broken = tmp_path / "broken.json"
    broken.write_text(shop.edged.file.read_text().replace('"limits"', '"limit"'))
    said = edgectl(shop, "config", "check", str(broken), code=78)
    assert "/limit" in said and "contract.unknownKey" in said
    assert json.loads(edgectl(shop, "config", "check", str(broken), "--format", "json", code=78))["fine"] is False
    reload(shop, controlSocket=str(tmp_path / "other.sock"))
    assert "controlSocket" in edgectl(shop, "config", "show", code=2)
    assert "debug" in edgectl(shop, "log", "level", "debug", "--for", "2m")
    assert "configured" in edgectl(shop, "log", "level", "--format", "json")
    # What is configured anyway is not said to end.
    assert edgectl(shop, "log", "level", "info").split() == ["Level", "info"]
    edgectl(shop, "log", "level", "--for", "2m", code=64)
