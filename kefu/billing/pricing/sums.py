"""Sums beside a usage: late fees, money back for cold rooms, damaged appliances."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from kefu.billing.pricing.lines import NOTHING, Line, Writer, divided, number
from kefu.billing.pricing.use import CannotPrice
from kefu.company.tariffs import Prices
from kefu.company.tariffs.rules import Grace, LateFee


@dataclass(frozen=True)
class Debt:
    """A bill paid late: `amount` (yuan) was due on `due_on` and is looked at on `until` (paid, or today).

    Days can be given instead: `days` at the rate of the year, `carried_days` after its end. `bill`: which, in words.
    """

    amount: Decimal
    due_on: date | None = None
    until: date | None = None
    days: int | None = None
    carried_days: int = 0
    bill: str = ""


@dataclass(frozen=True)
class LateDays:
    """Days a fee runs: at the rate of the year the debt fell due in, and after that year."""

    own_year: int
    carried: int

    @property
    def all(self) -> int:
        return self.own_year + self.carried


def due_day(grace: Grace, given: date) -> date:
    """The last day without a fee, from the day the bill was read, billed or notified."""
    if grace.days is not None:
        return given + timedelta(days=grace.days)
    assert grace.day_of_next_month is not None  # one of the two (checked at load)
    year, month = (given.year + 1, 1) if given.month == 12 else (given.year, given.month + 1)
    return date(year, month, grace.day_of_next_month)


def late_days(rule: LateFee, debt: Debt) -> LateDays:
    """From the day after the due date to the day of payment. Raises CannotPrice without dates or days."""
    if debt.days is not None:
        return LateDays(debt.days, debt.carried_days)
    if debt.due_on is None or debt.until is None:
        raise CannotPrice("a debt needs the day it was due (or the day its grace runs from) and paid_on, or days")
    last = debt.until if rule.pay_day_counts else debt.until - timedelta(days=1)
    whole = max((last - debt.due_on).days, 0)
    year_end = date(debt.due_on.year, 12, 31)
    carried = min(max((last - year_end).days, 0), whole)
    return LateDays(whole - carried, carried)


def late_fee(row: Prices, debts: list[Debt]) -> tuple[Line, ...]:
    """A line for each debt, simple interest by day. Rule: the tariff's `late_fee` (law and contract named there).

    Raises CannotPrice when the tariff has no such rule.
    """
    rule = row.late_fee
    if rule is None:
        raise CannotPrice("this tariff has no late_fee")
    writer = Writer(row.rounding)
    for debt in debts:
        days = late_days(rule, debt)
        exact, formula = _by_day(rule, debt.amount, days)
        exact, formula = _limited(rule, debt, exact, formula)
        if exact:
            label = f"违约金（{debt.bill}逾期{days.all}天，每天{_rates(rule, days)}）"
            a_day = debt.amount * rule.per_day
            price = a_day if a_day * days.all == exact else None
            writer.write("late_fee", label, exact, formula, quantity=Decimal(days.all), unit="天", price=price)
    return writer.close().lines


def _rates(rule: LateFee, days: LateDays) -> str:
    """0.1%; 跨年后0.3% where the year's end raised it."""
    carried = rule.carried_per_day
    own = f"{number(rule.per_day * 100)}%"
    return own if carried is None or not days.carried else f"{own}，跨年后{number(carried * 100)}%"


def _by_day(rule: LateFee, amount: Decimal, days: LateDays) -> tuple[Decimal, str]:
    carried_rate = rule.per_day if rule.carried_per_day is None else rule.carried_per_day
    parts = [(days.own_year, rule.per_day), (days.carried, carried_rate)]
    if carried_rate == rule.per_day:
        parts = [(days.all, rule.per_day)]
    told = [f"{number(amount)}元 × {number(rate * 100)}% × {count}天" for count, rate in parts if count]
    return sum((amount * rate * count for count, rate in parts), NOTHING), " + ".join(told)


def _limited(rule: LateFee, debt: Debt, exact: Decimal, formula: str) -> tuple[Decimal, str]:
    """Never more than the cap; never less than the minimum while that holds."""
    if rule.cap is not None and exact > debt.amount * rule.cap:
        exact = debt.amount * rule.cap
        formula += f"，最多收欠费的{number(rule.cap * 100)}%"
    holds = rule.minimum_until is None or debt.until is None or debt.until <= rule.minimum_until
    if rule.minimum is not None and holds and 0 < exact < rule.minimum:
        if rule.minimum_until is not None and debt.until is None:
            raise CannotPrice(f"the minimum holds until {rule.minimum_until}: the debt needs dates, not days")
        exact = rule.minimum
        formula += f"，不足{number(rule.minimum)}元按{number(rule.minimum)}元收"
    return exact, formula


@dataclass(frozen=True)
class Cold:
    """Days a home was too cold; the share of the day's fee follows from the temperature (°C) where it is not given."""

    days: int
    temperature: Decimal | None = None
    share: Decimal | None = None
    hours: int | None = None


def cold_refund(row: Prices, fee: Decimal, days_of_season: int, cold: list[Cold]) -> tuple[Line, ...]:
    """Money to give back: season's fee ÷ season days × share × days. Rule: the tariff's `cold_refund`.

    Raises CannotPrice when the tariff has no such rule, or neither temperature nor share is known.
    """
    if days_of_season <= 0:
        raise CannotPrice("a season has days")
    writer = Writer(row.rounding)
    for one in cold:
        share = one.share if one.share is not None else _share(row, one)
        if share:
            told = f"{number(fee)}元 ÷ {days_of_season}天 × {number(share * 100)}% × {one.days}天"
            degrees = "" if one.temperature is None else f"室温{number(one.temperature)}℃，"
            writer.write(
                "refund", f"热费退还（{degrees}{one.days}天）", divided(fee * share * one.days, days_of_season), told
            )
    return writer.close().lines


def _share(row: Prices, cold: Cold) -> Decimal:
    if row.cold_refund is None or cold.temperature is None:
        raise CannotPrice("a refund needs the tariff's cold_refund and the temperature, or a share")
    if cold.hours is not None and cold.hours <= row.cold_refund.more_than_hours:
        return NOTHING
    return row.cold_refund.share(cold.temperature)


def compensation(
    row: Prices, price: Decimal, used_years: Decimal, life_years: Decimal, days_until_reported: int = 0
) -> tuple[Line, ...]:
    """For an appliance past repair: price × years left ÷ years of life; nothing when reported too late.

    Rule: the tariff's `compensation` (居民用户家用电器损坏处理办法, 1996; whether it was replaced is not known).
    """
    if life_years <= 0 or used_years < 0 or price < 0:
        raise CannotPrice("years of life are above zero, years of use and price not below")
    writer = Writer(row.rounding)
    within = row.compensation.within_days if row.compensation else None
    if within is not None and days_until_reported > within:
        writer.write("compensation", "家电损坏补偿", NOTHING, f"超过{within}天才报，不予补偿")
    else:
        left = max(life_years - used_years, NOTHING)
        told = f"{number(price)}元 × {number(left)}年 ÷ {number(life_years)}年"
        writer.write("compensation", "家电损坏补偿", divided(price * left, life_years), told)
    return writer.close().lines
