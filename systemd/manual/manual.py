#!/usr/bin/env python3
"""Makes manual pages, in mdoc(7), out of what a tool says of itself with --experimental-dump-help.

A page for the tool and one for each of its nouns, so that `man edgectl-queue` tells all of `edgectl queue`:

    edgectl --experimental-dump-help | manual.py --date 2026-01-31 --version 1.0 FOLDER
    LANG=fr_FR.UTF-8 edgectl --experimental-dump-help | manual.py --language fr --date ... FOLDER

The help texts are the only source; what stands after "Examples:" in them stays line by line as it is.
"""

import argparse
import json
import pathlib
import re
import sys

ENGLISH = {
    "months": "January February March April May June July August September October November December",
    "date": "{month} {day}, {year}", "first": "1", "noun": "noun", "verb": "verb", "options": "options",
    "name": "NAME", "commands": "COMMANDS", "shared": "OPTIONS OF EVERY COMMAND", "exit": "EXIT STATUS",
    "see": "SEE ALSO", "values": "One of {}.", "default": "Default: {}.",
    0: "Done; nothing to look after.", 1: "A fault was found, or nothing has that name.", 2: "Warnings only.",
    64: "The words of the command were not understood.", 69: "The agent does not answer.",
    78: "The configuration cannot be right.",
}
FRENCH = {
    "months": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "date": "{day} {month} {year}", "first": "1er", "noun": "nom", "verb": "verbe", "options": "options",
    "name": "NOM", "commands": "COMMANDES", "shared": "OPTIONS DE TOUTES LES COMMANDES", "exit": "CODES DE RETOUR",
    "see": "VOIR AUSSI", "values": "Valeurs : {}.", "default": "Par défaut : {}.",
    0: "Fait ; rien à signaler.", 1: "Une panne a été trouvée, ou rien ne porte ce nom.",
    2: "Seulement des avertissements.", 64: "Les mots de la commande n'ont pas été compris.",
    69: "L'agent ne répond pas.", 78: "La configuration est incorrecte.",
}
#: What the pages say beside the help texts; main() chooses.
WORDS = ENGLISH


def dated(date):
    """YYYY-MM-DD as the language writes it."""
    year, month, day = date.split("-")
    day = WORDS["first"] if int(day) == 1 else int(day)
    return WORDS["date"].format(day=day, month=WORDS["months"].split()[int(month) - 1], year=year)


def plain(text):
    """Text as roff takes it: no line begins a macro, backslashes and hyphens are themselves, and no line is broken
    before a sign that French parts from its word."""
    lines = []
    for line in text.split("\n"):
        line = line.replace("\\", "\\e").replace("-", "\\-")
        if WORDS is FRENCH:
            line = re.sub(" ([:;!?»])", r"\\ \1", line).replace("« ", "«\\ ")
        lines.append("\\&" + line if line[:1] in (".", "'") else line)
    return "\n".join(lines)


def prose(text):
    """A help text: paragraphs are filled, indented blocks stay as they are."""
    out, literal = [], False
    for line in text.split("\n"):
        if line.startswith("  "):
            if not literal:
                out.append(".Bd -literal -offset 2n")
                literal = True
            out.append(plain(line.strip("\n")[2:]))
            continue
        if literal:
            out.append(".Ed")
            literal = False
        out.append(plain(line) if line.strip() else ".Pp")
    if literal:
        out.append(".Ed")
    # A paragraph's break beside a block's is one too many.
    kept = []
    for line in out:
        if line == ".Pp" and (not kept or kept[-1] == ".Pp"):
            continue
        kept.append(line)
    while kept and kept[-1] == ".Pp":
        kept.pop()
    return kept


def shown(argument):
    return argument.get("shouldDisplay", True)


def flag(name):
    """An option's name for .Fl, which writes one hyphen itself."""
    return ("\\-" if name["kind"] == "long" else "") + plain(name["name"])


def usage(argument):
    """An argument in the synopsis."""
    value = plain(argument.get("valueName", "value"))
    if argument["kind"] == "positional":
        text = f"Ar {value}"
    elif argument["kind"] == "flag":
        text = f"Fl {flag(argument['preferredName'])}"
    else:
        text = f"Fl {flag(argument['preferredName'])} Ar {value}"
    if argument.get("isRepeating"):
        text += " ..."
    return f".Op {text}" if argument.get("isOptional") else f".{text}"


def entry(argument):
    """An argument in the list of what it means."""
    value = plain(argument.get("valueName", "value"))
    if argument["kind"] == "positional":
        head = f".It Ar {value}"
    else:
        names = " , ".join(f"Fl {flag(name)}" for name in argument.get("names", []))
        head = f".It {names}" + ("" if argument["kind"] == "flag" else f" Ar {value}")
    out = [head]
    text = argument.get("abstract", "")
    values = argument.get("allValues") or argument.get("allValueStrings")
    if values and argument["kind"] != "flag":
        text = f"{text} {WORDS['values'].format(', '.join(values))}".strip()
    if argument.get("defaultValue") not in (None, "") and argument["kind"] != "flag":
        text = f"{text} {WORDS['default'].format(argument['defaultValue'])}"
    if text:
        out.append(plain(text))
    if argument.get("discussion"):
        out += [".Pp"] + prose(argument["discussion"])
    return out


#: What every command takes: told once, not with each verb.
COMMON = ("socket", "format", "language", "timeout")


def own(command):
    """The arguments that are a command's own."""
    return [a for a in command.get("arguments", [])
            if shown(a) and not {"help", "version", *COMMON} & set(long_names(a))]


def common(command):
    """The arguments that every command takes, as the first verb that has them tells them."""
    for candidate in [command, *verbs(command)]:
        found = [a for a in candidate.get("arguments", []) if set(long_names(a)) & set(COMMON)]
        if found:
            return found
    return []


def signature(path, command):
    """A line of the synopsis."""
    out = [".Nm " + plain(path[0])]
    if path[1:]:
        out.append(".Cm " + plain(" ".join(path[1:])))
    for argument in own(command):
        out.append(usage(argument))
    return out


def long_names(argument):
    return [name["name"] for name in argument.get("names", []) if name["kind"] == "long"]


def verbs(command):
    return [sub for sub in command.get("subcommands", []) if sub["commandName"] != "help" and shown(sub)]


def described(path, command):
    """What a command does, with its arguments."""
    out = []
    if command.get("abstract"):
        out.append(plain(command["abstract"]))
    if command.get("discussion"):
        out += [".Pp"] + prose(command["discussion"])
    if out[:1] == [".Pp"]:
        out.pop(0)
    if own(command):
        out += [".Bl -tag -width 4n"]
        for argument in own(command):
            out += entry(argument)
        out += [".El"]
    return out


def endings():
    """How every command ends."""
    out = [f".Sh {WORDS['exit']}", ".Bl -tag -width 4n"]
    for status in (code for code in WORDS if isinstance(code, int)):
        out += [f".It {status}", plain(WORDS[status])]
    return out + [".El"]


def page(tool, noun, command, date, version):
    """The page of the tool itself (noun is None) or of one noun."""
    name = tool if noun is None else f"{tool}-{noun}"
    out = [
        f".Dd {dated(date)}", f".Dt {name.upper()} 1", f".Os store-edge {version}", f".Sh {WORDS['name']}",
        f".Nm {plain(name)}", f".Nd {plain(command.get('abstract', '').rstrip('.'))}", ".Sh SYNOPSIS",
    ]
    path = [tool] if noun is None else [tool, noun]
    if noun is None:
        out += [f".Nm {tool}", f".Ar {WORDS['noun']}", f".Op Ar {WORDS['verb']}", f".Op Ar {WORDS['options']}"]
    elif verbs(command):
        for verb in verbs(command):
            out += signature([*path, verb["commandName"]], verb)
    else:
        out += signature(path, command)
    out += [".Sh DESCRIPTION"]
    if noun is None:
        if command.get("discussion"):
            out += prose(command["discussion"])
        out += [f".Sh {WORDS['commands']}", ".Bl -tag -width 4n"]
        for sub in verbs(command):
            out += [f".It Xr {plain(tool)}-{plain(sub['commandName'])} 1", plain(sub.get("abstract", ""))]
        out += [".El"]
    else:
        out += described(path, {**command, "abstract": None} if command.get("discussion") else command)
        for verb in verbs(command):
            out += [f".Ss {plain(' '.join([*path, verb['commandName']]))}"] + described([*path], verb)
    shared = common(command)
    if noun is not None and shared:
        out += [f".Sh {WORDS['shared']}", ".Bl -tag -width 4n"]
        for argument in shared:
            out += entry(argument)
        out += [".El"]
    out += endings()
    related = [".Xr edged 8", ".Xr edged.json 5"] if noun is None else [f".Xr {tool} 1", ".Xr edged 8"]
    out += [f".Sh {WORDS['see']}", " ,\n".join(related)]
    return "\n".join(out) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--date", required=True, help="the pages' date, YYYY-MM-DD")
    parser.add_argument("--version", required=True, help="the release")
    parser.add_argument("--language", choices=("en", "fr"), default="en", help="the language of the help texts")
    parser.add_argument("folder", type=pathlib.Path, help="where the pages go")
    options = parser.parse_args()
    global WORDS
    WORDS = FRENCH if options.language == "fr" else ENGLISH
    command = json.load(sys.stdin)["command"]
    tool = command["commandName"]
    options.folder.mkdir(parents=True, exist_ok=True)
    pages = {f"{tool}.1": page(tool, None, command, options.date, options.version)}
    for noun in verbs(command):
        name = noun["commandName"]
        pages[f"{tool}-{name}.1"] = page(tool, name, noun, options.date, options.version)
    for name, text in pages.items():
        (options.folder / name).write_text(text, "utf-8")
    print(f"{len(pages)} pages in {options.folder}")


if __name__ == "__main__":
    main()
