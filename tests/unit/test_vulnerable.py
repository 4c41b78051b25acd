"""Who is named in a customer's words, and what it changes on a ticket and on a report."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.alerts.models import Alert
from kefu.clock import clock, parse_local
from kefu.company.data import CompanyData, load_company
from kefu.company.vulnerable import NOTED, Vulnerable
from kefu.db.session import Database
from kefu.incidents.models import SupplyReport
from kefu.intake import vulnerable as rules
from kefu.network.models import Area, Incident
from kefu.tickets import clocks
from kefu.tickets import service as tickets
from kefu.tickets.due import heard_since
from kefu.tickets.models import Ticket

# words → kinds, for a power cut that we have not asked about
NAMED = {
    "停电了，我爸用呼吸机": "oxygen",
    "没电我爸的呼吸机停了": "oxygen",
    "呼吸机没电了": "oxygen",
    "停水没法洗，家里靠氧气": "oxygen",
    "不是呼吸机，是制氧机": "oxygen",
    "没有老人，有个两个月的娃": "infant",
    "孩子才3个月": "infant",
    "我在坐月子": "infant",
    "娃才半岁，没法冲奶粉": "infant",
    "家里有个毛毛头": "infant",
    "我家伢才两个月": "infant",
    "屋头幺儿才生几天，两个月的嫩娃": "infant",
    "两岁的孩子": "infant",
    "老人不在家，婴儿在家": "infant",
    "我妈八十多了一个人在家": "alone",
    "我妈八十多了，一个人在家": "alone",
    "87岁老太太独自在家": "alone",
    "我一个人住，今年82了": "alone",
    "孤寡老人": "alone",
    "老人瘫痪在床": "bedridden",
    "我爸透析，我妈瘫痪在床": "dialysis bedridden",
    "冰箱里有胰岛素": "medicine",
}
NOT_NAMED = [
    "停电了",
    "没有老人",
    "没有用呼吸机的",
    "家里没有老人、婴儿",
    "没有婴儿也没有病人",
    "没有制氧机呼吸机这些",
    "没用呼吸机",
    "老人没有，婴儿也没有",
    "婴儿不在家",
    "家里有老人",
    "我住89号楼一个人",
    "交了八十块，我一个人交的",
    "停了3个月了",
    "孩子3月份开学",
]


@lru_cache(maxsize=1)
def shipped() -> Vulnerable:
    return load_company(Path(__file__).resolve().parent.parent.parent / "company").vulnerable


@pytest.fixture
def known() -> Vulnerable:
    return shipped()


def ids(known: Vulnerable, text: str, service: str | None = "electricity", asked: bool = False) -> list[str]:
    return [kind.id for kind in known.named(text, "report_outage", service, asked)]


@pytest.mark.parametrize("text", NAMED)
def test_who_is_named(known: Vulnerable, text: str) -> None:
    assert ids(known, text) == NAMED[text].split()


@pytest.mark.parametrize("text", NOT_NAMED)
def test_who_is_denied_or_only_sounds_so(known: Vulnerable, text: str) -> None:
    assert ids(known, text) == []


def test_general_words_count_only_as_an_answer(known: Vulnerable) -> None:
    assert ids(known, "家里有老人", asked=True) == ["household"]
    assert ids(known, "没有老人", asked=True) == []
    assert ids(known, "有个老人用制氧机", asked=True) == ["oxygen"], "what is exact says it all"


def test_who_matters_depends_on_the_service(known: Vulnerable) -> None:
    assert ids(known, "我爸用呼吸机", "water") == []
    assert ids(known, "我爸用呼吸机", None) == ["oxygen"], "the service is not known yet"
    assert ids(known, "我爸九十岁", "heat") == ["elderly"] and ids(known, "我爸九十岁") == []
    assert ids(known, "我爸九十岁，一个人在家", "heat") == ["alone"], "one of them, not both"


PIECES = [
    "没有",
    "有",
    "家里",
    "老人",
    "婴儿",
    "呼吸机",
    "、",
    "，",
    "八十多",
    "一个人",
    "两个月",
    "的",
    "娃",
    "停电",
    "在家",
]


@settings(deadline=1000, max_examples=200)
@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_denied_at_the_end_changes_nothing_and_long_words_are_read_quickly(text: str) -> None:
    known = shipped()
    assert ids(known, text + "。没有婴儿、呼吸机") == ids(known, text)
    assert ids(known, f"没有婴儿。{text}") == ids(known, text)


# --- what it changes ---------------------------------------------------------------------------------------------------
NOW = "2026-12-09T10:20"


def made_ticket(session: Session, company: CompanyData) -> Ticket:
    report = tickets.Report(
        "fault", "report_outage", "停电了", clock.now(), service="electricity", conversation_id="rest:a"
    )
    ticket, _ = tickets.open_ticket(session, company, report, "customer")
    return ticket


@pytest.fixture
def at_ten(set_clock: Callable[[str], None]) -> None:
    set_clock(NOW)


@pytest.mark.usefixtures("at_ten")
def test_a_ticket_goes_first_once_with_a_line_and_an_alert(database: Database, company: CompanyData) -> None:
    with database.write() as session:
        ticket = made_ticket(session, company)
        oxygen, infant = company.vulnerable.of(["oxygen", "infant"])
        before = ticket.due_at
        rules.on_ticket(session, company, ticket, [oxygen])
        rules.on_ticket(session, company, ticket, [oxygen, infant])
        session.flush()
        assert ticket.priority == "high" and ticket.due_at < before
        assert ticket.description.endswith("婴儿") and ticket.description.count(NOTED) == 1
        alerts = list(session.scalars(select(Alert).where(Alert.kind == "vulnerable")))
        assert len(alerts) == 1 and alerts[0].facts == {"ticket": ticket.number}
        assert not re.search("停电了|氧|病", alerts[0].text), "neither the story nor the illness"


@pytest.mark.usefixtures("at_ten")
def test_a_promise_never_gets_later(database: Database, company: CompanyData) -> None:
    with database.write() as session:
        ticket = made_ticket(session, company)
        five = ticket.first_word_at + timedelta(minutes=5)
        clocks.promise_until(session, company, ticket, five, "由 integration 指定")
        rules.on_ticket(session, company, ticket, company.vulnerable.of(["oxygen"]))
        assert ticket.due_at == ticket.first_word_at + timedelta(minutes=5) and "指定" in ticket.due_source


@pytest.mark.usefixtures("at_ten")
def test_the_crews_ticket_of_an_incident_goes_first(database: Database, company: CompanyData) -> None:
    with database.write() as session:
        session.add(Area(code="E-1", service="electricity", kind="transformer", name="1号变", parent_code=None))
        ticket = made_ticket(session, company)
        incident = Incident(
            number="GZ1", service="electricity", area_code="E-1", status="suspected", started_at=clock.now(),
            ticket=ticket.number,
        )  # fmt: skip
        session.add(incident)
        session.flush()
        report = SupplyReport(
            service="electricity", home="h", address="a", conversation_id="rest:b", reported_at=clock.now(),
            incident_id=incident.id,
        )  # fmt: skip
        session.add(report)
        session.flush()
        for one in rules.open_reports(session, "rest:b"):
            rules.on_report(session, company, one, company.vulnerable.of(["infant", "oxygen", "medicine"]))
            rules.on_report(session, company, one, company.vulnerable.of(["infant"]))
        assert report.vulnerable == "oxygen,infant", "medicine does not go first"
        assert ticket.priority == incident.priority == "emergency"
        session.refresh(ticket, ["history"])
        assert sum("优先照顾" in entry.note and entry.note.startswith("a：") for entry in ticket.history) >= 1


def test_a_report_keeps_whole_kinds_only() -> None:
    assert rules.kept([]) is None and rules.kept(["", "infant"]) == "infant"
    text = rules.kept([f"kind{n}" for n in range(20)])
    assert text and len(text) <= rules.KINDS_KEPT and all(one.startswith("kind") for one in text.split(","))


# --- the earliest word -------------------------------------------------------------------------------------------------
@pytest.mark.usefixtures("at_ten")
def test_a_matter_spoken_of_earlier_counts_from_there(database: Database, company: CompanyData) -> None:
    with database.write() as session:
        ticket = made_ticket(session, company)
        earlier = parse_local("2026-12-09T10:00")
        assert heard_since(session, company, ticket, earlier)
        assert ticket.first_word_at == earlier and ticket.due_at <= earlier + timedelta(minutes=120)
        assert not heard_since(session, company, ticket, parse_local("2026-12-09T10:10"))
        assert ticket.first_word_at == earlier
