"""Invented supply networks and storms over them: what broke, who reports when, and which reports mislead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from math import exp, log
from random import Random

from kefu.company.incidents import DetectionRule

BUCKETS = (10, 30, 100, 300, 1000, 5001)  # storms are drawn evenly from these sizes (reports of broken devices)
MOST_TINY = 0.06  # share of leaves with only 3 to 10 homes


@dataclass(eq=False)
class Tree:
    """A network as `kefu.network.suspect.Net` wants it, and its children."""

    parents: dict[str, str | None] = field(default_factory=dict)
    homes: dict[str, int] = field(default_factory=dict)
    kids: dict[str, list[str]] = field(default_factory=dict)

    def add(self, code: str, parent: str | None, homes: int = 0) -> str:
        self.parents[code], self.homes[code], self.kids[code] = parent, 0, []
        if parent is not None:
            self.kids[parent].append(code)
        for above in self.line(code):
            self.homes[above] += homes
        return code

    def line(self, area: str | None) -> Iterator[str]:
        while area is not None:
            yield area
            area = self.parents[area]

    def leaves(self, area: str | None = None) -> list[str]:
        return [code for code in self.parents if not self.kids[code] and (area is None or area in self.line(code))]


def network(rng: Random, service: str) -> Tree:
    """2,000 to 20,000 homes: stations, feeders, transformers; the other services have two levels."""
    tree, wanted = Tree(), exp(rng.uniform(log(2000), log(20000)))
    top = 0
    while sum(tree.homes[code] for code, parent in tree.parents.items() if parent is None) < wanted:
        top += 1
        station = tree.add(f"{service[0]}{top}", None)
        if service != "electricity":
            leaves(
                rng, tree, station, *{"water": (6, 15, 40, 400), "gas": (10, 30, 6, 40)}.get(service, (8, 16, 30, 150))
            )
            continue
        for feeder in range(rng.randint(3, 8)):
            leaves(rng, tree, tree.add(f"{station}-{feeder}", station), 6, 22, 8, 200)
    return tree


def leaves(rng: Random, tree: Tree, parent: str, fewest: int, most: int, smallest: int, largest: int) -> None:
    for number in range(rng.randint(fewest, most)):
        homes = int(exp(rng.uniform(log(smallest), log(largest))))
        tree.add(f"{parent}-{number}", parent, rng.randint(3, 10) if rng.random() < MOST_TINY else homes)


@dataclass(frozen=True)
class Report:
    """`cause`: the device that broke; None: a fault of that home's own. `said`: the area it seems to come from (None:
    nobody knows). `minute`: since the storm began."""

    minute: float
    home: str
    said: str | None
    cause: str | None


@dataclass
class Storm:
    tree: Tree
    broken: list[str]
    reports: list[Report]

    @property
    def caused(self) -> int:
        return sum(report.cause is not None for report in self.reports)


def storm(rng: Random, service: str, rules: DetectionRule, fewest: int, most: int) -> Storm:
    """A storm with that many reports of broken devices, of which one at least has enough to be recognised."""
    while True:
        tree = network(rng, service)
        for _ in range(30):
            made = _try(rng, tree, rules, exp(rng.uniform(log(fewest), log(most))))
            if made is None or not fewest <= made.caused < most:
                continue
            if any(reportable(made, device, rules) for device in made.broken):
                return made


def reportable(storm: Storm, device: str, rules: DetectionRule) -> bool:
    """Enough homes said so, at or below it: fewer than the company's own minimum nobody could act on."""
    said = sum(
        report.cause == device and report.said is not None and device in storm.tree.line(report.said)
        for report in storm.reports
    )
    return said >= rules.size(storm.tree.homes[device]).at_least


def _try(rng: Random, tree: Tree, rules: DetectionRule, wanted: float) -> Storm | None:
    """About so many reports, if 3 to 60 % of the homes without supply telling us makes them."""
    broken = _broken(rng, tree)
    share, delay = wanted / sum(tree.homes[device] for device in broken), exp(rng.uniform(log(8), log(40)))
    if not 0.03 <= share <= 0.6:
        return None
    begins = {device: 0.0 if rng.random() < 0.5 else rng.uniform(0, 60) for device in broken}
    begins[broken[0]] = 0.0
    ends = max(begins.values()) + 4 * delay
    noise = _Noise(rng, tree)
    reports = []
    for device in broken:
        for leaf in tree.leaves(device):
            told = min(0.95, share * exp(rng.gauss(-0.125, 0.5)))  # neighbourhoods differ in telling us
            for _ in range(tree.homes[leaf]):
                minute = begins[device] + rng.expovariate(1 / delay)
                if rng.random() < told and minute < ends:
                    reports.append(Report(minute, leaf, noise.said(leaf), device))
    reports += _own(rng, tree, rules, set(broken), ends, noise)
    return Storm(tree, broken, sorted(reports, key=lambda report: report.minute))


def _broken(rng: Random, tree: Tree) -> list[str]:
    """One to five devices, none below another: siblings, or anywhere; not all children of one device."""
    wanted = rng.choices((1, 2, 3, 4, 5), (50, 20, 14, 9, 7))[0]
    leaf_share = rng.choice((0.5, 0.8, 0.2))
    inner = [code for code, kids in tree.kids.items() if kids]
    first = rng.choice(tree.leaves() if rng.random() < leaf_share else inner)
    siblings = tree.kids[tree.parents[first]] if tree.parents[first] else []  # type: ignore[index]
    together = rng.random() < 0.5 and len(siblings) > 2
    broken = [first]
    for _ in range(40):
        if len(broken) == (min(wanted, len(siblings) - 1) if together else wanted):
            break
        other = rng.choice(siblings if together else tree.leaves() if rng.random() < leaf_share else inner)
        apart = all(other not in tree.line(one) and one not in tree.line(other) for one in broken)
        if apart and not _all_children(tree, [*broken, other]):
            broken.append(other)
    return broken


def _all_children(tree: Tree, broken: list[str]) -> bool:
    return any(kids and set(kids) <= set(broken) for kids in tree.kids.values())


def _own(rng: Random, tree: Tree, rules: DetectionRule, broken: set[str], ends: float, noise: _Noise) -> list[Report]:
    """Faults of single homes elsewhere: one to twenty times an ordinary day's, and some quarters have more."""
    begins = -rules.window_minutes
    an_hour = rules.faults_per_1000_homes_hour / 1000 * exp(rng.uniform(log(0.5), log(2)))
    times = exp(rng.uniform(0, log(20)))
    found = []
    for leaf in tree.leaves():
        if broken & set(tree.line(leaf)):
            continue
        quarter = rng.gammavariate(3, 1 / 3)
        for start, end, factor in ((begins, 0.0, 1.0), (0.0, ends, times)):
            chance = min(1.0, an_hour * factor * quarter * (end - start) / 60)
            for _ in range(tree.homes[leaf]):
                if rng.random() < chance:
                    found.append(Report(rng.uniform(start, end), leaf, noise.said(leaf), None))
    return found


class _Noise:
    """3 to 5 % name another leaf, 5 % only something above theirs or nothing that can be found."""

    def __init__(self, rng: Random, tree: Tree) -> None:
        self.rng, self.tree = rng, tree
        self.wrong = rng.uniform(0.03, 0.05)
        self.leaves = tree.leaves()
        self.ends = []
        total = 0
        for leaf in self.leaves:
            total += tree.homes[leaf]
            self.ends.append(total)

    def said(self, leaf: str) -> str | None:
        chance = self.rng.random()
        if chance < self.wrong:
            return self.rng.choices(self.leaves, cum_weights=self.ends)[0]
        if chance < self.wrong + 0.05:
            return self.tree.parents[leaf] if self.rng.random() < 0.8 else None
        return leaf


def buckets() -> list[tuple[int, int]]:
    return list(pairwise(BUCKETS))
