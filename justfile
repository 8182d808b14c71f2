# Shortcuts; every recipe is also plain cargo.

# What CI runs, without the office checks.
ready:
    cargo fmt --check
    cargo clippy --all-targets -- -D warnings
    cargo test
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps

# Makes the generated files again: docs/rules, schemas/report.schema.json, snapshots.
generate:
    UPDATE_GENERATED=1 INSTA_UPDATE=always cargo test

# The sample packet, as a person sees it.
demo:
    cargo run -- samples/packet -o out

# The whole of CI, and what takes too long for it.
ci:
    .ci/run
long:
    .ci/long/run
