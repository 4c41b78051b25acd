"""Is a reading that a customer took himself believable? Judged against the meter, its last readings and past use.

Rules and words: company/metering.yml. Quantities in the meter's own unit, exact; nothing here writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account, Meter
from kefu.billing.models import Reading
from kefu.billing.pricing.lines import number, unit_name
from kefu.billing.reading_slips import likely_slip
from kefu.billing.usage_history import Habit, habit, standing_readings
from kefu.clock import clock, day_name, local
from kefu.company.data import CompanyData
from kefu.company.papers import Reason

Verdict = Literal["plausible", "ask_again", "implausible_needs_visit"]
NEEDS_VISIT: tuple[Reason, ...] = ("below", "above_later", "far_above", "no_meter", "unknown_meter")
PLAUSIBLE: tuple[Reason, ...] = ("fits", "estimate_high", "first", "rollover")
LARGEST = Decimal(10**12)
PLACES = 6
IDLE_DAYS = 7  # so long a home may stand still without a question


@dataclass(frozen=True)
class OwnReading:
    """What the customer read, and when. `photos`: ids of pictures he sent."""

    value: Decimal
    on: date
    meter_number: str | None = None
    peak: Decimal | None = None
    valley: Decimal | None = None
    photos: Sequence[Any] = ()


@dataclass(frozen=True)
class Assessment:
    """`says`: for the customer. `low`, `high`: what the meter should show by history. `meant`: what he probably read.

    `usage` in `days` since the last actual reading `last` of `last_on`. `settles`: usage beyond (or, negative, below)
    what an estimate since then was billed on.
    """

    verdict: Verdict
    reason: Reason
    says: str
    meter_number: str | None = None
    last: Decimal | None = None
    last_on: date | None = None
    days: int | None = None
    usage: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    meant: Decimal | None = None
    settles: Decimal | None = None
    habit: Habit | None = None

    @property
    def plausible(self) -> bool:
        return self.verdict == "plausible"


@dataclass(frozen=True)
class _Base:
    """From where the meter is counted on, and how much it should have run since: `least` to `most`; `limit`: unheard of."""

    value: Decimal
    on: date
    days: int
    digits: int
    habit: Habit
    least: Decimal
    most: Decimal | None
    limit: Decimal | None

    def usage(self, value: Decimal) -> Decimal | None:
        """What was used if the meter shows `value`; over its end if it is smaller. None if that cannot be."""
        if value >= self.value:
            return value - self.value
        around = value + Decimal(10) ** self.digits - self.value
        return around if self.most is not None and 0 <= around <= self.most else None

    def fits(self, value: Decimal) -> bool:
        """Whether the meter could well show `value` by what was used before."""
        used = self.usage(value)
        return used is not None and used >= self.least and (self.most is None or used <= self.most)


def assess(session: Session, company: CompanyData, account: Account, own: OwnReading) -> Assessment:
    """Judge a reading; never fails, whatever the number and the history.

    `ask_again`: a slip is likely; `implausible_needs_visit`: it contradicts what was read before. Either may be asked
    about once more; what the customer stays with is kept (`own_readings.keep`).
    """
    facts: dict[str, Any] = {"unit": unit_name(company.metering.services[account.service].unit)}  # type: ignore[index]
    reason = _unreadable(own)
    if reason is not None:
        return _say(company, reason, facts, own)
    meter, reason = _meter(session, account, own.meter_number)
    if meter is None:
        return _say(company, reason or "no_meter", facts, own)
    facts |= {"meter_number": meter.number, "digits": meter.digits}
    if (own.peak or 0) + (own.valley or 0) > own.value:
        return _say(company, "parts", facts, own)
    readings = standing_readings(session, account.number, meter.number)
    later = [row for row in readings if row.read_on > own.on and not row.estimated]
    base = _base(session, company, account, meter, own, readings)
    if base is None:
        too_long = _digits(own.value) > meter.digits
        return _say(company, "too_many_digits" if too_long else "first", facts, own)
    facts |= _facts(base, own)
    if later and own.value > later[0].value >= base.value:
        return _say(company, "above_later", facts | {"high": later[0].value}, own)
    return _judge(company, own, base, facts, _estimate(readings, base, own.on))


def _judge(
    company: CompanyData, own: OwnReading, base: _Base, facts: dict[str, Any], estimate: Decimal | None
) -> Assessment:
    used = base.usage(own.value)
    if used is not None and own.value >= base.value and estimate is not None:
        facts |= {"settles": own.value - estimate}
    if used == 0 and base.days >= IDLE_DAYS and any(rate * base.days >= 1 for rate in base.habit.rates):
        return _say(company, "zero_use", facts, own)
    if _digits(own.value) <= base.digits and base.fits(own.value):
        if own.value < base.value:
            return _say(company, "rollover", facts, own)
        return _say(company, "estimate_high" if estimate is not None and own.value < estimate else "fits", facts, own)
    too_much = base.most is not None and (used is None or used > base.most)
    slip = likely_slip(own.value, base.fits) if too_much else None
    if slip is not None and (slip.value is not None or slip.slip == "missing_digit"):
        return _say(company, slip.slip, facts | {"meant": slip.value}, own)
    return _say(company, _out_of_range(base, own.value, used), facts, own)


def _out_of_range(base: _Base, value: Decimal, used: Decimal | None) -> Reason:
    if _digits(value) > base.digits:
        return "too_many_digits"
    if used is None or value < base.value:
        return "below"
    if used < base.least:
        return "low"
    return "far_above" if base.limit is not None and used > base.limit else "high"


# --- what is known -------------------------------------------------------------------------------------------------------
def _unreadable(own: OwnReading) -> Reason | None:
    """No number a meter could show, or a day that has not come."""
    if not all(storable(part) for part in (own.value, own.peak, own.valley) if part is not None):
        return "no_number"
    return "future" if own.on > local(clock.now()).date() else None


def storable(value: Decimal) -> bool:
    """A number a meter could show and the database holds exactly."""
    if not value.is_finite() or not 0 <= value < LARGEST:
        return False
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and -exponent <= PLACES


def _digits(value: Decimal) -> int:
    return len(str(int(value)))


def meters_in_use(session: Session, account: Account) -> list[Meter]:
    """The account's meters that were not taken out, the oldest first."""
    query = select(Meter).where(Meter.account_number == account.number, Meter.removed_on.is_(None))
    return list(session.scalars(query.order_by(Meter.id)))


def _meter(session: Session, account: Account, named: str | None) -> tuple[Meter | None, Reason | None]:
    in_use = meters_in_use(session, account)
    if named is not None:
        found = next((meter for meter in in_use if meter.number.upper() == named.strip().upper()), None)
        return found, "unknown_meter"
    if len(in_use) > 1:
        return None, "which_meter"
    return (in_use[0] if in_use else None), "no_meter"


def _base(
    session: Session, company: CompanyData, account: Account, meter: Meter, own: OwnReading, readings: list[Reading]
) -> _Base | None:
    """The last actual reading before; for a meter that replaced another its zero on the day it came."""
    actual = [row for row in readings if not row.estimated and _before(row, own.on)]
    if actual:
        value, on = actual[-1].value, actual[-1].read_on
    elif _replaced_another(session, meter) and meter.installed_on is not None and meter.installed_on <= own.on:
        value, on = Decimal(0), meter.installed_on
    else:
        return None
    usual = habit(session, account.number, on + timedelta(days=1), own.on)
    days = (own.on - on).days
    rule = company.metering.services[account.service]  # type: ignore[index]
    rates = usual.rates
    least = max(Decimal(0), min(rates) * days * (1 - rule.spread) - rule.slack) if rates else Decimal(0)
    most = max(rates) * days * (1 + rule.spread) + rule.slack if rates else None
    limit = most * rule.visit_times if most is not None else None
    return _Base(value, on, days, meter.digits, usual, least, most, limit)


def _before(row: Reading, day: date) -> bool:
    """A customer's reading of the same day is about to be corrected, not to be counted from."""
    return row.read_on < day or (row.read_on == day and row.source != "customer")


def _replaced_another(session: Session, meter: Meter) -> bool:
    query = select(Meter.id).where(Meter.account_number == meter.account_number, Meter.removed_on.is_not(None))
    return session.scalar(query.limit(1)) is not None


def _estimate(readings: list[Reading], base: _Base, day: date) -> Decimal | None:
    """What the meter was last estimated to show since it was really read."""
    since = [row.value for row in readings if row.estimated and base.on < row.read_on <= day]
    return since[-1] if since else None


# --- telling it ----------------------------------------------------------------------------------------------------------
def _facts(base: _Base, own: OwnReading) -> dict[str, Any]:
    whole = Decimal(1)
    low = (base.value + base.least).quantize(whole, ROUND_FLOOR)
    high = None if base.most is None else (base.value + base.most).quantize(whole, ROUND_CEILING)
    around = Decimal(10) ** base.digits
    return {
        "last": base.value,
        "last_on": base.on,
        "days": base.days,
        "usage": base.usage(own.value),
        "low": low if low < around else low - around,
        "high": high if high is None or high < around else high - around,
        "habit": base.habit,
    }


def _say(company: CompanyData, reason: Reason, facts: dict[str, Any], own: OwnReading) -> Assessment:
    verdict: Verdict = "plausible" if reason in PLAUSIBLE else "ask_again"
    if reason in NEEDS_VISIT:
        verdict = "implausible_needs_visit"
    kept = {name: value for name, value in facts.items() if name not in ("unit", "digits")}
    made = Assessment(verdict, reason, "", **kept)
    shown = {name: _shown(value) for name, value in (facts | {"value": own.value}).items()}
    names = ("meant", "last", "last_on", "low", "high", "usage", "days", "unit", "digits")
    return replace(made, says=company.metering.reasons[reason].format(**(dict.fromkeys(names, "") | shown)))


def _shown(value: Any) -> str:
    if isinstance(value, Decimal):
        return number(value) if storable(value.copy_abs()) else ""
    return day_name(value) if isinstance(value, date) else str(value)


def expected_text(company: CompanyData, account: Account, found: Assessment) -> str:
    """Why these numbers were expected: "去年同期每天约5.6度，最近每天约5.5度；从9月30日的5300算起22天"; empty if unknown."""
    if found.habit is None or not found.habit.rates or found.last is None or found.last_on is None:
        return ""
    unit = unit_name(company.metering.services[account.service].unit)  # type: ignore[index]
    named = (("去年同期", found.habit.last_year), ("最近", found.habit.recent))
    rates = "，".join(f"{name}每天约{_tenth(rate)}{unit}" for name, rate in named if rate is not None)
    return f"{rates}；从{_shown(found.last_on)}的{number(found.last)}算起{found.days}天"


def _tenth(rate: Decimal) -> str:
    return number(rate.quantize(Decimal("0.1")))
