"""The customer's own tickets by chat: found by any number, told with what is next, urged, added to, ended, taken up again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from kefu.tickets.numbers import check_digit
from tests.dialogue.house import broken_rules
from tests.dialogue.player import DEFAULT_CLOCK
from tests.dialogue.values import demo_values
from tests.support.photos import data_url, photo
from tests.support.server import Server

NUMBERS = count(1)
HOME = "阳光花园5号楼2单元501"
NOBODY = f"BX2612090999-{check_digit('BX2612090999')}"


@pytest.fixture(scope="module")
def values(server: Server) -> Iterator[dict[str, str]]:
    server.reset(DEFAULT_CLOCK)
    yield demo_values(server)
    server.reset(DEFAULT_CLOCK)


class Customer:
    """One conversation with tickets of its own; every reply is held against the house rules."""

    def __init__(self, server: Server) -> None:
        self.server, self.sender = server, f"own-{next(NUMBERS)}"

    def has(self, *status: str, minutes: int = 0, **more: Any) -> str:
        made = (datetime.fromisoformat(DEFAULT_CLOCK) - timedelta(minutes=minutes)).isoformat(timespec="seconds")
        body = {"kind": "fault", "category": "report_outage", "service": "electricity", "description": "家里停电"}
        body |= {"address": HOME, "conversation_id": f"rest:{self.sender}", "created_at": f"{made}+08:00"}
        number = str(self.server.feed("POST", "/api/tickets", body | more)["number"])
        for one in status:
            at = {"at": f"{made}+08:00"} if minutes else {}
            self.server.feed("PATCH", f"/api/tickets/{number}", {"status": one, **at})
        return number

    def says(self, text: str) -> str:
        reply = self.server.text(self.sender, text)
        assert not broken_rules(reply), reply
        return reply

    def ticket(self, number: str) -> dict[str, Any]:
        return self.server.api(f"/api/tickets/{number}")  # type: ignore[no-any-return]

    def did(self, number: str, action: str) -> list[str]:
        return [entry["note"] for entry in self.ticket(number)["history"] if entry["action"] == action]

    def count(self) -> int:
        return len(self.server.tickets(self.sender))


@pytest.fixture
def customer(server: Server, values: dict[str, str]) -> Customer:
    return Customer(server)


# --- status ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "words",
    [
        "我的报修到哪一步了",
        "我那个单子咋样了嘛",
        "{n}",
        "工单{n}",
        "哎同志，我那个修电的单子，号码是{spoken}，弄到啥程度了",
        "查{lower}",
        "{bare}",
    ],
)
def test_where_it_stands_and_what_is_next(customer: Customer, words: str) -> None:
    n = customer.has("assigned")
    spoken = n.replace("-", "杠").translate(str.maketrans("0123456789", "零幺二三四五六七八九"))
    said = customer.says(words.format(n=n, spoken=spoken, lower=n.lower(), bare=n[2:].replace("-", "")))
    assert n in said and "已派单" in said and "今天11:05前到现场" in said and re.search(r"供电坐席.*工号YJ\d+", said)
    assert customer.count() == 1


@pytest.mark.parametrize(("answer", "told"), [("是的", True), ("对，就是这个", True), ("不是", False)])
def test_a_slip_is_asked_about(customer: Customer, answer: str, told: bool) -> None:
    n = customer.has("assigned")
    wrong = f"{n[:-1]}{(int(n[-1]) + 1) % 10}"
    asked = customer.says(f"查工单{wrong}")
    assert f"您是说 {n} 吗" in asked and "已派单" not in asked
    assert ("已派单" in customer.says(answer)) is told


@pytest.mark.parametrize("pick", ["第二件", "停电那个", "尾号{tail}", "{n}"])
def test_of_several_one_is_chosen(customer: Customer, pick: str) -> None:
    n = customer.has()
    other = customer.has(service="water", description="停水")
    listed = customer.says("我都报过些啥，列一下")
    assert n in listed and other in listed
    said = customer.says(pick.format(n=n, tail=n[8:12]))
    assert n in said and other not in said and "前到现场" in said


def test_late_is_owned(customer: Customer) -> None:
    customer.has("assigned", minutes=120)
    said = customer.says("我报的修现在啥情况")
    assert "对不起" in said and "今天09:05" in said


@pytest.mark.parametrize(("begin", "ask"), [("查电费", "户号"), ("家里停水了", "地址")])
def test_asked_in_the_middle_the_form_goes_on(customer: Customer, begin: str, ask: str) -> None:
    n = customer.has("assigned")
    assert ask in customer.says(begin)
    said = customer.says("我报的停电那个工单到哪了")
    assert n in said and "已派单" in said and ask in said
    said = customer.says("顺便催一下停电那个")
    assert "催办已记" in said and ask in said and customer.did(n, "urge") and customer.count() == 1


# --- whose it is -------------------------------------------------------------------------------------------------------
def test_a_stranger_hears_the_same_of_a_ticket_and_of_none(customer: Customer, server: Server) -> None:
    n = customer.has("assigned")
    heard = []
    for number in (n, NOBODY):
        stranger = Customer(server)
        texts = (f"工单{number}到哪了", f"帮我撤了{number}", f"催一下{number}", f"给{number}补充一句，门开着")
        heard.append([stranger.says(text) for text in texts])
    assert heard[0] == heard[1] and "核实" in heard[0][0]
    assert not any(word in "".join(heard[0]) for word in ("已派单", "供电", HOME))
    assert customer.ticket(n)["status"] == "assigned" and len(customer.ticket(n)["history"]) == 2


def test_proved_it_is_told(customer: Customer, server: Server, values: dict[str, str]) -> None:
    n = customer.has("assigned", account_number=values["account_A"])
    other = Customer(server)
    assert n not in other.says(f"查工单 {n}")
    assert "户号" in other.says("核实户号")
    said = other.says(f"{values['account_A']}，尾号{values['phone_A_last4']}")
    assert n in said and "已派单" in said and values["phone_A"] not in said


def test_what_was_complained_of_anonymously_is_told_to_nobody_else(
    customer: Customer, server: Server, values: dict[str, str]
) -> None:
    n = customer.has(kind="complaint", category="complain", anonymous=True, account_number=values["account_A"])
    server.sign_in(sender := Customer(server).sender, values["account_A"])
    assert n not in server.text(sender, "我都报过些啥，列一下") and n in customer.says("我的投诉有下文没")


@pytest.mark.parametrize("number", ["BX2612090001-9", "KF20250607123", "单号2612090042"])
def test_a_number_nobody_has_is_spoken_of_kindly(customer: Customer, number: str) -> None:
    said = customer.says(f"查一下 {number}")
    assert "核实" in said and "登记好了" not in said
    assert "电话" in customer.says("请同事帮我查")
    customer.says("13812345678")
    (noted,) = customer.server.tickets(customer.sender)
    assert number in noted["description"] and noted["category"] == "ask_ticket"


# --- urged -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("first", "again"),
    [
        ("催一下", "快点来人啊"),
        ("还没来人啊都俩小时了", "人呢？？"),
        ("麻烦您帮我催一催师傅，谢谢", "不好意思，还是没见人来"),
        ("咋还不来人哩，俺等半天咯", "搞快点来人嘛"),
    ],
)
def test_urged_it_counts_once_in_the_rules_minutes_and_is_no_new_report(
    customer: Customer, first: str, again: str
) -> None:
    n = customer.has("assigned")
    assert "第1次" in customer.says(first) and "11:05" in customer.says("到哪了")
    said = customer.says(again)
    assert "不重复计次" in said and "今天10:2" in said and "没有新的进展" in said
    assert customer.did(n, "urge") == [first] and again in customer.did(n, "supplement") and customer.count() == 1


def test_late_and_urged_again_it_goes_up(customer: Customer) -> None:
    n = customer.has("assigned", minutes=120)
    first, second = customer.says("都两个小时了还没人来！"), customer.says("还没来！！再催！")
    assert "对不起" in first and "值班主管" not in first and "值班主管督办" in second and first != second
    assert customer.ticket(n)["priority"] == "high" and customer.did(n, "urged_up")


def test_danger_is_never_waved_away_and_every_urging_counts(customer: Customer) -> None:
    n = customer.has(kind="emergency", category="report_emergency", service="gas", description="煤气味")
    assert "96118" in customer.says("怎么还没人来") and "第2次" in customer.says("快点来人啊")
    assert "撤销" in customer.says("没事了，工单撤了吧") and customer.ticket(n)["status"] == "new"
    assert len(customer.did(n, "urge")) == 2


# --- added to ------------------------------------------------------------------------------------------------------------
def test_added_with_words_and_a_photo(customer: Customer) -> None:
    n = customer.has("assigned")
    customer.says(f"给工单{n}补充：配电箱在楼道里")
    body = {"sender": customer.sender, "message": "", "metadata": {"image": data_url(photo())}}
    replies = customer.server.client.post("/webhooks/rest/webhook", json=body).raise_for_status().json()
    assert n in replies[0]["text"] and len(customer.ticket(n)["attachments"]) == 1
    assert any("配电箱" in note for note in customer.did(n, "supplement"))


# --- withdrawn -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", [("assigned",), ("in_progress",)])
@pytest.mark.parametrize("words", ["那个报修撤了吧", "劳驾，报的修不用来了，帮我取消"])
def test_withdrawn_after_one_question_when_somebody_has_it(
    customer: Customer, status: tuple[str, ...], words: str
) -> None:
    n = customer.has(*status)
    assert "确定撤销" in customer.says(words) and customer.ticket(n)["status"] == status[0]
    customer.says("算了不撤了")
    assert customer.ticket(n)["status"] == status[0]
    customer.says(words)
    assert "告诉经办人" in customer.says("确定") and customer.ticket(n)["status"] == "cancelled"


def test_of_two_the_one_that_is_named_is_withdrawn(customer: Customer) -> None:
    power, water = customer.has(), customer.has(service="water", description="停水")
    assert {power in (said := customer.says("帮我把工单撤了")), water in said} == {True}
    assert "撤销" in customer.says("停水那个")
    assert customer.ticket(water)["status"] == "cancelled" and customer.ticket(power)["status"] == "new"


# --- done, and not done ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("before", "words", "after"),
    [("in_progress", "修好了，谢谢师傅", "resolved"), ("resolved", "弄好啦，多谢咯", "closed")],
)
def test_called_done_once_confirmed(customer: Customer, before: str, words: str, after: str) -> None:
    n = customer.has("in_progress", *([before] if before != "in_progress" else []))
    assert "结案" in customer.says(words) and customer.ticket(n)["status"] == before
    customer.says("可以")
    assert customer.ticket(n)["status"] == after


@pytest.mark.parametrize("words", ["还是没修好啊", "又停了！！", "根本没解决问题", "师傅走了又没电了，白修"])
@pytest.mark.parametrize("done", ["resolved", "closed"])
def test_not_fixed_is_taken_up_again(customer: Customer, words: str, done: str) -> None:
    n = customer.has("in_progress", done)
    said = customer.says(words)
    ticket = customer.ticket(n)
    assert n in said and "重新打开" in said and "另一位同事核实" in said and "10:50" in said
    assert (ticket["status"], ticket["priority"], customer.count()) == ("in_progress", "high", 1)


def test_beyond_the_rule_it_is_a_new_one_that_names_the_old(customer: Customer) -> None:
    n = customer.has("closed", minutes=60 * 24 * 40)
    said = customer.says("上次修的那个还是没修好")
    (new,) = [one for one in customer.server.tickets(customer.sender) if one["number"] != n]
    assert n in said and new["number"] in said and "30天" in said
    assert {"ticket": n, "relation": "follows"} in new["links"] and customer.ticket(n)["status"] == "closed"


@pytest.mark.parametrize("words", ["滨江花园3号楼1单元201又停电了", "我家又停水了", "家里没电了", "我还没有户号"])
def test_another_home_service_or_fault_is_another_report(customer: Customer, words: str) -> None:
    n = customer.has("closed")
    assert "重新打开" not in customer.says(words) and customer.ticket(n)["status"] == "closed"


# --- merged --------------------------------------------------------------------------------------------------------------
def test_a_neighbours_ticket_is_not_withdrawn_with_ones_own(server: Server, customer: Customer) -> None:
    neighbour = Customer(server)
    theirs, mine = neighbour.has("assigned"), customer.has()
    leads = {"Authorization": f"Bearer {server.token('supervisor')}"}
    body = {"into": theirs, "note": "同一处"}
    server.client.post(f"/api/tickets/{mine}/merge", json=body, headers=leads).raise_for_status()
    said = customer.says(f"撤销工单{mine}")
    assert "不能由您撤" in said and customer.ticket(theirs)["status"] == "assigned", said
    assert any(mine in note and "撤销" in note for note in customer.did(theirs, "supplement"))
