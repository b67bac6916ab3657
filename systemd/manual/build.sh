#!/usr/bin/env bash
# Makes manual pages and completion scripts out of what edgectl says of itself: build.sh PROGRAMS FOLDER
# FOLDER then has man1, man5, man8 and completions/{bash,zsh,fish}.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
programs=${1:?which folder has the programs?}
folder=${2:?where to?}
# Pages bear the date of the sources, so that the same sources make the same pages.
date=$(date -u -d "@${SOURCE_DATE_EPOCH:-$(git -C "$here" log -1 --format=%ct 2>/dev/null || date +%s)}" +%F)
version=$("$programs/edged" --version | cut -d' ' -f2)

rm -rf "$folder"
mkdir -p "$folder"/man{5,8} "$folder/completions"/{bash,zsh,fish}
"$programs/edgectl" --experimental-dump-help |
    python3 "$here/manual.py" --date "$date" --version "$version" "$folder/man1"
month=$(LC_ALL=C date -u -d "$date" '+%B %-d, %Y')
for page in edged.8 edged.json.5; do
    sed -e "s/@DATE@/$month/" -e "s/@VERSION@/$version/" "$here/$page" >"$folder/man${page##*.}/$page"
done
"$programs/edgectl" --generate-completion-script bash >"$folder/completions/bash/edgectl"
"$programs/edgectl" --generate-completion-script zsh >"$folder/completions/zsh/_edgectl"
"$programs/edgectl" --generate-completion-script fish >"$folder/completions/fish/edgectl.fish"
