"""What the forms for wishes take: a noted matter, a complaint, a call back, proof of identity."""

from __future__ import annotations

import re

from actions import call_words, words
from actions.heard import Heard
from actions.taken import DECLINED, Collected, Slots, said_phone, tired
from kefu.nlu.normalise import fold_digits

ANONYMOUS = "anonymous"
SURE, SURE_OF_TALK = 0.5, 0.9
LONG_ENOUGH = 6  # characters that tell something beside "我要投诉"


def contact(slots: Slots, heard: Heard, taken: Collected, slot: str) -> None:
    """A phone, the one on file affirmed, or none wished."""
    asked, known = slots.get("requested_slot") == slot, slots.get("phone")
    on_file = known if known != DECLINED else None
    offered = slots.get("enquiry_optional")  # nothing is registered that nobody said yes to
    phone = said_phone(slots, heard, asked)
    if phone:
        taken.changes[slot] = taken.changes["phone"] = phone
    elif asked and heard.declines:
        taken.changes[slot] = DECLINED
    elif asked and on_file and heard.yes and (not offered or _outright(heard)):
        taken.changes[slot] = on_file
    elif asked and tired(slots) and not heard.has_long_number and not heard.asks:
        taken.changes[slot] = on_file if on_file and not offered else DECLINED


def _outright(heard: Heard) -> bool:
    """Yes in so many words, not only in its sound ("哦这样啊")."""
    return bool(words.REGISTER.search(heard.plain)) or any(words.YES.match(part) for part in heard.clauses)


def enquiry(slots: Slots, heard: Heard, taken: Collected) -> None:
    contact(slots, heard, taken, "enquiry_contact")


# --- a complaint -----------------------------------------------------------------------------------------------------
def complaint(slots: Slots, heard: Heard, taken: Collected) -> None:
    """`complaint_what` is only the sign that something was told: the words themselves are kept in `words`."""
    asked = slots.get("requested_slot")
    if words.ANONYMOUS.search(heard.plain):
        taken.changes["complaint_contact"] = ANONYMOUS
    else:
        contact(slots, heard, taken, "complaint_contact")
    if slots.get("complaint_what") is None and _tells_what(heard, asked == "complaint_what"):
        taken.changes["complaint_what"] = True
    if slots.get("complaint_demand") is None:
        _demand(slots, heard, taken, asked)
    elif heard.corrects and ("诉求" in heard.plain or words.DEMAND.search(heard.plain)):
        taken.changes["complaint_demand"] = heard.text.strip()
        taken.corrected.append(heard.text.strip())


def belongs(heard: Heard) -> bool:
    """The words are about the complaint: no question we can answer, no fault, nothing that asks for something else.

    Told by words where possible: short demands ("给个准话") are too easily misread.
    """
    plain = heard.plain
    question = heard.intent.startswith("ask_") and heard.asks and heard.confidence >= SURE
    talk = heard.intent in ("chitchat", "out_of_scope") and heard.confidence >= SURE_OF_TALK
    fault = heard.intent in ("report_outage", "report_emergency") and words.OUTAGE_SIGN.search(plain)
    other = words.HUMAN.search(plain) or words.AGAIN_PLEASE.search(plain) or words.CALLS_OFF.search(plain)
    return not (question or talk or fault or other or heard.corrects or words.NO.match(plain))


def tells_something(text: str) -> bool:
    """More than the bare wish to complain."""
    return len(words.COMPLAINT_TALK.sub("", text)) >= LONG_ENOUGH


def _tells_what(heard: Heard, asked: bool) -> bool:
    if heard.bare_data or words.ONLY_COMPLAIN.match(heard.plain):
        return False
    if asked:
        return len(heard.plain) >= 4 and not heard.unknown and belongs(heard)
    return tells_something(heard.plain)


def _demand(slots: Slots, heard: Heard, taken: Collected, asked: str | None) -> None:
    if asked == "complaint_demand" and _no_demand(slots, heard):
        taken.changes["complaint_demand"] = "由公司按规定处理"
    elif asked == "complaint_demand" and _tells_demand(heard):
        taken.changes["complaint_demand"] = heard.text.strip()
    elif not heard.asks or asked == "complaint_demand":
        clause = next((part for part in heard.clauses if words.DEMAND.search(part)), None)
        if clause is not None:
            taken.changes["complaint_demand"] = clause


def _no_demand(slots: Slots, heard: Heard) -> bool:
    """Nothing special is wished, said so or asked for in vain: nobody is asked a third time."""
    said = heard.no or heard.declines or heard.yes
    vain = tired(slots) and not heard.asks and (heard.bare_data or belongs(heard))
    wish = words.DEMAND.search(heard.plain)
    return bool(words.NO_DEMAND.search(heard.plain)) or (not wish and not heard.corrects and (said or vain))


def _tells_demand(heard: Heard) -> bool:
    return not heard.wordless and len(heard.plain) >= 2 and not heard.bare_data and belongs(heard)


# --- a call back -----------------------------------------------------------------------------------------------------
def callback(slots: Slots, heard: Heard, taken: Collected) -> None:
    """The phone, and the time as it was said; which slot that is, the action finds out."""
    asked = slots.get("requested_slot")
    phone = said_phone(slots, heard, asked == "callback_phone")
    if phone:
        taken.changes["callback_phone"] = taken.changes["phone"] = phone
    helpless = asked == "callback_time" and (heard.unknown or tired(slots)) and not (heard.asks or heard.declines)
    if heard.times or call_words.says_when(heard.plain) or helpless:
        taken.changes["callback_time"] = None  # a new wish replaces the time found before
    elif heard.corrects and not phone and not heard.declines:
        taken.changes["callback_reason"] = heard.text.strip()
        taken.corrected.append(heard.text.strip())


# --- proof of identity -----------------------------------------------------------------------------------------------
def identity(slots: Slots, heard: Heard, taken: Collected) -> None:
    """The account number, and the last four digits of the phone (a whole phone says them too) or the code sent to it."""
    asked, plain = slots.get("requested_slot"), fold_digits(heard.plain)
    wish = slots.get("identity_for")
    if wish and (heard.values("period") or heard.corrects) and heard.text not in wish["words"]:
        taken.changes["identity_for"] = {**wish, "words": [*wish["words"], heard.text]}
    number = heard.first("account_number")
    if number:
        taken.changes["identity_account"] = number
        plain = plain.replace(number, " ")
    way = way_said(slots, heard)
    taken.changes["identity_way"] = way
    if way == "code":
        _code(slots, heard, taken)
        return
    said = words.LAST_FOUR.search(plain)
    plain = words.METER_SHOWS.sub(" ", plain)
    if said is None and (asked == "identity_digits" or number or slots.get("identity_account")):
        said = words.FOUR_DIGITS.search(plain)
    if heard.phone:
        taken.changes["identity_digits"] = heard.phone[-4:]
    elif said:
        taken.changes["identity_digits"] = said[1]
    elif way is None:
        _maybe_without_proof(slots, heard, taken, number)


def _maybe_without_proof(slots: Slots, heard: Heard, taken: Collected, number: str | None) -> None:
    """Will not or cannot: for an application that is no end, a person looks at it."""
    wish, asked = slots.get("identity_for"), slots.get("requested_slot")
    off = words.CALLS_OFF.search(heard.plain)
    enough = tired(slots) and not (heard.asks or heard.cancels or heard.has_long_number)
    if wish and wish.get("then") and asked and not number and not off and (heard.declines or enough):
        taken.changes["identity_for"] = {**wish, "words": [*wish["words"], heard.text]}
        taken.changes |= {"identity_account": DECLINED, "identity_digits": DECLINED}


def way_said(slots: Slots, heard: Heard) -> str | None:
    """How the customer will prove it now. None: last four digits; "code"; "offered": a code is to be offered; "moved":
    the phone on file is no longer his."""
    before, plain = slots.get("identity_way"), heard.plain
    if words.NEW_PHONE.search(plain):
        return "moved"
    figures = fold_digits(plain)
    if words.LAST_FOUR.search(figures) or words.FOUR_DIGITS.fullmatch(figures):
        return None  # no code is that short
    if words.NO_CODE.search(plain):
        return None
    if words.WANTS_CODE.search(plain) or (before == "offered" and heard.yes):
        return "code"
    forgot = heard.unknown and slots.get("requested_slot") == "identity_digits"
    if before != "code":
        return "offered" if forgot or words.NO_DIGITS.search(plain) else None
    return "code"


def code_said(slots: Slots, heard: Heard) -> str | None:
    """Something like a code, after one was sent."""
    if slots.get("identity_way") != "code" or not slots.get("identity_sent"):
        return None
    plain = fold_digits(heard.plain).replace(heard.first("account_number") or "\0", " ")
    said = None if heard.phone or words.LAST_FOUR.search(plain) else words.CODE_DIGITS.search(plain)
    return re.sub(r"\D", "", said[0]) if said else None


def _code(slots: Slots, heard: Heard, taken: Collected) -> None:
    """The digits of the SMS; or the wish for another one."""
    said = code_said(slots, heard)
    again = words.AGAIN_CODE.search(heard.plain) or (words.WANTS_CODE.search(heard.plain) and not heard.asks)
    taken.changes["identity_digits"] = said
    if said is None and again:
        taken.changes["identity_sent"] = None
    elif said is None and slots.get("identity_sent"):
        _maybe_without_proof(slots, heard, taken, heard.first("account_number"))
