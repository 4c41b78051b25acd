"""How customers judged us, over HTTP; what a return call heard; the verifying of what was reopened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import Field, model_validator
from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.api.access import (
    NO_NUL,
    AnyStaff,
    ConversationFilter,
    PageDep,
    Plans,
    ReadSession,
    ServicesDep,
    listing,
    plain_number,
    role,
)
from kefu.api.examples import answers, pages
from kefu.api.fields import Given, Words, sample
from kefu.api.writing import audit, writing
from kefu.clock import iso
from kefu.company.surveys import BEST
from kefu.privacy.masking import mask_text
from kefu.staff.service import Caller
from kefu.surveys.models import Survey
from kefu.surveys.service import Said, heard_by_phone
from kefu.surveys.verifying import NotYours, verify
from kefu.tickets.models import Ticket

router = APIRouter(prefix="/api", tags=["surveys"])
Phones = Annotated[Caller, Depends(role("agent", "supervisor", "admin"))]  # people who call
Score = Annotated[int, Field(ge=1, le=BEST)]
State = Literal["asked", "answered", "done", "stopped", "unanswered", "spared", "stale"]
_HEARD = {"score": 5, "fixed": True, "comment": "来得很快"}
_PAIRS = {"dimensions": {"reliability": 5}, "expectations": {"reliability": 4}}
SURVEY = {
    "id": 7,
    "ticket": "BX2612090042-3",
    **_HEARD,
    **_PAIRS,
    "status": "done",
    "callback": None,
    "recorded_by": None,
    "conversation_id": "rest:anna",
    "created_at": "2026-12-10T09:00:00+08:00",
}
VERIFIED = {"ticket": "BX2612090042-3", "fixed": True, "status": "resolved", "verified_by": "supervisor1"}


class HeardBody(Given):
    """What a return call heard. `dimensions`: found, `expectations`: expected, by dimension, 1 to 5."""

    model_config = sample({**_HEARD, **_PAIRS})

    fixed: bool
    score: Score | None = None
    dimensions: dict[str, Score] = Field({}, max_length=10)
    expectations: dict[str, Score] = Field({}, max_length=10)
    comment: Words = ""


class VerifyBody(Given):
    """What was found on the spot. Not fixed says what is missing."""

    model_config = sample({"fixed": True, "note": "现场看过，已恢复"})

    fixed: bool
    note: Words = ""

    @model_validator(mode="after")
    def what_is_missing_is_said(self) -> VerifyBody:
        if not self.fixed and not self.note:
            raise ValueError("没有解决要在 note 里写明情况")
        return self


def show_survey(survey: Survey, ticket: Ticket, sees_phones: bool) -> dict[str, Any]:
    plain = "id score fixed dimensions expectations status callback recorded_by"
    return {
        **{name: getattr(survey, name) for name in plain.split()},
        "conversation_id": None if ticket.anonymous else survey.conversation_id,
        "ticket": ticket.number,
        "comment": survey.comment if sees_phones else mask_text(survey.comment),
        "created_at": iso(survey.created_at),
    }


@router.get("/surveys", summary="Answered surveys, newest first", responses=pages(SURVEY, 403, 409))
def list_surveys(
    request: Request,
    session: ReadSession,
    staff: Plans,
    page: PageDep,
    conversation: ConversationFilter,
    ticket: Annotated[str | None, Query(max_length=30, pattern=NO_NUL, description="Its number")] = None,
    score: Annotated[int | None, Query(ge=1, le=5)] = None,
    fixed: Annotated[bool | None, Query()] = None,
    status: Annotated[State | None, Query(description="With it, those nobody answered are shown as well")] = None,
) -> dict[str, Any]:
    query = select(Survey).where(Survey.created_at.is_not(None) if status is None else Survey.status == status)
    wanted = {"conversation_id": conversation, "score": score, "fixed": fixed}
    query = query.where(*(getattr(Survey, name) == value for name, value in wanted.items() if value is not None))
    if ticket is not None:
        query = query.where(Survey.ticket_id.in_(select(Ticket.id).where(Ticket.number == ticket)))
    tickets: dict[int, Ticket] = {}
    return listing(
        request, session, query, Survey.id, page,
        show=lambda row: show_survey(row, tickets[row.ticket_id], staff.sees_phones),
        load=lambda rows: tickets.update(_of(session, rows)),
    )  # fmt: skip


def _of(session: Session, rows: Sequence[Survey]) -> dict[int, Ticket]:
    """The tickets of these surveys, by row id."""
    query = select(Ticket).where(Ticket.id.in_([row.ticket_id for row in rows]))
    return {ticket.id: ticket for ticket in session.scalars(query)}


@router.post(
    "/tickets/{number}/survey",
    summary="What a return call heard",
    status_code=201,
    responses=answers(SURVEY, 403, 404, 409, 422, status=201),
)
def post_survey(staff: Phones, number: str, given: HeardBody, parts: ServicesDep) -> dict[str, Any]:
    """The same follows as from the customer's own words: closed, opened again, a call, praise passed on."""
    said = Said(
        given.comment,
        fixed=given.fixed,
        score=given.score,
        comment=given.comment,
        praises=bool(given.comment),
        dimensions=given.dimensions,
        expectations=given.expectations,
    )
    with writing(parts) as session:
        survey = heard_by_phone(session, parts.company, plain_number(number), said, staff.username)
        shown = show_survey(survey, session.get_one(Ticket, survey.ticket_id), staff.sees_phones)
    audit(staff, "survey", number)
    return shown


@router.post(
    "/tickets/{number}/verify",
    summary="Verify what was reopened and resolved again",
    responses=answers(VERIFIED, 403, 404, 409, 422),
)
def post_verify(staff: AnyStaff, number: str, given: VerifyBody, parts: ServicesDep) -> dict[str, Any]:
    """By the ticket's verifier, a supervisor, or a system that passes on what was verified there; never by whoever did the
    work. Then the customer is asked again."""
    leads = staff.role in ("supervisor", "admin", "integration")
    try:
        with writing(parts) as session:
            ticket = verify(
                session, parts.company, plain_number(number), staff.username, leads, given.fixed, given.note
            )
            shown = {"ticket": number, "fixed": given.fixed, "status": ticket.status, "verified_by": staff.username}
    except NotYours as problem:
        raise HTTPException(403, str(problem)) from problem
    audit(staff, "verify", number)
    return shown
