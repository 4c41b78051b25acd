"""Tariffs as data: the shipped ones to the fen at every bound, the demo's bills, broken rows refused by name."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo import heat, tariffs
from demo.people import customers
from kefu.billing.pricing.engine import price
from kefu.billing.pricing.lines import Priced
from kefu.billing.pricing.use import CannotPrice, Customer, Use
from kefu.company.data import CompanyData
from kefu.company.tariffs import Tariff, load_tariffs
from kefu.company.yaml_lines import DataProblem

SHIPPED = Path(__file__).resolve().parent.parent.parent / "company"
BOOK = load_tariffs(SHIPPED)
ROWS = {row.id: row for row in BOOK if row.city == "云江市"}  # the demo's own; other cities: test_cities.py
METERED = [row for row in ROWS.values() if row.tiers and not row.periods and not row.charges]
USAGE = st.decimals(0, 2000, places=2, allow_nan=False)


def d(number: str | int) -> Decimal:
    return Decimal(number)


def bill(tariff: str, usage: str | int, before: str | int = 0, **hours: str | int) -> Priced:
    """Without dates: the row alone decides."""
    parts = {kind: d(quantity) for kind, quantity in hours.items()}
    return price([ROWS[tariff]], Use(quantity=d(usage), hours=parts, used_before=d(before)))


def highest(priced: Priced) -> int:
    return max((line.tier or 1 for line in priced.lines), default=1)


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
    ],
)
def test_a_usage_costs_what_it_should(tariff: str, usage: str, before: str, tier: int, yuan: str) -> None:
    priced = bill(tariff, usage, before)
    assert highest(priced) == tier
    assert str(priced.total) == yuan


def test_a_bound_itself_is_in_the_lower_tier() -> None:
    for row in METERED:
        for tier, bound in enumerate(row.bounds, 1):
            assert (highest(bill(row.id, str(bound))), highest(bill(row.id, str(bound + 1)))) == (tier, tier + 1)
            if row.accumulates == "calendar_year":
                assert highest(bill(row.id, 1, str(bound - 1))) == tier
                assert highest(bill(row.id, 1, str(bound))) == tier + 1


@settings(deadline=None, max_examples=200)
@given(row=st.sampled_from(METERED), usage=USAGE, before=USAGE)
def test_splitting_loses_nothing_and_each_line_is_rounded_half_up(row: Tariff, usage: Decimal, before: Decimal) -> None:
    priced = price([row], Use(quantity=usage, used_before=before))
    parts = {line.tier: line.quantity or d(0) for line in priced.lines}
    assert sum(parts.values()) == usage
    assert list(parts) == sorted(parts, key=lambda tier: tier or 0)
    for line in priced.lines:
        assert line.quantity is not None and line.price is not None
        assert line.amount == (line.quantity * line.price).quantize(d("0.01"), ROUND_HALF_UP)
    assert priced.total == sum((line.amount for line in priced.lines), d(0))


@settings(deadline=None, max_examples=100)
@given(months=st.lists(st.integers(0, 60), min_size=12, max_size=12))
@pytest.mark.parametrize("tariff", ["yj-water-res", "yj-gas-res"])
def test_twelve_months_cost_what_the_year_costs(tariff: str, months: list[int]) -> None:
    """Whole cubic metres at whole fen: no rounding in between."""
    used, paid = 0, d(0)
    for month in months:
        paid += bill(tariff, month, used).total
        used += month
    assert paid == bill(tariff, used).total


def test_water_components_add_up_and_are_lines_of_their_own() -> None:
    row = ROWS["yj-water-res"]
    assert [sum(tier.components.values()) for tier in row.tiers] == [5, 7, 9]
    assert list(row.tiers[0].components) == ["自来水费", "水资源费", "污水处理费"]
    lines = bill(row.id, 10, 175).lines
    assert [(line.tier, line.label, line.amount) for line in lines[:3]] == [
        (1, "第一档（全年0–180方）自来水费", d("10.35")),
        (1, "第一档（全年0–180方）水资源费", d("7.85")),
        (1, "第一档（全年0–180方）污水处理费", d("6.80")),
    ]
    assert len(lines) == 6


# --- peak and valley -------------------------------------------------------------------------------------------------
def test_peak_and_valley() -> None:
    row = ROWS["yj-elec-res-tou"]
    assert [(period.kind, period.told) for period in row.periods] == [
        ("peak", "08:00–22:00"),
        ("valley", "22:00–次日08:00"),
    ]
    assert bill(row.id, 200, peak=200).total == d("113.60")
    assert bill(row.id, 200, valley=200).total == d("57.60")
    priced = bill(row.id, 420, peak=300, valley=120)
    assert [(line.label, line.quantity, line.price) for line in priced.lines] == [
        ("峰时电量", 300, d("0.568")),
        ("谷时电量", 120, d("0.288")),
        ("第二档（每月200–400度）加价", 200, d("0.05")),
        ("第三档（每月超过400度）加价", 20, d("0.30")),
    ]
    assert priced.total == d("170.40") + d("34.56") + d("10.00") + d("6.00")


@pytest.mark.parametrize(
    ("usage", "hours", "reason"),
    [
        (10, {}, "by hours is needed: peak, valley"),
        (10, {"peak": 11}, "do not sum to the quantity"),
        (10, {"peak": 11, "valley": -1}, "not negative"),
        (10, {"peak": 5, "sharp": 5}, "no hours sharp"),
    ],
)
def test_hours_that_do_not_fit_are_refused(usage: int, hours: dict[str, int], reason: str) -> None:
    with pytest.raises(CannotPrice, match=reason):
        bill("yj-elec-res-tou", usage, **hours)


@pytest.mark.parametrize(("usage", "before"), [(-1, 0), (1, -1), ("NaN", 0), (1, "Infinity")])
def test_a_negative_usage_is_refused(usage: Any, before: Any) -> None:
    with pytest.raises(CannotPrice, match="negative"):
        bill("yj-elec-res", usage, before)


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


def test_heat_by_area_and_in_two_parts() -> None:
    home = Customer(heated_area=d(90))
    assert price([ROWS["yj-heat-area"]], Use(), home).total == d("2160.00")
    metered = price([ROWS["yj-heat-metered"]], Use(quantity=d(4000)), home)
    assert [line.amount for line in metered.lines] == [d("640.00"), d("1080.00")]
    with pytest.raises(CannotPrice, match="how many m² is not known"):
        price([ROWS["yj-heat-area"]], Use())


# --- the demo city ---------------------------------------------------------------------------------------------------
def test_every_tariff_of_the_demo_accounts_is_there() -> None:
    for customer in customers():
        row = ROWS[customer.tariff]
        assert (row.service, row.customer_class) == (customer.service, customer.place.customer_class)


@settings(deadline=None, max_examples=100)
@given(usage=st.integers(0, 900), before=st.integers(0, 700), share=st.integers(0, 100))
def test_demo_bills_cost_what_the_tariffs_say(usage: int, before: int, share: int) -> None:
    peak = usage * share // 100
    for tariff in ("yj-elec-res", "yj-elec-biz", "yj-water-res", "yj-gas-res"):
        assert tariffs.total(tariffs.metered(tariff, usage, before)) == bill(tariff, usage, before).total
    by_hours = bill("yj-elec-res-tou", usage, peak=peak, valley=usage - peak)
    assert tariffs.metered("yj-elec-res-tou", usage, 0, peak) == by_hours.lines


def test_the_demo_reads_season_and_late_fee_from_the_file() -> None:
    assert {row.late_fee and row.late_fee.per_day for row in ROWS.values()} == {d("0.001")}
    fee = tariffs.overdue("yj-elec-res", d(100), date(2026, 8, 15), 10, "2026-07")
    assert fee.amount == d("1.00") and "每天0.1%" in fee.label and "逾期10天" in fee.label


def test_no_price_is_written_in_the_demo_code() -> None:
    """One place knows the rule."""
    prices = {str(tier.price) for row in ROWS.values() for tier in row.tiers}
    for module in (tariffs, heat):
        text = Path(str(module.__file__)).read_text(encoding="utf-8")
        assert [price for price in prices if re.search(rf"(?<![\d.]){re.escape(price)}(?!\d)", text)] == []


# --- what every row carries ------------------------------------------------------------------------------------------
def test_every_row_says_where_it_comes_from(company: CompanyData) -> None:
    assert list(company.tariffs) == list(BOOK)
    for row in ROWS.values():
        assert re.search(r"云发改价〔20\d\d〕\d+号", row.source)
        assert row.valid_from < row.checked_on and row.confidence == "company"
        assert row.rounding.at == "line"
    usual = [(row.service, row.customer_class) for row in ROWS.values() if not row.about]
    assert sorted(usual) == sorted((service, "resident") for service in company.company.services)


def test_rows_of_an_id_follow_one_another(tmp_path: Path) -> None:
    text = (SHIPPED / "tariffs" / "yunjiang.yml").read_text(encoding="utf-8")
    row = text[text.index("- id: yj-gas-res") : text.index("- id: yj-gas-biz")]
    old = row.replace("valid_from: 2024-01-01", "valid_from: 2020-01-01\n  valid_to: 2023-12-31").replace(
        "2.61", "2.28"
    )
    (tmp_path / "tariffs").mkdir()
    (tmp_path / "tariffs" / "a.yml").write_text(row, encoding="utf-8")
    (tmp_path / "tariffs" / "b.yml").write_text(old, encoding="utf-8")
    book = load_tariffs(tmp_path)
    assert "yj-gas-res" in book and "yj-gas" not in book
    assert [one.valid_from.year for one in book.versions("yj-gas-res")] == [2020, 2024]
    priced = {day: book.on("yj-gas-res", date.fromisoformat(day)) for day in ("2023-12-31", "2024-01-01", "2019-12-31")}
    assert [row and str(row.tiers[0].price) for row in priced.values()] == ["2.28", "2.61", None]
    assert [row.valid_from.year for row in book.in_force("云江市", date(2021, 5, 5))] == [2020]
    assert book.in_force("别市", date(2021, 5, 5)) == [] and book.on(None, date(2021, 5, 5)) is None


# --- broken rows -----------------------------------------------------------------------------------------------------
Break = Callable[[str, str], list[str]]


@pytest.fixture
def broken(tmp_path: Path) -> Break:
    """The problems of the shipped file with one text replaced."""

    def change(old: str, new: str) -> list[str]:
        copytree(SHIPPED / "tariffs", tmp_path / "tariffs")
        path = tmp_path / "tariffs" / "yunjiang.yml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(DataProblem) as caught:
            load_tariffs(tmp_path)
        return [problem.removeprefix(f"{tmp_path}/") for problem in caught.value.problems]

    return change


MONTHLY = "  accumulates: month\n"
HOUSEHOLD = "  household: {above: 4, add: 100, each: false, per: month, widens: [1]}\n"
PLAIN = "  rounding: {at: line}\n"
CASES = {
    "a price as a number": ('price: "0.5380"', "price: 0.5380", "in quotes"),
    "no price": ('price: "0.5380"', 'price: "cheap"', "price"),
    "a price below nothing": ('price: "0.5380"', 'price: "-0.5380"', "greater than or equal to 0"),
    "neither price nor prices": ('{upto: 200, price: "0.5380"}', "{upto: 200}", "either price or prices"),
    "falling bounds": ("upto: 400", "upto: 100", "must rise"),
    "equal bounds": ("upto: 400", "upto: 200", "must rise"),
    "no open tier": ("upto: null", "upto: 900", "last must have none"),
    "open tier in the middle": ("upto: 400", "upto: null", "every tier but the last"),
    "bound of nothing": ("upto: 200", "upto: 0", "must rise"),
    "too many tiers": (
        "  tiers:\n",
        "  tiers:\n" + "".join(f'    - {{upto: {n}, price: "1"}}\n' for n in range(1, 9)),
        "at most 9",
    ),
    "components": ('自来水费: "2.07"', '自来水费: "2.08"', "add up to 5.01"),
    "a gap in the day": ('hours: ["22:00-08:00"]', 'hours: ["23:00-08:00"]', "fill the day"),
    "an hour twice": ('hours: ["22:00-08:00"]', 'hours: ["21:00-08:00"]', "fill the day"),
    "two peaks": ("kind: valley", "kind: peak", "each kind once"),
    "no such hour": ('hours: ["08:00-22:00"]', 'hours: ["08:00-25:00"]', "hours"),
    "hours for one": (', difference: "-0.25"', "", "every period has a difference"),
    "tiers over nothing": (MONTHLY, "  accumulates: none\n", "accumulates"),
    "unknown service": ("service: water", "service: steam", "service"),
    "unknown key": ("valid_from:", "valid_form:", "valid_form"),
    "no such day": ("valid_from: 2024-07-01", "valid_from: 2024-07-32", "valid_from"),
    "a day as a number": ("valid_from: 2024-07-01", "valid_from: 20240701", "write days as"),
    "ends before it begins": ("valid_from: 2024-07-01", "valid_from: 2024-07-01\n  valid_to: 2024-06-30", "before"),
    "no source": ("  source: 云江市", "  sauce: 云江市", "sauce"),
    "no confidence": ("confidence: company", "confidence: sure", "confidence"),
    "no rounding": (PLAIN, "", "rounding"),
    "rounded to nothing": (PLAIN, '  rounding: {at: line, to: "0"}\n', "greater than 0"),
    "a day of no season": ("first: 11-15", "first: 11-31", "season"),
    "a day of leap years alone": ("last: 03-15", "last: 02-29", "season"),
    "a season's price without season": ("  season: {first: 11-15, last: 03-15}\n", "", "needs season"),
    "tiers by the season without season": (MONTHLY, "  accumulates: season\n", "needs season"),
    "apportioned to thirds": (MONTHLY, MONTHLY + '  apportion_to: "0.3"\n', "apportion_to"),
    "a year in a month's tiers": (MONTHLY, MONTHLY + "  year_starts: 12-01\n", "calendar_year"),
    "moving in a month's tiers": (MONTHLY, MONTHLY + "  move_in: months\n", "calendar_year"),
    "months of a year's tiers": (
        "  accumulates: calendar_year\n",
        "  accumulates: calendar_year\n  bounds_of: months\n",
        "accumulates: month",
    ),
    "a year that starts in its middle": (MONTHLY, MONTHLY + "  year_starts: 12-15\n", "year_starts"),
    "a month twice": (
        MONTHLY,
        MONTHLY + "  by_month:\n" + '    - {months: [5, 5], label: 夏季, tiers: [{price: "1"}]}\n',
        "a month twice",
    ),
    "other tiers in summer": (
        MONTHLY,
        MONTHLY + "  by_month:\n" + '    - {months: [5], label: 夏季, tiers: [{price: "1"}]}\n',
        "as many tiers",
    ),
    "a summer like the rest": (MONTHLY, MONTHLY + "  by_month: [{months: [5], label: 夏季}]\n", "tiers or periods"),
    "hours of summer alone": (
        MONTHLY,
        MONTHLY
        + "  by_month: [{months: [5], label: 夏季, periods: [{kind: peak, label: 峰}, {kind: valley, label: 谷}]}]\n",
        "difference each, or the tiers prices",
    ),
    "prices by hours without split": (
        '    - {upto: 200, price: "0.5380"}\n    - {upto: 400, price: "0.5880"}\n    - {upto: null, price: "0.8380"}\n',
        '    - {upto: 200, prices: {peak: "1", valley: "1"}}\n    - {prices: {peak: "2", valley: "1"}}\n'
        "  periods: [{kind: peak, label: 峰}, {kind: valley, label: 谷}]\n",
        "need split",
    ),
    "prices of other hours": (
        '    - {upto: 200, price: "0.5380"}\n    - {upto: 400, price: "0.5880"}\n    - {upto: null, price: "0.8380"}\n',
        '    - {prices: {peak: "1", flat: "1"}}\n  periods: [{kind: peak, label: 峰}, {kind: valley, label: 谷}]\n',
        "name the same hours",
    ),
    "a household wider than the tiers": (
        HOUSEHOLD,
        "  household: {above: 4, add: 100, per: month, widens: [3]}\n",
        "without a bound",
    ),
    "seven persons without a price": (HOUSEHOLD, "  household: {above: 4, per: month, flat_from: 7}\n", "go together"),
    "a household without tiers": (
        "  tiers: []\n",
        "  tiers: []\n  household: {above: 4, per: month}\n",
        "there are none",
    ),
    "free units without tiers": ("  tiers: []\n", "  tiers: []\n  free: {quantity: 10}\n", "first tier"),
    "no minimum": (PLAIN, PLAIN + '  minimum: {amount: "0"}\n', "greater than 0"),
    "a late fee above the debt a day": ('per_day: "0.001"', 'per_day: "1.5"', "per_day"),
    "two ways of grace": (
        'per_day: "0.001"',
        'per_day: "0.001", grace: {days: 15, day_of_next_month: 10}',
        "exactly one",
    ),
    "a pattern that is none": ("about: [合表, ", "about: ['(合表', ", "regular expression"),
    "an id twice": ("- id: yj-elec-shared", "- id: yj-elec-res", "two rows hold on the same day"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_broken_row_is_named_with_file_line_and_reason(broken: Break, case: str) -> None:
    old, new, reason = CASES[case]
    problems = broken(old, new)
    told = [
        match
        for problem in problems
        if (match := re.fullmatch(r"tariffs/yunjiang\.yml:(\d+): (.+)", problem, re.DOTALL))
    ]
    assert len(told) == len(problems) and any(reason in match[2] for match in told), problems
    text = (SHIPPED / "tariffs" / "yunjiang.yml").read_text(encoding="utf-8")
    changed = text[: text.index(old)].count("\n") + 1
    start = max(n for n, line in enumerate(text.splitlines(), 1) if line.startswith("- id:") and n <= changed)
    assert any(start <= int(match[1]) <= changed + new.count("\n") for match in told), problems


def test_rows_of_one_id_are_of_one_service(broken: Break) -> None:
    assert any("share city, service and unit" in problem for problem in broken("- id: yj-heat-biz", "- id: yj-gas-biz"))


def test_a_company_without_tariffs_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(DataProblem, match=r"tariffs:1: no tariff files"):
        load_tariffs(tmp_path)
