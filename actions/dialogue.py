"""What every action works with: slots that can be read back after being set, replies, and the thread of the talk."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.orm import Session

from actions.collect import Collected, collect
from actions.heard import Heard
from kefu.accounts.models import Account
from kefu.accounts.service import account_for
from kefu.clock import clock
from kefu.company.data import CompanyData, Topic, get_company
from kefu.db.session import transaction

FAULT_SLOTS = (
    "fault_intent",
    "fault_service",
    "fault_address",
    "fault_address_draft",
    "fault_since",
    "fault_confirmed",
)
EMERGENCY_SLOTS = ("emergency_kind", "emergency_service", "emergency_place", "emergency_detail", "emergency_ticket")
ENQUIRY_SLOTS = ("enquiry_topic", "enquiry_contact")
FORM_SLOTS = {"fault_form": FAULT_SLOTS, "emergency_form": EMERGENCY_SLOTS, "enquiry_form": ENQUIRY_SLOTS}
SHARED = ("words", "first_word_at", "misses")


class Dialogue:
    """One action's view of the conversation. Collects the events the action returns."""

    def __init__(self, dispatcher: CollectingDispatcher, tracker: Tracker, session: Session) -> None:
        self._dispatcher, self._session = dispatcher, session
        self.conversation_id: str = tracker.sender_id
        self.company: CompanyData = get_company()
        self.heard = Heard(tracker)
        self._slots: dict[str, Any] = dict(tracker.slots)
        self.form: str | None = (tracker.active_loop or {}).get("name")
        self._tracker = tracker
        self.events: list[EventType] = []

    # --- reading and writing -----------------------------------------------------------------------------------------
    @property
    def session(self) -> Session:
        return self._session

    @property
    def slots(self) -> dict[str, Any]:
        return self._slots

    def slot(self, name: str) -> Any:
        return self._slots.get(name)

    def set(self, **values: Any) -> None:
        for name, value in values.items():
            self._slots[name] = value
            self.events.append(SlotSet(name, value))

    def say(self, response: str, **values: Any) -> None:
        """A response of domain.yml, with its variables."""
        self._dispatcher.utter_message(response=response, assistant=self.company.company.assistant, **values)

    def say_again(self, text: str) -> None:
        self._dispatcher.utter_message(text=text)

    # --- the company's rows ------------------------------------------------------------------------------------------
    def topic(self, name: str | None) -> Topic:
        return self.company.topics.get(name or "other", self.company.topics["other"])

    def account(self, service: str | None = None) -> Account | None:
        return account_for(self._session, self.conversation_id, service)

    def emergency_phone(self, service: str | None) -> str:
        return self.company.company.emergency_phone(service)

    def current_label(self) -> str:
        """What is being done now, in the customer's words."""
        if self.form == "enquiry_form":
            return self.topic(self.slot("enquiry_topic")).label
        return "险情" if self.form == "emergency_form" else "报修"

    # --- forms -------------------------------------------------------------------------------------------------------
    def collect(self) -> Collected:
        """Let the active form take what it can from this message."""
        assert self.form is not None
        taken = collect(self.form, self._slots, self.heard)
        self.set(**taken.changes)
        return taken

    def begin(self, form: str, words: list[str], **slots: Any) -> None:
        """Start a form on a clean sheet; the clock of the matter starts at these words."""
        self.set(**dict.fromkeys((*FORM_SLOTS[form], "offered_return")))
        self.set(words=words, first_word_at=clock.now().isoformat(), misses=0, **slots)
        self.form = form

    def go_on(self) -> list[EventType]:
        """Run the active form next: it asks for what is missing, or ends."""
        return [*self.events, FollowupAction(self.form)] if self.form else self.events

    def wait(self) -> list[EventType]:
        """Listen without the active form asking again: this action has asked already."""
        return [*self.events, FollowupAction("action_listen")]

    def leave_form(self) -> None:
        """Stop the active form without its ending."""
        if self.form is not None:
            self.events += [ActiveLoop(None), SlotSet("requested_slot", None)]
            self._slots["requested_slot"] = None
            self.form = None

    def clear(self, form: str) -> None:
        self.set(**dict.fromkeys((*FORM_SLOTS[form], *SHARED)))

    # --- what waits --------------------------------------------------------------------------------------------------
    def later(self, topic: str, words: list[str], service: str | None = None, first: bool = False) -> None:
        """Remember another wish; it is taken up when the present matter is done."""
        wish = {"topic": topic, "words": words, "service": service, "at": clock.now().isoformat()}
        rest = [w for w in self.slot("pending") or [] if (w["topic"], w["service"]) != (topic, service)]
        self.set(pending=[wish, *rest] if first else [*rest, wish])

    def pause(self) -> None:
        """Set the present matter aside: a fault keeps its slots, an enquiry becomes the first of what waits."""
        if self.form == "fault_form":
            kept = {name: self.slot(name) for name in (*FAULT_SLOTS, *SHARED)}
            self.set(paused=kept)
        elif self.form == "enquiry_form":
            self.later(self.slot("enquiry_topic"), self.slot("words") or [], first=True)
        self.leave_form()

    def last_said(self) -> list[str]:
        """The assistant's replies to the message before this one."""
        said: list[str] = []
        users = 0
        for event in reversed(self._tracker.events):
            if event.get("event") == "user":
                users += 1
                if users == 2:
                    break
            elif event.get("event") == "bot" and users == 1 and event.get("text"):
                said.insert(0, event["text"])
        return said


class DialogueAction(Action):
    """An action given a `Dialogue`, inside the turn's transaction (or one of its own outside a turn)."""

    action_name = ""

    def name(self) -> str:
        return self.action_name

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        with transaction() as session:
            return self.act(Dialogue(dispatcher, tracker, session))

    def act(self, talk: Dialogue) -> list[EventType]:
        raise NotImplementedError
