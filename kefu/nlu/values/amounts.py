"""Money and measured quantities in Chinese text: 一百二十八块五, 三百多, 300度, 16度 (in the room), 15方."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Dict, List, Optional, Tuple

from kefu.nlu.normalise import normalise
from kefu.nlu.values.numerals import ARABIC, DIGIT_VALUES, NUMBER, SPOKEN, read_number
from kefu.nlu.values.types import Value

_ONE = r"[\d一二两三四五六七八九壹贰叁肆伍陆柒捌玖]"
_ROUGH = r"[多来几]"
_START = r"(?=[\d零〇一二两三四五六七八九十百千万俩仨半壹贰叁肆伍陆柒捌玖拾¥])(?<!\d[.,])(?<![\d.几零〇一二两三四五六七八九十百千万第])"
_AROUND = r"(?P<around>左右|上下|出头)?"
_YUAN = r"(?:块钱|元钱|块(?!儿|头|[电水气]?表|砖|玻|板|牌|墙|地|屏|电池|去|来|走)|元(?!旦|月|宵|素)|圆(?!形|的))"
_TAIL = rf"(?:(?P<jiao>{_ONE})(?:[毛角](?P<fen>{_ONE})?分?|(?![\d.个天度方吨号楼点月年小分多十百千万平层根次张户趟家台支只条节包袋桶位套件项处遍回页顿筐箱车立])|(?=多))|(?P<half>半))"
_MONEY = re.compile(
    rf"{_START}(?:¥ ?(?P<mark>{ARABIC}万?)(?:元|块)?(?P<mark_more>多)?"
    rf"|(?P<yuan>{NUMBER}{_ROUGH}?万?){_YUAN}{_TAIL}?(?P<more>多)?钱?{_AROUND}"
    rf"|(?P<mao>{_ONE}|十[一二三四五六七八九]?)[毛角](?!病|巾|坯|度|落|色|线|衣)(?P<mao_fen>{_ONE}(?![度个]))?分?钱?"
    rf"|(?P<cents>{_ONE})分钱"
    rf"|(?P<bare>[一二两三四五六七八九十百千]*[百千万]|\d{{2,6}})多(?![一-龥]{{0,2}}[度方吨伏年岁]|[平户个天人次分小米公斤里字页条家名位点号斤瓦千立栋层台张块元封]))"
)
# A sum without its unit, where a verb of paying or the name of a charge stands before: 交了三百五, 扣我1286.5, 欠费1286.
_PAID = re.compile(
    r"(?:[交缴扣充付欠退存花]|收(?!到)|[电水气热暖]费|欠费|余额|结余)(?:费|了|我|给|过|掉|进去|的|还?剩|还有|一共|才|是|:|,| ){0,3}"
    rf"(?P<sum>\d{{1,5}}\.\d{{1,2}}|[1-9]\d{{2,4}}|[一二两三四五六七八九]{SPOKEN}{{1,6}})(?=\Z|[\s,。!?;了吧呢啊]|到账|没到|还没|左右|上下)(?! ?\d)"
)
_ABOUT = re.compile(r"(?:大概|大约|差不多|约|将近|接近|快|近|得有)[是有花要交了]{0,2}\Z")

# Marks that normalising would blank, one character for one.
_MARKS = str.maketrans({"℃": "摄", "°": "度", "㎡": "平", "㎥": "方", "㎾": "瓩", "㏄": " "})
_UNITS = (
    ("kWh", "千瓦时|kwh"),
    ("degC", "摄氏度|摄|度c"),
    ("m2", "平方米|平米|平方|m2|平(?![均安时台常衡房价台])"),
    ("m3", "立方米|立方|m3|方(?![面案向便式法言位针圆米协通程])"),
    ("t", "吨"),
    ("kW", "千瓦|kw|瓩"),
    ("kVA", "千伏安|kva"),
    ("V", "伏(?!安)特?|v(?![a-z])"),
    ("degree", "度(?![假过数])"),
    ("count", "个?字(?![一-龥]?[体母])"),
)
_UNIT = "|".join(rf"(?P<{name}>{words})" for name, words in _UNITS)
_SAID_TAIL = r"(?P<half>半(?![天夜年个月小])|(?<=度)[一二三四五六七八九1-9](?=\Z|[\s,.。!?;的了吧呢]))"
_QUANTITY = re.compile(rf"{_START}(?P<number>{NUMBER}){_ROUGH}?个?(?:{_UNIT})(?P<after>多)?{_SAID_TAIL}?{_AROUND}")

_WARM = re.compile(r"屋|室|温|暖|家里|卧|客厅|房间|供热|热|冷|凉|摄氏|零下|达标|冻|阴面|空调")
_COLD_SCALE = re.compile(r"零下 ?\Z")
_POWER = re.compile(r"用电|电费|电量|电表|抄表|表上|千瓦|度电|耗电|走了|跑了|用了|电字")
_CLAUSE_END = re.compile(r"[，。,;；!！?？\n]")
_ROOM_LIMIT = 45
_NEAR = 14


def _value(entity: str, text: str, start: int, end: int, value: object) -> Value:
    return Value(entity, start, end, text[start:end], value)


def _about(plain: str, start: int) -> bool:
    return bool(_ABOUT.search(plain[max(0, start - 6) : start]))


def _number(words: str) -> Optional[Tuple[Decimal, bool]]:
    """The number in words such as 五百来, 三百多, 1,286.5, 十几万."""
    many = words.endswith("万") and len(words) > 1 and words[-2] in "多来几"
    core = words[:-1] if many else words
    rough = core[-1] in "多来"
    read = read_number(core[:-1] if rough else core)
    if read is None:
        return None
    return read[0] * (10000 if many else 1), rough or read[1]


def _digit(word: Optional[str]) -> int:
    return 0 if not word else int(word) if word.isdigit() else DIGIT_VALUES[word]


def _yuan(match: "re.Match[str]") -> Optional[Tuple[Decimal, bool]]:
    """The sum in yuan and whether it is approximate."""
    if match["mao"]:
        read = read_number(match["mao"])
        return (read[0] / 10 + Decimal(_digit(match["mao_fen"])) / 100, False) if read else None
    if match["cents"]:
        return Decimal(_digit(match["cents"])) / 100, False
    read = _number(match["mark"] or match["yuan"] or match["bare"])
    if read is None:
        return None
    part = (
        Decimal(_digit(match["jiao"])) / 10
        + Decimal(_digit(match["fen"])) / 100
        + (Decimal("0.5") if match["half"] else 0)
    )
    rough = match["mark_more"] or match["more"] or match["bare"] or match["around"]
    return read[0] + part, read[1] or bool(rough)


def _is_no_money(plain: str, match: "re.Match[str]") -> bool:
    """一块 (together, one piece) and 这一块 are no money, 一块钱 and 一块五 are."""
    if match[0] in ("一块", "两块"):
        return match[0] == "一块" or plain[match.end() : match.end() + 1] in tuple("表砖板牌电水")
    return plain[max(0, match.start() - 1) : match.start()] in ("这", "那", "哪") and not match["mark"]


def find_amounts(text: str) -> List[Value]:
    """All sums of money: {"yuan": "128.50", "approx": False}."""
    plain = normalise(text)
    found = []
    for match in _MONEY.finditer(plain):
        sum_ = None if _is_no_money(plain, match) else _yuan(match)
        if sum_ is not None:
            yuan = str(sum_[0].quantize(Decimal("0.01"), ROUND_HALF_UP))
            hundreds = plain[max(0, match.start() - 1) : match.start()] in ("上", "数") and match[0][0] in "百千万"
            approx = sum_[1] or hundreds or _about(plain, match.start())
            found.append(_value("amount", text, match.start(), match.end(), {"yuan": yuan, "approx": approx}))
    return found + [_value("amount", text, start, end, value) for start, end, value in _paid(plain)]


def _near(plain: str, match: "re.Match[str]") -> bool:
    return _about(plain, match.start("sum")) or plain.startswith(("左右", "上下"), match.end())


def _paid(plain: str) -> List[Tuple[int, int, Dict[str, object]]]:
    """Sums whose unit goes without saying; spoken ones must be hundreds or more (交了三百五, not 交了两三)."""
    sums = []
    for match in _PAID.finditer(plain):
        words = match["sum"]
        read = read_number(words) if words[0].isdigit() or re.search(r"[百千万]", words) else None
        if read is not None:
            yuan = str(read[0].quantize(Decimal("0.01"), ROUND_HALF_UP))
            sums.append((*match.span("sum"), {"yuan": yuan, "approx": read[1] or _near(plain, match)}))
    return sums


def _clause(plain: str, start: int, end: int) -> Tuple[str, str]:
    """What stands before and after within the clause, some characters each way."""
    before = _CLAUSE_END.split(plain[max(0, start - _NEAR) : start])[-1]
    return before, _CLAUSE_END.split(plain[end : end + _NEAR])[0]


def _degree(plain: str, match: "re.Match[str]", number: Decimal) -> str:
    """度 is a kilowatt hour, unless the talk is of rooms and heating."""
    before, after = _clause(plain, match.start(), match.end())
    if _COLD_SCALE.search(before):
        return "degC"
    if number > _ROOM_LIMIT or after.lstrip("的 ").startswith("电") or _POWER.search(before):
        return "kWh"
    if _WARM.search(before) or (_WARM.search(after) and not _POWER.search(after)):
        return "degC"
    if re.search(r"冷|凉|冻|不热|不达标", plain[match.end() : match.end() + _NEAR]) and "电" not in before + after:
        return "degC"
    if match["half"]:
        return "degC"  # 十四度八: nobody counts tenths of a kilowatt hour
    wider = plain[max(0, match.start() - 2 * _NEAR) : match.start()]
    return "degC" if re.search(r"屋里|室温|温度|暖气|地暖|供暖", wider) and not _POWER.search(wider) else "kWh"


def _unit(plain: str, match: "re.Match[str]", number: Decimal) -> str:
    name = next(name for name, _ in _UNITS if match[name])
    if name == "degree":
        return _degree(plain, match, number)
    if name == "count":
        meters = re.findall(r"[电水气]", plain[max(0, match.start() - 20) : match.start()])
        return "kWh" if meters[-1:] == ["电"] or plain[match.end() : match.end() + 2].endswith("电") else "m3"
    return name


def _tail(word: Optional[str]) -> Decimal:
    """What stands behind the unit: 十二方半, 十八度二."""
    return Decimal("0.5") if word == "半" else Decimal(_digit(word)) / 10 if word else Decimal(0)


def _is_no_quantity(plain: str, match: "re.Match[str]") -> bool:
    """一度 (once, or the unit of a price) counts only as 一度电; 三方协议, 几个字 are no measures."""
    before, after = plain[max(0, match.start() - 3) : match.start()], plain[match.end() : match.end() + 1]
    if match["degree"] and match["number"] in ("一", "1"):
        return after != "电" or bool(re.search(r"[块毛元角分钱每]", before))
    if match["count"]:
        return not re.search(r"[表水气电走用跑]", plain[max(0, match.start() - 10) : match.end() + 6])
    return match["m3"] == "方" and match["number"] in ("一", "两", "三", "多") and after != "水"


def find_quantities(text: str) -> List[Value]:
    """All measured quantities: {"number": "300", "unit": "kWh", "approx": False}."""
    plain = normalise(text.translate(_MARKS))
    found = []
    for match in _QUANTITY.finditer(plain):
        read = None if _is_no_quantity(plain, match) else read_number(match["number"])
        if read is None:
            continue
        unit = _unit(plain, match, read[0])
        below = unit == "degC" and bool(_COLD_SCALE.search(plain[max(0, match.start() - 3) : match.start()]))
        amount = read[0] + _tail(match["half"])
        number = f"{-amount if below else amount:f}"
        rough = bool(re.search(_ROUGH, match[0]) or match["around"] or read[1] or _about(plain, match.start()))
        found.append(
            _value("quantity", text, match.start(), match.end(), {"number": number, "unit": unit, "approx": rough})
        )
    return found
