"""Addresses meet the company's own places: put right and read back, asked once where two fit, else kept as said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests.dialogue.matters import must
from tests.dialogue.states import PHONE, SINCE
from tests.dialogue.talking import Talk
from tests.support.server import Server

NUMBERS = count(1)
WHICH = "是哪一处"


@pytest.fixture
def talk(server: Server, values: dict[str, str]) -> Iterator[Talk]:
    one = Talk(server, f"places-{next(NUMBERS)}", values)
    yield one
    assert not one.broken, f"{one.broken}\n{one}"


def fault(talk: Talk) -> dict[str, Any]:
    """The one fault ticket at the end of the talk."""
    talk.finish()
    own = talk.tickets(kind="fault")
    must(len(own) == 1, f"{len(own)} tickets, one wanted", talk)
    return own[0]


def times_asked(talk: Talk) -> int:
    return sum(WHICH in text for who, text in talk.lines if who == "assistant")


@pytest.mark.parametrize(
    ("said", "address", "told"),
    [
        ("供电局宿舍5号楼2单元501", "阳光花园5号楼2单元501", "供电局宿舍"),
        ("阳光化园5号楼2单元501", "阳光花园5号楼2单元501", "阳光化园"),
        ("阳光5号楼2单元501", "阳光花园5号楼2单元501", "“阳光”"),
        ("荷塘月色2号楼1单元502", "荷塘花园2号楼1单元502", "荷塘月色"),
        ("仁民路88号5号楼2单元501", "人民路88号阳光花园5号楼2单元501", "仁民路88号"),
    ],
)
def test_registered_under_the_own_name_and_read_back(talk: Talk, said: str, address: str, told: str) -> None:
    talk.say(f"{said}停电了")
    ticket = fault(talk)
    must(ticket["address"] == address, f"{ticket['address']} is not {address}", talk)
    must(ticket["address_parts"]["place"]["code"].startswith("P-"), "the place is not on the ticket", talk)
    must(ticket["address_parts"]["said"], "the customer's own words are lost", talk)
    must(re.search(f"您说的[^。]*{told}[^。]*登记", talk.heard), "what was put right is not read back", talk)


@pytest.mark.parametrize("said", ["阳光花园5号楼2单元501", "阳光花园小区5号楼2单元501", "陽光花園五號樓二單元501"])
def test_nothing_is_said_where_nothing_was_put_right(talk: Talk, said: str) -> None:
    talk.say(f"{said}停电了")
    must(fault(talk)["address"] == "阳光花园5号楼2单元501", "another address", talk)
    must("”登记" not in talk.heard, "a needless remark", talk)


@pytest.mark.parametrize(
    "said", ["幸福里5号楼2单元501", "滨江花园3号楼2单元501", "胜利路9号", "阳光家园5号楼501", "锦绣花园三期3号楼101"]
)
def test_an_unknown_place_is_taken_as_it_was_said(talk: Talk, said: str) -> None:
    talk.say(f"{said}停电了")
    ticket = fault(talk)
    must(ticket["address"] == said, f"{ticket['address']} is not {said}", talk)
    must("place" not in ticket["address_parts"], "a place was invented", talk)
    must(not times_asked(talk), "asked which", talk)


def test_who_insists_on_the_name_is_believed(talk: Talk) -> None:
    for text in ("阳光化园5号楼2单元501停电了", SINCE, PHONE):
        talk.say(text)
    talk.say("不对，就是阳光化园")
    must("阳光化园5号楼2单元501" in talk.last, "still put right", talk)
    must(fault(talk)["address"] == "阳光化园5号楼2单元501", "another address", talk)


# --- two fit -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("answer", ["2", "第二个", "矿山路那个", "北山区的", "北山区矿山路17号的和平小区"])
def test_two_fit_and_the_customer_says_which(talk: Talk, answer: str) -> None:
    talk.say("和平小区3号楼1单元201停电了")
    must(WHICH in talk.last and "和平路" in talk.last and "矿山路" in talk.last, "not asked which, by road", talk)
    buttons = talk.server.say(f"{talk.sender}-buttons", "和平小区3号楼1单元201停电了")
    must(any(len(part.get("buttons") or []) == 2 for part in buttons), "no buttons", talk)
    rows = {row["title"]: n for n, row in enumerate(next(p["buttons"] for p in buttons if p.get("buttons")), 1)}
    number = next(n for title, n in rows.items() if "矿山路" in title)
    talk.say({"2": str(number), "第二个": f"第{'零一二'[number]}个"}.get(answer, answer))
    ticket = fault(talk)
    must(ticket["address"] == "矿山路17号和平小区3号楼1单元201", f"wrong place: {ticket['address']}", talk)
    must(times_asked(talk) == 1, "asked more than once", talk)


@pytest.mark.parametrize("answer", ["不知道", "我也说不清是哪个", "随便"])
def test_two_fit_and_the_customer_does_not_say(talk: Talk, answer: str) -> None:
    talk.say("和平小区3号楼1单元201停电了")
    talk.say(answer)
    ticket = fault(talk)
    must(times_asked(talk) == 1, "asked again", talk)
    must(ticket["address"].startswith("和平小区3号楼1单元201"), "what was said is lost", talk)
    must("和平路" in ticket["address"] and "矿山路" in ticket["address"], "the crew is not told of both", talk)


def test_the_road_said_at_once_needs_no_question(talk: Talk) -> None:
    talk.say("矿山路和平小区3号楼1单元201停电了")
    must("和平小区3号楼1单元201" in fault(talk)["address"], "another address", talk)
    must(not times_asked(talk), "asked though the road was said", talk)


def test_two_fit_and_the_building_comes_later(talk: Talk) -> None:
    talk.say("和平小区停电了")
    must(WHICH in talk.last, "not asked which", talk)
    talk.say("和平路那个")
    must("楼" in talk.last and WHICH not in talk.last, "the building is not asked for", talk)
    talk.say("3号楼1单元201")
    must(fault(talk)["address"] == "和平路3号和平小区3号楼1单元201", "another address", talk)


# --- danger --------------------------------------------------------------------------------------------------------------
def test_danger_is_never_held_up_by_which_place(talk: Talk) -> None:
    reply = talk.say("和平小区3号楼闻到好浓的煤气味")
    must("安全" in reply.splitlines()[0] or "危险" in reply.splitlines()[0], "safety is not the first word", talk)
    own = talk.tickets(category="report_emergency")
    must(len(own) == 1 and "和平小区3号楼" in own[0]["address"], "no ticket at once", talk)
    must("和平路" in own[0]["address"] and "矿山路" in own[0]["address"], "the crew is not told of both", talk)
    must(WHICH in reply and reply.index(own[0]["number"]) < reply.index(WHICH), "asked before the ticket stood", talk)
    talk.say("矿山路的")
    must(talk.tickets(category="report_emergency")[0]["address"] == "矿山路17号和平小区3号楼", "not put right", talk)
    must(times_asked(talk) == 1, "asked again", talk)


def test_who_does_not_say_in_danger_is_not_asked_again(talk: Talk) -> None:
    talk.say("和平小区3号楼闻到好浓的煤气味")
    talk.say("我不知道啊你们快来")
    must(times_asked(talk) == 1, "asked again", talk)


def test_danger_at_a_misheard_place(talk: Talk) -> None:
    reply = talk.say("阳光化园5号楼闻到好浓的煤气味")
    own = talk.tickets(category="report_emergency")
    must(own and own[0]["address"] == "阳光花园5号楼", "not under its own name", talk)
    must("阳光化园" in reply and "阳光花园" in reply, "what was put right is not told", talk)


# --- corrections ---------------------------------------------------------------------------------------------------------
def test_one_part_denied_and_said_anew_is_one_place(talk: Talk) -> None:
    talk.say("家里停电了")
    talk.say("阳光花园不是3号楼是5号楼")
    must(fault(talk)["address"] == "阳光花园5号楼", "another address", talk)


def test_a_ticket_corrected_afterwards(talk: Talk) -> None:
    talk.say("阳光花园5号楼2单元501停电了")
    fault(talk)
    talk.say("地址说错了，是东胡苑7号楼2单元101")
    must(talk.tickets(kind="fault")[0]["address"] == "东湖苑7号楼2单元101", "not put right", talk)


def test_a_stranger_learns_nothing_of_accounts(talk: Talk) -> None:
    talk.say("和平小区停电了")
    talk.say("阳光停电了")
    must(not re.search(r"\d单元|户号|\d{11}", talk.heard.replace("5号楼2单元501", "")), "more than a public name", talk)
