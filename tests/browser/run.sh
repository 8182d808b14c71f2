#!/bin/sh
# The page's browser tests: needs Chromium, Node, Python with openpyxl, and the program built (GOUJI names it elsewhere).
# The tests of the single file run where target/gouji.html was built (node web/build.mjs), and say so where not.
set -eu
cd "$(dirname "$0")"
npm install --ignore-scripts --no-audit --no-fund --no-package-lock --loglevel=error
exec node --test --test-concurrency=1
