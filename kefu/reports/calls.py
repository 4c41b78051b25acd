"""Calls we promised: whether somebody phoned in time, at which try the customer was reached, what was missed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from kefu.callbacks.models import Callback, CallbackAttempt
from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.reports import names
from kefu.reports.parts import EVERYTHING, Period, Report, Row, Scope, Table, count, percent, share, summed, text
from kefu.tickets.models import Ticket

NUMBERS = (
    count("promised", "到期"),
    count("kept", "按时拨打"),
    percent("rate", "按时率"),
    count("late", "晚拨打"),
    count("missed", "漏打"),
    count("unrecorded", "办了，没有拨打记录"),
    count("cancelled", "客户取消（不计）"),
)
REACHED = (
    count("first", "第1次接通"),
    count("second", "第2次接通"),
    count("later", "第3次及以后接通"),
    count("unreached", "拨了没有接通"),
)
SUMS = ("kept", "late", "missed", "unrecorded", "cancelled", "first", "second", "later", "unreached")
NOTES = (
    "到期＝约定时段在期内、已经过完的回电；改过时间的按最后约定的算。按时＝时段结束以前拨打过，不论接没接通。",
    "漏打＝时段过完没有拨打。没有拨打记录的，不算按时。按时率＝按时÷到期，客户取消的不计。",
)


def calls(session: Session, company: CompanyData, period: Period, scope: Scope = EVERYTHING) -> Report:
    """Callbacks whose window lies in the period and is over, by desk."""
    now = clock.now()
    tries = _tries()
    first, reached = tries.c.first_at, tries.c.reached
    cancelled, phoned = Callback.status == "cancelled", first.is_not(None)
    open_or_missed = Callback.status.in_(("missed", "requested"))
    became = {
        "cancelled": cancelled,
        "kept": and_(~cancelled, first <= Callback.window_end),
        "late": and_(~cancelled, first > Callback.window_end),
        "missed": and_(~phoned, open_or_missed),
        "unrecorded": and_(~phoned, ~open_or_missed, ~cancelled),
        "first": and_(~cancelled, reached == 1),
        "second": and_(~cancelled, reached == 2),
        "later": and_(~cancelled, reached > 2),
        "unreached": and_(~cancelled, phoned, reached.is_(None)),
    }
    numbers = [func.sum(case((condition, 1), else_=0)).label(name) for name, condition in became.items()]
    query = select(Callback.desk.label("desk"), *numbers).outerjoin(tries, tries.c.callback_id == Callback.id)
    query = query.where(period.has(Callback.window_start), Callback.window_end <= now, *_within(scope))
    found = session.execute(query.group_by(Callback.desk))
    rows = [_rated({**row._mapping, "desk": names.called({}, row.desk)}) for row in found]
    rows.sort(key=lambda row: (-row["promised"], row["desk"]))
    totals = _rated(summed(rows, SUMS))
    tables = [
        Table("按时情况", (text("desk", "坐席"), *NUMBERS), rows, totals, NOTES, "rate"),
        Table("第几次接通", (text("desk", "坐席"), *REACHED), rows, totals),
    ]
    return Report("callbacks", "回电", {}, now, tables)


def _rated(row: Row) -> Row:
    promised = row["kept"] + row["late"] + row["missed"] + row["unrecorded"]
    return {**row, "promised": promised, "rate": share(row["kept"], promised)}


def _within(scope: Scope) -> list[Any]:
    """A call has a desk of its own; service, kind and unit are its ticket's."""
    own = [Callback.desk == scope.desk] if scope.desk is not None else []
    rest = Scope(scope.service, scope.kind, None, scope.unit).tickets
    return [*own, *([Callback.ticket_id.in_(select(Ticket.id).where(*rest))] if rest else [])]


def _tries() -> Any:
    """Of each call the first try, and which try reached the customer."""
    attempts = CallbackAttempt.__table__
    place = func.row_number().over(partition_by=attempts.c.callback_id, order_by=(attempts.c.at, attempts.c.id))
    numbered = select(attempts, place.label("place")).subquery()
    reached = func.min(case((numbered.c.outcome == "reached", numbered.c.place)))
    query = select(numbered.c.callback_id, func.min(numbered.c.at).label("first_at"), reached.label("reached"))
    return query.group_by(numbered.c.callback_id).subquery()
