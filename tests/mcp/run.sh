#!/bin/sh
# A session with `gouji mcp` by the protocol's own client: needs Node, and the program built with the feature `mcp` (GOUJI names it
# elsewhere). With --transcript FILE the session is written down.
set -eu
cd "$(dirname "$0")"
npm install --ignore-scripts --no-audit --no-fund --no-package-lock --loglevel=error
exec node --test
