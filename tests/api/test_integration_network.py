"""Areas, incidents, planned interruptions and halls as a utility's own systems feed them; staff as an admin does."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.feeding import AREA, Feed, fresh
from tests.support.desk import Desk


@pytest.fixture(scope="module")
def feed(desk: Desk) -> Feed:
    return Feed(desk)


# --- areas and halls -----------------------------------------------------------------------------------------------------
def test_an_area_is_created_and_changed(feed: Feed, desk: Desk) -> None:
    code = fresh("E-T")
    body = {"service": "electricity", "kind": "transformer", "name": "试验变压器", "parent_code": AREA}
    assert feed.send("PUT", f"/api/areas/{code}", body).status_code == 201
    changed = feed.send("PUT", f"/api/areas/{code}", body | {"area_class": "remote"})
    assert changed.status_code == 200 and changed.json()["area_class"] == "remote"
    assert feed.ok("GET", f"/api/areas/{code}") == changed.json()
    assert code in {item["code"] for item in desk.items("/api/areas", parent_code=AREA, service="electricity")}


def test_areas_form_a_tree_of_one_service(feed: Feed) -> None:
    body = {"service": "electricity", "kind": "feeder", "name": "x"}
    top, low = fresh("E-T"), fresh("E-T")
    feed.ok("PUT", f"/api/areas/{top}", body)
    feed.ok("PUT", f"/api/areas/{low}", body | {"parent_code": top})
    assert low in feed.refused(422, "PUT", f"/api/areas/{top}", body | {"parent_code": low})
    feed.refused(422, "PUT", f"/api/areas/{top}", body | {"parent_code": top})
    feed.refused(422, "PUT", f"/api/areas/{low}", body | {"parent_code": "E-NONE"})
    feed.refused(422, "PUT", f"/api/areas/{low}", body | {"parent_code": "W-P1"})
    feed.refused(409, "PUT", f"/api/areas/{low}", body | {"service": "water"})
    feed.refused(422, "PUT", "/api/areas/a%20b", body)
    feed.refused(404, "GET", "/api/areas/E-NONE")


def test_a_hall_is_created_and_changed(feed: Feed) -> None:
    name = f"{fresh('试验')}营业厅"
    body = {
        "district": "临江区",
        "address": "人民路1号",
        "phone": "0600-8600101",
        "hours": "周一至周五",
        "services": ["gas"],
    }
    assert feed.send("PUT", f"/api/halls/{name}", body).status_code == 201
    assert feed.send("PUT", f"/api/halls/{name}", body | {"services": ["gas", "heat"]}).status_code == 200
    assert feed.ok("GET", f"/api/halls/{name}") == {"name": name, **body, "services": ["gas", "heat"]}
    feed.refused(422, "PUT", f"/api/halls/{name}", body | {"services": ["cable"]})
    feed.refused(404, "GET", "/api/halls/没有这个")


def test_a_place_is_created_and_changed(feed: Feed, desk: Desk) -> None:
    code = fresh("P-T")
    body = {"name": "试验花园", "district": "临江区", "road": "试验路", "road_number": "1号"}
    assert feed.send("PUT", f"/api/places/{code}", body).status_code == 201
    assert feed.send("PUT", f"/api/places/{code}", body | {"aliases": ["试验大院"]}).status_code == 200
    assert feed.ok("GET", f"/api/places/{code}") == {"code": code, "kind": "community", **body, "aliases": ["试验大院"]}
    assert code in {item["code"] for item in desk.items("/api/places", name="试验花园")}
    feed.refused(422, "PUT", f"/api/places/{code}", body | {"name": ""})
    feed.refused(422, "PUT", f"/api/places/{code}", body | {"kind": "planet"})
    feed.refused(404, "GET", "/api/places/P-NONE")


def test_network_lists_can_be_walked(desk: Desk) -> None:
    for path, name in (("areas", "code"), ("halls", "name"), ("places", "code"), ("staff", "username")):
        names = [item[name] for item in desk.walk(f"/api/{path}", limit=3)]
        assert len(names) == len(set(names)) == desk.page(f"/api/{path}", limit=1)["total"]


# --- incidents -----------------------------------------------------------------------------------------------------------
def an_incident(**more: Any) -> dict[str, Any]:
    return {
        "number": fresh("GZ"),
        "service": "electricity",
        "area_code": AREA,
        "started_at": "2026-01-05T08:00",
        **more,
    }


def test_an_incident_runs_from_report_to_restoration(feed: Feed, desk: Desk) -> None:
    body = an_incident(status="reported")
    assert [feed.send("POST", "/api/incidents", body).status_code for _ in range(2)] == [201, 200]
    path = f"/api/incidents/{body['number']}"
    assert feed.ok("GET", path)["expected_set_at"] is None
    known = feed.ok("PATCH", path, {"cause": "电缆故障", "expected_at": "2026-01-05T12:00", "status": "repairing"})
    assert known["expected_at"] == "2026-01-05T12:00:00+08:00" and known["expected_set_at"]
    assert body["number"] in {item["number"] for item in desk.items("/api/incidents", open="true", area_code=AREA)}
    over = feed.ok("PATCH", path, {"status": "restored", "restored_at": "2026-01-05T11:30"})
    assert (over["status"], over["restored_at"]) == ("restored", "2026-01-05T11:30:00+08:00")
    assert body["number"] in {item["number"] for item in desk.items("/api/incidents", open="false", status="restored")}
    again = feed.ok("PATCH", path, {"status": "repairing"})
    assert again["restored_at"] is None
    assert feed.ok("PATCH", path, {"status": "closed"})["restored_at"] is not None


def test_an_incident_without_number_gets_one_and_begins_now(feed: Feed) -> None:
    made = feed.ok("POST", "/api/incidents", {"service": "electricity", "area_code": AREA})
    assert made["number"].startswith("GZ") and made["started_at"]


@pytest.mark.parametrize(
    "wrong",
    [{"area_code": "E-NONE"}, {"service": "water"}, {"status": "odd"}, {"started_at": "2999-01-01T00:00"}]
    + [{"expected_at": "2026-01-05T07:00"}, {"restored_at": "2026-01-05T09:00"}, {"status": "restored"}],
    ids=repr,
)
def test_a_wrong_incident_is_refused(feed: Feed, wrong: dict[str, Any]) -> None:
    good, bad = an_incident(), an_incident(**wrong)
    feed.refused(422, "POST", "/api/incidents", [good, bad])
    feed.refused(404, "GET", f"/api/incidents/{good['number']}")


def test_an_incident_of_the_same_number_with_other_content_is_refused(feed: Feed) -> None:
    body = an_incident()
    feed.ok("POST", "/api/incidents", body)
    feed.refused(409, "POST", "/api/incidents", body | {"cause": "另一个"})
    feed.refused(422, "PATCH", f"/api/incidents/{body['number']}", {"restored_at": "2026-01-05T07:00"})
    feed.refused(422, "PATCH", f"/api/incidents/{body['number']}", {"status": None})
    feed.refused(422, "PATCH", f"/api/incidents/{body['number']}", {})
    feed.refused(404, "PATCH", "/api/incidents/GZ-NONE", {"status": "closed"})


# --- planned interruptions -----------------------------------------------------------------------------------------------
def test_an_interruption_is_published_and_moved(feed: Feed, desk: Desk) -> None:
    body = {"number": fresh("JH"), "service": "water", "area_code": "W-P2-M2", "reason": "更换阀门"}
    body |= {"starts_at": "2026-12-12T09:00", "ends_at": "2026-12-12T13:00"}
    assert [feed.send("POST", "/api/interruptions", body).status_code for _ in range(2)] == [201, 200]
    path = f"/api/interruptions/{body['number']}"
    moved = feed.ok("PATCH", path, {"ends_at": "2026-12-12T15:00", "reason": "工程延长"})
    assert (moved["ends_at"], moved["reason"]) == ("2026-12-12T15:00:00+08:00", "工程延长")
    assert feed.ok("PATCH", path, {"status": "cancelled"})["status"] == "cancelled"
    assert body["number"] in {item["number"] for item in desk.items("/api/interruptions", status="cancelled")}
    feed.refused(422, "PATCH", path, {"starts_at": "2026-12-12T16:00"})
    feed.refused(409, "POST", "/api/interruptions", body | {"reason": "另一个"})
    feed.refused(422, "POST", "/api/interruptions", body | {"number": fresh("JH"), "area_code": AREA})
    feed.refused(404, "PATCH", "/api/interruptions/JH-NONE", {"status": "done"})


# --- staff ---------------------------------------------------------------------------------------------------------------
def a_person(**more: Any) -> dict[str, Any]:
    return {"name": "新来的", "employee_number": fresh("YJ"), "role": "agent", "skills": ["water"], **more}


def sign_in(desk: Desk, username: str, password: str) -> int:
    return desk.post({"username": username, "password": password}, "/api/session").status_code


def test_a_new_colleague_can_sign_in_and_leave(feed: Feed, desk: Desk) -> None:
    username, body = fresh("u"), a_person(password="a good password")
    made = feed.send("PUT", f"/api/staff/{username}", body)
    assert made.status_code == 201 and "password" not in made.text
    token = desk.post({"username": username, "password": "a good password"}, "/api/session").json()["token"]
    mine = {"Authorization": f"Bearer {token}"}
    assert desk.http.get("/api/tickets", headers=mine).status_code == 200
    kept = {name: value for name, value in body.items() if name not in ("password", "skills")}
    shown = feed.ok("PUT", f"/api/staff/{username}", kept | {"desk": "供水坐席"})
    assert (shown["desk"], shown["skills"]) == ("供水坐席", ["water"])
    assert desk.http.get("/api/tickets", headers=mine).status_code == 200
    feed.ok("PUT", f"/api/staff/{username}", kept | {"password": "a new password"})
    assert desk.http.get("/api/tickets", headers=mine).status_code == 401
    assert (sign_in(desk, username, "a good password"), sign_in(desk, username, "a new password")) == (401, 200)
    feed.ok("PUT", f"/api/staff/{username}", kept | {"active": False})
    assert sign_in(desk, username, "a new password") == 401


def test_who_may_write_whom(feed: Feed, desk: Desk) -> None:
    admin = Feed(desk, "admin")
    for role in ("admin", "integration"):
        feed.refused(403, "PUT", f"/api/staff/{fresh('u')}", a_person(role=role, password="a good password"))
        admin.ok("PUT", f"/api/staff/{fresh('u')}", a_person(role=role, password="a good password"))
    me = next(item for item in desk.items("/api/staff") if item["username"] == "admin1")
    same = {"name": me["name"], "employee_number": me["employee_number"], "role": "admin"}
    feed.refused(403, "PUT", "/api/staff/admin1", same | {"password": "taken over"})
    admin.refused(403, "PUT", "/api/staff/admin1", same | {"role": "agent"})
    admin.refused(403, "PUT", "/api/staff/admin1", same | {"active": False})
    assert admin.send("PUT", "/api/staff/admin1", same).status_code == 200


def test_wrong_colleagues_are_refused(feed: Feed) -> None:
    username = fresh("u")
    feed.refused(422, "PUT", f"/api/staff/{username}", a_person())
    feed.refused(422, "PUT", f"/api/staff/{username}", a_person(password="short"))
    feed.refused(422, "PUT", f"/api/staff/{username}", a_person(password="a good password", role="king"))
    feed.refused(422, "PUT", "/api/staff/a%20b", a_person(password="a good password"))
    feed.refused(409, "PUT", f"/api/staff/{username}", a_person(password="a good password", employee_number="YJ1001"))
    assert username not in str(feed.ok("GET", "/api/staff?limit=500"))
