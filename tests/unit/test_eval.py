"""`make eval` on a small file: the last line is the JSON the contract names; a wrong file is refused with its line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
KEYS = {"n", "accuracy", "macro_f1", "service_accuracy", "emergency_recall", "ms_per_message_p50", "ms_per_message_p95"}


def run(path: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "ignore", "-m", "bench.understanding", str(path)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)


def test_it_scores_a_file(tmp_path: Path) -> None:
    file = tmp_path / "some.tsv"
    file.write_text(
        "家里停电了\treport_outage\telectricity\n你好\tgreet\t-\n家里有煤气味\treport_emergency\tgas\n",
        encoding="utf-8",
    )
    done = run(file)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found.keys() >= KEYS
    assert (found["n"], found["accuracy"], found["service_accuracy"], found["emergency_recall"]) == (3, 1.0, 1.0, 1.0)


def test_a_wrong_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "wrong.tsv"
    file.write_text("家里停电了\treport_outage\telectricity\n没有列\n", encoding="utf-8")
    done = run(file)
    assert done.returncode == 2
    assert "wrong.tsv:2" in done.stderr
