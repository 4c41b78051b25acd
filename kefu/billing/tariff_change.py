"""Another price for a proved account: which changes there are, from when they would hold, and the request for one.

Rules: company/tariff_changes.yml, each with its source. Whether it would pay off is the pricing engine's to say, from
`yearly_usage`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.billing.models import Bill
from kefu.billing.noting import Asker, open_for, open_of_account, told
from kefu.billing.periods import months_on
from kefu.billing.pricing.lines import number, unit_name
from kefu.billing.service import standing_bills
from kefu.billing.usage_history import MonthUsage, tariff_since, usage_by_period
from kefu.clock import clock, day_name
from kefu.company.data import CompanyData
from kefu.company.papers import TariffChange
from kefu.company.promises import Promise
from kefu.tickets import service as tickets
from kefu.tickets.models import Ticket

CATEGORY = "apply_tariff_change"


@dataclass(frozen=True)
class Offer:
    """A change this account could make. `effective`: the first day of the new price if it is asked for today.

    `not_yet`: why it cannot be had now, for the customer; `until`: the day from which it can, if that is known.
    """

    change: TariffChange
    effective: date
    not_yet: str | None = None
    until: date | None = None


@dataclass(frozen=True)
class Asked:
    """`refusal`: why not, then nothing is written. `already`: asked before and not answered; this is added to it."""

    offer: Offer | None
    ticket: Ticket | None
    promise: Promise | None
    already: bool
    refusal: str | None
    lines: list[str]


def offers(session: Session, company: CompanyData, account: Account) -> list[Offer]:
    """The changes of price for the account's service, class and present tariff, in the company's order."""
    fitting = [row for row in company.tariff_changes if _fits(row, account)]
    bills = standing_bills(session, account.number) if fitting else []
    return [_offer(session, row, account, bills[0] if bills else None) for row in fitting]


def request_change(
    session: Session, company: CompanyData, account: Account, change: str, asker: Asker, persons: int | None = None
) -> Asked:
    """Ask for a change by its id; `persons`: how many live there, where the rule counts them.

    Not offered, still locked or too few persons: refused with the reason and its source.
    """
    session.get_one(Account, account.number, with_for_update=True)  # two at once make one ticket
    offer = next((one for one in offers(session, company, account) if one.change.id == change), None)
    refusal = _refusal(offer, persons)
    if offer is None or refusal is not None:
        return Asked(offer, None, None, False, refusal, [refusal] if refusal else [])
    lines = list(_case(session, account, offer, persons))
    for known in open_of_account(session, account.number, CATEGORY):
        if offer.change.name in known.description:
            tickets.supplement(session, known, "customer", "\n".join([*lines[1:], asker.words]))
            return Asked(
                offer, known, None, True, None, [f"{offer.change.name}已经申请过了，编号{known.number}，正在办"]
            )
    ticket, promise = open_for(session, company, account, asker, "application", CATEGORY, lines)
    return Asked(offer, ticket, promise, False, None, list(_lines(offer, ticket, promise)))


def yearly_usage(session: Session, account: Account) -> list[MonthUsage]:
    """Period, usage, peak and valley of the last twelve months, the oldest first; empty where nothing is metered."""
    today = clock.today().date()
    return usage_by_period(session, account.number, f"{today.year - 1}-{today.month:02d}")


# --- rules ---------------------------------------------------------------------------------------------------------------
def _fits(row: TariffChange, account: Account) -> bool:
    if account.service not in row.services or account.customer_class not in row.classes:
        return False
    return not row.tariffs or account.tariff in row.tariffs


def _offer(session: Session, row: TariffChange, account: Account, latest: Bill | None) -> Offer:
    today = clock.today().date()
    effective = _next_month(today) if row.effective == "next_month" else _next_period(today, latest)
    since = tariff_since(session, account) if row.locked_months else None
    if row.locked_months is None or since is None:
        return Offer(row, effective)
    until = _months_later(since, row.locked_months)
    if until <= today:
        return Offer(row, effective)
    why = f"现在的价格从{_day(since)}起用，满{row.locked_months}个月（{_day(until)}）才能{row.name}（{row.source}）"
    return Offer(row, effective, why, until)


def _refusal(offer: Offer | None, persons: int | None) -> str | None:
    if offer is None:
        return "您这户不能办这项价格变更"
    if offer.not_yet is not None:
        return offer.not_yet
    needed = offer.change.persons
    if needed is not None and persons is not None and persons < needed:
        return f"{offer.change.name}要{needed}人以上才能办（{offer.change.source}）"
    return None


def _next_month(day: date) -> date:
    return months_on(day.replace(day=1), 1)


def _next_period(today: date, latest: Bill | None) -> date:
    """The day after the running period, which is taken to be as long as the last one; without bills the next month."""
    if latest is None or latest.period_end + timedelta(days=latest.days) < today:
        return _next_month(today)
    if latest.period_end >= today:
        return latest.period_end + timedelta(days=1)
    if (latest.period_end + timedelta(days=1)).day == 1:
        return _next_month(today)
    return latest.period_end + timedelta(days=latest.days + 1)


def _months_later(day: date, months: int) -> date:
    """The same day so many months on; in a shorter month the first of the next."""
    there = months_on(day, months)
    return there if there.day == day.day else there + timedelta(days=1)


# --- in words ------------------------------------------------------------------------------------------------------------
def _case(session: Session, account: Account, offer: Offer, persons: int | None) -> Iterator[str]:
    yield f"申请{offer.change.name}，户号{account.number}"
    yield f"现在的价目：{account.tariff or '未登记'}，最早从{offer.effective.isoformat()}起"
    if offer.change.persons is not None:
        yield f"登记人数{account.household_size or '不详'}，客户说{persons or '未说'}"
    yield f"材料：{'、'.join(offer.change.papers)}"
    months = yearly_usage(session, account)
    if months:
        unit = unit_name(months[0].unit)
        parts = (
            f"{m.period} {number(m.usage)}{unit}"
            + (f"（峰{number(m.peak)}谷{number(m.valley)}）" if m.peak is not None and m.valley is not None else "")
            for m in months
        )
        yield "近12个月用量：" + "，".join(parts)


def _lines(offer: Offer, ticket: Ticket, promise: Promise) -> Iterator[str]:
    row = offer.change
    yield f"{row.name}已申请，编号{ticket.number}，{told(promise)}"
    yield f"需要：{'、'.join(row.papers)}；办好后最早从{_day(offer.effective)}起按新价格算（{row.source}）"
    if row.locks_months is not None:
        yield f"办了以后满{row.locks_months}个月才能改回来"
    yield from row.says


def _day(day: date) -> str:
    return f"{day.year}年{day_name(day)}"
