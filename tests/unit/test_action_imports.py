"""Every module of actions/ can be the first one imported: none leans on the order in which somebody else does it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TRY = """
import importlib, json, sys, warnings
warnings.simplefilter("ignore")
import kefu.app, rasa_sdk
bad = {}
for module in sys.argv[1:]:
    for name in [name for name in sys.modules if name.split(".")[0] == "actions"]:
        del sys.modules[name]
    try:
        importlib.import_module(module)
    except ImportError as problem:
        bad[module] = str(problem)
print(json.dumps(bad))
"""


def test_any_module_may_come_first() -> None:
    modules = sorted(f"actions.{path.stem}" for path in (ROOT / "actions").glob("*.py") if path.stem != "__init__")
    command = [sys.executable, "-W", "ignore", "-c", TRY, *modules]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert modules and json.loads(done.stdout.splitlines()[-1]) == {}
