"""Who cannot pay: what the rules allow is offered and carried out on a yes, the rest goes to a supervisor, never twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.dialogue.matters import must
from tests.dialogue.player import DEFAULT_CLOCK
from tests.dialogue.talking import Talk
from tests.support.server import Server

NUMBERS = count(1)
TOPIC = "request_fee_relief"


@pytest.fixture(autouse=True)
def city(server: Server) -> None:
    """Every test decides about money: the city as it was."""
    server.reset(DEFAULT_CLOCK)


def customer(server: Server, situation: str, signed_in: bool = True) -> Talk:
    facts = server.demo()["situations"][situation]
    known = {"account": facts["account_number"], "digits": facts["phone"][-4:], "owed": facts.get("arrears", "")}
    talk = Talk(server, f"relief-{next(NUMBERS)}", known)
    if signed_in:
        server.sign_in(talk.sender, known["account"])
    return talk


@pytest.fixture
def debtor(server: Server) -> Iterator[Talk]:
    """Two bills overdue, 210.50 yuan."""
    talk = customer(server, "in_arrears")
    yield talk
    assert not talk.broken, f"{talk.broken}\n{talk}"


def says(talk: Talk, *texts: str) -> str:
    for text in texts:
        talk.say(text)
    return talk.last


def bills(talk: Talk) -> list[dict[str, object]]:
    return talk.server.api(f"/api/accounts/{talk.values['account']}/bills", limit=100)["items"]  # type: ignore[no-any-return]


def one_ticket(talk: Talk, status: str) -> str:
    found = talk.tickets(category=TOPIC)
    must([t["status"] for t in found] == [status], f"one ticket that is {status} wanted", talk)
    must(found[0]["number"] in talk.heard, "the number was not told", talk)
    return str(found[0]["number"])


def decide(talk: Talk, number: str, approve: bool, note: str = "") -> None:
    headers = {"Authorization": f"Bearer {talk.server.token('supervisor')}"}
    body = {"approve": approve, "note": note}
    answer = httpx.post(f"{talk.server.url}/api/tickets/{number}/relief", json=body, headers=headers)
    assert answer.status_code == 200, answer.text


# --- parts and later -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("asked", ["能不能分三次交啊", "一下拿不出来，分3期行不行", "分仨月慢慢给成不"])
def test_in_parts_after_one_yes(debtor: Talk, asked: str) -> None:
    reply = debtor.say(asked)
    must(all(part in reply for part in ("70.18", "70.16", "12月16日", "第8条")), "the terms to the fen wanted", debtor)
    must(not debtor.tickets(), "done before the yes", debtor)
    debtor.say("行")
    must(re.search("办好了[\\s\\S]*第3期：2月16日前缴70.16元", debtor.last), "the plan is not told", debtor)
    one_ticket(debtor, "resolved")


def test_a_clear_order_needs_no_second_word(debtor: Talk) -> None:
    must("办好了" in debtor.say("帮我申请分期，分两期交"), "it was clear enough", debtor)
    must("105.25" in debtor.last, "two halves wanted", debtor)


def test_payday_next_month_is_for_a_supervisor_and_sooner_is_at_once(debtor: Talk) -> None:
    must(
        re.search("1月31日[\\s\\S]*最长30天", debtor.say("下个月发工资再交行不行")), "what and why not at once", debtor
    )
    must(re.search("主管审核", debtor.last), "who decides", debtor)
    must("12月29日" in debtor.say("那缓20天吧"), "the other date's terms", debtor)
    must("办好了" in debtor.say("可以"), "granted at once", debtor)
    one_ticket(debtor, "resolved")


def test_too_many_parts_are_refused_with_the_rule_and_what_is_possible(debtor: Talk) -> None:
    reply = debtor.say("这电费能不能分12期给")
    must(re.search("最多分6期[\\s\\S]*第8条[\\s\\S]*第3期", reply), "why not, and what instead", debtor)
    must("办好了" in debtor.say("好的"), "one yes takes it", debtor)


def test_never_twice(debtor: Talk) -> None:
    says(debtor, "能分三期吗", "好")
    must("已经办好了" in debtor.say("给我分三期吧"), "done again", debtor)
    must(re.search("已经有一个缓交或分期", debtor.say("那能缓半个月再交吗")), "a second plan", debtor)
    debtor.say("不用了")
    must("70.18" in debtor.say("我现在欠多少电费"), "the plan is not with the debts", debtor)
    one_ticket(debtor, "resolved")


def test_who_does_not_know_what_is_offered_what_is_possible(debtor: Talk) -> None:
    replies = debtor.server.say(debtor.sender, "我实在交不起了")
    buttons = [b["title"] for reply in replies for b in reply.get("buttons") or []]
    assert buttons == ["分期缴", "缓交", "困难家庭减免", "请同事看", "不用了"]  # no late fee to waive on these bills
    must("70.18" in debtor.say("分期缴"), "the terms wanted", debtor)
    must("没有办理" in debtor.say("不用了") and not debtor.tickets(), "something was written", debtor)


def test_the_late_fee_by_today_stands_with_the_debts_until_a_plan_stops_it(debtor: Talk) -> None:
    must("到今天是4.19元" in debtor.say("我现在欠多少电费"), "what has run up", debtor)
    says(debtor, "能分三期吗", "好")
    must("违约金" not in debtor.say("我现在欠多少电费"), "no fee runs while the plan is kept", debtor)


# --- a late fee ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("asked", ["滞纳金能免吗，头一回", "那个违约金给我抹了呗", "第一次晚交，罚的那点能不能去掉"])
def test_a_first_late_fee_is_waived_at_once_with_a_negative_entry(server: Server, asked: str) -> None:
    talk = customer(server, "late_fee")
    reply = talk.say(asked)
    must(re.search("2.60元违约金已经给您免了[\\s\\S]*101.59元，减免2.60元，现在是98.99元", reply), "both sums", talk)
    must([b["amount"] for b in bills(talk) if b["kind"] == "adjustment"] == ["-2.60"], "one negative entry", talk)
    one_ticket(talk, "resolved")
    must("已经办好了" in talk.say("违约金再免我一次"), "done again", talk)
    must(len([b for b in bills(talk) if b["kind"] == "adjustment"]) == 1, "waived twice", talk)


# --- a supervisor --------------------------------------------------------------------------------------------------------
def test_approved_by_a_supervisor_then_asked_again(debtor: Talk) -> None:
    says(debtor, "拖到明年一月底再交行不行", "行，报上去吧", "就这样办")
    number = one_ticket(debtor, "new")
    must(re.search("5个工作日内答复[\\s\\S]*没批之前", debtor.heard), "who decides by when", debtor)
    must("还没批" in debtor.say("缓交批了没"), "asked twice is one request", debtor)
    decide(debtor, number, approve=True)
    must(re.search("主管批准了[\\s\\S]*1月31日前缴210.50", debtor.say("缓交的事批了吗")), "what was approved", debtor)
    one_ticket(debtor, "resolved")


def test_refused_by_a_supervisor_with_his_reason(debtor: Talk) -> None:
    says(debtor, "能不能缓50天再交", "就这样办")
    decide(debtor, one_ticket(debtor, "new"), approve=False, note="可以先分期")
    must("没有同意：可以先分期" in debtor.say("我缓交的申请怎么样了，缓50天那个"), "the reason", debtor)


# --- around it -----------------------------------------------------------------------------------------------------------
def test_nothing_owed_is_said_and_a_person_may_look(server: Server) -> None:
    talk = customer(server, "normal")
    must("没有要缴的费用" in talk.say("这阵子手头紧，电费缓几天再交成吗"), "nothing is owed", talk)
    talk.say("行")
    must("缓交" in talk.tickets(category=TOPIC)[0]["description"], "the wish is not noted", talk)
    must(len(talk.callbacks()) == 1, "nobody will call", talk)


def test_an_outage_first_then_it_goes_on(debtor: Talk) -> None:
    says(debtor, "能不能分三期", "哎家里突然停电了", "刚停", "对")
    must("缓交或减免" in debtor.last, "it does not come back", debtor)
    must("办好了" in debtor.say("就这样办"), "it was lost on the way", debtor)
    must(len(debtor.tickets()) == 2, "outage and relief wanted", debtor)


def test_danger_first(debtor: Talk) -> None:
    says(debtor, "能不能分三期")
    must("安全" in debtor.say("等等，电表箱在冒火花"), "safety first", debtor)


@pytest.mark.parametrize("phrase", ["算了，不办了", "取消吧"])
def test_cancelled_leaves_nothing(debtor: Talk, phrase: str) -> None:
    says(debtor, "能不能分三期", phrase)
    must(not debtor.tickets(), "something was written", debtor)


def test_a_stranger_learns_nothing_then_proves_it(server: Server) -> None:
    talk = customer(server, "in_arrears", signed_in=False)
    must("户号" in talk.say("我要申请分期交电费，分3期"), "no proof asked for", talk)
    must("210.50" not in talk.say("{account}，0000") + talk.heard, "told without proof", talk)
    must("办好了" in talk.say("{account}，{digits}"), "it does not go on", talk)
    must("70.18" in talk.last, "what was said before is lost", talk)


def test_who_cannot_prove_it_is_noted_for_a_person(server: Server) -> None:
    talk = customer(server, "in_arrears", signed_in=False)
    says(talk, "我要申请缓交电费", "不想说户号", "13900000235")
    must("户号未核实" in talk.tickets(category=TOPIC)[0]["description"], "lost, or taken as proved", talk)
    must("210.50" not in talk.heard, "told without proof", talk)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    text=st.text(min_size=1, max_size=40)
    | st.sampled_from(["分0期", "分999999999期", "缓9999天", "13月40号再交", "？"])
)
def test_any_text_is_answered(server: Server, text: str) -> None:
    """At the beginning and at the question; "出了错" is what a failed turn says."""
    talk = customer(server, "in_arrears")
    for said in ("我实在交不起了", text, f"缓交，{text}", text):
        assert "系统刚才出了错" not in server.text(talk.sender, said)
