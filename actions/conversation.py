"""Actions that keep the conversation going: taking up a wish, answers, small talk, stopping, this talk's tickets."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import EventType

from actions import (
    after_danger,
    clarify,
    danger_check,
    duty,
    own_tickets,
    photos,
    thread,
    ticket_changes,
    ticket_choice,
    ticket_status,
    words,
)
from actions.at_once import at_once
from actions.details import recognised
from actions.dialogue import Dialogue, DialogueAction
from actions.emergencies import while_in_danger
from actions.heard import SMALL_TALK
from actions.taken import DECLINED
from kefu.clock import clock
from kefu.tickets import service as tickets

# Read as no business of ours, while a service of ours is named: then it is business, if not quite understood.
NOT_ABOUT_US = ("out_of_scope", "chitchat", "bot_challenge", "vent")
SURELY_NOT_ABOUT_US = 0.95
WISH_LENGTH = 4


class Spoken(DialogueAction):
    """What comes before any reading of the intent: a photo, danger being reported, this talk's own ticket, mere signs."""

    def act(self, talk: Dialogue) -> list[EventType]:
        photo = photos.received(talk)
        if photo is not None:
            return photo
        offered = duty.given_back(talk)
        if offered is not None:
            return offered
        if talk.form == "emergency_form":
            return while_in_danger(talk)
        checked = danger_check.answered(talk)
        if checked is not None:
            return checked
        danger_check.ask(talk)
        understood = at_once(talk)
        if understood is not None:
            return understood
        if (talk.heard.wordless and not talk.heard.yes) or talk.heard.plain in words.FILLERS or self._bare_number(talk):
            return self._signs(talk)
        about = own_tickets.about_own_ticket(talk)
        return self.hear(talk) if about is None else about

    def _bare_number(self, talk: Dialogue) -> bool:
        """ "1" that answers nothing."""
        return talk.form is None and talk.heard.plain.isdigit() and len(talk.heard.plain) <= 3

    def _signs(self, talk: Dialogue) -> list[EventType]:
        """Emoji, "？？？", "那个": impatience, mood, a start: never a matter of its own."""
        if talk.form is None:
            moody = talk.heard.wordless and "?" not in talk.heard.plain
            talk.say("utter_vent" if moody else "utter_ask_purpose")
        return talk.go_on()

    def hear(self, talk: Dialogue) -> list[EventType]:
        raise NotImplementedError


class TakeUp(Spoken):
    """Something the customer wants. Not sure what: it is noted all the same, never a shrug."""

    action_name = "action_take_up"

    def hear(self, talk: Dialogue) -> list[EventType]:
        if self._instead(talk, talk.heard.intent):
            thread.give_up(talk)
        return self.take_up(talk, talk.heard.intent)

    def take_up(self, talk: Dialogue, intent: str) -> list[EventType]:
        intent = intent if intent in talk.company.topics else "other"
        if talk.form:
            return thread.in_form(talk, intent)
        if intent in ("ask_outage", "ask_service_standard") and self._of_ticket(talk):
            return talk.events
        if talk.slot("offered_return") == "fault" and talk.topic(intent).form == "fault_form":
            return thread.come_back(talk)
        if any(wish["topic"] == intent for wish in talk.slot("pending") or []):
            return self._waiting(talk, intent)
        if talk.heard.confidence < (thread.UNSURE if talk.topic(intent).urgency < 2 else thread.UNSURE_OF_FAULT):
            if not recognised(talk.heard):
                return clarify.ask(talk)
            intent = "report_quality"
        if intent == "report_outage" and words.IS_IT_OFF.search(talk.heard.plain):
            intent = "ask_outage"
        elif intent == "ask_outage" and _is_out_now(talk) and not words.IS_IT_OFF.search(talk.heard.plain):
            intent = "report_outage"  # asks when it is back: first somebody must know that it is off
        if intent == "dispute_bill" and talk.heard.as_likely("explain_bill"):
            # "是不是算错了，怎么多这么多": first the figures, which end in the offer of a check
            intent = "explain_bill"
        return thread.start(talk, intent, [talk.heard.text])

    def _instead(self, talk: Dialogue, intent: str) -> bool:
        """ "算了不投诉了 我想查下电费": called off, and another wish in the same breath."""
        other = intent in talk.company.topics and talk.topic(intent).kind not in ("complaint", "opinion")
        rest = "".join(part for part in talk.heard.clauses if not words.GIVES_UP.search(part))
        return (
            talk.form == "complaint_form"
            and talk.heard.gives_up
            and other
            and intent != "other"
            and len(rest) >= WISH_LENGTH
        )

    def _waiting(self, talk: Dialogue, intent: str) -> list[EventType]:
        """The customer comes back to it himself."""
        wish = next(w for w in talk.slot("pending") if w["topic"] == intent)
        talk.later(intent, wish["words"], wish.get("service"), first=True)
        return thread.come_back(talk)

    def _of_ticket(self, talk: Dialogue) -> bool:
        """ "还要多久来人" right after a report asks about that report."""
        ticket = tickets.latest_open(talk.session, talk.conversation_id)
        if ticket is None or ticket.kind not in ("fault", "emergency"):
            return False
        if talk.heard.service not in (None, ticket.service) or talk.heard.address:
            return False
        talk.say("utter_answer_ticket", number=ticket.number, due=ticket_status.due_with_restoration(talk, ticket))
        return True


def _is_out_now(talk: Dialogue) -> bool:
    plain = talk.heard.plain
    return bool(words.OUTAGE_SIGN.search(plain)) and not words.OF_PLAN.search(plain)


class Answer(Spoken):
    """Data, a correction, yes or no: an answer to the form, to an offer, or a word more on the last ticket."""

    action_name = "action_answer"

    def hear(self, talk: Dialogue) -> list[EventType]:
        if talk.form:
            return thread.answered(talk, talk.collect())
        if talk.slot("offered_return") and talk.heard.no:
            return thread.drop_waiting(talk)
        if talk.slot("offered_return") in ("fault", "pending") and talk.heard.yes:
            return thread.come_back(talk)
        ticket = tickets.latest_open(talk.session, talk.conversation_id)
        if ticket is not None and talk.heard.intent in ("inform", "correct"):
            return own_tickets.to_ticket(talk, ticket, correcting=talk.heard.intent == "correct")
        if talk.heard.intent in ("affirm", "deny") and len(talk.heard.plain) > 6 and not _yes_or_no(talk):
            return clarify.ask(talk)
        talk.say("utter_acknowledge" if talk.heard.intent in ("affirm", "deny") else "utter_ask_purpose")
        return talk.events


def _yes_or_no(talk: Dialogue) -> bool:
    return bool(words.YES.match(talk.heard.plain) or words.NO.match(talk.heard.plain))


class SmallTalk(Spoken):
    """Greetings and the like; inside a form the form goes on."""

    action_name = "action_small_talk"

    def hear(self, talk: Dialogue) -> list[EventType]:
        if talk.heard.intent in NOT_ABOUT_US and talk.heard.service and talk.heard.confidence < SURELY_NOT_ABOUT_US:
            return TakeUp().take_up(talk, talk.heard.likeliest(talk.company.topics))
        if talk.form and not self._mere_talk(talk):
            return thread.answered(talk, talk.collect())
        if self._of_the_fault(talk):
            said = talk.slot("words") or []
            talk.set(words=[*said, talk.heard.text], misses=0)
            talk.tell("noted_more")
            return talk.go_on()
        if talk.form:
            taken = talk.collect() if talk.heard.yes or talk.heard.intent not in ("chitchat", "out_of_scope") else None
            if taken is not None and (taken.answered or taken.corrected):
                return thread.answered(talk, taken)
            talk.set(misses=0)
        elif talk.heard.confidence < (thread.SURE if talk.slot("misunderstood") else thread.HARDLY):
            return clarify.ask(talk)
        self._say(talk)
        return talk.go_on()

    def _of_the_fault(self, talk: Dialogue) -> bool:
        """ "宝宝奶都热不了" while an outage is reported: hardly talk about nothing, and surely no business of others."""
        heard = talk.heard
        unsure = heard.intent in ("chitchat", "out_of_scope") and heard.confidence < SURELY_NOT_ABOUT_US
        return talk.form == "fault_form" and unsure and not (heard.asks or heard.yes or heard.no)

    def _mere_talk(self, talk: Dialogue) -> bool:
        """Surely small talk: no datum in it, and not a word about the phone number just asked for."""
        heard, asked = talk.heard, talk.slot("requested_slot")
        about_phone = asked in ("phone", "enquiry_contact") and words.PHONE.search(heard.plain)
        about_place = asked == "fault_address" and heard.like_a_place
        datum = heard.has_particulars or heard.has_long_number or heard.bare_data or about_phone or about_place
        datum = datum or (asked == "fault_since" and bool(words.VAGUE_TIME.search(heard.plain)))
        datum = datum or (talk.form == "request_form" and talk.would_answer())
        return heard.confidence >= thread.SURE and heard.intent in SMALL_TALK and not datum

    def _say(self, talk: Dialogue) -> None:
        if talk.heard.intent != "repeat":
            talk.say(f"utter_{talk.heard.intent}")
            return
        if talk.form:
            return  # the form asks its question again
        for text in talk.last_said():
            talk.say_again(text)
        if not talk.last_said():
            talk.say("utter_repeat_nothing")


class Cancel(DialogueAction):
    """Stop what is being done. A registered ticket stays; danger cannot be waved away."""

    action_name = "action_cancel"

    def act(self, talk: Dialogue) -> list[EventType]:
        offered = duty.given_back(talk)
        if offered is not None:
            return offered
        if talk.form == "emergency_form":
            return while_in_danger(talk)
        if talk.form is None:
            understood = at_once(talk)
            return self._nothing_running(talk) if understood is None else understood
        if not talk.heard.cancels:
            return thread.answered(talk, talk.collect())
        known = dict(talk.slot("request_values") or {})
        taken = talk.collect()
        if taken.answered and (talk.heard.has_values or self._only_this(talk) or self._instead(talk, known)):
            return thread.answered(talk, taken)
        return thread.give_up(talk)

    def _only_this(self, talk: Dialogue) -> bool:
        """ "不用了" to one question of an application, "不想说" to the proof for it: not the end of the matter."""
        one_ask = talk.form == "request_form" and words.HAS_NONE.match(talk.heard.plain)
        return bool(one_ask) or talk.slot("identity_digits") == DECLINED

    def _instead(self, talk: Dialogue, known: dict[str, Any]) -> bool:
        """ "算了，缓交吧": another choice is taken, not none."""
        if talk.form != "request_form":
            return False
        now = talk.slot("request_values") or {}
        choices = [ask.id for ask in talk.company.requests[talk.slot("request_topic")].asks if ask.kind == "choice"]
        return any(now.get(one) not in (None, "none", known.get(one)) for one in choices)

    def _nothing_running(self, talk: Dialogue) -> list[EventType]:
        offered = talk.slot("offered_return")
        if offered in (ticket_changes.OFFER_CANCEL, ticket_changes.OFFER_DONE):
            about = own_tickets.about_own_ticket(talk)
            return talk.events if about is None else about
        if offered:
            return thread.drop_waiting(talk)
        asked = own_tickets.offer_cancel(talk)
        if asked is not None:
            return asked
        if not after_danger.stands(talk):
            talk.say("utter_nothing_to_cancel")
        return talk.events


def _complains_again(talk: Dialogue) -> bool:
    plain = talk.heard.plain
    return "投诉" in plain and bool(words.AGAIN.search(plain)) and not words.ABOUT_COMPLAINTS.search(plain)


class TicketMatter(Spoken):
    """Asking after, urging, adding to or withdrawing a ticket this conversation made; others are noted for a person."""

    action_name = "action_ticket_matter"

    def hear(self, talk: Dialogue) -> list[EventType]:
        intent = talk.heard.intent
        if talk.form:
            if intent == "cancel_ticket" and talk.heard.confidence >= thread.SURE and talk.heard.cancels:
                return Cancel().act(talk)
            return talk.go_on() if own_tickets.aside(talk, intent) else thread.in_form(talk, intent)
        own = ticket_status.own(talk)
        ticket = next((t for t in own if t.status in tickets.OPEN), own[0] if own else None)
        if ticket is None:
            return ticket_choice.none_here(talk, intent)
        late = clock.now() > ticket.due_at or intent == "supplement_ticket"
        more = ticket.kind == "complaint" and _complains_again(talk)
        if late and more and intent in ("urge_ticket", "supplement_ticket", "ask_ticket"):
            return thread.start(talk, "complain", [talk.heard.text])
        ticket_choice.serve_own(talk, intent, own)
        return talk.events
