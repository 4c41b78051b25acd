"""Why is it off, when is it back, will it be off on Saturday: answered from incidents and planned interruptions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from rasa_sdk.events import EventType

from actions import known, places, restored, thread, ticket_status, words
from actions.dialogue import Dialogue
from kefu.clock import clock, day_name, local
from kefu.incidents import dispatch, reports, wording
from kefu.incidents.known import AHEAD, Known, by_number, coming, known_now, past, planned
from kefu.incidents.models import SupplyReport
from kefu.network.locate import Located, locate
from kefu.network.models import OVER, Incident
from kefu.network.tree import network
from kefu.nlu.values import resolve_time
from kefu.nlu.values.times import find_times
from kefu.tickets import service as tickets
from kefu.tickets.models import Ticket

WHICH_PLACE = "outage_place"
OF_SUPPLY = ("ask_outage", "report_outage")
SOON = timedelta(hours=24)
LATELY = timedelta(hours=6)  # what began so lately may still be going on


@thread.taker("outage")
def asked(talk: Dialogue, topic: str, said: list[str], service: str | None) -> list[EventType]:
    """An answer for the place that was named, told before, or the customer's own; asked for it where none is known."""
    if _about_rules(talk) and thread.ANSWERS["knowledge"](talk, topic):
        return thread.after(talk)
    service = service or talk.heard.service or _told(talk).get("service")
    place = _place(talk, service)
    if place is None:
        return _ask_place(talk, said, service)
    return _answer(talk, place, service, said)


def place_given(talk: Dialogue) -> list[EventType] | None:
    """The place, after it was asked for."""
    told = _told(talk)
    if talk.form or talk.slot("offered_return") != WHICH_PLACE or "asked" not in told:
        return None
    heard = talk.heard
    place = heard.address or heard.account_place or _mentioned(talk)
    if heard.intent in ("report_outage", "report_emergency") or (place is None and not heard.like_a_place):
        return None
    talk.set(offered_return=None)
    if place is None:
        if told.get("again"):
            return None
        talk.set(offered_return=WHICH_PLACE, told_known={**told, "again": True})
        talk.tell("ask_outage_place_again")
        return talk.events
    return _answer(talk, places.settled(talk, place), told.get("service") or heard.service, told["asked"])


def status_asked(talk: Dialogue) -> list[EventType] | None:
    """ "还没来电吗", "为啥", "催一下" from whoever is part of an incident: how it stands now; the second time in short."""
    heard = talk.heard
    why = bool(words.BARE_WHY.match(heard.plain))
    asks = why or heard.intent in ("ask_outage", "urge_ticket", "ask_ticket", "report_outage")
    if talk.form or not asks or heard.address or heard.elsewhere or (heard.times and heard.intent == "ask_outage"):
        return None
    report = reports.of_conversation(talk.session, talk.conversation_id, heard.service)
    incident = talk.session.get(Incident, report.incident_id) if report and report.incident_id else None
    if incident is None or report is None or report.by_number or report.outcome is not None:
        return None
    if report.ticket is not None and not why and heard.intent not in OF_SUPPLY:
        return None
    if incident.status in OVER:
        return _as_far_as_known(talk, report)
    net = network(talk.session)
    if _told(talk).get("again") == incident.number and not why:
        node = net.nodes[incident.area_code]
        talk.tell("known_again", area=node.name, expected=wording.expected(talk.company, incident))
        return talk.events
    talk.say_again(wording.told_incident(talk.company, net, incident, dispatch.homes_of(talk.session, incident)))
    talk.tell("known_status_again")
    talk.set(told_known={**_told(talk), "again": incident.number})
    return talk.events


def _as_far_as_known(talk: Dialogue, report: SupplyReport) -> list[EventType]:
    """The area is back; whether this home is, only the customer knows."""
    report.asked_at = report.asked_at or clock.now()
    talk.session.flush()
    if talk.heard.intent == "report_outage" or words.NOT_BACK.search(talk.heard.plain):
        return restored.answered(talk) or talk.events
    talk.set(offered_return=None)
    return restored.ask_again(talk, report)


def off_said(talk: Dialogue) -> list[EventType] | None:
    """ "租客说柳林里那套房子没电了，帮我看看": an outage told with a place of ours, whatever else it was read as."""
    heard = talk.heard
    known_intent = heard.intent.startswith(("report_", "complain", "claim_", "ask_outage", "request_human", "suggest"))
    if talk.form or known_intent or not words.OFF_NOW.search(heard.plain) or words.WILL_BE.search(heard.plain):
        return None
    if heard.times and heard.asks:
        return None
    if heard.intent == "urge_ticket" and tickets.latest_open(talk.session, talk.conversation_id) is not None:
        return None
    if not (heard.address or _mentioned(talk)) or (
        words.RULES_OF_LATE_FEES.search(heard.plain) and "欠" in heard.plain
    ):
        return None
    return thread.start(talk, "report_outage", [heard.text])


def _told(talk: Dialogue) -> dict[str, Any]:
    return talk.slot("told_known") or {}


def _about_rules(talk: Dialogue) -> bool:
    """ "停电不该提前通知吗": the rule is asked for, not a place."""
    asked = words.NOTICE_RULES.search(talk.heard.plain)
    return bool(asked) and talk.heard.address is None and not _future(talk)


# --- the place ----------------------------------------------------------------------------------------------------------
def _place(talk: Dialogue, service: str | None) -> dict[str, Any] | None:
    said = talk.heard.address or talk.heard.account_place or _mentioned(talk)
    if said is not None:
        return places.settled(talk, said)
    if talk.heard.elsewhere:
        return None
    told = known.place_told(talk, service)
    if told is not None:
        return told
    ticket = tickets.latest_open(talk.session, talk.conversation_id)
    if ticket is not None and ticket.kind == "fault" and service in (None, ticket.service):
        return tickets.told_place(ticket)
    account = talk.account(service)
    return {**account.address_parts, "text": account.address} if account is not None else None


def _mentioned(talk: Dialogue) -> dict[str, Any] | None:
    name = places.mentioned(talk)
    return {"community": name, "text": name} if name else None


def _ask_place(talk: Dialogue, said: list[str], service: str | None) -> list[EventType]:
    talk.set(offered_return=WHICH_PLACE, told_known={"asked": said, "service": service})
    talk.tell("ask_outage_place")
    return talk.events


# --- the answer ---------------------------------------------------------------------------------------------------------
def _answer(talk: Dialogue, place: dict[str, Any], service: str | None, said: list[str]) -> list[EventType]:
    span, gone = _future(talk, said), _past(talk, said)
    for one in [service] if service else talk.company.company.services:
        at = locate(talk.session, place, one)
        if known.by_number(talk, at, place):
            continue  # a number proves nothing: whether it is off there is nobody else's business
        now = None if gone else known_now(talk.session, at, one)
        if span and now is not None and (now.incident is None or span[0] > clock.now() + SOON):
            now = None  # what is on now says nothing of a day to come
        if now is not None and now.interruption is not None and now.late and now.sure:
            return thread.start(talk, "report_outage", said, one)  # it should be over: somebody must hear of it
        if _told_past(talk, at, one, gone) if gone else _told_of(talk, at, one, place, span, now):
            return talk.events
    known.remember(talk, None, service, place)
    what = wording.stopped(talk.company, service) if service else "停供"
    where = str(place["text"])
    if gone is not None:
        talk.tell("past_none", where=where, when=_spoken(gone), what=what)
    elif span is not None or words.WILL_BE.search("".join([talk.heard.plain, *said])):
        ahead = span or (clock.now(), clock.now() + AHEAD)
        talk.tell("planned_none", where=where, when=_spoken(ahead), what=what)
    else:
        talk.tell("known_none", where=where, what=what)
    return talk.events


def _told_of(
    talk: Dialogue,
    at: Located,
    service: str,
    place: dict[str, Any],
    span: tuple[datetime, datetime] | None,
    now: Known | None,
) -> bool:
    """What is on now, else what is planned: within the time that was asked about, or at all."""
    if now is not None:
        _say(talk, at, now, service, place)
        return True
    start, end = span or (clock.now(), clock.now() + AHEAD)
    found = planned(talk.session, at, service, start, end) if span else coming(talk.session, at, service)
    if not found:
        return False
    for one in found:
        talk.say_again(wording.told(talk.company, at.net, one))
    if service == "water":
        talk.tell("planned_coming_water")
    known.remember(talk, found[0], service, place)
    known.offer(talk, found[0])
    return True


def _told_past(talk: Dialogue, at: Located, service: str, gone: tuple[datetime, datetime]) -> bool:
    found = past(talk.session, at, service, *gone)
    for one in found:
        talk.say_again(wording.told_past(talk.company, at.net, one))
    return bool(found)


def _say(talk: Dialogue, at: Located, now: Known, service: str, place: dict[str, Any]) -> None:
    counted = dispatch.homes_of(talk.session, now.incident) if now.incident is not None else 0
    if not now.sure:
        area = at.net.nodes[now.event.area_code].name
        talk.tell("known_maybe_asked", area=area, what=wording.stopped(talk.company, service))
        known.remember(talk, None, service, place)
        return
    talk.say_again(wording.told(talk.company, at.net, now, counted))
    known.remember(talk, now, service, place)
    known.offer(talk, now)


# --- the time -----------------------------------------------------------------------------------------------------------
def _future(talk: Dialogue, said: list[str] | None = None) -> tuple[datetime, datetime] | None:
    """The span of time that is asked about, if it lies ahead."""
    now = clock.now()
    spans = [resolve_time(text, now, prefer="future") for text in _times(talk, said)]
    ahead = [one for one in spans if one is not None and one[1] > now]
    if ahead and (ahead[0][0] > now or words.WILL_BE.search(talk.heard.plain)):
        start, end = ahead[0]
        return max(start, now), max(end, start + timedelta(minutes=30))
    return None


def _past(talk: Dialogue, said: list[str] | None = None) -> tuple[datetime, datetime] | None:
    """A day or an hour gone by that is asked about: 昨天下午为什么停电."""
    now = clock.now()
    plain = "".join([talk.heard.plain, *(said or [])])
    if words.WILL_BE.search(plain) or not words.ASKS_PAST.search(plain):
        return None
    spans = [resolve_time(text, now, prefer="past") for text in _times(talk, said)]
    gone = [one for one in spans if one is not None and one[1] <= now - LATELY]
    if not gone:
        return None
    start, end = gone[0]
    return start, max(end, start + timedelta(minutes=30))


def _times(talk: Dialogue, said: list[str] | None) -> list[str]:
    return [*talk.heard.times, *(value.text for text in said or [] for value in find_times(text))]


def _spoken(span: tuple[datetime, datetime]) -> str:
    if span[1] - span[0] >= AHEAD - timedelta(days=1):
        return f"今天起{AHEAD.days}天内"
    start, end = local(span[0]), local(span[1] - timedelta(seconds=1))
    if start.date() == end.date():
        return day_name(start)
    return f"{day_name(start)}到{day_name(end)}"


# --- a ticket that waits for an incident ----------------------------------------------------------------------------------
def _in_incident(talk: Dialogue, ticket: Ticket) -> list[str]:
    """What is told of a ticket that waits for an incident."""
    incident = by_number(talk.session, ticket.incident) if ticket.incident else None
    hidden = ticket.address_parts.get("by_account")  # by an account number that proves nothing
    if incident is None or hidden or ticket.status not in tickets.OPEN:
        return []
    net = network(talk.session)
    node = net.nodes.get(incident.area_code)
    state = wording.expected(talk.company, incident)
    values = {"number": incident.number, "area": node.name if node else "", "state": state}
    return [talk.company.phrase("ticket_in_incident", **values)]


ticket_status.OUTCOMES["report_outage"] = _in_incident
