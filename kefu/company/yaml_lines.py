"""YAML with line numbers, so that a validator can say file, line and reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

Path_ = tuple[str | int, ...]


class DataProblem(Exception):
    """A company's file is wrong: every problem as "file:line: reason"."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def load_with_lines(path: Path) -> tuple[Any, dict[Path_, int]]:
    """The data, and the line each of its parts stands on (paths of keys and indices). Raises DataProblem."""
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except FileNotFoundError as problem:
        raise DataProblem([f"{path}:1: file is missing"]) from problem
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        mark = getattr(problem, "problem_mark", None)
        raise DataProblem([f"{path}:{mark.line + 1 if mark else 1}: not valid YAML: {problem}"]) from problem
    lines: dict[Path_, int] = {}
    if node is not None:
        _collect(node, (), lines)
    return data, lines


def _collect(node: yaml.Node, path: Path_, lines: dict[Path_, int]) -> None:
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            _collect(value, (*path, str(key.value)), lines)
            lines[(*path, str(key.value))] = key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _collect(value, (*path, index), lines)


def line_of(lines: dict[Path_, int], path: Path_) -> int:
    """The line of a part, or of the nearest part around it."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)
