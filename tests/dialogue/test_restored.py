"""Is yours back? Told and asked, thanked or given a ticket of one's own; another matter passes, the question stays."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests.dialogue.player import DEFAULT_CLOCK
from tests.support import outages
from tests.support.server import Server

NUMBERS = count(1)
THANKS, ALONE = "您家已经恢复", "片区恢复了您家还没有"
BACK = ["来电了", "电来了，谢谢", "有了有了", "刚恢复了", "亮了", "已经来了", "好啦", "来电喽，辛苦了"]
NOT_BACK = [
    "还没有",
    "我家还是没电",
    "没来啊",
    "还黑着呢",
    "冇来电",
    "俺家莫得电",
    "别家都亮了，就我家没亮",
    "为啥我家还没来电？",
    "对面楼都来电了我家没有",
]
OTHER = ["居民用电多少钱一度", "你好", "好的", "请问营业厅在哪"]


pytestmark = pytest.mark.keeps_reports


@pytest.fixture(scope="module", autouse=True)
def city(server: Server) -> None:
    server.reset(DEFAULT_CLOCK)


@pytest.fixture(scope="module")
def homes(server: Server, city: None) -> Iterator[str]:
    """One incident over, everyone told: a home for each of the many ways to answer."""
    number = outages.incident(server)
    said = [*BACK, *NOT_BACK, *OTHER]
    with outages.rows(server) as session:  # of places we do not know: no fault within the fault
        outages.report(session, number, [f"rest:home-{one}" for one in said], area_code=None)
    restore(server, number)
    yield number


def restore(server: Server, number: str) -> None:
    server.feed("PATCH", f"/api/incidents/{number}", {"status": "restored"})
    assert outages.told(server, number)[-1]["event"] == "restored"


def a_home(server: Server, *earlier: str, **more: Any) -> tuple[str, str]:
    """A customer who reported and was asked; the incident's number. `earlier`: said before that."""
    sender, number = f"restored-{next(NUMBERS)}", outages.incident(server)
    for words in earlier:
        server.text(sender, words)
    with outages.rows(server) as session:
        outages.report(session, number, [f"rest:{sender}"], area_code=None, **more)
    restore(server, number)
    return sender, number


def outcome(server: Server, sender: str) -> dict[str, Any]:
    """Of the first report of this customer."""
    with outages.rows(server) as session:
        mine = outages.select(outages.SupplyReport).filter_by(conversation_id=f"rest:{sender}")
        found = session.scalars(mine.order_by(outages.SupplyReport.id).limit(1)).one()
        return {"outcome": found.outcome, "ended": found.ended_at is not None, "ticket": found.ticket}


@pytest.mark.parametrize("words", BACK)
def test_back(server: Server, homes: str, words: str) -> None:
    assert THANKS in server.text(f"home-{words}", words)
    assert outcome(server, f"home-{words}") == {"outcome": "restored", "ended": True, "ticket": None}
    assert server.tickets(f"home-{words}") == []


@pytest.mark.parametrize("words", NOT_BACK)
def test_not_back(server: Server, homes: str, words: str) -> None:
    said = server.text(f"home-{words}", words)
    (ticket,) = server.tickets(f"home-{words}")
    assert ALONE in said and ticket["number"] in said and "总开关" in said and "分钟" in said
    wanted = {"kind": "fault", "category": "report_outage", "priority": "high", "incident": homes}
    assert {name: ticket[name] for name in wanted} == wanted
    assert words in ticket["description"] and ticket["address"] == outages.ADDRESS and ticket["phone"] == outages.PHONE
    found = outcome(server, f"home-{words}")
    assert found == {"outcome": "still_off", "ended": False, "ticket": ticket["number"]}


@pytest.mark.parametrize("words", OTHER)
def test_other_matters_pass_and_the_question_stays(server: Server, homes: str, words: str) -> None:
    said = server.text(f"home-{words}", words)
    assert THANKS not in said and ALONE not in said
    assert outcome(server, f"home-{words}")["outcome"] is None
    assert THANKS in server.text(f"home-{words}", "来电了")


def test_the_notice_comes_first_once_with_its_buttons_and_repeats_are_the_same(server: Server) -> None:
    sender, number = a_home(server, "你好")
    first, *answer = server.say(sender, "居民用水多少钱一方", "m-1")
    assert number in first["text"] and first["text"].endswith("您家恢复了吗？") and answer
    assert [button["payload"] for button in first["buttons"]] == ["来电了", "还没有"]
    assert first["custom"]["speaker"] == "assistant" and first["custom"]["notice"]
    assert server.say(sender, "居民用水多少钱一方", "m-1") == [first, *answer]
    assert number not in server.text(sender, "谢谢")


def test_a_mere_yes_answers_what_was_seen_last(server: Server) -> None:
    sender, _ = a_home(server, "你好")
    assert THANKS not in server.text(sender, "嗯嗯")  # nobody has shown him the question yet
    server.text(sender, "谢谢")
    assert THANKS in server.text(sender, "是的")


def test_said_twice_one_ticket_and_back_in_the_end(server: Server) -> None:
    sender, _ = a_home(server)
    server.text(sender, "还没有")
    (ticket,) = server.tickets(sender)
    assert ticket["number"] in server.text(sender, "怎么还没来电啊")
    assert ticket["number"] in server.text(sender, "还没有")
    assert len(server.tickets(sender)) == 1
    assert ticket["number"] in server.text(sender, "来电了")
    (ticket,) = server.tickets(sender)
    assert ticket["status"] == "resolved" and outcome(server, sender)["outcome"] == "restored"


def test_a_home_with_a_ticket_gets_it_back(server: Server) -> None:
    body = {"kind": "fault", "category": "report_outage", "service": "electricity", "description": "停电"}
    own = server.feed("POST", "/api/tickets", body)["number"]
    server.feed("PATCH", f"/api/tickets/{own}", {"status": "resolved"})
    sender, _ = a_home(server, ticket=own)
    assert own in server.text(sender, "还黑着") and server.tickets(sender) == []
    ticket = server.api(f"/api/tickets/{own}")
    assert (ticket["status"], ticket["priority"]) == ("in_progress", "high")
    assert any(entry["note"] == "还黑着" and entry["actor"] == "customer" for entry in ticket["history"])
    server.feed("PATCH", f"/api/tickets/{own}", {"status": "resolved"})
    said = server.text(sender, "来电了")  # it had been reopened: somebody else verifies it first
    assert own in said and "核实" in said and server.api(f"/api/tickets/{own}")["status"] == "resolved"
    server.feed("POST", f"/api/tickets/{own}/verify", {"fixed": True, "note": "看过了"})
    server.feed("PATCH", f"/api/tickets/{own}", {"status": "closed"})


def test_another_home_is_another_report(server: Server) -> None:
    sender, _ = a_home(server)
    said = server.text(sender, "我妈家也停电了，滨江花园5号楼2单元501")
    assert ALONE not in said and server.tickets(sender) == [] and outcome(server, sender)["outcome"] is None


def test_in_the_middle_of_something_else_only_plain_words_count(server: Server) -> None:
    sender, _ = a_home(server, "我要投诉")
    assert THANKS not in server.text(sender, "抄表的师傅态度很差")
    talker, _ = a_home(server, "请给我回个电话")
    assert THANKS in server.text(talker, "来电了")


def test_two_matters_in_one_message_are_both_heard(server: Server) -> None:
    sender, _ = a_home(server)
    said = server.text(sender, "电来了。我要投诉你们抄表的人，态度太差")
    assert THANKS in said and "诉求" in said


def test_nothing_stands_before_what_to_do_in_danger(server: Server) -> None:
    sender, number = a_home(server)
    told = [reply["text"] for reply in server.say(sender, "厨房里有很浓的煤气味")]
    assert "别开关任何电器" in told[0] and number in told[-1]


def test_whoever_asks_us_is_asked_back(server: Server) -> None:
    sender, _ = a_home(server)
    assert "您家恢复了吗" in server.text(sender, "来电了没") and server.tickets(sender) == []
    assert THANKS in server.text(sender, "来了")


def test_after_a_day_the_question_is_closed(server: Server) -> None:
    sender, _ = a_home(server, at="2026-12-09T10:00+08:00")
    try:
        server.client.put("/api/demo/clock", json={"now": "2026-12-11T10:00"}).raise_for_status()
        assert THANKS not in server.text(sender, "来电了")
    finally:
        server.client.put("/api/demo/clock", json={"now": DEFAULT_CLOCK}).raise_for_status()
