#!/usr/bin/env python3
"""Makes the box's documents out of the project's: documents.py FOLDER DATE VERSION

README.md and LISEZMOI.md with links that lead somewhere on a box, first-minutes.md and alarms.md out of the project's README,
the manual page edged-alarms.7 of the same list, and codes.json, in which `edgectl explain` looks codes up.
"""

import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
#: Where a link of the project's documents leads on a box.
ON_THE_BOX = {
    "../README.md#what-each-alarm-means-and-its-mend": "alarms.md", "../README.md": "first-minutes.md",
    "systemd/README.md": "README.md", "systemd/LISEZMOI.md": "LISEZMOI.md",
    "../devices/broker/README.md": "/usr/share/edged/broker/README.md",
    "devices/broker/README.md": "/usr/share/edged/broker/README.md",
    "grafana/edged.json": "/usr/share/edged/grafana/edged.json",
    "prometheus/edged.rules.yml": "/usr/share/edged/prometheus/edged.rules.yml",
}


def section(text, title):
    """A section of a document with its title."""
    found = re.search(rf"(?ms)^## {re.escape(title)}\n.*?(?=^## |\Z)", text)
    if not found:
        raise SystemExit(f"documents: README has no section \"{title}\"")
    return found[0].rstrip() + "\n"


def linked(text):
    """A text whose links lead somewhere on a box."""
    def there(match):
        target = match[1]
        if "://" in target or target.startswith("#"):
            return match[0]
        if target in ON_THE_BOX:
            return f"]({ON_THE_BOX[target]})"
        if target in ON_THE_BOX.values():
            return match[0]
        raise SystemExit(f"documents: nothing on a box is where {target} leads")
    return re.sub(r"\]\(([^)\s]+)\)", there, text)


def alarms(text):
    """The list of alarms: groups, each with rows of codes, meaning and mend."""
    groups = []
    for line in section(text, "What each alarm means and its mend").splitlines():
        cells = [cell.strip().replace("\0", "|") for cell in line.replace(r"\|", "\0").split("|")[1:-1]]
        if len(cells) == 3 and cells[0].startswith("**"):
            groups.append((cells[0].strip("*"), []))
        elif len(cells) == 3 and cells[0].startswith("`"):
            groups[-1][1].append((re.findall(r"`([\w.]+)`", cells[0]), cells[1], cells[2]))
    return groups


def roff(text):
    """A sentence for man: what stands between accents graves is bold."""
    pieces = text.replace("\\", r"\e").replace("-", r"\-").split("`")
    line = "".join(rf"\fB{piece}\fR" if index % 2 else piece for index, piece in enumerate(pieces))
    return r"\&" + line if line[:1] in ".'" else line


def page(groups, date, version):
    """The manual page of the list."""
    lines = [
        f'.TH EDGED\\-ALARMS 7 "{date}" "edged {version}" "store-edge"', ".SH NAME",
        r"edged\-alarms \- what each alarm of the shop's box means, and what mends it", ".SH DESCRIPTION",
        r"\fBedgectl check\fR and \fBedgectl status\fR say cause and mend themselves, with this box's names in them. This is the",
        "list behind it, by the stable code that",
        r"\fB\-\-format json\fR has.",
        r"\fBedgectl explain\fR \fIcode\fR shows one entry.",
    ]
    for title, rows in groups:
        lines += [f'.SH "{roff(title.upper())}"']
        for codes, meaning, mend in rows:
            lines += [".TP", roff(", ".join(f"`{code}`" for code in codes)), roff(meaning[:1].upper() + meaning[1:]) + ".",
                      ".br", "Mend: " + roff(mend) + "."]
    return "\n".join(lines + [".SH SEE ALSO", r"\fBedgectl\fR(1), \fBedgectl\-check\fR(1), \fBedged\fR(8)"]) + "\n"


def codes(groups, problems):
    """Every code with what is known of it."""
    entries = {}
    for problem in problems:
        code = problem["code"]
        entries[code] = {"code": code, "en": problem["en"], "fr": problem["fr"]}
        # A finding is no answer to anybody, and nothing is sent again.
        if not code.startswith("finding."):
            entries[code] |= {"retry": problem["retry"], "seenBy": problem["seenBy"]}
    for _, rows in groups:
        for names, meaning, mend in rows:
            for name in names:
                entries.setdefault(name, {"code": name}).update(
                    meaning=meaning.replace("`", ""), mend=mend.replace("`", ""))
    return {"codes": [entries[name] for name in sorted(entries)]}


def main():
    folder, date, version = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    folder.mkdir(parents=True, exist_ok=True)
    text = (ROOT / "README.md").read_text()
    groups = alarms(text)
    first = "# The box, in short\n\n" + section(text, "Install on a box") + "\n" + section(text, "The first ten minutes")
    listed = section(text, "What each alarm means and its mend").removeprefix("#")
    made = {
        "README.md": linked((ROOT / "systemd/README.md").read_text()),
        "LISEZMOI.md": linked((ROOT / "systemd/LISEZMOI.md").read_text()),
        "first-minutes.md": linked(first), "alarms.md": linked(listed), "edged-alarms.7": page(groups, date, version),
        "codes.json": json.dumps(
            codes(groups, json.loads((ROOT / "devices/contract/problems.json").read_text())["problems"]),
            ensure_ascii=False, separators=(",", ":")) + "\n",
    }
    for name, content in made.items():
        (folder / name).write_text(content)


main()
