"""A fault told in words that were read as something else: mere data, a bill, an urging of a ticket there is not."""

from __future__ import annotations

import re

from rasa_sdk.events import EventType

from actions import thread, ticket_status, words
from actions.dialogue import Dialogue
from kefu.tickets import service as tickets

LEAKS = re.compile(r"(漏水|渗水|冒水|喷水|(?<![一半])滴水|淌水|爆管|水管(爆|裂|破|断))")
# Money, or a leak that is over: another matter.
_OTHER = re.compile(r"(账单|[水电气热]费|多交|减免|退[费钱]|赔|以前|之前|去年|上个?月|修好|不漏|已经修|漏水量|算在)")
_OFF_AGAIN = re.compile(r"(没(?!事)|未|不|又|还|停|断|别人|别家|邻居|隔壁|对面|他们|人家)")
SHORT = 14
# A leak's "表…7号楼" sounds like a reading, too.
MISREAD = (
    "report_facility",
    "inform",
    "other",
    "ask_bill",
    "explain_bill",
    "submit_reading",
    "out_of_scope",
    "chitchat",
    "urge_ticket",
)


def leak(talk: Dialogue) -> list[EventType] | None:
    """ "楼道漏水 4号楼2单元": a place and a leak are a report, whatever they were read as; and a leak is no outage."""
    heard = talk.heard
    told = LEAKS.search(heard.plain) and not _OTHER.search(heard.plain)
    if talk.form or not told or heard.asks or heard.first("ticket_number"):
        return None
    misread = heard.intent in MISREAD if heard.address else False
    if not (misread or (heard.intent == "report_outage" and not words.OFF_NOW.search(heard.plain))):
        return None
    return thread.start(talk, "report_facility", [heard.text], heard.service or "water")


def off_and_urged(talk: Dialogue) -> list[EventType] | None:
    """ "停水了 赶紧派人" from whoever has nothing open here: reported, for there is nothing to urge."""
    heard = talk.heard
    told = words.OFF_NOW.search(heard.plain) and not words.WILL_BE.search(heard.plain)
    if talk.form or heard.intent != "urge_ticket" or not told or heard.first("ticket_number"):
        return None
    if any(one.status in tickets.OPEN or one.kind == "fault" for one in ticket_status.own(talk)):
        return None
    return thread.start(talk, "report_outage", [heard.text], heard.service)


def back_already(talk: Dialogue) -> list[EventType] | None:
    """ "来电了 谢谢" while the outage is still being reported: there is nothing left to report."""
    plain = talk.heard.plain
    if talk.form != "fault_form" or talk.slot("fault_intent") != "report_outage" or len(plain) > SHORT:
        return None
    back = words.BACK.search(plain) and not (_OFF_AGAIN.search(plain) or talk.heard.asks)
    return thread.give_up(talk, "fault_back_already") if back else None
