"""Which matter comes first: starting, interrupting, remembering, coming back."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import EventType

from actions.collect import DECLINED, SERVICE_NAMES, Collected, collect
from actions.dialogue import FAULT_SLOTS, SHARED, Dialogue
from kefu.company.promises import promise
from kefu.intake.service import first_word
from kefu.tickets import service as tickets

SURE = 0.5
UNSURE = 0.35
UNSURE_OF_FAULT = 0.15
HARDLY = 0.35
# Inside a form these are how its own answers are misread: never a matter of their own there.
ANSWERS_MISREAD = (
    "submit_reading",
    "reschedule_callback",
    "cancel_callback",
    "request_callback",
    "supplement_ticket",
    "rate_service",
)
BEGINNINGS = {
    "request_human": "utter_enquiry_begin_human",
    "other": "utter_enquiry_begin_other",
    "complaint": "utter_enquiry_begin_complaint",
    "opinion": "utter_enquiry_begin_opinion",
}


def start(talk: Dialogue, topic: str, words: list[str], service: str | None = None) -> list[EventType]:
    """Take a topic up now, with everything this message says about it."""
    for wish in talk.heard.also:
        talk.later(wish["name"] if wish["name"] in talk.company.topics else "other", [wish["text"]])
    if talk.topic(topic).form == "fault_form":
        return start_fault(talk, topic, words, service)
    return start_enquiry(talk, topic, words)


def start_fault(talk: Dialogue, intent: str, words: list[str], service: str | None) -> list[EventType]:
    """Begin a fault report, or point to the ticket this conversation already has for it."""
    known = _same_ticket(talk, intent, service or talk.heard.service)
    if known is not None:
        tickets.supplement(talk.session, known, "customer", talk.heard.text)
        talk.say("utter_fault_already", number=known.number, address=tickets.told_address(known), due=known.due_source)
        return talk.events
    if service is None and intent == "report_outage" and len(talk.heard.services) > 1:
        service, *others = talk.heard.services
        for other in others:  # 停水又停电: each its own crew, each its own ticket
            talk.later(intent, words, other)
    talk.begin("fault_form", words, fault_intent=intent, fault_service=service, **_of_the_last_fault(talk))
    own_words = talk.heard if talk.heard.text in words else None
    taken = collect("fault_form", {**talk.slots, "requested_slot": None}, own_words) if own_words else Collected()
    talk.set(**{k: v for k, v in taken.changes.items() if k not in ("misses", "words")})
    _fill_from_account(talk)
    named = talk.slot("fault_service")
    if intent == "report_outage" and named:
        talk.say("utter_fault_begin_outage", service=SERVICE_NAMES[named])
    else:
        talk.say("utter_fault_begin")
    return talk.go_on()


def _of_the_last_fault(talk: Dialogue) -> dict[str, Any]:
    """Place and time of a fault just registered hold for the next one named in the same breath."""
    kept = talk.slot("last_fault") or {}
    talk.set(last_fault=None)
    return kept


def _same_ticket(talk: Dialogue, intent: str, service: str | None) -> Any:
    """The open ticket of this conversation that the same words would only double."""
    for ticket in tickets.of_conversation(talk.session, talk.conversation_id):
        same = ticket.category == intent and ticket.status in tickets.OPEN and service in (None, ticket.service)
        if same and talk.heard.address is None and not talk.heard.elsewhere:
            return ticket
    return None


def _fill_from_account(talk: Dialogue) -> None:
    """A bound customer is not asked for what we have on file, unless the words point elsewhere."""
    account = talk.account(talk.slot("fault_service"))
    if account is None:
        return
    if talk.slot("phone") is None and account.phone:
        talk.set(phone=account.phone)
    nothing_said = talk.slot("fault_address") is None and talk.slot("fault_address_draft") is None
    if nothing_said and not talk.heard.elsewhere:
        talk.set(fault_address={**account.address_parts, "text": account.address})


def start_enquiry(talk: Dialogue, topic: str, words: list[str]) -> list[EventType]:
    """Note a wish the assistant cannot settle itself; a callback is offered."""
    row = talk.topic(topic)
    talk.begin("enquiry_form", words, enquiry_topic=topic)
    account = talk.account()
    if talk.slot("phone") is None and account is not None and account.phone:
        talk.set(phone=account.phone)
    due = promise(talk.company, row.kind, talk.heard.service, None, first_word(talk.slot("first_word_at")))
    beginning = BEGINNINGS.get(topic) or BEGINNINGS.get(row.kind) or "utter_enquiry_begin"
    hotline = talk.company.company.hotline
    talk.say(beginning, label=row.label, says=due.says, source=due.source, hotline=hotline)
    if talk.heard.phone:
        talk.set(phone=talk.heard.phone, enquiry_contact=talk.heard.phone)
    return talk.go_on()


def in_form(talk: Dialogue, intent: str) -> list[EventType]:
    """A message while a form is running: an answer, something more urgent, a question, or another wish for later."""
    row, heard = talk.topic(intent), talk.heard
    sure = heard.confidence >= SURE
    here = talk.topic(talk.slot("enquiry_topic")).urgency if talk.form == "enquiry_form" else 2
    if heard.connects and row.form != talk.form and not heard.has_particulars:
        return _aside(talk, intent)
    before = talk.slot("requested_slot")
    taken = talk.collect()
    if taken.corrected or taken.answered:
        return answered(talk, taken)
    if sure and row.urgency > here and before != "fault_confirmed":
        talk.set(words=[w for w in talk.slot("words") or [] if w != heard.text])
        talk.pause()
        return start(talk, intent, [heard.text])
    if not sure or intent in ANSWERS_MISREAD or _same_matter(talk, intent):
        return answered(talk, taken)
    return _aside(talk, intent)


def answered(talk: Dialogue, taken: Any) -> list[EventType]:
    """Say back what was corrected, acknowledge what was added, and go on."""
    confirming = talk.slot("requested_slot") == "fault_confirmed"
    if talk.form == "enquiry_form" and talk.heard.gives_up and not taken.answered:
        return give_up(talk)
    if taken.corrected and not confirming:
        talk.say("utter_corrected", value="，".join(taken.corrected))
    elif talk.form == "enquiry_form" and not taken.answered and "words" in taken.changes:
        talk.say("utter_more_noted")
    if confirming and talk.heard.no and not taken.corrected and not talk.slot("fault_confirmed"):
        talk.say("utter_ask_fault_what_wrong")
        return talk.wait()
    return talk.go_on()


def give_up(talk: Dialogue) -> list[EventType]:
    """Leave what is being done, saying that nothing was registered."""
    form, label = talk.form, talk.current_label()
    assert form is not None
    talk.leave_form()
    talk.clear(form)
    if talk.slot("phone") == DECLINED:
        talk.set(phone=None)
    talk.say("utter_cancelled", label=label)
    return after(talk, ask_first=True)


def _same_matter(talk: Dialogue, intent: str) -> bool:
    if talk.form == "enquiry_form":
        return intent == talk.slot("enquiry_topic") or intent == "other"
    own = talk.slot("fault_service")
    same = talk.topic(intent).form == talk.form and (own is None or talk.heard.service in (None, own))
    if same and not talk.slot("fault_confirmed"):
        talk.set(fault_intent=intent)  # said more exactly
    return same


def _aside(talk: Dialogue, intent: str) -> list[EventType]:
    """A question or another wish in the middle: answered if we know, else remembered; then back to the form."""
    said = [w for w in talk.slot("words") or [] if w != talk.heard.text]
    talk.set(words=said, misses=0)
    if talk.form == "fault_form" and intent in ("ask_outage", "ask_service_standard", "urge_ticket"):
        due = promise(talk.company, "fault", talk.slot("fault_service"), None, first_word(talk.slot("first_word_at")))
        response = "utter_answer_when_back" if intent == "ask_outage" else "utter_answer_promise"
        talk.say(response, says=due.says, source=due.source)
    else:
        talk.later(intent, [talk.heard.text], talk.heard.service)
        talk.say("utter_noted_for_later", label=talk.topic(intent).label, current=talk.current_label())
    return talk.go_on()


def after(talk: Dialogue, ask_first: bool = False) -> list[EventType]:
    """A matter is done: take up what waits, or ask whether to (after danger, people need a breath)."""
    pending, paused = talk.slot("pending") or [], talk.slot("paused")
    if not pending and not paused:
        return talk.events
    if ask_first or paused:
        label = "报修" if paused else talk.topic(pending[0]["topic"]).label
        talk.set(offered_return="fault" if paused else "pending")
        talk.say("utter_offer_return", label=label)
        return talk.events
    return next_pending(talk)


def next_pending(talk: Dialogue) -> list[EventType]:
    """Take up the first wish that waits."""
    wish, *rest = talk.slot("pending")
    talk.set(pending=rest or None, offered_return=None)
    talk.say("utter_next_topic", label=talk.topic(wish["topic"]).label)
    return start(talk, wish["topic"], wish["words"], wish.get("service"))


def come_back(talk: Dialogue) -> list[EventType]:
    """To the matter that was set aside, nothing asked twice."""
    if talk.slot("paused"):
        kept = talk.slot("paused")
        talk.set(paused=None, offered_return=None, **{n: kept.get(n) for n in (*FAULT_SLOTS, *SHARED)})
        talk.form = "fault_form"
        talk.say("utter_back_to", label="报修")
        return talk.go_on()
    wish, *rest = talk.slot("pending")
    talk.set(pending=rest or None, offered_return=None)
    label = talk.topic(wish["topic"]).label
    talk.begin("enquiry_form", [*wish["words"], talk.heard.text], enquiry_topic=wish["topic"])
    talk.say("utter_back_to", label=label)
    return talk.go_on()


def drop_waiting(talk: Dialogue) -> list[EventType]:
    """The customer does not want to come back to it."""
    if talk.slot("offered_return") not in ("fault", "pending"):
        talk.set(offered_return=None)
        talk.say("utter_acknowledge")
        return talk.events
    paused, pending = talk.slot("paused"), talk.slot("pending") or []
    label = "报修" if paused else talk.topic(pending[0]["topic"]).label if pending else ""
    if paused:
        talk.set(paused=None, offered_return=None)
    else:
        talk.set(pending=pending[1:] or None, offered_return=None)
    talk.say("utter_dropped", label=label)
    return talk.events
