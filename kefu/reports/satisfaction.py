"""How customers judged us: who was asked in the period, who answered by now, and what they expected and found."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from sqlalchemy import Text, and_, case, cast, func, select
from sqlalchemy.orm import Session

from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.reports import names
from kefu.reports.parts import (
    EVERYTHING,
    Column,
    Period,
    Report,
    Row,
    Scope,
    Table,
    count,
    mean,
    percent,
    share,
    summed,
    text,
)
from kefu.surveys.models import Survey
from kefu.tickets.models import Ticket

SATISFIED = 4
NOT_ASKED = ("spared", "stale")  # rows of questions that were never put
NUMBERS = (
    count("asked", "询问"),
    count("answered", "答复"),
    percent("response", "答复率"),
    Column("mean", "平均分（1–5）", "score"),
    percent("satisfied", "满意率（4–5分）"),
    count("low", "低分"),
)
NOTES = (
    "询问＝期内发出的回访（近期问过该客户、过期未问的不算）；低分＝须由人回电的分数（{low}分及以下）；答复率＝到现在给出分数的÷询问。没有答复的不算满意，也不算不满意。",
    "答复的人不等于全部客户：答复率低时，平均分只代表答复的人。",
)
GAP_NOTES = (
    "差距＝感受−期望，只算同一次回访里两样都答了的；负数＝不如期望。期望、感受的平均分各按答了的人算。",
    "每次回访只问其中一两项，所以各项人数不同。",
)


def satisfaction(session: Session, company: CompanyData, period: Period, scope: Scope = EVERYTHING) -> Report:
    """Surveys asked in the period: response rate, mean score, and the expectation–perception gap of each dimension."""
    where = [period.has(Survey.asked_at), Survey.status.not_in(NOT_ASKED), *scope.tickets]
    low = company.surveys.low
    tables = [
        _scores(
            session, where, low, Ticket.kind, ("业务类型", names.KINDS), tuple(note.format(low=low) for note in NOTES)
        ),
        _scores(session, where, low, Ticket.service, ("服务", names.SERVICES)),
        _spread(session, where),
        _gaps(session, company, where),
    ]
    return Report("satisfaction", "客户满意度", {}, clock.now(), tables)


def _scores(
    session: Session,
    where: list[Any],
    low: int,
    by: Any,
    named: tuple[str, dict[str, str]],
    notes: tuple[str, ...] = (),
) -> Table:
    answered = Survey.score.is_not(None)
    query = (
        select(
            by.label("by"), func.count().label("asked"), func.count(Survey.score).label("answered"),
            func.coalesce(func.sum(Survey.score), 0).label("points"),
            func.sum(case((and_(answered, Survey.score >= SATISFIED), 1), else_=0)).label("happy"),
            func.sum(case((and_(answered, Survey.score <= low), 1), else_=0)).label("low"),
        )
        .join(Ticket, Ticket.id == Survey.ticket_id).where(*where).group_by(by)
    )  # fmt: skip
    rows = [{**row._mapping, "by": names.called(named[1], row.by)} for row in session.execute(query)]
    totals = _rated(summed(rows, ("asked", "answered", "points", "happy", "low")))
    shown = sorted((_rated(row) for row in rows), key=lambda row: (-row["asked"], row["by"]))
    return Table(f"按{named[0]}", (text("by", named[0]), *NUMBERS), shown, totals, notes, "mean")


def _rated(row: Row) -> Row:
    return {
        **{key: row[key] for key in ("by", "asked", "answered", "low") if key in row},
        "response": share(row["answered"], row["asked"]),
        "mean": mean(row["points"], row["answered"]),
        "satisfied": share(row["happy"], row["answered"]),
    }


def _spread(session: Session, where: list[Any]) -> Table:
    query = select(Survey.score, func.count()).join(Ticket, Ticket.id == Survey.ticket_id)
    answered = query.where(*where, Survey.score.is_not(None)).group_by(Survey.score)
    found = {row[0]: row[1] for row in session.execute(answered)}
    total = sum(found.values())
    rows = [{"score": f"{n}分", "n": found.get(n, 0), "share": share(found.get(n, 0), total)} for n in range(5, 0, -1)]
    columns = (text("score", "分数"), count("n", "份数"), percent("share", "占答复"))
    return Table("分数分布", columns, rows, {"n": total, "share": share(total, total)}, (), "n")


# --- dimensions ----------------------------------------------------------------------------------------------------------
def _gaps(session: Session, company: CompanyData, where: list[Any]) -> Table:
    """The database groups equal answers; there are never many different ones."""
    both = [cast(column, Text) for column in (Survey.dimensions, Survey.expectations)]
    query = select(*both, func.count()).join(Ticket, Ticket.id == Survey.ticket_id).where(*where).group_by(*both)
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for *answers, n in session.execute(query):
        found, wished = (json.loads(answer) for answer in answers)
        for code in {*found, *wished}:
            _add(sums[code], wished.get(code), found.get(code), n)
    rows = [_gap(row.name, sums[row.code]) for row in company.surveys.dimensions if row.code in sums]
    columns = (
        text("dimension", "维度"), count("n_expected", "期望人数"), Column("expected", "期望", "score"),
        count("n_perceived", "感受人数"), Column("perceived", "感受", "score"), count("n_both", "两样都答"),
        Column("gap", "差距", "score"),
    )  # fmt: skip
    return Table("期望与感受（SERVQUAL五个维度）", columns, rows, None, GAP_NOTES)


def _add(sums: dict[str, int], expected: int | None, perceived: int | None, n: int) -> None:
    for name, score in (("expected", expected), ("perceived", perceived)):
        if score is not None:
            sums[name] += score * n
            sums[f"n_{name}"] += n
    if expected is not None and perceived is not None:
        sums["gap"] += (perceived - expected) * n
        sums["n_both"] += n


def _gap(name: str, sums: dict[str, int]) -> Row:
    counts = {name: sums[name] for name in ("n_expected", "n_perceived", "n_both")}
    means = {name: mean(sums[name], sums[f"n_{name}"]) for name in ("expected", "perceived")}
    return {"dimension": name, **counts, **means, "gap": mean(sums["gap"], sums["n_both"])}
