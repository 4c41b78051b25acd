"""A chart as PNG, from the very SVG the browser shows: for WeChat and other channels that take no SVG."""

from __future__ import annotations

from pathlib import Path

import resvg_py

from kefu.billing.chart.drawing import FONT, WIDTH

# Only the characters that a chart can hold: tools/chart_font.py. No font of the machine is looked for.
FONT_FILE = Path(__file__).parent / "font" / "KefuChart.otf"
SHARP = 2  # picture points for a point of the drawing: phones have that many


def png(svg: str) -> bytes:
    """The light look, 720 points wide. Raises ValueError for what is no SVG."""
    return resvg_py.svg_to_bytes(
        svg_string=svg, width=WIDTH * SHARP, skip_system_fonts=True, font_files=[str(FONT_FILE)], font_family=FONT
    )
