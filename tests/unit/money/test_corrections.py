"""A wrong bill, its negative and the right one: what is paid, owed and credited comes out to the fen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.billing import ledger
from kefu.billing import service as billing
from kefu.billing.corrections import Corrected, correct_bill
from kefu.billing.feed import set_payment_status
from kefu.billing.grants import grant
from kefu.billing.models import Bill
from kefu.billing.relief import Wish
from kefu.billing.relief_rules import late_fees
from kefu.clock import clock, parse_local
from kefu.company.data import CompanyData
from kefu.db.migrate import migrate
from kefu.db.session import Database
from kefu.feeding import Conflict, FeedProblem, Unknown
from tests.support.books import LATE, NOW, a_bill, a_line, an_account, d, paid

SetClock = Callable[[str | None], None]


def corrected(session: Session, bill: Bill, amount: str | Decimal, fee: str | None = None) -> Corrected:
    lines = [a_line(amount)] + ([a_line(fee, "late_fee", LATE)] if fee else [])
    right = {"amount": sum((line["amount"] for line in lines), d(0)), "usage": d(100), "current_reading": d(1100)}
    return correct_bill(session, bill.number, right, lines, "表数抄错")


def test_three_entries_of_one_period(session: Session, account: Account) -> None:
    wrong = a_bill(session, account, "300")
    done = corrected(session, wrong, "90")
    entries = billing.statement(session, done.correction).entries
    assert [(one.kind, one.sequence, one.amount, one.status) for one in entries] == [
        ("normal", 0, d(300), "reversed"), ("reversal", 1, d(-300), "reversed"), ("correction", 2, d(90), "unpaid"),
    ]  # fmt: skip
    assert [one.reason for one in entries] == [None, "表数抄错", "表数抄错"]
    assert (done.reversal.usage, done.reversal.previous_reading, done.reversal.current_reading) == (-200, 1200, 1000)
    assert (done.correction.current_reading, done.correction.tariff) == (1100, wrong.tariff)
    assert (done.credited, done.owed, done.new) == (0, 90, True)
    assert billing.standing_bills(session, account.number) == [done.correction]
    assert (done.correction.due_on - done.correction.issued_on).days == 15


def test_the_same_again_changes_nothing(session: Session, account: Account, set_clock: SetClock) -> None:
    wrong = a_bill(session, account, "300")
    first = corrected(session, wrong, "90")
    set_clock("2026-12-11T10:20")
    again = corrected(session, wrong, "90")
    assert not again.new and (again.reversal, again.correction) == (first.reversal, first.correction)
    with pytest.raises(Conflict, match=first.correction.number):
        corrected(session, wrong, "91")
    second = corrected(session, first.correction, "91")
    assert second.owed == d(91) and len(billing.statement(session, wrong).entries) == 5


def test_what_cannot_be_corrected_is_said(session: Session, account: Account) -> None:
    with pytest.raises(Unknown):
        correct_bill(session, "ZD-NONE", {"amount": d(1), "usage": d(1)}, [a_line("1")], "x")
    wrong = a_bill(session, account, "300")
    with pytest.raises(FeedProblem, match="不一致"):
        correct_bill(session, wrong.number, {"amount": d(2), "usage": d(1)}, [a_line("1")], "x")


@pytest.mark.parametrize("by_hand", ["entry", "status"])
def test_a_bill_reversed_by_the_utility_is_not_reversed_again(session: Session, account: Account, by_hand: str) -> None:
    wrong = a_bill(session, account, "300")
    if by_hand == "entry":
        a_bill(session, account, "-300", kind="reversal", status="reversed")
    else:
        wrong.status = "reversed"
    with pytest.raises(Conflict, match="已经冲正"):
        corrected(session, wrong, "90")


def test_paid_too_much_is_credited_too_little_is_owed(session: Session, account: Account) -> None:
    wrong = a_bill(session, account, "300")
    payment = paid(session, account, wrong, "300")
    less = corrected(session, wrong, "90")
    assert (less.credited, less.owed, account.balance) == (210, 0, 210) and less.correction.status == "paid"
    assert payment.bill_id == wrong.id, "the payment stays where it was booked"
    more = corrected(session, less.correction, "120")
    assert (more.credited, more.owed, account.balance) == (0, 30, 210) and more.correction.status == "unpaid"
    paid(session, account, more.correction, "30")
    assert more.correction.status == "paid" and account.balance == 210


def test_paid_without_a_payment_on_record(session: Session, account: Account) -> None:
    wrong = a_bill(session, account, "300", status="paid")
    assert corrected(session, wrong, "90").credited == account.balance == 210
    dearer = a_bill(session, account, "300", back=2, status="paid")
    assert corrected(session, dearer, "310").owed == 10


def test_a_payment_credited_after_the_correction_counts(session: Session, account: Account) -> None:
    wrong = a_bill(session, account, "300")
    payment = paid(session, account, wrong, "300", status="not_credited")
    right = corrected(session, wrong, "90").correction
    assert right.status == "unpaid"
    set_payment_status(session, payment.id, "credited")
    assert right.status == "paid" and account.balance == 210


def test_a_waived_fee_stays_waived_once(session: Session, company: CompanyData, account: Account) -> None:
    wrong = a_bill(session, account, "300", fee="2")
    grant(session, company, account, Wish("waive_late_fee"), "rest:anna", clock.now())
    kept = corrected(session, wrong, "90", fee="2")
    assert kept.owed == 90 and late_fees(session, account.number) == []
    without = corrected(session, kept.correction, "90")
    assert without.owed == 90, "the waiver of a fee that is gone is reversed too"


def test_a_plan_follows_the_right_bill(session: Session, company: CompanyData, account: Account) -> None:
    wrong = a_bill(session, account, "300")
    plan = grant(session, company, account, Wish("instalments", parts=3), "rest:anna", clock.now()).plan
    assert plan is not None
    right = corrected(session, wrong, "150").correction
    assert plan.bills == [right.number] and [part.amount for part in plan.parts] == [100, 50, 0]
    dearer = corrected(session, right, "160.01").correction
    assert sum(part.amount for part in plan.parts) == d("160.01") and plan.bills == [dearer.number]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One database for many examples, each of which is rolled back."""
    made = Database(f"sqlite:///{tmp_path_factory.mktemp('corrections') / 'many.db'}")
    migrate(made)
    yield made
    made.dispose()


YUAN = st.decimals("0.01", "9999.99", places=2)


@settings(deadline=None, max_examples=40)
@given(first=YUAN, rest=st.lists(YUAN, min_size=1, max_size=4), share=st.integers(0, 3))
def test_reversal_and_correction_net_to_the_difference(
    many: Database, first: Decimal, rest: list[Decimal], share: int
) -> None:
    """Whatever was paid (nothing, a part, all, twice): paid = right bill − owed + credited, however often it is corrected."""
    clock.set(parse_local(NOW))
    with many.write() as session:
        account = an_account(session)
        bill = a_bill(session, account, str(first))
        given_in = [first / 2, first, first][: share if share != 2 else 2]
        payments = [paid(session, account, bill, part.quantize(d("0.01"))).amount for part in given_in]
        for amount in rest:
            before, balance, left = bill.amount, account.balance, ledger.left(session, bill)
            done = corrected(session, bill, amount)
            assert done.reversal.amount + done.correction.amount == amount - before
            assert account.balance - balance == done.credited >= 0 and done.owed >= 0
            bill = done.correction
            assert (bill.status == "paid") == (done.owed == 0)
            assert left >= 0
        assert ledger.settled(session, bill) + account.balance == sum(payments, d(0))
        assert ledger.due(session, bill) == rest[-1] == ledger.settled(session, bill) + ledger.left(session, bill)
        period = session.scalars(select(Bill.amount).where(Bill.account_number == account.number)).all()
        assert sum(period, d(0)) == rest[-1]
        session.rollback()
    clock.set(None)
