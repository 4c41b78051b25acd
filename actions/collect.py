"""What each form takes from a message. Pure: slots and the message in, slot changes out.

A form takes everything it can use, whichever slot it asked for; a later value corrects an earlier one. Raw text is
taken only where refusing it would leave the customer stuck: a place of danger, a vague time after a second asking.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from actions.heard import Heard
from kefu.nlu.values import address_text, merge_address

DECLINED = "declined"
MISSES_BEFORE_TAKING_WORDS = 2
_PRECISE = ("building", "unit", "room", "road_number", "village", "detail")
SERVICE_NAMES = {"electricity": "电", "water": "水", "gas": "燃气", "heat": "暖气"}

Slots = dict[str, Any]


@dataclass
class Collected:
    """`changes`: slots to set. `answered`: what was asked for is there now. `corrected`: replaced values, for telling."""

    changes: Slots = field(default_factory=dict)
    answered: bool = False
    corrected: list[str] = field(default_factory=list)


def collect(form: str, slots: Slots, heard: Heard) -> Collected:
    """Take from the message what the form can use. `slots` are the current values, `requested_slot` among them."""
    before = dict(slots)
    taken = Collected()
    _COLLECTORS[form](slots, heard, taken)
    requested = before.get("requested_slot")
    taken.answered = requested is not None and taken.changes.get(requested) is not None
    missed = requested is not None and not taken.changes
    taken.changes["misses"] = (before.get("misses") or 0) + 1 if missed else 0
    _add_words(before, heard, taken)
    return taken


def _add_words(slots: Slots, heard: Heard, taken: Collected) -> None:
    words = list(slots.get("words") or [])
    bare = heard.only_values or (taken.answered and (heard.yes or heard.no) and len(heard.plain) < 8)
    if heard.text and not bare and heard.text not in words:
        taken.changes["words"] = [*words, heard.text]


def _fault(slots: Slots, heard: Heard, taken: Collected) -> None:
    asked = slots.get("requested_slot")
    _service(slots, heard, taken)
    _fault_address(slots, heard, taken, asked)
    if heard.since and (slots.get("fault_since") is None or asked == "fault_since"):
        taken.changes["fault_since"] = heard.since
    elif asked == "fault_since":
        _vague_time(slots, heard, taken)
    _phone(slots, heard, taken, "phone", asked)
    _confirmation(slots, heard, taken, asked)


def _service(slots: Slots, heard: Heard, taken: Collected) -> None:
    if not heard.service:
        return
    known, said = slots.get("fault_service"), heard.values("service")[-1]  # "不是水，是电": the last one said
    if known in (None, heard.service):
        taken.changes["fault_service"] = known or said
    if known and said != known and heard.corrects:
        taken.changes["fault_service"] = said
        taken.corrected.append(SERVICE_NAMES[said])


def _fault_address(slots: Slots, heard: Heard, taken: Collected, asked: str | None) -> None:
    known = slots.get("fault_address") or slots.get("fault_address_draft")
    if heard.address is None and known is None and heard.account_place:
        taken.changes["fault_address"] = heard.account_place
        return
    if heard.address is None:
        if asked == "fault_address" and slots.get("fault_address_draft") and not heard.asks and len(heard.plain) > 1:
            place = dict(slots["fault_address_draft"], detail=heard.text.strip()[:40])
            place["text"] = address_text(place)
            taken.changes["fault_address"] = place
        return
    place = merge_address(known, heard.address) if known else heard.address
    place = {k: v for k, v in place.items() if k not in ("negated", "from_account")}
    if slots.get("fault_address") and _differs(slots["fault_address"], place):
        taken.corrected.append(place["text"])
    enough = any(place.get(part) for part in _PRECISE) or "交叉" in place["text"] or "路口" in place["text"]
    asked_twice = asked == "fault_address" and slots.get("fault_address_draft") is not None
    taken.changes["fault_address" if enough or asked_twice else "fault_address_draft"] = place


def _differs(old: dict[str, Any], new: dict[str, Any]) -> bool:
    """Something said before is now said otherwise; more detail alone is no correction."""
    return any(new.get(part) != value for part, value in old.items() if part not in ("text", "detail") and value)


def _vague_time(slots: Slots, heard: Heard, taken: Collected) -> None:
    tired = (slots.get("misses") or 0) + 1 >= MISSES_BEFORE_TAKING_WORDS
    if heard.any_time:
        taken.changes["fault_since"] = {"text": heard.any_time}
    elif taken.changes or heard.has_values:
        return
    elif heard.unknown:
        taken.changes["fault_since"] = {"text": "不清楚"}
    elif tired and not heard.asks:
        taken.changes["fault_since"] = {"text": heard.text.strip()[:30]}


def _phone(slots: Slots, heard: Heard, taken: Collected, slot: str, asked: str | None) -> None:
    if heard.phone:
        if slots.get(slot) and slots[slot] != heard.phone:
            taken.corrected.append(heard.phone)
        taken.changes[slot] = heard.phone
    elif (asked == slot and not taken.changes and (heard.declines or heard.unknown)) or (
        asked == slot and not taken.changes and (slots.get("misses") or 0) >= MISSES_BEFORE_TAKING_WORDS
    ):
        taken.changes[slot] = DECLINED


def _confirmation(slots: Slots, heard: Heard, taken: Collected, asked: str | None) -> None:
    if asked == "fault_confirmed" and not taken.corrected and heard.yes:
        taken.changes["fault_confirmed"] = True


def _emergency(slots: Slots, heard: Heard, taken: Collected) -> None:
    asked = slots.get("requested_slot")
    _phone(slots, heard, taken, "phone", asked)
    place = slots.get("emergency_place")
    if heard.address is not None:
        new = {k: v for k, v in heard.address.items() if k != "negated"}
        own_place = new.get("community") or new.get("road") or new.get("village")
        taken.changes["emergency_place"] = new if own_place or place is None else merge_address(place, new)
        taken.changes["emergency_detail"] = True
    elif place is None and heard.account_place:
        taken.changes["emergency_place"] = heard.account_place
    elif asked in ("emergency_place", "emergency_detail") and not heard.phone:
        _spoken_place(slots, heard, taken, asked)


def _spoken_place(slots: Slots, heard: Heard, taken: Collected, asked: str) -> None:
    """In danger a place in the customer's own words beats no place."""
    if len(heard.plain) < 2 or heard.asks or (asked == "emergency_place" and (heard.yes or heard.no or heard.unknown)):
        return
    if asked == "emergency_place":
        taken.changes["emergency_place"] = {"detail": heard.text.strip()[:60], "text": heard.text.strip()[:60]}
    elif not (heard.yes or heard.no or heard.unknown):
        place = dict(slots["emergency_place"], detail=heard.text.strip()[:60])
        place["text"] = f"{slots['emergency_place']['text']}（{place['detail']}）"
        taken.changes["emergency_place"] = place
    taken.changes["emergency_detail"] = True


def _enquiry(slots: Slots, heard: Heard, taken: Collected) -> None:
    asked = slots.get("requested_slot")
    known = slots.get("phone")
    if heard.phone:
        taken.changes["enquiry_contact"] = taken.changes["phone"] = heard.phone
    elif asked == "enquiry_contact" and heard.declines:
        taken.changes["enquiry_contact"] = DECLINED
    elif asked == "enquiry_contact" and known not in (None, DECLINED) and heard.yes:
        taken.changes["enquiry_contact"] = known
    elif asked == "enquiry_contact" and (slots.get("misses") or 0) + 1 >= MISSES_BEFORE_TAKING_WORDS:
        taken.changes["enquiry_contact"] = DECLINED if known in (None, DECLINED) else known


_COLLECTORS = {"fault_form": _fault, "emergency_form": _emergency, "enquiry_form": _enquiry}
