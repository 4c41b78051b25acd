"""What a return call heard and the verifying of what was reopened, over HTTP: who may, what follows, what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.feeding import Feed
from tests.support.desk import Desk


@pytest.fixture
def feed(desk: Desk) -> Feed:
    return Feed(desk)


@pytest.fixture
def agent(desk: Desk) -> Feed:
    return Feed(desk, "agent")


def resolved(feed: Feed, sender: str, **more: Any) -> str:
    number = str(feed.ticket(conversation_id=f"rest:{sender}", phone="13812345678", **more)["number"])
    feed.ok("PATCH", f"/api/tickets/{number}", {"status": "resolved"})
    return number


def status(desk: Desk, number: str) -> str:
    return str(desk.page(f"/api/tickets/{number}")["status"])


def test_what_a_call_heard_closes_and_is_shown(feed: Feed, agent: Feed, desk: Desk, sender: str) -> None:
    number = resolved(feed, sender)
    heard = {"fixed": True, "score": 4, "dimensions": {"empathy": 4}, "expectations": {"empathy": 5}}
    shown = agent.ok("POST", f"/api/tickets/{number}/survey", {**heard, "comment": "师傅很快"})
    assert {name: shown[name] for name in heard} == heard
    assert (shown["ticket"], shown["status"], shown["recorded_by"]) == (number, "done", "agent1")
    assert status(desk, number) == "closed"
    assert [row["id"] for row in desk.items("/api/surveys", ticket=number, fixed=True, status="done")] == [shown["id"]]
    assert desk.items("/api/surveys", ticket=number, fixed=False) == []
    agent.refused(409, "POST", f"/api/tickets/{number}/survey", {"fixed": True})


@pytest.mark.parametrize(
    "wrong",
    [{}, {"fixed": True, "score": 6}, {"fixed": True, "dimensions": {"speed": 3}}, {"fixed": True, "odd": 1}]
    + [{"fixed": True, "dimensions": {"empathy": 0}}, {"fixed": None}],
    ids=repr,
)
def test_what_is_no_answer_is_refused(feed: Feed, agent: Feed, desk: Desk, sender: str, wrong: dict[str, Any]) -> None:
    number = resolved(feed, sender)
    agent.refused(422, "POST", f"/api/tickets/{number}/survey", wrong)
    assert status(desk, number) == "resolved" and desk.items("/api/surveys", ticket=number) == []


def test_not_fixed_by_phone_is_verified_by_another(feed: Feed, agent: Feed, desk: Desk, sender: str) -> None:
    number, boss = resolved(feed, sender), Feed(desk, "supervisor")
    agent.refused(409, "POST", f"/api/tickets/{number}/verify", {"fixed": True})
    agent.ok("POST", f"/api/tickets/{number}/survey", {"fixed": False, "comment": "又跳了"})
    assert status(desk, number) == "in_progress"
    boss.refused(409, "POST", f"/api/tickets/{number}/verify", {"fixed": True})
    feed.ok("PATCH", f"/api/tickets/{number}", {"status": "resolved"})
    assert "核实" in feed.refused(409, "PATCH", f"/api/tickets/{number}", {"status": "closed"})
    if desk.get(f"/api/tickets/{number}").json()["verifier"] != "agent1":  # the least busy one was named
        agent.refused(403, "POST", f"/api/tickets/{number}/verify", {"fixed": True})
    boss.refused(422, "POST", f"/api/tickets/{number}/verify", {"fixed": False})
    done = boss.ok("POST", f"/api/tickets/{number}/verify", {"fixed": True, "note": "看过了"})
    assert done == {"ticket": number, "fixed": True, "status": "resolved", "verified_by": "supervisor1"}
    agent.ok("POST", f"/api/tickets/{number}/survey", {"fixed": True, "score": 5})
    assert status(desk, number) == "closed" and len(desk.items("/api/surveys", ticket=number)) == 2


def test_an_outside_system_closes_what_was_reopened_once_it_is_verified(
    feed: Feed, agent: Feed, desk: Desk, sender: str
) -> None:
    number = resolved(feed, sender)
    agent.ok("POST", f"/api/tickets/{number}/survey", {"fixed": False, "comment": "还是没电"})
    why = feed.refused(409, "PATCH", f"/api/tickets/{number}", {"status": "closed"})
    assert f"POST /api/tickets/{number}/verify" in why and "resolved" in why
    feed.ok("PATCH", f"/api/tickets/{number}", {"status": "resolved"})
    feed.ok("POST", f"/api/tickets/{number}/verify", {"fixed": True, "note": "现场系统已核实"})
    feed.ok("PATCH", f"/api/tickets/{number}", {"status": "closed"})
    assert status(desk, number) == "closed"
