#!/bin/sh
# Makes every package and tries those that can be tried on Linux: the npm package in Node and Chromium, the static binary
# and the .deb's program on the sample packet, the container without a network, the .exe and its zip under Wine. Needs what
# the parts of packaging/all.sh name; a package that was not made, for want of its tools, is not tried.
set -eu
cd "$(dirname "$0")/../.."
packaging/all.sh
[ -f target/npm/package/package.json ] && GOUJI=target/release/gouji tests/npm/run.sh
# The sample packet holds errors, so that a program that works exits with 1.
finds() {
    status=0
    "$@" > target/packages-tried.json || status=$?
    [ "$status" = 1 ] || { echo "$1 exited with $status"; exit 1; }
    grep -q '358.78' target/packages-tried.json
}
finds target/static/gouji check samples/packet --format json
for deb in target/packages/gouji_*.deb; do
    [ -f "$deb" ] || continue
    rm -rf target/deb-tried
    dpkg-deb -x "$deb" target/deb-tried
    finds target/deb-tried/usr/bin/gouji check samples/packet --format json
    for file in man/man1/gouji.1.gz bash-completion/completions/gouji zsh/vendor-completions/_gouji fish/vendor_completions.d/gouji.fish; do
        [ -s "target/deb-tried/usr/share/$file" ] || { echo "$deb lacks $file"; exit 1; }
    done
done
if command -v podman >/dev/null; then
    podman build -q -t gouji target/packages
    finds podman run --rm --network none -v "$PWD/samples/packet:/data:ro" gouji check /data --format json
fi
if [ -f target/packages/gouji-*-windows-x64.zip ] && command -v wine >/dev/null; then packaging/windows-try.sh; fi
