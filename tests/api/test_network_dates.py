"""Where areas and accounts hang, now and at other moments, as a utility's own systems write it over HTTP."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.api.feeding import AREA, Feed, fresh
from tests.support.desk import Desk

PAST, FUTURE = "2020-01-01T08:00:00+08:00", "2099-01-01T08:00:00+08:00"
MANY = 1_000


@pytest.fixture(scope="module")
def feed(desk: Desk) -> Feed:
    return Feed(desk)


@pytest.fixture
def code(feed: Feed) -> str:
    """A new area below AREA."""
    made = fresh("E-D")
    feed.ok("POST", "/api/areas", an_area(made, AREA))
    return made


def an_area(code: str, parent: str | None, **more: Any) -> dict[str, Any]:
    return {"code": code, "service": "electricity", "kind": "transformer", "name": code, "parent_code": parent} | more


def move(feed: Feed, code: str, parent: str | None, since: str | None = None) -> dict[str, Any]:
    body = {name: value for name, value in an_area(code, parent).items() if name != "code"}
    return feed.ok("PUT", f"/api/areas/{code}", body | ({"valid_from": since} if since else {}))  # type: ignore[no-any-return]


def parent_at(feed: Feed, code: str, at: str) -> str | None:
    return feed.ok("GET", f"/api/areas/{code}?at={quote(at)}")["parent_code"]  # type: ignore[no-any-return]


def test_a_move_to_come_is_shown_and_holds_from_its_day(feed: Feed, desk: Desk, code: str) -> None:
    shown = move(feed, code, "E-S2-F1", FUTURE)
    assert (shown["parent_code"], shown["coming"]) == (AREA, [{"valid_from": FUTURE, "parent_code": "E-S2-F1"}])
    assert [parent_at(feed, code, at) for at in (PAST, FUTURE)] == [AREA, "E-S2-F1"]
    assert code in {item["code"] for item in desk.items("/api/areas", parent_code=AREA)}
    assert code in {item["code"] for item in desk.items("/api/areas", parent_code="E-S2-F1", at=FUTURE)}
    assert code not in {item["code"] for item in desk.items("/api/areas", parent_code=AREA, at=FUTURE)}
    assert move(feed, code, AREA, FUTURE)["coming"] == [], "the former parent takes it back"


def test_a_move_now_keeps_the_past(feed: Feed, code: str) -> None:
    assert move(feed, code, "E-S2-F1")["parent_code"] == "E-S2-F1"
    assert parent_at(feed, code, PAST) == AREA
    move(feed, code, None, PAST)
    assert [parent_at(feed, code, at) for at in ("2019-01-01T00:00", PAST, FUTURE)] == [AREA, None, "E-S2-F1"]


def test_no_circle_on_any_day(feed: Feed, code: str) -> None:
    low = fresh("E-D")
    feed.ok("POST", "/api/areas", an_area(low, AREA))
    move(feed, low, code, FUTURE)
    body = {name: value for name, value in an_area(code, low).items() if name != "code"}
    assert low in feed.refused(422, "PUT", f"/api/areas/{code}", body)
    feed.refused(422, "PUT", f"/api/areas/{code}", body | {"parent_code": AREA, "valid_from": "tomorrow"})


def test_an_area_out_of_service(feed: Feed, desk: Desk, code: str) -> None:
    account = feed.account(area_code=code)
    assert "1 户" in feed.refused(409, "DELETE", f"/api/areas/{code}")
    body = {"service": "electricity", "holder": "张三丰", "address": "x"}
    moved = feed.ok("PUT", f"/api/accounts/{account}", body | {"area_code": AREA, "valid_from": "2098-01-01T00:00"})
    assert moved["area_code"] == code
    assert moved["coming"] == [{"valid_from": "2098-01-01T00:00:00+08:00", "area_code": AREA}]
    assert feed.ok("DELETE", f"/api/areas/{code}?valid_from={quote(FUTURE)}")["out_since"] == FUTURE
    assert code in {item["code"] for item in desk.items("/api/areas", parent_code=AREA)}
    assert code not in {item["code"] for item in desk.items("/api/areas", parent_code=AREA, at=FUTURE)}
    feed.refused(422, "POST", "/api/incidents", {"service": "electricity", "area_code": code, "started_at": FUTURE})
    feed.refused(409, "DELETE", f"/api/areas/{code}")
    feed.refused(404, "DELETE", "/api/areas/E-NONE")
    assert move(feed, code, AREA, FUTURE)["out_since"] is None, "written anew it stays in service"


def test_an_area_with_an_open_incident_stays_in_service(feed: Feed, code: str) -> None:
    incident = feed.ok("POST", "/api/incidents", {"service": "electricity", "area_code": code})["number"]
    assert "故障" in feed.refused(409, "DELETE", f"/api/areas/{code}")
    feed.ok("PATCH", f"/api/incidents/{incident}", {"status": "closed"})
    assert feed.ok("DELETE", f"/api/areas/{code}")["out_since"] is not None
    feed.refused(422, "POST", "/api/incidents", {"service": "electricity", "area_code": code})


def test_an_account_is_listed_where_it_hangs_now(feed: Feed, desk: Desk, code: str) -> None:
    other, account = fresh("E-D"), feed.account(area_code=code)
    feed.ok("POST", "/api/areas", an_area(other, AREA))
    body = {"number": account, "service": "electricity", "holder": "张三丰", "address": "x", "area_code": other}
    assert feed.ok("PUT", "/api/accounts", [body])["items"][0]["area_code"] == other
    listed = [{item["number"] for item in desk.items("/api/accounts", area_code=area)} for area in (code, other)]
    assert listed == [set(), {account}]
    feed.refused(
        422, "PUT", "/api/accounts", {name: body[name] for name in body if name != "area_code"} | {"valid_from": PAST}
    )


def test_many_areas_and_accounts_in_one_request_each(feed: Feed) -> None:
    """Thousands are measured in docs/network.md; here so many that a query for each would be noticed."""
    top = fresh("E-D")
    areas = [an_area(f"{top}.{number}", top) for number in range(MANY // 10)] + [an_area(top, AREA)]
    assert feed.ok("PUT", "/api/areas", areas)["total"] == len(areas)
    feed.refused(409, "POST", "/api/areas", [*areas[:-1], an_area(top, None)])
    same = {"service": "electricity", "holder": "张三", "address": "阳光花园5号楼2单元501"}
    accounts = [{"number": fresh(), "area_code": f"{top}.{n % (MANY // 10)}", **same} for n in range(MANY)]
    spoilt = [*accounts[:-1], accounts[-1] | {"area_code": "E-NONE"}]
    assert feed.refused(422, "POST", "/api/accounts", spoilt).startswith(f"第{MANY}条")
    feed.refused(404, "GET", f"/api/accounts/{accounts[0]['number']}")
    assert feed.send("POST", "/api/accounts", accounts).status_code == 201
    assert feed.send("POST", "/api/accounts", accounts).status_code == 200
