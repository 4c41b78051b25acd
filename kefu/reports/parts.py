"""What a report is made of: the period it looks at, what it is narrowed to, and tables with their own notes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal

from sqlalchemy import ColumnElement

from kefu.clock import SHANGHAI
from kefu.tickets.models import Ticket

Unit = Literal["text", "count", "percent", "yuan", "quantity", "price", "score", "days"]
Row = dict[str, Any]
UNKNOWN = "（未知）"
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Period:
    """Whole days in Shanghai, the first and the last included."""

    since: date
    until: date

    @classmethod
    def month(cls, year: int, month: int) -> Period:
        following = date(year + month // 12, month % 12 + 1, 1)
        return cls(date(year, month, 1), following - timedelta(days=1))

    @property
    def start(self) -> datetime:
        return datetime.combine(self.since, time(), SHANGHAI)

    @property
    def end(self) -> datetime:
        """The moment after it."""
        return datetime.combine(self.until + timedelta(days=1), time(), SHANGHAI)

    @property
    def days(self) -> list[date]:
        return [self.since + timedelta(days=n) for n in range((self.until - self.since).days + 1)]

    @property
    def is_month(self) -> bool:
        """A calendar month, the whole of it."""
        return self == Period.month(self.since.year, self.since.month)

    def has(self, moment: Any) -> ColumnElement[bool]:
        """The condition that a column lies in it."""
        within: ColumnElement[bool] = (moment >= self.start) & (moment < self.end)
        return within


@dataclass(frozen=True)
class Scope:
    """What the tickets are narrowed to; None: all."""

    service: str | None = None
    kind: str | None = None
    desk: str | None = None
    unit: str | None = None

    @property
    def tickets(self) -> list[ColumnElement[bool]]:
        wanted = {"service": self.service, "kind": self.kind, "desk": self.desk, "unit": self.unit}
        return [getattr(Ticket, name) == value for name, value in wanted.items() if value is not None]


EVERYTHING = Scope()


@dataclass(frozen=True)
class Column:
    key: str
    title: str
    unit: Unit = "text"


@dataclass(frozen=True)
class Table:
    """`bar`: key of the column that a picture shows, where one helps."""

    title: str
    columns: tuple[Column, ...]
    rows: list[Row]
    totals: Row | None = None
    notes: tuple[str, ...] = ()
    bar: str | None = None


@dataclass(frozen=True)
class Report:
    """`parameters`: what it was made of, to make it again."""

    name: str
    title: str
    parameters: dict[str, str]
    generated_at: datetime
    tables: list[Table] = field(default_factory=list)


def text(key: str, title: str) -> Column:
    return Column(key, title)


def count(key: str, title: str) -> Column:
    return Column(key, title, "count")


def percent(key: str, title: str) -> Column:
    return Column(key, title, "percent")


def yuan(key: str, title: str) -> Column:
    return Column(key, title, "yuan")


def share(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """Per cent to two places; None where there is nothing to take a share of."""
    if not whole:
        return None
    return (Decimal(part) * 100 / Decimal(whole)).quantize(CENT, ROUND_HALF_UP)


def mean(total: Decimal | int, n: int) -> Decimal | None:
    """To two places; None of nothing."""
    return (Decimal(total) / n).quantize(CENT, ROUND_HALF_UP) if n else None


def summed(rows: list[Row], keys: tuple[str, ...]) -> Row:
    """The sums of some columns."""
    return {key: sum((row[key] for row in rows), 0) for key in keys}
