"""A promised call spoken of while something else is being done, or in words of their own: when, which phone, another time."""

from __future__ import annotations

import re

from rasa_sdk.events import EventType

from actions import words
from actions.dialogue import Dialogue
from actions.promised_calls import OWN_MATTERS, promised, put_right
from kefu.callbacks import service as callbacks
from kefu.callbacks.models import Callback
from kefu.callbacks.slots import window

# 几点打来着 / 约的是几点 / 什么时候给我打电话
_WHEN = re.compile(
    r"((几点|什么时候|啥时候?|几时|哪天)(钟)?(会|要|能|才)?(给[我俺咱])?(打(?!印|开|算|折)|回(电|电话|给[我俺]))|(约|定)的(是|在)?(几点|什么时[候间]|哪天|啥时候?)|回电.{0,4}(几点|什么时[候间]|啥时候?))"
)
# 换个手机 …打这个 / 改打我另一个号
_OTHER_PHONE = re.compile(
    r"(打这个|打那个|(换|改)(个|成|到|打|一个)?(手机|电话|号)|另(外)?一?个(手机|电话|号)|(手机|电话|号码?)(换|改))"
)
_ON_FILE = re.compile(r"(户头|登记|预留|账户|户名|资料|绑定)")
_MOVES = re.compile(r"(改(到|成|在|为|早|晚|个)|换(到|成|个)|推迟|推后|往后|提前|早点|晚点|挪)")
_CALLS = re.compile(r"(不用|不要|别|甭|取消|算了).{0,4}(打|回电|电话)")
# What is being done when the call is spoken of; in the others the same words answer the form.
BESIDE = ("request_form", "enquiry_form", "identity_form", "complaint_form")
OF_CALLS = ("reschedule_callback", "cancel_callback")
SURELY = 0.9


def spoken_of(talk: Dialogue) -> list[EventType] | None:
    """Events if the message is about the call this talk waits for; None if it is not, or there is none."""
    if talk.form not in (None, *BESIDE) or talk.heard.intent.startswith(OWN_MATTERS):
        return None
    asked = _WHEN.search(talk.heard.plain) and not talk.heard.times and talk.heard.asks
    other_phone = _other_phone(talk)
    beside = _beside(talk)
    if not (asked or other_phone or beside):
        return None
    call = next(iter(callbacks.active_of(talk.session, talk.conversation_id)), None)
    if call is None:
        return None
    if beside:
        return _change(talk)
    if other_phone:
        put_right(talk, call, str(talk.heard.phone))
    else:
        _tell_when(talk, call)
    return talk.go_on()


def _tell_when(talk: Dialogue, call: Callback) -> None:
    talk.tell("callback_already", when=window(call), number=call.number)


def _other_phone(talk: Dialogue) -> bool:
    plain = talk.heard.plain
    return talk.form is None and bool(talk.heard.phone and _OTHER_PHONE.search(plain) and not _ON_FILE.search(plain))


def _beside(talk: Dialogue) -> bool:
    """Another time for it, or none at all, said while something else is asked: and no answer to that."""
    heard = talk.heard
    if talk.form is None or heard.intent not in OF_CALLS or heard.confidence < SURELY or heard.has_particulars:
        return False
    asked = str(talk.slot("requested_slot") or "")
    if heard.intent == "cancel_callback":
        return bool(_CALLS.search(heard.plain)) and not asked.endswith("contact") and not talk.would_answer()
    return bool(heard.times) and bool(_MOVES.search(heard.plain) or words.MOVES_CALL.search(heard.plain))


def _change(talk: Dialogue) -> list[EventType]:
    """What was being done waits, and is offered again afterwards; an offer merely made is over."""
    topic = talk.heard.intent
    if talk.slot("enquiry_optional"):
        talk.leave_form()
        talk.clear("enquiry_form")
    else:
        talk.pause()
    return promised(talk, topic, [talk.heard.text], None)
