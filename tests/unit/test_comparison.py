"""Another price on the same usage: sums by hand, shares of hours, tiers over a year, large households."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kefu.accounts.models import Account
from kefu.billing.comparison import break_even, compare, worth
from kefu.billing.pricing.use import CannotPrice
from kefu.billing.usage_history import MonthUsage
from kefu.clock import clock, local
from kefu.company.data import CompanyData, load_company
from kefu.company.papers import TariffChange
from tests.unit.conftest import ROOT

PLAIN, BY_HOURS, WATER = "yj-elec-res", "yj-elec-res-tou", "yj-water-res"


@lru_cache(maxsize=1)
def shipped() -> CompanyData:
    """For what is tried with many examples."""
    return load_company(ROOT / "company")


def account(tariff: str, persons: int | None = None) -> Account:
    service = "water" if "water" in tariff else "electricity"
    opened = local(clock.now()) - timedelta(days=4000)
    return Account(number="1", service=service, tariff=tariff, household_size=persons, created_at=opened)


def months(*usages: int, unit: str = "kWh", peak: float | None = None, year: int = 2025) -> list[MonthUsage]:
    """Calendar months from January of `year` on."""
    found = []
    for place, usage in enumerate(usages):
        start = date(year + place // 12, place % 12 + 1, 1)
        end = (start + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        whole, high = Decimal(usage), None if peak is None else Decimal(usage) * Decimal(str(peak))
        low = None if high is None else whole - high
        found.append(MonthUsage(f"{start:%Y-%m}", start, end, whole, unit, False, Decimal(0), high, low))
    return found


def change(company: CompanyData, name: str) -> TariffChange:
    return next(row for row in company.tariff_changes if row.id == name)


def test_by_hand(company: CompanyData) -> None:
    """100 kWh a month: 53.80; half of it at night: 50 × 0.568 + 50 × 0.288 = 42.80."""
    found = compare(company.tariffs, account(PLAIN), months(*[100] * 12), BY_HOURS, Decimal("0.5"))
    assert (found.paid_now, found.would_be, found.saving) == (Decimal("645.60"), Decimal("513.60"), Decimal("132.00"))
    assert [(row.now, row.then) for row in found.months] == [(Decimal("53.80"), Decimal("42.80"))] * 12
    assert "谷时占50" in found.assumption


def test_measured_hours_need_no_share(company: CompanyData) -> None:
    found = compare(company.tariffs, account(BY_HOURS), months(*[100] * 12, peak=0.5), PLAIN)
    assert (found.paid_now, found.would_be) == (Decimal("513.60"), Decimal("645.60"))


def test_without_hours_and_share_it_is_not_guessed(company: CompanyData) -> None:
    with pytest.raises(CannotPrice):
        compare(company.tariffs, account(PLAIN), months(100), BY_HOURS)
    with pytest.raises(CannotPrice):
        compare(company.tariffs, account(PLAIN), [], BY_HOURS, Decimal("0.5"))
    with pytest.raises(CannotPrice):
        compare(company.tariffs, account(PLAIN), months(100), "no-such-price", Decimal("0.5"))


def test_where_it_breaks_even(company: CompanyData) -> None:
    """0.03 more by day, 0.25 less by night: 3 ÷ 28 = 10.7 %; a tenth more with the rounding of the lines."""
    share = break_even(company.tariffs, account(PLAIN), months(*[168] * 12), BY_HOURS)
    assert share is not None and Decimal("0.107") <= share <= Decimal("0.109")


@settings(max_examples=40, deadline=None)
@given(usages=st.lists(st.integers(0, 900), min_size=1, max_size=14))
def test_the_break_even_share_is_the_smallest(usages: Sequence[int]) -> None:
    company = shipped()
    known, home = months(*usages), account(PLAIN)
    share = break_even(company.tariffs, home, known, BY_HOURS)
    assert share is not None
    assert compare(company.tariffs, home, known, BY_HOURS, 1 - share).saving >= 0
    if share > 0:
        less = share - Decimal("0.001")
        assert compare(company.tariffs, home, known, BY_HOURS, 1 - less).saving < 0


def test_only_the_last_year_counts_but_its_tiers_know_the_months_before(company: CompanyData) -> None:
    """20 m³ a month from January 2025 to June 2026; the last twelve begin in July, 120 m³ into that year's tiers."""
    found = compare(company.tariffs, account(WATER), months(*[20] * 18, unit="m³"), WATER, persons=6)
    assert [row.period for row in found.months][:1] == ["2025-07"] and len(found.months) == 12
    year_2025 = 60 * 5 + 60 * 7  # up to 180 at 5, up to 240 at 7
    year_2026 = 120 * 5
    assert found.paid_now == year_2025 + year_2026
    assert found.would_be == 240 * 5  # two persons more: 60 m³ more in the first tier
    assert "6口人" in found.assumption


def test_many_people_by_month(company: CompanyData) -> None:
    """The first tier of electricity ends at 300 instead of 200 kWh, once, however many live there."""
    for persons in (5, 8):
        found = compare(company.tariffs, account(PLAIN, 3), months(*[320] * 12), PLAIN, persons=persons)
        assert found.saving == 12 * Decimal("0.05") * 100


def test_what_is_told(company: CompanyData) -> None:
    plain, usage = account(PLAIN), months(*[100] * 12)
    told = worth(company.tariffs, plain, usage, change(company, "tou-on"))
    assert told is not None and not told.loses
    assert any("才划算" in line for line in told.lines) and "谷时占50%" in told.lines[2]
    back = worth(company.tariffs, account(BY_HOURS), months(*[100] * 12, peak=0.5), change(company, "tou-off"))
    assert back is not None and back.loses and "多花132.00元" in back.lines[0] and len(back.more) == 13
    many = worth(company.tariffs, plain, usage, change(company, "many-people-electricity"), 6)
    assert many is not None and "不省钱" in many.lines[1]
    assert worth(company.tariffs, plain, usage, change(company, "use-change")) is None
    assert worth(company.tariffs, plain, [], change(company, "tou-on")) is None
