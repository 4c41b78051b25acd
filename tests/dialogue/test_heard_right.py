"""What people say in words of their own, once lost or misread: a leak, an urging that is a report, a wish that is none."""

from __future__ import annotations

from itertools import count

import pytest

from tests.dialogue.player import DEFAULT_CLOCK
from tests.support.server import Server

NUMBERS = count(1)
CALL = "明天上午十点给我打电话，说过户的事，13812345678"


@pytest.fixture(scope="module", autouse=True)
def city(server: Server) -> None:
    server.reset(DEFAULT_CLOCK)
    times = {"starts_at": "2026-12-10T10:00+08:00", "ends_at": "2026-12-10T10:30+08:00"}
    server.feed("PUT", "/api/callback-slots", {**times, "capacity": 1000})


@pytest.fixture
def sender() -> str:
    return f"right-{next(NUMBERS)}"


def calls(server: Server, sender: str) -> list[tuple[str, str]]:
    found = server.api("/api/callbacks", conversation_id=f"rest:{sender}", status="requested")["items"]
    return [(call["window_start"][5:16], call["phone"]) for call in found]


# --- a fault ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("words", ["楼道漏水 4号楼2单元", "水表箱漏水了 东湖苑7号楼", "停水了你们怎么搞的 赶紧派人"])
def test_a_fault_is_reported_however_it_is_said(server: Server, sender: str, words: str) -> None:
    assert "报修" in server.text(sender, words)


def test_a_leak_long_over_is_about_the_bill(server: Server, sender: str) -> None:
    assert "帮您报修" not in server.text(sender, "东湖苑7号楼漏水导致水费多了能减免吗")


# --- a complaint -----------------------------------------------------------------------------------------------------
def test_nobody_is_asked_for_a_demand_for_ever(server: Server, sender: str) -> None:
    assert "诉求" in server.text(sender, "投诉你们抄表员不负责任乱抄")
    assert "留个电话" in server.text(sender, "没有")


def test_a_demand_asked_for_in_vain(server: Server, sender: str) -> None:
    assert "诉求" in server.text(sender, "我要匿名投诉，你们营业厅柜员上班玩手机")
    server.text(sender, "昨天下午")
    assert "登记好了" in server.text(sender, "不用回电")


# --- a call ----------------------------------------------------------------------------------------------------------
def test_a_call_moved_in_the_middle_of_something_else(server: Server, sender: str) -> None:
    server.text(sender, CALL)
    assert "户号" in server.text(sender, "我要开发票")
    said = server.text(sender, "改到后天下午三点")
    assert "12月11日（周五）下午15:00" in said and "户号" in said
    assert calls(server, sender) == [("12-11T15:00", "13812345678")]
    assert "取消了" in server.text(sender, "算了 不用打了")
    assert calls(server, sender) == []


def test_another_phone_for_the_call_and_when_it_is(server: Server, sender: str) -> None:
    server.text(sender, CALL)
    assert "13512345678" in server.text(sender, "换个手机 13512345678 打这个")
    assert "12月10日（周四）上午10:00" in server.text(sender, "几点打来着")
    assert calls(server, sender) == [("12-10T10:00", "13512345678")] and server.tickets(sender) == []


def test_a_mere_offer_registers_nothing_by_itself(server: Server, sender: str) -> None:
    server.text(sender, CALL)
    assert "只是问问" in server.text(sender, "问过户")
    for words in ("哦这样啊", "还挺麻烦的"):
        server.text(sender, words)
    assert server.tickets(sender) == []


def test_a_digit_too_few_is_asked_for_though_another_phone_is_on_file(server: Server, sender: str) -> None:
    account = server.client.get("/api/demo").json()["situations"]["normal"]["account_number"]
    server.sign_in(sender, account)
    assert "10位" in server.text(sender, "明天上午十点给我打电话 1381234567")
    assert "约好了" in server.text(sender, "13812345678")
    assert calls(server, sender) == [("12-10T10:00", "13812345678")]


def test_a_date_is_more_exact_than_a_weekday(server: Server, sender: str) -> None:
    assert "12月18日（周五）" in server.text(sender, "周五上午给我打电话，13812345678，哦18号那个周五")


# --- while a fault is reported -----------------------------------------------------------------------------------------
def test_back_before_it_was_registered(server: Server, sender: str) -> None:
    assert "报修" in server.text(sender, "家里停电了，阳光花园3号楼1单元201")
    assert "恢复了就好" in server.text(sender, "来电了 谢谢")
    assert server.tickets(sender) == []


@pytest.mark.parametrize("words", ["刚来电又停了", "别人家来电了就我家没有"])
def test_back_elsewhere_or_off_again_is_still_a_report(server: Server, sender: str, words: str) -> None:
    server.text(sender, "家里停电了，阳光花园3号楼1单元201")
    assert "就不登记" not in server.text(sender, words)


def test_words_of_distress_are_noted_not_turned_away(server: Server, sender: str) -> None:
    server.text(sender, "家里停电了，阳光花园3号楼1单元201")
    said = server.text(sender, "宝宝奶都热不了...")
    assert "记上了" in said and "不归" not in said and "什么时候开始" in said


def test_one_limit_for_the_first_contact_and_the_demand_is_not_asked_twice(server: Server, sender: str) -> None:
    server.text(sender, "我要投诉，你们抄表员王建国上门骂人，不行我打12345找记者")
    server.text(sender, "要求道歉")
    said = server.text(sender, "13812345678")
    assert "2小时内联系您" in said and "24小时" not in said
    again = server.text(sender, "投诉还是没人理我，我再投诉一次，抄表员骂人的事")
    assert "投诉过这件事" in again and "诉求" not in again


def test_another_wish_instead_of_a_complaint(server: Server, sender: str) -> None:
    server.text(sender, "我要投诉你们乱收费")
    said = server.text(sender, "算了不投诉了 我想查下电费")
    assert "不办了" in said and ("户号" in said or "账单" in said)
    assert "具体说说" in server.text(f"{sender}-b", "还是投诉吧")


def test_a_time_is_a_time_and_nothing_else_is(server: Server, sender: str) -> None:
    server.text(sender, "家里停电了，阳光花园3号楼1单元201")
    server.text(sender, "对")
    said = server.text(sender, "我的宝修到那了") + server.text(sender, "13812345678")
    assert "宝修" not in said and "不清楚" in said
    dialect = f"{sender}-b"
    server.text(dialect, "俺家莫得电，阳光花园3号楼1单元201")
    assert "电话" in server.text(dialect, "夜儿黑就没了")


def test_a_dripping_tap_is_no_outage(server: Server, sender: str) -> None:
    said = server.text(sender, "水龙头滴水 柳林里5号楼3单元402 报修")
    assert "好的，我帮您报修" in said


def test_who_cannot_prove_it_hears_the_same_once_more(server: Server, sender: str) -> None:
    assert "光凭号码" in server.text(sender, "BX2612090001-1 到哪了")
    for words in ("这是我妈家报的 你给我说下",):
        assert "光凭号码" in server.text(sender, words)
    assert server.tickets(sender) == []
