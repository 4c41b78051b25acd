"""The figures of the reports, counted again: slowly, in plain Python, from the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.clock import local
from kefu.reports.parts import Period, Report, Table

CENT = Decimal("0.01")


def rows(session: Session, model: type[Any]) -> list[Any]:
    return list(session.scalars(select(model)))


def within(period: Period, moment: datetime | None) -> bool:
    return moment is not None and period.since <= local(moment).date() <= period.until


def percent(part: Any, whole: Any) -> Decimal | None:
    return (Decimal(part) / Decimal(whole) * 100).quantize(CENT, ROUND_HALF_UP) if whole else None


def table(report: Report, title: str) -> Table:
    return next(one for one in report.tables if one.title.startswith(title))


def column(found: Table, key: str, value: str) -> dict[Any, Any]:
    """{what a row is about: its number}."""
    return {row[key]: row[value] for row in found.rows}


def counted(values: Iterable[Any]) -> dict[Any, int]:
    return dict(Counter(values))


# --- talks, one by one -----------------------------------------------------------------------------------------------
def talks(messages: list[Any]) -> Iterator[list[Any]]:
    """One conversation's messages, cut where nothing was said for more than two hours."""
    run: list[Any] = []
    for message in sorted(messages, key=lambda row: (row.received_at, row.id)):
        if run and message.received_at - run[-1].received_at > timedelta(hours=2):
            yield run
            run = []
        run.append(message)
    if run:
        yield run
