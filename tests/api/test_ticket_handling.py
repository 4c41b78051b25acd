"""Tickets handed on, given back, finished, merged and split over HTTP; who has them, and what they are about."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.feeding import Feed, fresh
from tests.support.desk import Desk

HOME = {"address": "阳光花园5号楼2单元501"}


@pytest.fixture(scope="module")
def head(desk: Desk) -> Feed:
    return Feed(desk, "supervisor")


@pytest.fixture(scope="module")
def agent(desk: Desk) -> Feed:
    return Feed(desk, "agent")


@pytest.fixture(scope="module")
def admin(desk: Desk) -> Feed:
    return Feed(desk, "admin")


def of(ticket: dict[str, Any], what: str = "") -> str:
    return f"/api/tickets/{ticket['number']}" + (f"/{what}" if what else "")


def test_a_ticket_shows_whose_it_is_and_what_it_is_about(head: Feed) -> None:
    made = head.ticket(**HOME)
    assert (made["unit"], made["owner"], made["owner_name"]) == ("LJ-D", "station1", "余大成")
    assert made["branch"].startswith("fault.electricity.outage.") and made["branch_labels"][:2] == [
        "用电故障报修",
        "停电",
    ]
    assert (made["resolution"], made["reopened"], made["merged_into"], made["verifier"]) == ({}, 0, None, None)
    changed = head.ok("PATCH", of(made), {"branch": "fault.electricity.outage.home", "note": "只有一户"})
    assert changed["branch_labels"][-1] == "单户停电" and changed["history"][-1]["note"] == "只有一户"
    for wrong in ("fault.electricity.nothing", "complaint.water.other"):
        assert "类别" in head.refused(422, "PATCH", of(made), {"branch": wrong})


def test_lists_by_owner_unit_mine_and_branch(head: Feed, agent: Feed, admin: Feed) -> None:
    account = admin.account()
    fault = head.ticket(account_number=account)
    own = head.ticket(kind="enquiry", category="ask_bill", account_number=account, desk="供电坐席")
    head.ok("POST", of(own, "assign"), {"owner": "agent1", "note": "请接"})

    def listed(feed: Feed, query: str) -> set[str]:
        page = feed.ok("GET", f"/api/tickets?account_number={account}&limit=500&{query}")
        return {item["number"] for item in page["items"]}

    assert listed(head, "unit=LJ-D") == listed(head, f"owner={fault['owner']}") == {fault["number"]}
    assert listed(agent, "mine=true") == {own["number"]} and listed(head, "mine=true") == set()
    assert (
        listed(head, "branch=fault.electricity") == listed(head, "branch=fault.electricity.outage") == {fault["number"]}
    )
    assert listed(head, "branch=fault.elect") == set(), "a code, not half of one"


def test_handed_on_given_back_and_finished(head: Feed, agent: Feed) -> None:
    made = head.ticket(**HOME)
    there = head.ok("POST", of(made, "assign"), {"unit": "DH-D", "note": "东湖代管"})
    assert (there["unit"], there["owner"], there["status"]) == ("DH-D", "station3", "assigned")
    back = agent.ok("POST", of(made, "return"), {"note": "不属本站"})
    assert (back["unit"], back["owner"]) == ("LJ-D", "supervisor1")
    assert [entry["action"] for entry in back["history"]] == ["created", "assign", "status", "return"]
    said = agent.refused(422, "POST", of(made, "finish"), {"result": "已处理完毕"})
    assert "缺少：" in said and "没有说具体" in said
    feedback = {
        "contacted_at": made["first_word_at"],
        "restored_at": made["first_word_at"],
        "cause": "总开关老化",
        "finding": "触点烧蚀，住户电话13812345678",
        "measure": "更换开关一只",
        "result": "全部恢复供电",
        "customer_opinion": "表示满意",
    }
    done = agent.ok("POST", of(made, "finish"), feedback)
    assert done["status"] == "resolved" and done["resolution"]["by"] == "agent1"
    assert "138****5678" in done["resolution"]["finding"] and done["resolution"]["restored_at"] == made["first_word_at"]
    head.refused(409, "POST", of(made, "assign"), {"owner": "agent1", "note": "再看"})


@pytest.mark.parametrize(
    "body", [{"note": "x"}, {"owner": "agent1"}, {"owner": "agent1", "note": " "}, {"unit": "XX", "note": "x"}]
)
def test_handing_on_needs_a_goal_and_a_reason(head: Feed, body: dict[str, str]) -> None:
    made = head.ticket(**HOME)
    head.refused(422, "POST", of(made, "assign"), body)
    assert head.ok("GET", of(made)) == made


def test_one_complained_of_cannot_touch_the_ticket(head: Feed, agent: Feed, admin: Feed) -> None:
    made = head.ticket(kind="complaint", category="complain", staff="工号1001 沈予安")
    assert made["owner"] not in ("agent1", "")
    for method, what, body in (
        ("PATCH", "", {"status": "closed"}),
        ("POST", "notes", {"note": "没有的事"}),
        ("POST", "finish", {"result": "没有的事"}),
    ):
        assert "您本人" in agent.refused(409, method, of(made, what), body)
    assert "被投诉" in admin.refused(409, "POST", of(made, "assign"), {"owner": "agent1", "note": "因为"})


def test_merged_and_split(head: Feed, admin: Feed) -> None:
    account = admin.account()
    keep, gone = (head.ticket(account_number=account) for _ in range(2))
    kept = head.ok("POST", of(gone, "merge"), {"into": keep["number"], "note": "同一件事"})
    assert kept["number"] == keep["number"] and kept["links"] == [{"ticket": gone["number"], "relation": "same"}]
    seen = head.ok("GET", of(gone))
    assert (seen["status"], seen["merged_into"]) == ("cancelled", keep["number"])
    head.refused(409, "POST", of(gone, "merge"), {"into": keep["number"], "note": "再来"})
    head.refused(404, "POST", of(keep, "merge"), {"into": "BX-NONE", "note": "没有"})
    parts = [{"description": "水也黄", "service": "water", "category": "report_quality"}]
    new = head.ok("POST", of(keep, "split"), {"parts": parts, "note": "两件事"})["items"]
    assert (new[0]["unit"], new[0]["first_word_at"]) == ("LJ-S", keep["first_word_at"])
    related = head.ok("GET", of(keep, "related"))["items"]
    assert {row["number"]: row["because"] for row in related}[gone["number"]] == ["account", "address", "time"]


def test_who_leaves_hands_their_tickets_on(head: Feed, admin: Feed) -> None:
    login = f"t{fresh()[-8:]}"
    person = {"name": "临时", "employee_number": f"T{fresh()[-8:]}", "role": "agent", "password": "12345678"}
    admin.refused(422, "PUT", f"/api/staff/{login}", person | {"unit": "XX"})
    written = admin.ok("PUT", f"/api/staff/{login}", person | {"unit": "BS-D", "skills": ["electricity"]})
    assert written["unit"] == "BS-D"
    assert login in {row["username"] for row in head.ok("GET", "/api/staff?unit=BS-D")["items"]}
    made = head.ticket(**HOME)
    assert head.ok("POST", of(made, "assign"), {"owner": login, "note": "因为"})["owner"] == login
    admin.ok("PUT", f"/api/staff/{login}", {k: v for k, v in person.items() if k != "password"} | {"active": False})
    seen = head.ok("GET", of(made))
    assert seen["owner"] == "station1" and seen["history"][-1]["actor"] == "admin1"


def test_units_and_categories_are_lists(agent: Feed) -> None:
    units = agent.ok("GET", "/api/units?level=station&service=gas")["items"]
    assert {unit["code"] for unit in units} == {"LJ-S", "DH-S", "BS-S"}
    tree = agent.ok("GET", "/api/categories?kind=fault&service=water")["items"]
    assert [row["code"] for row in tree] == ["fault.water"]
    quality = next(row for row in tree[0]["below"] if row["label"] == "水质")
    assert "水黄" in {row["label"] for row in quality["below"]}
    assert agent.ok("GET", "/api/categories?kind=opinion&limit=2")["next"]
