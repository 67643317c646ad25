#!/usr/bin/env bash
# Checks a running server and its schema against the rules of the field:
#
#   conformance/run.sh URL SDLFILE
#
#   URL      the GraphQL endpoint, http://127.0.0.1:8080/graphql
#   SDLFILE  the published schema, schema.graphql
#
# It runs every audit of graphql-http against URL, lints SDLFILE by
# @graphql-eslint, and compares the vendored files of GraphiQL with npm. It
# needs node 20.19 or later and npm, and ends non-zero if anything differs.
set -euo pipefail
if [ $# -ne 2 ]; then
	sed -n '2,12s/^# \{0,1\}//p' "$0" >&2
	exit 2
fi
url=$1
sdl=$(realpath "$2")
cd "$(dirname "$0")"
if ! cmp -s package-lock.json node_modules/.installed; then
	# Warnings are about engines of remote schema loaders that nothing here uses.
	npm ci --loglevel=error
	cp package-lock.json node_modules/.installed
fi
failed=0
node audit.mjs "$url" || failed=1
node lint.mjs "$sdl" || failed=1
node vendored.mjs ../server/pages/graphiql/vendored || failed=1
exit $failed
