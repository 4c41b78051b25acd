"""Cut off for debts: what is owed, or by when it is back; late is urgent; a fault is offered as one."""

from __future__ import annotations

import re
from itertools import count
from typing import Any

import pytest

from tests.dialogue.matters import must
from tests.dialogue.player import DEFAULT_CLOCK
from tests.dialogue.talking import Talk
from tests.support.server import Server

NUMBERS = count(1)
TOPIC = "ask_reconnection"


@pytest.fixture(autouse=True)
def city(server: Server) -> None:
    server.reset(DEFAULT_CLOCK)


def customer(server: Server, situation: str, signed_in: bool = True, **changes: Any) -> Talk:
    """One of the demo's customers; `changes` of the account as the utility's own system feeds them."""
    facts = server.demo()["situations"][situation]
    number = facts["account_number"]
    if changes:
        known = server.api(f"/api/accounts/{number}")
        server.feed("PUT", f"/api/accounts/{number}", {n: known[n] for n in ("service", "holder", "address")} | changes)
    talk = Talk(server, f"back-{next(NUMBERS)}", {"account": number, "digits": facts["phone"][-4:]})
    if signed_in:
        server.sign_in(talk.sender, number)
    return talk


def cut(server: Server, situation: str, at: str = "2026-12-09T08:00", **more: Any) -> Talk:
    return customer(server, situation, status="cut_off", cut_off_at=at, **more)


@pytest.mark.parametrize("asked", ["欠费给掐了，交完多久能来电", "咋才能给我把电重新送上啊"])
def test_owing(server: Server, asked: str) -> None:
    talk = cut(server, "in_arrears")
    must(re.search("先缴210.50元[\\s\\S]*24小时内恢复[\\s\\S]*微信", talk.say(asked)), "how much, how, then when", talk)
    must(not talk.tickets(), "a request before it is paid", talk)


def test_paid_is_requested_once(server: Server) -> None:
    talk = cut(server, "normal")
    must("12月10日08:00恢复" in talk.say("欠的电费补齐了，啥时候给送电"), "by when", talk)
    (ticket,) = talk.tickets(category=TOPIC)
    must(ticket["due_at"].startswith("2026-12-10T08:00") and ticket["priority"] == "high", "as promised", talk)
    talk.say("钱都补上了，电怎么还没通")
    must(len(talk.tickets(category=TOPIC)) == 1, "requested twice", talk)


def test_the_customers_word_is_enough_while_the_payment_is_on_its_way(server: Server) -> None:
    talk = cut(server, "paid_not_credited", at="2026-12-08T09:00")
    must(
        re.search("125.83元我们看到了[\\s\\S]*12月9日18:42", talk.say("电费昨晚补交了，多久给我恢复供电")),
        "at once",
        talk,
    )
    must(len(talk.tickets(category=TOPIC)) == 1, "no request", talk)


def test_late_is_urgent_with_an_apology(server: Server) -> None:
    talk = cut(server, "normal", at="2026-12-07T09:00")
    must(re.search("对不起[\\s\\S]*加急", talk.say("欠费早缴清了，都两天了还不给我送电")), "an apology", talk)
    (ticket,) = talk.tickets(category=TOPIC)
    must("已超过承诺时间" in ticket["description"], "urgent", talk)


def test_paid_says_the_customer_but_nothing_is_seen(server: Server) -> None:
    talk = cut(server, "in_arrears")
    must("没查到" in talk.say("我已经把欠的电费缴了，怎么还不给送电"), "what is seen", talk)
    must(len(talk.tickets(category="report_payment_problem")) == 1, "somebody must look for it", talk)


def test_gas_wants_somebody_at_home(server: Server) -> None:
    facts = server.demo()["situations"]["estimated_reading"]["still_estimated"]
    number = facts["account_number"]
    known = server.api(f"/api/accounts/{number}")
    body = {n: known[n] for n in ("service", "holder", "address")} | {
        "status": "cut_off",
        "cut_off_at": "2026-12-09T08:00",
    }
    server.feed("PUT", f"/api/accounts/{number}", body)
    talk = Talk(server, f"back-{next(NUMBERS)}")
    server.sign_in(talk.sender, number)
    must("大人在家" in talk.say("煤气欠费停了，补交了多久能通气"), "the safety check", talk)


def test_not_cut_off_is_a_fault(server: Server) -> None:
    talk = customer(server, "normal")
    must("故障" in talk.say("是不是欠费给我停了电，我交了怎么还没电"), "not for debts", talk)
    must("什么时候开始" in talk.say("那报修吧"), "place and service are known", talk)
    talk.finish()
    (ticket,) = talk.tickets()
    must(
        (ticket["category"], ticket["account_number"]) == ("report_outage", talk.values["account"]), "the outage", talk
    )


def test_not_cut_off_but_he_is_sure(server: Server) -> None:
    talk = customer(server, "normal")
    talk.say("欠费停的电，我交清了怎么还没来电")
    talk.say("不对，就是欠费停的，请同事核实")
    must(len(talk.tickets(category=TOPIC)) == 1, "nobody looks at it", talk)


def test_a_stranger_hears_the_rule_and_proves_it_first(server: Server) -> None:
    talk = cut(server, "in_arrears", signed_in=False)
    talk.say("欠费停了电，交清以后多久恢复")
    must("24小时" in talk.last and "210.50" not in talk.heard, "the rule alone", talk)
    for text in ("登记吧", "{account}，{digits}"):
        talk.say(text)
    must("先缴210.50元" in talk.last, "how it stands, once proved", talk)


def test_cancelled(server: Server) -> None:
    talk = customer(server, "normal")
    talk.say("欠费停的电，我交清了怎么还没来电")
    talk.say("算了")
    must(not talk.tickets(), "something was written", talk)
