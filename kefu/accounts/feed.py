"""Accounts and meters as the utility's own systems feed them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.accounts.addresses import Parts, read_address, under_own_names
from kefu.accounts.models import Account, Meter
from kefu.clock import clock
from kefu.feeding import Conflict, FeedProblem, Rows, Unknown, alone, assign, check_past, each, put, rows_of
from kefu.network.areas.feed import Areas
from kefu.network.moves import ACCOUNT, Spot, Track, account_tracks
from kefu.network.places import index
from kefu.network.tree import touch


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


def put_account(session: Session, values: Mapping[str, Any]) -> tuple[Account, bool]:
    """Write an account; True if it is new. What is not given stays as it was. Raises Conflict, FeedProblem."""
    return alone(lambda rows: put_accounts(session, rows), values)


def put_accounts(
    session: Session, rows: Rows, homes: Mapping[str, Parts] | None = None, anew: bool = False
) -> list[tuple[Account, bool]]:
    """Write accounts, each with its `number`; True for the new ones. What is not given stays as it was.

    From `valid_from` on (aware; left out: now) an account hangs at `area_code`; the first area we hear of holds from the
    first day, unless that lies ahead. `homes`: addresses already read, by their line (reading them takes longer than
    writing them). `anew`: an account that is there must say the same. Raises ManyProblems of Conflict, FeedProblem.
    """
    batch = _Batch(session, rows, homes or {}, anew)
    done = each(rows, batch.write)
    session.add_all(batch.new)
    session.flush()
    if batch.placed:
        touch(session)
    return done


class _Batch:
    """Accounts written together, and what they need to know, looked up once."""

    def __init__(self, session: Session, rows: Rows, homes: Mapping[str, Parts], anew: bool) -> None:
        self.session, self.homes, self.anew, self.now = session, homes, anew, clock.now()
        self.accounts = rows_of(session, Account, "number", {row["number"] for row in rows}, hold=True)
        self.tracks = account_tracks(session, self.accounts.values())
        self.areas = Areas(session, {row["area_code"] for row in rows if row.get("area_code")})
        self.places = index(session)
        self.new: list[Account] = []
        self.placed = False

    def write(self, row: Mapping[str, Any]) -> tuple[Account, bool]:
        values = {name: value for name, value in row.items() if name not in ("area_code", "valid_from")}
        if values.get("created_at", "") is None:
            del values["created_at"]
        account = self.accounts.get(row["number"])
        if account is None:
            return self._begin(row, values), True
        if row["service"] != account.service:
            raise Conflict(f"户号 {account.number} 已有，服务类别不能改")
        if self.anew:
            self._check_same(account, row, values)
            return account, False
        self._check(row)
        values = dict(_cut(account.status, values))
        if values["address"] != account.address and "address_parts" not in values:
            values["address_parts"] = self._parts(values["address"])
        changed = assign(account, values)
        self.placed |= bool(changed.keys() & {"status", "address_parts"})
        if "area_code" in row:
            self._hang(account, row)
        return account, False

    def _begin(self, row: Mapping[str, Any], values: Mapping[str, Any]) -> Account:
        self._check(row)
        known = {"created_at": self.now, **_cut("active", values)}
        if "address_parts" not in known:
            known["address_parts"] = self._parts(known["address"])
        account = Account(**known)
        self.accounts[account.number] = account
        self.tracks[account.number] = Track(ACCOUNT, account.number, None)
        self.new.append(account)
        self.placed = True
        if "area_code" in row:
            self._hang(account, row)
        return account

    def _hang(self, account: Account, row: Mapping[str, Any]) -> None:
        track, said = self.tracks[account.number], row.get("valid_from")
        if track.first is None and not track.moves and (said is None or said <= self.now):  # the first we hear of it
            self.placed |= account.area_code != row["area_code"]
            account.area_code = track.first = row["area_code"]
        self.placed |= track.put(self.session, Spot(row["area_code"]), said or self.now, said=said is not None)

    def _check_same(self, account: Account, row: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        spot = self.tracks[account.number].at(row.get("valid_from") or self.now)
        same = "area_code" not in row or spot.parent == row["area_code"]
        if not same or any(getattr(account, name) != value for name, value in values.items()):
            raise Conflict(f"户号 {account.number} 已有，内容不同：用 PUT 更改")

    def _check(self, row: Mapping[str, Any]) -> None:
        check_past("created_at", row.get("created_at"))
        check_past("cut_off_at", row.get("cut_off_at"))
        if row.get("area_code"):
            self.areas.check(row["area_code"], row["service"], row.get("valid_from") or self.now)
        elif row.get("valid_from"):
            raise FeedProblem("valid_from 说的是 area_code 从何时起：要一起给出")

    def _parts(self, address: str) -> Parts:
        parts = self.homes[address] if address in self.homes else read_address(address)
        return under_own_names(self.places, parts)


def _cut(status: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """An account that is cut off has a time since when; any other has none."""
    now = values.get("status", status)
    if now == "cut_off" and values.get("cut_off_at") is None and status != "cut_off":
        return {**values, "cut_off_at": clock.now()}
    if now == "cut_off" and values.get("cut_off_at") is None:
        return {name: value for name, value in values.items() if name != "cut_off_at"}
    return values if now == "cut_off" else {**values, "cut_off_at": None}


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
