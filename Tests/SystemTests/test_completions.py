"""Completion scripts, as the package installs them: asked by the shells themselves."""

import os
import pathlib
import re
import shutil
import subprocess
import time

import pytest

from shop.processes import program


def completed(manual, *lines, **environment):
    """What bash offers behind each of these lines."""
    asked = f"""
    source {manual / "completions/bash/edgectl"}
    complete_for() {{
        COMP_LINE="$1"; COMP_POINT=${{#COMP_LINE}}
        read -ra COMP_WORDS <<<"$1"; [[ $1 == *' ' ]] && COMP_WORDS+=('')
        COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); COMPREPLY=()
        _edgectl edgectl "${{COMP_WORDS[COMP_CWORD]}}" "${{COMP_WORDS[COMP_CWORD-1]}}"
        printf '%s\\n' "${{COMPREPLY[@]}}"
    }}
    """ + "\necho --\n".join(f"complete_for '{line}'" for line in lines)
    tools = str(pathlib.Path(program("edgectl")).parent)
    done = subprocess.run(
        ["bash", "-c", asked], timeout=60, capture_output=True, text=True,
        env={**os.environ, "PATH": tools + ":" + os.environ["PATH"], **environment})
    return [part.split() for part in done.stdout.split("--\n")]


def test_bash_completes_verbs_and_values(manual):
    verbs, values = completed(manual, "edgectl queue ", "edgectl queue list --lane ")
    assert {"list", "show"} <= set(verbs)
    assert {"orders", "stock"} <= set(values)


def test_devices_and_rungs_are_completed_and_nothing_where_nobody_answers(shop, manual):
    known = [device["device"] for device in shop.edged.control(command="device.list")["result"]["devices"]]
    assert len(known) > 3
    here = {"EDGED_SOCKET": str(shop.edged.socket), "LANG": "fr_FR.UTF-8"}
    for verb in ("device show", "device enrol", "device revoke", "trace", "simulate scan"):
        assert sorted(completed(manual, f"edgectl {verb} ", **here)[0]) == sorted(known), verb
    assert completed(manual, "edgectl device show tab", **here)[0] == [name for name in known if name.startswith("tab")]
    began = time.monotonic()
    assert completed(manual, "edgectl device show ", EDGED_SOCKET="/nowhere")[0] == []
    assert time.monotonic() - began < 20
    rungs, more = completed(manual, "edgectl check --only ", "edgectl check --skip disk,")
    assert {"disk", "disk.space", "hq.echo"} <= set(rungs)
    assert {"disk,clock", "disk,hq.echo"} <= set(more)
    # The other shells ask in the same words.
    bash, zsh, fish = ((manual / "completions" / script).read_text()
                       for script in ("bash/edgectl", "zsh/_edgectl", "fish/edgectl.fish"))
    asked = set(re.findall(r"---completion [a-z ]+ -- [-\w@]+", bash))
    assert len(asked) >= 9 and all(words in zsh and words in fish for words in asked), asked


def interactive(name, manual, folder):
    """A shell that knows the scripts as the package's paths make it know them, and nothing of who runs the test."""
    tools = pathlib.Path(program("edgectl")).parent
    common = f"env HOME={folder} LANG=C.UTF-8 PATH={tools}:/usr/bin:/bin EDGED_SOCKET=/nowhere"
    if name == "zsh":
        (folder / ".zshrc").write_text(
            f"fpath=({manual}/completions/zsh $fpath)\nautoload -Uz compinit\ncompinit -u -d {folder}/dump\n"
            "PS1='ready> '\n")
        return f"{common} ZDOTDIR={folder} zsh"
    settings = folder / "fish"
    (settings / "completions").mkdir(parents=True)
    shutil.copy(manual / "completions/fish/edgectl.fish", settings / "completions/edgectl.fish")
    (settings / "config.fish").write_text("function fish_prompt; echo 'ready> '; end\nset fish_greeting\n")
    return f"{common} XDG_CONFIG_HOME={folder} XDG_DATA_HOME={folder}/data fish"


@pytest.mark.parametrize("shell, check", [("zsh", "-n"), ("fish", "--no-execute")])
def test_a_tab_in_zsh_and_fish_offers_verbs_values_and_rungs(manual, terminal, tmp_path, shell, check):
    script = {"zsh": "zsh/_edgectl", "fish": "fish/edgectl.fish"}[shell]
    read = subprocess.run([shell, check, manual / "completions" / script], timeout=60, capture_output=True, text=True)
    assert (read.returncode, read.stderr) == (0, "")
    for line, offered in [
        ("edgectl queue ", ["unpark", "Let a parked event go"]),
        ("edgectl queue list --lane ", ["orders", "moments"]),
        ("edgectl check --only ", ["agent.commit", "broker.pages"]),
        ("edgectl check --skip disk,", ["disk,agent.commit"]),
    ]:
        home = tmp_path / f"home-{len(list(tmp_path.iterdir()))}"
        home.mkdir()
        shown = terminal(interactive(shell, manual, home), width=150, height=60)
        shown.wait(["ready>"])
        shown.type("-l", line)
        shown.wait([line.strip()])
        shown.type("Tab")
        shown.wait(offered)
        assert "rror" not in shown.screen()


def test_zsh_and_fish_explain_what_they_offer_in_both_languages(manual):
    zsh = (manual / "completions/zsh/_edgectl").read_text()
    fish = (manual / "completions/fish/edgectl.fish").read_text()
    assert zsh.startswith("#compdef edgectl")
    assert "complete -c 'edgectl'" in fish
    for script in (zsh, fish):
        french, english = script.index("Seulement cette voie."), script.index("Only this lane.")
        assert script.index("fr*") < french < english
