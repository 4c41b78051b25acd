"""Known first: what we know of a place is told before anything is asked that is not needed; who is hit is counted in."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import EventType

from actions import outage_words, places, thread, vulnerable
from actions.dialogue import Dialogue
from actions.taken import DECLINED
from actions.which import carried
from kefu.incidents import dispatch, reports, restoration, subscriptions, wording
from kefu.incidents.known import Known, known_now
from kefu.incidents.models import SupplyReport
from kefu.incidents.reports import Said
from kefu.intake.service import first_word
from kefu.network.locate import Located, locate
from kefu.network.models import OPEN, Incident
from kefu.nlu.values import address_text, merge_address
from kefu.privacy.masking import mask_phone
from kefu.sms import service as sms

OFFER = "notify"
NOTIFY = ["要，通知我", "不用"]


def first(talk: Dialogue) -> list[EventType] | None:
    """In an outage report whose place is known: what we know already ends it; None: the report goes on."""
    place = talk.slot("fault_address") or talk.slot("fault_address_draft")
    if talk.slot("fault_intent") != "report_outage" or not place or "choices" in place:
        return None
    service, vague = talk.slot("fault_service"), talk.slot("fault_address") is None
    at = locate(talk.session, place, service)
    alone, hidden = _alone(talk), by_number(talk, at, place)
    known = None if alone or hidden else known_now(talk.session, at, service)
    if vague and (known is None or not known.sure or (known.late and known.interruption is not None)):
        return None  # first where exactly
    if known is not None and known.interruption is not None and known.sure:
        talk.say_again(wording.told(talk.company, at.net, known))
        if not known.late:
            return _ended(talk, known, service, place, None)
    said = _said(talk, service, place, alone, hidden)
    report = reports.take_report(talk.session, talk.company, said, at)
    vulnerable.on_report(talk, report)
    return _told(talk, report, at, known, place)


def meanwhile(talk: Dialogue) -> list[EventType] | None:
    """While the form was asking, the neighbours have made it an incident: nothing more is needed of this customer."""
    if talk.slot("fault_intent") != "report_outage":
        return None
    service = talk.slot("fault_service")
    report = reports.of_conversation(talk.session, talk.conversation_id, service)
    this = report is not None and report.reported_at >= first_word(talk.slot("first_word_at"))
    if report is None or not this or report.incident_id is None:
        return None  # another home's report is not this one
    if _alone(talk):
        reports.keep_apart(talk.session, talk.company, report)
        return None
    place = talk.slot("fault_address") or {"text": report.address}
    if talk.slot("phone") not in (None, DECLINED):
        report.phone = talk.slot("phone")
    incident = _may_hear_of(talk, report)
    if incident is None:
        return None
    talk.tell("known_form_over", number=incident.number)  # what it is, a notice has said
    return _ended(talk, Known(incident, True, False), report.service, place, report)


def _may_hear_of(talk: Dialogue, report: SupplyReport) -> Incident | None:
    """The incident a report is part of, as long as it goes on; whoever gave only an unproved number hears nothing of it:
    his ticket waits for the incident all the same."""
    incident = talk.session.get(Incident, report.incident_id) if report.incident_id else None
    return incident if incident is not None and incident.status in OPEN and not report.by_number else None


def _alone(talk: Dialogue) -> bool:
    return any(outage_words.ONLY_MINE.search(text) for text in talk.slot("words") or [])


def by_number(talk: Dialogue, at: Located, place: dict[str, Any]) -> bool:
    """The place is known only by an account number the customer has not proved."""
    return "account_number" in place and (at.account is None or at.account.number not in talk.account_numbers)


def _said(talk: Dialogue, service: str, place: dict[str, Any], alone: bool, hidden: bool) -> Said:
    phone = talk.slot("phone")
    return Said(
        service=service,
        place=place,
        conversation_id=talk.conversation_id,
        words="\n".join(talk.slot("words") or []),
        at=first_word(talk.slot("first_word_at")),
        phone=None if phone == DECLINED else phone,
        alone=alone,
        by_number=hidden,
    )


def _told(
    talk: Dialogue, report: SupplyReport, at: Located, known: Known | None, place: dict[str, Any]
) -> list[EventType] | None:
    """A report that is part of an incident is told so and asks nothing more."""
    incident = _may_hear_of(talk, report)
    if incident is None:
        if known is not None and known.incident is not None and not known.sure:
            area = at.net.nodes[known.incident.area_code].name
            talk.tell("known_maybe", area=area, what=wording.stopped(talk.company, report.service))
        return None
    counted = dispatch.homes_of(talk.session, incident)
    talk.say_again(wording.told_incident(talk.company, at.net, incident, counted))
    talk.tell("known_counted")
    return _ended(talk, Known(incident, True, False), report.service, place, report)


def _ended(
    talk: Dialogue, known: Known, service: str, place: dict[str, Any], report: SupplyReport | None
) -> list[EventType]:
    """The form is over without a ticket; the offer to be told, unless something else waits to be taken up."""
    vulnerable.tell(talk, "vulnerable_planned" if report is None else "vulnerable_kept")
    if report is not None:
        vulnerable.ask_once(talk)
    if talk.form:
        form = talk.form
        talk.leave_form()
        talk.clear(form)
        if talk.slot("phone") == DECLINED:
            talk.set(phone=None)
    remember(talk, known, service, place)
    if talk.slot("pending") or talk.slot("paused"):
        events = thread.after(talk)
        return events if events and events[-1]["event"] == "followup" else talk.wait()
    offer(talk, known)
    return talk.wait()  # not the form's own ending, which would make a ticket


def remember(talk: Dialogue, known: Known | None, service: str | None, place: dict[str, Any]) -> None:
    """What was told last, so that the next question about it needs no place."""
    number = known.event.number if known is not None else None
    event = "planned" if known is not None and known.interruption is not None else "restored"
    talk.set(told_known={"service": service, "place": place, "number": number, "event": event})


def offer(talk: Dialogue, known: Known) -> None:
    talk.set(offered_return=OFFER)
    talk.tell("ask_notify" if known.incident is not None else "ask_notify_planned", NOTIFY)


# --- after it was told --------------------------------------------------------------------------------------------------
def answered(talk: Dialogue) -> list[EventType] | None:
    """The answer to "shall we tell you", and what else belongs to an outage that was told: only my home, a slip of the
    place, it is back, no more notices."""
    told, plain = talk.slot("told_known"), talk.heard.plain
    if talk.form or not told or talk.heard.intent == "report_emergency":
        return None
    if outage_words.ONLY_MINE.search(plain) and told.get("service"):
        return _only_mine(talk, told)
    if talk.heard.corrects and talk.heard.address and told.get("service"):
        return _elsewhere(talk, told)
    if told.get("number") and outage_words.NO_NOTICE.search(plain):
        return _quiet(talk, told)
    if told.get("service") and (outage_words.HOME_AGAIN.match(plain) or (talk.heard.cancels and "修" in plain)):
        return _over(talk, told)
    offered = talk.slot("offered_return") == OFFER
    if offered and outage_words.NOTIFY_NO.fullmatch(plain):
        return _quiet(talk, told)
    bare_phone = offered and talk.heard.phone and talk.heard.bare_data
    late = told.get("number") and outage_words.NOTIFY_ME.search(plain) and not talk.heard.asks
    if (offered and outage_words.NOTIFY_YES.fullmatch(plain)) or bare_phone or late:
        return _subscribed(talk, told)
    return _more(talk, told)


def _over(talk: Dialogue, told: dict[str, Any]) -> list[EventType] | None:
    """It is back at home before we say so, or nobody is needed any more: the report ends."""
    report = reports.of_conversation(talk.session, talk.conversation_id, told["service"])
    if report is None or report.ticket is not None or report.incident_id is None:
        return None
    if outage_words.HOME_AGAIN.match(talk.heard.plain):
        restoration.back(talk.session, talk.company, report, talk.heard.text)
        talk.tell("restored_thanks")
    else:
        reports.end(report)
        talk.tell("known_withdrawn")
    subscriptions.unsubscribe(talk.session, talk.conversation_id, told["event"], told["number"] or "")
    talk.set(offered_return=None, told_known=None)
    return talk.events


def _more(talk: Dialogue, told: dict[str, Any]) -> list[EventType] | None:
    """Bare data after it: since when, a door number. Kept with the report."""
    if talk.heard.intent != "inform" or not talk.heard.has_values:
        return None
    report = reports.of_conversation(talk.session, talk.conversation_id, told.get("service"))
    if report is None or report.ticket:
        return None
    report.words = f"{report.words}\n{talk.heard.text}"
    report.phone = talk.heard.phone or report.phone
    talk.tell("noted_more")
    return talk.events


def _subscribed(talk: Dialogue, told: dict[str, Any]) -> list[EventType]:
    talk.set(offered_return=None)
    phone = talk.heard.phone
    if phone is None and outage_words.BY_SMS.search(talk.heard.plain):
        on_file = next((account.phone for account in talk.accounts if account.phone), None)
        phone = talk.slot("phone") if talk.slot("phone") not in (None, DECLINED) else on_file
    phone = sms.mobile(phone) if sms.available() else None
    subscriptions.subscribe(talk.session, talk.conversation_id, told["event"], told["number"], phone)
    if phone:
        said = talk.heard_phone(phone)
        talk.tell("notify_sms", phone=phone if said else mask_phone(phone))
    else:
        talk.tell("notify_here")
    return talk.events


def _quiet(talk: Dialogue, told: dict[str, Any]) -> list[EventType]:
    talk.set(offered_return=None)
    report = reports.of_conversation(talk.session, talk.conversation_id, told.get("service"))
    if report is not None:
        report.quiet = True
    subscriptions.unsubscribe(talk.session, talk.conversation_id, told["event"], told["number"])
    talk.tell("notify_none")
    return talk.events


def _only_mine(talk: Dialogue, told: dict[str, Any]) -> list[EventType]:
    """The neighbours have supply: a fault of this home's own, whatever goes on around it."""
    talk.set(offered_return=None)
    report = reports.of_conversation(talk.session, talk.conversation_id, told["service"])
    if report is not None:
        reports.keep_apart(talk.session, talk.company, report)
    talk.set(last_fault={"fault_address": told["place"]})
    return thread.start(talk, "report_outage", [talk.heard.text], told["service"])


def _elsewhere(talk: Dialogue, told: dict[str, Any]) -> list[EventType] | None:
    """ "说错了，是1号楼": looked up again at the right place; the wrong one counts no longer."""
    report = reports.of_conversation(talk.session, talk.conversation_id, told["service"])
    if report is None or report.ticket is not None:
        return None
    reports.end(report)
    said = {k: v for k, v in (talk.heard.address or {}).items() if k != "negated"}
    place = merge_address(told["place"], said)
    place = places.settled(talk, {**carried(told["place"], said, place), "text": address_text(place)})
    talk.set(offered_return=None, told_known=None, last_fault={"fault_address": place})
    talk.say("utter_corrected", value=place["text"])
    return thread.start(talk, "report_outage", [report.words], told["service"])


def place_told(talk: Dialogue, service: str | None) -> dict[str, Any] | None:
    """The place of what was told, for a report that names none: 怎么还没来电."""
    told = talk.slot("told_known") or {}
    same = told.get("place") and service in (None, told.get("service"))
    return dict(told["place"]) if same and not talk.heard.elsewhere else None
