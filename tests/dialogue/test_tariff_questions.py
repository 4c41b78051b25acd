"""Another price, and what a usage would cost: reckoned on the customer's own year, asked for, refused with the reason."""

from __future__ import annotations

import pytest

from tests.dialogue.billing import City
from tests.dialogue.matters import must
from tests.dialogue.talking import Talk
from tests.support.server import Server


@pytest.fixture
def city(server: Server) -> City:
    return City(server)


def request(talk: Talk, *parts: str) -> None:
    """The one application of this talk, with these parts in it."""
    found = talk.tickets(category="apply_tariff_change")
    must(len(found) == 1 and found[0]["kind"] == "application", "one application wanted", talk)
    must(found[0]["number"] in talk.heard, "the number was not told", talk)
    must(all(part in str(found[0]["description"]) for part in parts), f"{parts} wanted in {found[0]}", talk)
    must(not talk.broken, f"{talk.broken}", talk)


# --- would it pay off ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("text", ["峰谷的电价对我们家划不划算", "我家改成峰谷合算吗", "办峰谷一年能省多少呀"])
def test_by_hours_never_measured(city: City, text: str) -> None:
    talk = city.customer("normal")
    told = talk.say(text)
    for part in ("837.12元", "用到10.8%以上才划算", "谷时占30%，一年753.13元，省83.99元", "谷时占50%，一年665.96元"):
        must(part in told, f"{part} wanted", talk)
    must(not talk.tickets(), "something was written", talk)


def test_by_hours_measured(city: City) -> None:
    talk = city.customer("peak_valley")
    told = talk.say("我这个峰谷到底划算吗")
    must("1279.78元" in told and "1527.23元，多花247.45元" in told and "不用改" in told, "by his own hours", talk)
    must("2026-11：" in talk.say("更多"), "month by month", talk)


def test_a_stranger_hears_the_prices_only(city: City) -> None:
    talk = city.customer()
    told = talk.say("峰谷电价划算吗")
    must("837.12" not in told and told, "told to a stranger", talk)
    must(not talk.tickets(), "something was written", talk)


# --- asked for -----------------------------------------------------------------------------------------------------------
def test_asked_for_with_papers_day_and_lock(city: City) -> None:
    talk = city.customer("normal")
    must(
        "才划算" in talk.say("帮我把峰谷电价开通了") and "回电" in talk.last, "what it would save, then the call", talk
    )
    reply = talk.say("可以")
    for part in ("户主身份证", "2027年1月1日", "满12个月才能改回来", "5个工作日"):
        must(part in reply, f"{part} wanted", talk)
    request(talk, "申请开通峰谷电价", "yj-elec-res", "近12个月用量")
    must(len(talk.callbacks()) == 1, "no call promised", talk)


def test_persons_are_asked_for_once_and_counted(city: City) -> None:
    talk = city.customer("tier_crossed")
    must("几口人" in talk.say("给我办一户多人口"), "persons not asked for", talk)
    must("回电" in talk.say("六个"), "asked again", talk)
    talk.say("不用")
    request(talk, "客户说6", "户口本或居住证")


@pytest.mark.parametrize(("text", "why"), [("我家三口人，帮我办一户多人口", "要5人以上")])
def test_refused_with_the_reason(city: City, text: str, why: str) -> None:
    talk = city.customer("normal")
    talk.say(text)
    talk.finish()
    must(why in talk.heard and not talk.tickets(), "no reason, or registered all the same", talk)


def test_who_has_it_already_is_told_so(city: City) -> None:
    talk = city.customer("peak_valley")
    must("现在就是这个价格" in talk.say("帮我开通峰谷电价") and "取消峰谷电价" in talk.last, "no reason", talk)
    must(not talk.tickets(), "something was written", talk)


def test_the_change_is_chosen_from_what_is_open(city: City) -> None:
    talk = city.customer("normal", "water")
    replies = talk.server.say(talk.sender, "我要申请改水价类别")
    offered = [button["title"] for reply in replies for button in reply.get("buttons", [])]
    must(offered == ["一户多人口", "改用途"], f"{offered}", talk)
    for text in ("一户多人口", "7口人", "不用"):
        talk.say(text)
    request(talk, "一户多人口（水）", "客户说7")


def test_asked_for_twice_is_one_ticket(city: City) -> None:
    talk = city.customer("peak_valley")
    for text in ("帮我取消峰谷电价", "不用", "帮我取消峰谷电价", "不用"):
        talk.say(text)
    must("已经申请过了" in talk.last, "a second one", talk)
    request(talk, "取消峰谷电价")


def test_a_stranger_proves_it_and_it_goes_on(city: City) -> None:
    talk = city.customer()
    must("户号" in talk.say("帮我开通峰谷电价"), "no proof asked for", talk)
    must("837.12元" not in talk.heard, "told before the proof", talk)
    must("回电" in talk.say("{account}，{digits}"), "it does not go on", talk)
    talk.say("不用")
    request(talk, "申请开通峰谷电价", city.values["account"])


def test_who_cannot_prove_it_is_noted(city: City) -> None:
    talk = city.customer()
    for text in ("帮我取消峰谷电价", "不想说", "不用"):
        talk.say(text)
    request(talk, "户号未核实", "要办的：取消峰谷电价")


def test_danger_first_then_it_goes_on(city: City) -> None:
    talk = city.customer("tier_crossed")
    talk.say("给我办一户多人口")
    must("安全" in talk.say("哎呀电线冒火花了 掉地上了"), "safety first", talk)
    talk.say("就在我家楼下")
    talk.say("接着办")
    must("几口人" in talk.last, "not where it stood", talk)
    for text in ("6口", "不用"):
        talk.say(text)
    request(talk, "客户说6")


# --- what would it cost --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("situation", "service", "text", "wanted"),
    [
        ("normal", None, "再用五十度会咋样", "多花约27.80元"),
        ("normal", None, "用到500度得花多少", "约309.00元"),
        ("normal", None, "如果每天少用两度呢", "少用60度，少花约32.28元"),
        ("normal", None, "我要是控制在150的话", "约80.70元"),
        ("normal", None, "要是用了三百度电，得掏几块", "约166.40元"),
        ("peak_valley", None, "再多用100度要多花多少", "多花约49.56元"),
        ("peak_valley", None, "一天省三度，一个月能省多少呢", "少用90度，少花约44.41元"),
        ("normal", "water", "再用50方呢", "已用115方"),
        ("normal", "gas", "燃氣再燒200方要多少錢", "第二档"),
        ("normal", "gas", "冬天每天用10方气，一个月多少钱", "815.56元"),
    ],
)
def test_worked_on_the_own_price(city: City, situation: str, service: str | None, text: str, wanted: str) -> None:
    talk = city.customer(situation, service)
    told = talk.say(text)
    must(wanted in told and "算法：" in told, f"{wanted} wanted", talk)
    must(not talk.tickets() and not talk.broken, "something was written", talk)


def test_as_a_follow_up_to_a_bill(city: City) -> None:
    talk = city.customer("normal")
    talk.say("我家上个月电费多少")
    must("在168度上再用50度" in talk.say("那再用50度呢"), "another account", talk)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("一个月用350度电要多少钱", ("居民阶梯电价", "195.80元")),
        ("水要是用到200方多少钱", ("居民阶梯水价", "1040.00元")),
        ("假如用400方燃气呢", ("居民阶梯气价", "1055.00元")),
    ],
)
def test_worked_on_the_usual_price_for_anybody(city: City, text: str, wanted: tuple[str, ...]) -> None:
    talk = city.customer()
    told = talk.say(text)
    must(
        all(part in told for part in wanted) and "从第一档算" in told,
        f"{wanted} wanted, and that it is the usual",
        talk,
    )


@pytest.mark.parametrize("text", ["要是超过5天没交会怎样", "上个月怎么多用了50度", "如果停电超过24小时赔多少"])
def test_what_is_no_such_question_is_left_alone(city: City, text: str) -> None:
    must("算法：" not in city.customer("normal").say(text), "taken for a usage", city.customer())
