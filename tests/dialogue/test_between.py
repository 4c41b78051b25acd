"""Between forms: a person is waited for, or a choice is open; the same interruptions, and what they mean there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count

import pytest

from tests.dialogue.matters import matter_ends_well, must
from tests.dialogue.phrases import (
    CANCEL,
    DANGER,
    FOR_THE_COLLEAGUE,
    NOT_KNOWN,
    PERSON,
    QUESTION,
    REPEAT,
    SMALL_TALK,
    SWITCH,
)
from tests.dialogue.player import DEFAULT_CLOCK
from tests.dialogue.states import CHOICE, HOME, PHONE, PICK, WAITING, State
from tests.dialogue.talking import Talk
from tests.support.server import Server

NUMBERS = count(1)
AFTER_HOURS = "2026-12-09T20:05"


@pytest.fixture
def talk(server: Server, values: dict[str, str]) -> Iterator[Talk]:
    one = Talk(server, f"between-{next(NUMBERS)}", values)
    yield one
    assert not one.broken, f"{one.broken}\n{one}"


def reach(talk: Talk, state: State) -> None:
    for text in state.opening:
        talk.say(text)
    must(re.search(state.question, talk.last), "the state was not reached", talk)


def safety_first(talk: Talk, reply: str) -> None:
    first = reply.splitlines()[0] if reply else ""
    must("安全" in first or "危险" in first, "safety is not the first word", talk)
    must("96118" in reply, "no emergency phone", talk)
    must("emergency" in talk.alerts(), "nobody was alerted", talk)


def one_emergency(talk: Talk) -> None:
    talk.finish()
    found = talk.tickets(category="report_emergency")
    must(len(found) == 1 and HOME in found[0]["address"], "one emergency with its place wanted", talk)


# --- waiting for a person ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("phrase", DANGER)
def test_danger_is_answered_in_the_queue(talk: Talk, phrase: str) -> None:
    reach(talk, WAITING)
    safety_first(talk, talk.say(phrase))
    one_emergency(talk)
    must([h["status"] for h in talk.handoffs()] == ["waiting"], "the place in the queue is lost", talk)
    must(talk.say("今天天气真冷啊") == "", "the assistant talks on in the queue", talk)


@pytest.mark.parametrize("phrase", ["不等了", "不用转了，不找了", "取消排队", "算了，不等了"])
def test_leaving_the_queue(talk: Talk, phrase: str) -> None:
    reach(talk, WAITING)
    must("不排" in talk.say(phrase), "it is not said", talk)
    must([h["status"] for h in talk.handoffs()] == ["left"], "still in the queue", talk)
    must("您好" in talk.say("你好"), "the assistant does not answer again", talk)


@pytest.mark.parametrize("phrase", CANCEL)
def test_cancelling_in_the_queue_leaves_it(talk: Talk, phrase: str) -> None:
    reach(talk, WAITING)
    must("不排" in talk.say(phrase), "it is not said", talk)
    must([h["status"] for h in talk.handoffs()] == ["left"], "still in the queue", talk)


@pytest.mark.parametrize("phrase", ["还要等多久", "排到我了吗", "前面还有几个人", *PERSON])
def test_the_place_in_the_queue_is_told(talk: Talk, phrase: str) -> None:
    reach(talk, WAITING)
    must(re.search("排在第\\d+位", talk.say(phrase)), "the place is not told", talk)
    must([h["status"] for h in talk.handoffs()] == ["waiting"], "one place in the queue wanted", talk)


@pytest.mark.parametrize("phrase", FOR_THE_COLLEAGUE)
def test_everything_else_is_for_the_colleague(talk: Talk, phrase: str) -> None:
    reach(talk, WAITING)
    must(talk.say(phrase) == "", "the assistant talks while a person is waited for", talk)
    must(not talk.tickets() and not talk.callbacks(), "something was registered", talk)
    said = talk.server.api(f"/api/conversations/rest:{talk.sender}/messages", limit=50)["items"]
    must(phrase in [line["text"] for line in said], "the words are not kept", talk)


# --- after hours ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def evening(server: Server) -> Iterator[None]:
    server.client.put("/api/demo/clock", json={"now": AFTER_HOURS}).raise_for_status()
    yield
    server.client.put("/api/demo/clock", json={"now": DEFAULT_CLOCK}).raise_for_status()


@pytest.mark.usefixtures("evening")
@pytest.mark.parametrize("phrase", PERSON)
def test_after_hours_a_call_is_offered(talk: Talk, phrase: str) -> None:
    reply = talk.say(phrase)
    must("96118" in reply and "08:30" in reply, "who can be reached when is not told", talk)
    talk.finish()
    must([(c["phone"], c["window_start"][:16]) for c in talk.callbacks()] == [(PHONE, "2026-12-10T10:00")], "", talk)
    must(not talk.handoffs() and not talk.tickets(), "a call is all that was wanted", talk)


# --- a choice is open ----------------------------------------------------------------------------------------------------
def number_of(talk: Talk, title: str) -> str:
    return re.search(rf"(\d)\. {title}", talk.last)[1]  # type: ignore[index]


@pytest.mark.parametrize("how", ["by its number", "by its words", "spoken"])
def test_choosing(talk: Talk, how: str) -> None:
    reach(talk, CHOICE)
    number = number_of(talk, PICK)
    talk.say({"by its number": number, "by its words": PICK, "spoken": f"第{'零一二三'[int(number)]}个"}[how])
    talk.finish()
    must(talk.values["amount"] in talk.last, "the bill was not told", talk)
    must(not talk.tickets(), "a ticket for what was answered", talk)


@pytest.mark.parametrize(
    ("way", "kind"), [("1", "handoffs"), ("转人工", "handoffs"), ("请人给我回电话", "callbacks"), ("3", "tickets")]
)
def test_none_of_them_leads_to_a_way_out(talk: Talk, way: str, kind: str) -> None:
    reach(talk, CHOICE)
    must(re.search("转人工[\\s\\S]*回电[\\s\\S]*记下来", talk.say("都不是")), "no way out", talk)
    talk.say(way)
    talk.finish()
    must(len(getattr(talk, kind)()) == 1, f"one of {kind} wanted", talk)
    must(CHOICE.opening[0] in str(getattr(talk, kind)()), "what was said first is lost", talk)


def test_not_understood_twice_leads_to_a_way_out(talk: Talk) -> None:
    reach(talk, CHOICE)
    must("转人工" in talk.say("把那个给我整一整"), "no way out", talk)


@pytest.mark.parametrize("phrase", DANGER)
def test_danger_before_the_choice(talk: Talk, phrase: str) -> None:
    reach(talk, CHOICE)
    safety_first(talk, talk.say(phrase))
    one_emergency(talk)
    matter_ends_well(talk, CHOICE)


@pytest.mark.parametrize("phrase", CANCEL)
def test_cancelling_an_open_choice(talk: Talk, phrase: str) -> None:
    reach(talk, CHOICE)
    must(not re.search(CHOICE.question, talk.say(phrase)), "it goes on asking", talk)
    must(not talk.tickets() and not talk.callbacks() and not talk.handoffs(), "something was registered", talk)


@pytest.mark.parametrize(("phrase", "pattern"), QUESTION["choice"])
def test_a_question_is_answered_instead(talk: Talk, phrase: str, pattern: str) -> None:
    reach(talk, CHOICE)
    must(re.search(pattern, talk.say(phrase)), "the question was passed over", talk)
    matter_ends_well(talk, CHOICE)


@pytest.mark.parametrize(("phrase", "category"), SWITCH["choice"])
def test_another_wish_instead(talk: Talk, phrase: str, category: str) -> None:
    reach(talk, CHOICE)
    talk.say(phrase)
    talk.finish()
    must([t["category"] for t in talk.tickets()] == [category], "one ticket of the other wish wanted", talk)


@pytest.mark.parametrize("phrase", PERSON)
def test_a_person_instead(talk: Talk, phrase: str) -> None:
    reach(talk, CHOICE)
    must(re.search("排在第\\d+位", talk.say(phrase)), "nobody is called", talk)
    must(CHOICE.opening[0] in talk.handoffs()[0]["summary"], "the colleague is not told what it was about", talk)
    talk.say("不等了")
    matter_ends_well(talk, CHOICE)


@pytest.mark.parametrize("phrase", [*SMALL_TALK["choice"], *REPEAT, *NOT_KNOWN, "说错了", "嗯"])
def test_the_choice_stays_open(talk: Talk, phrase: str) -> None:
    reach(talk, CHOICE)
    number = number_of(talk, PICK)
    talk.say(phrase)
    must(not talk.tickets() and not talk.handoffs(), "something was begun", talk)
    if not re.search("记下来，请同事答复", talk.last):  # then the choice is another
        talk.say(number)
        talk.finish()
        must(talk.values["amount"] in talk.heard, "the bill was not told", talk)


# --- a wish that says nothing yet, and two wishes in one message ------------------------------------------------------
def test_a_bare_complaint_is_not_taken_for_the_one_before(talk: Talk) -> None:
    """ "我要投诉你们！" is about nothing yet: what it is about is asked, whatever was complained of today."""
    for text in ("我要投诉你们，昨天来的师傅满口脏话还摔门", "道歉", PHONE):
        talk.say(text)
    must(len(talk.tickets(kind="complaint")) == 1, "the first complaint was not made", talk)
    reply = talk.say("我要投诉你们！")
    must(bool(re.search("具体|什么问题|怎么回事", reply)), "not asked what it is about", talk)
    must("投诉过这件事" not in reply, "taken for the complaint before", talk)


@pytest.mark.parametrize(
    "text", ["到现在还没电，冰柜里的虾全臭了，你们赔不赔", "家里又停电了，鱼缸氧气泵停了死了二十条鱼，这个损失谁来赔"]
)
def test_an_outage_with_a_claim_is_both_and_the_outage_first(talk: Talk, text: str) -> None:
    reply = talk.say(text)
    must(bool(re.search("地址|小区|位置", reply)), "the outage was not taken up first", talk)
    talk.finish()
    must(len(talk.tickets(kind="fault")) == 1, "one report of the outage wanted", talk)
    kept = "claim_damage" in {ticket["category"] for ticket in talk.tickets()} or "赔" in str(talk.heard)
    must(kept, "the claim was lost", talk)
