"""Manual pages in both languages, as the package installs them."""

import collections
import json
import re
import shutil
import subprocess

import pytest

from shop.processes import program

LANGUAGES = [("", "en_US.UTF-8"), ("fr", "fr_FR.UTF-8")]
#: What mdoc marks as a name that means the same in every language.
NAMES = {"Fl", "Li", "Pa", "Ev", "Dv", "Xr", "Cm"}
MACROS = NAMES | {"Ar", "It", "Op", "Nm", "Nd", "Sh", "Ss", "Dd", "Dt", "Os"}


@pytest.mark.parametrize("folder, locale", LANGUAGES)
def test_every_noun_has_a_page_that_tells_every_verb_and_option(manual, folder, locale):
    dump = json.loads(subprocess.run([program("edgectl"), "--experimental-dump-help"], check=True, timeout=30,
                                     capture_output=True, env={"LANG": locale}).stdout)
    overview = (manual / folder / "man1/edgectl.1").read_text()
    for noun in dump["command"]["subcommands"]:
        name = noun["commandName"]
        if name == "help" or not noun.get("shouldDisplay", True):
            continue
        page = (manual / folder / f"man1/edgectl-{name}.1").read_text()
        assert f".It Xr edgectl-{name} 1\n" in overview
        for command in [noun, *noun.get("subcommands", [])]:
            for argument in command.get("arguments", []):
                for spelling in argument.get("names", []):
                    if spelling["name"] not in ("help", "h", "version") and argument.get("shouldDisplay", True):
                        assert spelling["name"].replace("-", "\\-") in page, f"edgectl-{name}.1 lacks {spelling['name']}"


def names(page):
    """The options, keys, paths, variables, signals and pages that a page names, with how often."""
    found = collections.Counter()
    for line in page.splitlines():
        if not line.startswith("."):
            continue
        macro = None
        for word in line[1:].split():
            if word in MACROS:
                macro = word
            elif macro in NAMES and re.search(r"\w", word):
                found[macro, word.rstrip("\\")] += 1
    return found


def test_both_languages_name_the_same_options_keys_and_files(manual):
    english = {str(page.relative_to(manual)): page.read_text() for page in manual.glob("man*/*")}
    french = {str(page.relative_to(manual / "fr")): page.read_text() for page in manual.glob("fr/man*/*")}
    assert len(english) > 15 and english.keys() == french.keys()
    for name, page in english.items():
        assert sum(names(page).values()) > 3, name
        assert names(page) == names(french[name]), name


def test_french_pages_have_nothing_left_in_english(manual):
    english = {"the", "of", "and", "with", "which", "is", "are", "that", "when", "only", "default"}
    for page in manual.glob("fr/man*/*"):
        for line in page.read_text().splitlines():
            if not line.startswith(".") and "edgectl " not in line:
                assert not english & set(re.findall(r"[a-zà-ÿ]+", line.lower())), (page.name, line)
        headings = set(re.findall(r"(?m)^\.Sh (.*)$", page.read_text()))
        assert "NOM" in headings and not headings & {"NAME", "COMMANDS", "EXIT STATUS", "SEE ALSO", "FILES"}, page.name


def test_man_finds_the_page_in_the_language_that_is_asked_for(manual):
    environment = {"PATH": "/usr/bin:/bin", "MANPATH": str(manual), "MANWIDTH": "80", "LC_ALL": "C.UTF-8",
                   "MANPAGER": "cat"}
    for language, abstract in [("fr", "Examiner l'agent"), ("C", "Look into the agent")]:
        shown = subprocess.run(["man", "-L", language, "edgectl"], timeout=60, capture_output=True, text=True,
                               env=environment)
        assert shown.returncode == 0 and f"edgectl — {abstract}" in shown.stdout, (shown.stdout[:400], shown.stderr)


def test_pages_are_typeset_in_80_columns_without_a_warning(manual):
    man, lexgrog = shutil.which("man"), shutil.which("lexgrog")
    assert man and lexgrog, "man is not installed: make setup"
    pages = sorted([*manual.glob("man*/*"), *manual.glob("fr/man*/*")])
    assert len(pages) > 30
    environment = {"PATH": "/usr/bin:/bin", "MANWIDTH": "80", "LC_ALL": "C.UTF-8", "MANPAGER": "cat", "PAGER": "cat"}
    wide = []
    for page in pages:
        made = subprocess.run([man, "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page], timeout=60,
                              capture_output=True, env=environment)
        assert made.returncode == 0 and made.stderr == b"", (page, made.stderr.decode())
        shown = subprocess.run([man, "-l", page], timeout=60, capture_output=True, text=True, env=environment).stdout
        wide += [(page.name, line) for line in shown.splitlines() if len(line) > 80]
        # The head and the foot of the page, which an unknown name of the first section would take away.
        title = page.stem.upper()
        assert shown.startswith(title) and "store-edge" in shown.splitlines()[-1], (page, shown[:200])
        known = subprocess.run([lexgrog, page], timeout=60, capture_output=True, text=True, env=environment)
        assert known.returncode == 0 and f'"{page.stem} - ' in known.stdout, (page, known.stdout, known.stderr)
    assert not wide, wide
