#!/usr/bin/env bash
# All tests, in the order that fails fastest: style and types, then everything pytest finds.
set -euo pipefail
cd "$(dirname "$0")/.."
echo "== style, types, company data"
make --no-print-directory lint
echo "== rasa data validate"
.venv/bin/python -W ignore -m rasa data validate --quiet >var/validate.log 2>&1 || { cat var/validate.log; exit 1; }
if [ $# -gt 0 ]; then exec .venv/bin/python -m pytest "$@"; fi
# each worker has a service of its own; what kills services, and what drives a browser or the stock commands, goes in a group of its own
faults=(tests/faults)
pages=(tests/browser tests/rasa)
alone=("${faults[@]}" "${pages[@]}")
# whole stretches for each, so that what a file sets up is set up once; who is done early takes over the rest
echo "== tests, two at a time"
.venv/bin/python -m pytest -n 2 --dist worksteal "${alone[@]/#/--ignore=}"
echo "== tests that run alone: pages beside faults, their words after them"
.venv/bin/python -m pytest "${pages[@]}" >var/pages.log 2>&1 &
beside=$!
trap 'kill "$beside" 2>/dev/null || true' EXIT
failed=0
.venv/bin/python -m pytest "${faults[@]}" || failed=1
wait "$beside" || failed=1
cat var/pages.log
exit "$failed"
