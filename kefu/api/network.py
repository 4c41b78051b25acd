"""What is sent and shown of areas, incidents, planned interruptions and halls."""

from __future__ import annotations

from typing import Any, Literal, TypeVar

from pydantic import Field, model_validator

from kefu.api.fields import (
    Code30,
    Code40,
    Given,
    Line20,
    Line30,
    Line40,
    Line60,
    Line80,
    Line120,
    Line200,
    Moment,
    Phone,
    sample,
)
from kefu.clock import iso
from kefu.company.data import Service
from kefu.network.models import Area, Hall, Incident, Interruption, Place

IncidentStatus = Literal["suspected", "reported", "confirmed", "repairing", "restored", "closed", "cancelled"]
InterruptionStatus = Literal["planned", "active", "done", "cancelled"]
G = TypeVar("G", bound=Given)
_AREA = {
    "service": "electricity",
    "kind": "feeder",
    "name": "临江站人民线",
    "parent_code": "E-S1",
    "area_class": "urban",
}
_INCIDENT = {
    "number": "GZ202612090007",
    "service": "electricity",
    "area_code": "E-S1-F1",
    "status": "confirmed",
    "cause": "电缆故障",
    "started_at": "2026-12-09T09:40:00+08:00",
    "expected_at": "2026-12-09T12:00:00+08:00",
}
_INTERRUPTION = {
    "number": "JH202612120001",
    "service": "water",
    "area_code": "W-P2-M2",
    "status": "planned",
    "reason": "更换老化阀门",
    "starts_at": "2026-12-12T09:00:00+08:00",
    "ends_at": "2026-12-12T13:00:00+08:00",
    "published_at": "2026-12-09T09:00:00+08:00",
}
_HALL = {
    "district": "临江区",
    "address": "人民路102号",
    "phone": "0600-8600101",
    "hours": "周一至周五 08:30–17:30",
    "services": ["electricity", "water"],
}
_PLACE = {
    "kind": "community",
    "name": "阳光花园",
    "district": "临江区",
    "road": "人民路",
    "road_number": "88号",
    "aliases": ["供电局宿舍"],
}
AREA = {"code": "E-S1-F1", **_AREA}
INCIDENT = {
    **_INCIDENT,
    "expected_set_at": "2026-12-09T10:00:00+08:00",
    "restored_at": None,
    "origin": "fed",
    "priority": "high",
    "ticket": None,
    "merged_into": None,
    "area_name": "临江站人民线",
    "homes": 312,
    "reports": 41,
    "vulnerable": 1,
}
ONE_INCIDENT = {
    **INCIDENT,
    "history": [
        {
            "at": "2026-12-09T09:42:00+08:00",
            "actor": "assistant",
            "action": "suspected",
            "note": "5户报告，该设备下共312户，证据强度9.1",
            "changes": {"area_code": [None, "E-S1-F1"]},
        }
    ],
}
INTERRUPTION = _INTERRUPTION
HALL = {"name": "临江营业厅", **_HALL}
PLACE = {"code": "P-001", **_PLACE}


class AreaBody(Given):
    model_config = sample(_AREA)

    service: Service
    kind: Line30
    name: Line80
    parent_code: Code40 | None = None
    area_class: Literal["urban", "rural", "remote"] = "urban"


class IncidentBody(Given):
    """Without `number` it gets one; without `started_at` it began now."""

    model_config = sample(_INCIDENT)

    number: Code30 | None = None
    service: Service
    area_code: Code40
    status: IncidentStatus = "confirmed"
    cause: Line200 | None = None
    started_at: Moment | None = None
    expected_at: Moment | None = None
    restored_at: Moment | None = None


class IncidentChange(Given):
    """Only what is given changes; null takes cause, expected_at or restored_at away."""

    model_config = sample({"cause": "树枝压线", "expected_at": "2026-12-09T13:30"}, {"status": "restored"})

    status: IncidentStatus | None = None
    area_code: Code40 | None = None
    cause: Line200 | None = None
    started_at: Moment | None = None
    expected_at: Moment | None = None
    restored_at: Moment | None = None

    @model_validator(mode="after")
    def something_is_said(self) -> IncidentChange:
        return _said(self, "status", "area_code", "started_at")


class SplitBody(Given):
    """Areas below the incident's, none within another: the first keeps number and ticket, each other gets its own."""

    model_config = sample({"areas": ["E-S1-F1-T01", "E-S1-F1-T02"]})

    areas: list[Code40] = Field(min_length=1, max_length=20)


class MergeBody(Given):
    """`into`: the number of the incident that goes on."""

    model_config = sample({"into": "GZ202612090007"})

    into: Code30


class InterruptionBody(Given):
    """Without `number` it gets one; without `published_at` it is published now."""

    model_config = sample(_INTERRUPTION)

    number: Code30 | None = None
    service: Service
    area_code: Code40
    status: InterruptionStatus = "planned"
    reason: Line200
    starts_at: Moment
    ends_at: Moment
    published_at: Moment | None = None


class InterruptionChange(Given):
    """Only what is given changes."""

    model_config = sample({"ends_at": "2026-12-12T15:00", "reason": "工程延长"})

    status: InterruptionStatus | None = None
    reason: Line200 | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None

    @model_validator(mode="after")
    def something_is_said(self) -> InterruptionChange:
        return _said(self, "status", "reason", "starts_at", "ends_at")


def _said(body: G, *never_null: str) -> G:
    if not body.model_fields_set:
        raise ValueError("没有写要改什么")
    if any(name in body.model_fields_set and getattr(body, name) is None for name in never_null):
        raise ValueError(f"{'、'.join(never_null)} 不能是 null")
    return body


class HallBody(Given):
    model_config = sample(_HALL)

    district: Line40
    address: Line120
    phone: Phone
    hours: Line120
    services: list[Service] = Field(max_length=4)


class PlaceBody(Given):
    """What is left out is empty. Two places may bear the same name: road and district tell them apart."""

    model_config = sample(_PLACE)

    kind: Literal["community", "village"] = "community"
    name: Line60
    district: Line40 | Literal[""] = ""
    road: Line60 | Literal[""] = ""
    road_number: Line20 | Literal[""] = ""
    aliases: list[Line60] = Field([], max_length=20)


def show_area(area: Area) -> dict[str, Any]:
    return {name: getattr(area, name) for name in ("code", "service", "kind", "name", "parent_code", "area_class")}


def show_incident(incident: Incident) -> dict[str, Any]:
    plain = "number service area_code status cause origin priority ticket merged_into"
    times = ("started_at", "expected_at", "expected_set_at", "restored_at")
    return {
        **{name: getattr(incident, name) for name in plain.split()},
        **{name: iso(getattr(incident, name)) for name in times},
    }


def show_interruption(planned: Interruption) -> dict[str, Any]:
    same = {name: getattr(planned, name) for name in ("number", "service", "area_code", "status", "reason")}
    return {**same, **{name: iso(getattr(planned, name)) for name in ("starts_at", "ends_at", "published_at")}}


def show_hall(hall: Hall) -> dict[str, Any]:
    return {name: getattr(hall, name) for name in ("name", "district", "address", "phone", "hours", "services")}


def show_place(place: Place) -> dict[str, Any]:
    names = ("code", "kind", "name", "district", "road", "road_number", "aliases")
    return {name: getattr(place, name) for name in names}
