"""A customer's own meter reading: kept with where it came from; what is hard to believe is kept too, and looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.billing.assessing import Assessment, OwnReading, assess, expected_text, storable
from kefu.billing.models import Reading
from kefu.billing.noting import Asker, open_for, open_of_account, told
from kefu.billing.pricing.lines import number, unit_name
from kefu.clock import clock, local
from kefu.company.data import CompanyData
from kefu.company.promises import Promise
from kefu.tickets import service as tickets
from kefu.tickets.models import Ticket

CATEGORY = "submit_reading"
UNWRITABLE = ("no_number", "future", "which_meter", "unknown_meter", "no_meter")


@dataclass(frozen=True)
class Kept:
    """What became of a reading. `reading` is None only for what no meter of the account can have shown.

    `for_bill`: it was taken on a day whose readings are billed, is believed, and no remote reading comes instead.
    `lines`: for the customer.
    """

    assessment: Assessment
    reading: Reading | None
    superseded: Reading | None
    already: bool
    for_bill: bool
    ticket: Ticket | None
    promise: Promise | None
    lines: list[str]


def keep(session: Session, company: CompanyData, account: Account, own: OwnReading, asker: Asker) -> Kept:
    """Write a reading of a proved account, believed or not; nothing is refused.

    Believed: accepted. Else: for_check, with a ticket (submit_reading) for a visit. The same value of the same day is
    the same reading; another value is a new row that supersedes it. Rules: company/metering.yml.
    """
    session.get_one(Account, account.number, with_for_update=True)  # two at once are one reading and one ticket
    found = assess(session, company, account, own)
    earlier = _of_the_day(session, account, found.meter_number, own) if found.meter_number else None
    already = earlier is not None and _same(earlier, own)
    reading = earlier if already else None
    if reading is not None:
        reading.photos = list(dict.fromkeys([*reading.photos, *own.photos]))
    if not already and found.reason not in UNWRITABLE and found.meter_number:
        reading = _write(session, account, found, own, asker, earlier)
    ticket, promise = (None, None) if already else _look(session, company, account, found, own, asker)
    remote = company.metering.services[account.service].remote is not None  # type: ignore[index]
    for_bill = found.plausible and not remote and company.metering.window.holds(own.on)
    lines = list(_lines(company, account, found, for_bill, reading, ticket, promise))
    return Kept(found, reading, None if already else earlier, already, for_bill, ticket, promise, lines)


def last_told(session: Session, conversation_id: str, account_numbers: Sequence[str]) -> Reading | None:
    """What this conversation read today of these accounts, the last told."""
    query = select(Reading).where(
        Reading.conversation_id == conversation_id,
        Reading.account_number.in_(account_numbers),
        Reading.source == "customer",
        Reading.read_on == local(clock.now()).date(),
    )
    return session.scalar(query.order_by(Reading.id.desc()).limit(1))


def _of_the_day(session: Session, account: Account, meter_number: str | None, own: OwnReading) -> Reading | None:
    """The customer's last reading of that meter and day."""
    query = select(Reading).where(
        Reading.account_number == account.number,
        Reading.meter_number == meter_number,
        Reading.read_on == own.on,
        Reading.source == "customer",
    )
    return session.scalar(query.order_by(Reading.id.desc()).limit(1))


def _same(reading: Reading, own: OwnReading) -> bool:
    return (reading.value, reading.peak, reading.valley) == (own.value, own.peak, own.valley)


def _write(
    session: Session, account: Account, found: Assessment, own: OwnReading, asker: Asker, earlier: Reading | None
) -> Reading:
    reading = Reading(
        account_number=account.number,
        meter_number=found.meter_number,
        read_on=own.on,
        value=own.value,
        peak=own.peak,
        valley=own.valley,
        source="customer",
        status="accepted" if found.plausible else "for_check",
        supersedes_id=earlier.id if earlier else None,
        photos=list(own.photos),
        conversation_id=asker.conversation_id,
    )
    session.add(reading)
    session.flush()
    return reading


def _look(
    session: Session, company: CompanyData, account: Account, found: Assessment, own: OwnReading, asker: Asker
) -> tuple[Ticket | None, Promise | None]:
    """A ticket for somebody to look, if there is need; one that is open already hears of every new number."""
    lines = described(company, account, found, own)
    known = open_of_account(session, account.number, CATEGORY)
    if known:
        tickets.supplement(session, known[0], "customer", "\n".join(["又报了一次表数", *lines]))
        return (None if found.plausible else known[0]), None
    if found.plausible:
        return None, None
    return open_for(session, company, account, asker, "application", CATEGORY, ["自报表数需要核实", *lines])


def described(company: CompanyData, account: Account, found: Assessment, own: OwnReading) -> list[str]:
    """A reading and what is thought of it, for staff."""
    value = number(own.value) if storable(own.value) else "看不出是什么数"
    parts = "".join(f"，{n}{number(v)}" for n, v in (("峰", own.peak), ("谷", own.valley)) if v and storable(v))
    lines = [f"{own.on.isoformat()}自报表数：{value}{parts}（表号{found.meter_number or own.meter_number or '不详'}）"]
    if found.says:
        lines.append(f"判断：{found.says}")
    expected = expected_text(company, account, found)
    if expected:
        lines.append(f"依据：{expected}")
    if own.photos:
        lines.append(f"照片：{'、'.join(map(str, own.photos))}")
    return lines


def _lines(
    company: CompanyData,
    account: Account,
    found: Assessment,
    for_bill: bool,
    reading: Reading | None,
    ticket: Ticket | None,
    promise: Promise | None,
) -> Iterator[str]:
    """What was asked about a doubtful number was asked before it was kept; it is not asked again."""
    rule = company.metering
    if found.plausible or reading is None:
        yield found.says
    if found.plausible:
        yield from _settled(company, account, found)
        remote = rule.services[account.service].remote  # type: ignore[index]
        yield remote or (rule.window.inside if for_bill else rule.window.outside)
    elif reading is not None:
        yield rule.visit
    if ticket is not None:
        yield f"核实单号{ticket.number}，{told(promise) if promise else '已经把这个数补充进去了'}"


def _settled(company: CompanyData, account: Account, found: Assessment) -> Iterator[str]:
    if found.settles:
        unit = unit_name(company.metering.services[account.service].unit)  # type: ignore[index]
        less = "少" if found.settles > 0 else "多"
        yield f"上次估算{less}算了{number(abs(found.settles))}{unit}"
