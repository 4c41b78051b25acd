"""YAML with line numbers, so that a validator can say file, line and reason; the base of every shape it checks."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

Service = Literal["electricity", "water", "gas", "heat"]
Kind = Literal["fault", "emergency", "dispute", "complaint", "application", "enquiry", "opinion"]
Path_ = tuple[str | int, ...]


_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same in C, where the library has it


class _PlainLoader(_Loader):  # type: ignore[misc]
    """Dates and times stay text (17:30 is no number here): the models read them, and name the line if they cannot."""


_KEPT = {"tag:yaml.org,2002:bool", "tag:yaml.org,2002:int", "tag:yaml.org,2002:null", "tag:yaml.org,2002:float"}
_PlainLoader.yaml_implicit_resolvers = {
    first: [
        (tag, regexp)
        for tag, regexp in rows
        if tag in _KEPT and not (tag in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float") and regexp.match("17:30"))
    ]
    for first, rows in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for _first in "-+0123456789":
    _PlainLoader.yaml_implicit_resolvers.setdefault(_first, []).append(
        ("tag:yaml.org,2002:int", re.compile(r"^[-+]?[0-9]+$"))
    )


class DataProblem(Exception):
    """A company's file is wrong: every problem as "file:line: reason"."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Strict(BaseModel):
    """A part of a company's file: no unknown keys, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _pattern(value: Any) -> re.Pattern[str]:
    """A word or a regular expression; capitals or not is the same. Raises ValueError if it fits everything."""
    if not isinstance(value, str):
        raise ValueError("a pattern is text")
    try:
        made = _compiled(value)
    except (re.error, OverflowError, RecursionError) as problem:
        raise ValueError(f"not a regular expression: {problem}") from problem
    if made.search(""):
        raise ValueError("the pattern fits every sentence")
    return made


@lru_cache(maxsize=2000)
def _compiled(pattern: str) -> re.Pattern[str]:
    """A company has more patterns than `re` itself remembers."""
    return re.compile(pattern, re.IGNORECASE)


Words = Annotated[re.Pattern[str], BeforeValidator(_pattern)]


def load_checked(path: Path, shape: Any) -> Any:
    """The file as `shape`. Raises DataProblem naming every line and reason."""
    data, lines = load_with_lines(path)
    return _validated(path, data, lines, shape, None)


def load_rows(path: Path, shape: Any, context: Any = None) -> list[tuple[str, Any]]:
    """The rows of a file that is a list, each with its "file:line". `context` goes to the shape's validators.

    Raises DataProblem naming every line and reason.
    """
    data, lines = load_with_lines(path)
    rows = _validated(path, data, lines, Annotated[list[shape], Field(min_length=1)], context)
    return [(f"{path}:{line_of(lines, (index,))}", row) for index, row in enumerate(rows)]


def written_twice(rows: list[tuple[str, Any]]) -> list[str]:
    """A problem for every row whose `id` an earlier row has already."""
    first: dict[str, str] = {}
    found = []
    for place, row in rows:
        if row.id in first:
            found.append(f"{place}: id {row.id} is written twice (first at {first[row.id]})")
        first.setdefault(row.id, place)
    return found


def _validated(path: Path, data: Any, lines: dict[Path_, int], shape: Any, context: Any) -> Any:
    try:
        return TypeAdapter(shape).validate_python(data, context=context)
    except ValidationError as problem:
        found = []
        for error in problem.errors():
            where = ".".join(map(str, error["loc"]))
            found.append(f"{path}:{line_of(lines, error['loc'])}: {where}: {error['msg']}")
        raise DataProblem(found) from problem


def load_with_lines(path: Path) -> tuple[Any, dict[Path_, int]]:
    """The data, and the line each of its parts stands on (paths of keys and indices). Raises DataProblem."""
    try:
        text = path.read_text(encoding="utf-8")
        loader = _PlainLoader(text)
        node = loader.get_single_node()
        data = None if node is None else loader.construct_document(node)
    except FileNotFoundError as problem:
        raise DataProblem([f"{path}:1: file is missing"]) from problem
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        mark = getattr(problem, "problem_mark", None)
        raise DataProblem([f"{path}:{mark.line + 1 if mark else 1}: not valid YAML: {problem}"]) from problem
    lines: dict[Path_, int] = {}
    twice: list[str] = []
    if node is not None:
        _collect(node, (), lines, twice)
    if twice:
        raise DataProblem([f"{path}:{problem}" for problem in twice])
    return data, lines


def _collect(node: yaml.Node, path: Path_, lines: dict[Path_, int], twice: list[str]) -> None:
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            place, line = (*path, str(key.value)), key.start_mark.line + 1
            if place in lines:
                twice.append(f"{line}: {key.value} is written twice (first on line {lines[place]})")
                continue
            _collect(value, place, lines, twice)
            lines[place] = line
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _collect(value, (*path, index), lines, twice)


def line_of(lines: dict[Path_, int], path: Path_) -> int:
    """The line of a part, or of the nearest part around it."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)
