"""The measured processes: started, timed, watched (CPU, memory) and stopped with everything they started."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil

ROOT = Path(__file__).resolve().parent.parent
START_S = 180


def say(text: str) -> None:
    """Progress, for people; stdout belongs to the result."""
    print(text, file=sys.stderr, flush=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Started:
    """One process and its children, its output in a log."""

    def __init__(self, command: list[str], environment: dict[str, str], log: Path) -> None:
        self.log = log
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def ended(self) -> int | None:
        """Its exit code, None while it runs."""
        return self._process.poll()

    def wait(self) -> int:
        return self._process.wait()

    def check(self) -> None:
        """Raises, with the end of its log, when it has ended by itself."""
        if self.ended() is not None:
            raise RuntimeError(f"{self._process.args!r} ended:\n{self.last_words()}")

    def last_words(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")[-2000:]

    def all(self) -> list[psutil.Process]:
        me = psutil.Process(self._process.pid)
        return [me, *me.children(recursive=True)]

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()


class Assistant:
    """Something that answers on the Rasa REST channel, made of one or more processes."""

    name = "assistant"

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.url = f"http://127.0.0.1:{self.port}"
        self.parts: dict[str, Started] = {}

    def launch(self) -> None:
        """Start the processes (`self.parts`)."""
        raise NotImplementedError

    def tickets(self) -> dict[str, int]:
        """How many tickets each sender's conversation has caused."""
        raise NotImplementedError

    def start(self) -> float:
        """Seconds from nothing to the first answer a customer gets."""
        began = time.monotonic()
        self.launch()
        while not self._answers():
            for part in self.parts.values():
                part.check()
            if time.monotonic() - began > START_S:
                logs = "\n".join(part.last_words() for part in self.parts.values())
                raise RuntimeError(f"{self.name}: no answer in {START_S} s\n{logs}")
            time.sleep(0.05)
        return round(time.monotonic() - began, 2)

    def _answers(self) -> bool:
        body = {"sender": "first", "message": "你好"}
        try:
            answer = httpx.post(f"{self.url}/webhooks/rest/webhook", json=body, timeout=60, trust_env=False)
        except httpx.HTTPError:
            return False
        return answer.status_code == 200 and bool(answer.json())

    def cpu_s(self) -> float:
        """CPU time so far of all its processes."""
        times = [process.cpu_times() for part in self.parts.values() for process in part.all()]
        return float(sum(t.user + t.system for t in times))

    def rss_mb(self) -> dict[str, float]:
        return {
            name: round(sum(process.memory_info().rss for process in part.all()) / 1e6, 1)
            for name, part in self.parts.items()
        }

    def stop(self) -> None:
        for part in self.parts.values():
            part.stop()
        self.parts = {}


class Kefu(Assistant):
    """`python -m kefu.cli serve` in demo mode on a database of its own."""

    name = "kefu"

    def __init__(self, folder: Path, database: str | None = None) -> None:
        super().__init__(folder)
        self.database = database or f"sqlite:///{self.folder / 'kefu.db'}"

    def launch(self) -> None:
        environment = {
            "DEMO_MODE": "true",
            "PORT": str(self.port),
            "DATABASE_URL": self.database,
            "LOG_LEVEL": "WARNING",
        }
        command = [sys.executable, "-W", "ignore", "-m", "kefu.cli", "serve"]
        self.parts["server"] = Started(command, environment, self.folder / "kefu.log")

    def tickets(self) -> dict[str, int]:
        counted: dict[str, int] = {}
        with self.desk() as api:
            for ticket in listed(api, "/api/tickets"):
                sender = (ticket["conversation_id"] or "").removeprefix("rest:")
                counted[sender] = counted.get(sender, 0) + 1
        return counted

    @contextmanager
    def desk(self, role: str = "supervisor") -> Iterator[httpx.Client]:
        """The API as a member of staff of this role sees it."""
        with httpx.Client(base_url=self.url, timeout=60, trust_env=False) as api:
            logins: list[dict[str, Any]] = api.get("/api/demo").raise_for_status().json()["logins"]
            login = next(row for row in logins if row["role"] == role)
            given = {"username": login["username"], "password": login["password"]}
            token = str(api.post("/api/session", json=given).raise_for_status().json()["token"])
            api.headers["Authorization"] = f"Bearer {token}"
            yield api


def listed(api: httpx.Client, path: str) -> Iterator[dict[str, Any]]:
    """Every row of a list, page by page."""
    address: str | None = f"{path}?limit=500"
    while address:
        page = api.get(address).raise_for_status().json()
        yield from page["items"]
        address = page["next"]
