"""Applications made here: what a topic's own functions are given and give, and the ticket that needs none.

Another application is a row of company/requests.yml, the topic's `form: request_form`, and, where a ticket is not enough,
functions marked `@opening(topic)` and `@finishing(topic)`. How the form asks: actions/request_form.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from actions.dialogue import Dialogue
from actions.enquiries import staff_of
from actions.telling import shown_phone
from kefu.accounts.models import Account
from kefu.billing.noting import Asker
from kefu.callbacks.models import Callback
from kefu.callbacks.service import request_callback
from kefu.callbacks.slots import window
from kefu.company.requests import Ask, RequestRow
from kefu.intake.answers import shown
from kefu.intake.service import Registered, note_enquiry
from kefu.tickets.models import Ticket
from kefu.tickets.service import Report


@dataclass(frozen=True)
class Opening:
    """What is known before anything is asked.

    `lines`: told first. `values`: answers known already (what the customer said himself wins). `skip`: asks to leave out.
    `asks`: put all the same, whatever the words seemed to answer. `settled`: the lines are the answer or a refusal, nothing is asked. `state`: for the finishing, as `Request.state`.
    """

    lines: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    skip: list[str] = field(default_factory=list)
    asks: list[str] = field(default_factory=list)
    settled: bool = False
    state: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    """A complete application. `values`: answers by ask id, without those the customer has none for.

    `account`: the proved one, or None. `phone`: whom to call, None if no call is wished. `said`: the customer's words.
    """

    topic: str
    values: dict[str, Any]
    account: Account | None
    service: str | None
    said: list[str]
    phone: str | None
    first_word_at: datetime
    state: dict[str, Any]


class AskAgain(Exception):
    """A finishing found an answer wrong: it is dropped, `words` are said, and it is asked once more.

    `meant`: the answer if the customer says yes to that; `same`: if he says that he stays with what he said.
    """

    def __init__(self, ask_id: str, words: str, meant: Any = None, same: Any = None) -> None:
        super().__init__(words)
        self.ask_id, self.words = ask_id, words
        self.meant, self.same = meant, same


OpeningFunction = Callable[[Dialogue, list[str], Account | None], Opening]
FinishingFunction = Callable[[Dialogue, Request], list[str]]
OwnFunction = Callable[[Dialogue, list[str], Account], bool]
OPENINGS: dict[str, OpeningFunction] = {}
FINISHINGS: dict[str, FinishingFunction] = {}
OWN: dict[str, OwnFunction] = {}


def own(topic: str) -> Callable[[OwnFunction], OwnFunction]:
    """Marks the function that says whether these words are about the proved account: then it is looked at right away."""

    def put(function: OwnFunction) -> OwnFunction:
        OWN[topic] = function
        return function

    return put


def opening(topic: str) -> Callable[[OpeningFunction], OpeningFunction]:
    """Marks the function that looks at a topic's application before anything is asked."""

    def put(function: OpeningFunction) -> OpeningFunction:
        OPENINGS[topic] = function
        return function

    return put


def finishing(topic: str) -> Callable[[FinishingFunction], FinishingFunction]:
    """Marks the function that does what was applied for and returns the lines to tell. Without one it is a ticket."""

    def put(function: FinishingFunction) -> FinishingFunction:
        FINISHINGS[topic] = function
        return function

    return put


def asker(talk: Dialogue, request: Request) -> Asker:
    """Who asks, as business functions want it."""
    return Asker(talk.conversation_id, request.first_word_at, request.phone, "\n".join(request.said))


# --- the ticket ----------------------------------------------------------------------------------------------------
def as_ticket(talk: Dialogue, request: Request) -> list[str]:
    """The finishing of a row without its own: a ticket with every answer, which a person takes up."""
    tell_ticket(talk, note_ticket(talk, request))
    return []


def note_ticket(talk: Dialogue, request: Request, *more: str) -> Registered:
    """A ticket of the topic's kind with all answers labelled, `more` lines, and the customer's own words."""
    row = talk.company.requests[request.topic]
    lines = [*labelled(row, talk.slot("request_values") or {}), *more, *_account_lines(row, request)]
    report = Report(
        kind=talk.topic(request.topic).kind,
        category=request.topic,
        service=request.service,
        description="\n".join([*lines, "客户原话：", *request.said]),
        first_word_at=request.first_word_at,
        phone=request.phone,
        staff=staff_of(talk),
        conversation_id=talk.conversation_id,
    )
    done = note_enquiry(talk.session, talk.company, report, talk.topic(request.topic).label)
    talk.set(last_ticket=done.ticket.number)
    return done


def _account_lines(row: RequestRow, request: Request) -> list[str]:
    """Whose account: proved, only said, or not known."""
    if row.needs_account == "none" or request.account is not None:
        return []
    said = request.values.get("account_number")
    return [f"户号：{said}（未核实）" if said else "户号未核实"]


def tell_ticket(talk: Dialogue, done: Registered) -> None:
    """Number, promise with its source, and the call."""
    assert done.promise is not None
    says, source, label = done.promise.says, done.promise.source, talk.topic(done.ticket.category).label
    talk.say("utter_enquiry_registered", number=done.ticket.number, label=label, says=says, source=source)
    _tell_call(talk, done.callback)


def promise_call(talk: Dialogue, ticket: Ticket, phone: str | None) -> None:
    """A call about a ticket that a business function made, for who wished one."""
    label = talk.topic(ticket.category).label
    call = request_callback(talk.session, talk.company, ticket, phone, talk.conversation_id, label) if phone else None
    _tell_call(talk, call)


def registered(talk: Dialogue, request: Request, ticket: Ticket, lines: list[str]) -> None:
    """What a business function has registered: its own lines, and the call about it, where one is wished."""
    talk.set(last_ticket=ticket.number)
    talk.say_again("\n".join(lines))
    promise_call(talk, ticket, request.phone)


def _tell_call(talk: Dialogue, call: Callback | None) -> None:
    if call is not None:
        talk.say("utter_callback_promised", window=window(call), phone=shown_phone(talk))
    else:
        talk.say("utter_no_callback")


def labelled(row: RequestRow, values: dict[str, Any]) -> list[str]:
    """ "税号：91…", one line an answer, in the row's order; not the phone (a ticket masks it), nor what is void by now."""
    asks = [ask for ask in row.asks if ask.kind != "phone" and ask.due(values)]
    known = [ask for ask in asks if ask.default is not None or (ask.id in values and _told(ask, values[ask.id]))]
    return [f"{ask.label}：{shown(ask, values.get(ask.id))}" for ask in known]


def _told(ask: Ask, value: Any) -> bool:
    """None is an answer where the customer may have none, else the ask was left out."""
    return value is not None or ask.optional
