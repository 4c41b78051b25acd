"""Places in the talk: what was said becomes the company's own place; asked back once, and only where several fit.

A place is a dict of parts with "text". Beside the parts it may hold: "place" (the company's own), "said" and
"said_name" (the customer's words for it), "choices" (asked which), "unclear" (asked in vain), "picked", "as_said".
"""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import EventType

from actions import thread, words
from actions.dialogue import AFTER_COLLECTING, Dialogue
from actions.taken import Collected
from actions.which import name_in, picked
from kefu.network import places
from kefu.nlu.values import address_text

MOST_OFFERED = 4
TICKET_ADDRESS = 200  # characters; the column takes 240


def settled(talk: Dialogue, place: dict[str, Any], ask: bool = False) -> dict[str, Any]:
    """The place under the company's own name. Several fit: with `ask` their list as "choices", else as "unclear"."""
    if "account_number" in place or place.get("as_said") or _known_already(place):
        return place
    place = _with_name_heard(talk, place)
    found = _resolved(talk, place)
    one = found.one or _own(talk, place, found.places)
    if one is not None:
        return _under_own_name(talk, place, one)
    left = {key: value for key, value in place.items() if key not in ("place", "choices", "unclear", "picked")}
    if not found.places:
        return left
    rows = [places.shown(row) for row in found.places]
    asked_before = {row["code"] for row in place.get("unclear") or []} >= {row["code"] for row in rows}
    if ask and not asked_before:
        return {**left, "choices": rows}
    return {**left, "unclear": rows}


def _known_already(place: dict[str, Any]) -> bool:
    return bool(place.get("place")) and name_in(place) == place["place"]["name"]


def _with_name_heard(talk: Dialogue, place: dict[str, Any]) -> dict[str, Any]:
    """A number alone, and a name of ours beside it that the rules did not read: 荷塘月色2号楼."""
    if name_in(place) or place.get("road") or place.get("picked") or place["text"] != address_text(place):
        return place
    named = places.mentioned(talk.session, talk.heard.text)
    if not named or place.get("detail") == place["text"]:
        return place
    with_name = {**place, "community": named}
    return {**with_name, "text": address_text(with_name)}


def _resolved(talk: Dialogue, place: dict[str, Any]) -> places.Resolution:
    """What fits; in free words a name of ours counts as the community."""
    if place.get("picked"):
        return places.Resolution(tuple(places.by_codes(talk.session, [place["picked"]])))
    if name_in(place) or place.get("road"):
        return places.resolve(talk.session, place)
    return places.resolve(talk.session, {"community": places.mentioned(talk.session, str(place["text"]))})


def _own(talk: Dialogue, place: dict[str, Any], fitting: tuple[places.Known, ...]) -> places.Known | None:
    """A customer who has proved an account at one of them means that one."""
    mine = {(a.address_parts.get("community"), a.address_parts.get("road")) for a in talk.accounts}
    own = [row for row in fitting if (row.name, row.road) in mine]
    return own[0] if len(own) == 1 and not place.get("unclear") else None


def _under_own_name(talk: Dialogue, place: dict[str, Any], one: places.Known) -> dict[str, Any]:
    kept = {key: value for key, value in place.items() if key not in ("choices", "unclear", "picked")}
    named = name_in(place) or f"{place.get('road') or ''}{place.get('road_number') or ''}"
    was = {"said": place.get("said") or place["text"], "said_name": place.get("said_name") or named}
    namesakes = places.has_namesake(talk.session, one)
    parts = places.canonical(one, kept, namesakes) if named else {**kept, "place": places.shown(one)}
    if named and place["text"] == address_text(place):
        return {**parts, **was, "text": address_text(parts)}
    own = one.title if namesakes else one.name  # free words show the way, so all of them stay
    return {**parts, **was, "text": place["text"] if own in place["text"] else f"{own}（{place['text']}）"}


def crew_text(place: dict[str, Any]) -> str:
    """The address of a ticket: what was said, and what it may mean as long as that is not clear."""
    rows = place.get("unclear") or place.get("choices") or []
    may_be = f"（{'或'.join(row['title'] for row in rows[:2])}）" if rows else ""
    text = str(place["text"])
    return (text if may_be in text else text + may_be)[:TICKET_ADDRESS]


# --- a fault report ------------------------------------------------------------------------------------------------------
def settle_fault(talk: Dialogue, taken: Collected) -> None:
    """What was just said of the place, settled; if several fit, the form asks which."""
    _mentioned(talk, taken)
    slot = next((s for s in ("fault_address", "fault_address_draft") if taken.changes.get(s)), None)
    if slot is None:
        return
    raw = taken.changes[slot]
    place = settled(talk, raw, ask=True)
    taken.corrected = [place["text"] if told == raw["text"] else told for told in taken.corrected]
    if "choices" in place:
        taken.answered = taken.answered and talk.slot("requested_slot") != "fault_address"
        talk.set(fault_address=None, fault_address_draft=place)
    else:
        talk.set(**{slot: place})


def mentioned(talk: Dialogue) -> str | None:
    """A name of ours in the message, as it was written there."""
    return places.mentioned(talk.session, talk.heard.text)


def _mentioned(talk: Dialogue, taken: Collected) -> None:
    """A name or alias of ours in words that the rules read no address in: 老粮库停电了."""
    known = talk.slot("fault_address") or talk.slot("fault_address_draft")
    asked = talk.slot("requested_slot")
    if known or talk.heard.values("address") or asked not in (None, "fault_address"):
        return
    name = places.mentioned(talk.session, talk.heard.text)
    if name:
        taken.changes["fault_address_draft"] = {"community": name, "text": name}
        talk.set(misses=0)


AFTER_COLLECTING["fault_form"] = settle_fault


def chosen(talk: Dialogue) -> list[EventType] | None:
    """The answer to "which of the two", whatever intent a number or a road was read as."""
    draft = talk.slot("fault_address_draft") or {}
    asked = talk.form == "fault_form" and talk.slot("requested_slot") == "fault_address"
    if not asked or not picked(draft.get("choices"), talk.heard):
        return None
    return thread.answered(talk, talk.collect())


# --- what is said --------------------------------------------------------------------------------------------------------
def ask_which(talk: Dialogue, place: dict[str, Any]) -> None:
    """Names what fits, with numbers and buttons."""
    titles = [row["title"] for row in place["choices"][:MOST_OFFERED]]
    shown = "\n".join(f"{number}. {title}" for number, title in enumerate(titles, 1))
    talk.say("utter_ask_which_place", name=name_in(place) or place["text"], choices=shown)
    talk.offer([{"title": title, "payload": title} for title in titles])


def say_if_corrected(talk: Dialogue, place: dict[str, Any]) -> None:
    """One sentence when the company's name is not the one that was said."""
    name = (place.get("place") or {}).get("name")
    said = place.get("said_name")
    if name and said and words.TIDY_NAME.sub("", said) != words.TIDY_NAME.sub("", name):
        talk.say("utter_place_corrected", said=said, name=name)
