"""The lists of alarms have each code that `edgectl check` and `edgectl status` can say, with a meaning and a mend."""

import re

from shop.processes import REPOSITORY

CHECK = REPOSITORY / "Sources/EdgeControl/Check"


def said():
    """Every code of a warning or fault in the sources."""
    codes = set()
    for file in sorted(CHECK.rglob("*.swift")):
        text = file.read_text()
        codes |= set(re.findall(r'(?:fault|warning)\(\s*"(\w+\.\w+)"', text))
        codes |= set(re.findall(r'(?<!Failure\()(?<!\w)code:\s*"(\w+\.\w+)"', re.sub(r"Failure\(\s+", "Failure(", text)))
        if file.name == "TLSJudgement.swift":
            # One judgement for both sides of the agent; some can only be said of headquarters.
            names = re.findall(r'(?:fault|warning)\(\s*"(?:\\\(side\.rawValue\)\.)?(\w+)"', text)
            codes |= {f"headquarters.{name}" for name in names}
    for file in sorted((REPOSITORY / "Sources").rglob("*.swift")):
        codes |= set(re.findall(r'"(finding\.\w+)"', file.read_text()))
    return codes


def english():
    return (REPOSITORY / "README.md").read_text().split("## What each alarm means and its mend")[1]


def french():
    return (REPOSITORY / "systemd/ALARMES.md").read_text()


def listed(text):
    """Rows of a list: codes, meaning, mend."""
    rows = [line.replace("\\|", "/").split("|")[1:-1] for line in text.splitlines() if line.startswith("| `")]
    return [(re.findall(r"`([\w.]+)`", codes), meaning.strip(), mend.strip()) for codes, meaning, mend in rows]


def test_each_alarm_stands_in_the_readme_with_its_meaning_and_mend():
    rows = listed(english())
    assert all(meaning and mend for _, meaning, mend in rows)
    codes = [code for names, _, _ in rows for code in names]
    assert len(codes) == len(set(codes)), "a code stands twice"
    found = said()
    assert len(found) > 60, "the sources' codes are not found where this test looks"
    missing = sorted(found - set(codes))
    assert not missing, f"README says nothing of {', '.join(missing)}"


def test_the_french_list_has_the_same_alarms_and_the_same_commands():
    rows, rangs = listed(english()), listed(french())
    assert [codes for codes, _, _ in rangs] == [codes for codes, _, _ in rows]
    for (codes, _, mend), (_, sens, remede) in zip(rows, rangs, strict=True):
        assert sens and remede, codes
        names = {"FICHIER": "FILE", "boîtier": "box"}
        commands = re.findall("`(.*?)`", remede)
        for name, english_name in names.items():
            commands = [command.replace(name, english_name) for command in commands]
        assert commands == re.findall("`(.*?)`", mend), codes
