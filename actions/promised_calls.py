"""Calls already promised: moved, cancelled, asked after, and the right number when the one we had was wrong."""

from __future__ import annotations

from rasa_sdk.events import EventType
from sqlalchemy import select

from actions import call_words, calls, thread, words
from actions.dialogue import Dialogue
from kefu.callbacks import service as callbacks
from kefu.callbacks.missed import Missed, apology, miss, missed_before, overdue
from kefu.callbacks.models import Callback
from kefu.callbacks.phones import wrong_with
from kefu.callbacks.slots import window
from kefu.clock import clock, day_and_time
from kefu.outbox.said import told_in_talk
from kefu.staff.messages import tell_staff
from kefu.tickets import service as tickets
from kefu.tickets.models import Ticket

OWN_MATTERS = ("report_", "complain", "claim")
AGAIN = "请给我回个电话"
NUMBER_LENGTH = 24  # characters that hold hardly more than a number


@thread.taker("promised_call")
def promised(talk: Dialogue, topic: str, said: list[str], service: str | None) -> list[EventType]:
    """Move or cancel the call this conversation waits for."""
    active = callbacks.active_of(talk.session, talk.conversation_id)
    if not active and talk.heard.times and topic == "reschedule_callback":
        if words.MOVES_CALL.search(talk.heard.plain):
            talk.say("utter_no_callback_but_new")
        return calls.begin(talk, said)  # "一个半小时后再打给我": a first wish that only sounds like a second
    if not active:
        talk.say("utter_no_callback_promised")
        return thread.after(talk)
    call = active[0]
    if topic == "reschedule_callback":
        talk.say("utter_callback_to_move", window=window(call))
        return calls.begin(talk, said, moving=call)
    callbacks.cancel(talk.session, call)
    talk.say("utter_callback_cancelled", window=window(call), number=call.number)
    return thread.after(talk)


def about_the_call(talk: Dialogue) -> list[EventType] | None:
    """A time said while a call is promised: another time for it. None when it is about something else."""
    if talk.form or not talk.heard.times:
        return None
    changes = words.MOVES_CALL.search(talk.heard.plain) and len(talk.heard.plain) <= 30
    if not (changes or talk.heard.bare_data) or talk.heard.intent.startswith(OWN_MATTERS):
        return None
    if not callbacks.active_of(talk.session, talk.conversation_id):
        return None
    return promised(talk, "reschedule_callback", [talk.heard.text], None)


# --- "怎么没打来" --------------------------------------------------------------------------------------------------------
def asked_after(talk: Dialogue) -> list[EventType] | None:
    """A call that did not come: the apology and the new time, whether the customer or the job begins; no second booking."""
    plain = talk.heard.plain
    other = words.COMPLAINS.search(plain) or talk.heard.intent == "report_emergency"
    if talk.form or other or not call_words.NOT_CALLED.search(plain):
        return None
    late = overdue(talk.session, talk.company, talk.conversation_id, grace=False)
    if late:
        missed = [miss(talk.session, talk.company, call) for call in late]
        talk.say_again(apology(talk.company, missed))
        return talk.events
    call = next(iter(callbacks.active_of(talk.session, talk.conversation_id)), None)
    return _waiting(talk, call) if call is not None else _given_up(talk)


def _waiting(talk: Dialogue, call: Callback) -> list[EventType]:
    before = missed_before(talk.session, call)
    if before is not None and told_in_talk(talk.session, talk.conversation_id, "missed"):
        talk.tell("callback_not_yet", when=window(call), number=call.number)
    elif before is not None:
        talk.say_again(apology(talk.company, [Missed(before, call)]))
    elif call.wrong_number:
        talk.tell("callback_wrong_number_ask")
    elif call.attempts:
        last = day_and_time(call.attempts[-1].at)
        talk.tell("callback_tried", when=last, until=window(call), number=call.number)
    elif call.window_start <= clock.now():
        who = call.owner or talk.company.organisation.head
        tell_staff(talk.session, who, "urge", f"客户在等回电 {call.number}，请马上打", callback=call.number)
        talk.tell("callback_now", when=window(call), number=call.number)
    else:
        talk.tell("callback_not_yet", when=window(call), number=call.number)
    return talk.events


def _given_up(talk: Dialogue) -> list[EventType] | None:
    """We had phoned in vain: told, and another call offered. None when there was no such call."""
    query = select(Callback).where(Callback.conversation_id == talk.conversation_id)
    last = talk.session.scalar(query.order_by(Callback.id.desc()).limit(1))
    if last is None or last.status != "unreached" or not last.attempts:
        return None
    when, count = day_and_time(last.attempts[-1].at), len(last.attempts)
    talk.tell("callback_unreached_told", buttons=[AGAIN], when=when, count=count, number=last.number)
    return talk.events


# --- the right number ----------------------------------------------------------------------------------------------------
def right_number(talk: Dialogue) -> list[EventType] | None:
    """The phone we asked for because the one we had was wrong. None when we did not, or something else is said."""
    heard = talk.heard
    wrong = None if heard.phone or len(heard.plain) > NUMBER_LENGTH else wrong_with(heard.plain)
    if talk.form or not (heard.phone or wrong) or heard.intent.startswith(OWN_MATTERS):
        return None
    active = callbacks.active_of(talk.session, talk.conversation_id)
    call = next((one for one in active if one.wrong_number), None)
    if call is None:
        return None
    if wrong is not None:
        calls.say_wrong(talk, wrong)
        return talk.events
    put_right(talk, call, str(heard.phone))
    return talk.events


def put_right(talk: Dialogue, call: Callback, phone: str) -> None:
    """The phone to ring from now on, on the ticket as well where it had the same."""
    ticket = talk.session.get(Ticket, call.ticket_id) if call.ticket_id else None
    if ticket is not None and ticket.phone == call.phone:
        tickets.correct(talk.session, talk.company, ticket, "customer", talk.heard.text, phone=phone)
    callbacks.put_phone(talk.session, talk.company, call, phone)
    talk.set(phone=phone)
    talk.tell("callback_wrong_number_fixed", phone=phone, when=window(call), number=call.number)
