"""What repeats and what is done about it, over HTTP; a complaint's indicator corrected; who an anonymous one is, is not shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.feeding import Feed
from tests.support.desk import Desk


@pytest.fixture
def feed(desk: Desk) -> Feed:
    return Feed(desk)


@pytest.fixture
def boss(desk: Desk) -> Feed:
    return Feed(desk, "supervisor")


def a_complaint(feed: Feed, **more: Any) -> dict[str, Any]:
    body = {"kind": "complaint", "category": "complain", "service": "water", "description": "挖的沟没有回填"}
    return feed.ticket(**(body | more))


def test_an_indicator_is_corrected_and_nothing_else_is_taken(feed: Feed, boss: Feed) -> None:
    made = a_complaint(feed)
    number = made["number"]
    assert made["indicator"] == "site_restored"
    changed = boss.ok("PATCH", f"/api/tickets/{number}", {"indicator": "facility", "note": "是井盖的事"})
    assert changed["indicator"] == "facility" and changed["history"][-1]["note"] == "是井盖的事"
    assert changed["history"][-1]["changes"] == {"indicator": ["site_restored", "facility"]}
    assert "没有指标" in boss.refused(422, "PATCH", f"/api/tickets/{number}", {"indicator": "none_such"})
    fault = feed.ticket()["number"]
    assert "投诉" in boss.refused(422, "PATCH", f"/api/tickets/{fault}", {"indicator": "facility"})


def test_a_grade_lowered_by_a_supervisor_has_its_reason(feed: Feed, boss: Feed) -> None:
    made = a_complaint(feed, description="孩子触电了")
    assert made["grade"] == "critical"
    lower = {"grade": "serious", "note": "我看不严重"}
    assert "主管" in Feed(boss.desk, "agent").refused(409, "PATCH", f"/api/tickets/{made['number']}", lower)
    changed = boss.ok("PATCH", f"/api/tickets/{made['number']}", {"grade": "serious", "note": "核实只是静电"})
    assert changed["grade"] == "serious"
    last = changed["history"][-1]
    assert (last["actor"], last["note"], last["changes"]) == (
        "supervisor1",
        "核实只是静电",
        {"grade": ["critical", "serious"]},
    )


def test_an_anonymous_one_shows_no_conversation(feed: Feed, sender: str, desk: Desk) -> None:
    made = a_complaint(feed, anonymous=True, conversation_id=sender)
    assert made["anonymous"] and made["conversation_id"] is None and made["account_number"] is None
    assert [item["conversation_id"] for item in desk.items("/api/tickets", conversation_id=sender)] == [None]


def test_what_repeats_is_listed_with_what_was_done(feed: Feed, boss: Feed) -> None:
    place = "青禾苑"
    for day in ("03", "09", "10"):
        a_complaint(feed, address=f"{place}3号楼", created_at=f"2026-05-{day}T09:00")
    body = {
        "place": place,
        "indicator": "site_restored",
        "month": "2026-05",
        "what": "逐处回填",
        "owner": "supervisor1",
    }
    made = boss.ok("POST", "/api/complaints/remedies", body | {"due": "2026-06-01"})
    assert made["overdue"] and made["indicator_name"] == "施工恢复" and made["created_by"] == "supervisor1"
    done = boss.ok("PATCH", f"/api/complaints/remedies/{made['id']}", {"done_at": "2026-05-28T16:00"})
    assert done["done_at"] == "2026-05-28T16:00:00+08:00" and not done["overdue"]
    listed = boss.ok("GET", "/api/complaints/remedies?month=2026-05&done=true&limit=500")["items"]
    assert done["id"] in [item["id"] for item in listed]
    rows = boss.ok("GET", "/api/complaints/repeats?month=2026-05&of=both&limit=500")["items"]
    mine = next(row for row in rows if row["place"] == place)
    assert (mine["month"], mine["quarter"], len(mine["tickets"])) == (3, 3, 3)
    assert boss.ok("GET", "/api/complaints/repeats?month=2026-04&of=both")["items"] == []


@pytest.mark.parametrize(
    "wrong",
    [{"indicator": "x"}, {"owner": "nobody"}, {"month": "2026-13"}, {"what": ""}, {"place": ""}, {"more": 1}],
    ids=repr,
)
def test_a_wrong_remedy_is_refused(boss: Feed, desk: Desk, wrong: dict[str, Any]) -> None:
    before = desk.rows()
    body = {"place": "阳光花园", "indicator": "facility", "month": "2026-05", "what": "修", "owner": "supervisor1"}
    boss.refused(422, "POST", "/api/complaints/remedies", body | {"due": "2026-06-01"} | wrong)
    assert desk.rows() == before


def test_a_remedy_that_is_not_there_is_not_found(boss: Feed) -> None:
    assert "没有整改" in boss.refused(404, "PATCH", "/api/complaints/remedies/2147483647", {"what": "修"})


def test_a_colleague_complained_of_over_chat_is_named_and_does_not_have_it(
    desk: Desk, feed: Feed, new_sender: Callable[[], str]
) -> None:
    sender = new_sender()
    for words in ("投诉工号YJ1005，电话里骂我", "让他道歉", "13812345678"):
        desk.server.say(sender, words)
    (ticket,) = desk.items("/api/tickets", conversation_id=sender)
    assert "1005" in ticket["staff"] and ticket["grade"] == "serious" and ticket["owner"] != "agent5"
