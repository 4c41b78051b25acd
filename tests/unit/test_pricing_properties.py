"""What holds for any bill: lines sum, prices do not fall, cutting a period loses nothing, strangers break nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kefu.billing.pricing.cases import answers
from kefu.billing.pricing.engine import price
from kefu.billing.pricing.given import InlineTariff
from kefu.billing.pricing.history import Reversal, price_history
from kefu.billing.pricing.readings import Read, uses_of
from kefu.billing.pricing.use import Customer, Use
from kefu.company.tariffs import TariffBook

FIRST = date(2025, 1, 1)
FEN = Decimal("0.01")
quantities = st.decimals(0, 5000, places=2, allow_nan=False)
prices = st.decimals("0.01", 5, places=4, allow_nan=False)
EASY = settings(deadline=None, max_examples=150)


def tariff(**fields: Any) -> InlineTariff:
    return InlineTariff.model_validate(fields)


@st.composite
def rising(draw: st.DrawFn, accumulates: str | None = None, at: str | None = None) -> InlineTariff:
    """Tiers whose bounds and prices rise."""
    bounds = sorted(draw(st.sets(st.integers(1, 3000), max_size=4)))
    each = sorted(draw(st.lists(prices, min_size=len(bounds) + 1, max_size=len(bounds) + 1)))
    tiers = [{"upto": bound, "price": one} for bound, one in zip([*bounds, None], each, strict=True)]
    over = accumulates or draw(st.sampled_from(["month", "calendar_year"]))
    return tariff(tiers=tiers, accumulates=over, rounding={"at": at or draw(st.sampled_from(["line", "total"]))})


@st.composite
def by_hours(draw: st.DrawFn) -> InlineTariff:
    """Tiers with prices by hours, rising at every hour."""
    bounds = sorted(draw(st.sets(st.integers(1, 3000), min_size=1, max_size=3)))
    columns = [sorted(draw(st.lists(prices, min_size=len(bounds) + 1, max_size=len(bounds) + 1))) for _ in "pv"]
    tiers = [
        {"upto": bound, "prices": {"peak": peak, "valley": valley}}
        for bound, peak, valley in zip([*bounds, None], *columns, strict=True)
    ]
    hours = [{"kind": "peak", "label": "峰时"}, {"kind": "valley", "label": "谷时"}]
    step = draw(st.sampled_from(["0.000001", "0.01", "1"]))
    split = draw(st.sampled_from(["pro_rata", "valley_first", "peak_first"]))
    return tariff(tiers=tiers, accumulates="calendar_year", periods=hours, split=split, apportion_to=step)


def in_hours(peak: Decimal, valley: Decimal, **more: Any) -> Use:
    return Use(quantity=peak + valley, hours={"peak": peak, "valley": valley}, **more)


# --- one bill ----------------------------------------------------------------------------------------------------------
@EASY
@given(row=rising(), quantity=quantities, before=quantities)
def test_lines_sum_to_the_total_and_tiers_to_the_quantity(
    row: InlineTariff, quantity: Decimal, before: Decimal
) -> None:
    bill = price([row], Use(quantity=quantity, used_before=before))
    assert bill.total == sum((line.amount for line in bill.lines), Decimal(0))
    assert bill.total == bill.total.quantize(FEN)
    assert sum((line.quantity or Decimal(0) for line in bill.lines), Decimal(0)) == quantity


@EASY
@given(row=rising(), quantity=quantities, more=quantities, before=quantities)
def test_the_price_never_falls_when_usage_rises(
    row: InlineTariff, quantity: Decimal, more: Decimal, before: Decimal
) -> None:
    low, high = (price([row], Use(quantity=one, used_before=before)).total for one in (quantity, quantity + more))
    assert low <= high


@EASY
@given(row=by_hours(), peak=quantities, valley=quantities, times=st.integers(1, 4), before=quantities)
def test_nor_by_hours_with_the_same_shares(
    row: InlineTariff, peak: Decimal, valley: Decimal, times: int, before: Decimal
) -> None:
    assume(row.split == "pro_rata" and row.apportion_to < FEN)
    low = price([row], in_hours(peak, valley, used_before=before)).total
    high = price([row], in_hours(peak * times, valley * times, used_before=before)).total
    assert low <= high + FEN


@EASY
@given(row=by_hours(), peak=quantities, valley=quantities, before=quantities)
def test_hours_and_tiers_both_sum(row: InlineTariff, peak: Decimal, valley: Decimal, before: Decimal) -> None:
    bill = price([row], in_hours(peak, valley, used_before=before))
    parts = [line for line in bill.lines if line.kind != "rounding"]
    assert all(line.quantity is not None and line.quantity > 0 for line in parts)
    for kind, amount in (("peak", peak), ("valley", valley)):
        assert sum((line.quantity or Decimal(0) for line in parts if line.kind == kind), Decimal(0)) == amount
    low = Decimal(0)
    for number, tier in enumerate(row.tiers, 1):
        high = before + peak + valley if tier.upto is None else tier.upto
        own = sum((line.quantity or Decimal(0) for line in parts if line.tier == number), Decimal(0))
        assert own == max(min(before + peak + valley, high) - max(before, low), Decimal(0))
        low = high


@EASY
@given(parts=st.lists(prices, min_size=1, max_size=4), quantity=quantities)
def test_components_sum_to_their_price(parts: Sequence[Decimal], quantity: Decimal) -> None:
    names = {f"第{n}项": part for n, part in enumerate(parts)}
    whole = price([tariff(tiers=[{"price": sum(parts)}])], Use(quantity=quantity)).total
    split = price([tariff(tiers=[{"price": sum(parts), "components": names}])], Use(quantity=quantity))
    assert split.total == whole and len(split.lines) >= (len(parts) if quantity else 0)


# --- periods and years -------------------------------------------------------------------------------------------------
def two_bills(quantity: int, days: int, cut: int) -> list[Use]:
    """The same usage a day, in two bills."""
    turn = FIRST + timedelta(cut)
    each = Decimal(quantity)
    return [Use(each * cut, FIRST, turn - timedelta(1)), Use(each * (days - cut), turn, FIRST + timedelta(days - 1))]


@EASY
@given(row=rising("calendar_year"), a_day=st.integers(0, 60), days=st.integers(2, 365), data=st.data())
def test_a_period_cut_in_two_costs_the_same(row: InlineTariff, a_day: int, days: int, data: st.DataObject) -> None:
    cut = data.draw(st.integers(1, days - 1))
    whole = price([row], Use(Decimal(a_day * days), FIRST, FIRST + timedelta(days - 1)))
    parts = price_history([row], two_bills(a_day, days, cut))
    lines = len(whole.lines) + sum(len(part.lines) for part in parts)
    assert abs(whole.total - sum(part.total for part in parts)) <= FEN * lines / 2


@EASY
@given(row=rising("month"), months=st.lists(st.integers(0, 4000), min_size=1, max_size=6))
def test_monthly_tiers_begin_anew_with_every_bill(row: InlineTariff, months: list[int]) -> None:
    uses = [Use(Decimal(one), date(2025, n, 1), date(2025, n, 28)) for n, one in enumerate(months, 1)]
    assert [bill.total for bill in price_history([row], uses)] == [price([row], use).total for use in uses]


@EASY
@given(row=rising("month"), quantity=st.integers(0, 4000), months=st.integers(1, 6))
def test_a_bill_of_several_months_costs_as_many_equal_ones(row: InlineTariff, quantity: int, months: int) -> None:
    wide = row.model_copy(update={"bounds_of": "months"})
    whole = price([wide], Use(Decimal(quantity * months), months=Decimal(months)))
    each = price([row], Use(Decimal(quantity)))
    assert abs(whole.total - each.total * months) <= FEN * (len(each.lines) * months + len(whole.lines))


@EASY
@given(row=rising("calendar_year", "total"), months=st.lists(st.integers(0, 900), min_size=12, max_size=12))
def test_twelve_bills_cost_the_year(row: InlineTariff, months: list[int]) -> None:
    uses = [Use(Decimal(one), date(2025, n, 1), date(2025, n, 28)) for n, one in enumerate(months, 1)]
    bills = price_history([row], uses)
    year = price([row], Use(Decimal(sum(months))))
    assert abs(sum(bill.total for bill in bills) - year.total) <= FEN * 13 / 2


@EASY
@given(row=rising(), months=st.lists(st.integers(0, 900), min_size=1, max_size=8), data=st.data())
def test_a_reversal_and_the_same_bill_again_net_out(row: InlineTariff, months: list[int], data: st.DataObject) -> None:
    uses = [Use(Decimal(one), date(2025, n, 1), date(2025, n, 28)) for n, one in enumerate(months, 1)]
    wrong = data.draw(st.integers(0, len(uses) - 1))
    after = Use(Decimal(77), date(2025, 10, 1), date(2025, 10, 31))
    plain = price_history([row], [*uses, after])
    corrected = price_history([row], [*uses, Reversal(wrong), uses[wrong], after])
    assert corrected[-3].total + corrected[-2].total == 0
    assert corrected[-1] == plain[-1]


@EASY
@given(old=prices, new=prices, quantity=quantities, days=st.integers(2, 90), data=st.data())
def test_a_price_change_charges_each_price_its_days(
    old: Decimal, new: Decimal, quantity: Decimal, days: int, data: st.DataObject
) -> None:
    before = data.draw(st.integers(1, days - 1))
    turn = FIRST + timedelta(before)
    rows = [
        tariff(tiers=[{"price": old}], valid_to=str(turn - timedelta(1))),
        tariff(tiers=[{"price": new}], valid_from=str(turn)),
    ]
    bill = price(rows, Use(quantity, FIRST, FIRST + timedelta(days - 1)))
    assert sum((line.quantity or Decimal(0) for line in bill.lines), Decimal(0)) == quantity
    exact = (quantity * before * old + quantity * (days - before) * new) / days
    assert abs(bill.total - exact) <= FEN / 2 + Decimal("0.00001")


@EASY
@given(
    quantity=st.decimals(0, 50, places=0, allow_nan=False),
    turns=st.sets(st.integers(1, 29), min_size=1, max_size=6),
    step=st.sampled_from(["1", "0.1", "0.000001"]),
)
def test_pieces_of_a_bill_are_never_negative_and_sum_to_it(quantity: Decimal, turns: set[int], step: str) -> None:
    starts = [FIRST, *(FIRST + timedelta(turn) for turn in sorted(turns))]
    rows = []
    for n, start in enumerate(starts):
        end = {} if n + 1 == len(starts) else {"valid_to": str(starts[n + 1] - timedelta(1))}
        rows.append(tariff(tiers=[{"price": n + 1}], valid_from=str(start), apportion_to=step, **end))
    bill = price(rows, Use(quantity, FIRST, FIRST + timedelta(29)))
    parts = [line.quantity or Decimal(0) for line in bill.lines if line.kind == "tier"]
    assert sum(parts, Decimal(0)) == quantity and all(part > 0 for part in parts)


@EASY
@given(digits=st.integers(3, 8), start=st.integers(0, 10**8), used=st.integers(0, 10**8))
def test_a_meter_may_roll_over(digits: int, start: int, used: int) -> None:
    size = 10**digits
    start, used = start % size, used % (size // 2)
    reads = [Read(FIRST, Decimal(start)), Read(date(2025, 2, 1), Decimal((start + used) % size))]
    (use,) = uses_of(reads, digits)
    assert use.quantity == used


@EASY
@given(row=rising("calendar_year"), quantity=quantities, persons=st.integers(1, 12), opened=st.integers(1, 12))
def test_more_persons_never_pay_more_and_a_short_year_never_less(
    row: InlineTariff, quantity: Decimal, persons: int, opened: int
) -> None:
    rules = {"household": {"above": 4, "add": 5, "per": "month"}, "move_in": "months"} if len(row.tiers) > 1 else {}
    wide = InlineTariff.model_validate(row.model_dump() | rules)
    use = Use(quantity, date(2025, 12, 1), date(2025, 12, 31))
    usual = price([wide], use).total
    assert price([wide], use, Customer(household_size=persons)).total <= usual + FEN * len(row.tiers)
    short = price([wide], use, Customer(opened_on=date(2025, opened, 1)))
    assert short.total + FEN * len(row.tiers) >= usual


# --- strangers ---------------------------------------------------------------------------------------------------------
GOOD: dict[str, Any] = {
    "id": "x",
    "tariff": {
        "accumulates": "calendar_year",
        "tiers": [{"upto": 10, "price": "1"}, {"price": "2"}],
        "late_fee": {"per_day": "0.001"},
        "season": {"first": "11-15", "last": "03-15"},
        "charges": [{"label": "a", "price": "1", "per": ["m²", "season"]}],
        "household": {"above": 4, "add": 5, "per": "month"},
        "cold_refund": {"bands": [{"below": "18", "share": "0.5"}]},
    },
    "usage": [
        {"quantity": 5, "from": "2026-01-01", "to": "2026-01-31", "late": [{"amount": 5, "days": 3}], "cold": []},
        {"readings": [{"on": "2026-02-01", "value": 5}, {"on": "2026-03-01", "value": 9}], "digits": 5},
        {"reverses": 1},
    ],
    "account": {"household_size": 5, "heated_area": 50, "opened_on": "2020-01-01"},
}
rubbish = st.recursive(
    st.none() | st.booleans() | st.text(max_size=8) | st.integers() | st.integers(-(10**60), 10**60)
    | st.floats() | st.sampled_from(["NaN", "1e999", "-0", "2026-02-30", "9999-12-31", "1900-01-01", "0", "1E-400"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def paths(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place, *(path for key, inner in items for path in paths(inner, (*place, key)))]


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = put(value[path[0]], path[1:], new)
    return copy


def check(line: str) -> None:
    found = list(answers([line], TariffBook([])))
    assert len(found) == (1 if line.strip() else 0)
    for one in found:
        assert ("error" in one) != ("total" in one)
        json.loads(json.dumps(one, allow_nan=False))
        if "total" in one:
            assert Decimal(one["total"]) == sum((Decimal(line["amount"]) for line in one["lines"]), Decimal(0))


def test_the_good_line_is_good() -> None:
    (found,) = answers([json.dumps(GOOD)], TariffBook([]))
    assert "total" in found, found


@settings(deadline=None, max_examples=400)
@given(path=st.sampled_from(paths(GOOD)), new=rubbish)
def test_any_field_may_hold_rubbish(path: tuple[Any, ...], new: Any) -> None:
    check(json.dumps(put(GOOD, path, new)))


@settings(deadline=None, max_examples=200)
@given(line=st.text() | rubbish.map(json.dumps))
def test_any_line_is_answered(line: str) -> None:
    check(line.replace("\n", " "))
