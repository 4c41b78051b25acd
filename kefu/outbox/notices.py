"""Telling everyone concerned: a notice is one row in the transaction that caused it; who hears it is worked out after.

Recipients come in batches. A batch's messages and the notice's cursor are written together: a crash between two batches
neither leaves anyone out nor tells anyone twice. docs/notices.md walks through it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kefu.clock import clock, day_and_time
from kefu.company.data import CompanyData
from kefu.db.session import insert_each_once
from kefu.incidents.models import Subscription, SupplyReport
from kefu.network.models import OVER, Area, Incident, Interruption
from kefu.outbox.models import Notice, OutboxMessage

FIRST_KNOWN = ("confirmed", "repairing")
PASSING = ("attached", "confirmed", "expected", "changed", "later")  # events that a later one makes stale
SUBSCRIBED = {"incident": "restored", "interruption": "planned"}  # the subscriptions each subject is told to
LAST = ("restored", "cancelled", "over")  # nothing is left to tell after these


# --- making a notice -----------------------------------------------------------------------------------------------------
def announce(session: Session, company: CompanyData, incident: Incident, event: str) -> Notice:
    """Write down that everyone concerned is to be told: confirmed, expected, restored or cancelled.

    The caller holds the incident's row for update, so that whoever reports meanwhile is either attached before (and told)
    or reads the incident as it is after.
    """
    text = company.phrase(f"notice_{event}", **_values(session, company, incident))
    notice = _write(session, "incident", incident.number, event, text)
    notice.incident_id = incident.id
    if event == "restored":
        words = company.notices.words(incident.service)
        notice.question = company.phrase("notice_restored_ask")
        notice.buttons = [{"title": said, "payload": said} for said in (words.back, words.not_back)]
    return notice


def tell_homes(
    session: Session,
    company: CompanyData,
    incident: Incident,
    event: str,
    reports: Sequence[SupplyReport],
    tickets: Mapping[SupplyReport, str] | None = None,
) -> None:
    """Tell some homes what concerns them alone: attached to the incident, or released from it (with their `tickets`)."""
    heard = [report for report in reports if report.conversation_id and not (report.quiet or report.by_number)]
    if not heard:
        return
    notice = _write(session, "incident", incident.number, event, "")
    notice.incident_id, notice.done_at = incident.id, clock.real_now()
    session.flush()
    values = _values(session, company, incident)
    rows = []
    for report in heard:
        own = {"ticket": (tickets or {}).get(report, ""), "address": report.address}
        text = company.phrase(f"notice_{event}", **values, **own)
        rows.append(_in_chat(str(report.conversation_id), text, []))
    _queue(session, notice, rows)


def tell_one(
    session: Session,
    company: CompanyData,
    conversation_id: str,
    about: str,
    event: str,
    text: str,
    *,
    question: str = "",
    buttons: Sequence[Mapping[str, str]] = (),
    phone: str | None = None,
) -> Notice:
    """Tell one customer something by themselves: in the talk, and by SMS to `phone` if one is given.

    `about`: the number of a ticket or a callback; `question`: what they are asked, with `buttons` to answer by.
    """
    notice = _write(session, "own", about, event, text)
    notice.question, notice.buttons, notice.done_at = question, list(buttons), clock.real_now()
    session.flush()
    rows = [_to_chat(notice, conversation_id, question=True)]
    if phone:
        rows.append(_to_phone(company, notice, conversation_id, phone))
    _queue(session, notice, rows)
    return notice


def _values(session: Session, company: CompanyData, incident: Incident) -> dict[str, Any]:
    return {
        "what": company.notices.words(incident.service).without,
        "number": incident.number,
        "area": session.get_one(Area, incident.area_code).name,
        "cause": incident.cause or company.phrase("cause_unknown"),
        "expected": _expected(company, incident),
        "when": day_and_time(incident.restored_at or clock.now()),
    }


def announce_changes(
    session: Session, company: CompanyData, incident: Incident, changes: Mapping[str, Sequence[Any]]
) -> Notice | None:
    """Announce what an incident's changes ({name: [old, new]}) mean to those concerned; None when it is no news."""
    event = _news(incident, changes)
    return announce(session, company, incident, event) if event else None


def _news(incident: Incident, changes: Mapping[str, Sequence[Any]]) -> str | None:
    old, new = changes.get("status", (None, None))
    if new == "cancelled":
        return "cancelled"
    if incident.status in OVER:
        return "restored" if new in OVER and old not in OVER else None
    if incident.status == "cancelled":
        return None
    known_now = new in FIRST_KNOWN and old not in FIRST_KNOWN and old not in OVER
    if known_now or (changes.get("cause") and incident.cause and incident.status in FIRST_KNOWN):
        return "confirmed"
    return "expected" if "expected_at" in changes else None


def announce_interruption(
    session: Session, company: CompanyData, planned: Interruption, changes: Mapping[str, Sequence[Any]]
) -> Notice | None:
    """Tell those who asked to be told of a planned interruption that it changed, was called off or is over."""
    _, new = changes.get("status", (None, None))
    event = {"cancelled": "cancelled", "done": "over"}.get(new or "")
    if event is None and not {"starts_at", "ends_at", "reason"} & set(changes):
        return None
    return announce_planned(session, company, planned, event or "changed")


def announce_planned(session: Session, company: CompanyData, planned: Interruption, event: str) -> Notice:
    """Tell them so: changed, cancelled, over, or that it begins soon."""
    values = {
        "what": company.notices.words(planned.service).without,
        "number": planned.number,
        "start": day_and_time(planned.starts_at),
        "until": day_and_time(planned.ends_at),
        "reason": planned.reason,
    }
    return _write(session, "interruption", planned.number, event, company.phrase(f"notice_planned_{event}", **values))


def _write(session: Session, subject: str, about: str, event: str, text: str) -> Notice:
    notice = Notice(
        subject=subject, about=about, event=event, text=text, question="", buttons=[], created_at=clock.now()
    )
    session.add(notice)
    return notice


def _expected(company: CompanyData, incident: Incident) -> str:
    if incident.expected_at is None or incident.expected_at <= clock.now():
        return company.phrase("notice_expected_none")
    return company.phrase("notice_expected_by", until=day_and_time(incident.expected_at))


# --- who hears it --------------------------------------------------------------------------------------------------------
def next_notice(session: Session) -> Notice | None:
    """The oldest whose recipients are not worked out, locked: notices reach a conversation in the order they were made."""
    query = select(Notice).where(Notice.done_at.is_(None)).order_by(Notice.id).limit(1)
    return session.scalar(query.with_for_update())


def expand(session: Session, company: CompanyData, notice: Notice, most: int) -> int:
    """Write the messages of the next recipients, at most `most`, and move the cursor; returns how many were looked at.

    None left: the notice is done, and 0. Does not commit.
    """
    looked_at = _expand_reports(session, notice, most) or _expand_subscriptions(session, company, notice, most)
    if not looked_at:
        notice.done_at = clock.real_now()
    return looked_at


def _expand_reports(session: Session, notice: Notice, most: int) -> int:
    """Homes that reported it, still off, and did not ask to be left alone."""
    if notice.incident_id is None:
        return 0
    query = select(SupplyReport).where(
        SupplyReport.incident_id == notice.incident_id,
        SupplyReport.id > notice.report_cursor,
        SupplyReport.reported_at <= notice.created_at,
        SupplyReport.conversation_id.is_not(None),
        ~SupplyReport.quiet,
        ~SupplyReport.by_number,
        SupplyReport.ended_at.is_(None),
    )
    reports = list(session.scalars(query.order_by(SupplyReport.id).limit(most)))
    if not reports:
        return 0
    notice.report_cursor = reports[-1].id
    if notice.question:
        asked = update(SupplyReport).where(SupplyReport.id.in_([report.id for report in reports]))
        session.execute(asked.values(asked_at=clock.now()), execution_options={"synchronize_session": False})
    ids = [report.conversation_id for report in reports if report.conversation_id]
    _queue(session, notice, [_to_chat(notice, one, question=True) for one in ids])
    return len(reports)


def _expand_subscriptions(session: Session, company: CompanyData, notice: Notice, most: int) -> int:
    """Whoever asked to be told: in the talk, and by SMS where a phone was left for it."""
    query = select(Subscription).where(
        Subscription.about == notice.about,
        Subscription.event == SUBSCRIBED[notice.subject],
        Subscription.status == "open",
        Subscription.id > notice.subscription_cursor,
        Subscription.created_at <= notice.created_at,
    )
    wishes = list(session.scalars(query.order_by(Subscription.id).limit(most)))
    if not wishes:
        return 0
    notice.subscription_cursor = wishes[-1].id
    rows = []
    for wish in wishes:
        rows.append(_to_chat(notice, wish.conversation_id, question=False))
        if wish.phone:
            rows.append(_to_phone(company, notice, wish.conversation_id, wish.phone))
        wish.told_at = clock.now()
        if notice.event in LAST:
            wish.status = "told"
    _queue(session, notice, rows)
    return len(wishes)


def _to_chat(notice: Notice, conversation_id: str, question: bool) -> dict[str, Any]:
    text = "\n".join(filter(None, [notice.text, notice.question if question else ""]))
    buttons = notice.buttons if question else []
    return _in_chat(conversation_id, text, buttons)


def _in_chat(conversation_id: str, text: str, buttons: list[Any]) -> dict[str, Any]:
    return _message(conversation_id, conversation_id, conversation_id.split(":", 1)[0], text, buttons)


def _to_phone(company: CompanyData, notice: Notice, conversation_id: str, phone: str) -> dict[str, Any]:
    own = company.company
    text = company.phrase("notice_sms", company=own.name, text=notice.text, phone=own.hotline)
    return {**_message(f"sms:{phone}", conversation_id, "sms", text, []), "phone": phone}


def _message(recipient: str, conversation_id: str, channel: str, text: str, buttons: list[Any]) -> dict[str, Any]:
    return {
        "recipient": recipient,
        "conversation_id": conversation_id,
        "channel": channel,
        "phone": None,
        "text": text,
        "buttons": buttons,
    }


def _queue(session: Session, notice: Notice, rows: list[dict[str, Any]]) -> None:
    """One message a recipient, whoever asked for it twice."""
    same = {"notice_id": notice.id, "status": "waiting", "created_at": clock.now()}
    insert_each_once(session, OutboxMessage, [{**row, **same} for row in rows])


# --- what was shown ------------------------------------------------------------------------------------------------------
def mark_shown(session: Session, message_ids: Sequence[int]) -> None:
    """The customer's channel has these messages now."""
    if message_ids:
        shown = update(OutboxMessage).where(OutboxMessage.id.in_(message_ids)).values(shown_at=clock.real_now())
        session.execute(shown, execution_options={"synchronize_session": False})


def outdated(session: Session, message_ids: Sequence[int]) -> set[int]:
    """Of these messages those that a later one about the same makes stale: nobody needs two old estimates."""
    query = select(OutboxMessage.id, Notice.subject, Notice.about, Notice.event).join(Notice)
    rows = session.execute(query.where(OutboxMessage.id.in_(message_ids)).order_by(OutboxMessage.id)).all()
    last = {(subject, about): one for one, subject, about, _ in rows}
    return {one for one, subject, about, event in rows if event in PASSING and last[subject, about] != one}


def question_shown(session: Session, conversation_id: str, since: datetime) -> bool:
    """A question asked of this conversation since then (business time) has reached the customer."""
    query = select(OutboxMessage.id).join(Notice, Notice.id == OutboxMessage.notice_id)
    query = query.where(
        OutboxMessage.conversation_id == conversation_id,
        OutboxMessage.created_at >= since,
        OutboxMessage.shown_at.is_not(None),
        Notice.question != "",
    )
    return session.scalar(query.limit(1)) is not None
