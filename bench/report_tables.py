"""The tables of the report: targets, confusions, intents, voices and kinds of sentences."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import opencc

from bench.figures import EMERGENCY, Figures, Read, macro_f1, share

EXAMPLES = 5


class Target(NamedTuple):
    """What a figure is to reach; `most`: it is a limit, not to be exceeded."""

    figure: str
    label: str
    value: float
    most: bool = False


class Judged(NamedTuple):
    target: Target
    measured: float | int | None

    @property
    def met(self) -> bool | None:
        if self.measured is None:
            return None
        return self.measured <= self.target.value if self.target.most else self.measured >= self.target.value


class Confusion(NamedTuple):
    wanted: str
    got: str
    times: int
    examples: list[str]


class IntentScore(NamedTuple):
    intent: str
    wanted: int
    said: int
    precision: float | None
    recall: float | None
    f1: float


class Group(NamedTuple):
    name: str
    size: int
    accuracy: float | None
    top3: float | None
    macro_f1: float
    service: float | None


class Loss(NamedTuple):
    """One disturbance: how many sentences it changed, and what the model still gets right."""

    name: str
    changed: float | None
    accuracy: float
    loss: float
    emergency_recall: float | None
    false_alarms: float | None


def judge(figures: Figures, targets: list[Target]) -> list[Judged]:
    return [Judged(target, figures.get(target.figure)) for target in targets]


def confusions(reads: list[Read]) -> list[Confusion]:
    """The commonest first."""
    wrong = [read for read in reads if not read.right]
    pairs: dict[tuple[str, str], list[str]] = defaultdict(list)
    for read in wrong:
        pairs[read.row.intent, read.intent].append(read.row.text)
    found = [Confusion(*pair, len(texts), texts[:EXAMPLES]) for pair, texts in pairs.items()]
    return sorted(found, key=lambda one: (-one.times, one.wanted, one.got))


def by_intent(reads: list[Read]) -> list[IntentScore]:
    """The weakest first."""
    wanted = Counter(read.row.intent for read in reads)
    said = Counter(read.intent for read in reads)
    hits = Counter(read.intent for read in reads if read.right)
    scores = [
        IntentScore(i, wanted[i], said[i], share(hits[i], said[i]), share(hits[i], wanted[i]), 2 * hits[i] / total)
        for i in wanted | said
        if (total := wanted[i] + said[i])
    ]
    return sorted(scores, key=lambda score: (score.f1, score.intent))


def group(name: str, reads: list[Read]) -> Group:
    served = [read for read in reads if read.row.service != "-"]
    return Group(
        name,
        len(reads),
        share(sum(read.right for read in reads), len(reads)),
        share(sum(read.in_first_three for read in reads), len(reads)),
        macro_f1(reads),
        share(sum(read.service == read.row.service for read in served), len(served)),
    )


def voices(reads: list[Read]) -> list[Group]:
    """As the file names them, the weakest first; [] when it names none."""
    named: dict[str, list[Read]] = defaultdict(list)
    for read in reads:
        if read.row.voice:
            named[read.row.voice].append(read)
    return sorted((group(name, some) for name, some in named.items()), key=lambda one: one.accuracy or 0.0)


@lru_cache(maxsize=1)
def _simplifier() -> Callable[[str], str]:
    convert: Callable[[str], str] = opencc.OpenCC("t2s").convert
    return convert


def _has(*categories: str) -> Callable[[str], bool]:
    return lambda text: any(unicodedata.category(c).startswith(categories) for c in text)


_marked, _pictured, _figured = _has("P"), _has("So"), _has("Nd")
KINDS: dict[str, Callable[[str], bool]] = {
    "6 characters or fewer": lambda text: len(text) <= 6,
    "7 to 15 characters": lambda text: 7 <= len(text) <= 15,
    "16 to 30 characters": lambda text: 16 <= len(text) <= 30,
    "more than 30 characters": lambda text: len(text) > 30,
    "has figures": _figured,
    "traditional characters": lambda text: _simplifier()(text) != text,
    "more than 10 characters, no punctuation (as dictated)": lambda text: len(text) > 10 and not _marked(text),
    "has punctuation": _marked,
    "has emoji": _pictured,
}


def kinds(reads: list[Read]) -> list[Group]:
    """What can be seen of a sentence itself; a sentence may be of several kinds."""
    sorted_out = {name: [read for read in reads if fits(read.row.text)] for name, fits in KINDS.items()}
    return [group(name, some) for name, some in sorted_out.items() if some]


def loss(name: str, clean: list[Read], disturbed: list[Read]) -> Loss:
    """`disturbed` are the same sentences in the same order."""
    before = sum(read.right for read in clean) / len(clean)
    after = sum(read.right for read in disturbed) / len(disturbed)
    pairs = zip(clean, disturbed, strict=True)
    changed = sum(old.row.text != new.row.text for old, new in pairs)
    danger = [read for read in disturbed if read.row.intent == EMERGENCY]
    calm = [read for read in disturbed if read.row.intent != EMERGENCY]
    recall = share(sum(read.right for read in danger), len(danger))
    alarms = share(sum(read.intent == EMERGENCY for read in calm), len(calm))
    return Loss(name, share(changed, len(clean)), round(after, 4), round(before - after, 4), recall, alarms)
