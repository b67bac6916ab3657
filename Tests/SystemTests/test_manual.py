"""Manual pages and completion scripts, as the package installs them."""

import json
import pathlib
import shutil
import subprocess

import pytest

from shop.processes import program

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def manual(tmp_path_factory):
    """The folder that systemd/manual/build.sh makes."""
    folder = tmp_path_factory.mktemp("manual") / "made"
    programs = pathlib.Path(program("edgectl")).parent
    subprocess.run([ROOT / "systemd/manual/build.sh", programs, folder], check=True, timeout=60, capture_output=True)
    return folder


def test_every_noun_has_a_page_that_tells_every_verb_and_option(manual):
    dump = json.loads(subprocess.run([program("edgectl"), "--experimental-dump-help"], check=True, timeout=30,
                                     capture_output=True).stdout)
    overview = (manual / "man1/edgectl.1").read_text()
    for noun in dump["command"]["subcommands"]:
        name = noun["commandName"]
        if name == "help" or not noun.get("shouldDisplay", True):
            continue
        page = (manual / f"man1/edgectl-{name}.1").read_text()
        assert f".It Xr edgectl-{name} 1\n" in overview
        for command in [noun, *noun.get("subcommands", [])]:
            for argument in command.get("arguments", []):
                for spelling in argument.get("names", []):
                    if spelling["name"] not in ("help", "h", "version") and argument.get("shouldDisplay", True):
                        assert spelling["name"].replace("-", "\\-") in page, f"edgectl-{name}.1 lacks {spelling['name']}"


def test_pages_are_typeset_without_a_warning(manual):
    man = shutil.which("man")
    assert man, "man is not installed: make setup"
    pages = sorted(manual.glob("man*/*"))
    assert len(pages) > 5
    for page in pages:
        made = subprocess.run([man, "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page], timeout=60,
                              capture_output=True, env={"PATH": "/usr/bin:/bin", "MANWIDTH": "80", "LC_ALL": "C.UTF-8"})
        assert made.returncode == 0 and made.stderr == b"", (page.name, made.stderr.decode())


def test_bash_completes_verbs_and_values(manual):
    script = manual / "completions/bash/edgectl"
    asked = f"""
    source {script}
    complete_for() {{
        COMP_LINE="$1"; COMP_POINT=${{#COMP_LINE}}
        read -ra COMP_WORDS <<<"$1"; [[ $1 == *' ' ]] && COMP_WORDS+=('')
        COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); COMPREPLY=()
        _edgectl edgectl "${{COMP_WORDS[COMP_CWORD]}}" "${{COMP_WORDS[COMP_CWORD-1]}}"
        printf '%s\\n' "${{COMPREPLY[@]}}"
    }}
    complete_for 'edgectl queue '
    echo --
    complete_for 'edgectl queue list --lane '
    """
    done = subprocess.run(["bash", "-c", asked], timeout=30, capture_output=True, text=True)
    verbs, values = [part.split() for part in done.stdout.split("--\n", 1)]
    assert {"list", "show"} <= set(verbs), done.stdout + done.stderr
    assert {"orders", "stock"} <= set(values), done.stdout + done.stderr


def test_zsh_and_fish_scripts_are_there(manual):
    assert (manual / "completions/zsh/_edgectl").read_text().startswith("#compdef edgectl")
    assert "complete -c 'edgectl'" in (manual / "completions/fish/edgectl.fish").read_text()
