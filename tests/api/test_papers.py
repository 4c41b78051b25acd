"""Invoices asked for, and where a reading comes from, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from kefu.accounts.models import Account
from kefu.billing.assessing import OwnReading
from kefu.billing.invoicing.requests import Wanted, request_invoice
from kefu.billing.models import Bill
from kefu.billing.noting import Asker
from kefu.billing.own_readings import keep
from kefu.billing.usage_history import standing_readings
from kefu.clock import clock, local
from kefu.company.data import CompanyData
from kefu.db.session import Database
from tests.api.feeding import Feed, a_bill
from tests.support.desk import Desk

PERIODS = ("2026-08", "2026-09")


@pytest.fixture
def asked(desk: Desk, company: CompanyData, sender: str) -> Callable[..., str]:
    """An account whose customer has asked for two invoices, written beside the running service."""

    def ask(**more: Any) -> str:
        feed = Feed(desk)
        number = feed.account()
        for period in PERIODS:
            feed.ok("POST", "/api/bills", a_bill(number, period=period, status="paid"))
        database = Database(desk.server.environment["DATABASE_URL"])
        with database.write() as session:
            account = session.get_one(Account, number)
            asker = Asker(f"rest:{sender}", clock.now(), "13800138000", "要发票")
            wanted = Wanted(PERIODS, **({"title": "张三丰", "email": "zhang@example.com"} | more))
            assert request_invoice(session, company, account, wanted, asker).ticket is not None
        database.dispose()
        return number

    return ask


def invoices(desk: Desk, role: str = "supervisor", **wanted: Any) -> list[dict[str, Any]]:
    return desk.items("/api/invoices", role, **wanted)


def test_invoices_are_listed_filtered_and_walked(desk: Desk, asked: Callable[..., str], sender: str) -> None:
    number = asked()
    found = invoices(desk, account_number=number)
    assert [(row["period"], row["amount"], row["status"]) for row in found] == [
        ("2026-09", "125.24", "requested"), ("2026-08", "125.24", "requested"),
    ]  # fmt: skip
    assert invoices(desk, conversation_id=sender) == found == invoices(desk, ticket=found[0]["ticket"])
    assert desk.walk("/api/invoices", account_number=number, limit=1) == found
    assert [row["period"] for row in invoices(desk, account_number=number, period="2026-08")] == ["2026-08"]
    assert invoices(desk, account_number=number, status="issued") == []
    ticket = desk.page(f"/api/tickets/{found[0]['ticket']}")
    assert (ticket["category"], ticket["account_number"]) == ("ask_invoice", number)


def test_an_agent_sees_a_persons_values_masked(desk: Desk, asked: Callable[..., str]) -> None:
    shown = {role: invoices(desk, role, account_number=asked())[0] for role in ("agent", "supervisor")}
    assert [shown["agent"][name] for name in ("title", "email", "phone")] == ["张**", "z***@example.com", "138****8000"]
    assert [shown["supervisor"][name] for name in ("title", "email")] == ["张三丰", "zhang@example.com"]


def test_issued_and_refused_once(desk: Desk, asked: Callable[..., str]) -> None:
    feed = Feed(desk, "agent")
    newer, older = invoices(desk, account_number=asked())
    issued = {"status": "issued", "invoice_number": "26332000000012345678", "url": "https://invoice.example/1"}
    shown = feed.ok("PATCH", f"/api/invoices/{newer['id']}", issued)
    assert {name: shown[name] for name in issued} == issued and shown["decided_at"]
    assert feed.ok("PATCH", f"/api/invoices/{newer['id']}", issued) == shown
    feed.refused(409, "PATCH", f"/api/invoices/{newer['id']}", {"status": "refused", "reason": "弄错了"})
    refused = feed.ok("PATCH", f"/api/invoices/{older['id']}", {"status": "refused", "reason": "税号不对"})
    assert (refused["status"], refused["reason"]) == ("refused", "税号不对")
    ticket = desk.page(f"/api/tickets/{newer['ticket']}")
    assert ticket["status"] == "resolved"
    assert [e["action"] for e in ticket["history"]] == ["created", "invoice", "invoice", "status"]


@pytest.mark.parametrize(
    "wrong",
    [{"status": "issued"}, {"status": "refused"}, {"status": "requested"}, {"status": "replaced", "reason": "x"}]
    + [
        {"status": "issued", "invoice_number": "1", "reason": "x"},
        {"status": "refused", "reason": "x", "url": "http://x.cn"},
    ]
    + [{"status": "issued", "invoice_number": "1", "url": "javascript:alert(1)"}],
    ids=repr,
)
def test_a_decision_without_its_parts_is_refused(desk: Desk, asked: Callable[..., str], wrong: dict[str, Any]) -> None:
    row = invoices(desk, account_number=asked())[0]
    Feed(desk).refused(422, "PATCH", f"/api/invoices/{row['id']}", wrong)
    assert invoices(desk, account_number=row["account_number"])[0]["status"] == "requested"


def test_readings_say_where_they_come_from(desk: Desk, company: CompanyData, sender: str) -> None:
    feed = Feed(desk)
    number = feed.account()
    body = {"account_number": number, "read_on": "2026-09-30", "value": "8000"}
    feed.ok("POST", "/api/readings", [body, body | {"read_on": "2026-10-31", "value": "8100", "source": "remote"}])
    feed.ok("POST", "/api/readings", body | {"read_on": "2026-08-31", "value": "7900", "estimated": True})
    feed.refused(422, "POST", "/api/readings", body | {"source": "neighbour"})
    database = Database(desk.server.environment["DATABASE_URL"])
    with database.write() as session:
        account = session.get_one(Account, number)
        last = standing_readings(session, number)[-1]
        asker = Asker(f"rest:{sender}", clock.now())
        today = local(clock.now()).date()
        for value in (last.value - 50, last.value + 60):
            keep(session, company, account, OwnReading(value, today, photos=[1]), asker)
        assert session.scalar(select(Bill.id).where(Bill.account_number == number)) is None
        assert today - last.read_on > timedelta(days=0)
    database.dispose()
    shown = desk.items(f"/api/accounts/{number}/readings")
    assert [(row["source"], row["status"]) for row in shown] == [
        ("customer", "accepted"), ("customer", "for_check"), ("remote", "accepted"), ("reader", "accepted"),
        ("estimate", "accepted"),
    ]  # fmt: skip
    assert shown[0]["supersedes"] == shown[1]["id"] and shown[0]["photos"] == [1]
    assert shown[0]["conversation_id"] == f"rest:{sender}"
    assert desk.items(f"/api/accounts/{number}/readings", source="customer") == shown[:2]
    assert [row["id"] for row in desk.items(f"/api/accounts/{number}/readings", status="for_check")] == [shown[1]["id"]]
