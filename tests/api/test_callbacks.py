"""Calls back over HTTP: the agenda and what it prepares, tries, whose a call is, slots of a desk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.api.feeding import Feed, fresh
from tests.support.desk import Desk

PHONE, MASKED = "13812345678", "138****5678"
Booking = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def feed(desk: Desk) -> Feed:
    return Feed(desk)


@pytest.fixture(scope="module")
def agent(desk: Desk) -> Feed:
    return Feed(desk, "agent")


@pytest.fixture(scope="module")
def boss(desk: Desk) -> Feed:
    return Feed(desk, "supervisor")


@pytest.fixture
def desk_name() -> str:
    return f"台{fresh()[-8:]}"


@pytest.fixture
def book(feed: Feed, desk_name: str) -> Booking:
    """A call of a desk nobody else uses, so many half hours into 2 January 2032."""

    def make(halves: int = 0, **more: Any) -> dict[str, Any]:
        start = datetime.fromisoformat("2032-01-02T08:00:00+08:00") + timedelta(minutes=30 * halves)
        window = {"window_start": start.isoformat(), "window_end": (start + timedelta(minutes=30)).isoformat()}
        body = {"phone": PHONE, "reason": "过户", "desk": desk_name, **window}
        return feed.ok("POST", "/api/callbacks", body | more)  # type: ignore[no-any-return]

    return make


def test_the_agenda_goes_by_time_in_pages(feed: Feed, book: Booking, desk_name: str) -> None:
    made = [book(halves)["number"] for halves in (2, 0, 1)]
    path = f"/api/callbacks/agenda?day=2032-01-02&desk={desk_name}&limit=2"
    first = feed.ok("GET", path)
    second = feed.ok("GET", first["next"])
    assert (first["total"], second["next"]) == (3, None)
    assert [one["number"] for one in (*first["items"], *second["items"])] == [made[1], made[2], made[0]]
    assert feed.ok("GET", f"/api/callbacks/agenda?day=2032-01-03&desk={desk_name}")["items"] == []
    feed.refused(422, "GET", "/api/callbacks/agenda?day=tomorrow")


def test_what_is_prepared_and_who_sees_phones(
    feed: Feed, agent: Feed, desk: Desk, book: Booking, sender: str, desk_name: str
) -> None:
    desk.server.text(sender, f"你好，我的电话是{PHONE}，居民用水多少钱一方")
    ticket = feed.ticket(conversation_id=f"rest:{sender}", phone=PHONE, description=f"电话{PHONE}")
    other = feed.ticket(conversation_id=f"rest:{sender}")
    call = book(ticket=ticket["number"])
    path = f"/api/callbacks/agenda?day=2032-01-02&desk={desk_name}"
    (seen,) = feed.ok("GET", path)["items"]
    (masked,) = agent.ok("GET", path)["items"]
    assert (seen["phone"], masked["phone"]) == (PHONE, MASKED)
    assert (seen["number"], seen["about"]["number"], seen["accounts"]) == (call["number"], ticket["number"], [])
    assert seen["about"]["history"] and "clocks" in seen["about"]
    assert [one["number"] for one in seen["open_tickets"]] == [other["number"]]
    assert any("居民用水" in words and MASKED in words for words in seen["said"])
    assert PHONE not in str(masked)


def test_of_a_proved_account_the_bill_is_told(
    feed: Feed, desk: Desk, book: Booking, sender: str, desk_name: str
) -> None:
    account = feed.account()
    desk.server.sign_in(f"rest:{sender}", account)
    book(conversation_id=f"rest:{sender}")
    (seen,) = feed.ok("GET", f"/api/callbacks/agenda?day=2032-01-02&desk={desk_name}")["items"]
    told = {"number": account, "service": "electricity", "bill": None, "owed": "0"}
    assert seen["accounts"] == [told]


def test_tries_are_written_down_and_followed(feed: Feed, agent: Feed, book: Booking) -> None:
    call = book()
    path = f"/api/callbacks/{call['id']}/attempts"
    tried = agent.ok("POST", path, {"outcome": "busy", "note": f"打了{PHONE}"})
    assert [(one["actor"], one["outcome"]) for one in tried["attempts"]] == [("agent1", "busy")]
    assert PHONE not in str(tried) and tried["status"] == "requested"
    assert agent.ok("POST", path, {"outcome": "reached"})["status"] == "done"
    agent.refused(409, "POST", path, {"outcome": "busy"})
    agent.refused(404, "POST", "/api/callbacks/2147483647/attempts", {"outcome": "busy"})
    other = book(3)
    for wrong in (
        {"outcome": "odd"},
        {},
        {"outcome": "busy", "at": "2999-01-01T00:00"},
        {"outcome": "busy", "more": 1},
    ):
        agent.refused(422, "POST", f"/api/callbacks/{other['id']}/attempts", wrong)
    assert feed.ok("GET", f"/api/callbacks/{call['id']}")["attempts"][0]["note"] == f"打了{PHONE}"


def test_whose_it_is(feed: Feed, agent: Feed, boss: Feed, book: Booking, desk_name: str) -> None:
    call = book()
    assert call["owner"]
    path = f"/api/callbacks/{call['id']}"
    assert boss.ok("PATCH", path, {"owner": "supervisor1"})["owner"] == "supervisor1"
    agent.refused(403, "PATCH", path, {"owner": "supervisor1"})
    assert agent.ok("PATCH", path, {"owner": "agent1"})["owner"] == "agent1"
    boss.refused(422, "PATCH", path, {"owner": "nobody"})
    boss.refused(422, "PATCH", path, {"owner": "integration1"})
    boss.refused(422, "PATCH", path, {"owner": None})
    mine = f"/api/callbacks/agenda?day=2032-01-02&desk={desk_name}&mine=true"
    assert [one["number"] for one in agent.ok("GET", mine)["items"]] == [call["number"]]
    assert boss.ok("GET", mine)["items"] == []


def test_never_the_one_it_is_about(feed: Feed, boss: Feed, book: Booking) -> None:
    people = feed.ok("GET", "/api/staff?limit=500")["items"]
    number = next(one["employee_number"] for one in people if one["username"] == "agent1")
    call = book(ticket=feed.ticket(kind="complaint", category="complain", staff=number)["number"])
    assert "被投诉" in boss.refused(422, "PATCH", f"/api/callbacks/{call['id']}", {"owner": "agent1"})


def test_one_call_a_ticket(feed: Feed, book: Booking) -> None:
    ticket = feed.ticket()["number"]
    first, other = book(ticket=ticket), book(2)
    body = {name: other[name] for name in ("phone", "window_start", "window_end", "reason")}
    assert first["number"] in feed.refused(409, "POST", "/api/callbacks", {**body, "ticket": ticket})
    feed.ok("PATCH", f"/api/callbacks/{first['id']}", {"status": "missed"})
    second = book(4, ticket=ticket)
    refused = feed.refused(409, "PATCH", f"/api/callbacks/{first['id']}", {"status": "requested"})
    assert second["number"] in refused


def test_slots_of_a_desk(feed: Feed, book: Booking, desk_name: str) -> None:
    times = {"starts_at": "2032-01-02T08:00:00+08:00", "ends_at": "2032-01-02T08:30:00+08:00"}
    slot = feed.ok("PUT", "/api/callback-slots", {**times, "desk": desk_name, "capacity": 1})
    assert slot["desk"] == desk_name
    assert feed.ok("GET", f"/api/callback-slots?desk={desk_name}")["items"] == [slot]
    first = book()
    body = {name: first[name] for name in ("phone", "window_start", "window_end", "reason", "desk")}
    assert "满" in feed.refused(409, "POST", "/api/callbacks", body)
    feed.ok("POST", "/api/callbacks", {**body, "desk": f"{desk_name}二"})
    assert feed.send("PUT", "/api/callback-slots", {**times, "desk": desk_name, "capacity": 2}).status_code == 200
    feed.ok("POST", "/api/callbacks", body)
