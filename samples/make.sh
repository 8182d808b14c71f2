#!/bin/sh
# Makes the samples again; needs LibreOffice for .xls and .ods.
set -e
cd "$(dirname "$0")/.."
cargo run --example make_samples
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
for format in xls ods; do
    soffice "-env:UserInstallation=file://$profile" --headless \
        --convert-to "$format" --outdir samples/formats target/samples/整套报表.xlsx
done
