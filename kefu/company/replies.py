"""What a reply that comes back with a finished ticket (回单) must say, and what is no answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from kefu.company.yaml_lines import DataProblem, Kind, Strict, Words, line_of, load_checked, load_with_lines

FieldName = Literal["contacted_at", "cause", "finding", "measure", "result", "customer_opinion", "restored_at"]


class Need(Strict):
    """The fields a kind of ticket needs, or one of its topics; the first row that fits holds."""

    kind: Kind | None = None
    category: str | None = None
    fields: list[FieldName] = Field(min_length=1)
    source: str = Field(min_length=1)

    def fits(self, kind: str, category: str) -> bool:
        return self.kind in (None, kind) and self.category in (None, category)


class Refused(Strict):
    """Words that are refused, and why, in words for staff. `whole`: only where nothing else is said."""

    words: list[Words] = Field(min_length=1)
    why: str = Field(min_length=1)
    whole: bool = False
    source: str = Field(min_length=1)

    def met(self, text: str) -> bool:
        if self.whole:
            bare = text.strip(" 。.，,！!、；;")
            return any(word.fullmatch(bare) for word in self.words)
        return any(word.search(text) for word in self.words)


class Replies(Strict):
    """`labels`: what staff read for each field; `shortest`: characters a field of words has at least."""

    labels: dict[FieldName, str]
    shortest: int = Field(ge=1, le=50)
    needs: list[Need] = Field(min_length=1)
    refused: list[Refused] = []

    def problems(self, kind: str, category: str, given: Mapping[str, Any]) -> list[str]:
        """Everything that is missing or no answer, in words for staff; [] for a good reply.

        `given`: by field; words are text, times are anything else.
        """
        need = next(row for row in self.needs if row.fits(kind, category))
        missing = [self.labels[name] for name in need.fields if not given.get(name)]
        found = [f"缺少：{'、'.join(missing)}"] if missing else []
        for name, label in self.labels.items():
            text = given.get(name)
            if isinstance(text, str) and text:
                found += [f"{label}：{why}" for why in self._wrong(text)]
        return found

    def _wrong(self, text: str) -> list[str]:
        if len(text) < self.shortest:
            return [f"太短，至少{self.shortest}个字"]
        return [row.why for row in self.refused if row.met(text)]


def load_replies(folder: Path, topics: Collection[str] | None) -> Replies:
    """The file `replies.yml`. `topics`: those there are (None: not checked). Raises DataProblem naming file, line, reason."""
    path = folder / "replies.yml"
    rules: Replies = load_checked(path, Replies)
    _, lines = load_with_lines(path)
    problems = []
    for number, row in enumerate(rules.needs):
        where = f"{path}:{line_of(lines, ('needs', number))}"
        if topics is not None and row.category is not None and row.category not in topics:
            problems.append(f"{where}: no topic {row.category} in topics.yml")
        problems += [f"{where}: no label for {name}" for name in row.fields if name not in rules.labels]
        if any(_covers(before, row) for before in rules.needs[:number]):
            problems.append(f"{where}: never reached: an earlier row fits first")
    if (rules.needs[-1].kind, rules.needs[-1].category) != (None, None):
        problems.append(f"{path}:{line_of(lines, ('needs',))}: the last row must fit everything (no kind, category)")
    if problems:
        raise DataProblem(problems)
    return rules


def _covers(first: Need, second: Need) -> bool:
    return first.kind in (None, second.kind) and first.category in (None, second.category)
