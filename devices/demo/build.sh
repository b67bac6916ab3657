#!/usr/bin/env bash
# Builds the programs against the static Swift runtime, quietly unless something is wrong. Arguments go to swift build.
set -euo pipefail
cd "$(dirname "$0")/../.."
log=.build/build.log
mkdir -p .build
echo "build: swift build -c release (the first time takes some minutes)"
start=$SECONDS
if ! ${SWIFT:-swift} build -c release --static-swift-stdlib --explicit-target-dependency-import-check error \
    "$@" >"$log" 2>&1; then
    grep -E 'error:|warning:' "$log" | sort -u | head -40 >&2 || true
    echo "build: failed; all of it in $log" >&2
    exit 1
fi
echo "build: done in $((SECONDS - start)) s"
