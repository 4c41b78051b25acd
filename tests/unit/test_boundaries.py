"""Whose it is: what the company's table says of the words customers use, and what its validator refuses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kefu.company.data import load_company
from kefu.nlu.normalise import normalise
from tests.support.company import Break

SHIPPED = Path(__file__).parents[2] / "company"
TABLE = load_company(SHIPPED).boundaries
SERVICES = {"e": "electricity", "w": "water", "g": "gas", "h": "heat", "-": None}
# service, words, the part they mean (? none: seen on the spot)
SAID = """
e 电表前面那根线被车挂断皮了 > before
e 电表后面的线坏了归谁修 > after
e 插座没电了 > after
e 家里跳闸推不上去 > after
e 电表烧了谁换 > meter
e 电表黑屏了 > meter
e 小孩拿球把电表砸了 > meter
e 空开没跳 > ?
e 电压忽高忽低 > supply
e 电压低得灯泡只有一丝亮 > supply
e 路灯不亮了 > property
w 水表往前那截有点潮 > before
w 表井里漏水 > before
w 水表后面那截管子坏了 > after
w 家里水龙头关不住 > after
w 表后漏水你们管不管 > after
w 水表坏了谁出钱 > meter
w 水表冻裂了 > meter
w 高层二次供水的水泵归谁管 > pump
w 楼上漏水到我家了 > neighbour
w 水龙头出来的水是黄的 > supply
w 水管漏了谁修 > ?
g 楼道里的燃气管归谁 > before
g 燃气软管老化了谁给换 > hose
g 燃气灶打不着火 > supply
g 气表黑屏了 > meter
g 没气了 > ?
h 家里暖气片漏了归谁管 > after
h 地暖不热要你们修吗 > supply
h 楼道里立管漏水 > before
h 入户阀门锈死了 > meter
h 暖气片漏水还不热 > after
- 楼道里的管子坏了找谁 > public
- 你们上门修要钱吗 > price
- 表坏了谁换 > meter
"""


def cases() -> list[tuple[str | None, str, str]]:
    rows = [line.rsplit(" > ", 1) for line in SAID.strip().splitlines()]
    return [(SERVICES[said[0]], normalise(said[2:]), part) for said, part in rows]


@pytest.mark.parametrize(("service", "text", "wanted"), cases())
def test_the_words_tell_which_side(service: str | None, text: str, wanted: str) -> None:
    part = TABLE.part(service, text)
    assert (part.id if part else "?") == wanted


@pytest.mark.parametrize(("service", "text", "wanted"), [row for row in cases() if row[0]])
def test_before_a_ticket_one_sentence_says_whose_and_what_is_charged(service: str, text: str, wanted: str) -> None:
    said = TABLE.before_ticket(service, text)
    assert said is not None and said.count("\n") == 0 and len(said) < 120
    part = TABLE.part(service, text)
    free = part is not None and part.pays == "company"
    assert ("不收费" in said) if free else ("先报价" in said and "同意" in said), "the price first, or nothing to pay"


@pytest.mark.parametrize("service", ["electricity", "water", "gas", "heat"])
def test_an_answer_tells_both_sides_and_the_source_is_the_companys(service: str) -> None:
    lines = "\n".join(TABLE.answer(service, "坏了归谁修"))
    row = TABLE.services[service]  # type: ignore[index]
    assert row.ours in lines and row.theirs in lines and "先说价" in lines and row.confidence == "company"


@pytest.mark.parametrize(
    "text", ["表后的管子漏气", "灶台有股臭鸡蛋味归谁修", "插座冒火花", "水龙头麻手", "表箱冒烟了", "电线掉下来了"]
)
def test_of_danger_nothing_is_said_about_money(text: str) -> None:
    assert TABLE.before_ticket("gas", text) is None
    assert not any(word in "".join(TABLE.answer("gas", text)) for word in ("有偿", "报价", "收成本费"))


def test_no_danger_where_it_is_denied() -> None:
    assert TABLE.before_ticket("gas", normalise("气表玻璃罩裂了，不漏气")) is not None


@pytest.mark.parametrize(
    ("text", "customer_class", "told"),
    [
        ("表坏了", "business", "供用水合同"),
        ("我们单位的水表坏了", None, "供用水合同"),
        ("水表装在厨房里，表前漏水", None, "到表为止的管还是归我们"),
        ("水表装在楼道，表到我家这段漏", None, "这一截也是您自己的"),
        ("我是租客，龙头坏了", None, "租约"),
    ],
)
def test_the_kind_of_place_counts(text: str, customer_class: str | None, told: str) -> None:
    assert told in "\n".join(TABLE.here("water", text, customer_class))
    assert TABLE.here("water", "表坏了", "resident") == []


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("就我家没电，对门都亮着", True),
        ("邻居家都有电", True),
        ("跳闸了", True),
        ("家里没电了", False),
        ("整栋楼都没电", False),
        ("就我家没电，电箱有焦味", False),
        ("就我一家没电，厨房淹水了", False),
        ("就我家没电，空开看过了没跳", False),
    ],
)
def test_ones_own_switch_is_looked_at_only_alone_and_out_of_danger(text: str, fits: bool) -> None:
    check = TABLE.services["electricity"].self_check
    assert check is not None and check.fits(text) is fits


@pytest.mark.parametrize(
    ("was", "becomes", "why"),
    [
        ("side: after\n        pays: customer", "side: after\n        pays: company", "paid by the customer"),
        ("{part}，修不收费", "{parts}，修不收费", "unknown names in braces: parts"),
        ('    by_cause: "{part}', '    by_whom: "{part}', "before_ticket"),
        ("  heat:\n    border", "  heating:\n    border", "heating"),
        ("words: ['路灯|", "words: ['(路灯|", "not a regular expression"),
        ("      - id: pump", "      - id: after", "written twice"),
    ],
)
def test_a_wrong_table_is_refused_with_file_and_line(broken: Break, was: str, becomes: str, why: str) -> None:
    problems = "\n".join(broken("boundaries", was, becomes))
    assert re.search(rf"boundaries\.yml:\d+: (.|\n)*{why}", problems), problems
