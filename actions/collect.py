"""What each form takes from a message. Pure: slots and the message in, slot changes out.

A form takes everything it can use, whichever slot it asked for; a later value corrects an earlier one. Raw text is
taken only where refusing it would leave the customer stuck: a place in words, a vague time after a second asking.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from actions import details, request_answers, wishes, words
from actions.heard import SMALL_TALK, Heard
from actions.taken import DECLINED, MISSES_BEFORE_TAKING_WORDS, SERVICE_NAMES, Collected, Slots, said_phone, tired
from actions.which import as_said, carried, insists, pick, picked, unclear
from kefu.nlu.values import address_text, merge_address
from kefu.nlu.values.address import PARTS

NOT_KNOWN = "不清楚"
_PRECISE = ("building", "unit", "room", "road_number", "village", "detail")


def collect(form: str, slots: Slots, heard: Heard) -> Collected:
    """Take from the message what the form can use. `slots` are the current values, `requested_slot` among them."""
    before = dict(slots)
    taken = Collected()
    _COLLECTORS[form](slots, heard, taken)
    requested = before.get("requested_slot")
    taken.answered |= requested is not None and taken.changes.get(requested) is not None
    progress = any(before.get(name) != value for name, value in taken.changes.items())
    missed = requested is not None and not progress and not taken.corrected
    misses = before.get("misses") or 0
    taken.changes["misses"] = misses if taken.waits else misses + 1 if missed else 0
    _add_words(before, heard, taken)
    return taken


def _add_words(slots: Slots, heard: Heard, taken: Collected) -> None:
    known = list(slots.get("words") or [])
    telling = heard.corrects or any(heard.values(kind) for kind in ("period", "amount", "quantity", "staff"))
    short = taken.answered and (heard.yes or heard.no) and len(heard.plain) < 8
    short = short and (len(heard.clauses) < 2 or all(words.YES.match(c) or words.NO.match(c) for c in heard.clauses))
    bare = (heard.only_values or short) and not telling
    if heard.text and not bare and heard.text not in known:
        taken.changes["words"] = [*known, heard.text]


# --- a fault ----------------------------------------------------------------------------------------------------------
def _fault(slots: Slots, heard: Heard, taken: Collected) -> None:
    asked = slots.get("requested_slot")
    _service(slots, heard, taken)
    unknown = details.not_known(slots, heard)
    told = details.take(slots, heard, taken)
    if not (told and heard.address is None):  # "邻居家也这样" is no place
        _fault_address(slots, heard, taken, asked)
    _since(slots, heard, taken, asked, told)
    beside = told or unknown  # "邻居不清楚" does not refuse the phone
    _phone(slots, heard, taken, "phone", asked, beside)
    taken.waits |= beside and asked == "phone"
    looked_up = taken.changes.get("fault_address") or taken.changes.get("fault_service")
    if slots.get("fault_intent") == "report_outage" and looked_up:
        taken.changes["fault_detail"] = None  # another place: looked up again
    if asked == "fault_confirmed" and words.NO_PHONE.match(heard.plain) and slots.get("phone") != DECLINED:
        taken.changes["phone"] = DECLINED
        taken.corrected.append("不留电话")
    if asked == "fault_confirmed" and not taken.corrected and heard.yes:
        taken.changes["fault_confirmed"] = True


def _service(slots: Slots, heard: Heard, taken: Collected) -> None:
    known = slots.get("fault_service")
    if not heard.service:
        return
    if known is None:
        taken.changes["fault_service"] = heard.service
    elif heard.corrects and heard.service != known:
        taken.changes["fault_service"] = heard.services[-1]
        taken.corrected.append(SERVICE_NAMES[heard.services[-1]])


def _fault_address(slots: Slots, heard: Heard, taken: Collected, asked: str | None) -> None:
    known = slots.get("fault_address") or slots.get("fault_address_draft")
    said = heard.address or _room_only(heard, asked, known) or as_said(known, heard)
    if asked == "fault_address" and _which_place(slots, heard, taken):
        return
    if said is not None:
        _recognised_place(slots, heard, taken, said, known)
    elif known is None and heard.account_place:
        taken.changes["fault_address"] = heard.account_place
    elif asked is None and known is None and (village := words.VILLAGE.search(heard.plain)):
        taken.changes["fault_address"] = {"detail": village[0].strip(), "text": village[0].strip()}
    elif asked == "fault_address" and heard.like_a_place and not heard.phone and not _said_before(slots, heard):
        taken.changes["fault_address"] = _in_words(slots.get("fault_address_draft"), heard)
    elif asked == "fault_address" and slots.get("fault_address_draft") and (heard.unknown or tired(slots)):
        taken.changes["fault_address"] = slots["fault_address_draft"]


def _room_only(heard: Heard, asked: str | None, known: dict[str, Any] | None) -> dict[str, Any] | None:
    """ "是302，不是901" at the reading back: nothing else has three or four digits there."""
    match = words.ROOM.search(heard.plain) if asked == "fault_confirmed" and known else None
    return {"room": match[1]} if match else None


def _which_place(slots: Slots, heard: Heard, taken: Collected) -> bool:
    """The answer to "which of the two"; whoever does not say is not asked again."""
    draft = slots.get("fault_address_draft") or {}
    choice = picked(draft.get("choices"), heard)
    if choice is not None:
        place = pick(draft, choice)
    elif "choices" in draft and heard.address is None and (heard.unknown or tired(slots) or not _talks(heard)):
        place = unclear(draft)
    else:
        return False
    taken.changes["fault_address" if _enough(place) else "fault_address_draft"] = place
    return True


def _talks(heard: Heard) -> bool:
    """A question or small talk: no answer to what was asked."""
    return heard.asks or heard.intent in SMALL_TALK


def _enough(place: dict[str, Any]) -> bool:
    """The crew finds the door, or the spot."""
    return any(place.get(part) for part in _PRECISE) or "交叉" in place["text"] or "路口" in place["text"]


def _recognised_place(
    slots: Slots, heard: Heard, taken: Collected, said: dict[str, Any], known: dict[str, Any] | None
) -> None:
    place = merge_address(known, said) if known else said
    place = {k: v for k, v in place.items() if k not in ("negated", "account_number")}
    place["text"] = address_text(place)
    if insists(known, place):
        place["as_said"] = True
    place = carried(known, said, place)
    if slots.get("fault_address") and _differs(slots["fault_address"], place):
        taken.corrected.append(place["text"])
    asked_twice = slots.get("requested_slot") == "fault_address" and slots.get("fault_address_draft") is not None
    taken.changes["fault_address" if _enough(place) or asked_twice else "fault_address_draft"] = place


def _said_before(slots: Slots, heard: Heard) -> bool:
    """The report said again (a message sent twice) is no place."""
    return heard.text in (slots.get("words") or []) or heard.intent.startswith("report_")


def _in_words(draft: dict[str, Any] | None, heard: Heard) -> dict[str, Any]:
    spoken = heard.text.strip()[:60]
    place = dict(draft or {}, detail=spoken)
    place["text"] = f"{draft['text']} {spoken}" if draft else spoken
    return place


def _differs(old: dict[str, Any], new: dict[str, Any]) -> bool:
    """Something said before is now said otherwise; more detail alone is no correction."""
    return any(new.get(part) != old[part] for part in PARTS if old.get(part))


def _since(slots: Slots, heard: Heard, taken: Collected, asked: str | None, told: bool = False) -> None:
    """`told`: the message answers something else as well."""
    known = slots.get("fault_since")
    if details.asks_since(slots):
        _time_beside(slots, heard, taken, told)
        return
    open_ = known is None or known["text"] == NOT_KNOWN
    if (heard.since and asked == "fault_since") or (heard.since and open_ and not heard.of_before):
        taken.changes["fault_since"] = heard.since
    elif heard.since and known and (heard.corrects or "时间" in heard.plain):
        taken.changes["fault_since"] = heard.since
        taken.corrected.append(heard.since["text"])
    elif asked == "fault_since":
        _vague_time(slots, heard, taken)


def _time_beside(slots: Slots, heard: Heard, taken: Collected, told: bool) -> None:
    """The time, asked for in the same breath as a detail."""
    vague = details.vague_time(slots, heard)
    if heard.since:
        taken.changes["fault_since"] = heard.since
    elif not told:
        _vague_time(slots, heard, taken)
    elif heard.any_time or vague:
        taken.changes["fault_since"] = {"text": heard.any_time or vague}
    elif heard.unknown:
        taken.changes["fault_since"] = {"text": NOT_KNOWN}
    taken.answered |= "fault_since" in taken.changes and not details.other_wish(heard)


def _vague_time(slots: Slots, heard: Heard, taken: Collected) -> None:
    if heard.any_time:
        taken.changes["fault_since"] = {"text": heard.any_time}
    elif heard.has_particulars:
        return
    elif heard.unknown or (slots.get("misses") or 0) > MISSES_BEFORE_TAKING_WORDS:
        taken.changes["fault_since"] = {"text": NOT_KNOWN}
    elif tired(slots) and not heard.asks and (heard.yes or heard.no):
        taken.changes["fault_since"] = {"text": NOT_KNOWN}  # "对" to a question that wants a time, twice
    elif words.VAGUE_TIME.search(heard.plain) and not heard.asks and len(heard.plain) <= 20:
        taken.changes["fault_since"] = {"text": heard.text.strip()}
    elif tired(slots) and not heard.asks:
        like_a_time = words.LIKE_A_TIME.search(heard.plain)
        taken.changes["fault_since"] = {"text": heard.text.strip()[:30] if like_a_time else NOT_KNOWN}


def _phone(slots: Slots, heard: Heard, taken: Collected, slot: str, asked: str | None, beside: bool = False) -> None:
    """`beside`: the message tells something else."""
    phone = said_phone(slots, heard, asked == slot)
    if phone:
        if slots.get(slot) not in (None, phone):
            taken.corrected.append(phone)
        taken.changes[slot] = phone
    elif asked == slot and not heard.has_particulars and not beside:
        enough = (slots.get("misses") or 0) >= MISSES_BEFORE_TAKING_WORDS
        if heard.declines or heard.unknown or enough:
            taken.changes[slot] = DECLINED


# --- danger -----------------------------------------------------------------------------------------------------------
def _emergency(slots: Slots, heard: Heard, taken: Collected) -> None:
    asked = slots.get("requested_slot")
    _phone(slots, heard, taken, "phone", asked)
    place = slots.get("emergency_place")
    open_choice = (place or {}).get("choices" if asked == "emergency_detail" else "unclear")
    choice = picked(open_choice, heard) if asked == "emergency_detail" or heard.address else None
    if choice is not None and place is not None:
        taken.changes |= {"emergency_place": pick(place, choice), "emergency_detail": True}
    elif asked == "emergency_detail" and place is not None and "choices" in place and heard.address is None:
        taken.changes |= {"emergency_place": unclear(place), "emergency_detail": True}
    elif heard.address is not None or _other_room(heard, place):
        said = {**(heard.address or {}), **_other_room(heard, place)}
        new = {k: v for k, v in said.items() if k != "negated"}
        if not any(new.get(part) for part in _PRECISE[:5]) and heard.like_a_place and not heard.phone and heard.address:
            new["text"] = heard.text.strip()[:60]  # a landmark: every word of it helps
        own_place = new.get("community") or new.get("road") or new.get("village")
        merged = new if own_place or place is None else merge_address(place, new)
        taken.changes["emergency_place"] = carried(place, new, merged)
        taken.changes["emergency_detail"] = True
    elif place is None and heard.account_place:
        taken.changes["emergency_place"] = heard.account_place
    elif asked in ("emergency_place", "emergency_detail") and not heard.phone:
        _spoken_place(slots, heard, taken, asked)


def _other_room(heard: Heard, place: dict[str, Any] | None) -> dict[str, Any]:
    """ "不是402 是502": the room of the place known."""
    room = words.ROOM.search(heard.plain) if place and heard.corrects else None
    return {"room": room[1]} if room else {}


def _spoken_place(slots: Slots, heard: Heard, taken: Collected, asked: str) -> None:
    """In danger a place in the customer's own words beats no place."""
    spoken = heard.text.strip()[:60]
    if asked == "emergency_place" and heard.like_a_place and not words.MY_HOME.match(heard.plain):
        taken.changes["emergency_place"] = {"detail": spoken, "text": spoken}
        taken.changes["emergency_detail"] = True
    elif asked == "emergency_detail" and heard.like_a_place and "家里" not in heard.plain:
        place = dict(slots["emergency_place"], detail=spoken)
        place["text"] = f"{slots['emergency_place']['text']}（{spoken}）"
        taken.changes["emergency_place"] = place
        taken.changes["emergency_detail"] = True
    elif asked == "emergency_detail" and (tired(slots) or not (heard.asks or heard.intent in SMALL_TALK)):
        taken.changes["emergency_detail"] = True  # the ticket stands; nobody in danger is asked twice


_COLLECTORS: dict[str, Callable[[Slots, Heard, Collected], None]] = {
    "fault_form": _fault,
    "emergency_form": _emergency,
    "enquiry_form": wishes.enquiry,
    "complaint_form": wishes.complaint,
    "callback_form": wishes.callback,
    "identity_form": wishes.identity,
    "request_form": request_answers.collect,
}
