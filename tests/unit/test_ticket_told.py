"""Customers hear of their own ticket before they ask: somebody is there, it waits and why, we are late."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.db.session import Database
from kefu.jobs.runner import run_due
from kefu.outbox.models import OutboxMessage
from kefu.tickets import service as tickets
from kefu.tickets.feed import change_ticket, take_step
from kefu.tickets.models import Ticket
from kefu.tickets.service import Report

SetClock = Callable[[str | None], None]


@pytest.fixture
def number(database: Database, company: CompanyData, set_clock: SetClock) -> str:
    set_clock("2026-12-09T10:20")
    with database.write() as session:
        report = Report("fault", "report_outage", "家里停电了", clock.now(), service="electricity", area_class="urban")
        report.conversation_id = "rest:anna"
        return tickets.open_ticket(session, company, report, "customer")[0].number


def heard(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(OutboxMessage.text).order_by(OutboxMessage.id)))


def test_the_crew_is_there_and_what_it_waits_for(database: Database, company: CompanyData, number: str) -> None:
    with database.write() as session:
        take_step(session, company, number, "arrived", "已到", None, "agent1")
        given = {"status": "waiting", "waiting_for": "customer_absent"}
        change_ticket(session, company, number, given, "agent1")
    arrived, waiting = heard(database)
    assert "已经到现场" in arrived and number in arrived
    assert company.clock_rules.reasons["customer_absent"].says in waiting


def test_what_another_system_tells_much_later_is_no_news(database: Database, company: CompanyData, number: str) -> None:
    at = clock.now()
    clock.set(at + timedelta(hours=5))
    with database.write() as session:
        take_step(session, company, number, "arrived", "已到", at + timedelta(minutes=5), "integration1")
    assert heard(database) == []


def test_late_is_said_by_ourselves_once_with_the_time(database: Database, company: CompanyData, number: str) -> None:
    clock.set(clock.now() + timedelta(minutes=50))
    run_due(database, company)
    clock.set(clock.now() + timedelta(hours=3))
    run_due(database, company)
    late = [text for text in heard(database) if "没有做到" in text]
    assert len(late) == 1 and "12月9日11:05" in late[0] and company.company.emergency_phone("electricity") in late[0]


def test_part_of_an_incident_hears_by_the_incident(database: Database, company: CompanyData, number: str) -> None:
    with database.write() as session:
        session.scalars(select(Ticket)).one().incident = "SJ1"
    clock.set(clock.now() + timedelta(minutes=50))
    run_due(database, company)
    assert heard(database) == []
