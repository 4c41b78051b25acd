"""Account numbers, phones and ticket numbers, written or spoken, in Chinese text.

Everything is matched on a folded copy of the text (same length, spoken digits as figures), so offsets stay raw.
A run of digits is split into groups at blanks and dashes; groups are then joined into the longest thing that fits.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Iterator, List, NamedTuple, Optional, Tuple

from kefu.nlu.normalise import fold_digits, normalise
from kefu.nlu.values.types import Value

_DASHES = str.maketrans("‐‑‒–—―−﹣－⁃_", "-----------")
_BLANK = "\x00"
# Said aloud: 洞 is a nought, 杠 a dash, 必叉 the letters BX. Each change keeps the length.
_ALOUD = (
    (re.compile(r"洞(?=[\d洞]{2})|(?<=\d)洞(?=\d|\Z)|(?<=[洞0])洞(?=\d)"), "0"),
    (re.compile(r"(?<=\d)杠(?=\d)"), "-"),
    (re.compile(r"[b必币毕]叉(?=[ -]?[2-4]\d)"), "bx"),
)

_TICKET = re.compile(
    r"(?<![a-z0-9])([a-z])[ -]{0,3}([a-z])[ -]{0,3}"
    r"([2-4](?:[ -]{0,3}\d){9})(?:[ -]{1,3}(\d)(?![号栋单楼层点元度月年室#幢座])|(\d))?(?![\da-z])"
)
_TICKET_CUE = (
    r"(?:工单号码|工单编号|工单号|工单|报修单号|受理单号|受理编号|受理号|报修编号|(?<![账订运递])单号|"
    r"(?<![户客账表店])编号)(?:就?是|为|叫|:|：|,|\s){0,4}"
)
_BARE_TICKET = re.compile(_TICKET_CUE + r"([2-4]\d(?:[ -]?\d){8})[ -]{0,3}(\d)(?![\da-z])")
_OTHER_TICKET = re.compile(
    _TICKET_CUE + r"((?=[a-z\d-]{0,12}\d)[a-z]{1,6}[ -]?\d[\da-z-]{2,22}(?<!-)|\d{8,20}(?:-\d{1,6})?)(?![\da-z])"
)

_RUN = re.compile(r"(?<!\d)(?:\+ ?)?\(?\d+(?:(?:[ -]{1,3}|\) ?| ?\()\d+)*")
_GROUP = re.compile(r"\d+")
_MOBILE = re.compile(r"(?:(?:00)?86)?(1[3-9]\d{9})")
_BREATH = r"(?:[,、。] ?| ?(?:额|呃|嗯|啊|哦|那个|然后)[ ,、。]{0,2})"
_COMMA_MOBILE = re.compile(
    rf"(?<!\d)(1[3-9]\d)(?:{_BREATH}(\d{{4}})(?:{_BREATH}| )(\d{{4}})| (\d{{4}}){_BREATH}(\d{{4}}))(?!\d)"
)
_AREA = r"(?:010|02[0-57-9]|0[3-9]\d{2})"
_LANDLINE = re.compile(rf"({_AREA})([2-9]\d{{6,7}})")
_HOTLINE = re.compile(r"([48]00)(\d{3})(\d{4})")
_EXTENSION = re.compile(r"[ ,]{0,2}(?:转分机|转|分机号?|拨)[ :是]{0,2}(\d{1,5})(?!\d)")

_ACCOUNT_CUE = re.compile(
    r"(?:户号|户编号|客户编号|客户号|用户号|用户编号|账号|帐号|账户|缴费号|缴费编号|缴费户号|卡号|表号|户头)"
    r"(?:码|就?是|为|叫|:|：|,|\s|no\.?){0,4}$"
)
_OFFICE = (
    r"(?:[\u4e00-\u9fff]{0,4}(?:村委会|居委会|委会|办公室|物业|值班室|服务站|门卫室?|传达室)(?:座机|电话)?[ :,]{0,2})?"
)
_PHONE_CUE = re.compile(
    r"(?:座机|固话|固定电话|电话|热线|致电|回电|打|拨)(?:号码?|给|过?来|就?是|为|吧|呗|的|打|联系|:|,|\s|到|我){0,4}"
    + _OFFICE
    + "$"
)
_NOT_ACCOUNT_CUE = re.compile(
    r"(?:身份证|银行卡|信用卡|储蓄卡|证件|微信|qq|充值码|激活码|验证码|密码|快递|运单|订单|发票|税号|流水号?|交易号?|商户号?|车牌)"
    r"(?:编?号码?|是|为|:|\s){0,4}$"
)
_MOBILE_CUE = re.compile(r"(?:手机|电话|联系方式)(?:号码?|是|为|:|\s){0,4}$")
_CARD_GROUPS = 4
_MEASURE = re.compile(r" ?(?:块|元|度|方|吨|kwh|立方)")
_DATE = re.compile(r"(?:19|20)\d\d[ -](?:0?[1-9]|1[0-2])[ -](?:[0-2]?\d|3[01])(?!\d)")
_DAY = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])")


class _Group(NamedTuple):
    start: int
    end: int
    digits: str


def find_contacts(text: str) -> List[Value]:
    """Values `account_number`, `phone` and `ticket_number` of a raw text, in the order they stand in it."""
    folded = _folded(text)
    found: List[Value] = []
    for finder in (_tickets, _comma_mobiles, _numbers):
        for entity, start, end, value in finder(folded):
            found.append(Value(entity, start, end, text[start:end], value))
            folded = folded[:start] + _BLANK * (end - start) + folded[end:]
    return sorted(found, key=lambda value: value.start)


_Hit = Tuple[str, int, int, str]


def _folded(text: str) -> str:
    folded = fold_digits(normalise(text)).translate(_DASHES)
    if "洞" in folded or "杠" in folded or "叉" in folded:
        for pattern, meant in _ALOUD:
            folded = pattern.sub(meant, folded)
    return folded


def _tickets(folded: str) -> List[_Hit]:
    """Our numbers with prefix, then without prefix after a cue, then other numbers after a cue."""
    hits: List[_Hit] = []
    for match in _TICKET.finditer(folded):
        body, check = _digits(match.group(3)), match.group(4) or match.group(5)
        if _dated(body):
            number = (match.group(1) + match.group(2)).upper() + body + (f"-{check}" if check else "")
            hits.append(("ticket_number", match.start(), match.end(), number))
    return hits + [hit for hit in _cued_tickets(folded) if _free(hits, hit[1])]


def _cued_tickets(folded: str) -> List[_Hit]:
    hits: List[_Hit] = []
    for match in _BARE_TICKET.finditer(folded):
        body = _digits(match.group(1))
        if _dated(body):
            hits.append(("ticket_number", match.start(1), match.end(), f"{body}-{match.group(2)}"))
    for match in _OTHER_TICKET.finditer(folded):
        number = match.group(1).upper().replace(" ", "")
        if _free(hits, match.start(1)) and not _MOBILE.fullmatch(number):
            hits.append(("ticket_number", match.start(1), match.end(1), number))
    return hits


def _comma_mobiles(folded: str) -> List[_Hit]:
    """A mobile dictated in three breaths: 138，1234，5678."""
    return [("phone", m.start(), m.end(), "".join(filter(None, m.groups()))) for m in _COMMA_MOBILE.finditer(folded)]


def _numbers(folded: str) -> List[_Hit]:
    hits: List[_Hit] = []
    for run in _RUN.finditer(folded):
        if sum(map(str.isdigit, run.group())) >= 7 and not _inside_decimal(folded, run):
            hits.extend(_in_run(folded, run))
    return hits


def _in_run(folded: str, run: "re.Match[str]") -> Iterator[_Hit]:
    """Mobiles first, then phones with an area code, then accounts, each from whole groups of the run."""
    groups = [_Group(m.start(), m.end(), m.group()) for m in _GROUP.finditer(folded, run.start(), run.end())]
    groups = groups[_of_card(folded, groups) :]
    while groups:
        for size in range(min(len(groups), 17), 0, -1):
            hit = _read(folded, groups[:size])
            if hit and not (hit[0] == "account_number" and _hides_mobile(groups, size)):
                yield hit
                groups = groups[size:]
                break
        else:
            groups = groups[1:]


def _of_card(folded: str, groups: List[_Group]) -> int:
    """How many groups are a bank card or a code to type in: groups of four, too many for an account or so announced."""
    fours = next((i for i, group in enumerate(groups) if len(group.digits) != _CARD_GROUPS), len(groups))
    if fours < _CARD_GROUPS:
        return 0
    tail = fours < len(groups) and len(groups[fours].digits) < _CARD_GROUPS
    announced = _NOT_ACCOUNT_CUE.search(folded[max(0, groups[0].start - 20) : groups[0].start])
    return fours + tail if announced or fours > _CARD_GROUPS or tail else 0


def _read(folded: str, groups: List[_Group]) -> Optional[_Hit]:
    """What these groups, joined, are; None if they are nothing."""
    start, end = _edges(folded, groups)
    digits = "".join(group.digits for group in groups)
    mobile = _MOBILE.fullmatch(digits)
    if mobile and _mobile_groups(groups):
        return "phone", start, end, mobile.group(1)
    before = folded[max(0, groups[0].start - 20) : groups[0].start].rstrip("( +")
    if not _ACCOUNT_CUE.search(before):
        phone = _phone(groups, digits, before)
        if phone:
            extension = _EXTENSION.match(folded, end)
            number = phone + (f"-{extension.group(1)}" if extension and extension.end() else "")
            return "phone", start, extension.end() if extension else end, number
    if not mobile and _is_account(folded, groups, digits, before):
        return "account_number", groups[0].start, groups[-1].end, digits
    return None


def _phone(groups: List[_Group], digits: str, before: str) -> Optional[str]:
    """A landline, a hotline or, after a cue, a local number; canonical."""
    cued = bool(_PHONE_CUE.search(before))
    hotline = _HOTLINE.fullmatch(digits)
    if hotline and (cued or len(groups) > 1):
        return "-".join(hotline.groups())
    landline = _LANDLINE.fullmatch(digits)
    if landline and (cued or _splits_at(groups, landline.end(1)) or len(digits) in (11, 12)):
        return "-".join(landline.groups())
    if cued and re.fullmatch(r"[2-8]\d{6,7}", digits) and not _DAY.fullmatch(digits):
        return digits
    return _extended(groups)


def _extended(groups: List[_Group]) -> Optional[str]:
    """Area code, number and extension, each a group: 0551-62837719-8012."""
    if len(groups) != 3 or len(groups[2].digits) > 5:
        return None
    area, local, extension = (group.digits for group in groups)
    landline = _LANDLINE.fullmatch(area + local)
    return f"{area}-{local}-{extension}" if landline and landline.group(1) == area else None


def _is_account(folded: str, groups: List[_Group], digits: str, before: str) -> bool:
    """9 to 16 digits: one group, or evenly spaced ones; no letters, units or dates around."""
    if not 9 <= len(digits) <= 16 or _NOT_ACCOUNT_CUE.search(before):
        return False
    if re.search(r"[十百千万]$", before):
        return False
    if digits[0] == "1" and _MOBILE_CUE.search(before):
        return False  # a mobile with a digit too many or too few
    if re.search(r"[a-z]$", before) and not before.endswith("no"):
        return False
    if re.match(r"[a-z]", folded[groups[-1].end :]) or _MEASURE.match(folded, groups[-1].end):
        return False
    if len(groups) > 1:
        gaps = {folded[a.end : b.start].strip(" ") for a, b in pairwise(groups)}
        longest = max(len(group.digits) for group in groups)
        if len(gaps) > 1 or longest >= 9 or _DATE.match(folded, groups[0].start):
            return False
    return True


def _hides_mobile(groups: List[_Group], size: int) -> bool:
    """True if a mobile begins among the first `size` groups (501 138 1234 5678)."""
    for first in range(size):
        digits = ""
        for last in range(first, min(first + 3, len(groups))):
            digits += groups[last].digits
            if _MOBILE.fullmatch(digits) and _mobile_groups(groups[first : last + 1], inner=True):
                return True
    return False


def _mobile_groups(groups: List[_Group], inner: bool = False) -> bool:
    """Inside a longer run only 11, 3+8, 7+4 or 3+4+4 groups are believed to be a mobile."""
    return not inner or (len(groups[0].digits) >= 3 and len(groups) <= 3)


def _splits_at(groups: List[_Group], length: int) -> bool:
    """True if a group, not the last, ends after `length` digits."""
    total = 0
    for group in groups:
        total += len(group.digits)
        if total == length:
            return len(groups) > 1
    return False


def _edges(folded: str, groups: List[_Group]) -> Tuple[int, int]:
    """Start and end including a leading + and a bracket around the area code."""
    start, end = groups[0].start, groups[-1].end
    while start and folded[start - 1] in "+(":
        start -= 1
    return start, end


def _dated(body: str) -> bool:
    return len(body) == 10 and 1 <= int(body[2:4]) <= 12 and 1 <= int(body[4:6]) <= 31


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def _free(hits: List[_Hit], position: int) -> bool:
    return not any(start <= position < end for _, start, end, _ in hits)


def _inside_decimal(folded: str, run: "re.Match[str]") -> bool:
    before, after = (folded[max(0, run.start() - 2) : run.start()], folded[run.end() : run.end() + 2])
    return bool(re.fullmatch(r"\d\.", before) or re.fullmatch(r"\.\d", after) or before[-1:] in ("¥", "￥", "$"))
