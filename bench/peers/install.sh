#!/usr/bin/env bash
# Installs the servers of Node into bench/peers/node_modules. It needs node
# 20.19 or later and npm; better-sqlite3 is downloaded ready-built where its
# authors offer that, and otherwise compiled, which needs Python, make and a C++
# compiler.
set -euo pipefail
cd "$(dirname "$0")"
cmp -s package-lock.json node_modules/.installed && exit
npm ci --loglevel=error
npm rebuild --loglevel=error --ignore-scripts=false better-sqlite3
cp package-lock.json node_modules/.installed
