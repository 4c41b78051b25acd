"""Text as the rules and the classifier read it: every change keeps the length, so offsets of the raw text stay valid."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Dict

import opencc

_BLANKED = {"So", "Sk", "Cf", "Co", "Cn", "Mn"}
_SPOKEN_DIGITS = str.maketrans("零〇○一二三四五六七八九壹贰叁肆伍陆柒捌玖幺两", "00012345678912345678912")
_CJK = range(0x3400, 0xA000)


@lru_cache(maxsize=1)
def _simplified() -> Dict[str, str]:
    """Traditional to simplified, character by character (a table once, instead of a converter a message)."""
    convert = opencc.OpenCC("t2s").convert
    pairs = ((chr(code), convert(chr(code))) for code in _CJK)
    return {raw: plain for raw, plain in pairs if plain != raw and len(plain) == 1}


@lru_cache(maxsize=20000)
def _normal(character: str) -> str:
    plain = unicodedata.normalize("NFKC", character)
    plain = plain if len(plain) == 1 else character
    plain = plain.lower() if len(plain.lower()) == 1 else plain
    plain = _simplified().get(plain, plain)
    return " " if unicodedata.category(plain) in _BLANKED else plain


def normalise(text: str) -> str:
    """Half width, lower case, simplified characters; emoji and marks become blanks. Same length as `text`."""
    return "".join(map(_normal, text))


def fold_digits(text: str) -> str:
    """Spoken digits as figures, one to one: 幺三八 → 138, 两 → 2. Same length as `text`."""
    return text.translate(_SPOKEN_DIGITS)
