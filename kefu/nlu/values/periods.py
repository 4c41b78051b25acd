"""Billing periods in Chinese text: 上个月, 去年12月, 二季度, 上个采暖季, 最近半年.

A value says its `kind` and what is clear without knowing today: `year`, `month`, `quarter`, `half`, `season`, `months`
(how many) and `offset`. An offset counts whole units back or ahead: months for 上个月 (去年同期 is month -12), bills for
上一期 (kind "bill"), but years where the month, quarter, half or season itself is named (去年12月: month 12, offset -1).
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional

from kefu.nlu.normalise import normalise
from kefu.nlu.values.numerals import DIGIT_VALUES, read_int
from kefu.nlu.values.types import Value

_MONTH_NUMBER = r"(?:1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
_YEAR = r"(?:20\d\d年?|\d\d年(?=\d|十|[一二三四五六七八九]月)|二[零〇][一二三][零〇一二三四五六七八九]年|去年|今年|前年|明年|本年度?|上一?年度?)"
_NO_DAY = r"(?!份?[\d一二三四五六七八九十]{1,3}[号日]|份?[底初末中上下]旬?|\d{1,2}(?!\d))"
_MONTH = rf"(?<![\d.第]){_MONTH_NUMBER}月{_NO_DAY}份?"
_NEAR = r"(?:上上|下下|上|下|这|本|当)(?:一)?"
_COUNT = r"(?:\d{1,2}|十[一二]?|[一二两三四五六七八九几]|半)"
_HEATING = r"(?:采暖季|供暖季|取暖季|采暖期|供暖期)"
_SAME = r"(?:同期|同一时期|同月|这个月|这个?时候|这会儿)"
_CYCLE = r"(?:上上|上|这|本|当|下)一?期(?![间待望盼限货末中刊房工])"
_SEASONS = {"冬": "winter", "夏": "summer", "春": "spring", "秋": "autumn"}
_YEAR_OFFSETS = {"去年": -1, "今年": 0, "前年": -2, "明年": 1, "本年": 0, "上年": -1, "上一年": -1}
_OFFSETS = {"上上": -2, "上": -1, "这": 0, "本": 0, "当": 0, "下": 1, "下下": 2}

_STARTS = r"(?=[\d零〇一二三四五六七八九十去今前明本上下这当过最近采供取第])"


def _run(first: int, last: int) -> List[str]:
    """The ways to name neighbouring months in one breath: 七八, 七、八, 7、8, 7和8."""
    numbers = range(first, last + 1)
    spoken = ["一二三四五六七八九十"[n - 1] if n < 11 else f"十{'一二'[n - 11]}" for n in numbers]
    joined = ["".join(spoken), "、".join(spoken)]
    return joined + [mark.join(map(str, numbers)) for mark in ("、", "和", ",")]


_RUNS = {name: (a, b) for a in range(1, 12) for b in range(a + 1, min(a + 3, 12) + 1) for name in _run(a, b)}
_RUN = "|".join(sorted(_RUNS, key=len, reverse=True))

_PERIOD = re.compile(
    rf"{_STARTS}(?<!每)(?<!每个)(?:"
    rf"(?P<same>去年|前年|上年)的?{_SAME}"
    rf"|(?<![之以从年天月日])前(?P<before_last>个)月{_NO_DAY}份?"
    rf"|(?:(?P<run_year>{_YEAR})的?)?(?<![\d.第零〇一二三四五六七八九十])(?P<run>{_RUN})(?:[这那]?[两俩二三仨四2-4]个月|月{_NO_DAY}份?)"
    rf"|(?P<few_year>{_YEAR})的?(?P<few_side>头|前|最后|后)(?P<few>{_COUNT}|俩|仨)个?月(?![前后以之])"
    rf"|(?:(?P<heating_year>{_YEAR}|{_NEAR}个?)的?)?{_HEATING}的?(?P<heating_month>头一?|第一|首)个?月"
    rf"|(?P<cycle>{_CYCLE})"
    rf"|(?:(?P<range_year>{_YEAR})的?)?(?<![\d.第])(?P<from>{_MONTH_NUMBER})月?份?(?:到|至|-|~)(?:{_YEAR}的?)?(?P<to>{_MONTH_NUMBER})月{_NO_DAY}份?"
    rf"|(?:(?P<month_year>{_YEAR})的?)?(?P<month>{_MONTH})"
    rf"|(?P<near_month>{_NEAR})个?月{_NO_DAY}份?"
    rf"|(?:(?P<quarter_year>{_YEAR})的?)?第?(?P<quarter>[一二三四1-4])个?季度|(?P<near_quarter>{_NEAR})个?季度"
    rf"|(?:(?P<half_year>{_YEAR})的?)?(?P<half>[上下])半年(?!前|后)"
    rf"|(?P<season_year>{_YEAR}|{_NEAR}个?)的?(?:(?P<season>[冬夏春秋])[天季]|(?P<heating>{_HEATING}))"
    rf"|(?P<recent>(?:最近|近|过去|前|这|上)(?P<count>{_COUNT})(?P<unit>个月|年))(?![前后以之])"
    rf"|(?P<year>{_YEAR})(?:全年|一整年|一年|整年)?(?![前后底初末]|[春端中国元]节|国庆|元旦))"
)


def _year(word: Optional[str]) -> Dict[str, int]:
    """{"year": 2025}, {"offset": -1} for 去年 or 上个, or nothing."""
    if not word:
        return {}
    bare = word.rstrip("个度")
    for table in (_YEAR_OFFSETS, _OFFSETS):
        for key in (bare, bare[:-1] if bare.endswith("一") else bare):
            if key in table:
                return {"offset": table[key]}
    digits = "".join(str(DIGIT_VALUES.get(c, c)) for c in bare.rstrip("年"))
    return {"year": int(digits) + (2000 if len(digits) == 2 else 0)}


def _recent(count: str, unit: str) -> Dict[str, Any]:
    """最近半年 is six rolling months; 近几个月 leaves the number open."""
    if count == "几":
        return {"kind": "months"}
    months = 6 if count == "半" else read_int(count) * (12 if unit == "年" else 1)
    return {"kind": "months", "months": months}


def _few(match: "re.Match[str]") -> Optional[Dict[str, Any]]:
    """今年头三个月: months of a year, counted from its beginning or its end."""
    if match["few"] in ("几", "半"):
        return {"kind": "year", **_year(match["few_year"])}
    count = min(read_int(match["few"]), 12)
    first = 1 if match["few_side"] in ("头", "前") else 13 - count
    return {"kind": "months", **_year(match["few_year"]), "month": first, "to_month": first + count - 1}


def _special(match: "re.Match[str]") -> Optional[Dict[str, Any]]:
    """去年同期, 前个月, 七八两个月, 今年头三个月, 采暖季头一个月, 上一期."""
    if match["same"]:
        return {"kind": "month", "offset": -24 if match["same"] == "前年" else -12}
    if match["before_last"]:
        return {"kind": "month", "offset": -2}
    if match["run"]:
        first, last = _RUNS[match["run"]]
        return {"kind": "months", **_year(match["run_year"]), "month": first, "to_month": last}
    if match["few"]:
        return _few(match)
    if match["heating_month"]:
        return {"kind": "month", **_year(match["heating_year"]), "month": 11}
    if match["cycle"]:
        return {"kind": "bill", "offset": _OFFSETS[match["cycle"][:-1].rstrip("一")]}
    return None


def _small(match: "re.Match[str]") -> Optional[Dict[str, Any]]:
    """A month or a range of months."""
    if match["to"]:
        return {
            "kind": "months",
            **_year(match["range_year"]),
            "month": read_int(match["from"]),
            "to_month": read_int(match["to"]),
        }
    if match["month"]:
        return {
            "kind": "month",
            **_year(match["month_year"]),
            "month": read_int(match["month"].rstrip("份").rstrip("月")),
        }
    if match["near_month"]:
        return {"kind": "month", **_year(match["near_month"])}
    if match["recent"]:
        return _recent(match["count"], match["unit"])
    return None


def _meaning(match: "re.Match[str]") -> Dict[str, Any]:
    small = _special(match) or _small(match)
    if small:
        return small
    if match["quarter"]:
        return {"kind": "quarter", **_year(match["quarter_year"]), "quarter": read_int(match["quarter"])}
    if match["near_quarter"]:
        return {"kind": "quarter", **_year(match["near_quarter"])}
    if match["half"]:
        return {"kind": "half", **_year(match["half_year"]), "half": 1 if match["half"] == "上" else 2}
    if match["season_year"]:
        season = "heating" if match["heating"] else _SEASONS[match["season"]]
        return {"kind": "season", **_year(match["season_year"]), "season": season}
    return {"kind": "year", **_year(match["year"])}


def _is_number_run(plain: str, match: "re.Match[str]") -> bool:
    """A year cut out of a longer figure (12025) or a plain 2025 without 年 is no period."""
    first = match[0][0]
    before = plain[match.start() - 1] if match.start() else " "
    if first.isdigit() and (before.isdigit() or before in ".-/"):
        return True
    return bool(match["year"]) and re.fullmatch(r"\d+", match["year"]) is not None


def find_periods(text: str) -> List[Value]:
    """All billing periods, left to right."""
    plain = normalise(text)
    found = []
    for match in _PERIOD.finditer(plain):
        if not _is_number_run(plain, match):
            value = {"text": match[0], **_meaning(match)}
            found.append(Value("period", match.start(), match.end(), text[match.start() : match.end()], value))
    return found
