"""Calls back: a phone, and a time in working hours, said back with weekday and date. Once promised: promised_calls.py."""

from __future__ import annotations

import re
from datetime import datetime

from rasa_sdk.events import EventType

from actions import call_words, dialogue, thread, words
from actions.dialogue import Dialogue, DialogueAction
from actions.enquiries import service_of
from actions.taken import DECLINED, Collected
from actions.telling import shown_phone
from kefu.callbacks import service as callbacks
from kefu.callbacks.models import Callback
from kefu.callbacks.phones import MOBILE_DIGITS, Wrong, wrong_with
from kefu.callbacks.service import Wish, is_urgent
from kefu.callbacks.slots import Found, Slot, SlotTaken, find_slot, window
from kefu.clock import clock, local
from kefu.company.calendar import day_off_name
from kefu.intake.service import first_word
from kefu.nlu.values import resolve_time, time_words
from kefu.nlu.values.times import find_times
from kefu.tickets import service as tickets
from kefu.tickets.models import Ticket

_DAY, _PART = re.compile(time_words.DAY), re.compile(time_words.PART)
_DATE = re.compile(r"[0-9一二三四五六七八九十]\s*[号日]")
REASON_LENGTH, BARE_LENGTH = 100, 4


@thread.taker("callback_form")
def take_up(talk: Dialogue, topic: str, said: list[str], service: str | None) -> list[EventType]:
    """Begin: the phone on file is taken, the time asked for unless it was said. A call asked for once more, with no word
    of another matter, is the one already promised."""
    if talk.form == "callback_form":
        return talk.go_on()
    promised = next(iter(callbacks.active_of(talk.session, talk.conversation_id)), None)
    if promised is None or promised.wrong_number or not _nothing_of_the_matter(said):
        return begin(talk, said)
    if talk.heard.times or call_words.says_when(talk.heard.plain):
        talk.say("utter_callback_to_move", window=window(promised))
        return begin(talk, said, moving=promised)
    talk.tell("callback_already", when=window(promised), number=promised.number)
    return thread.after(talk)


def _nothing_of_the_matter(said: list[str]) -> bool:
    """ "后天上午十点给我回个电话": a call, a time, and no word what about."""
    text = "；".join(said)
    for time in find_times(text):
        text = text.replace(time.text, " ")
    for pattern in (words.CALL_ME, words.EARLIEST, call_words.ANY_TIME, call_words.KNOWN_NUMBER, call_words.BARE):
        text = pattern.sub("", text)
    return len(text) <= BARE_LENGTH


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
    if moving is None and not talk.slot("callback_time") and not talk.heard.times and _urgent_ticket(talk):
        _take(talk, _find(talk, None))  # nobody in danger is asked when
    return talk.go_on()


# --- for whom, and which desk --------------------------------------------------------------------------------------------
def _urgent_ticket(talk: Dialogue) -> Ticket | None:
    """What was open here when the call was asked for, if its call goes before others."""
    ticket = tickets.latest_open(talk.session, talk.conversation_id)
    known = ticket is not None and ticket.created_at <= first_word(talk.slot("first_word_at"))
    return ticket if known and is_urgent(ticket) else None


def _moving(talk: Dialogue) -> Callback | None:
    """The promised call that gets another time."""
    number = talk.slot("callback_moving")
    active = callbacks.active_of(talk.session, talk.conversation_id) if number else []
    return next((call for call in active if call.number == number), None)


def _desk(talk: Dialogue) -> str:
    moving, ticket = _moving(talk), _urgent_ticket(talk)
    known = moving.desk if moving is not None else ticket.desk if ticket is not None else None
    return known or talk.company.desk_for(None, talk.heard.service or service_of(talk)).desk


def _find(talk: Dialogue, wish: tuple[datetime, datetime] | None) -> Found:
    return find_slot(talk.session, talk.company, wish, _desk(talk), _urgent_ticket(talk) is not None)


def _known_phone(talk: Dialogue) -> str | None:
    """Said in this talk, else of the proved account, else left with a ticket of this talk."""
    known, account = talk.slot("phone"), talk.account()
    if known and known != DECLINED:
        return str(known)
    if account is not None and account.phone:
        return account.phone
    own = tickets.of_customer(talk.session, talk.conversation_id) if known != DECLINED else []
    return next((ticket.phone for ticket in own if ticket.phone and not ticket.anonymous), None)


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
    dated = next((text for text in said if _DATE.search(text)), None)  # "周六呢 10号": the date is the more exact
    dated = dated or next((text for text in said if _DAY.search(text)), None)
    bare = next((text for text in reversed(said) if not _DAY.search(text)), None)
    before = talk.slot("callback_day") or ""
    text = f"{dated or before}{bare or ''}"
    if dated is None and bare is not None and not _PART.search(bare):
        text = f"{before}{talk.slot('callback_part') or ''}{bare}"
    if bare is None and (vague := call_words.vague_time(talk.heard.plain)):
        text = f"{text}{vague}"
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
    _number_said(talk, taken)
    if "callback_time" not in taken.changes:
        return
    timed = talk.heard.times or call_words.vague_time(talk.heard.plain)
    found = _find(talk, wished_time(talk) if timed else None)
    taken.answered = True
    _take(talk, found)
    if found.slot is None:
        _say_why(talk, found)


def _number_said(talk: Dialogue, taken: Collected) -> None:
    """A number with a digit too few is asked for again, though another is on file: that one was not meant."""
    heard = talk.heard
    if not heard.has_long_number or heard.has_particulars or taken.changes.get("callback_phone"):
        return
    wrong = wrong_with(heard.plain)
    if wrong is not None and wrong.why != "odd":
        talk.set(callback_phone=None)


def _take(talk: Dialogue, found: Found) -> None:
    if found.slot is not None:
        talk.set(callback_time=found.slot.start.isoformat(), callback_end=found.slot.end.isoformat())


dialogue.AFTER_COLLECTING["callback_form"] = _look_for_slot


def _say_why(talk: Dialogue, found: Found) -> None:
    hours, span = talk.company.company.hours, wished_time(talk)
    off = day_off_name(local(span[0]).date(), talk.company) if span is not None else None
    why = talk.company.phrase(
        f"callback_why_{found.why or 'full'}",
        reason=off or "休息日",
        hours=f"{hours.open:%H:%M}–{hours.close:%H:%M}",
        count=talk.company.callbacks.days_ahead,
    )
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
        earliest = _find(talk, None).slot
        told = window(earliest) if earliest is not None else "无"
        talk.say("utter_ask_callback_time", earliest=told)
        talk.offer([{"title": "最早的时间", "payload": "尽快"}])
        return talk.events


class AskCallPhone(DialogueAction):
    """Asked once more with what is wrong with the number that was given."""

    action_name = "action_ask_callback_form_callback_phone"

    def act(self, talk: Dialogue) -> list[EventType]:
        wrong = wrong_with(talk.heard.plain) if talk.heard.has_long_number else None
        if wrong is not None:
            say_wrong(talk, wrong)
        elif call_words.KNOWN_NUMBER.search(talk.heard.plain):
            talk.tell("callback_phone_unseen")
        else:
            talk.say("utter_ask_callback_phone")
        return talk.events


def say_wrong(talk: Dialogue, wrong: Wrong) -> None:
    left = abs(wrong.digits - MOBILE_DIGITS)
    talk.say_again(talk.company.phrase(f"callback_phone_{wrong.why}", count=wrong.digits, left=left))


class BookCall(DialogueAction):
    action_name = "action_book_callback"

    def act(self, talk: Dialogue) -> list[EventType]:
        start, end = (datetime.fromisoformat(talk.slot(name)) for name in ("callback_time", "callback_end"))
        moving = _moving(talk)
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
        ticket = _urgent_ticket(talk)
        if moving is not None:
            callbacks.move(talk.session, talk.company, moving, slot, urgent=ticket is not None)
            callbacks.put_phone(talk.session, talk.company, moving, phone)
            return moving
        wish = Wish(phone, talk.conversation_id, reason, ticket, _desk(talk), urgent=ticket is not None)
        return callbacks.book(talk.session, talk.company, slot, wish)
