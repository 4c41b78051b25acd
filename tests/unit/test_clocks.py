"""Clocks of tickets, rule by rule: which there are, what meets them, when they stand still, who hears of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.alerts.models import Alert
from kefu.callbacks.service import find_slot
from kefu.clock import clock, iso, parse_local
from kefu.company.calendar import NotPublished, add_working_days, add_working_time
from kefu.company.data import CompanyData
from kefu.company.opening import Break, Holidays
from kefu.db.session import Database
from kefu.handoff.service import on_duty
from kefu.jobs.models import Job
from kefu.jobs.runner import run_due
from kefu.staff.models import Staff, StaffMessage
from kefu.tickets import clocks
from kefu.tickets import service as tickets
from kefu.tickets.due import heard_since
from kefu.tickets.feed import change_ticket, make_ticket, take_step
from kefu.tickets.models import Ticket, TicketClock
from kefu.tickets.reopening import reopen
from kefu.tickets.service import Report
from kefu.tickets.watch import state_of
from tests.support.company import Break as Change

SetClock = Callable[[str | None], None]
WEDNESDAY = "2026-12-09T10:00"


@pytest.fixture(autouse=True)
def on_wednesday(set_clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Real time stands, so that the minutes are the test's alone."""
    monkeypatch.setattr(clock, "real_now", lambda: parse_local(WEDNESDAY))
    set_clock(WEDNESDAY)


def opened(session: Session, company: CompanyData, kind: str = "fault", **more: Any) -> Ticket:
    given = {"category": "other", "description": "", "service": "electricity", "area_class": "urban"}
    report = Report(kind=kind, first_word_at=clock.now().replace(microsecond=0), **(given | more))
    if kind in ("complaint", "emergency"):
        report.grade = report.grade or ("ordinary" if kind == "complaint" else None)
        report.priority = "emergency" if kind == "emergency" else report.priority
    return tickets.open_ticket(session, company, report, "customer")[0]


def shown(session: Session, ticket: Ticket) -> dict[str, tuple[str, str]]:
    """The clocks of the latest rounds: what each does, and when it is due."""
    return {row.target: (state_of(row), str(iso(row.due_at))[5:16]) for row in clocks.of_ticket(session, ticket)}


def clock_of(session: Session, ticket: Ticket, target: str) -> TicketClock:
    return [row for row in clocks.of_ticket(session, ticket) if row.target == target][-1]


def notes(session: Session, ticket: Ticket, action: str) -> list[str]:
    session.flush()
    session.expire(ticket, ["history"])
    return [entry.note for entry in ticket.history if entry.action == action]


def messages(session: Session) -> list[tuple[str, str]]:
    return [(row.username, row.kind) for row in session.scalars(select(StaffMessage).order_by(StaffMessage.id))]


def alerts(session: Session, kind: str) -> int:
    return len(list(session.scalars(select(Alert).where(Alert.kind == kind))))


# --- which there are -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "more", "due"),
    [
        ("fault", {}, {"arrival": "12-09T10:45", "closing": "12-14T17:30"}),
        ("fault", {"priority": "high"}, {"arrival": "12-09T10:30", "closing": "12-14T17:30"}),
        ("emergency", {}, {"arrival": "12-09T10:45", "closing": "12-11T17:30"}),
        ("complaint", {}, {"contact": "12-10T10:00", "reply": "12-16T17:30", "closing": "12-23T17:30"}),
        ("complaint", {"grade": "serious"}, {"contact": "12-09T14:00", "reply": "12-16T17:30", "closing": "12-23T17:30"}),
        ("complaint", {"grade": "critical"}, {"contact": "12-09T12:00", "reply": "12-16T17:30", "closing": "12-23T17:30"}),
        ("dispute", {}, {"reply": "12-16T17:30", "closing": "12-23T17:30"}),
        ("application", {}, {"reply": "12-16T17:30", "closing": "12-23T17:30"}),
        ("opinion", {}, {"reply": "12-16T17:30", "closing": "12-30T17:30"}),
    ],
)  # fmt: skip
def test_every_kind_has_its_limits(
    database: Database, company: CompanyData, kind: str, more: dict[str, Any], due: dict[str, str]
) -> None:
    with database.write() as session:
        ticket = opened(session, company, kind, **more)
        assert shown(session, ticket) == {target: ("running", at) for target, at in due.items()}
        told = clock_of(session, ticket, "arrival" if "arrival" in due else "reply")
        assert (ticket.due_at, ticket.due_source) == (told.due_at, f"{told.says}（{told.source}）")
        assert ticket.owner


def an_account(session: Session, customer_class: str) -> str:
    known = {
        "holder": "云江百货",
        "address": "人民路1号",
        "address_parts": {},
        "tariff": "yj-elec-biz",
        "status": "active",
    }
    row = Account(
        created_at=clock.now(), number="10000001", service="electricity", customer_class=customer_class, **known
    )
    session.add(row)
    session.flush()
    return row.number


@pytest.mark.parametrize(("kind", "due"), [("fault", "12-11T17:25"), ("application", "12-14T15:55")])
def test_a_business_is_phoned_first_and_a_stranger_learns_nothing_by_its_number(
    database: Database, company: CompanyData, set_clock: SetClock, kind: str, due: str
) -> None:
    """Half an hour by the clock, or eight hours of work: over a weekend."""
    set_clock("2026-12-11T16:55")
    with database.write() as session:
        number = an_account(session, "business")
        ticket = opened(session, company, kind, account_number=number)
        assert shown(session, ticket)["contact"] == ("running", due)
        stranger = opened(session, company, kind, account_number=number, address_parts={"by_account": True})
        assert "contact" not in shown(session, stranger)
        assert "contact" not in shown(session, opened(session, company, kind))


def test_a_serious_complaint_of_the_night_is_answered_in_the_morning(
    database: Database, company: CompanyData, set_clock: SetClock
) -> None:
    set_clock("2026-12-09T22:00")
    with database.write() as session:
        assert shown(session, opened(session, company, "complaint", grade="serious"))["contact"][1] == "12-10T12:00"


# --- what meets them -------------------------------------------------------------------------------------------------
def states(session: Session, ticket: Ticket) -> dict[str, str]:
    return {target: state for target, (state, _) in shown(session, ticket).items()}


def test_milestones_meet_their_clocks(database: Database, company: CompanyData) -> None:
    with database.write() as session:
        ticket = opened(session, company, "complaint")
        for step, met in (("accepted", []), ("contacted", ["contact"]), ("replied", ["contact", "reply"])):
            take_step(session, company, ticket.number, step, "", None, "agent1")
            assert [target for target, state in states(session, ticket).items() if state == "met"] == met
        assert ticket.status == "in_progress", "taken up"
        tickets.move(session, company, ticket, "agent1", "resolved")
        assert states(session, ticket)["closing"] == "running"
        tickets.move(session, company, ticket, "agent1", "closed")
        assert set(states(session, ticket).values()) == {"met"}
        with pytest.raises(tickets.NotAllowed):
            take_step(session, company, ticket.number, "contacted", "", None, "agent1")


def test_a_colleague_who_writes_in_the_conversation_has_made_contact(database: Database, company: CompanyData) -> None:
    with database.write() as session:
        ticket = opened(session, company, "complaint", conversation_id="rest:anna")
        other = opened(session, company, "complaint", conversation_id="rest:berta")
        clocks.spoken_with(session, company, "rest:anna")
        assert states(session, ticket)["contact"] == "met" and states(session, other)["contact"] == "running"


@pytest.mark.parametrize(("status", "left"), [("resolved", ["closing"]), ("closed", []), ("cancelled", [])])
def test_what_is_over_has_no_clock_running(
    database: Database, company: CompanyData, status: str, left: list[str]
) -> None:
    with database.write() as session:
        ticket = opened(session, company)
        tickets.move(session, company, ticket, "agent1", status)
        assert [row.target for row in clocks.open_of(session, ticket)] == left
        waiting = session.scalars(select(Job.key).where(Job.kind == "clock", Job.status == "waiting"))
        assert sorted(waiting) == sorted(str(clock_of(session, ticket, target).id) for target in left)
        assert "stopped" in states(session, ticket).values() or status != "cancelled"


def test_what_was_done_in_time_is_no_breach_however_late_we_hear(
    database: Database, company: CompanyData, set_clock: SetClock
) -> None:
    with database.write() as session:
        number = opened(session, company).number
    set_clock("2026-12-09T12:00")
    assert run_due(database, company)
    with database.write() as session:
        ticket = session.scalars(select(Ticket)).one()
        assert clock_of(session, ticket, "arrival").breached_at is not None
        take_step(session, company, number, "arrived", "", parse_local("2026-12-09T10:40"), "integration1")
        assert clock_of(session, ticket, "arrival").breached_at is None
        late = opened(session, company)
        set_clock("2026-12-09T13:00")
        tickets.move(session, company, late, "agent1", "resolved")
        row = clock_of(session, late, "arrival")
        assert state_of(row) == "met" and row.breached_at == row.due_at


def test_opened_again_it_is_promised_again(database: Database, company: CompanyData, set_clock: SetClock) -> None:
    with database.write() as session:
        ticket = opened(session, company)
        tickets.move(session, company, ticket, "agent1", "resolved")
        set_clock("2026-12-09T15:00")
        reopen(session, company, ticket, "customer", "还是没电")
        rounds = [(row.target, row.round, state_of(row)) for row in clocks.of_ticket(session, ticket)]
        assert rounds == [("arrival", 0, "met"), ("closing", 0, "running"), ("arrival", 1, "running")]
        assert str(iso(ticket.due_at))[:16] == "2026-12-09T15:30", (
            "raised: a quarter of an hour sooner than the first time"
        )


# --- the customer's time ---------------------------------------------------------------------------------------------
def test_the_time_told_is_kept_in_step_and_never_later(database: Database, company: CompanyData) -> None:
    with database.write() as session:
        ticket = opened(session, company)
        at = ticket.first_word_at
        assert tickets.raise_priority(session, company, ticket, "assistant", "high", "老人")
        assert ticket.due_at == at + timedelta(minutes=30) == clock_of(session, ticket, "arrival").due_at
        assert heard_since(session, company, ticket, at - timedelta(minutes=5))
        assert ticket.due_at == at + timedelta(minutes=25) == clock_of(session, ticket, "arrival").due_at
        change_ticket(session, company, ticket.number, {"priority": "low"}, "agent1")
        assert ticket.due_at == at + timedelta(minutes=25), "never later than told"
        complaint = opened(session, company, "complaint")
        tickets.raise_grade(session, company, complaint, "assistant", "critical", "媒体")
        assert clock_of(session, complaint, "contact").due_at == complaint.first_word_at + timedelta(hours=2)


def test_a_due_time_somebody_gave_is_the_clocks(database: Database, company: CompanyData) -> None:
    names = "created_at first_word_at incident links due_at desk kind category description service account_number phone"
    names += " conversation_id grade staff symptom demand anonymous priority address"
    given: dict[str, Any] = dict.fromkeys(names.split()) | {"kind": "enquiry", "category": "other", "links": []}
    given |= {"due_at": parse_local("2026-12-12T12:00"), "description": "", "anonymous": False}
    with database.write() as session:
        ticket = make_ticket(session, company, given, "agent1")
        row = clock_of(session, ticket, "reply")
        assert (ticket.due_at, ticket.due_source) == (row.due_at, "由 agent1 指定") and row.due_at == given["due_at"]


# --- standing still --------------------------------------------------------------------------------------------------
def waiting(session: Session, company: CompanyData, ticket: Ticket, reason: str | None) -> None:
    tickets.move(session, company, ticket, "agent1", "waiting", waiting_for=reason)


@pytest.mark.parametrize(
    ("kind", "reason", "still"),
    [
        ("complaint", "customer_papers", ["reply", "closing"]),
        ("complaint", "customer_absent", ["reply", "closing"]),
        ("fault", "incident", ["arrival", "closing"]),
        ("fault", "customer_papers", ["closing"]),
        ("fault", "authority", ["closing"]),
        ("fault", None, []),
        ("emergency", "weather", []),
    ],
)
def test_clocks_stand_still_for_the_rules_reasons_only(
    database: Database, company: CompanyData, kind: str, reason: str | None, still: list[str]
) -> None:
    """Never first contact, never in an emergency, never without a reason."""
    with database.write() as session:
        ticket = opened(session, company, kind)
        waiting(session, company, ticket, reason)
        assert [target for target, state in states(session, ticket).items() if state == "paused"] == still


def test_a_pause_moves_the_time_by_the_time_it_took(
    database: Database, company: CompanyData, set_clock: SetClock
) -> None:
    """Of work where it is counted in work (Friday 16:30 to Monday 9:30: two hours), else by the clock."""
    with database.write() as session:
        fault, dispute = opened(session, company), opened(session, company, "dispute")
        set_clock("2026-12-09T10:10")
        waiting(session, company, fault, "no_access")
        set_clock("2026-12-11T16:30")
        waiting(session, company, dispute, "customer_papers")
        set_clock("2026-12-14T09:30")
        for ticket in (fault, dispute):
            tickets.move(session, company, ticket, "agent1", "in_progress")
            assert ticket.waiting_for is None
        assert shown(session, dispute)["reply"][1] == "12-17T10:30"
        assert shown(session, fault)["arrival"] == ("running", "12-14T10:05")
        assert fault.due_at == clock_of(session, fault, "arrival").due_at, "the customer's time moves with it"


def test_what_is_late_stays_late_and_what_becomes_urgent_runs_on(
    database: Database, company: CompanyData, set_clock: SetClock
) -> None:
    with database.write() as session:
        late, urgent = opened(session, company), opened(session, company)
        waiting(session, company, urgent, "weather")
        tickets.raise_priority(session, company, urgent, "agent1", "emergency", "有人被困")
        assert set(states(session, urgent).values()) == {"running"}
        set_clock("2026-12-09T11:00")
        waiting(session, company, late, "weather")
        assert states(session, late) == {"arrival": "late", "closing": "paused"}


def test_a_reason_lasts_so_long_and_no_longer(database: Database, company: CompanyData, set_clock: SetClock) -> None:
    """Three days of weather in all, however often; the ticket may wait on, its clocks do not."""
    with database.write() as session:
        number = opened(session, company).number
        change_ticket(session, company, number, {"status": "waiting", "waiting_for": "weather"}, "agent1")
    set_clock("2026-12-10T10:00")
    with database.write() as session:
        change_ticket(session, company, number, {"waiting_for": None}, "agent1")
        change_ticket(session, company, number, {"waiting_for": "weather"}, "agent1")
    set_clock("2026-12-20T10:00")
    run_due(database, company)
    with database.write() as session:
        ticket = session.scalars(select(Ticket)).one()
        assert ticket.status == "waiting" and shown(session, ticket)["arrival"] == ("late", "12-12T10:45")
        assert any("暂停已满期" in note for note in notes(session, ticket, "clock"))


# --- who hears -------------------------------------------------------------------------------------------------------
def test_the_person_is_warned_then_the_steps_hear(
    database: Database, company: CompanyData, set_clock: SetClock
) -> None:
    with database.write() as session:
        owner = opened(session, company, "dispute").owner
    head = company.organisation.head
    told = [("12-14T10:00", 1), ("12-16T13:30", 2), ("12-16T17:30", 2), ("12-17T08:30", 3), ("12-17T12:30", 4)]
    if owner == head:  # nobody else works here: he hears as the person
        told[-1] = ("12-17T12:30", 3)
    for at, count in told:
        set_clock(f"2026-{at}")
        run_due(database, company)
        with database.read() as session:
            assert len(messages(session)) == count, at
    with database.read() as session:
        ticket = session.scalars(select(Ticket)).one()
        assert alerts(session, "late") == 1 and len(notes(session, ticket, "late")) == 1
        assert {kind for _, kind in messages(session)} == {"warning", "escalation"}


def test_after_downtime_nothing_comes_in_a_flood(database: Database, company: CompanyData, set_clock: SetClock) -> None:
    """Warnings that are overtaken are left out; only the highest step that is due is told; the history has them all."""
    with database.write() as session:
        head = company.organisation.head
        session.add(Staff(username=head, name="韦", employee_number="YJ1", role="supervisor", password_hash="x"))
        ticket = opened(session, company, "emergency")
        ticket.owner = "agent9"
    set_clock("2026-12-09T12:00")
    run_due(database, company)
    with database.read() as session:
        ticket = session.scalars(select(Ticket)).one()
        assert messages(session) == [(company.organisation.head, "escalation")]
        assert notes(session, ticket, "warning") == [] and alerts(session, "late") == 1
        assert ["agent9 一级已过" in note for note in notes(session, ticket, "escalated")] == [True, False]
    assert run_due(database, company) == 0


@pytest.mark.parametrize(("kind", "at_night"), [("emergency", True), ("fault", True), ("complaint", False)])
def test_only_what_cannot_wait_wakes_people(
    database: Database, company: CompanyData, set_clock: SetClock, kind: str, at_night: bool
) -> None:
    """A complaint of Tuesday night: due on Wednesday night; the person hears before going home, then in the morning."""
    set_clock("2026-12-08T23:00")
    with database.write() as session:
        opened(session, company, kind)
    heard = []
    for at in ("08T23:31", "09T01:10", "09T16:31", "09T23:30", "10T08:30"):
        set_clock(f"2026-12-{at}")
        run_due(database, company)
        with database.read() as session:
            heard.append(len(messages(session)))
    assert (heard[1] > 0) == at_night
    if kind == "complaint":
        assert heard == [0, 0, 1, 1, 2]


# --- years nobody has published --------------------------------------------------------------------------------------
def test_a_year_nobody_has_published_is_an_error_unless_one_guesses(company: CompanyData) -> None:
    start = parse_local("2026-12-30T10:00")
    for count in (
        lambda **more: add_working_days(start, 5, company, **more),
        lambda **more: add_working_time(start, timedelta(hours=40), company, **more),
    ):
        with pytest.raises(NotPublished, match="2027年放假安排尚未公布") as caught:
            count()
        assert caught.value.year == 2027
        assert count(guess=True).date() > date(2027, 1, 3)


def test_the_operator_hears_once_and_published_it_is_counted_again(
    database: Database, company: CompanyData, set_clock: SetClock
) -> None:
    set_clock("2026-12-30T10:00")
    with database.write() as session:
        first, second = opened(session, company, "dispute"), opened(session, company, "dispute")
        assert "尚未公布" in first.due_source and shown(session, first)["reply"][1] == "01-07T17:30"
    for day in ("30T11:00", "31T12:00"):
        set_clock(f"2026-12-{day}")
        run_due(database, company)
    with database.read() as session:
        assert alerts(session, "holidays") == 1
    published = replace(company, holidays=holidays(company, opened=["2027-01-03"]))
    later = replace(company, holidays=holidays(company, closed=["2027-01-05"]))
    set_clock("2027-01-01T13:00")
    for known, due in ((later, "01-07T17:30"), (published, "01-07T17:30")):
        run_due(database, known)
        with database.read() as session:
            found = list(session.scalars(select(Ticket)))
            assert {shown(session, ticket)["reply"][1] for ticket in found} == {due}, "never later than told"
            assert all("尚未公布" not in ticket.due_source for ticket in found)
            assert session.scalar(select(Job).where(Job.kind == "holidays", Job.status == "waiting")) is None
    assert second.number


def test_a_year_published_with_a_day_more_of_work_is_due_earlier(
    database: Database, company: CompanyData, set_clock: SetClock
) -> None:
    set_clock("2026-12-31T10:00")
    with database.write() as session:
        opened(session, company, "dispute")
    published = replace(company, holidays=holidays(company, opened=["2027-01-09"]))
    set_clock("2026-12-31T12:00")
    run_due(database, published)
    with database.read() as session:
        ticket = session.scalars(select(Ticket)).one()
        assert shown(session, ticket)["reply"][1] == "01-08T17:30"
        assert shown(session, ticket)["closing"][1] == "01-14T17:30", "a working Saturday more"


def holidays(company: CompanyData, closed: list[str] | None = None, opened: list[str] | None = None) -> Holidays:
    days = {"closed": closed or [], "open": opened or []}
    rows = {name: [{"day": day, "why": "通知"} for day in given] for name, given in days.items()}
    own = company.holidays.model_dump()
    return Holidays.model_validate({name: own[name] + rows[name] for name in rows} | {"published": [2027]})


# --- breaks ----------------------------------------------------------------------------------------------------------
def test_nobody_phones_and_nobody_answers_in_the_break(database: Database, company: CompanyData) -> None:
    noon = Break.model_validate({"start": "12:00", "end": "13:30"})
    hours = company.company.hours.model_copy(update={"breaks": [noon]})
    resting = replace(company, company=company.company.model_copy(update={"hours": hours}))
    half_past = parse_local("2026-12-09T12:30")
    assert on_duty(company, half_past) and not on_duty(resting, half_past)
    assert on_duty(resting, parse_local("2026-12-09T13:30"))
    with database.read() as session:
        found = find_slot(
            session, resting, (parse_local("2026-12-09T12:00"), parse_local("2026-12-09T13:30")), "供电坐席"
        )
        assert found.slot is None and [str(iso(slot.start))[11:16] for slot in found.nearest] == ["11:30", "13:30"]


# --- broken files ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "old", "new", "reason"),
    [
        ("service_levels", "- {what: closing, within", "- {what: closing, kind: dispute, within", "closing must fit every"),
        ("service_levels", "{what: contact, kind: complaint, grade: critical", "{what: contact, kind: fault, grade: critical", "grade"),
        ("service_levels", "customer_class: public", "customer_class: royal", "customer_class"),
        ("service_levels", "{what: contact, kind: complaint, within", "{what: contact, kind: complaint, grade: serious, within", "never"),
        ("clock_rules", "  incident: {", "  accident: {", "incident is missing"),
        ("clock_rules", "targets: [reply, closing], days: 20", "targets: [], days: 20", "customer_papers.targets"),
        ("clock_rules", "[{minutes: 15}]", "[{minutes: 15, share: 0.5}]", "exactly one"),
        ("clock_rules", "escalate: [0, 5, 15, 30]", "escalate: [0, 15, 5, 30]", "later than"),
        ("clock_rules", "- {kind: emergency, target: arrival", "- {kind: emergency", "never reached"),
        ("clock_rules", "- {warn: [{share: 0.2}]", "- {kind: fault, warn: [{share: 0.2}]", "fit everything"),
        ("company", "  # breaks: [{start: \"12:00\", end: \"13:30\"}]", "  breaks: [{start: \"12:00\", end: \"18:00\"}]", "breaks"),
    ],
)  # fmt: skip
def test_a_wrong_rule_is_named(broken: Change, name: str, old: str, new: str, reason: str) -> None:
    problems = broken(name, old, new)
    assert any(problem.startswith(f"{name}.yml:") and reason in problem for problem in problems), problems
