"""Prices: the shipped ones to the fen at every bound, broken rows refused, and the same numbers as the demo's bills."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo import heat, tariffs
from demo.people import customers
from kefu.company.data import CompanyData
from kefu.company.tariffs import Tariff, load_tariffs
from kefu.company.yaml_lines import DataProblem

SHIPPED = Path(__file__).resolve().parent.parent.parent / "company"
ROWS = load_tariffs(SHIPPED)
SIMPLE = [row for row in ROWS.values() if not row.periods]
USAGE = st.decimals(0, 2000, places=2, allow_nan=False)


def d(number: str | int) -> Decimal:
    return Decimal(number)


# --- tiers -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("tariff", "usage", "before", "tier", "yuan"),
    [
        ("yj-elec-res", "0", "0", 1, "0.00"),
        ("yj-elec-res", "200", "0", 1, "107.60"),
        ("yj-elec-res", "201", "0", 2, "108.19"),  # 107.60 + 0.588 → 0.59
        ("yj-elec-res", "400", "0", 2, "225.20"),
        ("yj-elec-res", "401", "0", 3, "226.04"),
        ("yj-elec-res", "420", "0", 3, "241.96"),
        ("yj-elec-shared", "1000", "0", 1, "558.00"),
        ("yj-elec-biz", "1234", "0", 1, "1048.90"),
        ("yj-water-res", "180", "0", 1, "900.00"),
        ("yj-water-res", "1", "180", 2, "7.00"),
        ("yj-water-res", "80", "180", 2, "560.00"),
        ("yj-water-res", "10", "175", 2, "60.00"),
        ("yj-water-res", "10", "255", 3, "80.00"),
        ("yj-water-res", "100", "170", 3, "700.00"),  # 10 × 5 + 80 × 7 + 10 × 9
        ("yj-gas-res", "350", "0", 1, "913.50"),
        ("yj-gas-res", "1", "350", 2, "2.83"),
        ("yj-gas-res", "600", "0", 3, "1761.00"),
        ("yj-gas-res", "20", "490", 3, "70.60"),
        ("yj-heat-area", "90", "0", 1, "2160.00"),
        ("yj-heat-metered", "4000", "0", 1, "640.00"),
    ],
)
def test_a_usage_costs_what_it_should(tariff: str, usage: str, before: str, tier: int, yuan: str) -> None:
    row = ROWS[tariff]
    assert row.tier_of(d(usage), d(before)) == tier
    assert str(row.price(d(usage), d(before))) == yuan


def test_a_bound_itself_is_in_the_lower_tier_and_nothing_in_the_first() -> None:
    for row in ROWS.values():
        assert row.tier_of(d(0)) == 1
        for tier, bound in enumerate(row.bounds, 1):
            assert (row.tier_of(bound), row.tier_of(bound + d("0.01"))) == (tier, tier + 1)
            assert row.tier_of(d(0), bound) == tier and row.tier_of(d(1), bound) == tier + 1


@settings(deadline=None, max_examples=200)
@given(row=st.sampled_from(SIMPLE), usage=USAGE, before=USAGE)
def test_splitting_loses_nothing_and_each_line_is_rounded_half_up(row: Tariff, usage: Decimal, before: Decimal) -> None:
    parts = row.split(usage, before)
    assert sum((quantity for _, quantity in parts), d(0)) == usage
    assert [tier for tier, _ in parts] == sorted({tier for tier, _ in parts})
    for line in row.lines(usage, before):
        assert line.amount == (line.quantity * line.price).quantize(d("0.01"), ROUND_HALF_UP)
    assert row.price(usage, before) == sum((line.amount for line in row.lines(usage, before)), d(0))


@settings(deadline=None, max_examples=100)
@given(months=st.lists(st.integers(0, 60), min_size=12, max_size=12))
@pytest.mark.parametrize("tariff", ["yj-water-res", "yj-gas-res"])
def test_twelve_months_cost_what_the_year_costs(tariff: str, months: list[int]) -> None:
    """Whole cubic metres at whole fen: no rounding in between."""
    row, used, paid = ROWS[tariff], d(0), d(0)
    for month in months:
        paid += row.price(d(month), used)
        used += month
    assert paid == row.price(used)


def test_water_components_add_up_and_are_lines_of_their_own() -> None:
    row = ROWS["yj-water-res"]
    assert [sum(tier.components.values()) for tier in row.tiers] == [5, 7, 9]
    assert list(row.tiers[0].components) == ["自来水费", "水资源费", "污水处理费"]
    lines = row.lines(d(10), d(175))
    assert [(line.tier, line.label, line.amount) for line in lines[:3]] == [
        (1, "自来水费", d("10.35")),
        (1, "水资源费", d("7.85")),
        (1, "污水处理费", d("6.80")),
    ]
    assert len(lines) == 6


# --- peak and valley -------------------------------------------------------------------------------------------------
def test_peak_and_valley() -> None:
    row = ROWS["yj-elec-res-tou"]
    assert [(period.kind, period.hours) for period in row.periods] == [
        ("peak", "08:00–22:00"),
        ("valley", "22:00–次日08:00"),
    ]
    assert row.price(d(200), peak=d(200)) == d("113.60")
    assert row.price(d(200), peak=d(0)) == d("57.60")
    lines = row.lines(d(420), peak=d(300))
    assert [(line.label, line.quantity, line.price) for line in lines] == [
        ("峰时", 300, d("0.568")),
        ("谷时", 120, d("0.288")),
        ("加价", 200, d("0.05")),
        ("加价", 20, d("0.30")),
    ]
    assert row.price(d(420), peak=d(300)) == d("170.40") + d("34.56") + d("10.00") + d("6.00")


@pytest.mark.parametrize(
    ("tariff", "usage", "peak"),
    [("yj-elec-res", 10, 5), ("yj-elec-res-tou", 10, None), ("yj-elec-res-tou", 10, 11), ("yj-elec-res-tou", 10, -1)],
)
def test_peak_usage_where_it_does_not_belong_is_refused(tariff: str, usage: int, peak: int | None) -> None:
    with pytest.raises(ValueError, match="peak"):
        ROWS[tariff].price(d(usage), peak=None if peak is None else d(peak))


@pytest.mark.parametrize(("usage", "before"), [(-1, 0), (1, -1)])
def test_a_negative_usage_is_refused(usage: int, before: int) -> None:
    with pytest.raises(ValueError, match="negative"):
        ROWS["yj-elec-res"].price(d(usage), d(before))
    with pytest.raises(ValueError, match="negative"):
        ROWS["yj-elec-res"].tier_of(d(usage), d(before))


# --- heating ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        ("2026-11-15", "2026-11-15", "2027-03-15"),
        ("2027-03-15", "2026-11-15", "2027-03-15"),
        ("2027-06-30", "2026-11-15", "2027-03-15"),
        ("2027-07-01", "2027-11-15", "2028-03-15"),
    ],
)
def test_the_season_of_a_day(day: str, first: str, last: str) -> None:
    season = ROWS["yj-heat-area"].season
    assert season is not None
    assert season.days_of(date.fromisoformat(day)) == (date.fromisoformat(first), date.fromisoformat(last))


def test_metered_heat_has_a_basic_charge() -> None:
    basic = ROWS["yj-heat-metered"].basic
    assert basic is not None and (basic.price, basic.unit) == (12, "m²")


# --- the demo city ---------------------------------------------------------------------------------------------------
def test_every_tariff_of_the_demo_accounts_is_there() -> None:
    for customer in customers():
        row = ROWS[customer.tariff]
        assert (row.service, row.customer_class) == (customer.service, customer.place.customer_class)


@settings(deadline=None, max_examples=100)
@given(usage=st.integers(0, 900), before=st.integers(0, 700), share=st.integers(0, 100))
def test_demo_bills_cost_what_the_tariffs_say(usage: int, before: int, share: int) -> None:
    peak = usage * share // 100
    for tariff in ("yj-elec-res", "yj-elec-biz"):
        assert tariffs.total(tariffs.electricity(tariff, usage, 0)) == ROWS[tariff].price(d(usage))
    assert tariffs.total(tariffs.electricity("yj-elec-res-tou", usage, peak)) == ROWS["yj-elec-res-tou"].price(
        d(usage), peak=d(peak)
    )
    assert tariffs.total(tariffs.water(usage, before)) == ROWS["yj-water-res"].price(d(usage), d(before))
    assert tariffs.total(tariffs.gas(usage, before)) == ROWS["yj-gas-res"].price(d(usage), d(before))


def test_the_demo_reads_season_and_late_fee_from_the_file() -> None:
    assert (ROWS["yj-heat-area"], ROWS["yj-heat-metered"]) == (heat.BY_AREA, heat.METERED)
    assert {row.late_fee_per_day for row in ROWS.values()} == {d("0.001")}
    fee = tariffs.late_fee(d("100"), 10, "2026-07")
    assert fee.amount == d("1.00") and "每天0.1%" in fee.label


def test_no_price_is_written_in_the_demo_code() -> None:
    """One place knows the rule."""
    prices = {str(tier.price) for row in ROWS.values() for tier in row.tiers} - {"24", "36"}
    for module in (tariffs, heat):
        text = Path(str(module.__file__)).read_text(encoding="utf-8")
        assert [price for price in prices if re.search(rf"(?<![\d.]){re.escape(price)}(?!\d)", text)] == []


# --- what every row carries, and broken ones ---------------------------------------------------------------------------
def test_every_row_says_where_it_comes_from(company: CompanyData) -> None:
    assert company.tariffs == ROWS
    for row in ROWS.values():
        assert re.search(r"云发改价〔20\d\d〕\d+号", row.source) and row.city == "云江市"
        assert row.valid_from < row.checked_on
    usual = [(row.service, row.customer_class) for row in ROWS.values() if not row.about]
    assert sorted(usual) == sorted((service, "resident") for service in company.company.services)


Break = Callable[[str, str], list[str]]


@pytest.fixture
def broken(tmp_path: Path) -> Break:
    """The problems of the shipped file with one text replaced."""

    def change(old: str, new: str) -> list[str]:
        text = (SHIPPED / "tariffs.yml").read_text(encoding="utf-8")
        assert old in text
        (tmp_path / "tariffs.yml").write_text(text.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(DataProblem) as caught:
            load_tariffs(tmp_path)
        return [problem.removeprefix(f"{tmp_path}/") for problem in caught.value.problems]

    return change


CASES = {
    "a price as a number": ('price: "0.5380"', "price: 0.5380", "in quotes"),
    "no price": ('price: "0.5380"', 'price: "cheap"', "price"),
    "falling bounds": ("upto: 400", "upto: 100", "must rise"),
    "equal bounds": ("upto: 400", "upto: 200", "must rise"),
    "no open tier": ("upto: null", "upto: 900", "last must have none"),
    "open tier in the middle": ("upto: 400", "upto: null", "every tier but the last"),
    "bound of nothing": ("upto: 200", "upto: 0", "greater than 0"),
    "components": ('自来水费: "2.07"', '自来水费: "2.08"', "add up to 5.01"),
    "a gap in the day": ('start: "22:00"', 'start: "23:00"', "fill the day"),
    "two peaks": ("kind: valley", "kind: peak", "one peak and one valley"),
    "no such hour": ('end: "22:00"', 'end: "25:00"', "end"),
    "tiers over nothing": ("accumulates: month", "accumulates: none", "accumulates"),
    "unknown service": ("service: water", "service: steam", "service"),
    "unknown key": ("valid_from:", "valid_form:", "valid_form"),
    "no such day": ("valid_from: 2024-07-01", "valid_from: 2024-07-32", "valid_from"),
    "no source": ("  source: 云江市", "  sauce: 云江市", "sauce"),
    "a day of no season": ("first: 11-15", "first: 11-31", "season"),
    "a pattern that is none": ("about: [合表, ", "about: ['(合表', ", "regular expression"),
    "an id twice": ("- id: yj-elec-shared", "- id: yj-elec-res", "id yj-elec-res is written twice"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_broken_row_is_named_with_file_line_and_reason(broken: Break, case: str) -> None:
    old, new, reason = CASES[case]
    problems = broken(old, new)
    told = [match for problem in problems if (match := re.fullmatch(r"tariffs\.yml:(\d+): (.+)", problem, re.DOTALL))]
    assert len(told) == len(problems) and any(reason in match[2] for match in told), problems
    text = (SHIPPED / "tariffs.yml").read_text(encoding="utf-8")
    changed = text[: text.index(old)].count("\n") + 1
    start = max(n for n, line in enumerate(text.splitlines(), 1) if line.startswith("- id:") and n <= changed)
    assert any(start <= int(match[1]) <= changed for match in told), problems
