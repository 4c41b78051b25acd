"""Invented storms, report by report, through `kefu.network.suspect` as the service does it, and how right it was.

python -m bench.storm_simulation --storms 400 --seed 1; the last line is one JSON object. What is counted: docs/incidents.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from statistics import median
from time import perf_counter

from bench.storms import BUCKETS, Report, Storm, Tree, buckets, reportable, storm
from kefu.clock import SHANGHAI
from kefu.company.data import load_company
from kefu.company.incidents import DetectionRule
from kefu.network.suspect import Suspicion, follow, suspects
from kefu.settings import ROOT

SERVICES = ("electricity", "electricity", "water", "gas", "heat")
HOURS = (14, 14, 14, 2)  # a quarter of the storms at night
EVERY = 100  # the first so many reports are decided one by one, then every hundredth part of those so far


@dataclass
class Desk:
    """The suspected incidents of one storm, opened, raised, narrowed and merged as the service does."""

    tree: Tree
    rules: DetectionRule
    standing: dict[str, int] = field(default_factory=dict)  # area → incident
    opened: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    waiting: list[Report] = field(default_factory=list)
    aged: int = 0
    seconds: list[float] = field(default_factory=list)

    def take(self, report: Report) -> None:
        if report.said is not None:
            self.counts[report.said] += 1
            self.waiting.append(report)

    def decide(self, minute: float) -> None:
        self._forget(minute - self.rules.window_minutes)
        begun = perf_counter()
        found = suspects(self.tree, self.counts, self.rules, self.standing)
        self.seconds.append(perf_counter() - begun)
        self._apply(found)

    def _forget(self, before: float) -> None:
        """Reports older than the window count no more, unless they are attached to what stands."""
        while self.aged < len(self.waiting) and self.waiting[self.aged].minute < before:
            said = self.waiting[self.aged].said
            if not set(self.tree.line(said)) & self.standing.keys():
                self.counts[said or ""] -= 1
            self.aged += 1

    def _apply(self, found: list[Suspicion]) -> None:
        after: dict[str, int] = {}
        for area, new in follow(self.tree, self.standing, found).items():
            after.setdefault(new or area, self.standing[area])
        for one in found:
            if one.area not in after:
                self.opened += 1
                after[one.area] = self.opened
        self.standing = after

    def attached(self, said: str | None) -> bool:
        """At or below what stands; a vague address also above it."""
        line = set(self.tree.line(said))
        return bool(line & self.standing.keys()) or any(said in self.tree.line(area) for area in self.standing)


@dataclass
class Outcome:
    """`late`: reports of a device before it was first suspected (exactly or one step off), by device found."""

    caused: int
    exact: bool
    adjacent: bool
    false: int
    incidents: int
    loose: int
    strays: int
    strays_loose: int
    own: int
    swallowed: int
    own_right: int
    swallowed_right: int
    late: list[int]
    minutes: list[float]
    seconds: list[float]
    note: str = ""


def play(weather: Storm, rules: DetectionRule) -> Outcome:
    """The storm report by report, then the reckoning."""
    desk = Desk(weather.tree, rules)
    told: Counter[str] = Counter()
    first: dict[str, tuple[int, float]] = {}
    begins: dict[str, float] = {}
    for number, report in enumerate(weather.reports, 1):
        desk.take(report)
        if report.cause:
            told[report.cause] += 1
            begins.setdefault(report.cause, report.minute)
        if number % max(1, number // EVERY) and number != len(weather.reports):
            continue
        desk.decide(report.minute)
        for device in told.keys() - first.keys():
            if near(weather.tree, device) & desk.standing.keys():
                first[device] = told[device], report.minute - begins[device]
    return reckon(weather, rules, desk, first)


def near(tree: Tree, device: str) -> set[str]:
    """The device, the one above it, those right below it."""
    return {device, *tree.kids[device], *([tree.parents[device]] if tree.parents[device] else [])}  # type: ignore[list-item]


def reckon(weather: Storm, rules: DetectionRule, desk: Desk, first: dict[str, tuple[int, float]]) -> Outcome:
    tree, stands = weather.tree, desk.standing.keys()
    wanted = [device for device in weather.broken if reportable(weather, device, rules)]
    false = [area for area in stands if not any(area in near(tree, device) for device in weather.broken)]
    exact = set(wanted) <= stands and stands <= set(weather.broken)
    adjacent = not false and all(_found(tree, device, stands) for device in wanted)
    caused = [one for one in weather.reports if one.cause]
    strays = [one for one in caused if one.said is None or not _kin(tree, one.said, one.cause or "")]
    own = [one for one in weather.reports if not one.cause]
    own_right = [one for one in own if one.said == one.home]
    return Outcome(
        caused=len(caused),
        exact=exact,
        adjacent=adjacent,
        false=len(false),
        incidents=desk.opened,
        loose=_loose(desk, caused),
        strays=len(strays),
        strays_loose=_loose(desk, strays),
        own=len(own),
        swallowed=len(own) - _loose(desk, own),
        own_right=len(own_right),
        swallowed_right=len(own_right) - _loose(desk, own_right),
        late=[first[device][0] for device in wanted if device in first],
        minutes=[first[device][1] for device in wanted if device in first],
        seconds=desk.seconds,
        note=f"broken {[(d, tree.homes[d], sum(o.cause == d for o in caused), d in wanted) for d in weather.broken]} "
        f"stands {sorted((a, tree.homes[a], sum(n for s, n in desk.counts.items() if a in tree.line(s))) for a in stands)}",
    )


def _found(tree: Tree, device: str, stands: Iterable[str]) -> bool:
    """Itself, the one above it, or exactly one below it: a device seen as several is not found."""
    below = [kid for kid in tree.kids[device] if kid in stands]
    return device in stands or tree.parents[device] in stands or len(below) == 1


def _kin(tree: Tree, one: str, other: str) -> bool:
    return one in tree.line(other) or other in tree.line(one)


def _loose(desk: Desk, reports: list[Report]) -> int:
    return sum(not desk.attached(one.said) for one in reports)


# --- all storms ------------------------------------------------------------------------------------------------------------
def run(storms: int, seed: int, sizes: list[tuple[int, int]] | None = None, aloud: bool = False) -> list[Outcome]:
    """So many storms, evenly over the sizes."""
    detection = load_company(ROOT / "company").incidents.detection
    sizes = sizes or buckets()
    found = []
    for number in range(storms):
        rng = Random(f"{seed}-{number}")
        service, hour = rng.choice(SERVICES), rng.choice(HOURS)
        rules = detection.for_(service, datetime(2026, 7, 20, hour, tzinfo=SHANGHAI))  # type: ignore[arg-type]
        outcome = play(storm(rng, service, rules, *sizes[number % len(sizes)]), rules)
        found.append(outcome)
        if aloud and not outcome.adjacent:
            print(number, service, hour, outcome.note, file=sys.stderr)
        if aloud and number % 20 == 19:
            print(f"{number + 1} of {storms}: {summary(found)}", file=sys.stderr)
    return found


def summary(found: list[Outcome]) -> dict[str, float]:
    caused, own = sum(one.caused for one in found), sum(one.own for one in found)
    incidents, loose = sum(one.incidents for one in found), sum(one.loose for one in found)
    strays, lost = sum(one.strays for one in found), sum(one.strays_loose for one in found)
    swallowed = sum(one.swallowed for one in found)
    right = sum(one.own_right for one in found)
    late = [number for one in found for number in one.late]
    minutes = [number for one in found for number in one.minutes]
    numbers = {
        "storms": len(found),
        "reports": caused + own,
        "exact": sum(one.exact for one in found) / len(found),
        "exact_or_adjacent": sum(one.adjacent for one in found) / len(found),
        "dispatch_reduction": 1 - (incidents + loose - lost) / (caused - strays),
        "dispatch_reduction_with_strays": 1 - (incidents + loose) / caused,
        "dispatch_reduction_with_isolated": 1 - (incidents + loose + own - swallowed) / (caused + own),
        "swallowed": sum(one.swallowed_right for one in found) / max(right, 1),
        "swallowed_any_address": swallowed / max(own, 1),
        "false_incidents": sum(one.false for one in found),
        "incidents_per_storm": incidents / len(found),
        "median_reports_to_detect": median(late) if late else 0,
        "median_minutes_to_detect": median(minutes) if minutes else 0,
        "ms_per_decision": 1000 * sum(sum(one.seconds) for one in found) / sum(len(one.seconds) for one in found),
        "ms_worst": 1000 * max(max(one.seconds) for one in found),
    }
    return {name: round(value, 4) for name, value in numbers.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--storms", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    found = run(given.storms, given.seed, aloud=True)
    whole = summary(found)
    for low, high in zip(BUCKETS, BUCKETS[1:], strict=False):
        some = [one for one in found if low <= one.caused < high]
        if some:
            print(f"{low}-{high - 1}: {summary(some)}", file=sys.stderr)
    print(json.dumps(whole))


if __name__ == "__main__":
    main()
