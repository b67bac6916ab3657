"""Every message that any test of this run saw on a wire is what the contract beside the devices says. It runs last."""

import base64
import importlib.util
import json
from collections import Counter

from conftest import PRODUCTS
from shop.processes import REPOSITORY

CONTRACT = REPOSITORY / "devices" / "contract"


def validator():
    """The contract's own validator, on the public `jsonschema`."""
    specification = importlib.util.spec_from_file_location("validate", CONTRACT / "validate.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def seen(wire_file):
    with open(wire_file, encoding="utf-8") as lines:
        for line in lines:
            message = json.loads(line)
            yield message["side"], message["topic"], base64.b64decode(message["payload"]), message["retain"]


def identity(payload):
    try:
        value = json.loads(payload)
        return value.get("id") if isinstance(value, dict) else None
    except (ValueError, UnicodeDecodeError):
        return None


def test_every_message_seen_on_a_wire_is_as_the_contract_says(shop, wire_file):
    # Something of each kind even when this test runs alone.
    tablet = shop.device("tablet-1")
    tablet.card(PRODUCTS["SKU-1"])
    tablet.done("reservation.place", lines=[{"sku": "SKU-1"}])
    shop.edged.wait_drained()

    contract = validator()
    accepted = set()
    for side, topic, payload, _ in seen(wire_file):
        if side == "shop" and topic.endswith("/reply"):
            reply = json.loads(payload)
            if reply["outcome"] == "done" and reply["id"]:
                accepted.add(reply["id"].lower())
    counts, faults = Counter(), Counter()
    for _, topic, payload, retain in seen(wire_file):
        who = contract.writer(topic)
        if who == "device":
            # Tests send wrong messages on purpose; those that the agent accepted have to be right.
            name = identity(payload)
            if not (isinstance(name, str) and name.lower() in accepted):
                continue
        if b'"barter"' in payload:
            # A line that is parked: the lines around it are accepted, it is not.
            continue
        if who == "headquarters" and topic.startswith("hq/") and is_hostile(payload):
            continue
        if who is None:
            # Topics that no device may have: sent by tests to see that nobody answers.
            assert not topic.endswith("/reply"), topic
            continue
        counts[who] += 1
        for fault in contract.validate(topic, payload):
            faults[f"{fault[:400]} | {payload[:300]!r}"] += 1
        if retain and who == "agent":
            assert topic.startswith("shop/v1/all/"), f"{topic} is retained"
    assert counts["agent"] and counts["device"] and counts["headquarters"], counts
    shown = "\n".join(f"{count} x {fault}" for fault, count in faults.most_common(25))
    assert not faults, f"{sum(faults.values())} faults in {sum(counts.values())} messages:\n{shown}"


def is_hostile(payload):
    """Whether the tests' own counterpart of headquarters sent this to mislead."""
    try:
        value = json.loads(payload)
    except (ValueError, UnicodeDecodeError):
        return True
    text = json.dumps(value)
    return not isinstance(value, dict) or any(mark in text for mark in (
        "teleported", '"quantity": "one"', "edge.somebody", "Quastenberg", "+33698765432", '"twenty"', '"first": -1',
        '"first": 9223372036854775807',
        '{"feed": "orders", "epoch": "x"}',
        '{"type": "delta", "sku": "SKU-1"}')) or value == {}
