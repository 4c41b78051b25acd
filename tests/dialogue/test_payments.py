"""Paid, and something is wrong: on its way, too late, twice, not there; a stranger's word is noted."""

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
TOPIC = "report_payment_problem"
CARD = "6222 0212 3456 7890 128"


@pytest.fixture(autouse=True)
def city(server: Server) -> None:
    server.reset(DEFAULT_CLOCK)


def customer(server: Server, situation: str = "paid_not_credited", signed_in: bool = True) -> Talk:
    facts = server.demo()["situations"][situation]
    known = {"account": facts["account_number"], "digits": facts["phone"][-4:], "amount": facts["last_bill"]["amount"]}
    talk = Talk(server, f"payment-{next(NUMBERS)}", known)
    if signed_in:
        server.sign_in(talk.sender, known["account"])
    return talk


def pay(talk: Talk, **more: Any) -> None:
    body = {"account_number": talk.values["account"], "amount": "50.00", "channel": "微信", "status": "credited"}
    talk.server.feed("POST", "/api/payments", body | more)


def last_bill(talk: Talk) -> dict[str, Any]:
    return talk.server.api(f"/api/accounts/{talk.values['account']}/bills")["items"][0]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    "asked", ["昨天微信交的{amount}块咋还没到账", "钱昨儿晚上就扣了，你们还显示我欠电费", "电费交过了还催我，啥情况"]
)
def test_on_its_way(server: Server, asked: str) -> None:
    talk = customer(server)
    reply = talk.say(asked)
    must(talk.values["amount"] in reply and "12月9日18:42" in reply, "what is seen, and until when", talk)
    must("催费不用管" in reply, "reminders", talk)
    must(not talk.tickets(), "a ticket for nothing", talk)


def test_still_doubted_it_becomes_one_ticket(server: Server) -> None:
    talk = customer(server)
    for text in ("昨天微信交的电费没到账", "缴费没到账，请登记", "缴费没到账，请登记"):
        talk.say(text)
    found = talk.tickets(category=TOPIC)
    must(len(found) == 1 and found[0]["number"] in talk.heard, "one ticket, told", talk)


def test_too_late_is_a_ticket_at_once(server: Server) -> None:
    talk = customer(server)
    server.client.put("/api/demo/clock", json={"now": "2026-12-10T10:00"}).raise_for_status()
    must("对不起" in talk.say("前天微信缴的电费怎么还没到账"), "no apology", talk)
    (ticket,) = talk.tickets(category=TOPIC)
    must(ticket["number"] in talk.last and "已超时限" in ticket["description"], "the payment is in the ticket", talk)


def test_paid_twice_the_customer_chooses(server: Server) -> None:
    talk = customer(server, "normal")
    bill = last_bill(talk)
    pay(talk, bill=bill["number"], amount=bill["amount"], paid_at="2026-12-08T09:00", reference="ZF-TWICE-0001")
    reply = talk.say("哎呀电费我缴重了，多的咋办")
    must(f"多缴了{bill['amount']}元" in reply and "原路退回" in reply and "抵下一期" in reply, "what is too much", talk)
    talk.say("退给我吧")
    (ticket,) = talk.tickets(category=TOPIC)
    must("原路退回" in ticket["description"] and ticket["number"] in talk.last, "the choice is in the ticket", talk)


def test_nothing_found_says_what_to_send_and_cuts_the_card(server: Server) -> None:
    talk = customer(server, "normal")
    must("付款截图" in talk.say(f"大前天用支付宝缴了88.8元没到账，卡号{CARD}"), "what to send", talk)
    (ticket,) = talk.tickets(category=TOPIC)
    must("88.80元" in ticket["description"] and "****0128" in ticket["description"], "the case", talk)
    must("7890" not in ticket["description"], "the card stands in the ticket", talk)


def test_credited_is_no_loss(server: Server) -> None:
    talk = customer(server, "normal")
    must(
        re.search("已经入账[\\s\\S]*没有丢", talk.say("我12月1号在营业厅缴的电费到账没有，怎么没显示")),
        "credited",
        talk,
    )
    must(not talk.tickets(), "a ticket for nothing", talk)


def test_somebody_elses_payment_tells_nothing_of_him(server: Server) -> None:
    other, talk = customer(server, "tier_crossed"), customer(server, "normal")
    pay(other, amount="66.60", paid_at="2026-12-08T09:00", reference="ZF20261208000777")
    reply = talk.say("我缴错户了，昨天微信缴的66.6元，交易单号ZF20261208000777")
    must("另一个户" in reply and other.values["account"] not in reply, "only that it is elsewhere", talk)
    must(len(talk.tickets(category=TOPIC)) == 1, "a ticket wanted", talk)


def test_a_stranger_is_answered_and_noted_and_learns_nothing(server: Server) -> None:
    talk = customer(server, signed_in=False)
    talk.say("昨天微信交的电费怎么没到账")
    must(talk.values["amount"] not in talk.heard, "told without proof", talk)
    talk.finish()
    (ticket,) = talk.tickets(category=TOPIC)
    must(ticket["account_number"] is None and ticket["number"] in talk.heard, "noted for a person", talk)


def test_an_outage_between(server: Server) -> None:
    talk = customer(server, "normal")
    bill = last_bill(talk)
    pay(talk, bill=bill["number"], amount=bill["amount"], paid_at="2026-12-08T09:00", reference="ZF-TWICE-0002")
    for text in ("电费缴重了", "家里突然停电了", "刚停", "对"):
        talk.say(text)
    must("哪一种" in talk.last, "it does not come back", talk)
    talk.say("留着抵下个月的")
    must("抵下一期" in talk.tickets(category=TOPIC)[0]["description"], "the choice", talk)
