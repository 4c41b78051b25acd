"""`make eval`: how well the trained model reads sentences it has not seen (text, intent, service, tab-separated).

The last line is one JSON object. A service of "-" is not scored; emergencies count as found by the intent alone.
"""

from __future__ import annotations

import json
import logging
import statistics
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import NamedTuple

import structlog

from kefu.engine.engine import Engine, Understanding
from kefu.nlu.danger import EMERGENCY
from kefu.settings import ROOT, get_settings

VALIDATION = ROOT / "data" / "validation" / "nlu.tsv"
SERVICES = ("electricity", "water", "gas", "heat")


class Row(NamedTuple):
    text: str
    intent: str
    service: str


class Read(NamedTuple):
    row: Row
    meant: Understanding
    ms: float

    @property
    def right(self) -> bool:
        return self.meant.intent == self.row.intent

    @property
    def in_first_three(self) -> bool:
        return self.row.intent in [one["name"] for one in self.meant.parse["intent_ranking"][:3]]


def read_rows(path: Path) -> list[Row]:
    """Raises ValueError naming the line that is not three columns, or whose service is unknown."""
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        parts = line.split("\t")
        if len(parts) != 3 or parts[2] not in (*SERVICES, "-"):
            raise ValueError(f"{path}:{number}: wants text<TAB>intent<TAB>service (service {', '.join(SERVICES)} or -)")
        rows.append(Row(*parts))
    return rows


def measure(engine: Engine, rows: list[Row]) -> list[Read]:
    found = []
    for number, row in enumerate(rows, 1):
        started = time.perf_counter()
        meant = engine.understand(row.text)
        found.append(Read(row, meant, (time.perf_counter() - started) * 1000))
        if number % 500 == 0:
            print(f"{number} of {len(rows)}", flush=True)
    return found


def macro_f1(reads: list[Read]) -> float:
    """The mean over the intents that occur, each counting alike."""
    scores = []
    for intent in {read.row.intent for read in reads}:
        hits = sum(read.right for read in reads if read.row.intent == intent)
        said = sum(read.meant.intent == intent for read in reads)
        wanted = sum(read.row.intent == intent for read in reads)
        scores.append(2 * hits / (said + wanted))
    return statistics.mean(scores)


def calibration_error(reads: list[Read]) -> float:
    """Expected calibration error over ten bins of confidence."""
    bins: dict[int, list[Read]] = defaultdict(list)
    for read in reads:
        bins[min(9, int(read.meant.confidence * 10))].append(read)
    off = (abs(sum(r.right for r in some) - sum(r.meant.confidence for r in some)) for some in bins.values())
    return sum(off) / len(reads)


def summary(reads: list[Read]) -> dict[str, float | int | None]:
    served = [read for read in reads if read.row.service != "-"]
    danger = [read for read in reads if read.row.intent == EMERGENCY]
    calm = [read for read in reads if read.row.intent != EMERGENCY]
    times = sorted(read.ms for read in reads)
    return {
        "n": len(reads),
        "accuracy": _share(sum(read.right for read in reads), len(reads)),
        "macro_f1": round(macro_f1(reads), 4),
        "service_accuracy": _share(sum(r.meant.service == r.row.service for r in served), len(served)),
        "emergency_recall": _share(sum(read.right for read in danger), len(danger)),
        "emergency_false_alarms": _share(sum(r.meant.intent == EMERGENCY for r in calm), len(calm)),
        "top3": _share(sum(read.in_first_three for read in reads), len(reads)),
        "calibration_error": round(calibration_error(reads), 4),
        "ms_per_message_p50": round(statistics.median(times), 2),
        "ms_per_message_p95": round(times[int(0.95 * (len(times) - 1))], 2),
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def show_confusions(reads: list[Read], most: int = 15) -> None:
    pairs = Counter((read.row.intent, read.meant.intent) for read in reads if not read.right)
    for (wanted, got), times in pairs.most_common(most):
        example = next(r.row.text for r in reads if (r.row.intent, r.meant.intent) == (wanted, got))
        print(f"{times:4d}  {wanted} → {got}   {example[:40]}")


def main(arguments: list[str]) -> int:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    path = Path(arguments[0]) if arguments and arguments[0] else VALIDATION
    try:
        rows = read_rows(path)
    except (OSError, ValueError) as problem:
        print(f"eval: {problem}", file=sys.stderr)
        return 2
    if not rows:
        print(f"eval: {path} holds no sentence", file=sys.stderr)
        return 2
    settings = get_settings()
    reads = measure(Engine(settings.model_dir, settings.turn_timeout_s), rows)
    show_confusions(reads)
    print(json.dumps(summary(reads)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
