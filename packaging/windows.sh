#!/bin/sh
# Builds target/windows/gouji.exe. With rustup's target x86_64-pc-windows-gnu where it is installed, else with the standard
# library built from Debian's sources (packages rustc-web cargo-web rust-web-src). Needs gcc-mingw-w64-x86-64.
set -eu
cd "$(dirname "$0")/.."
target=x86_64-pc-windows-gnu
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target/windows-build}"
export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER=x86_64-w64-mingw32-gcc
if [ -d "$(rustc --print sysroot)/lib/rustlib/$target/lib" ]; then
    cargo build --release --target $target "$@"
else
    RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 /usr/bin/cargo build --release --target $target \
        -Zbuild-std=std,panic_unwind "$@"
fi
mkdir -p target/windows
cp "$CARGO_TARGET_DIR/$target/release/gouji.exe" target/windows/gouji.exe
ls -l target/windows/gouji.exe
