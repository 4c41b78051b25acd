"""A running Kefu as its callers see it: staff by role, customers by raw request. No connection is shared."""

from __future__ import annotations

import json
from typing import Any

import httpx

from tests.support.server import Server

WEBHOOK = "/webhooks/rest/webhook"
WAIT_S = 60
SUGGESTION = "我提个建议，账单上印个用量曲线"


class Desk:
    """One request, one connection: a crash in one cannot colour the next."""

    def __init__(self, server: Server) -> None:
        self.server = server
        fresh = httpx.Limits(max_keepalive_connections=0)
        # no TLS here: reading the certificates would cost twenty milliseconds
        self.http = httpx.Client(base_url=server.url, timeout=WAIT_S, limits=fresh, verify=False)
        self._headers: dict[str, dict[str, str]] = {}

    def headers(self, role: str = "supervisor") -> dict[str, str]:
        if role not in self._headers:
            self._headers[role] = {"Authorization": f"Bearer {self.server.token(role)}"}
        return self._headers[role]

    # --- staff -------------------------------------------------------------------------------------------------------
    def get(self, path: str, role: str = "supervisor", **params: Any) -> httpx.Response:
        return self.http.get(path, params=params or None, headers=self.headers(role))

    def page(self, path: str, role: str = "supervisor", **params: Any) -> dict[str, Any]:
        return self.get(path, role, **params).raise_for_status().json()  # type: ignore[no-any-return]

    def items(self, path: str, role: str = "supervisor", **params: Any) -> list[dict[str, Any]]:
        return self.page(path, role, limit=500, **params)["items"]  # type: ignore[no-any-return]

    def walk(self, path: str, role: str = "supervisor", **params: Any) -> list[dict[str, Any]]:
        """Everything a list holds, page by page through its `next`."""
        page = self.page(path, role, **params)
        found = page["items"]
        while page["next"]:
            page = self.page(page["next"], role)
            found += page["items"]
        return found

    def lines(self, conversation_id: str, speaker: str | None = None) -> list[str]:
        """What was said, oldest first; empty when there is no such conversation."""
        answer = self.get(f"/api/conversations/{conversation_id}/messages", limit=500)
        if answer.status_code == 404:
            return []
        said = answer.raise_for_status().json()["items"]
        return [line["text"] for line in reversed(said) if speaker in (None, line["speaker"])]

    def rows(self) -> tuple[int, ...]:
        """How many conversations, tickets and callbacks there are: the same before and after what has no effect."""
        lists = ("/api/conversations", "/api/tickets", "/api/callbacks")
        return tuple(self.page(path, limit=1)["total"] for path in lists)

    # --- customers ---------------------------------------------------------------------------------------------------
    def raw(self, content: bytes, path: str = WEBHOOK, **headers: str) -> httpx.Response:
        sent = {"Content-Type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}}
        return self.http.post(path, content=content, headers=sent)

    def post(self, body: Any, path: str = WEBHOOK, **headers: str) -> httpx.Response:
        """JSON in plain ASCII, so that broken surrogates and control characters reach the other side."""
        return self.raw(json.dumps(body).encode("ascii"), path, **headers)

    def leave_a_suggestion(self, sender: str, phone: str = "13812345678") -> list[dict[str, Any]]:
        """One message that leaves a ticket and a callback behind; returns the sender's tickets, newest first."""
        before = len(self.items("/api/tickets", conversation_id=f"rest:{sender}"))
        said = self.server.text(sender, f"{SUGGESTION}，电话{phone}")
        tickets = self.items("/api/tickets", conversation_id=f"rest:{sender}")
        assert len(tickets) == before + 1, f"no ticket came of it: {said}"
        return tickets
