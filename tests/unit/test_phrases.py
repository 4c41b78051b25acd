"""Every phrase that is told is in company/phrases.yml, and gets all it holds in braces. Read from the source, not run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from kefu.company.data import load_company
from kefu.company.phrases import load_phrases
from kefu.company.yaml_lines import DataProblem

ROOT = Path(__file__).resolve().parent.parent.parent
PHRASES = load_company(ROOT / "company").phrases
TOLD_BY = ("tell", "phrase")


def told() -> Iterator[tuple[str, str, set[str] | None]]:
    """Where, which phrase, with which names (None: some come from a dict)."""
    for folder in ("actions", "kefu"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                    continue
                name = node.args[0] if node.args and node.func.attr in TOLD_BY else None
                if isinstance(name, ast.Constant) and isinstance(name.value, str):
                    keys = {keyword.arg for keyword in node.keywords}
                    given = None if None in keys else {key for key in keys if key is not None}
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", name.value, given


def holds(phrase: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(phrase) if name is not None}


def test_what_is_told_is_there_and_gets_all_it_needs() -> None:
    found = list(told())
    assert len(found) > 60
    assert [(where, name) for where, name, _ in found if name not in PHRASES] == []
    assert [(w, n, holds(PHRASES[n]) - g) for w, n, g in found if g is not None and holds(PHRASES[n]) - g] == []


@pytest.mark.parametrize(("text", "reason"), [("a: '{nobody}'", "nobody"), ("a: '{what'", "braces"), ("- a", "dict")])
def test_a_wrong_file_is_refused_with_its_line(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "phrases.yml").write_text(f"# told\n{text}\n", encoding="utf-8")
    with pytest.raises(DataProblem, match=rf"phrases\.yml:\d+: .*{reason}"):
        load_phrases(tmp_path)
