"""The published contract holds together: samples, schemas, topics and verbs say the same."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = ROOT / "devices" / "contract"
sys.path.insert(0, str(CONTRACT))
import validate as contract  # noqa: E402  (the folder is not a package: integrators copy it)

SAMPLES = sorted(ROOT.glob("devices/*/samples/**/*.json"))
SCHEMAS = sorted(CONTRACT.glob("schemas/*.schema.json"))


def sample(path):
    message = json.loads(path.read_text())
    return message["topic"], contract._bytes_of(message["payload"])


def verbs():
    """The verbs of the code, and whether each is a question."""
    text = (ROOT / "Sources/Contract/Verb.swift").read_text()
    cases = re.findall(r"^    case (\w+)(?: = \"([\w.]+)\")?$", text, re.M)
    questions = re.search(r"var isQuestion: Bool \{(.*?)\n    \}", text, re.S).group(1)
    return {raw or name: f".{name}" in re.findall(r"\.\w+", questions) for name, raw in cases}


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: str(path.relative_to(ROOT / "devices")))
def test_a_sample_is_what_the_schemas_say(path):
    assert contract.validate(*sample(path)) == []


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_a_schema_is_a_schema_and_is_reached_from_the_topics(path):
    text = json.loads(path.read_text())
    Draft202012Validator.check_schema(text)
    assert text["$id"].endswith("/" + path.name)
    assert text["description"], "a schema says what it is"
    reached, waiting = set(), {schema for _, _, schema, _ in contract.channels()}
    while waiting:
        name = waiting.pop()
        reached.add(name)
        found = re.findall(r'"\$ref": "([\w.-]+)\.schema\.json', (CONTRACT / f"schemas/{name}.schema.json").read_text())
        waiting |= set(found) - reached
    assert path.name.removesuffix(".schema.json") in reached


def test_every_verb_of_the_code_has_a_topic_a_schema_and_a_result():
    known = verbs()
    assert len(known) > 30
    for verb, is_question in known.items():
        branch = "ask" if is_question else "do"
        _, schema, writer = contract.channel(f"shop/v1/tablet-1/{branch}/{verb}")
        assert (schema, writer) == (f"{branch}-{verb}", "device")
        assert contract.channel(f"shop/v1/tablet-1/{'do' if is_question else 'ask'}/{verb}") is None
        undocumented = {"id": None, "verb": verb, "outcome": "done", "replayed": False, "result": {"undocumented": 1}}
        assert contract.validate("shop/v1/tablet-1/reply", json.dumps(undocumented).encode()), verb
    single = json.loads((CONTRACT / "schemas/single.schema.json").read_text())
    assert single["properties"]["verb"]["enum"] == list(known)


def test_every_topic_of_the_asyncapi_document_has_an_operation_and_a_sample():
    document = yaml.safe_load((CONTRACT / "asyncapi.yaml").read_text())
    assert document["asyncapi"] == "3.0.0"
    operated = {operation["channel"]["$ref"].rsplit("/", 1)[1] for operation in document["operations"].values()}
    assert operated == set(document["channels"])
    seen = {contract.channel(sample(path)[0])[0] for path in SAMPLES}
    # A group's topic has the schema of the shop's, and either has a sample.
    seen |= {name.removesuffix("Group") for name in seen} | {name + "Group" for name in seen}
    # A presence says one word. The last three feeds are kept, and read by a later version.
    without = {"presence"} | {f"feed{name}{of}" for name in ("Offers", "Keys", "Media") for of in ("", "Group")}
    assert set(document["channels"]) - seen == without


def test_every_reference_of_the_asyncapi_document_leads_somewhere():
    document = yaml.safe_load((CONTRACT / "asyncapi.yaml").read_text())

    def references(node):
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                yield node["$ref"]
            for child in node.values():
                yield from references(child)
        elif isinstance(node, list):
            for child in node:
                yield from references(child)

    for reference in references(document):
        if reference.startswith("#/"):
            node = document
            for step in reference[2:].split("/"):
                node = node[step]
        else:
            assert (CONTRACT / reference).is_file(), reference


def test_every_event_type_that_the_agent_writes_is_described():
    text = "".join(path.read_text() for path in (ROOT / "Sources/EdgeAgent").rglob("*.swift"))
    # Only what is written: emitted, told, or put into the outbox.
    written = set(re.findall(r'"(store\.[a-z]+\.[A-Za-z]+)"', text))
    pasts = re.search(r"static func type\(of event: Pickup\.Event\).*?\n    \}", text, re.S).group(0)
    written |= {f"store.pickup.{past}" for past in re.findall(r'case \.\w+: "(\w+)"', pasts)}
    described = set(json.loads((CONTRACT / "schemas/event.schema.json").read_text())["properties"]["type"]["enum"])
    assert written == described


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("shop/v1/all/ask/scan", b"9521234500018"),
        ("shop/v1/tablet-1/do/reservation.plcae", b'{"id":"0d5f2c1a-7b3e-4c89-9a10-00000000000e"}'),
        ("shop/v1/tablet-1/do/clerk.signOut", b"{}"),
        ("shop/v1/tablet-1/do/clerk.signOut", b'{"id":"0d5f2c1a-7b3e-4c89-9a10-00000000000e","id":"x"}'),
        ("shop/v1/tablet-1/do/clerk.signOut", b'{"id":"0d5f2c1a-7b3e-4c89-9a10-00000000000e"'),
        ("shop/v1/tablet-1/do/reservation.place", b'{"id":"0d5f2c1a-7b3e-4c89-9a10-00000000000e","lines":[]}'),
        (
            "shop/v1/tablet-1/do/reservation.place",
            b'{"id":"0d5f2c1a-7b3e-4c89-9a10-00000000000e","lines":[{"sku":"A","quantity":1.0}]}',
        ),
        ("shop/v1/tablet-1/reply", b'{"id":null,"verb":"scan","outcome":"refused","replayed":false}'),
        (
            "shop/v1/tablet-1/reply",
            b'{"id":null,"verb":"scan","outcome":"refused","replayed":false,"problem":'
            b'{"code":"scan.empty","detail":"x","facts":{},"retry":"newId","undocumented":1}}',
        ),
        ("hq/v1/group/france/up/orders", b"[]"),
        ("hq/v1/paris-1/up/status", b"[{}]"),
    ],
)
def test_what_the_contract_does_not_know_is_a_fault(topic, payload):
    assert contract.validate(topic, payload)


def test_the_command_validates_lines(tmp_path):
    lines = tmp_path / "seen.ndjson"
    lines.write_text("".join(json.dumps(json.loads(path.read_text())) + "\n" for path in SAMPLES))
    command = [sys.executable, str(CONTRACT / "validate.py")]
    assert subprocess.run([*command, str(lines)], timeout=60).returncode == 0
    wrong = subprocess.run(command, input='{"topic": "x", "payload": 1}\n', capture_output=True, text=True, timeout=60)
    assert wrong.returncode == 1 and "no topic" in wrong.stdout


def test_the_pages_lead_to_files_and_name_every_sample():
    for page in ROOT.glob("devices/**/README.md"):
        text = page.read_text()
        for link in re.findall(r"\]\(([^)#]+)", text):
            assert (page.parent / link).exists(), f"{page}: {link}"
        if page.parent != CONTRACT:
            named = set(re.findall(r"samples/([\w.-]+\.json)", text))
            assert {path.name for path in page.parent.glob("samples/*.json")} <= named, page


def test_the_worked_example_of_a_snapshot_has_its_hash():
    text = (CONTRACT / "README.md").read_text()
    script = next(block for block in re.findall(r"```python\n(.*?)```", text, re.S) if "bytes(32)" in block)
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert text.count(run.stdout.strip()) == 2
    block = next(block for block in re.findall(r"```json\n(.*?)```", text, re.S) if '"begin"' in block)
    for line in block.splitlines():
        assert contract.validate("hq/v1/S1/down/feed/catalogue", line.encode()) == []


def test_every_code_of_the_problems_is_sayable():
    for code, entry in contract.problems().items():
        facts = dict.fromkeys(entry["facts"], "x")
        problem = {"code": code, "detail": entry["fr"], "facts": facts, "retry": entry["retry"]}
        outcome = "later" if entry["retry"] == "sameId" else "refused"
        reply = {"id": None, "verb": "scan", "outcome": outcome, "replayed": False, "problem": problem}
        assert contract.validate("shop/v1/tablet-1/reply", json.dumps(reply).encode()) == [], code
