"""Addresses in Chinese text: where a place is mentioned, its parts, and how a correction changes them."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional, Tuple

from kefu.nlu.normalise import normalise
from kefu.nlu.values.address_crossings import crossings
from kefu.nlu.values.address_names import named_parts
from kefu.nlu.values.address_parts import Part, fold_floor, numbered_parts
from kefu.nlu.values.contact import find_contacts
from kefu.nlu.values.types import Value

PARTS = ("district", "town", "village", "road", "road_number", "community", "building", "unit", "room")
_KINDS = (*PARTS, "detail")
_RANK = {kind: rank for rank, kind in enumerate(_KINDS)}
_PLACES = ("village", "road", "community")

_GAP = re.compile(
    r"(?:[\s,.、。;:()\[\]/\-]|的|里面?|内|这边|那边|这里|那里|那个|这个|呃|嗯|额|啊|哦|呀|就是|就|是|我?住|在|小区|[\d一二三四五六七八九十]{1,3}[楼层]){0,6}"
)
_TIGHT = re.compile(r"[\s的、\-]{0,3}")
_SIDE = r"[东西南北中]"
_NUM = r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})"
_DETAIL = re.compile(
    r"(?P<gap>[\s,、的]{0,2})(?P<value>(?P<near>(?:紧挨着?|挨着|靠近|紧邻|靠着?)?)(?P<word>"
    r"楼[下后前]面?|下面|斜?对面|[后前][头面边]|旁边|边上|隔壁(?!单元|楼|栋|家|邻|的?小区|[^,.。!? ]*亮)|附近|"
    + _SIDE
    + r"{1,2}(?:门(?:口)?|头|侧|面|边|户|角)|[正后前侧偏大]门(?:口)?|门口|拐角|拐弯处?|地下(?:室|车库)|车库|"
    r"(?:负|地下)?"
    + _NUM
    + r"(?:楼(?![上下道顶])|层)(?:"
    + _SIDE
    + r"户)?|顶[楼层]|第"
    + _NUM
    + r"(?:家|户|排|个门)|"
    + _NUM
    + r"(?:组|队|社)(?!区|会)|村口|村委会|村[头尾]|底商|"
    r"(?:交叉)?路口|口(?=$|[\s,.。!?]))(?!上下))"
)
_CLAUSE_END = re.compile(r"\s?(?:$|[,.。!?;、\x00])")
_UPSTAIRS = re.compile(r"楼上楼下|楼下楼上")

_NEGATED = re.compile(
    r"(?<![是在])(?:不是|不在|并非|不住|没在|不叫)(?:我们?家?|住|在|说|指|那个|那|这个|这|去|到|写|的是|叫|\s){0,4}$"
)
_WRONG = re.compile(
    r"[\s,.。!?、…]*(?:等等|等下|哎呀?|啊|呃|哦|噢|不|我|刚才|刚刚|是|前面|上面|\s|,){0,4}"
    r"(?:(?:说|打|写|弄|记|搞|讲|发|填|听|报|输)(?:反|错)|不对(?!劲|付|面)|不不|错了|改成|改为|换成|应该是)"
)
# All that may stand between what is denied and what is put in its place: nothing that tells of anything else.
_BETWEEN = re.compile(
    r"[\s,.。!;、…不是在并非住没叫我们家说错了反打写弄记搞讲发填对改成为换应该而前后上面刚才等下哎呀啊呃哦噢的那就]{0,10}"
)
_ASKED = re.compile(r"(?:的)?(?:吗|嘛|么)")


def find_addresses(text: str) -> List[Value]:
    """Values `address` of a raw text: a dict of parts with canonical "text"; "negated" on places ruled out."""
    plain = normalise(text)
    for contact in find_contacts(text):
        plain = plain[: contact.start] + "\x00" * (contact.end - contact.start) + plain[contact.end :]
    mentions = [m for m in _mentions(plain, _all_parts(plain)) if _believable(m)]
    found: List[Value] = []
    for index, mention in enumerate(mentions):
        start, end = mention[0].start, mention[-1].end
        last = index + 1 == len(mentions)
        negated = _is_negated(plain, start, end, last, bool(found and found[-1].value.get("negated")))
        value = _value(mention)
        if negated:
            value["negated"] = True
        found.append(Value("address", start, end, text[start:end], value))
    return _corrected(text, plain, found)


def address_text(parts: Dict[str, Any]) -> str:
    """The parts in their usual order, the detail last: 人民路88号阳光花园5号楼2单元501."""
    order: Tuple[str, ...] = _KINDS
    if parts.get("community") and parts.get("road_number") and not (parts.get("road") or parts.get("village")):
        order = tuple(kind for kind in order if kind != "road_number")  # 幸福里12号: the number is the community's
        order = (*order[: order.index("community") + 1], "road_number", *order[order.index("community") + 1 :])
    return "".join(str(parts.get(kind) or "") for kind in order)


def merge_address(old: Dict[str, Any], new: Dict[str, Any]) -> Dict[str, Any]:
    """`old` corrected by `new`: what `new` does not mention stays, unless it names quite another place."""
    if new.get("negated"):
        return dict(old)
    moved = any(new.get(kind) and old.get(kind) and new[kind] != old[kind] for kind in _PLACES)
    moved = moved or bool(
        (new.get("village") and old.get("community")) or (old.get("village") and new.get("community"))
    )
    whole = moved and any(new.get(kind) for kind in ("building", "road_number"))
    merged = {} if whole else {kind: old[kind] for kind in _KINDS if old.get(kind)}
    if new.get("road") and new["road"] != old.get("road"):
        merged.pop("road_number", None)
    merged.update({kind: new[kind] for kind in _KINDS if new.get(kind)})
    merged["text"] = address_text(merged)
    return merged


def _corrected(text: str, plain: str, found: List[Value]) -> List[Value]:
    """A place one part of which is denied and said anew is one place: 阳光花园不是3号楼是5号楼, 阳光花园3号楼，不对，5号楼."""
    done: List[Value] = []
    for value in found:
        first = _corrects(plain, done, value)
        if first is None:
            done.append(value)
            continue
        old = {kind: part for kind, part in done[first].value.items() if kind != "negated"}
        start = done[first].start
        merged = merge_address(old, value.value)
        done[first:] = [Value("address", start, value.end, text[start : value.end], merged)]
    return done


def _corrects(plain: str, done: List[Value], new: Value) -> Optional[int]:
    """Which value before it `new` puts right: the denied place right before, or the place before denied parts."""
    first = len(done)
    while first and done[first - 1].value.get("negated") and _follows(plain, done[first - 1], done[first:] or [new]):
        first -= 1
        if _is_place(done[first]):
            break
    if first == len(done) or _is_place(new) or new.value.get("negated"):
        return None
    denied = done[first:]
    if not any(old.value.get(kind) for old in denied for kind in PARTS if new.value.get(kind)):
        return None
    if _is_place(done[first]):
        return first
    return first - 1 if first and _is_place(done[first - 1]) and _follows(plain, done[first - 1], denied) else None


def _follows(plain: str, old: Value, rest: List[Value]) -> bool:
    return bool(_BETWEEN.fullmatch(plain, old.end, rest[0].start))


def _is_place(value: Value) -> bool:
    return any(value.value.get(kind) for kind in (*_PLACES, "district", "town"))


def _all_parts(plain: str) -> List[Part]:
    """Crossings, then numbers, then names in what is left; in the order of the text."""
    parts = list(crossings(plain))
    parts += [part for part in numbered_parts(plain) if not _covered(part, parts)]
    parts += [part for part in named_parts(plain, parts) if not _covered(part, parts)]
    return sorted(parts, key=lambda part: part.start)


def _covered(part: Part, others: List[Part]) -> bool:
    return any(part.start < other.end and other.start < part.end for other in others)


def _mentions(plain: str, parts: List[Part]) -> List[List[Part]]:
    """Parts that stand together, each with the details right behind it."""
    mentions: List[List[Part]] = []
    for part in parts:
        if mentions and part.start < mentions[-1][-1].end:
            continue
        if not mentions or not _joins(plain, mentions[-1], part):
            mentions.append([])
        mentions[-1].append(part)
        _add_details(plain, mentions[-1], parts)
    return mentions


def _joins(plain: str, mention: List[Part], part: Part) -> bool:
    kinds = {known.kind for known in mention}
    if part.kind in kinds and part.kind != "detail":
        return False
    tight = _NEGATED.search(plain, max(0, mention[0].start - 12), mention[0].start)
    if not (_TIGHT if tight else _GAP).fullmatch(plain, mention[-1].end, part.start):
        return False
    if part.kind == "detail" or _RANK[part.kind] > max(_RANK[kind] for kind in kinds if kind != "detail"):
        return True
    if not kinds.intersection(_PLACES):
        return True
    return part.kind in ("road", "road_number") and not kinds.intersection(("building", "unit", "room"))


def _add_details(plain: str, mention: List[Part], parts: List[Part]) -> None:
    while True:
        end = mention[-1].end
        match = _DETAIL.match(plain, end)
        if not match or _UPSTAIRS.match(plain, match.start("value")) or _taken(match, mention[-1], parts):
            return
        loose = "," in match.group("gap") or "、" in match.group("gap") or " " in match.group("gap")
        if loose and not match.group("near") and not _CLAUSE_END.match(plain, match.end()):
            return
        mention.append(Part("detail", match.start("value"), match.end(), fold_floor(match.group("value")), False))


def _taken(match: "re.Match[str]", last: Part, parts: List[Part]) -> bool:
    """True if a found part begins inside the detail (东门小区 is no 东门), or its room right behind (5楼501)."""
    if any(part.kind == "room" and part.start == match.end() for part in parts):
        return True
    return any(part is not last and match.start("value") <= part.start < match.end() for part in parts)


def _believable(mention: List[Part]) -> bool:
    """At least one trusted part, or weak ones that hold each other: a name with a detail or a number."""
    kinds = [part.kind for part in mention]
    if any(part.strong for part in mention):
        return True
    named = [part for part in mention if part.kind in (*_PLACES, "town")]
    return bool(named) and len(kinds) > 1


def _is_negated(plain: str, start: int, end: int, last: bool, after_negated: bool) -> bool:
    """不是X, or X说错了 with another place behind it; 不是X吗 asks and affirms."""
    if _NEGATED.search(plain, max(0, start - 12), start):
        return not _ASKED.match(plain, end)
    return not last and not after_negated and bool(_WRONG.match(plain, end))


def _value(mention: List[Part]) -> Dict[str, Any]:
    value: Dict[str, Any] = {}
    for part in mention:
        value[part.kind] = value.get("detail", "") + part.value if part.kind == "detail" else part.value
    value["text"] = address_text(value)
    return value
