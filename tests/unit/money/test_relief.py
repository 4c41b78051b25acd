"""Relief by the company's rules: what is granted at once, what a person decides, what not; nothing is booked twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.billing import ledger
from kefu.billing import service as billing
from kefu.billing.grants import Granted, decide, grant, waive
from kefu.billing.models import Bill, BillLine
from kefu.billing.periods import months_on
from kefu.billing.plans import parts_of
from kefu.billing.relief import Wish, assess
from kefu.billing.relief_rules import late_fees
from kefu.clock import clock, parse_local
from kefu.company.data import CompanyData
from kefu.db.migrate import migrate
from kefu.db.session import Database
from kefu.tickets.models import Ticket
from kefu.tickets.service import NotAllowed
from tests.support.books import NOW, a_bill, an_account, d, day, paid

SetClock = Callable[[str | None], None]
WAIVE, POSTPONE, PARTS = Wish("waive_late_fee"), Wish("postpone"), Wish("instalments")


def granted(
    session: Session, company: CompanyData, account: Account, wish: Wish, talk: str = "rest:anna", said: str = ""
) -> Granted:
    return grant(session, company, account, wish, talk, clock.now(), said)


def history(session: Session, ticket: Ticket) -> list[tuple[str, str, dict[str, object]]]:
    session.flush()
    session.refresh(ticket, ["history"])
    return [(entry.actor, entry.action, entry.changes) for entry in ticket.history]


# --- a late fee ------------------------------------------------------------------------------------------------------
def test_the_first_small_fee_is_waived_at_once_by_an_entry(
    session: Session, company: CompanyData, account: Account
) -> None:
    a_bill(session, account, "80", back=2)
    bill = a_bill(session, account, "100", fee="2.32")
    looked = assess(session, company, account, WAIVE)
    assert (looked.outcome, looked.amount) == ("granted", d("2.32"))
    assert "2.32元" in looked.says and looked.source.endswith("第4条") and looked.reasons == ()
    done = granted(session, company, account, WAIVE)
    (entry,) = done.waivers
    (line,) = billing.statement(session, entry).lines
    assert (entry.kind, entry.period, entry.sequence, entry.amount) == ("adjustment", bill.period, 1, d("-2.32"))
    assert (line.kind, line.amount) == ("late_fee_waiver", d("-2.32")) and "2026-10账单" in line.label
    assert bill.amount == d("102.32"), "the bill itself is never edited"
    shown = billing.statement(session, bill)
    assert [one.amount for one in shown.waived] == [d("-2.32")] and shown.due == d("100")
    assert [one.amount for one in billing.owing(session, account.number)] == [d("80"), d("100")]
    assert billing.standing_bills(session, account.number)[0] is bill, "a waiver is no bill of its own"
    assert (done.ticket.kind, done.ticket.category, done.ticket.status) == (
        "application",
        "request_fee_relief",
        "resolved",
    )
    assert ("assistant", "relief", {"relief": ["sent", "granted"]}) in history(session, done.ticket)


def test_asked_twice_is_once(session: Session, company: CompanyData, account: Account) -> None:
    a_bill(session, account, "100", fee="2.32")
    first, second = (granted(session, company, account, WAIVE) for _ in range(2))
    assert second.already and second.ticket is first.ticket
    assert len(list(session.scalars(select(Ticket)))) == 1
    elsewhere = assess(session, company, account, WAIVE)
    assert (elsewhere.outcome, elsewhere.says) == ("refused", company.relief.nothing["waive_late_fee"])
    with pytest.raises(NotAllowed):
        granted(session, company, account, WAIVE, talk="rest:boris")


def test_a_fee_that_was_paid_goes_to_the_balance(session: Session, company: CompanyData, account: Account) -> None:
    bill = a_bill(session, account, "100", fee="2.32")
    paid(session, account, bill, "102.32")
    granted(session, company, account, WAIVE)
    assert account.balance == d("2.32") and bill.status == "paid"
    assert ledger.settled(session, bill) == ledger.due(session, bill) == d("100")


def test_a_fee_of_a_bill_paid_without_a_payment_on_record(
    session: Session, company: CompanyData, account: Account
) -> None:
    a_bill(session, account, "100", fee="2.32", status="paid")
    granted(session, company, account, WAIVE)
    assert account.balance == d("2.32")


def test_a_bill_paid_but_for_its_fee_is_paid_then(session: Session, company: CompanyData, account: Account) -> None:
    bill = a_bill(session, account, "100", fee="2.32")
    paid(session, account, bill, "100")
    assert billing.owing(session, account.number)[0].amount == d("2.32")
    granted(session, company, account, WAIVE)
    assert bill.status == "paid" and billing.owing(session, account.number) == [] and account.balance == 0


@pytest.mark.parametrize(
    ("fee", "more", "reason"), [("20.01", {}, "20.01元"), ("5", {"customer_class": "business"}, "居民")]
)
def test_what_is_beyond_the_rules_is_sent_with_the_reason(
    session: Session, company: CompanyData, fee: str, more: dict[str, str], reason: str
) -> None:
    account = an_account(session, **more)
    bill = a_bill(session, account, "100", fee=fee)
    done = granted(session, company, account, WAIVE, said="我忘了缴")
    assert done.decision.outcome == "for_approval" and any(reason in one for one in done.decision.reasons)
    assert done.ticket.status == "new" and done.waivers == () and ledger.left(session, bill) == bill.amount
    for fact in (f"{d(fee):.2f}元", "2026-10账单逾期12天", "我忘了缴", "上次减免", reason, "第5条"):
        assert fact in done.ticket.description
    again = granted(session, company, account, WAIVE, talk="rest:boris")
    assert again.already and again.ticket is done.ticket, "one waits for approval already, whoever asked"


def test_a_second_favour_within_a_year_is_for_a_person(
    session: Session, company: CompanyData, account: Account, set_clock: SetClock
) -> None:
    a_bill(session, account, "100", fee="2")
    granted(session, company, account, WAIVE)
    set_clock("2027-12-09T10:20")
    a_bill(session, account, "100", fee="3")
    assert assess(session, company, account, WAIVE).outcome == "granted"
    set_clock("2027-12-08T10:20")
    second = assess(session, company, account, WAIVE)
    assert second.outcome == "for_approval" and "12个月" in second.reasons[0]


def test_our_own_fault_is_waived_and_does_not_count(session: Session, company: CompanyData, account: Account) -> None:
    october = a_bill(session, account, "3000", back=2)
    paid(session, account, october, "3000", "2026-11-16T23:50", status="not_credited")
    a_bill(session, account, "100", fee="36")
    looked = assess(session, company, account, WAIVE)
    assert (looked.outcome, looked.source[-3:]) == ("granted", "第3条") and "我们的原因" in looked.says
    granted(session, company, account, WAIVE)
    a_bill(session, account, "100", back=0, fee="1", label="违约金")
    assert assess(session, company, account, WAIVE).outcome == "granted"


def test_a_day_late_is_not_our_fault(session: Session, company: CompanyData, account: Account) -> None:
    october = a_bill(session, account, "3000", back=2)
    paid(session, account, october, "3000", "2026-11-17T00:10")
    a_bill(session, account, "100", fee="36")
    assert assess(session, company, account, WAIVE).outcome == "for_approval"


def test_large_business_fees_never(session: Session, company: CompanyData) -> None:
    account = an_account(session, customer_class="business")
    a_bill(session, account, "100000", fee="500.01")
    looked = assess(session, company, account, WAIVE)
    assert looked.outcome == "refused" and "第6条" in looked.source and "500元" in looked.says
    assert "instalments" not in dict(looked.instead), "100 000 yuan is beyond the rule too"
    with pytest.raises(NotAllowed, match="500元"):
        granted(session, company, account, WAIVE)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One database for many examples, each of which is rolled back."""
    made = Database(f"sqlite:///{tmp_path_factory.mktemp('relief') / 'many.db'}")
    migrate(made)
    yield made
    made.dispose()


@settings(deadline=None, max_examples=40)
@given(fees=st.lists(st.decimals("0.01", "40", places=2), min_size=1, max_size=3), settled=st.booleans())
def test_a_waiver_never_exceeds_the_fee_and_is_never_twice(
    many: Database, company: CompanyData, fees: list[Decimal], settled: bool
) -> None:
    clock.set(parse_local(NOW))
    with many.write() as session:
        account = an_account(session)
        bills = [
            a_bill(session, account, "50", back=n, fee=str(fee), label=f"违约金{n}") for n, fee in enumerate(fees, 1)
        ]
        for bill in bills if settled else ():
            paid(session, account, bill, bill.amount)
        for talk in ("rest:a", "rest:b"):
            ask_and_approve(session, company, account, talk)
        waived = select(BillLine.amount).where(BillLine.kind == "late_fee_waiver")
        assert (
            -sum(session.scalars(waived), d(0)) == sum(fees) == sum((b.amount for b in bills), d(0)) - 50 * len(bills)
        )
        assert account.balance == (sum(fees) if settled else 0)
        assert late_fees(session, account.number) == []
        session.rollback()
    clock.set(None)


def ask_and_approve(session: Session, company: CompanyData, account: Account, talk: str) -> None:
    """As a customer and a supervisor do who both press the button twice."""
    for _ in range(2):
        try:
            done = granted(session, company, account, WAIVE, talk)
        except NotAllowed:
            return
        for _ in range(2):
            if done.decision.outcome == "for_approval":
                decide(session, company, done.ticket, True, "supervisor1")


def test_waiving_a_waived_fee_is_refused(session: Session, company: CompanyData, account: Account) -> None:
    a_bill(session, account, "100", fee="2")
    (fee,) = late_fees(session, account.number)
    done = granted(session, company, account, WAIVE)
    with pytest.raises(NotAllowed):
        waive(session, fee, done.ticket, "x")


# --- a supervisor's word ---------------------------------------------------------------------------------------------
def test_approved_it_is_carried_out_once(session: Session, company: CompanyData, account: Account) -> None:
    bill = a_bill(session, account, "100", fee="30")
    ticket = granted(session, company, account, WAIVE).ticket
    done = decide(session, company, ticket, True, "supervisor1", "老客户")
    assert done is not None and [entry.amount for entry in done.waivers] == [d(-30)]
    assert ledger.left(session, bill) == d(100) and ticket.status == "resolved"
    assert ("supervisor1", "relief", {"relief": ["sent", "granted"]}) in history(session, ticket)
    again = decide(session, company, ticket, True, "supervisor1")
    assert again is not None and again.already and ledger.left(session, bill) == d(100)
    with pytest.raises(NotAllowed, match="已经批准"):
        decide(session, company, ticket, False, "supervisor1", "算了")


def test_refused_nothing_is_booked(session: Session, company: CompanyData, account: Account) -> None:
    bill = a_bill(session, account, "100", fee="30")
    ticket = granted(session, company, account, WAIVE).ticket
    assert decide(session, company, ticket, False, "supervisor1", "逾期是客户原因") is None
    assert ledger.left(session, bill) == d(130) and ticket.status == "resolved"
    assert ("supervisor1", "relief", {"relief": ["sent", "refused"]}) in history(session, ticket)
    with pytest.raises(NotAllowed, match="不批准"):
        decide(session, company, ticket, True, "supervisor1")


def test_approved_when_nothing_is_left_is_said(session: Session, company: CompanyData, account: Account) -> None:
    bill = a_bill(session, account, "3000", back=1)
    ticket = granted(session, company, account, PARTS).ticket
    paid(session, account, bill, "3000")
    with pytest.raises(NotAllowed, match="没有要缴"):
        decide(session, company, ticket, True, "supervisor1")


# --- later, or in parts ----------------------------------------------------------------------------------------------
@given(
    total=st.decimals("0.01", "999999.99", places=2),
    count=st.integers(1, 60),
    first=st.dates(day("2000-01-01"), day("2100-01-01")),
)
def test_parts_sum_to_the_total_to_the_fen(total: Decimal, count: int, first: date) -> None:
    if total < count * d("0.01"):
        with pytest.raises(ValueError, match="nothing"):
            parts_of(total, count, first)
        return
    parts = parts_of(total, count, first)
    assert sum(part.amount for part in parts) == total and len(parts) == count
    assert {part.amount for part in parts[1:]} <= {min(part.amount for part in parts)}
    assert 0 <= parts[0].amount - parts[-1].amount < count * d("0.01")
    assert all(part.amount == part.amount.quantize(d("0.01")) for part in parts)
    days = [part.due_on for part in parts]
    assert days == sorted(set(days)) and days[0] == first and {(one.year, one.month) for one in days}.__len__() == count


def test_months_end_where_they_end() -> None:
    assert [months_on(day("2027-01-31"), n) for n in (0, 1, 2, 13, -2)] == [
        day("2027-01-31"), day("2027-02-28"), day("2027-03-31"), day("2028-02-29"), day("2026-11-30"),
    ]  # fmt: skip


def test_instalments_are_rows_and_the_arrears_know_them(
    session: Session, company: CompanyData, account: Account
) -> None:
    bills = [a_bill(session, account, amount, back=back) for amount, back in (("200.01", 2), ("100", 1))]
    today = day("2026-12-20")
    done = granted(session, company, account, Wish("instalments", parts=3, first_on=day("2026-12-12")))
    assert done.decision.outcome == "granted" and done.plan is not None and "3期" in done.decision.says
    assert [(part.due_on, part.amount) for part in done.plan.parts] == [
        (day("2026-12-12"), d("100.01")), (day("2027-01-12"), d("100.00")), (day("2027-02-12"), d("100.00")),
    ]  # fmt: skip
    owed = billing.owing(session, account.number)
    assert [(one.bill, one.planned, one.fee_stopped) for one in owed] == [(bill, True, True) for bill in bills]
    assert billing.arrears(owed, today) == 0 and billing.total(owed) == d("300.01")
    assert billing.plan_of(session, account.number) is done.plan


def test_a_plan_kept_pays_its_bills(
    session: Session, company: CompanyData, account: Account, set_clock: SetClock
) -> None:
    bill = a_bill(session, account, "300")
    plan = granted(session, company, account, Wish("instalments", parts=2)).plan
    assert plan is not None
    paid(session, account, None, "150")
    assert [part.status for part in plan.parts] == ["kept", "open"]
    set_clock("2027-01-16T23:59")
    assert billing.plan_of(session, account.number) is plan, "the last day is in time"
    paid(session, account, bill, "150")
    assert (plan.status, bill.status, plan.ended_on) == ("kept", "paid", day("2027-01-16"))
    assert billing.owing(session, account.number) == [] and billing.plan_of(session, account.number) is None


def test_a_plan_not_kept_breaks_and_is_remembered(
    session: Session, company: CompanyData, account: Account, set_clock: SetClock
) -> None:
    a_bill(session, account, "300", fee="1")
    plan = granted(session, company, account, PARTS).plan
    assert plan is not None
    set_clock("2026-12-17T00:01")
    assert billing.plan_of(session, account.number) is None and plan.status == "broken"
    assert [part.status for part in plan.parts] == ["broken", "cancelled", "cancelled"]
    assert billing.arrears(billing.owing(session, account.number), day("2026-12-17")) == d(301)
    for wish in (WAIVE, POSTPONE, PARTS):
        looked = assess(session, company, account, wish)
        assert looked.outcome == "refused" and "没有按时缴" in looked.says
    set_clock("2027-12-18T00:01")
    assert assess(session, company, account, PARTS).outcome == "granted"


@pytest.mark.parametrize(
    ("amount", "wish", "outcome", "reason"),
    [
        ("300", PARTS, "granted", ""),
        ("300", Wish("instalments", parts=6), "granted", ""),
        ("299.99", Wish("instalments", parts=6), "for_approval", "50元"),
        ("120", Wish("instalments", parts=6), "refused", "30元"),
        ("900", Wish("instalments", parts=7), "refused", "6期"),
        ("2000", PARTS, "granted", ""),
        ("2000.01", PARTS, "for_approval", "2000元"),
        ("300", Wish("instalments", first_on=day("2026-12-17")), "for_approval", "7天"),
        ("300", Wish("instalments", first_on=day("2027-02-01")), "refused", "30天"),
        ("300", Wish("instalments", first_on=day("2026-12-01")), "refused", "天"),
        ("300", POSTPONE, "granted", ""),
        ("1000.01", POSTPONE, "for_approval", "1000元"),
        ("300", Wish("postpone", days=30), "granted", ""),
        ("300", Wish("postpone", days=31), "for_approval", "30天"),
        ("300", Wish("postpone", days=61), "refused", "60天"),
        ("0.01", PARTS, "refused", "30元"),
        ("300", Wish("hardship"), "for_approval", "低保"),
    ],
)  # fmt: skip
def test_the_limits_are_where_the_rules_say(
    session: Session, company: CompanyData, account: Account, amount: str, wish: Wish, outcome: str, reason: str
) -> None:
    a_bill(session, account, amount)
    looked = assess(session, company, account, wish)
    assert (looked.outcome, looked.amount) == (outcome, d(amount)), looked
    assert bool(looked.reasons) == (outcome != "granted") and reason in "".join(looked.reasons)
    if outcome == "refused":
        assert dict(looked.instead).get("postpone", "granted") == "granted"


def test_an_old_debt_is_not_put_off(session: Session, company: CompanyData, account: Account) -> None:
    a_bill(session, account, "300", back=9)
    looked = assess(session, company, account, POSTPONE)
    assert looked.outcome == "refused" and "7个月" in "".join(looked.reasons) and dict(looked.instead)["instalments"]


def test_postponed_nobody_is_cut_off_but_the_fee_runs(session: Session, company: CompanyData, account: Account) -> None:
    a_bill(session, account, "300")
    granted(session, company, account, Wish("postpone", days=20))
    (owed,) = billing.owing(session, account.number)
    assert owed.planned and not owed.fee_stopped
    second = assess(session, company, account, PARTS)
    assert second.outcome == "refused" and "正在进行" in second.says


def test_hardship_on_file_waives_and_spreads(session: Session, company: CompanyData) -> None:
    account = an_account(session, low_income=True)
    bill = a_bill(session, account, "600", fee="30")
    done = granted(session, company, account, Wish("hardship", parts=12))
    assert done.plan is not None and sum(part.amount for part in done.plan.parts) == d(600)
    assert ledger.left(session, bill) == d(600) and done.decision.papers == ()


def test_hardship_without_papers_asks_for_them(session: Session, company: CompanyData, account: Account) -> None:
    a_bill(session, account, "600", fee="30")
    done = granted(session, company, account, Wish("hardship"))
    assert done.decision.outcome == "for_approval" and done.decision.papers == tuple(company.relief.papers)
    carried = decide(session, company, done.ticket, True, "supervisor1")
    assert carried is not None and carried.plan is not None
    assert sum(part.amount for part in carried.plan.parts) == d(600) and len(carried.waivers) == 1


def test_who_owes_nothing_has_nothing_to_put_off(session: Session, company: CompanyData, account: Account) -> None:
    for wish in (POSTPONE, PARTS, Wish("hardship")):
        looked = assess(session, company, account, wish)
        assert (looked.outcome, looked.says, looked.instead) == ("refused", company.relief.nothing["owed"], ())


def test_looking_writes_nothing(session: Session, company: CompanyData, account: Account) -> None:
    a_bill(session, account, "300", fee="3")
    for wish in (WAIVE, POSTPONE, PARTS, Wish("hardship")):
        assess(session, company, account, wish)
    assert len(list(session.scalars(select(Bill)))) == 1 and list(session.scalars(select(Ticket))) == []


def test_the_days_of_a_sent_plan_begin_with_the_approval(
    session: Session, company: CompanyData, account: Account, set_clock: SetClock
) -> None:
    a_bill(session, account, "3000")
    ticket = granted(session, company, account, PARTS).ticket
    set_clock("2026-12-20T09:00")
    done = decide(session, company, ticket, True, "supervisor1")
    assert done is not None and done.plan is not None
    assert done.plan.parts[0].due_on == day("2026-12-20") + timedelta(days=7)
