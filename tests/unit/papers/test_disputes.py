"""A doubted bill: the whole case in one ticket, one open dispute a bill, and what is left out of late fees meanwhile."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.billing.assessing import OwnReading
from kefu.billing.disputes import Doubted, Opened, disputed_bills, open_dispute, rule_of
from kefu.billing.models import Bill
from kefu.billing.noting import Asker
from kefu.billing.service import standing_bills, statement
from kefu.billing.usage_history import usage_by_period
from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.company.promises import promise
from kefu.tickets import service as tickets
from tests.unit.papers.conftest import TODAY, Find


@pytest.fixture
def doubt(session: Session, company: CompanyData, asker: Asker) -> Any:
    def doubted(home: Account, what: str = "reading", bill: Bill | None = None, **more: Any) -> Opened:
        bill = bill or standing_bills(session, home.number)[0]
        return open_dispute(session, company, home, bill, Doubted(what, **more), asker)  # type: ignore[arg-type]

    return doubted


@pytest.mark.parametrize("name", ["normal", "estimated_reading", "reversal", "late_fee", "peak_valley", "yj-water-res"])
def test_the_case_is_whole(session: Session, company: CompanyData, doubt: Any, account: Find, name: str) -> None:
    home = account(name)
    bill = standing_bills(session, home.number)[0]
    done = doubt(home)
    text = done.ticket.description
    assert (done.ticket.kind, done.ticket.category) == ("dispute", "dispute_bill")
    wanted = [bill.number, f"{bill.days}天", f"{bill.previous_reading} → {bill.current_reading}", f"{bill.amount}元"]
    wanted += [str(line.amount) for line in statement(session, bill).lines]
    wanted += [company.tariffs.versions(bill.tariff)[-1].name, "麻烦给办一下", home.number]
    for part in wanted:
        assert part in text, (part, text)
    months = usage_by_period(session, home.number)[-13:]
    assert f"近{len(months)}期用量" in text and len(months) == 13
    row = text.split("期用量：")[1]
    assert [part for m in months if (part := f"{m.period} {m.usage}") not in row] == []
    assert row.count("（估算）") == sum(m.estimated for m in months)
    assert ("以前更正过：没有" in text) == (name != "reversal")


def test_the_promise_is_the_published_one_and_the_rules_are_told(
    company: CompanyData, doubt: Any, account: Find, asker: Asker
) -> None:
    home = account("normal")
    done = doubt(home, "meter")
    made = promise(company, "dispute", "electricity", None, asker.first_word_at)
    assert done.ticket.due_at == made.due_at
    said = "\n".join(done.lines)
    rule = rule_of(company, home)
    for part in (
        made.says,
        made.source,
        rule.source,
        *rule.while_open,
        rule.meter_test.right,
        rule.meter_test.corrects,
    ):
        assert part in said, part
    assert rule.self_checks


def test_one_open_dispute_a_bill_and_a_new_one_after_the_answer(
    session: Session, company: CompanyData, doubt: Any, account: Find
) -> None:
    home = account("normal")
    first = doubt(home)
    second = doubt(home, "tier")
    assert second.already and second.ticket is first.ticket
    session.flush()
    session.refresh(first.ticket, ["history"])
    assert "阶梯" in first.ticket.history[-1].note and first.ticket.history[-1].action == "supplement"
    other = doubt(home, bill=standing_bills(session, home.number)[1])
    assert other.ticket is not first.ticket
    tickets.move(session, company, first.ticket, "agent1", "resolved", "表数无误")
    third = doubt(home)
    assert not third.already and third.ticket.links[0].other_id == first.ticket.id


def test_disputed_bills_follow_the_tickets(session: Session, company: CompanyData, doubt: Any, account: Find) -> None:
    home = account("late_fee")
    bill = standing_bills(session, home.number)[0]
    assert disputed_bills(session, home.number) == {}
    done = doubt(home)
    found = disputed_bills(session, home.number)
    assert {n: (d.ticket_number, d.doubt, d.amount) for n, d in found.items()} == {
        bill.number: (done.ticket.number, "reading", bill.amount)
    }
    assert disputed_bills(session, account("normal").number) == {}
    tickets.move(session, company, done.ticket, "agent1", "resolved")
    assert disputed_bills(session, home.number) == {}


def test_only_the_late_fee_is_in_doubt(session: Session, doubt: Any, account: Find) -> None:
    home = account("late_fee")
    doubt(home, "late_fee")
    (found,) = disputed_bills(session, home.number).values()
    lines = statement(session, standing_bills(session, home.number)[0]).lines
    assert found.amount == sum((line.amount for line in lines if line.kind == "late_fee"), Decimal(0)) > 0


def test_photos_and_an_own_reading_are_in_it(session: Session, doubt: Any, account: Find) -> None:
    home = account("normal")
    current = standing_bills(session, home.number)[0].current_reading
    assert current is not None
    done = doubt(home, photos=[4, 5], own=OwnReading(current - 300, TODAY))
    text = done.ticket.description
    assert f"{current - 300}" in text and "4、5" in text and "判断" in text


def test_heat_by_area_can_be_doubted_too(doubt: Any, account: Find, session: Session) -> None:
    home = account("yj-heat-area")
    if standing_bills(session, home.number):
        text = doubt(home, "other").ticket.description
        assert "平方米" in text and "期用量" not in text


def test_a_late_first_word_counts(session: Session, company: CompanyData, account: Find) -> None:
    home = account("normal")
    earlier = Asker("rest:anna", clock.now() - timedelta(days=1))
    done = open_dispute(session, company, home, standing_bills(session, home.number)[0], Doubted(), earlier)
    assert done.ticket.due_at == promise(company, "dispute", "electricity", None, earlier.first_word_at).due_at
