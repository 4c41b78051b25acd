"""A report as JSON: counts are numbers, exact numbers are text, what is not known is null."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from kefu.api.shown import plain
from kefu.clock import iso
from kefu.reports.catalogue import Kind
from kefu.reports.parts import Report, Table

PLACES = {"yuan": 2, "percent": 2, "score": 2, "price": 4}


def as_json(report: Report) -> dict[str, Any]:
    return {
        "name": report.name,
        "title": report.title,
        "parameters": report.parameters,
        "generated_at": iso(report.generated_at),
        "tables": [_table(table) for table in report.tables],
    }


def _table(table: Table) -> dict[str, Any]:
    return {
        "title": table.title,
        "columns": [{"key": one.key, "title": one.title, "unit": one.unit} for one in table.columns],
        "rows": [_row(table, row) for row in table.rows],
        "totals": _row(table, table.totals) if table.totals is not None else None,
        "notes": list(table.notes),
        "bar": table.bar,
    }


def _row(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    return {one.key: _value(row.get(one.key), PLACES.get(one.unit, 0)) for one in table.columns}


def _value(value: Any, places: int) -> Any:
    return plain(value, places) if isinstance(value, Decimal) else value


def kind_as_json(kind: Kind) -> dict[str, Any]:
    """What a caller may ask of a report."""
    when = {"days": ["since", "until"], "month": ["month"], "now": list[str]()}[kind.when]
    return {
        "name": kind.name,
        "title": kind.title,
        "about": kind.about,
        "when": kind.when,
        "parameters": [*when, *kind.narrows],
    }
