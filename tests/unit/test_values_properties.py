"""What holds of any text and any clock: nothing raises, spans fit, a mobile number is never an account number."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kefu.nlu.values import find_values, resolve_time
from kefu.nlu.values.contact import find_contacts

SHANGHAI = ZoneInfo("Asia/Shanghai")

# Pieces that the rules know, so that chance puts together what no customer would.
WORDS = """停电 没水 户号 电话 手机号 工单 座机 打 不是 不对 是 说错了 的 了 ， 。 ： 、 - 到 至 以后 以前 之前 左右 第一 个 一 两 俩 半 几 百 千 万 零 幺 洞 杠
    块 元 毛 度 方 吨 号 楼 号楼 单元 室 栋 村 路 街 小区 花园 阳光 人民 我家 住 在 今天 明天 昨儿 大后天 前儿 下周 上上个月 去年 今年 年 月 日 天 点 时 分 半夜 下午 早 晚
    国庆 春节 腊月 正月 大年 三十 初 廿 二十三 后第一个工作日 入冬 开春 季度 上半年 采暖季 头三个月 同期 这一期 七八 11、12 两个月 小时 钟头 刻钟 前 后 内 工号 师傅 给 五分 星
    BX 2612090042 0551 62837719 1 2 30 45 2026 12 :30 .5 😀 电 水 气 热 來電 請 １３８ ② ㎡ ℃""".split()  # noqa: SIM905
PLAIN = [
    word for word in WORDS if not any(c.isdigit() or c in "一二三四五六七八九十两零幺洞杠百千万廿俩几半" for c in word)
]
PIECES = st.lists(st.sampled_from(WORDS), max_size=12).map("".join)
TEXTS = st.one_of(
    st.text(max_size=60), PIECES, st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=3))).map("".join)
)
FIRST = datetime(2020, 1, 1, tzinfo=SHANGHAI)
CLOCKS = st.integers(0, 16 * 365 * 24 * 60).map(lambda minutes: FIRST + timedelta(minutes=minutes))
MOBILES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
SPOKEN = str.maketrans("0123456789", "零幺二三四五六七八九")
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
SAID = [
    lambda mobile: mobile,
    lambda mobile: f"{mobile[:3]} {mobile[3:7]} {mobile[7:]}",
    lambda mobile: f"{mobile[:3]}-{mobile[3:7]}-{mobile[7:]}",
    lambda mobile: mobile.translate(SPOKEN),
    lambda mobile: mobile.translate(FULL_WIDTH),
    lambda mobile: f"+86{mobile}",
]


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_any_text_is_read(text: str) -> None:
    values = find_values(text)
    for value in values:
        assert 0 <= value.start < value.end <= len(text) and text[value.start : value.end] == value.text
        json.dumps(value.value)
    starts = [value.start for value in values]
    assert starts == sorted(starts)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(PLAIN), max_size=4).map("".join), MOBILES, st.sampled_from(SAID), st.sampled_from(PLAIN)
)
def test_a_mobile_is_never_an_account(before: str, mobile: str, say, after: str) -> None:
    found = [(value.entity, value.value) for value in find_contacts(before + say(mobile) + after)]
    assert [entity for entity, _ in found if entity == "account_number"] == []


@settings(max_examples=400, deadline=None)
@given(PIECES, CLOCKS, st.sampled_from(["past", "future"]))
def test_any_time_is_resolved_at_any_clock(text: str, now: datetime, prefer) -> None:
    for said in (text, *(value.text for value in find_values(text) if value.entity == "time")):
        span = resolve_time(said, now, prefer=prefer)
        if span is not None:
            assert span[0].tzinfo is not None and span[1].tzinfo is not None
            assert span[0] <= span[1]


@settings(max_examples=100, deadline=None)
@given(CLOCKS)
@pytest.mark.parametrize(
    "text",
    [
        "明天上午",
        "下下周三",
        "上个月5号",
        "国庆后第一个工作日",
        "腊月二十三",
        "正月十五以后",
        "端午",
        "中秋",
        "开春",
        "年前",
        "月底前",
        "三刻钟前",
        "半夜两点",
    ],
)
def test_usual_times_have_a_meaning_at_any_clock(text: str, now: datetime) -> None:
    for prefer in ("past", "future"):
        span = resolve_time(text, now, prefer=prefer)  # type: ignore[arg-type]
        assert span is not None and abs(span[0] - now) < timedelta(days=800)
