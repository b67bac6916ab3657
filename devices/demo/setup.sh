#!/usr/bin/env bash
# Installs what the project needs and this Debian machine lacks: what building and `make run` need, and with `tests` as its word
# what `make test` needs beside. Says what it does; does nothing when nothing is missing.
set -euo pipefail
cd "$(dirname "$0")/../.."

# Debian package -> a file or command that shows it is there.
needed=(
    "mosquitto:/usr/sbin/mosquitto"          # the shop's broker and headquarters'
    "mosquitto-clients:mosquitto_pub"        # a public client: scanners, tills and tablets of the demonstration
    "libmosquitto-dev:/usr/include/mosquitto.h"
    "libsqlite3-dev:/usr/include/sqlite3.h"
    "libssl-dev:/usr/include/openssl/evp.h"
    "pkg-config:pkg-config"
    "zbar-tools:zbarimg"                     # a real decoder reads the labels back
    "qrencode:qrencode"                      # a real encoder prints them
    "jq:jq"                                  # readable answers in the demonstration
    "openssl:openssl"                        # authorities and certificates
    "dpkg-dev:dpkg-shlibdeps"                # finds the libraries that the package depends on
    "binutils:strip"
    "tzdata:/usr/share/zoneinfo/Europe/Paris"
    "gcc:gcc"                                # the bare responder that `make bench` measures against
)
if [[ ${1:-} == tests ]]; then
    needed+=(
        "nginx-light:/usr/sbin/nginx"        # brings pages of devices to the shop's broker
        "chromium:chromium"                  # opens them
        "systemd:systemd-analyze"            # judges our units, and runs in the boxes
        "systemd-container:systemd-nspawn"   # boots those boxes
        "debootstrap:debootstrap"            # makes them
        "lintian:lintian"                    # judges the package
        "iproute2:ip"                        # networks of their own, in which lines are cut
        "nftables:nft"                       # firewalls in them
        "strace:strace"                      # kills the agent at a chosen system call
        "faketime:faketime"                  # clocks that are wrong
        "tmux:tmux"                          # a real terminal for edgectl
        "man-db:man"                         # typesets the manual pages
        "zsh:zsh"                            # shells for which edgectl has completions, beside bash
        "fish:fish"
    )
fi
missing=()
for entry in "${needed[@]}"; do
    package=${entry%%:*} sign=${entry#*:}
    if [[ $sign == /* ]]; then
        [[ -e $sign ]] || missing+=("$package")
    else
        command -v "$sign" >/dev/null || missing+=("$package")
    fi
done
python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3 python3-venv)

if ((${#missing[@]})); then
    echo "setup: installing ${missing[*]}"
    root=()
    if ((EUID != 0)); then
        command -v sudo >/dev/null || {
            echo "setup: ${missing[*]} must be installed, and this is neither root nor is there sudo." >&2
            echo "setup: as root, run: apt-get install ${missing[*]}" >&2
            exit 1
        }
        root=(sudo)
    fi
    log=$(mktemp)
    if ! { "${root[@]}" apt-get update && "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
        echo "setup: apt-get could not install ${missing[*]}:" >&2
        grep -E '^(E|W|Err)' "$log" | head -5 >&2 || tail -5 "$log" >&2
        echo "setup: is the machine on line, and does it run Debian 12 or later? All of it: $log" >&2
        exit 1
    fi
    rm -f "$log"
fi

command -v swift >/dev/null || {
    echo "setup: swift is not here. Install Swift 6.2 or later from https://www.swift.org/install/linux/" >&2
    exit 1
}

# Public clients and validators for the tests, in a folder of the project.
wanted=Tests/SystemTests/requirements.txt
if [[ ! -x .venv/bin/python ]] || ! cmp -s "$wanted" .venv/requirements.txt; then
    echo "setup: preparing .venv with $(grep -cv '^#' "$wanted") Python packages"
    python3 -m venv .venv
    log=$(mktemp)
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -r "$wanted" >"$log" 2>&1 || {
        echo "setup: pip could not install what $wanted names:" >&2
        tail -3 "$log" >&2
        exit 1
    }
    cp "$wanted" .venv/requirements.txt
    rm -f "$log"
fi

# Prometheus' own judge of metrics and rules, without the server that its package would start.
if [[ ${1:-} == tests && ! -x .venv/bin/promtool ]]; then
    folder=$(mktemp -d)
    echo "setup: fetching promtool"
    if ! (cd "$folder" && apt-get download prometheus && dpkg-deb --extract prometheus_*.deb .) >"$folder/log" 2>&1; then
        echo "setup: the package prometheus cannot be fetched, so promtool is not here and its test will fail:" >&2
        tail -3 "$folder/log" >&2
    else
        install "$folder/usr/bin/promtool" .venv/bin/promtool
    fi
    rm -rf "$folder"
fi
