"""Enquiries answered from the company's own data: prices, ways to pay, procedures, halls, whose pipe it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rasa_sdk.events import EventType

from actions import bills, request_form, thread
from actions.dialogue import Dialogue
from actions.taken import SERVICE_NAMES
from actions.telling import tell
from kefu.accounts.models import Account
from kefu.knowledge.service import Answer, Choice, enquire

# What answers an enquiry out of the customer's own books, by topic: True when it was told. Modules put theirs here.
OwnAnswer = Callable[[Dialogue, list[str], Account], bool]
OWN: dict[str, OwnAnswer] = {}


def own(topic: str) -> Callable[[OwnAnswer], OwnAnswer]:
    """Marks the function that is asked before the company's written answers, for who has proved his account."""

    def put(function: OwnAnswer) -> OwnAnswer:
        OWN[topic] = function
        return function

    return put


@thread.taker("knowledge")
def take_up(talk: Dialogue, topic: str, said: list[str], service: str | None) -> list[EventType]:
    """Answer; what an answer does not settle becomes a ticket as well."""
    row = talk.topic(topic)
    talk.set(last_topic=topic)
    if topic == "ask_tariff" and service is None and len(talk.heard.services) > 1:
        return _several_prices(talk, said)
    if row.form == "request_form" and request_form.wished_outright(talk, topic, said, service):
        return thread.start_form(talk, topic, said, service)
    account = bills.own_account(talk, said, service)
    if not _own_told(talk, topic, said, account):
        found = _find(talk, topic, said, service)
        if isinstance(found, Choice):
            return _ask_service(talk, topic, said, found)
        if found is None:
            return thread.start_form(talk, topic, said, service)
        _say(talk, found, bills.on_record(talk, topic, account))
    if row.settles:
        return thread.after(talk)
    if row.form == "request_form" and row.kind == "application":
        return request_form.offer(talk, topic, said, service)
    if row.kind == "application":
        return thread.note(talk, topic, said, answered_first=True)
    return thread.start_form(talk, topic, said, service)


def _own_told(talk: Dialogue, topic: str, said: list[str], account: Account | None) -> bool:
    return account is not None and topic in OWN and OWN[topic](talk, said, account)


def _several_prices(talk: Dialogue, said: list[str]) -> list[EventType]:
    """ "电多少钱一度，水多少钱一方": each its own answer."""
    for service in talk.heard.services:
        found = _find(talk, "ask_tariff", said, service)
        if isinstance(found, Answer):
            talk.say_again("\n".join([f"{found.title}：", *found.first, f"（{found.source}）"]))
    return thread.after(talk)


def answer_aside(talk: Dialogue, topic: str) -> bool:
    """Answer a question in the middle of something else; False when there is no answer to it."""
    service = talk.heard.service or talk.slot("fault_service")
    if _own_told(talk, topic, [talk.heard.text], bills.own_account(talk, [talk.heard.text], service)):
        return True
    found = _find(talk, topic, [talk.heard.text], service)
    if not isinstance(found, Answer):
        return False
    _say(talk, found)
    return True


thread.ANSWERS["knowledge"] = answer_aside


def _find(talk: Dialogue, topic: str, said: list[str], service: str | None) -> Answer | Choice | None:
    account = bills.own_account(talk, said, service)
    known = service or talk.heard.service
    if known is None and account is not None and len(talk.accounts) == 1:
        known = account.service
    district = account.address_parts.get("district") if account is not None else None
    tariff = account.tariff if account is not None and known in (None, account.service) else None
    return enquire(talk.session, talk.company, topic, known, " ".join(said), tariff, district)


def _say(talk: Dialogue, answer: Answer, record: Sequence[str] = ()) -> None:
    checked = f"{answer.checked_on:%Y-%m-%d}核对"
    tell(talk, [*record, *answer.lines], f"（{answer.source}，{checked}）")


def _ask_service(talk: Dialogue, topic: str, said: list[str], choice: Choice) -> list[EventType]:
    names = [SERVICE_NAMES[service] for service in choice.services]
    talk.set(which_service={"topic": topic, "words": said})
    buttons = [{"title": name, "payload": name} for name in names]
    talk.say("utter_ask_which_service", names="、".join(names))
    talk.offer(buttons)
    return talk.events


def service_told(talk: Dialogue) -> list[EventType] | None:
    """The answer to "哪一项", if that was asked and this is it."""
    asked = talk.slot("which_service")
    if not asked:
        return None
    talk.set(which_service=None)
    if talk.heard.service is None or len(talk.heard.plain) > 8:
        return None
    return thread.start(talk, asked["topic"], asked["words"], talk.heard.service)
