"""Tickets told to another system: every entry, signed, in order, tried again, given up onto a list, sent again from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.alerts.models import Alert
from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.courier import signature
from kefu.db.session import Database
from kefu.exports import service as exports
from kefu.exports.models import TicketExport
from kefu.exports.routes import told_of
from kefu.exports.service import ExportSender, send_again
from kefu.settings import Settings, get_settings
from kefu.tickets import service as tickets
from kefu.tickets.models import Ticket
from kefu.tickets.service import Report
from tests.support.receiver import Receiver, receiving

SECRET = "a secret of both systems"


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    with receiving() as running:
        monkeypatch.setenv("TICKET_WEBHOOK_URL", running.url)
        monkeypatch.setenv("TICKET_WEBHOOK_SECRET", SECRET)
        get_settings.cache_clear()
        yield running
        monkeypatch.undo()
        get_settings.cache_clear()


@pytest.fixture
def sender(
    database: Database, company: CompanyData, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> ExportSender:
    assert receiver.url
    monkeypatch.setattr(exports, "pause_after", lambda _attempts: timedelta(0))
    return ExportSender(database, company, get_settings(), told_of)


@pytest.fixture
def made(database: Database, company: CompanyData, receiver: Receiver) -> Callable[[], str]:
    def one() -> str:
        with database.write() as session:
            report = Report("fault", "report_outage", "家里停电了", clock.now(), service="electricity")
            report.phone = "13800000000"
            return tickets.open_ticket(session, company, report, "customer")[0].number

    assert receiver.url
    return one


def moved(database: Database, company: CompanyData, number: str, status: str) -> None:
    with database.write() as session:
        ticket = session.scalars(select(Ticket).where(Ticket.number == number)).one()
        tickets.move(session, company, ticket, "agent1", status, "已派抢修队")


def rows(database: Database) -> list[TicketExport]:
    with database.read() as session:
        return list(session.scalars(select(TicketExport).order_by(TicketExport.id)))


def until_quiet(sender: ExportSender, most: int = 100) -> None:
    for _ in range(most):
        before = [(row.status, row.attempts) for row in rows(sender._database)]
        sender.deliver_due()
        if [(row.status, row.attempts) for row in rows(sender._database)] == before:
            return
    raise AssertionError("it never ends")


def test_every_entry_is_told_signed_in_order(
    database: Database, company: CompanyData, receiver: Receiver, sender: ExportSender, made: Callable[[], str]
) -> None:
    number = made()
    moved(database, company, number, "assigned")
    until_quiet(sender)
    got = [one["entry"]["action"] for one in receiver.got]
    assert got[0] == "created" and got[-1] == "status" and len(got) == len(rows(database))
    assert {row.status for row in rows(database)} == {"sent"}
    for posted in receiver.posted:
        at = posted.headers["X-Kefu-Timestamp"]
        assert posted.headers["X-Kefu-Signature"] == signature(SECRET, at, posted.body)
        assert posted.headers["Idempotency-Key"] == str(posted.told["id"])
        assert (posted.told["ticket"]["number"], posted.told["ticket"]["phone"]) == (number, "13800000000")


def test_nothing_of_a_ticket_overtakes_and_other_tickets_go_on(
    database: Database, company: CompanyData, receiver: Receiver, sender: ExportSender, made: Callable[[], str]
) -> None:
    first = made()
    moved(database, company, first, "assigned")
    second = made()
    receiver.answers = [503]
    until_quiet(sender)
    ids = [one["id"] for one in receiver.got if one["ticket"]["number"] == first]
    assert ids == sorted(ids) and ids[0] == ids[1], "tried again before what comes after it"
    assert any(one["ticket"]["number"] == second for one in receiver.got)


def test_while_nobody_answers_the_rest_keep_their_tries(
    database: Database, receiver: Receiver, sender: ExportSender, made: Callable[[], str]
) -> None:
    for _ in range(3):
        made()
    receiver.then = 503
    assert sender.deliver_due() == 0 and len(receiver.got) == 1
    assert sorted(row.attempts for row in rows(database))[-2:] == [0, 1]


@pytest.mark.parametrize("answer", [400, 500])
def test_given_up_it_is_on_the_list_with_one_alert_and_can_be_sent_again(
    database: Database, receiver: Receiver, sender: ExportSender, made: Callable[[], str], answer: int
) -> None:
    receiver.then = answer
    made()
    until_quiet(sender)
    assert {(row.status, row.problem) for row in rows(database)} == {("dead", f"HTTP {answer}")}
    assert {row.attempts for row in rows(database)} == {1 if answer == 400 else exports.TRIES}
    with database.write() as session:
        assert [alert.kind for alert in session.scalars(select(Alert)) if alert.kind == "export_dead"] == [
            "export_dead"
        ]
        receiver.then = 200
        for row in session.scalars(select(TicketExport)):
            send_again(row)
    until_quiet(sender)
    assert {row.status for row in rows(database)} == {"sent"}


def test_taken_back_with_its_ticket(database: Database, company: CompanyData, made: Callable[[], str]) -> None:
    with pytest.raises(RuntimeError), database.write() as session:
        _half(session, company)
    assert rows(database) == [] and made()


def _half(session: Session, company: CompanyData) -> None:
    tickets.open_ticket(session, company, Report("fault", "report_outage", "停电", clock.now()), "customer")
    session.flush()
    raise RuntimeError("the turn failed")


def test_without_an_address_nothing_is_written(database: Database, company: CompanyData) -> None:
    with database.write() as session:
        tickets.open_ticket(session, company, Report("fault", "report_outage", "停电", clock.now()), "customer")
    assert rows(database) == []


@pytest.mark.parametrize("secret", ["", "too short"])
def test_without_a_good_secret_it_does_not_start(secret: str) -> None:
    given: dict[str, Any] = {"ticket_webhook_url": "http://127.0.0.1:9/hook", "ticket_webhook_secret": secret}
    assert any("TICKET_WEBHOOK_SECRET" in problem for problem in Settings(**given).problems())
