"""Which matter comes first: starting, interrupting, remembering, coming back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rasa_sdk.events import EventType

from actions import details, promised
from actions import words as wording
from actions.dialogue import FAULT_SLOTS, SHARED, Dialogue
from actions.heard import SURE as SURE
from actions.taken import DECLINED
from kefu.accounts.models import Account
from kefu.company.promises import promise
from kefu.handoff.service import active_handoff, place_in_queue
from kefu.incidents import reports
from kefu.intake.service import first_word

# Forms that keep every word of the customer's; what else is said there belongs to the matter.
NOTING = ("enquiry_form", "complaint_form")
# Intents that a form's own answers are read as: "给我退钱", "我要一个说法", "后天打给我".
SAME_FORM = {
    "complaint_form": ("complain", "claim_damage", "dispute_bill", "vent", "request_fee_relief", "urge_ticket"),
    "callback_form": ("request_callback", "reschedule_callback"),
    "identity_form": ("ask_bill", "explain_bill"),
}
# The same where one form serves several topics.
SAME_TOPIC = {
    "claim_damage": (
        "complain",
        "vent",
        "dispute_bill",
        "report_quality",
        "report_facility",
        "supplement_ticket",
        "inform",
    )
}
UNSURE = 0.4
UNSURE_OF_FAULT = 0.3
HARDLY = 0.5
# Inside a form these are how its own answers are misread: never a matter of their own there.
ANSWERS_MISREAD = (
    "submit_reading",
    "reschedule_callback",
    "cancel_callback",
    "request_callback",
    "supplement_ticket",
    "rate_service",
)
BEGINNINGS = {"other": "utter_enquiry_begin_other", "opinion": "utter_enquiry_begin_opinion"}


# Who takes a topic up, by its `answer` or its `form` (company/topics.yml); each module puts itself here.
Taker = Callable[[Dialogue, str, list[str], str | None], list[EventType]]
TAKERS: dict[str, Taker] = {}
# Answers that can be given in the middle of a form; True when something was said.
ANSWERS: dict[str, Callable[[Dialogue, str], bool]] = {}
# What goes on after a proof that was asked for on the way (the wish, and the account or None): name → function.
AFTER_PROOF: dict[str, Callable[[Dialogue, dict[str, Any], Account | None], list[EventType]]] = {}


def taker(name: str) -> Callable[[Taker], Taker]:
    """Marks the function that takes up topics with this `answer` or `form`."""

    def put(function: Taker) -> Taker:
        TAKERS[name] = function
        return function

    return put


def start(talk: Dialogue, topic: str, words: list[str], service: str | None = None) -> list[EventType]:
    """Take a topic up now, with everything this message says about it; a more urgent second wish goes first."""
    if talk.heard.also and talk.heard.text in words:
        topic = _most_urgent_of_several(talk, topic)
    if talk.slot("misunderstood"):
        talk.set(misunderstood=None)
    row = talk.topic(topic)
    if row.answer in TAKERS:
        return TAKERS[row.answer](talk, topic, words, service)
    return start_form(talk, topic, words, service)


def _most_urgent_of_several(talk: Dialogue, topic: str) -> str:
    """One of the wishes of this message; the others wait, each with the words that say it."""
    said = {topic: talk.heard.text}
    for wish in talk.heard.also:
        said.setdefault(wish["name"] if wish["name"] in talk.company.topics else "other", wish["text"])
    first = max(said, key=lambda name: talk.topic(name).urgency)  # the first said of equally urgent ones
    for name, words in said.items():
        if name != first:
            talk.later(name, [talk.heard.text if talk.topic(name).kind == "complaint" else words])
    return first


def start_form(talk: Dialogue, topic: str, words: list[str], service: str | None = None) -> list[EventType]:
    """The form of a topic, without trying an answer first."""
    return TAKERS[talk.topic(topic).form](talk, topic, words, service)


@taker("enquiry_form")
def start_enquiry(talk: Dialogue, topic: str, words: list[str], service: str | None = None) -> list[EventType]:
    """Note a wish the assistant cannot settle itself; a callback is offered."""
    return note(talk, topic, words)


def note(talk: Dialogue, topic: str, words: list[str], answered_first: bool = False) -> list[EventType]:
    """`answered_first`: how it is done was told just now; whoever only wanted to know that is not registered."""
    row = talk.topic(topic)
    talk.begin("enquiry_form", words, enquiry_topic=topic)
    account = talk.account()
    if talk.slot("phone") is None and account is not None and account.phone:
        talk.set(phone=account.phone)
    if answered_first:
        talk.set(enquiry_optional=True)
        return talk.go_on()
    due = promise(talk.company, row.kind, talk.heard.service, None, first_word(talk.slot("first_word_at")))
    beginning = BEGINNINGS.get(topic) or BEGINNINGS.get(row.kind) or "utter_enquiry_begin"
    talk.say(beginning, label=row.label, says=due.says, source=due.source)
    if talk.heard.phone:
        talk.set(phone=talk.heard.phone, enquiry_contact=talk.heard.phone)
    return talk.go_on()


def in_form(talk: Dialogue, intent: str) -> list[EventType]:
    """A message while a form is running: an answer, something more urgent, a question, or another wish for later."""
    row, heard = talk.topic(intent), talk.heard
    sure = heard.confidence >= SURE
    here = 2 if talk.form == "fault_form" else talk.topic(talk.current_topic()).urgency
    human = (intent == "request_human" and sure) or wording.HUMAN.search(heard.plain)
    if human and before_person(talk):
        talk.pause()
        return start(talk, "request_human", [heard.text])
    other = row.form != talk.form or (talk.form == "request_form" and not _of_topic(talk, intent))
    if heard.connects and other and not heard.has_particulars:
        return _aside(talk, intent)
    before = talk.slot("requested_slot")
    taken = talk.collect()
    if taken.corrected or taken.answered:
        return answered(talk, taken)
    if sure and row.urgency > here and before != "fault_confirmed":
        talk.set(words=[w for w in talk.slot("words") or [] if w != heard.text], misses=0)
        talk.pause()
        return start(talk, intent, [heard.text])
    if not sure or intent in ANSWERS_MISREAD or _same_matter(talk, intent):
        return answered(talk, taken)
    return _aside(talk, intent)


def answered(talk: Dialogue, taken: Any) -> list[EventType]:
    """Say back what was corrected, acknowledge what was added, and go on."""
    confirming = talk.slot("requested_slot") == "fault_confirmed"
    over = talk.form == "fault_form" and wording.RESTORED.search(talk.heard.plain) and talk.heard.gives_up
    off = talk.form == "complaint_form" and talk.heard.gives_up
    if over or off:
        return give_up(talk)
    no_call = talk.form == "callback_form" and (talk.heard.declines or talk.heard.cancels)
    over_with = talk.form in (*NOTING, "request_form") and talk.heard.gives_up
    if (no_call or over_with) and not taken.answered:
        return give_up(talk)
    if taken.corrected and not confirming:
        talk.say("utter_corrected", value="，".join(taken.corrected))
    elif (
        (talk.form in NOTING or talk.current_topic() == "claim_damage")
        and not taken.answered
        and "words" in taken.changes
    ):
        talk.say("utter_more_noted")
    elif confirming and set(taken.changes) == {"words", "misses"} and not (talk.heard.no or talk.heard.asks):
        talk.tell("noted_more")
    if confirming and talk.heard.no and not taken.corrected and not talk.slot("fault_confirmed"):
        talk.say("utter_ask_fault_what_wrong")
        return talk.wait()
    return talk.go_on()


def give_up(talk: Dialogue, phrase: str | None = None) -> list[EventType]:
    """Leave what is being done, saying that nothing was registered; in the words of `phrase`, if given."""
    form, label = talk.form, talk.current_label()
    assert form is not None
    if form == "fault_form":
        reports.withdraw(talk.session, talk.conversation_id, talk.slot("fault_service"))
    talk.leave_form()
    talk.clear(form)
    if talk.slot("phone") == DECLINED:
        talk.set(phone=None)
    if phrase is not None:
        talk.tell(phrase)
    else:
        talk.say("utter_cancelled", label=label)
    return after(talk, ask_first=True)


def before_person(talk: Dialogue) -> bool:
    """Asking for a person is no answer to what a form asks (a phone, a demand: "让你们领导给我打电话")."""
    complaining = talk.form == "complaint_form" and not wording.HUMAN.search(talk.heard.plain)
    answers = talk.form == "request_form" and not wording.HUMAN.search(talk.heard.plain) and talk.would_answer()
    return not (talk.heard.has_particulars or complaining or answers)


def _same_matter(talk: Dialogue, intent: str) -> bool:
    if talk.form != "fault_form":
        return intent == "other" or _of_topic(talk, intent) or intent in SAME_FORM.get(talk.form or "", ())
    own = talk.slot("fault_service")
    same = talk.topic(intent).form == talk.form and (own is None or talk.heard.service in (None, own))
    if same and not talk.slot("fault_confirmed") and details.more_exact(talk.slots, talk.heard, intent):
        talk.set(fault_intent=intent)  # said more exactly
    return same


def _of_topic(talk: Dialogue, intent: str) -> bool:
    topic = talk.current_topic()
    return intent == topic or intent in SAME_TOPIC.get(topic, ())


def _aside(talk: Dialogue, intent: str) -> list[EventType]:
    """A question or another wish in the middle: answered if we know, else remembered; then back to the form."""
    said = [w for w in talk.slot("words") or [] if w != talk.heard.text]
    talk.set(words=said, misses=0)
    if talk.form == "fault_form" and intent in ("ask_outage", "ask_service_standard", "urge_ticket"):
        due = promised.in_form(talk)
        back = intent == "ask_outage" and not wording.WHEN_HERE.search(talk.heard.plain)
        response = "utter_answer_when_back" if back else "utter_answer_promise"
        talk.say(response, says=due.says, source=due.source)
    elif (
        talk.topic(intent).settles and (answer := ANSWERS.get(talk.topic(intent).answer or "")) and answer(talk, intent)
    ):
        talk.say("utter_back_after_answer", current=talk.current_label())
    else:
        talk.later(intent, [talk.heard.text], talk.heard.service)
        talk.say("utter_noted_for_later", label=talk.topic(intent).label, current=talk.current_label())
    return talk.go_on()


def after(talk: Dialogue, ask_first: bool = False) -> list[EventType]:
    """A matter is done: take up what waits, or ask whether to (after danger, people need a breath)."""
    pending, paused = talk.slot("pending") or [], talk.slot("paused")
    if not pending and not paused:
        return talk.events
    waiting = active_handoff(talk.session, talk.conversation_id) if talk.slot("with_person") else None
    if waiting is not None:  # a person is on the way and will go on with it
        talk.say("utter_handoff_waiting", place=place_in_queue(talk.session, waiting))
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
    talk.said_at = wish["at"]
    talk.set(pending=rest or None, offered_return=None)
    talk.say("utter_next_topic", label=talk.topic(wish["topic"]).label)
    if wish.get("kept"):
        return talk.restore(wish["kept"])
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
    talk.said_at = wish["at"]
    talk.set(pending=rest or None, offered_return=None)
    talk.say("utter_back_to", label=talk.topic(wish["topic"]).label)
    if wish.get("kept"):
        return talk.restore(wish["kept"])
    if talk.topic(wish["topic"]).form != "enquiry_form" or talk.topic(wish["topic"]).settles:
        return start(talk, wish["topic"], wish["words"], wish.get("service"))
    talk.begin("enquiry_form", [*wish["words"], talk.heard.text], enquiry_topic=wish["topic"])
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
