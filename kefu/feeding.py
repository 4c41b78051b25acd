"""What every feed of outside data has in common: how it is refused, how a row is changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.clock import clock
from kefu.db.base import Base

Row = TypeVar("Row", bound=Base)
Written = TypeVar("Written")
Rows = Sequence[Mapping[str, Any]]
AT_ONCE = 2_000  # keys asked for in one query: databases allow some ten thousands of parameters


class FeedProblem(Exception):
    """What was fed cannot be taken; the message says why, in Chinese, without personal data."""


class Unknown(FeedProblem):
    """The thing that was named is not there."""


class Conflict(FeedProblem):
    """It contradicts what is there."""


class ManyProblems(FeedProblem):
    """Why several of many rows cannot be taken; `problems`: by position in what was given, the first is 0."""

    def __init__(self, problems: Mapping[int, FeedProblem]) -> None:
        super().__init__(
            "；".join(f"第{position + 1}条：{problem}" for position, problem in sorted(problems.items())[:20])
        )
        self.problems = dict(problems)


def each(rows: Rows, write: Callable[[Mapping[str, Any]], Written]) -> list[Written]:
    """Do it with every row, in their order; what goes wrong is told of all rows together. Raises ManyProblems."""
    done: list[Written] = []
    problems: dict[int, FeedProblem] = {}
    for position, row in enumerate(rows):
        try:
            done.append(write(row))
        except FeedProblem as problem:
            problems[position] = problem
    if problems:
        raise ManyProblems(problems)
    return done


def alone(done: Callable[[Rows], list[Written]], row: Mapping[str, Any]) -> Written:
    """The same with one row; a problem is raised as what it is."""
    try:
        return done([row])[0]
    except ManyProblems as problems:
        raise problems.problems[0] from problems


def lots(keys: Collection[str]) -> Iterator[list[str]]:
    """Many keys in their order, as many at a time as one query may ask for."""
    left = iter(sorted(keys))
    while some := list(islice(left, AT_ONCE)):
        yield some


def rows_of(
    session: Session, model: type[Row], key: str, wanted: Collection[str], hold: bool = False
) -> dict[str, Row]:
    """The rows with those keys, by key. `hold`: nobody else writes them until the end of the transaction."""
    found: dict[str, Row] = {}
    column = getattr(model, key)
    for some in lots(wanted):
        query = select(model).where(column.in_(some)).order_by(column)
        found |= {getattr(row, key): row for row in session.scalars(query.with_for_update() if hold else query)}
    return found


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
