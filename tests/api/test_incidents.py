"""A dispatcher's moves over HTTP: what is refused and why, what is shown to whom. What follows in talks: tests/dialogue/test_known_outages.py."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.feeding import Feed, fresh
from tests.support.desk import Desk

SERVICE = "water"


@pytest.fixture(scope="module")
def feed(desk: Desk) -> Feed:
    return Feed(desk, "admin")


@pytest.fixture(scope="module")
def net(feed: Feed) -> dict[str, str]:
    """A main with two branches, and a home at each."""
    main = fresh("W")
    codes = {"main": main, "one": f"{main}-1", "two": f"{main}-2"}
    for name, code in codes.items():
        parent = None if name == "main" else main
        body = {"service": SERVICE, "kind": "main" if parent is None else "branch", "name": name, "parent_code": parent}
        feed.ok("PUT", f"/api/areas/{code}", body)
    for name in ("one", "two"):
        home = {
            "service": SERVICE,
            "area_code": codes[name],
            "address": f"临江区人民路88号{main}花园{name}",
            "tariff": None,
        }
        feed.account(**home)
    return codes


def an_incident(feed: Feed, area: str, **more: Any) -> dict[str, Any]:
    return feed.ok("POST", "/api/incidents", {"service": SERVICE, "area_code": area, **more})  # type: ignore[no-any-return]


def test_an_incident_shows_its_size_and_history(feed: Feed, net: dict[str, str]) -> None:
    number = an_incident(feed, net["main"])["number"]
    feed.ok("PATCH", f"/api/incidents/{number}", {"cause": "爆管"})
    shown = feed.ok("GET", f"/api/incidents/{number}")
    assert (shown["area_name"], shown["homes"], shown["reports"], shown["origin"]) == ("main", 2, 0, "fed")
    assert [one["action"] for one in shown["history"]] == ["opened", "changed"]
    assert shown["history"][1]["changes"] == {"cause": [None, "爆管"]}


def test_splitting(feed: Feed, net: dict[str, str]) -> None:
    number = an_incident(feed, net["main"], cause="爆管")["number"]
    path = f"/api/incidents/{number}/split"
    for wrong in (["E-S1-F1"], [net["one"], net["one"]], [net["main"], net["one"]], ["W-NONE"]):
        feed.refused(422, "POST", path, {"areas": wrong})
    assert feed.ok("GET", f"/api/incidents/{number}")["area_code"] == net["main"], "a refusal has no effect"
    parts = feed.ok("POST", path, {"areas": [net["one"], net["two"]]})
    assert [(part["area_code"], part["cause"]) for part in parts] == [(net["one"], "爆管"), (net["two"], "爆管")]
    assert parts[0]["number"] == number != parts[1]["number"]
    feed.ok("PATCH", f"/api/incidents/{number}", {"status": "restored"})
    feed.refused(409, "POST", path, {"areas": [net["one"]]})
    feed.refused(404, "POST", "/api/incidents/GZ-NONE/split", {"areas": [net["one"]]})


def test_merging(feed: Feed, net: dict[str, str]) -> None:
    one, two = (an_incident(feed, net[name])["number"] for name in ("one", "main"))
    other = feed.ok("POST", "/api/incidents", {"service": "electricity", "area_code": "E-S2-F1"})["number"]
    path = f"/api/incidents/{one}/merge"
    feed.refused(422, "POST", path, {"into": one})
    feed.refused(422, "POST", path, {"into": other})
    feed.refused(404, "POST", path, {"into": "GZ-NONE"})
    assert feed.ok("POST", path, {"into": two})["number"] == two
    gone = feed.ok("GET", f"/api/incidents/{one}")
    assert (gone["status"], gone["merged_into"]) == ("cancelled", two)
    feed.refused(409, "POST", path, {"into": two})


def test_reports_are_listed_without_phones_for_agents(feed: Feed, desk: Desk) -> None:
    incident = feed.ok("POST", "/api/incidents", {"service": "electricity", "area_code": "E-S3-F1"})["number"]
    sender = fresh("storm")
    desk.server.text(sender, "我家没电了，北山新村11号楼3单元502，电话13912345678")
    path = f"/api/incidents/{incident}/reports"
    (mine,) = [row for row in desk.items(path) if row["conversation_id"] == f"rest:{sender}"]
    assert mine["phone"] == "13912345678" and "北山新村11号楼" in mine["address"]
    (masked,) = [row for row in desk.items(path, role="agent") if row["id"] == mine["id"]]
    assert "13912345678" not in str(masked) and masked["phone"] == "139****5678"
    feed.ok("PATCH", f"/api/incidents/{incident}", {"status": "restored"})
