"""A small blocking WebSocket client on wsproto, for tests that talk to the web chat's socket."""

from __future__ import annotations

import json
import socket
import time
from collections import deque
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, CloseConnection, Ping, RejectConnection, Request, TextMessage

WAIT_S = 30.0


class Rejected(Exception):
    """The server did not open the socket; the argument is the HTTP status."""


class Closed(Exception):
    """The server closed the socket; the argument is the code."""


class Socket:
    """An open socket; frames are JSON objects. Use it in a `with` block."""

    def __init__(self, url: str, path: str = "/web/socket", **headers: str) -> None:
        address = urlsplit(url)
        assert address.hostname is not None and address.port is not None
        self._tcp = socket.create_connection((address.hostname, address.port), WAIT_S)
        self._protocol = WSConnection(ConnectionType.CLIENT)
        self._frames: deque[dict[str, Any]] = deque()
        self._part = ""
        self._opened, self._closed = False, 0
        extra = [(name.encode(), value.encode()) for name, value in headers.items()]
        self._tcp.sendall(self._protocol.send(Request(host=address.netloc, target=path, extra_headers=extra)))
        while not self._opened:
            self._read(WAIT_S)

    def __enter__(self) -> Socket:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, at: TracebackType | None
    ) -> None:
        self._tcp.close()

    # --- out ---------------------------------------------------------------------------------------------------------
    def send(self, **frame: Any) -> None:
        self.raw(json.dumps(frame))

    def raw(self, content: str | bytes) -> None:
        event = TextMessage(content) if isinstance(content, str) else BytesMessage(content)
        self._tcp.sendall(self._protocol.send(event))

    def hello(self, token: str, after: int = 0) -> dict[str, Any]:
        """Introduce ourselves; the welcome."""
        self.send(type="hello", token=token, after=after)
        return self.next("welcome")

    def say(self, text: str, message_id: str) -> dict[str, Any]:
        """One message; its acknowledgement."""
        self.send(type="message", message_id=message_id, text=text)
        return self.next("ack")

    # --- in ----------------------------------------------------------------------------------------------------------
    def next(self, kind: str | None = None, within_s: float = WAIT_S) -> dict[str, Any]:
        """The next frame of this kind (of any, without one); others stay for later. Raises Closed or TimeoutError."""
        deadline = time.monotonic() + within_s
        while True:
            for frame in self._frames:
                if kind in (None, frame["type"]):
                    self._frames.remove(frame)
                    return frame
            if self._closed:
                raise Closed(self._closed)
            self._read(deadline - time.monotonic())

    def lines(self, count: int) -> list[dict[str, Any]]:
        """At least so many lines of the transcript, in the order they came."""
        found: list[dict[str, Any]] = []
        while len(found) < count:
            found += self.next("lines")["lines"]
        return found

    def quiet(self, kind: str, for_s: float = 1.0) -> bool:
        """Whether no frame of this kind comes for a while."""
        try:
            self.next(kind, for_s)
        except TimeoutError:
            return True
        return False

    def _read(self, within_s: float) -> None:
        if within_s <= 0:
            raise TimeoutError
        self._tcp.settimeout(within_s)
        data = self._tcp.recv(65536)
        if not data:
            self._closed = self._closed or 1006
            if not self._opened:
                raise Rejected(0)
            return
        self._protocol.receive_data(data)
        for event in self._protocol.events():
            self._take(event)

    def _take(self, event: Any) -> None:
        if isinstance(event, AcceptConnection):
            self._opened = True
        elif isinstance(event, RejectConnection):
            raise Rejected(event.status_code)
        elif isinstance(event, CloseConnection):
            self._closed = event.code
        elif isinstance(event, Ping):
            self._tcp.sendall(self._protocol.send(event.response()))
        elif isinstance(event, TextMessage):
            self._part += event.data
            if event.message_finished:
                self._frames.append(json.loads(self._part))
                self._part = ""
