"""Faults of quality: how each is recognised, what a technician must know, and what level was promised: company/quality.yml."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from kefu.company.papers import Exactly, Sentence, Sourced
from kefu.company.requests import AskChoice
from kefu.company.yaml_lines import DataProblem, Service, Strict, Words, line_of, load_checked, load_with_lines
from kefu.nlu.normalise import normalise

FaultIntent = Literal["report_quality", "report_facility"]
Priority = Literal["low", "normal", "high"]
ROOM = "room"  # the level that the city's heat rule holds
MOST_ASKS = 3
SCOPE, TIMES = NAMED = ("scope", "times")  # asks the talk knows: 邻居也这样 is no other place, 一直 is no beginning


class Unit(Strict):
    """How customers call a unit, and how many of the ask's own unit it is."""

    words: Words
    times: Exactly = Field(gt=0)


class DetailChoice(AskChoice):
    """`short`: taken only right after the question ("都是", "就我家")."""

    short: list[Words] = []


class DetailAsk(Strict):
    """One thing a technician wants to know. Without `says` it is only listened for, never asked.

    number: in `unit`, from `least` to `most` plausible; `cue`: words before a number without its unit; `lowest`: of several
    numbers said the lowest counts. choice: the first whose words are met. words: whatever is answered.
    """

    kind: Literal["number", "choice", "words"]
    label: Sentence
    says: Sentence | None = None
    help: Sentence | None = None
    choices: list[DetailChoice] = []
    unit: str | None = None
    shown: str | None = None
    units: list[Unit] = []
    cue: Words | None = None
    least: Exactly | None = None
    most: Exactly | None = None
    lowest: bool = False

    @model_validator(mode="after")
    def can_be_read(self) -> DetailAsk:
        number = (self.unit, self.least, self.most)
        if (self.kind == "choice") != bool(self.choices):
            raise ValueError("a choice needs choices, and nothing else has them")
        if self.kind == "number" and (None in number or not self.units):
            raise ValueError("a number needs unit, units, least and most")
        if self.kind != "number" and (any(number) or self.units):
            raise ValueError("only a number has unit, units, least, most")
        if (self.says is None) != (self.help is None):
            raise ValueError("says and help go together")
        return self


class Level(Sourced):
    """What was promised, both ends included. `says`: told to customers. `entry`: the knowledge entry that tells it too."""

    unit: str
    least: Exactly | None = None
    most: Exactly | None = None
    says: Sentence
    entry: str | None = None

    @model_validator(mode="after")
    def has_an_end(self) -> Level:
        if self.least is None and self.most is None:
            raise ValueError("least or most is missing")
        return self


class Room(Strict):
    """A kind of room and its lowest temperature (°C). Without `words`: every room that no other row names."""

    label: Sentence
    least: Exactly
    words: Words | None = None


class HeatRule(Sourced):
    """A city's rule for cold rooms. `measuring`: how it is measured, told to customers; numbers beside it for checks.

    `test_within`: hours until somebody measures. `counts`, `excluded`: which days are refunded, and who gets nothing.
    What a degree is worth stands with the price: `cold_refund` in company/tariffs/.
    """

    city: str
    rooms: list[Room] = Field(min_length=1)
    measuring: Sentence
    shut_hours: int = Field(ge=0, le=24)
    height_m: Exactly = Field(gt=0, lt=3)
    not_between: list[Sentence] = []
    test_within: int = Field(ge=1, le=240)
    tested_by: Sentence
    counts: Sentence
    excluded: Sentence | None = None
    entry: str | None = None

    @model_validator(mode="after")
    def last_room_is_any(self) -> HeatRule:
        if [row.words is None for row in self.rooms].count(True) != 1 or self.rooms[-1].words is not None:
            raise ValueError("exactly the last room has no words: it is every other room")
        return self

    def room(self, texts: Iterable[str]) -> Room:
        """The room the customer speaks of."""
        said = "，".join(normalise(text) for text in texts)
        return next(row for row in self.rooms if row.words is None or row.words.search(said))

    def level(self, room: Room) -> Level:
        return Level(
            unit="degC",
            least=room.least,
            says=f"{room.label}不低于{room.least}℃",
            source=self.source,
            checked_on=self.checked_on,
            confidence=self.confidence,
            entry=self.entry,
        )


class Raise(Strict):
    """A reading below this makes the ticket more urgent."""

    below: Exactly
    to: Priority


class Said(Strict):
    """A question customers ask of a fault while it is being reported, and what they are told at once."""

    words: Words
    says: Sentence


class Symptom(Strict):
    """A fault as the crew knows it. `words`: how customers say it; without them it is what no other row fits.

    `asks`: put to the customer, in this order; `listens`: taken if said. `measure`: the number held against `level`.
    `outright`: words that mean this fault though the message was read as one of `instead_of`. `answers`: to what is asked
    about it. `hint`: said at once. `alarm`: words that make it danger, whatever was asked, and of which kind (`danger`, a script's name).
    """

    code: str = Field(pattern=r"^[ewgh]_[a-z_]{2,38}$")
    service: Service
    intents: list[FaultIntent] = Field(min_length=1)
    label: Sentence
    words: list[Words] = []
    asks: list[str] = Field([], max_length=MOST_ASKS)
    listens: list[str] = []
    measure: str | None = None
    level: str | None = None
    outright: Words | None = None
    instead_of: list[str] = []
    answers: list[Said] = []
    hint: Sentence | None = None
    alarm: Words | None = None
    danger: str | None = None
    priority: Priority = "normal"
    raises: Raise | None = None

    @model_validator(mode="after")
    def measured_as_a_whole(self) -> Symptom:
        if (self.measure is None) != (self.level is None):
            raise ValueError("measure and level go together")
        if self.measure is not None and self.measure not in self.details:
            raise ValueError(f"measure {self.measure} is neither asked nor listened for")
        if self.raises is not None and self.measure is None:
            raise ValueError("raises needs a measure")
        if (self.outright is None) == bool(self.instead_of):
            raise ValueError("outright and instead_of go together")
        if not self.words and not self.asks:
            raise ValueError("words or asks are missing: a row without words asks what it is")
        return self

    @property
    def details(self) -> list[str]:
        return [*self.asks, *self.listens]

    def fits(self, intent: str, service: str) -> bool:
        return service == self.service and intent in self.intents


class Quality(Strict):
    asks: dict[str, DetailAsk]
    levels: dict[str, Level]
    heat_rules: list[HeatRule]
    symptoms: list[Symptom] = Field(min_length=1)

    def symptom(self, intent: str | None, service: str | None, texts: Iterable[str]) -> Symptom | None:
        """The first row whose words are met; else the row without words; None where there is none."""
        said = "，".join(normalise(text) for text in texts)
        rows = [row for row in self.symptoms if intent and service and row.fits(intent, service)]
        met = (row for row in rows if any(word.search(said) for word in row.words))
        return next(met, next((row for row in rows if not row.words), None))

    def outright(self, intent: str, text: str) -> Symptom | None:
        """The fault that these words (normalised) surely mean, though they were read as something else."""
        rows = (row for row in self.symptoms if row.outright is not None and intent in row.instead_of)
        return next((row for row in rows if row.outright is not None and row.outright.search(text)), None)

    def asks_something(self, text: str) -> bool:
        """Some symptom has an answer written for these words: worth a look at what was reported."""
        return any(one.words.search(text) for row in self.symptoms for one in row.answers)

    def coded(self, code: str | None) -> Symptom | None:
        return next((row for row in self.symptoms if row.code == code), None)

    def heat_rule(self, city: str) -> HeatRule | None:
        return next((rule for rule in self.heat_rules if rule.city == city), None)

    def level_of(self, row: Symptom, city: str, texts: Iterable[str]) -> Level | None:
        """What was promised where the customer is: for a room by the city's rule, which knows kinds of rooms."""
        if row.level != ROOM:
            return self.levels[row.level] if row.level else None
        rule = self.heat_rule(city)
        return None if rule is None else rule.level(rule.room(texts))


def load_quality(folder: Path) -> Quality:
    """Read and check `quality.yml`. Raises DataProblem with every problem as "file:line: reason"."""
    path = folder / "quality.yml"
    quality: Quality = load_checked(path, Quality)
    lines = load_with_lines(path)[1]
    problems = [f"{path}:{line_of(lines, where)}: {reason}" for where, reason in _wrong(quality)]
    missing = [name for name in NAMED if name not in quality.asks]
    problems += [f"{path}:{line_of(lines, ('asks',))}: the ask {name} is missing" for name in missing]
    if problems:
        raise DataProblem(problems)
    return quality


def _wrong(quality: Quality) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Where in the file, and why."""
    codes: set[str] = set()
    cities: set[str] = set()
    ended: set[tuple[str, str]] = set()
    for number, row in enumerate(quality.symptoms):
        here: tuple[str | int, ...] = ("symptoms", number)
        if row.code in codes:
            yield (*here, "code"), f"{row.code}: the code is written twice"
        codes.add(row.code)
        yield from (((*here, name), reason) for name, reason in _wrong_names(quality, row))
        for intent in row.intents:
            if (intent, row.service) in ended:
                yield here, f"{row.code}: stands behind the row without words of its service, and is never met"
            if not row.words:
                ended.add((intent, row.service))
    for service in sorted({row.service for row in quality.symptoms}):
        if ("report_quality", service) not in ended:
            yield ("symptoms",), f"{service}: a row of report_quality without words is missing"
    for number, rule in enumerate(quality.heat_rules):
        if rule.city in cities:
            yield ("heat_rules", number), f"{rule.city} is written twice"
        cities.add(rule.city)


def _wrong_names(quality: Quality, row: Symptom) -> Iterator[tuple[str, str]]:
    for name in row.details:
        if name not in quality.asks:
            yield ("asks" if name in row.asks else "listens"), f"{row.code}: no ask {name}"
        elif name in row.asks and quality.asks[name].says is None:
            yield "asks", f"{row.code}: {name} has no says, so it cannot be asked"
    if row.level not in (None, ROOM, *quality.levels):
        yield "level", f"{row.code}: no level {row.level}"
    elif row.measure in quality.asks and row.level is not None:
        unit = "degC" if row.level == ROOM else quality.levels[row.level].unit
        if quality.asks[row.measure].unit != unit:
            yield "measure", f"{row.code}: {row.measure} is not in {unit}, as its level is"


def no_rule_for(quality: Quality, city: str) -> bool:
    """A symptom is held against the room's level, and the company's own city has no heat rule."""
    return any(row.level == ROOM for row in quality.symptoms) and quality.heat_rule(city) is None


def plain_number(value: Decimal) -> str:
    """0.140 as 0.14."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
