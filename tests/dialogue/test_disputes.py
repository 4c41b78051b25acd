"""A bill that is doubted: which one, what about it, one ticket with the whole case; nothing asked twice, nothing to strangers."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.dialogue.billing import City
from tests.dialogue.matters import must
from tests.dialogue.states import PHONE
from tests.dialogue.talking import Talk
from tests.support.photos import data_url, photo
from tests.support.server import Server

WHAT = "您觉得是哪里不对"


@pytest.fixture
def city(server: Server) -> City:
    return City(server)


def case(talk: Talk, *parts: str) -> str:
    """The description of the one dispute of this talk, which holds these parts."""
    found = talk.tickets(category="dispute_bill")
    must(len(found) == 1 and found[0]["kind"] == "dispute", "one dispute wanted", talk)
    must(found[0]["number"] in talk.heard, "the number was not told", talk)
    description = str(found[0]["description"])
    must(all(part in description for part in parts), f"{parts} wanted in {description}", talk)
    must(not talk.broken, f"{talk.broken}", talk)
    return description


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("这电表跑得跟飞一样 肯定走快了 给我核查", "表走得不准"),
        ("师傅把数抄串了吧，帮忙核实一下电费账单", "表数抄得不对"),
        ("我家大半年没人住，这电费账单肯定不对，给核查", "表走得不准"),
        ("电费单上的估抄数不对，要求核查", "估算的用量不对"),
    ],
)
def test_what_is_doubted_is_taken_from_the_words(city: City, text: str, doubt: str) -> None:
    talk = city.customer("normal")
    talk.say(text)
    must(WHAT not in talk.last and "回电" in talk.last, "asked what was said, or not for the call", talk)
    must("总闸" in talk.last and "照样登记" in talk.last, "what can be tried first is not offered", talk)
    reply = talk.say("可以")
    case(talk, f"账单核查：{doubt}", "表数：", "近13期用量", text)
    must("5个工作日" in reply and "不计违约金" in reply and "不会因此停电" in reply, "what holds meanwhile", talk)
    must(("校验费30元" in reply) == (doubt == "表走得不准"), "who pays the test", talk)
    must([call["phone"] for call in talk.callbacks()] == [PHONE], "no call promised", talk)


@pytest.mark.parametrize(("answer", "doubt"), [("阶梯算得不对", "阶梯算得不对"), ("反正我觉得多了", "其他")])
def test_what_is_doubted_is_asked_once_with_buttons(city: City, answer: str, doubt: str) -> None:
    talk = city.customer("tier_crossed")
    talk.say("上个月电费怎么翻了一倍还多")
    replies = talk.server.say(talk.sender, "要核查")
    asked = replies[-1]
    must(WHAT in asked["text"] and len(asked["buttons"]) == 8, f"asked with buttons: {replies}", talk)
    must("回电" in talk.say(answer), "asked twice", talk)
    talk.say("不用")
    case(talk, f"账单核查：{doubt}", "2026年11月", "420度", "要核查")
    must(not talk.callbacks(), "a call nobody wanted", talk)


def test_the_bill_just_explained_is_meant(city: City) -> None:
    talk = city.customer("normal")
    talk.say("10月份电费是多少呀")
    must("2026年10月电费" in talk.say("这期不对，表抄错了，帮我核查"), "another bill", talk)
    talk.say("不用")
    case(talk, "2026年10月（")


def test_the_month_is_corrected_and_the_own_reading_goes_along(city: City) -> None:
    talk = city.customer("normal")
    talk.say("10月的单子数抄错了吧 表上明明才九千一百 给查查")
    must("9月" in talk.say("不对，说错了，是9月的单子"), "the correction is not said back", talk)
    must(WHAT not in talk.last, "asked what was said", talk)
    talk.say("不用")
    case(talk, "2026年9月（", "自报表数：9100")


def test_a_month_without_a_bill_is_said(city: City) -> None:
    talk = city.customer("normal")
    must("没有您说的那个月的账单" in talk.say("2019年3月的电费抄表抄错了，核查一下"), "passed over", talk)


def test_a_second_dispute_of_the_same_bill_adds_to_the_first(city: City) -> None:
    talk = city.customer("normal")
    talk.say("电表跑快了吧，我要求核查")
    talk.say("可以")
    number = talk.tickets()[0]["number"]
    reply = talk.say("刚又去看了下，灯还闪，这电费账单你们再核查核查，表有毛病")
    must(number in reply and "补充进去" in reply, "a second ticket", talk)
    must("回电" not in reply and WHAT not in reply, "asked again", talk)
    case(talk)
    must(len(talk.callbacks()) == 1, "a second call", talk)


def test_a_stranger_proves_it_and_it_goes_on(city: City) -> None:
    talk = city.customer()
    must("户号" in talk.say("我家电表走得太快，账单我不认，给核查"), "no proof asked for", talk)
    must("2026年11月电费" in talk.say("{account}，{digits}"), "what was said is lost", talk)
    talk.say("可以")
    case(talk, "表走得不准", city.values["account"])


@pytest.mark.parametrize("refusal", [("不想说",), ("{other}，0000",) * 3])
def test_who_cannot_prove_it_is_noted_and_told_nothing(city: City, refusal: tuple[str, ...]) -> None:
    talk = city.customer()
    talk.say("{other}这户的水表跑得不对，账单给核查核查")
    for text in refusal:
        talk.say(text)
    talk.finish()
    description = case(talk, "户号未核实", "表走得不准")
    must(talk.tickets()[0]["phone"] == PHONE and talk.callbacks(), "no call promised", talk)
    must(talk.tickets()[0]["account_number"] is None, "on an account nobody proved", talk)
    for told in (city.values["other_amount"], "近13期用量"):
        must(told not in talk.heard and told not in description, f"{told} was told", talk)


def test_danger_first_then_it_goes_on(city: City) -> None:
    talk = city.customer("tier_crossed")
    talk.say("这电费我不认，给我核查")
    must("安全" in talk.say("等下 厨房里一股煤气味 呛人"), "safety first", talk)
    talk.say("就在我家厨房")
    talk.finish()
    must("回电" in talk.heard, "it did not come back", talk)
    case(talk, "2026年11月")
    must(len(talk.tickets()) == 2, "danger and dispute wanted", talk)


def test_photos_go_along(city: City) -> None:
    talk = city.customer("normal")
    talk.say("电表抄错了，给我核查这期电费")
    body = {"sender": talk.sender, "message": "[照片]", "metadata": {"image": data_url(photo((400, 300)))}}
    talk.server.client.post("/webhooks/rest/webhook", json=body).raise_for_status()
    talk.say("不用")
    case(talk, "表数抄得不对")
    must(len(talk.tickets()[0]["attachments"]) == 1, "the photo is not with the ticket", talk)


def test_just_note_it_keeps_the_whole_case(city: City) -> None:
    talk = city.customer("normal")
    for text in ("这个月电费我不认，给我核查", "别的说不上来，先登记吧", "不用"):
        talk.say(text)
    case(talk, "账单核查：其他", "表数：")


def test_by_area_no_meter_is_doubted(city: City) -> None:
    talk = city.customer("heat_below_18")
    asked = talk.server.say(talk.sender, "这期热费账单我不认，要求核查")
    titles = [button["title"] for reply in asked for button in reply.get("buttons", [])]
    must("价格不对" in titles and "表走得不准" not in titles, f"{titles}", talk)
    talk.say("我家面积给我多算了")
    talk.say("不用")
    case(talk, "账单核查：其他", "面积给我多算了")


def test_cancelled_leaves_nothing(city: City) -> None:
    talk = city.customer("normal")
    talk.say("电费不对，我要核查")
    must("没有登记" in talk.say("算了，不办了") and not talk.tickets(), "something was registered", talk)


def test_a_second_wish_waits(city: City) -> None:
    talk = city.customer("normal")
    talk.say("表走快了，帮我核查电费")
    must("17:30" in talk.say("对了，你们营业厅几点关门"), "not answered", talk)
    talk.say("可以")
    case(talk, "表走得不准")


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    text=st.text(min_size=1, max_size=40) | st.sampled_from(["表上", "表上是", "表上99999999999999", "不是11月", "?"])
)
def test_any_text_is_answered(server: Server, text: str) -> None:
    """At every question; "出了错" is what a failed turn says."""
    talk = City(server).customer("normal")
    for said in ("要核查电费账单", text, text, "可以"):
        assert not re.search("系统刚才出了错", server.text(talk.sender, said))
