"""The staff's side of a handoff: taken, answered, interrupted by danger, given back (docs: kefu/conversations/handoffs.py)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.dialogue.player import DEFAULT_CLOCK
from tests.dialogue.talking import Talk
from tests.dialogue.values import demo_values
from tests.support.server import Server

HELLO = "您好，我是供电坐席，正在看您家的情况。"
AGENT, COLLEAGUE = "agent1", "agent2"


class Staff:
    """Members of staff at the handoff calls, each with a token of their own."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._tokens: dict[str, str] = {}

    def call(self, who: str, method: str, path: str, body: Any = None) -> httpx.Response:
        if who not in self._tokens:
            given = {"username": who, "password": f"{who}-demo"}
            answer = self._server.client.post("/api/session", json=given).raise_for_status()
            self._tokens[who] = answer.json()["token"]
        headers = {"Authorization": f"Bearer {self._tokens[who]}"}
        return self._server.client.request(method, f"/api/handoffs{path}", json=body, headers=headers)

    def claim(self, who: str, number: int) -> httpx.Response:
        return self.call(who, "PATCH", f"/{number}", {"status": "claimed"})

    def say(self, who: str, number: int, text: str) -> httpx.Response:
        return self.call(who, "POST", f"/{number}/messages", {"text": text})

    def give_back(self, who: str, number: int) -> httpx.Response:
        return self.call(who, "PATCH", f"/{number}", {"status": "closed", "note": "已解释"})


@pytest.fixture(scope="module", autouse=True)
def leave_clean(server: Server) -> Iterator[None]:
    """Nobody waits for a person in the tests that follow."""
    yield
    server.reset()


@pytest.fixture
def staff(server: Server) -> Staff:
    server.reset(DEFAULT_CLOCK)
    return Staff(server)


@pytest.fixture
def values(server: Server, staff: Staff) -> dict[str, str]:
    return demo_values(server)


def queued(server: Server, sender: str, *before: str) -> tuple[Talk, int]:
    """A customer who waits for a person, and the handoff."""
    talk = Talk(server, sender)
    for text in (*before, "转人工"):
        talk.say(text)
    rows = server.api("/api/handoffs", conversation_id=f"rest:{sender}", limit=5)["items"]
    assert [row["status"] for row in rows] == ["waiting"], talk
    return talk, rows[0]["id"]


def heard(server: Server, sender: str, text: str) -> list[dict[str, Any]]:
    """Every part of the answer to one message."""
    return server.say(sender, text)


def test_taken_and_answered_once(server: Server, staff: Staff) -> None:
    _, number = queued(server, "anna")
    claimed = staff.claim(AGENT, number).raise_for_status().json()
    assert (claimed["status"], claimed["claimed_by"]) == ("claimed", AGENT)
    assert staff.say(AGENT, number, HELLO).status_code == 201
    first = heard(server, "anna", "您好，我想问问我家的电费")
    assert [line["text"] for line in first] == [HELLO]
    assert first[0]["custom"]["speaker"] == "agent"
    assert heard(server, "anna", "在吗") == []


def test_several_lines_come_in_order(server: Server, staff: Staff) -> None:
    _, number = queued(server, "anna")
    for text in ("第一句", "第二句", "第三句"):
        assert staff.say(AGENT, number, text).status_code == 201
    assert [line["text"] for line in heard(server, "anna", "嗯")] == ["第一句", "第二句", "第三句"]
    assert staff.say(AGENT, number, "第四句").status_code == 201
    assert [line["text"] for line in heard(server, "anna", "好")] == ["第四句"]


def test_answering_takes_it(server: Server, staff: Staff) -> None:
    _, number = queued(server, "anna")
    assert staff.say(AGENT, number, HELLO).status_code == 201
    shown = staff.call(AGENT, "GET", f"/{number}").raise_for_status().json()
    assert (shown["status"], shown["claimed_by"], shown["place"]) == ("claimed", AGENT, None)


def test_a_colleague_cannot_speak_in_it(server: Server, staff: Staff) -> None:
    _, number = queued(server, "anna")
    staff.claim(AGENT, number).raise_for_status()
    assert staff.claim(COLLEAGUE, number).status_code == 409
    assert staff.say(COLLEAGUE, number, "我来说两句").status_code == 409
    assert staff.give_back(COLLEAGUE, number).status_code == 409
    assert heard(server, "anna", "喂") == []


def test_only_a_claimed_one_is_given_back(server: Server, staff: Staff) -> None:
    _, number = queued(server, "anna")
    assert staff.give_back(AGENT, number).status_code == 409
    staff.claim(AGENT, number).raise_for_status()
    staff.give_back(AGENT, number).raise_for_status()
    assert staff.say(AGENT, number, HELLO).status_code == 409
    assert staff.claim(COLLEAGUE, number).status_code == 409


@pytest.mark.parametrize("text", ["", "   ", "\u200b"])
def test_nothing_to_say_is_refused(server: Server, staff: Staff, text: str) -> None:
    _, number = queued(server, "anna")
    assert staff.say(AGENT, number, text).status_code == 422
    assert staff.call(AGENT, "GET", f"/{number}").json()["status"] == "waiting"


def test_unknown_handoffs(staff: Staff) -> None:
    assert staff.claim(AGENT, 4711).status_code == 404
    assert staff.say(AGENT, 4711, HELLO).status_code == 404


def test_the_integration_role_may_not(server: Server, staff: Staff) -> None:
    _, number = queued(server, "anna")
    assert staff.claim("integration1", number).status_code == 403
    assert staff.say("integration1", number, HELLO).status_code == 403
    assert staff.give_back("integration1", number).status_code == 403


@pytest.mark.parametrize("danger", ["厨房里煤气味好大", "电线冒火花了", "我老公触电倒下了", "家里燃气报警器一直响"])
def test_danger_while_a_person_has_it(server: Server, staff: Staff, danger: str) -> None:
    talk, number = queued(server, "anna")
    staff.claim(AGENT, number).raise_for_status()
    before = talk.alerts().count("emergency")
    said = talk.say(danger)
    assert "96118" in said, talk
    assert talk.alerts().count("emergency") == before + 1
    assert staff.call(AGENT, "GET", f"/{number}").json()["status"] == "claimed"
    assert heard(server, "anna", "好的我出来了") == []


def test_what_was_said_in_danger_comes_with_the_persons_words(server: Server, staff: Staff) -> None:
    _, number = queued(server, "anna")
    staff.say(AGENT, number, HELLO)
    texts = [line["text"] for line in heard(server, "anna", "厨房里煤气味好大")]
    assert HELLO in texts
    assert any("96118" in text for text in texts)


def test_given_back_the_assistant_answers_and_knows_the_tickets(
    server: Server, staff: Staff, values: dict[str, str]
) -> None:
    talk = Talk(server, "anna", {"since": "半小时前", "phone": values["phone_A"]})
    talk.say(f"家里停电了，{values['address_A']}")
    talk.finish()
    ticket = talk.tickets(category="report_outage")[0]["number"]
    talk, number = queued(server, "anna")
    staff.say(AGENT, number, HELLO)
    staff.give_back(AGENT, number).raise_for_status()
    said = talk.say("我报的停电办到哪了")
    assert HELLO in said
    assert ticket in said
    assert HELLO not in talk.say("谢谢")


def test_the_summary_names_tickets_and_masks_phones(server: Server, staff: Staff, values: dict[str, str]) -> None:
    talk = Talk(server, "anna", {"since": "半小时前", "phone": values["phone_A"]})
    talk.say(f"家里停电了，{values['address_A']}")
    talk.finish()
    ticket = talk.tickets(category="report_outage")[0]["number"]
    _, number = queued(server, "anna")
    shown = staff.call(AGENT, "GET", f"/{number}").raise_for_status().json()
    assert ticket in shown["summary"]
    assert values["phone_A"] not in shown["summary"]


def test_the_next_one_moves_up(server: Server, staff: Staff) -> None:
    _, first = queued(server, "anna")
    second, _ = queued(server, "bert")
    assert "第2位" in second.last
    staff.claim(AGENT, first).raise_for_status()
    assert "第1位" in second.say("还要等多久")


def test_asked_for_again_after_it_was_given_back(server: Server, staff: Staff) -> None:
    talk, number = queued(server, "anna")
    staff.claim(AGENT, number).raise_for_status()
    staff.give_back(AGENT, number).raise_for_status()
    assert "第1位" in talk.say("转人工")
    rows = server.api("/api/handoffs", conversation_id="rest:anna", limit=5)["items"]
    assert sorted(row["status"] for row in rows) == ["closed", "waiting"]


def test_a_report_of_danger_begun_in_the_queue_is_finished_though_a_person_comes(
    server: Server, staff: Staff, values: dict[str, str]
) -> None:
    """Somebody claims while the assistant asks for the place: the place must still reach a ticket or the person."""
    talk, number = queued(server, "anna")
    talk.say("家里有很浓的煤气味")
    staff.claim(AGENT, number).raise_for_status()
    talk.say(values["address_A"])
    lines = server.api("/api/conversations/rest:anna/messages", limit=50)["items"]
    assert any(values["address_A"] in line["text"] for line in lines)
    assert talk.alerts().count("emergency") >= 1
