"""Would another price pay off? The last twelve months priced twice, both times at today's prices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from kefu.accounts.models import Account
from kefu.billing.pricing.history import price_history
from kefu.billing.pricing.lines import NOTHING, money, number, unit_name
from kefu.billing.pricing.use import CannotPrice, Customer, Use
from kefu.billing.service import customer_of
from kefu.billing.usage_history import MonthUsage
from kefu.clock import clock
from kefu.company.papers import TariffChange
from kefu.company.tariffs import Tariff, TariffBook

YEAR = timedelta(days=360)  # twelve months that end with the last one, however their days fall
THOUSAND = 1000
EXAMPLES = (Decimal("0.3"), Decimal("0.5"))  # shares of use in valley hours
SPLIT = ("peak", "valley")


@dataclass(frozen=True)
class Compared:
    """One period at both prices (yuan)."""

    period: str
    usage: Decimal
    now: Decimal
    then: Decimal


@dataclass(frozen=True)
class Comparison:
    """`paid_now`, `would_be`: yuan over all `months`, without late fees. `assumption`: what was taken for granted."""

    now: Tariff
    then: Tariff
    paid_now: Decimal
    would_be: Decimal
    months: tuple[Compared, ...]
    assumption: str

    @property
    def saving(self) -> Decimal:
        """Yuan the other price would have saved; negative where it costs more."""
        return self.paid_now - self.would_be


def compare(
    book: TariffBook,
    account: Account,
    months: Sequence[MonthUsage],
    to: str,
    peak_share: Decimal | None = None,
    persons: int | None = None,
) -> Comparison:
    """What the last twelve of `months` (the oldest first) cost at the account's price and would cost at tariff `to`.

    Earlier months only count for tiers that run over a year. `peak_share` (0–1) is used where hours are priced apart;
    without it they must have been measured. `persons`: registered in the household then.
    Raises CannotPrice when a tariff or the hours are not known.
    """
    if not months:
        raise CannotPrice("there is no usage to compare")
    now, then = _in_force(book, account.tariff), _in_force(book, to)
    customer = customer_of(account)
    other = replace(customer, household_size=persons) if persons is not None else customer
    both = zip(
        months, _priced(now, months, customer, peak_share), _priced(then, months, other, peak_share), strict=True
    )
    rows = [Compared(m.period, m.usage, one, two) for m, one, two in both if m.end > months[-1].end - YEAR]
    paid, would = sum((row.now for row in rows), NOTHING), sum((row.then for row in rows), NOTHING)
    return Comparison(now, then, paid, would, tuple(rows), _assumption(then, peak_share, persons))


def break_even(book: TariffBook, account: Account, months: Sequence[MonthUsage], to: str) -> Decimal | None:
    """The smallest share of use in valley hours (0–1, in thousandths) at which tariff `to` costs no more; None if none."""

    def pays(share: int) -> bool:
        return compare(book, account, months, to, 1 - Decimal(share) / THOUSAND).saving >= 0

    if not pays(THOUSAND):
        return None
    low, high = 0, THOUSAND
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if pays(middle) else (middle + 1, high)
    return Decimal(low) / THOUSAND


def _in_force(book: TariffBook, tariff: str | None) -> Tariff:
    row = book.on(tariff, clock.today().date())
    if row is None:
        raise CannotPrice(f"no price of tariff {tariff} holds today")
    return row


def _priced(
    row: Tariff, months: Sequence[MonthUsage], customer: Customer, peak_share: Decimal | None
) -> Iterator[Decimal]:
    always = row.model_copy(update={"valid_from": months[0].start, "valid_to": None})  # today's price all the time
    uses = [
        Use(m.usage, m.start, m.end, _hours(row, m, peak_share), months=Decimal(max(round(m.days / 30), 1)))
        for m in months
    ]
    return (bill.total for bill in price_history([always], uses, customer))


def _hours(row: Tariff, month: MonthUsage, peak_share: Decimal | None) -> dict[str, Decimal]:
    if not row.hours:
        return {}
    if set(row.hours) - set(SPLIT):
        raise CannotPrice("more than peak and valley hours: their shares are not known")
    peak, valley = month.peak, month.valley
    if peak_share is not None:
        peak = (month.usage * peak_share).quantize(Decimal("0.01"))
        valley = month.usage - peak
    if peak is None or valley is None or peak + valley != month.usage:
        raise CannotPrice(f"the hours of {month.period} were not measured")
    return {"peak": peak, "valley": valley}


def _assumption(then: Tariff, peak_share: Decimal | None, persons: int | None) -> str:
    told = "都按现在公布的价格算"
    if then.hours and peak_share is not None:
        told += f"，谷时占{_percent(1 - peak_share)}"
    return f"{told}，按{persons}口人算" if persons is not None else told


# --- in words ------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Worth:
    """Whether a change pays off, in sentences: `lines` first, `more` on request. `loses`: it would surely not save anything."""

    lines: list[str]
    more: list[str]
    loses: bool


def worth(
    book: TariffBook, account: Account, months: Sequence[MonthUsage], change: TariffChange, persons: int | None = None
) -> Worth | None:
    """What a change would do to this account's last year; None where nothing can be reckoned beforehand."""
    to = change.to or (account.tariff if change.persons is not None else None)
    if to is None or not months:
        return None
    heads = max(persons or 0, change.persons) if change.persons is not None else None
    try:
        return _sums(change, compare(book, account, months, to, persons=heads))
    except CannotPrice:
        pass  # the hours were never measured: shares instead
    try:
        return _shares(book, account, months, to)
    except CannotPrice:
        return None


def _sums(change: TariffChange, found: Comparison) -> Worth:
    sums = f"现在一共{money(found.paid_now)}元；{change.name}的话是{money(found.would_be)}元，{_saved(found)}"
    lines = [f"{_span(found)}，{sums}（{found.assumption}）。"]
    if found.saving < 0:
        lines.append("所以现在的价格对您更划算，不用改。")
    elif change.persons is not None and not found.saving:
        lines.append("您家用量没有超出第一档，所以办了也不省钱。")
    rows = [f"{row.period}：{money(row.now)}元 → {money(row.then)}元" for row in found.months]
    return Worth(lines, [*rows, f"（{found.then.source}）"], found.saving <= 0)


def _shares(book: TariffBook, account: Account, months: Sequence[MonthUsage], to: str) -> Worth:
    """For a price by hours, where only the whole usage is known."""
    shown = [(share, compare(book, account, months, to, 1 - share)) for share in EXAMPLES]
    least, first = break_even(book, account, months, to), shown[0][1]
    valley = next((f"（{'、'.join(one.hours)}）" for one in first.then.periods if one.kind == "valley"), "")
    if least is None:
        verdict = f"换成{first.then.name}，就是全在谷时{valley}用也不省钱。"
    else:
        verdict = f"换成{first.then.name}，谷时{valley}用到{_percent(least)}以上才划算，低于这个比例反而多花。"
    examples = (f"谷时占{_percent(share)}，一年{money(one.would_be)}元，{_saved(one)}" for share, one in shown)
    lines = [f"{_span(first)}，现在（{first.now.name}）一共{money(first.paid_now)}元。", verdict]
    lines.append(f"比如{'；'.join(examples)}。您家谷时用多少，账单上没有分开记。")
    return Worth(lines, [f"（都按现在公布的价格算，{first.then.source}）"], least is None)


def _span(found: Comparison) -> str:
    usage, unit = sum((row.usage for row in found.months), NOTHING), unit_name(found.now.unit)
    return f"按您{found.months[0].period}到{found.months[-1].period}的{len(found.months)}期账单（共{number(usage)}{unit}）算"


def _saved(found: Comparison) -> str:
    if not found.saving:
        return "一样多"
    return f"{'省' if found.saving > 0 else '多花'}{money(abs(found.saving))}元"


def _percent(share: Decimal) -> str:
    return f"{number(share * 100)}%"
