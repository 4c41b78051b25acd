"""Customers as they talk about bills: curt, in dialect, of two minds, with a pencil; what went wrong with them once."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from tests.dialogue.billing import City
from tests.dialogue.matters import must
from tests.dialogue.talking import Talk
from tests.support.server import Server


@pytest.fixture
def city(server: Server) -> City:
    return City(server)


def says(talk: Talk, *texts: str) -> str:
    for text in texts:
        talk.say(text)
    return talk.last


# --- of two minds ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("month", ["不对，是10月的", "10月的", "错了 查10月份的电费"])
def test_the_month_put_right_is_the_one_that_is_checked(city: City, month: str) -> None:
    talk = city.customer("tier_crossed")
    says(talk, "11月你们抄表抄多了吧，核查一下", month, "可以")
    described = talk.tickets(category="dispute_bill")[0]["description"]
    must("2026年10月（" in described and "2026年11月（" not in described, described, talk)
    must(month in described, "the correction is not among his words", talk)


def test_another_relief_instead_is_not_calling_it_off(city: City) -> None:
    talk = city.customer("in_arrears")
    talk.say("我要分期")
    reply = talk.say("算了，缓交吧")
    must("缓交：" in reply and "您看怎么办" in reply, "the other wish was not taken", talk)
    talk.say("好")
    described = talk.tickets(category="request_fee_relief")[0]["description"]
    must("缓交" in described and "算了，缓交吧" in talk.heard + described, "his own words", talk)


def test_what_is_done_already_cannot_be_withdrawn_and_is_told_in_chinese(city: City) -> None:
    talk = city.customer("in_arrears")
    reply = says(talk, "我要分3期交", "算了不要了", "撤销")
    must("resolved" not in reply and "已经办好了" in reply, "an internal word was told", talk)


def test_the_words_we_give_for_a_check_are_one_with_a_month_in_them(city: City) -> None:
    talk = city.customer("tier_crossed")
    must("核查的是2026年10月" in talk.say("我要核查10月的电费"), "the bill was told instead", talk)


# --- buttons and promises --------------------------------------------------------------------------------------------
def test_only_relief_that_is_open_is_offered(city: City) -> None:
    talk = city.customer("in_arrears")
    asked = talk.server.say(talk.sender, "申请免违约金")[0:2]
    titles = [button["title"] for reply in asked for button in reply.get("buttons") or []]
    must("就这样办" in titles and "减免违约金" not in titles, f"{asked}", talk)


def test_no_waiver_is_promised_of_a_fee_no_bill_holds(city: City) -> None:
    talk = city.customer("in_arrears")
    told = talk.say("滞纳金多少")
    must("才能申请免" in told and "我帮您登记" not in told, "promised what is refused", talk)
    must("才能申请免" in talk.say("申请免违约金"), "another reason than before", talk)


def test_parts_with_a_figure_are_a_plan(city: City) -> None:
    talk = city.customer("in_arrears")
    must("分3期" in talk.say("我要分3期交"), "not read as instalments", talk)
    must([t["category"] for t in talk.tickets()] == ["request_fee_relief"], "another ticket", talk)


def test_asked_when_after_a_ticket_its_promise_is_told(city: City) -> None:
    talk = city.customer("tier_crossed")
    says(talk, "电表走得太快了，核查11月的账单", "可以")
    number = talk.tickets(category="dispute_bill")[0]["number"]
    reply = talk.say("什么时候给我答复")
    must(str(number) in reply and "5个工作日" in reply, "not about the ticket", talk)


def test_an_account_cut_off_for_debts_gets_no_crew(city: City) -> None:
    number = city.number("in_arrears")
    account = city.server.api(f"/api/accounts/{number}")
    kept = {k: account[k] for k in ("service", "customer_class", "tariff", "address", "area_code", "holder", "phone")}
    city.server.feed("PUT", f"/api/accounts/{number}", {**kept, "status": "cut_off"})
    talk = city.customer("in_arrears")
    reply = talk.say("我家没电了")
    must("欠费停" in reply and "报修" not in reply, "taken as a fault", talk)


# --- with a pencil ---------------------------------------------------------------------------------------------------
def test_each_sum_of_the_explanation_stands_in_its_part(city: City) -> None:
    """Two-rate bill without a higher tier last year: what rounding leaves is no fen off the tiers' part."""
    talk = city.customer("peak_valley")
    told = talk.say("11月电费为什么比去年11月多")
    check = next(line for line in told.splitlines() if line.startswith("合起来"))
    parts = re.findall(r"\d+\.\d\d", check.split(" = ")[0].split("（")[0])
    above = told.split("合起来")[0]
    must(len(parts) > 1 and all(f"{part}元" in above for part in parts[:-1]), f"{check}", talk)


def test_the_average_a_day_can_be_checked(city: City) -> None:
    talk = city.customer("long_period")
    told = talk.say("跟去年同月比呢")
    days = re.search(r"多算了(\d+)天.*平均每天约?([\d.]+)度(?:（(\d+)度 ÷ (\d+)天）)?算，合([\d.]+)度", told)
    must(days is not None, "no average told", talk)
    assert days is not None
    more, average, used, of_days, found = days.groups()
    exact = Decimal(used) * int(more) / int(of_days) if used else Decimal(average) * int(more)
    must(abs(exact - Decimal(found)) < Decimal("0.01"), f"{days[0]}", talk)


def test_against_a_month_named_after_a_bill(city: City) -> None:
    talk = city.customer("long_period")
    talk.say("电费多少")
    must("2026年11月电费" in talk.say("跟9月比") and "2026年9月电费" in talk.last, "not compared", talk)


def test_heat_by_area_is_not_reckoned_by_a_meter(city: City) -> None:
    told = city.customer("heat_below_18").say("暖气费为什么这么贵")
    assert "抄表数" not in told and "面积" in told


# --- curt, or in dialect ---------------------------------------------------------------------------------------------
def test_more_when_all_is_told(city: City) -> None:
    talk = city.customer("normal")
    must("全部" in says(talk, "电费多少", "更多", "更多"), "asked what was meant", talk)


@pytest.mark.parametrize("text", ["我最晚哪天缴", "几号前"])
def test_whoever_owes_hears_his_own_day(city: City, text: str) -> None:
    talk = city.customer("in_arrears")
    must("210.50元" in talk.say(text) and "都已过缴费期" in talk.last, "the rule in general", talk)


def test_dialect(city: City) -> None:
    talk = city.customer("normal")
    must("电费" in talk.say("啷个这个月电费楞个多哦") and "原因" in talk.last, "no explanation", talk)
    must("309.00元" in talk.say("用到500度好多钱"), "not reckoned", talk)


def test_said_once_more_takes_the_offer(city: City) -> None:
    talk = city.customer("tier_crossed")
    reply = says(talk, "我家6口人能不能便宜点", "6口")
    must("没有登记" not in reply and "6口人" in reply, "the answer was taken for a no", talk)


def test_a_stranger_hears_the_price_without_a_proof(city: City) -> None:
    talk = city.customer()
    must("每立方米5元" in talk.say("水费怎么算的") and "户号" not in talk.last, "a proof was asked for", talk)


def test_a_bare_why_after_a_bill_is_about_the_bill(city: City) -> None:
    talk = city.customer("tier_crossed")
    must("129.12元" in says(talk, "电费多少", "为啥") and not talk.tickets(), "not about the bill", talk)


# --- what was waived, and other months -------------------------------------------------------------------------------
def test_a_waived_fee_is_told_wherever_the_bill_is(city: City) -> None:
    talk = city.customer("late_fee")
    talk.say("申请免违约金")
    for text in ("11月电费多少", "11月电费为什么这么贵"):
        must("已经减免，实际是98.99元" in talk.say(text), "the bill as if nothing had been waived", talk)
    must("= −2.60元" in talk.say("更多"), "the entry is not shown", talk)


def test_against_a_month_of_last_year_that_is_named(city: City) -> None:
    talk = city.customer("normal")
    must("2025年12月电费" in talk.say("11月电费怎么比去年12月多"), "another month", talk)


def test_what_saves_nothing_is_not_recommended(city: City) -> None:
    told = city.customer("normal").say("一户多人口划算吗")
    assert "不省钱" in told and "要办就说" not in told
