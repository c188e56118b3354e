#!/bin/sh
# The plan's capacity test, run from anywhere: ./scripts/load-test/chat-flood.sh --requests=1000 --duration=60
# (minutes). Brings its generator, vegeta, unless a usable one is on PATH. See docs/load-test.md.
set -eu
cd "$(dirname "$0")/../.."
exec node tools/run.js --only vegeta dist/scripts/loadTest.js "$@"
