"""Invoices asked for: one a bill and title, to the fen; a wrong title is reversed, never edited."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.billing.invoicing.decisions import Decision, decide
from kefu.billing.invoicing.requests import Invoiced, Wanted, missing_for, request_invoice
from kefu.billing.models import Bill, InvoiceRequest
from kefu.billing.noting import Asker
from kefu.clock import clock, parse_local
from kefu.company.data import CompanyData, get_company
from kefu.feeding import Conflict, Unknown
from kefu.tickets.models import Ticket
from tests.unit.papers.conftest import Find

MAIL = {"email": "zhang@example.com"}
TITLE = "云江百货有限公司"


@pytest.fixture
def ask(session: Session, company: CompanyData, asker: Asker) -> Any:
    def asked(account: Account, *periods: str, **more: Any) -> Invoiced:
        wanted = Wanted(periods, **({"title": "张三"} | MAIL | more))
        return request_invoice(session, company, account, wanted, asker)

    return asked


def states(done: Invoiced) -> list[tuple[str, str]]:
    return [(one.period, one.state) for one in done.bills]


def rows(session: Session) -> list[InvoiceRequest]:
    return list(session.scalars(select(InvoiceRequest).order_by(InvoiceRequest.id)))


def issue(session: Session, request: InvoiceRequest | None, number: str = "2633200001") -> InvoiceRequest:
    assert request is not None
    return decide(session, get_company(), request.id, Decision("issued", number, "https://invoice.example/1"), "agent1")


def test_an_invoice_a_bill_to_the_fen_and_everything_in_the_ticket(
    session: Session, company: CompanyData, ask: Any, account: Find
) -> None:
    home = account("normal")
    done = ask(home, "2026-10", "2026-11")
    assert states(done) == [("2026-10", "requested"), ("2026-11", "requested")]
    bills = {b.period: b for b in session.scalars(select(Bill).where(Bill.account_number == home.number))}
    assert [(row.amount, row.bill_number) for row in rows(session)] == [
        (bills[period].amount, bills[period].number) for period in ("2026-10", "2026-11")
    ]
    ticket = done.ticket
    assert (ticket.kind, ticket.category, ticket.account_number) == ("application", "ask_invoice", home.number)
    for part in ("电子普通发票", "张三", MAIL["email"], bills["2026-10"].number, f"{bills['2026-11'].amount}元"):
        assert part in ticket.description, part
    said = "\n".join(done.lines)
    assert company.invoices.kinds["ordinary"].ready in said and ticket.number in said
    assert f"{bills['2026-10'].amount}元" in said and done.promise.source in said


def test_asked_twice_is_the_same(session: Session, ask: Any, account: Find) -> None:
    first = ask(account("normal"), "2026-10", "2026-10")
    again = ask(account("normal"), "2026-10")
    assert states(again) == [("2026-10", "already")] and again.ticket is None
    assert again.bills[0].request is first.bills[0].request and len(rows(session)) == 1


def test_another_title_before_it_is_out_takes_its_place(session: Session, ask: Any, account: Find) -> None:
    first = ask(account("normal"), "2026-10")
    second = ask(account("normal"), "2026-10", title="李四")
    assert [row.status for row in rows(session)] == ["replaced", "requested"]
    assert rows(session)[1].replaces_id is None, "nothing was issued, nothing is reversed"
    assert first.ticket.status == "resolved" and second.ticket is not first.ticket


def test_a_title_changed_after_it_is_out_is_reversed(
    session: Session, company: CompanyData, ask: Any, account: Find
) -> None:
    old = issue(session, ask(account("normal"), "2026-10").bills[0].request)
    done = ask(account("normal"), "2026-10", title="李四")
    assert states(done) == [("2026-10", "title_change")]
    assert "冲红原发票2633200001" in done.ticket.description
    assert any(company.invoices.title_change.same_month in line for line in done.lines)
    assert old.status == "issued" and rows(session)[1].replaces_id == old.id
    ask(account("normal"), "2026-10", title="王五")
    assert [(row.status, row.replaces_id) for row in rows(session)] == [
        ("issued", None), ("replaced", old.id), ("requested", old.id),
    ]  # fmt: skip
    issue(session, rows(session)[2], "2633200002")
    assert old.status == "replaced" and "2633200002" in (old.reason or "")


def test_a_new_title_that_is_refused_leaves_the_old_invoice(session: Session, ask: Any, account: Find) -> None:
    old = issue(session, ask(account("normal"), "2026-10").bills[0].request)
    new = ask(account("normal"), "2026-10", title="李四").bills[0].request
    decide(session, get_company(), new.id, Decision("refused", reason="要户主同意书"), "agent1")
    assert old.status == "issued"


def test_a_month_later_another_way_is_told(session: Session, company: CompanyData, ask: Any, account: Find) -> None:
    issue(session, ask(account("normal"), "2026-10").bills[0].request)
    clock.set(parse_local("2027-01-09T10:00"))
    done = ask(account("normal"), "2026-10", title="李四")
    assert any(company.invoices.title_change.later in line for line in done.lines)


def test_unpaid_is_taken_and_said(session: Session, company: CompanyData, ask: Any, account: Find) -> None:
    done = ask(account("in_arrears"), "2026-10", "2026-11")
    assert {state for _, state in states(done)} == {"after_payment"} and len(rows(session)) == 2
    assert company.invoices.unpaid_says in done.lines and "未交清" in done.ticket.description


def test_unpaid_is_refused_where_the_rule_says_so(
    session: Session, company: CompanyData, account: Find, asker: Asker
) -> None:
    strict = replace(company, invoices=company.invoices.model_copy(update={"unpaid": "refused"}))
    done = request_invoice(session, strict, account("in_arrears"), Wanted(["2026-11"], "张三", **MAIL), asker)
    assert states(done) == [("2026-11", "unpaid")] and done.ticket is None and rows(session) == []


def test_only_what_was_billed_and_not_too_long_ago(session: Session, ask: Any, account: Find) -> None:
    done = ask(account("yj-water-res"), "2023-01", "2024-11", "2024-12", "2031-05")
    assert states(done) == [
        ("2023-01", "no_bill"), ("2024-11", "too_old"), ("2024-12", "requested"), ("2031-05", "no_bill"),
    ]  # fmt: skip


def test_a_corrected_bill_is_invoiced_as_it_stands(session: Session, ask: Any, account: Find) -> None:
    home = account("reversal")
    done = ask(home, "2026-11")
    assert [one.bill.kind for one in done.bills] == ["correction"]
    assert rows(session)[0].amount == done.bills[0].bill.amount


def test_nothing_due_is_no_invoice(session: Session, ask: Any, account: Find) -> None:
    home = account("normal")
    bill = session.scalar(select(Bill).where(Bill.account_number == home.number, Bill.period == "2026-10"))
    assert bill is not None
    bill.amount = Decimal("0.00")
    session.flush()
    assert states(ask(home, "2026-10")) == [("2026-10", "nothing_due")]


def test_what_is_missing_is_asked_in_order(company: CompanyData) -> None:
    assert missing_for(company, Wanted(["2026-10"], "")) == ["title"]
    assert missing_for(company, Wanted(["2026-10"], TITLE, unit=True)) == ["tax_number"]
    assert missing_for(company, Wanted(["2026-10"], TITLE, "special", **MAIL)) == ["tax_number", "address", "bank"]


def test_a_special_invoice_is_for_units_in_their_own_name(session: Session, ask: Any, account: Find) -> None:
    full = {"kind": "special", "tax_number": "91330100MA27X0001A", "address": "人民路1号", "bank": "工行1234"}
    refused = ask(account("normal"), "2026-10", **full)
    assert "单位户" in refused.refusal and refused.ticket is None
    shop = account("yj-elec-biz")
    other = ask(shop, "2026-10", **full)
    assert "户名" in other.refusal and shop.holder not in other.refusal, "the holder's name is not told"
    done = ask(shop, "2026-10", **full, title=shop.holder)
    assert done.refusal is None and rows(session)[0].bank == "工行1234"
    assert any("营业执照" in line for line in done.lines)


# --- decided -------------------------------------------------------------------------------------------------------------
def test_the_last_decision_resolves_the_ticket(session: Session, ask: Any, account: Find) -> None:
    done = ask(account("normal"), "2026-10", "2026-11")
    issue(session, done.bills[0].request)
    assert done.ticket.status == "new"
    no = decide(
        session, get_company(), done.bills[1].request.id, Decision("refused", reason="抬头和税号对不上"), "agent1"
    )
    assert no.status == "refused" and no.decided_at is not None
    assert done.ticket.status == "resolved"
    again = ask(account("normal"), "2026-11")
    assert states(again) == [("2026-11", "requested")], "what was refused may be asked again"


def test_decided_once(session: Session, ask: Any, account: Find) -> None:
    request = issue(session, ask(account("normal"), "2026-10").bills[0].request)
    events = len(session.get_one(Ticket, request.ticket_id).history)
    assert issue(session, request) is request
    assert len(session.get_one(Ticket, request.ticket_id).history) == events
    with pytest.raises(Conflict):
        issue(session, request, "another")
    with pytest.raises(Unknown):
        decide(session, get_company(), 999_999, Decision("refused", reason="x"), "agent1")
