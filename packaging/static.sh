#!/bin/sh
# Builds target/static/gouji, one Linux file without shared libraries: with musl where rustup's target is installed, else
# with a statically linked glibc.
set -eu
cd "$(dirname "$0")/.."
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target/static-build}"
target=$(uname -m)-unknown-linux-musl
if [ -d "$(rustc --print sysroot)/lib/rustlib/$target/lib" ]; then
    cargo build --release --target "$target" "$@"
else
    target=$(uname -m)-unknown-linux-gnu
    RUSTFLAGS="-C target-feature=+crt-static" cargo build --release --target "$target" "$@"
fi
mkdir -p target/static
cp "$CARGO_TARGET_DIR/$target/release/gouji" target/static/gouji
ls -l target/static/gouji
