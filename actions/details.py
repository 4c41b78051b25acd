"""What a fault report takes about the fault itself: every detail of company/quality.yml that the words tell. Pure.

Slot `fault_details`: {"answers": {ask: value, None where asked in vain}, "asked": [ask], "now": [asks put last, and SINCE],
"told": [what was said once], "enough": True once a question was passed over, "aside": the last message was about something
else, "again": [ask put once more], "beside": [ask put beside the phone,
as only the time was told], "noted": [what was told unasked]}. Slot `fault_detail`: None while something is to be asked, "done", or "none" for other faults.
"""

from __future__ import annotations

import re
from typing import Any

from actions import words
from actions.heard import SMALL_TALK, Heard
from actions.taken import Collected, Slots
from kefu.company.data import get_company
from kefu.company.quality import MOST_ASKS, SCOPE, TIMES, DetailAsk, Symptom
from kefu.intake.symptoms import read_detail, shown

SINCE = "since"
SURE = 0.5
_NONE = re.compile(r"^(没|没有|无)$|没(有)?(温度计|表|量|测|问|注意|看|留意)")
_STOPPED = re.compile(r"停|断了|没(有)?(电|水|气|暖|来)")
_NEIGHBOURS = re.compile(r"邻居|隔壁|对面|旁边|别人|楼下")
# What a fault told with a question is misread as: "水是黄的，能给孩子喝吗".
_NEAR = ("ask_safety", "ask_service_standard", "ask_responsibility")
_ODD = re.compile(r"不(太|大|怎么)?(正常|对劲)|毛病")
_AT_HOME = re.compile(r"家|屋|我们|咱|楼")
_DENIED = re.compile(r"(?:不|没|没有|没人|没觉得|不是|没感到)$")
# "停了", not "停水以后"
_NOW_OFF = re.compile(
    r"(停了?|断了?|没有?)(电|水|气|暖)了?(?![^，,。；;]{0,3}(后|过|完|以来))|(停|断|黑|灭)了(?![^，,。；;]{0,3}(后|过|完|以来))"
)
_OF_DETAILS = re.compile(r"邻居|隔壁|对门|楼[上下]|别[家人]|龙头|温度|几度|多少度|灶|别的屋")
_HURRIES = re.compile(r"别问|别(那么|这么)|快|赶紧|马上|急|烦|废话")
HALF, BARE = 12, 8  # characters: the answer to one of two questions; a detail and nothing else
FAULTS = ("report_quality", "report_facility", "report_outage")


def symptom(slots: Slots, text: str = "") -> Symptom | None:
    """What is wrong, after all the customer said of it."""
    said = [*(slots.get("words") or []), text]
    return get_company().quality.symptom(slots.get("fault_intent"), slots.get("fault_service"), said)


def open_asks(row: Symptom | None, details: dict[str, Any]) -> list[str]:
    """What is still to be asked, in order: nothing twice, and never more than a few."""
    if row is None or details.get("enough"):
        return []
    answers, asked = details.get("answers") or {}, details.get("asked") or []
    waiting = [name for name in details.get("now") or [] if name in row.asks and name not in answers]
    fresh = [name for name in row.asks if name not in answers and name not in asked]
    return [*waiting, *fresh[: MOST_ASKS - len(asked)]]


def take(slots: Slots, heard: Heard, taken: Collected) -> bool:
    """Read the details; True when this message told one. What was asked and not answered is not asked again."""
    if slots.get("fault_intent") == "report_outage" and measured(heard, slots.get("fault_service")):
        taken.changes |= {"fault_intent": "report_quality", "fault_detail": None}  # "12度": it is on, but too cold
    row = symptom({**slots, **taken.changes}, heard.text)
    if row is None:
        if slots.get("fault_intent") != "report_outage":  # there the place is looked up first (actions/known.py)
            taken.changes["fault_detail"] = "none"
        return False
    details = dict(slots.get("fault_details") or {})
    answers, now = dict(details.get("answers") or {}), list(details.get("now") or [])
    found = _found(row, heard, now, slots)
    told = _put_down(row, found, answers, slots, heard, taken)
    answered = bool(set(found) & set(now) or (told and _only_this(heard))) and not words.COMPLAINS.search(heard.plain)
    aside = bool(now) and not answered and _aside(slots, heard) and not details.get("aside")
    details["aside"] = aside
    if not aside:
        now = _still_open(row, details, answers, slots, heard, bool(told))
    unasked = slots.get("requested_slot") in ("phone", "fault_since", "fault_address") and not set(told) & set(now)
    details |= {"answers": answers, "now": now, "noted": told if unasked else []}
    taken.changes["fault_details"] = details
    taken.changes["fault_detail"] = None if open_asks(row, details) else "done"
    taken.answered |= answered and slots.get("requested_slot") is not None
    return bool(told)


def _only_this(heard: Heard) -> bool:
    """Nothing but the detail, whatever it was read as: "12度", "所有龙头"."""
    bare = len(heard.plain) <= BARE and not heard.asks and heard.intent not in ("report_emergency", "request_human")
    return bare or not other_wish(heard)


def _still_open(
    row: Symptom, details: dict[str, Any], answers: dict[str, Any], slots: Slots, heard: Heard, told: bool
) -> list[str]:
    """What was put and not answered is put once more where something else was told instead; else it is dropped."""
    missed = [name for name in details.get("now") or [] if name != SINCE and answers.get(name) is None]
    again, hurries = details.get("again") or [], _HURRIES.search(heard.plain) or _has_none(heard)
    half = told or (slots.get("requested_slot") == "fault_address" and heard.address is not None)
    kept = [name for name in missed if half and not hurries and name not in again]
    answers |= dict.fromkeys(name for name in missed if name not in kept)
    if missed and not kept and slots.get("requested_slot") == "fault_detail" and not _has_none(heard):
        details["enough"] = True  # whoever does not answer wants it quick
        if asks_since(slots) and heard.any_time and not hurries and len(heard.plain) <= HALF:
            fresh = [name for name in row.asks if name not in answers and name not in details["asked"]]
            details["beside"] = [*(name for name in missed if name not in again), *fresh][:1]
    details["again"] = [*again, *kept]
    return kept


def not_known(slots: Slots, heard: Heard) -> bool:
    """ "邻居不清楚", or "不知道" to a detail asked beside the phone: no answer to whatever else was asked."""
    beside = bool((slots.get("fault_details") or {}).get("now"))
    return heard.unknown and (beside or bool(_OF_DETAILS.search(heard.plain)))


def more_exact(slots: Slots, heard: Heard, intent: str) -> bool:
    """The words themselves tell another kind of fault: an answer ("所有龙头") is easily misread as one."""
    service = slots.get("fault_service") or heard.service
    if intent == "report_outage":
        return bool(_NOW_OFF.search(heard.plain))
    row = get_company().quality.symptom(intent, service, [heard.text])
    return service is None or (row is not None and bool(row.words))


def _found(row: Symptom, heard: Heard, now: list[str], slots: Slots) -> dict[str, Any]:
    """Every detail in this message; all of it is the answer in free words only where it says nothing else."""
    asks = get_company().quality.asks
    found = {
        name: read_detail(asks[name], heard.text, asked=name in now)
        for name in row.details
        if asks[name].kind != "words"
    }
    found = {name: value for name, value in found.items() if value is not None}
    if not (found or _aside(slots, heard) or heard.unknown or heard.only_values):
        found = {name: read_detail(asks[name], heard.text, True) for name in now if asks.get(name) in _free(row)}
    return found


def _free(row: Symptom) -> list[DetailAsk]:
    asks = get_company().quality.asks
    return [asks[name] for name in row.details if asks[name].kind == "words"]


def _put_down(
    row: Symptom, found: dict[str, Any], answers: dict[str, Any], slots: Slots, heard: Heard, taken: Collected
) -> list[str]:
    """What is new; what was known is only replaced by a correction."""
    asks = get_company().quality.asks
    checking = slots.get("requested_slot") == "fault_confirmed"
    told = []
    for name, value in found.items():
        old = answers.get(name)
        if value == old or (old is not None and not (heard.corrects or checking)):
            continue
        if old is not None or (checking and (heard.no or heard.corrects)):
            taken.corrected.append(f"{asks[name].label}{shown(asks[name], value)}")
        answers[name] = value
        told.append(name)
    return told


def other_wish(heard: Heard) -> bool:
    """Surely about something else than this fault."""
    return heard.intent in get_company().topics and heard.intent not in FAULTS and heard.confidence >= SURE


def _aside(slots: Slots, heard: Heard) -> bool:
    """No answer and no refusal: a question, small talk, another wish. Said twice, the question is dropped."""
    if slots.get("misses") or heard.unknown or heard.declines or heard.any_time or heard.has_particulars:
        return False
    return heard.asks or heard.intent in SMALL_TALK or other_wish(heard) or heard.only_photo


def _has_none(heard: Heard) -> bool:
    """ "没有温度计", "没问过": an answer, if not the one wished for."""
    return heard.unknown or bool(_NONE.search(heard.plain))


def elsewhere(heard: Heard) -> bool:
    """The words point to a place that need not be home; "邻居也这样" alone does not."""
    if read_detail(get_company().quality.asks[SCOPE], heard.text) is None:
        return heard.elsewhere
    return bool(words.ELSEWHERE.search(_NEIGHBOURS.sub("", heard.plain)))


def measured(heard: Heard, service: str | None) -> bool:
    """ "屋里就十六七度": a reading of what is supplied, so it has not stopped."""
    quality = get_company().quality
    rows = [row for row in quality.symptoms if row.service == service and row.measure]
    names = dict.fromkeys(row.measure for row in rows if row.measure)
    return any(read_detail(quality.asks[name], heard.text) for name in names) and not _STOPPED.search(heard.plain)


def recognised(heard: Heard) -> bool:
    """Not sure what was meant, but a fault of quality may be, and the words are one's."""
    row = get_company().quality.symptom("report_quality", heard.service, [heard.text])
    nearest = heard.likeliest(get_company().topics)
    likely = nearest in _NEAR or any(one["name"] == "report_quality" for one in heard.ranking)
    named = row is not None and (bool(row.words) or bool(_ODD.search(heard.plain)))
    return likely and named and (not heard.asks or bool(_AT_HOME.search(heard.plain)))


def alarm(slots: Slots, heard: Heard, form: str | None) -> Symptom | None:
    """ "火是黄的，人有点头晕": the fault whose signs make it danger, said of what is being reported or at once."""
    if form not in (None, "fault_form") or (
        form is None and heard.intent not in ("report_quality", "report_emergency")
    ):
        return None
    known = {"fault_intent": "report_quality", "fault_service": heard.service} if form is None else slots
    row = symptom(known, heard.text)
    sign = row.alarm.search(heard.plain) if row is not None and row.alarm is not None else None
    return None if sign is None or _DENIED.search(heard.plain[: sign.start()]) else row


def asks_since(slots: Slots) -> bool:
    """The time was asked for together with a detail."""
    return SINCE in ((slots.get("fault_details") or {}).get("now") or []) and slots.get("fault_since") is None


def vague_time(slots: Slots, heard: Heard) -> str | None:
    """ "打从供暖就没热过，邻居也这样": the clause that tells when it began, in the answer to two questions."""
    lasting = TIMES in ((slots.get("fault_details") or {}).get("now") or [])  # "一直" answers that one
    for clause in heard.clauses:
        if len(clause) <= 20 and words.VAGUE_TIME.search(clause.replace("一直", "") if lasting else clause):
            return str(clause)
    return None
