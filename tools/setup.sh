#!/usr/bin/env bash
# Makes .venv from requirements/lock.txt. Says what is missing and what to do about it.
set -euo pipefail
cd "$(dirname "$0")/.."

stop() { echo "setup: $1" >&2; echo "       $2" >&2; exit 1; }

python=""
for name in python3.11 python3; do
  if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
    python=$name; break
  fi
done
[ -n "$python" ] || stop "Python 3.11 is needed; found $(python3 --version 2>&1 || echo none)" \
  "install it (Debian: apt install python3.11 python3.11-venv) and run this again"
"$python" -c 'import venv, ensurepip' 2>/dev/null || stop "Python's venv module is missing" "Debian: apt install python3.11-venv"

free_mb=$(df -Pm . | awk 'NR==2 {print $4}')
[ "$free_mb" -ge 2500 ] || stop "only ${free_mb} MB free here, the environment needs about 2500" "free some space and run this again"

count=$(grep -c '^[a-zA-Z0-9].*==' requirements/lock.txt)
[ -x .venv/bin/python ] && .venv/bin/python -c pass 2>/dev/null || { echo "setup: making .venv"; rm -rf .venv; "$python" -m venv .venv; }
echo "setup: installing $count locked packages (a minute or two)"
mkdir -p var
.venv/bin/python -m pip install --disable-pip-version-check --no-input --no-deps --no-compile --require-hashes \
    --ignore-requires-python --progress-bar off -r requirements/lock.txt >var/setup.log 2>&1 &
pip=$!
trap 'kill $pip 2>/dev/null; exit 143' INT TERM
while sleep 3 && kill -0 $pip 2>/dev/null; do
  printf '\r       %s of %s' "$(grep -cE '^(Collecting|Processing)' var/setup.log || true)" "$count"
done
echo
if ! wait $pip; then
  grep -E '^ERROR|error:' var/setup.log | tail -5 >&2 || true
  if grep -qE "No space left" var/setup.log; then stop "the disk is full" "free about 2.5 GB and run this again"; fi
  if grep -qE "Could not find a version|Max retries|Temporary failure|NewConnectionError|timed out" var/setup.log; then
    stop "the package index cannot be reached, or lacks a package" "check the network and pip's configuration (pip config list); log: var/setup.log"
  fi
  stop "pip failed" "read var/setup.log"
fi
site=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')
cp tools/standin/kefu_tensorflow_standin.py "$site/"
printf '%s\nimport kefu_tensorflow_standin; kefu_tensorflow_standin.install()\n' "$PWD" >"$site/kefu.pth"
echo "setup: compiling"
# a few packages carry Python 2 leftovers that do not compile: nothing we import
.venv/bin/python -W ignore -m compileall -q -j 0 "$site" >/dev/null 2>&1 || true
touch .venv/.ready
echo "setup: done"
