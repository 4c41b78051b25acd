"""How many tickets, by what, where and when they were made. Every ticket counts once, whatever became of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.network.models import Place
from kefu.reports import names
from kefu.reports.parts import (
    EVERYTHING,
    UNKNOWN,
    Column,
    Period,
    Report,
    Row,
    Scope,
    Table,
    count,
    percent,
    share,
    summed,
    text,
)
from kefu.reports.sql import local_day, local_hour
from kefu.tickets.models import Ticket

NUMBERS = (
    count("tickets", "件数"),
    percent("share", "占比"),
    count("cancelled", "其中撤销"),
    count("merged", "其中并入他单"),
)
SUMS = ("tickets", "cancelled", "merged")
COUNTED = (
    func.count().label("tickets"),
    func.sum(case((Ticket.status == "cancelled", 1), else_=0)).label("cancelled"),
    func.sum(case((Ticket.merged_into.is_not(None), 1), else_=0)).label("merged"),
)
ELSEWHERE = "（其他地点）"
PLACE = func.coalesce(
    Ticket.address_parts["community"].as_string(), Ticket.address_parts["village"].as_string()
)  # never nearer to a home than this


def volumes(session: Session, company: CompanyData, period: Period, scope: Scope = EVERYTHING) -> Report:
    """Tickets made in the period (`created_at`), by kind, category, service, place, hour and day."""
    where = [period.has(Ticket.created_at), *scope.tickets]

    def counted(*by: Any) -> list[Row]:
        query = select(*by, *COUNTED).where(*where).group_by(*by)
        return [dict(row._mapping) for row in session.execute(query)]

    kinds = [{**row, "kind": names.called(names.KINDS, row["kind"])} for row in counted(Ticket.kind)]
    services = [{**row, "service": names.called(names.SERVICES, row["service"])} for row in counted(Ticket.service)]
    tables = [
        _table("按业务类型", (text("kind", "类型"),), _largest(kinds), bar=True),
        _categories(company, counted(Ticket.kind, Ticket.category, Ticket.branch)),
        _table("按服务", (text("service", "服务"),), _largest(services), bar=True),
        _places(session, counted(PLACE.label("place"))),
        _classes(counted(Ticket.area_class)),
        _filled("按时段（一天24小时）", "时段", counted(local_hour(Ticket.created_at).label("at")), range(24), _hour),
        _filled("按日", "日期", counted(local_day(Ticket.created_at).label("at")), [f"{d}" for d in period.days], str),
    ]
    return Report("volumes", "业务量", {}, clock.now(), tables)


def _table(title: str, named: tuple[Column, ...], rows: list[Row], *notes: str, bar: bool = False) -> Table:
    totals = summed(rows, SUMS)
    shown = [{**row, "share": share(row["tickets"], totals["tickets"])} for row in rows]
    totals["share"] = share(totals["tickets"], totals["tickets"])
    return Table(title, (*named, *NUMBERS), shown, totals, notes, "tickets" if bar else None)


def _largest(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (-row["tickets"], *(str(value) for value in row.values())))


def _categories(company: CompanyData, rows: list[Row]) -> Table:
    named = (text("kind", "类型"), text("category", "类别"), text("branch", "细类"))
    shown = [
        {**row, "kind": names.called(names.KINDS, row["kind"]), "category": names.category(company, row["category"])}
        | {"branch": names.branch(company, row["branch"])}
        for row in rows
    ]
    return _table("按类别", named, _largest(shown))


def _places(session: Session, rows: list[Row]) -> Table:
    """Only places the company itself has named: what somebody typed as a place may be anything."""
    known = set(session.scalars(select(Place.name)))
    by_name: dict[str, Row] = {}
    for row in rows:
        place = row["place"] if row["place"] in known else ELSEWHERE if row["place"] else UNKNOWN
        so_far = by_name.setdefault(place, {"place": place, **dict.fromkeys(SUMS, 0)})
        for key in SUMS:
            so_far[key] += row[key]
    note = f"地点只到小区或村。{ELSEWHERE}：公司地名表里没有的；{UNKNOWN}：工单上没有地址。"
    return _table("按地点", (text("place", "小区或村"),), _largest(list(by_name.values())), note)


def _classes(rows: list[Row]) -> Table:
    shown = [{**row, "area_class": names.called(names.CLASSES, row["area_class"])} for row in rows]
    return _table("按地区类别", (text("area_class", "地区类别"),), _largest(shown))


def _hour(hour: Any) -> str:
    return f"{hour:02}:00–{hour:02}:59"


def _filled(title: str, named: str, rows: list[Row], every: Sequence[Any], show: Callable[[Any], str]) -> Table:
    """A row for each hour or day, those without tickets too."""
    found = {row["at"]: row for row in rows}
    empty = dict.fromkeys(SUMS, 0)
    filled = [{**empty, **found.get(at, {}), "at": show(at)} for at in every]
    return _table(title, (text("at", named),), filled, bar=True)
