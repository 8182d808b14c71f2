#!/bin/sh
# Every package into target/packages, with versions in their names and SHA256SUMS beside them.
#
#   packaging/all.sh [deb] [static] [windows] [page] [npm] [wheel] [site]     all of them where none is named
#
# Each part says what it needs in its own script; a part whose tools are missing is named at the end, and makes this script
# fail only where it was asked for by name.
set -eu
cd "$(dirname "$0")/.."
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
dist=target/packages
mkdir -p "$dist"
parts=${*:-static deb page windows npm wheel site}
skipped=
has() { for tool; do command -v "$tool" >/dev/null 2>&1 || return 1; done; }
wasm() { has node && has "${WASM_BINDGEN:-wasm-bindgen}"; }
windows() { has x86_64-w64-mingw32-gcc; }
mdbook=${MDBOOK:-mdbook}
# NAME FOLDER FILE…: the same files give the same bytes.
archive() {
    name=$1 folder=$2
    shift 2
    tar --sort=name --owner=0 --group=0 --numeric-owner --mtime='1980-01-01' -C "$folder" -c "$@" | gzip -n9 > "$dist/$name.tar.gz"
}

for part in $parts; do
    printf '\n== %s\n' "$part"
    case $part in
    static)
        packaging/static.sh
        cp LICENSE-MIT LICENSE-APACHE target/static/
        archive "gouji-$version-linux-$(uname -m)" target/static gouji LICENSE-MIT LICENSE-APACHE
        ;;
    deb)
        if has cargo-deb; then
            packaging/deb.sh
            cp target/debian/gouji_*.deb "$dist/"
        else skipped="$skipped deb(cargo-deb)"; fi
        ;;
    page)
        if wasm; then
            node web/build.mjs
            cp target/gouji.html "$dist/gouji-$version.html"
        else skipped="$skipped page(wasm-bindgen)"; fi
        ;;
    windows)
        if windows && [ -f target/gouji.html ]; then
            packaging/windows.sh
            python3 packaging/windows-zip.py
        else skipped="$skipped windows(mingw-w64,page)"; fi
        ;;
    npm)
        if wasm; then
            node packaging/npm/build.mjs
            cp target/npm/gouji-*.tgz "$dist/"
        else skipped="$skipped npm(wasm-bindgen)"; fi
        ;;
    wheel)
        if has maturin && [ -f python/pyproject.toml ]; then
            maturin build --release -m python/Cargo.toml -o "$dist"
        else skipped="$skipped wheel(maturin)"; fi
        ;;
    site)
        if has "$mdbook"; then
            cargo build -q --release
            packaging/site/build.py target/release/gouji "$mdbook"
            archive "gouji-$version-site" target site
        else skipped="$skipped site(mdbook)"; fi
        ;;
    *)
        echo "no part is called $part" >&2
        exit 2
        ;;
    esac
done

cp packaging/Containerfile "$dist/"
(cd "$dist" && rm -f SHA256SUMS && find . -maxdepth 1 -type f ! -name 'SHA256SUMS*' -printf '%f\n' | LC_ALL=C sort | xargs -d '\n' sha256sum > SHA256SUMS.part && mv SHA256SUMS.part SHA256SUMS)
printf '\n'
cat "$dist/SHA256SUMS"
if [ -n "$skipped" ]; then
    echo "not made, for want of tools:$skipped"
    [ $# = 0 ] || exit 1
fi
