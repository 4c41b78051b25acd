"""What counts as an answer to an ask of company/requests.yml: a text in, a value out, or words for what is wrong.

A value is what JSON can hold: text, a choice's id, True or False, {"text", "months"} of a period, {"number", "unit"} of a
quantity, {"number", "peak", "valley"} of a meter, {"text", "at", "until"} of a past moment (ISO 8601; "at" is None where it is not clear), {"text", …}
of a place, yuan as text, a number of persons.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from kefu.billing.invoicing.checks import check_email, check_tax_number, check_title
from kefu.billing.periods import months_named
from kefu.clock import clock, local
from kefu.company.requests import Ask, AskKind
from kefu.intake.meter_numbers import read_meter
from kefu.nlu.normalise import normalise
from kefu.nlu.values import find_values, resolve_time
from kefu.nlu.values.numerals import NUMBER, read_number

MOST = 200
_CLAUSE = re.compile(r"[，,。；;！!？?\n]+")
_DENIED = re.compile(r"不是[^，,。；;]{1,40}?[，,。；;\s]*(?:而是|应该是|就是|是)")
_AFTER_CUE = re.compile(r"^(?:[错对了不的，,\s]|应该|改成|改为|换成|就?是|写|开|填|为|叫|名称|发到|:|：)*")
_LEAD = re.compile(r"^(?:那|就|请|麻烦|给|帮|替|为|开|写|填|用|是|叫|抬头|名称|全称|单位|发票|我们|[:：\s])+(?=.{3})")
_ORGANISATION = re.compile(
    r"[\w（）()·&]{2,40}(?:公司|集团|合作社|事务所|经营部|工作室|商行|超市|饭店|酒店|餐厅|药店|商店|门市部|小学|中学|大学"
    r"|学校|幼儿园|医院|诊所|研究[所院]|委员会|居委会|村委会|协会|银行|支行|中心|[厂店馆])"
)
_SURELY = re.compile(r"有限|股份|合作社|事务所|经营部|工作室|商行|学校|[小中大]学|幼儿园|医院|委员会|饭店|超市|药店")
_ANY_COMPANY = re.compile(
    r"^(?:你们|我们?|咱们?|本|这|那|个|家|的|开|要|电力|自来水|燃气|供[电水气热])*(?:公司|单位|店|厂)$"
)
_TAX_RUN = re.compile(r"[0-9a-z](?:[ \-]?[0-9a-z]){5,30}")
_TAX_TOKEN = re.compile(r"(?<![0-9a-z])[0-9a-z]{15,20}(?![0-9a-z])")
_MAILBOX = re.compile(r"[a-z0-9._%+\-]*@[a-z0-9.\-@]*")
_QQ = re.compile(r"(?<!\d)(\d{5,11})(?!\d)")
_COUNT = r"(\d{1,2}|[一二两三四五六七八九十]{1,3})"
_PERSONS = re.compile(rf"(?<![\d第]){_COUNT}\s*(?:口|个?人(?!工|民)|位)")
_BARE_COUNT = re.compile(rf"^\D{{0,4}}?{_COUNT}个?[了的吧呢啊]?$")
_BARE_NUMBER = re.compile(r"^\D{0,8}?(\d{1,9}(?:\.\d{1,3})?)\D{0,6}$")
_YES = re.compile(r"^(?:对|是|嗯|要|好|可以|行|有|同意|确认|需要|ok)")
_NO = re.compile(r"^(?:不|没|否|无|别)")
_PICTURE = re.compile(r"https?://\S+|[\[【](?:图片|照片|image)[\]】]")
_OF_METER = re.compile(r"[表读抄报字峰谷方吨度]|示数")
_YEARS_AGO = re.compile(r"大前年|前年|去年(?!同)|(?P<count>\d|[一二两三四五])年(多)?(以|之)?前")
_BARE_MONEY = re.compile(
    rf"^\W*(?:大概|大约|差不多|估计|总共|一共|也就|得|有|约)*(?P<number>{NUMBER})(?:多|来)?(?:块|元)?(?:钱|左右|上下|吧|的|样子)*\W*$"
)
_LATEST = re.compile(r"最近|最新|最后|上一?期|这一?期|本期")


@dataclass(frozen=True)
class Said:
    """A customer's text as the readers see it. `asked`: it follows the question. `whole`: all of it may be the answer."""

    text: str
    today: date
    asked: bool = False
    whole: bool = False

    @property
    def plain(self) -> str:
        return normalise(self.text)


def read(ask: Ask, text: str, today: date, asked: bool = False, whole: bool = False) -> Any:
    """The answer to `ask` in this text, None if there is none. Raises ValueError with words for the customer."""
    return READERS[ask.kind](ask, Said(_DENIED.sub("", text), today, asked, whole))


def _cued(ask: Ask, said: Said) -> str | None:
    """What stands behind the words that announce the answer, up to the end of the clause."""
    found = ask.cue.search(said.plain) if ask.cue is not None else None
    if found is None:
        return None
    return _CLAUSE.split(_AFTER_CUE.sub("", said.text[found.end() :]), maxsplit=1)[0].strip()


def _text(ask: Ask, said: Said) -> str | None:
    if said.whole:
        return said.text.strip()[:MOST] or None
    return _cued(ask, said) or None


def _name(ask: Ask, said: Said) -> str | None:
    cued = _cued(ask, said)
    clauses = [_LEAD.sub("", part.strip()) for part in [*([cued] if cued else []), *_CLAUSE.split(said.text)]]
    for clause in clauses:
        found = _ORGANISATION.match(clause)
        known = found and not _ANY_COMPANY.match(found[0]) and (said.asked or cued or _SURELY.search(found[0]))
        if found and known:
            return check_title(found[0])
    if said.whole and clauses:
        return check_title(clauses[0])
    return None


def _period(ask: Ask, said: Said) -> dict[str, Any] | None:
    found = [value.text for value in find_values(said.text) if value.entity == "period"]
    if found:
        return {"text": "、".join(found), "months": months_named(said.text, said.today)}
    latest = _LATEST.search(said.plain) if said.asked else None
    return {"text": latest[0], "months": []} if latest else None


def _amount(ask: Ask, said: Said) -> str | None:
    found = next((value.value["yuan"] for value in find_values(said.text) if value.entity == "amount"), None)
    return found or _bare(said) or _bare_money(said)


def _bare_money(said: Said) -> str | None:
    """ "大概五千", right after the question."""
    found = _BARE_MONEY.match(said.plain) if said.asked else None
    number = read_number(found["number"]) if found else None
    return str(number[0]) if number is not None else None


def _quantity(ask: Ask, said: Said) -> dict[str, Any] | None:
    for value in find_values(said.text):
        if value.entity == "quantity":
            return {"number": value.value["number"], "unit": value.value["unit"]}
    bare = _bare(said)
    return {"number": bare, "unit": None} if bare else None


def _reading(ask: Ask, said: Said) -> dict[str, Any] | None:
    """Any number right after the question; else only where the words are about a meter."""
    return read_meter(said.text) if said.asked or _OF_METER.search(said.plain) else None


def _bare(said: Said) -> str | None:
    """A number without its unit, right after the question."""
    found = _BARE_NUMBER.match(said.plain) if said.asked else None
    return found[1] if found else None


def _persons(ask: Ask, said: Said) -> int | None:
    """ "六口人", "一共7个人"; a bare number right after the question."""
    found = _PERSONS.search(said.plain) or (_BARE_COUNT.match(said.plain.strip()) if said.asked else None)
    read = read_number(found[1]) if found else None
    return int(read[0]) if read is not None else None


def _tax_number(ask: Ask, said: Said) -> str | None:
    plain = _MAILBOX.sub(" ", said.plain)
    cue = ask.cue.search(plain) if ask.cue is not None else None
    token = _TAX_TOKEN.search(plain, cue.end() if cue else 0) or _TAX_TOKEN.search(plain)
    if token is None and (cue or said.asked):
        token = _TAX_RUN.search(plain, cue.end() if cue else 0)
    return check_tax_number(token[0]) if token else None


def _email(ask: Ask, said: Said) -> str | None:
    found = _MAILBOX.search(said.plain)
    if found:
        return check_email(found[0])
    cued = said.asked or (ask.cue is not None and ask.cue.search(said.plain))
    number = _QQ.search(said.plain) if cued and ("qq" in said.plain or said.plain.strip().isdigit()) else None
    if number:
        return f"{number[1]}@qq.com"
    if said.asked and re.fullmatch(r"\s*[a-z0-9._\-]{4,}\s*", said.plain):
        return check_email(said.plain)
    return None


def _phone(ask: Ask, said: Said) -> str | None:
    return next((str(value.value) for value in find_values(said.text) if value.entity == "phone"), None)


def _choice(ask: Ask, said: Said) -> str | None:
    """The one choice meant; None when several are."""
    met = [choice.id for choice in ask.choices if any(_affirmed(word, said.plain) for word in choice.words)]
    return met[0] if len(met) == 1 else None


def _affirmed(word: re.Pattern[str], plain: str) -> bool:
    return any(not re.search(r"[不没别][是开要用写办]?$", plain[: found.start()]) for found in word.finditer(plain))


def _yes_no(ask: Ask, said: Said) -> bool | None:
    if not said.asked:
        return None
    return False if _NO.match(said.plain.strip()) else True if _YES.match(said.plain.strip()) else None


def _photo(ask: Ask, said: Said) -> str | None:
    """A photo, or words for what there is to show."""
    found = _PICTURE.search(said.text)
    return found[0] if found else _text(ask, said)


def _moment(ask: Ask, said: Said) -> dict[str, Any] | None:
    """When something happened, never later than now; in the customer's own words where no clock or day can be read."""
    now = clock.now()
    for value in find_values(said.text):
        text = value.value.get("text") if value.entity == "time" else None
        span = resolve_time(text, now, prefer="past") if text else None
        if span is not None and span[0] <= now:
            return {"text": text, "at": _iso(span[0]), "until": _iso(min(span[1], now))}
    text = said.text.strip()[:60]
    return _past_year(said, now) or ({"text": text, "at": None} if said.whole and text else None)


def _past_year(said: Said, now: datetime) -> dict[str, Any] | None:
    """ "去年停电烧的": some day of that year, the last one counts."""
    found = _YEARS_AGO.search(said.plain)
    if found is None:
        return None
    ago = {"去年": 1, "前年": 2, "大前年": 3}.get(found[0]) or int((read_number(found["count"]) or [1])[0])
    first = local(now).replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    since, until = first.replace(year=first.year - ago), first.replace(year=first.year - ago + 1)
    return {"text": found[0], "at": _iso(since), "until": _iso(until - timedelta(seconds=1))}


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _place(ask: Ask, said: Said) -> dict[str, Any] | None:
    found = [value.value for value in find_values(said.text) if value.entity == "address"]
    place = next((place for place in found if not place.get("negated")), None)
    text = said.text.strip()[:60]
    return place or ({"detail": text, "text": text} if said.whole and text else None)


READERS: dict[AskKind, Callable[[Ask, Said], Any]] = {
    "text": _text,
    "name": _name,
    "period": _period,
    "amount": _amount,
    "quantity": _quantity,
    "reading": _reading,
    "persons": _persons,
    "tax_number": _tax_number,
    "email": _email,
    "phone": _phone,
    "choice": _choice,
    "yes_no": _yes_no,
    "photo": _photo,
    "moment": _moment,
    "place": _place,
}


def shown(ask: Ask, value: Any) -> str:
    """An answer as staff and customer read it."""
    if value is None:
        return ask.default or "没有"
    if ask.kind == "choice":
        return next((choice.label for choice in ask.choices if choice.id == value), str(value))
    if ask.kind == "yes_no":
        return "是" if value else "否"
    if ask.kind == "period":
        return f"{value['text']}{_months(value['months'])}"
    if ask.kind in ("moment", "place"):
        return str(value["text"])
    if ask.kind == "reading":
        parts = [f"{name}{value[key]}" for key, name in (("peak", "峰"), ("valley", "谷")) if value[key]]
        return "，".join([value["number"], *parts])
    if ask.kind == "quantity":
        return f"{value['number']}{UNIT_NAMES.get(value['unit'] or '', '')}"
    return f"{value}{ENDINGS.get(ask.kind, '')}"


def _months(months: list[str]) -> str:
    """（2026-07至2026-09）."""
    return "" if not months else f"（{months[0]}）" if len(months) == 1 else f"（{months[0]}至{months[-1]}）"


ENDINGS: dict[AskKind, str] = {"amount": "元", "persons": "口人"}
UNIT_NAMES = {
    "kWh": "度",
    "m3": "立方米",
    "m2": "平方米",
    "degC": "摄氏度",
    "t": "吨",
    "kW": "千瓦",
    "kVA": "千伏安",
    "V": "伏",
}
