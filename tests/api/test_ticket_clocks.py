"""Time limits of tickets over HTTP: shown, met by steps, paused by reasons, found by filters; what staff are told."""

from __future__ import annotations

import sqlite3
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


def a_complaint(feed: Feed, **more: Any) -> dict[str, Any]:
    return feed.ticket(kind="complaint", category="complain", description="抄表员态度不好", **more)


def states(ticket: dict[str, Any]) -> dict[str, str]:
    return {row["target"]: row["state"] for row in ticket["clocks"]}


def test_a_ticket_shows_its_clocks(feed: Feed) -> None:
    made = a_complaint(feed)
    assert states(made) == {"contact": "running", "reply": "running", "closing": "running"}
    contact, reply, _ = made["clocks"]
    span = datetime.fromisoformat(contact["due_at"]) - datetime.fromisoformat(contact["started_at"])
    assert span == timedelta(hours=24) and "承诺" in contact["source"]
    assert (reply["due_at"], reply["round"], reply["met_at"]) == (made["due_at"], 0, None)


def test_steps_meet_clocks_and_stand_in_the_history(feed: Feed, agent: Feed) -> None:
    number = a_complaint(feed)["number"]
    path = f"/api/tickets/{number}/steps"
    done = agent.ok("POST", path, {"step": "accepted", "note": "我来"})
    assert done["status"] == "in_progress" and states(done)["contact"] == "running"
    done = agent.ok("POST", path, {"step": "contacted", "note": "已通话"})
    assert states(done) == {"contact": "met", "reply": "running", "closing": "running"}
    assert ("agent1", "contacted", "已通话") in [(e["actor"], e["action"], e["note"]) for e in done["history"]]
    agent.refused(422, "POST", path, {"step": "slept"})
    agent.refused(403, "POST", path, {"step": "replied", "at": "2026-03-02T10:30"})
    agent.refused(404, "POST", "/api/tickets/TS0/steps", {"step": "replied"})
    agent.ok("PATCH", f"/api/tickets/{number}", {"status": "closed"})
    assert "不再处理" in agent.refused(409, "POST", path, {"step": "replied"})


def test_a_system_reports_later_what_was_in_time(feed: Feed) -> None:
    made = feed.ticket(created_at="2026-03-02T10:00", address="王家村12号")
    assert states(made)["arrival"] == "late"
    step = {"step": "arrived", "at": "2026-03-02T10:20"}
    arrival = feed.ok("POST", f"/api/tickets/{made['number']}/steps", step)["clocks"][0]
    assert (arrival["state"], arrival["met_at"], arrival["breached_at"]) == ("met", "2026-03-02T10:20:00+08:00", None)


def test_only_a_reason_of_the_rules_stops_a_clock(feed: Feed, agent: Feed) -> None:
    path = f"/api/tickets/{a_complaint(feed)['number']}"
    agent.refused(422, "PATCH", path, {"waiting_for": "customer_papers"})
    assert "customer_papers" in agent.refused(422, "PATCH", path, {"status": "waiting", "waiting_for": "lunch"})
    still = agent.ok("PATCH", path, {"status": "waiting", "waiting_for": "customer_papers", "note": "等复印件"})
    assert still["waiting_for"] == "customer_papers"
    assert states(still) == {"contact": "running", "reply": "paused", "closing": "paused"}
    assert still["clocks"][1]["pauses"][0]["reason"] == "customer_papers"
    on = agent.ok("PATCH", path, {"status": "in_progress"})
    assert on["waiting_for"] is None and set(states(on).values()) == {"running"}
    assert on["clocks"][1]["pauses"][0]["to"] is not None


def test_late_ones_are_found(desk: Desk, feed: Feed) -> None:
    place = fresh("夜班")
    late = feed.ticket(created_at="2026-03-02T10:00", desk=place)["number"]
    soon, done = feed.ticket(desk=place), feed.ticket(created_at="2026-03-02T10:00", desk=place)["number"]
    feed.ok("PATCH", f"/api/tickets/{done}", {"status": "closed"})

    def found(**wanted: Any) -> set[str]:
        return {row["number"] for row in desk.items("/api/tickets", desk=place, **wanted)}

    assert found(late=True) == {late} and found(late=False) == {soon["number"], done}
    assert found(due_before="2026-03-03T10:00") == {late}
    assert found(due_before="2060-01-01T00:00") == {late, soon["number"]}
    assert desk.get("/api/tickets", due_before="soon").status_code == 422


# --- what staff are told -------------------------------------------------------------------------------------------------
@pytest.fixture
def told(desk: Desk) -> list[int]:
    """Two messages for agent2, one for agent3, as jobs write them."""
    with sqlite3.connect(desk.server.folder / "kefu.db", timeout=10) as base:
        ids = []
        for username, kind in (("agent2", "warning"), ("agent2", "escalation"), ("agent3", "warning")):
            values = (username, kind, "工单快到时限了", "2026-03-02 02:00:00.000000")
            query = "INSERT INTO staff_message (username, kind, text, created_at) VALUES (?, ?, ?, ?)"
            ids.append(int(base.execute(query, values).lastrowid or 0))
    return ids


def test_everybody_reads_their_own_messages(desk: Desk, told: list[int]) -> None:
    token = desk.http.post("/api/session", json={"username": "agent2", "password": "agent2-demo"}).json()["token"]
    mine = {"Authorization": f"Bearer {token}"}

    def seen(**wanted: Any) -> list[int]:
        rows = desk.http.get("/api/staff-messages", params=wanted, headers=mine).raise_for_status().json()["items"]
        assert {row["username"] for row in rows} <= {"agent2"}
        return [row["id"] for row in rows if row["id"] in told]

    assert seen() == [told[1], told[0]] and seen(kind="warning") == [told[0]] and seen(unread=True) == seen()
    path = f"/api/staff-messages/{told[0]}"
    read = desk.http.patch(path, json={"read": True}, headers=mine).raise_for_status().json()
    assert read["read_at"] and desk.http.patch(path, json={"read": True}, headers=mine).json() == read
    assert seen(unread=True) == [told[1]] and seen(unread=False) == [told[0]]
    assert desk.http.patch(f"/api/staff-messages/{told[2]}", json={"read": True}, headers=mine).status_code == 404
    assert desk.http.get("/api/staff-messages", params={"username": "agent3"}, headers=mine).status_code == 403


def test_a_supervisor_sees_what_others_were_told(desk: Desk, told: list[int]) -> None:
    ids = [row["id"] for row in desk.items("/api/staff-messages", username="agent3")]
    assert told[2] in ids and not {told[0], told[1]} & set(ids)


def test_the_calendar_says_what_nobody_has_published(desk: Desk) -> None:
    days = {row["day"]: row for row in desk.walk("/api/calendar", year=2026)}
    assert len(days) == 365 and not days["2026-10-01"]["working"] and "国庆" in days["2026-10-01"]["name"]
    assert desk.page("/api/calendar", year=2026, published=False)["total"] == 0
    unpublished = {row["day"] for row in desk.items("/api/calendar", year=2027, published=False)}
    assert "2027-01-01" not in unpublished and "2027-06-01" in unpublished
