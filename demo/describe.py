"""What a tester needs to know about each situation, read back from the database."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.data import read
from demo.people import Customer, by_situation, customers
from demo.tariffs import tariff
from kefu.accounts.models import Account
from kefu.billing.models import Bill, BillLine, Payment
from kefu.clock import iso
from kefu.network.models import Incident, Interruption
from kefu.network.tree import network

OPEN = ("unpaid", "overdue")


def describe(session: Session) -> dict[str, Any]:
    """`situations` by name, each with its account and facts, and `logins`. An account no longer there is left out."""
    situations = {}
    for name, customer in by_situation().items():
        account = session.get(Account, customer.number)
        if account is not None:
            situations[name] = {**_person(session, account, customer), **_facts(session, name, account)}
    logins = [{key: person[key] for key in ("username", "password", "role")} for person in read("staff")]
    return {"situations": situations, "logins": logins}


def _person(session: Session, account: Account, customer: Customer) -> dict[str, Any]:
    parts = {**customer.place.parts, **account.address_parts}
    neighbours = [c.place.parts for c in customers() if c.place.parts["community"] == parts["community"]]
    buildings = list(dict.fromkeys(place["building"] for place in neighbours))
    return {
        "account_number": account.number,
        "holder": account.holder,
        "phone": account.phone,
        "address": account.address,
        "service": account.service,
        "district": parts["district"],
        "community": parts["community"],
        "building": parts["building"],
        "room": parts["unit"] + parts["room"],
        "other_buildings": [building for building in buildings if building != parts["building"]],
        "tariff": account.tariff,
        "meter_number": customer.meter_number,
        "area_code": network(session).leaf_of(account),
        "other_services": {c.service: c.number for c in _others(account)},
    }


def _others(account: Account) -> list[Customer]:
    """The household's other accounts."""
    place = next(c.place for c in customers() if c.number == account.number)
    return [c for c in customers() if c.place is place and c.number != account.number]


def _facts(session: Session, name: str, account: Account) -> dict[str, Any]:
    """The last two bills, then what belongs to this situation."""
    query = select(Bill).where(Bill.account_number == account.number)
    bills = list(session.scalars(query.order_by(Bill.period_end.desc(), Bill.sequence.desc(), Bill.id.desc())))
    standing = [bill for bill in bills if bill.status != "reversed"]
    facts: dict[str, Any] = {}
    for key, bill in zip(("last_bill", "previous_bill"), standing, strict=False):
        facts[key] = _bill(session, bill)
    special = SPECIAL.get(name)
    return {**facts, **(special(session, account, bills) if special else {})}


def _bill(session: Session, bill: Bill) -> dict[str, Any]:
    lines = session.scalars(select(BillLine).where(BillLine.bill_id == bill.id).order_by(BillLine.position))
    return {
        "number": bill.number,
        "period": bill.period,
        "sequence": bill.sequence,
        "kind": bill.kind,
        "period_start": bill.period_start.isoformat(),
        "period_end": bill.period_end.isoformat(),
        "days": bill.days,
        "usage": _plain(bill.usage),
        "unit": bill.unit,
        "estimated": bill.estimated,
        "amount": _money(bill.amount),
        "issued_on": bill.issued_on.isoformat(),
        "due_on": bill.due_on.isoformat(),
        "status": bill.status,
        "lines": [_line(line) for line in lines],
    }


def _line(line: BillLine) -> dict[str, Any]:
    return {
        "kind": line.kind,
        "label": line.label,
        "quantity": _plain(line.quantity),
        "unit": line.unit,
        "price": _plain(line.price),
        "amount": _money(line.amount),
        "formula": line.formula,
    }


def _tiers(session: Session, account: Account, bills: list[Bill]) -> dict[str, Any]:
    second, third = tariff(account.tariff or "").bounds
    return {"tier2_from": _plain(second), "tier3_from": _plain(third)}


def _estimates(session: Session, account: Account, bills: list[Bill]) -> dict[str, Any]:
    """The account itself was caught up by an actual reading; `still_estimated` names one that was not yet."""
    others = {c.number: c.service for c in _others(account)}
    query = select(Bill).where(Bill.account_number.in_(others), Bill.estimated).order_by(Bill.period_end.desc())
    waiting = list(session.scalars(query))
    facts: dict[str, Any] = {"estimated_periods": [bill.period for bill in bills if bill.estimated]}
    if waiting:
        facts["still_estimated"] = {
            "account_number": waiting[0].account_number,
            "service": others[waiting[0].account_number],
            "periods": [bill.period for bill in waiting],
            "last_bill": _bill(session, waiting[0]),
        }
    return facts


def _late_fee(session: Session, account: Account, bills: list[Bill]) -> dict[str, Any]:
    query = select(BillLine).join(Bill, Bill.id == BillLine.bill_id)
    line = session.scalar(query.where(Bill.account_number == account.number, BillLine.kind == "late_fee"))
    if line is None or line.quantity is None:
        return {}
    earlier = [bill for bill in bills if bill.id < line.bill_id]
    late = max(earlier, key=lambda bill: bill.period_end)
    return {
        "late_fee": _money(line.amount),
        "late_days": int(line.quantity),
        "daily_rate": "0.1%",
        "overdue_period": late.period,
        "overdue_amount": _money(late.amount),
        "overdue_due_on": late.due_on.isoformat(),
    }


def _reversal(session: Session, account: Account, bills: list[Bill]) -> dict[str, Any]:
    periods = {bill.period for bill in bills if bill.kind == "reversal"}
    entries = sorted((bill for bill in bills if bill.period in periods), key=lambda bill: bill.sequence)
    return {"entries": [_bill(session, bill) for bill in entries]}


def _arrears(session: Session, account: Account, bills: list[Bill]) -> dict[str, Any]:
    due = [bill for bill in bills if bill.status in OPEN]
    return {
        "arrears": _money(sum((bill.amount for bill in due), Decimal(0))),
        "unpaid_periods": [bill.period for bill in due],
        "daily_rate": "0.1%",
    }


def _outage(session: Session, account: Account, bills: list[Bill]) -> dict[str, Any]:
    query = select(Incident).where(Incident.area_code.in_(_path(session, account)))
    incident = session.scalar(query.order_by(Incident.started_at.desc()))
    if incident is None:
        return {}
    return {
        "incident": incident.number,
        "incident_area": incident.area_code,
        "cause": incident.cause,
        "started_at": iso(incident.started_at),
        "expected_at": iso(incident.expected_at),
        "status": incident.status,
    }


def _interruption(session: Session, account: Account, bills: list[Bill]) -> dict[str, Any]:
    query = select(Interruption).where(Interruption.area_code.in_(_path(session, account)))
    planned = session.scalar(query.order_by(Interruption.starts_at.desc()))
    if planned is None:
        return {}
    return {
        "interruption": planned.number,
        "interruption_area": planned.area_code,
        "reason": planned.reason,
        "starts_at": iso(planned.starts_at),
        "ends_at": iso(planned.ends_at),
        "status": planned.status,
    }


def _heat(session: Session, account: Account, bills: list[Bill]) -> dict[str, Any]:
    area = account.heated_area_m2 or Decimal(0)
    return {"heated_area_m2": _plain(area), "season_fee": _money(area * 24), "season": "11-15/03-15"}


def _payment(session: Session, account: Account, bills: list[Bill]) -> dict[str, Any]:
    query = select(Payment).where(Payment.account_number == account.number, Payment.status == "not_credited")
    payment = session.scalar(query)
    if payment is None:
        return {}
    return {
        "payment": {
            "amount": _money(payment.amount),
            "paid_at": iso(payment.paid_at),
            "channel": payment.channel,
            "reference": payment.reference,
            "status": payment.status,
        }
    }


def _peak_valley(session: Session, account: Account, bills: list[Bill]) -> dict[str, Any]:
    lines = session.scalars(select(BillLine).where(BillLine.bill_id.in_([bill.id for bill in bills[:1]])))
    return {f"{line.kind}_usage": _plain(line.quantity) for line in lines if line.kind in ("peak", "valley")}


def _path(session: Session, account: Account) -> list[str]:
    """The account's leaf area and everything above it, now."""
    now = network(session)
    return now.path(now.leaf_of(account))


def _plain(number: Decimal | None) -> str | None:
    """Without trailing zeros, and never as 2E+2."""
    return None if number is None else format(number.normalize(), "f")


def _money(number: Decimal) -> str:
    return format(number.quantize(Decimal("0.01")), "f")


SPECIAL = {
    "tier_crossed": _tiers,
    "estimated_reading": _estimates,
    "late_fee": _late_fee,
    "reversal": _reversal,
    "in_arrears": _arrears,
    "known_outage": _outage,
    "planned_interruption": _interruption,
    "heat_below_18": _heat,
    "paid_not_credited": _payment,
    "peak_valley": _peak_valley,
}
