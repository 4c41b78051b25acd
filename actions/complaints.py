"""A complaint: what happened, what is wished, whom to answer; again about the same matter, it is raised, not retold."""

from __future__ import annotations

import re

from rasa_sdk.events import EventType

from actions import places, thread, words
from actions.dialogue import Dialogue, DialogueAction
from actions.enquiries import service_of, staff_of
from actions.taken import DECLINED
from actions.telling import shown_phone
from actions.wishes import ANONYMOUS, tells_something
from kefu.clock import clock, local
from kefu.complaints.anonymity import make_anonymous
from kefu.complaints.earlier import earlier_of as earlier_complaint
from kefu.complaints.grading import GRADE_NAMES
from kefu.complaints.service import Grievance, Registered, register_complaint
from kefu.complaints.told import so_far, usual
from kefu.complaints.where import Spot, spot_of_parts
from kefu.intake.service import first_word
from kefu.network.places import index
from kefu.nlu.values import find_values
from kefu.tickets import service as tickets
from kefu.tickets.models import Ticket
from kefu.tickets.service import Report

ASKS_IF = re.compile(r"(能不能|可不可以|是不是|会不会|[吗么嘛?？]$)")
LONGEST_WISH = 20  # characters of a message that only wishes to stay unnamed


@thread.taker("complaint_form")
def take_up(talk: Dialogue, topic: str, said: list[str], service: str | None) -> list[EventType]:
    """Begin a complaint; one made before about the same matter is found by ourselves."""
    earlier = earlier_of(talk, " ".join(said))
    own_words = talk.heard if talk.heard.text in said else None
    told = earlier is not None or any(tells_something(text) for text in said)
    talk.begin(
        "complaint_form",
        said,
        complaint_topic=topic,
        complaint_what=told or None,
        complaint_earlier=earlier.number if earlier is not None else None,
    )
    account = talk.account()
    if talk.slot("phone") is None and account is not None and account.phone:
        talk.set(phone=account.phone)
    if own_words is not None:
        talk.collect()
    if earlier is not None:
        if not talk.slot("complaint_demand"):
            talk.set(complaint_demand=earlier.demand)  # nobody tells it twice
        say_what_was(talk, earlier)
    else:
        says, source = usual(talk.company, service, first_word(talk.slot("first_word_at")))
        talk.say("utter_complaint_begin", says=says, source=source)
    return talk.go_on()


def earlier_of(talk: Dialogue, said: str, category: str | None = None) -> Ticket | None:
    """The complaint of the last months (of one category only, where given) that these words are about once more."""
    again = bool((words.CLAIMED_BEFORE if category == "claim_damage" else words.AGAIN).search(said))
    if words.OTHER_MATTER.search(said) or not (again or tells_something(said)):
        return None  # "我要投诉！" alone is about nothing yet
    own = tickets.of_customer(talk.session, talk.conversation_id, talk.account_numbers)
    fitting = [ticket for ticket in own if category in (None, ticket.category)]
    return earlier_complaint(talk.session, talk.company, fitting, said, _spot(talk, said))


def _spot(talk: Dialogue, said: str) -> Spot | None:
    """The community that was said, else that of the proved account."""
    known, account = index(talk.session), talk.account()
    parts = next((v.value for v in find_values(said) if v.entity == "address" and not v.value.get("negated")), None)
    spot = spot_of_parts(known, parts or {})
    return spot or (spot_of_parts(known, account.address_parts) if account is not None else None)


def say_what_was(talk: Dialogue, earlier: Ticket) -> None:
    made, due = local(earlier.created_at), local(earlier.due_at)
    days = (local(clock.now()).date() - made.date()).days
    late = (
        "，公布的答复时限已经过了，是我们没做到，对不起"
        if clock.now() > earlier.due_at
        else f"，应在{due.month}月{due.day}日前答复"
    )
    talk.say("utter_complaint_again", number=earlier.number, when=f"{days}天前" if days else "今天", late=late)
    talk.tell("complaint_so_far", text="\n".join(so_far(talk.session, talk.company, earlier)))


def wishes_anonymity(talk: Dialogue) -> list[EventType] | None:
    """ "匿名吧" after the complaint was registered: who it is is taken out of it."""
    plain = talk.heard.plain
    wished = len(plain) <= LONGEST_WISH and words.ANONYMOUS.search(plain) and not ASKS_IF.search(plain)
    if talk.form or not wished:
        return None
    ticket = tickets.latest_open(talk.session, talk.conversation_id)
    if ticket is None or ticket.kind != "complaint" or ticket.anonymous:
        return None
    make_anonymous(talk.session, ticket)
    talk.say("utter_complaint_anonymous")
    talk.tell("complaint_anonymous_warning")
    return talk.events


class AskWhat(DialogueAction):
    action_name = "action_ask_complaint_form_complaint_what"

    def act(self, talk: Dialogue) -> list[EventType]:
        talk.say("utter_ask_complaint_what_again" if talk.slot("misses") else "utter_ask_complaint_what")
        return talk.events


class AskDemand(DialogueAction):
    action_name = "action_ask_complaint_form_complaint_demand"

    def act(self, talk: Dialogue) -> list[EventType]:
        talk.say("utter_ask_complaint_demand")
        return talk.events


class AskComplaintContact(DialogueAction):
    action_name = "action_ask_complaint_form_complaint_contact"

    def act(self, talk: Dialogue) -> list[EventType]:
        phone = talk.slot("phone")
        if phone and phone != DECLINED:
            talk.say("utter_ask_complaint_contact_known", phone=shown_phone(talk))
        elif talk.slot("misses") and talk.heard.has_long_number:
            talk.say("utter_ask_phone_again")
        else:
            talk.say("utter_ask_complaint_contact")
        return talk.events


class RegisterComplaint(DialogueAction):
    action_name = "action_register_complaint"

    def act(self, talk: Dialogue) -> list[EventType]:
        contact = talk.slot("complaint_contact")
        anonymous = contact == ANONYMOUS
        grievance = Grievance(
            report=self._report(talk, anonymous, None if contact in (ANONYMOUS, DECLINED) else contact),
            earlier=talk.slot("complaint_earlier"),
        )
        done = register_complaint(talk.session, talk.company, grievance)
        ticket, source = done.ticket, done.promise.source
        told = {"number": ticket.number, "desk": ticket.desk, "grade": GRADE_NAMES[done.grade]}
        if done.earlier is not None:
            earlier = done.earlier.number
            talk.say("utter_complaint_registered_again", says=done.says, source=source, earlier=earlier, **told)
        else:
            talk.say("utter_complaint_registered", says=done.says, source=source, **told)
        self._who_and_when(talk, done)
        if anonymous:
            talk.say("utter_complaint_anonymous")
            talk.tell("complaint_anonymous_warning")
        talk.clear("complaint_form")
        talk.form = None
        talk.set(last_ticket=ticket.number)
        return thread.after(talk)

    def _who_and_when(self, talk: Dialogue, done: Registered) -> None:
        """By when, who answers for it, and that whom it is about does not."""
        phrase = talk.company.phrase
        lines = [done.dates, phrase("complaint_in_charge", who=done.who) if done.who else ""]
        lines.append(phrase("complaint_not_by") if done.ticket.staff else "")
        talk.say_again("".join(lines))

    def _report(self, talk: Dialogue, anonymous: bool, phone: str | None) -> Report:
        account = None if anonymous else talk.account(service_of(talk))
        said = talk.slot("words") or []
        place = next((v.value for text in said for v in find_values(text) if v.entity == "address"), None)
        place = places.settled(talk, place) if place else None
        return Report(
            kind="complaint",
            category=talk.slot("complaint_topic"),
            service=service_of(talk),
            description="\n".join(said),
            demand=talk.slot("complaint_demand"),
            first_word_at=first_word(talk.slot("first_word_at")),
            address=places.crew_text(place) if place else None,
            address_parts=place or {},
            account_number=account.number if account is not None else None,
            phone=phone,
            anonymous=anonymous,
            staff=staff_of(talk),
            conversation_id=talk.conversation_id,
        )
