"""Wake-ups: whoever shows a conversation live learns that something was written in it. Nothing is stored here.

Only within this process; another process may write too, so listeners also look by themselves from time to time.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

Listener = tuple[asyncio.AbstractEventLoop, asyncio.Event]


class Woken:
    """What a listener awaits. A wake that came before the wait ends it at once: none is missed."""

    def __init__(self, event: asyncio.Event) -> None:
        self._event = event

    async def wait(self, at_most_s: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._event.wait(), at_most_s)
        self._event.clear()  # before the caller looks: what is written meanwhile wakes again


class Live:
    """Who listens to which conversation."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: dict[str, set[Listener]] = {}

    def wake(self, conversation_id: str) -> None:
        """Call it after the commit, from any thread; with no listener it does nothing."""
        with self._lock:
            listeners = list(self._listeners.get(conversation_id, ()))
        for loop, event in listeners:
            with suppress(RuntimeError):  # that loop has ended, and its listener with it
                loop.call_soon_threadsafe(event.set)

    @asynccontextmanager
    async def subscribe(self, conversation_id: str) -> AsyncIterator[Woken]:
        """Subscribe first, look second: then nothing falls between."""
        listener = (asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            self._listeners.setdefault(conversation_id, set()).add(listener)
        try:
            yield Woken(listener[1])
        finally:
            with self._lock:
                self._listeners[conversation_id].discard(listener)
                if not self._listeners[conversation_id]:
                    del self._listeners[conversation_id]
