"""What a usage would cost: "再用50度会怎样", "用到500度多少钱", "每天少用两度呢", on the customer's own price if he has proved it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from rasa_sdk.events import EventType

from actions import bills, words
from actions.dialogue import Dialogue
from actions.telling import tell
from kefu.accounts.models import Account
from kefu.billing.pricing.lines import NOTHING
from kefu.billing.pricing.use import CannotPrice, Customer, Use
from kefu.billing.service import customer_of, used_before
from kefu.billing.usage_history import MonthUsage, usage_by_period
from kefu.billing.worked import at_shares, worked_example
from kefu.clock import clock
from kefu.company.tariffs import Tariff
from kefu.knowledge.prices import tariff_of
from kefu.nlu.values.numerals import read_number

SERVICES = {"kWh": ("electricity", "heat"), "m3": ("water", "gas"), "t": ("water",)}  # the likelier first
ANY = ("electricity", "water", "gas", "heat")
USUAL_DAYS = 30
AT_ONCE = 4


@dataclass(frozen=True)
class Supposed:
    """`change`: 1 that much more than usual, −1 less, 0 that much altogether. `unit`: None where none was said."""

    number: Decimal
    unit: str | None
    change: int
    a_day: bool

    @property
    def services(self) -> tuple[str, ...]:
        return SERVICES.get(self.unit or "", ANY)


def answered(talk: Dialogue) -> list[EventType] | None:
    """Worked out, whatever intent it was read as; None when it is no such question, or cannot be worked out."""
    asked = _supposed(talk)
    if talk.form is not None or asked is None or talk.heard.intent == "report_emergency":
        return None
    account = _account(talk, asked)
    try:
        lines = _of_account(talk, asked, account) if account is not None else _of_anyone(talk, asked)
    except CannotPrice:
        return None
    if lines is None:
        return None
    if account is not None:
        talk.set(last_account=account.number)
    tell(talk, lines, at_once=AT_ONCE)
    return talk.events


# --- what is asked ---------------------------------------------------------------------------------------------------
def _supposed(talk: Dialogue) -> Supposed | None:
    plain = talk.heard.plain
    if not words.SUPPOSES.search(plain) or not words.ASKS_COST.search(plain) or words.HAS_BEEN.search(plain):
        return None
    change = -1 if words.LESS_USE.search(plain) else 1 if words.MORE_USE.search(plain) else 0
    said = next((value for value in talk.heard.values("quantity") if value["unit"] in SERVICES), None)
    bare = words.BARE_USE.search(plain) if said is None else None
    number = Decimal(said["number"]) if said else (read_number(bare["number"]) or (None,))[0] if bare else None
    if number is None:
        return None
    return Supposed(number, said["unit"] if said else None, change, bool(words.A_DAY.search(plain)))


def _account(talk: Dialogue, asked: Supposed) -> Account | None:
    """The proved account that is meant: the one of the service named, the one spoken of, the first that fits the unit."""
    if talk.heard.service is not None:
        return bills.own_account(talk, [talk.heard.text])
    fitting = [one for one in talk.accounts if one.service in asked.services]
    spoken_of = [one for one in fitting if one.number == talk.slot("last_account")]
    return next(iter([*spoken_of, *fitting]), None)


# --- worked out ------------------------------------------------------------------------------------------------------
def _of_account(talk: Dialogue, asked: Supposed, account: Account) -> list[str] | None:
    today = clock.today().date()
    tariff = talk.tariffs.on(account.tariff, today)
    if tariff is None or not tariff.tiers:
        return None
    months = usage_by_period(talk.session, account.number)
    latest = months[-1] if months else None
    moved = asked.number * asked.change * (latest.days if asked.a_day and latest else 1)
    if asked.change and latest is None:
        return None
    quantity = max(latest.usage + moved, NOTHING) if asked.change and latest else asked.number * _days(asked, latest)
    moved = quantity - latest.usage if asked.change and latest else NOTHING
    hours = _hours(tariff, months)
    if tariff.hours and not hours:
        return None
    first, last = _month(today)
    used = max(used_before(talk.session, account.number, tariff, today), NOTHING)
    use = Use(quantity, first, last, at_shares(quantity, hours), used)
    return worked_example(tariff, use, customer_of(account), moved)


def _of_anyone(talk: Dialogue, asked: Supposed) -> list[str] | None:
    """Without a proved account: the usual price of the service, from its first tier."""
    if asked.unit is None or asked.change < 0:
        return None
    if talk.heard.service is None and asked.unit == "m3":
        return None  # water or gas: asked first
    service = talk.heard.service or asked.services[0]
    tariff = tariff_of(talk.company, service, talk.heard.text, book=talk.tariffs)
    if tariff is None or not tariff.tiers or tariff.hours or tariff.charges:
        return None
    first, last = _month(clock.today().date())
    lines = worked_example(tariff, Use(asked.number * _days(asked, None), first, last), Customer())
    return [f"按{tariff.name}、从第一档算：", *lines, "核对了您的户号，我可以按您家自己的用量再算。"]


def _days(asked: Supposed, latest: MonthUsage | None) -> int:
    """ "每天用10度" is a month of it."""
    return 1 if not asked.a_day else latest.days if latest is not None else USUAL_DAYS


def _month(today: date) -> tuple[date, date]:
    first = today.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _hours(tariff: Tariff, months: list[MonthUsage]) -> dict[str, Decimal]:
    """Peak and valley of the last period that has them."""
    if not tariff.hours:
        return {}
    for month in reversed(months):
        if month.peak is not None and month.valley is not None and month.usage:
            return {"peak": month.peak, "valley": month.valley}
    return {}
