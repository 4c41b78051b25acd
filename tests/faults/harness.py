"""Outside the service under test: a server that can be hurt, a customer who talks to it, and a look at the rows."""

from __future__ import annotations

import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import create_engine, text

from tests.support.server import ROOT, START_S, Server

TALK = ["家里停电了", "滨江花园5号楼2单元501", "十分钟前", "13812345678", "对"]
ADDRESS, PHONE = TALK[1], TALK[3]
FAILED, NOT_RECORDED, DANGER_NOT_RECORDED = "事情还没有办成", "没能记录", "险情没能记录"
HOTLINE = "96118"
ENDS_S = 30
_numbers = itertools.count(1)


class Launcher:
    """The parent of every service under test (launcher.py); ends with this process."""

    def __init__(self, folder: Path) -> None:
        self.address = str(folder / "launcher")
        self._log = (folder / "launcher.log").open("a")
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.faults.launcher", self.address],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        assert self._process.stdout.readline().startswith("READY"), (folder / "launcher.log").read_text()

    def close(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(ENDS_S)
        self._process.stdout.close()
        self._log.close()


class FaultyServer(Server):
    """A `Server` whose process is forked from the launcher and struck by the faults it is given."""

    def __init__(self, launcher: Launcher, folder: Path, **environment: str) -> None:
        folder.mkdir(exist_ok=True)
        super().__init__(folder, **environment)
        self._launcher, self._faults = launcher, folder / "faults.json"
        self._stream: socket.socket | None = None
        self.environment["FAULTS"] = str(self._faults)
        self.heal()

    def start(self, **environment: str) -> FaultyServer:
        for line in self._fork(environment):
            if line.startswith("READY"):
                return self
        raise AssertionError(f"the server ended: {self.log.read_text()[-3000:]}")

    def start_and_die(self) -> None:
        """Start a service that kills itself, before or after it is ready."""
        self._fork({})
        self.wait_dead()

    def _fork(self, environment: dict[str, str]) -> Iterator[str]:
        assert not self.alive
        self._stream = socket.socket(socket.AF_UNIX)
        self._stream.settimeout(START_S)
        self._stream.connect(self._launcher.address)
        order = {"environment": {**self.environment, **environment}, "log": str(self.log)}
        self._stream.sendall(json.dumps(order).encode() + b"\n")
        lines = self._stream.makefile()
        self.pid = int(lines.readline())
        return lines

    @property
    def alive(self) -> bool:
        if self._stream is None:
            return False
        self._stream.setblocking(False)
        try:
            return bool(self._stream.recv(1, socket.MSG_PEEK))
        except BlockingIOError:
            return True
        except OSError:
            return False

    def stop(self, how: int = signal.SIGTERM) -> int:
        if self.alive:
            os.kill(self.pid, how)
        return self.wait_dead()

    def wait_dead(self) -> int:
        if self._stream is not None:
            self._stream.settimeout(ENDS_S)
            while self._stream.recv(4096):
                pass
            self._stream.close()
            self._stream = None
        return 0

    def restart(self) -> FaultyServer:
        self.stop(signal.SIGKILL)
        return self.start()

    # --- faults ------------------------------------------------------------------------------------------------------
    def fault(self, point: str, do: str, **more: Any) -> str:
        """Add a fault (see points.py); returns its id."""
        fault = {"id": f"f{next(_numbers)}", "point": point, "do": do, **more}
        self._write([*json.loads(self._faults.read_text()), fault])
        return str(fault["id"])

    def heal(self) -> None:
        self._write([])

    def _write(self, faults: list[dict[str, Any]]) -> None:
        fresh = self._faults.with_suffix(".new")
        fresh.write_text(json.dumps(faults))
        fresh.replace(self._faults)

    def struck(self, fault_id: str) -> int:
        """How often a fault has struck."""
        hits = self._faults.with_suffix(".hits")
        return hits.read_text().split("\n").count(fault_id) if hits.exists() else 0

    # --- looking -----------------------------------------------------------------------------------------------------
    def rows(self, query: str, **values: Any) -> list[dict[str, Any]]:
        """Straight from the database, past the service."""
        engine = create_engine(self.environment["DATABASE_URL"])
        try:
            with engine.connect() as connection:
                return [dict(row) for row in connection.execute(text(query), values).mappings()]
        finally:
            engine.dispose()

    def execute(self, statement: str) -> None:
        """Change rows past the service, while it is down."""
        engine = create_engine(self.environment["DATABASE_URL"])
        try:
            with engine.begin() as connection:
                connection.execute(text(statement))
        finally:
            engine.dispose()

    def alarms(self, kind: str) -> list[dict[str, Any]]:
        """The loud ALERT lines of the log."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines() if '"event": "ALERT"' in line]
        return [line for line in lines if line["kind"] == kind]


@dataclass
class Customer:
    """One conversation, with message ids of its own."""

    server: FaultyServer
    sender: str

    @classmethod
    def new(cls, server: FaultyServer) -> Customer:
        return cls(server, f"c{next(_numbers)}")

    @property
    def id(self) -> str:
        return f"rest:{self.sender}"

    def says(self, words: str, message_id: str | None = None) -> str:
        return self.server.text(self.sender, words, message_id)

    def walks(self, start: int, end: int) -> list[str]:
        """The talk to a ticket, from one line to before another (0 to 5), each with its message id."""
        return [self.says(TALK[n], f"m{n}") for n in range(start, end)]

    def posts(self, words: str, message_id: str) -> httpx.Response:
        """Accepted at once (`Prefer: respond-async`), answered later."""
        body = {"sender": self.sender, "message": words, "metadata": {"message_id": message_id}}
        return self.server.client.post("/webhooks/rest/webhook", json=body, headers={"Prefer": "respond-async"})

    def fetches(self, words: str, message_id: str) -> str:
        """The replies to an accepted message, once they are there."""
        eventually(lambda: self.posts(words, message_id).status_code == 200)
        return "\n".join(reply.get("text", "") for reply in self.posts(words, message_id).json())

    def tickets(self) -> list[dict[str, Any]]:
        return self.server.tickets(self.sender)

    def transcript(self) -> list[dict[str, Any]]:
        """Oldest first."""
        found = self.server.api(f"/api/conversations/{self.id}/messages", limit=500)["items"]
        return list(reversed(found))

    def lines(self) -> list[str]:
        """What the customer said, as the transcript has it."""
        return [line["text"] for line in self.transcript() if line["speaker"] == "customer"]

    def inbox(self) -> list[dict[str, Any]]:
        query = "SELECT * FROM inbox WHERE conversation_id = :id ORDER BY id"
        return self.server.rows(query, id=self.id)

    def alerts(self, kind: str) -> list[dict[str, Any]]:
        query = "SELECT * FROM alert WHERE conversation_id = :id AND kind = :kind ORDER BY id"
        return self.server.rows(query, id=self.id, kind=kind)


def check_one_ticket(customer: Customer) -> dict[str, Any]:
    """Exactly one ticket, with what was said."""
    found = customer.tickets()
    assert len(found) == 1, found
    assert ADDRESS in found[0]["address"] and found[0]["phone"] == PHONE
    return found[0]


def check_told_way_out(reply: str, words: str = FAILED) -> None:
    """Told plainly that it did not work, to try again, and whom to call."""
    assert words in reply and HOTLINE in reply, reply
    assert "再说一遍" in reply or "再试" in reply or "马上拨打" in reply, reply


def eventually(holds: Callable[[], Any], within_s: float = 20.0) -> Any:
    """What `holds` returns once it is true; fails after the deadline."""
    deadline = time.monotonic() + within_s
    while not (found := holds()):
        assert time.monotonic() < deadline, "did not come true in time"
        time.sleep(0.05)
    return found


def at_once(*jobs: Callable[[], Any]) -> list[Any]:
    """Run all jobs together; their results in order."""
    with ThreadPoolExecutor(len(jobs)) as pool:
        return [future.result() for future in [pool.submit(job) for job in jobs]]


def dies_on(server: FaultyServer, talk: Callable[[], Any]) -> None:
    """`talk` must end in the death of the server; nobody is answered."""
    try:
        answer = talk()
    except httpx.TransportError:
        server.wait_dead()
        return
    raise AssertionError(f"the server lived and said {answer}")


def serving(launcher: Launcher, folder: Path, **environment: str) -> Iterator[FaultyServer]:
    """For fixtures: a started server that is stopped in the end."""
    server = FaultyServer(launcher, folder, **environment).start()
    yield server
    server.stop()
    server.client.close()
