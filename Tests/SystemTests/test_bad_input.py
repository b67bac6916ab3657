"""Bad input of every kind gets a clear refusal or a clear exit, and disturbs nobody else."""

import json
import os
import sqlite3
import subprocess
import uuid

import pytest

from conftest import PRODUCTS
from shop.processes import program, wait_until

GTIN = PRODUCTS["SKU-1"]


def refused(reply, code):
    assert reply["outcome"] == "refused" and reply["problem"]["detail"], reply
    assert reply["problem"]["code"] == code, reply


@pytest.fixture
def tablet(shop):
    """A tablet; whatever a test sends, the shop answers an honest question and an honest command afterwards."""
    tablet = shop.device("tablet-1")
    yield tablet
    other = shop.device("tablet-2")
    assert other.card(GTIN)["sku"] == "SKU-1"
    held = other.done("reservation.place", lines=[{"sku": "SKU-9"}])
    assert held["state"] == "held"
    assert shop.edged.process.is_running and "loop.failed" not in shop.edged.process.said()


def identity():
    return str(uuid.uuid4())


def test_messages_that_cannot_be_read_are_refused_with_their_place(tablet):
    deep = "[" * 40 + "]" * 40
    for code, payload in [
        ("json.syntax", "{"), ("json.syntax", "{\"id\":"), ("contract.empty", ""), 
        ("json.syntax", f'{{"id":"{identity()}",}}'), ("json.syntax", f'{{"id":"{identity()}"}} x'),
        ("json.tooDeep", f'{{"id":"{identity()}","x":{deep}}}'),
        ("json.duplicateKey", f'{{"id":"{identity()}","sku":"A","sku":"B"}}'),
        ("json.tooLarge", json.dumps({"id": identity(), "context": "x" * 70_000})),
        ("contract.idMissing", {"lines": [{"sku": "SKU-1"}]}),
        ("contract.idMalformed", {"id": "7", "lines": [{"sku": "SKU-1"}]}),
        ("contract.missing", {"id": identity()}),
        ("contract.wrongType", {"id": identity(), "lines": "SKU-1"}),
        ("contract.wrongType", {"id": identity(), "lines": [{"sku": 7}]}),
        ("contract.wrongType", {"id": identity(), "lines": [{"sku": "SKU-1", "quantity": "2"}]}),
        ("contract.wrongType", {"id": identity(), "lines": [{"sku": "SKU-1", "quantity": 1.5}]}),
        ("contract.outOfRange", {"id": identity(), "lines": [{"sku": "SKU-1", "quantity": 0}]}),
        ("contract.outOfRange", {"id": identity(), "lines": [{"sku": "SKU-1", "quantity": -1}]}),
        ("contract.outOfRange", {"id": identity(), "lines": [{"sku": "SKU-1", "quantity": 10**12}]}),
        ("contract.exactlyOne", {"id": identity(), "lines": [{"sku": "SKU-1", "gtin": GTIN}]}),
        ("contract.exactlyOne", {"id": identity(), "lines": [{"quantity": 1}]}),
        ("contract.badIdentifier", {"id": identity(), "lines": [{"sku": "#"}]}),
        ("contract.badIdentifier", {"id": identity(), "lines": [{"sku": "a+b"}]}),
        ("contract.gtinCheckDigit", {"id": identity(), "lines": [{"gtin": "3000000000015"}]}),
        ("contract.mustUnknown", {"id": identity(), "must": ["giftWrap"], "lines": [{"sku": "SKU-1"}]}),
        ("contract.verbMismatch", {"id": identity(), "verb": "sale.record", "lines": [{"sku": "SKU-1"}]}),
        ("product.unknown", {"id": identity(), "lines": [{"sku": "NOBODY"}]}),
    ]:
        refused(tablet.expect("/do/reservation.place", payload), code)
    reply = tablet.expect("/do/reservation.place", b"\xff\xfe\x00")
    assert reply["outcome"] == "refused" and reply["problem"]["code"].startswith("json.")


def test_an_unknown_field_is_ignored_unless_it_must_be_understood(tablet):
    assert tablet.do("reservation.place", lines=[{"sku": "SKU-1"}], giftWrap=True)["outcome"] == "done"


def test_unknown_verbs_and_wrong_branches_are_refused(tablet):
    refused(tablet.do("reservation.levitate"), "contract.unknownVerb")
    refused(tablet.ask("weather.get"), "contract.unknownVerb")
    refused(tablet.do("scan", code=GTIN), "contract.wrongBranch")
    refused(tablet.ask("reservation.place", lines=[{"sku": "SKU-1"}]), "contract.wrongBranch")
    refused(tablet.expect("", {"id": identity()}), "contract.verbMissing")
    refused(tablet.expect("", {"id": identity(), "verb": "no.such"}), "contract.unknownVerb")


def test_a_retained_command_is_refused_and_has_no_effect(shop, tablet):
    reply = tablet.expect("/do/reservation.place", {"id": identity(), "lines": [{"sku": "SKU-2"}]}, retain=True)
    refused(reply, "command.retained")
    assert shop.edged.stock("SKU-2")["holds"] == 0
    shop.edged.restart()
    assert shop.edged.stock("SKU-2")["holds"] == 0
    tablet.publish("/do/reservation.place", b"", retain=True)


def test_foreign_device_ids_and_topics_are_answered_to_nobody(shop, tablet):
    body = {"id": identity(), "lines": [{"sku": "SKU-3"}]}
    for name in ("all", "staff", "agent", "Tablet-1", "x" * 33, "tablet 1", "tablet_1", "é"):
        tablet.publish(f"shop/v1/{name}/do/reservation.place", {**body, "id": identity()})
        tablet.publish(f"shop/v1/{name}/ask/scan", GTIN)
    assert tablet.do("reservation.get", reservation="R-00000000-0")["outcome"] == "refused"
    assert shop.edged.stock("SKU-3")["holds"] == 0
    for name in ("all", "staff", "agent", "Tablet-1", "tablet_1"):
        assert not shop.tap.on(f"shop/v1/{name}/reply")


@pytest.mark.parametrize("rest", ["do", "do/", "do/reservation.place/more", "ask", "ask/", "ask/scan/x"])
def test_a_wrong_topic_of_its_own_branch_is_answered_once(shop, tablet, rest):
    body = {"id": identity(), "lines": [{"sku": "SKU-3"}]}
    before = len(tablet.replies)
    refused(tablet.expect(f"/{rest}", body), "contract.topic")
    tablet.done("clerk.signOut")
    assert len(tablet.replies) == before + 2, "one of the two sessions answers, not both"


def test_a_device_that_floods_is_slowed_and_the_others_are_not(new_shop):
    shop = new_shop(limits={"commandsPerSecond": 20, "questionsPerSecond": 50}).open()
    noisy, quiet = shop.device("tablet-1"), shop.device("tablet-2")
    before = len(noisy.replies)
    for _ in range(300):
        noisy.publish("/do/reservation.place", {"id": identity(), "lines": [{"sku": "SKU-1"}]})
    assert quiet.done("reservation.place", timeout=10, lines=[{"sku": "SKU-2"}])["state"] == "held"
    wait_until(lambda: len(noisy.replies) >= before + 300, 20, "an answer to each of three hundred")
    later = [reply for reply in noisy.replies if reply["outcome"] == "later"]
    assert len(later) >= 200 and {reply["problem"]["code"] for reply in later} == {"command.tooMany"}
    assert {reply["problem"]["retry"] for reply in later} == {"sameId"}


def check(edged, change):
    """Exit code and words of edged with a changed configuration."""
    text = json.dumps(edged.configuration)
    edged.file.write_text(change(text) if callable(change) else change)
    done = [subprocess.run([program("edged"), word, str(edged.file)], capture_output=True, timeout=20, text=True)
            for word in ("--check-config", "--config")]
    assert done[0].returncode == done[1].returncode == 78, done
    return done[0].stderr


def test_a_wrong_configuration_is_named_with_its_place_and_its_mend(new_shop):
    edged = new_shop().edged
    assert "stateDirectry" in check(edged, lambda text: text.replace("stateDirectory", "stateDirectry"))
    assert "holdMinutes" in check(edged, lambda text: text[:-1] + ', "holdMinutes": 5}')
    assert "port" in check(edged, lambda text: text.replace(str(edged.configuration["devices"]["port"]), '"many"'))
    assert check(edged, "{") and check(edged, "") and check(edged, "[]")
    assert "id" in check(edged, lambda text: text.replace('"S1"', '"sh#p"'))
    fine = ('// a comment\n' + json.dumps(edged.configuration))[:-1] + ",}"
    edged.file.write_text(fine)
    done = subprocess.run([program("edged"), "--check-config", str(edged.file)], capture_output=True, timeout=20)
    assert done.returncode == 0, done
    missing = subprocess.run([program("edged"), "--config", "/nowhere/edged.json"], capture_output=True, timeout=20)
    assert missing.returncode == 78 and b"/nowhere/edged.json" in missing.stderr
    assert subprocess.run([program("edged"), "--wrong"], capture_output=True, timeout=20).returncode == 64


def test_edged_speaks_the_language_of_who_starts_it_by_hand(new_shop):
    edged = new_shop().edged
    edged.file.write_text(json.dumps({**edged.configuration, "stateDirectory": "/nowhere/state"}))

    def said(locale, *words):
        done = subprocess.run([program("edged"), *words], capture_output=True, timeout=20, text=True,
                              env={**os.environ, "LC_ALL": locale})
        return done.returncode, done.stdout + done.stderr

    for locale, use, wrong, absent in (
            ("C.UTF-8", "USAGE", "'--wrong' is not known", "/nowhere/state cannot be opened: it does not exist"),
            ("fr_FR.UTF-8", "EMPLOI", "« --wrong » n'est pas connu",
             "/nowhere/state ne peut pas être ouvert : il n'existe pas")):
        code, help_text = said(locale, "--help")
        assert code == 0 and use in help_text and all(len(line) <= 80 for line in help_text.splitlines())
        code, complaint = said(locale, "--wrong")
        assert code == 64 and wrong in complaint
        code, complaint = said(locale, "--check-config", str(edged.file))
        assert code == 78 and absent in complaint


def end(edged):
    """Exit code and last words of an edged that cannot start."""
    edged.start(wait=False)
    return edged.process.wait_end(15), edged.process.said()


def test_a_state_directory_that_is_missing_or_wrong_is_a_clear_exit(new_shop):
    edged = new_shop().edged
    os.rmdir(edged.state)
    code, said = end(edged)
    assert code == 78 and str(edged.state) in said
    assert not edged.state.exists(), "an empty ledger in a wrong place would look like a shop without orders"
    edged.state.write_text("a file")
    code, said = end(edged)
    assert code == 78 and str(edged.state) in said
    edged.state.unlink()
    edged.state.mkdir()
    os.chown(edged.state, 12345, 12345)
    code, said = end(edged)
    assert code == 78 and "12345" in said
    os.chown(edged.state, 0, 0)
    edged.start().stop()


def test_a_database_of_a_newer_schema_is_left_as_it_is(shop):
    shop.edged.stop()
    file = shop.edged.state / "ledger.db"
    with sqlite3.connect(file) as database:
        (known,) = database.execute("PRAGMA user_version").fetchone()
        database.execute("PRAGMA user_version = 999")
    database.close()
    before = file.read_bytes()
    code, said = end(shop.edged)
    assert code == 78 and "ledger.db" in said and "newer" in said, said
    assert file.read_bytes() == before
    with sqlite3.connect(file) as database:
        database.execute(f"PRAGMA user_version = {known}")
    database.close()
    shop.edged.start()
    assert shop.edged.stock("SKU-1")["onHand"] == 10


def test_a_second_agent_on_the_same_state_is_turned_away(shop):
    shop.edged.file.write_text(json.dumps({**shop.edged.configuration, "controlSocket": str(shop.folder / "other.sock")}))
    second = subprocess.run([program("edged"), "--config", str(shop.edged.file)], capture_output=True, timeout=30)
    assert second.returncode == 75, second
    assert shop.device("tablet-1").done("reservation.place", lines=[{"sku": "SKU-1"}])["state"] == "held"


def test_a_missing_key_file_is_a_clear_exit(new_shop):
    edged = new_shop().edged
    os.unlink(edged.folder / "vault-key")
    code, said = end(edged)
    assert code == 78 and "vault-key" in said
