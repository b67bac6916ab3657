#!/usr/bin/env python3
"""Says whether messages seen on a wire are what the contract of this folder says.

    mosquitto_sub -p 18831 -t 'shop/v1/#' -F %j | ./validate.py

Input is NDJSON, from files or standard input: a line is `{"topic": …, "payload": …}`. A payload that is text stands
for its bytes (a bare code), anything else for itself. Output is a line for each fault; the exit code is 1 when there
was one. Needs `pip install jsonschema PyYAML`.

From Python: `validate(topic, payload)` gives the faults of one message, none for a right one.
"""

import json
import re
import sys
from collections import Counter
from decimal import Decimal
from functools import cache
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

FOLDER = Path(__file__).resolve().parent
# The agent refuses larger messages; so does the broker of `devices/broker` beyond the larger number.
DEVICE_BYTES_MAX = 65_536
OTHER_BYTES_MAX = 262_144
DEPTH_MAX = 16
# A line of a till that cannot be recorded lies deeper in its event than it came.
EVENTS_DEPTH_MAX = 20
FAULTS_MAX = 8


class Broken(ValueError):
    """A payload that is no JSON text as the contract takes it."""


@cache
def _contract():
    """AsyncAPI document and schema registry, read once."""
    document = yaml.safe_load((FOLDER / "asyncapi.yaml").read_text())
    resources = []
    for path in sorted((FOLDER / "schemas").glob("*.schema.json")):
        contents = json.loads(path.read_text())
        resources.append((contents["$id"], Resource(contents=contents, specification=DRAFT202012)))
    return document, Registry().with_resources(resources)


@cache
def problems():
    """The codes of problems.json, by name."""
    path = FOLDER / "problems.json"
    return {entry["code"]: entry for entry in json.loads(path.read_text())["problems"]} if path.exists() else {}


@cache
def schema(name):
    """The validator of a schema, by its file's name without `.schema.json`."""
    contents = json.loads((FOLDER / "schemas" / f"{name}.schema.json").read_text())
    return Draft202012Validator(contents, registry=_contract()[1])


@cache
def channels():
    """Every channel of the contract: its name, the pattern of its topics, its schema, and who writes there."""
    document, _ = _contract()
    writers = {}
    for operation in document["operations"].values():
        channel = operation["channel"]["$ref"].rsplit("/", 1)[1]
        writers[channel] = operation["action"]
    found = []
    for name, channel in document["channels"].items():
        levels = []
        for level in channel["address"].split("/"):
            levels.append(
                {
                    "{device}": "(?!(?:all|staff|agent)(?:/|$))[a-z0-9-]{1,32}",
                    "{shop}": "(?!group/)[A-Za-z0-9-]{1,32}",
                    "{group}": "[A-Za-z0-9-]{1,32}",
                }.get(level, re.escape(level))
            )
        # MQTT 5 response topics lie below the device's own `reply`.
        below = "(?:/[^#+]+)?" if name == "reply" else ""
        schemas = []
        for message in channel["messages"].values():
            payload = document["components"]["messages"][message["$ref"].rsplit("/", 1)[1]]["payload"]
            if "schema" in payload:
                schemas.append(Path(payload["schema"]["$ref"]).name.removesuffix(".schema.json"))
        if writers[name] == "send":
            writer = "agent"
        else:
            writer = "headquarters" if channel["address"].startswith("hq/") else "device"
        found.append((name, re.compile("/".join(levels) + below), schemas[0], writer))
    return found


def channel(topic):
    """The channel of a topic: (name, schema, writer), or None when the contract has no such topic."""
    for name, pattern, schema_name, writer in channels():
        if pattern.fullmatch(topic):
            return name, schema_name, writer
    return None


def writer(topic):
    """Who writes on a topic: `device`, `agent` or `headquarters`; None when the contract has no such topic."""
    known = channel(topic)
    return known[2] if known else None


def read(payload, bytes_max=OTHER_BYTES_MAX, depth_max=DEPTH_MAX):
    """A JSON text as strictly as the agent reads it: size, UTF-8, depth, no name twice, integers exact."""
    if len(payload) > bytes_max:
        raise Broken(f"{len(payload)} bytes, {bytes_max} are the limit")

    def members(pairs):
        twice = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]
        if twice:
            raise Broken(f"the name {twice[0]!r} is there twice")
        return dict(pairs)

    def no_constant(word):
        raise Broken(f"{word} is no JSON")

    try:
        # With Decimal a number that is written with a fraction is no integer, as for the agent.
        value = json.loads(
            payload.decode(), object_pairs_hook=members, parse_float=Decimal, parse_constant=no_constant
        )
    except Broken:
        raise
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise Broken(f"no JSON: {error}") from error
    if _depth(value) > depth_max:
        raise Broken(f"deeper than {depth_max}")
    return value


def _depth(value):
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if children is None else 1 + max(map(_depth, children), default=0)


def validate(topic: str, payload: bytes) -> list[str]:
    """What is wrong with a message; an empty list when it is as the contract says."""
    known = channel(topic)
    if known is None:
        return [f"{topic}: no topic of the contract"]
    name, schema_name, who = known
    if name == "presence" and not payload:
        return []
    if name == "askScan" and not payload.startswith(b"{"):
        return [] if 1 <= len(payload) <= 2_048 else [f"{topic}: a bare code has 1 to 2,048 bytes, not {len(payload)}"]
    try:
        bytes_max = DEVICE_BYTES_MAX if who == "device" else OTHER_BYTES_MAX
        value = read(payload, bytes_max, EVENTS_DEPTH_MAX if name.startswith("up") else DEPTH_MAX)
    except Broken as broken:
        return [f"{topic}: {broken}"]
    faults = [
        f"{topic}: {fault.json_path}: {fault.message[:300]}" for fault in _leaves(schema(schema_name).iter_errors(value))
    ]
    if not faults and name == "reply" and "problem" in value:
        faults = [f"{topic}: {fault}" for fault in _faults_of(value["problem"])]
    if not faults and topic.startswith("hq/") and name.startswith("up") and isinstance(value, list):
        source = "shop/" + topic.split("/")[2]
        faults = [f"{topic}: an event of {e['source']}" for e in value if e["source"] != source]
    return faults[:FAULTS_MAX]


def _leaves(errors):
    """The faults that say most: those inside a combination rather than the combination itself."""
    for error in errors:
        if error.context and error.validator in ("allOf", "if", "$ref"):
            yield from _leaves(error.context)
        else:
            yield error


def _faults_of(problem):
    """Whether a problem is one of problems.json, with its retry and the facts that its sentence names."""
    entry = problems().get(problem["code"])
    if entry is None:
        if problems():
            yield f"the code {problem['code']} is not in problems.json"
        return
    if entry["retry"] != problem["retry"]:
        yield f"{problem['code']} says retry {problem['retry']}, problems.json says {entry['retry']}"
    for fact in entry["facts"]:
        if fact not in problem["facts"]:
            yield f"{problem['code']} lacks the fact {fact}"


def _bytes_of(payload):
    return payload.encode() if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False).encode()


def main(paths):
    """Validates NDJSON lines; the exit code."""
    faults = 0
    for path in paths or ["-"]:
        with sys.stdin if path == "-" else open(path, encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                try:
                    message = json.loads(line)
                    found = validate(message["topic"], _bytes_of(message["payload"]))
                except (ValueError, KeyError, TypeError) as error:
                    found = [f'no line {{"topic", "payload"}}: {error}']
                for fault in found:
                    faults += 1
                    print(f"{path}:{number}: {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
