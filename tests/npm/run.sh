#!/bin/sh
# The npm package in an empty project, in Node, in Chromium, and by its types: needs target/npm/gouji-*.tgz
# (packaging/all.sh npm), Node and Chromium. GOUJI names a program whose report must be the same.
set -eu
cd "$(dirname "$0")"
npm install --ignore-scripts --no-audit --no-fund --no-package-lock --loglevel=error
exec node --test
