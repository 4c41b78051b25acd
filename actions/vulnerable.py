"""Vulnerable people in a report: heard wherever they are named, asked about gently once, told what it changes."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import EventType

from actions import words
from actions.dialogue import Dialogue
from actions.heard import SURE
from kefu.company.promises import Promise
from kefu.company.vulnerable import VulnerableKind
from kefu.incidents.models import SupplyReport
from kefu.intake import vulnerable as rules
from kefu.nlu.normalise import normalise
from kefu.tickets import service as tickets
from kefu.tickets.models import Ticket

# With one of these the message says nothing more than this; any other wish in it is served besides.
NOTHING_ELSE = (
    "inform", "correct", "supplement_ticket", "affirm", "deny", "greet", "thank", "goodbye", "vent", "chitchat",
    "out_of_scope", "bot_challenge", "other",
)  # fmt: skip
KEEPS_THE_WORDS = ("urge_ticket", "complain")
MOST_ADVICE = 2


# --- while a fault is reported ---------------------------------------------------------------------------------------
def _state(talk: Dialogue) -> dict[str, Any]:
    """`kinds`: named in the present report; `told`: kind:service said back in this talk; `asked`; `open`: asked just now."""
    return {"kinds": [], "told": [], "asked": False, "open": False} | (talk.slot("vulnerable") or {})


def kinds(talk: Dialogue) -> list[VulnerableKind]:
    """Who was named in the present report, as far as it matters for its fault and service."""
    named = talk.company.vulnerable.of(_state(talk)["kinds"])
    return [kind for kind in named if kind.matters(talk.slot("fault_intent"), talk.slot("fault_service"))]


def on_report(talk: Dialogue, report: SupplyReport) -> None:
    """Whoever was named stands on the report of this home, too."""
    rules.on_report(talk.session, talk.company, report, kinds(talk))


def begin(talk: Dialogue, said: list[str]) -> None:
    """Another report: whoever was named in one before lives elsewhere, as far as we know."""
    if _state(talk)["kinds"]:
        talk.set(vulnerable=_state(talk) | {"kinds": []})
    take(talk, said)


def take(talk: Dialogue, said: list[str]) -> None:
    """Note in the slot whom these words name."""
    known = _state(talk)["kinds"]
    topic, service = talk.slot("fault_intent"), talk.slot("fault_service")
    named = talk.company.vulnerable.named("\n".join(said), topic, service)
    new = [kind.id for kind in named if kind.id not in known]
    if new:
        talk.set(vulnerable=_state(talk) | {"kinds": [*known, *new]})


def tell(talk: Dialogue, phrase: str | None = None) -> None:
    """Say once of each that it is noted, and what can be done until somebody comes; a person hears of it at once."""
    service = talk.slot("fault_service") or talk.heard.service
    told = _state(talk)["told"]
    new = [kind for kind in kinds(talk) if service in kind.advice and f"{kind.id}:{service}" not in told]
    if not new:
        return
    talk.set(vulnerable=_state(talk) | {"told": [*told, *(f"{kind.id}:{service}" for kind in new)]})
    raised = any(kind.priority != "normal" for kind in new)
    phrase = phrase or ("vulnerable_noted" if raised else "vulnerable_noted_only")
    said = "，".join([*(talk.slot("words") or []), talk.heard.text])
    talk.tell(phrase, who=_who(new), text=_advice(new, service, said))
    if any(kind.person for kind in new):
        rules.alert(talk.session, talk.conversation_id, new, None)


def on_ticket(talk: Dialogue, ticket: Ticket) -> Promise | None:
    """Whoever was named stands on the ticket just made; the promise that holds then, None if nobody was named."""
    take(talk, talk.slot("words") or [])
    tell(talk)
    named = kinds(talk)
    for report in rules.open_reports(talk.session, talk.conversation_id):
        if report.service == ticket.service:
            on_report(talk, report)
    return rules.on_ticket(talk.session, talk.company, ticket, named) if named else None


def ask_once(talk: Dialogue, topic: str | None = None, service: str | None = None) -> None:
    """The gentle question, as a sentence nobody must answer: once a talk, not where somebody was named already."""
    topic, service = topic or talk.slot("fault_intent"), service or talk.slot("fault_service")
    busy = talk.slot("pending") or talk.slot("paused") or talk.slot("with_person")
    known = kinds(talk) or _state(talk)["asked"]
    if talk.company.vulnerable.asks(topic, service) and not busy and not known:
        talk.tell("vulnerable_ask")
        talk.set(vulnerable=_state(talk) | {"asked": True, "open": True})


# --- whatever is said later ------------------------------------------------------------------------------------------
def heard(talk: Dialogue) -> list[EventType] | None:
    """Somebody is named in this message: in a report, in the answer to our question, or of a report that stands."""
    asked = _state(talk)["open"]
    if asked:
        talk.set(vulnerable=_state(talk) | {"open": False})
    if talk.form == "fault_form":
        take(talk, [talk.heard.text])
        tell(talk)
    if talk.form is not None or not (asked or talk.company.vulnerable.mentioned(talk.heard.plain)):
        return None
    matter = _matter(talk)
    if matter is None:
        return None
    topic, service, ticket = matter
    if _another_matter(talk, service, asked):
        return None
    named = talk.company.vulnerable.named(talk.heard.plain, topic, service, asked)
    if asked and not named:
        refuses = talk.slot("offered_return") and "不" in talk.heard.plain  # that is for the offer
        if words.NOBODY.match(talk.heard.plain) and not refuses:
            talk.tell("vulnerable_none")
            return talk.events
        named = [talk.company.vulnerable.general] if words.SOMEBODY.match(talk.heard.plain) else []
    if not named:
        return None
    _note(talk, ticket, service, named)
    if talk.slot("offered_return") and (talk.heard.yes or talk.heard.no):
        return None  # it answers the offer, too
    return None if _says_more(talk, asked) else talk.events


def _matter(talk: Dialogue) -> tuple[str, str | None, Ticket | None] | None:
    """Topic, service and ticket of what this talk has reported and is still open."""
    own = tickets.of_customer(talk.session, talk.conversation_id)
    ticket = next((one for one in own if one.kind == "fault" and one.status in tickets.OPEN), None)
    if ticket is not None:
        return ticket.category, ticket.service, ticket
    report = next(iter(rules.open_reports(talk.session, talk.conversation_id)), None)
    return ("report_outage", report.service, None) if report is not None else None


def _another_matter(talk: Dialogue, service: str | None, asked: bool) -> bool:
    """Another place or service is reported: who is named there has nothing to do with this ticket."""
    said = talk.heard
    if said.address or said.service not in (None, service) or words.OFF_THERE_TOO.search(said.plain):
        return True
    return said.intent.startswith("report_") and said.elsewhere and not asked


def _says_more(talk: Dialogue, asked: bool) -> bool:
    """Another wish in the same message; in the answer to our question only one in so many words."""
    if words.URGES.search(talk.heard.plain) or words.HUMAN.search(talk.heard.plain):
        return True
    return not asked and talk.heard.intent not in NOTHING_ELSE and talk.heard.confidence >= SURE


def _note(talk: Dialogue, ticket: Ticket | None, service: str | None, named: list[VulnerableKind]) -> None:
    told: dict[str, Any] = {"who": _who(named), "text": _advice(named, service, talk.heard.text)}
    for report in rules.open_reports(talk.session, talk.conversation_id):
        if report.service == service:
            rules.on_report(talk.session, talk.company, report, named)
    if ticket is None:
        talk.tell("vulnerable_kept", **told)
        if any(kind.person for kind in named):
            rules.alert(talk.session, talk.conversation_id, named, None)
        return
    if not (talk.heard.intent.startswith("report_") or talk.heard.intent in KEEPS_THE_WORDS):
        tickets.supplement(talk.session, ticket, "customer", talk.heard.text)
    due = ticket.due_at
    made = rules.on_ticket(talk.session, talk.company, ticket, named)
    if ticket.due_at < due:
        talk.tell("vulnerable_raised", number=ticket.number, says=made.says, source=made.source, **told)
    else:
        talk.tell("vulnerable_added", number=ticket.number, **told)


def _who(named: list[VulnerableKind]) -> str:
    return "、".join(kind.label for kind in named)


def _advice(named: list[VulnerableKind], service: str | None, text: str) -> str:
    said = [told for kind in named if service and (told := kind.told(service, normalise(text)))]  # type: ignore[arg-type]
    return "\n".join(dict.fromkeys(said[:MOST_ADVICE]))
