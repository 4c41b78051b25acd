"""What a customer says of a fault, read against company/quality.yml: a text in, a value out; and the level it is held to.

A value is what JSON can hold: {"number", "said", "side"} of a number in the ask's unit (`side`: under, where less than that
was said), a choice's id, or text.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Literal

from kefu.company.quality import DetailAsk, Level, plain_number
from kefu.nlu.normalise import normalise
from kefu.nlu.values.numerals import NUMBER, read_number

Judged = Literal["below", "above", "within"]
MOST = 120
_CLAUSE = re.compile(r"[，,。；;！!？?\n]+")
_DENIED = re.compile(r"不是[^，,。；;]{1,20}?[，,。；;\s]*(?:而是|应该是|是)")
_NOT_SO = re.compile(r"(?:不是|不光|不只|不止|并非|没说|是不是)$")
_LEFT = r"(?<![\d.零〇一二两三四五六七八九十百千万第])"
_SPAN = rf"(?P<number>{NUMBER})(?:\s?[、到至~\-]\s?(?P<upto>{NUMBER}))?(?:[多来]|左右|上下)?个?\s?"
_TAIL = r"(?P<tail>半|[一二三四五六七八九1-9](?=\Z|[\s,，.。!！?？;；的了吧呢]))?"
_ABOUT_RULE = re.compile(
    r"(承诺|标准|规定|应该|说好|说是|达标|合格|至少|要求|保证|正常|外面|外头|室外|户外|气温|水温|调到|设|开到|往年|去年|以前|原来)[^\d，,。]{0,6}$"
)
_UNDER = re.compile(r"(不到|没到|到不了|不足|不够|达不到|低于|没有|不超过)[^\d，,。]{0,4}$")
_NOT_EVEN = re.compile(r"^(都|也|还)?(不到|没到|没有|不足|不够|达不到)")
_BELOW_ZERO = re.compile(r"(零下|负|-)\s?$")
_FLUFF = r"(?:大概|大约|差不多|估计|也就|就|只有|才|是|有|现在|屋里|家里|约|在|得|应该)*"
_BARE = re.compile(rf"^{_FLUFF}{_SPAN}(?:吧|的|了|样子|呢|啊|的样子)*$")
_PARTICLES = re.compile(r"[吧的了样子呢啊\s]+$")
_OTHER_UNIT = r"(?![\d.]|个|间|组|户|家|天|年|月|点|号|楼|层|片|次|回|分|小时|岁|口|平|块|元|%|栋|幢|单元|室|位|遍|人|种|样|直|整|股|阵|来|多|几)"
_CUED = r"(?P<number>\d{2,3}(?:\.\d)?|[一二两三四五六七八九]?[十百][零一二三四五六七八九十]{0,4})"


def read_detail(ask: DetailAsk, text: str, asked: bool = False) -> Any:
    """The answer to `ask` in this text; None if there is none. `asked`: the text follows the question."""
    plain = _DENIED.sub("", normalise(text.replace("℃", "度").replace("°", "度")))
    if ask.kind == "number":
        return _number(ask, plain, asked)
    if ask.kind == "choice":
        return _choice(ask, plain, asked)
    return text.strip()[:MOST] if asked and text.strip() else None


def _choice(ask: DetailAsk, plain: str, asked: bool) -> str | None:
    """The first choice whose words are met and not denied."""
    for choice in ask.choices:
        words = [*choice.words, *(choice.short if asked else [])]
        for clauses in [plain] if not asked else [plain, *_CLAUSE.split(plain)]:
            if any(not _NOT_SO.search(clauses[: one.start()]) for word in words for one in word.finditer(clauses)):
                return choice.id
    return None


# --- numbers ----------------------------------------------------------------------------------------------------------
def _number(ask: DetailAsk, plain: str, asked: bool) -> dict[str, Any] | None:
    found = [one for one in (*_with_unit(ask, plain), *_without(ask, plain, asked)) if _plausible(ask, one)]
    if not found:
        return None
    return min(found, key=lambda one: Decimal(one["number"])) if ask.lowest else found[0]


def _with_unit(ask: DetailAsk, plain: str) -> list[dict[str, Any]]:
    found = []
    for unit in ask.units:
        for match in re.finditer(rf"{_LEFT}{_SPAN}(?:{unit.words.pattern}){_TAIL}", plain):
            value = _value(plain, match, unit.times)
            if value is not None:
                found.append(value)
    return found


def _without(ask: DetailAsk, plain: str, asked: bool) -> list[dict[str, Any]]:
    """ "电压只有180": the number behind its name; "十六七": alone, right after the question."""
    matches = (
        list(re.finditer(rf"(?:{ask.cue.pattern})[^\d，,。]{{0,3}}?{_CUED}{_OTHER_UNIT}", plain)) if ask.cue else []
    )
    if asked:
        matches += [found for clause in _CLAUSE.split(plain) if (found := _BARE.match(clause))]
    values = (_value(match.string, match, Decimal(1)) for match in matches)
    return [value for value in values if value is not None]


def _value(plain: str, match: re.Match[str], times: Decimal) -> dict[str, Any] | None:
    start, end = match.start("number"), match.end()
    before, after = plain[max(0, start - 10) : start], plain[end : end + 6]
    under = bool(_UNDER.search(before) or _NOT_EVEN.match(after))
    read = read_number(match["number"])
    if read is None or (_ABOUT_RULE.search(before) and not under):
        return None
    number = (read[0] + _tail(match.groupdict().get("tail"))) * times
    number = -number if _BELOW_ZERO.search(before) else number
    said = _PARTICLES.sub("", plain[start:end])
    about = read[1] or times != 1 or match.groupdict().get("upto") is not None
    return {"number": plain_number(number), "said": said, "side": "under" if under else None, "about": about}


def _tail(word: str | None) -> Decimal:
    """十六度半, 十六度五."""
    if word is None:
        return Decimal(0)
    read = read_number(word)
    return Decimal("0.5") if word == "半" or read is None else read[0] / 10


def _plausible(ask: DetailAsk, value: dict[str, Any]) -> bool:
    assert ask.least is not None and ask.most is not None
    return ask.least <= Decimal(value["number"]) <= ask.most


# --- told -------------------------------------------------------------------------------------------------------------
def shown(ask: DetailAsk, value: Any) -> str:
    """An answer as crew and customer read it; a vague number with the customer's own words."""
    if ask.kind == "choice":
        return next((choice.label for choice in ask.choices if choice.id == value), str(value))
    if ask.kind == "words":
        return str(value)
    number = f"{value['number']}{ask.shown or ask.unit}"
    if value["side"] == "under":
        return f"不到{number}"
    return f"约{number}（“{value['said']}”）" if value["about"] else number


def judge(level: Level, value: dict[str, Any]) -> Judged | None:
    """A reading against the promised level, both ends included; None where the words leave it open ("不到20度")."""
    number = Decimal(value["number"])
    if level.least is not None and (number < level.least or (value["side"] == "under" and number == level.least)):
        return "below"
    if value["side"] == "under":
        return None
    if level.most is not None and number > level.most:
        return "above"
    return "within"
