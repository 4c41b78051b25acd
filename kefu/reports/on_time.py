"""Which promises were kept: every clock of every ticket that fell due in the period, from its own times alone.

What was decided is counted (due by now). Kept: met by the due time. Late: met after it, or not met though it ran past
it, also if it was paused or withdrawn only then. Not counted: withdrawn before it was due, and clocks that stand still.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.reports import names
from kefu.reports.parts import EVERYTHING, Period, Report, Row, Scope, Table, count, percent, share, summed, text
from kefu.staff.models import Staff
from kefu.tickets.models import Ticket, TicketClock

OPEN = TicketClock.met_at.is_(None)
PASSED = {  # what became of a clock whose due time has passed; the first that fits
    "kept": TicketClock.met_at <= TicketClock.due_at,
    "late_met": TicketClock.met_at > TicketClock.due_at,
    "void": and_(OPEN, TicketClock.stopped_at <= TicketClock.due_at),
    "paused": and_(OPEN, TicketClock.stopped_at.is_(None), TicketClock.paused_at <= TicketClock.due_at),
    "late_open": OPEN,
}
NUMBERS = (
    count("due", "到期"),
    count("kept", "按时"),
    count("late_met", "超时后办到"),
    count("late_open", "超时未办到"),
    percent("rate", "按时率"),
    count("paused", "暂停中（不计）"),
    count("void", "撤销或并单（不计）"),
)
SUMS = ("due", "kept", "late_met", "late_open", "paused", "void")
NOTES = (
    "到期＝承诺的最晚时间落在期内、到现在已经过了的；按时率＝按时÷到期。",
    "超时＝过了最晚时间才办到，或至今没有办到；到期以后才暂停、撤销的也算超时。到期以前已暂停、已撤销或并单的不计，另列。",
    "每次重新打开是新的承诺，另计一次。按工单的时间逐条重算，不用预警标记。",
)


def on_time(session: Session, company: CompanyData, period: Period, scope: Scope = EVERYTHING) -> Report:
    """How many promises were kept, by target, kind, service, desk and the owner's unit."""
    now = clock.now()
    which = case(*((condition, name) for name, condition in PASSED.items()))
    by = (TicketClock.target, Ticket.kind, Ticket.service, Ticket.desk, Staff.unit)
    query = (
        select(*by, which.label("became"), func.count().label("n"))
        .join(Ticket, Ticket.id == TicketClock.ticket_id)
        .outerjoin(Staff, Staff.username == Ticket.owner)
        .where(period.has(TicketClock.due_at), TicketClock.due_at < now, *scope.tickets)
        .group_by(*by, which)
    )
    found = [dict(row._mapping) for row in session.execute(query)]
    tables = [_table("按承诺", found)]
    for key, title in (("kind", "业务类型"), ("service", "服务"), ("desk", "坐席"), ("unit", "负责人所属单位")):
        tables.append(_table(f"按{title}", found, (key, title, _naming(company, key))))
    return Report("on-time", "承诺按时率", {}, now, tables)


def _naming(company: CompanyData, key: str) -> Callable[[str | None], str]:
    if key == "kind":
        return lambda code: names.called(names.KINDS, code)
    if key == "service":
        return lambda code: names.called(names.SERVICES, code)
    return lambda code: names.unit(company, code) if key == "unit" else names.called({}, code)


def _table(title: str, found: list[Row], by: tuple[str, str, Callable[[str | None], str]] | None = None) -> Table:
    """Rolled up by target, and by one thing more."""
    rolled: dict[tuple[str, str], Row] = {}
    for one in found:
        named = by[2](one[by[0]]) if by else ""
        target = names.called(names.TARGETS, one["target"])
        row = rolled.setdefault((named, target), {"by": named, "target": target, **dict.fromkeys(SUMS, 0)})
        row[one["became"]] += one["n"]
    order = {title: place for place, title in enumerate(names.TARGETS.values())}
    rows = [_rated(rolled[key]) for key in sorted(rolled, key=lambda key: (key[0], order.get(key[1], len(order))))]
    columns = (*((text("by", by[1]),) if by else ()), text("target", "承诺"), *NUMBERS)
    return Table(title, columns, rows, _rated(summed(rows, SUMS)), NOTES if by is None else (), "rate")


def _rated(row: Row) -> Row:
    due = row["kept"] + row["late_met"] + row["late_open"]
    rated: dict[str, Any] = {**row, "due": due, "rate": share(row["kept"], due)}
    return rated
