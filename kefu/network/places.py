"""The company's own places: which one a customer's address means, however it was spoken, typed or cut short.

One place: it is registered under its own name. Several that fit alike: the customer is asked. None: what the customer
said stands; nothing is ever invented. Places are public names only: nothing here looks at an account.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rapidfuzz import fuzz, process
from sqlalchemy import String, cast, select
from sqlalchemy.orm import Session

from kefu.network.models import Place
from kefu.network.place_names import CLOSE, EXACT, SOUNDS, Name, likeness, name_of, without_generic
from kefu.nlu.normalise import fold_digits, normalise
from kefu.nlu.values.address import address_text

# Names whose sound or spelling is further off than this (ratio, 0 to 100) are not even looked at closely: the furthest
# that may still fit, a body of two characters for a name of five (阳光 for 阳光壹号院), lies at 57.
WORTH_A_LOOK = 55.0
LEAST_MENTIONED = 3  # characters of a name found in the middle of other words; two are in too many of them
LEAST_HEARD = 4  # the same for a name that only sounds like it
LONGEST_SEARCHED = 200  # characters of a text whose sound is looked at


@dataclass(frozen=True)
class Known:
    """One place of the company's, as the matching and the dialogue need it."""

    code: str
    name: str
    district: str
    road: str
    road_number: str
    kind: str = "community"
    aliases: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The name with what tells it from a namesake: 临江区人民路88号的阳光花园."""
        where = self.district + self.road + self.road_number
        return f"{where}的{self.name}" if where else self.name


@dataclass(frozen=True)
class Resolution:
    """`places`: none (unknown), one, or several that fit alike. `exact`: under a name the company itself writes."""

    places: tuple[Known, ...] = ()
    exact: bool = False

    @property
    def one(self) -> Known | None:
        return self.places[0] if len(self.places) == 1 else None


class Index:
    """All places, ready to be asked."""

    def __init__(self, places: Sequence[Known]) -> None:
        self.places = tuple(places)
        self.names = [(name_of(text), place) for place in self.places for text in (place.name, *place.aliases)]
        self._exact: dict[str, list[Known]] = {}
        for name, place in self.names:
            self._exact.setdefault(name.plain, []).append(place)
        self._sounds = [name.sound for name, _ in self.names]
        self._wholes = [name.whole for name, _ in self.names]
        self._roads = [(_plain(place.road), name_of(place.road).sound, place) for place in self.places if place.road]

    def exactly(self, name: str, district: str) -> Known | None:
        """The one place of that very name or alias (in that district, if one is given); None for none or several."""
        plain = name_of(name).plain if name else ""
        fitting = {place.code: place for place in _in_district(self._exact.get(plain, []), district)}
        return next(iter(fitting.values())) if len(fitting) == 1 else None

    def named(self, said: Name) -> dict[Known, float]:
        """Every place whose name or alias fits, with its score."""
        if not said.body:
            return {}
        scores: dict[Known, float] = {}
        for one in (said, *without_generic(said)):
            for name, place in (self.names[row] for row in self._near(one)):
                score = likeness(one, name)
                if score > scores.get(place, 0.0):
                    scores[place] = score
        return scores

    def _near(self, said: Name) -> set[int]:
        """Rows of `names` worth comparing part by part."""
        near: set[int] = set()
        for query, choices in ((said.sound, self._sounds), (said.whole, self._wholes)):
            found = process.extract(query, choices, scorer=fuzz.ratio, limit=None, score_cutoff=WORTH_A_LOOK)
            near.update(row for _, _, row in found)
        return near

    def on_road(self, road: str, number: str | None) -> list[Known]:
        """Places on that road, at that number if one was said; a road that only sounds the same counts too."""
        plain, sound = _plain(road), name_of(road).sound
        exact = [place for own, _, place in self._roads if own == plain]
        found = exact or [place for _, own, place in self._roads if own == sound]
        return [p for p in found if number is None or _plain(p.road_number) == _plain(number)]

    def mentioned(self, text: str) -> str | None:
        """The longest name or alias that stands in these words, as it is written there; long ones by their sound too."""
        plain = _plain(text)
        heard = name_of(plain).syllables if len(plain) <= LONGEST_SEARCHED else ()
        sound = f" {' '.join(heard)} "
        found: set[str] = set()
        for name, _ in self.names:
            if name.plain in plain and (len(name.plain) >= LEAST_MENTIONED or name.plain == plain):
                found.add(name.plain)
            elif len(name.syllables) >= LEAST_HEARD and f" {name.sound} " in sound and not name.zone:
                start = sound.partition(f" {name.sound} ")[0].count(" ")
                found.add(plain[start : start + len(name.syllables)])
        whole = [name for name in found if name and not self._goes_on(name, plain)]
        return max(whole, key=lambda name: (len(name), name), default=None)

    def _goes_on(self, name: str, plain: str) -> bool:
        """阳光花园 in 阳光花园二期 is another place."""
        return bool(name_of(name + plain.partition(name)[2][:2]).zone) and not name_of(name).zone


def resolve(session: Session, said: Mapping[str, Any]) -> Resolution:
    """The company's place an address (parts as `find_addresses` gives them) means. Never raises for any parts."""
    return resolve_in(index(session), said)


def resolve_in(known: Index, said: Mapping[str, Any]) -> Resolution:
    """`resolve` for places at hand."""
    part = {key: str(said.get(key) or "") for key in ("district", "road", "road_number", "community", "village")}
    name = part["community"] or part["village"]
    if not name:
        if not part["road_number"]:
            return Resolution()
        return _of(_in_district(known.on_road(part["road"], part["road_number"]), part["district"]), exact=False)
    scores = known.named(name_of(name)) or _without_district(known, name)
    near = _narrowed(scores, part, known)
    best = max((scores[place] for place in near), default=0.0)
    return _of([place for place in near if best - scores[place] < CLOSE], exact=best == EXACT)


def mentioned(session: Session, text: str) -> str | None:
    """A name or alias of ours in free words, as it was written there (its plain form); None if there is none."""
    return index(session).mentioned(text)


def own_road(session: Session, road: str) -> str:
    """The road as the company writes it, if only its spelling differs; else as it was said."""
    return next((place.road for place in index(session).on_road(road, None)), road)


def canonical(place: Known, said: Mapping[str, Any], namesakes: bool = False) -> dict[str, Any]:
    """What was said with the place's own names in it. `namesakes`: the road is added to tell it from another."""
    kind = "village" if place.kind == "village" or said.get("village") else "community"
    parts = {key: value for key, value in said.items() if key not in ("community", "village")}
    if said.get("road") and name_of(str(said["road"])).sound == name_of(place.road).sound:
        parts["road"] = place.road
    if namesakes and not said.get("road") and place.road:
        parts |= {"road": place.road, "road_number": place.road_number}
    return {**parts, kind: place.name, "place": shown(place)}


def placed(session: Session, said: Mapping[str, Any]) -> dict[str, Any]:
    """The parts under the one place's own names; as they were said if none or several fit."""
    one = resolve(session, said).one
    parts = canonical(one, said) if one is not None else dict(said)
    return {**parts, "text": address_text(parts)}


def has_namesake(session: Session, place: Known) -> bool:
    """Another place of the company's bears the same name."""
    return sum(other.name == place.name for other in index(session).places) > 1


def by_codes(session: Session, codes: Iterable[str]) -> list[Known]:
    """Those places, in the order of the codes; what is no longer there is left out."""
    rows = {place.code: place for place in index(session).places}
    return [rows[code] for code in codes if code in rows]


def index(session: Session) -> Index:
    """Read afresh each time (a few columns), so that no place is ever stale; built anew only when they differ."""
    aliases = cast(Place.aliases, String)  # as text: it is taken apart only when the index is built
    columns = (Place.code, Place.name, Place.district, Place.road, Place.road_number, Place.kind, aliases)
    return _index(tuple(tuple(row) for row in session.execute(select(*columns).order_by(Place.code))))


@lru_cache(maxsize=4)
def _index(rows: tuple[tuple[Any, ...], ...]) -> Index:
    parted = ((*names, tuple(json.loads(aliases or "[]"))) for *names, aliases in rows)
    return Index([Known(*row) for row in parted])


# --- narrowing down ----------------------------------------------------------------------------------------------------
def _narrowed(scores: Mapping[Known, float], part: Mapping[str, str], known: Index) -> list[Known]:
    """By district and road, if they were said. A place on quite another road is ours only under its exact name."""
    places = _in_district(list(scores), part["district"])
    if not part["road"]:
        return places
    here = [place for place in places if place in known.on_road(part["road"], None)]
    numbered = [place for place in here if _plain(place.road_number) == _plain(part["road_number"])]
    return numbered or here or [place for place in places if scores[place] == EXACT]


def _in_district(places: Sequence[Known], district: str) -> list[Known]:
    stem = _stem(district)
    return [place for place in places if not stem or not place.district or _stem(place.district) == stem]


def _without_district(known: Index, name: str) -> dict[Known, float]:
    """临江阳光花园: the district run into the name."""
    plain, scores = _plain(name), dict[Known, float]()
    for stem in {_stem(place.district) for place in known.places if place.district}:
        if plain.startswith(stem) and len(plain) > len(stem) + 1:
            found = known.named(name_of(plain[len(stem) :].lstrip("区县")))
            scores |= {p: s for p, s in found.items() if _stem(p.district) == stem and s >= SOUNDS}
    return scores


def _stem(district: str) -> str:
    plain = _plain(district)
    return plain[:-1] if len(plain) > 2 and plain[-1] in "区县市" else plain


def _plain(text: str) -> str:
    return fold_digits(normalise(text)).replace(" ", "")


def _of(places: Iterable[Known], exact: bool) -> Resolution:
    return Resolution(tuple(sorted(places, key=lambda place: place.code)), exact)


def shown(place: Known) -> dict[str, str]:
    """The place as a ticket and the dialogue keep it."""
    return {
        "code": place.code,
        "name": place.name,
        "title": place.title,
        "road": place.road,
        "district": place.district,
    }
