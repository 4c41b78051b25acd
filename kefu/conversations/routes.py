"""Conversations over HTTP: the list, one, and its transcript."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Query, Request
from sqlalchemy import and_, func, or_, select

from kefu.api.access import AnyStaff, PageDep, ReadSession, listing, resolve_conversation
from kefu.clock import UTC, iso
from kefu.conversations.models import Conversation, Utterance
from kefu.privacy.masking import mask_text

router = APIRouter(prefix="/api/conversations", tags=["conversations"])


def _show(conversation: Conversation) -> dict[str, Any]:
    return {
        "id": conversation.id,
        "channel": conversation.channel,
        "owner": conversation.owner,
        "created_at": iso(conversation.created_at),
        "last_at": iso(conversation.last_at),
    }


@router.get("", summary="Conversations, the latest active first")
def list_conversations(
    session: ReadSession,
    staff: AnyStaff,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    before: Annotated[str | None, Query(max_length=200, description="`next` of the page before")] = None,
) -> dict[str, Any]:
    query = select(Conversation)
    if before is not None:
        at, last_id = _cursor(before)
        query = query.where(or_(Conversation.last_at < at, and_(Conversation.last_at == at, Conversation.id < last_id)))
    total = session.scalar(select(func.count()).select_from(Conversation)) or 0
    ordered = query.order_by(Conversation.last_at.desc(), Conversation.id.desc()).limit(limit + 1)
    rows = list(session.scalars(ordered))
    following = None
    if len(rows) > limit:
        last = rows[limit - 1]
        cursor = f"{last.last_at.isoformat()} {last.id}"
        following = f"/api/conversations?{urlencode({'limit': limit, 'before': cursor})}"
    return {"items": [_show(c) for c in rows[:limit]], "total": total, "next": following}


def _cursor(text: str) -> tuple[datetime, str]:
    at, _, last_id = text.partition(" ")
    try:
        moment = datetime.fromisoformat(at)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC), last_id
    except (ValueError, OverflowError) as problem:
        raise HTTPException(422, "before 要用上一页 next 里的值") from problem


@router.get("/{conversation_id:path}/messages", summary="The transcript, newest first, with who spoke")
def messages(
    conversation_id: str, request: Request, session: ReadSession, staff: AnyStaff, page: PageDep
) -> dict[str, Any]:
    conversation = _find(session, conversation_id)
    query = select(Utterance).where(Utterance.conversation_id == conversation.id)

    def show(line: Utterance) -> dict[str, Any]:
        text = line.text if staff.sees_phones else mask_text(line.text)
        return {"id": line.id, "at": iso(line.at), "speaker": line.speaker, "text": text, **line.extras}

    return listing(request, session, query, Utterance.id, page, show)


@router.get("/{conversation_id:path}", summary="One conversation")
def get_conversation(conversation_id: str, session: ReadSession, staff: AnyStaff) -> dict[str, Any]:
    return _show(_find(session, conversation_id))


def _find(session: ReadSession, given: str) -> Conversation:
    found = session.get(Conversation, resolve_conversation(session, given))
    if found is None:
        raise HTTPException(404, f"没有会话 {given}")
    return found
