"""Demo mode only: the fictional city, its clock, reset and sign-in. Outside demo mode these addresses do not exist."""

from __future__ import annotations

from typing import Annotated, Any

import structlog
from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from demo.city import SEED_VERSION, describe, put_back
from kefu.accounts.models import Account, IdentityCode, ProofAttempt
from kefu.accounts.service import bind
from kefu.alerts.models import Alert
from kefu.api.access import CHANNELS, PageDep, ReadSession, ServicesDep, listing, resolve_conversation
from kefu.attachments.models import Attachment, TicketAttachment
from kefu.billing.models import BillDispute, FeeWaiver, InvoiceRequest, PaymentPlan, PaymentPlanPart, ReliefRequest
from kefu.callbacks.models import Callback, CallbackAttempt, CallbackSlot
from kefu.clock import clock, iso, local, parse_local
from kefu.complaints.models import Remedy
from kefu.conversations.inbound import Inbound
from kefu.conversations.models import Conversation, Inbox, Utterance
from kefu.conversations.rows import find_conversation
from kefu.db.session import Database, one_at_a_time
from kefu.demo.models import DemoSeed
from kefu.engine.models import Dialogue, DialogueTurn
from kefu.exports.models import TicketExport
from kefu.handoff.models import Handoff
from kefu.incidents.models import Subscription, SupplyReport
from kefu.jobs.daily import plan_daily
from kefu.jobs.models import Job
from kefu.jobs.runner import run_due
from kefu.outbox.models import Notice, OutboxMessage
from kefu.sms import service as sms
from kefu.sms.models import SmsMessage
from kefu.staff.models import StaffMessage
from kefu.surveys import service as surveys
from kefu.surveys.jobs import what_of
from kefu.surveys.models import Survey
from kefu.tickets.models import Counter, Ticket, TicketClock, TicketEvent, TicketLink
from kefu.tickets.service import by_number

log = structlog.get_logger("kefu.demo")
router = APIRouter(prefix="/api/demo", tags=["demo"])
HAPPENED = (
    Job,
    StaffMessage,
    TicketExport,
    Remedy,
    OutboxMessage,
    Notice,
    Subscription,
    SupplyReport,
    TicketAttachment,
    Attachment,
    FeeWaiver,
    PaymentPlanPart,
    PaymentPlan,
    ReliefRequest,
    Survey,
    ProofAttempt,
    IdentityCode,
    SmsMessage,
    CallbackSlot,
    CallbackAttempt,
    Callback,
    InvoiceRequest,
    BillDispute,
    TicketLink,
    TicketClock,
    TicketEvent,
    Ticket,
    Counter,
    Alert,
    Handoff,
    DialogueTurn,
    Dialogue,
    Utterance,
    Inbox,
    Conversation,
)


class ClockSetting(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"now": "2026-12-09T10:20"}]})

    now: str | None


class SignIn(BaseModel):
    """As if the customer had bound this account on this channel."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"conversation_id": "anna", "channel": "rest", "account_number": "3360412262"}]}
    )

    conversation_id: str = Field(min_length=1, max_length=120)
    channel: str = "rest"
    account_number: str = Field(max_length=20)


def seed_if_needed(database: Database) -> None:
    """Load the city once, and again when the day has changed (its dates move with today). Talks and tickets stay."""
    wanted = _seed_name()
    with database.write() as session:
        one_at_a_time(session.connection(), 2)
        seed = session.get(DemoSeed, 1)
        if seed is not None and seed.name == wanted:
            return
        _seed(session)
    log.info("demo city loaded", seed=wanted)


def _seed_name() -> str:
    return f"{SEED_VERSION}@{local(clock.now()).date().isoformat()}"


def _seed(session: Session) -> None:
    put_back(session, clock.now())
    session.merge(DemoSeed(id=1, name=_seed_name()))


@router.get("", summary="Accounts that show each situation, and logins")
def situations(session: ReadSession, parts: ServicesDep) -> dict[str, Any]:
    company = parts.company.company
    hours = f"工作日 {company.hours.open:%H:%M}–{company.hours.close:%H:%M}"
    return {
        **describe(session),
        "hours": hours,
        "emergency_phone": company.hotline,
        "emergency_phones": company.emergency_phones,
        "company": company.name,
        "now": iso(clock.now()),
    }


@router.put("/clock", summary="Move business time; null gives real time back")
def set_clock(setting: ClockSetting, parts: ServicesDep) -> dict[str, str | None]:
    """Answers when what has become due is done (time limits, calls we missed, questions after a repair)."""
    try:
        moment = parse_local(setting.now) if setting.now is not None else None
        if moment is not None and not 2000 <= moment.year <= 2100:
            raise ValueError("year out of range")
        clock.set(moment)
    except (ValueError, OverflowError) as problem:
        raise HTTPException(422, f"now 要写成 2026-12-09T10:20 这样的时间：{problem}") from problem
    with parts.database.write() as session:
        plan_daily(session)
    run_due(parts.database, parts.company)
    parts.wake()
    return {"now": iso(clock.now())}


@router.post("/reset", summary="Back to the seeded city, dated by the clock as it stands")
async def reset(parts: ServicesDep) -> dict[str, str]:
    def wipe(session: Session) -> None:
        for table in HAPPENED:
            session.execute(delete(table))
        _seed(session)
        plan_daily(session)

    await parts.conversations.alone(wipe)
    return {"status": "ok", "seed": _seed_name()}


@router.post("/sign-in", summary="As if the customer had bound that account")
def sign_in(given: SignIn, parts: ServicesDep) -> dict[str, Any]:
    """A bare sender is bound on the named channel and on REST, where tests and trials talk."""
    if given.channel not in CHANNELS:
        raise HTTPException(422, f"channel 是 {', '.join(CHANNELS)} 之一")
    full = ":" in given.conversation_id and given.conversation_id.split(":", 1)[0] in CHANNELS
    bare = given.conversation_id
    ids = [bare] if full else list(dict.fromkeys([f"{given.channel}:{bare}", f"rest:{bare}"]))
    with parts.database.write() as session:
        account = session.scalar(select(Account).where(Account.number == given.account_number))
        if account is None:
            raise HTTPException(404, f"演示城市里没有户号 {given.account_number}")
        for conversation_id in ids:
            bind(session, conversation_id, account)
    return {"conversation_ids": ids, "account_number": given.account_number}


class SurveyQuestion(BaseModel):
    """Which ticket to ask about, and where."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"conversation_id": "anna", "ticket": "BX2612090042-3"}]})

    conversation_id: str = Field(min_length=1, max_length=120)
    ticket: str = Field(max_length=24)


@router.post("/survey", summary="Put the after-service question to a conversation now")
def put_survey(given: SurveyQuestion, parts: ServicesDep) -> dict[str, Any]:
    with parts.database.write() as session:
        ticket = by_number(session, given.ticket)
        if ticket is None:
            raise HTTPException(404, f"没有工单 {given.ticket}")
        conversation_id = resolve_conversation(session, given.conversation_id)
        inbound = Inbound(conversation_id, conversation_id.split(":", 1)[0], "")
        conversation = find_conversation(session, inbound)
        survey = surveys.ask(session, parts.company, conversation.id, ticket)
        text = parts.company.text("survey", number=ticket.number, what=what_of(parts.company, ticket))
        session.add(
            Utterance(conversation_id=conversation.id, at=clock.now(), speaker="assistant", text=text, extras={})
        )
    parts.conversations.live.wake(conversation_id)
    return {"survey": survey.id, "conversation_id": conversation_id, "text": text}


TEXT = {
    "id": 1,
    "phone": "13900000235",
    "text": "【云江公用事业】验证码204817，5分钟内有效，用于在智能客服里核对户号。",
    "purpose": "identity_code",
    "created_at": "2026-12-09T10:20:05+08:00",
    "expires_at": "2026-12-09T10:25:05+08:00",
}
SHOWN_TEXTS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {"example": {"items": [TEXT], "total": 1, "next": None}}}}
}


@router.get(
    "/sms", summary="Texts that would have gone to phones, while they hold, newest first", responses=SHOWN_TEXTS
)
def texts(
    request: Request, session: ReadSession, page: PageDep, phone: Annotated[str | None, Query(max_length=30)] = None
) -> dict[str, Any]:
    return listing(request, session, sms.readable(phone), SmsMessage.id, page, _shown_text)


def _shown_text(row: SmsMessage) -> dict[str, Any]:
    return {
        "id": row.id,
        "phone": row.phone,
        "text": row.text,
        "purpose": row.purpose,
        "created_at": iso(row.created_at),
        "expires_at": iso(row.expires_at),
    }
