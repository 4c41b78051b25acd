"""What happens to sentences on their way to us: other characters, emoji, speech recognition, hasty typing.

Deterministic: the same sentence is always disturbed alike. `DISTURBANCES` is what `make report` measures.
"""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import opencc
from pypinyin import Style, lazy_pinyin

from kefu.settings import ROOT

SHARE, SPELLED = 0.2, 0.1  # of the Chinese characters: heard as another; left as they were typed
SEEN_OFTEN = 3  # a character that occurs less in our sentences is no usual slip
EMOJI = ("😀", "😅", "😭", "😡", "🙏", "👍", "❤️", "😂", "🤔", "😢")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_CLAUSE_END = re.compile(r"[，。！？；,!?;]+|(?<=[^，。！？；,!?;\s])\s*$")
_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {0x20: 0x3000}


@lru_cache(maxsize=2)
def _converter(name: str) -> Callable[[str], str]:
    convert: Callable[[str], str] = opencc.OpenCC(name).convert
    return convert


def _dice(text: str, seed: int, kind: str) -> random.Random:
    """Of this sentence alone: independent of the order of a file and of the process."""
    return random.Random(f"{seed}|{kind}|{text}")


def _each(other: str) -> Any:
    return list(other)


def sounds(text: str) -> list[str]:
    """One toneless syllable a character (in its context); what has none is itself."""
    found: list[str] = lazy_pinyin(text, style=Style.NORMAL, errors=_each)
    return found


@lru_cache(maxsize=1)
def usual() -> dict[str, dict[str, int]]:
    """By sound, the simplified characters of our own sentences, and how often each occurs."""
    files = [*sorted((ROOT / "data" / "nlu").glob("*.yml")), ROOT / "data" / "validation" / "nlu.tsv"]
    counts = Counter(_CHINESE.findall("".join(file.read_text(encoding="utf-8") for file in files)))
    simple = _converter("t2s")
    table: dict[str, dict[str, int]] = defaultdict(dict)
    for character, times in sorted(counts.items()):
        if times >= SEEN_OFTEN and simple(character) == character:
            table[sounds(character)[0]][character] = times
    return dict(table)


def _some(places: list[int], wanted: float, dice: random.Random) -> list[int]:
    """`wanted` of the places; a fraction by chance, so that short sentences have their share too."""
    return dice.sample(places, min(len(places), int(wanted + dice.random())))


def traditional(text: str, seed: int = 0) -> str:
    return _converter("s2t")(text)


def full_width(text: str, seed: int = 0) -> str:
    """Letters, figures and signs as wide as Chinese characters."""
    return text.translate(_WIDE)


def emoji(text: str, seed: int = 0) -> str:
    """One at the end of each clause."""
    dice = _dice(text, seed, "emoji")
    return _CLAUSE_END.sub(lambda end: dice.choice(EMOJI) + end.group(), text)


def homophones(text: str, seed: int = 0, part: float = SHARE) -> str:
    """A fifth of the Chinese characters as another usual one of the same sound, tones apart."""
    dice, plain = _dice(text, seed, "homophones"), _converter("t2s")
    chinese = [place for place, c in enumerate(text) if _CHINESE.match(c)]
    heard, spoken = list(text), sounds(text)
    if len(spoken) != len(text):  # something that pypinyin does not take character by character
        spoken = [sounds(c)[0] for c in text]
    others = {p: {c: n for c, n in usual().get(spoken[p], {}).items() if c != plain(text[p])} for p in chinese}
    for place in _some([p for p in chinese if others[p]], part * len(chinese), dice):
        (heard[place],) = dice.choices(list(others[place]), weights=list(others[place].values()))
    return "".join(heard)


def spelled(text: str, seed: int = 0, part: float = SPELLED) -> str:
    """A tenth of the Chinese characters left as pinyin: the candidate was not chosen."""
    dice = _dice(text, seed, "spelled")
    chinese = [place for place, c in enumerate(text) if _CHINESE.match(c)]
    typed = set(_some(chinese, part * len(chinese), dice))
    return "".join(sounds(c)[0] if place in typed else c for place, c in enumerate(text))


DISTURBANCES: dict[str, Callable[[str], str]] = {
    "traditional": traditional,
    "full_width": full_width,
    "emoji": emoji,
    "homophones": homophones,
    "spelled": spelled,
}
