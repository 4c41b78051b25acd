"""The pictures of the report: SVG inside the page, each with a text that says what it shows. Latin letters only."""

from __future__ import annotations

import base64
import io
from typing import Any, NamedTuple

import matplotlib

matplotlib.use("svg")

import matplotlib.pyplot as plt

from bench.figures import Bin, Point, percentile
from bench.report_tables import Loss

BLUE, ORANGE, GREY = "#1f5fa8", "#b85000", "#6b6b6b"
STYLE: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": "kefu", "font.family": "sans-serif", "font.size": 11}


class Plot(NamedTuple):
    source: str
    text: str


def _axes(x: str, y: str, height: float = 4.0) -> tuple[Any, Any]:
    figure, axes = plt.subplots(figsize=(7, height), layout="constrained")
    axes.set(xlabel=x, ylabel=y)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _finish(figure: Any, text: str) -> Plot:
    made = io.BytesIO()
    figure.savefig(made, format="svg", metadata={"Date": None})
    plt.close(figure)
    return Plot("data:image/svg+xml;base64," + base64.b64encode(made.getvalue()).decode(), text)


@matplotlib.rc_context(STYLE)
def calibration_plot(bins: list[Bin], error: float) -> Plot:
    figure, axes = _axes("confidence", "accuracy")
    axes.plot([0, 1], [0, 1], "--", color=GREY, label="perfectly calibrated")
    sizes = [20 + 400 * one.size / sum(b.size for b in bins) for one in bins]
    axes.plot([b.confidence for b in bins], [b.accuracy for b in bins], color=BLUE)
    axes.scatter([b.confidence for b in bins], [b.accuracy for b in bins], sizes, color=BLUE, label="bins, by size")
    axes.legend(loc="upper left")
    said = "; ".join(f"at confidence {b.confidence:.2f} accuracy {b.accuracy:.2f} ({b.size})" for b in bins)
    return _finish(figure, f"Calibration curve, expected calibration error {error:.3f}: {said}.")


@matplotlib.rc_context(STYLE)
def sweep_plot(sweeps: dict[str, list[Point]], now: tuple[float, float], most: float) -> Plot:
    """`now`: loss and recall as the product decides today."""
    figure, axes = _axes("in-scope sentences lost", "out-of-scope sentences found")
    for (name, points), colour in zip(sweeps.items(), (BLUE, ORANGE), strict=False):
        axes.plot([p.loss for p in points], [p.recall for p in points], color=colour, label=f"threshold on {name}")
    axes.axvline(most, ls="--", color=GREY, label=f"{most:.0%} lost")
    axes.plot(*now, "k*", ms=12, label="first intent, as today")
    axes.set(xlim=(0, 0.2), ylim=(0, 1.02))
    axes.legend(loc="lower right")
    return _finish(figure, f"Out of scope found against in-scope lost; today {now[1]:.3f} found and {now[0]:.3f} lost.")


@matplotlib.rc_context(STYLE)
def time_plot(times: list[float]) -> Plot:
    figure, axes = _axes("milliseconds a parse", "sentences", 3.2)
    middle, slow = percentile(times, 0.5), percentile(times, 0.95)
    # the slowest hundredth would leave the rest no room
    axes.hist([min(ms, percentile(times, 0.99)) for ms in times], bins=40, color=BLUE)
    axes.axvline(middle, color="black", label=f"p50 {middle:.1f} ms")
    axes.axvline(slow, color=ORANGE, label=f"p95 {slow:.1f} ms")
    axes.legend()
    return _finish(figure, f"Histogram of parse times: median {middle:.1f} ms, 95th percentile {slow:.1f} ms.")


@matplotlib.rc_context(STYLE)
def noise_plot(losses: list[Loss]) -> Plot:
    figure, axes = _axes("points of top-1 accuracy lost", "", 0.9 + 0.5 * len(losses))
    axes.barh([one.name for one in losses], [100 * one.loss for one in losses], color=BLUE)
    axes.invert_yaxis()
    said = ", ".join(f"{one.name} {100 * one.loss:.1f}" for one in losses)
    return _finish(figure, f"Points of accuracy lost under each disturbance: {said}.")


@matplotlib.rc_context(STYLE)
def learning_plot(points: list[dict[str, float]]) -> Plot:
    """`points`: rows of learning_curve.json."""
    figure, axes = _axes("training sentences", "share")
    for name, colour, line in (("accuracy", BLUE, "o-"), ("macro_f1", ORANGE, "o:"), ("top3", GREY, "o--")):
        axes.plot([p["sentences"] for p in points], [p[name] for p in points], line, color=colour, label=name)
    axes.legend()
    said = "; ".join(f"{p['sentences']} sentences, accuracy {p['accuracy']:.3f}" for p in points)
    return _finish(figure, f"Learning curve: {said}.")
