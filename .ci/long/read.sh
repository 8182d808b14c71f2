#!/bin/sh
# The long run of reading: every file of the shared sets in a process of its own, every truncation of small files of all
# formats, a million mutations, a million decimals, and, when asked for, minutes of fuzzing for each target.
#
#     GOUJI_FUZZ_SECONDS=1200 .ci/long/read.sh
set -e
cd "$(dirname "$0")/../.."
cargo build --release --bin gouji
program=${CARGO_TARGET_DIR:-target}/release/gouji
if [ -d ../shared/data/torture ]; then
    .ci/long/refusals.py "$program" ../shared/data/torture made
else
    echo "../shared/data is not here: only the files made for it are tried"
    .ci/long/refusals.py "$program" made
fi
cargo test --release --test read_mutations -- --ignored --nocapture
GOUJI_MUTATIONS=${GOUJI_MUTATIONS:-1000000} GOUJI_SEED=${GOUJI_SEED:-1} \
    cargo test --release --test read_mutations -- --nocapture mutated
cargo test --release --test read_decimals -- --ignored --nocapture
cargo test --release --test read_calamine --test read_torture -- --nocapture
if [ -n "${GOUJI_FUZZ_SECONDS:-}" ]; then
    fuzz/seed.py samples tests/documents ../shared/data/torture
    fuzz/build.sh
    fuzz/run.sh "$GOUJI_FUZZ_SECONDS" "${GOUJI_FUZZ_JOBS:-2}" target/fuzz
fi
