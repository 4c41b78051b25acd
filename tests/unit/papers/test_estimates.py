"""What a reading will cost: the usage since the last bill, priced by the engine."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from kefu.billing.assessing import OwnReading
from kefu.billing.estimates import estimate_bill, unbilled_use
from kefu.billing.models import Reading
from kefu.billing.noting import Asker
from kefu.billing.own_readings import keep
from kefu.billing.pricing.use import CannotPrice, Use
from kefu.billing.service import standing_bills
from kefu.company.data import CompanyData
from tests.unit.papers.conftest import TODAY, Find

Take = Callable[..., Reading]


@pytest.fixture
def reading(session: Session, company: CompanyData, asker: Asker, account: Find) -> Take:
    def kept(name: str, used: int, **more: Decimal) -> Reading:
        home = account(name)
        last = standing_bills(session, home.number)[0].current_reading
        assert last is not None
        done = keep(session, company, home, OwnReading(last + used, TODAY, **more), asker)
        assert done.reading is not None
        return done.reading

    return kept


def test_what_was_used_since_the_bill(session: Session, company: CompanyData, account: Find, reading: Take) -> None:
    use = unbilled_use(session, company.tariffs, account("normal"), reading("normal", 40))
    assert use is not None and (use.quantity, str(use.start), use.end) == (Decimal(40), "2026-12-01", TODAY)
    assert estimate_bill(company.tariffs, account("normal"), use).total == Decimal("21.52")  # 40 × 0.538


def test_the_year_counts_where_tiers_do(session: Session, company: CompanyData, account: Find, reading: Take) -> None:
    home = account("yj-water-res")
    use = unbilled_use(session, company.tariffs, home, reading("yj-water-res", 3))
    year = sum(bill.usage for bill in standing_bills(session, home.number) if str(bill.period_end) >= "2026-01-01")
    assert use is not None and use.used_before == year


def test_hours_at_the_shares_of_the_last_bill(
    session: Session, company: CompanyData, account: Find, reading: Take
) -> None:
    use = unbilled_use(session, company.tariffs, account("peak_valley"), reading("peak_valley", 60))
    assert use is not None and set(use.hours) == {"peak", "valley"} and sum(use.hours.values()) == 60


def test_nothing_below_what_was_billed(session: Session, company: CompanyData, account: Find, reading: Take) -> None:
    assert unbilled_use(session, company.tariffs, account("normal"), reading("normal", -10)) is None


def test_no_tariff_no_price(company: CompanyData, account: Find) -> None:
    home = account("normal")
    home.tariff = "of-the-moon"
    with pytest.raises(CannotPrice):
        estimate_bill(company.tariffs, home, Use(Decimal(1)))
