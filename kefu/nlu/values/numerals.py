"""Numbers as customers write them: 1,286.5, 三百二, 两万五, 十六七, 一点五, 俩."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Optional, Tuple

DIGIT_VALUES = {
    c: v
    for v, chars in enumerate(("零〇", "一幺壹", "二两俩贰", "三仨叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖"))
    for c in chars
}
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}

# One number, bounded so that no input makes it slow. Callers guard the left side themselves.
ARABIC = r"(?:\d{1,3}(?:,\d{3}){1,3}|\d{1,9})(?:\.\d{1,4})?"
SPOKEN = r"[零〇一二两三四五六七八九十百千万俩仨半壹贰叁肆伍陆柒捌玖拾佰仟]"
NUMBER = rf"(?:{ARABIC}[百千万]?|{SPOKEN}{{1,10}}(?:点[零一二三四五六七八九]{{1,3}})?)"

_ARABIC = re.compile(r"([\d,]+(?:\.\d+)?)([十百千万]?)\Z")
_PAIR = re.compile(r"一二|一两|两三|二三|三四|四五|五六|六七|七八|八九")


def _integer(text: str) -> Optional[int]:
    """A whole spoken number; a tail without unit is scaled as in speech (三百二 is 320)."""
    total = section = digit = 0
    scale = 1
    for char in text:
        if char in DIGIT_VALUES:
            digit = digit * 10 + DIGIT_VALUES[char]
            scale = 1 if DIGIT_VALUES[char] == 0 else scale
        elif char in _UNITS:
            section += (digit or 1) * _UNITS[char]
            digit, scale = 0, _UNITS[char]
        elif char == "万":
            total += (section + digit or 1) * 10000
            section, digit, scale = 0, 0, 10000
        else:
            return None
    if digit < 10 and scale >= 100:
        digit *= scale // 10
    return total + section + digit


def read_number(text: str) -> Optional[Tuple[Decimal, bool]]:
    """The number and whether it is only approximate (两三, 十几); None when it is no number."""
    plain = _ARABIC.match(text)
    if plain:
        unit = {"": 1, "万": 10000}.get(plain[2]) or _UNITS[plain[2]]
        return Decimal(plain[1].replace(",", "")) * unit, False
    if text == "半":
        return Decimal("0.5"), False
    vague = text.endswith("几") and len(text) > 1
    text = text[:-1] if vague else text
    pair = _PAIR.search(text)
    if pair and (len(text) == 2 or any(c in "十百千万" for c in text)):
        text, vague = text[: pair.start() + 1] + text[pair.end() :], True
    whole, _, decimals = text.partition("点")
    number = _integer(whole) if whole else None
    if number is None or not all(c in DIGIT_VALUES for c in decimals):
        return None
    fraction = "".join(str(DIGIT_VALUES[c]) for c in decimals)
    return Decimal(f"{number}.{fraction}" if fraction else number), vague


def read_int(text: str) -> int:
    """A whole number; ValueError when it is none."""
    found = read_number(text)
    if found is None or found[0] != int(found[0]):
        raise ValueError(text)
    return int(found[0])
