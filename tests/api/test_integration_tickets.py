"""Tickets, calls back, slots and surveys as staff and the utility's own systems write and read them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.api.feeding import Feed, fresh
from tests.support.desk import Desk


@pytest.fixture(scope="module")
def feed(desk: Desk) -> Feed:
    return Feed(desk)


@pytest.fixture(scope="module")
def agent(desk: Desk) -> Feed:
    return Feed(desk, "agent")


def actions(ticket: dict[str, Any]) -> list[tuple[str, str]]:
    return [(entry["actor"], entry["action"]) for entry in ticket["history"]]


# --- made ----------------------------------------------------------------------------------------------------------------
def test_a_ticket_of_the_past_keeps_its_times_and_its_promise(feed: Feed) -> None:
    made = feed.ticket(created_at="2026-03-02T10:30", first_word_at="2026-03-02T10:00", address="王家村12号")
    assert made["created_at"] == "2026-03-02T10:30:00+08:00" and made["status"] == "new"
    due = datetime.fromisoformat(made["due_at"]) - datetime.fromisoformat(made["first_word_at"])
    assert timedelta(minutes=45) <= due <= timedelta(hours=2) and "承诺" in made["due_source"]
    assert actions(made) == [("integration1", "created")]
    assert made["history"][0]["at"] == made["created_at"]
    assert feed.ok("GET", f"/api/tickets/{made['number']}") == made


def test_an_account_lends_its_place_service_and_promise(feed: Feed) -> None:
    account = feed.account()
    made = feed.ticket(account_number=account, service=None)
    assert (made["service"], made["address"]) == ("electricity", "临江区人民路66号阳光花园5号楼2单元501")
    due = datetime.fromisoformat(made["due_at"]) - datetime.fromisoformat(made["first_word_at"])
    assert due == timedelta(minutes=45), "the area is urban"


def test_a_due_time_of_ones_own_is_kept_and_says_whose(feed: Feed) -> None:
    made = feed.ticket(created_at="2026-03-02T10:30", due_at="2026-03-09T17:30")
    assert made["due_at"] == "2026-03-09T17:30:00+08:00" and "integration1" in made["due_source"]


def test_what_is_not_said_is_filled_in(feed: Feed) -> None:
    assert feed.ticket(kind="emergency")["priority"] == "emergency"
    assert feed.ticket()["desk"] == "供电坐席"
    assert feed.ticket(desk="夜班")["desk"] == "夜班"
    complaint = feed.ticket(kind="complaint", category="complain", description="抢修时有人触电受伤", demand="赔偿")
    assert complaint["grade"] == "critical" and complaint["grade_reasons"] and complaint["demand"] == "赔偿"
    assert feed.ticket(kind="complaint", description="态度不好，电话13812345678")["grade"] == "ordinary"
    assert feed.ticket(kind="complaint", grade="serious")["grade"] == "serious"


def test_a_bare_sender_is_the_conversation_it_may_become(feed: Feed, sender: str, desk: Desk) -> None:
    made = feed.ticket(conversation_id=sender)
    assert made["conversation_id"] == f"rest:{sender}"
    assert desk.get(f"/api/conversations/{sender}").status_code == 404
    assert feed.ticket(conversation_id=f"wechat:{sender}")["conversation_id"] == f"wechat:{sender}"
    desk.server.say(sender, "你好")
    assert [item["number"] for item in desk.items("/api/tickets", conversation_id=sender)] == [made["number"]]


def test_links_are_seen_from_both_sides(feed: Feed) -> None:
    first = feed.ticket(kind="complaint")
    links = [{"ticket": first["number"], "relation": "follows"}]
    second = feed.ticket(kind="complaint", links=links)
    assert second["links"] == links
    seen = feed.ok("GET", f"/api/tickets/{first['number']}")
    assert seen["links"] == [{"ticket": second["number"], "relation": "followed_by"}]
    assert actions(seen)[-1] == actions(second)[-1] == ("integration1", "link")
    listed = {
        item["number"]: item["links"] for item in feed.ok("GET", "/api/tickets?kind=complaint&limit=500")["items"]
    }
    assert listed[first["number"]] == seen["links"] and listed[second["number"]] == links


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "wish"}, {"category": ""}, {"created_at": "2999-01-01T00:00"}, {"grade": "serious"}, {"phone": "x"}]
    + [{"first_word_at": "2026-03-02T11:00"}, {"due_at": "2026-03-01T00:00"}, {"links": [{"ticket": "TS-NONE"}]}]
    + [{"incident": "GZ-NONE"}, {"anonymous": True, "phone": "13800000000"}, {"description": "x" * 4001}]
    + [{"conversation_id": "x" * 121}, {"number": "BX1"}, {"description": "a\u0000b"}, {"account_number": "1234"}],
    ids=repr,
)
def test_a_wrong_ticket_is_refused_and_leaves_nothing(feed: Feed, desk: Desk, wrong: dict[str, Any]) -> None:
    before = desk.rows()
    body = {"kind": "fault", "category": "report_outage", "created_at": "2026-03-02T10:00", **wrong}
    feed.refused(422, "POST", "/api/tickets", body)
    assert desk.rows() == before


def test_tickets_fed_late_stand_where_they_belong(feed: Feed, desk: Desk, sender: str) -> None:
    for day in ("03", "01", "02"):
        feed.ticket(conversation_id=sender, created_at=f"2026-02-{day}T10:00")
    walked = desk.walk("/api/tickets", conversation_id=sender, limit=1)
    assert [item["created_at"][8:10] for item in walked] == ["03", "02", "01"]


def test_an_anonymous_complaint_has_no_phone_and_an_agent_reads_none(feed: Feed, agent: Feed) -> None:
    made = feed.ticket(kind="complaint", anonymous=True, description="投诉", demand="打13812345678")
    assert made["anonymous"] and made["phone"] is None
    assert agent.ok("GET", f"/api/tickets/{made['number']}")["demand"] == "打138****5678"


# --- moved ---------------------------------------------------------------------------------------------------------------
def test_every_change_is_an_entry_with_who_did_it(feed: Feed, agent: Feed) -> None:
    number = feed.ticket()["number"]
    body = {"status": "assigned", "priority": "high", "desk": "抢修一队", "staff": "李师傅", "note": "已派抢修队"}
    moved = agent.ok("PATCH", f"/api/tickets/{number}", body)
    assert {name: moved[name] for name in body if name != "note"} == {n: v for n, v in body.items() if n != "note"}
    new = moved["history"][1:]
    assert [entry["action"] for entry in new] == ["status", "priority", "due", "change", "change"]
    assert {entry["actor"] for entry in new} == {"agent1"}
    assert new[0]["note"] == "已派抢修队" and new[0]["changes"] == {"status": ["new", "assigned"]}
    assert new[1]["changes"] == {"priority": ["normal", "high"]}
    assert agent.ok("PATCH", f"/api/tickets/{number}", body | {"note": None}) == moved, "nothing was changed"


def test_moves_that_are_not_allowed_leave_nothing(feed: Feed, agent: Feed) -> None:
    number = feed.ticket()["number"]
    feed.ok("PATCH", f"/api/tickets/{number}", {"status": "cancelled", "note": "重复"})
    before = feed.ok("GET", f"/api/tickets/{number}")
    assert before["closed_at"]
    assert number in agent.refused(409, "PATCH", f"/api/tickets/{number}", {"status": "new", "priority": "low"})
    agent.refused(422, "PATCH", f"/api/tickets/{number}", {"grade": "serious"})
    agent.refused(422, "PATCH", f"/api/tickets/{number}", {"status": None})
    agent.refused(422, "PATCH", f"/api/tickets/{number}", {})
    agent.refused(422, "PATCH", f"/api/tickets/{number}", {"kind": "enquiry"})
    agent.refused(404, "PATCH", "/api/tickets/BX-NONE", {"status": "closed"})
    agent.refused(404, "PATCH", "/api/tickets/%00", {"status": "closed"})
    assert feed.ok("GET", f"/api/tickets/{number}") == before


def test_only_a_system_reports_later_what_happened_earlier(feed: Feed, agent: Feed) -> None:
    number = feed.ticket(created_at="2026-03-02T10:00")["number"]
    body = {"status": "closed", "at": "2026-03-02T11:00"}
    agent.refused(403, "PATCH", f"/api/tickets/{number}", body)
    agent.refused(403, "POST", f"/api/tickets/{number}/notes", {"note": "x", "at": "2026-03-02T11:00"})
    closed = feed.ok("PATCH", f"/api/tickets/{number}", body)
    assert closed["closed_at"] == closed["history"][-1]["at"] == "2026-03-02T11:00:00+08:00"
    feed.refused(422, "PATCH", f"/api/tickets/{number}", {"note": "x", "at": "2026-03-02T09:00"})
    feed.refused(422, "PATCH", f"/api/tickets/{number}", {"note": "x", "at": "2999-03-02T09:00"})


def test_notes_are_added_in_every_state_and_masked_for_agents(feed: Feed, agent: Feed) -> None:
    number = feed.ticket()["number"]
    feed.ok("PATCH", f"/api/tickets/{number}", {"status": "cancelled"})
    noted = feed.ok("POST", f"/api/tickets/{number}/notes", {"note": "客户电话13812345678"})
    assert noted["history"][-1]["note"] == "客户电话13812345678"
    seen = agent.ok("GET", f"/api/tickets/{number}")["history"][-1]
    assert (seen["action"], seen["note"]) == ("note", "客户电话138****5678")
    agent.refused(422, "POST", f"/api/tickets/{number}/notes", {"note": "  "})
    agent.refused(404, "POST", "/api/tickets/BX-NONE/notes", {"note": "x"})


def test_tickets_are_found_by_desk_grade_and_incident(feed: Feed, desk: Desk) -> None:
    incident = feed.ok("POST", "/api/incidents", {"service": "electricity", "area_code": "E-S1-F1"})["number"]
    number = feed.ticket(desk=(name := fresh("台")), incident=incident)["number"]
    assert [item["number"] for item in desk.items("/api/tickets", desk=name)] == [number]
    assert [item["number"] for item in desk.items("/api/tickets", incident=incident)] == [number]


# --- calls back ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def window() -> Callable[[], dict[str, str]]:
    def make() -> dict[str, str]:
        start = datetime.fromisoformat("2031-01-01T00:00:00+08:00") + timedelta(minutes=30 * int(fresh()[-6:]))
        return {"window_start": start.isoformat(), "window_end": (start + timedelta(minutes=30)).isoformat()}

    return make


def a_slot(window: dict[str, str], capacity: int) -> dict[str, Any]:
    return {"starts_at": window["window_start"], "ends_at": window["window_end"], "capacity": capacity}


def test_a_booking_takes_from_its_ticket_and_tells_it(feed: Feed, agent: Feed, sender: str, window: Any) -> None:
    ticket = feed.ticket(conversation_id=sender)
    body = {"phone": "13812345678", "reason": "核查结果", "ticket": ticket["number"], **window()}
    call = agent.ok("POST", "/api/callbacks", body)
    assert (call["conversation_id"], call["desk"], call["status"]) == (f"rest:{sender}", "供电坐席", "requested")
    assert (call["phone"], call["ticket"]) == ("138****5678", ticket["number"])
    whole = feed.ok("GET", f"/api/callbacks/{call['id']}")
    assert whole == call | {"phone": "13812345678"}
    assert feed.ok("GET", f"/api/callbacks?ticket={ticket['number']}&status=requested")["items"] == [whole]
    assert feed.ok("PATCH", f"/api/callbacks/{call['id']}", {"status": "missed"})["status"] == "missed"
    later = window()
    moved = agent.ok("PATCH", f"/api/callbacks/{call['id']}", {"status": "requested", **later})
    assert moved["window_start"] == later["window_start"]
    agent.ok("PATCH", f"/api/callbacks/{call['id']}", {"status": "done", "note": "已说明"})
    feed.refused(409, "PATCH", f"/api/callbacks/{call['id']}", {"status": "requested"})
    feed.refused(409, "PATCH", f"/api/callbacks/{call['id']}", window())
    told = feed.ok("GET", f"/api/tickets/{ticket['number']}")["history"]
    assert [entry["actor"] for entry in told if entry["action"] == "callback"] == [
        "agent1", "integration1", "agent1", "agent1",
    ]  # fmt: skip


def test_a_full_slot_is_refused_until_there_is_room(feed: Feed, window: Any) -> None:
    place = window()
    assert feed.send("PUT", "/api/callback-slots", a_slot(place, 1)).status_code == 201
    body = {"phone": "13812345678", "reason": "x", **place}
    first = feed.ok("POST", "/api/callbacks", body)
    assert "满" in feed.refused(409, "POST", "/api/callbacks", body)
    elsewhere = feed.ok("POST", "/api/callbacks", body | window())
    feed.refused(409, "PATCH", f"/api/callbacks/{elsewhere['id']}", place)
    feed.ok("PATCH", f"/api/callbacks/{first['id']}", {"status": "cancelled"})
    feed.ok("PATCH", f"/api/callbacks/{elsewhere['id']}", place)
    assert feed.send("PUT", "/api/callback-slots", a_slot(place, 2)).status_code == 200
    feed.ok("POST", "/api/callbacks", body)


def test_the_last_place_of_a_slot_is_given_once(feed: Feed, window: Any) -> None:
    place = window()
    feed.ok("PUT", "/api/callback-slots", a_slot(place, 3))
    body = {"phone": "13812345678", "reason": "x", **place}
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda _: feed.send("POST", "/api/callbacks", body).status_code, range(8)))
    assert sorted(codes) == [201] * 3 + [409] * 5


def test_slots_are_written_all_or_none_and_found_by_time(feed: Feed, desk: Desk, window: Any) -> None:
    good, other = window(), window()
    feed.refused(422, "PUT", "/api/callback-slots", [a_slot(good, 1), a_slot(other, -1)])
    backwards = {"starts_at": other["window_end"], "ends_at": other["window_start"], "capacity": 1}
    feed.refused(422, "PUT", "/api/callback-slots", [a_slot(good, 1), backwards])
    times = {"since": good["window_start"], "until": good["window_end"]}
    assert desk.items("/api/callback-slots", **times) == []
    feed.ok("PUT", "/api/callback-slots", [a_slot(good, 1), a_slot(other, 0)])
    assert [item["starts_at"] for item in desk.items("/api/callback-slots", **times)] == [good["window_start"]]
    feed.refused(409, "POST", "/api/callbacks", {"phone": "13812345678", "reason": "x", **other})
    assert desk.get("/api/callback-slots?since=tomorrow").status_code == 422


@pytest.mark.parametrize(
    "wrong",
    [{"phone": ""}, {"ticket": "BX-NONE"}, {"status": "odd"}, {"created_at": "2999-01-01T00:00"}, {"reason": ""}]
    + [{"window_end": "2020-01-01T00:00"}, {"window_start": None}, {"surprise": 1}],
    ids=repr,
)
def test_a_wrong_booking_is_refused(feed: Feed, desk: Desk, window: Any, wrong: dict[str, Any]) -> None:
    before = desk.rows()
    feed.refused(422, "POST", "/api/callbacks", {"phone": "13812345678", "reason": "x", **window(), **wrong})
    assert desk.rows() == before
    feed.refused(404, "PATCH", "/api/callbacks/2147483647", {"status": "done"})
    feed.refused(422, "PATCH", "/api/callbacks/99999999999999999999", {"status": "done"})


# --- surveys -------------------------------------------------------------------------------------------------------------
def test_surveys_are_shown_once_answered(feed: Feed, desk: Desk, sender: str) -> None:
    """Nothing over HTTP asks a survey yet: the rows are written past the service."""
    ticket = feed.ticket(conversation_id=sender)["number"]
    columns = "ticket_id, conversation_id, score, dimensions, comment, asked_at, created_at"
    with sqlite3.connect(desk.server.folder / "kefu.db", timeout=10) as base:
        row = base.execute("SELECT id FROM ticket WHERE number = ?", [ticket]).fetchone()[0]
        for score, created in ((4, "2026-03-02 02:00:00.000000"), (None, None)):
            values = [
                row,
                f"rest:{sender}",
                score,
                '{"speed": 5}',
                "打13812345678",
                "2026-03-02 01:00:00.000000",
                created,
            ]
            base.execute(f"INSERT INTO survey ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", values)
    base.close()
    (shown,) = desk.items("/api/surveys", conversation_id=sender)
    assert {name: shown[name] for name in ("ticket", "score", "dimensions", "comment")} == {
        "ticket": ticket, "score": 4, "dimensions": {"speed": 5}, "comment": "打13812345678",
    }  # fmt: skip
    assert shown["created_at"] == "2026-03-02T10:00:00+08:00" and shown["conversation_id"] == f"rest:{sender}"
    assert desk.items("/api/surveys", ticket=ticket) == [shown]
    assert desk.items("/api/surveys", ticket=ticket, score=5) == []
