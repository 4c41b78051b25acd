"""Callbacks over HTTP."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy import select

from kefu.api.access import AnyStaff, ConversationFilter, PageDep, ReadSession, listing
from kefu.callbacks.models import Callback
from kefu.clock import iso
from kefu.privacy.masking import mask_phone
from kefu.tickets.models import Ticket

router = APIRouter(prefix="/api/callbacks", tags=["callbacks"])


@router.get("", summary="Callbacks, newest first")
def list_callbacks(
    request: Request, session: ReadSession, staff: AnyStaff, page: PageDep, conversation: ConversationFilter
) -> dict[str, Any]:
    query = select(Callback)
    if conversation:
        query = query.where(Callback.conversation_id == conversation)

    def show(callback: Callback) -> dict[str, Any]:
        ticket = session.get(Ticket, callback.ticket_id) if callback.ticket_id else None
        return {
            "id": callback.id,
            "number": callback.number,
            "phone": callback.phone if staff.sees_phones else mask_phone(callback.phone),
            "window_start": iso(callback.window_start),
            "window_end": iso(callback.window_end),
            "status": callback.status,
            "reason": callback.reason,
            "ticket": ticket.number if ticket else None,
            "conversation_id": callback.conversation_id,
            "created_at": iso(callback.created_at),
        }

    return listing(request, session, query, Callback.id, page, show)
