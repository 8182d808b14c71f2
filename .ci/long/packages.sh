#!/bin/sh
# Makes every package and tries those that can be tried on Linux: the npm package in Node and Chromium, the static binary
# and the .deb's program on the sample packet, the .exe and its zip under Wine where one is installed. Needs what the parts
# of packaging/all.sh name.
set -eu
cd "$(dirname "$0")/../.."
packaging/all.sh
[ -f target/npm/package/package.json ] && GOUJI=target/release/gouji tests/npm/run.sh
status=0
target/static/gouji check samples/packet --format json > target/static/report.json || status=$?
[ "$status" = 1 ] || { echo "the static binary exited with $status"; exit 1; }
if [ -f target/packages/gouji-*-windows-x64.zip ] && command -v wine >/dev/null; then packaging/windows-try.sh; fi
