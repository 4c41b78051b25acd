"""What a customer does with a ticket and is told of it: urged by the rule, withdrawn, called done, taken up again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.alerts.models import Alert
from kefu.callbacks.service import active_of, request_callback
from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.db.migrate import migrate
from kefu.db.session import Database
from kefu.incidents import restoration
from kefu.incidents.models import SupplyReport
from kefu.intake import closing
from kefu.staff.models import Staff, StaffMessage
from kefu.surveys.verifying import verify
from kefu.tickets import service as tickets
from kefu.tickets import telling
from kefu.tickets.models import Ticket, TicketClock
from kefu.tickets.reopening import made_again, may_reopen, reopen
from kefu.tickets.service import Report
from kefu.tickets.urging import urge

SetClock = Callable[[str | None], None]


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path_factory.mktemp('tickets') / 'tickets.db'}")
    migrate(made)
    yield made
    made.dispose()


@pytest.fixture
def session(books: Database, set_clock: SetClock) -> Iterator[Session]:
    """Three people of the desk; nothing of a test is kept."""
    set_clock("2026-12-09T10:20")
    with books.write() as opened:
        for name, role in (("agent1", "agent"), ("agent2", "agent"), ("supervisor1", "supervisor")):
            row = Staff(username=name, name="周一", employee_number=f"YJ-{name}", role=role, desk="供电坐席")
            row.password_hash, row.active, row.phone = "x", True, "13900001111"
            opened.add(row)
        opened.flush()
        yield opened
        opened.rollback()


def a_ticket(session: Session, company: CompanyData, **more: str) -> Ticket:
    given = {"kind": "fault", "category": "report_outage", "service": "electricity", "area_class": "urban"} | more
    report = Report(description="停电", first_word_at=clock.now(), conversation_id="rest:anna", **given)
    ticket, _ = tickets.open_ticket(session, company, report, "customer")
    ticket.owner = "agent1"
    session.flush()
    return ticket


def messages(session: Session, kind: str) -> list[str]:
    session.flush()
    return list(session.scalars(select(StaffMessage.username).where(StaffMessage.kind == kind)))


def alerts(session: Session, kind: str) -> int:
    session.flush()
    return len(list(session.scalars(select(Alert).where(Alert.kind == kind))))


def notes(session: Session, ticket: Ticket, action: str) -> list[str]:
    session.flush()
    session.refresh(ticket, ["history"])
    return [event.note for event in ticket.history if event.action == action]


def a_clock(ticket: Ticket, target: str, minutes: int, **more: object) -> TicketClock:
    now = clock.now()
    given = {"started_at": now, "due_at": now + timedelta(minutes=minutes), "says": "45分钟内到", "source": "第4条"}
    one = next(row for row in ticket.clocks if row.target == target)
    for name, value in (given | more).items():
        setattr(one, name, value)
    return one


# --- urged -----------------------------------------------------------------------------------------------------------
def test_an_urging_counts_and_reaches_the_person_once_in_the_rules_minutes(
    session: Session, company: CompanyData, set_clock: SetClock
) -> None:
    ticket = a_ticket(session, company)
    first = urge(session, company, ticket, "催一下")
    assert (first.counted, first.times, first.late, first.up) == (True, 1, False, False)
    set_clock("2026-12-09T10:40")
    second = urge(session, company, ticket, "快点啊")
    assert (second.counted, second.times, second.up) == (False, 1, False)
    assert notes(session, ticket, "urge") == ["催一下"] and notes(session, ticket, "supplement") == ["快点啊"]
    assert messages(session, "urge") == ["agent1"] and alerts(session, "urge") == 1
    set_clock("2026-12-09T10:51")
    third = urge(session, company, ticket, "还没来")
    assert (third.counted, third.times, third.escalated) == (True, 2, True)
    assert messages(session, "escalation") == ["supervisor1"] and ticket.priority == "high"


def test_late_and_urged_again_it_goes_up_at_once_and_once(
    session: Session, company: CompanyData, set_clock: SetClock
) -> None:
    ticket = a_ticket(session, company)
    set_clock("2026-12-09T12:00")
    done = [urge(session, company, ticket, f"人呢{n}") for n in range(3)]
    assert [(one.counted, one.escalated, one.up) for one in done] == [
        (True, False, False),
        (False, True, True),
        (False, False, True),
    ]
    assert all(one.late for one in done) and alerts(session, "escalation") == 1


def test_danger_urged_reaches_people_every_time(session: Session, company: CompanyData) -> None:
    ticket = a_ticket(session, company, kind="emergency", category="report_emergency", priority="emergency")
    assert [urge(session, company, ticket, "快来").counted for _ in range(3)] == [True] * 3
    assert alerts(session, "urge") == 3 and len(messages(session, "urge")) == 3


# --- ended by the customer -----------------------------------------------------------------------------------------------
def test_withdrawn_the_owner_hears_and_nobody_phones(session: Session, company: CompanyData) -> None:
    ticket = a_ticket(session, company, kind="complaint", category="complain")
    request_callback(session, company, ticket, "13812345678", "rest:anna", "投诉")
    assert closing.withdraw(session, company, ticket, "不投诉了") and ticket.status == "cancelled"
    assert active_of(session, "rest:anna") == [] and messages(session, "ticket") == ["agent1"]


def test_danger_is_neither_withdrawn_nor_called_done(session: Session, company: CompanyData) -> None:
    ticket = a_ticket(session, company, kind="emergency", category="report_emergency")
    for end in (closing.withdraw, closing.call_done):
        with pytest.raises(tickets.NotAllowed):
            end(session, company, ticket, "没事了")
    assert ticket.status == "new" and messages(session, "ticket") == []


@pytest.mark.parametrize(
    ("before", "after"), [("in_progress", "resolved"), ("resolved", "closed"), ("new", "resolved")]
)
def test_called_done(session: Session, company: CompanyData, before: str, after: str) -> None:
    ticket = a_ticket(session, company)
    ticket.status = before
    assert closing.call_done(session, company, ticket, "修好了，谢谢") == ticket.status == after
    assert messages(session, "ticket") == ["agent1"]


def test_reopened_it_is_not_closed_by_the_customers_word_before_it_is_verified(
    session: Session, company: CompanyData
) -> None:
    ticket = a_ticket(session, company)
    tickets.move(session, company, ticket, "agent1", "resolved")
    reopen(session, company, ticket, "customer", "又停了")
    tickets.move(session, company, ticket, "agent1", "resolved")
    assert closing.call_done(session, company, ticket, "这回修好了") == "unverified"
    assert ticket.status == "resolved" and notes(session, ticket, "supplement") == ["这回修好了"]
    report = SupplyReport(
        home="anna", service="electricity", conversation_id="rest:anna", ticket=ticket.number, reported_at=clock.now()
    )
    assert restoration.back(session, company, report, "来电了") is ticket and ticket.status == "resolved"
    verify(session, company, ticket.number, str(ticket.verifier), False, True, "看过了")
    assert closing.call_done(session, company, ticket, "修好了") == ticket.status == "closed"


def test_called_done_at_work_it_is_closed_when_it_is_verified(session: Session, company: CompanyData) -> None:
    ticket = a_ticket(session, company)
    tickets.move(session, company, ticket, "agent1", "resolved")
    reopen(session, company, ticket, "customer", "又停了")
    assert closing.call_done(session, company, ticket, "这回修好了") == "resolved"
    verify(session, company, ticket.number, str(ticket.verifier), False, True, "看过了")
    assert ticket.status == "closed", "nobody would ask again what the customer has said"


def test_a_home_still_off_after_all_is_reopened_by_the_same_rule(
    session: Session, company: CompanyData, set_clock: SetClock
) -> None:
    ticket = a_ticket(session, company)
    report = SupplyReport(
        home="anna", service="electricity", conversation_id="rest:anna", ticket=ticket.number, reported_at=clock.now(),
        words="停电了", address="阳光花园3号楼",
    )  # fmt: skip
    session.add(report)
    tickets.move(session, company, ticket, "agent1", "closed")
    done = restoration.still_off(session, company, report, "没来电")
    assert done.reopened and (ticket.reopened, ticket.status) == (1, "in_progress") and ticket.verifier != "agent1"
    ticket.verifier = None
    tickets.move(session, company, ticket, "agent1", "closed")
    set_clock("2027-01-30T10:20")
    later = restoration.still_off(session, company, report, "没来电")
    assert later.promise is not None and later.ticket.number == report.ticket != ticket.number


# --- taken up again --------------------------------------------------------------------------------------------------------
def test_reopened_within_the_rule_with_a_new_time_and_another_to_verify(
    session: Session, company: CompanyData, set_clock: SetClock
) -> None:
    ticket = a_ticket(session, company)
    tickets.move(session, company, ticket, "agent1", "closed")
    set_clock("2027-01-08T10:20")
    assert may_reopen(company, ticket)
    reopen(session, company, ticket, "customer", "又停了")
    assert (ticket.status, ticket.reopened, ticket.priority) == ("in_progress", 1, "high")
    assert ticket.verifier not in ("agent1", None) and clock.now() < ticket.due_at
    assert notes(session, ticket, "due") and set(messages(session, "ticket")) == {"agent1", ticket.verifier}


def test_beyond_the_rule_a_new_one_names_the_old(session: Session, company: CompanyData, set_clock: SetClock) -> None:
    old = a_ticket(session, company)
    tickets.move(session, company, old, "agent1", "closed")
    set_clock("2027-01-08T10:21")
    assert not may_reopen(company, old)
    with pytest.raises(tickets.NotAllowed):
        reopen(session, company, old, "customer", "又停了")
    new = made_again(session, company, old, "customer", "又停了")
    session.flush()
    session.refresh(new, ["links"])
    assert [(link.other.number, link.relation) for link in new.links] == [(old.number, "follows")]
    assert (new.kind, new.service, new.priority, old.status) == ("fault", "electricity", "high", "closed")
    assert "又停了" in new.description


def test_a_complaint_made_again_is_one_that_repeats(
    session: Session, company: CompanyData, set_clock: SetClock
) -> None:
    old = a_ticket(session, company, kind="complaint", category="complain", grade="ordinary")
    tickets.move(session, company, old, "agent1", "closed")
    set_clock("2027-01-08T10:21")
    new = made_again(session, company, old, "customer", "还是一样")
    assert (new.grade, new.priority, "重复投诉" in new.grade_reasons) == ("serious", "high", True)
    assert new.indicator is not None


# --- told --------------------------------------------------------------------------------------------------------------
def said(session: Session, company: CompanyData, ticket: Ticket) -> str:
    return "\n".join(telling.told(session, company, ticket))


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("assigned", "已派单.*YJ-agent1.*今天11:05前到现场"),
        ("waiting", "暂停等待.*等您补材料"),
        ("resolved", "等您确认.*问您修好了没有.*没修好"),
        ("closed", "已办结.*30天内"),
        ("cancelled", "已撤销.*不会再有人来"),
    ],
)
def test_every_state_says_what_is_next(session: Session, company: CompanyData, status: str, words: str) -> None:
    ticket = a_ticket(session, company)
    why = "customer_papers" if status == "waiting" else None
    tickets.move(session, company, ticket, "agent1", status, "内部说明，打13900001111", waiting_for=why)
    text = said(session, company, ticket).replace("\n", " ")
    assert re.search(words, text), text
    assert "13900001111" not in text and "周一" not in text and "内部说明" not in text and ticket.number in text


def test_the_running_clock_says_when(session: Session, company: CompanyData) -> None:
    ticket = a_ticket(session, company)
    arrival = a_clock(ticket, "arrival", 30)
    a_clock(ticket, "closing", 300)
    assert "今天10:50前到现场" in said(session, company, ticket)
    arrival.met_at = clock.now()
    assert "今天10:20已经到现场" in said(session, company, ticket) and "今天15:20前办完" in said(
        session, company, ticket
    )


def test_late_is_owned_and_what_went_up_is_told(session: Session, company: CompanyData, set_clock: SetClock) -> None:
    ticket = a_ticket(session, company)
    one = a_clock(ticket, "arrival", 30)
    set_clock("2026-12-09T11:00")
    assert "对不起" in said(session, company, ticket) and "催一下" in said(session, company, ticket)
    one.escalated = 1
    assert "值班主管督办" in said(session, company, ticket) and "时限已经过了" in telling.brief(
        session, company, ticket
    )


def test_a_merged_one_answers_with_the_kept_ones_state(session: Session, company: CompanyData) -> None:
    merged, kept = a_ticket(session, company), a_ticket(session, company)
    merged.merged_into, merged.status, kept.status = kept.number, "closed", "in_progress"
    text = said(session, company, merged)
    assert merged.number in text and kept.number in text and "正在处理" in text and "已办结" not in text
    merged.merged_into, kept.merged_into = kept.number, merged.number
    assert said(session, company, merged)


def test_opened_again_nobody_is_said_to_be_there_already(session: Session, company: CompanyData) -> None:
    ticket = a_ticket(session, company)
    tickets.move(session, company, ticket, "agent1", "resolved")
    assert telling.arrived_at(ticket) is not None
    reopen(session, company, ticket, "customer", "又停了")
    assert telling.arrived_at(ticket) is None
