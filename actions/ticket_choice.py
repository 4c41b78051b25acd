"""Which ticket is meant: by its number however it was said, by words, from a list; whose it is comes first of all.

A number that is not the customer's own is answered in the same words whether there is such a ticket or not.
"""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import EventType

from actions import identity, thread, ticket_changes, ticket_status, ticket_words, words
from actions.dialogue import Dialogue
from kefu.accounts.models import Account
from kefu.nlu.normalise import fold_digits
from kefu.tickets import numbers
from kefu.tickets import service as tickets
from kefu.tickets.models import Ticket

MATTERS = ("ask_ticket", "urge_ticket", "cancel_ticket", "supplement_ticket")
# With a number, only these carry a matter of their own; everything else is about the ticket.
OTHER_MATTERS = ("report_emergency", "complain", "claim_damage", "rate_service", "praise", "request_callback")
PROVE = {"title": "核实户号", "payload": "核实户号"}
COLLEAGUE = {"title": "请同事帮我查", "payload": "请同事帮我查"}
WHICH, MEANT, PROOF = "which", "meant", "prove"


# --- what is wanted of it ----------------------------------------------------------------------------------------------
def wanted(talk: Dialogue) -> str:
    """The matter: by its words where they say it, else as it was read; else where it stands is asked."""
    heard = talk.heard
    if words.URGES.search(heard.plain) or ticket_words.NOBODY_CAME.search(heard.plain):
        return "urge_ticket"
    if heard.intent in MATTERS:
        return heard.intent
    return "cancel_ticket" if heard.cancels and not heard.asks else "ask_ticket"


def serve(talk: Dialogue, intent: str, ticket: Ticket, said: str | None = None) -> None:
    """Do it, to this ticket of the customer's. `said`: the words of the wish, where they came before this message."""
    if intent == "urge_ticket":
        ticket_changes.urge(talk, ticket, said)
    elif intent == "cancel_ticket":
        ticket_changes.ask_cancel(talk, ticket)
    elif intent == "supplement_ticket":
        ticket_changes.supplement(talk, ticket, said)
    elif ticket.status in tickets.OPEN and ticket.kind == "fault" and ticket_changes.fixed(talk):
        ticket_changes.offer_done(talk, ticket)
    elif ticket.status in tickets.DONE and ticket_changes.not_solved(talk):
        ticket_changes.take_up_again(talk, ticket)
    else:
        ticket_status.show(talk, [ticket])


def serve_own(talk: Dialogue, intent: str, own: list[Ticket]) -> None:
    """The one the words point to; of several the customer chooses, where a wrong guess would do something."""
    fitting = by_words(talk, [one for one in own if not one.merged_into] or own)
    if intent == "ask_ticket":
        ticket_status.show(talk, fitting)
        if len(fitting) > 1:
            _offer(talk, WHICH, intent, fitting)
        return
    open_ones = [one for one in fitting if one.status in tickets.OPEN] or fitting
    last = next((one for one in open_ones if one.number == talk.slot("last_ticket")), None)
    if last is None and len(open_ones) > 1:
        ticket_status.enumerate_all(talk, open_ones, f"ticket_which_{intent}")
        _offer(talk, WHICH, intent, open_ones)
        return
    if intent == "cancel_ticket":
        ticket_changes.ask_cancel(talk, last or open_ones[0], doubt=len(open_ones) > 1)
    else:
        serve(talk, intent, last or open_ones[0])


def by_words(talk: Dialogue, found: list[Ticket]) -> list[Ticket]:
    """Those the words name by their service or kind; all, where they name none."""
    kinds = [kind for pattern, kind in ticket_words.ABOUT_KIND if pattern.search(talk.heard.plain)]
    services = talk.heard.services
    fitting = [one for one in found if not services or one.service in services]
    of_kind = [one for one in fitting or found if not kinds or one.kind in kinds]
    return of_kind or fitting or found


# --- a number in the words ---------------------------------------------------------------------------------------------
def named(talk: Dialogue) -> list[EventType] | None:
    """A ticket's number was said: that ticket, if it is the customer's; asked about, if it is only nearly one of his."""
    heard = talk.heard
    reading = numbers.read(heard.text)
    if reading is None or heard.intent in OTHER_MATTERS or talk.form == "emergency_form":
        return None
    own = ticket_status.own(talk)
    meant = numbers.meant(reading, [one.number for one in own])
    clear = meant.sure is not None or bool(meant.asked) or _surely_a_ticket(talk, reading)
    if not clear or (talk.form and not _aside(talk, meant.sure is not None)):
        return None
    intent = wanted(talk)
    if talk.form:
        talk.set(words=[one for one in talk.slot("words") or [] if one != heard.text], misses=0)
    if meant.sure is not None:
        serve(talk, intent, next(one for one in own if one.number == meant.sure))
    elif meant.asked:
        _ask_meant(talk, intent, meant.asked)
    else:
        _not_his(talk, intent, reading)
    return talk.go_on()


def _surely_a_ticket(talk: Dialogue, reading: numbers.Reading) -> bool:
    """Our letters, or a word for tickets beside figures that are no phone and no account."""
    if reading.said[:2] in numbers.OURS:
        return True
    figures = [str(value) for kind in ("phone", "account_number") for value in talk.heard.values(kind)]
    other = any(reading.said in figure or figure in reading.said for figure in figures)
    return reading.cued and not other and bool(talk.heard.first("ticket_number")) and talk.form is None


def _aside(talk: Dialogue, sure: bool) -> bool:
    """In a form only what is plainly about a ticket: his own number, and no answer to what is asked."""
    prepared = talk.form == "enquiry_form" and talk.slot("enquiry_topic") in MATTERS
    asks = talk.heard.intent in MATTERS or _bare(talk)
    return prepared or (sure and asks and talk.form != "identity_form" and not talk.would_answer())


def _bare(talk: Dialogue) -> bool:
    """Hardly a word beside the number."""
    left = ticket_words.CARRIES.sub("", fold_digits(talk.heard.plain))
    return len([sign for sign in left if not (sign.isascii() and sign.isalnum())]) <= 2


def _ask_meant(talk: Dialogue, intent: str, asked: tuple[str, ...]) -> None:
    """ "您是说 BX…-3 吗？": never guessed."""
    buttons = ["是的", "不是"] if len(asked) == 1 else list(asked)
    talk.tell("ticket_meant", buttons=buttons, number="，还是 ".join(asked))
    talk.set(offered_return={"ask": MEANT, "intent": intent, "numbers": list(asked), "words": talk.heard.text})


def _not_his(talk: Dialogue, intent: str, reading: numbers.Reading) -> None:
    """The same for what is somebody else's and what is nowhere; only a check digit that cannot be is said so."""
    if reading.wrong:
        talk.tell("ticket_number_wrong", number=reading.said)
    elif not numbers.completed(reading):
        talk.tell("ticket_number_not_ours", number=reading.said)
    else:
        talk.tell("ticket_not_known_here")
    if talk.form is None:
        talk.offer([PROVE, COLLEAGUE])
        talk.set(offered_return={"ask": PROOF, "intent": intent, "numbers": [], "words": talk.heard.text})


def _offer(talk: Dialogue, ask: str, intent: str, found: list[Ticket]) -> None:
    listed = [one.number for one in ticket_status.in_order(found)[: ticket_status.MOST]]
    talk.set(offered_return={"ask": ask, "intent": intent, "numbers": listed, "words": talk.heard.text})


# --- the answer ----------------------------------------------------------------------------------------------------------
def answered(talk: Dialogue) -> list[EventType] | None:
    """The answer to "which one", "did you mean", "shall I check"; None when it is another matter (then it is dropped)."""
    offered = talk.slot("offered_return")
    if talk.form or not isinstance(offered, dict) or talk.heard.intent == "report_emergency":
        return None
    if offered["ask"] == PROOF:
        return _proof_wished(talk, offered)
    found = _chosen(talk, offered)
    if not found:
        return _refused(talk, offered)
    talk.set(offered_return=None)
    if len(found) > 1 and offered["intent"] == "ask_ticket":
        for ticket in found:
            ticket_status.show(talk, [ticket])
        return talk.events
    for ticket in found:
        serve(talk, _wish_now(talk, offered["intent"]), ticket, offered["words"])
    return talk.events


def _wish_now(talk: Dialogue, before: str) -> str:
    """What was wished before it was asked which one, unless the answer itself says something else."""
    heard = talk.heard
    anew = heard.intent in MATTERS and heard.confidence >= thread.SURE and len(heard.plain) > ticket_words.BARE
    return wanted(talk) if anew else before


def _refused(talk: Dialogue, offered: dict[str, Any]) -> list[EventType] | None:
    if talk.heard.no and offered["ask"] == MEANT:
        talk.set(offered_return=None)
        talk.tell("ticket_number_again")
        return talk.events
    if numbers.read(talk.heard.text) is None and not talk.heard.no and talk.heard.intent not in MATTERS:
        talk.set(offered_return=None)
    return None


def _chosen(talk: Dialogue, offered: dict[str, Any]) -> list[Ticket]:
    """What was picked of those that were offered, as long as they are still the customer's."""
    own = {one.number: one for one in ticket_status.own(talk)}
    listed = [own[number] for number in offered["numbers"] if number in own]
    heard = talk.heard
    plain = fold_digits(heard.plain)
    if offered["ask"] == MEANT and heard.yes and len(listed) == 1:
        return listed
    if ticket_words.ALL_OF_THEM.match(heard.plain) and offered["intent"] != "cancel_ticket":
        return listed
    if place := ticket_words.ORDINAL.match(heard.plain.translate(ticket_words.THE_FIRST)):
        return listed[int(place[1]) - 1 : int(place[1])]
    if tail := ticket_words.TAIL.search(plain) or words.FOUR_DIGITS.fullmatch(plain):
        ends = [one for one in listed if tail[1] in (one.number[8:12], one.number.replace("-", "")[-len(tail[1]) :])]
        return ends if len(ends) == 1 else []
    reading = numbers.read(heard.text)
    if reading is not None:
        sure = numbers.meant(reading, [one.number for one in listed]).sure
        return [one for one in listed if one.number == sure]
    fitting = by_words(talk, listed) if len(heard.plain) <= ticket_words.SHORT else []
    return fitting if len(fitting) == 1 < len(listed) else []


def _proof_wished(talk: Dialogue, offered: dict[str, Any]) -> list[EventType] | None:
    number = talk.heard.first("account_number")
    if ticket_words.COLLEAGUE.search(talk.heard.plain):
        return thread.note(talk, offered["intent"], [offered["words"]])
    if not (number or talk.heard.yes or ticket_words.PROVES.search(talk.heard.plain)):
        return _still_unproved(talk, offered)
    return prove(talk, offered["intent"], [offered["words"], *([talk.heard.text] if number else [])])


def _still_unproved(talk: Dialogue, offered: dict[str, Any]) -> list[EventType] | None:
    """ "这是我妈家报的 你给我说下": the same answer once more, not a new matter; None when it is one."""
    heard = talk.heard
    of_it = heard.intent in MATTERS or ticket_words.OF_OTHERS.search(heard.plain)
    talk.set(offered_return=None)
    if offered.get("again") or not of_it or heard.has_values or ticket_status.own(talk):
        return None
    talk.tell("ticket_not_known_here")
    talk.offer([PROVE, COLLEAGUE])
    talk.set(offered_return={**offered, "again": True})
    return talk.events


def prove(talk: Dialogue, intent: str, said: list[str]) -> list[EventType]:
    """Ask for the proof of an account; the ticket comes after it."""
    talk.set(offered_return=None)
    return identity.ask_for_proof(talk, intent, said, None, then="ticket", begin="ticket_prove")


def proof_instead(talk: Dialogue) -> list[EventType] | None:
    """While a ticket we do not know here is being noted for a person: the customer would rather prove who he is."""
    topic = talk.slot("enquiry_topic")
    if talk.form != "enquiry_form" or topic not in MATTERS:
        return None
    if not (ticket_words.PROVES.search(talk.heard.plain) or talk.heard.first("account_number")):
        return None
    said = list(talk.slot("words") or [])
    talk.leave_form()
    talk.clear("enquiry_form")
    return prove(talk, topic, said)


def _after_proof(talk: Dialogue, wish: dict[str, Any], account: Account | None) -> list[EventType]:
    """What was wished of the ticket; without a proof, or without a ticket, it is noted for a person."""
    intent, said = wish["topic"], wish["words"]
    if account is None:
        return thread.note(talk, intent, said)
    own = ticket_status.own(talk)
    readings = [reading for text in said if (reading := numbers.read(text)) is not None]
    for reading in readings:
        sure = numbers.meant(reading, [one.number for one in own]).sure
        if sure is not None:
            serve(talk, intent, next(one for one in own if one.number == sure), said[0])
            return thread.after(talk)
    of_ours = [reading for reading in readings if reading.said[:2] in numbers.OURS or reading.cued]
    if of_ours or not own:
        talk.tell("ticket_not_of_account" if of_ours else "ticket_none_of_account")
        return thread.note(talk, intent, said)
    serve_own(talk, intent, own)
    return thread.after(talk)


thread.AFTER_PROOF["ticket"] = _after_proof


def none_here(talk: Dialogue, intent: str) -> list[EventType]:
    """Nothing of this customer's is known: how it can be found is said, and it is noted for a person."""
    talk.tell("ticket_none_here")
    return thread.start(talk, intent, [talk.heard.text])
