"""What is open now, and for how long: the age runs from the customer's first word, in natural days, pauses included."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.reports import names
from kefu.reports.parts import CENT, EVERYTHING, Column, Period, Report, Row, Scope, Table, count, summed, text
from kefu.tickets.models import Ticket
from kefu.tickets.service import OPEN
from kefu.tickets.watch import is_late

AGES = (("d1", "不到1天", 1), ("d3", "1–3天", 3), ("d7", "3–7天", 7), ("d15", "7–15天", 15), ("d30", "15–30天", 30))
OLDEST = "older"
BUCKETS = (*(key for key, _, _ in AGES), OLDEST)
SUMS = ("open", *BUCKETS, "late", "resolved")
NUMBERS = (
    count("open", "在办"),
    *(count(key, title) for key, title, _ in AGES),
    count(OLDEST, "30天以上"),
    count("late", "其中已超时"),
    count("resolved", "另有待客户确认"),
    Column("oldest", "最久（天）", "days"),
)
NOTES = (
    "在办＝新建、已派单、处理中、等待中；已处理、等客户确认的另列，不计入在办。这张表只有现在，不能回到过去某一天。",
    "天数从客户第一次说起算，自然日，暂停的时间也算在内。已超时＝有一项承诺过了最晚时间还在走。",
)


def backlog(session: Session, company: CompanyData, period: Period | None = None, scope: Scope = EVERYTHING) -> Report:
    """Open tickets as they stand; `period` is not looked at."""
    now = clock.now()
    age = case(*((Ticket.first_word_at > now - timedelta(days=days), key) for key, _, days in AGES), else_=OLDEST)
    by = (Ticket.kind, Ticket.service, Ticket.desk, Ticket.unit, Ticket.status)
    query = (
        select(
            *by, age.label("age"), func.count().label("n"),
            func.sum(case((is_late(), 1), else_=0)).label("late"), func.min(Ticket.first_word_at).label("first"),
        )
        .where(Ticket.status.in_(OPEN), *scope.tickets)
        .group_by(*by, age)
    )  # fmt: skip
    found = [
        {**row._mapping, "days": Decimal((now - row.first) / timedelta(days=1)).quantize(CENT)}
        for row in session.execute(query)
    ]
    shown = {
        "kind": ("按业务类型", "类型", names.KINDS),
        "service": ("按服务", "服务", names.SERVICES),
        "desk": ("按坐席", "坐席", {}),
        "unit": ("按所属单位", "单位", names.units(company)),
        "status": ("按状态", "状态", names.STATES),
    }
    tables = [_table(key, *named, found) for key, named in shown.items()]
    return Report("backlog", "在办积压", {}, now, tables)


def _table(key: str, title: str, column: str, known: dict[str, str], found: list[dict[str, Any]]) -> Table:
    rolled: dict[str, Row] = {}
    for one in found:
        named = names.called(known, one[key])
        row = rolled.setdefault(named, {"by": named, **dict.fromkeys(SUMS, 0), "oldest": None})
        if one["status"] == "resolved":
            row["resolved"] += one["n"]
            continue
        for counted in ("open", one["age"]):
            row[counted] += one["n"]
        row["late"] += int(one["late"])
        row["oldest"] = max(row["oldest"] or one["days"], one["days"])
    rows = sorted(rolled.values(), key=lambda row: (-row["open"], row["by"]))
    totals = summed(rows, SUMS) | {"oldest": max((r["oldest"] for r in rows if r["oldest"] is not None), default=None)}
    return Table(title, (text("by", column), *NUMBERS), rows, totals, NOTES if key == "kind" else (), "open")
