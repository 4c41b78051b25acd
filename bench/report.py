"""`make report`: everything `make eval` measures and why, as one page: results/understanding/report.html.

The last line is one JSON object with all figures. `DATA=file.tsv` measures another file than the validation file.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2

from bench.figures import MOST_LOSS, Figures, Read, calibration, summary, sweeps
from bench.noise import DISTURBANCES
from bench.report_cost import Timers, watch
from bench.report_learning import CURVE
from bench.report_plots import Plot, calibration_plot, learning_plot, noise_plot, sweep_plot, time_plot
from bench.report_tables import Loss, Target, by_intent, confusions, judge, kinds, loss, voices
from bench.understanding import VALIDATION, load, measure, rows_or_complaint
from kefu.settings import ROOT

PAGE = ROOT / "results" / "understanding" / "report.html"
TEMPLATES = Path(__file__).resolve().parent
TARGETS = [
    Target("accuracy", "Top-1 accuracy", 0.90),
    Target("top3", "Top-3 accuracy", 0.97),
    Target("macro_f1", "Macro-F1", 0.88),
    Target("service_accuracy", "Service accuracy", 0.95),
    Target("emergency_recall", "Emergency recall", 0.99),
    Target("emergency_false_alarms", "Emergency false alarms", 0.005, most=True),
    Target("oos_recall_at_3", "Out-of-scope recall at 3 % in-scope loss", 0.90),
    Target("calibration_error", "Expected calibration error", 0.05, most=True),
    Target("loss_traditional", "Loss under traditional characters", 0.01, most=True),
    Target("loss_full_width", "Loss under full width", 0.01, most=True),
    Target("loss_emoji", "Loss under emoji", 0.01, most=True),
    Target("loss_homophones", "Loss under homophones, 20 % of characters", 0.05, most=True),
    Target("ms_per_message_p50", "Parse, median, ms", 15.0, most=True),
]
PAIRS_SHOWN = 40


def disturbed(clean: list[Read], read: Callable[[str], list[Read]]) -> list[Loss]:
    return [loss(name, clean, read(name)) for name in DISTURBANCES]


def plots(reads: list[Read], losses: list[Loss], figures: Figures) -> dict[str, Plot]:
    """The curve of learning only if it was measured, the sweep only if there is something to sweep."""
    made = {
        "calibration": calibration_plot(calibration(reads), float(figures["calibration_error"] or 0)),
        "times": time_plot([read.ms for read in reads]),
        "noise": noise_plot(losses),
    }
    if figures["oos_recall"] is not None and figures["oos_loss"] is not None:
        now = (figures["oos_loss"], figures["oos_recall"])
        made["sweep"] = sweep_plot(sweeps(reads), now, MOST_LOSS)
    if CURVE.exists():
        made["learning"] = learning_plot(json.loads(CURVE.read_text(encoding="utf-8")))
    return made


def render(reads: list[Read], losses: list[Loss], figures: Figures, **facts: Any) -> str:
    loader = jinja2.FileSystemLoader(TEMPLATES)
    rules = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    rules.filters["share"] = lambda value: "–" if value is None else f"{value:.3f}"
    pairs = confusions(reads)
    return rules.get_template("report.html.j2").render(
        figures=figures,
        judged=judge(figures, TARGETS),
        losses=losses,
        pairs=pairs[:PAIRS_SHOWN],
        pairs_left=len(pairs[PAIRS_SHOWN:]),
        wrong=sum(one.times for one in pairs),
        intents=by_intent(reads),
        voices=voices(reads),
        kinds=kinds(reads),
        bins=calibration(reads),
        plots=plots(reads, losses, figures),
        **facts,
    )


def costs(timers: Timers) -> dict[str, Any]:
    return {"cpu_ms": round(timers.ms(), 2), "components": timers.table()}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench.report", description="What the model understands, as a page.")
    parser.add_argument("data", nargs="?", default="", help="text, intent, service and perhaps voice, tab-separated")
    parser.add_argument("--out", type=Path, default=PAGE, help="where the page goes")
    asked = parser.parse_args(arguments)
    path = Path(asked.data) if asked.data else VALIDATION
    rows = rows_or_complaint(path)
    engine = load()
    timers = watch(engine)
    print("as written", flush=True)
    reads = measure(engine, rows)
    spent = costs(timers)

    def read_disturbed(name: str) -> list[Read]:
        print(f"disturbed: {name}", flush=True)
        return measure(engine, [row._replace(text=DISTURBANCES[name](row.text)) for row in rows])

    losses = disturbed(reads, read_disturbed)
    figures = summary(reads) | {f"loss_{one.name}": one.loss for one in losses} | {"cpu_ms": spent["cpu_ms"]}
    made = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
    facts = {"source": path.name, "model": engine.model, "made": made, "load": os.getloadavg()[0], **spent}
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(render(reads, losses, figures, **facts), encoding="utf-8")
    print(f"wrote {asked.out}", flush=True)
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
