#!/bin/sh
# Builds the fuzz targets into fuzz/target with coverage counters and checks on, without cargo-fuzz.
set -e
cd "$(dirname "$0")"
host=$(rustc +nightly -vV | sed -n 's/^host: //p')
export RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 -Cdebug-assertions -Coverflow-checks"
exec cargo +nightly build --release --target "$host" "$@"
