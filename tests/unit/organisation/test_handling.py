"""A ticket handed on, given back, finished, merged, split: nothing lost, always somebody's, never the accused's."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kefu.attachments.models import Attachment, TicketAttachment
from kefu.callbacks.attempts import record_attempt
from kefu.callbacks.feed import change_call
from kefu.callbacks.models import Callback
from kefu.callbacks.service import request_callback
from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.conversations.models import Conversation
from kefu.db.session import Database
from kefu.feeding import FeedProblem
from kefu.handoff.service import NotYours, claim, open_handoff
from kefu.incidents.models import Subscription
from kefu.organisation.accused import accused
from kefu.organisation.people import put_person
from kefu.staff.models import Staff, StaffMessage
from kefu.staff.service import Caller
from kefu.surveys.service import Said, heard_by_phone
from kefu.surveys.verifying import verify
from kefu.tickets.assigning import assign, give_back
from kefu.tickets.feed import add_note, change_ticket, links_of, take_step
from kefu.tickets.finishing import finish
from kefu.tickets.merging import Part, merge, related, split
from kefu.tickets.models import Ticket
from kefu.tickets.reopening import reopen
from kefu.tickets.service import OPEN, NotAllowed, Report, correct, move, open_ticket, supplement
from kefu.tickets.telling import kept
from tests.unit.organisation.conftest import Opened, put_staff

HOME = {"address": "阳光花园5号楼", "address_parts": {"community": "阳光花园", "building": "5号楼"}}
GOOD = {
    "cause": "楼道总开关老化",
    "finding": "总开关触点烧蚀",
    "measure": "更换总开关一只",
    "result": "2单元12户全部恢复供电",
    "customer_opinion": "客户表示满意",
}


def entries(session: Session, ticket: Ticket) -> list[tuple[str, str, str]]:
    session.flush()
    session.expire(ticket, ["history"])
    return [(entry.actor, entry.action, entry.note) for entry in ticket.history]


def told(session: Session, username: str) -> list[str]:
    return list(session.scalars(select(StaffMessage.text).where(StaffMessage.username == username)))


# --- handed on and given back --------------------------------------------------------------------------------------------
def test_handed_to_a_unit_and_given_back_with_the_reason(
    session: Session, opened: Opened, company: CompanyData
) -> None:
    ticket = opened(**HOME)
    assign(session, company, ticket, "manager1", "东湖代管，电话13812345678", unit="DH-D")
    assert (ticket.unit, ticket.owner, ticket.status) == ("DH-D", "station3", "assigned")
    assert "13812345678" not in "".join(told(session, "station3")) and told(session, "station1")
    give_back(session, company, ticket, "station3", "不属本站范围")
    assert (ticket.unit, ticket.owner) == ("LJ-D", "manager1"), "back to who sent it"
    assert [note for _, action, note in entries(session, ticket) if action == "return"] == ["不属本站范围"]
    give_back(session, company, ticket, "manager1", "需要中心协调")
    assert (ticket.unit, ticket.owner) == ("LJ", "supervisor1"), "what came by the rules goes one level up"


def test_handed_to_a_desk_or_a_person(session: Session, opened: Opened, company: CompanyData) -> None:
    ticket = opened(**HOME)
    assign(session, company, ticket, "supervisor1", "要谈赔偿", desk="损失理赔坐席")
    assert (ticket.desk, ticket.unit, ticket.owner) == ("损失理赔坐席", "ZX", "agent11")
    assign(session, company, ticket, "agent11", "由老同事接", owner="agent12")
    assert ticket.owner == "agent12"
    give_back(session, company, ticket, "agent12", "休假")
    give_back(session, company, ticket, "agent11", "不归理赔")
    assert (ticket.desk, ticket.unit, ticket.owner) == ("供电坐席", "LJ-D", "supervisor1")


@pytest.mark.parametrize(
    "wrong",
    [{"owner": "nobody"}, {"owner": "integration1"}, {"owner": "admin1"}, {"unit": "XX"}, {"desk": "没有的"}],
    ids=repr,
)
def test_only_to_people_units_and_desks_that_are_there(
    session: Session, opened: Opened, company: CompanyData, wrong: dict[str, str]
) -> None:
    ticket = opened(**HOME)
    with pytest.raises(FeedProblem):
        assign(session, company, ticket, "supervisor1", "因为", **wrong)  # type: ignore[arg-type]


def test_the_accused_gets_no_ticket_and_does_nothing_with_it(
    session: Session, opened: Opened, company: CompanyData
) -> None:
    ticket = opened(kind="complaint", category="complain", staff="章思齐")
    call = request_callback(session, company, ticket, "13812345678", None, "核查")
    assert call is not None
    with pytest.raises(NotAllowed, match="被投诉的人"):
        assign(session, company, ticket, "supervisor1", "因为", owner="agent5")
    for attempt in (
        lambda: assign(session, company, ticket, "agent5", "给我", owner="agent10"),
        lambda: give_back(session, company, ticket, "agent5", "退"),
        lambda: finish(session, company, ticket, "agent5", GOOD),
        lambda: change_ticket(session, company, ticket.number, {"status": "closed"}, "agent5"),
        lambda: add_note(session, ticket.number, "没有的事", None, "agent5"),
        lambda: split(session, company, ticket, [Part("一件")], "agent5", "拆"),
        lambda: take_step(session, company, ticket.number, "contacted", "联系过了", None, "agent5"),
        lambda: verify(session, company, ticket.number, "agent5", True, True, "好了"),
        lambda: heard_by_phone(session, company, ticket.number, Said("好", fixed=True, score=5), "agent5"),
        lambda: record_attempt(session, company, call.id, "reached", "", "agent5"),
        lambda: change_call(session, company, call.id, {"status": "done"}, "agent5"),
    ):
        with pytest.raises(NotAllowed, match="投诉的是您本人"):
            attempt()


def test_named_later_the_accused_has_verifies_and_phones_no_more(
    session: Session, opened: Opened, company: CompanyData
) -> None:
    ticket = opened(kind="complaint", category="complain", conversation_id="rest:anna", phone="13912345678")
    ticket.owner, ticket.verifier = "supervisor2", "agent5"
    request_callback(session, company, ticket, "13912345678", "rest:anna", "投诉")
    session.flush()
    (call,) = session.scalars(select(Callback))
    call.owner = "agent5"
    session.flush()
    correct(session, company, ticket, "customer", "就是章思齐", staff="章思齐")
    session.refresh(call)
    assert ticket.verifier not in (None, "agent5", ticket.owner) and call.owner == ticket.owner == "supervisor2"
    with pytest.raises(NotAllowed, match="投诉的是您本人"):
        take_step(session, company, ticket.number, "contacted", "打过了", None, "agent5")
    with pytest.raises(NotAllowed, match="投诉的是您本人"):
        record_attempt(session, company, call.id, "reached", "打过了", "agent5")
    session.add(Conversation(id="rest:anna", channel="rest", created_at=clock.now(), last_at=clock.now()))
    session.flush()
    waiting = open_handoff(session, "rest:anna", "request_human", "complaints", "")
    with pytest.raises(NotYours, match="投诉的是您本人"):
        claim(session, waiting, "agent5")
    ticket.anonymous = True
    claim(session, waiting, "agent5")  # refused, it would tell them who complains


def test_taken_up_again_it_is_somebodys_who_works_here(session: Session, opened: Opened, company: CompanyData) -> None:
    ticket = opened(kind="enquiry", category="other")
    before = ticket.owner
    move(session, company, ticket, before, "closed")
    session.get_one(Staff, before).active = False
    session.flush()
    reopen(session, company, ticket, "customer", "没解决")
    assert ticket.owner not in (before, "") and ticket.verifier not in (before, ticket.owner, None)


@pytest.mark.parametrize("status", ["resolved", "closed", "cancelled"])
def test_what_is_over_is_not_handed_on(session: Session, opened: Opened, company: CompanyData, status: str) -> None:
    ticket = opened(**HOME)
    move(session, company, ticket, "agent1", status)
    for attempt in (assign, give_back):
        with pytest.raises(NotAllowed):
            attempt(session, company, ticket, "supervisor1", "因为")


def test_every_move_has_its_reason(session: Session, opened: Opened, company: CompanyData) -> None:
    ticket = opened(**HOME)
    for status in ("assigned", "in_progress", "waiting", "resolved", "in_progress", "resolved", "closed"):
        move(session, company, ticket, "agent1", status)
    notes = [note for _, action, note in entries(session, ticket) if action == "status"]
    assert len(notes) == 7 and all(notes) and notes[4] == "重新处理"


# --- finished ------------------------------------------------------------------------------------------------------------
def test_a_ticket_comes_back_with_feedback(session: Session, opened: Opened, company: CompanyData) -> None:
    ticket = opened(**HOME)
    assign(session, company, ticket, "manager1", "请处理", owner="station1")
    now = clock.now()
    finish(session, company, ticket, "station1", {**GOOD, "contacted_at": now, "restored_at": now})
    assert ticket.status == "resolved" and ticket.resolution["by"] == "station1"
    assert ticket.resolution["contacted_at"] == "2026-12-09T10:20:00+08:00"
    assert told(session, "manager1")[-1].endswith("已回单") and not told(session, "station1")[1:]
    with pytest.raises(NotAllowed):
        finish(session, company, ticket, "station1", GOOD)


def test_a_poor_reply_is_refused_naming_everything(session: Session, opened: Opened, company: CompanyData) -> None:
    ticket = opened(**HOME)
    early = ticket.first_word_at - timedelta(hours=1)
    with pytest.raises(FeedProblem) as refused:
        finish(session, company, ticket, "station1", {"result": "已经处理完毕", "contacted_at": early})
    said = str(refused.value)
    assert all(
        part in said for part in ("缺少：原因、现场核实情况", "恢复供应的时间", "没有说具体", "早于客户第一次反映")
    )
    with pytest.raises(FeedProblem, match="不能在将来"):
        finish(session, company, ticket, "station1", GOOD | {"contacted_at": clock.now() + timedelta(days=1)})
    assert ticket.status == "new" and ticket.resolution == {}


# --- merged and split ----------------------------------------------------------------------------------------------------
def test_merging_loses_nothing(session: Session, opened: Opened, company: CompanyData) -> None:
    session.add(Conversation(id="rest:anna", channel="rest", created_at=clock.now(), last_at=clock.now()))
    keep = opened(**HOME, conversation_id="rest:anna")
    keep.first_word_at += timedelta(hours=1)
    gone = opened(
        **HOME, conversation_id="rest:anna", description="又停了，老人吸氧", phone="13812345678", priority="high"
    )
    supplement(session, gone, "customer", "冰箱里有药")
    photo = Attachment(
        token="t", conversation_id="rest:anna", content_type="image/jpeg", size=1, width=1, height=1, sha256="x",
        data=b"x", created_at=clock.now(),
    )  # fmt: skip
    call = Callback(
        number="HD1", phone="13812345678", window_start=clock.now(), window_end=clock.now(), try_at=clock.now(), status="open",
        reason="停电", ticket_id=gone.id, created_at=clock.now(),
    )  # fmt: skip
    wish = Subscription(
        conversation_id="rest:anna", channel="rest", event="ticket", about=gone.number, status="open",
        created_at=clock.now(),
    )  # fmt: skip
    session.add_all([photo, call, wish])
    session.flush()
    session.add(TicketAttachment(ticket_id=gone.id, attachment_id=photo.id))
    first, due = gone.first_word_at, gone.due_at
    merge(session, company, gone, keep, "agent1", "同一件事")
    session.flush()
    session.expire_all()
    assert (gone.status, gone.merged_into, kept(session, gone)) == ("cancelled", keep.number, keep)
    assert (keep.priority, keep.phone, keep.first_word_at) == ("high", "13812345678", first) and keep.due_at <= due
    assert call.ticket_id == keep.id and wish.about == keep.number
    assert session.scalar(select(func.count()).where(TicketAttachment.ticket_id == keep.id)) == 1
    words = next(note for _, action, note in entries(session, keep) if action == "supplement")
    assert all(part in words for part in (gone.number, "又停了，老人吸氧", "冰箱里有药"))
    assert links_of(session, [keep])[keep.id] == [{"ticket": gone.number, "relation": "same"}]


def test_what_cannot_be_one_is_not_merged(session: Session, opened: Opened, company: CompanyData) -> None:
    keep = opened(**HOME)
    danger = opened(**HOME, kind="emergency", category="report_emergency")
    complaint = opened(**HOME, kind="complaint", category="complain")
    elsewhere, water = opened(address="东湖苑"), opened(**HOME, service="water")
    over = opened(**HOME)
    move(session, company, over, "agent1", "closed")
    done = opened(**HOME)
    move(session, company, done, "agent1", "resolved")
    with pytest.raises(NotAllowed, match="已经处理完"):
        merge(session, company, opened(**HOME), done, "agent1", "因为")
    unnamed, named = (opened(**HOME, kind="complaint", category="complain", anonymous=one) for one in (True, False))
    with pytest.raises(NotAllowed, match="匿名"):
        merge(session, company, unnamed, named, "agent1", "因为")
    for one in (keep, danger, complaint, elsewhere, water, over, done):
        with pytest.raises(NotAllowed):
            merge(session, company, one, keep, "agent1", "因为")
        assert one.merged_into is None and one.status != "cancelled"


def test_a_merged_complaint_brings_whom_it_is_about(session: Session, opened: Opened, company: CompanyData) -> None:
    keep = opened(**HOME, kind="complaint", category="complain", grade="ordinary", staff="韦国梁")
    name = session.get_one(Staff, keep.owner).name
    gone = opened(**HOME, kind="complaint", category="complain", grade="serious", grade_reasons=["受伤"], staff=name)
    before = keep.owner
    merge(session, company, gone, keep, "supervisor2", "同一件事")
    assert keep.owner != before and {before, "supervisor1"} <= accused(session, keep)
    assert (keep.grade, keep.grade_reasons[-1]) == ("serious", "受伤")


def test_split_matters_run_from_the_same_first_word(session: Session, opened: Opened, company: CompanyData) -> None:
    ticket = opened(**HOME, description="停电了，水也黄")
    clock.set(clock.now() + timedelta(hours=2))
    parts = [Part("水是黄的", service="water", category="report_quality"), Part("师傅骂人", "complaint", "complain")]
    water, complaint = split(session, company, ticket, parts, "agent1", "两件事")
    assert (water.unit, water.owner) == ("LJ-S", "station2")
    assert (complaint.grade, complaint.indicator) == ("serious", "attitude")
    assert {one.first_word_at for one in (water, complaint)} == {ticket.first_word_at}
    assert len({ticket.number, water.number, complaint.number}) == 3 and ticket.status == "new"
    assert [row["relation"] for row in links_of(session, [ticket])[ticket.id]] == ["split_into"] * 2
    assert links_of(session, [water])[water.id] == [{"ticket": ticket.number, "relation": "split"}]


def test_related_tickets_say_why(session: Session, opened: Opened) -> None:
    ticket, same, other = opened(**HOME), opened(**HOME, kind="enquiry"), opened(address="别处")
    later = opened(**HOME)
    later.first_word_at += timedelta(days=3)
    found = {one.number: why for one, why in related(session, ticket)}
    assert found == {same.number: ["address", "time"], later.number: ["address"]}
    assert related(session, Ticket(kind="fault", category="x")) == [] and other.number not in found


# --- whatever happens ----------------------------------------------------------------------------------------------------
PEOPLE = ["agent1", "agent5", "agent6", "agent10", "station1", "station3", "manager1", "supervisor1", "supervisor2"]
STEPS = st.tuples(
    st.sampled_from(["leave", "join", "assign", "return", "merge", "split", "reopen", "done", "name", "new"]),
    st.integers(0, 30),
    st.sampled_from(PEOPLE),
)
NEW = st.tuples(st.sampled_from(["fault", "complaint", "enquiry"]), st.sampled_from([None, "章思齐", "韦国梁", "老余"]))


def do(session: Session, company: CompanyData, tickets: list[Ticket], step: tuple[str, int, str]) -> None:
    what, number, person = step
    one, other = tickets[number % len(tickets)], tickets[number // 2 % len(tickets)]
    staff = session.get_one(Staff, person)
    if what in ("leave", "join"):
        row = {"name": staff.name, "employee_number": staff.employee_number, "role": staff.role}
        put_person(session, company, Caller("admin1", "admin"), person, row | {"active": what == "join"}, None)
    elif what == "assign":
        assign(session, company, one, "admin1", "因为", **({"owner": person} if number % 2 else {"unit": "DH-D"}))
    elif what == "return":
        give_back(session, company, one, one.owner, "退")
    elif what == "merge":
        merge(session, company, one, other, "admin1", "同一件事")
    elif what == "split":
        tickets += split(session, company, one, [Part("另一件", staff=staff.name)], "admin1", "两件事")
    elif what == "reopen":
        reopen(session, company, one, "customer", "没好")
    elif what == "name":
        change_ticket(session, company, one.number, {"staff": staff.name}, "admin1")
    elif what == "done":
        move(session, company, one, one.owner, "resolved")
    else:
        tickets.append(made(session, company, one.kind, one.staff))


def made(session: Session, company: CompanyData, kind: str, staff: str | None) -> Ticket:
    more: dict[str, Any] = HOME | {"service": "electricity", "grade": "ordinary" if kind == "complaint" else None}
    report = Report(kind, "report_outage", "停电", clock.now(), staff=staff, **more)
    return open_ticket(session, company, report, "customer")[0]


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.lists(NEW, min_size=1, max_size=3), steps=st.lists(STEPS, max_size=12))
def test_every_ticket_is_always_somebodys_and_never_the_accuseds(
    database: Database, company: CompanyData, start: list[tuple[str, str | None]], steps: list[tuple[str, int, str]]
) -> None:
    with database.write() as session:
        put_staff(session)
        tickets = [made(session, company, kind, staff) for kind, staff in start]
        for step in steps:
            with suppress(NotAllowed, FeedProblem):
                do(session, company, tickets, step)
            session.flush()
            for ticket in session.scalars(select(Ticket).where(Ticket.status.in_(OPEN))):
                owner = session.get_one(Staff, ticket.owner)
                assert owner.active or owner.username == company.organisation.head, step
                assert owner.username not in accused(session, ticket), step
                assert ticket.due_at >= ticket.first_word_at
                assert ticket.verifier is None or ticket.verifier != ticket.owner, step
        session.rollback()
