"""Complaints registered: graded, pinned, linked to what they repeat, raised later; nothing told that is not one's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.alerts.models import Alert
from kefu.api.ticket_bodies import TicketBody
from kefu.callbacks.service import request_callback
from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.complaints.anonymity import make_anonymous
from kefu.complaints.earlier import earlier_of
from kefu.complaints.grading import heard_more
from kefu.complaints.remedies import add_remedy, change_remedy
from kefu.complaints.repeats import repeats
from kefu.complaints.service import Grievance, Registered, check_indicator, register_complaint
from kefu.complaints.told import so_far
from kefu.db.session import Database
from kefu.feeding import FeedProblem
from kefu.network.models import Place
from kefu.reports.parts import Period
from kefu.reports.repeated import repeated
from kefu.staff.models import Staff, StaffMessage
from kefu.tickets import clocks
from kefu.tickets import service as tickets
from kefu.tickets.feed import links_of, make_ticket
from kefu.tickets.models import Ticket, TicketLink
from kefu.tickets.reopening import made_again
from kefu.tickets.service import Report
from kefu.tickets.urging import urge

SetClock = Callable[[str | None], None]
DITCH = "楼前挖的沟到现在没有回填"
AGAIN = "上次投诉的沟还是没填"
PHONE, NUMBER = "13800000011", "3300000011"


@pytest.fixture
def session(database: Database, set_clock: SetClock) -> Iterator[Session]:
    set_clock("2026-11-16T09:00")
    with database.write() as made:
        people = (
            ("agent5", "章思齐", "YJ1005", "agent", "投诉协商坐席"),
            ("boss", "韦国梁", "YJ2001", "supervisor", None),
        )
        for username, name, number, role, desk in people:
            made.add(
                Staff(username=username, name=name, employee_number=number, role=role, desk=desk, password_hash="")
            )
        home = {"community": "阳光花园", "building": "5号楼"}
        made.add(
            Account(
                number=NUMBER, service="water", holder="李四", phone=PHONE, address="阳光花园5号楼2单元501",
                address_parts=home, created_at=clock.now(),
            )
        )  # fmt: skip
        made.flush()
        yield made


def complain(session: Session, company: CompanyData, words: str, earlier: str | None = None, **more: Any) -> Registered:
    given = {"kind": "complaint", "category": "complain", "description": words, "conversation_id": "rest:anna"} | more
    return register_complaint(session, company, Grievance(Report(first_word_at=clock.now(), **given), earlier))


def notes(session: Session, ticket: Ticket) -> str:
    session.flush()
    session.refresh(ticket, ["history"])
    return "\n".join(entry.note for entry in ticket.history)


def told_staff(session: Session, kind: str) -> list[tuple[str, str | None]]:
    session.flush()
    return [(row.username, row.ticket) for row in session.scalars(select(StaffMessage).filter_by(kind=kind))]


def links(session: Session) -> int:
    session.flush()
    return len(session.scalars(select(TicketLink)).all())


# --- registered --------------------------------------------------------------------------------------------------------
def test_it_has_grade_indicator_person_and_days_with_their_names(session: Session, company: CompanyData) -> None:
    done = complain(session, company, DITCH, phone=PHONE)
    assert (done.grade, done.ticket.indicator, done.ticket.owner) == ("ordinary", "site_restored", "agent5")
    assert done.who == "章**，工号YJ1005" and "（周" in done.dates and "前" in done.dates
    assert "计入指标“施工恢复”" in notes(session, done.ticket)


def test_an_anonymous_one_keeps_nothing_of_who_it_is(session: Session, company: CompanyData) -> None:
    complain(session, company, DITCH, phone=PHONE, account_number=NUMBER)
    words = f"{AGAIN}，户号{NUMBER}，电话{PHONE}"
    done = complain(session, company, words, anonymous=True, phone=PHONE, account_number=NUMBER)
    ticket = done.ticket
    assert (ticket.phone, ticket.account_number, ticket.anonymous) == (None, None, True)
    kept = f"{ticket.description} {notes(session, ticket)}"
    assert PHONE not in kept and NUMBER not in kept and "沟" in kept
    assert links(session) == 0, "a link to a signed complaint would tell who it is"


def test_the_wish_to_stay_unnamed_may_come_later(session: Session, company: CompanyData) -> None:
    first = complain(session, company, DITCH, account_number=NUMBER).ticket
    ticket = complain(
        session, company, f"{AGAIN}，打我{PHONE}", first.number, phone=PHONE, account_number=NUMBER
    ).ticket
    assert links(session) == 1
    call = request_callback(session, company, ticket, PHONE, ticket.conversation_id, "投诉")
    assert call is not None
    make_anonymous(session, ticket)
    session.refresh(call)
    assert call.ticket_id is None and call.phone == PHONE, "the call goes on, and tells nobody what it was about"
    urge(session, company, ticket, "快点")
    told = session.scalars(select(Alert).where(Alert.kind == "urge")).all()
    assert [alert.conversation_id for alert in told] == [None], "an alert names the complaint and not the talk"
    kept = f"{ticket.description} {ticket.phone} {ticket.account_number} {notes(session, ticket)}"
    assert ticket.anonymous and PHONE not in kept and NUMBER not in kept and first.number not in kept
    assert links(session) == 0 and "沟" in kept


def test_who_is_vulnerable_is_known_from_the_account_too(session: Session, company: CompanyData) -> None:
    session.get_one(Account, NUMBER).low_income = True
    done = complain(session, company, "路面没有恢复", account_number=NUMBER)
    assert done.grade == "serious" and "涉及弱势客户" in done.ticket.grade_reasons
    anonymous = complain(session, company, "路面没有恢复", account_number=NUMBER, anonymous=True)
    assert anonymous.grade == "ordinary"


# --- once more ---------------------------------------------------------------------------------------------------------
def test_taken_up_too_late_it_is_a_complaint_once_more(
    session: Session, company: CompanyData, set_clock: SetClock
) -> None:
    old = complain(session, company, DITCH, phone=PHONE).ticket
    tickets.move(session, company, old, "agent5", "closed")
    set_clock("2027-01-20T09:00")
    new = made_again(session, company, old, "customer", "沟还是没填，没解决")
    assert (new.grade, new.indicator, new.priority) == ("serious", old.indicator, "high")
    assert links(session) == 1 and "重复投诉" in new.grade_reasons


def test_found_by_ourselves_it_is_no_urging(session: Session, company: CompanyData) -> None:
    first = complain(session, company, DITCH, phone=PHONE, conversation_id="rest:one").ticket
    complain(session, company, AGAIN, phone=PHONE, conversation_id="rest:two")
    session.refresh(first, ["history"])
    assert links(session) == 1 and "urge" not in [entry.action for entry in first.history]


def test_the_second_is_linked_raised_and_urged_and_the_third_is_critical(
    session: Session, company: CompanyData, set_clock: SetClock
) -> None:
    first = complain(session, company, DITCH, phone=PHONE).ticket
    set_clock("2026-11-19T09:00")
    second = complain(session, company, AGAIN, first.number)
    assert (second.grade, first.grade, second.earlier) == ("serious", "serious", first)
    assert links_of(session, [second.ticket])[second.ticket.id] == [{"ticket": first.number, "relation": "follows"}]
    assert told_staff(session, "urge") == [("agent5", first.number)]
    assert first.priority == second.ticket.priority == "high" and AGAIN in notes(session, first)
    third = complain(session, company, "第三次投诉这条沟", second.ticket.number)
    assert third.grade == "critical" and second.ticket.grade == "critical" and first.grade == "serious"


def test_what_happened_so_far_is_told_with_days_and_an_apology_when_late(
    session: Session, company: CompanyData, set_clock: SetClock
) -> None:
    first = complain(session, company, DITCH, phone=PHONE).ticket
    clocks.contacted(session, company, first)
    set_clock("2026-11-17T10:30")
    tickets.move(session, company, first, "agent5", "in_progress", "内部：施工队老吴没结账")
    said = "\n".join(so_far(session, company, first))
    assert "11月16日（周一）09:00 登记，章**，工号YJ1005负责" in said and "11月17日（周二）10:30 开始处理" in said
    assert "前答复您" in said and "对不起" not in said and "老吴" not in said and PHONE not in said
    set_clock("2026-11-30T09:00")
    assert "已经过了，对不起" in "\n".join(so_far(session, company, first))


def test_another_matter_or_an_old_or_withdrawn_one_is_not_followed(
    session: Session, company: CompanyData, set_clock: SetClock
) -> None:
    first = complain(session, company, DITCH, phone=PHONE).ticket
    assert earlier_of(session, company, [first], AGAIN, None) is first
    assert earlier_of(session, company, [first], "营业厅柜员爱答不理", None) is None
    tickets.move(session, company, first, "customer", "cancelled")
    assert earlier_of(session, company, [first], AGAIN, None) is None
    second = complain(session, company, DITCH).ticket
    set_clock("2027-03-16T09:00")
    assert earlier_of(session, company, [second], AGAIN, None) is None


def test_the_same_phone_elsewhere_is_linked_for_staff_alone(session: Session, company: CompanyData) -> None:
    first = complain(session, company, DITCH, phone=PHONE).ticket
    done = complain(session, company, AGAIN, phone=PHONE, conversation_id="web:somebody")
    assert (done.grade, done.earlier) == ("ordinary", None), "nothing of it is told"
    assert (done.ticket.grade, first.grade, links(session)) == ("serious", "serious", 1)
    assert "系统判断为同一件事" in notes(session, done.ticket) and told_staff(session, "urge")
    other = complain(session, company, "燃气表装歪了", phone=PHONE, conversation_id="web:somebody")
    assert other.ticket.grade == "ordinary" and links(session) == 1


def test_an_account_number_nobody_proved_links_for_staff_alone(session: Session, company: CompanyData) -> None:
    first = complain(session, company, DITCH, account_number=NUMBER).ticket
    done = complain(session, company, f"{AGAIN}，我户号{NUMBER}", conversation_id="web:stranger")
    assert done.earlier is None and done.grade == "ordinary" and done.ticket.account_number is None
    assert links(session) == 1 and first.grade == "serious"


def test_what_the_hotline_feeds_is_compared_too_and_what_is_judged_already_is_not(
    session: Session, company: CompanyData
) -> None:
    first = complain(session, company, DITCH, account_number=NUMBER).ticket
    said = {"kind": "complaint", "category": "complain", "description": AGAIN, "account_number": NUMBER}
    fed = TicketBody.model_validate(said).model_dump()
    ticket = make_ticket(session, company, dict(fed), "integration1")
    assert ticket.grade == "serious" and first.grade == "serious" and links(session) == 1
    judged = make_ticket(session, company, fed | {"grade": "ordinary"}, "integration1")
    assert judged.grade == "ordinary" and links(session) == 1 and judged.indicator == "site_restored"


# --- raised later ------------------------------------------------------------------------------------------------------
def test_new_words_raise_it_and_never_lower_it(session: Session, company: CompanyData) -> None:
    ticket = complain(session, company, DITCH).ticket
    assert not heard_more(session, company, ticket, "没有人受伤") and ticket.grade == "ordinary"
    assert heard_more(session, company, ticket, "我妈刚才摔骨折了") and ticket.grade == "critical"
    assert not heard_more(session, company, ticket, "骂人") and ticket.grade == "critical"
    assert {"涉及人身安全", "辱骂或刁难客户"} <= set(ticket.grade_reasons)
    assert ("agent5", ticket.number) in told_staff(session, "escalation")


def test_many_customers_at_one_place_raise_all_of_them(session: Session, company: CompanyData) -> None:
    place = {"community": "阳光花园"}
    made = [
        complain(session, company, words, conversation_id=f"rest:{n}", address_parts=place)
        for n, words in enumerate(["水发黄有铁锈味", "龙头出来黄水", "又是黄水，没法做饭"])
    ]
    assert [done.ticket.grade for done in made] == ["serious"] * 3
    assert made[-1].grade == "ordinary", "that others complain is not told"
    reason = made[0].ticket.grade_reasons[-1]
    assert company.grades.many.reason in reason and "3户" in reason
    elsewhere = complain(session, company, "黄水", conversation_id="rest:9", address_parts={"community": "东湖苑"})
    assert elsewhere.ticket.grade == "ordinary"


def test_one_customer_three_times_is_not_many(session: Session, company: CompanyData) -> None:
    place = {"community": "阳光花园"}
    for words in ("水发黄有铁锈味", "抄表员把表数抄错", "水压太小"):
        assert complain(session, company, words, address_parts=place).ticket.grade == "ordinary"


# --- indicators, remedies, what repeats --------------------------------------------------------------------------------
def test_an_indicator_is_checked(session: Session, company: CompanyData) -> None:
    ticket = complain(session, company, DITCH).ticket
    check_indicator(company, ticket, "attitude")
    with pytest.raises(FeedProblem, match="没有指标 nonsense"):
        check_indicator(company, ticket, "nonsense")
    with pytest.raises(FeedProblem, match="只有投诉"):
        check_indicator(company, Ticket(kind="fault"), "attitude")


def remedy(**more: Any) -> dict[str, Any]:
    due = clock.today().date() + timedelta(days=10)
    given = {"place": "阳光花园", "indicator": "site_restored", "month": "2026-11", "what": "逐处回填", "owner": "boss"}
    return {**given, "due": due, "done_at": None, **more}


def test_a_complaint_after_a_remedy_says_so_and_is_raised(
    session: Session, company: CompanyData, set_clock: SetClock
) -> None:
    planned = add_remedy(session, company, remedy(), "boss")
    before = complain(session, company, DITCH, account_number=NUMBER)
    assert before.ticket.grade == "ordinary", "not done yet"
    change_remedy(session, company, planned.id, {"done_at": clock.now()})
    set_clock("2026-12-20T09:00")
    after = complain(session, company, "门口又刨开了路面", conversation_id="rest:bert", account_number=NUMBER)
    assert after.ticket.grade == "serious" and "整改后再次发生：阳光花园" in notes(session, after.ticket)
    set_clock("2027-04-20T09:00")
    late = complain(session, company, "门口路面又坏了", conversation_id="rest:carl", account_number=NUMBER)
    assert "整改后" not in notes(session, late.ticket)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [({"indicator": "x"}, "没有指标"), ({"owner": "nobody"}, "没有员工"), ({"done_at": "later"}, "将来")],
)
def test_a_wrong_remedy_is_refused(session: Session, company: CompanyData, wrong: dict[str, Any], why: str) -> None:
    if "done_at" in wrong:
        wrong = {"done_at": clock.now() + timedelta(days=1)}
    with pytest.raises(FeedProblem, match=why):
        add_remedy(session, company, remedy(**wrong), "boss")


def test_the_months_list_has_places_causes_and_both(
    session: Session, company: CompanyData, set_clock: SetClock
) -> None:
    for day, words, place in (
        ("2026-09-03", DITCH, "阳光花园"),
        ("2026-10-08", "路面没恢复", "阳光花园"),
        ("2026-11-02", "坑没有填平", "阳光花园"),
        ("2026-11-05", "窗口爱答不理", "东湖苑"),
        ("2026-11-06", "营业厅排队太久", "滨江家园"),
    ):
        set_clock(f"{day}T09:00")
        complain(session, company, words, conversation_id=f"rest:{day}", address_parts={"community": place})
    add_remedy(session, company, remedy(), "boss")
    found = {
        (row.of, row.place.name if row.place else None, row.indicator): row
        for row in repeats(session, company, 2026, 11)
    }
    assert set(found) == {
        ("place", "阳光花园", None),
        ("cause", None, "site_restored"),
        ("cause", None, "hall_service"),
        ("both", "阳光花园", "site_restored"),
    }
    both = found["both", "阳光花园", "site_restored"]
    assert (both.month, both.quarter, len(both.tickets), len(both.remedies)) == (1, 3, 3, 1)
    assert found["cause", None, "hall_service"].month == 2
    assert [row.of for row in repeats(session, company, 2026, 10)] == [], "two in three months, one in the month"


# --- whom it is about (kefu/organisation) ------------------------------------------------------------------------------
def test_whom_it_is_about_never_has_it(session: Session, company: CompanyData) -> None:
    for staff in ("YJ1005", "1005", "章思齐"):
        done = complain(session, company, f"投诉{staff}态度差", staff=staff, conversation_id=f"rest:{staff}")
        assert done.ticket.owner != "agent5" and done.ticket.verifier != "agent5", staff


def test_the_report_of_a_whole_month_has_the_list_with_its_remedies(
    session: Session, company: CompanyData, set_clock: SetClock
) -> None:
    session.add(Place(code="P1", name="阳光花园"))
    for day in ("2026-11-02", "2026-11-05"):
        set_clock(f"{day}T09:00")
        complain(session, company, DITCH, conversation_id=f"rest:{day}", address_parts={"community": "阳光花园"})
    set_clock("2026-11-06T09:00")
    done = add_remedy(session, company, remedy(), "boss")
    change_remedy(session, company, done.id, {"done_at": clock.now()})
    add_remedy(session, company, remedy(), "boss")
    rows = repeated(session, company, Period.month(2026, 11)).tables[-1].rows
    (both,) = [row for row in rows if row["of"] == "地点和原因"]
    assert (both["place"], both["month"], both["remedies"], both["done"]) == ("阳光花园", 2, 2, 1)
    part = Period(date(2026, 11, 1), date(2026, 11, 29))
    assert (
        len(repeated(session, company, part).tables)
        == len(repeated(session, company, Period.month(2026, 11)).tables) - 1
    )
