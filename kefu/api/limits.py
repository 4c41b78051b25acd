"""Sign-ins that fail, counted for the username and for the address they come from.

Kept in the memory of one process, in real time: with several processes each counts for itself, and a restart forgets.
At most `KEPT` names and addresses are remembered; the longest unused are forgotten first.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock

from kefu.clock import clock

WINDOW = timedelta(minutes=15)
BY_NAME, BY_ADDRESS = 10, 50
KEPT = 20_000


class SignInLimit:
    """A try counts as failed until it is forgiven, so that many at once cannot slip through."""

    def __init__(self) -> None:
        self._tries: OrderedDict[tuple[str, str], list[datetime]] = OrderedDict()
        self._lock = Lock()

    def begin(self, username: str, address: str) -> int:
        """Count a try. Returns 0, or the seconds to wait (then the try was not counted)."""
        with self._lock:
            now = clock.real_now()
            keys = {("name", username): BY_NAME, ("address", address): BY_ADDRESS}
            waits = [self._wait(key, most, now) for key, most in keys.items()]
            if any(waits):
                return max(waits)
            for key in keys:
                self._tries.setdefault(key, []).append(now)
                self._tries.move_to_end(key)
            while len(self._tries) > KEPT:
                self._tries.popitem(last=False)
            return 0

    def forgive(self, username: str, address: str) -> None:
        """The try was good: the name starts anew, the address has one less."""
        with self._lock:
            self._tries.pop(("name", username), None)
            tries = self._tries.get(("address", address))
            if tries:
                tries.pop()

    def _wait(self, key: tuple[str, str], most: int, now: datetime) -> int:
        fresh = [at for at in self._tries.get(key, []) if at > now - WINDOW]
        if not fresh:
            self._tries.pop(key, None)
            return 0
        self._tries[key] = fresh
        return 0 if len(fresh) < most else int((fresh[-most] + WINDOW - now).total_seconds()) + 1
