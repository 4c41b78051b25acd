"""`make eval`: how well the trained model reads sentences it has not seen (text, intent, service, tab-separated).

The last line is one JSON object. A service of "-" is not scored; emergencies count as found by the intent alone.
`--floor` also writes what the gate (tests/nlu/test_gate.py) measures against.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from collections import Counter
from pathlib import Path

import structlog

from bench.figures import ALLOWED, Figures, Read, Row, falls, summary
from kefu.engine.engine import Engine
from kefu.settings import ROOT, get_settings

VALIDATION = ROOT / "data" / "validation" / "nlu.tsv"
FLOOR = ROOT / "data" / "validation" / "floor.json"
SERVICES = ("electricity", "water", "gas", "heat")
# Loads what is loaded at the first message: the encoder, tables of characters, address rules.
WARM_UP = ("你好", "預熱一下：１２３", "滨江花园3号楼2单元，电话13800000000，昨天晚上8点", "顺便问一下，怎么缴费")


def read_rows(path: Path) -> list[Row]:
    """A fourth column is the voice, more are not looked at.

    Raises ValueError naming the line that has less than three columns, or whose service is unknown.
    """
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        parts = line.split("\t")
        if len(parts) < 3 or parts[2] not in (*SERVICES, "-"):
            raise ValueError(f"{path}:{number}: wants text<TAB>intent<TAB>service (service {', '.join(SERVICES)} or -)")
        rows.append(Row(*parts[:4]))
    return rows


def load() -> Engine:
    """The trained model, warm."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    settings = get_settings()
    engine = Engine(settings.model_dir, settings.turn_timeout_s)
    for text in WARM_UP:
        engine.understand(text)
    print(f"model {engine.model}", flush=True)
    return engine


def read_one(engine: Engine, row: Row) -> Read:
    started = time.perf_counter()
    meant = engine.understand(row.text)
    ms = (time.perf_counter() - started) * 1000
    if meant.problem is not None:
        raise RuntimeError(f"the model failed on {row.text!r}") from meant.problem
    ranking = tuple((str(one["name"]), float(one["confidence"])) for one in meant.parse["intent_ranking"])
    return Read(row, meant.intent, meant.confidence, meant.service, ranking, ms)


def measure(engine: Engine, rows: list[Row]) -> list[Read]:
    found = []
    for number, row in enumerate(rows, 1):
        found.append(read_one(engine, row))
        if number % 500 == 0:
            print(f"{number} of {len(rows)}", flush=True)
    return found


def show_confusions(reads: list[Read], most: int = 15) -> None:
    pairs = Counter((read.row.intent, read.intent) for read in reads if not read.right)
    for (wanted, got), times in pairs.most_common(most):
        example = next(r.row.text for r in reads if (r.row.intent, r.intent) == (wanted, got))
        print(f"{times:4d}  {wanted} → {got}   {example[:40]}")


def read_floor(path: Path = FLOOR) -> Figures:
    floor: Figures = json.loads(path.read_text(encoding="utf-8"))
    return floor


def write_floor(figures: Figures, path: Path = FLOOR) -> None:
    """What the gate watches, and of how many sentences. Says what the new floor gives up."""
    for fall in falls(figures, read_floor(path)) if path.exists() else []:
        print(f"the floor is LOWERED: {fall}")
    kept = {name: figures[name] for name in ("n", *ALLOWED)}
    path.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
    print(f"wrote {path}")


def rows_or_complaint(path: Path) -> list[Row]:
    """Exits with 2, and says why, when there is nothing to measure."""
    try:
        rows = read_rows(path)
    except (OSError, ValueError) as problem:
        print(f"eval: {problem}", file=sys.stderr)
        raise SystemExit(2) from None
    if not rows:
        print(f"eval: {path} holds no sentence", file=sys.stderr)
        raise SystemExit(2)
    return rows


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench.understanding", description="How well the model reads a file.")
    parser.add_argument("data", nargs="?", default="", help="text, intent, service, tab-separated")
    parser.add_argument("--floor", action="store_true", help="make these figures the floor of the gate")
    asked = parser.parse_args(arguments)
    if asked.floor and asked.data:
        parser.error("the floor is measured on the validation file, not on another")
    rows = rows_or_complaint(Path(asked.data) if asked.data else VALIDATION)
    reads = measure(load(), rows)
    show_confusions(reads)
    figures = summary(reads)
    if asked.floor:
        write_floor(figures)
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
