"""The return visit: asked at its time, never at night, never too late, never too often; and what an answer causes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kefu.alerts.models import Alert
from kefu.callbacks.models import Callback
from kefu.callbacks.service import request_callback
from kefu.clock import SHANGHAI, clock, local, parse_local
from kefu.company.data import CompanyData
from kefu.company.surveys import DIMENSIONS, Quiet
from kefu.db.session import Database
from kefu.feeding import Conflict, FeedProblem
from kefu.jobs.models import Job
from kefu.jobs.runner import run_due
from kefu.outbox.models import Notice, OutboxMessage
from kefu.staff.models import Staff, StaffMessage
from kefu.surveys import service as surveys
from kefu.surveys.models import Survey
from kefu.surveys.planning import awake
from kefu.surveys.service import Said
from kefu.surveys.verifying import NotYours, verify
from kefu.tickets import service as tickets
from kefu.tickets.models import Ticket
from kefu.tickets.reopening import reopen
from kefu.tickets.service import Report
from tests.support.company import Break

SetClock = Callable[[str | None], None]
DAY = "2026-12-09T10:00"  # a Wednesday
STAFF = (
    ("agent1", "沈予安", "YJ1001", "agent", "供电坐席"),
    ("agent2", "柏清岚", "YJ1002", "agent", "供水坐席"),
    ("agent6", "沈大海", "YJ1006", "agent", "供电坐席"),
    ("supervisor1", "韦国梁", "YJ2001", "supervisor", "客服中心值班台"),
    ("supervisor3", "祝小满", "YJ2003", "supervisor", "供电坐席"),
)


@pytest.fixture(autouse=True)
def wednesday(set_clock: SetClock) -> None:
    set_clock(DAY)


@pytest.fixture
def city(database: Database) -> Database:
    with database.write() as session:
        for username, name, number, role, desk in STAFF:
            session.add(
                Staff(username=username, name=name, employee_number=number, role=role, desk=desk, password_hash="x")
            )
    return database


def a_ticket(session: Session, company: CompanyData, **more: Any) -> Ticket:
    given = {"kind": "fault", "category": "report_outage", "description": "家里停电了", "service": "electricity"}
    given |= {"conversation_id": "rest:anna", "phone": "13912345678", "address": "阳光花园5号楼2单元501"}
    ticket, _ = tickets.open_ticket(session, company, Report(first_word_at=clock.now(), **(given | more)), "customer")
    return ticket


def done(database: Database, company: CompanyData, actor: str = "agent1", **more: Any) -> str:
    """The number of a ticket that is resolved now."""
    with database.write() as session:
        ticket = a_ticket(session, company, **more)
        tickets.move(session, company, ticket, actor, "resolved", "已修好")
        return ticket.number


def later(**more: Any) -> None:
    clock.set(clock.now() + timedelta(**more))


def asked(database: Database, company: CompanyData, **more: Any) -> str:
    """The number of a ticket whose customer has been asked."""
    number = done(database, company, **more)
    later(days=1, hours=3)
    run_due(database, company)
    return number


def rows(database: Database, table: Any, **wanted: Any) -> list[Any]:
    with database.read() as session:
        return list(session.scalars(select(table).filter_by(**wanted).order_by(table.id)))


def the(database: Database, number: str) -> Ticket:
    with database.read() as session:
        ticket = session.scalars(select(Ticket).where(Ticket.number == number)).one()
        assert [entry.id for entry in ticket.history]
        return ticket


def say(database: Database, company: CompanyData, words: str, **said: Any) -> Any:
    """The customer's answer to the newest open question."""
    with database.write() as session:
        survey = surveys.open_surveys(session, company, "rest:anna")[0][0]
        return surveys.answer(session, company, survey, Said(words, **said))


# --- asked ---------------------------------------------------------------------------------------------------------------
def test_asked_in_the_talk_two_hours_after_it_is_done_once(city: Database, company: CompanyData) -> None:
    number = done(city, company)
    run_due(city, company)
    later(minutes=119)
    run_due(city, company)
    assert rows(city, Survey) == []
    later(minutes=2)
    assert (run_due(city, company), run_due(city, company)) == (1, 0)
    (survey,), (message,) = rows(city, Survey), rows(city, OutboxMessage)
    assert (survey.status, survey.conversation_id, survey.round) == ("asked", "rest:anna", 0)
    assert number in message.text and "现在好了吗" in message.text and "打个分" in message.text
    assert [one["title"] for one in message.buttons] == company.surveys.buttons


def test_a_question_on_its_way_has_not_been_seen(city: Database, company: CompanyData) -> None:
    asked(city, company)
    for shown in (None, clock.real_now()):
        with city.write() as session:
            session.scalars(select(OutboxMessage)).one().shown_at = shown
            session.flush()
            assert surveys.seen_at(session, *surveys.open_surveys(session, company, "rest:anna")[0]) == shown


@pytest.mark.parametrize("kind", ["enquiry", "opinion"])
def test_nobody_is_asked_about_other_kinds(city: Database, company: CompanyData, kind: str) -> None:
    asked(city, company, kind=kind)
    assert [job for job in rows(city, Job) if job.kind.startswith("survey")] == [] == rows(city, Survey)
    later(days=5)
    run_due(city, company)
    assert {ticket.status for ticket in rows(city, Ticket)} == {"resolved"}
    later(days=2)
    run_due(city, company)
    assert {ticket.status for ticket in rows(city, Ticket)} == {"closed"}, "nobody has objected"


def test_what_the_customer_called_done_is_not_asked_about(city: Database, company: CompanyData) -> None:
    asked(city, company, actor="customer")
    number = done(city, company)
    with city.write() as session:
        tickets.move(session, company, surveys.held(session, number), "customer", "closed", "来电了，谢谢")
    later(days=1)
    run_due(city, company)
    assert rows(city, Survey) == []


def test_nobody_is_asked_at_night(city: Database, company: CompanyData, set_clock: SetClock) -> None:
    set_clock("2026-12-09T19:30")
    done(city, company)
    (job,) = [job for job in rows(city, Job) if job.kind.startswith("survey")]
    assert local(job.due_at) == parse_local("2026-12-10T08:00")
    set_clock("2026-12-11T02:00")  # we were down until the next night: still not at night
    run_due(city, company)
    assert rows(city, Survey) == []
    set_clock("2026-12-11T08:01")
    run_due(city, company)
    assert [row.status for row in rows(city, Survey)] == ["asked"]


@settings(max_examples=30, deadline=None)
@given(st.times(), st.times(), st.integers(0, 365 * 24 * 60))
def test_awake_is_the_first_moment_outside_the_quiet_hours(start: time, end: time, minute: int) -> None:
    start, end = start.replace(second=0, microsecond=0), end.replace(second=0, microsecond=0)
    moment = datetime(2026, 1, 1, tzinfo=SHANGHAI) + timedelta(minutes=minute)

    def quiet(here: datetime) -> bool:
        at = here.time()
        return (start <= at or at < end) if start > end else start <= at < end

    slow = moment
    while quiet(slow):
        slow += timedelta(minutes=1)
    assert awake(Quiet(start=start, end=end), moment) == slow


def test_after_downtime_the_late_are_not_asked_and_one_customer_once(city: Database, company: CompanyData) -> None:
    old = [done(city, company, conversation_id=f"rest:old-{n}", phone=None) for n in range(5)]
    later(days=2)
    new = [done(city, company, phone=None) for _ in range(3)] + [done(city, company, conversation_id="rest:bob")]
    later(hours=3)
    run_due(city, company)
    states = {row.ticket_id: row.status for row in rows(city, Survey)}
    by_number = {number: states[the(city, number).id] for number in (*old, *new)}
    assert [by_number[number] for number in old] == ["stale"] * 5
    assert [by_number[number] for number in new] == ["asked", "spared", "spared", "asked"]
    assert len(rows(city, OutboxMessage)) == 2


def test_a_complaint_is_always_asked_about(city: Database, company: CompanyData) -> None:
    asked(city, company)
    asked(city, company, kind="complaint", category="complain", grade="ordinary")
    assert [row.status for row in rows(city, Survey)] == ["asked", "asked"]


def test_a_second_resolution_moves_the_question(city: Database, company: CompanyData) -> None:
    number = done(city, company)
    later(hours=1)
    with city.write() as session:
        ticket = surveys.held(session, number)
        for status in ("in_progress", "resolved"):
            tickets.move(session, company, ticket, "agent1", status)
    later(minutes=90)
    run_due(city, company)
    assert rows(city, Survey) == []
    later(minutes=31)
    run_due(city, company)
    assert len(rows(city, Survey)) == 1


# --- no answer -----------------------------------------------------------------------------------------------------------
def test_no_answer_a_call_then_closed_and_not_satisfied(city: Database, company: CompanyData) -> None:
    number = asked(city, company)
    later(hours=24)
    run_due(city, company)
    (call,) = rows(city, Callback)
    assert (call.reason, call.phone, call.status) == ("回访", "13912345678", "requested")
    later(days=6)
    run_due(city, company)
    missed, *_, instead = rows(city, Callback)
    assert (missed.status, instead.status) == ("missed", "requested")  # by us: another one is promised
    assert the(city, number).status == "resolved"  # that call is still to come
    with city.write() as session:
        session.execute(update(Callback).values(status="unreached"))
    later(days=1, minutes=1)
    run_due(city, company)
    ticket, (survey,) = the(city, number), rows(city, Survey)
    assert (ticket.status, ticket.history[-1].note, ticket.history[-1].actor) == ("closed", "回访未答复", "assistant")
    assert (survey.status, survey.fixed, survey.score) == ("unanswered", None, None)


def called(database: Database, company: CompanyData) -> tuple[str, Callback]:
    """A ticket whose customer did not answer, with its return call."""
    number = asked(database, company)
    later(hours=24)
    run_due(database, company)
    return number, rows(database, Callback)[0]


def test_the_return_call_we_missed_is_made_up_for_before_the_ticket_ends(city: Database, company: CompanyData) -> None:
    number, call = called(city, company)
    told = len(rows(city, OutboxMessage))
    clock.set(call.window_end + timedelta(minutes=company.callbacks.grace_minutes + 1))
    run_due(city, company)
    assert [row.status for row in rows(city, Callback)] == ["missed", "requested"]
    assert len(rows(city, OutboxMessage)) == told  # nobody was promised it: no apology
    with city.write() as session:
        second = session.get_one(Callback, rows(city, Callback)[1].id)
        second.window_start = second.window_end = clock.now() + timedelta(days=9)
        session.execute(update(Job).where(Job.kind == "callback_over").values(due_at=clock.now() + timedelta(days=10)))
    later(days=7)
    run_due(city, company)
    assert the(city, number).status == "resolved"


@pytest.mark.parametrize("said", [{"fixed": True}, {"fixed": False}, {"stops": True}])
def test_who_has_answered_is_not_called(city: Database, company: CompanyData, said: dict[str, bool]) -> None:
    called(city, company)
    say(city, company, "好了", **said)
    assert [row.status for row in rows(city, Callback)] == ["cancelled"]
    later(days=1)
    run_due(city, company)
    assert len(rows(city, Callback)) == 1


def test_a_low_score_has_a_call_of_its_own(city: Database, company: CompanyData) -> None:
    called(city, company)
    say(city, company, "1分", score=1)
    assert [(row.reason, row.status) for row in rows(city, Callback)] == [
        ("回访", "cancelled"),
        ("低分回访", "requested"),
    ]


def test_the_call_that_heard_it_is_done(city: Database, company: CompanyData) -> None:
    number, call = called(city, company)
    with city.write() as session:
        surveys.heard_by_phone(session, company, number, Said("很差", fixed=True, score=1), "agent2")
    first, second = rows(city, Callback)
    assert (first.id, first.status, second.reason) == (call.id, "done", "低分回访")


def test_an_earlier_rounds_question_calls_nobody(city: Database, company: CompanyData) -> None:
    number = asked(city, company)
    with city.write() as session:
        ticket = surveys.held(session, number)
        reopen(session, company, ticket, "customer", "又停了")
        tickets.move(session, company, ticket, "agent1", "resolved", "换了开关")
    later(hours=25)
    run_due(city, company)
    assert rows(city, Callback) == []


def test_a_promised_call_keeps_its_phone(city: Database, company: CompanyData) -> None:
    number = asked(city, company)
    with city.write() as session:
        request_callback(session, company, surveys.held(session, number), "13700000000", "rest:anna", "请回电")
    later(hours=24)
    with city.write() as session:
        session.execute(update(Job).where(Job.kind.startswith("callback")).values(status="cancelled"))
    run_due(city, company)
    assert [(row.reason, row.phone) for row in rows(city, Callback)] == [("请回电", "13700000000")]


def test_all_of_a_ticket_is_done_in_order(city: Database, company: CompanyData) -> None:
    number = asked(city, company)
    assert {row.subject for row in rows(city, Job)} == {f"ticket:{number}"}


def test_without_a_talk_a_call_at_once(city: Database, company: CompanyData) -> None:
    asked(city, company, conversation_id=None)
    (call,), (survey,) = rows(city, Callback), rows(city, Survey)
    assert (call.reason, call.conversation_id, survey.callback) == ("回访", None, call.number)
    assert rows(city, OutboxMessage) == []


def test_who_left_no_phone_is_not_called_and_the_ticket_ends(city: Database, company: CompanyData) -> None:
    number = asked(city, company, phone=None)
    later(days=7)
    run_due(city, company)
    assert rows(city, Callback) == [] and the(city, number).status == "closed"


def test_an_answer_after_the_closing_is_kept_and_may_open_it_again(city: Database, company: CompanyData) -> None:
    number = asked(city, company, phone=None)
    later(days=7)
    run_due(city, company)
    told = say(city, company, "又停了", fixed=False, comment="又停了")
    assert told.reopened and the(city, number).status == "in_progress"
    assert [(row.status, row.fixed) for row in rows(city, Survey)] == [("done", False)]


# --- answered ------------------------------------------------------------------------------------------------------------
def test_fixed_closes_with_the_customers_words(city: Database, company: CompanyData) -> None:
    number = asked(city, company)
    assert say(city, company, "修好了，4分", fixed=True, score=4).closed
    ticket = the(city, number)
    assert (ticket.status, ticket.history[-1].actor, ticket.history[-1].note) == ("closed", "customer", "修好了，4分")


def test_a_score_alone_closes_nothing(city: Database, company: CompanyData) -> None:
    number = asked(city, company)
    assert not say(city, company, "4", score=4).closed
    assert the(city, number).status == "resolved"
    with city.read() as session:
        assert surveys.stage(company, surveys.open_surveys(session, company, "rest:anna")[0][0]) == surveys.FIXED
    assert say(city, company, "好了", fixed=True).closed


def test_not_fixed_is_opened_raised_and_verified_by_another(city: Database, company: CompanyData) -> None:
    number = asked(city, company)
    told = say(city, company, "没修好", fixed=False, comment="没修好")
    ticket = the(city, number)
    assert (told.reopened, ticket.status, ticket.priority, ticket.reopened) == (True, "in_progress", "high", 1)
    assert ticket.verifier not in (None, ticket.owner) and ticket.due_at > clock.now()
    assert [row.username for row in rows(city, StaffMessage, username=ticket.verifier, kind="ticket")]
    (survey,) = rows(city, Survey)
    assert (survey.fixed, survey.score, survey.status) == (False, company.surveys.unfixed_score, "done")
    assert rows(city, Callback) == []  # no score was given: the ticket's own promise holds


def test_not_fixed_too_late_reaches_the_head(city: Database, company: CompanyData) -> None:
    number = asked(city, company, phone=None)
    with city.write() as session:
        ticket = surveys.held(session, number)
        tickets.move(session, company, ticket, "agent1", "closed")
        ticket.closed_at = clock.now() - timedelta(days=company.tickets.reopen_days + 1)
    assert say(city, company, "没修好", fixed=False).too_late
    assert [row.username for row in rows(city, StaffMessage, kind="survey")] == ["supervisor1"]


@pytest.mark.parametrize("fixed", [True, None])
def test_a_low_score_has_a_call_and_the_supervisor_knows(city: Database, company: CompanyData, fixed: Any) -> None:
    number = asked(city, company)
    told = say(city, company, "2分，等了一天", fixed=fixed, score=2, comment="等了一天")
    (call,), (message,) = rows(city, Callback), rows(city, StaffMessage, kind="survey")
    assert told.low and told.call.number == call.number and call.reason == "低分回访"
    assert call.window_start <= clock.now() + timedelta(hours=company.surveys.call_within_hours)
    assert (message.username, message.callback, message.ticket) == ("supervisor1", call.number, number)
    assert "晚于规定" not in message.text and "low_score" in [row.kind for row in rows(city, Alert)]
    assert [(row.score, row.callback) for row in rows(city, Survey)] == [(2, call.number)]


def test_a_call_that_is_later_than_the_rule_says_so(city: Database, company: CompanyData, set_clock: SetClock) -> None:
    asked(city, company)
    set_clock("2026-12-11T19:00")  # Friday evening
    say(city, company, "1分", score=1)
    assert "晚于规定" in rows(city, StaffMessage, kind="survey")[0].text


def test_words_of_a_middling_answer_reach_the_owner_masked(city: Database, company: CompanyData) -> None:
    number = asked(city, company)
    assert say(city, company, "3分，电话13912345678", fixed=True, score=3, comment="电话13912345678").passed_on
    (message,) = rows(city, StaffMessage, kind="survey")
    assert message.username == the(city, number).owner and "13912345678" not in message.text


@pytest.mark.parametrize(
    ("words", "reached"),
    [
        ("小伙子很客气", ["agent1", "supervisor1"]),  # nobody named: the person in charge
        ("柏清岚真好", ["agent2", "supervisor1"]),
        ("工号YJ1002的师傅很耐心", ["agent2", "supervisor1"]),
        ("工号1006服务好", ["agent6", "agent1"]),
        ("柏师傅态度好", ["agent2", "supervisor1"]),
        ("沈师傅态度好", ["supervisor1"]),  # two of that name: the head finds out
        ("王师傅态度好", ["supervisor1"]),
    ],
)
def test_praise_reaches_whom_it_is_for_and_their_head(
    city: Database, company: CompanyData, words: str, reached: list[str]
) -> None:
    with city.write() as session:
        session.get_one(Staff, "agent6").skills = []
    number = asked(city, company)
    with city.write() as session:
        surveys.held(session, number).owner = "agent1"
    told = say(city, company, f"5分，{words}", fixed=True, score=5, comment=words, praises=True)
    assert [row.username for row in rows(city, StaffMessage, kind="praise")] == reached
    assert list(told.praised.reached) == reached[:-1]
    assert "表扬已转告" in next(entry for entry in the(city, number).history if entry.action == "praise").note


def test_a_stop_keeps_what_was_said(city: Database, company: CompanyData) -> None:
    number = asked(city, company)
    say(city, company, "4", score=4)
    say(city, company, "别问了", stops=True)
    (survey,) = rows(city, Survey)
    assert (survey.score, survey.status) == (4, "stopped")
    later(days=7)
    run_due(city, company)
    assert the(city, number).history[-1].note == "回访未答复：已评4分，没有说是否解决"


# --- dimensions ----------------------------------------------------------------------------------------------------------
def test_all_dimensions_have_their_turn(company: CompanyData) -> None:
    for many in (1, 2):
        rules = company.surveys.model_copy(update={"per_survey": many})
        turns = [rules.turn(number) for number in range(1, 6)]
        assert {len(set(turn)) for turn in turns} == {many}
        assert sorted(code for turn in turns for code in turn) == sorted(DIMENSIONS * many)


def test_a_pair_is_asked_after_the_first_answer_only(city: Database, company: CompanyData) -> None:
    asked(city, company)
    with city.read() as session:
        survey = surveys.open_surveys(session, company, "rest:anna")[0][0]
        assert surveys.stage(company, survey) == surveys.FIRST
    say(city, company, "好了，5分", fixed=True, score=5)
    (survey,) = rows(city, Survey)
    assert surveys.stage(company, survey) == survey.asks[0] and survey.status == "answered"
    say(city, company, "5 3", expectation=5, perception=3)
    (survey,) = rows(city, Survey)
    (code,) = survey.asks
    assert (survey.expectations, survey.dimensions, survey.status) == ({code: 5}, {code: 3}, "done")


# --- verified ------------------------------------------------------------------------------------------------------------
@pytest.fixture
def reworked(city: Database, company: CompanyData) -> str:
    """Not fixed the first time, resolved again by its owner."""
    number = asked(city, company)
    say(city, company, "没修好", fixed=False)
    with city.write() as session:
        ticket = surveys.held(session, number)
        tickets.move(session, company, ticket, ticket.owner, "resolved", "换了开关")
    return number


def test_unverified_it_is_neither_closed_nor_asked_about(city: Database, company: CompanyData, reworked: str) -> None:
    later(days=8)
    run_due(city, company)
    assert len(rows(city, Survey)) == 1 and the(city, reworked).status == "resolved"
    with city.write() as session, pytest.raises(tickets.NotAllowed, match="核实"):
        tickets.move(session, company, surveys.held(session, reworked), "agent1", "closed")


def test_verified_the_customer_is_asked_again(city: Database, company: CompanyData, reworked: str) -> None:
    ticket = the(city, reworked)
    with city.write() as session:
        with pytest.raises(NotYours):
            verify(session, company, reworked, ticket.owner, True, True, "")
        with pytest.raises(NotYours):
            verify(session, company, reworked, "agent2", False, True, "")
        verify(session, company, reworked, ticket.verifier or "", False, True, "看过了")
    later(hours=2, minutes=1)
    run_due(city, company)
    assert [(row.round, row.status) for row in rows(city, Survey)] == [(0, "done"), (1, "asked")]
    assert say(city, company, "这回好了", fixed=True).closed


def test_not_verified_it_is_at_work_again(city: Database, company: CompanyData, reworked: str) -> None:
    verifier = the(city, reworked).verifier
    with city.write() as session:
        verify(session, company, reworked, "supervisor1", True, False, "还在跳闸")
    ticket = the(city, reworked)
    assert (ticket.status, ticket.verifier) == ("in_progress", verifier)
    with city.write() as session, pytest.raises(Conflict):
        verify(session, company, reworked, "supervisor1", True, True, "")


# --- by phone ------------------------------------------------------------------------------------------------------------
def test_what_a_return_call_heard_has_the_same_effects(city: Database, company: CompanyData) -> None:
    number = asked(city, company)
    said = Said("都好", fixed=True, score=4, dimensions={"empathy": 4}, expectations={"empathy": 5})
    with city.write() as session:
        with pytest.raises(FeedProblem):
            surveys.heard_by_phone(session, company, number, Said("", dimensions={"speed": 1}), "agent2")
        survey = surveys.heard_by_phone(session, company, number, said, "agent2")
        assert (survey.recorded_by, survey.status, survey.expectations) == ("agent2", "done", {"empathy": 5})
        with pytest.raises(Conflict):
            surveys.heard_by_phone(session, company, number, said, "agent2")
    assert the(city, number).status == "closed" and len(rows(city, Survey)) == 1


def test_an_open_ticket_has_no_return_call(city: Database, company: CompanyData) -> None:
    with city.write() as session:
        number = a_ticket(session, company).number
        with pytest.raises(Conflict):
            surveys.heard_by_phone(session, company, number, Said("好", fixed=True), "agent1")


# --- the rule as data ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("{code: empathy", "{code: assurance", "dimensions"),
        ("kind: emergency", "kind: fault", "twice"),
        ("open_days: 7", "open_days: 1", "call_after_hours"),
        ("per_survey: 1", "per_survey: 3", "per_survey"),
        ("low: 2", "low: 5", "low"),
        ("'21:00'", "'25:00'", "start"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_line(broken: Break, old: str, new: str, reason: str) -> None:
    assert any(problem.startswith("surveys.yml:") and reason in problem for problem in broken("surveys", old, new))


def test_notices_are_of_the_ticket(city: Database, company: CompanyData) -> None:
    number = asked(city, company)
    assert [(row.about, row.event, row.subject) for row in rows(city, Notice)] == [(number, "survey", "own")]
