#!/usr/bin/env python3
"""Makes the box's documents out of the project's: documents.py FOLDER DATE VERSION

README.md, LISEZMOI.md and ALARMES.md with links that lead somewhere on a box, first-minutes.md and alarms.md out of the
project's README, the manual pages edged-alarms.7 and fr/edged-alarms.7 of the lists of alarms, and codes.json, in which
`edgectl explain` looks codes up.
"""

import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
#: Where a link of the project's documents leads on a box.
ON_THE_BOX = {
    "../README.md#what-each-alarm-means-and-its-mend": "alarms.md", "../README.md": "first-minutes.md",
    "systemd/README.md": "README.md", "systemd/LISEZMOI.md": "LISEZMOI.md", "systemd/ALARMES.md": "ALARMES.md",
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
    """A list of alarms: groups, each with rows of codes, meaning and mend."""
    groups = []
    for line in text.splitlines():
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


#: The words around the list.
WORDS = {
    "en": {
        "name": "NAME", "title": r"edged\-alarms \- what each alarm of the shop's box means, and what mends it",
        "description": "DESCRIPTION", "about": [
            r"\fBedgectl check\fR and \fBedgectl status\fR say cause and mend themselves, with this box's names in them. This",
            r"is the list behind it, by the stable code that \fB\-\-format json\fR has.",
            r"\fBedgectl explain\fR \fIcode\fR shows one entry."],
        "mend": "Mend: ", "see": "SEE ALSO"},
    "fr": {
        "name": "NOM", "title": r"edged\-alarms \- ce que veut dire chaque alarme du boîtier, et ce qui y remédie",
        "description": "DESCRIPTION", "about": [
            r"\fBedgectl check\fR et \fBedgectl status\fR disent eux\-mêmes la cause et le remède, avec les noms de ce boîtier.",
            r"Voici la liste qui est derrière, par le code stable que donne \fB\-\-format json\fR.",
            r"\fBedgectl explain\fR \fIcode\fR en montre une entrée."],
        "mend": "Remède : ", "see": "VOIR AUSSI"},
}


def page(groups, date, version, language):
    """The manual page of the list."""
    words = WORDS[language]
    lines = [f'.TH EDGED\\-ALARMS 7 "{date}" "edged {version}" "store-edge"', f".SH {words['name']}", words["title"],
             f".SH {words['description']}", *words["about"]]
    for title, rows in groups:
        lines += [f'.SH "{roff(title.upper())}"']
        for names, meaning, mend in rows:
            lines += [".TP", roff(", ".join(f"`{name}`" for name in names)), roff(meaning[:1].upper() + meaning[1:]) + ".",
                      ".br", words["mend"] + roff(mend) + "."]
    return "\n".join(
        lines + [f'.SH "{words["see"]}"', r"\fBedgectl\fR(1), \fBedgectl\-check\fR(1), \fBedged\fR(8)"]) + "\n"


def codes(lists, problems):
    """Every code with what is known of it; `lists` are the lists of alarms by language."""
    entries = {}
    for problem in problems:
        code = problem["code"]
        entries[code] = {"code": code, "en": problem["en"], "fr": problem["fr"]}
        # A finding is no answer to anybody, and nothing is sent again.
        if not code.startswith("finding."):
            entries[code] |= {"retry": problem["retry"], "seenBy": problem["seenBy"]}
    for language, groups in lists.items():
        for names, meaning, mend in (row for _, rows in groups for row in rows):
            for name in names:
                entry = entries.setdefault(name, {"code": name})
                entry.setdefault("meaning", {})[language] = meaning.replace("`", "")
                entry.setdefault("mend", {})[language] = mend.replace("`", "")
    return {"codes": [entries[name] for name in sorted(entries)]}


def main():
    folder, date, version = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    folder.mkdir(parents=True, exist_ok=True)
    text = (ROOT / "README.md").read_text()
    listed = section(text, "What each alarm means and its mend")
    french = (ROOT / "systemd/ALARMES.md").read_text()
    lists = {"en": alarms(listed), "fr": alarms(french)}
    first = "# The box, in short\n\n" + section(text, "Install on a box") + "\n" + section(text, "The first ten minutes")
    made = {
        "README.md": linked((ROOT / "systemd/README.md").read_text()),
        "LISEZMOI.md": linked((ROOT / "systemd/LISEZMOI.md").read_text()),
        "ALARMES.md": linked(french), "first-minutes.md": linked(first), "alarms.md": linked(listed.removeprefix("#")),
        "edged-alarms.7": page(lists["en"], date, version, "en"),
        "fr/edged-alarms.7": page(lists["fr"], date, version, "fr"),
        "codes.json": json.dumps(
            codes(lists, json.loads((ROOT / "devices/contract/problems.json").read_text())["problems"]),
            ensure_ascii=False, separators=(",", ":")) + "\n",
    }
    for name, content in made.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content)


main()
