"""Conversations over HTTP: the list, one, and its transcript."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, HTTPException, Request
from sqlalchemy import func, select

from kefu.api.access import AnyStaff, PageDep, ReadSession, listing, resolve_conversation
from kefu.clock import iso
from kefu.conversations.models import Conversation, Utterance

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
def list_conversations(session: ReadSession, staff: AnyStaff, limit: int = 50, offset: int = 0) -> dict[str, Any]:
    limit, offset = max(1, min(limit, 500)), max(0, offset)
    total = session.scalar(select(func.count()).select_from(Conversation)) or 0
    query = select(Conversation).order_by(Conversation.last_at.desc(), Conversation.id).limit(limit).offset(offset)
    more = offset + limit < total
    following = f"/api/conversations?limit={limit}&offset={offset + limit}" if more else None
    return {"items": [_show(c) for c in session.scalars(query)], "total": total, "next": following}


@router.get("/{conversation_id}", summary="One conversation")
def get_conversation(conversation_id: str, session: ReadSession, staff: AnyStaff) -> dict[str, Any]:
    return _show(_find(session, conversation_id))


@router.get("/{conversation_id}/messages", summary="The transcript, newest first, with who spoke")
def messages(
    conversation_id: str, request: Request, session: ReadSession, staff: AnyStaff, page: PageDep
) -> dict[str, Any]:
    conversation = _find(session, conversation_id)
    query = select(Utterance).where(Utterance.conversation_id == conversation.id)

    def show(line: Utterance) -> dict[str, Any]:
        return {"id": line.id, "at": iso(line.at), "speaker": line.speaker, "text": line.text, **line.extras}

    return listing(request, session, query, Utterance.id, page, show)


def _find(session: ReadSession, given: str) -> Conversation:
    found = session.get(Conversation, resolve_conversation(session, given))
    if found is None:
        raise HTTPException(404, f"没有会话 {given}")
    return found
