"""What is said about a ticket this customer has, whatever the intent was read as."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import EventType

from actions import places, thread, ticket_changes, ticket_choice, ticket_status, ticket_words, words
from actions.dialogue import Dialogue
from actions.ticket_changes import OFFER_CANCEL, OFFER_DONE
from actions.which import carried, insists
from kefu.callbacks.service import new_phone, request_callback
from kefu.callbacks.slots import window
from kefu.complaints.grading import heard_more
from kefu.nlu.values import merge_address
from kefu.tickets import service as tickets
from kefu.tickets import telling
from kefu.tickets.models import Ticket
from kefu.tickets.states import UNDONE

OFFER_CORRECTION = "correction"
# Said of the work, with a word on how it went: that is another matter.
PRAISES = ("praise", "rate_service", "complain", "claim_damage", "report_emergency")


def about_own_ticket(talk: Dialogue) -> list[EventType] | None:
    """Events if the message is about the newest open ticket whatever its intent was read as; None if it is not."""
    if talk.form is not None:
        return None
    ticket = _offered(talk)
    if ticket is None:
        return _over(talk)
    heard, offered = talk.heard, talk.slot("offered_return")
    if offered in (OFFER_CANCEL, OFFER_DONE) and ticket_words.STAYS.search(heard.plain):
        return thread.drop_waiting(talk)
    if offered == OFFER_CANCEL and (heard.yes or heard.cancels or ticket_words.SURELY.match(heard.plain)):
        ticket_changes.cancel(talk, ticket)
        return talk.events
    if offered == OFFER_DONE and (heard.yes or ticket_words.CLOSES.match(heard.plain) or ticket_changes.fixed(talk)):
        return ticket_changes.call_done(talk, ticket)
    if offered == OFFER_CORRECTION and heard.has_values:
        return to_ticket(talk, ticket, correcting=True)
    if heard.corrects and (heard.address or heard.phone) and heard.intent != "report_emergency":
        return to_ticket(talk, ticket, correcting=True)
    if heard.corrects and any(part in heard.plain for part in ("地址", "门牌", "电话", "手机", "号码")):
        return _offer(talk, ticket, OFFER_CORRECTION, "utter_ask_ticket_correction")
    if heard.first("staff") and ticket.kind in ("complaint", "opinion") and "投诉" not in heard.plain:
        return _staff(talk, ticket)
    return _over(talk)


def _offered(talk: Dialogue) -> Ticket | None:
    """The ticket an offer was about; else the newest open one of this talk."""
    if talk.slot("offered_return") in (OFFER_CANCEL, OFFER_DONE):
        number = talk.slot("last_ticket")
        found = next((one for one in ticket_status.own(talk) if one.number == number), None)
        if found is not None:
            return found
    return tickets.latest_open(talk.session, talk.conversation_id)


def _spoken_of(talk: Dialogue) -> Ticket | None:
    """The customer's open ticket that was last told of."""
    own = [one for one in ticket_status.own(talk) if one.status in tickets.OPEN]
    return next((one for one in own if one.number == talk.slot("last_ticket")), None)


def _over(talk: Dialogue) -> list[EventType] | None:
    """ "修好了", "来电了" about the open fault: fixed by us it is done, else it may be withdrawn."""
    heard = talk.heard
    back, fixed = bool(words.RESTORED.search(heard.plain)), ticket_changes.fixed(talk)
    if not (back or fixed) or len(heard.plain) > 20 or heard.asks or heard.intent in PRAISES:
        return None
    own = [one for one in ticket_status.own(talk) if one.kind == "fault" and one.status in tickets.OPEN]
    if not own:
        return None
    fitting = ticket_choice.by_words(talk, own)
    ticket = next((one for one in fitting if one.number == talk.slot("last_ticket")), fitting[0])
    if heard.cancels:
        ticket_changes.cancel(talk, ticket)
        return talk.events
    if fixed or ticket.status == "resolved":
        return ticket_changes.offer_done(talk, ticket)
    talk.set(last_ticket=ticket.number)
    return _offer(talk, ticket, OFFER_CANCEL, "utter_restored_offer")


def offer_cancel(talk: Dialogue) -> list[EventType] | None:
    """ "取消" with nothing being done: the ticket just made may be meant."""
    ticket = _spoken_of(talk) or tickets.latest_open(talk.session, talk.conversation_id)
    if ticket is None or ticket.kind == "emergency":
        return None
    if "cancelled" not in tickets.MOVES[ticket.status]:  # not first asked about, then refused
        ticket_changes.cancel(talk, ticket)
        return talk.events
    talk.set(last_ticket=ticket.number)
    return _offer(talk, ticket, OFFER_CANCEL, "utter_offer_cancel_ticket")


def _offer(talk: Dialogue, ticket: Ticket, what: str, response: str) -> list[EventType]:
    talk.set(offered_return=what)
    talk.say(response, number=ticket.number)
    return talk.events


# --- before any intent is asked ------------------------------------------------------------------------------------------
def urged(talk: Dialogue) -> list[EventType] | None:
    """ "催一下", "还没来人啊都俩小时了" with an open ticket, whatever it was read as: never a report of its own."""
    heard = talk.heard
    outright = words.URGES.search(heard.plain)
    again = ticket_words.OF_ITS_OWN.search(heard.plain)  # complained of, or claimed for, once more: no urging
    waits = ticket_words.NOBODY_CAME.search(heard.plain) and not again
    if talk.form or heard.intent == "report_emergency" or not (outright or waits):
        return None
    own = [one for one in ticket_status.own(talk) if one.status in tickets.OPEN]
    if not outright:
        own = [one for one in own if _of_this(talk, one)]
    if not own:
        return None
    ticket_choice.serve_own(talk, "urge_ticket", own)
    return talk.events


def _of_this(talk: Dialogue, ticket: Ticket) -> bool:
    """Nothing in the words points to another matter: another service, kind or fault, a place."""
    heard = talk.heard
    kinds = [kind for pattern, kind in ticket_words.ABOUT_KIND if pattern.search(heard.plain)]
    another = heard.intent in ("report_facility", "report_quality") and heard.confidence >= thread.SURE
    if (kinds and ticket.kind not in kinds) or (another and ticket.category != heard.intent):
        return False
    return heard.service in (None, ticket.service) and not heard.address


def asked_or_withdrawn(talk: Dialogue) -> list[EventType] | None:
    """ "修好了没", "取消那个停电的", "撤": of a ticket there is, whatever the few words were read as."""
    plain = talk.heard.plain
    asks, withdraws = ticket_words.ASKS_IF_DONE.search(plain), ticket_words.WITHDRAWS.search(plain)
    back = withdraws and words.RESTORED.search(plain)
    if talk.form or not (asks or withdraws) or back or len(plain) > ticket_words.SHORT:
        return None
    own = [one for one in ticket_status.own(talk) if one.status in tickets.OPEN and one.kind != "emergency"]
    if not own or (withdraws and talk.slot("offered_return") in (OFFER_CANCEL, OFFER_DONE)):
        return None
    ticket_choice.serve_own(talk, "cancel_ticket" if withdraws else "ask_ticket", own)
    return talk.events


def not_solved(talk: Dialogue) -> list[EventType] | None:
    """ "又停了", "还是没修好" about what was called done: taken up again; about what is being done: an urging."""
    if talk.form or not ticket_changes.not_solved(talk):
        return None
    own = [one for one in ticket_status.own(talk) if _of_this(talk, one) and one.kind != "emergency"]
    own = [telling.kept(talk.session, one) for one in own if one.kind in ("fault", "dispute", "complaint")]
    supply = talk.heard.intent in ("report_outage", "report_quality", "report_facility")
    done = [one for one in own if one.status in tickets.DONE and (one.kind == "fault" or not supply)]
    at_work = [one for one in own if one.status in UNDONE]
    if at_work and at_work[0] is own[0]:
        if supply and "又" in talk.heard.plain:
            return None
        ticket_changes.urge(talk, at_work[0])
        return talk.events
    if not done or ticket_changes.known_outage(talk, done[0]):
        return None
    return ticket_changes.take_up_again(talk, done[0])


# --- a word more ---------------------------------------------------------------------------------------------------------
def _staff(talk: Dialogue, ticket: Ticket) -> list[EventType]:
    named = talk.heard.first("staff") or {}
    who = " ".join(str(part) for part in (named.get("id"), named.get("name")) if part)
    if not tickets.correct(talk.session, talk.company, ticket, "customer", talk.heard.text, staff=who or None):
        tickets.supplement(talk.session, ticket, "customer", talk.heard.text)
    heard_more(talk.session, talk.company, ticket, talk.heard.text, named=True)
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
    changes = tickets.correct(talk.session, talk.company, ticket, "customer", talk.heard.text, **fields)
    heard_more(talk.session, talk.company, ticket, talk.heard.text)
    unasked = ticket.category == "claim_damage" and not words.CALL_ME.search(talk.heard.plain)
    if fields["phone"] and ticket.kind not in ("fault", "emergency") and not unasked:
        return _call(talk, ticket, fields["phone"])
    if "phone" in changes:
        new_phone(talk.session, talk.company, ticket, fields["phone"])
    told = [new for name, (_, new) in changes.items() if name != "address_parts"]
    if told:
        talk.say("utter_ticket_corrected", number=ticket.number, value="，".join(told))
    else:
        ticket_changes.supplement(talk, ticket)
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


# --- asked after in the middle of something else ---------------------------------------------------------------------------
def aside(talk: Dialogue, intent: str) -> bool:
    """Where it stands, or an urging, told in the middle of a form; False where the form's own way is better."""
    heard = talk.heard
    if intent not in ("ask_ticket", "urge_ticket") or heard.confidence < thread.SURE:
        return False
    if talk.form in (*thread.NOTING, "emergency_form") and intent == "urge_ticket":
        return False
    own = [one for one in ticket_status.own(talk) if one.status in tickets.OPEN] or ticket_status.own(talk)
    if not own or talk.would_answer():
        return False
    talk.set(words=[one for one in talk.slot("words") or [] if one != heard.text], misses=0)
    fitting = ticket_choice.by_words(talk, own)
    if intent == "ask_ticket":
        ticket_status.show(talk, fitting)
    else:
        ticket_changes.urge(talk, fitting[0])
    talk.say("utter_back_after_answer", current=talk.current_label())
    return True
