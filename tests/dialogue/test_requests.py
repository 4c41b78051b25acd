"""Applications asked row by row: all at once, one by one, wrong, corrected, interrupted, declined; nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.dialogue.matters import must
from tests.dialogue.states import PHONE
from tests.dialogue.talking import Talk
from tests.support.server import Server

NUMBERS = count(1)
TITLE, TAX, MAIL = "云江餐饮有限公司", "91350100M000100Y43", "a@b.cn"
ALL = f"给我开张上个月的电费发票，抬头{TITLE}，税号{TAX}，发到{MAIL}"


@pytest.fixture
def talk(server: Server, values: dict[str, str]) -> Iterator[Talk]:
    """A customer who has proved his account."""
    one = Talk(server, f"request-{next(NUMBERS)}", values)
    server.sign_in(one.sender, values["account"])
    yield one
    assert not one.broken, f"{one.broken}\n{one}"


@pytest.fixture
def stranger(server: Server, values: dict[str, str]) -> Iterator[Talk]:
    one = Talk(server, f"request-{next(NUMBERS)}", values)
    yield one
    assert not one.broken, f"{one.broken}\n{one}"


def says(talk: Talk, *texts: str) -> str:
    for text in texts:
        talk.say(text)
    return talk.last


def noted(talk: Talk, *parts: str) -> str:
    """The description of the one invoice ticket, which holds these parts."""
    found = talk.tickets(category="ask_invoice")
    must(len(found) == 1 and found[0]["kind"] == "application", "one application wanted", talk)
    must(found[0]["number"] in talk.heard, "the number was not told", talk)
    description = str(found[0]["description"])
    must(all(part in description for part in parts), f"{parts} wanted in {description}", talk)
    return description


def test_everything_in_one_message(talk: Talk) -> None:
    must("回电" in talk.say(ALL), "something is asked that was said", talk)
    must("公司" not in talk.last.splitlines()[0], "told how it is done to who wants it done", talk)
    talk.say("可以")
    noted(talk, "2026-11 账单", f"抬头：{TITLE}", f"税号：{TAX}", f"邮箱：{MAIL}")
    must([call["phone"] for call in talk.callbacks()] == [PHONE], "no call promised", talk)


def test_one_by_one(talk: Talk) -> None:
    asked = [talk.say(text) for text in ("我要开发票", "单位的", "云江茶叶有限公司", TAX, "没有", "不用")]
    for reply, word in zip(asked, ("抬头", "全称", "税号", "邮箱", "回电", "申请编号"), strict=True):
        must(word in reply, f"{word} wanted", talk)
    noted(talk, "2026-11 账单", f"税号：{TAX}")
    must(not talk.callbacks(), "a call nobody wanted", talk)


def test_a_name_tells_that_it_is_a_company(talk: Talk) -> None:
    must("税号" in says(talk, "我要开发票", "老王烧烤店"), "the tax number is next", talk)


def test_a_wrong_tax_number_is_explained_then_put_right(talk: Talk) -> None:
    says(talk, "我要开发票", TITLE)
    must(
        re.search("少了1位[\\s\\S]*营业执照", talk.say(TAX[:-1])), "what is wrong and where it stands is not said", talk
    )
    must("邮箱" in talk.say(TAX), "it does not go on", talk)
    talk.say("抬头写错了，是云江饮食有限公司")
    says(talk, "没有", "可以")
    must(TITLE not in noted(talk, "抬头：云江饮食有限公司").split("客户原话")[0], "the old title stands", talk)


def test_twice_in_vain_is_no_loop_and_nothing_is_lost(talk: Talk) -> None:
    says(talk, "我要开去年的发票", TITLE, "不清楚")
    must("同事联系您补上" in talk.say("真不知道"), "it goes on asking", talk)
    talk.say("可以")
    noted(talk, TITLE, "去年")


def test_whoever_looks_for_it_is_waited_for(talk: Talk) -> None:
    must("不急" in says(talk, "我要开发票", TITLE, "稍等，我找一下"), "no patience", talk)
    must("邮箱" in says(talk, TAX), "the answer was not taken", talk)


def test_an_outage_and_danger_first_then_it_goes_on(talk: Talk) -> None:
    says(talk, "我要开上季度的电费发票，开公司抬头")
    must("安全" in talk.say("诶等下 楼下有根电线掉地上了 噼里啪啦冒火花"), "safety first", talk)
    must("发票" in talk.say("就在我家楼下"), "the way back is not offered", talk)
    must("全称" in talk.say("刚才那发票还能接着弄吗"), "not where it stood", talk)
    must("开始" in talk.say("家里突然停水了"), "the outage was passed over", talk)
    must("全称" in says(talk, "刚停", "对"), "the invoice does not come back", talk)
    says(talk, TITLE, TAX, "没有", "可以")
    noted(talk, "上季度", TITLE)
    must(len(talk.tickets()) == 3, "danger, outage and invoice wanted", talk)


@pytest.mark.parametrize("phrase", ["算了，不办了", "取消吧"])
def test_cancelled_leaves_nothing(talk: Talk, phrase: str) -> None:
    says(talk, "我要开发票", phrase)
    must("没有登记" in talk.last and not talk.tickets(), "something was registered", talk)


def test_a_question_aside(talk: Talk) -> None:
    reply = says(talk, "我要开发票", "你们营业厅几点关门")
    must("17:30" in reply and "抬头" in reply, "answered, then asked again", talk)
    must("税号" in talk.say(TITLE), "the answer was not taken", talk)


def test_who_only_asks_is_not_dragged_in(talk: Talk) -> None:
    must(re.search("电子发票[\\s\\S]*不用", talk.say("电费的电子发票从哪里下载")), "the answer comes first", talk)
    must("没有登记" in talk.say("不用") and not talk.tickets(), "something was registered", talk)


def test_a_stranger_proves_it_and_it_goes_on(stranger: Talk) -> None:
    must("户号" in stranger.say(ALL), "no proof asked for", stranger)
    must("回电" in stranger.say("{account}，{digits}"), "what was said before is asked again", stranger)
    stranger.say("不用")
    must("未核实" not in noted(stranger, TAX), "marked as unproved", stranger)
    must(stranger.tickets()[0]["account_number"] == stranger.values["account"], "not on the account", stranger)


@pytest.mark.parametrize("refusal", [("不想说",), ("不知道户号啊", "真的没有"), ("{other}，0000",) * 3])
def test_who_cannot_prove_it_is_noted_all_the_same(stranger: Talk, refusal: tuple[str, ...]) -> None:
    says(stranger, "我要开发票", *refusal)
    must("抬头" in stranger.last, "refused without a way on", stranger)
    says(stranger, "个人", "没有", PHONE)
    noted(stranger, "户号未核实", "抬头：个人")
    must(stranger.tickets()[0]["account_number"] is None, "on an account nobody proved", stranger)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    text=st.text(min_size=1, max_size=40) | st.sampled_from(["？", "91", "@", "抬头", "税号错了", "不是公司，是个人"])
)
def test_any_text_is_answered(server: Server, values: dict[str, str], text: str) -> None:
    """At every question; "出了错" is what a failed turn says."""
    one = Talk(server, f"request-{next(NUMBERS)}", values)
    server.sign_in(one.sender, values["account"])
    for said in ("我要开发票", text, TITLE, text, TAX, text):
        assert "系统刚才出了错" not in server.text(one.sender, said)
