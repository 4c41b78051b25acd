"""What happens in the network and who stands beside it, as the utility's own systems feed it: incidents, planned
interruptions, halls, communities and villages. (Areas: areas/feed.py.)"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.clock import clock
from kefu.feeding import Conflict, FeedProblem, Rows, Unknown, assign, check_past, put, rows_of
from kefu.network.areas.feed import area_of
from kefu.network.models import OVER, Hall, Incident, Interruption, Place
from kefu.tickets.numbers import next_number


# --- halls and places ----------------------------------------------------------------------------------------------------
def put_hall(session: Session, name: str, values: Mapping[str, Any]) -> tuple[Hall, bool]:
    """Write a hall; True if it is new."""
    hall = session.scalar(select(Hall).where(Hall.name == name).with_for_update())
    return put(session, hall, Hall(name=name, **values), values)


def put_place(session: Session, code: str, values: Mapping[str, Any]) -> tuple[Place, bool]:
    """Write a community or village; True if it is new."""
    return put_places(session, [{**values, "code": code}])[0]


def put_places(session: Session, rows: Rows) -> list[tuple[Place, bool]]:
    """Write communities and villages, each with its `code`; True for the new ones."""
    known = rows_of(session, Place, "code", {row["code"] for row in rows}, hold=True)
    old = set(known)
    for row in rows:
        place = known.get(row["code"])
        if place is None:
            known[row["code"]] = Place(**row)
        else:
            assign(place, row)
    session.add_all(place for code, place in known.items() if code not in old)
    session.flush()
    return [(known[row["code"]], row["code"] not in old) for row in rows]


# --- incidents -----------------------------------------------------------------------------------------------------------
def open_incident(session: Session, given: Mapping[str, Any]) -> tuple[Incident, bool]:
    """Write an incident; the same one again changes nothing (False). Raises FeedProblem, Conflict."""
    values = dict(given)
    values["started_at"] = values["started_at"] or clock.now()
    area_of(session, values["area_code"], values["service"], values["started_at"])
    _check_incident(values)
    known = _known(session, Incident, values, given)
    if known is not None:
        return known, False
    values["number"] = values["number"] or next_number(session, "GZ")
    values["expected_set_at"] = clock.now() if values["expected_at"] else None
    incident = Incident(**values)
    session.add(incident)
    session.flush()
    return incident, True


def change_incident(session: Session, number: str, given: Mapping[str, Any]) -> tuple[Incident, dict[str, list[Any]]]:
    """Cause, expected restoration, area, closing; returns what changed. Raises Unknown, Conflict, FeedProblem."""
    incident = session.scalar(select(Incident).where(Incident.number == number).with_for_update())
    if incident is None:
        raise Unknown(f"没有故障事件 {number}")
    values = dict(given)
    if values.get("restored_at") and values.get("status") is None:
        values["status"] = "restored"
    if values.get("status") in OVER:
        values["restored_at"] = values.get("restored_at") or incident.restored_at or clock.now()
    elif values.get("status") is not None:
        values["restored_at"] = None
    if values.get("area_code"):
        area_of(session, values["area_code"], incident.service)
    _check_incident({name: values.get(name, getattr(incident, name)) for name in _INCIDENT_TIMES})
    changes = assign(incident, values)
    if "expected_at" in changes:
        incident.expected_set_at = clock.now()
    return incident, changes


_INCIDENT_TIMES = ("status", "started_at", "expected_at", "restored_at")


def _check_incident(values: Mapping[str, Any]) -> None:
    started, expected, restored = (values[name] for name in _INCIDENT_TIMES[1:])
    check_past("started_at", started)
    check_past("restored_at", restored)
    if (restored is not None) != (values["status"] in OVER):
        raise FeedProblem("restored_at 与 status restored（或 closed）要同时给出")
    for name, moment in (("expected_at", expected), ("restored_at", restored)):
        if moment is not None and moment < started:
            raise FeedProblem(f"{name} 不能早于 started_at")


# --- interruptions -------------------------------------------------------------------------------------------------------
def publish_interruption(session: Session, given: Mapping[str, Any]) -> tuple[Interruption, bool]:
    """Write a planned interruption; the same one again changes nothing (False). Raises FeedProblem, Conflict."""
    values = dict(given)
    values["published_at"] = values["published_at"] or clock.now()
    area_of(session, values["area_code"], values["service"], values["starts_at"])
    _check_interruption(values)
    known = _known(session, Interruption, values, given)
    if known is not None:
        return known, False
    values["number"] = values["number"] or next_number(session, "JH")
    interruption = Interruption(**values)
    session.add(interruption)
    session.flush()
    return interruption, True


def change_interruption(
    session: Session, number: str, given: Mapping[str, Any]
) -> tuple[Interruption, dict[str, list[Any]]]:
    """Times, reason, status; returns what changed. Raises Unknown, FeedProblem."""
    interruption = session.scalar(select(Interruption).where(Interruption.number == number).with_for_update())
    if interruption is None:
        raise Unknown(f"没有计划停供 {number}")
    times = ("starts_at", "ends_at", "published_at")
    _check_interruption({name: given.get(name, getattr(interruption, name)) for name in times})
    return interruption, assign(interruption, given)


def _check_interruption(values: Mapping[str, Any]) -> None:
    check_past("published_at", values["published_at"])
    if values["ends_at"] <= values["starts_at"]:
        raise FeedProblem("ends_at 要晚于 starts_at")


def _known(session: Session, model: type[Any], values: Mapping[str, Any], given: Mapping[str, Any]) -> Any:
    """The row of that number if it says the same; times the sender left to us are not compared. Raises Conflict."""
    if not values["number"]:
        return None
    known = session.scalar(select(model).where(model.number == values["number"]))
    if known is None:
        return None
    if any(value is not None and getattr(known, name) != value for name, value in given.items()):
        raise Conflict(f"编号 {values['number']} 已有，内容不同：用 PATCH 更改")
    return known
