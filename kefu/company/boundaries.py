"""Whose installation it is and who pays, as the company rules it: company/boundaries.yml.

What the table says is the company's; whether it is law differs by city and stands in `confidence` and `source`.
"""

from __future__ import annotations

from collections.abc import Iterator
from string import Formatter
from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, Field, model_validator

from kefu.company.papers import Sentence, Sourced
from kefu.company.yaml_lines import Service, Strict, Words

Side = Literal["before", "at", "after", "others"]
Payer = Literal["company", "customer", "by_cause", "others", "seen_first"]
NAMES = {"border", "ours", "theirs", "part"}
# Who pays for what lies before the border and behind it: the meaning of a border, not a choice.
PAYS = {"before": "company", "after": "customer"}


def _known(text: object) -> str:
    """Raises ValueError for a name in braces that nobody fills in."""
    if not isinstance(text, str) or not text.strip():
        raise ValueError("a sentence is text")
    unknown = {name for _, name, _, _ in Formatter().parse(text) if name is not None} - NAMES
    if unknown:
        raise ValueError(f"unknown names in braces: {', '.join(sorted(unknown)) or '{}'}")
    return text


Told = Annotated[str, BeforeValidator(_known)]


class Says(Strict):
    """Sentences that hold for every service.

    `before_ticket`: said before a report goes off, by who pays ({part}: what the part says); `answers`: the lines of an
    answer; `prices`: what protects whoever pays; `danger`: instead of all this where danger is spoken of; `offer`: how to
    make the report; `to_staff`: what the ticket says of it.
    """

    before_ticket: dict[Payer, Told]
    answers: dict[Literal["ours", "theirs", "charged"], Told]
    prices: list[Sentence] = Field(min_length=1)
    danger: Sentence
    offer: Sentence
    to_staff: dict[Payer, Sentence]

    @model_validator(mode="after")
    def complete(self) -> Says:
        for name, given, wanted in (
            ("before_ticket", self.before_ticket, get_args(Payer)),
            ("to_staff", self.to_staff, get_args(Payer)),
            ("answers", self.answers, ("ours", "theirs", "charged")),
        ):
            if set(given) != set(wanted):
                raise ValueError(f"{name} needs {', '.join(wanted)}")
        return self


class Part(Strict):
    """One piece of an installation: on which side it lies, who pays for it, the words that mean it, what is said of it."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    side: Side
    pays: Payer
    words: list[Words] = Field(min_length=1)
    says: Told
    more: list[Told] = []

    @model_validator(mode="after")
    def pays_by_its_side(self) -> Part:
        if self.pays != PAYS.get(self.side, self.pays):
            raise ValueError(f"{self.id}: what lies {self.side} is paid by the {PAYS[self.side]}")
        return self

    def meant(self, text: str) -> bool:
        return any(word.search(text) for word in self.words)


class PlaceRule(Strict):
    """What holds otherwise, or besides, at a kind of place: told by the words, or by the class of the account."""

    place: Literal["indoors", "outdoors", "non_residential", "new_building", "rented"]
    words: list[Words] = []
    customer_class: str | None = None
    says: Told

    @model_validator(mode="after")
    def can_be_recognised(self) -> PlaceRule:
        if not self.words and self.customer_class is None:
            raise ValueError(f"{self.place}: by words, customer_class or both")
        return self

    def holds(self, text: str, customer_class: str | None) -> bool:
        of_class = self.customer_class is not None and self.customer_class == customer_class
        return of_class or any(word.search(text) for word in self.words)


class SelfCheck(Strict):
    """What whoever is alone without supply may look at first. Said, never a condition; not where `unless` fits."""

    words: list[Words] = Field(min_length=1)
    unless: list[Words] = Field(min_length=1)
    says: Sentence

    def fits(self, text: str) -> bool:
        return any(w.search(text) for w in self.words) and not any(w.search(text) for w in self.unless)


class Boundary(Sourced):
    """The border of one service. `border`: the thing itself; `ours`, `theirs`: what lies on each side, by name."""

    border: Sentence
    ours: Sentence
    theirs: Sentence
    parts: list[Part] = Field(min_length=1)
    places: list[PlaceRule] = []
    self_check: SelfCheck | None = None

    @model_validator(mode="after")
    def every_side(self) -> Boundary:
        missing = [side for side in ("before", "at", "after") if side not in {part.side for part in self.parts}]
        if missing:
            raise ValueError(f"no part {', '.join(missing)} the border")
        ids = [part.id for part in self.parts]
        if len(set(ids)) < len(ids):
            raise ValueError("the id of a part is written twice")
        return self


class Boundaries(Strict):
    """`silent`: words of danger, of which nothing about money is said. `parts`, `places`: of every service."""

    says: Says
    silent: list[Words] = Field(min_length=1)
    parts: list[Part] = []
    places: list[PlaceRule] = []
    services: dict[Service, Boundary]

    @model_validator(mode="after")
    def complete(self) -> Boundaries:
        missing = [name for name in get_args(Service) if name not in self.services]
        if missing:
            raise ValueError(f"services missing: {', '.join(missing)}")
        return self

    def is_danger(self, text: str) -> bool:
        return any(word.search(text) for word in self.silent)

    def part(self, service: str | None, text: str) -> Part | None:
        """The piece these words (simplified, normalised) mean: the service's own first; None: they do not tell."""
        own = self.services[service].parts if service else []  # type: ignore[index]
        return next((part for part in (*own, *self.parts) if part.meant(text)), None)

    def here(self, service: str | None, text: str, customer_class: str | None = None) -> list[str]:
        """What holds besides, at this kind of place."""
        own: Iterator[PlaceRule] = iter(self.services[service].places if service else [])  # type: ignore[index]
        rules = [rule for rule in (*own, *self.places) if rule.holds(text, customer_class)]
        return [self._filled(service, rule.says) for rule in rules]

    def before_ticket(self, service: str, text: str) -> str | None:
        """What is said before a report goes off; None where danger is spoken of."""
        if self.is_danger(text):
            return None
        part = self.part(service, text)
        told = self.says.before_ticket[part.pays if part else "seen_first"]
        return self._filled(service, told, self._filled(service, part.says) if part else "")

    def for_staff(self, service: str, text: str) -> str:
        """The same for the ticket: as it looks from the words, and what the customer was told of money."""
        part = self.part(service, text)
        return self.says.to_staff[part.pays if part else "seen_first"]

    def answer(self, service: str | None, text: str, customer_class: str | None = None) -> list[str]:
        """Whose it is, what holds at this kind of place, the border, what may be charged; the important first."""
        if self.is_danger(text):
            return [self.says.danger]
        part = self.part(service, text)
        told = [self._filled(service, line) for line in (part.says, *part.more)] if part else []
        where, payer = self.here(service, text, customer_class), part.pays if part else None
        prices = [] if payer == "company" else self.says.prices
        return [*told[:1], *where, *self._border(service, payer), *told[1:], *prices]

    def _border(self, service: str | None, payer: Payer | None) -> list[str]:
        """Both sides and the price; what is surely the customer's has been told as such already."""
        if service is None:
            return []
        names = ("ours", "charged") if payer == "customer" else ("ours", "theirs", "charged")
        return [self._filled(service, self.says.answers[name]) for name in names]  # type: ignore[index]

    def _filled(self, service: str | None, sentence: str, part: str = "") -> str:
        if service is None:
            return sentence
        row = self.services[service]  # type: ignore[index]
        return sentence.format(border=row.border, ours=row.ours, theirs=row.theirs, part=part)
