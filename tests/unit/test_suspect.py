"""Who reports, and which device is broken: small cases by hand, and a few dozen storms of the simulation."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache
from pathlib import Path
from random import Random
from shutil import copytree
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.storm_simulation import run, summary
from bench.storms import Tree
from kefu.clock import SHANGHAI
from kefu.company.data import load_company
from kefu.company.incidents import DetectionRule
from kefu.company.yaml_lines import DataProblem
from kefu.network.suspect import Suspicion, follow, suspects

SHIPPED = Path(__file__).resolve().parent.parent.parent / "company"
NOON = datetime(2026, 7, 20, 12, tzinfo=SHANGHAI)


@cache
def rules(service: str = "electricity", moment: datetime = NOON) -> DetectionRule:
    return load_company(SHIPPED).incidents.detection.for_(service, moment)  # type: ignore[arg-type]


@cache
def town(feeders: int = 4, transformers: int = 10, homes: int = 60) -> Tree:
    """Two stations S0, S1 of feeders S0-0 … of transformers S0-0-0 …; the last transformer of each feeder has 6 homes."""
    tree = Tree()
    for station in ("S0", "S1"):
        tree.add(station, None)
        for feeder in range(feeders):
            tree.add(f"{station}-{feeder}", station)
            for number in range(transformers):
                tree.add(
                    f"{station}-{feeder}-{number}", f"{station}-{feeder}", 6 if number == transformers - 1 else homes
                )
    return tree


def areas(found: list[Suspicion]) -> set[str]:
    return {one.area for one in found}


def judged(counts: dict[str, int], standing: tuple[str, ...] = ()) -> set[str]:
    return areas(suspects(town(), counts, rules(), standing))


# --- cases a dispatcher would decide the same way ------------------------------------------------------------------------
FEEDER = {f"S0-1-{n}": 1 for n in range(5)}
CASES: dict[str, tuple[dict[str, int], set[str]]] = {
    "nobody": ({}, set()),
    "one home alone": ({"S0-0-0": 1}, set()),
    "two neighbours": ({"S0-0-0": 2}, set()),
    "one home here and there": ({"S0-0-0": 1, "S0-2-3": 1, "S1-1-4": 1, "S1-3-7": 1}, set()),
    "a transformer": ({"S0-0-0": 6}, {"S0-0-0"}),
    "six homes of which three tell": ({"S0-0-9": 3}, {"S0-0-9"}),
    "one each from five transformers of a feeder": (FEEDER, {"S0-1"}),
    "a feeder of which two transformers are silent": ({f"S0-1-{n}": 3 for n in range(8)}, {"S0-1"}),
    "two transformers of one feeder": ({"S0-0-0": 25, "S0-0-4": 30}, {"S0-0-0", "S0-0-4"}),
    "two far apart, and strays": ({"S0-0-0": 20, "S1-2-4": 15, "S1-0-0": 1, "S0-3-3": 1}, {"S0-0-0", "S1-2-4"}),
    "a station": ({f"S1-{f}-{n}": 4 for f in range(4) for n in range(9)}, {"S1"}),
    "a transformer, and vague ones of its feeder": ({"S0-0-0": 40, "S0-0": 4}, {"S0-0-0"}),
    "nothing lower than the feeder is known": ({"S0-0": 8}, {"S0-0"}),
    "a place the network does not know": ({"nowhere": 50, "S0-0-0": 6}, {"S0-0-0"}),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_suspected(case: str) -> None:
    counts, wanted = CASES[case]
    assert judged(counts) == wanted


def test_the_strongest_comes_first_and_says_how_many() -> None:
    first, second = suspects(town(), {"S0-0-0": 5, "S1-2-4": 30}, rules())
    assert (first.area, first.homes, first.reports) == ("S1-2-4", 60, 30)
    assert second.reports == 5 and first.score > second.score > 0


def test_a_network_in_disorder_is_no_reason_to_hang() -> None:
    """An area below itself can have no device above; one below an unknown area is a top of its own."""
    tree = Tree(
        parents={"a": "b", "b": "a", "c": "gone", "c-1": "c", "c-2": "c"},
        homes={"a": 50, "b": 50, "c": 80, "c-1": 40, "c-2": 40},
    )
    assert areas(suspects(tree, {"a": 9, "c-1": 9}, rules())) == {"c-1"}


# --- what stands -----------------------------------------------------------------------------------------------------------
def test_less_is_needed_to_stay_than_to_open() -> None:
    assert judged({"S0-0-0": 3}) == set()
    assert judged({"S0-0-0": 3}, ("S0-0-0",)) == {"S0-0-0"}
    assert judged({}, ("S0-0-0",)) == set(), "nothing speaks for it any more"


def test_a_standing_one_is_raised_and_narrowed() -> None:
    tree = town()
    raised = suspects(tree, {f"S0-1-{n}": 3 for n in range(8)}, rules(), {"S0-1-0", "S0-1-1"})
    assert follow(tree, ("S0-1-0", "S0-1-1", "S1-0"), raised) == {"S0-1-0": "S0-1", "S0-1-1": "S0-1", "S1-0": None}
    narrowed = suspects(tree, {"S0-1-0": 30, "S0-1-4": 12}, rules(), {"S0-1"})
    assert areas(narrowed) == {"S0-1-0", "S0-1-4"}
    assert follow(tree, ("S0-1",), narrowed) == {"S0-1": "S0-1-0"}


def test_report_by_report_it_does_not_flap() -> None:
    """A feeder, report by report: opened once, perhaps raised, and never gone again."""
    rng, counts, standing, changes = Random(4), dict[str, int](), set[str](), 0
    for _ in range(120):
        leaf = f"S0-2-{rng.randrange(9)}"
        counts[leaf] = counts.get(leaf, 0) + 1
        now = judged(counts, tuple(standing))
        assert now or not standing
        changes, standing = changes + (now != standing), now
    assert standing == {"S0-2"} and changes <= 2


AREAS = list(town().parents)


@given(st.dictionaries(st.sampled_from(AREAS), st.integers(0, 80), max_size=12), st.sets(st.sampled_from(AREAS)))
def test_none_lies_below_another_and_none_has_too_few(counts: dict[str, int], standing: set[str]) -> None:
    tree, found = town(), suspects(town(), counts, rules(), standing)
    for one in found:
        above = set(tree.line(one.area)) - {one.area}
        assert not above & areas(found)
        assert one.reports == sum(n for area, n in counts.items() if one.area in tree.line(area))
        assert one.reports >= (2 if one.area in standing else rules().size(one.homes).at_least)


def test_a_decision_takes_under_five_milliseconds() -> None:
    tree = town(feeders=5, transformers=9, homes=62)
    assert tree.homes["S0"] + tree.homes["S1"] > 5000 - 30
    counts = {leaf: tree.homes[leaf] for leaf in tree.leaves()}
    took = []
    for _ in range(20):
        begun = process_time()
        suspects(tree, counts, rules())
        took.append(process_time() - begun)
    assert min(took) < 0.005


# --- storms ------------------------------------------------------------------------------------------------------------------
def test_storms_are_understood() -> None:
    """The targets, over all sizes; 400 storms and what each number means: docs/incidents.md."""
    found = summary(run(30, seed=7))
    assert found["exact_or_adjacent"] >= 0.95, found
    assert found["dispatch_reduction"] >= 0.98, found
    assert found["swallowed"] <= 0.01, found


# --- the rules as data -------------------------------------------------------------------------------------------------------
def test_day_night_and_size_choose_the_rule() -> None:
    night = rules(moment=NOON.replace(hour=2))
    assert night.window_minutes > rules().window_minutes and night.background < rules().background
    assert night == rules(moment=NOON.replace(hour=22, minute=30)) != rules(moment=NOON.replace(hour=6, minute=30))
    assert [rules().size(homes).at_least for homes in (20, 21, 1000, 1001)] == [3, 4, 5, 8]
    assert rules().background == pytest.approx(0.05 / 1000 * 2)


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ('night_to: "06:30"', 'night_to: "23:30"', "over midnight"),
        ("- {at_least: 8, penalty: 9}", "- {homes_upto: 9000, at_least: 8, penalty: 9}", "without homes_upto"),
        ("homes_upto: 20,", "homes_upto: 500,", "must grow"),
        ("{low: 0.005, high: 0.7}", "{low: 0.8, high: 0.7}", "high must be above low"),
        ("    heat:", "    gas2:", "gas2"),
        ("at_least: 3", "at_least: 1", "greater than or equal to 2"),
    ],
)
def test_a_broken_file_is_refused_with_its_line(tmp_path: Path, old: str, new: str, part: str) -> None:
    copytree(SHIPPED, tmp_path, dirs_exist_ok=True)
    text = (tmp_path / "incidents.yml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "incidents.yml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataProblem) as caught:
        load_company(tmp_path)
    assert any(re.search(rf"incidents\.yml:\d+: .*{re.escape(part)}", problem) for problem in caught.value.problems)
