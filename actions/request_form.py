"""The form for applications: begun, asked row by row (company/requests.yml), finished by the topic's own function."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import EventType

from actions import bills, thread, words
from actions.dialogue import Dialogue, DialogueAction
from actions.identity import ask_for_proof
from actions.request_answers import ACCEPTED, COMPLETE, NOTED, ONLY_ASKED, STUCK, just_note, pending, take
from actions.requests import FINISHINGS, OPENINGS, OWN, AskAgain, Opening, Request, as_ticket, labelled
from actions.taken import DECLINED, SERVICE_NAMES
from actions.telling import shown_phone
from kefu.accounts.models import Account
from kefu.accounts.proof import paused_until
from kefu.clock import clock, local
from kefu.company.requests import Ask, RequestRow
from kefu.intake.answers import read, shown
from kefu.intake.service import first_word
from kefu.nlu.normalise import normalise
from kefu.nlu.values import find_values

ASKED_AGAIN_MOST = 2


# --- beginning --------------------------------------------------------------------------------------------------------
def wished_outright(talk: Dialogue, topic: str, said: list[str], service: str | None) -> bool:
    """ "给我开张发票", not "发票怎么开"; or of his own proved account something that can be looked at right away."""
    account = bills.own_account(talk, said, service) if topic in OWN else None
    if account is not None and OWN[topic](talk, said, account):
        return True
    text = normalise(" ".join(said))
    return any(wish.search(text) for wish in talk.company.requests[topic].wishes) and not words.HOW.search(text)


def offer(talk: Dialogue, topic: str, said: list[str], service: str | None) -> list[EventType]:
    """How it is done was told just now; whoever only wanted to know that is asked nothing more."""
    _begin_form(talk, topic, said, service, request_offered=True)
    return talk.go_on()


@thread.taker("request_form")
def take_up(talk: Dialogue, topic: str, said: list[str], service: str | None = None) -> list[EventType]:
    return _with_account(talk, topic, said, service or talk.heard.service, {}, clock.now().isoformat())


def _with_account(
    talk: Dialogue, topic: str, said: list[str], service: str | None, known: dict[str, Any], since: str
) -> list[EventType]:
    """The account first, where the row wants one proved; who has no tries left goes on without."""
    wish = {"topic": topic, "words": said, "service": service, "known": known, "since": since}
    account = bills.own_account(talk, said, service)
    if talk.company.requests[topic].needs_account != "proof" or account is not None:
        return _open(talk, wish, account)
    if paused_until(talk.session, talk.company, talk.conversation_id) is not None:
        return after_proof(talk, wish, None)
    return ask_for_proof(talk, topic, said, service, then="request", known=known, since=since)


def after_proof(talk: Dialogue, wish: dict[str, Any], account: Account | None) -> list[EventType]:
    if account is not None and wish["service"] not in (None, account.service):
        mine, meant = SERVICE_NAMES[account.service], SERVICE_NAMES[wish["service"]]
        talk.say_again(f"这个户号是{mine}的，您说的是{meant}的事，我先记下，由同事核实是哪一户。")
        return _open(talk, wish, None, unproved=True)
    if account is None:
        talk.say("utter_request_unproved")
    return _open(talk, wish, account, unproved=account is None)


thread.AFTER_PROOF["request"] = after_proof


def _open(talk: Dialogue, wish: dict[str, Any], account: Account | None, unproved: bool = False) -> list[EventType]:
    topic, said = wish["topic"], wish["words"]
    row = talk.company.requests[topic]
    talk.set(first_word_at=wish["since"])
    look = OPENINGS.get(topic)
    found = look(talk, said, account) if look is not None else Opening()
    if found.lines:
        talk.say_again("\n".join(found.lines))
    if found.settled:
        talk.clear("request_form")
        return thread.after(talk)
    service = account.service if account is not None else wish["service"]
    _begin_form(
        talk,
        topic,
        said,
        service,
        request_account=account.number if account is not None else None,
        request_state=found.state,
        request_unproved=unproved or None,
        first_word_at=wish["since"],
    )
    values = {**found.values, **talk.slot("request_values"), **wish["known"], **dict.fromkeys(found.skip)}
    values = {name: value for name, value in values.items() if name not in found.asks}
    state = dict(found.state)
    if any(words.JUST_NOTE.search(normalise(text)) for text in said[1:]):
        just_note(row, values, state)
    talk.set(request_values=values, request_state=state)
    if row.begins:
        talk.say_again(row.begins)
    if pending(row, values, state) is None and (not row.confirm or state.get("how")):
        talk.set(request_answer=state.get("how") or COMPLETE)
    return talk.go_on()


def _begin_form(talk: Dialogue, topic: str, said: list[str], service: str | None, **slots: Any) -> None:
    """A clean sheet with what the words say already."""
    row = talk.company.requests[topic]
    values: dict[str, Any] = {}
    for text in said:
        take(row, values, text)
    phone = next((ask.id for ask in row.asks if ask.kind == "phone"), None)
    told = next((str(v.value) for text in said for v in find_values(text) if v.entity == "phone"), None)
    if phone and told:
        values[phone] = told
        talk.set(phone=told)
    elif phone and any(words.NO_CALL.search(normalise(text)) for text in said):
        values[phone] = DECLINED
    talk.begin("request_form", said, request_topic=topic, request_values=values, request_service=service)
    talk.set(**slots)
    account = talk.account(service)
    if talk.slot("phone") in (None, DECLINED) and account is not None and account.phone:
        talk.set(phone=account.phone)


# --- asking -----------------------------------------------------------------------------------------------------------
class AskRequest(DialogueAction):
    action_name = "action_ask_request_form_request_answer"

    def act(self, talk: Dialogue) -> list[EventType]:
        row = talk.company.requests[talk.slot("request_topic")]
        ask = pending(row, talk.slot("request_values") or {}, talk.slot("request_state"))
        if talk.slot("request_offered") and row.offers:
            talk.say_again(row.offers)
        elif talk.slot("request_offered"):
            _ask_phone(talk, "utter_ask_enquiry_contact_optional")
        elif ask is None:
            _read_back(talk, row)
        elif words.LOOKS_FOR_IT.search(talk.heard.plain) and talk.slot("requested_slot"):
            talk.say("utter_request_wait")
        elif ask.kind == "phone":
            _say_noted(talk, row)
            if (how := (talk.slot("request_state") or {}).get("how")) is not None:
                _say_what_is_missing(talk, row, how)
            _ask_phone(talk, "utter_ask_enquiry_contact")
        else:
            talk.say_again(_question(talk, ask), _buttons(talk, ask))
        return talk.events


def _say_noted(talk: Dialogue, row: RequestRow) -> None:
    """What was told instead of the phone."""
    state, values = dict(talk.slot("request_state") or {}), talk.slot("request_values") or {}
    names = state.pop("noted", None)
    if names:
        told = [f"{ask.label}{shown(ask, values[ask.id])}" for ask in row.asks if ask.id in names]
        talk.tell("quality_noted", text="，".join(told))
        talk.set(request_state=state)


def _ask_phone(talk: Dialogue, response: str) -> None:
    label, phone = talk.current_label(), talk.slot("phone")
    if phone and phone != DECLINED:
        talk.say(f"{response}_known", phone=shown_phone(talk), label=label)
    elif talk.slot("misses") and talk.heard.has_long_number:
        talk.say("utter_ask_phone_again")
    else:
        talk.say(response, label=label)


def _question(talk: Dialogue, ask: Ask) -> str:
    """The question; after a miss what is wrong, what is wanted and where to find it."""
    missed = bool(talk.slot("misses"))
    try:
        read(ask, talk.heard.text, local(clock.now()).date(), asked=missed)
        problem = ""
    except ValueError as wrong:
        problem = f"{wrong}。\n"
    said = ask.help if (missed or problem) and ask.help else ask.says
    return f"{problem}{said}"


def _buttons(talk: Dialogue, ask: Ask) -> list[dict[str, str]] | None:
    """One for each choice; of `choices` in the state (by ask id), where only some are open to this customer."""
    open_to = ((talk.slot("request_state") or {}).get("choices") or {}).get(ask.id)
    found = [choice.label for choice in ask.choices if open_to is None or choice.id in open_to]
    return [{"title": label, "payload": label} for label in found] or None


def _read_back(talk: Dialogue, row: RequestRow) -> None:
    if talk.heard.no and talk.slot("misses"):
        talk.say("utter_request_what_wrong")
    else:
        lines = labelled(row, talk.slot("request_values") or {})
        talk.say("utter_request_confirm", lines="\n".join(f"· {line}" for line in lines))


# --- finishing --------------------------------------------------------------------------------------------------------
class FinishRequest(DialogueAction):
    action_name = "action_finish_request"

    def act(self, talk: Dialogue) -> list[EventType]:
        how, topic = talk.slot("request_answer"), talk.slot("request_topic")
        if how == ACCEPTED:
            known = dict(talk.slot("request_values") or {})
            since = first_word(talk.slot("first_word_at")).isoformat()
            return _with_account(talk, topic, talk.slot("words") or [], talk.slot("request_service"), known, since)
        if how == ONLY_ASKED:
            talk.say("utter_enquiry_only_asked")
        else:
            again = self._finish(talk, topic, how)
            if again is not None:
                return again
        if talk.slot("phone") == DECLINED:
            talk.set(phone=None)
        talk.clear("request_form")
        talk.form = None
        return thread.after(talk)

    def _finish(self, talk: Dialogue, topic: str, how: str) -> list[EventType] | None:
        """Do it, or note it for a person; events only if something is asked again."""
        row, request = talk.company.requests[topic], _request(talk)
        function = FINISHINGS.get(topic, as_ticket)
        if how in (STUCK, NOTED):
            _say_what_is_missing(talk, row, how)
            function = as_ticket
        elif row.needs_account == "proof" and request.account is None:
            function = as_ticket
        try:
            lines = function(talk, request)
        except AskAgain as wrong:
            if _asked_often(talk, wrong):
                lines = as_ticket(talk, request)
            else:
                return _ask_again(talk, wrong)
        if lines:
            talk.say_again("\n".join(lines))
        return None


def _say_what_is_missing(talk: Dialogue, row: RequestRow, how: str) -> None:
    """Once: what a person will ask for."""
    state = dict(talk.slot("request_state") or {})
    missing = [ask.label for ask in row.open_asks(talk.slot("request_values") or {}) if not ask.optional]
    if missing and not state.get("told"):
        talk.set(request_state={**state, "told": True})
        response = "utter_request_stuck" if how == STUCK else "utter_request_noted"
        talk.say(response, missing="、".join(missing))


def _asked_often(talk: Dialogue, wrong: AskAgain) -> bool:
    return int((talk.slot("request_state") or {}).get(f"again_{wrong.ask_id}", 0)) >= ASKED_AGAIN_MOST


def _ask_again(talk: Dialogue, wrong: AskAgain) -> list[EventType]:
    state, values = dict(talk.slot("request_state") or {}), dict(talk.slot("request_values") or {})
    state[f"again_{wrong.ask_id}"] = state.get(f"again_{wrong.ask_id}", 0) + 1
    state["offered"] = {"ask": wrong.ask_id, "meant": wrong.meant, "same": wrong.same}
    values.pop(wrong.ask_id, None)
    talk.set(request_state=state, request_values=values, request_answer=None, misses=0)
    talk.say_again(wrong.words)
    talk.form = "request_form"
    return talk.go_on()


def _request(talk: Dialogue) -> Request:
    topic, values = talk.slot("request_topic"), dict(talk.slot("request_values") or {})
    row = talk.company.requests[topic]
    number = talk.slot("request_account")
    phone_ask = next((ask.id for ask in row.asks if ask.kind == "phone"), None)
    phone = values.get(phone_ask, talk.slot("phone")) if phone_ask else talk.slot("phone")
    due = {ask.id for ask in row.asks if ask.due(values)} | {"account_number"}
    return Request(
        topic=topic,
        values={name: value for name, value in values.items() if value is not None and name in due},
        account=next((account for account in talk.accounts if account.number == number), None),
        service=talk.slot("request_service"),
        said=list(talk.slot("words") or []),
        phone=None if phone == DECLINED else phone,
        first_word_at=first_word(talk.slot("first_word_at")),
        state=dict(talk.slot("request_state") or {}),
    )
