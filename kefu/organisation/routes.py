"""The organisation and what tickets can be about, over HTTP: as the company's files say."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request

from kefu.api.access import AnyStaff, PageDep, ServicesDep, listing_of
from kefu.api.examples import pages
from kefu.company.categories import Branch, Categories
from kefu.company.data import Kind, Service
from kefu.company.organisation import Unit

router = APIRouter(prefix="/api", tags=["tickets"])
_UNIT = {
    "code": "LJ-D",
    "name": "临江供电所",
    "level": "station",
    "parent": "LJ",
    "services": ["electricity"],
    "areas": ["E-S1"],
    "places": [],
    "districts": ["临江区"],
    "head": "station1",
    "phone": None,
}
_CATEGORY = {
    "code": "fault.electricity",
    "label": "用电故障报修",
    "source": "95598业务类型",
    "below": [{"code": "fault.electricity.charger", "label": "充电桩", "source": "95598建议类型", "below": []}],
}


@router.get("/units", summary="The company's units: centre, districts, service stations", responses=pages(_UNIT))
def list_units(
    request: Request,
    _staff: AnyStaff,
    page: PageDep,
    parts: ServicesDep,
    level: Annotated[Literal["centre", "district", "station"] | None, Query()] = None,
    service: Annotated[Service | None, Query(description="Those that look after it")] = None,
) -> dict[str, Any]:
    fitting = [unit for unit in parts.company.organisation.units if level in (None, unit.level)]
    rows = [unit for unit in fitting if service is None or unit.serves(service)]
    return listing_of(request, rows, lambda unit: (unit.code,), page, Unit.model_dump)


@router.get("/categories", summary="What a ticket can be about, as a tree", responses=pages(_CATEGORY))
def list_categories(
    request: Request,
    _staff: AnyStaff,
    page: PageDep,
    parts: ServicesDep,
    kind: Annotated[Kind | None, Query()] = None,
    service: Annotated[Service | None, Query()] = None,
) -> dict[str, Any]:
    """Kind and service, with two levels below them. A ticket bears the code of the deepest level that was recognised."""
    categories = parts.company.categories
    wanted = [(0, kind), (1, service)]
    rows = [
        row
        for row in categories.rows
        if row.parent is None and all(name in (None, row.code.split(".")[at]) for at, name in wanted)
    ]
    return listing_of(request, rows, lambda row: (row.code,), page, lambda row: _tree(categories, row))


def _tree(categories: Categories, row: Branch) -> dict[str, Any]:
    below = [_tree(categories, one) for one in categories.below(row.code)]
    return {"code": row.code, "label": row.label, "source": row.source, "below": below}
