"""What becomes of a promised call: tried, tried again, given up, missed by us, told and promised again. Wednesday, 10:20."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kefu.alerts.models import Alert
from kefu.callbacks import service as callbacks
from kefu.callbacks.agenda import on_agenda, prepare
from kefu.callbacks.attempts import record_attempt
from kefu.callbacks.feed import book_call, change_call
from kefu.callbacks.models import Callback
from kefu.callbacks.service import Wish, active_of, book_earliest, request_callback
from kefu.callbacks.slots import Slot
from kefu.clock import clock, local, parse_local
from kefu.company.data import CompanyData
from kefu.db.migrate import migrate
from kefu.db.session import Database
from kefu.db.tables import Base
from kefu.feeding import Conflict, FeedProblem
from kefu.jobs.models import Job
from kefu.jobs.runner import run_due
from kefu.outbox.models import OutboxMessage
from kefu.sms.models import SmsMessage
from kefu.staff.models import Staff, StaffMessage
from kefu.tickets import service as tickets
from kefu.tickets.models import Ticket
from kefu.tickets.service import Report

NOW, POWER, PHONE, TALK = "2026-12-09T10:20", "供电坐席", "13812345678", "rest:anna"
SetClock = Callable[[str | None], None]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path_factory.mktemp('promises') / 'promises.db'}")
    migrate(made)
    yield made
    made.dispose()


@dataclass
class World:
    """One database, the shipped company, a clock that is moved with everything due done."""

    database: Database
    company: CompanyData
    set_clock: SetClock

    def at(self, moment: str) -> None:
        """The same day if only a clock time is given; then what is due is done."""
        self.set_clock(moment if "T" in moment else f"2026-12-09T{moment}")
        run_due(self.database, self.company)

    def do(self, function: Callable[..., Any], *given: Any, **more: Any) -> Any:
        with self.database.write() as session:
            return function(session, self.company, *given, **more)

    def booked(self, talk: str | None = TALK, reason: str = "过户", **more: Any) -> Callback:
        """The earliest call: 11:00 to 11:30."""
        found: Callback = self.do(book_earliest, Wish(PHONE, talk, reason, desk=POWER, **more))
        return found

    def tried(self, call: Callback, outcome: str, note: str = "") -> Callback:
        found: Callback = self.do(record_attempt, call.id, outcome, note, "agent1")
        return found

    def rows(self, model: type[Any], *where: Any) -> list[Any]:
        with self.database.read() as session:
            return list(session.scalars(select(model).where(*where).order_by(*model.__table__.primary_key)))

    def told(self, channel: str = "rest") -> list[str]:
        return [row.text for row in self.rows(OutboxMessage, OutboxMessage.channel == channel)]

    def seen(self, username: str) -> list[tuple[str, str]]:
        return [(row.kind, row.text) for row in self.rows(StaffMessage, StaffMessage.username == username)]

    def calls(self) -> list[tuple[str, str, int]]:
        """Status, start, misses."""
        return [(c.status, f"{local(c.window_start):%m-%d %H:%M}", c.misses) for c in self.rows(Callback)]


@pytest.fixture
def world(tables: Database, company: CompanyData, set_clock: SetClock) -> World:
    set_clock(NOW)
    with tables.write() as session:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(delete(table))
        for name, role, desk in (
            ("agent1", "agent", POWER),
            ("supervisor1", "supervisor", POWER),
            ("head", "admin", None),
        ):
            session.add(Staff(username=name, name=name, employee_number=name, role=role, desk=desk, password_hash="x"))
    return World(tables, company, set_clock)


def a_ticket(session: Session, company: CompanyData, **more: Any) -> Ticket:
    given = {"kind": "dispute", "category": "dispute_bill", "description": "电费翻倍", "service": "electricity"}
    report = Report(first_word_at=clock.now(), conversation_id=TALK, phone=PHONE, **(given | more))
    return tickets.open_ticket(session, company, report, "customer")[0]


# --- booked --------------------------------------------------------------------------------------------------------------
def test_a_call_has_a_person_and_they_are_reminded_once(world: World) -> None:
    call = world.booked()
    assert (call.owner, call.status, call.desk) == ("agent1", "requested", POWER)
    other = world.booked(talk="rest:b")
    assert other.owner == "supervisor1"  # has fewer before them
    world.at("10:51")
    world.at("10:55")
    assert [kind for kind, _ in world.seen("agent1")] == ["callback"] and call.number in world.seen("agent1")[0][1]


def test_nobody_at_the_desk_somebody_still_answers(world: World) -> None:
    call = world.do(book_earliest, Wish(PHONE, TALK, "x", desk="供水坐席"))
    assert call.owner == "supervisor1"


def test_one_call_a_ticket_whoever_books(world: World) -> None:
    ticket = world.do(a_ticket)
    first = world.do(request_callback, ticket, PHONE, TALK, "账单")
    assert first.owner == ticket.owner
    again = world.do(request_callback, ticket, "13900000000", TALK, "账单")
    assert (again.id, again.phone, len(world.rows(Callback))) == (first.id, "13900000000", 1)
    body = {"phone": PHONE, "reason": "x", "ticket": ticket.number, "status": "requested", "created_at": None}
    body |= {"window_start": first.window_start, "window_end": first.window_end, "desk": None, "conversation_id": None}
    with pytest.raises(Conflict, match=first.number):
        world.do(book_call, dict(body), "agent1")
    world.do(lambda session, _: callbacks.cancel(session, session.get_one(Callback, first.id)))
    assert world.do(book_call, dict(body), "agent1").status == "requested"
    world.at("2026-12-09T11:00")  # of the cancelled one nobody is reminded


def test_danger_and_the_vulnerable_go_first(world: World) -> None:
    for number in range(3):
        world.booked(talk=f"rest:{number}")
    urgent = world.do(a_ticket, kind="fault", category="report_outage", priority="high")
    usual = world.do(a_ticket)
    first = world.do(request_callback, urgent, PHONE, TALK, "停电")
    assert f"{local(first.window_start):%H:%M}" == "11:00"
    assert f"{local(world.do(request_callback, usual, PHONE, TALK, '账单').window_start):%H:%M}" == "11:30"


# --- tried ---------------------------------------------------------------------------------------------------------------
def test_reached_is_done_and_told_in_the_ticket(world: World) -> None:
    ticket = world.do(a_ticket)
    call = world.do(request_callback, ticket, PHONE, TALK, "账单")
    world.at("11:05")
    assert world.tried(call, "reached", "已说明").status == "done"
    world.at("2026-12-10T10:00")
    assert world.calls() == [("done", "12-09 11:00", 0)] and world.told() == []
    with world.database.read() as session:
        notes = [entry.note for entry in session.get_one(Ticket, ticket.id).history if entry.action == "callback"]
    assert any("已接通" in note and "已说明" in note for note in notes)
    with pytest.raises(Conflict):
        world.tried(call, "busy")


def test_busy_is_tried_again_in_the_same_window(world: World) -> None:
    call = world.booked()
    world.at("11:05")
    assert f"{local(world.tried(call, 'busy').try_at):%H:%M}" == "11:15"
    before = len(world.seen("agent1"))
    world.at("11:16")
    assert len(world.seen("agent1")) == before + 1 and "再打一次" in world.seen("agent1")[-1][1]
    assert world.told() == [] and world.calls() == [("requested", "12-09 11:00", 0)]


def test_no_answer_is_tried_in_the_next_window_and_told(world: World) -> None:
    call = world.booked()
    world.at("11:05")
    world.tried(call, "no_answer")
    assert world.calls() == [("requested", "12-09 12:30", 0)]
    assert ["没有打通" in text and "12:30" in text and call.number in text for text in world.told()] == [True]
    world.at("11:45")  # the look after the first window finds nothing to do
    assert world.calls() == [("requested", "12-09 12:30", 0)]


def test_after_the_last_try_the_customer_is_told_how_to_get_another(world: World) -> None:
    call = world.booked()
    for moment in ("11:01", "11:12", "11:23"):
        world.at(moment)
        world.tried(call, "busy")
    assert world.calls() == [("unreached", "12-09 11:00", 0)]
    (text,) = world.told()
    assert "3次" in text and "请给我回电话" in text and len(world.told("sms")) == 1
    world.at("2026-12-10T10:00")
    assert len(world.told()) == 1 and active_of_talk(world) == []
    assert world.tried(call, "reached").status == "done"  # the customer rang back


def test_tried_once_and_then_forgotten_gets_the_next_window(world: World) -> None:
    call = world.booked()
    world.at("11:20")
    world.tried(call, "busy")  # again at 11:30, when the window is over: the next one
    assert world.calls() == [("requested", "12-09 12:00", 0)]
    world.at("12:05")
    world.tried(call, "busy")
    world.at("12:41")
    assert world.calls() == [("requested", "12-09 13:30", 0)] and len(world.told()) == 2


def test_a_wrong_number_is_asked_for_and_put_right(world: World) -> None:
    call = world.booked()
    world.at("11:05")
    world.tried(call, "wrong_number")
    assert ["打错" in text and "138****5678" in text and "发给我" in text for text in world.told()] == [True]
    with world.database.write() as session:
        callbacks.put_phone(session, world.company, session.get_one(Callback, call.id), "13900000000")
    assert world.calls() == [("requested", "12-09 11:00", 0)]
    world.tried(call, "wrong_number")
    world.at("11:41")  # nobody gave the right one
    assert world.calls()[0][0] == "unreached" and world.told("sms") == []


@pytest.mark.parametrize("at", ["2026-12-09T12:00", "2026-12-01T12:00"])
def test_a_try_was_neither_tomorrow_nor_before_the_promise(world: World, at: str) -> None:
    call = world.booked()
    with pytest.raises(FeedProblem):
        world.do(record_attempt, call.id, "busy", "", "agent1", parse_local(at))


# --- missed by us --------------------------------------------------------------------------------------------------------
def active_of_talk(world: World) -> list[Callback]:
    with world.database.read() as session:
        return active_of(session, TALK)


def test_missed_an_apology_a_held_time_and_somebody_above(world: World) -> None:
    call = world.booked()
    world.at("11:35")
    assert world.calls() == [("requested", "12-09 11:00", 0)]  # ten minutes of grace
    world.at("11:41")
    assert world.calls() == [("missed", "12-09 11:00", 0), ("requested", "12-09 12:30", 1)]
    (text,) = world.told()
    (instead,) = active_of_talk(world)
    assert "对不起" in text and "12月9日（周三）上午11:00" in text and "12:30" in text and instead.number in text
    assert len(world.told("sms")) == 1 and instead.owner == call.owner
    assert any(kind == "warning" for kind, _ in world.seen("agent1"))
    assert any(kind == "warning" for kind, _ in world.seen("supervisor1"))
    assert [alert.kind for alert in world.rows(Alert)] == ["callback_missed"]
    world.at("11:50")
    assert len(world.told()) == 1


def test_missed_by_the_head_somebody_else_sees_it(world: World) -> None:
    call = world.booked()
    world.do(change_call, call.id, {"owner": "supervisor1"}, "supervisor1")
    world.at("11:41")
    assert {row.username for row in world.rows(StaffMessage, StaffMessage.kind == "warning")} > {"supervisor1"}


def test_missed_goes_before_others(world: World) -> None:
    world.booked()
    world.at("11:30")
    for number in range(3):  # all of 12:30 is taken by the time it is missed
        slot = Slot(parse_local("2026-12-09T12:30"), parse_local("2026-12-09T13:00"))
        world.do(callbacks.book, slot, Wish(PHONE, f"rest:{number}", "x", desk=POWER))
    world.at("11:41")
    assert f"{local(active_of_talk(world)[0].window_start):%H:%M}" == "12:30"


def test_missed_again_goes_to_somebody_above(world: World) -> None:
    ticket = world.do(a_ticket)
    world.do(request_callback, ticket, PHONE, TALK, "账单")
    world.at("11:41")
    world.at("13:11")
    assert [misses for _, _, misses in world.calls()] == [0, 1, 2]
    assert active_of_talk(world)[0].owner == "supervisor1"
    assert "escalation" in [kind for kind, _ in world.seen(world.company.organisation.head)]
    assert [alert.kind for alert in world.rows(Alert)] == ["callback_missed", "callback_missed", "escalation"]
    with world.database.read() as session:
        assert session.get_one(Ticket, ticket.id).priority == "high"
    assert len(world.told()) == 2


def test_after_days_of_downtime_one_apology(world: World) -> None:
    for reason in ("过户", "发票"):
        world.booked(reason=reason)
    world.at("2026-12-13T03:00")  # a Sunday night
    (text,) = world.told()
    assert text.count("对不起") == 2 and "12月14日（周一）上午8:30" in text
    assert [(s, when) for s, when, _ in world.calls()[2:]] == [("requested", "12-14 08:30")] * 2
    assert world.seen("agent1") and all(kind != "callback" for kind, _ in world.seen("agent1"))  # no stale reminders
    world.at("2026-12-14T08:00")
    assert len(world.told()) == 1


def test_staff_say_it_was_missed(world: World) -> None:
    call = world.booked()
    ahead = world.do(change_call, call.id, {"status": "missed"}, "supervisor1")
    assert ahead.status == "missed" and world.told() == []  # nothing has been missed yet
    world.do(change_call, call.id, {"status": "requested"}, "supervisor1")
    world.at("11:02")
    world.do(change_call, call.id, {"status": "missed"}, "supervisor1")
    assert world.calls() == [("missed", "12-09 11:00", 0), ("requested", "12-09 11:30", 1)] and len(world.told()) == 1


def test_another_desk_must_have_room_too(world: World) -> None:
    call = world.booked()
    for number in range(world.company.callbacks.capacity):
        world.do(book_earliest, Wish(PHONE, f"rest:{number}", "x", desk="供水坐席"))
    with pytest.raises(Conflict, match="约满"):
        world.do(change_call, call.id, {"desk": "供水坐席"}, "supervisor1")


def test_without_a_talk_an_sms_says_it(world: World) -> None:
    world.booked(talk=None)
    world.at("11:41")
    assert ["对不起" in row.text and row.phone == PHONE for row in world.rows(SmsMessage)] == [True]


def test_moved_in_time_is_not_missed(world: World) -> None:
    call = world.booked()
    slot = Slot(parse_local("2026-12-10T09:00"), parse_local("2026-12-10T09:30"))
    with world.database.write() as session:
        callbacks.move(session, world.company, session.get_one(Callback, call.id), slot)
    world.at("2026-12-10T08:00")
    assert world.calls() == [("requested", "12-10 09:00", 0)] and world.told() == []
    waiting = world.rows(Job, Job.status == "waiting")
    assert sorted(job.kind for job in waiting) == ["callback_over", "callback_remind"]


# --- the agenda ----------------------------------------------------------------------------------------------------------
def test_the_agenda_is_in_order_of_the_next_try(world: World) -> None:
    first, second = world.booked(), world.booked(talk="rest:b")
    world.at("11:02")
    world.tried(first, "busy")
    with world.database.read() as session:
        query = on_agenda(None, POWER, None).order_by(Callback.try_at)
        assert [call.id for call in session.scalars(query)] == [second.id, first.id]
        assert [c.id for c in session.scalars(on_agenda(None, None, "supervisor1"))] == [second.id]
        tomorrow = local(clock.now()).date() + timedelta(days=1)
        assert list(session.scalars(on_agenda(tomorrow, None, None))) == []


def test_what_is_to_be_known_before_a_call(world: World) -> None:
    ticket, other = world.do(a_ticket), world.do(a_ticket, category="ask_bill", kind="enquiry")
    call = world.do(request_callback, ticket, PHONE, TALK, "账单")
    with world.database.read() as session:
        known = prepare(session, [session.get_one(Callback, call.id)])[call.id]
        assert known.ticket is not None and known.ticket.number == ticket.number
        assert [one.number for one in known.others] == [other.number] and known.accounts == []
