"""Published times in the talk: for the place we know, from the first word on, with what is published of restoration."""

from __future__ import annotations

from datetime import datetime

from actions import vulnerable, words
from actions.dialogue import Dialogue
from kefu.accounts.service import area_class_at
from kefu.alerts.service import raise_alert
from kefu.clock import clock, day_and_time, local
from kefu.company.promises import Promise, Told, promise
from kefu.intake.service import first_word
from kefu.tickets.models import Ticket

ALL = 2  # the usual time, and the latest


def of_fault(talk: Dialogue) -> Promise:
    """For the fault being reported: its area if its place is known, else what holds for every area."""
    place = talk.slot("fault_address") or talk.slot("fault_address_draft") or {}
    first = any(kind.priority == "high" for kind in vulnerable.kinds(talk))
    return promise(
        talk.company,
        "fault",
        talk.slot("fault_service"),
        None if "account_number" in place else area_class_at(talk.session, place),
        first_word(talk.slot("first_word_at")),
        category=talk.slot("fault_intent"),
        priority="high" if first else None,
    )


def in_form(talk: Dialogue) -> Told:
    """What is told when it is asked in the middle of a report: of restoration only if that was asked."""
    return of_fault(talk).with_restoration(0 if words.WHEN_HERE.search(talk.heard.plain) else ALL)


def say_if_past(talk: Dialogue, ticket: Ticket) -> None:
    """The report took longer than the published time: said as it is, and told to the person in charge."""
    if clock.now() <= ticket.due_at:
        return
    talk.tell("promise_past", when=_shown(ticket.first_word_at), until=_shown(ticket.due_at))
    raise_alert(
        talk.session, "escalation", f"工单 {ticket.number} 登记时已过公布的时限，请值班主管处理", talk.conversation_id
    )


def _shown(moment: datetime) -> str:
    at, today = local(moment), local(clock.now()).date()
    return f"{at:%H:%M}" if at.date() == today else day_and_time(moment)
