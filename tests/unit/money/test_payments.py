"""Payments looked for, and supply after a cut: what is told, by when, and never whose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from kefu.accounts.feed import put_account
from kefu.accounts.models import Account
from kefu.billing.corrections import correct_bill
from kefu.billing.grants import grant
from kefu.billing.payments import find_payments
from kefu.billing.reconnection import request, state
from kefu.billing.relief import Wish
from kefu.clock import clock, parse_local
from kefu.company.data import CompanyData
from kefu.tickets.service import NotAllowed, move
from tests.support.books import a_bill, a_line, an_account, d, day, paid

SetClock = Callable[[str | None], None]
CUT = "2026-12-05T09:00"


# --- looking for a payment -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("channel", "at", "state_", "by"),
    [
        ("微信", "2026-12-08T18:42", "on_the_way", "2026-12-09T18:42"),
        ("支付宝", "2026-12-08T10:19", "too_late", "2026-12-09T10:19"),
        ("营业厅", "2026-12-09T09:00", "too_late", "2026-12-09T09:30"),
        ("银行代扣", "2026-12-04T15:00", "on_the_way", "2026-12-08T17:30"),
        ("农行转账", "2026-12-08T15:00", "on_the_way", "2026-12-10T17:30"),
    ],
)
def test_received_and_not_credited(
    session: Session, company: CompanyData, account: Account, channel: str, at: str, state_: str, by: str
) -> None:
    bill = a_bill(session, account, "100")
    paid(session, account, bill, "100", at, channel=channel, status="not_credited")
    (found,) = find_payments(session, company, account)
    assert found.by == parse_local(by)
    assert found.state == (state_ if parse_local(by) >= clock.now() else "too_late")
    assert (found.amount, found.period, found.channel) == (d(100), "2026-11", channel) and found.says and found.source


def test_credited_is_told_and_found_by_what_people_remember(
    session: Session, company: CompanyData, account: Account
) -> None:
    bills = [a_bill(session, account, amount, back=back) for amount, back in (("80", 2), ("100", 1))]
    for bill, at in zip(bills, ("2026-11-05T23:59", "2026-12-03T10:00"), strict=True):
        paid(session, account, bill, bill.amount, at)
    assert [(one.state, one.amount) for one in find_payments(session, company, account)] == [("credited", d(100))]
    for asked in ({"amount": d(80)}, {"on": day("2026-11-06")}, {"on": day("2026-11-05"), "channel": "微信"}):
        (found,) = find_payments(session, company, account, **asked)  # type: ignore[arg-type]
        assert (found.state, found.amount) == ("credited", d(80))
    for nothing in ({"amount": d(81)}, {"on": day("2026-11-08")}, {"channel": "支付宝"}, {"reference": "0000"}):
        (found,) = find_payments(session, company, account, **nothing)  # type: ignore[arg-type]
        assert found.state == "nothing" and found.proof == tuple(company.payments.proof)


def test_only_the_end_of_a_reference_is_shown(session: Session, company: CompanyData, account: Account) -> None:
    payment = paid(session, account, a_bill(session, account, "100"), "100")
    for asked in (payment.reference, payment.reference[-4:]):
        (found,) = find_payments(session, company, account, reference=asked)
        assert found.reference == payment.reference[-4:] and payment.reference not in str(asdict(found))
    assert find_payments(session, company, account, reference=payment.reference[-3:])[0].state == "nothing"


@pytest.mark.parametrize("status", ["credited", "not_credited"])
def test_paid_twice_offers_both_ways(session: Session, company: CompanyData, account: Account, status: str) -> None:
    bill = a_bill(session, account, "100")
    paid(session, account, bill, "100", "2026-12-03T10:00")
    paid(session, account, bill, "100", "2026-12-03T10:05", status=status)
    (found,) = find_payments(session, company, account)
    assert (found.state, found.over) == ("paid_twice", d(100)) and set(dict(found.offers)) == {"prepay", "refund"}


def test_two_parts_of_one_bill_are_not_twice(session: Session, company: CompanyData, account: Account) -> None:
    bill = a_bill(session, account, "100")
    for amount, at in (("60", "2026-12-03T10:00"), ("50", "2026-12-04T10:00")):
        paid(session, account, bill, amount, at)
    (found,) = find_payments(session, company, account)
    assert (found.state, found.over) == ("paid_twice", d(10)), "only what is too much"
    other = an_account(session)
    bill = a_bill(session, other, "100")
    for at in ("2026-12-03T10:00", "2026-12-04T10:00"):
        paid(session, other, bill, "50", at)
    assert {one.state for one in find_payments(session, company, other, amount=d(50))} == {"credited"}


def test_what_went_to_the_balance_is_not_offered_again(
    session: Session, company: CompanyData, account: Account
) -> None:
    bill = a_bill(session, account, "100")
    for at in ("2026-12-03T10:00", "2026-12-03T10:05"):
        paid(session, account, bill, "100", at)
    correct_bill(session, bill.number, {"amount": d(90), "usage": d(1)}, [a_line("90")], "表数抄错")
    assert account.balance == d(110)
    assert {one.state for one in find_payments(session, company, account, amount=d(100))} == {"credited"}


def test_somebody_elses_account_stays_unknown(session: Session, company: CompanyData, account: Account) -> None:
    other = an_account(session, holder="李四")
    theirs = paid(session, other, a_bill(session, other, "77"), "77")
    (found,) = find_payments(session, company, account, amount=d(77), reference=theirs.reference)
    assert found.state == "elsewhere"
    told = str(asdict(found))
    assert not any(secret in told for secret in (other.number, "李四", theirs.reference[-4:], "77"))
    for amount, reference in ((None, theirs.reference), (d(78), theirs.reference), (d(77), theirs.reference[-4:])):
        assert find_payments(session, company, account, amount, reference=reference)[0].state == "nothing"
    assert find_payments(session, company, account)[0].state == "nothing"


# --- after a cut -----------------------------------------------------------------------------------------------------
def cut(session: Session, **more: str) -> Account:
    return an_account(session, status="cut_off", cut_off_at=parse_local(CUT), **more)


@pytest.mark.parametrize("status", ["active", "suspended", "closed"])
def test_not_cut_off(session: Session, company: CompanyData, status: str) -> None:
    account = an_account(session, status=status)
    now = state(session, company, account)
    assert (now.kind, now.account_status, now.due_at) == ("not_cut_off", status, None)
    with pytest.raises(NotAllowed, match="没有停供"):
        request(session, company, account, "rest:anna", clock.now())


def test_a_cut_has_its_time_and_loses_it(session: Session) -> None:
    account = an_account(session)
    same = {"number": account.number, "service": "electricity", "holder": "张三", "address": account.address}
    put_account(session, {**same, "status": "cut_off"})
    assert account.cut_off_at is not None and abs(account.cut_off_at - clock.now()) < timedelta(seconds=10)
    since = account.cut_off_at
    put_account(session, {**same, "status": "cut_off"})
    assert account.cut_off_at == since
    put_account(session, {**same, "status": "active"})
    assert account.cut_off_at is None


def test_still_owing(session: Session, company: CompanyData) -> None:
    account = cut(session)
    bill = a_bill(session, account, "100", back=3)
    paid(session, account, bill, "40", "2026-12-08T18:00")
    now = state(session, company, account)
    assert (now.kind, now.owed) == ("owing", d(60))
    with pytest.raises(NotAllowed, match="60"):
        request(session, company, account, "rest:anna", clock.now())


@pytest.mark.parametrize(("service", "at_home"), [("electricity", False), ("water", False), ("gas", True)])
def test_all_paid_is_back_in_a_day(session: Session, company: CompanyData, service: str, at_home: bool) -> None:
    account = cut(session, service=service)
    paid(session, account, a_bill(session, account, "100", back=3), "100", "2026-12-08T18:00")
    now = state(session, company, account)
    assert (now.kind, now.due_at, now.late, now.at_home) == ("paid", parse_local("2026-12-09T18:00"), False, at_home)
    ticket, new = request(session, company, account, "rest:anna", clock.now())
    assert new and (ticket.kind, ticket.category, ticket.priority) == ("application", "ask_reconnection", "high")
    assert (
        ticket.due_at == now.due_at
        and "24小时" in ticket.due_source
        and company.reconnection_of(service).source in ticket.due_source
    )
    assert ("大人在家" in ticket.description) == at_home
    assert request(session, company, account, "rest:boris", clock.now()) == (ticket, False)
    assert state(session, company, account).ticket is ticket


def test_a_day_over_is_late(session: Session, company: CompanyData, set_clock: SetClock) -> None:
    account = cut(session)
    paid(session, account, a_bill(session, account, "100", back=3), "100", "2026-12-08T10:19")
    now = state(session, company, account)
    assert now.late and "超过承诺" in request(session, company, account, "rest:anna", clock.now())[0].description


def test_a_payment_seen_is_believed(session: Session, company: CompanyData) -> None:
    account = cut(session)
    paid(session, account, a_bill(session, account, "100", back=3), "100", "2026-12-09T09:00", status="not_credited")
    now = state(session, company, account)
    assert (now.kind, now.owed, now.due_at) == ("uncredited", d(100), parse_local("2026-12-10T09:00"))
    ticket, new = request(session, company, account, "rest:anna", clock.now())
    assert new and "尚未入账" in ticket.description
    move(session, company, ticket, "agent1", "closed")
    assert request(session, company, account, "rest:anna", clock.now())[1], "a closed request is no request"


def test_a_payment_that_does_not_cover_it_is_not_enough(session: Session, company: CompanyData) -> None:
    account = cut(session)
    paid(session, account, a_bill(session, account, "100", back=3), "99.99", "2026-12-09T09:00", status="not_credited")
    now = state(session, company, account)
    assert now.kind == "owing" and now.payment is not None


def test_with_a_plan_the_first_part_is_enough(session: Session, company: CompanyData) -> None:
    account = cut(session)
    a_bill(session, account, "300", back=2)
    grant(session, company, account, Wish("instalments", parts=3), "rest:anna", clock.now())
    assert state(session, company, account).owed == d(100)
    paid(session, account, None, "100")
    now = state(session, company, account)
    assert now.kind == "paid" and now.due_at is not None and now.due_at > clock.now()
