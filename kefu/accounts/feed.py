"""Accounts and meters as the utility's own systems feed them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account, Meter
from kefu.clock import clock
from kefu.feeding import Conflict, FeedProblem, Unknown, assign, check_past, put
from kefu.network.feed import area_of
from kefu.nlu.values.address import find_addresses


def account_of(session: Session, number: str) -> Account:
    """The account, held until the end of the transaction: nobody writes its meters or books meanwhile. Raises Unknown."""
    account = session.get(Account, number, with_for_update=True)
    if account is None:
        raise Unknown(f"没有户号 {number}")
    return account


def fed_account(session: Session, number: str) -> Account:
    """The same for an account a row names: the row is wrong then, not the address. Raises FeedProblem."""
    try:
        return account_of(session, number)
    except Unknown as problem:
        raise FeedProblem(f"没有户号 {number}：先用 PUT /api/accounts/{number} 写入") from problem


def add_account(session: Session, values: Mapping[str, Any]) -> tuple[Account, bool]:
    """Write a new account; the same one again changes nothing (False). Raises Conflict, FeedProblem."""
    known = session.get(Account, values["number"], with_for_update=True)
    if known is None:
        return _new_account(session, values), True
    if any(getattr(known, name) != value for name, value in values.items()):
        raise Conflict(f"户号 {values['number']} 已有，内容不同：用 PUT 更改")
    return known, False


def put_account(session: Session, values: Mapping[str, Any]) -> tuple[Account, bool]:
    """Write an account; True if it is new. What is not given stays as it was. Raises Conflict, FeedProblem."""
    account = session.get(Account, values["number"], with_for_update=True)
    if account is None:
        return _new_account(session, values), True
    if values["service"] != account.service:
        raise Conflict(f"户号 {account.number} 已有，服务类别不能改")
    _check_account(session, values)
    values = _cut(account.status, values)
    moved = values["address"] != account.address and "address_parts" not in values
    assign(account, {**values, "address_parts": _parts(values["address"])} if moved else values)
    return account, False


def _new_account(session: Session, values: Mapping[str, Any]) -> Account:
    _check_account(session, values)
    values = _cut("active", values)
    known = {"created_at": clock.now(), "address_parts": _parts(values["address"]), **values}
    account = Account(**known)
    session.add(account)
    session.flush()
    return account


def _cut(status: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """An account that is cut off has a time since when; any other has none."""
    now = values.get("status", status)
    if now == "cut_off" and values.get("cut_off_at") is None and status != "cut_off":
        return {**values, "cut_off_at": clock.now()}
    if now == "cut_off" and values.get("cut_off_at") is None:
        return {name: value for name, value in values.items() if name != "cut_off_at"}
    return values if now == "cut_off" else {**values, "cut_off_at": None}


def _check_account(session: Session, values: Mapping[str, Any]) -> None:
    check_past("created_at", values.get("created_at"))
    check_past("cut_off_at", values.get("cut_off_at"))
    if values.get("area_code"):
        area_of(session, values["area_code"], values["service"])


def _parts(address: str) -> dict[str, Any]:
    """The parts of an address as the dialogue reads them, for whoever feeds only the line."""
    found = find_addresses(address)
    return {name: part for name, part in found[0].value.items() if name != "text"} if found else {}


def put_meter(session: Session, number: str, values: Mapping[str, Any]) -> tuple[Meter, bool]:
    """Write a meter of an account; True if it is new there. Raises Conflict while it hangs elsewhere, FeedProblem."""
    account = fed_account(session, values["account_number"])
    check_past_day(values.get("installed_on"), values.get("removed_on"))
    rows = list(session.scalars(select(Meter).where(Meter.number == number).order_by(Meter.id)))
    elsewhere = [row for row in rows if row.account_number != account.number and row.removed_on is None]
    if elsewhere and values.get("removed_on") is None:
        raise Conflict(f"表 {number} 还装在另一户：先写入它的拆除日期 removed_on")
    own = next((row for row in rows if row.account_number == account.number), None)
    return put(session, own, Meter(number=number, **values), values)


def check_past_day(installed: Any, removed: Any) -> None:
    """Raises FeedProblem when a meter is removed before it was installed."""
    if installed is not None and removed is not None and removed < installed:
        raise FeedProblem("removed_on 不能早于 installed_on")
