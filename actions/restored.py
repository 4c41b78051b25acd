"""The answer to "is yours back?": thanks, or this home's own ticket; another matter passes and the question stays."""

from __future__ import annotations

from rasa_sdk.events import EventType

from actions import known, thread, words
from actions.dialogue import Dialogue
from kefu.incidents import restoration
from kefu.incidents.models import SupplyReport
from kefu.outbox.notices import question_shown

# In these the customer is telling what is off: it is their answer.
TELLING_FORMS = ("fault_form", "emergency_form", "enquiry_form", "complaint_form")
SHORT = 8
# Topics that the answer alone is read as.
NO_MATTER = ("report_outage", "ask_outage", "ask_ticket", "urge_ticket", "cancel_ticket", "rate_service")


def answered(talk: Dialogue) -> list[EventType] | None:
    """Take the message as the answer; None when nothing was asked, this is no answer, or more is said than the answer."""
    asks_us = talk.form is None and bool(words.ASKS_IF_BACK.search(talk.heard.plain))
    is_back = None if asks_us else _answer(talk)
    if is_back is None and not asks_us:
        return None
    reports = restoration.asked(talk.session, talk.company, talk.conversation_id, talk.heard.service)
    if not reports or _of_another_place(talk, reports):
        return None
    if asks_us:
        return ask_again(talk, reports[0])
    if not _explicit(talk) and not _bare_may_answer(talk):
        return None
    talk.set(offered_return=None, told_known=None)
    if is_back:
        _thank(talk, reports)
    else:
        _still_off(talk, reports)
    return None if _says_more(talk) else talk.go_on()


# --- what the words say --------------------------------------------------------------------------------------------------
def _answer(talk: Dialogue) -> bool | None:
    """True: back; False: still off; None: no answer. By the words alone; the database is asked afterwards."""
    heard = talk.heard
    if talk.form in TELLING_FORMS or heard.intent == "report_emergency":
        return None
    if (talk.form and len(heard.plain) > SHORT) or (_says_more(talk) and not words.OF_SUPPLY.search(heard.plain)):
        return None
    if words.NOT_BACK.search(heard.plain):
        return False
    if words.BACK.search(heard.plain):
        told = any(words.BACK.search(part) and not words.QUESTION.search(part) for part in heard.clauses)
        return True if told else None
    if _reports(talk):
        return False
    if talk.form or not (words.BARE_BACK.match(heard.plain) or words.BARE_NOT_BACK.match(heard.plain)):
        return None
    return bool(words.BARE_BACK.match(heard.plain))


def _reports(talk: Dialogue) -> bool:
    """Reported like something new ("家里停电了"): after the question it is the answer."""
    return talk.heard.intent == "report_outage" and talk.heard.confidence >= thread.UNSURE_OF_FAULT


def _explicit(talk: Dialogue) -> bool:
    plain = talk.heard.plain
    return _reports(talk) or bool(words.BACK.search(plain) or words.NOT_BACK.search(plain))


def _bare_may_answer(talk: Dialogue) -> bool:
    """A mere yes or no belongs to the last question put: ours, if it has been seen and no other came after it."""
    since = restoration.open_since(talk.company)
    asked_since = any(words.QUESTION.search(text) for text in talk.last_said())
    offered = talk.slot("offered_return") not in (None, known.OFFER)  # that offer is older than the question
    return not asked_since and not offered and question_shown(talk.session, talk.conversation_id, since)


def _of_another_place(talk: Dialogue, reports: list[SupplyReport]) -> bool:
    """Another home is off: that is a report of its own."""
    said = talk.heard.address or {}
    named = said.get("community") or said.get("village")
    away = talk.heard.elsewhere and not words.NEIGHBOURS.search(talk.heard.plain)
    return away or bool(named and not any(named in report.address for report in reports))


def _says_more(talk: Dialogue) -> bool:
    """Another matter in the same message: it is taken up next."""
    heard = talk.heard
    sure = heard.confidence >= thread.SURE and heard.intent in talk.company.topics
    return talk.form is None and sure and heard.intent not in NO_MATTER


# --- what follows --------------------------------------------------------------------------------------------------------
def ask_again(talk: Dialogue, report: SupplyReport) -> list[EventType]:
    """ "来电了没": as far as we know it is; how is it at home?"""
    said = talk.company.notices.words(report.service)
    talk.tell("restored_as_far_as_known", buttons=[said.back, said.not_back])
    return talk.events


def _thank(talk: Dialogue, reports: list[SupplyReport]) -> None:
    done = [restoration.back(talk.session, talk.company, report, talk.heard.text) for report in reports]
    own = [ticket for ticket in done if ticket is not None]
    numbers = "、".join(ticket.number for ticket in own if ticket.verifier is None)
    talk.tell("restored_thanks_ticket" if numbers else "restored_thanks", number=numbers)
    for ticket in own:
        if ticket.verifier is not None:
            talk.tell("done_unverified", number=ticket.number)


def _still_off(talk: Dialogue, reports: list[SupplyReport]) -> None:
    for report in reports:
        done = restoration.still_off(talk.session, talk.company, report, talk.heard.text)
        number, due = done.ticket.number, done.ticket.due_source
        talk.set(last_ticket=number)
        if done.promise is not None:
            talk.tell("still_off_new", number=number, says=done.promise.says, source=done.promise.source)
        else:
            talk.tell("still_off_again" if done.reopened else "still_off_known", number=number, due=due)
        if done.promise is not None or done.reopened:
            phone = talk.emergency_phone(report.service)
            talk.tell(f"still_off_hint_{report.service}", phone=phone)
