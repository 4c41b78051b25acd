#!/usr/bin/env bash
# Kefu beside a stock Rasa server with action server, in one run. Needs Python 3.10 for the stock side.
set -uo pipefail
cd "$(dirname "$0")/.."
tools/compat_setup.sh; code=$?
if [ $code -eq 3 ]; then
  echo "SKIPPED: make bench-peer needs Python 3.10 (python3.10, or pyenv) for the stock Rasa; nothing was measured." >&2
  echo '{"skipped": "no Python 3.10 for the stock Rasa"}'
  exit 0
fi
[ $code -eq 0 ] || exit $code
exec .venv/bin/python -W ignore -m bench.peer_bench "$@"
