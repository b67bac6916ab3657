#!/usr/bin/env bash
# Builds quietly unless something is wrong: the programs, optimised and with the Swift runtime inside, or with `debug`
# as first word a debug build. Further words go to swift build.
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p .build
if [[ ${1:-} == debug ]]; then
    shift
    flags=()
    log=.build/build-debug.log
else
    flags=(-c release --static-swift-stdlib)
    log=.build/build-release.log
fi
echo "build: swift build ${flags[*]} $* (the first time takes some minutes)"
start=$SECONDS
if ! ${SWIFT:-swift} build "${flags[@]}" --explicit-target-dependency-import-check error "$@" >"$log" 2>&1; then
    grep -E 'error:|warning:' "$log" | sort -u | head -40 >&2 || true
    echo "build: failed; all of it in $log" >&2
    exit 1
fi
echo "build: done in $((SECONDS - start)) s"
