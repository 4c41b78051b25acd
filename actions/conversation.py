"""Actions that keep the conversation going: taking up a wish, answers, small talk, stopping, this talk's tickets."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import EventType

from actions import thread
from actions.collect import DECLINED
from actions.dialogue import Dialogue, DialogueAction
from actions.emergencies import go_on_with_emergency
from actions.enquiries import window
from kefu.alerts.service import raise_alert
from kefu.callbacks.service import request_callback
from kefu.clock import local
from kefu.nlu.values import merge_address
from kefu.tickets import service as tickets
from kefu.tickets.models import Ticket

# Read as no business of ours, while a service of ours is named: then it is business, if not quite understood.
NOT_ABOUT_US = ("out_of_scope", "chitchat", "bot_challenge", "vent")
STATUS_NAMES = {
    "new": "已登记",
    "assigned": "已派单",
    "in_progress": "处理中",
    "waiting": "等待中",
    "resolved": "已处理，待您确认",
    "closed": "已关闭",
    "cancelled": "已撤销",
}


class Spoken(DialogueAction):
    """Whatever is said while danger is being reported belongs to the danger."""

    def act(self, talk: Dialogue) -> list[EventType]:
        if talk.form == "emergency_form":
            return go_on_with_emergency(talk)
        return self.hear(talk)

    def hear(self, talk: Dialogue) -> list[EventType]:
        raise NotImplementedError


class TakeUp(Spoken):
    """Something the customer wants. Not sure what: it is noted all the same, never a shrug."""

    action_name = "action_take_up"

    def hear(self, talk: Dialogue) -> list[EventType]:
        return self.take_up(talk, talk.heard.intent)

    def take_up(self, talk: Dialogue, intent: str) -> list[EventType]:
        intent = intent if intent in talk.company.topics else "other"
        if talk.form:
            return thread.in_form(talk, intent)
        if intent in ("ask_outage", "ask_service_standard") and self._of_ticket(talk, intent):
            return talk.events
        waiting = [wish["topic"] for wish in talk.slot("pending") or []]
        if talk.slot("offered_return") == "fault" and talk.topic(intent).form == "fault_form":
            return thread.come_back(talk)
        if intent in waiting:
            talk.later(intent, _words_of(talk, intent), first=True)
            return thread.come_back(talk)
        if talk.heard.confidence < thread.UNSURE:
            intent = "other"
        return thread.start(talk, intent, [talk.heard.text])

    def _of_ticket(self, talk: Dialogue, intent: str) -> bool:
        """ "还要多久来人" right after a report asks about that report."""
        ticket = tickets.latest_open(talk.session, talk.conversation_id)
        if ticket is None or ticket.kind not in ("fault", "emergency"):
            return False
        if talk.heard.service not in (None, ticket.service) or talk.heard.address:
            return False
        talk.say("utter_answer_ticket", number=ticket.number, due=_due(ticket))
        return True


def _words_of(talk: Dialogue, topic: str) -> list[str]:
    return next((wish["words"] for wish in talk.slot("pending") or [] if wish["topic"] == topic), [])


class Answer(Spoken):
    """Data, a correction, yes or no: an answer to the form, to an offer, or a word more on the last ticket."""

    action_name = "action_answer"

    def hear(self, talk: Dialogue) -> list[EventType]:
        if talk.form:
            return thread.answered(talk, talk.collect())
        if talk.slot("offered_return") and talk.heard.no:
            return thread.drop_waiting(talk)
        if talk.slot("offered_return") and talk.heard.yes:
            return thread.come_back(talk)
        ticket = tickets.latest_open(talk.session, talk.conversation_id)
        if ticket is not None and talk.heard.intent in ("inform", "correct"):
            return self._to_ticket(talk, ticket)
        talk.say("utter_acknowledge" if talk.heard.intent in ("affirm", "deny") else "utter_ask_purpose")
        return talk.events

    def _to_ticket(self, talk: Dialogue, ticket: Ticket) -> list[EventType]:
        fields: dict[str, Any] = {"phone": talk.heard.phone}
        if talk.heard.intent == "correct" and talk.heard.address and ticket.address:
            place = merge_address(_told_parts(ticket), talk.heard.address)
            fields |= {"address": place["text"], "address_parts": place}
        changes = tickets.correct(talk.session, ticket, "customer", talk.heard.text, **fields)
        if fields["phone"] and ticket.kind not in ("fault", "emergency"):
            callback = request_callback(
                talk.session,
                talk.company,
                ticket,
                fields["phone"],
                talk.conversation_id,
                talk.topic(ticket.category).label,
            )
            talk.say("utter_callback_promised", window=window(callback), phone=fields["phone"])
            return talk.events
        told = [new for name, (_, new) in changes.items() if name != "address_parts"]
        if told:
            talk.say("utter_ticket_corrected", number=ticket.number, value="，".join(told))
        else:
            tickets.supplement(talk.session, ticket, "customer", talk.heard.text)
            talk.say("utter_ticket_supplemented", number=ticket.number)
        return talk.events


class SmallTalk(Spoken):
    """Greetings and the like; inside a form the form goes on."""

    action_name = "action_small_talk"

    def hear(self, talk: Dialogue) -> list[EventType]:
        if talk.heard.intent in NOT_ABOUT_US and talk.heard.service:
            return TakeUp().take_up(talk, talk.heard.likeliest(talk.company.topics))
        if talk.form:
            taken = talk.collect()
            if taken.answered or taken.corrected or talk.heard.confidence < thread.SURE:
                return thread.answered(talk, taken)
            talk.set(misses=0)
        elif talk.heard.confidence < thread.HARDLY:
            return thread.start(talk, "other", [talk.heard.text])
        self._say(talk)
        return talk.go_on()

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
        if talk.form is None:
            if talk.slot("offered_return"):
                return thread.drop_waiting(talk)
            talk.say("utter_nothing_to_cancel")
            return talk.events
        taken = talk.collect()
        if taken.answered and talk.heard.has_values:
            return thread.answered(talk, taken)
        return self._stop(talk)

    def _stop(self, talk: Dialogue) -> list[EventType]:
        form, label = talk.form, talk.current_label()
        assert form is not None
        phone = talk.emergency_phone(talk.slot("emergency_service"))
        number = talk.slot("emergency_ticket")
        talk.leave_form()
        talk.clear(form)
        if talk.slot("phone") == DECLINED:
            talk.set(phone=None)
        if form != "emergency_form":
            talk.say("utter_cancelled", label=label)
        elif number:
            talk.say("utter_cancelled_emergency", number=number, phone=phone)
        else:
            talk.say("utter_cancelled_emergency_unplaced", phone=phone)
        return thread.after(talk, ask_first=True)


class TicketMatter(Spoken):
    """Asking after, urging, adding to or withdrawing a ticket this conversation made; others are noted for a person."""

    action_name = "action_ticket_matter"

    def hear(self, talk: Dialogue) -> list[EventType]:
        intent = talk.heard.intent
        if talk.form:
            if intent == "cancel_ticket" and talk.heard.confidence >= thread.SURE:
                return Cancel().act(talk)
            return thread.in_form(talk, intent)
        own = tickets.of_conversation(talk.session, talk.conversation_id)
        ticket = next((t for t in own if t.status in tickets.OPEN), own[0] if own else None)
        if ticket is None:
            return thread.start(talk, intent, [talk.heard.text])
        getattr(self, f"_{intent}")(talk, ticket, own)
        return talk.events

    def _ask_ticket(self, talk: Dialogue, ticket: Ticket, own: list[Ticket]) -> None:
        lines = [f"· {t.number} {talk.topic(t.category).label}：{STATUS_NAMES[t.status]}，{_due(t)}" for t in own[:5]]
        talk.say("utter_ticket_status", lines="\n".join(lines))

    def _urge_ticket(self, talk: Dialogue, ticket: Ticket, own: list[Ticket]) -> None:
        times = tickets.urge(talk.session, ticket, "customer", talk.heard.text)
        raise_alert(talk.session, "urge", f"客户催办工单 {ticket.number}（第{times}次）", talk.conversation_id)
        talk.say("utter_ticket_urged", number=ticket.number, times=times, due=_due(ticket))

    def _supplement_ticket(self, talk: Dialogue, ticket: Ticket, own: list[Ticket]) -> None:
        tickets.supplement(talk.session, ticket, "customer", talk.heard.text)
        talk.say("utter_ticket_supplemented", number=ticket.number)

    def _cancel_ticket(self, talk: Dialogue, ticket: Ticket, own: list[Ticket]) -> None:
        try:
            tickets.cancel(talk.session, ticket, "customer", talk.heard.text)
        except tickets.NotAllowed as problem:
            talk.say("utter_ticket_not_cancelled", number=ticket.number, why=str(problem))
            return
        talk.say("utter_ticket_cancelled", number=ticket.number)


def _told_parts(ticket: Ticket) -> dict[str, Any]:
    """What of the place the customer has said himself."""
    return {} if ticket.address_parts.get("by_account") else ticket.address_parts


def _due(ticket: Ticket) -> str:
    due = local(ticket.due_at)
    return f"按公布的时限应在{due.month}月{due.day}日{due:%H:%M}前：{ticket.due_source}"
