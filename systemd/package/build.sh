#!/usr/bin/env bash
# Builds the Debian package from programs that are built already: build.sh PROGRAMS FOLDER
# With dpkg's own tools and nothing else; the same sources and programs make the same package.
set -euo pipefail
cd "$(dirname "$0")/../.."
programs=$(realpath "${1:?which folder has the programs?}")
folder=$(realpath -m "${2:?where to?}")
umask 022
export LC_ALL=C.UTF-8 TZ=UTC
# Every file bears the date of the sources.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH

version=$("$programs/edged" --version | cut -d' ' -f2)-1
mail=${DEBEMAIL:-store-edge@example.com}
architecture=$(dpkg --print-architecture)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
put() { install -D -m "$1" "$2" "$root/$3"; }

# --- programs ---------------------------------------------------------------------------------------------------------
put 755 "$programs/edged" usr/sbin/edged
put 755 "$programs/edgectl" usr/bin/edgectl
strip --strip-unneeded --remove-section=.comment --remove-section=.note "$root/usr/sbin/edged" "$root/usr/bin/edgectl"
put 755 systemd/package/configure usr/share/edged/configure

# --- systemd ----------------------------------------------------------------------------------------------------------
for unit in systemd/*.service systemd/*.timer; do put 644 "$unit" "usr/lib/systemd/system/${unit##*/}"; done
put 644 systemd/sysusers.conf usr/lib/sysusers.d/edged.conf
put 644 systemd/tmpfiles.conf usr/lib/tmpfiles.d/edged.conf

# --- the broker, and the pages of devices that are browsers -----------------------------------------------------------
put 644 systemd/mosquitto.service.d/edged.conf usr/lib/systemd/system/mosquitto.service.d/edged.conf
put 755 devices/broker/broker-access usr/share/edged/broker/broker-access
put 644 devices/broker/roles.json usr/share/edged/broker/roles.json
put 644 devices/broker/README.md usr/share/edged/broker/README.md
put 644 devices/broker/mosquitto.conf etc/edged/broker/mosquitto.conf
put 644 devices/broker/nginx.conf etc/nginx/sites-available/edged
for page in devices/broker/pages/*; do put 644 "$page" "usr/share/edged/pages/${page##*/}"; done

# --- for who watches many boxes -----------------------------------------------------------------------------------------
for kind in grafana prometheus; do
    [[ ! -d systemd/$kind ]] || for file in "systemd/$kind"/*; do
        put 644 "$file" "usr/share/edged/$kind/${file##*/}"
    done
done

# --- manuals and completions -------------------------------------------------------------------------------------------
systemd/manual/build.sh "$programs" "$work/manual"
(cd "$work/manual" && printf '%s\n' man*/* fr/man*/*) | while read -r page; do
    put 644 "$work/manual/$page" "usr/share/man/$page"
    gzip -9n "$root/usr/share/man/$page"
done
# It is read by a shell, not run.
sed -i '1{/^#!/d}' "$work/manual/completions/bash/edgectl"
put 644 "$work/manual/completions/bash/edgectl" usr/share/bash-completion/completions/edgectl
put 644 "$work/manual/completions/zsh/_edgectl" usr/share/zsh/vendor-completions/_edgectl
put 644 "$work/manual/completions/fish/edgectl.fish" usr/share/fish/vendor_completions.d/edgectl.fish

# --- documents --------------------------------------------------------------------------------------------------------
put 644 systemd/package/copyright usr/share/doc/edged/copyright
python3 systemd/package/documents.py "$work/documents" "$(date -d "@$SOURCE_DATE_EPOCH" +%F)" "$version"
for document in "$work"/documents/*.md; do put 644 "$document" "usr/share/doc/edged/${document##*/}"; done
put 644 "$work/documents/codes.json" usr/share/edged/codes.json
for language in "" fr/; do
    page=usr/share/man/${language}man7/edged-alarms.7
    put 644 "$work/documents/${language}edged-alarms.7" "$page"
    gzip -9n "$root/$page"
done
{
    echo "edged ($version) stable; urgency=medium"
    echo
    echo "  * This release of the agent, with edgectl, units and the broker's settings."
    echo
    echo " -- store-edge maintainers <$mail>  $(date -R -d "@$SOURCE_DATE_EPOCH")"
} | gzip -9n >"$work/changelog.Debian.gz"
put 644 "$work/changelog.Debian.gz" usr/share/doc/edged/changelog.Debian.gz

# --- what dpkg is told ------------------------------------------------------------------------------------------------
mkdir -p "$root/DEBIAN" "$work/debian"
# The state's form that this release writes: what an older package compares with before it touches anything.
schema=$(systemd/package/schema "$programs/edged")
echo "$schema" >"$work/schema"
put 644 "$work/schema" usr/share/edged/schema
printf 'Source: edged\n\nPackage: edged\nArchitecture: any\n' >"$work/debian/control"
libraries=$(cd "$work" && dpkg-shlibdeps -O "root/usr/sbin/edged" "root/usr/bin/edgectl" 2>"$work/shlibdeps.log" |
    sed -n 's/^shlibs:Depends=//p') || { cat "$work/shlibdeps.log" >&2; exit 1; }
[[ -n $libraries ]] || { echo "package: no libraries were found for the programs" >&2; exit 1; }
size=$(du -k -s --apparent-size "$root" | cut -f1)
sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@LIBRARIES@/$libraries/" -e "s/@SIZE@/$size/" \
    -e "s/@MAIL@/$mail/" \
    systemd/package/control >"$root/DEBIAN/control"
timers=$(grep -l WantedBy= systemd/*.timer | xargs -n 1 basename | paste -sd' ')
for script in config preinst postinst prerm postrm; do
    install -m 755 "systemd/package/$script" "$root/DEBIAN/$script"
    sed -i -e "/^@ANSWERS@$/{r systemd/package/answers" -e "d}" \
        -e "s/@SCHEMA@/$schema/g" -e "s/@VERSION@/$version/g" -e "s/@TIMERS@/$timers/g" \
        "$root/DEBIAN/$script"
done
printf '%s\n' /etc/edged/broker/mosquitto.conf /etc/nginx/sites-available/edged >"$root/DEBIAN/conffiles"
install -m 644 systemd/package/templates systemd/package/triggers "$root/DEBIAN/"
(cd "$root" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"

# --- the package ------------------------------------------------------------------------------------------------------
find "$root" -newermt "@$SOURCE_DATE_EPOCH" -print0 | xargs -0r touch --no-dereference --date="@$SOURCE_DATE_EPOCH"
mkdir -p "$folder"
package=$folder/edged_${version}_$architecture.deb
dpkg-deb --root-owner-group -Zxz --build "$root" "$package" >/dev/null
echo "$package"
