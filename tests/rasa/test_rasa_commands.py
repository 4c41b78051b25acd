"""The stock `rasa` commands on this project, in our own environment: a conversation in the shell, the test commands."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
ACTION_PORT = 5055  # endpoints.yml
TALK = ("家里停电了", "阳光花园5号楼2单元501", "昨晚八点多", "13812345678", "对", "谢谢", "/stop")


def _open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _wait(what: str, condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.2)


def _shell(database: Path, told: list[str]) -> subprocess.Popen[str]:
    """`tools/rasa_shell.sh`, which `make shell` runs; what it prints is gathered in `told`."""
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{database}", "PYTHONUNBUFFERED": "1", "NO_COLOR": "1"}
    shell = subprocess.Popen(
        [str(ROOT / "tools" / "rasa_shell.sh")],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    threading.Thread(target=lambda: told.extend(shell.stdout or ()), daemon=True).start()
    return shell


def test_a_report_in_the_rasa_shell_becomes_a_ticket(tmp_path: Path) -> None:
    _wait(f"port {ACTION_PORT} is taken: another action server runs", lambda: not _open(ACTION_PORT), 30)
    told: list[str] = []
    shell = _shell(tmp_path / "shell.db", told)
    try:
        _wait("the action server did not come up", lambda: _open(ACTION_PORT), 60)
        assert shell.stdin is not None
        shell.stdin.write("\n".join(TALK) + "\n")
        shell.stdin.close()
        assert shell.wait(90) == 0, "".join(told)[-2000:]
    finally:
        if shell.poll() is None:
            os.killpg(shell.pid, signal.SIGKILL)
    with sqlite3.connect(tmp_path / "shell.db") as database:
        tickets = database.execute("SELECT number, category, service, address, phone FROM ticket").fetchall()
    assert [row[1:] for row in tickets] == [("report_outage", "electricity", "阳光花园5号楼2单元501", "13812345678")], (
        "".join(told)[-2000:]
    )
    assert tickets[0][0] in "".join(told)
    _wait("the action server outlived its shell", lambda: not _open(ACTION_PORT), 10)


@pytest.mark.parametrize(
    ("arguments", "proof"),
    [
        (["core", "--e2e", "--fail-on-prediction-errors", "--stories", "tests/rasa"], r"Correct: +10 / 10"),
        (["nlu", "--nlu", "tests/rasa/nlu.yml"], r"Every intent was predicted correctly"),
    ],
    ids=["core", "nlu"],
)
def test_rasa_test(tmp_path: Path, arguments: list[str], proof: str) -> None:
    command = [sys.executable, "-W", "ignore", "-m", "rasa", "test", *arguments, "--no-plot", "--out", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert re.search(proof, done.stdout + done.stderr), done.stderr[-3000:]
