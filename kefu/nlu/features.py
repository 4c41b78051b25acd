"""What the intent classifier looks at: characters, and how they sound."""

from __future__ import annotations

import re
from typing import Any, List

from pypinyin import Style, lazy_pinyin

from kefu.nlu.normalise import normalise
from kefu.nlu.values.address import find_addresses
from kefu.nlu.values.contact import find_contacts

_BLANK = re.compile(r"\s+")
_DIGIT = re.compile(r"\d")
_SIGNS = {"address": "@", "phone": "#", "account_number": "#", "ticket_number": "&"}
_REPEAT = re.compile(r"(.)\1{2,}")


def with_signs(text: str) -> str:
    """Normalised text, same length, in which places and numbers of people are one sign each (the rest blanks)."""
    plain = list(normalise(text))
    for found in (*find_addresses(text), *find_contacts(text)):
        plain[found.start : found.end] = [_SIGNS[found.entity], *[" "] * (found.end - found.start - 1)]
    return "".join(plain)


def squash(text: str) -> str:
    """What the classifier reads: signs for places and numbers, no blanks, digits 0, no long repetitions.

    What was said around an address decides the intent, not the address: "我爸妈家停电了 滨江花园3号楼" is an outage.
    """
    return _REPEAT.sub(r"\1\1", _DIGIT.sub("0", _BLANK.sub("", with_signs(text))))


def char_grams(squashed: str) -> List[str]:
    """Character 1- to 3-grams, with marks for both ends (short messages live by them)."""
    framed = f"^{squashed}$"
    return [framed[i : i + n] for n in (1, 2, 3) for i in range(len(framed) - n + 1)]


def _fold(syllable: str) -> str:
    """One spelling for the sounds that speech recognisers and accents confuse: zh/z, n/l, ng/n."""
    folded = syllable.replace("zh", "z").replace("ch", "c").replace("sh", "s")
    if folded.endswith("ng"):
        folded = folded[:-1]
    return "n" + folded[1:] if folded[:1] == "l" and len(folded) > 1 else folded


def _as_it_is(other: str) -> Any:
    """What has no pinyin: character by character."""
    return list(other)


def sound_grams(squashed: str) -> List[str]:
    """Folded pinyin 1- to 3-grams: 软气 and 暖气 share them."""
    syllables = [_fold(s) for s in lazy_pinyin(squashed, style=Style.NORMAL, errors=_as_it_is)]
    return ["_".join(syllables[i : i + n]) for n in (1, 2, 3) for i in range(len(syllables) - n + 1)]
