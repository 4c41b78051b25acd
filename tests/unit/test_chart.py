"""The chart of bills: what is drawn adds up, is said in words too, and holds for every history."""

from __future__ import annotations

import io
import re
import time
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from kefu.billing.chart.data import Chart, Month, window
from kefu.billing.chart.drawing import COLOURS, WIDTH, svg
from kefu.billing.chart.links import new_token, opened
from kefu.billing.chart.picture import FONT_FILE, png
from kefu.billing.chart.scale import BOTTOM, TOP, scale_for
from kefu.billing.chart.words import as_table, described
from kefu.settings import Settings

SVG = "{http://www.w3.org/2000/svg}"
BOUNDS = (Decimal(200), Decimal(400))
USED = (380, 310, 330, None, 250, 190, 0, 420, 512, 480, 300, 260, 420)


def by_tiers(usage: Decimal) -> tuple[Decimal, ...]:
    zero = Decimal(0)
    return min(usage, BOUNDS[0]), max(min(usage, BOUNDS[1]) - BOUNDS[0], zero), max(usage - BOUNDS[1], zero)


def year() -> Chart:
    """Thirteen months of electricity: one without a bill, one estimated, one without use."""
    months = [
        Month(period, Decimal(used), by_tiers(Decimal(used)), period == "2026-03", Decimal(used) / 2)
        for period, used in zip(window("2026-11"), USED, strict=True)
        if used is not None
    ]
    return Chart("用电量", "度", tuple(months), BOUNDS, account="2262")


def tree(chart: Chart) -> ElementTree.Element:
    return ElementTree.fromstring(svg(chart))


def texts(root: ElementTree.Element) -> list[str]:
    return ["".join(node.itertext()) for node in root.iter(f"{SVG}text")]


def groups(root: ElementTree.Element) -> dict[str, ElementTree.Element]:
    return {node.attrib["data-period"]: node for node in root.iter(f"{SVG}g")}


def height(node: ElementTree.Element) -> float:
    return float(node.attrib["height"])


# --- what is drawn -------------------------------------------------------------------------------------------------------
def test_thirteen_months_stand_in_order_and_a_missing_one_leaves_a_gap() -> None:
    found = groups(tree(year()))
    assert list(found) == window("2026-11")
    assert [period for period, node in found.items() if node.find(f"{SVG}title") is None] == ["2026-02"]
    assert "–" in texts(found["2026-02"])


def test_the_parts_of_every_bar_add_up_to_its_month() -> None:
    chart = year()
    for period, node in groups(tree(chart)).items():
        month = chart.month(period)
        drawn = [Decimal(rect.attrib["data-value"]) for rect in node.iter() if "data-value" in rect.attrib]
        assert month is None or sum(drawn) == month.usage


def test_heights_are_in_proportion() -> None:
    found = groups(tree(year()))
    tall = {p: sum(height(r) for r in node.iter() if "data-tier" in r.attrib) for p, node in found.items()}
    assert tall["2026-07"] / tall["2026-04"] == pytest.approx(512 / 190, rel=0.01)


def test_this_month_last_years_and_estimates_are_told_apart_without_colour() -> None:
    root = tree(year())
    marked = {name: [p for p, node in groups(root).items() if any(name in r.attrib for r in node.iter())]
              for name in ("data-this", "data-estimated")}  # fmt: skip
    assert marked == {"data-this": ["2026-11"], "data-estimated": ["2026-03"]}
    boxed = [p for p, node in groups(root).items() if any(r.attrib.get("rx") == "4" for r in node.iter())]
    assert boxed == ["2025-11", "2026-11"]
    assert {"本期", "去年同月", "估算（没抄到表）", "没有账单", "第一档", "第二档 超200度", "第三档 超400度"} <= set(
        texts(root)
    )


def test_tier_bounds_are_lines_only_where_tiers_are_counted_by_month() -> None:
    lines = [node.attrib["data-bound"] for node in tree(year()).iter() if "data-bound" in node.attrib]
    assert lines == ["200", "400"]
    yearly = Chart("用水量", "方", (Month("2026-11", Decimal(11), (Decimal(8), Decimal(3))),))
    assert "data-bound" not in svg(yearly) and "第二档" in svg(yearly)


def test_heat_by_area_draws_money_and_shows_summer_as_a_gap() -> None:
    season = {"2025-03": 500, "2025-11": 268, "2025-12": 498, "2026-01": 498, "2026-02": 450, "2026-03": 250}
    months = tuple(Month(period, Decimal(83), (), False, Decimal(amount)) for period, amount in season.items())
    chart = Chart("热费", "元", months, of_money=True)
    assert described(chart).startswith("近13个月热费：2026年3月250.00元，比去年同月（500.00元）少250.00元；")
    assert len([node for node in groups(tree(chart)).values() if node.find(f"{SVG}title") is None]) == 7
    assert as_table(chart)[1] == "2025年4月：没有账单"


def test_it_says_in_words_what_it_shows() -> None:
    root = tree(year())
    assert root.attrib["role"] == "img" and root.attrib["aria-labelledby"] == "name what"
    title, what = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None and title.text == "近13个月用电量" and title.attrib["id"] == "name"
    assert what is not None and what.text == (
        "近13个月用电量：2026年11月420度，比去年同月（380度）多40度；最高是2026年7月512度。"
        "2026年3月是估算的。有1个月没有账单。"
    )


def test_the_table_has_every_number() -> None:
    lines = as_table(year())
    assert len(lines) == 13
    assert lines[4] == "2026年3月：250度（第一档200度，第二档50度），125.00元，估算"
    assert lines[-1] == "2026年11月：420度（第一档200度，第二档200度，第三档20度），210.00元"


def test_words_from_data_stay_words() -> None:
    chart = Chart("<b>&量", '"><script>', (Month("2026-11", Decimal(1)),), account="<i>")
    root = tree(chart)
    assert {node.tag.removeprefix(SVG) for node in root.iter()} <= {
        "svg", "title", "desc", "style", "defs", "pattern", "path", "rect", "g", "text"
    }  # fmt: skip
    assert "尾号<i>" in texts(root)


def test_it_needs_nothing_from_elsewhere() -> None:
    drawn = svg(year()).replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"http|//|<script|\son\w+=|@import|url\((?!#)", drawn)


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("look", [0, 1])
def test_words_and_bars_stand_out_in_both_looks(look: int) -> None:
    """WCAG 1.4.3 for words, 1.4.11 for bars."""
    ground = COLOURS["ground"][look]
    assert all(contrast(COLOURS[name][look], ground) >= 4.5 for name in ("ink", "soft"))
    assert all(contrast(COLOURS[f"tier{n}"][look], ground) >= 3 for n in (1, 2, 3, 4))


def test_months_out_of_order_are_no_chart() -> None:
    one, other = Month("2026-11", Decimal(1)), Month("2026-10", Decimal(1))
    for months in ((), (one, other), (one, one), (Month("2025-10", Decimal(1)), one)):
        with pytest.raises(ValueError):
            Chart("用电量", "度", months)


# --- any history ---------------------------------------------------------------------------------------------------------
amounts = st.decimals(min_value=-(10**12), max_value=10**12, places=2) | st.sampled_from([Decimal(0), Decimal("0.01")])


@st.composite
def charts(draw: st.DrawFn) -> Chart:
    periods = sorted(draw(st.sets(st.sampled_from(window("2026-11")), min_size=1)))
    months = []
    for period in periods:
        usage = draw(amounts)
        parts = draw(st.sampled_from([(), (usage,), by_tiers(usage), (usage, usage)]))
        months.append(Month(period, usage, parts, draw(st.booleans()), draw(st.none() | amounts)))
    money = draw(st.booleans())
    bounds = draw(st.sampled_from([(), BOUNDS, (Decimal(5), Decimal(6), Decimal(7))]))
    return Chart("热费" if money else "用电量", "元" if money else "度", tuple(months), () if money else bounds, money)


@settings(deadline=None, max_examples=150)
@given(charts())
def test_every_history_can_be_drawn_inside_its_frame(chart: Chart) -> None:
    root = tree(chart)
    for node in root.iter(f"{SVG}rect"):
        if "data-tier" in node.attrib:
            top = float(node.attrib["y"])
            assert top >= TOP - 2 and top + height(node) <= BOTTOM + 2 and height(node) >= 0
    for node in root.iter(f"{SVG}text"):
        assert 0 <= float(node.attrib["x"]) <= WIDTH
    assert len(as_table(chart)) == len(chart.periods) and described(chart)
    for month in chart.months:
        assert sum(chart.parts(month)) == chart.value(month)


@settings(deadline=None, max_examples=300)
@given(st.lists(amounts, min_size=1, max_size=13), st.sampled_from([(), BOUNDS]))
def test_the_scale_holds_every_value_with_few_ticks(values: list[Decimal], bounds: tuple[Decimal, ...]) -> None:
    scale = scale_for(values, bounds)
    assert scale.low <= min(*values, Decimal(0)) and scale.high >= max(*values, Decimal(0)) and len(scale.ticks) <= 10
    seats = sorted(scale.y(label) for label in (*scale.ticks, *scale.labelled_bounds))
    assert all(below - above >= 14 for above, below in zip(seats, seats[1:], strict=False))


# --- the PNG -------------------------------------------------------------------------------------------------------------
def test_the_png_is_the_same_picture_small_and_not_blank() -> None:
    made = png(svg(year()))
    assert len(made) < 100_000
    with Image.open(io.BytesIO(made)) as picture:
        shown = picture.convert("RGB")
        colours = {f"#{r:02x}{g:02x}{b:02x}" for _, (r, g, b) in shown.getcolors(maxcolors=100_000) or []}
        assert picture.format == "PNG" and picture.width == 2 * WIDTH
        heading = shown.crop((0, 0, 300, 70)).getcolors() or []
    assert {COLOURS[name][0] for name in ("ground", "ink", "tier1", "tier2", "tier3")} <= colours
    assert len(heading) > 10, "no letters: the font was not found"


def test_the_font_has_every_character_a_chart_can_hold() -> None:
    from fontTools.ttLib import TTFont

    from tools.chart_font import characters

    font = TTFont(FONT_FILE)
    has = {chr(code) for code in font.getBestCmap()}
    assert characters() <= has, "make it anew: tools/chart_font.py"
    drawn = {
        c
        for chart in (year(), Chart("热费", "元", (Month("2026-01", Decimal(10**9)),)))
        for t in texts(tree(chart))
        for c in t
    }
    assert drawn <= has and FONT_FILE.stat().st_size < 200_000
    assert "SIL OPEN FONT LICENSE" in (FONT_FILE.parent / "OFL.txt").read_text(encoding="utf-8")


# --- the address ---------------------------------------------------------------------------------------------------------
OURS = Settings(secret_key="a secret of the test, long enough")


def test_an_address_opens_its_own_chart_and_says_nothing_by_itself() -> None:
    token = new_token(OURS, "3360412262", "2026-11")
    assert opened(OURS, token) == ("3360412262", "2026-11")
    assert "3360412262" not in token and new_token(OURS, "3360412262", "2026-11") != token
    assert re.fullmatch(r"[\w-]{60,300}", token)


@settings(max_examples=200)
@given(st.integers(min_value=0, max_value=200), st.characters(codec="utf-8"), st.text(max_size=150))
def test_a_changed_or_invented_address_opens_nothing(place: int, letter: str, invented: str) -> None:
    token = new_token(OURS, "3360412262", "2026-11")
    place %= len(token) - 1  # the last letter's unused bits are no part of it
    changed = token[:place] + letter + token[place + 1 :]
    assert changed == token or opened(OURS, changed) is None
    assert opened(OURS, invented) is None


def test_another_key_or_a_later_day_opens_nothing() -> None:
    token = new_token(OURS, "3360412262", "2026-11")
    assert opened(Settings(secret_key="another secret, long enough too"), token) is None
    brief = Settings(secret_key=OURS.secret_key, chart_hours=0.0003)
    time.sleep(2.1)
    assert opened(brief, token) is None and opened(OURS, token) is not None
