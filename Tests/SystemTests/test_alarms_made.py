"""Each code that `edgectl check` can give is made for real in a test of the ladder, or stands below with the reason why it cannot be."""

import ast
import pathlib
import re

from test_alarms import CHECK, said

#: Where the ladder is climbed.
TESTS = (*sorted(pathlib.Path(__file__).parent.glob("test_check_*.py")), pathlib.Path(__file__).with_name("test_box.py"))

#: What no test makes, by its code, and why it cannot be made; as it stands, everything is.
NOT_MADE = {}

#: What the judgement of TLS says of headquarters alone: the rungs before the login at the shop's broker know it already.
OF_HEADQUARTERS_ALONE = {"captivePortal", "certificateEnds", "fileMissing", "intercepted", "otherServer", "tlsSilent"}


def given():
    """Every code that the ladder can give; findings are `edgectl status`'s."""
    codes = {code for code in said() if not code.startswith("finding.")}
    judgement = (CHECK / "Network/TLSJudgement.swift").read_text()
    names = set(re.findall(r'(?:fault|warning)\(\s*"(?:\\\(side\.rawValue\)\.)?(\w+)"', judgement))
    return codes | {f"broker.{name}" for name in names - OF_HEADQUARTERS_ALONE}


def expected(file):
    """Every text in a test's code, as which a test may expect a code; what only describes it does not count."""
    tree = ast.parse(file.read_text())
    described = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return {node.value for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in described}


def test_each_alarm_of_the_ladder_is_made_for_real():
    codes = given()
    assert len(codes) > 130, "the sources' codes are not found where this test looks"
    made = set().union(*(expected(file) for file in TESTS))
    missing = sorted(codes - made - NOT_MADE.keys())
    assert not missing, f"no test of the ladder makes {', '.join(missing)}: write one, or say in NOT_MADE why none can be"


def test_what_is_said_not_to_be_made_is_given_and_not_made():
    made = set().union(*(expected(file) for file in TESTS))
    assert not sorted(NOT_MADE.keys() & made), "made after all"
    assert not sorted(NOT_MADE.keys() - given()), "no longer given"
    assert all(len(reason) > 20 for reason in NOT_MADE.values())
