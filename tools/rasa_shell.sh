#!/usr/bin/env bash
# The stock `rasa shell` on this project: its action server in the background, ended with the shell.
set -euo pipefail
cd "$(dirname "$0")/.."
export RASA_TELEMETRY_ENABLED=false DATABASE_URL=${DATABASE_URL:-sqlite:///$PWD/var/shell.db}
.venv/bin/python -m kefu.cli migrate
.venv/bin/python -W ignore -m rasa run actions --quiet & actions=$!
for _ in $(seq 60); do (exec 3<>/dev/tcp/127.0.0.1/5055) 2>/dev/null && break; sleep 0.5; done
trap 'kill $actions 2>/dev/null; wait $actions 2>/dev/null || true' EXIT
.venv/bin/python -W ignore -m rasa shell --quiet --endpoints endpoints.yml
