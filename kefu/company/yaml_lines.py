"""YAML with line numbers, so that a validator can say file, line and reason."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

Path_ = tuple[str | int, ...]


class _PlainLoader(yaml.SafeLoader):
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


def load_with_lines(path: Path) -> tuple[Any, dict[Path_, int]]:
    """The data, and the line each of its parts stands on (paths of keys and indices). Raises DataProblem."""
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=_PlainLoader)
        data = yaml.load(text, Loader=_PlainLoader)
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
