"""Which unit a ticket goes to, who answers for it, and that it is never whom it is about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.callbacks.service import Wish, book_earliest
from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.jobs.models import Job
from kefu.organisation.accused import accused
from kefu.organisation.people import put_person
from kefu.organisation.service import chain, owner_for
from kefu.staff.models import Staff, StaffMessage
from kefu.staff.service import Caller
from kefu.tickets import clocks
from kefu.tickets import service as tickets
from kefu.tickets.adopting import adopt_all
from kefu.tickets.models import Ticket, TicketClock
from kefu.tickets.reopening import reopen
from kefu.tickets.watch import state_of
from tests.unit.organisation.conftest import Opened

ADMIN = Caller("admin1", "admin")


def away(session: Session, *usernames: str) -> None:
    for username in usernames:
        session.get_one(Staff, username).active = False
    session.flush()


def entries(session: Session, ticket: Ticket) -> list[str]:
    session.flush()
    session.expire(ticket, ["history"])
    return [entry.action for entry in ticket.history]


# --- which unit ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("service", "parts", "unit"),
    [
        ("electricity", {"community": "阳光花园", "building": "5号楼"}, "LJ-D"),
        ("gas", {"community": "东湖苑"}, "DH-S"),
        ("water", {"village": "石门村"}, "YX-S"),
        ("gas", {"village": "石门村"}, "YX"),
        ("electricity", {"community": "锦绣花园", "road": "锦绣路"}, "DH-D"),
        ("electricity", {"community": "和平小区"}, "ZX"),
        ("electricity", {"community": "和平小区", "district": "北山区"}, "BS-D"),
        ("electricity", {"text": "说不清"}, "ZX"),
        (None, {"community": "阳光花园"}, "LJ"),
    ],
)
def test_what_needs_somebody_on_the_spot_goes_to_the_unit_of_the_place(
    opened: Opened, service: str | None, parts: dict[str, str], unit: str
) -> None:
    ticket = opened(service=service, address="".join(parts.values()), address_parts=parts)
    assert ticket.unit == unit
    assert opened(kind="emergency", service=service, address_parts=parts).unit == unit


def test_the_network_says_more_than_the_district(opened: Opened, account: Callable[..., Account]) -> None:
    """A home in one district that hangs at the other's line: the crew of the line goes."""
    account("1000000001", "E-S2-F1", community="阳光花园", building="9号楼")
    assert opened(account_number="1000000001").unit == "DH-D"
    assert opened(address="阳光花园9号楼", address_parts={"community": "阳光花园", "building": "9号楼"}).unit == "DH-D"
    crew = opened(symptom="incident", address="北山站北山线", address_parts={"area_code": "E-S3-F1"})
    assert (crew.unit, crew.owner, crew.branch) == ("BS-D", "station5", "fault.electricity.outage.area")


@pytest.mark.parametrize("kind", ["complaint", "dispute", "application", "enquiry", "opinion"])
def test_everything_else_stays_with_the_centre(opened: Opened, kind: str) -> None:
    ticket = opened(kind=kind, category="other", address_parts={"community": "阳光花园"})
    assert ticket.unit == "ZX" and ticket.owner.startswith(("agent", "supervisor"))


# --- who -----------------------------------------------------------------------------------------------------------------
def test_the_least_busy_agent_with_the_skill_has_it(session: Session, opened: Opened) -> None:
    owners = [opened(kind="enquiry", category="other").owner for _ in range(4)]
    assert sorted(owners) == ["agent1", "agent1", "agent6", "agent6"]
    session.get_one(Staff, "agent1").skills = ["billing"]
    assert {opened(kind="enquiry", category="other").owner for _ in range(3)} == {"agent6"}, "skill before load"


def test_nobody_there_the_heads_upward_have_it(session: Session, opened: Opened) -> None:
    parts = {"community": "阳光花园"}
    for gone, owner in (("station1", "manager1"), ("manager1", "supervisor1"), ("supervisor1", "supervisor2")):
        away(session, gone)
        assert opened(address_parts=parts).owner == owner
    away(session, "supervisor2")
    assert session.get_one(Staff, opened(address_parts=parts).owner).active
    for person in session.scalars(select(Staff)):
        person.active = False
    assert opened(address_parts=parts).owner == "supervisor1", "with nobody at all, the head"


@pytest.mark.parametrize(
    ("named", "who"),
    [
        ("工号YJ1005", {"agent5"}),
        ("1005", {"agent5"}),
        ("章思齐", {"agent5"}),
        ("你们那个章思齐态度差", {"agent5"}),
        ("老章", {"agent5"}),
        ("章", {"agent5"}),
        ("1005 老尹", {"agent5", "agent10"}),
        ("尹师傅", {"agent10"}),
        ("姓尹的", {"agent10"}),
        ("收费员", set()),
        ("9999", set()),
        ("5", set()),
        (None, set()),
    ],
)
def test_whom_a_complaint_names_is_known(
    session: Session, opened: Opened, company: CompanyData, named: str | None, who: set[str]
) -> None:
    ticket = opened(kind="complaint", category="complain", staff=named)
    assert accused(session, ticket) == who
    assert ticket.owner not in who and not who & set(chain(session, company, ticket))
    praise = opened(kind="opinion", category="praise", staff=named)
    assert accused(session, praise) == set()


def test_a_complaint_about_the_head_goes_one_level_up(session: Session, opened: Opened, company: CompanyData) -> None:
    ticket = opened(kind="complaint", category="complain", staff="韦国梁")
    assert chain(session, company, ticket) == ["agent10", "agent5", "supervisor2"]
    fault = opened(address_parts={"community": "阳光花园"}, staff="余大成")
    assert (fault.unit, fault.owner) == ("LJ-D", "manager1")


def test_escalation_goes_up_by_person_station_district_centre(
    session: Session, opened: Opened, company: CompanyData
) -> None:
    fault = opened(address_parts={"community": "阳光花园"})
    assert chain(session, company, fault) == ["station1", "manager1", "supervisor1"]
    away(session, "manager1")
    assert chain(session, company, fault) == ["station1", "supervisor1"]
    enquiry = opened(kind="enquiry", category="other")
    assert chain(session, company, enquiry) == ["agent1", "supervisor1"]
    away(session, "supervisor1")
    assert chain(session, company, enquiry) == ["agent1", "supervisor2"], "the deputy stands in for the head"
    for person in session.scalars(select(Staff)):
        person.active = False
    fault.owner = ""
    assert chain(session, company, fault) == ["supervisor1"]


# --- when something changes ----------------------------------------------------------------------------------------------
def test_who_leaves_leaves_no_ticket_behind(session: Session, opened: Opened, company: CompanyData) -> None:
    mine = opened(kind="enquiry", category="other")
    over = opened(kind="enquiry", category="other")
    over.owner = mine.owner
    tickets.move(session, company, over, "agent1", "closed")
    values = {"name": "沈予安", "employee_number": "YJ1001", "role": "agent", "active": False}
    put_person(session, company, ADMIN, mine.owner, values, None)
    assert mine.owner == "agent6" and over.owner == "agent1", "what is over stays as it was"
    entry = mine.history[-1] if entries(session, mine) else None
    assert entry is not None and entry.actor == "admin1" and entry.changes == {"owner": ["agent1", "agent6"]}
    told = session.scalars(select(StaffMessage).where(StaffMessage.ticket == mine.number)).all()
    assert {row.username for row in told} == {"agent1", "agent6"}


def test_who_leaves_leaves_no_promised_call_behind(session: Session, opened: Opened, company: CompanyData) -> None:
    mine = opened(kind="enquiry", category="other")
    calls = [
        book_earliest(session, company, Wish("13812345678", None, "核查", mine, mine.desk)),
        book_earliest(session, company, Wish("13812345679", None, "过户", None, mine.desk)),
    ]
    for call in filter(None, calls):
        call.owner = "agent1"
    values = {"name": "沈予安", "employee_number": "YJ1001", "role": "agent", "active": False}
    put_person(session, company, ADMIN, "agent1", values, None)
    assert [call.owner for call in calls if call] == [mine.owner, "agent6"] and mine.owner == "agent6"
    told = session.scalars(select(StaffMessage.username).where(StaffMessage.callback.is_not(None))).all()
    assert set(told) == {"agent6"}


def test_a_call_follows_its_ticket_to_another_person(session: Session, opened: Opened, company: CompanyData) -> None:
    ticket = opened(kind="complaint", category="complain")
    call = book_earliest(session, company, Wish("13812345678", None, "核查", ticket, ticket.desk))
    assert call is not None and call.owner == ticket.owner
    name = session.get_one(Staff, ticket.owner).name
    tickets.correct(session, company, ticket, "customer", "就是他", staff=name)
    session.refresh(call)
    assert call.owner == ticket.owner and session.get_one(Staff, call.owner).name != name


def test_a_verifier_who_leaves_is_replaced(session: Session, opened: Opened, company: CompanyData) -> None:
    ticket = opened(kind="enquiry", category="other")
    tickets.move(session, company, ticket, ticket.owner, "resolved")
    reopen(session, company, ticket, "customer", "还是不对")
    assert ticket.owner == "agent1" and ticket.verifier == "agent6"
    values = {"name": "罗知远", "employee_number": "YJ1006", "role": "agent", "active": False}
    put_person(session, company, ADMIN, "agent6", values, None)
    assert ticket.verifier not in ("agent6", "agent1", None)


def test_a_corrected_place_is_another_units(session: Session, opened: Opened, company: CompanyData) -> None:
    ticket = opened(address="阳光花园", address_parts={"community": "阳光花园"})
    tickets.correct(
        session, company, ticket, "customer", "是东湖苑", address="东湖苑", address_parts={"community": "东湖苑"}
    )
    assert (ticket.unit, ticket.owner) == ("DH-D", "station3")
    assert entries(session, ticket)[-2:] == ["correct", "owner"]


def test_who_is_named_later_hands_it_on(session: Session, opened: Opened, company: CompanyData) -> None:
    ticket = opened(kind="complaint", category="complain")
    first = session.get_one(Staff, ticket.owner)
    tickets.correct(session, company, ticket, "customer", "就是他", staff=first.name)
    assert ticket.owner not in (first.username, "")


def test_old_tickets_without_owner_get_theirs_once(session: Session, opened: Opened, company: CompanyData) -> None:
    old, over = opened(address_parts={"community": "东湖苑"}), opened()
    tickets.move(session, company, over, "agent1", "closed")
    for ticket in (old, over):
        ticket.owner, ticket.unit, ticket.branch = "", None, None
    session.flush()
    assert adopt_all(session, company) == 1
    session.expire_all()
    assert (old.owner, old.unit, old.branch) == ("station3", "DH-D", "fault.electricity.outage.other")
    assert over.owner == "supervisor1"
    assert adopt_all(session, company) == 0


def test_old_tickets_get_clocks_for_what_they_were_told(session: Session, opened: Opened, company: CompanyData) -> None:
    late, soon, over = opened(), opened(), opened()
    tickets.move(session, company, over, "agent1", "closed")
    late.due_at, soon.due_at = clock.now() - timedelta(hours=3), clock.now() + timedelta(hours=3)
    late.due_source = soon.due_source = "按旧规定（旧规）"
    session.flush()
    session.execute(delete(TicketClock))
    session.execute(delete(Job))
    session.expire_all()
    assert adopt_all(session, company) == 2
    found = {
        row.ticket_id: row
        for row in clocks.of_ticket(session, late) + clocks.of_ticket(session, soon)
        if row.target == "arrival"
    }
    assert found[late.id].breached_at == late.due_at == found[late.id].due_at and state_of(found[late.id]) == "late"
    assert (found[soon.id].due_at, soon.due_source, found[soon.id].breached_at) == (
        soon.due_at,
        "按旧规定（旧规）",
        None,
    )
    planned = set(session.scalars(select(Job.key).where(Job.kind == "clock", Job.status == "waiting")))
    assert str(found[soon.id].id) in planned and str(found[late.id].id) not in planned, (
        "nobody is called for what is long late"
    )
    assert clocks.of_ticket(session, over) == [] and adopt_all(session, company) == 0
    tickets.urge(session, late, "customer", "催")


def test_another_place_has_other_time_limits(
    session: Session, opened: Opened, company: CompanyData, account: Callable[..., Account]
) -> None:
    account("1090000002", "E-S1-F1", community="阳光花园")
    ticket = opened(address="李家村", address_parts={"village": "李家村"}, area_class="rural")
    due = ticket.due_at
    tickets.correct(
        session, company, ticket, "customer", "在城里", address="阳光花园", address_parts={"community": "阳光花园"}
    )
    assert ticket.due_at < due and "市区" in ticket.due_source, ticket.due_source


def test_an_owner_is_found_for_any_row(session: Session, company: CompanyData) -> None:
    assert owner_for(session, company, Ticket(kind="fault", category="x", desk="没有的坐席")) == "supervisor1"
