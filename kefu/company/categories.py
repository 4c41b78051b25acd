"""What a ticket is about, as a tree: kind and service, then two levels below; the deepest one that is recognised counts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Annotated, get_args

from pydantic import Field, StringConstraints

from kefu.company.yaml_lines import DataProblem, Kind, Service, Strict, Words, load_rows

GENERAL = "general"  # stands for a service where none is known
_SERVICES = (*get_args(Service), GENERAL)
_PART = r"[a-z][a-z0-9_]{0,19}"
Code = Annotated[str, StringConstraints(pattern=rf"^{_PART}\.(\*|{_PART})(\.{_PART}){{0,2}}$", max_length=60)]


class Branch(Strict):
    """A row: `code` is kind.service, with one or two parts below it; `*` is every service and none.

    It is met by its topic (`intents`) and by a `symptoms` code or `words` of the customer's, as far as it names any; a row
    that names neither, and has none below it, takes what is left.
    """

    code: Code
    label: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    intents: list[str] = []
    symptoms: list[str] = []
    words: list[Words] = []
    source: str = Field(min_length=1)

    @property
    def parent(self) -> str | None:
        """The code one level up; None for kind and service."""
        above = self.code.rpartition(".")[0]
        return above if "." in above else None

    @property
    def depth(self) -> int:
        """1 for kind and service, at most 3."""
        return self.code.count(".")

    def says(self, symptom: str | None, text: str) -> bool:
        """Its own symptom or words are met."""
        return symptom in self.symptoms or any(word.search(text) for word in self.words)


@dataclass(frozen=True)
class Categories:
    """All rows in the file's order, `*` written out."""

    rows: tuple[Branch, ...] = field(default_factory=tuple)

    @cached_property
    def by_code(self) -> Mapping[str, Branch]:
        return {row.code: row for row in self.rows}

    @cached_property
    def _below(self) -> Mapping[str, list[Branch]]:
        found: dict[str, list[Branch]] = {row.code: [] for row in self.rows}
        for row in self.rows:
            if row.parent is not None:
                found[row.parent].append(row)
        return found

    def below(self, code: str) -> list[Branch]:
        """The rows right below a code, in the file's order."""
        return self._below.get(code, [])

    def path(self, code: str | None) -> list[Branch]:
        """The row and those above it, the top one first; [] for a code that is no longer there."""
        found: list[Branch] = []
        row = self.by_code.get(code or "")
        while row is not None:
            found.append(row)
            row = self.by_code.get(row.parent or "")
        return found[::-1]

    def recognise(self, kind: str, service: str | None, topic: str, symptom: str | None, text: str) -> str:
        """The deepest row that is met, the file's order deciding. `text`: the customer's words, normalised."""
        code = f"{kind}.{service or GENERAL}"
        while True:
            met = (row for row in self.below(code) if self._fits(row, topic, symptom, text))
            row = next(met, None)
            if row is None:
                return code
            code = row.code

    def _fits(self, row: Branch, topic: str, symptom: str | None, text: str) -> bool:
        if row.intents and topic not in row.intents:
            return False
        if row.says(symptom, text):
            return True
        own = bool(row.symptoms or row.words)
        if not own and (row.intents or not self.below(row.code)):
            return True
        return any(one.says(symptom, text) for one in self.below(row.code))


def load_categories(folder: Path, topics: Collection[str] | None, symptoms: Collection[str] | None) -> Categories:
    """The file `categories.yml`. `topics`, `symptoms`: those there are (None: not checked).

    Raises DataProblem naming file, line and reason.
    """
    rows: list[tuple[str, Branch]] = load_rows(folder / "categories.yml", Branch)
    written = [(place, one) for place, row in rows for one in _written_out(row)]
    problems = [f"{place}: {reason}" for place, row in rows for reason in _unknown(row, topics, symptoms)]
    known: set[str] = set()
    for place, row in written:
        if row.code in known:
            problems.append(f"{place}: {row.code} is written twice")
        if row.parent is not None and row.parent not in known:
            problems.append(f"{place}: {row.code}: nothing above it: {row.parent} must stand before it")
        known.add(row.code)
    top = {f"{kind}.{service}" for kind in get_args(Kind) for service in _SERVICES}
    problems += [f"{folder / 'categories.yml'}:1: no row {code}" for code in sorted(top - known)]
    problems += [f"{place}: {row.code}: no such kind or service" for place, row in written if _top(row) not in top]
    problems += _never_reached(written)
    if problems:
        raise DataProblem(problems)
    return Categories(tuple(row for _, row in written))


def _written_out(row: Branch) -> list[Branch]:
    if ".*" not in row.code:
        return [row]
    return [row.model_copy(update={"code": row.code.replace("*", service)}) for service in _SERVICES]


def _top(row: Branch) -> str:
    return ".".join(row.code.split(".")[:2])


def _unknown(row: Branch, topics: Collection[str] | None, symptoms: Collection[str] | None) -> Iterable[str]:
    if topics is not None:
        yield from (f"{row.code}: no topic {name} in topics.yml" for name in row.intents if name not in topics)
    if symptoms is not None:
        yield from (
            f"{row.code}: no symptom {name} in quality.yml or safety.yml"
            for name in row.symptoms
            if name not in symptoms
        )


def _never_reached(written: list[tuple[str, Branch]]) -> list[str]:
    """Rows after one beside them that takes everything."""
    parents = {row.parent for _, row in written}
    last: dict[str, str] = {}
    problems = []
    for place, row in written:
        above = row.parent
        if above is None:
            continue
        if above in last:
            problems.append(f"{place}: {row.code}: never reached: {last[above]} takes everything")
        if not (row.intents or row.symptoms or row.words or row.code in parents):
            last[above] = row.code
    return problems
