#!/bin/sh
# The long run of reading: every truncation of small files of all formats, a million mutations, a million decimals.
set -e
cd "$(dirname "$0")/../.."
cargo test --release --test read_mutations -- --ignored --nocapture
GOUJI_MUTATIONS=${GOUJI_MUTATIONS:-1000000} GOUJI_SEED=${GOUJI_SEED:-1} \
    cargo test --release --test read_mutations -- --nocapture mutated
cargo test --release --test read_decimals -- --ignored --nocapture
