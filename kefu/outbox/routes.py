"""Who is to be told what, and what has been told, over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from sqlalchemy import func, select

from kefu.api.access import NO_NUL, AnyStaff, ConversationFilter, PageDep, ReadSession, listing
from kefu.api.examples import pages
from kefu.clock import iso
from kefu.incidents.models import Subscription
from kefu.outbox.models import Notice, OutboxMessage
from kefu.privacy.masking import mask_phone
from kefu.staff.service import Caller

router = APIRouter(prefix="/api", tags=["notices"])
NumberQuery = Annotated[str | None, Query(max_length=30, pattern=NO_NUL)]
SUBSCRIPTION = {
    "id": 12,
    "conversation_id": "web:4f2c",
    "event": "restored",
    "incident": "GZ202612090007",
    "interruption": None,
    "ticket": None,
    "channel": "web",
    "phone": "139****0235",
    "status": "told",
    "created_at": "2026-12-09T10:05:00+08:00",
    "told_at": "2026-12-09T12:03:10+08:00",
}
NOTICE = {
    "id": 3,
    "event": "restored",
    "incident": "GZ202612090007",
    "interruption": None,
    "text": "临江站人民线供的这一片已经修好，12月9日12:00恢复（编号GZ202612090007）。",
    "question": "您家恢复了吗？",
    "created_at": "2026-12-09T12:03:00+08:00",
    "complete": True,
    "waiting": 0,
    "handed": 214,
    "failed": 0,
}


@router.get("/subscriptions", summary="Who is to be told what, newest first", responses=pages(SUBSCRIPTION, 409))
def list_subscriptions(
    request: Request,
    session: ReadSession,
    staff: AnyStaff,
    page: PageDep,
    conversation: ConversationFilter,
    event: Annotated[Literal["restored", "planned"] | None, Query()] = None,
    incident: NumberQuery = None,
    interruption: NumberQuery = None,
    status: Annotated[Literal["open", "told", "ended"] | None, Query()] = None,
) -> dict[str, Any]:
    query = select(Subscription)
    if conversation:
        query = query.where(Subscription.conversation_id == conversation)
    if event is not None:
        query = query.where(Subscription.event == event)
    if incident is not None:
        query = query.where(Subscription.about == incident, Subscription.event == "restored")
    if interruption is not None:
        query = query.where(Subscription.about == interruption, Subscription.event == "planned")
    if status is not None:
        query = query.where(Subscription.status == status)
    return listing(request, session, query, Subscription.id, page, lambda row: _show(row, staff))


def _show(wish: Subscription, staff: Caller) -> dict[str, Any]:
    return {
        "id": wish.id,
        "conversation_id": wish.conversation_id,
        "event": wish.event,
        "incident": wish.about if wish.event == "restored" else None,
        "interruption": wish.about if wish.event == "planned" else None,
        "ticket": None,
        "channel": wish.channel,
        "phone": wish.phone if staff.sees_phones else mask_phone(wish.phone),
        "status": wish.status,
        "created_at": iso(wish.created_at),
        "told_at": iso(wish.told_at),
    }


@router.get("/notices", summary="What was told to many, and how far it has got, newest first", responses=pages(NOTICE))
def list_notices(
    request: Request, session: ReadSession, staff: AnyStaff, page: PageDep, incident: NumberQuery = None
) -> dict[str, Any]:
    """`complete`: all who are to hear it have been found. `waiting`: not handed over yet, or no channel is built."""
    query = select(Notice)
    if incident is not None:
        query = query.where(Notice.about == incident, Notice.subject == "incident")
    counts: dict[tuple[int, str], int] = {}

    def load(rows: Sequence[Notice]) -> None:
        of = select(OutboxMessage.notice_id, OutboxMessage.status, func.count())
        of = of.where(OutboxMessage.notice_id.in_([row.id for row in rows]))
        grouped = of.group_by(OutboxMessage.notice_id, OutboxMessage.status)
        counts.update({(notice, status): count for notice, status, count in session.execute(grouped)})

    def show(notice: Notice) -> dict[str, Any]:
        return {
            "id": notice.id,
            "event": notice.event,
            "incident": notice.about if notice.subject == "incident" else None,
            "interruption": notice.about if notice.subject == "interruption" else None,
            "text": notice.text,
            "question": notice.question or None,
            "created_at": iso(notice.created_at),
            "complete": notice.done_at is not None,
            **{status: counts.get((notice.id, status), 0) for status in ("waiting", "handed", "failed")},
        }

    return listing(request, session, query, Notice.id, page, show, load)
