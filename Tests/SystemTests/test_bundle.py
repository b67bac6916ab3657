"""The archive for support: it tells what is needed, and holds no person and no secret, whatever was planted."""

import json
import os
import pathlib
import stat
import subprocess
import tarfile
import tempfile

import pytest

from shop.codes import own_code
from shop.processes import program
from shop.traces import holds
from test_people import CARD, feed_customer

NAME = "Zébulon Quetzalcoatl"
#: What must never leave the box: people, contacts, cards, PINs, passwords, keys.
PLANTED = (
    "Quetzalcoatl", "Zébulon", "secret street", "4471", CARD, "+33612345678", "zq@example.org", "9876",
    "shop-broker-password-1", "headquarters-password-2", "the customer called", "quetzal",
)


def bundle(shop, folder, *arguments):
    """Makes an archive; returns its path and its files by name."""
    path = folder / "bundle.tar.gz"
    done = subprocess.run(
        [program("edgectl"), "bundle", "--to", path, "--config", shop.edged.file, "--socket", shop.edged.socket,
         "--broker-log", shop.broker.folder / "broker.log", "--language", "en", *arguments],
        timeout=120, capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    with tarfile.open(path) as archive:
        files = {member.name: archive.extractfile(member).read() for member in archive.getmembers()}
    return path, files, done.stdout


def plant(shop):
    """People and secrets, in every way in which they reach a box."""
    feed_customer(shop)
    shop.headquarters.place("W-9", {"SKU-1": 1}, own_code("P", 4711),
                            customer={"name": NAME, "phoneLast4": "4471", "customer": "C-88"})
    shop.headquarters.wait_fed("orders")
    tablet, till = shop.device("tablet-1"), shop.device("till-1")
    tablet.done("clerk.signIn", badge="B-200", pin="9876")
    tablet.do("reservation.place", lines=[{"sku": "SKU-2", "quantity": 1}], minutes=60,
              customer={"name": NAME, "phoneLast4": "4471"}, context="zq@example.org")
    tablet.ask("customer.get", card=CARD)
    tablet.ask("pickup.find", name="Quetzalcoatl")
    till.scan(f"{NAME} +33612345678")
    # A client that chose a person's name for itself, and one that talks where it should not.
    stranger = shop.device("scanner-9")
    # A word of a device's own as a verb, in the topic and in the message.
    till.publish("/do/quetzal.rue-de-lyon", {"id": "0192aaaa-0000-4000-8000-000000000001"})
    till.publish("", {"id": "0192aaaa-0000-4000-8000-000000000002", "verb": "quetzal"})
    stranger.publish("shop/v1/Zébulon Quetzalcoatl/ask/scan", NAME)
    shop.device("quetzal").scan("3000000000014")
    stranger.publish("/do/clerk.signIn", {"id": "not an id " + NAME, "badge": NAME, "pin": "9876"})


def test_the_archive_tells_what_support_needs_and_no_person_or_secret(new_shop, tmp_path):
    shop = new_shop()
    for broker, secret in (("devices", "shop-broker-password-1"), ("headquarters", "headquarters-password-2")):
        file = tmp_path / f"{broker}-password"
        file.write_text(secret + "\n")
        file.chmod(0o600)
        shop.edged.configuration[broker].update(username="agent", passwordFile=str(file))
    shop.open()
    plant(shop)
    shop.line.stop()
    path, files, said = bundle(shop, tmp_path)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    wanted = {"LIST.txt", "check.json", "status.json", "configuration.json", "versions.txt", "edged.log", "broker.log",
              "resources.txt", "queue-orders.json", "queue-parked.json"}
    assert wanted <= set(files)
    assert '"shop": "S1"' in files["status.json"].decode() and "MemAvailable" in files["resources.txt"].decode()
    assert '"rungs"' in files["check.json"].decode()
    for name in files:
        assert name == "LIST.txt" or name in files["LIST.txt"].decode(), f"{name} is not in LIST.txt"
        assert name == "LIST.txt" or name in said, f"{name} was not told"
    for name, content in files.items():
        for word in PLANTED:
            assert not holds(content, word), f"{name} holds {word}"
    assert not list(tmp_path.glob("*.part")) and len(list(tmp_path.glob("*.tar.gz"))) == 1


def test_the_archive_is_made_with_the_agent_dead(shop, tmp_path):
    plant(shop)
    shop.edged.kill()
    _, files, _ = bundle(shop, tmp_path)
    assert "control." in files["status.json"].decode()
    assert '"rungs"' in files["check.json"].decode() and '"shop": "S1"' in files["configuration.json"].decode()
    for name, content in files.items():
        for word in PLANTED:
            assert not holds(content, word), f"{name} holds {word}"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_an_archive_made_without_root_says_what_it_lacks(shop):
    # In a folder of their own: nobody gets to root's.
    with tempfile.TemporaryDirectory(prefix="bundle.") as folder:
        os.chown(folder, 65534, 65534)
        path = pathlib.Path(folder) / "bundle.tar.gz"
        for folder_above in shop.edged.file.parents:
            folder_above.chmod(folder_above.stat().st_mode | 0o011)
        shop.edged.configuration["devices"]["username"] = "agent"
        shop.edged.write_configuration()
        shop.edged.file.chmod(0o644)
        done = subprocess.run(
            ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", program("edgectl"), "bundle", "--to", path,
             "--config", shop.edged.file, "--socket", shop.edged.socket, "--language", "en"],
            timeout=120, capture_output=True, text=True, cwd=folder)
        assert done.returncode == 0, done.stdout + done.stderr
        said = " ".join(done.stdout.split())
        assert "edged.log, broker.log: empty, since you may not read the journal. With them: sudo edgectl bundle" in said
        with tarfile.open(path) as archive:
            assert b"sudo edgectl bundle" in archive.extractfile("edged.log").read()
            configuration = json.load(archive.extractfile("configuration.json"))
        # Nothing is said to be missing that nobody looked for.
        assert configuration["headquarters"]["password"] == "none, since there is no user name"
        assert configuration["devices"]["password"] in ("none", "not known without root", "credential")


def test_an_archive_that_cannot_be_written_says_so_and_leaves_nothing(shop, tmp_path):
    done = subprocess.run(
        [program("edgectl"), "bundle", "--to", tmp_path / "no" / "such.tar.gz", "--config", shop.edged.file, "--socket",
         shop.edged.socket, "--language", "en"], timeout=120, capture_output=True, text=True)
    assert done.returncode == 1 and "bundle.notWritten" in done.stderr and "--to" in done.stderr
