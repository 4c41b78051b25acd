"""Complaints as the company rules them: how serious (grades.yml), the same matter or another, what repeats (complaints.yml)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from kefu.company.desk import GRADES, Grade
from kefu.company.yaml_lines import DataProblem, Strict, Words, line_of, load_checked, load_with_lines

_CLAUSE = re.compile(r"[，,。！!？?；;、\s\n]+")
Raised = Literal["serious", "critical"]


class GradeRule(Strict):
    """`supposed`: a pattern before the words that makes them a worry, no fact: the row does not count then."""

    grade: Raised
    reason: str = Field(min_length=1)
    words: list[Words] = Field(min_length=1)
    supposed: Words | None = None


class NamedRule(Strict):
    """Somebody is named: `reason` is shown; `grade` where `words` (conduct, integrity) occur too."""

    reason: str = Field(min_length=1)
    grade: Raised
    words: list[Words] = Field(min_length=1)


class ManyRule(Strict):
    """So many customers in so many days, one place, one cause."""

    customers: int = Field(ge=2, le=1000)
    days: int = Field(ge=1, le=366)
    grade: Raised
    reason: str = Field(min_length=1)


class SinceRule(Strict):
    """What was known, or done, in the last `days`."""

    days: int = Field(ge=1, le=3660)
    grade: Raised
    reason: str = Field(min_length=1)


class Grades(Strict):
    """The file `grades.yml`."""

    repeated: Raised
    overdue: Raised
    further: int = Field(ge=0, le=2)
    denied: Words
    between: Words
    absent: Words
    rules: list[GradeRule] = Field(min_length=1)
    named: NamedRule
    many: ManyRule
    vulnerable: SinceRule

    @model_validator(mode="after")
    def fits_together(self) -> Grades:
        re.compile(self._before(self.rules[0].words))
        return self

    def of(self, text: str, staff: str | None = None) -> tuple[Grade, list[str]]:
        """The highest grade whose words occur in `text` (simplified Chinese) undenied, with every reason.

        `staff`: who is named in the complaint.
        """
        met = [rule for rule in self.rules if any(self._says(part, rule) for part in _CLAUSE.split(text))]
        grades: list[Grade] = ["ordinary", *(rule.grade for rule in met)]
        reasons = [rule.reason for rule in met]
        if staff:
            reasons.append(self.named.reason)
            grades += [self.named.grade] if any(word.search(text) for word in self.named.words) else []
        return max(grades, key=GRADES.index), reasons

    def _says(self, clause: str, rule: GradeRule) -> bool:
        for word in rule.words:
            for found in word.finditer(clause):
                before, after = clause[: found.start()], clause[found.end() :]
                supposed = rule.supposed is not None and rule.supposed.search(before)
                if not supposed and not self._denied(before, after, rule.words):
                    return True
        return False

    def _denied(self, before: str, after: str, own: list[re.Pattern[str]]) -> bool:
        return bool(re.search(self._before(own), before) or self.absent.search(after))

    def _before(self, own: list[re.Pattern[str]]) -> str:
        words = "|".join(word.pattern for word in own)
        return rf"(?:{self.denied.pattern})(?:{self.between.pattern}|{words})*$"


class Step(Strict):
    """Points where a figure is at least, or at most, so much; the first row that fits counts."""

    at_least: float | None = None
    at_most: float | None = None
    points: float

    def fits(self, figure: float) -> bool:
        return (self.at_least is None or figure >= self.at_least) and (self.at_most is None or figure <= self.at_most)


class Either(Strict):
    """Points where both complaints name it: the same, or another."""

    same: float = Field(ge=0)
    other: float = Field(le=0)


class Match(Strict):
    """How two complaints of one customer are compared; see complaints.yml."""

    days: int = Field(ge=1, le=366)
    same: float = Field(gt=0)
    likeness: list[Step] = Field(min_length=1)
    run: list[Step] = Field(min_length=1)
    apart: list[Step] = Field(min_length=1)
    subject: Either
    indicator: Either
    place: Either
    building: Either
    service: Either
    staff: Either
    day: Either
    refers_back: float = Field(ge=0)
    other_matter: float = Field(le=0)
    ignore: Words
    refers_back_words: list[Words] = Field(min_length=1)
    other_matter_words: list[Words] = Field(min_length=1)
    subjects: dict[str, Words] = Field(min_length=1)

    @model_validator(mode="after")
    def every_figure_has_its_row(self) -> Match:
        rows = ((self.likeness, 0), (self.run, 0), (self.apart, self.days))
        if not all(any(row.fits(figure) for row in steps) for steps, figure in rows):
            raise ValueError("likeness and run need a row for 0, apart a row for `days`")
        return self

    def refers(self, text: str) -> bool:
        """The words (normalised) speak of something said before."""
        return any(word.search(text) for word in self.refers_back_words)

    def another(self, text: str) -> bool:
        """The words say that this is another matter."""
        return any(word.search(text) for word in self.other_matter_words)

    def subjects_of(self, text: str) -> frozenset[str]:
        """What the words are about."""
        return frozenset(name for name, words in self.subjects.items() if words.search(text))


class Repeats(Strict):
    """From so many complaints in a month, or in three months, on it repeats."""

    month: int = Field(ge=2)
    quarter: int = Field(ge=2)


class ComplaintRules(Strict):
    """The file `complaints.yml`."""

    match: Match
    repeats: Repeats
    remedied: SinceRule


class Indicator(Strict):
    """What a complaint is counted under. `standard`: what is published about it, with its source; `desk`: who answers for it.

    `at_place`: it is about the customer's own place, so that the account's address is where it happened. It is chosen by
    `categories` or `branches` (ids of the ticket) and, where there are any, `words`; without all three it fits everything.
    """

    code: str = Field(pattern=r"^[a-z][a-z_]{1,38}$")
    name: str = Field(min_length=1, max_length=20)
    standard: str = Field(min_length=1)
    source: str = Field(min_length=1)
    desk: str
    at_place: bool = True
    categories: list[str] = []
    branches: list[str] = []
    words: list[Words] = []

    @cached_property
    def fits_all(self) -> bool:
        return not (self.categories or self.branches or self.words)

    def why(self, text: str, category: str, branch: str | None) -> str | None:
        """Why a complaint of these words (normalised) is counted here; None if it is not."""
        if self.categories and category in self.categories:
            return f"类别 {category}"
        if self.branches and branch is not None and branch in self.branches:
            return f"分类 {branch}"
        said = next((found[0] for found in self._found(text)), None)
        if said is not None:
            return f"原话“{said}”"
        return "没有更贴切的指标" if self.fits_all else None

    def _found(self, text: str) -> Iterator[re.Match[str]]:
        for word in self.words:
            if (found := word.search(text)) is not None:
                yield found


class Indicators(Strict):
    """The file `indicators.yml`: in order, the first that fits counts; the last one fits everything."""

    indicators: list[Indicator] = Field(min_length=1)

    @model_validator(mode="after")
    def complete(self) -> Indicators:
        codes = [row.code for row in self.indicators]
        if twice := sorted({code for code in codes if codes.count(code) > 1}):
            raise ValueError(f"written twice: {', '.join(twice)}")
        if [row.fits_all for row in self.indicators] != [False] * (len(codes) - 1) + [True]:
            raise ValueError("the last indicator, and no other, must fit everything (no categories, branches, words)")
        return self

    def of(self, text: str, category: str, branch: str | None = None) -> tuple[Indicator, str]:
        """The indicator of a complaint, and why it is that one."""
        chosen = ((row, row.why(text, category, branch)) for row in self.indicators)
        return next((row, why) for row, why in chosen if why is not None)

    def by_code(self, code: str | None) -> Indicator | None:
        """The indicator of that code; None if there is none."""
        return next((row for row in self.indicators if row.code == code), None)


def load_indicators(folder: Path, desks: set[str] | None) -> Indicators:
    """The file `indicators.yml`. `desks`: those there are (None: not checked). Raises DataProblem naming file, line, reason."""
    path = folder / "indicators.yml"
    given: Indicators = load_checked(path, Indicators)
    _, lines = load_with_lines(path)
    problems = [
        f"{path}:{line_of(lines, ('indicators', number, 'desk'))}: {row.code}: no desk {row.desk} in desks.yml"
        for number, row in enumerate(given.indicators)
        if desks is not None and row.desk not in desks
    ]
    if problems:
        raise DataProblem(problems)
    return given
