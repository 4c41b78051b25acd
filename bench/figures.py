"""What is counted when sentences have been read: pure functions over `Read`s. docs/understanding.md explains each figure."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

EMERGENCY, OUTSIDE = "report_emergency", "out_of_scope"
MOST_LOSS = 0.03  # of the sentences we do serve, called out of scope
BINS = 10
Figures = dict[str, float | int | None]

# What the gate watches: how far each may be from the floor, in the bad direction.
ALLOWED = {
    "accuracy": -0.01,
    "top3": -0.01,
    "macro_f1": -0.01,
    "service_accuracy": -0.01,
    "emergency_recall": -0.01,
    "oos_recall_at_3": -0.01,
    "emergency_false_alarms": 0.005,
}


class Row(NamedTuple):
    """A line of a file of sentences. `voice`: who writes so, "" when the file does not say."""

    text: str
    intent: str
    service: str
    voice: str = ""


class Read(NamedTuple):
    """A sentence and what the model made of it. `ranking`: the likeliest intents, as far as the model tells them."""

    row: Row
    intent: str
    confidence: float
    service: str | None = None
    ranking: tuple[tuple[str, float], ...] = ()
    ms: float = 0.0

    @property
    def right(self) -> bool:
        return self.intent == self.row.intent

    @property
    def in_first_three(self) -> bool:
        return self.row.intent in [name for name, _ in self.ranking[:3]]

    @property
    def outside(self) -> float:
        """How probable out_of_scope is; 0 where it is not among those told."""
        return dict(self.ranking).get(OUTSIDE, 0.0)

    @property
    def doubt(self) -> float:
        """How improbable the best of the intents we serve is."""
        return 1 - max((share for name, share in self.ranking if name != OUTSIDE), default=0.0)


class Bin(NamedTuple):
    """Sentences of like confidence: how many, how sure the model was, how often it was right."""

    size: int
    confidence: float
    accuracy: float


class Point(NamedTuple):
    """Calling out of scope what scores at least `threshold`: share found, share of the served lost."""

    threshold: float
    recall: float
    loss: float


def share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def macro_f1(reads: list[Read]) -> float:
    """The mean over the intents that occur, each counting alike."""
    hits: dict[str, int] = defaultdict(int)
    total: dict[str, int] = defaultdict(int)  # said and wanted together
    for read in reads:
        hits[read.intent] += read.right
        total[read.intent] += 1
        total[read.row.intent] += 1
    return statistics.mean(2 * hits[intent] / total[intent] for intent in {read.row.intent for read in reads})


def calibration(reads: list[Read]) -> list[Bin]:
    """Ten bins of confidence, the empty ones left out."""
    bins: dict[int, list[Read]] = defaultdict(list)
    for read in reads:
        bins[min(BINS - 1, int(read.confidence * BINS))].append(read)
    return [
        Bin(len(some), sum(r.confidence for r in some) / len(some), sum(r.right for r in some) / len(some))
        for _, some in sorted(bins.items())
    ]


def calibration_error(reads: list[Read]) -> float:
    """Expected calibration error: how far confidence and accuracy are apart, over all sentences."""
    return sum(one.size * abs(one.accuracy - one.confidence) for one in calibration(reads)) / len(reads)


def sweep(scores: list[float], outside: list[bool]) -> list[Point]:
    """Every threshold that makes a difference, the strictest first; [] where either kind of sentence is missing."""
    strangers, served = sum(outside), len(outside) - sum(outside)
    if not strangers or not served:
        return []
    points, found, lost = [], 0, 0
    ordered = sorted(zip(scores, outside, strict=True), reverse=True)
    for number, (score, stranger) in enumerate(ordered):
        found, lost = found + stranger, lost + (not stranger)
        if number + 1 == len(ordered) or ordered[number + 1][0] < score:
            points.append(Point(score, found / strangers, lost / served))
    return points


def within_loss(points: list[Point], most: float = MOST_LOSS) -> Point | None:
    """The most that is found while no more than `most` is lost."""
    return max((p for p in points if p.loss <= most), key=lambda p: p.recall, default=None)


def sweeps(reads: list[Read]) -> dict[str, list[Point]]:
    """By the probability of out_of_scope, and by doubt about everything else."""
    strange = [read.row.intent == OUTSIDE for read in reads]
    by = {"probability": [read.outside for read in reads], "doubt": [read.doubt for read in reads]}
    return {name: sweep(scores, strange) for name, scores in by.items()}


def out_of_scope(reads: list[Read]) -> Figures:
    """As the product decides (the first intent), then at the threshold that loses at most 3 % of the served."""
    strange = [read for read in reads if read.row.intent == OUTSIDE]
    served = [read for read in reads if read.row.intent != OUTSIDE]
    best = {name: within_loss(points) for name, points in sweeps(reads).items()}
    told = best["probability"]
    none = 0.0 if strange and served else None  # no threshold is mild enough, or nothing to find
    return {
        "oos_recall": share(sum(read.right for read in strange), len(strange)),
        "oos_loss": share(sum(read.intent == OUTSIDE for read in served), len(served)),
        "oos_recall_at_3": round(told.recall, 4) if told else none,
        "oos_threshold": round(told.threshold, 4) if told else None,
        "oos_recall_at_3_by_doubt": round(best["doubt"].recall, 4) if best["doubt"] else none,
    }


def percentile(values: list[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[int(part * (len(ordered) - 1))]


def summary(reads: list[Read]) -> Figures:
    """All figures of one file; None where it has nothing to count."""
    served = [read for read in reads if read.row.service != "-"]
    danger = [read for read in reads if read.row.intent == EMERGENCY]
    calm = [read for read in reads if read.row.intent != EMERGENCY]
    times = [read.ms for read in reads]
    return {
        "n": len(reads),
        "accuracy": share(sum(read.right for read in reads), len(reads)),
        "top3": share(sum(read.in_first_three for read in reads), len(reads)),
        "macro_f1": round(macro_f1(reads), 4),
        "service_accuracy": share(sum(read.service == read.row.service for read in served), len(served)),
        "emergency_recall": share(sum(read.right for read in danger), len(danger)),
        "emergency_false_alarms": share(sum(read.intent == EMERGENCY for read in calm), len(calm)),
        "calibration_error": round(calibration_error(reads), 4),
        **out_of_scope(reads),
        "ms_per_message_p50": round(percentile(times, 0.5), 2),
        "ms_per_message_p95": round(percentile(times, 0.95), 2),
    }


def falls(figures: Mapping[str, float | None], floor: Mapping[str, float | None]) -> list[str]:
    """What is worse than the floor by more than is allowed, in words; [] when the gate is open."""
    found = []
    for name, allowed in ALLOWED.items():
        now, then = figures.get(name), floor[name]
        if then is None:
            continue
        change = None if now is None else round(now - then, 6)
        if change is None or (change < allowed if allowed < 0 else change > allowed):
            found.append(f"{name} was {then}, is {now} (allowed: {allowed:+})")
    return found
