"""Which of several places was meant, and what a place keeps when more is said about it. Pure."""

from __future__ import annotations

from typing import Any

from actions.heard import Heard
from kefu.nlu.normalise import normalise

_OF_A_PLACE = ("said", "said_name", "place", "as_said", "unclear")


def name_in(place: dict[str, Any]) -> str:
    """The name of a community or village in it, "" if there is none."""
    return str(place.get("community") or place.get("village") or "")


def picked(choices: list[dict[str, str]] | None, heard: Heard) -> dict[str, str] | None:
    """The one that a number, its own title, its road or its district names; None if no one or several."""
    if not choices:
        return None
    number = heard.choice_number
    if number:
        return choices[number - 1] if number <= len(choices) else None
    plain = normalise(heard.text)
    for marks in (("title",), ("road",), ("district",), ("name",)):
        told = [row for row in choices for mark in marks if row[mark] and normalise(row[mark]) in plain]
        if len(told) == 1:
            return told[0]
    told = [row for row in choices if row["district"][:-1] and normalise(row["district"][:-1]) in plain]
    return told[0] if len(told) == 1 else None


def carried(known: dict[str, Any] | None, said: dict[str, Any], place: dict[str, Any]) -> dict[str, Any]:
    """`place` (known and said, merged) with what is known of it beside its parts, as long as it is the same place."""
    if not known or name_in(place) != name_in(known):
        return place
    kept = {key: known[key] for key in _OF_A_PLACE if key in known}
    if said.get("road") or said.get("district"):
        kept.pop("place", None)
    if "choices" in known:
        kept["unclear"] = known["choices"]
    if "said" in kept and said.get("text"):
        kept["said"] = f"{kept['said']}，{said['text']}"[:200]
    return {**place, **kept}


def insists(known: dict[str, Any] | None, place: dict[str, Any]) -> bool:
    """The name we put another for is said again: then it is meant."""
    return bool(known and known.get("said_name") and name_in(place) == known["said_name"] != name_in(known))


def as_said(known: dict[str, Any] | None, heard: Heard) -> dict[str, Any] | None:
    """ "不对，就是阳光化园": the customer's own name again, though the rules read no address in it."""
    said, name = (known or {}).get("said_name"), name_in(known or {})
    denies = heard.no or heard.corrects or "就是" in heard.plain
    if not known or not said or said == name or heard.values("address") or not denies:
        return None
    by_name = "place" in known and not said.startswith(str(known.get("road") or "\0"))
    if not by_name or normalise(said) not in heard.plain:
        return None
    return {"village" if known.get("village") else "community": said}


def unclear(place: dict[str, Any]) -> dict[str, Any]:
    """Asked once and not told: both are kept, the talk goes on."""
    return {**{k: v for k, v in place.items() if k != "choices"}, "unclear": place["choices"]}


def pick(place: dict[str, Any], choice: dict[str, str]) -> dict[str, Any]:
    return {**{k: v for k, v in place.items() if k not in ("choices", "unclear")}, "picked": choice["code"]}
