#!/bin/sh
# Builds target/debian/gouji_*.deb with completions and manual pages. Needs cargo-deb (cargo install cargo-deb).
set -eu
cd "$(dirname "$0")/.."
cargo build --release
./target/release/gouji generate target/dist
cargo deb --no-build "$@"
