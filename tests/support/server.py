"""A real Kefu process for tests: started, talked to over HTTP, stopped or killed."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parent.parent.parent
START_S = 90


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """`python -m kefu.cli serve` (or another launcher) on its own database; demo mode unless told otherwise."""

    def __init__(self, folder: Path, launcher: list[str] | None = None, **environment: str) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._command = [sys.executable, "-W", "ignore", *(launcher or ["-m", "kefu.cli", "serve"])]
        self.environment = {
            **os.environ,
            "DEMO_MODE": "true",
            "PORT": str(self.port),
            "DATABASE_URL": f"sqlite:///{folder / 'kefu.db'}",
            "LOG_LEVEL": "INFO",
            **environment,
        }
        self.process: subprocess.Popen[str] | None = None
        self.log = folder / "server.log"
        self.client = httpx.Client(base_url=self.url, timeout=60)
        self._token = self._feeder = ""

    def start(self, **environment: str) -> Server:
        log = self.log.open("a")
        self.process = subprocess.Popen(
            self._command,
            env={**self.environment, **environment},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        assert self.process.stdout is not None
        deadline = time.monotonic() + START_S
        for line in self.process.stdout:
            if line.startswith("READY"):
                return self
            assert time.monotonic() < deadline, "no READY in time"
        raise AssertionError(f"the server ended: {self.log.read_text()[-3000:]}")

    def stop(self, how: int = signal.SIGTERM) -> int:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(30)
        if self.process.stdout:
            self.process.stdout.close()
        return code

    def wait_dead(self) -> int:
        """For a server that is about to kill itself."""
        assert self.process is not None
        return self.process.wait(30)

    # --- talking -----------------------------------------------------------------------------------------------------
    def say(self, sender: str, text: str, message_id: str | None = None, **more: Any) -> list[dict[str, Any]]:
        body: dict[str, Any] = {"sender": sender, "message": text}
        if message_id:
            body["metadata"] = {"message_id": message_id}
        answer = self.client.post("/webhooks/rest/webhook", json=body, **more)
        answer.raise_for_status()
        return answer.json()  # type: ignore[no-any-return]

    def text(self, sender: str, text: str, message_id: str | None = None) -> str:
        return "\n".join(reply.get("text", "") for reply in self.say(sender, text, message_id))

    def api(self, path: str, **params: Any) -> Any:
        """GET with a supervisor's token."""
        if not self._token:
            self._token = self.token("supervisor")
        answer = self.client.get(path, params=params, headers={"Authorization": f"Bearer {self._token}"})
        answer.raise_for_status()
        return answer.json()

    def feed(self, method: str, path: str, body: Any) -> Any:
        """A write with the integration role's token."""
        if not self._feeder:
            self._feeder = self.token("integration")
        headers = {"Authorization": f"Bearer {self._feeder}"}
        answer = self.client.request(method, path, json=body, headers=headers)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def token(self, role: str) -> str:
        login = next(row for row in self.demo()["logins"] if row["role"] == role)
        given = {"username": login["username"], "password": login["password"]}
        return str(self.client.post("/api/session", json=given).raise_for_status().json()["token"])

    def demo(self) -> Any:
        return self.client.get("/api/demo").raise_for_status().json()

    def tickets(self, sender: str) -> list[dict[str, Any]]:
        return self.api("/api/tickets", conversation_id=f"rest:{sender}", limit=500)["items"]  # type: ignore[no-any-return]

    def calm(self) -> None:
        """Nobody has reported anything, and only the city's own outage is on: one test's incident is not another's."""
        with closing(sqlite3.connect(self.folder / "kefu.db", timeout=30)) as rows, rows:
            rows.execute("DELETE FROM supply_report")
            others = "id > (SELECT min(id) FROM incident)"  # the first one is the city's own
            rows.execute(f"UPDATE incident SET status = 'cancelled' WHERE restored_at IS NULL AND {others}")

    def reset(self, now: str | None = None) -> None:
        self.client.put("/api/demo/clock", json={"now": now}).raise_for_status()
        self.client.post("/api/demo/reset").raise_for_status()

    def sign_in(self, sender: str, account_number: str) -> None:
        body = {"conversation_id": sender, "channel": "rest", "account_number": account_number}
        self.client.post("/api/demo/sign-in", json=body).raise_for_status()
