#!/usr/bin/env bash
# All tests, in the order that fails fastest: style and types, then everything pytest finds.
set -euo pipefail
cd "$(dirname "$0")/.."
echo "== style, types, company data"
make --no-print-directory lint
echo "== rasa data validate"
.venv/bin/python -W ignore -m rasa data validate --quiet >var/validate.log 2>&1 || { cat var/validate.log; exit 1; }
echo "== tests"
exec .venv/bin/python -m pytest "$@"
