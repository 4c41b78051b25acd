#!/usr/bin/env bash
# The same project on a stock Rasa 3.6.21: validated, trained on its own config.yml, tested with stories and examples.
# Without Python 3.10 it says so loudly and ends well.
set -uo pipefail
cd "$(dirname "$0")/.."
export RASA_TELEMETRY_ENABLED=false TF_CPP_MIN_LOG_LEVEL=3 PYTHONWARNINGS=ignore
out=results/compat
mkdir -p "$out"
# a cache of its own (components pickled by our environment do not load in the stock one), and --force: Rasa's cache
# does not see changes of our components' code and word lists
export RASA_CACHE_DIRECTORY=$PWD/$out/cache

tools/compat_setup.sh; code=$?
if [ $code -eq 3 ]; then
  printf '%s\n' "################################################################" \
    "# SKIPPED: make compat needs Python 3.10 (python3.10, or pyenv)." \
    "# NOTHING WAS CHECKED against a stock Rasa 3.6.21." \
    "################################################################"
  exit 0
fi
[ $code -eq 0 ] || exit $code

failed=0
step() { # step NAME LOG COMMAND…
  local name=$1 log=$out/$2 started=$SECONDS; shift 2
  printf 'compat: %-28s ' "$name"
  if "$@" >"$log" 2>&1; then echo "passed ($((SECONDS - started)) s)"; return 0; fi
  echo "FAILED ($((SECONDS - started)) s), log $log"; tail -25 "$log"; failed=1; return 1
}
rasa=(.venv-compat/bin/python -m rasa)
"${rasa[@]}" --version 2>/dev/null | sed 's/^/compat: /' | grep -E 'Rasa Version|Python Version'

step "rasa data validate" validate.log "${rasa[@]}" data validate --config config.yml --domain domain.yml --data data
if step "rasa train" train.log "${rasa[@]}" train --force --config config.yml --domain domain.yml --data data \
    --out "$out" --fixed-model-name compat.tar.gz; then
  step "rasa test core (e2e)" core.log "${rasa[@]}" test core --e2e --fail-on-prediction-errors --no-plot \
    --model "$out/compat.tar.gz" --stories tests/rasa --out "$out" &&
    grep -E 'Evaluation Results|Correct:' "$out/core.log" | sed -E 's/.* - +/        /'
  step "rasa test nlu" nlu.log "${rasa[@]}" test nlu --model "$out/compat.tar.gz" --nlu tests/rasa/nlu.yml --out "$out" &&
    grep -E 'predicted correctly|Incorrect intent' "$out/nlu.log" | sed -E 's/.* - +/        /'
fi
[ $failed -eq 0 ] && echo "compat: everything passed" || echo "compat: something FAILED"
exit $failed
