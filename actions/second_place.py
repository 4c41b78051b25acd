"""One danger at two places ("我家和我妈家都有煤气味"): each place gets its own ticket, and is told."""

from __future__ import annotations

import re
from typing import Any

from actions import danger_ticket, places
from actions.dialogue import Dialogue

_SEVERAL = re.compile(
    r"(两(家|处|户|个(地方|小区|家))|我们?家[^，。]{0,4}[和跟][^，。]{1,8}家|[和跟][^，。]{1,6}家[^，。]{0,3}都|两边都)"
)
_ALSO = re.compile(
    r"(也(有|是|在|漏|冒|爆|着)|还有|另一|另外|第二|都(有|漏|冒)|那(边|个|一)家?(是|在)?|妈家|爸家|公司也)"
)


def several(talk: Dialogue) -> bool:
    """More than one place was spoken of since the danger was first told."""
    return any(_SEVERAL.search(text) for text in (talk.heard.plain, *(talk.slot("words") or [])))


def _where(place: dict[str, Any] | None) -> tuple[Any, ...]:
    """What tells two places apart: community or village, road, house number."""
    found = place or {}
    names = found.get("community") or found.get("village")
    return (names, found.get("road"), found.get("building") or found.get("road_number"))


def _said(talk: Dialogue) -> list[dict[str, Any]]:
    """The whole addresses of this message, each once; a mere room or house is none."""
    said = [a for a in talk.heard.values("address") if not a.get("negated")]
    whole = [a for a in said if a.get("community") or a.get("village") or a.get("road")]
    return [a for n, a in enumerate(whole) if _where(a) not in [_where(b) for b in whole[:n]]]


def beside(talk: Dialogue) -> None:
    """After the first ticket: the other places of the same message."""
    first = (talk.heard.address or {}).get("text")
    if talk.heard.corrects:
        return
    for place in [a for a in _said(talk) if a.get("text") != first]:
        danger_ticket.another(talk, places.settled(talk, place))
    if several(talk) and len(_said(talk)) < 2:
        talk.tell("danger_of_one_more")


def taken(talk: Dialogue) -> bool:
    """A further whole address while the report runs is the second place, if two were spoken of; True when it is."""
    heard = talk.heard
    if not talk.slot("emergency_ticket") or heard.corrects or not (several(talk) or _ALSO.search(heard.plain)):
        return False
    said = [places.settled(talk, place) for place in _said(talk)]
    new = [place for place in said if _where(place) != _where(talk.slot("emergency_place"))]
    for place in new:
        danger_ticket.another(talk, place)
    if new and heard.phone:
        talk.set(phone=heard.phone)
    return bool(new)
