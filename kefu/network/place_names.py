"""How alike two names of places are: as written, as they sound, and with a part left out. Pure.

A name is body + kind + zone: 阳光 + 花园 + 二期. The three count differently: a zone is the same or it is another
place; two kinds that sound different (花园, 家园) are two places; the body may be misheard or mistyped a little.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

from kefu.nlu.features import sounds
from kefu.nlu.normalise import fold_digits, normalise

# Scores, 0 to 100. Only their order and CLOSE matter: each step down is one more thing that must have gone wrong.
EXACT = 100.0
SOUNDS = 96.0  # homophones and dialect sounds: what speech recognition and pinyin keyboards produce
SHORT = 90.0  # the kind or the zone left out: 阳光5号楼
SHORT_SOUNDS = 86.0
LIKE = 80.0  # one character wrong
CLOSE = 3.0  # fits this near to the best one fit as well: one step apart is not close, the same step is
# Characters of a body from which one wrong one still leaves it recognisable. Shorter bodies must at least sound the
# same: 张家村 is not 王家村, 锦绣秋 is not 锦绣春, 海棠 is not 荷塘.
LONG_BODY = 4

_KIND = re.compile(
    r"(?:花园|家园|佳园|嘉园|公寓|新村|大厦|广场|新城|名邸|华庭|雅居|[佳嘉名雅]苑|名城|家属院|家属楼|宿舍楼?|安置房|公馆|豪庭|山庄|别墅|丽景|华府"
    r"|半岛|学府|花城|花苑|壹号院?|小区|社区|[苑轩郡邸里城府湾园院坊庄屯村寨堡])$"
)
_TIDY = re.compile(r"(?<=..)(?:小区|社区)$")
_ZONE = re.compile(r"(?:第?(?P<stage>\d)期|(?P<wing>[a-h东西南北])[区苑])$")
_BLANK = re.compile(r"[\s·.、,\-]+")


@dataclass(frozen=True)
class Name:
    """One name taken apart. `syllables`: folded pinyin of body and kind; `sound`: the same in one text."""

    plain: str
    body: str
    kind: str
    zone: str
    sound: str
    syllables: tuple[str, ...]

    @property
    def whole(self) -> str:
        """What is compared first: the name without its zone."""
        return self.body + self.kind


@lru_cache(maxsize=50_000)
def name_of(text: str) -> Name:
    """Any text as a name; an empty one has empty parts. Full width, traditional and spoken digits are made plain."""
    plain = fold_digits(_BLANK.sub("", normalise(text)))
    zone = _ZONE.search(plain)
    head = plain[: zone.start()] if zone and zone.start() > 1 else plain
    tail = plain[len(head) :].removeprefix("第").replace("苑", "区")
    head = _TIDY.sub("", head) if _KIND.search(_TIDY.sub("", head)) else head
    kind = _KIND.search(head)
    body = head[: kind.start()] if kind and kind.start() > 0 else head
    syllables = tuple(sounds(head))
    return Name(plain, body, head[len(body) :], tail, " ".join(syllables), syllables)


def without_generic(name: Name) -> Iterator[Name]:
    """A misheard name with 小区 put behind it: 宾江家圆小区. Short ones are left alone: 翠竹小区 is a name of its own."""
    rest = _TIDY.sub("", name.plain)
    if len(rest) >= LONG_BODY and rest != name.plain:
        yield name_of(rest)


def likeness(said: Name, known: Name) -> float:
    """How well a said name fits a known one: one of the scores above, 0 if it is another place."""
    if not said.plain or (said.zone and said.zone != known.zone):
        return 0.0
    dropped = CLOSE * bool(
        known.zone and not said.zone
    )  # 阳光花园 for 阳光花园二期: the same name without zone is nearer
    if said.whole == known.whole:
        return EXACT if not dropped else SHORT
    if said.syllables == known.syllables:
        return SOUNDS - 2 * dropped
    if len(said.whole) >= 2 and said.whole == known.body:
        return SHORT - dropped
    if len(said.whole) >= 2 and said.syllables == known.syllables[: len(known.body)]:
        return SHORT_SOUNDS - dropped
    return LIKE - dropped if _slip(said, known) else 0.0


def _slip(said: Name, known: Name) -> bool:
    """One wrong character that leaves no other place: in a long body, or in the kind so that it is none any more."""
    if len(said.whole) != len(known.whole) or Levenshtein.distance(said.whole, known.whole, score_cutoff=1) > 1:
        return False
    size = len(known.body)
    if said.syllables[size:] == known.syllables[size:]:
        return size >= LONG_BODY
    return len(known.kind) > 1 and not _KIND.fullmatch(said.whole[size:])
