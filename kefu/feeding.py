"""What every feed of outside data has in common: how it is refused, how a row is changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from kefu.clock import clock
from kefu.db.base import Base

Row = TypeVar("Row", bound=Base)


class FeedProblem(Exception):
    """What was fed cannot be taken; the message says why, in Chinese, without personal data."""


class Unknown(FeedProblem):
    """The thing that was named is not there."""


class Conflict(FeedProblem):
    """It contradicts what is there."""


def assign(row: Base, values: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Set what differs; returns {name: [old, new]}."""
    changes = {}
    for name, value in values.items():
        old = getattr(row, name)
        if old != value:
            setattr(row, name, value)
            changes[name] = [old, value]
    return changes


def put(session: Session, found: Row | None, new: Row, values: Mapping[str, Any]) -> tuple[Row, bool]:
    """Change the row that was found, or write the new one; True if it is new."""
    if found is not None:
        assign(found, values)
        return found, False
    session.add(new)
    session.flush()
    return new, True


def check_past(what: str, moment: datetime | None) -> None:
    """Raises FeedProblem for what should have happened already and lies ahead (business time)."""
    if moment is not None and moment > clock.now():
        raise FeedProblem(f"{what} 不能在将来")
