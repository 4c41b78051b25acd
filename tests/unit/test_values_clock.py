"""Times of customers' own making against the clock: Wednesday 2026-12-09, 10:20 in Shanghai unless told otherwise."""

from __future__ import annotations

from datetime import datetime
from typing import Optional
from zoneinfo import ZoneInfo

import pytest

from kefu.nlu.values import find_values, resolve_time

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 12, 9, 10, 20, tzinfo=SHANGHAI)


def at(words: str) -> datetime:
    return datetime.strptime(words, "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)


# Sentence, from, to ("" an instant, "day" to the end of that day).
PAST = [
    ("国庆后第一个工作日就报过", "2026-10-08 00:00", "day"),
    ("国庆之后头一个上班日来的", "2026-10-08 00:00", "day"),
    ("上周第一个工作日", "2026-11-30 00:00", "day"),
    ("入冬以后就没热过", "2026-11-07 00:00", "2026-11-13 23:59"),
    ("大年初三停的电", "2026-02-19 00:00", "day"),
    ("大年三十晚上没电", "2026-02-16 18:00", "2026-02-16 22:00"),
    ("正月初八报的修", "2026-02-24 00:00", "day"),
    ("去年腊月二十三交的", "2026-02-10 00:00", "day"),
    ("中秋那天晚上停的", "2026-09-25 18:00", "2026-09-25 22:00"),
    ("去年国庆停过", "2025-10-01 00:00", "2025-10-07 23:59"),
    ("俩小时前停的", "2026-12-09 08:20", ""),
    ("一个半钟头了", "2026-12-09 08:50", ""),
    ("三刻钟没水了", "2026-12-09 09:35", ""),
    ("两三个钟头了", "2026-12-09 08:20", ""),
    ("停了24小时了", "2026-12-08 10:20", ""),
    ("打昨儿晚上起", "2026-12-08 18:00", "2026-12-08 22:00"),
    ("前儿个晚上", "2026-12-07 18:00", "2026-12-07 22:00"),
    ("大前儿下午", "2026-12-06 13:30", "2026-12-06 17:30"),
    ("半夜两点停的", "2026-12-09 02:00", ""),
    ("八点多停的", "2026-12-09 08:00", ""),
    ("月初交的", "2026-12-01 00:00", "2026-12-10 23:59"),
    ("上个月底交的", "2026-11-25 00:00", "2026-11-30 23:59"),
    ("上半夜停的", "2026-12-08 22:00", "2026-12-09 02:00"),
    ("上礼拜三下晚黑", "2026-12-02 00:00", "day"),
]
FUTURE = [
    ("大后天上午", "2026-12-12 08:30", "2026-12-12 12:00"),
    ("下下周三", "2026-12-23 00:00", "day"),
    ("礼拜天晌午", "2026-12-13 11:30", "2026-12-13 13:30"),
    ("改到后天同一时间", "2026-12-11 00:00", "day"),
    ("腊月二十三来", "2027-01-30 00:00", "day"),
    ("腊月廿九", "2027-02-05 00:00", "day"),
    ("臘月二十三", "2027-01-30 00:00", "day"),
    ("腊月里装", "2027-01-08 00:00", "2027-02-05 23:59"),
    ("正月十五以后", "2027-02-20 00:00", "2027-02-26 23:59"),
    ("元宵节那天", "2027-02-20 00:00", "day"),
    ("大年三十之前", "2026-12-09 10:20", "2027-02-05 00:00"),
    ("钱开春给", "2027-02-04 00:00", "2027-03-31 23:59"),
    ("明年入冬前修好", "2026-12-09 10:20", "2027-11-07 00:00"),
    ("月底前交清", "2026-12-09 10:20", "2026-12-25 00:00"),
    ("下周第一个工作日", "2026-12-14 00:00", "day"),
    ("下个月头一个工作日", "2027-01-04 00:00", "day"),
    ("春节后第一个上班日", "2027-02-15 00:00", "day"),
    ("下午三四点吧", "2026-12-09 15:00", ""),
    ("明儿个头晌", "2026-12-10 08:30", "2026-12-10 12:00"),
    ("后晌四点来", "2026-12-09 16:00", ""),
    ("周五晚8点半", "2026-12-11 20:30", ""),
    ("端午前", "2026-12-09 10:20", "2027-06-09 00:00"),
    ("24小时内给我修好", "2026-12-09 10:20", "2026-12-10 10:20"),
    ("今天晚上八点到十点", "2026-12-09 20:00", "2026-12-09 22:00"),
]


def _check(text: str, start: str, end: str, prefer: str) -> None:
    span = resolve_time(text, NOW, prefer=prefer)  # type: ignore[arg-type]
    assert span is not None
    wanted = at(start[:10] + " 23:59") if end == "day" else at(end or start)
    assert (span[0], span[1].replace(second=0)) == (at(start), wanted)


@pytest.mark.parametrize("text, start, end", PAST)
def test_what_lies_behind(text: str, start: str, end: str) -> None:
    _check(text, start, end, "past")


@pytest.mark.parametrize("text, start, end", FUTURE)
def test_what_lies_ahead(text: str, start: str, end: str) -> None:
    _check(text, start, end, "future")


@pytest.mark.parametrize("text", ["待会儿打给我", "三天两头跳闸", "停了大半天", "几个小时能修好", "24小时客服"])
def test_no_time_to_resolve(text: str) -> None:
    assert [value for value in find_values(text) if value.entity == "time"] == []


@pytest.mark.parametrize(
    "now, text, day",
    [
        ("2024-02-01 09:00", "腊月三十", "2024-02-09"),
        ("2025-01-10 09:00", "腊月三十", "2025-01-28"),  # that month has 29 days: the last one is meant
        ("2020-01-20 09:00", "大年三十晚上", "2020-01-24"),
        ("2033-01-20 09:00", "正月初一", "2033-01-31"),
        ("2026-09-28 09:00", "国庆后第一个工作日", "2026-10-08"),
        ("2026-05-01 09:00", "五一后第一个工作日", "2026-05-06"),
        ("2035-09-01 09:00", "中秋", "2035-09-16"),
        ("2024-02-28 09:00", "明天", "2024-02-29"),
    ],
)
def test_other_years(now: str, text: str, day: str) -> None:
    span = resolve_time(text, at(now))
    assert span is not None and span[0].strftime("%Y-%m-%d") == day


@pytest.mark.parametrize("text, day", [("明天上午，不对，后天上午", "2026-12-11"), ("不是明天是后天", "2026-12-11")])
def test_what_was_taken_back_is_not_resolved(text: str, day: str) -> None:
    times = [value.value["text"] for value in find_values(text) if value.entity == "time"]
    span: Optional[tuple[datetime, datetime]] = resolve_time(times[0], NOW)
    assert len(times) == 1 and span is not None and span[0].strftime("%Y-%m-%d") == day
