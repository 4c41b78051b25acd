"""Whose it is and who pays: asked outright, or said once before a fault report goes off. Never said of danger."""

from __future__ import annotations

import re

from rasa_sdk.events import EventType

from actions import bills, thread
from actions.dialogue import Dialogue
from actions.taken import SERVICE_NAMES
from actions.telling import tell
from kefu.knowledge.prices import named_service
from kefu.nlu.normalise import normalise

SHORT = 14  # characters of a question that goes on
_WE_COME = re.compile(
    r"(你们|师傅|公司)[^，,。；;]{0,8}(来|上门|派人?)[^，,。；;]{0,4}(修|看|换|弄)|(能|可以|肯)[^，,。；;]{0,3}(来|上门)(修|看)"
)
_COSTS = re.compile(r"(要|收|花|得)(不要|不收)?(钱|费|多少)|多少钱|免费|谁(出|掏|付)|怎么收")
_THE_OTHER = re.compile(r"^(那|那么|要是|如果|还有)?.{1,8}呢[?？。]*$")
AT_HOME = ("at", "after")


# --- asked -----------------------------------------------------------------------------------------------------------
@thread.taker("boundary")
def take_up(talk: Dialogue, topic: str, said: list[str], service: str | None) -> list[EventType]:
    """The company's table answers; which service it is about is asked only where the answer depends on it."""
    text = normalise("，".join(said))
    known = _service(talk, said, service)
    table = talk.company.boundaries
    talk.set(last_topic=topic)
    if known is None and table.part(None, text) is None and not table.is_danger(text):
        return _ask_service(talk, topic, said)
    _tell(talk, known, text)
    return thread.after(talk)


def answer_aside(talk: Dialogue, topic: str) -> bool:
    """In the middle of something else; False when we do not know which service is meant."""
    text = normalise(talk.heard.text)
    service = _service(talk, [talk.heard.text], talk.slot("fault_service"))
    if service is None and talk.company.boundaries.part(None, text) is None:
        return False
    _tell(talk, service, text)
    return True


thread.ANSWERS["boundary"] = answer_aside


def followed(talk: Dialogue) -> list[EventType] | None:
    """ "要钱吗", "那表前呢", "那你们能来修吗" right after an answer: about the same thing."""
    if talk.form or not any(talk.company.boundaries.says.offer in said for said in talk.last_said()):
        return None
    plain, said = talk.heard.plain, talk.heard_so_far(5)[:-1]
    before = next((one for one in reversed(said) if named_service(one)), said[-1] if said else "")
    service = _service(talk, [before], talk.heard.service)
    if _WE_COME.search(plain) and not talk.heard.address:
        charged = talk.company.boundaries.says.answers["charged"]
        talk.tell("boundary_we_come", text=charged)
        talk.say_again(talk.company.boundaries.says.offer, [_report_button(service)])
        return talk.events
    asks = _COSTS.search(plain) or _THE_OTHER.match(plain)
    if not asks or len(plain) > SHORT or service is None:
        return None
    own = talk.company.boundaries.services[service].parts  # type: ignore[index]
    other = any(part.meant(plain) for part in own)
    _tell(talk, service, plain if other else normalise("，".join([before, plain])))
    return talk.events


def _service(talk: Dialogue, said: list[str], service: str | None) -> str | None:
    known = talk.heard.service or service or named_service("，".join(said))
    account = bills.own_account(talk, said, known)
    alone = account is not None and len(talk.accounts) == 1
    return account.service if known is None and account is not None and alone else known


def _tell(talk: Dialogue, service: str | None, text: str) -> None:
    table = talk.company.boundaries
    account = talk.account(service)
    lines = table.answer(service, text, account.customer_class if account is not None else None)
    if table.is_danger(text):
        talk.say_again("\n".join(lines))
        return
    row = table.services.get(service) if service else None  # type: ignore[call-overload]
    source = f"（{row.source}，{row.checked_on:%Y-%m-%d}核对）" if row is not None else ""
    if talk.form:
        tell(talk, lines, source)
    else:
        tell(talk, lines, f"{source}{table.says.offer}", buttons=[_report_button(service)])


def _report_button(service: str | None) -> dict[str, str]:
    """It names the service, which is then not asked once more."""
    return {"title": "报修", "payload": f"我要报修，{SERVICE_NAMES[service]}的" if service else "我要报修"}


def _ask_service(talk: Dialogue, topic: str, said: list[str]) -> list[EventType]:
    names = [SERVICE_NAMES[service] for service in talk.company.boundaries.services]
    talk.set(which_service={"topic": topic, "words": said})
    talk.say("utter_ask_which_service", names="、".join(names))
    talk.offer([{"title": name, "payload": name} for name in names])
    return talk.events


# --- before a report goes off ------------------------------------------------------------------------------------------
def say_before_ticket(talk: Dialogue) -> None:
    """Once, with the first reading back: where the border lies, whose it looks like, what may be charged and by whom.

    Of an outage only where a thing at home is named (a radiator, a stove), or where the customer says that he is alone
    with it: then with what he may look at himself.
    """
    if talk.slot("requested_slot") == "fault_confirmed":
        return  # read back again, after a correction or a question
    said = _told(talk)
    if said:
        talk.say_again(said)


def _told(talk: Dialogue) -> str | None:
    table, service, text = talk.company.boundaries, talk.slot("fault_service"), _words(talk)
    check, part = table.services[service].self_check, table.part(service, text)
    if talk.slot("fault_intent") != "report_outage" or (part is not None and part.side in AT_HOME):
        return table.before_ticket(service, text)
    alone = check is not None and check.fits(text) and not table.is_danger(text)
    return check.says if check is not None and alone else None


def for_staff(talk: Dialogue) -> list[str]:
    """The line a ticket carries when the customer was told about money: whose it looks like."""
    if _told(talk) is None:
        return []
    return [talk.company.boundaries.for_staff(talk.slot("fault_service"), _words(talk))]


def _words(talk: Dialogue) -> str:
    return normalise("，".join(talk.slot("words") or []))
