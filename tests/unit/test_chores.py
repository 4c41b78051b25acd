"""What would stay open for ever is looked after: who waits for a person, unanswered questions, plans, reminders, old data."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from kefu.accounts.models import ProofAttempt
from kefu.alerts.models import Alert
from kefu.callbacks.attempts import record_attempt
from kefu.callbacks.models import Callback
from kefu.callbacks.service import Wish, book_earliest
from kefu.clock import clock, parse_local
from kefu.company.data import CompanyData
from kefu.conversations import queue, retention
from kefu.conversations.models import Conversation, Utterance
from kefu.db.session import Database
from kefu.handoff import service as handoffs
from kefu.handoff.models import Handoff
from kefu.incidents import subscriptions
from kefu.incidents.chores import plan_reminder
from kefu.incidents.models import SupplyReport
from kefu.jobs.runner import run_due
from kefu.jobs.service import schedule
from kefu.network.models import Area, Interruption
from kefu.outbox.models import Notice, OutboxMessage
from kefu.staff.models import StaffMessage
from kefu.surveys.models import Survey
from kefu.tickets import service as tickets
from kefu.tickets.models import Ticket
from kefu.tickets.service import Report

SetClock = Callable[[str | None], None]
ANNA = "rest:anna"
pytestmark = pytest.mark.usefixtures("set_clock")
assert queue and retention  # their jobs


def talk(session: Session, at: str = "2026-12-09T10:00", name: str = ANNA) -> Conversation:
    moment = parse_local(at)
    row = Conversation(id=name, channel="rest", owner="assistant", created_at=moment, last_at=moment)
    session.add(row)
    session.flush()
    return row


def fault(session: Session, company: CompanyData, **more: object) -> Ticket:
    report = Report("fault", "report_outage", "家里停电，电话13800000000", clock.now(), service="electricity", **more)  # type: ignore[arg-type]
    report.conversation_id, report.phone, report.address = ANNA, "13800000000", "阳光花园5号楼2单元501"
    return tickets.open_ticket(session, company, report, "customer")[0]


def alerts(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(Alert.kind).order_by(Alert.id)))


# --- waiting for a person ------------------------------------------------------------------------------------------------
def wait(database: Database, reason: str, skill: str) -> None:
    with database.write() as session:
        talk(session).owner = "queue"
        handoffs.open_handoff(session, ANNA, reason, skill, "客户要找人")


def test_who_waits_at_closing_time_is_told_and_the_assistant_is_back(
    database: Database, company: CompanyData, set_clock: SetClock
) -> None:
    set_clock("2026-12-09T17:20")
    wait(database, "asked", "billing")
    set_clock("2026-12-09T17:25")
    run_due(database, company)
    assert alerts(database) == ["handoff"]
    set_clock("2026-12-09T17:45")
    run_due(database, company)
    with database.read() as session:
        assert session.scalars(select(Handoff.status)).one() == "expired"
        assert session.get_one(Conversation, ANNA).owner == "assistant"
        assert session.scalars(select(OutboxMessage.text)).one() == company.text("people_gone")
    run_due(database, company)
    assert alerts(database) == ["handoff", "handoff_expired"]


def test_danger_calls_again_until_somebody_comes(database: Database, company: CompanyData, set_clock: SetClock) -> None:
    set_clock("2026-12-09T23:00")
    wait(database, handoffs.URGENT, "emergency")
    for minute in ("23:04", "23:08", "23:12"):
        set_clock(f"2026-12-09T{minute}")
        run_due(database, company)
    assert alerts(database).count("handoff_urgent") == 3
    with database.write() as session:
        assert set(session.scalars(select(StaffMessage.username))) == {company.organisation.head}
        handoffs.claim(session, session.scalars(select(Handoff)).one(), "agent3")
    set_clock("2026-12-10T01:00")
    run_due(database, company)
    assert alerts(database).count("handoff_urgent") == 3


# --- outages -------------------------------------------------------------------------------------------------------------
def test_who_never_answers_is_taken_as_back(database: Database, company: CompanyData, set_clock: SetClock) -> None:
    set_clock("2026-12-09T10:00")
    with database.write() as session:
        ticket = fault(session, company)
        tickets.move(session, company, ticket, "system", "waiting")
        session.add(
            SupplyReport(
                service="electricity", home="h", address="阳光花园5号楼", conversation_id=ANNA, words="停电了",
                ticket=ticket.number, reported_at=clock.now(), asked_at=clock.now(),
            )
        )  # fmt: skip
        schedule(session, "outages", "outages", parse_local("2026-12-11T06:00"), "outages")
    set_clock("2026-12-11T06:01")
    run_due(database, company)
    with database.read() as session:
        report, own = session.scalars(select(SupplyReport)).one(), session.scalars(select(Ticket)).one()
        assert (report.outcome, report.ended_at is None, own.status) == ("no_answer", False, "resolved")


def planned(session: Session) -> Interruption:
    session.add(Area(code="T1", name="1号变压器", service="electricity", kind="transformer", area_class="urban"))
    session.flush()
    row = Interruption(
        number="JH1", service="electricity", area_code="T1", status="planned", reason="检修", published_at=clock.now(),
        starts_at=parse_local("2026-12-15T09:00"), ends_at=parse_local("2026-12-15T12:00"),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def reminders(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).where(Notice.event == "soon")) or 0


def test_who_asked_hears_once_more_before_it_begins(
    database: Database, company: CompanyData, set_clock: SetClock
) -> None:
    set_clock("2026-12-09T10:00")
    with database.write() as session:
        talk(session)
        plan_reminder(session, company, planned(session))
        subscriptions.subscribe(session, ANNA, "planned", "JH1")
    set_clock("2026-12-14T12:59")
    run_due(database, company)
    assert reminders(database) == 0
    set_clock("2026-12-14T13:01")
    run_due(database, company)
    run_due(database, company)
    assert reminders(database) == 1


def test_no_reminder_of_what_moved_was_called_off_or_has_begun(
    database: Database, company: CompanyData, set_clock: SetClock
) -> None:
    set_clock("2026-12-09T10:00")
    with database.write() as session:
        row = planned(session)
        plan_reminder(session, company, row)
        row.starts_at += timedelta(days=2)
        plan_reminder(session, company, row)
    set_clock("2026-12-14T14:00")
    run_due(database, company)
    assert reminders(database) == 0, "moved by two days"
    set_clock("2026-12-17T10:00")
    run_due(database, company)
    assert reminders(database) == 0, "we were away and it has begun"


# --- retention -----------------------------------------------------------------------------------------------------------
def night(database: Database, company: CompanyData) -> None:
    with database.write() as session:
        schedule(session, retention.KIND, "now", clock.now(), retention.KIND)
    run_due(database, company)


def test_old_talk_goes_unless_it_is_still_needed(database: Database, company: CompanyData, set_clock: SetClock) -> None:
    set_clock("2023-01-02T10:00")
    with database.write() as session:
        for name in (ANNA, "rest:old"):
            talk(session, "2023-01-02T10:00", name)
            session.add(Utterance(conversation_id=name, at=clock.now(), speaker="customer", text="停电了", extras={}))
        talk(session, "2026-12-01T10:00", "rest:new")
        ticket = fault(session, company)
        session.add(ProofAttempt(conversation_id=ANNA, account_number="1", at=clock.now(), ok=True))
    set_clock("2026-12-09T03:30")
    night(database, company)
    with database.read() as session:
        assert set(session.scalars(select(Conversation.id))) == {ANNA, "rest:new"}, "an open ticket keeps its talk"
        assert session.scalar(select(func.count(Utterance.id))) == 1
        assert session.scalar(select(func.count(ProofAttempt.id))) == 0
        assert session.get_one(Ticket, ticket.id).phone == "13800000000"


def test_old_tickets_keep_their_figures_only(database: Database, company: CompanyData, set_clock: SetClock) -> None:
    set_clock("2021-01-02T10:00")
    with database.write() as session:
        ticket = fault(session, company)
        tickets.move(session, company, ticket, "agent1", "resolved", "换了保险，电话13800000000")
        tickets.move(session, company, ticket, "agent1", "closed")
    set_clock("2026-12-09T03:30")
    night(database, company)
    night(database, company)
    with database.read() as session:
        kept = session.get_one(Ticket, ticket.id)
        assert (kept.phone, kept.address, kept.conversation_id) == (None, None, None)
        assert "138" not in kept.description + "".join(entry.note for entry in kept.history)
        assert (kept.kind, kept.status) == ("fault", "closed") and kept.closed_at is not None
        assert [entry.changes for entry in kept.history if entry.action == "status"][-1] == {
            "status": ["resolved", "closed"]
        }


def test_old_calls_surveys_and_reports_say_nothing_of_anyone(
    database: Database, company: CompanyData, set_clock: SetClock
) -> None:
    set_clock("2021-01-04T10:00")
    with database.write() as session:
        call = book_earliest(session, company, Wish("13800000000", ANNA, "过户，我叫王某"))
        assert call is not None
        record_attempt(session, company, call.id, "reached", "王某说不用了", "agent1")
        ticket = fault(session, company)
        tickets.move(session, company, ticket, "agent1", "resolved")
        tickets.move(session, company, ticket, "agent1", "closed")
        session.add(Survey(ticket_id=ticket.id, conversation_id=ANNA, comment="打13800000000", asked_at=clock.now()))
        session.add(
            SupplyReport(
                service="gas", home="阳光花园5-501", address="阳光花园5-501", conversation_id=ANNA, phone="13800000000",
                words="没气", vulnerable="infant", reported_at=clock.now(), ended_at=clock.now(),
            )
        )  # fmt: skip
    set_clock("2026-12-09T03:30")
    night(database, company)
    with database.read() as session:
        kept = session.get_one(Callback, call.id)
        assert (kept.phone, kept.reason, kept.conversation_id, kept.status) == ("", "", None, "done")
        assert [one.note for one in kept.attempts] == [""]
        assert [(one.comment, one.conversation_id) for one in session.scalars(select(Survey))] == [("", None)]
        (report,) = session.scalars(select(SupplyReport))
        told = (report.home, report.address, report.conversation_id, report.phone, report.words, report.vulnerable)
        assert told == ("", "", None, None, "", None) and report.service == "gas"


def test_of_a_talk_that_goes_on_the_old_lines_go(database: Database, company: CompanyData, set_clock: SetClock) -> None:
    set_clock("2023-01-02T10:00")
    with database.write() as session:
        talk(session, "2026-12-01T10:00", ANNA)
        for moment in ("2023-01-02T10:00", "2026-12-01T10:00"):
            at = parse_local(moment)
            session.add(Utterance(conversation_id=ANNA, at=at, speaker="customer", text=moment, extras={}))
    set_clock("2026-12-09T03:30")
    night(database, company)
    with database.read() as session:
        assert list(session.scalars(select(Utterance.text))) == ["2026-12-01T10:00"]


def test_more_than_a_night_can_take_follows_at_once(
    database: Database, company: CompanyData, set_clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    set_clock("2026-12-09T03:30")
    with database.write() as session:
        old = clock.now() - timedelta(days=400)
        for number in range(5):
            session.add(StaffMessage(username="agent1", kind="praise", text=str(number), created_at=old))
        session.flush()
        session.execute(update(StaffMessage).values(created_at=old))
        session.add(StaffMessage(username="agent1", kind="praise", text="new", created_at=clock.now()))
    night(database, company)
    with database.read() as session:
        assert list(session.scalars(select(StaffMessage.text))) == ["new"]
