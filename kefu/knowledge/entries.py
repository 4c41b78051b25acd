"""The company's answers in words: every file of company/knowledge/. Reads and checks them; knows no other file."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from kefu.company.yaml_lines import DataProblem, Kind, Service, Strict, Words, load_rows, written_twice

LONGEST = 60
LEVEL = re.compile(r"\{level:(?P<kind>\w+)(?::(?P<service>\w+))?\}")
Level = Callable[[str, str | None], str]


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Sentence = Annotated[str, Field(min_length=1, pattern=r"\S")]


class Entry(Strict):
    """One answer. Without `service` it holds for all, without `about` it is the general one of its intents.

    `lines` may name a published limit, {level:fault:electricity}: it is read from service_levels.yml.
    """

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    intents: Annotated[list[str], BeforeValidator(_listed), Field(min_length=1)]
    service: Annotated[list[Service], BeforeValidator(_listed)] = []
    about: list[Words] = []
    title: Sentence
    lines: list[Sentence] = Field(min_length=1)
    source: Sentence
    checked_on: date
    confidence: Literal["company", "law", "gov", "press", "unverified"]

    @field_validator("intents")
    @classmethod
    def known_intents(cls, intents: list[str], info: ValidationInfo) -> list[str]:
        unknown = set(intents) - info.context if info.context is not None else set()
        if unknown:
            raise ValueError(f"no topic of topics.yml: {', '.join(sorted(unknown))}")
        return intents

    @field_validator("lines")
    @classmethod
    def short_lines(cls, lines: list[str]) -> list[str]:
        for line in lines:
            if len(LEVEL.sub("", line)) > LONGEST:
                raise ValueError(f"longer than {LONGEST} characters: {line}")
            _check_placeholders(line)
        return lines

    def said(self, level: Level) -> tuple[str, ...]:
        """The lines, with the published limits filled in (`level`: kind, service → sentence)."""
        return tuple(LEVEL.sub(lambda m: level(m["kind"], m["service"]), line) for line in self.lines)


def load_knowledge(folder: Path, intents: set[str] | None = None) -> list[Entry]:
    """All entries, by file name and place in the file. `intents`: those there are (None: not checked).

    Raises DataProblem with every problem as "file:line: reason".
    """
    files = sorted((folder / "knowledge").glob("*.yml"))
    if not files:
        raise DataProblem([f"{folder / 'knowledge'}:1: no file with answers (*.yml)"])
    rows: list[tuple[str, Entry]] = []
    problems: list[str] = []
    for file in files:
        try:
            rows += load_rows(file, Entry, intents)
        except DataProblem as problem:
            problems += problem.problems
    problems += written_twice(rows)
    if problems:
        raise DataProblem(problems)
    return [row for _, row in rows]


def _check_placeholders(line: str) -> None:
    for match in LEVEL.finditer(line):
        if match["kind"] not in get_args(Kind) or match["service"] not in (None, *get_args(Service)):
            raise ValueError(f"no published limit: {match[0]}")
    if re.search(r"[{}]", LEVEL.sub("", line)):
        raise ValueError(f"unknown words in braces: {line}")
