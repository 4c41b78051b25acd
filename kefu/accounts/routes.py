"""Accounts and meters over HTTP. Agents see holder and phone masked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.accounts.addresses import read_address
from kefu.accounts.feed import put_accounts, put_meter
from kefu.accounts.models import Account, Meter
from kefu.api.access import NO_NUL, AnyStaff, Feeds, PageDep, ReadSession, Services, ServicesDep, listing
from kefu.api.accounts import (
    SHOWN,
    SHOWN_METER,
    AccountBody,
    AccountStatus,
    MeterBody,
    NewAccount,
    show_account,
    show_meter,
)
from kefu.api.examples import answers, fed, pages
from kefu.api.fields import BULK_BYTES, AccountNumber, Code30, OneOrBulk
from kefu.api.writing import audit, tail, together, writing, written
from kefu.clock import clock
from kefu.company.data import Service
from kefu.network.moves import account_tracks, hanging_at
from kefu.staff.service import Caller

router = APIRouter(prefix="/api", tags=["accounts"])


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
    """`area_code`: those that hang at this very area now."""
    wanted = {"service": service, "status": status, "phone": phone}
    query = select(Account).where(*(getattr(Account, n) == v for n, v in wanted.items() if v is not None))
    if area_code is not None:
        query = query.where(hanging_at(area_code, clock.now()))
    key = (Account.created_at, Account.number)
    shown: dict[str, dict[str, Any]] = {}

    def load(rows: Sequence[Account]) -> None:
        shown.update(zip((row.number for row in rows), _shown(session, staff, rows), strict=True))

    return listing(request, session, query, key, page, lambda row: shown[row.number], load)


@router.post(
    "/accounts",
    summary="New accounts, one or a list; all of them or none",
    responses=fed(SHOWN, 409),
    max_body_size=BULK_BYTES,
)
def post_accounts(staff: Feeds, given: OneOrBulk[NewAccount], parts: ServicesDep, response: Response) -> dict[str, Any]:
    """The same account with the same content again changes nothing and answers 200."""
    return _write(staff, given, parts, response, anew=True)


@router.put(
    "/accounts",
    summary="Create or update accounts, one or a list; all of them or none",
    responses=fed(SHOWN, 409),
    max_body_size=BULK_BYTES,
)
def write_accounts(
    staff: Feeds, given: OneOrBulk[NewAccount], parts: ServicesDep, response: Response
) -> dict[str, Any]:
    """What is left out of an account stays as it was. `area_code` holds from `valid_from` on: a coming move is shown
    under `coming`, one of the same moment is replaced."""
    return _write(staff, given, parts, response)


@router.get("/accounts/{number}", summary="One account", responses=answers(SHOWN, 404))
def get_account(number: str, session: ReadSession, staff: AnyStaff) -> dict[str, Any]:
    return _shown(session, staff, [find_account(session, number)])[0]


@router.put("/accounts/{number}", summary="Create or update an account", responses=fed(SHOWN, 409))
def write_account(
    staff: Feeds, number: Annotated[AccountNumber, Path()], given: AccountBody, parts: ServicesDep, response: Response
) -> dict[str, Any]:
    if given.number not in (None, number):
        raise HTTPException(422, "number 与地址里的户号不一致")
    return _write(staff, given.model_copy(update={"number": number}), parts, response)


def _write(staff: Caller, given: Any, parts: Services, response: Response, anew: bool = False) -> dict[str, Any]:
    rows = [body.model_dump(exclude_unset=True) for body in (given if isinstance(given, list) else [given])]
    homes = {row["address"]: read_address(row["address"]) for row in rows}  # before anybody waits for the database
    with writing(parts) as session:
        done = together(given, lambda: put_accounts(session, rows, homes, anew))
        shown = _shown(session, staff, [account for account, _ in done])
    audit(staff, "account", *(tail(account.number) for account, new in done if new or not anew))
    return written(response, given, shown, any(new for _, new in done))


def _shown(session: Session, staff: Caller, accounts: Sequence[Account]) -> list[dict[str, Any]]:
    tracks, now = account_tracks(session, accounts), clock.now()
    return [show_account(account, staff.sees_phones, tracks[account.number], now) for account in accounts]


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
