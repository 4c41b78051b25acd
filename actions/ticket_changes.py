"""What a customer does to a ticket of his: urges, adds, withdraws, calls it done, has it taken up again."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import EventType

from actions import ticket_status, ticket_words, words
from actions.dialogue import Dialogue
from kefu.attachments.service import give_to_ticket
from kefu.clock import clock
from kefu.complaints.grading import heard_more
from kefu.incidents.known import known_now
from kefu.intake import closing
from kefu.network.locate import locate
from kefu.tickets import service as tickets
from kefu.tickets import telling, urging
from kefu.tickets.models import Ticket
from kefu.tickets.reopening import made_again, may_reopen, reopen
from kefu.tickets.states import OVER

OFFER_CANCEL, OFFER_DONE = "cancel_ticket", "ticket_done"
# Asked once before it is withdrawn: somebody has it, or it is no mere wish for a visit.
ON_THE_WAY = ("assigned", "in_progress", "waiting", "resolved")
WEIGHTY = ("complaint", "application", "dispute")


# --- urged -----------------------------------------------------------------------------------------------------------
def urge(talk: Dialogue, ticket: Ticket, said: str | None = None) -> None:
    """Passed on, or told when it was; late, apologised for and taken one step up."""
    ticket = telling.kept(talk.session, ticket)
    talk.set(last_ticket=ticket.number)
    if ticket.status in OVER:
        talk.say_again("\n".join(telling.told(talk.session, talk.company, ticket)))
        return
    if ticket.status == "resolved" and ticket.kind == "fault":  # called done, and still waited for
        take_up_again(talk, ticket)
        return
    done = urging.urge(talk.session, talk.company, ticket, said or talk.heard.text)
    heard_more(talk.session, talk.company, ticket, said or talk.heard.text)
    text = "\n".join(_urged_lines(talk, ticket, done))
    if text in talk.last_said():
        phone = talk.emergency_phone(ticket.service)
        text = talk.company.phrase("urged_still", number=ticket.number, phone=phone)
    talk.say_again(text)
    if done.up or not done.counted:
        talk.offer([{"title": "转人工", "payload": "转人工"}])


def _urged_lines(talk: Dialogue, ticket: Ticket, done: urging.Urged) -> list[str]:
    company, values = talk.company, {"number": ticket.number, "count": done.times}
    if ticket.kind == "emergency":
        phone = talk.emergency_phone(ticket.service)
        return [company.phrase("urged_emergency", **values, phone=phone)]
    if done.counted:
        lines = [company.phrase("urged", **values)]
    else:
        assert done.last_at is not None
        lines = [company.phrase("urged_lately", **values, when=telling.shown_time(done.last_at)), _since(talk, ticket)]
    if done.late:
        until = telling.due_of(ticket)
        assert until is not None
        phone = talk.emergency_phone(ticket.service)
        lines.append(company.phrase("urged_late", when=telling.shown_time(until), phone=phone))
    else:
        lines += telling.next_lines(talk.session, talk.company, ticket)
    if done.up:
        lines.append(company.phrase("urged_up" if done.escalated else "urged_up_before"))
    return lines


def _since(talk: Dialogue, ticket: Ticket) -> str:
    """What has happened since the last urging that counted."""
    events = telling.happened(talk.session, ticket)
    last = max((n for n, event in enumerate(events) if event.action == "urge"), default=-1)
    later = [event for event in events[last + 1 :] if event.action not in ("supplement", "correct")]
    if not later:
        return talk.company.phrase("urged_nothing_since")
    return talk.company.phrase("ticket_last", what=telling.event_words(talk.company, later[-1]))


# --- added to --------------------------------------------------------------------------------------------------------
def supplement(talk: Dialogue, ticket: Ticket, said: str | None = None) -> None:
    """The words, and photos sent with them."""
    ticket = telling.kept(talk.session, ticket)
    tickets.supplement(talk.session, ticket, "customer", said or talk.heard.text)
    heard_more(talk.session, talk.company, ticket, said or talk.heard.text)
    if talk.heard.photos:
        give_to_ticket(talk.session, ticket.id, talk.conversation_id)
    talk.set(last_ticket=ticket.number)
    talk.say("utter_ticket_supplemented", number=ticket.number)


# --- withdrawn -------------------------------------------------------------------------------------------------------
def ask_cancel(talk: Dialogue, ticket: Ticket, doubt: bool = False) -> None:
    """Withdraw it; where somebody is on the way or more hangs on it, asked once. `doubt`: another may be meant."""
    stands = telling.kept(talk.session, ticket)
    if stands is not ticket and stands not in ticket_status.own(talk):  # another customer waits for it
        tickets.supplement(talk.session, stands, "customer", f"（工单 {ticket.number}）{talk.heard.text}")
        talk.tell("cancel_merged", number=ticket.number)
        return
    ticket = stands
    talk.set(last_ticket=ticket.number)
    told = bool(words.RESTORED.search(talk.heard.plain))  # why it is not needed any more was told with it
    weighty = ticket.kind in WEIGHTY or ticket.status in ON_THE_WAY
    if not _may_cancel(ticket) or not (doubt or (weighty and not told)):
        cancel(talk, ticket)
        return
    where = telling.state(talk.company, ticket)
    came = ticket.status == "in_progress" or telling.arrived_at(ticket) is not None
    kind = "arrived" if came else "on_the_way" if ticket.status == "assigned" else "plain"
    visit = ticket.kind in telling.CREW
    phrase = f"cancel_sure_{kind}" if visit else "cancel_sure_plain"
    talk.set(offered_return=OFFER_CANCEL)
    label = telling.name(talk.company, ticket)
    talk.tell(phrase, buttons=["确定撤销", "先留着"], number=ticket.number, label=label, state=where)


def _may_cancel(ticket: Ticket) -> bool:
    return ticket.kind != "emergency" and "cancelled" in tickets.MOVES[ticket.status]


def cancel(talk: Dialogue, ticket: Ticket) -> None:
    """Withdraw it now; why not, where it cannot be."""
    talk.set(offered_return=None)
    status = ticket.status
    try:
        call = closing.withdraw(talk.session, talk.company, ticket, talk.heard.text)
    except tickets.NotAllowed:
        over = "over" if ticket.status == "cancelled" else "done"
        kind = "emergency" if ticket.kind == "emergency" else over
        phone = talk.emergency_phone(ticket.service)
        why = talk.company.phrase(f"cancel_not_{kind}", phone=phone)
        talk.say("utter_ticket_not_cancelled", number=ticket.number, why=why)
        return
    talk.say("utter_ticket_cancelled", number=ticket.number)
    if status in ("assigned", "in_progress") and ticket.kind in telling.CREW:
        talk.tell("cancel_crew_told")
    if call:
        talk.tell("cancel_call_off")


def fixed(talk: Dialogue) -> bool:
    """The words say that it is done: 修好了."""
    plain = talk.heard.plain
    return bool(ticket_words.FIXED.search(plain)) and not ticket_words.NOT_FIXED.search(plain)


# --- called done -----------------------------------------------------------------------------------------------------
def offer_done(talk: Dialogue, ticket: Ticket) -> list[EventType]:
    """ "修好了，谢谢": asked once, then it ends as the words say."""
    talk.set(offered_return=OFFER_DONE, last_ticket=ticket.number)
    label = telling.name(talk.company, ticket)
    talk.tell("done_sure", buttons=["修好了，结案", "先留着"], number=ticket.number, label=label)
    return talk.events


def call_done(talk: Dialogue, ticket: Ticket) -> list[EventType]:
    """It ends, or its desk ends it: closed where it was called done before."""
    talk.set(offered_return=None)
    if ticket.status not in tickets.OPEN:
        talk.tell("done_closed", number=ticket.number)
        return talk.events
    status = closing.call_done(talk.session, talk.company, ticket, talk.heard.text)
    talk.tell(f"done_{status}", number=ticket.number, count=talk.company.tickets.reopen_days)
    return talk.events


# --- taken up again --------------------------------------------------------------------------------------------------
def known_outage(talk: Dialogue, ticket: Ticket) -> bool:
    """The place is out for a reason we know: that is told first, nothing is opened again."""
    if ticket.category != "report_outage" or ticket.service is None:
        return False
    at = locate(talk.session, ticket.address_parts, ticket.service)
    known = known_now(talk.session, at, ticket.service)
    return known is not None and known.sure


def take_up_again(talk: Dialogue, ticket: Ticket) -> list[EventType]:
    """Opened again within the rule, raised, verified by somebody else; later a new one that names it."""
    if may_reopen(talk.company, ticket):
        reopen(talk.session, talk.company, ticket, "customer", talk.heard.text)
        phrase, old = "reopened", ticket
    else:
        old = ticket
        ticket = made_again(talk.session, talk.company, ticket, "customer", talk.heard.text)
        if talk.heard.photos:
            give_to_ticket(talk.session, ticket.id, talk.conversation_id)
        phrase = "reopened_anew"
    talk.session.flush()
    due = telling.due_of(ticket) or ticket.due_at
    when = telling.shown_time(max(due, clock.now()))
    talk.set(last_ticket=ticket.number, offered_return=None)
    days = talk.company.tickets.reopen_days
    values: dict[str, Any] = {"number": ticket.number, "ticket": old.number, "when": when, "count": days}
    talk.tell(phrase, **values, source=ticket.due_source)
    return talk.events


def not_solved(talk: Dialogue) -> bool:
    """The words say that what was done did not help."""
    heard = talk.heard
    return (
        bool(ticket_words.NOT_SOLVED.search(heard.plain))
        and not heard.asks
        and heard.intent not in ("report_emergency", "complain")
    )
