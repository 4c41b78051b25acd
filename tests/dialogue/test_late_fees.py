"""A late fee asked about: one's own days and sums where there is one, the rule where there is none or none is proved."""

from __future__ import annotations

import pytest

from tests.dialogue.billing import City
from tests.dialogue.matters import must
from tests.support.server import Server

RULE = "每天收欠费的0.1%"


@pytest.fixture
def city(server: Server) -> City:
    return City(server)


@pytest.mark.parametrize(
    "text", ["我这单子上两块六的违约金咋算出来的", "凭啥收我滯納金啊", "那笔违约金麻烦说下计算过程"]
)
def test_one_that_was_charged_day_by_day(city: City, text: str) -> None:
    talk = city.customer("late_fee")
    told = talk.say(text)
    for part in (
        "2026年11月账单上收了违约金2.60元",
        "2026年10月账单216.97元",
        "11月16日",
        "11月28日缴清共12天",
        "216.97元 × 0.1% × 12天",
    ):
        must(part in told, f"{part} wanted", talk)
    must("申请免违约金" in told and RULE not in told, "how to ask for a waiver, not the rule in general", talk)
    must(not talk.tickets(), "something was written", talk)
    must("2.60元" in talk.say("申请免违约金"), "the way named there is none", talk)
    must(talk.tickets()[0]["number"] in talk.last, "nothing was written of what was granted", talk)


def test_one_that_runs_by_today_and_by_next_week(city: City) -> None:
    talk = city.customer("in_arrears")
    talk.say("欠着的电费，滞纳金滚到多少了")
    talk.say("更多")
    for part in (
        "2期一共产生违约金4.19元",
        "12月9日（今天）共36天，违约金3.64元",
        "再过7天是4.35元",
        "共5天，违约金0.55元",
    ):
        must(part in talk.heard, f"{part} wanted", talk)


def test_it_stops_while_the_bill_is_checked(city: City) -> None:
    talk = city.customer("in_arrears")
    for text in ("11月的电表数抄错了，给我核查", "不用", "我违约金现在多少"):
        talk.say(text)
    number = talk.tickets(category="dispute_bill")[0]["number"]
    must(f"2026年11月账单正在核查（{number}）" in talk.say("更多") + talk.heard, "it is not said that none runs", talk)
    must("共5天" not in talk.heard and "3.64元" in talk.heard, "the fee of the other bill alone", talk)


@pytest.mark.parametrize("text", ["晚交电费的违约金是怎么个算法", "欠多久会停电，违约金多少"])
def test_without_a_fee_the_rule_is_told(city: City, text: str) -> None:
    talk = city.customer("normal")
    must("违约金" in talk.say(text) or "停" in talk.last, "no answer", talk)
    must("核对）" in talk.last and not talk.tickets(), "the company's own answer", talk)


def test_a_stranger_hears_the_rule_and_nothing_else(city: City) -> None:
    talk = city.customer()
    told = talk.say("户号" + city.number("late_fee") + "的违约金是怎么来的")
    must("2.60" not in told and "216.97" not in told, "told to a stranger", talk)
    must("违约金" in told, "no answer at all", talk)
