"""Handoffs over HTTP: the queue, taking a conversation, answering in it, giving it back."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.api.access import AnyStaff, ConversationFilter, PageDep, ReadSession, ServicesDep, listing, role
from kefu.api.fields import Words
from kefu.clock import clock, iso
from kefu.conversations.models import Conversation, Utterance
from kefu.handoff import service as handoffs
from kefu.handoff.models import Handoff
from kefu.privacy.masking import mask_text
from kefu.staff.models import Staff
from kefu.staff.service import Caller
from kefu.tickets.clocks import spoken_with

router = APIRouter(prefix="/api/handoffs", tags=["handoffs"])
Status = Literal["waiting", "claimed", "closed", "left", "expired"]
Speaks = Annotated[Caller, Depends(role("agent", "supervisor", "admin"))]


class StaffMessage(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "您好，我是供电坐席沈予安，正在看您的账单。"}]})

    text: Words = Field(min_length=1, max_length=2000)


class Change(BaseModel):
    """`claimed` takes it, `closed` gives it back to the assistant."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"status": "claimed"}, {"status": "closed", "note": "已解释账单，客户满意"}]}
    )

    status: Literal["claimed", "closed"]
    note: Words = Field("", max_length=2000)


def _show(session: Session, handoff: Handoff, staff: Caller) -> dict[str, Any]:
    waiting = handoff.status == "waiting"
    plain = "id conversation_id reason skill status claimed_by note"
    return {
        **{name: getattr(handoff, name) for name in plain.split()},
        "summary": handoff.summary if staff.sees_phones else mask_text(handoff.summary),
        "place": handoffs.place_in_queue(session, handoff) if waiting else None,
        "opened_at": iso(handoff.opened_at),
        "claimed_at": iso(handoff.claimed_at),
        "closed_at": iso(handoff.closed_at),
    }


@router.get("", summary="Handoffs, newest first")
def list_handoffs(
    request: Request,
    session: ReadSession,
    staff: AnyStaff,
    page: PageDep,
    conversation: ConversationFilter,
    status: Annotated[Status | None, Query()] = None,
    skill: Annotated[str | None, Query(max_length=40)] = None,
) -> dict[str, Any]:
    query = select(Handoff)
    for column, value in ((Handoff.conversation_id, conversation), (Handoff.status, status), (Handoff.skill, skill)):
        if value is not None:
            query = query.where(column == value)
    return listing(request, session, query, Handoff.id, page, lambda row: _show(session, row, staff))


@router.get("/{handoff_id}", summary="One handoff with its summary")
def get_handoff(handoff_id: int, session: ReadSession, staff: AnyStaff) -> dict[str, Any]:
    return _show(session, _find(session, handoff_id), staff)


@router.patch("/{handoff_id}", summary="Take a waiting conversation, or give it back to the assistant")
def change(handoff_id: int, given: Change, parts: ServicesDep, staff: Speaks) -> dict[str, Any]:
    with parts.database.write() as session:
        handoff = _locked(session, handoff_id)
        try:
            if given.status == "claimed":
                handoffs.claim(session, handoff, staff.username)
            else:
                handoffs.give_back(handoff, staff.username, given.note)
        except handoffs.NotYours as problem:
            raise HTTPException(409, str(problem)) from problem
        _set_owner(session, handoff)
        shown = _show(session, handoff, staff)
    parts.conversations.live.wake(handoff.conversation_id)
    return shown


@router.post(
    "/{handoff_id}/messages",
    status_code=201,
    summary="A person answers the customer; takes the conversation if it waits",
)
def say(handoff_id: int, given: StaffMessage, parts: ServicesDep, staff: Speaks) -> dict[str, Any]:
    if not any(unicodedata.category(c)[0] in "LNPS" for c in given.text):
        raise HTTPException(422, "消息里没有文字")
    with parts.database.write() as session:
        handoff = _locked(session, handoff_id)
        try:
            if handoff.status == "waiting":
                handoffs.claim(session, handoff, staff.username)
            handoffs.may_speak(handoff, staff.username)
        except handoffs.NotYours as problem:
            raise HTTPException(409, str(problem)) from problem
        _set_owner(session, handoff)
        line = _write(session, handoff, staff, given.text)
        spoken_with(session, parts.company, handoff.conversation_id)
    parts.conversations.live.wake(handoff.conversation_id)
    return {"id": line.id, "at": iso(line.at), "speaker": "agent", "text": line.text, **line.extras}


def _write(session: Session, handoff: Handoff, staff: Caller, text: str) -> Utterance:
    person = session.get_one(Staff, staff.username)
    line = Utterance(
        conversation_id=handoff.conversation_id,
        inbox_id=None,
        at=clock.now(),
        speaker="agent",
        text=text,
        extras={"name": person.name, "employee_number": person.employee_number},
    )
    session.add(line)
    session.flush()
    return line


def _find(session: Session, handoff_id: int) -> Handoff:
    handoff = session.get(Handoff, handoff_id) if handoff_id < 2**63 else None
    if handoff is None:
        raise HTTPException(404, f"没有转接 {handoff_id}")
    return handoff


def _locked(session: Session, handoff_id: int) -> Handoff:
    """The conversation's row first, as a turn does; then the handoff as it now stands."""
    handoff = _find(session, handoff_id)
    session.get_one(Conversation, handoff.conversation_id, with_for_update=True)
    session.refresh(handoff, with_for_update=True)
    return handoff


def _set_owner(session: Session, handoff: Handoff) -> None:
    session.flush()
    conversation = session.get_one(Conversation, handoff.conversation_id)
    conversation.owner = handoffs.owner_of(session, handoff.conversation_id)
