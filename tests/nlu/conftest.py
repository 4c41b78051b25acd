"""The trained model measured on the validation file: once a run, shared by the workers."""

from __future__ import annotations

import fcntl
import json
import subprocess
import sys

import pytest

from bench.figures import Figures
from kefu.settings import ROOT


def measured() -> Figures:
    """`make eval`, in a process of its own: its memory goes back when it is done."""
    command = [sys.executable, "-W", "ignore", "-m", "bench.understanding"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-2000:]
    found: Figures = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="session")
def figures(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Figures:
    """Whichever worker comes first measures; the others wait and read."""
    own = tmp_path_factory.getbasetemp()
    kept = (own if worker_id == "master" else own.parent) / "validation.json"
    with kept.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            kept.write_text(json.dumps(measured()), encoding="utf-8")
    found: Figures = json.loads(kept.read_text(encoding="utf-8"))
    return found
