"""Secrets: systemd's credentials serve by themselves, and a file that others may read is refused with its mend."""

import os
import subprocess

import pytest

from shop.broker import Broker
from shop.edged import Edged
from shop.processes import program


@pytest.fixture
def guarded(tmp_path):
    """A broker that lets nobody in without a password, and an agent beside it."""
    broker = Broker(tmp_path, "guarded")
    passwords = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, "agent", "s3same"], check=True, timeout=10)
    passwords.chmod(0o644)
    configuration = broker.folder / "mosquitto.conf"
    configuration.write_text(
        configuration.read_text().replace("allow_anonymous true", f"allow_anonymous false\npassword_file {passwords}"))
    broker.start()
    edged = Edged(tmp_path, broker.port, broker.port)
    edged.configuration["devices"]["username"] = "agent"
    edged.configuration["headquarters"]["username"] = "agent"
    yield edged
    edged.stop()
    broker.kill()


def check(edged, **environment):
    """What --check-config says: its exit code and its words."""
    edged.write_configuration()
    found = subprocess.run(
        [program("edged"), "--check-config", edged.file], capture_output=True, text=True, timeout=20,
        env={**os.environ, **environment})
    return found.returncode, found.stdout + found.stderr


def test_credentials_of_systemd_serve_where_the_configuration_names_no_file(guarded, tmp_path):
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "vault-key").write_bytes(os.urandom(32))
    (credentials / "devices-password").write_text("s3same\n")
    (credentials / "headquarters-password").write_text("s3same")
    for file in credentials.iterdir():
        # As systemd leaves them on a kernel without ids of its own for services.
        file.chmod(0o440)
    del guarded.configuration["vault"]
    # Out of the service nobody can know what systemd gives it: that is said, and is no fault of the configuration.
    code, text = check(guarded)
    assert code == 0 and "not known here" in text and "LoadCredential=vault-key" in text and "fine, shop S1" in text
    # Where credentials are, one that is not among them is missing; and a start misses it in any case.
    nothing = tmp_path / "nothing"
    nothing.mkdir()
    code, text = check(guarded, CREDENTIALS_DIRECTORY=str(nothing))
    assert code == 78 and "no master key is named" in text and "fine" not in text
    guarded.process.start()
    assert guarded.process.wait_end() == 78
    assert "no master key is named" in guarded.process.said()
    guarded.process.environment = {"CREDENTIALS_DIRECTORY": str(credentials)}
    assert check(guarded, CREDENTIALS_DIRECTORY=str(credentials))[0] == 0
    guarded.start()
    guarded.process.wait_said("headquarters.connected")
    said = guarded.process.said()
    assert "s3same" not in said


@pytest.mark.parametrize("secret", ["vault", "devices", "headquarters"])
@pytest.mark.parametrize("mode", [0o644, 0o604, 0o660, 0o666])
def test_a_secret_that_others_may_read_is_refused_before_anything_starts(guarded, tmp_path, secret, mode):
    file = tmp_path / f"{secret}-secret"
    file.write_bytes(os.urandom(32) if secret == "vault" else b"s3same")
    if secret == "vault":
        guarded.configuration["vault"]["keyFile"] = str(file)
    else:
        guarded.configuration[secret]["passwordFile"] = str(file)
    file.chmod(0o600)
    assert check(guarded)[0] == 0
    file.chmod(mode)
    code, text = check(guarded)
    assert code == 78 and str(file) in text and f"mode {mode:o}" in text and f"chmod 0600 {file}" in text, text
    guarded.process.start()
    assert guarded.process.wait_end() == 78
    assert f"chmod 0600 {file}" in guarded.process.said() and "s3same" not in guarded.process.said()


def test_a_secret_of_root_for_the_agents_own_group_is_well_kept_and_one_for_another_group_is_not(guarded, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    file = tmp_path / "password"
    file.write_text("s3same")
    guarded.configuration["devices"]["passwordFile"] = str(file)
    file.chmod(0o640)
    assert check(guarded)[0] == 0
    foreign = next(group for group in range(1, 65_000) if group not in {os.getegid(), *os.getgroups()})
    os.chown(file, 0, foreign)
    code, text = check(guarded)
    assert code == 78 and "may be read by others" in text
    os.chown(file, 4711, os.getegid())
    file.chmod(0o600)
    code, text = check(guarded)
    assert code == 78 and "belongs to user 4711" in text


def test_a_certificate_of_headquarters_without_its_key_says_both_ways_to_give_one(guarded, tmp_path):
    (tmp_path / "ca.pem").write_text("-")
    (tmp_path / "agent.pem").write_text("-")
    guarded.configuration["headquarters"] |= {"ca": str(tmp_path / "ca.pem"), "certificate": str(tmp_path / "agent.pem")}
    code, text = check(guarded)
    assert code == 0 and "headquarters.key" in text and "LoadCredential=headquarters-key" in text
    (tmp_path / "credentials").mkdir()
    code, text = check(guarded, CREDENTIALS_DIRECTORY=str(tmp_path / "credentials"))
    assert code == 78 and "headquarters.key" in text and "LoadCredential=headquarters-key" in text
    guarded.process.start()
    assert guarded.process.wait_end() == 78


def test_somebody_who_is_neither_root_nor_the_agent_hears_what_the_file_says_and_what_was_not_looked_at(guarded, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can ask as somebody else")
    guarded.write_configuration()
    guarded.file.chmod(0o644)
    for folder in (tmp_path, *tmp_path.parents):
        folder.chmod(folder.stat().st_mode | 0o011)
    command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", program("edged"), "--check-config", guarded.file]
    found = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert found.returncode == 0 and "fine, shop S1" in found.stdout, found
    assert "were not looked at" in found.stderr and "sudo edgectl config check" in found.stderr, found
    guarded.file.write_text(guarded.file.read_text().replace('"shop"', '"shoq"', 1))
    found = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert found.returncode == 78 and "shop" in found.stderr, found


def test_whoever_reads_french_is_told_what_is_wrong_in_french(guarded, tmp_path):
    french = {"LC_ALL": "", "LC_MESSAGES": "", "LANG": "fr_FR.UTF-8"}
    code, text = check(guarded, **french)
    assert code == 0 and "tout va bien, magasin S1" in text
    guarded.configuration["shop"]["timeZone"] = "Europe/Lyon"
    code, text = check(guarded, **french)
    assert code == 78 and "le fuseau horaire Europe/Lyon n'est pas connu" in text
    guarded.configuration["shop"]["id"] = "Lyon 2"
    code, text = check(guarded, **french)
    assert code == 78 and " à /shop/id" in text and '"id": "lyon-2"' in text and "Corrigez la valeur." in text, text
    asked = subprocess.run(
        [program("edgectl"), "config", "check", guarded.file, "--language", "fr"], capture_output=True, text=True, timeout=30,
        env={**os.environ, "LANG": "C"})
    assert asked.returncode == 78 and "Corrigez la valeur." in asked.stdout, asked
