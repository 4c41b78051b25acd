"""The gate: no change may lose more than a point of understanding on the validation file.

Real customers' words are the measure, so a red test here is a finding, not a nuisance: docs/understanding.md.
"""

from __future__ import annotations

import random

from bench.figures import ALLOWED, Figures, Read, falls, summary
from bench.understanding import VALIDATION, read_floor, read_rows

REMEDY = """

What fell is shown by `make report` (confusions with examples). If the loss is meant, or the figures have risen and are to
be kept: `.venv/bin/python -m bench.understanding --floor` writes data/validation/floor.json; say why in the commit."""


def test_nothing_fell_below_the_floor(figures: Figures) -> None:
    fallen = falls(figures, read_floor())
    assert not fallen, "understanding got worse: " + "; ".join(fallen) + REMEDY


def test_the_floor_is_of_the_present_file() -> None:
    """Sentences added or taken away move the figures; then the floor has to be measured anew."""
    assert read_floor()["n"] == len(read_rows(VALIDATION)), "the validation file has changed" + REMEDY


def test_the_floor_holds_everything_that_is_watched() -> None:
    floor = read_floor()
    assert [name for name in ALLOWED if not isinstance(floor.get(name), float)] == []
    assert floor["accuracy"] != 0


def test_shuffled_labels_close_the_gate() -> None:
    rows = read_rows(VALIDATION)
    perfect = [Read(row, row.intent, 1.0, row.service, ((row.intent, 1.0),)) for row in rows]
    wrong = [row.intent for row in rows]
    random.Random(1).shuffle(wrong)
    shuffled = [
        read._replace(row=read.row._replace(intent=intent)) for read, intent in zip(perfect, wrong, strict=True)
    ]
    fallen = falls(summary(shuffled), summary(perfect))
    assert {fall.split()[0] for fall in fallen} == set(ALLOWED) - {"service_accuracy"}


def test_the_measured_figures_less_two_points_close_the_gate(figures: Figures) -> None:
    """A little worse than measured is caught, each figure by itself."""
    for name, allowed in ALLOWED.items():
        value = figures[name]
        assert value is not None
        assert falls(figures | {name: value + 2 * allowed}, figures) != [], name
        assert falls(figures | {name: value + 0.9 * allowed}, figures) == [], name
        assert falls(figures | {name: value - 2 * allowed}, figures) == [], name
