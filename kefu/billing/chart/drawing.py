"""A chart as SVG: 360 wide, the width of a small phone, with type that is read there. No script, nothing from elsewhere.

Colours: a dark and a light look (the picture brings its own ground, so either is read anywhere); tiers differ in hue and in
brightness and always stand in the same order; what matters is said by shape as well: frames, hatching, boxes round a month.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from html import escape

from kefu.billing.chart.data import Chart, Month
from kefu.billing.chart.scale import BOTTOM, CLOSEST, Scale, scale_for, short
from kefu.billing.chart.words import described
from kefu.billing.periods import spoken
from kefu.billing.pricing.plan import ORDINALS

FONT = "Kefu Chart"  # ours, for the PNG; a browser takes what the device has
FAMILY = f"'{FONT}',system-ui,'PingFang SC','HarmonyOS Sans SC','Noto Sans CJK SC','Microsoft YaHei',sans-serif"
WIDTH, EDGE = 360, 8
SMALL, TEXT, LARGE = 13, 14.5, 18
# name: (light, dark)
COLOURS = {
    "ground": ("#ffffff", "#1b2422"),
    "ink": ("#17211e", "#e8efec"),
    "soft": ("#55625d", "#a5b3ad"),
    "line": ("#d3dbd7", "#3d4d47"),
    "tier1": ("#3b82b8", "#7cc0ee"),
    "tier2": ("#c87000", "#f2a93b"),
    "tier3": ("#7a1d5c", "#f39bd0"),
    "tier4": ("#2b2b2b", "#ffffff"),
}
HATCH = "估算（没抄到表）"
BOXED = {"this": "本期", "last": "去年同月"}


def svg(chart: Chart) -> str:
    """The whole picture. Raises nothing: a chart that could be made can be drawn."""
    scale = scale_for([chart.value(month) for month in chart.months], chart.bounds)
    body = [*_heading(chart), *_grid(chart, scale), *_months(chart, scale)]
    legend, height = _legend(chart, scale)
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"',
            f' aria-labelledby="name what" font-family="{escape(FAMILY)}">',
            f'<title id="name">{escape(chart.heading)}</title><desc id="what">{escape(described(chart))}</desc>',
            f"<style>{_dark()}</style>{_hatch()}",
            f'<rect width="{WIDTH}" height="{height}" {_fill("ground")}/>',
            *body,
            *legend,
            "</svg>",
        ]
    )


# --- colours and words ---------------------------------------------------------------------------------------------------
def _dark() -> str:
    rules = [f".f-{name}{{fill:{dark}}}.s-{name}{{stroke:{dark}}}" for name, (_, dark) in COLOURS.items()]
    return f"@media (prefers-color-scheme:dark){{{''.join(rules)}}}"


def _fill(name: str) -> str:
    return f'class="f-{name}" fill="{COLOURS[name][0]}"'


def _stroke(name: str, width: float) -> str:
    return f'class="s-{name}" fill="none" stroke="{COLOURS[name][0]}" stroke-width="{width}"'


def _hatch() -> str:
    """Stripes in the colour of the ground: the bar's own colour shows between them."""
    stripes = f'<path d="M-1 7L7 -1M-1 1L1 -1M5 7L7 5" {_stroke("ground", 1.8)}/>'
    return f'<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse">{stripes}</pattern></defs>'


def _text(x: float, y: float, words: str, size: float = TEXT, colour: str = "ink", anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" {_fill(colour)}>{escape(words)}</text>'


def _wide(words: str, size: float = TEXT) -> float:
    """About how wide it will be: a Chinese character is a square, others somewhat more than half of one."""
    return sum(size if ord(c) > 0x2E7F else size * 0.58 for c in words)


def _heading(chart: Chart) -> Iterator[str]:
    yield _text(EDGE + 2, 27, chart.heading, LARGE)
    yield _text(EDGE + 2, 47, f"单位：{chart.unit}", SMALL, "soft")
    if chart.account:
        yield _text(WIDTH - EDGE - 2, 47, f"尾号{chart.account}", SMALL, "soft", "end")


# --- the scale -----------------------------------------------------------------------------------------------------------
def _left(scale: Scale) -> float:
    """Where the bars begin: right of the longest label."""
    return 2 * EDGE + max(_wide(short(label), SMALL) for label in (*scale.ticks, *scale.bounds))


def _grid(chart: Chart, scale: Scale) -> Iterator[str]:
    left = _left(scale)
    for tick in scale.ticks:
        y = scale.y(tick)
        width, colour = (1.5, "soft") if tick == 0 else (1, "line")
        yield f'<path d="M{left:.1f} {y:.1f}H{WIDTH - EDGE}" {_stroke(colour, width)}/>'
        yield _text(left - 5, y + 4.5, short(tick), SMALL, "soft", "end")
    for bound in scale.bounds:
        y = scale.y(bound)
        yield f'<path data-bound="{bound}" d="M{left:.1f} {y:.1f}H{WIDTH - EDGE}" stroke-dasharray="5 3" {_stroke("ink", 1.2)}/>'
    for bound in scale.labelled_bounds:
        yield _text(left - 5, scale.y(bound) + 4.5, short(bound), SMALL, "ink", "end")


# --- the bars ------------------------------------------------------------------------------------------------------------
def _months(chart: Chart, scale: Scale) -> Iterator[str]:
    left, periods = _left(scale), chart.periods
    slot = (WIDTH - EDGE - left) / len(periods)
    bar = min(slot * 0.74, 44)
    for n, period in enumerate(periods):
        middle = left + slot * (n + 0.5)
        month = chart.month(period)
        yield f'<g data-period="{period}">'
        if month is None:
            yield _text(middle, scale.y(Decimal(0)) - 5, "–", TEXT, "soft", "middle")
        else:
            yield from _bar(chart, scale, month, middle - bar / 2, bar)
        yield from _month_name(chart, period, middle)
        yield "</g>"
    yield from _years(periods, left, slot)
    yield from _values(chart, scale, left + slot / 2, slot)


def _years(periods: list[str], left: float, slot: float) -> Iterator[str]:
    """Under the first month and every January, unless the next year's would touch it."""
    starts = [n for n, period in enumerate(periods) if n == 0 or period.endswith("-01")]
    for n, following in zip(starts, (*starts[1:], len(periods) + 2), strict=False):
        words = f"{int(periods[n][:4])}年"
        if (following - n) * slot > _wide(words, SMALL):
            yield _text(left + slot * (n + 0.5) - 12, BOTTOM + 42, words, SMALL, "soft")


def _bar(chart: Chart, scale: Scale, month: Month, x: float, width: float) -> Iterator[str]:
    """The tiers on top of each other; hatched if estimated, framed if it is this month."""
    yield f"<title>{escape(f'{spoken(month.period)} {short(chart.value(month))}{chart.unit}')}</title>"
    low = Decimal(0)
    for tier, part in enumerate(chart.parts(month), 1):
        if tier > 1 and not part:
            continue
        name = f"tier{min(tier, 4)}"
        yield f'<rect data-tier="{tier}" data-value="{part}" {_box(scale, low, low + part, x, width)} {_fill(name)}/>'
        low += part
        if tier > 1:  # a seam, for those to whom the colours look alike
            yield f'<path d="M{x:.1f} {scale.y(low - part):.1f}h{width:.1f}" {_stroke("ground", 1.2)}/>'
    whole = _box(scale, Decimal(0), chart.value(month), x, width)
    if month.estimated:
        yield f'<rect data-estimated="1" {whole} fill="url(#hatch)"/><rect {whole} {_stroke("soft", 1)}/>'
    if month is chart.this:
        yield f'<rect data-this="1" {whole} {_stroke("ink", 2.4)}/>'


def _box(scale: Scale, low: Decimal, high: Decimal, x: float, width: float) -> str:
    """The four numbers of a rectangle; nothing at all is a thin line, so that it is not taken for a missing month."""
    above, below = sorted((scale.y(low), scale.y(high)))
    height = max(below - above, 1.5 if low == 0 else 0)
    return f'x="{x:.1f}" y="{below - height if high >= low else above:.1f}" width="{width:.1f}" height="{height:.1f}"'


def _month_name(chart: Chart, period: str, middle: float) -> Iterator[str]:
    """The month's number; this month's white on dark, last year's in a frame."""
    name, y = str(int(period[5:])), BOTTOM + 19
    if period == chart.this.period:
        yield _badge(middle - 11, y, name, this=True)
    elif chart.last_year is not None and period == chart.last_year.period:
        yield _badge(middle - 11, y, name, this=False)
    else:
        yield _text(middle, y, name, TEXT, "ink", "middle")


def _badge(x: float, y: float, name: str, this: bool) -> str:
    paint = _fill("ink") if this else _stroke("ink", 1.4)
    box = f'<rect x="{x:.1f}" y="{y - 14:.1f}" width="22" height="19" rx="4" {paint}/>'
    return box + _text(x + 11, y, name, TEXT, "ground" if this else "ink", "middle")


def _values(chart: Chart, scale: Scale, first: float, slot: float) -> Iterator[str]:
    """The two numbers that are compared, above their bars; on the right and on the left edge of the picture."""
    marked = [chart.this] if chart.last_year is None else [chart.last_year, chart.this]
    for month in marked:
        value = chart.value(month)
        x = first + slot * chart.periods.index(month.period)
        y = scale.y(max(value, Decimal(0))) - 7
        words = short(value)
        half = _wide(words, TEXT) / 2
        x = min(max(x, first - slot / 2 + half), WIDTH - EDGE - half)
        yield f'<text x="{x:.1f}" y="{y:.1f}" font-size="{TEXT}" text-anchor="middle" {_halo()}>{words}</text>'
        yield _text(x, y, words, TEXT, "ink", "middle")


def _halo() -> str:
    """Under a number, so that no line runs through it."""
    return f'stroke-linejoin="round" aria-hidden="true" {_stroke("ground", 5)}'


# --- what the signs mean -------------------------------------------------------------------------------------------------
def _legend(chart: Chart, scale: Scale) -> tuple[list[str], int]:
    """Signs and their meaning in as many rows as they need, and the height of the whole picture."""
    drawn: list[str] = []
    x, y = float(EDGE + 2), BOTTOM + 68
    for sign, words in _signs(chart, scale):
        wide = 26 + _wide(words)
        if x > EDGE + 2 and x + wide > WIDTH - EDGE:
            x, y = float(EDGE + 2), y + 25
        drawn += [_sign(sign, x, y), _text(x + 26, y, words)]
        x += wide + 12
    return drawn, int(y + 14)


def _signs(chart: Chart, scale: Scale) -> Iterator[tuple[str, str]]:
    if chart.tiers > 1:
        for tier in range(1, chart.tiers + 1):
            above = chart.bounds[tier - 2] if 1 < tier <= len(chart.bounds) + 1 else None
            yield (
                f"tier{min(tier, 4)}",
                f"第{ORDINALS[tier - 1]}档" + (f" 超{short(above)}{chart.unit}" if above else ""),
            )
    if scale.bounds:
        yield "bound", "每月的档线"
    yield "this", BOXED["this"]
    if chart.last_year is not None:
        yield "last", BOXED["last"]
    if any(month.estimated for month in chart.months):
        yield "hatch", HATCH
    if len(chart.months) < len(chart.periods):
        yield "–", "没有账单"


def _sign(sign: str, x: float, y: float) -> str:
    if sign in BOXED:
        return _badge(x - 1, y, "月", this=sign == "this")
    if sign == "bound":
        return f'<path d="M{x:.1f} {y - 5:.1f}h20" stroke-dasharray="5 3" {_stroke("ink", 1.2)}/>'
    if sign == "–":
        return _text(x + 10, y, sign, TEXT, "soft", "middle")
    box = f'x="{x + 2:.1f}" y="{y - CLOSEST + 2:.1f}" width="16" height="16"'
    if sign == "hatch":
        return f'<rect {box} {_fill("tier1")}/><rect {box} fill="url(#hatch)"/><rect {box} {_stroke("soft", 1)}/>'
    return f"<rect {box} {_fill(sign)}/>"
