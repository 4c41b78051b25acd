#!/usr/bin/env bash
# Makes .venv-compat, a stock Rasa 3.6.21 on Python 3.10, from requirements/compat-lock.txt. Ends with 3 when there is
# no Python 3.10 on this machine (nothing is wrong then; what needs it is skipped).
set -euo pipefail
cd "$(dirname "$0")/.."
say() { echo "compat: $*" >&2; }

is_310() { "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 10))' 2>/dev/null; }
find_310() {
  local candidate
  for candidate in "$(command -v python3.10 || true)" "$HOME"/.pyenv/versions/3.10*/bin/python /opt/python3.10*/bin/python3; do
    if [ -x "$candidate" ] && is_310 "$candidate"; then echo "$candidate"; return 0; fi
  done
  return 1
}

if ! { [ -x .venv-compat/bin/python ] && cmp -s requirements/compat-lock.txt .venv-compat/.lock; }; then
  python=$(find_310) || exit 3
  free_mb=$(df -Pm . | awk 'NR==2 {print $4}')
  [ "$free_mb" -ge 5000 ] || { say "only ${free_mb} MB free, a stock Rasa with TensorFlow needs about 5000: free some space and run this again"; exit 1; }
  [ -x .venv-compat/bin/python ] && .venv-compat/bin/python -c pass 2>/dev/null || { rm -rf .venv-compat; "$python" -m venv .venv-compat; }
  say "installing $(grep -c '^[a-zA-Z0-9].*==' requirements/compat-lock.txt) locked packages (a few minutes)"
  mkdir -p var
  if ! .venv-compat/bin/python -m pip install --disable-pip-version-check --no-input --no-deps --require-hashes \
      --progress-bar off -r requirements/compat-lock.txt >var/compat-setup.log 2>&1; then
    grep -E '^ERROR|error:' var/compat-setup.log | tail -5 >&2 || true
    say "pip failed: read var/compat-setup.log"; exit 1
  fi
  cp requirements/compat-lock.txt .venv-compat/.lock
fi
# our components (kefu.nlu) are imported by name; nothing else of ours is needed there
pwd >"$(.venv-compat/bin/python -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')/kefu.pth"
