"""What writing routes share: one transaction a request, reasons in plain words, and a line of who did it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import structlog
from fastapi import HTTPException, Response
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from kefu.api.access import Services
from kefu.feeding import Conflict, FeedProblem, ManyProblems, Unknown
from kefu.staff.service import Caller
from kefu.tickets.service import NotAllowed

log = structlog.get_logger("kefu.api")
G = TypeVar("G")
R = TypeVar("R")


@contextmanager
def writing(parts: Services, keep: bool = True) -> Iterator[Session]:
    """A session that commits at the end (not to `keep`: takes everything back) or not at all. What business refuses
    becomes 404, 409 or 422 with its reason."""
    try:
        with parts.database.write() as session:
            yield session
            if not keep:
                session.rollback()
    except Unknown as problem:
        raise HTTPException(404, str(problem)) from problem
    except (Conflict, NotAllowed) as problem:
        raise HTTPException(409, str(problem)) from problem
    except FeedProblem as problem:
        raise HTTPException(422, str(problem)) from problem
    except IntegrityError as problem:
        raise HTTPException(409, "与已有数据冲突，请查一查再试") from problem
    except DataError as problem:
        raise HTTPException(422, "有的值数据库存不下") from problem


def audit(caller: Caller, what: str, *ids: Any) -> None:
    """Who wrote what: ids only, at most twenty of them, and how many there were."""
    log.info("written", what=what, by=caller.username, role=caller.role, ids=list(ids[:20]), count=len(ids))


def tail(number: str) -> str:
    """An account number as a log may hold it."""
    return f"…{number[-4:]}"


def in_turn(given: G | list[G], write: Callable[[G], R]) -> list[R]:
    """Write one thing or many, in their order; a problem says which of many it was, and nothing stays written."""
    many = given if isinstance(given, list) else [given]
    done = []
    for position, one in enumerate(many, 1):
        try:
            done.append(write(one))
        except FeedProblem as problem:
            raise type(problem)(f"第{position}条：{problem}" if isinstance(given, list) else str(problem)) from problem
    return done


def together(given: Any, write: Callable[[], R]) -> R:
    """Write one thing or many at once; a problem says which of many it was, and nothing stays written."""
    try:
        return write()
    except ManyProblems as problems:
        position, problem = min(problems.problems.items())
        raise type(problem)(f"第{position + 1}条：{problem}" if isinstance(given, list) else str(problem)) from problem


def written(response: Response, given: Any, shown: Sequence[dict[str, Any]], created: bool) -> dict[str, Any]:
    """One thing, or a list of them if a list came; 201 if anything is new."""
    response.status_code = 201 if created else 200
    if isinstance(given, list):
        return {"items": list(shown), "total": len(shown), "next": None}
    return shown[0]
