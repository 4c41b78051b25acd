"""What every action works with: slots that can be read back after being set, replies, and the thread of the talk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.orm import Session

from actions.collect import collect
from actions.heard import Heard
from actions.taken import Collected
from kefu.accounts.models import Account
from kefu.accounts.service import account_for, bound_accounts
from kefu.billing.tariff_book import tariff_book
from kefu.clock import clock
from kefu.company.data import CompanyData, get_company
from kefu.company.tariffs import TariffBook
from kefu.company.topics import Topic
from kefu.db.session import transaction
from kefu.nlu.normalise import fold_digits, normalise
from kefu.nlu.values.contact import find_contacts

FAULT_SLOTS = (
    "fault_intent",
    "fault_service",
    "fault_address",
    "fault_address_draft",
    "fault_known",
    "fault_detail",
    "fault_details",
    "fault_since",
    "fault_confirmed",
)
EMERGENCY_SLOTS = (
    "emergency_kind",
    "emergency_service",
    "emergency_place",
    "emergency_detail",
    "emergency_ticket",
    "emergency_safe",
)
ENQUIRY_SLOTS = ("enquiry_topic", "enquiry_contact", "enquiry_optional")
FORM_SLOTS = {
    "fault_form": FAULT_SLOTS,
    "emergency_form": EMERGENCY_SLOTS,
    "enquiry_form": ENQUIRY_SLOTS,
    "complaint_form": (
        "complaint_topic",
        "complaint_what",
        "complaint_demand",
        "complaint_contact",
        "complaint_earlier",
    ),
    "callback_form": (
        "callback_reason",
        "callback_phone",
        "callback_time",
        "callback_end",
        "callback_day",
        "callback_part",
        "callback_offered",
        "callback_moving",
    ),
    "identity_form": ("identity_for", "identity_account", "identity_digits", "identity_way", "identity_sent"),
    "request_form": (
        "request_topic",
        "request_values",
        "request_answer",
        "request_service",
        "request_account",
        "request_state",
        "request_offered",
        "request_unproved",
    ),
}
# The topic a form is about, for forms that serve several.
TOPIC_SLOTS = {"enquiry_form": "enquiry_topic", "complaint_form": "complaint_topic", "request_form": "request_topic"}
ALL = 1000  # messages; more than the events in memory are
SHARED = ("words", "first_word_at", "misses")

# What a form does with what it took, where that needs more than the message: form → function (its module puts it here).
AFTER_COLLECTING: dict[str, Callable[[Dialogue, Collected], None]] = {}


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
        self.said_at: str | None = None  # when a matter taken up now was first spoken of, if not in this message

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
        """The last word counts: a slot set twice in one message is one event."""
        for name, value in values.items():
            self._slots[name] = value
            self.events = [e for e in self.events if e["event"] != "slot" or e["name"] != name]
            self.events.append(SlotSet(name, value))

    def say(self, response: str, **values: Any) -> None:
        """A response of domain.yml, with its variables."""
        self._dispatcher.utter_message(response=response, assistant=self.company.company.assistant, **values)

    def offer(self, buttons: list[dict[str, str]]) -> None:
        """Buttons that are known only now, under the response just said."""
        self._dispatcher.messages[-1]["buttons"] = buttons

    def tell(self, phrase: str, buttons: list[str] | None = None, **values: Any) -> None:
        """A phrase of company/phrases.yml, with its variables; each button says its own words."""
        offered = [{"title": title, "payload": title} for title in buttons or []]
        self.say_again(self.company.phrase(phrase, **values), offered or None)

    def say_again(self, text: str, buttons: list[dict[str, str]] | None = None) -> None:
        """A text made elsewhere (bills, answers), or one that was said before."""
        self._dispatcher.utter_message(text=text, buttons=buttons)

    def show(self, text: str, image: str, **about: Any) -> None:
        """A picture under a text; `about`: what goes with the picture (`alt`, `lines` with the same in words)."""
        self._dispatcher.utter_message(text=text, image=image, json_message=about)

    # --- the company's rows ------------------------------------------------------------------------------------------
    def topic(self, name: str | None) -> Topic:
        return self.company.topics.get(name or "other", self.company.topics["other"])

    @property
    def tariffs(self) -> TariffBook:
        """All prices: of the company's files and of its own systems."""
        return tariff_book(self._session, self.company)

    def account(self, service: str | None = None) -> Account | None:
        return account_for(self._session, self.conversation_id, service)

    @property
    def accounts(self) -> list[Account]:
        """The accounts this customer has proved, the newest proof first."""
        return bound_accounts(self._session, self.conversation_id)

    @property
    def account_numbers(self) -> list[str]:
        return [account.number for account in self.accounts]

    def emergency_phone(self, service: str | None) -> str:
        return self.company.company.emergency_phone(service)

    def current_label(self) -> str:
        """What is being done now, in the customer's words."""
        if self.form in ("emergency_form", "fault_form", None):
            return "险情" if self.form == "emergency_form" else "报修"
        return self.topic(self.current_topic()).label

    def current_topic(self) -> str:
        """The topic the active form serves."""
        if self.form == "identity_form":
            return str((self.slot("identity_for") or {}).get("topic") or "ask_bill")
        if self.form == "callback_form":
            return "reschedule_callback" if self.slot("callback_moving") else "request_callback"
        return str(self.slot(TOPIC_SLOTS.get(self.form or "", "fault_intent")) or "other")

    # --- forms -------------------------------------------------------------------------------------------------------
    def collect(self) -> Collected:
        """Let the active form take what it can from this message."""
        assert self.form is not None
        taken = collect(self.form, self._slots, self.heard)
        self.set(**taken.changes)
        settle = AFTER_COLLECTING.get(self.form)
        if settle is not None:
            settle(self, taken)
        return taken

    def would_answer(self) -> bool:
        """This message answers what the active form asks. Nothing is taken yet."""
        return self.form is not None and collect(self.form, dict(self._slots), self.heard).answered

    def begin(self, form: str, words: list[str], **slots: Any) -> None:
        """Start a form on a clean sheet; the clock of the matter starts at its first word."""
        self.set(**dict.fromkeys((*FORM_SLOTS[form], "offered_return")))
        self.set(words=words, first_word_at=self.said_at or clock.now().isoformat(), misses=0, **slots)
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
    def later(
        self, topic: str, words: list[str], service: str | None = None, first: bool = False, kept: Any = None
    ) -> None:
        """Remember another wish; it is taken up when the present matter is done. `kept`: its form and slots so far."""
        waiting = self.slot("pending") or []
        same = [wish for wish in waiting if (wish["topic"], wish["service"]) == (topic, service)]
        rest = [wish for wish in waiting if wish not in same]
        at = min((wish["at"] for wish in same), default=clock.now().isoformat())
        wish = {"topic": topic, "words": words, "service": service, "at": at, "kept": kept}
        self.set(pending=[wish, *rest] if first else [*rest, wish])

    def pause(self) -> None:
        """Set the present matter aside with all it knows: a fault on its own, any other as the first of what waits."""
        if self.form not in (None, "emergency_form"):
            assert self.form is not None
            kept = {name: self.slot(name) for name in (*FORM_SLOTS[self.form], *SHARED)}
            if self.form == "fault_form":
                self.set(paused=kept)
            else:
                kept = {"form": self.form, "slots": kept}
                self.later(self.current_topic(), self.slot("words") or [], first=True, kept=kept)
        self.leave_form()

    def restore(self, kept: dict[str, Any]) -> list[EventType]:
        """Go on with a form that was set aside, nothing asked twice."""
        self.set(**kept["slots"])
        self.form = kept["form"]
        return self.go_on()

    def heard_so_far(self, most: int = 8) -> list[str]:
        """The customer's latest messages, oldest first."""
        said = [e["text"] for e in self._tracker.events if e.get("event") == "user" and e.get("text")]
        return said[-most:]

    def heard_phone(self, phone: str) -> bool:
        """The customer said this number himself, as far as the events still tell."""
        digits = "".join(filter(str.isdigit, phone))
        return any(
            any(value.value == phone for value in find_contacts(text)) or digits in fold_digits(normalise(text))
            for text in self.heard_so_far(ALL)
        )

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

    def asked_since(self, moment: datetime) -> bool:
        """The assistant has put a question in this talk since then (real time)."""
        bot = [e for e in self._tracker.events if e.get("event") == "bot" and e["timestamp"] > moment.timestamp()]
        return any("？" in (event.get("text") or "") for event in bot)


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
