"""Accounts and meters over HTTP. Agents see holder and phone masked."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.accounts.feed import add_account, put_account, put_meter
from kefu.accounts.models import Account, Meter
from kefu.api.access import NO_NUL, AnyStaff, Feeds, PageDep, ReadSession, ServicesDep, listing
from kefu.api.examples import answers, fed, pages
from kefu.api.fields import (
    AccountNumber,
    Code30,
    Code40,
    Day,
    Given,
    Line30,
    Line40,
    Line60,
    Line80,
    Line200,
    Moment,
    Number,
    OneOrMany,
    Phone,
    sample,
)
from kefu.api.shown import plain
from kefu.api.writing import audit, in_turn, tail, writing, written
from kefu.clock import iso
from kefu.company.data import Service
from kefu.privacy.masking import mask_name, mask_phone

router = APIRouter(prefix="/api", tags=["accounts"])
Part = Literal["district", "town", "village", "road", "road_number", "community", "building", "unit", "room", "detail"]
AccountStatus = Literal["active", "suspended", "cut_off", "closed"]
EXAMPLE = {
    "service": "electricity",
    "holder": "张三",
    "phone": "13800000000",
    "address": "临江区人民路66号阳光花园5号楼2单元501",
    "area_code": "E-S1-F1-T01",
    "tariff": "yj-elec-res",
}
METER = {"account_number": "1000012345", "kind": "smart", "digits": 6, "installed_on": "2020-05-01"}


class AccountBody(Given):
    """What is left out stays as it was; of a new account it gets the usual value."""

    model_config = sample(EXAMPLE)

    number: AccountNumber | None = Field(None, description="As in the address, if given at all")
    service: Service
    holder: Line80
    address: Line200
    phone: Phone | None = None
    customer_class: Line40 = "resident"
    tariff: Line60 | None = None
    address_parts: dict[Part, Line60] = Field({}, description="Left out: read from the address")
    area_code: Code40 | None = None
    heated_area_m2: Annotated[Number, Field(ge=0)] | None = None
    household_size: int | None = Field(None, ge=0, le=200)
    prepaid: bool = False
    status: AccountStatus = Field("active", description="cut_off: for debts; suspended: at the customer's wish")
    cut_off_at: Moment | None = Field(None, description="With status cut_off; else now")
    low_income: bool = Field(False, description="低保 or 特困 on file")
    balance: Number = Field(0, validate_default=True, description="yuan")
    created_at: Moment | None = None


class NewAccount(AccountBody):
    model_config = sample({"number": "1000012345", **EXAMPLE})

    number: AccountNumber  # type: ignore[assignment]


class MeterBody(Given):
    model_config = sample(METER)

    account_number: AccountNumber
    kind: Line30
    digits: int = Field(5, ge=3, le=12)
    installed_on: Day | None = None
    removed_on: Day | None = None


def show_account(account: Account, sees_phones: bool) -> dict[str, Any]:
    """Money and quantities as text, exact; holder, phone and hardship only for roles that may see them."""
    same = "number service customer_class tariff address address_parts area_code household_size prepaid status"
    return {
        **{name: getattr(account, name) for name in same.split()},
        "holder": account.holder if sees_phones else mask_name(account.holder),
        "phone": account.phone if sees_phones else mask_phone(account.phone),
        "heated_area_m2": plain(account.heated_area_m2),
        "cut_off_at": iso(account.cut_off_at),
        "low_income": account.low_income if sees_phones else None,
        "balance": plain(account.balance, 2),
        "created_at": iso(account.created_at),
    }


def show_meter(meter: Meter) -> dict[str, Any]:
    same = {name: getattr(meter, name) for name in ("account_number", "number", "kind", "digits")}
    days = {name: getattr(meter, name) for name in ("installed_on", "removed_on")}
    return {**same, **{name: day.isoformat() if day else None for name, day in days.items()}}


SHOWN = {
    "number": "1000012345",
    "customer_class": "resident",
    "address_parts": {"community": "阳光花园", "building": "5号楼"},
    "household_size": 3,
    "prepaid": False,
    "status": "active",
    **EXAMPLE,
    "heated_area_m2": None,
    "cut_off_at": None,
    "low_income": False,
    "balance": "0.00",
    "created_at": "2020-05-01T10:00:00+08:00",
}
SHOWN_METER = {"number": "DM12345678", **METER, "removed_on": None}


def find_account(session: Session, number: str) -> Account:
    """Raises 404."""
    account = session.get(Account, number) if number.isascii() and number.isdigit() else None
    if account is None:
        raise HTTPException(404, f"没有户号 {number}")
    return account


@router.get("/accounts", summary="Accounts, the newest first", responses=pages(SHOWN))
def list_accounts(
    request: Request,
    session: ReadSession,
    staff: AnyStaff,
    page: PageDep,
    service: Annotated[Service | None, Query()] = None,
    status: Annotated[AccountStatus | None, Query()] = None,
    area_code: Annotated[str | None, Query(max_length=40, pattern=NO_NUL)] = None,
    phone: Annotated[str | None, Query(max_length=30, pattern=NO_NUL)] = None,
) -> dict[str, Any]:
    wanted = {"service": service, "status": status, "area_code": area_code, "phone": phone}
    query = select(Account).where(*(getattr(Account, n) == v for n, v in wanted.items() if v is not None))
    key = (Account.created_at, Account.number)
    return listing(request, session, query, key, page, lambda row: show_account(row, staff.sees_phones))


@router.post("/accounts", summary="New accounts, one or a list; all of them or none", responses=fed(SHOWN, 409))
def post_accounts(staff: Feeds, given: OneOrMany[NewAccount], parts: ServicesDep, response: Response) -> dict[str, Any]:
    """The same account with the same content again changes nothing and answers 200."""
    with writing(parts) as session:
        done = in_turn(given, lambda body: add_account(session, body.model_dump(exclude_unset=True)))
        shown = [show_account(account, staff.sees_phones) for account, _ in done]
    audit(staff, "account", *(tail(account.number) for account, new in done if new))
    return written(response, given, shown, any(new for _, new in done))


@router.get("/accounts/{number}", summary="One account", responses=answers(SHOWN, 404))
def get_account(number: str, session: ReadSession, staff: AnyStaff) -> dict[str, Any]:
    return show_account(find_account(session, number), staff.sees_phones)


@router.put("/accounts/{number}", summary="Create or update an account", responses=fed(SHOWN, 409))
def write_account(
    staff: Feeds, number: Annotated[AccountNumber, Path()], given: AccountBody, parts: ServicesDep, response: Response
) -> dict[str, Any]:
    if given.number not in (None, number):
        raise HTTPException(422, "number 与地址里的户号不一致")
    values = {**given.model_dump(exclude_unset=True), "number": number}
    if values.get("created_at", "") is None:
        del values["created_at"]
    with writing(parts) as session:
        account, new = put_account(session, values)
        shown = show_account(account, staff.sees_phones)
    audit(staff, "account", tail(number))
    return written(response, given, [shown], new)


@router.get(
    "/accounts/{number}/meters", summary="An account's meters, the newest first", responses=pages(SHOWN_METER, 404)
)
def list_meters(
    number: str,
    request: Request,
    session: ReadSession,
    staff: AnyStaff,
    page: PageDep,
    installed: Annotated[bool | None, Query(description="Only those in use, or only those removed")] = None,
) -> dict[str, Any]:
    query = select(Meter).where(Meter.account_number == find_account(session, number).number)
    if installed is not None:
        query = query.where(Meter.removed_on.is_(None) if installed else Meter.removed_on.is_not(None))
    return listing(request, session, query, Meter.id, page, show_meter)


@router.put("/meters/{number}", summary="Create or update a meter of an account", responses=fed(SHOWN_METER, 409))
def write_meter(
    staff: Feeds, number: Annotated[Code30, Path()], given: MeterBody, parts: ServicesDep, response: Response
) -> dict[str, Any]:
    """A meter that moves to another account is first removed from the old one (`removed_on`)."""
    with writing(parts) as session:
        meter, new = put_meter(session, number, given.model_dump(exclude_unset=True))
        session.flush()
        shown = show_meter(meter)
    audit(staff, "meter", meter.id)
    return written(response, given, [shown], new)
