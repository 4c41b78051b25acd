"""What the reports on the desk's work say, against a slow count of the same rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from kefu.callbacks.models import Callback
from kefu.clock import clock, local, parse_local
from kefu.company.data import CompanyData
from kefu.conversations.models import Conversation, Inbox
from kefu.db.base import Base
from kefu.db.session import Database
from kefu.handoff.models import Handoff
from kefu.reports import names
from kefu.reports.backlog import backlog
from kefu.reports.calls import calls
from kefu.reports.containment import ASIDE, ENDINGS, containment
from kefu.reports.on_time import on_time
from kefu.reports.parts import Period, Scope, mean
from kefu.reports.repeated import repeated
from kefu.reports.satisfaction import satisfaction
from kefu.reports.volumes import ELSEWHERE, volumes
from kefu.staff.models import Staff
from kefu.surveys.models import Survey
from kefu.tickets.models import Ticket, TicketClock, TicketEvent, TicketLink
from kefu.tickets.watch import is_late
from tests.support.reports import NOW, PLACES, Desk
from tests.unit.reports.recount import column, counted, percent, rows, table, talks, within

NOVEMBER = Period.month(2026, 11)
SEEDS = (1, 2)


@pytest.fixture(scope="module", params=SEEDS)
def session(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Session]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('desk')}/desk.db")
    Base.metadata.create_all(database.engine)
    clock.set(parse_local(NOW))
    with database.write() as session:
        Desk(session, request.param)
        yield session
    clock.set(None)
    database.dispose()


def november(session: Session) -> list[Ticket]:
    return [ticket for ticket in rows(session, Ticket) if within(NOVEMBER, ticket.created_at)]


def test_volumes(session: Session, company: CompanyData) -> None:
    found, mine = volumes(session, company, NOVEMBER), november(session)
    assert column(table(found, "按业务类型"), "kind", "tickets") == counted(names.KINDS[t.kind] for t in mine)
    assert column(table(found, "按服务"), "service", "tickets") == counted(
        names.called(names.SERVICES, t.service) for t in mine
    )
    hours, days = Counter(local(t.created_at).hour for t in mine), Counter(local(t.created_at).date() for t in mine)
    assert [row["tickets"] for row in table(found, "按时段").rows] == [hours[hour] for hour in range(24)]
    assert [row["tickets"] for row in table(found, "按日").rows] == [days[day] for day in NOVEMBER.days]
    for one in found.tables:
        assert one.totals is not None
        assert one.totals["tickets"] == len(mine)
        assert one.totals["cancelled"] == sum(t.status == "cancelled" for t in mine)
        assert one.totals["merged"] == sum(t.merged_into is not None for t in mine)
    assert sum(row["tickets"] for row in table(found, "按类别").rows) == len(mine)


def test_no_place_is_named_that_is_not_the_companys(session: Session, company: CompanyData) -> None:
    found = column(table(volumes(session, company, NOVEMBER), "按地点"), "place", "tickets")
    parts = [t.address_parts.get("community") or t.address_parts.get("village") for t in november(session)]
    assert found == counted(p if p in PLACES else ELSEWHERE if p else names.UNKNOWN for p in parts)
    assert "某人随口说的地方" not in str(volumes(session, company, NOVEMBER))
    assert "某人随口说的地方" not in str(repeated(session, company, NOVEMBER))


def test_a_scope_narrows(session: Session, company: CompanyData) -> None:
    scope = Scope(service="water", kind="fault", desk="供水坐席", unit="LJ-D")
    mine = [
        t for t in november(session)
        if (t.service, t.kind, t.desk, t.unit) == ("water", "fault", "供水坐席", "LJ-D")
    ]  # fmt: skip
    totals = table(volumes(session, company, NOVEMBER, scope), "按业务类型").totals
    assert totals is not None and totals["tickets"] == len(mine)


# --- promises ------------------------------------------------------------------------------------------------------------
def became(one: TicketClock) -> str:
    """What is said of a clock that is past its due time, case by case."""
    if one.met_at is not None:
        return "kept" if one.met_at <= one.due_at else "late_met"
    if one.stopped_at is not None:
        return "void" if one.stopped_at <= one.due_at else "late_open"
    if one.paused_at is not None and one.paused_at <= one.due_at:
        return "paused"
    return "late_open"


def test_promises(session: Session, company: CompanyData) -> None:
    owners = {person.username: person.unit for person in rows(session, Staff)}
    due = [one for one in rows(session, TicketClock) if within(NOVEMBER, one.due_at) and one.due_at < clock.now()]
    assert len({became(one) for one in due}) == 5
    found = on_time(session, company, NOVEMBER)
    for title, of in (
        ("按承诺", lambda one: ""),
        ("按业务类型", lambda one: names.KINDS[one.ticket.kind]),
        ("按服务", lambda one: names.called(names.SERVICES, one.ticket.service)),
        ("按坐席", lambda one: one.ticket.desk or names.UNKNOWN),
        ("按负责人", lambda one: names.unit(company, owners[one.ticket.owner])),
    ):
        slow: dict[Any, Counter[str]] = defaultdict(Counter)
        for one in due:
            slow[of(one), names.TARGETS[one.target]][became(one)] += 1
        rows_ = {(row.get("by", ""), row["target"]): row for row in table(found, title).rows}
        assert rows_.keys() == slow.keys()
        for key, row in rows_.items():
            n = slow[key]
            whole = n["kept"] + n["late_met"] + n["late_open"]
            assert [row[name] for name in ("kept", "late_met", "late_open", "paused", "void", "due", "rate")] == [
                n["kept"], n["late_met"], n["late_open"], n["paused"], n["void"], whole, percent(n["kept"], whole)
            ]  # fmt: skip


def test_what_is_not_due_yet_says_nothing(session: Session, company: CompanyData) -> None:
    ahead = Period(date(2026, 12, 4), date(2026, 12, 31))
    assert any(within(ahead, one.due_at) for one in rows(session, TicketClock))
    assert table(on_time(session, company, ahead), "按承诺").rows == []


def test_backlog(session: Session, company: CompanyData) -> None:
    at_work = [t for t in rows(session, Ticket) if t.status in ("new", "assigned", "in_progress", "waiting")]
    found = table(backlog(session, company), "按业务类型")
    assert found.totals is not None
    days = [(clock.now() - t.first_word_at) / timedelta(days=1) for t in at_work]
    edges = [-10, 1, 3, 7, 15, 30, 10_000]
    ages = [sum(low <= d < high for d in days) for low, high in zip(edges, edges[1:], strict=False)]
    assert [found.totals[key] for key in ("d1", "d3", "d7", "d15", "d30", "older")] == ages
    late = [t for t in at_work if any(_running(one) and one.due_at < clock.now() for one in t.clocks)]
    assert (found.totals["open"], found.totals["late"]) == (len(at_work), len(late))
    assert found.totals["resolved"] == sum(t.status == "resolved" for t in rows(session, Ticket))
    assert column(found, "by", "open") == {
        names.KINDS[k]: sum(t.kind == k for t in at_work) for k in names.KINDS if names.KINDS[k] in column(found, "by", "open")
    }  # fmt: skip


def _running(one: TicketClock) -> bool:
    return (one.met_at, one.stopped_at, one.paused_at) == (None, None, None)


# --- what comes back -----------------------------------------------------------------------------------------------------
def test_repeats(session: Session, company: CompanyData) -> None:
    follows = {link.ticket_id for link in rows(session, TicketLink)}
    mine = [t for t in november(session) if t.kind == "complaint" and t.status != "cancelled" and not t.merged_into]
    groups: dict[Any, list[Ticket]] = defaultdict(list)
    for t in mine:
        place = t.address_parts.get("community") or t.address_parts.get("village")
        if place:
            groups[place, t.service, t.indicator or t.category].append(t)
    slow = sorted((len(g), sum(t.id in follows for t in g)) for g in groups.values() if len(g) > 1)
    found = table(repeated(session, company, NOVEMBER), "重复投诉")
    assert sorted((row["n"], row["following"]) for row in found.rows) == slow


def test_reopened(session: Session, company: CompanyData) -> None:
    done: dict[int, Any] = {}
    for event in rows(session, TicketEvent):
        if event.changes["status"][1] in ("resolved", "closed"):
            done[event.ticket_id] = min(done.get(event.ticket_id, event.at), event.at)
    mine = [t for t in rows(session, Ticket) if within(NOVEMBER, done.get(t.id))]
    found = table(repeated(session, company, NOVEMBER), "重新打开").totals
    again = sum(t.reopened > 0 for t in mine)
    assert found == {
        "done": len(mine), "reopened": again, "more": sum(t.reopened > 1 for t in mine), "rate": percent(again, len(mine)),
    }  # fmt: skip


# --- surveys and calls ---------------------------------------------------------------------------------------------------
def test_late_tickets_are_found_by_one_query_not_one_each(session: Session) -> None:
    asked = str(select(Ticket.id).where(is_late()).compile(session.get_bind(), compile_kwargs={"literal_binds": True}))
    plan = [str(row) for row in session.execute(text(f"EXPLAIN QUERY PLAN {asked}"))]
    assert plan and not any("CORRELATED" in step for step in plan)


def test_satisfaction(session: Session, company: CompanyData) -> None:
    asked = [one for one in rows(session, Survey) if within(NOVEMBER, one.asked_at)]
    put = [one for one in asked if one.status not in ("spared", "stale")]
    assert len(put) < len(asked)
    asked = put
    scores = [one.score for one in asked if one.score is not None]
    found = satisfaction(session, company, NOVEMBER)
    totals = table(found, "按业务类型").totals
    assert totals is not None
    assert (totals["asked"], totals["answered"]) == (len(asked), len(scores))
    assert totals["response"] == percent(len(scores), len(asked)) and totals["mean"] == mean(sum(scores), len(scores))
    assert totals["low"] == sum(s <= company.surveys.low for s in scores)
    assert totals["satisfied"] == percent(sum(s >= 4 for s in scores), len(scores))
    assert [row["n"] for row in table(found, "分数分布").rows] == [scores.count(n) for n in range(5, 0, -1)]
    for row in table(found, "期望与感受").rows:
        code = next(one.code for one in company.surveys.dimensions if one.name == row["dimension"])
        felt = [one.dimensions[code] for one in asked if code in one.dimensions]
        pairs = [(one.dimensions, one.expectations) for one in asked]
        gaps = [p[code] - e[code] for p, e in pairs if code in p and code in e]
        assert (row["n_perceived"], row["perceived"]) == (len(felt), mean(sum(felt), len(felt)))
        assert (row["n_both"], row["gap"]) == (len(gaps), mean(sum(gaps), len(gaps)))


def test_calls(session: Session, company: CompanyData) -> None:
    over = [
        one for one in rows(session, Callback) if within(NOVEMBER, one.window_start) and one.window_end <= clock.now()
    ]
    slow: Counter[str] = Counter()
    for one in over:
        tries = sorted(((a.at, a.outcome) for a in one.attempts), key=lambda a: a[0])
        slow.update(_of_a_call(one, tries))
    found = calls(session, company, NOVEMBER)
    totals = (table(found, "按时情况").totals or {}) | (table(found, "第几次").totals or {})
    assert {key: totals[key] for key in slow} == slow and slow["missed"] and slow["cancelled"]
    whole = slow["kept"] + slow["late"] + slow["missed"] + slow["unrecorded"]
    assert (totals["promised"], totals["rate"]) == (whole, percent(slow["kept"], whole))


def _of_a_call(one: Callback, tries: list[Any]) -> Iterator[str]:
    if one.status == "cancelled":
        yield "cancelled"
    elif not tries:
        yield "missed" if one.status in ("missed", "requested") else "unrecorded"
    else:
        yield "kept" if tries[0][0] <= one.window_end else "late"
        reached = next((place for place, (_, outcome) in enumerate(tries, 1) if outcome == "reached"), 0)
        yield ("unreached", "first", "second", "later")[min(reached, 3)]


# --- containment ---------------------------------------------------------------------------------------------------------
def test_every_talk_has_one_ending(session: Session, company: CompanyData) -> None:
    slow: Counter[str] = Counter()
    for conversation in rows(session, Conversation):
        runs = list(talks([row for row in rows(session, Inbox) if row.conversation_id == conversation.id]))
        for number, run in enumerate(runs):
            if within(NOVEMBER, run[0].received_at):
                slow[ending(session, company, run, runs[number + 1 :])] += 1
    found = containment(session, company, NOVEMBER)
    said = column(table(found, "对话的结果"), "ending", "n")
    named = ENDINGS | {key: f"{title}（不计入占比）" for key, title in ASIDE.items()}
    assert said == {title: slow[key] for key, title in named.items()}
    assert sum(slow[key] > 0 for key in named) >= 8
    rates = table(found, "自助办结率").totals
    assert rates is not None
    assert rates["talks"] == sum(slow.values()) and rates["alone"] == slow["alone"]
    assert rates["matters"] == sum(slow[key] for key in ENDINGS)


def ending(session: Session, company: CompanyData, run: list[Inbox], later: list[list[Inbox]]) -> str:
    """Read from the definitions in docs/reports.md, one after another."""
    last, until = run[-1], run[-1].received_at + timedelta(hours=2)
    known = [row.status == "failed" or row.left_as is not None for row in run]
    misread = last.status == "failed" or last.left_as == "misread"

    def here(row: Any, at: Any) -> bool:
        return row.conversation_id == last.conversation_id and run[0].received_at <= at <= until

    own = [t for t in rows(session, Ticket) if here(t, t.created_at)]
    if until > clock.now():
        return "open"
    if any(here(row, row.opened_at) for row in rows(session, Handoff)) or (
        last.status == "done" and last.left_as == "owned"
    ):
        return "handed_over"
    if any(
        t.status not in ("resolved", "closed", "cancelled") or any(e.actor == "rep0" for e in t.history) for t in own
    ):
        return "partly"
    if not all(known):
        return "no_record"
    if not any(row.status == "failed" or row.intent in company.topics for row in run):
        return "no_matter"
    if misread:
        return "misread"
    if last.left_as != "answered":
        return "left"
    return _returned(run, later)


def _returned(run: list[Inbox], later: list[list[Inbox]]) -> str:
    last, topics = run[-1].received_at, {row.intent for row in run} - {"greet", "thanks"}
    again = [row.received_at - last for other in later for row in other if row.intent in {*topics, "complain"}]
    if any(gap <= timedelta(hours=24) for gap in again):
        return "back_soon"
    if any(gap <= timedelta(hours=72) for gap in again):
        return "back_later"
    return "watched" if clock.now() - last < timedelta(hours=72) else "alone"


def test_percentages_of_nothing_are_not_known(database: Database, company: CompanyData) -> None:
    with database.read() as session:
        for make in (volumes, on_time, backlog, repeated, satisfaction, calls, containment):
            for one in make(session, company, NOVEMBER).tables:
                numbers = [c.key for c in one.columns if c.unit in ("percent", "score")]
                assert all((one.totals or {}).get(key) in (None, Decimal(0)) for key in numbers)
