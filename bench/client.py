"""As little HTTP as a measurement needs: one kept-alive connection, one request at a time, no library in the way."""

from __future__ import annotations

import asyncio
import json
from typing import Any


class Client:
    """Speaks Rasa's REST channel to 127.0.0.1."""

    def __init__(self, port: int, timeout_s: float) -> None:
        self._port, self._timeout_s = port, timeout_s
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def say(self, sender: str, text: str, message_id: str | None = None) -> list[dict[str, Any]]:
        """The replies. Raises on anything but 200, a closed connection or silence."""
        known_by = {"metadata": {"message_id": message_id}} if message_id else {}
        body = json.dumps({"sender": sender, "message": text, **known_by}).encode()
        head = f"POST /webhooks/rest/webhook HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        status, answer = await asyncio.wait_for(self._exchange(head.encode() + body), self._timeout_s)
        if status != 200:
            raise ConnectionError(f"HTTP {status}: {answer[:200]!r}")
        replies: list[dict[str, Any]] = json.loads(answer)
        return replies

    async def _exchange(self, request: bytes) -> tuple[int, bytes]:
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        assert self._reader is not None
        self._writer.write(request)
        status_line, *lines = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
        answer = await self._reader.readexactly(int(headers["content-length"]))
        if headers.get("connection", "").lower() == "close":
            await self.close()
        return int(status_line.split()[1]), answer

    async def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None
