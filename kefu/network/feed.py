"""The network and the places as the utility's own systems feed them: areas, incidents, interruptions, halls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.clock import clock
from kefu.feeding import Conflict, FeedProblem, Unknown, assign, check_past, put
from kefu.network.models import Area, Hall, Incident, Interruption, Place
from kefu.tickets.numbers import next_number

OVER = ("restored", "closed")


def area_of(session: Session, code: str, service: str) -> Area:
    """The area a row names, of the row's service. Raises FeedProblem."""
    area = session.get(Area, code)
    if area is None:
        raise FeedProblem(f"没有区域 {code}：先用 PUT /api/areas/{code} 写入")
    if area.service != service:
        raise FeedProblem(f"区域 {code} 是 {area.service} 的，不是 {service} 的")
    return area


# --- areas and halls -----------------------------------------------------------------------------------------------------
def put_area(session: Session, code: str, values: Mapping[str, Any]) -> tuple[Area, bool]:
    """Write an area; True if it is new. Its parent is of the same service and not below it. Raises FeedProblem."""
    parent = values.get("parent_code")
    if parent is not None:
        area_of(session, parent, values["service"])
        _check_not_below(session, parent, code)
    area = session.get(Area, code)
    if area is not None and values["service"] != area.service:
        raise Conflict(f"区域 {code} 已有，服务类别不能改")
    return put(session, area, Area(code=code, **values), values)


def _check_not_below(session: Session, parent: str, code: str) -> None:
    above: str | None = parent
    seen: set[str] = set()
    while above is not None and above not in seen:
        if above == code:
            raise FeedProblem(f"区域 {code} 不能挂在自己或自己的下级 {parent} 之下")
        seen.add(above)
        above = session.scalar(select(Area.parent_code).where(Area.code == above))


def put_hall(session: Session, name: str, values: Mapping[str, Any]) -> tuple[Hall, bool]:
    """Write a hall; True if it is new."""
    hall = session.scalar(select(Hall).where(Hall.name == name).with_for_update())
    return put(session, hall, Hall(name=name, **values), values)


def put_place(session: Session, code: str, values: Mapping[str, Any]) -> tuple[Place, bool]:
    """Write a community or village; True if it is new."""
    place = session.get(Place, code, with_for_update=True)
    return put(session, place, Place(code=code, **values), values)


# --- incidents -----------------------------------------------------------------------------------------------------------
def open_incident(session: Session, given: Mapping[str, Any]) -> tuple[Incident, bool]:
    """Write an incident; the same one again changes nothing (False). Raises FeedProblem, Conflict."""
    values = dict(given)
    values["started_at"] = values["started_at"] or clock.now()
    area_of(session, values["area_code"], values["service"])
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
    area_of(session, values["area_code"], values["service"])
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
