"""Calls back: a time in working hours, said back with weekday and date; moved, cancelled."""

from __future__ import annotations

import re
from datetime import datetime

from rasa_sdk.events import EventType

from actions import dialogue, thread, words
from actions.dialogue import Dialogue, DialogueAction
from actions.enquiries import window
from actions.taken import DECLINED, Collected
from actions.telling import shown_phone
from kefu.callbacks import service as callbacks
from kefu.callbacks.models import Callback
from kefu.callbacks.service import Found, Slot, SlotTaken, Wish, find_slot
from kefu.clock import clock, local
from kefu.company.calendar import day_off_name
from kefu.nlu.values import resolve_time, time_words

_DAY, _PART = re.compile(time_words.DAY), re.compile(time_words.PART)
REASON_LENGTH = 100


@thread.taker("callback_form")
def take_up(talk: Dialogue, topic: str, said: list[str], service: str | None) -> list[EventType]:
    """Begin: the phone on file is taken, the time asked for unless it was said."""
    if talk.form == "callback_form":
        return talk.go_on()
    return begin(talk, said)


def begin(talk: Dialogue, said: list[str], moving: Callback | None = None) -> list[EventType]:
    reason = moving.reason if moving is not None else _reason(talk, said)
    phone = moving.phone if moving is not None else _known_phone(talk)
    talk.begin("callback_form", said, callback_reason=reason, callback_phone=phone)
    if moving is not None:
        day = local(moving.window_start)
        talk.set(callback_moving=moving.number, callback_day=f"{day.month}月{day.day}日")
    if phone and talk.slot("phone") in (None, DECLINED):
        talk.set(phone=phone)
    talk.collect()
    return talk.go_on()


def _known_phone(talk: Dialogue) -> str | None:
    known, account = talk.slot("phone"), talk.account()
    if known and known != DECLINED:
        return str(known)
    return account.phone if account is not None else None


def _reason(talk: Dialogue, said: list[str]) -> str:
    """What the call is about, for whoever phones: the customer's words, or what was talked of before."""
    text = "；".join(said)
    bare = len(words.EARLIEST.sub("", text)) < 10
    before = [one for one in talk.heard_so_far(3) if one not in said]
    return "；".join([*before, text] if bare else [text])[-REASON_LENGTH:]


# --- the time --------------------------------------------------------------------------------------------------------
def wished_time(talk: Dialogue) -> tuple[datetime, datetime] | None:
    """From and to as wished now; a bare "上午十点" belongs to the day named before. None: as soon as possible.

    "明天不行了，改成后天下午两点": what is said after the change counts.
    """
    changed = words.AFTER_CHANGE.match(talk.heard.plain)
    said = talk.heard.times_from(changed.end() if changed else 0) or talk.heard.times
    dated = next((text for text in said if _DAY.search(text)), None)
    bare = next((text for text in reversed(said) if not _DAY.search(text)), None)
    before = talk.slot("callback_day") or ""
    text = f"{dated or before}{bare or ''}"
    if dated is None and bare is not None and not _PART.search(bare):
        text = f"{before}{talk.slot('callback_part') or ''}{bare}"
    span = resolve_time(text, clock.now(), prefer="future") if text else None
    if span is None and dated:
        span = resolve_time(dated, clock.now(), prefer="future")
    _remember_day(talk, text)
    return span


def _remember_day(talk: Dialogue, text: str) -> None:
    """Day and part of the day, for "那两点半吧"."""
    day, part = _DAY.search(text), _PART.search(text)
    if day:
        talk.set(callback_day=day[0])
    if part:
        talk.set(callback_part=part[0])


def _look_for_slot(talk: Dialogue, taken: Collected) -> None:
    """The slot for the time in this message, or why there is none: said at once, with the nearest free ones."""
    if "callback_time" not in taken.changes:
        return
    found = find_slot(talk.session, talk.company, wished_time(talk) if talk.heard.times else None)
    taken.answered = True
    if found.slot is not None:
        talk.set(callback_time=found.slot.start.isoformat(), callback_end=found.slot.end.isoformat())
    else:
        _say_why(talk, found)


dialogue.AFTER_COLLECTING["callback_form"] = _look_for_slot


def _say_why(talk: Dialogue, found: Found) -> None:
    hours, span = talk.company.company.hours, wished_time(talk)
    off = day_off_name(local(span[0]).date(), talk.company) if span is not None else None
    why = {
        "closed": f"那天是{off}，我们休息",
        "out_of_hours": f"那个时间我们不上班（工作日{hours.open:%H:%M}–{hours.close:%H:%M}）",
        "full": "那个时段约满了",
        "past": "那个时间已经过了",
        "too_soon": "那个时间太近，安排不过来",
        "too_far": f"最多能约{talk.company.callbacks.days_ahead}天以内的",
    }[found.why or "full"]
    talk.set(callback_offered=[window(slot) for slot in found.nearest])
    talk.say("utter_callback_not_then", why=why, nearest="，或者".join(window(slot) for slot in found.nearest) or "无")
    talk.offer([{"title": window(slot), "payload": window(slot)} for slot in found.nearest])


class AskTime(DialogueAction):
    """Silent right after a refusal with other times: that was the question."""

    action_name = "action_ask_callback_form_callback_time"

    def act(self, talk: Dialogue) -> list[EventType]:
        if talk.slot("callback_offered"):
            talk.set(callback_offered=None)
            return talk.events
        earliest = find_slot(talk.session, talk.company, None).slot
        told = window(earliest) if earliest is not None else "无"
        talk.say("utter_ask_callback_time", earliest=told)
        talk.offer([{"title": "最早的时间", "payload": "尽快"}])
        return talk.events


class AskCallPhone(DialogueAction):
    action_name = "action_ask_callback_form_callback_phone"

    def act(self, talk: Dialogue) -> list[EventType]:
        again = talk.slot("misses") and talk.heard.has_long_number
        talk.say("utter_ask_phone_again" if again else "utter_ask_callback_phone")
        return talk.events


class BookCall(DialogueAction):
    action_name = "action_book_callback"

    def act(self, talk: Dialogue) -> list[EventType]:
        start, end = (datetime.fromisoformat(talk.slot(name)) for name in ("callback_time", "callback_end"))
        moving = next(
            (
                c
                for c in callbacks.active_of(talk.session, talk.conversation_id)
                if c.number == talk.slot("callback_moving")
            ),
            None,
        )
        try:
            call = self._put(talk, Slot(local(start), local(end)), moving)
        except SlotTaken:
            talk.set(callback_time=None)
            talk.say("utter_callback_just_taken")
            talk.form = "callback_form"
            return talk.go_on()
        response = "utter_callback_moved" if moving is not None else "utter_callback_booked"
        talk.set(phone=call.phone)
        talk.say(response, window=window(call), phone=shown_phone(talk), number=call.number)
        talk.clear("callback_form")
        talk.form = None
        return thread.after(talk)

    def _put(self, talk: Dialogue, slot: Slot, moving: Callback | None) -> Callback:
        phone, reason = talk.slot("callback_phone"), talk.slot("callback_reason") or "请回电"
        if moving is not None:
            moving.phone = phone
            callbacks.move(talk.session, talk.company, moving, slot)
            return moving
        desk = talk.company.desk_for(None, talk.heard.service).desk
        return callbacks.book(talk.session, talk.company, slot, Wish(phone, talk.conversation_id, reason, desk=desk))


# --- calls already promised ------------------------------------------------------------------------------------------
@thread.taker("promised_call")
def promised(talk: Dialogue, topic: str, said: list[str], service: str | None) -> list[EventType]:
    """Move or cancel the call this conversation waits for."""
    active = callbacks.active_of(talk.session, talk.conversation_id)
    if not active and talk.heard.times and topic == "reschedule_callback":
        if words.MOVES_CALL.search(talk.heard.plain):
            talk.say("utter_no_callback_but_new")
        return begin(talk, said)  # "一个半小时后再打给我": a first wish that only sounds like a second
    if not active:
        talk.say("utter_no_callback_promised")
        return thread.after(talk)
    call = active[0]
    if topic == "reschedule_callback":
        talk.say("utter_callback_to_move", window=window(call))
        return begin(talk, said, moving=call)
    callbacks.cancel(talk.session, call)
    talk.say("utter_callback_cancelled", window=window(call), number=call.number)
    return thread.after(talk)


def about_the_call(talk: Dialogue) -> list[EventType] | None:
    """A time said while a call is promised: another time for it. None when it is about something else."""
    if talk.form or not talk.heard.times:
        return None
    changes = words.MOVES_CALL.search(talk.heard.plain) and len(talk.heard.plain) <= 30
    if not (changes or talk.heard.bare_data) or talk.heard.intent.startswith(("report_", "complain", "claim")):
        return None
    if not callbacks.active_of(talk.session, talk.conversation_id):
        return None
    return promised(talk, "reschedule_callback", [talk.heard.text], None)
