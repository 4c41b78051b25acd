"""How serious a complaint is by its words; what is denied or only feared does not count as a fact."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kefu.company.data import CompanyData
from kefu.company.desk import GRADES
from kefu.nlu.normalise import normalise
from tests.support.company import Break

DENIED = [
    "没有受伤，就是吓了一跳",
    "人倒没受伤，裤子刮破了",
    "没伤着人，就是吓人",
    "受伤倒没有",
    "没有任何人受伤",
    "没有一个人受伤",
    "并没有人因此受伤",
    "幸亏没摔倒",
    "我不是要曝光你们，只想把事办了",
    "我不想找记者",
    "也没打算发抖音",
    "没必要闹到电视台",
    "我不会去打12345",
    "家里没有老人和小孩",
    "他没有骂人，也没有打人",
    "没收我红包",
]
COUNTS = {
    "再不解决就曝光": "critical",
    "不给说法我就找记者": "critical",
    "没人管我要曝光": "critical",
    "不赔就发抖音": "critical",
    "不是没有人受伤，是两个人受了伤": "critical",
    "没有受伤的是我，我爸骨折了": "critical",
    "上台阶的时候触电了": "critical",
    "万一有人触电怎么办": "serious",
    "迟早要出人命": "serious",
    "打过12345了": "serious",
    "老人冻得直哆嗦": "serious",
    "我们这栋二十几户都这样": "serious",
    "我第三次打了": "serious",
    "柜员嗑瓜子": "ordinary",
}


@pytest.mark.parametrize("text", DENIED)
def test_what_is_denied_raises_nothing(company: CompanyData, text: str) -> None:
    assert company.grades.of(normalise(text)) == ("ordinary", [])


@pytest.mark.parametrize("text", COUNTS)
def test_what_is_said_counts_with_its_reason(company: CompanyData, text: str) -> None:
    grade, reasons = company.grades.of(normalise(text))
    assert grade == COUNTS[text] and bool(reasons) == (grade != "ordinary")


def test_somebody_named_is_always_a_reason_and_serious_for_conduct(company: CompanyData) -> None:
    reason = company.grades.named.reason
    assert company.grades.of("抄表时间太早了", "1006") == ("ordinary", [reason])
    assert company.grades.of("态度很差", "1006") == ("serious", [reason])


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.sampled_from(sorted(COUNTS)))
def test_more_words_never_lower_it(company: CompanyData, more: str, text: str) -> None:
    alone, together = company.grades.of(text)[0], company.grades.of(f"{text}。{more}")[0]
    assert GRADES.index(together) >= GRADES.index(alone)


@pytest.mark.parametrize(
    ("name", "was", "becomes", "why"),
    [
        ("grades", "repeated: serious", "repeated: bad", "repeated"),
        ("grades", "customers: 3", "customers: 1", "customers"),
        ("grades", 'words: ["记者|', 'words: ["(记者|', "regular expression"),
        ("complaints", "same: 4\n", "same: 0\n", "same"),
        ("complaints", "  - {at_least: 0, points: 0}\n  # the", "  # the", "row for 0"),
        ("complaints", "place: {same: 1, other: -8}", "place: {same: 1, other: 8}", "other"),
        ("complaints", "month: 2", "month: 1", "month"),
        ("indicators", "- code: privacy", "- code: integrity", "written twice"),
        (
            "indicators",
            "desk: 质检与回访台\n  at_place: false\n  words: ['泄露",
            "desk: 没有台\n  words: ['泄露",
            "no desk 没有台",
        ),
        ("indicators", "- code: other\n", "- code: other\n  words: [啥]\n", "must fit everything"),
    ],
)
def test_wrong_rules_are_refused_with_file_and_line(broken: Break, name: str, was: str, becomes: str, why: str) -> None:
    problems = broken(name, was, becomes)
    assert any(p.startswith(f"{name}.yml:") and p.split(":")[1].isdigit() and why in p for p in problems), problems


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("停电也不提前通知一声", "outage_notice"),
        ("抢修的师傅说好两点到，等了一下午", "repair_arrival"),
        ("抄表的连着三个月估抄", "meter_reading"),
        ("窗口的人爱答不理", "hall_service"),
        ("说好回电的没人给我回电话", "first_contact"),
        ("交完费了还不给送电", "restored_after_payment"),
        ("师傅私下收我两百", "integrity"),
        ("水龙头出来的水发黄", "water_quality"),
        ("卧室才十五度", "room_temperature"),
        ("挖的沟没有回填，什么态度", "site_restored"),
        ("你们那个机器人听不懂人话", "assistant"),
        ("随便什么都不满意", "other"),
    ],
)
def test_a_complaint_is_counted_under_its_indicator_with_the_reason(company: CompanyData, text: str, code: str) -> None:
    indicator, why = company.indicators.of(normalise(text), "complain")
    assert indicator.code == code and why and indicator.standard and indicator.source


def test_a_category_goes_before_words(company: CompanyData) -> None:
    assert company.indicators.of("停电不通知，冰箱坏了", "claim_damage")[0].code == "damage_claim"
