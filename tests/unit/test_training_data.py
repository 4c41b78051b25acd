"""What the model learns from: enough of everything, nothing twice, nothing of what it is measured with."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from functools import lru_cache
from pathlib import Path

import pytest

from bench.sentences import learnt
from bench.understanding import SERVICES, VALIDATION, read_rows

ROOT = Path(__file__).resolve().parent.parent.parent
SAMPLES = ROOT.parent / "shared" / "eval"
SHORT = ("affirm", "deny", "greet", "goodbye", "thank")  # a bare yes, no, hello
ALIKE = 0.8


@lru_cache(maxsize=1)
def sentences() -> list[tuple[str, str]]:
    """(intent, sentence), as written."""
    return [(row.intent, row.text) for row in learnt()]


def bare(text: str) -> str:
    """Letters and figures only."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).lower() if c.isalnum())


def grams(text: str) -> frozenset[str]:
    """Character 3-grams of the bare text."""
    plain = bare(text)
    return frozenset(plain[i : i + 3] for i in range(max(1, len(plain) - 2)))


def twins(known: list[str], asked: list[str]) -> list[tuple[str, str]]:
    """Pairs (of `asked`, of `known`) that are the same but for a word or two; sentences of 8 characters and more."""
    inverted: dict[str, set[int]] = defaultdict(set)
    sets = [grams(text) for text in known]
    for number, own in enumerate(sets):
        for gram in own:
            inverted[gram].add(number)
    found = []
    for text in asked:
        own = grams(text)
        shared = Counter(number for gram in own for number in inverted[gram])
        for number, common in shared.items():
            if common / (len(own) + len(sets[number]) - common) >= ALIKE and known[number] != text:
                found.append((text, known[number]))
    return [pair for pair in found if min(len(part) for part in pair) >= 8]


def test_there_is_enough_of_everything() -> None:
    counts = Counter(intent for intent, _ in sentences())
    assert len(sentences()) >= 12_000
    few = {i: n for i, n in counts.items() if n < (60 if i in SHORT else 150)}
    assert few == {}, few
    assert counts["out_of_scope"] >= 1200


def test_no_sentence_is_written_twice() -> None:
    written = Counter(text for _, text in sentences())
    assert [text for text, times in written.items() if times > 1] == []


def test_the_validation_file_is_apart() -> None:
    rows = read_rows(VALIDATION)
    learnt = {text for _, text in sentences()}
    assert len(rows) >= 1500
    assert [row.text for row in rows if row.text in learnt] == []
    assert {row.intent for row in rows} == {intent for intent, _ in sentences()}
    assert {row.service for row in rows} == {*SERVICES, "-"}


def test_nothing_of_the_public_samples_is_learnt() -> None:
    if not SAMPLES.is_dir():
        pytest.skip("the samples are not beside this checkout")
    dev = [line.split("\t")[0] for line in (SAMPLES / "nlu_dev.tsv").read_text(encoding="utf-8").splitlines()]
    talks = re.findall(r"say: '([^']+)'", (SAMPLES / "conversations.yml").read_text(encoding="utf-8"))
    learnt = [text for _, text in sentences()]
    assert set(learnt) & {text.strip() for text in (*dev, *talks)} == set()
    assert twins(learnt, [*dev, *talks]) == []
    kept = [*learnt, *(row.text for row in read_rows(VALIDATION))]
    asked = {plain for plain in map(bare, (*dev, *talks)) if len(plain) >= 5}
    assert [text for text in kept if any(plain in bare(text) for plain in asked)] == []
