"""Parts of an address that are names: district, town, village, road, community. All on normalised text.

The text is cut into chunks at numbered parts, punctuation and words no name contains; each chunk is then read from
the left: district, town, village, road, and at last a community, whose suffix says how much it can be trusted.
"""

from __future__ import annotations

import re
from typing import Iterator, List, NamedTuple, Optional

from kefu.nlu.values.address_parts import CJK, Part
from kefu.nlu.values.address_words import (
    GENERIC,
    LEAD,
    NO_BODY,
    NO_DISTRICT,
    NO_NAME,
    NO_PLACE,
    NO_ROAD,
    NO_VILLAGE,
    REAL_DISTRICT,
    STOP,
)

_CHUNK = re.compile(r"[\u4e00-\u9fffa-z]+")
_REGION = re.compile(
    r"(?:" + CJK + r"{2,3}省)?(?:" + CJK + r"{2,3}(?<![城超菜都门上])市(?!场|区|政|民|中心))?"
    r"(?P<district>" + CJK + r"{2,4}?(?:区(?!别|域|间)|县(?!城)))?"
    r"(?P<town>"
    + CJK
    + r"{1,4}?(?:(?<![城乡村])镇(?![上里政流静])|(?<![老家下城水])乡(?![下里镇亲村])|街道(?![上边灯])(?:办事处)?))?"
)
_VILLAGE = re.compile(r"(?P<name>" + CJK + r"{1,5}?村)(?!民|长|支|部|镇|干|医|小|官|通|庄)")
_HAMLET = re.compile(r"(?P<name>" + CJK + r"{1,4}?[庄屯沟寨铺堡营塘])(?!稼|严|子|园)")
_ROAD = re.compile(
    r"(?P<name>"
    + CJK
    + r"{1,6}?(?:大道|大街|(?<!马)路(?![由灯障况费程基子局])|街(?![坊道头上])|巷(?!子|道)|胡同|弄(?=\d)))"
)
_STRONG = (
    r"小区|花园|家园|公寓|新村|大厦|广场|社区|新城|名邸|华庭|雅居|[佳花嘉名雅家]苑|嘉园|名城|家属院|家属楼|宿舍楼?|安置房|公馆|豪庭|山庄|别墅|丽景|华府|半岛|学府|"
    r"花城|壹号院?|名都|名府|[苑轩郡邸]"
)
_WEAK = r"[里城府湾园院坊湖庄庭居阁墅]"
_POI = r"小学|中学|大学|学校|医院|卫生院|卫生所|超市|幼儿园|市场|银行|酒店|宾馆|饭店|派出所|村委会|居委会|加油站|公园|服务站|服务中心|工业园|养老院|敬老院|车站|厂"
_POINT = re.compile(rf"(?:{_POI})(?!生)")
_SUFFIX = re.compile(rf"(?P<poi>{_POI})|(?P<strong>{_STRONG})|(?P<weak>{_WEAK})")
_ZONE = re.compile(r"(?:[a-z东西南北中][区苑](?!别)|[一二三四五六]区|[一二三四五六]期)")
_STAGE = re.compile(r"[1-9]期")
_HOUSEHOLD = re.compile(r"[家屋房间店库梯场道水管箱柜厨锅手心夜眼嘴包袋桶盆表灶炉墙车]里$|[住出进后前]院$|.*[在到去来]")
_TIDY = re.compile(r"(?:小区|社区)$")
_FILLER = re.compile(r"[\s的]{0,2}(?:那个|这个)?\s?")


class Chunk(NamedTuple):
    """A run of name characters; `anchored`: a building follows; `alone`: punctuation on both sides."""

    start: int
    end: int
    anchored: bool
    alone: bool


def named_parts(text: str, parts: List[Part]) -> List[Part]:
    """Names found between the numbered `parts`."""
    cut = text
    for part in parts:
        cut = cut[: part.start] + "\x01" * (part.end - part.start) + cut[part.end :]
    cut = STOP.sub(lambda stop: "\x02" * len(stop.group()), cut)
    anchors = {part.start for part in parts if part.kind in ("building", "unit")}
    found: List[Part] = []
    for match in _CHUNK.finditer(cut):
        found += _chunk(text, _bounds(cut, text, match, anchors))
    return found


def _bounds(cut: str, text: str, match: "re.Match[str]", anchors: "set[int]") -> Chunk:
    start, end = match.span()
    filler = _FILLER.match(text, end)
    follow = filler.end() if filler else end
    open_left = cut[:start].rstrip("\x02")
    alone = (not open_left or not re.search(r"[\w\x01]$", open_left)) and cut[end : end + 1] in (
        "",
        " ",
        ",",
        ".",
        "。",
        "!",
        "?",
        ";",
    )
    return Chunk(start, end, end in anchors or follow in anchors, alone)


def _chunk(text: str, chunk: Chunk) -> Iterator[Part]:
    position = _lead(text, chunk.start, chunk.end)
    region = _REGION.match(text, position, chunk.end)
    for kind in ("district", "town"):
        name = region.group(kind) if region else None
        if region is None or not name or not _region_name(kind, name):
            continue
        yield Part(kind, region.start(kind), region.end(kind), name, len(name) > 2)
        position = region.end(kind)
    village = _village(text, position, chunk)
    if village:
        yield village
        position = village.end
    road = _road(text, position, chunk)
    while road:
        yield road
        position = road.end
        road = _road(text, position, chunk)
        point = None if road else _POINT.match(text, position, chunk.end)
        if point:
            yield Part("detail", position, point.end(), point[0], False)
            position = point.end()
    community = _community(text, position, chunk)
    if community:
        yield community


def _lead(text: str, start: int, end: int) -> int:
    match = LEAD.match(text, start, end)
    while match and match.end() < end:
        start = match.end()
        match = LEAD.match(text, start, end)
    return start


def _region_name(kind: str, name: str) -> bool:
    if NO_BODY.search(name):
        return False
    if kind == "town":
        return len(name) >= 3 and not re.search(STREET_END, name)
    if re.search(r"[园苑里院府湾庭区寓][东西南北]?区$", name):
        return False
    return not NO_DISTRICT.search(name) or bool(REAL_DISTRICT.match(name) and name not in ("老城区", "山区", "城区"))


STREET_END = r"[路街]街道$"


def _village(text: str, position: int, chunk: Chunk) -> Optional[Part]:
    match = _VILLAGE.match(text, position, chunk.end)
    if match:
        name = match.group("name")
        if (
            name in NO_VILLAGE
            or NO_BODY.search(name)
            or name[:-1] in GENERIC
            or (name.endswith(("新村", "度假村", "城中村")) and (chunk.anchored or len(name) > 3))
        ):
            return None
        return Part("village", match.start(), match.end(), name, len(name) > 2 or chunk.alone)
    match = _HAMLET.match(text, position, chunk.end)
    if not match or chunk.anchored or (match.end() < chunk.end and text[match.end()] not in "东西南北中第村"):
        return None
    name = match.group("name")
    if name in NO_PLACE or NO_BODY.search(name) or name[:-1] in GENERIC or name.endswith(("山庄", "农庄")):
        return None
    return Part("village", match.start(), match.end(), name, len(name) > 2 and chunk.alone)


def _road(text: str, position: int, chunk: Chunk) -> Optional[Part]:
    position = _lead(text, position, chunk.end) if position == chunk.start else position
    match = _ROAD.match(text, position, chunk.end)
    if not match:
        return None
    name = match.group("name")
    if (
        name in NO_ROAD
        or NO_BODY.search(name[:-1])
        or (len(name) < 3 and text[match.end() : match.end() + 1] not in "0123456789")
    ):
        return None
    if re.search(r"(?:[网线电短管铁公道水气]路|小区|字路|岔路)$", name) or (
        _SUFFIX_IN.search(name[:-1]) and len(name) > 4
    ):
        return None
    strong = not name.endswith("弄")
    return Part("road", match.start(), match.end(), name, strong)


_SUFFIX_IN = re.compile(r"小区|花园|家园|公寓|新村|大厦|医院|学校|小学")


def _community(text: str, position: int, chunk: Chunk) -> Optional[Part]:
    """With a suffix, or (before a building) without one."""
    position = _lead(text, position, chunk.end)
    best = _suffix(text, position, chunk)
    if best is None:
        return _unsuffixed(text, position, chunk) if chunk.anchored else None
    if chunk.anchored and best.end() < chunk.end and _ZONE.fullmatch(text, best.end(), chunk.end) is None:
        whole = _unsuffixed(text, position, chunk)
        if whole:
            return whole
    name = text[position : best.end()]
    body = text[position : best.start()]
    if not _plausible(name, body, best):
        return None
    end = best.end()
    if best.group("strong") or chunk.anchored:
        zone = _ZONE.match(text, end, chunk.end) or (_STAGE.match(text, end) if end == chunk.end else None)
        end = zone.end() if zone else end
    short = _TIDY.sub("", name)
    value = (short if short != name and _ends_strong(short) else name) + text[best.end() : end].upper()
    return Part("community", position, end, value, _trusted(name, best, end, chunk))


def _suffix(text: str, position: int, chunk: Chunk) -> Optional["re.Match[str]"]:
    """The last strong suffix of the chunk, else the last weak one that no name goes on behind."""
    best = None
    for match in _SUFFIX.finditer(text, position + 1, chunk.end):
        if match.end() - position > 11:
            break
        if best is None or not best.group("strong") or (match.group("strong") and match.start() == best.end()):
            best = match
    return best


def _ends_strong(name: str) -> bool:
    return any(match.group("strong") and match.end() == len(name) for match in _SUFFIX.finditer(name, 1))


def _plausible(name: str, body: str, best: "re.Match[str]") -> bool:
    if (
        not body
        or len(body) > 8
        or NO_BODY.search(name)
        or name in NO_PLACE
        or body in GENERIC
        or _HOUSEHOLD.search(name)
    ):
        return False
    if best.group("strong") in ("苑", "轩", "郡", "邸") or best.group("weak") or best.group("poi"):
        return len(body) > 1
    return True


def _trusted(name: str, best: "re.Match[str]", end: int, chunk: Chunk) -> bool:
    """True if the name alone is a place: a strong suffix, or a short weak one standing alone."""
    if best.group("strong"):
        return True
    return (
        bool(best.group("weak"))
        and chunk.alone
        and end == chunk.end
        and 3 <= len(name) <= 4
        and not NO_NAME.search(name[:-1])
    )


def _unsuffixed(text: str, position: int, chunk: Chunk) -> Optional[Part]:
    """The words right before a building: 万科5号楼."""
    name = text[position : chunk.end]
    zone = re.search(r"[a-z东西南北]区$", name)
    verbs = list(NO_NAME.finditer(text, position, chunk.end - 2 if zone else chunk.end))
    start = verbs[-1].end() if verbs else position
    name = text[start : chunk.end]
    if not 2 <= len(name) <= 8 or name in GENERIC or not re.match(CJK + "{2}", name):
        return None
    return Part("community", start, chunk.end, name.upper() if zone else name, False)
