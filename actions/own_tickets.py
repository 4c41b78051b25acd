"""What is said about a ticket this conversation has made, when nothing else is being done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rasa_sdk.events import EventType

from actions import places, words
from actions.dialogue import Dialogue
from actions.enquiries import window
from actions.which import carried, insists
from kefu.alerts.service import raise_alert
from kefu.callbacks.service import new_phone, request_callback
from kefu.clock import clock, day_and_time, local
from kefu.incidents import reports
from kefu.nlu.values import merge_address
from kefu.tickets import service as tickets
from kefu.tickets.due import promise_of
from kefu.tickets.models import Ticket

OFFER_CANCEL, OFFER_CORRECTION = "cancel_ticket", "correction"
# What else is told of a ticket, by its category: how it was decided. The topic's own module puts itself here.
OUTCOMES: dict[str, Callable[[Dialogue, Ticket], list[str]]] = {}
STATUS_NAMES = {
    "new": "已登记",
    "assigned": "已派单",
    "in_progress": "处理中",
    "waiting": "等待中",
    "resolved": "已处理，待您确认",
    "closed": "已关闭",
    "cancelled": "已撤销",
}


def about_own_ticket(talk: Dialogue) -> list[EventType] | None:
    """Events if the message is about the newest open ticket whatever its intent was read as; None if it is not."""
    ticket = tickets.latest_open(talk.session, talk.conversation_id) if talk.form is None else None
    if ticket is None:
        return None
    heard, offered = talk.heard, talk.slot("offered_return")
    if offered == OFFER_CANCEL and (heard.yes or heard.cancels):
        return _cancelled(talk, ticket)
    if offered == OFFER_CORRECTION and heard.has_values:
        return to_ticket(talk, ticket, correcting=True)
    if heard.corrects and (heard.address or heard.phone) and heard.intent != "report_emergency":
        return to_ticket(talk, ticket, correcting=True)
    if heard.corrects and any(part in heard.plain for part in ("地址", "门牌", "电话", "手机", "号码")):
        return _offer(talk, ticket, OFFER_CORRECTION, "utter_ask_ticket_correction")
    if heard.first("staff") and ticket.kind in ("complaint", "opinion") and "投诉" not in heard.plain:
        return _staff(talk, ticket)
    if words.RESTORED.search(heard.plain) and len(heard.plain) <= 20 and not heard.asks and ticket.kind == "fault":
        if heard.cancels:
            return _cancelled(talk, ticket)
        return _offer(talk, ticket, OFFER_CANCEL, "utter_restored_offer")
    return None


def offer_cancel(talk: Dialogue) -> list[EventType] | None:
    """ "取消" with nothing being done: the ticket just made may be meant."""
    ticket = tickets.latest_open(talk.session, talk.conversation_id)
    if ticket is None or ticket.kind == "emergency":
        return None
    if "cancelled" not in tickets.MOVES[ticket.status]:  # not first asked about, then refused
        cancel_ticket(talk, ticket)
        return talk.events
    return _offer(talk, ticket, OFFER_CANCEL, "utter_offer_cancel_ticket")


def _offer(talk: Dialogue, ticket: Ticket, what: str, response: str) -> list[EventType]:
    talk.set(offered_return=what)
    talk.say(response, number=ticket.number)
    return talk.events


def _cancelled(talk: Dialogue, ticket: Ticket) -> list[EventType]:
    talk.set(offered_return=None)
    cancel_ticket(talk, ticket)
    return talk.events


def _staff(talk: Dialogue, ticket: Ticket) -> list[EventType]:
    named = talk.heard.first("staff") or {}
    who = " ".join(str(part) for part in (named.get("id"), named.get("name")) if part)
    if not tickets.correct(talk.session, ticket, "customer", talk.heard.text, staff=who or None):
        tickets.supplement(talk.session, ticket, "customer", talk.heard.text)
    talk.say("utter_ticket_supplemented", number=ticket.number)
    return talk.events


def to_ticket(talk: Dialogue, ticket: Ticket, correcting: bool) -> list[EventType]:
    """A word more on a ticket: corrected facts, a phone for the callback, or a plain supplement."""
    fields: dict[str, Any] = {"phone": talk.heard.phone}
    if correcting and talk.heard.address and ticket.address:
        known = tickets.told_place(ticket)
        fields |= _corrected_place({} if "account_number" in known else known, talk)
    if talk.slot("offered_return") == OFFER_CORRECTION:
        talk.set(offered_return=None)
    changes = tickets.correct(talk.session, ticket, "customer", talk.heard.text, **fields)
    unasked = ticket.category == "claim_damage" and not words.CALL_ME.search(talk.heard.plain)
    if fields["phone"] and ticket.kind not in ("fault", "emergency") and not unasked:
        return _call(talk, ticket, fields["phone"])
    if "phone" in changes:
        new_phone(talk.session, ticket, fields["phone"])
    told = [new for name, (_, new) in changes.items() if name != "address_parts"]
    if told:
        talk.say("utter_ticket_corrected", number=ticket.number, value="，".join(told))
    else:
        tickets.supplement(talk.session, ticket, "customer", talk.heard.text)
        talk.say("utter_ticket_supplemented", number=ticket.number)
    return talk.events


def _corrected_place(known: dict[str, Any], talk: Dialogue) -> dict[str, Any]:
    """The ticket's new address; if several places fit, the crew gets them all: a ticket that stands is not asked about."""
    said = talk.heard.address or {}
    place = merge_address(known, said)
    if insists(known, place):
        place["as_said"] = True
    place = places.settled(talk, carried(known, said, place))
    return {"address": places.crew_text(place), "address_parts": place}


def _call(talk: Dialogue, ticket: Ticket, phone: str) -> list[EventType]:
    label = talk.topic(ticket.category).label
    callback = request_callback(talk.session, talk.company, ticket, phone, talk.conversation_id, label)
    if callback is not None:
        talk.say("utter_callback_promised", window=window(callback), phone=phone)
    else:
        talk.say("utter_ticket_supplemented", number=ticket.number)
    return talk.events


def due_of(ticket: Ticket) -> str:
    return f"按公布的时限应在{day_and_time(ticket.due_at)}前：{ticket.due_source}"


def due_with_restoration(talk: Dialogue, ticket: Ticket) -> str:
    """The ticket's due time; and what is published of restoration there, unless only the arrival was asked about."""
    if words.WHEN_HERE.search(talk.heard.plain):
        return due_of(ticket)
    said = [due_of(ticket)]
    for one in promise_of(talk.session, talk.company, ticket).restored:
        said.append(one.says if one.source in ticket.due_source else f"{one.says}（{one.source}）")
    return "；".join(said)


def show_tickets(talk: Dialogue, own: list[Ticket]) -> None:
    lines = [f"· {t.number} {talk.topic(t.category).label}：{STATUS_NAMES[t.status]}，{due_of(t)}" for t in own[:5]]
    talk.say("utter_ticket_status", lines="\n".join(lines))
    more = [
        line for ticket in own[:5] if ticket.category in OUTCOMES for line in OUTCOMES[ticket.category](talk, ticket)
    ]
    if more:
        talk.say_again("\n".join(more))


def urge(talk: Dialogue, ticket: Ticket) -> None:
    """Counted and told to the operator; past the published time we say so ourselves."""
    times = tickets.urge(talk.session, ticket, "customer", talk.heard.text)
    raise_alert(talk.session, "urge", f"客户催办工单 {ticket.number}（第{times}次）", talk.conversation_id)
    due, phone, late = local(ticket.due_at), talk.emergency_phone(ticket.service), clock.now() > ticket.due_at
    said = f"是{due.month}月{due.day}日{due:%H:%M}"
    if times > 1:  # the same answer twice would be no answer: one step up, to the person in charge
        tickets.raise_priority(talk.session, talk.company, ticket, "assistant", "high", f"客户第{times}次催办")
        raise_alert(
            talk.session, "escalation", f"工单 {ticket.number} 第{times}次催办，请值班主管处理", talk.conversation_id
        )
        response = "utter_ticket_escalated_late" if late else "utter_ticket_escalated"
        talk.say(response, number=ticket.number, times=times, due=said, phone=phone)
        talk.offer([{"title": "转人工", "payload": "转人工"}])
    elif late:
        talk.say("utter_ticket_urged_late", number=ticket.number, times=times, due=said, phone=phone)
    else:
        talk.say("utter_ticket_urged", number=ticket.number, times=times, due=due_of(ticket))


def cancel_ticket(talk: Dialogue, ticket: Ticket) -> None:
    try:
        tickets.cancel(talk.session, talk.company, ticket, "customer", talk.heard.text)
    except tickets.NotAllowed:
        why = "险情要现场的人看过才能关" if ticket.kind == "emergency" else "已经办好了，要改可以说“转人工”"
        talk.say("utter_ticket_not_cancelled", number=ticket.number, why=why)
        return
    reports.ticket_withdrawn(talk.session, ticket)
    talk.say("utter_ticket_cancelled", number=ticket.number)
