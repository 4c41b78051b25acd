"""What a fault report takes about the fault itself: every detail of company/quality.yml that the words tell. Pure.

Slot `fault_details`: {"answers": {ask: value, None where asked in vain}, "asked": [ask], "now": [asks put last, and SINCE],
"told": [what was said once], "enough": True once a question was passed over}. Slot `fault_detail`: None while something is to be asked, "done", or "none" for other faults.
"""

from __future__ import annotations

from typing import Any

from actions import words
from actions.heard import SMALL_TALK, Heard
from actions.taken import Collected, Slots
from kefu.company.data import get_company
from kefu.company.quality import MOST_ASKS, Quality, Symptom
from kefu.intake.symptoms import read_detail, shown

SINCE = "since"
SURE = 0.5
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
    merged = {**slots, **taken.changes}
    row = symptom(merged, heard.text)
    if row is None:
        taken.changes["fault_detail"] = "none"
        return False
    quality = get_company().quality
    details = dict(slots.get("fault_details") or {})
    answers = dict(details.get("answers") or {})
    now = list(details.get("now") or [])
    told = _told(quality, row, heard, now, answers, slots, taken)
    aside = bool(now) and not told and _aside(slots, heard)
    if not aside:
        passed_over = [name for name in now if name != SINCE and name not in answers]
        answers |= dict.fromkeys(passed_over)
        now = []
        if passed_over and slots.get("requested_slot") == "fault_detail":
            details["enough"] = True  # whoever does not answer wants it quick
    details |= {"answers": answers, "now": now}
    taken.changes["fault_details"] = details
    taken.changes["fault_detail"] = None if open_asks(row, details) else "done"
    taken.answered |= slots.get("requested_slot") == "fault_detail" and told
    return told


def _told(
    quality: Quality,
    row: Symptom,
    heard: Heard,
    now: list[str],
    answers: dict[str, Any],
    slots: Slots,
    taken: Collected,
) -> bool:
    """Put every detail of this message among the answers; what was known before is only replaced by a correction."""
    found = False
    may_replace = heard.corrects or slots.get("requested_slot") == "fault_confirmed"
    for name in row.details:
        ask, old = quality.asks[name], answers.get(name)
        alone = ask.kind != "words" or not (_aside(slots, heard) or heard.unknown or heard.has_particulars)
        value = read_detail(ask, heard.text, asked=name in now and alone)
        if value is None or (old is not None and not (may_replace and value != old)):
            continue
        if old is not None:
            taken.corrected.append(f"{ask.label}{shown(ask, value)}")
        answers[name] = value
        found = True
    return found


def _aside(slots: Slots, heard: Heard) -> bool:
    """No answer and no refusal: a question, small talk, another wish. Said twice, the question is dropped."""
    if slots.get("misses") or heard.unknown or heard.declines or heard.any_time or heard.has_particulars:
        return False
    topics = get_company().topics
    other = heard.intent in topics and heard.intent not in FAULTS and heard.confidence >= SURE
    return heard.asks or heard.intent in SMALL_TALK or other or heard.only_photo


def asks_since(slots: Slots) -> bool:
    """The time was asked for together with a detail."""
    return SINCE in ((slots.get("fault_details") or {}).get("now") or []) and slots.get("fault_since") is None


def vague_time(heard: Heard) -> str | None:
    """ "打从供暖就没热过，邻居也这样": the clause that tells when it began, in the answer to two questions."""
    for clause in heard.clauses:
        lasting = words.VAGUE_TIME.search(clause.replace("一直", ""))
        if lasting and len(clause) <= 20:
            return str(clause)
    return None
