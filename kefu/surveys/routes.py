"""How customers judged us, over HTTP: answered surveys only."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from sqlalchemy import select

from kefu.api.access import NO_NUL, ConversationFilter, PageDep, Plans, ReadSession, listing
from kefu.api.examples import pages
from kefu.clock import iso
from kefu.privacy.masking import mask_text
from kefu.surveys.models import Survey
from kefu.tickets.feed import numbers_of
from kefu.tickets.models import Ticket

router = APIRouter(prefix="/api/surveys", tags=["surveys"])
SURVEY = {
    "id": 7,
    "ticket": "BX2612090042-3",
    "score": 5,
    "dimensions": {"speed": 5, "attitude": 4},
    "comment": "来得很快",
    "conversation_id": "rest:anna",
    "created_at": "2026-12-10T09:00:00+08:00",
}


@router.get("", summary="Answered surveys, newest first", responses=pages(SURVEY, 403, 409))
def list_surveys(
    request: Request,
    session: ReadSession,
    staff: Plans,
    page: PageDep,
    conversation: ConversationFilter,
    ticket: Annotated[str | None, Query(max_length=30, pattern=NO_NUL, description="Its number")] = None,
    score: Annotated[int | None, Query(ge=1, le=5)] = None,
) -> dict[str, Any]:
    query = select(Survey).where(Survey.score.is_not(None))
    if conversation:
        query = query.where(Survey.conversation_id == conversation)
    if ticket is not None:
        query = query.where(Survey.ticket_id.in_(select(Ticket.id).where(Ticket.number == ticket)))
    if score is not None:
        query = query.where(Survey.score == score)
    numbers: dict[int, str] = {}

    def show(survey: Survey) -> dict[str, Any]:
        return {
            "id": survey.id,
            "ticket": numbers.get(survey.ticket_id),
            "score": survey.score,
            "dimensions": survey.dimensions,
            "comment": survey.comment if staff.sees_phones else mask_text(survey.comment),
            "conversation_id": survey.conversation_id,
            "created_at": iso(survey.created_at),
        }

    def load(rows: Any) -> None:
        numbers.update(numbers_of(session, [row.ticket_id for row in rows]))

    return listing(request, session, query, Survey.id, page, show, load)
