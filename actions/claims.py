"""A claim for damage: what to keep and what holds first; then what, when, where, what proves it; then the right desk."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rasa_sdk.events import EventType

from actions import complaints, people, places, requests, words
from actions.dialogue import Dialogue
from actions.enquiries import staff_of
from actions.request_answers import take
from actions.requests import Opening, Request, labelled
from actions.wishes import tells_something
from kefu.accounts.models import Account
from kefu.claims.events import Event
from kefu.claims.service import Claim, Claimed, Moment, register_claim, too_late
from kefu.clock import clock, day_name, local
from kefu.company.claims import ClaimRule, Damage
from kefu.handoff.service import on_duty
from kefu.nlu.normalise import normalise
from kefu.nlu.values import find_values
from kefu.tickets import service as tickets
from kefu.tickets.models import Ticket
from kefu.tickets.service import Report

TOPIC = "claim_damage"
LATELY = 24 * 3600  # seconds in which a report of this talk is what caused the damage


# --- asked how ----------------------------------------------------------------------------------------------------------
def asked_how(talk: Dialogue) -> list[EventType] | None:
    """ "停电赔偿怎么申请", while nothing has happened: how, and until when, with the source."""
    plain, claims = talk.heard.plain, talk.company.claims
    if talk.form or not words.CLAIM_HOW.search(plain) or words.HAPPENED.search(plain) or words.COMPLAINS.search(plain):
        return None
    if talk.heard.intent in (TOPIC, "complain", "report_emergency"):
        return None
    rule = claims.rule("appliance", "electricity")
    if rule.report_within_days is None:
        return None
    talk.tell("claim_how", count=rule.report_within_days, source=_source(rule), text=claims.next[0])
    return talk.events


def _source(rule: ClaimRule) -> str:
    return rule.source if rule.confidence != "unverified" else f"{rule.source}，以同事核对的为准"


# --- before anything is asked ------------------------------------------------------------------------------------------
@requests.opening(TOPIC)
def look(talk: Dialogue, said: list[str], _account: Account | None) -> Opening:
    """An apology, what holds for this damage, and everything that is known already."""
    text = " ".join(said)
    values = _known(talk, said)
    damage = talk.company.claims.damage_of(normalise(text))
    earlier = complaints.earlier_of(talk, text, TOPIC)
    state: dict[str, Any] = {"damage": damage}
    if earlier is not None:
        complaints.say_what_was(talk, earlier)
        state["earlier"], values["what"] = earlier.number, text
        return Opening(values=values, skip=_open(("when", "place", "proof"), values), state=state)
    skip = _open(("when", "proof") if damage == "injury" else (), values)
    return Opening(lines=[_begins(talk, damage, values, text)], values=values, skip=skip, state=state)


def _open(names: tuple[str, ...], values: dict[str, Any]) -> list[str]:
    """Those of these asks that nothing is known of; what is known is kept."""
    return [name for name in names if name not in values]


def _known(talk: Dialogue, said: list[str]) -> dict[str, Any]:
    """What the words tell, else the talk's own report of just now, else the account's home."""
    values: dict[str, Any] = {}
    for text in said:
        take(talk.company.requests[TOPIC], values, text)
    if any(tells_something(text) for text in said):
        values["what"] = "，".join(said)[:200]
    report = _report_of_this_talk(talk)
    if report is not None:
        values.setdefault("when", _moment_of(report))
        if report.address:
            values.setdefault("place", tickets.told_place(report))
    account = talk.account(talk.heard.service)
    elsewhere = any(words.ELSEWHERE.search(normalise(text)) for text in said)
    if account is not None and not elsewhere:
        values.setdefault("place", {**account.address_parts, "text": account.address})
    return values


def _report_of_this_talk(talk: Dialogue) -> Ticket | None:
    own = tickets.of_customer(talk.session, talk.conversation_id)
    found = (t for t in own if t.kind in ("fault", "emergency") and t.conversation_id == talk.conversation_id)
    report = next(found, None)
    fresh = report is not None and (clock.now() - report.created_at).total_seconds() < LATELY
    return report if fresh else None


def _moment_of(ticket: Ticket) -> dict[str, Any]:
    at = ticket.first_word_at.isoformat(timespec="seconds")
    return {"text": f"{day_name(local(ticket.first_word_at))}（报修 {ticket.number}）", "at": at, "until": at}


def _begins(talk: Dialogue, damage: Damage, values: dict[str, Any], text: str) -> str:
    claims = talk.company.claims
    rule = claims.rule(damage, talk.heard.service)
    asks_how = words.HOW.search(normalise(text)) or words.ASSESSED.search(text)
    lines = [*_holds(talk, rule, _when(values), values), *(claims.next if asks_how else [])]
    phrase = "claim_injury" if damage == "injury" else "claim_begin"
    told = "\n".join(f"· {line}" for line in lines)
    return talk.company.phrase(phrase, label=claims.damages[damage].label, text=told)


def _holds(talk: Dialogue, rule: ClaimRule, when: Moment | None, values: dict[str, Any]) -> list[str]:
    """The time limit, what to do with the things, what may be paid for."""
    return [*_limit(talk, rule, when, values), *rule.keep, *rule.fair]


def _limit(talk: Dialogue, rule: ClaimRule, when: Moment | None, values: dict[str, Any]) -> list[str]:
    if rule.report_within_days is None:
        return []
    known = {"count": rule.report_within_days, "source": _source(rule)}
    if too_late(rule, when):
        return [talk.company.phrase("claim_late", when=values["when"]["text"], **known)]
    return [talk.company.phrase("claim_limit", **known)]


def _when(values: dict[str, Any]) -> Moment | None:
    said = values.get("when") or {}
    if not said.get("at"):
        return None
    return Moment(datetime.fromisoformat(said["at"]), datetime.fromisoformat(said["until"]))


# --- registering -------------------------------------------------------------------------------------------------------
@requests.finishing(TOPIC)
def register(talk: Dialogue, request: Request) -> list[str]:
    """The ticket; then what holds, what to keep, and a person at once where somebody was hurt."""
    text = normalise("，".join(request.said))
    damage = talk.company.claims.damage_of(text)
    place = request.values.get("place")
    place = places.settled(talk, place) if place else None
    home = talk.account(request.service)
    home = home if home is not None and (place is None or place["text"] == home.address) else None
    claim = Claim(
        report=_report(talk, request, place, home),
        damage=damage,
        when=_when(request.values),
        home=home,
        earlier=request.state.get("earlier"),
    )
    done = register_claim(talk.session, talk.company, claim)
    talk.set(last_ticket=done.ticket.number)
    talk.say_again("\n".join(_told(talk, claim, done, request)))
    if damage == "injury" and on_duty(talk.company, clock.now()):
        people.to_a_person(talk, TOPIC, request.service)
    return []


def _report(talk: Dialogue, request: Request, place: dict[str, Any] | None, home: Account | None) -> Report:
    row = talk.company.requests[TOPIC]
    lines = labelled(row, {name: value for name, value in request.values.items() if name != "what"})
    demand = next((part for part in _clauses(request.said) if words.DEMAND.search(part)), None)
    return Report(
        kind=talk.topic(TOPIC).kind,
        category=TOPIC,
        service=_service(request, home),
        description="\n".join([*lines, "客户原话：", *request.said]),
        demand=demand,
        first_word_at=request.first_word_at,
        address=places.crew_text(place) if place else None,
        address_parts=place or {},
        account_number=home.number if home is not None else None,
        phone=request.phone,
        staff=staff_of(talk),
        conversation_id=talk.conversation_id,
    )


def _service(request: Request, home: Account | None) -> str | None:
    """The service named; at home the one of the account; a manhole in the road is none of them."""
    named = (str(value.value) for text in request.said for value in find_values(text) if value.entity == "service")
    return next(named, home.service if home is not None else None)


def _clauses(said: list[str]) -> list[str]:
    return [part for text in said for part in words.CLAUSE.split(text) if part]


def _told(talk: Dialogue, claim: Claim, done: Claimed, request: Request) -> list[str]:
    """Number, desk and promise; then only what this customer does not know yet."""
    phrase = talk.company.phrase
    again = claim.earlier is not None
    names = {"number": done.ticket.number, "who": done.ticket.desk, "label": talk.topic(TOPIC).label}
    names |= {"says": done.promise.says, "source": done.promise.source, "ticket": claim.earlier or ""}
    lines = [phrase("claim_registered_again" if again else "claim_registered", **names)]
    if again:
        return lines
    if done.visit_by is not None and done.rule.visit_within is not None:
        until = local(done.visit_by)
        lines.append(phrase("claim_visit", hours=done.rule.visit_within.hours, until=f"{day_name(until)}{until:%H:%M}"))
    if request.state.get("damage") != claim.damage:
        lines += _holds(talk, done.rule, claim.when, request.values)
    elif too_late(done.rule, claim.when) and not _late_was_told(talk, request):
        lines += _limit(talk, done.rule, claim.when, request.values)
    lines += _event_lines(talk, done.event)
    if done.reported is not None:
        lines.append(phrase("claim_ticket", ticket=done.reported.number))
    lines.append(phrase("claim_papers", text="；".join(done.rule.papers)))
    return [*lines, phrase("claim_next", text="；".join(talk.company.claims.next))]


def _late_was_told(talk: Dialogue, request: Request) -> bool:
    """The day stood in the first words, so the limit was told with them."""
    first: dict[str, Any] = {}
    take(talk.company.requests[TOPIC], first, request.said[0] if request.said else "")
    return "when" in first


def _event_lines(talk: Dialogue, event: Event | None) -> list[str]:
    if event is None:
        return []
    if event.planned:
        return [f"{talk.company.claims.planned}（{event.number}）。"]
    start = local(event.starts_at)
    until = f"{day_name(local(event.ends_at))}{local(event.ends_at):%H:%M}" if event.ends_at else "还没恢复"
    about = {"area": event.area, "cause": event.cause, "number": event.number}
    return [talk.company.phrase("claim_event", start=f"{day_name(start)}{start:%H:%M}", until=until, **about)]
