"""`make learning-curve`: how much each further sentence teaches. Trains the product's own classifier on a part of
data/nlu and reads the validation file; writes results/understanding/learning_curve.json, which the report draws.

The classifier alone: no clauses, no danger lexicon. The whole pipeline is what `make eval` measures.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import time
from collections import defaultdict
from typing import Any

from bench.figures import Read, Row, summary
from bench.sentences import learnt
from bench.understanding import VALIDATION, read_rows
from kefu.settings import ROOT

CURVE = ROOT / "results" / "understanding" / "learning_curve.json"
VECTORS = ROOT / "var" / "vectors-learning-curve.npz"
SHARES = (10, 25, 50, 75, 100)
SEED = 11
FIGURES = ("accuracy", "top3", "macro_f1", "calibration_error")


def part_of(rows: list[Row], percent: int) -> list[Row]:
    """The same part of every intent; what a small part holds, a larger one holds too."""
    by_intent: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_intent[row.intent].append(row)
    kept = []
    for intent, own in sorted(by_intent.items()):
        shuffled = random.Random(f"{SEED}|{intent}").sample(own, len(own))
        kept += shuffled[: math.ceil(len(own) * percent / 100)]
    return kept


def untrained() -> Any:
    """The product's own reader, set up as its component is."""
    from kefu.nlu.classifier import LinearIntentClassifier, SentenceReader  # only who trains needs it

    return SentenceReader.set_up(LinearIntentClassifier.get_default_config())


def score(rows: list[Row], readings: list[Any]) -> dict[str, float]:
    reads = []
    for row, reading in zip(rows, readings, strict=True):
        ranking = tuple((likely["name"], likely["confidence"]) for likely in reading.intents)
        reads.append(Read(row, *ranking[0], ranking=ranking))
    figures = summary(reads)
    return {name: float(figures[name] or 0.0) for name in FIGURES}


def learn(percent: int, sentences: list[Row], rows: list[Row]) -> dict[str, float]:
    started = time.monotonic()
    part = part_of(sentences, percent)
    reader = untrained().fit(
        [row.text for row in part], [row.intent for row in part], [row.service for row in part], VECTORS
    )
    trained = time.monotonic() - started
    figures = score(rows, reader.read([row.text for row in rows], 5))
    return {"percent": percent, "sentences": len(part), **figures, "train_s": round(trained, 1)}


def show(points: list[dict[str, float]]) -> None:
    print("percent  sentences  " + "  ".join(FIGURES) + "  train s")
    for point in points:
        figures = "  ".join(f"{point[name]:>{len(name)}.4f}" for name in FIGURES)
        print(f"{point['percent']:7.0f}  {point['sentences']:9.0f}  {figures}  {point['train_s']:7.1f}")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench.report_learning", description="Accuracy against training size.")
    parser.add_argument("--shares", default=",".join(map(str, SHARES)), help="percent of the training sentences")
    asked = parser.parse_args(arguments)
    percents = sorted({int(share) for share in asked.shares.split(",")})
    if not all(1 <= percent <= 100 for percent in percents):
        parser.error("shares are percent, 1 to 100")
    sentences, rows = learnt(), read_rows(VALIDATION)
    points = []
    for percent in percents:
        points.append(learn(percent, sentences, rows))
        print(f"{percent} % done", flush=True)
    CURVE.parent.mkdir(parents=True, exist_ok=True)
    CURVE.write_text(json.dumps(points, indent=2) + "\n", encoding="utf-8")
    show(points)
    print(json.dumps({"curve": points}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
