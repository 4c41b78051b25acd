"""What belongs to the turn that is running, for the code inside it: actions, tracker store, business functions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any


class TurnFailed(Exception):
    """Something inside a turn went wrong; everything it wrote must be rolled back."""


@dataclass
class Turn:
    """One message on its way through the assistant. `attachments`: tokens of the photos it brings."""

    conversation_id: str
    inbox_id: int | None
    number: int
    attachments: list[str] = field(default_factory=list)
    failure: BaseException | None = None
    tracker: Any = None

    @property
    def left_as(self) -> str:
        """How the answer leaves the customer: answered, asking, misread; owned while a person has the conversation."""
        if self.tracker is None:
            return "owned"
        if self.tracker.get_slot("misunderstood"):
            return "misread"
        return "asking" if self.tracker.active_loop_name else "answered"

    def fail(self, problem: BaseException) -> None:
        """Remember the first failure: Rasa swallows exceptions of actions, the engine must not."""
        if self.failure is None:
            self.failure = problem


_current: ContextVar[Turn | None] = ContextVar("current_turn", default=None)


def current_turn() -> Turn | None:
    """The running turn, or None outside one (rasa shell, scripts)."""
    return _current.get()


@contextmanager
def running(turn: Turn) -> Iterator[Turn]:
    token = _current.set(turn)
    try:
        yield turn
    finally:
        _current.reset(token)
