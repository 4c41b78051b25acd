"""Parts of an address that carry a number: building, unit, room, house number, crossing. All on normalised text."""

from __future__ import annotations

import re
from typing import Iterator, List, NamedTuple, Optional

from kefu.nlu.normalise import fold_digits


class Part(NamedTuple):
    """One part; a mention made of weak parts only is no address."""

    kind: str
    start: int
    end: int
    value: str
    strong: bool = True


CJK = r"[\u4e00-\u9fff]"
_CN = r"[零〇一二三四五六七八九十百壹贰叁肆伍陆柒捌玖拾佰]"
NUM = r"(?:\d{1,3}(?!\d)|" + _CN + r"{1,5})"
_COUNT = re.compile(
    r"(?:(?P<hundreds>[^零〇百十]?)百)?[零〇]?(?:(?P<tens>[^零〇百十]?)十)?[零〇]?(?P<ones>[^零〇百十]?)"
)
_HOUSE = r"(?:\d{1,4}(?:-\d{1,3})?(?![\d-])|" + _CN + r"{1,5})"
_SPOKEN = r"[零〇一二三四五六七八九幺壹贰叁肆伍陆柒捌玖]"
_UNIT_AHEAD = r"(?=\s?" + NUM + r"\s?(?:单元|门(?!口)))"
_COUNTED = r"(?<![这那同每哪整几全共部有另半数多])"
_NO_MORE = r"(?!\d|[a-z]{2}|\s?(?:块|元|度|方|吨|年|点|个|分|天|平|米|多|来|号楼|栋|幢|%|室内)|[十百])"
_DIGITS = (
    r"(?:\d{3,4}(?!\d)(?:[a-z](?![a-z]))?|"
    + _SPOKEN
    + r"{3}(?=一[直下点会样家片天个停])|"
    + _SPOKEN
    + r"{4}|"
    + _SPOKEN
    + r"{3}(?!"
    + _SPOKEN
    + r")|"
    + _SPOKEN
    + r"洞"
    + _SPOKEN
    + r")"
)

_NUMBERED = re.compile(
    r"(?P<triple>(?<![\d.-])(?P<t1>\d{1,3})-(?P<t2>[1-9]\d?)-(?P<t3>\d{3,4})(?![\d-])室?)"
    r"|(?P<pair>(?<![\d.-])(?P<p1>\d{1,2})-(?P<p2>\d{3,4})(?![\d-])室?)"
    r"|(?P<house>(?<=[路街巷道弄同村庄屯沟寨铺堡营组队社])\s?(?P<h1>[甲乙临附]?"
    + _HOUSE
    + r"\s?(?:弄\s?(?:"
    + _HOUSE
    + r"\s?号)?|号(?:院(?![里子内外]))?))"
    r"(?!\s?(?:楼|栋|幢|线|表|变|杆|井|阀|机|站|桥|日)))"
    r"|(?P<gate>(?<=[园苑里城府湾坊庭邸区])(?P<g1>" + _HOUSE + r"号)(?=\s?(?:$|[,.。!?;])))"
    r"|(?P<building>(?<![月\d零一二三四五六七八九十百.-])第?(?P<b1>"
    + NUM
    + r")\s?(?P<b2>号\s?楼|#\s?楼|#(?=\s?\d|\s?$|"
    + _UNIT_AHEAD[3:-1]
    + r")|号"
    + _UNIT_AHEAD
    + r"|洞"
    + _UNIT_AHEAD
    + r"|"
    + r"号?[栋幢](?:楼(?![上下道顶梯]))?|座(?:楼(?![上下道顶梯]))?)(?!楼?房|别墅|大楼|桥|山|塔|坟|机|民))"
    r"|(?P<letter>(?<![a-z0-9])(?P<l1>[a-z]\d{1,2}|\d{1,2}[a-z]|[a-z甲乙丙丁]|[东西南北](?=[座栋幢]))\s?(?P<l2>号楼|座|栋|幢))"
    r"|(?P<unit>" + _COUNTED + r"(?P<u1>" + NUM + r"|(?<![a-z])[a-d]|[甲乙丙丁东西南北]|两(?=\s?单元\s?\d{3}))\s?单元)"
    r"|(?P<room>(?<![\d-])(?P<r1>\d{3,4}|" + _SPOKEN + r"{3,4})(?:室(?!内|外)|号房(?!间)|房(?![间子价屋])))"
    r"|(?P<shop>(?P<s1>底商|商铺|门面房?|门市)\s?(?P<s2>" + NUM + r")\s?号)"
    r"|(?P<bare>(?<=[园苑区邸庭湾寓厦])(?P<n1>\d{3,4})(?=\s?(?:$|[,.。!?;])))"
)
_LISTED = re.compile(
    r"(?<![\d月点.\-零〇一二三四五六七八九十百])(\d{1,2}|[一二三四五六七八九]|[二三]?十[一二三四五六七八九]?)号?[、,和跟]$"
)
_GAP = r"[\s,、\-的]{0,3}"
_DOOR = re.compile(_GAP + r"(?P<value>" + NUM + r")\s?门(?![口牌卫面诊前外禁店])")
_UNIT_ROOM = re.compile(r"[\s\-]{0,2}(\d{1,2})-(\d{3,4})(?![\d-])室?")
_FLOOR = re.compile(_GAP[:-5] + r"{0,2}(?P<value>(?:负?" + NUM + r"|顶)[楼层](?![上下道顶梯])(?:[东西中南北]户)?)")
_ROOM = re.compile(_GAP + r"(?P<value>" + _DIGITS + r")" + _NO_MORE + r"\s?(?:室|户|房(?!间)|号(?!楼|线|表))?")


def number(text: str) -> str:
    """Figures of a written number: 二十三 → 23, 十二 → 12, 一二六 → 126."""
    text = text.replace("拾", "十").replace("佰", "百").replace("两", "二")
    if "十" not in text and "百" not in text:
        digits = fold_digits(text)
        return digits.lstrip("0") or digits
    match = _COUNT.fullmatch(text)
    if not match:
        return "0"
    hundreds, tens, ones = (fold_digits(group or "") for group in match.group("hundreds", "tens", "ones"))
    total = 100 * int(hundreds or 1) if "百" in text else 0
    total += 10 * int(tens or 1) if "十" in text else 0
    return str(total + int(ones or 0))


def numbered_parts(text: str) -> List[Part]:
    """All parts with a number, left to right; rooms and doors only where a building or unit stands before."""
    parts: List[Part] = []
    position = 0
    while True:
        match = _NUMBERED.search(text, position)
        if not match:
            return parts
        found = list(_READ[match.lastgroup if match.lastgroup in _READ else _kind(match)](text, match))
        if found and found[-1].kind in ("building", "unit"):
            found += _tail(text, found[-1])
        parts += found
        position = max(match.end(), found[-1].end if found else 0)


def _kind(match: "re.Match[str]") -> str:
    return next(kind for kind in _READ if match.group(kind) is not None)


def _triple(text: str, match: "re.Match[str]") -> Iterator[Part]:
    yield Part("building", match.start(), match.end("t1"), f"{int(match.group('t1'))}号楼")
    yield Part("unit", match.start("t2"), match.end("t2"), f"{int(match.group('t2'))}单元")
    yield Part("room", match.start("t3"), match.end(), match.group("t3"))


def _pair(text: str, match: "re.Match[str]") -> Iterator[Part]:
    yield Part("building", match.start(), match.end("p1"), f"{int(match.group('p1'))}号楼", False)
    yield Part("room", match.start("p2"), match.end(), match.group("p2"), False)


def _house(text: str, match: "re.Match[str]") -> Iterator[Part]:
    group = "h1" if match.group("house") else "g1"
    written = re.sub(_CN + "+", lambda run: number(run.group()), match.group(group).replace(" ", ""))
    yield Part("road_number", match.start(group), match.end(group), written, False)


def _building(text: str, match: "re.Match[str]") -> Iterator[Part]:
    """Counts (三栋楼, 一座) are weak: they stay only beside another part."""
    kind, figure = match.group("b2").replace(" ", ""), match.group("b1")
    before = text[max(0, match.start() - 1) : match.start()]
    ordinal = match.group().startswith("第") or not kind.startswith(("栋", "幢", "座"))
    if not ordinal and before and before in "这那同每哪整几全共部有另半数多":
        return
    value = number(figure)
    if value != "0" and kind.endswith(("楼", "栋", "幢")):
        yield from _listed(text, match.start())
    if value != "0":
        strong = ordinal or _leads_on(text, match.end()) or not _is_count(kind, figure, before)
        yield Part("building", match.start(), match.end(), f"{value}号楼", strong)


def _listed(text: str, end: int) -> Iterator[Part]:
    """The buildings named before one in a list: 3、4号楼, 三号和五号楼."""
    before: List[Part] = []
    match = _LISTED.search(text, max(0, end - 8), end)
    while match and len(before) < 8:
        before.append(Part("building", match.start(), match.end(1), f"{number(match.group(1))}号楼"))
        end = match.start()
        match = _LISTED.search(text, max(0, end - 8), end)
    yield from reversed(before)


def _leads_on(text: str, end: int) -> bool:
    """True if a room or unit follows."""
    return bool(_ROOM.match(text, end) or re.match(_UNIT_AHEAD, text[end : end + 10]))


def _is_count(kind: str, figure: str, before: str) -> bool:
    if kind.endswith("楼") or (kind == "座" and not figure.isdigit()):
        return True
    return figure == "一" and bool(re.match(CJK, before))


def _letter(text: str, match: "re.Match[str]") -> Iterator[Part]:
    name = match.group("l1").upper()
    value = name + ("号楼" if any(map(str.isdigit, name)) else match.group("l2"))
    yield Part("building", match.start(), match.end(), value)


def _unit(text: str, match: "re.Match[str]") -> Iterator[Part]:
    name = match.group("u1")
    value = name.upper() if name in "abcd甲乙丙丁东西南北" else number(name)
    yield Part("unit", match.start(), match.end(), f"{value}单元")


def _room(text: str, match: "re.Match[str]") -> Iterator[Part]:
    group = "r1" if match.group("room") else "n1"
    yield Part("room", match.start(group), match.end(), fold_digits(match.group(group)), group == "r1")


def _shop(text: str, match: "re.Match[str]") -> Iterator[Part]:
    yield Part("room", match.start(), match.end(), f"{match.group('s1')}{number(match.group('s2'))}号", False)


_READ = {
    "triple": _triple,
    "pair": _pair,
    "house": _house,
    "gate": _house,
    "building": _building,
    "letter": _letter,
    "unit": _unit,
    "room": _room,
    "shop": _shop,
    "bare": _room,
}


def _tail(text: str, last: Part) -> Iterator[Part]:
    """What follows a building or unit: a door (2门), a floor, a room."""
    both = _UNIT_ROOM.match(text, last.end) if last.kind == "building" else None
    if both:
        yield Part("unit", both.start(1), both.end(1), f"{int(both.group(1))}单元")
        yield Part("room", both.start(2), both.end(), both.group(2))
        return
    unit = _next_unit(text, last)
    if unit:
        yield unit
    yield from _floor_and_room(text, unit.end if unit else last.end)


def _floor_and_room(text: str, end: int) -> Iterator[Part]:
    """A floor that the room repeats (5楼501) is left out."""
    floor = _FLOOR.match(text, end)
    room = _ROOM.match(text, floor.end() if floor else end)
    number_of_room = fold_digits(room.group("value").replace("洞", "零")).upper() if room else ""
    if floor:
        storey = floor.group("value")
        if not number_of_room.startswith(_storey(storey) or "-"):
            yield Part("detail", floor.start("value"), floor.end(), fold_floor(storey), False)
    if room:
        yield Part("room", room.start("value"), room.end(), number_of_room)


def _next_unit(text: str, last: Part) -> Optional[Part]:
    door = _DOOR.match(text, last.end) if last.kind == "building" else None
    return Part("unit", door.start("value"), door.end(), f"{number(door.group('value'))}单元") if door else None


def _storey(floor: str) -> str:
    """The figure of a floor, "" for 顶楼: 五楼东户 → 5."""
    figure = floor.lstrip("负").replace("层", "楼").partition("楼")[0]
    return "" if figure == "顶" else number(figure)


def fold_floor(text: str) -> str:
    """五楼东户 → 5楼东户."""
    return re.sub(_CN + r"+(?=[楼层])", lambda run: number(run.group()), text)
