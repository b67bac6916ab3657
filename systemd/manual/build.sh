#!/usr/bin/env bash
# Makes manual pages and completion scripts out of what edgectl says of itself: build.sh PROGRAMS FOLDER
# FOLDER then has man1, man5, man8, the same in French below fr, and completions/{bash,zsh,fish}.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
programs=${1:?which folder has the programs?}
folder=${2:?where to?}
# Pages bear the date of the sources, so that the same sources make the same pages.
date=$(date -u -d "@${SOURCE_DATE_EPOCH:-$(git -C "$here" log -1 --format=%ct 2>/dev/null || date +%s)}" +%F)
version=$("$programs/edged" --version | cut -d' ' -f2)
# edgectl in a language, whatever that of whoever builds is.
english() { env -u LC_ALL -u LC_MESSAGES LANG=C.UTF-8 "$programs/edgectl" "$@"; }
french() { env -u LC_ALL -u LC_MESSAGES LANG=fr_FR.UTF-8 "$programs/edgectl" "$@"; }

rm -rf "$folder"
mkdir -p "$folder"/{,fr/}man{5,8} "$folder/completions"/{bash,zsh,fish}
english --experimental-dump-help |
    python3 "$here/manual.py" --date "$date" --version "$version" "$folder/man1"
french --experimental-dump-help |
    python3 "$here/manual.py" --language fr --date "$date" --version "$version" "$folder/fr/man1"
for page in edged.8 edged.json.5; do
    for language in . fr; do
        day=$(sed -n '1s/^\.Dd //p' "$folder/$language/man1/edgectl.1")
        sed -e "s/@DATE@/$day/" -e "s/@VERSION@/$version/" "$here/$language/$page" >"$folder/$language/man${page##*.}/$page"
    done
done
# The names by which the macros know sections are theirs to be told once they are there, which .Dd sees to.
sed -i "1r $here/fr/mdoc" "$folder"/fr/man*/*

english --generate-completion-script bash >"$folder/completions/bash/edgectl"
# Those that explain what they offer do it in the person's language, which counts when the shell reads them.
{
    english --generate-completion-script zsh | sed -n 1p
    echo 'case ${LC_ALL:-${LC_MESSAGES:-$LANG}} in'
    echo '(fr*)'
    french --generate-completion-script zsh | sed 1d
    printf ';;\n(*)\n'
    english --generate-completion-script zsh | sed 1d
    printf ';;\nesac\n'
} >"$folder/completions/zsh/_edgectl"
{
    echo 'set -l edgectl_locale $LC_ALL $LC_MESSAGES $LANG'
    echo 'if string match -q "fr*" -- "$edgectl_locale[1]"'
    french --generate-completion-script fish
    echo else
    english --generate-completion-script fish
    echo end
} >"$folder/completions/fish/edgectl.fish"
