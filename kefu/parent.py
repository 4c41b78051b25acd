"""Ending with `make demo`: make passes TERM on to us, but an INT sent to make alone (by a script) it keeps to itself."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

POLL_S = 0.5
_INT_BIT = 1 << (signal.SIGINT - 1)


def _catches_int(pid: int) -> bool:
    """True while the process has a handler for INT (make drops it once it was interrupted). Linux only."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return False
    line = next(row for row in status.splitlines() if row.startswith("SigCgt:"))
    return bool(int(line.split()[1], 16) & _INT_BIT)


def end_with_parent() -> None:
    """From now on, send ourselves INT when the parent dies or was interrupted."""
    parent = os.getppid()
    watch_int = _catches_int(parent)

    def watch() -> None:
        pause = threading.Event()
        while not pause.wait(POLL_S):
            if os.getppid() != parent or (watch_int and not _catches_int(parent)):
                os.kill(os.getpid(), signal.SIGINT)
                return

    threading.Thread(target=watch, name="parent", daemon=True).start()
