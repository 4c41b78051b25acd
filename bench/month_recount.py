"""The reports of the simulated month against a recount from raw rows: every row read, and counted in plain Python.

And what must hold of every promise whoever was killed: an owner, a due time, no clock running on what is closed, a time limit
that is past noted once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from bench.processes import say
from kefu.callbacks.models import Callback
from kefu.clock import clock, local
from kefu.company.data import CompanyData
from kefu.db.session import Database
from kefu.reports import names
from kefu.reports.backlog import backlog
from kefu.reports.calls import calls
from kefu.reports.on_time import on_time
from kefu.reports.parts import Period, Report, Table, mean, share
from kefu.reports.repeated import repeated
from kefu.reports.satisfaction import satisfaction
from kefu.reports.volumes import volumes
from kefu.surveys.models import Survey
from kefu.tickets.models import Ticket, TicketClock

Pairs = Iterator[tuple[Any, Any]]  # what a report says, what was counted
WORK = ("new", "assigned", "in_progress", "waiting")
CLOSED = ("closed", "cancelled")


class Raw:
    """The month's rows, all of them."""

    def __init__(self, session: Session, company: CompanyData, start: datetime, end: datetime) -> None:
        self.session, self.company = session, company
        self.period = Period(local(start).date(), local(end - timedelta(seconds=1)).date())
        self._start, self._end = start, end
        deep = selectinload(Ticket.history), selectinload(Ticket.clocks)
        self.tickets = list(session.scalars(select(Ticket).options(*deep)))
        self.surveys = list(session.scalars(select(Survey)))
        self.calls = list(session.scalars(select(Callback).options(selectinload(Callback.attempts))))
        self.clocks = [row for ticket in self.tickets for row in ticket.clocks]

    def within(self, moment: datetime | None) -> bool:
        return moment is not None and self._start <= moment < self._end

    def report(self, build: Callable[..., Report]) -> Report:
        return build(self.session, self.company, self.period)


def table(report: Report, title: str) -> Table:
    return next(one for one in report.tables if title in one.title)


def _volumes(raw: Raw) -> Pairs:
    mine, found = [t for t in raw.tickets if raw.within(t.created_at)], raw.report(volumes)
    kinds = {row["kind"]: row["tickets"] for row in table(found, "按业务类型").rows}
    yield kinds, dict(Counter(names.KINDS[t.kind] for t in mine))
    hours = Counter(local(t.created_at).hour for t in mine)
    yield [row["tickets"] for row in table(found, "按时段").rows], [hours[hour] for hour in range(24)]
    days = Counter(local(t.created_at).date() for t in mine)
    yield [row["tickets"] for row in table(found, "按日").rows], [days[day] for day in raw.period.days]


def _became(one: TicketClock) -> str:
    if one.met_at is not None:
        return "kept" if one.met_at <= one.due_at else "late_met"
    if one.stopped_at is not None:
        return "void" if one.stopped_at <= one.due_at else "late_open"
    return "paused" if one.paused_at is not None and one.paused_at <= one.due_at else "late_open"


def _promises(raw: Raw) -> Pairs:
    due = [one for one in raw.clocks if raw.within(one.due_at) and one.due_at < clock.now()]
    slow = Counter((names.TARGETS[one.target], _became(one)) for one in due)
    rows = table(raw.report(on_time), "按承诺").rows
    states = ("kept", "late_met", "late_open", "paused", "void")
    yield {(row["target"], key): row[key] for row in rows for key in states if row[key]}, dict(slow)


def _backlog(raw: Raw) -> Pairs:
    totals = table(backlog(raw.session, raw.company), "按业务类型").totals or {}
    yield totals["open"], sum(t.status in WORK for t in raw.tickets)
    yield totals["resolved"], sum(t.status == "resolved" for t in raw.tickets)


def _reopened(raw: Raw) -> Pairs:
    done = {}
    for ticket in raw.tickets:
        ends = [e.at for e in ticket.history if e.changes.get("status", ["", ""])[1] in ("resolved", "closed")]
        done[ticket.id] = min(ends, default=None)
    mine = [t for t in raw.tickets if raw.within(done[t.id])]
    totals = table(raw.report(repeated), "重新打开").totals or {}
    yield (totals["done"], totals["reopened"]), (len(mine), sum(t.reopened > 0 for t in mine))


def _satisfaction(raw: Raw) -> Pairs:
    asked = [one for one in raw.surveys if raw.within(one.asked_at) and one.status not in ("spared", "stale")]
    scores = [one.score for one in asked if one.score is not None]
    found = raw.report(satisfaction)
    totals = table(found, "按业务类型").totals or {}
    yield (
        (totals["asked"], totals["answered"], totals["mean"]),
        (len(asked), len(scores), mean(sum(scores), len(scores))),
    )
    yield [row["n"] for row in table(found, "分数分布").rows], [scores.count(n) for n in range(5, 0, -1)]


def _calls(raw: Raw) -> Pairs:
    over = [one for one in raw.calls if raw.within(one.window_start) and one.window_end <= clock.now()]
    slow: Counter[str] = Counter()
    for one in over:
        tries = sorted(attempt.at for attempt in one.attempts)
        if one.status == "cancelled":
            slow["cancelled"] += 1
        elif not tries:
            slow["missed" if one.status in ("missed", "requested") else "unrecorded"] += 1
        else:
            slow["kept" if tries[0] <= one.window_end else "late"] += 1
    totals = table(raw.report(calls), "按时情况").totals or {}
    keys = ("cancelled", "missed", "unrecorded", "kept", "late")
    yield {key: totals[key] for key in keys}, {key: slow[key] for key in keys}
    whole = slow["kept"] + slow["late"] + slow["missed"] + slow["unrecorded"]
    yield totals["rate"], share(slow["kept"], whole) if whole else Decimal(0)


RECOUNTS = {
    "volumes": _volumes,
    "on-time": _promises,
    "backlog": _backlog,
    "repeats": _reopened,
    "satisfaction": _satisfaction,
    "callbacks": _calls,
}


def _kept(raw: Raw) -> dict[str, int]:
    """How many rows break a rule that must hold of all."""
    now, notes = clock.now(), {t.id: [e for e in t.history if e.action == "late"] for t in raw.tickets}
    running = [c for c in raw.clocks if c.met_at is None and c.stopped_at is None]
    late = Counter(c.ticket_id for c in raw.clocks if c.breached_at is not None)
    return {
        "without_owner": sum(not t.owner for t in raw.tickets),
        "running_though_closed": sum(c.ticket.status in CLOSED for c in running),
        "late_and_not_noted": sum(c.due_at < now and c.paused_at is None and c.breached_at is None for c in running),
        "noted_twice": sum(len(notes[t.id]) > late[t.id] for t in raw.tickets),
    }


def compared(database: Database, company: CompanyData, start: datetime, end: datetime) -> dict[str, Any]:
    """Every report's figures, the recount's beside them; what differs is told on stderr."""
    with database.read() as session:
        raw = Raw(session, company, start, end)
        agree = {}
        for name, recount in RECOUNTS.items():
            differing = [(told, counted) for told, counted in recount(raw) if told != counted]
            agree[name] = not differing
            for told, counted in differing:
                say(f"{name}: the report says {told}, the rows say {counted}")
        broken = _kept(raw)
        return {
            "reports_agree": all(agree.values()),
            "reports": agree,
            "broken_rules": broken,
            "tickets": len(raw.tickets),
            "clocks": len(raw.clocks),
            "surveys": len(raw.surveys),
            "callbacks": len(raw.calls),
        }
