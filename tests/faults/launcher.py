"""Starts Kefu processes that can be hurt from outside: the real `kefu.cli serve`, with fault points around real functions.

One parent imports the heavy libraries once (four of the seven seconds of a start) and forks: every process under test
is a fork that runs `kefu.cli.main(["serve"])` and can be killed for real. It listens on a Unix socket; a connection
carries one JSON line (environment, log file) and becomes the standard output of the new process, so that the end of
the stream is the end of the process.

    python -m tests.faults.launcher SOCKET
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

HEAVY = ("kefu.app", "actions.outages", "kefu.nlu.classifier", "kefu.nlu.tokenizer", "kefu.nlu.spacy_values")


def main(address: str) -> None:
    """Fork a service for every connection, until standard input ends: with the test run, however that ends."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in HEAVY:
            importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks for the exit status
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    door = socket.socket(socket.AF_UNIX)
    door.bind(address)
    door.listen()
    print("READY", flush=True)
    if os.fork() == 0:
        _serve_forever(door)
    sys.stdin.read()
    os.killpg(0, signal.SIGKILL)


def _serve_forever(door: socket.socket) -> None:
    while True:
        connection, _ = door.accept()
        order = json.loads(connection.makefile().readline())
        if os.fork() == 0:
            door.close()
            _become_service(connection, order)
        connection.close()


def _become_service(connection: socket.socket, order: dict[str, Any]) -> None:
    """In the fork: standard output is the connection, standard error the log; then the service as it is."""
    log = os.open(order["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(connection.fileno(), 1)
    os.dup2(log, 2)
    connection.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(order["environment"])
    print(os.getpid(), flush=True)
    from kefu.cli import main as kefu
    from tests.faults import points

    points.install(Path(os.environ["FAULTS"]))
    code = 1
    try:
        code = kefu(["serve"])
    finally:
        os._exit(code)


if __name__ == "__main__":
    os.setpgrp()
    main(sys.argv[1])
