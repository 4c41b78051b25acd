"""The number a customer reads off his meter: figures, spoken digits, with the red decimals or not, peak and valley apart."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from kefu.nlu.normalise import fold_digits, normalise
from kefu.nlu.values import find_values
from kefu.nlu.values.numerals import read_number

LONGEST = 8  # digits; what is longer is an account or a phone
# Said beside the reading and not meant by it: contacts, places, days, money, and what the bill or the last one said.
_OTHERS = ("account_number", "phone", "ticket_number", "address", "time", "amount")
_BESIDE = re.compile(
    r"(?:红(?:字|色|框|的|针)|小数)[^\d，,。；;]{0,6}[\d.]+"
    r"|(?:上次|上回|上期|上个?月|原来|之前|以前|账单|单子|(?:你们|系统)[^，,。；;\d]{0,4}[估写记抄算登])[^，,。；;\d]{0,8}[\d.]+"
    r"|(?:表号|编号|户号|尾号|后四位|邮箱|电话|手机)[^，,。；;\d]{0,4}[a-z]{0,3}\d+"
    r"|(?:用了|走了|差了?|多了|少了)[^，,。；;\d]{0,4}[\d.]+|[a-z]{1,3}\d{5,}|第\d"
    r"|\d+(?:\.\d+)?(?:遍|次|回|下|眼|块表|只表|个表|号|栋|楼|单元|室|层|户|口人|个人|个月|月|天|年|块钱|块|元|岁|点(?!\d)|分钟|小时|毛|%|期|位|平|伏|瓦)"
)
_SPELT = re.compile(
    r"[零〇一二三四五六七八九幺两十百千万\d]*[十百千万][零〇一二三四五六七八九幺两十百千万\d]*(?:点[零〇一二三四五六七八九幺两]+)?"
)
_POINT = re.compile(r"(?<=\d)点(?=\d)")
_BREATHS = re.compile(r"(?<=\d)[ ,、。.\-]+(?=\d)")
_DICTATED = re.compile(
    r"[^零〇一二三四五六七八九幺两]{0,12}[零〇一二三四五六七八九幺两](?:[ ,，、。\-]*[零〇一二三四五六七八九幺两]){1,9}[^零〇一二三四五六七八九幺两]{0,8}"
)
_GROUPED = re.compile(r"(?<=\d),(?=\d{3}(?!\d))|(?<=\d) (?=\d)")
_NUMBER = re.compile(r"(?<![\d.a-z])\d{1,8}(?:\.\d{1,3})?(?![\d.]\d|\d)")
_REGISTERS = {
    "number": r"(?:总(?:电量|表|数|的|共|度数)*|合计|一共)",
    "peak": r"(?:高?峰(?:段|时|电|的|电量|谷表)*)",
    "valley": r"(?:低?谷(?:段|时|电|的|电量)*)",
}
_METERS = re.compile(r"[电水气热](?=表|\s?\d)")
_CUED = re.compile(
    r"(?:读数|表数|示数|黑字|黑色|显示|走到|表上|抄到|现在|应该|改成|而是|是|为|报)[^\d，,。；;]{0,8}(?P<n>\d{1,8}(?:\.\d{1,3})?)(?![\d.]\d|\d)"
)


def read_meter(text: str) -> dict[str, Any] | None:
    """{"number", "peak", "valley"} as text, the parts None where they were not said; None without any number.

    Peak and valley without a total make the total.
    """
    plain = _figures(text)
    parts = {name: _behind(words, plain) for name, words in _REGISTERS.items()}
    if parts["number"] is None and parts["peak"] and parts["valley"]:
        parts["number"] = f"{Decimal(parts['peak']) + Decimal(parts['valley']):f}"
    elif parts["number"] is None:
        if parts["peak"] or parts["valley"]:
            return None  # half a reading: the rest is asked for
        parts["number"] = _alone(plain)
    return parts if parts["number"] is not None else None


def _figures(text: str) -> str:
    """The text with its numbers in figures and everything that is another number taken out."""
    held = list(text)
    for value in find_values(text):
        if value.entity in _OTHERS and not (value.entity == "amount" and "字" in value.text):
            held[value.start : value.end] = "，" * (value.end - value.start)
    plain = normalise("".join(held))
    dictated = _DICTATED.fullmatch(plain) is not None
    plain = _SPELT.sub(_spelt, plain)
    plain = _POINT.sub(".", fold_digits(plain))
    plain = (_BREATHS if dictated else _GROUPED).sub("", plain)
    return _BESIDE.sub("，", plain)


def _spelt(found: re.Match[str]) -> str:
    """三百一十八 → 318; what is no number stays."""
    read = read_number(found[0])
    return format(read[0], "f") if read is not None and not read[1] else found[0]


def _behind(words: str, plain: str) -> str | None:
    found = re.search(words + r"[^\d峰谷总，。；;]{0,6}(\d{1,8}(?:\.\d{1,3})?)(?!\d)", plain)
    return found[1] if found else None


def _alone(plain: str) -> str | None:
    """The number announced as the reading, the last one said; else the longest."""
    cued = [found["n"] for found in _CUED.finditer(plain)]
    if len(set(_METERS.findall(plain))) > 1 and len(_NUMBER.findall(plain)) > 1:
        return None  # two meters at once: one after the other
    if cued:
        return cued[-1]
    found = [number[0] for number in _NUMBER.finditer(plain)]
    return max(found, key=lambda number: len(number.partition(".")[0])) if found else None
