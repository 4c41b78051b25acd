"""Readings, bills and payments over HTTP."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.accounts.routes import find_account
from kefu.api.access import NO_NUL, AnyStaff, Feeds, PageDep, ReadSession, Services, ServicesDep, listing
from kefu.api.bills import (
    BILL,
    CORRECTED,
    PAYMENT,
    READING,
    BillBody,
    BillStatus,
    BillStatusBody,
    CorrectionBody,
    PaymentBody,
    PaymentStatus,
    PaymentStatusBody,
    ReadingBody,
    ReadingSource,
    ReadingStatus,
    show_bill,
    show_payment,
    show_reading,
)
from kefu.api.examples import answers, fed, pages
from kefu.api.fields import Code40, OneOrMany, RowId
from kefu.api.shown import plain
from kefu.api.writing import audit, in_turn, writing, written
from kefu.billing.corrections import correct_bill
from kefu.billing.feed import add_bill, add_payment, add_reading, lines_of, set_bill_status, set_payment_status
from kefu.billing.models import Bill, BillLine, Payment, Reading
from kefu.billing.tariff_book import tariff_book

router = APIRouter(prefix="/api", tags=["bills"])
Period = Annotated[str | None, Query(max_length=7, pattern=NO_NUL, description="2026-10")]
NumberQuery = Annotated[str | None, Query(max_length=20, pattern=NO_NUL)]
Kind = Literal["normal", "reversal", "correction", "adjustment"]


# --- reading -------------------------------------------------------------------------------------------------------------
@router.get("/bills", summary="Bills with their lines, the latest period first", responses=pages(BILL))
def list_bills(
    request: Request,
    session: ReadSession,
    staff: AnyStaff,
    page: PageDep,
    account_number: NumberQuery = None,
    period: Period = None,
    status: Annotated[BillStatus | None, Query()] = None,
    kind: Annotated[Kind | None, Query()] = None,
) -> dict[str, Any]:
    wanted = {"account_number": account_number, "period": period, "status": status, "kind": kind}
    return _bills(request, session, page, wanted)


@router.get(
    "/accounts/{number}/bills", summary="An account's bills, the latest period first", responses=pages(BILL, 404)
)
def list_account_bills(
    number: str,
    request: Request,
    session: ReadSession,
    staff: AnyStaff,
    page: PageDep,
    period: Period = None,
    status: Annotated[BillStatus | None, Query()] = None,
) -> dict[str, Any]:
    wanted = {"account_number": find_account(session, number).number, "period": period, "status": status}
    return _bills(request, session, page, wanted)


def _bills(request: Request, session: ReadSession, page: PageDep, wanted: dict[str, Any]) -> dict[str, Any]:
    query = select(Bill).where(*(getattr(Bill, name) == value for name, value in wanted.items() if value is not None))
    lines: dict[int, list[BillLine]] = {}
    key = (Bill.period_end, Bill.sequence, Bill.id)
    return listing(
        request, session, query, key, page,
        show=lambda bill: show_bill(bill, lines[bill.id]),
        load=lambda rows: lines.update(lines_of(session, [bill.id for bill in rows])),
    )  # fmt: skip


@router.get("/bills/{number}", summary="One bill with its lines", responses=answers(BILL, 404))
def get_bill(number: str, session: ReadSession, staff: AnyStaff) -> dict[str, Any]:
    bill = session.scalar(select(Bill).where(Bill.number == number)) if "\0" not in number else None
    if bill is None:
        raise HTTPException(404, f"没有账单 {number}")
    return show_bill(bill, lines_of(session, [bill.id])[bill.id])


@router.get(
    "/accounts/{number}/readings", summary="An account's readings, the latest first", responses=pages(READING, 404)
)
def list_readings(
    number: str,
    request: Request,
    session: ReadSession,
    staff: AnyStaff,
    page: PageDep,
    estimated: Annotated[bool | None, Query()] = None,
    source: Annotated[ReadingSource | None, Query()] = None,
    status: Annotated[ReadingStatus | None, Query()] = None,
) -> dict[str, Any]:
    wanted = {"account_number": find_account(session, number).number, "source": source, "status": status}
    query = select(Reading).where(*(getattr(Reading, name) == value for name, value in wanted.items() if value))
    if estimated is not None:
        query = query.where(Reading.estimated.is_(estimated))
    return listing(request, session, query, (Reading.read_on, Reading.id), page, show_reading)


@router.get(
    "/accounts/{number}/payments", summary="An account's payments, the latest first", responses=pages(PAYMENT, 404)
)
def list_payments(
    number: str,
    request: Request,
    session: ReadSession,
    staff: AnyStaff,
    page: PageDep,
    status: Annotated[PaymentStatus | None, Query()] = None,
) -> dict[str, Any]:
    query = select(Payment).where(Payment.account_number == find_account(session, number).number)
    if status is not None:
        query = query.where(Payment.status == status)
    bills: dict[int, str] = {}

    def load(rows: Any) -> None:
        wanted = [row.bill_id for row in rows if row.bill_id]
        bills.update(session.execute(select(Bill.id, Bill.number).where(Bill.id.in_(wanted))).all())

    key = (Payment.paid_at, Payment.id)
    return listing(request, session, query, key, page, lambda row: show_payment(row, bills.get(row.bill_id)), load)


# --- writing -------------------------------------------------------------------------------------------------------------
@router.post("/readings", summary="New readings, one or a list; all of them or none", responses=fed(READING))
def post_readings(
    staff: Feeds, given: OneOrMany[ReadingBody], parts: ServicesDep, response: Response
) -> dict[str, Any]:
    """The very same reading again changes nothing and answers 200; another value on the same day is one more reading."""
    with writing(parts) as session:
        done = in_turn(given, lambda body: add_reading(session, body.model_dump()))
        shown = [show_reading(reading) for reading, _ in done]
    audit(staff, "reading", *(reading.id for reading, new in done if new))
    return written(response, given, shown, any(new for _, new in done))


@router.post(
    "/bills", summary="New bills with their lines, one or a list; all of them or none", responses=fed(BILL, 409)
)
def post_bills(staff: Feeds, given: OneOrMany[BillBody], parts: ServicesDep, response: Response) -> dict[str, Any]:
    """The lines add up to the amount, or 422 with both sums; without lines and amount the tariff prices the bill. A bill
    is never edited: a reversal and a correction are entries of their own in the same period. The same number with the
    same content changes nothing and answers 200."""
    with writing(parts) as session:
        done, shown = _add(session, parts, given)
    audit(staff, "bill", *(bill.id for bill, new in done if new))
    return written(response, given, shown, any(new for _, new in done))


@router.post(
    "/bills/preview", summary="What these bills would be; nothing is written", responses=answers(BILL, 403, 409, 422)
)
def preview_bills(staff: Feeds, given: OneOrMany[BillBody], parts: ServicesDep, response: Response) -> dict[str, Any]:
    """The same body and the same refusals as `POST /api/bills`."""
    with writing(parts, keep=False) as session:
        _, shown = _add(session, parts, given)
    return written(response, given, shown, created=False)


def _add(
    session: Session, parts: Services, given: BillBody | list[BillBody]
) -> tuple[list[tuple[Bill, bool]], list[dict[str, Any]]]:
    book = tariff_book(session, parts.company)
    done = in_turn(given, lambda body: add_bill(session, *body.split(), book))
    lines = lines_of(session, [bill.id for bill, _ in done])
    return done, [show_bill(bill, lines[bill.id]) for bill, _ in done]


@router.patch(
    "/bills/{number}", summary="A bill's status, the only thing that changes", responses=answers(BILL, 403, 404, 422)
)
def patch_bill(
    staff: Feeds, number: Annotated[Code40, Path()], given: BillStatusBody, parts: ServicesDep
) -> dict[str, Any]:
    with writing(parts) as session:
        bill, _ = set_bill_status(session, number, given.status)
        shown = show_bill(bill, lines_of(session, [bill.id])[bill.id])
    audit(staff, "bill status", bill.id)
    return shown


@router.post(
    "/bills/{number}/correction",
    summary="Reverse a wrong bill and post the right one",
    responses=fed(CORRECTED, 404, 409),
)
def post_correction(
    staff: Feeds, number: Annotated[Code40, Path()], given: CorrectionBody, parts: ServicesDep, response: Response
) -> dict[str, Any]:
    """Two new entries in one step: the negative, then the right bill; the wrong one becomes `reversed`. Payments stay
    where they were booked and count for the right bill: what is too much goes to the account's balance (`credited`),
    the rest is `owed`. The same correction again changes nothing and answers 200."""
    with writing(parts) as session:
        done = correct_bill(session, number, *given.split())
        entries = {"reversal": done.reversal, "correction": done.correction}
        lines = lines_of(session, [entry.id for entry in entries.values()])
        shown = {name: show_bill(entry, lines[entry.id]) for name, entry in entries.items()}
    audit(staff, "bill correction", done.reversal.id, done.correction.id)
    response.status_code = 201 if done.new else 200
    return {**shown, "credited": plain(done.credited, 2), "owed": plain(done.owed, 2)}


@router.post("/payments", summary="New payments, one or a list; all of them or none", responses=fed(PAYMENT, 409))
def post_payments(
    staff: Feeds, given: OneOrMany[PaymentBody], parts: ServicesDep, response: Response
) -> dict[str, Any]:
    """A bill whose credited payments reach its amount becomes `paid`. The same reference of the same account with the
    same content changes nothing and answers 200."""
    with writing(parts) as session:
        done = in_turn(given, lambda body: add_payment(session, body.model_dump()))
        bills = [session.get(Bill, payment.bill_id) if payment.bill_id else None for payment, _ in done]
        shown = [show_payment(row, bill.number if bill else None) for (row, _), bill in zip(done, bills, strict=True)]
    audit(staff, "payment", *(payment.id for payment, new in done if new))
    return written(response, given, shown, any(new for _, new in done))


@router.patch(
    "/payments/{payment_id}",
    summary="A payment credited later, refunded or failed",
    responses=answers(PAYMENT, 403, 404, 422),
)
def patch_payment(
    staff: Feeds, payment_id: Annotated[RowId, Path()], given: PaymentStatusBody, parts: ServicesDep
) -> dict[str, Any]:
    with writing(parts) as session:
        payment, _ = set_payment_status(session, payment_id, given.status)
        bill = session.get(Bill, payment.bill_id) if payment.bill_id else None
        shown = show_payment(payment, bill.number if bill else None)
    audit(staff, "payment status", payment.id)
    return shown
