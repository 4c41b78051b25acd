#!/usr/bin/env bash
# All tests, in the order that fails fastest: style and types, then everything pytest finds.
set -euo pipefail
cd "$(dirname "$0")/.."
echo "== style, types, company data"
make --no-print-directory lint
echo "== rasa data validate"
.venv/bin/python -W ignore -m rasa data validate --quiet >var/validate.log 2>&1 || { cat var/validate.log; exit 1; }
if [ $# -gt 0 ]; then exec .venv/bin/python -m pytest "$@"; fi
# each worker has a service of its own; what kills services, drives a browser or owns a port runs alone
alone=(tests/faults tests/browser tests/rasa)
echo "== tests, two at a time"
.venv/bin/python -m pytest -n 2 "${alone[@]/#/--ignore=}"
echo "== tests that run alone"
exec .venv/bin/python -m pytest "${alone[@]}"
