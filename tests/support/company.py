"""The shipped company with one thing wrong in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from kefu.company.data import load_company
from kefu.company.yaml_lines import DataProblem

SHIPPED = Path(__file__).resolve().parent.parent.parent / "company"
Break = Callable[[str, str, str], list[str]]


def breaking(folder: Path) -> Break:
    """The problems (file:line: reason) of the shipped company with one text of one file replaced (an empty `old`: the
    whole file), in a copy in `folder`."""

    def change(name: str, old: str, new: str) -> list[str]:
        copytree(SHIPPED, folder, dirs_exist_ok=True)
        path = folder / f"{name}.yml"
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is no longer in {name}.yml"
        path.write_text(text.replace(old, new, 1) if old else new, encoding="utf-8")
        with pytest.raises(DataProblem) as caught:
            load_company(folder)
        return [problem.removeprefix(f"{folder}/") for problem in caught.value.problems]

    return change
