"""Clocks under random events, hours and holidays, against a slow calculation: a minute at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.clock import SHANGHAI, clock
from kefu.company.data import CompanyData
from kefu.company.levels import ServiceLevel
from kefu.company.opening import Holidays, Hours
from kefu.db.migrate import migrate
from kefu.db.session import Database
from kefu.jobs.models import Job
from kefu.jobs.service import HANDLERS
from kefu.tickets import clocks, escalation, watch
from kefu.tickets import service as tickets
from kefu.tickets.feed import STEPS
from kefu.tickets.models import Ticket
from kefu.tickets.service import MOVES, NotAllowed, Report

MINUTE = timedelta(minutes=1)
FIRST, DAYS = (
    date(2026, 6, 29),
    110,
)  # a summer without public holidays: Monday to Friday, but for the company's own days
MIDNIGHT = datetime.combine(FIRST, time(), tzinfo=SHANGHAI)
PAUSES = {"customer_absent": ("arrival", "reply", "closing"), "customer_papers": ("reply", "closing")}
DAYS_STILL = {"customer_absent": 10, "customer_papers": 20}


# --- a company of any kind -------------------------------------------------------------------------------------------
@dataclass
class World:
    """What holds, as the company has it and as the slow calculation sees it: one byte a minute, 1 where people work."""

    company: CompanyData
    works: bytes
    limits: dict[tuple[str, str], dict[str, int]]  # (target, "normal" or "raised") → within


def minute(moment: datetime) -> int:
    return round((moment - MIDNIGHT) / MINUTE)


def work_minutes(closed: set[date], opened: set[date], stretches: list[tuple[int, int]]) -> bytes:
    found = bytearray(DAYS * 1440)
    for number in range(DAYS):
        day = FIRST + timedelta(days=number)
        if day in closed or (day.weekday() >= 5 and day not in opened):
            continue
        for start, end in stretches:
            found[number * 1440 + start : number * 1440 + end] = b"\1" * (end - start)
    return bytes(found)


HOURS = (
    ([], [(510, 1050)]),
    ([{"start": "12:00", "end": "13:30"}], [(510, 720), (810, 1050)]),
    ([{"start": "10:00", "end": "10:15"}, {"start": "12:00", "end": "14:00"}], [(510, 600), (615, 720), (840, 1050)]),
)
WITHIN = st.one_of(
    st.builds(lambda n: {"minutes": n}, st.integers(1, 3000)),
    st.builds(lambda n: {"hours": n}, st.integers(1, 72)),
    st.builds(lambda n: {"working_minutes": n}, st.integers(1, 1500)),
    st.builds(lambda n: {"working_hours": n}, st.integers(1, 30)),
    st.builds(lambda n: {"working_days": n}, st.integers(1, 5)),
)
DAY = st.integers(0, 40).map(lambda n: FIRST + timedelta(days=n))


def a_row(what: str, within: dict[str, int], **asks: str) -> ServiceLevel:
    return ServiceLevel.model_validate({"what": what, "within": within, "says": what, "source": "本办法", **asks})


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, Any]:
    targets = ("contact", "arrival", "reply", "closing")
    return {
        "hours": draw(st.sampled_from(HOURS)),
        "closed": draw(st.sets(DAY, max_size=6)),
        "open": draw(st.sets(DAY, max_size=4)),
        "limits": {(target, how): draw(WITHIN) for target in targets for how in ("normal", "raised")},
    }


def built(company: CompanyData, drawn: dict[str, Any]) -> World:
    breaks, stretches = drawn["hours"]
    hours = Hours.model_validate({"days": "working_days", "open": "08:30", "close": "17:30", "breaks": breaks})
    closed, opened = drawn["closed"], drawn["open"] - drawn["closed"]
    off = {"closed": [{"day": d, "why": "停"} for d in closed], "open": [{"day": d, "why": "补"} for d in opened]}
    limits = drawn["limits"]
    rows = [
        a_row("contact", limits["contact", "raised"], kind="complaint", grade="critical"),
        a_row("contact", limits["contact", "normal"], kind="complaint"),
        a_row("arrival", limits["arrival", "raised"], kind="fault", priority="high"),
        a_row("arrival", limits["arrival", "normal"], kind="fault"),
        a_row("reply", limits["reply", "raised"], priority="high"),
        a_row("reply", limits["reply", "normal"]),
        a_row("closing", limits["closing", "raised"], priority="high"),
        a_row("closing", limits["closing", "normal"]),
    ]
    made = replace(
        company,
        service_levels=rows,
        holidays=Holidays.model_validate(off),
        company=company.company.model_copy(update={"hours": hours}),
    )
    return World(made, work_minutes(closed, opened, stretches), limits)


# --- the slow calculation --------------------------------------------------------------------------------------------
@dataclass
class Slow:
    """A clock as anybody would keep it: so many minutes are given, and each that counts takes one away."""

    target: str
    start: int
    given: int
    by_work: bool
    world: World
    pauses: list[tuple[int, int, str]] = field(default_factory=list)
    since: int | None = None
    reason: str = ""

    def due(self) -> int:
        left, now = self.given, self.start
        while left:
            counts = not self.by_work or self.world.works[now]
            left -= bool(counts and not any(a <= now < b for a, b, _ in self.pauses))
            now += 1
        return now

    def still(self, at: int, reason: str, urgent: bool) -> None:
        if not urgent and at < self.due() and self.target in PAUSES.get(reason, ()) and self.left(reason):
            self.since, self.reason = at, reason

    def left(self, reason: str) -> int:
        return DAYS_STILL[reason] * 1440 - sum(b - a for a, b, why in self.pauses if why == reason)

    def runs_out(self) -> int:
        assert self.since is not None
        return self.since + self.left(self.reason)

    def on(self, at: int) -> None:
        if self.since is not None:
            self.pauses.append((self.since, min(at, self.runs_out()), self.reason))
            self.since = None


def slow(world: World, target: str, how: str, start: int) -> Slow:
    ((unit, number),) = world.limits[target, how].items()
    by_work = unit.startswith("working")
    if unit == "working_days":
        day, days = start // 1440, number
        while days:
            day += 1
            days -= any(world.works[day * 1440 : (day + 1) * 1440])
        closes = day * 1440 + 17 * 60 + 30
        return Slow(target, start, sum(world.works[start:closes]), True, world)
    return Slow(target, start, number * (60 if unit.endswith("hours") else 1), by_work, world)


class Desk:
    """What the slow side knows of one ticket."""

    def __init__(self, world: World, kind: str, start: int) -> None:
        self.world, self.kind = world, kind
        self.status, self.priority, self.grade = "new", "normal", "ordinary"
        self.open: dict[str, Slow] = {}
        self.begin(start)

    def how(self, target: str) -> str:
        raised = self.grade == "critical" if target == "contact" else self.priority == "high"
        return "raised" if raised else "normal"

    def begin(self, at: int) -> None:
        wanted = {"fault": ("arrival",), "complaint": ("contact", "reply"), "enquiry": ("reply",)}[self.kind]
        for target in (*wanted, "closing"):
            self.open.setdefault(target, slow(self.world, target, self.how(target), at))

    @property
    def urgent(self) -> bool:
        return self.priority == "emergency"

    def move(self, status: str, reason: str | None, at: int) -> None:
        was, self.status = self.status, status
        if was == "waiting":
            self.resume(at)
        if status in ("closed", "cancelled"):
            self.open = {}
        elif status == "resolved":
            self.open = {"closing": self.open["closing"]}
        elif status == "waiting":
            for one in self.open.values():
                one.still(at, reason or "", self.urgent)
        if was in ("resolved", "closed") and status == "in_progress":
            self.begin(at)

    def resume(self, at: int) -> None:
        for one in self.open.values():
            one.on(at)

    def matters_more(self, at: int) -> None:
        if self.urgent:
            self.resume(at)
        for target, one in self.open.items():
            new = slow(self.world, target, self.how(target), one.start)
            new.pauses = list(one.pauses)
            if new.due() < one.due():
                one.given, one.by_work = new.given, new.by_work

    def time_passes(self, at: int) -> None:
        for one in self.open.values():
            if one.since is not None and one.runs_out() <= at:
                one.on(at)


# --- both sides, event by event --------------------------------------------------------------------------------------
EVENT = st.one_of(
    st.tuples(st.just("move"), st.sampled_from(sorted(MOVES)), st.sampled_from([*PAUSES, "lunch", None])),
    st.tuples(st.just("move"), st.sampled_from(["waiting", "in_progress"]), st.sampled_from(list(PAUSES))),
    st.tuples(st.just("priority"), st.sampled_from(["high", "high", "emergency"]), st.none()),
    st.tuples(st.just("grade"), st.just("critical"), st.none()),
    st.tuples(st.just("step"), st.sampled_from(["contacted", "arrived", "replied"]), st.none()),
)
GAPS = st.one_of(st.integers(0, 90), st.integers(0, 3000), st.integers(13 * 1440, 15 * 1440))
EVENTS = st.lists(st.tuples(GAPS, EVENT), max_size=6).filter(lambda made: sum(gap for gap, _ in made) < 40 * 1440)


def do(session: Session, company: CompanyData, ticket: Ticket, desk: Desk, event: tuple[str, str, str | None]) -> None:
    what, value, reason = event
    at = minute(clock.now())
    if what == "move":
        if value not in MOVES[ticket.status]:
            with pytest.raises(NotAllowed):
                tickets.move(session, company, ticket, "agent1", value)
            return
        why = reason if value == "waiting" else None
        tickets.move(session, company, ticket, "agent1", value, waiting_for=why)
        desk.move(value, why, at)
    elif what == "priority" and tickets.raise_priority(session, company, ticket, "agent1", value, "要紧"):
        desk.priority = value
        desk.matters_more(at)
    elif what == "grade" and ticket.kind == "complaint":
        tickets.raise_grade(session, company, ticket, "agent1", "critical", "要紧")
        desk.grade = value
        desk.matters_more(at)
    elif what == "step" and ticket.status in tickets.OPEN:
        clocks.done(session, company, ticket, STEPS[value][0], clock.now())
        for target in STEPS[value][0]:
            desk.open.pop(target, None)


def run_jobs(session: Session, company: CompanyData) -> None:
    """As the runner does, in this transaction: the jobs of the clocks."""
    due = (Job.status == "waiting", Job.due_at <= clock.now(), Job.kind.in_((watch.JOB, watch.YEAR)))
    query = select(Job).where(*due).order_by(Job.due_at, Job.id)
    for _ in range(200):
        job = session.scalar(query.limit(1).execution_options(populate_existing=True))
        if job is None:
            return
        job.status = "done"
        session.flush()
        HANDLERS[job.kind](session, company, job)
    raise AssertionError("jobs that never end")


def check(session: Session, ticket: Ticket, desk: Desk) -> None:
    session.flush()
    rows = clocks.open_of(session, ticket)
    assert ticket.owner and ticket.due_at is not None and ticket.status == desk.status
    assert sorted(row.target for row in rows) == sorted(desk.open), "what runs is what should, each once"
    if ticket.status in ("closed", "cancelled"):
        assert rows == []
    else:
        assert "closing" in desk.open
    for row in rows:
        one = desk.open[row.target]
        assert minute(row.due_at) == one.due(), (row.target, row.within, row.pauses)
        assert (None if row.paused_at is None else minute(row.paused_at)) == one.since
        assert row.paused_at is None or (ticket.status == "waiting" and ticket.priority != "emergency")
        assert (row.breached_at is not None) == (one.since is None and one.due() <= minute(clock.now()))
        job = session.scalar(select(Job).where(Job.kind == "clock", Job.key == str(row.id)))
        assert job is not None and (job.status == "waiting" or row.breached_at is not None), "nobody looks at it again"
        assert job.status != "waiting" or job.due_at > clock.now()
        if row.target in ("arrival", "reply"):
            assert ticket.due_at == row.due_at


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    made = Database(f"sqlite:///{Path(tmp_path_factory.mktemp('clocks')) / 'clocks.db'}")
    migrate(made)
    yield made
    made.dispose()
    clock.set(None)


@settings(
    deadline=None, max_examples=40, phases=(Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck)
)
@given(
    drawn=worlds(), kind=st.sampled_from(["fault", "complaint", "enquiry"]), start=st.integers(0, 20160), events=EVENTS
)
def test_clocks_agree_with_a_slow_calculation(
    tables: Database,
    company: CompanyData,
    drawn: dict[str, Any],
    kind: str,
    start: int,
    events: list[tuple[int, tuple[str, str, str | None]]],
) -> None:
    """Moves, pauses, priorities, grades, reopenings, leaps in time; a minute is the smallest step."""
    world = built(company, drawn)
    with tables.write() as session:
        stand_at(start)
        desk, at = Desk(world, kind, start), start
        report = Report(kind=kind, category="other", description="", first_word_at=MIDNIGHT + start * MINUTE)
        report.grade = "ordinary" if kind == "complaint" else None
        ticket, promised = tickets.open_ticket(session, world.company, report, "customer")
        assert promised.due_at == ticket.due_at
        run_jobs(session, world.company)
        check(session, ticket, desk)
        for gap, event in events:
            at += gap
            stand_at(at)
            run_jobs(session, world.company)
            desk.time_passes(at)
            check(session, ticket, desk)
            do(session, world.company, ticket, desk, event)
            run_jobs(session, world.company)
            check(session, ticket, desk)
        session.rollback()


def stand_at(at: int) -> None:
    clock.set(MIDNIGHT + at * MINUTE)


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real time stands, so that business time goes by whole minutes, and only when the test moves it."""
    monkeypatch.setattr(clock, "real_now", lambda: MIDNIGHT)


def test_the_jobs_have_their_handlers() -> None:
    assert HANDLERS["clock"] is escalation.look
