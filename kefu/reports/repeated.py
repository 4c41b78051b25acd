"""What came back: complaints that repeat at one place and cause, and tickets opened again because they were not done."""

from __future__ import annotations

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.complaints.remedies import overdue
from kefu.complaints.repeats import repeats
from kefu.network.models import Place
from kefu.reports import names
from kefu.reports.parts import EVERYTHING, Period, Report, Row, Scope, Table, count, percent, share, summed, text
from kefu.reports.volumes import ELSEWHERE, PLACE
from kefu.tickets.models import Ticket, TicketEvent, TicketLink
from kefu.tickets.service import DONE

COMPLAINT_NOTES = (
    "重复＝期内同一小区（村）、同一指标（没有定指标的按类别）有两件以上投诉；撤销的、并入别单的、没有地点的不计。",
    "跟进前一件＝登记时认出是同一件事、已与前一件关联的投诉。",
)
OF = {"place": "地点", "cause": "原因", "both": "地点和原因"}
EVERYWHERE = "—"
LIST_NOTE = (
    "月报＝本月{month}件以上，或三个月（到本月底）{quarter}件以上的地点、原因；撤销的、并入别单的不计。一件投诉可以在几行里。"
    "地点按公司地名归并，与上表按客户说的地名分的不一定一样。整改件数是本月底以前立的，完成和逾期按现在算。"
)
REOPENED_NOTES = ("办结＝期内第一次办完的工单；重开＝其中到现在被客户说没有解决、重新打开过的。",)


def repeated(session: Session, company: CompanyData, period: Period, scope: Scope = EVERYTHING) -> Report:
    """Places and causes with two or more complaints of the period, and how many tickets done in it were opened again."""
    tables = [_complaints(session, company, period, scope), _reopened(session, period, scope)]
    if period.is_month and scope == EVERYTHING:
        tables.append(_list_of_the_month(session, company, period))
    return Report("repeats", "重复投诉与重新打开", {}, clock.now(), tables)


def _complaints(session: Session, company: CompanyData, period: Period, scope: Scope) -> Table:
    """Grouped by the database; a place that is none of the company's own is not named."""
    follows = select(TicketLink.id).where(TicketLink.ticket_id == Ticket.id, TicketLink.relation == "follows").exists()
    cause = func.coalesce(Ticket.indicator, Ticket.category)
    query = (
        select(
            PLACE.label("place"), Ticket.service.label("service"), cause.label("cause"), func.count().label("n"),
            func.sum(case((follows, 1), else_=0)).label("following"),
        )
        .where(Ticket.kind == "complaint", Ticket.status != "cancelled", period.has(Ticket.created_at), *scope.tickets)
        .where(PLACE.is_not(None), Ticket.merged_into.is_(None))
        .group_by(PLACE, Ticket.service, cause)
        .having(func.count() > 1)
    )  # fmt: skip
    known = set(session.scalars(select(Place.name)))
    rows: list[Row] = [
        {
            "place": row.place if row.place in known else ELSEWHERE,
            "service": names.called(names.SERVICES, row.service),
            "cause": names.cause(company, row.cause),
            "n": row.n,
            "following": row.following,
        }
        for row in session.execute(query)
    ]
    rows.sort(key=lambda row: (-row["n"], row["place"], row["cause"]))
    columns = (
        text("place", "小区或村"), text("service", "服务"), text("cause", "指标或类别"), count("n", "投诉件数"),
        count("following", "其中跟进前一件"),
    )  # fmt: skip
    return Table("重复投诉", columns, rows, summed(rows, ("n", "following")), COMPLAINT_NOTES)


def _list_of_the_month(session: Session, company: CompanyData, period: Period) -> Table:
    """The company's own list (kefu/complaints/repeats.py), with what was done so that it does not come back."""
    known = set(session.scalars(select(Place.name)))
    rows: list[Row] = []
    for one in repeats(session, company, period.since.year, period.since.month):
        place = one.place.name if one.place is not None else EVERYWHERE
        rows.append(
            {
                "of": OF[one.of],
                "place": place if place in {*known, EVERYWHERE} else ELSEWHERE,
                "cause": names.cause(company, one.indicator) if one.indicator else EVERYWHERE,
                "branch": names.branch(company, one.branch),
                "month": one.month,
                "quarter": one.quarter,
                "remedies": len(one.remedies),
                "done": sum(remedy.done_at is not None for remedy in one.remedies),
                "overdue": sum(overdue(remedy) for remedy in one.remedies),
            }
        )
    columns = (
        text("of", "按"), text("place", "小区或村"), text("cause", "指标"), text("branch", "细类"),
        count("month", "本月件数"), count("quarter", "三个月件数"), count("remedies", "整改项"), count("done", "其中已完成"),
        count("overdue", "其中逾期"),
    )  # fmt: skip
    rule = company.complaints.repeats
    return Table("重复投诉月报与整改", columns, rows, None, (LIST_NOTE.format(month=rule.month, quarter=rule.quarter),))


def _reopened(session: Session, period: Period, scope: Scope) -> Table:
    """Done first: the earliest move to resolved or closed."""
    status = TicketEvent.changes[("status", 1)].as_string()
    first = (
        select(TicketEvent.ticket_id, func.min(TicketEvent.at).label("at"))
        .where(TicketEvent.action == "status", or_(*(status == done for done in DONE)))
        .group_by(TicketEvent.ticket_id)
        .subquery()
    )
    again = (Ticket.reopened > 0, Ticket.reopened > 1)
    query = (
        select(
            Ticket.kind.label("kind"), func.count().label("done"),
            func.sum(case((again[0], 1), else_=0)).label("reopened"),
            func.sum(case((again[1], 1), else_=0)).label("more"),
        )
        .join(first, first.c.ticket_id == Ticket.id)
        .where(first.c.at >= period.start, first.c.at < period.end, *scope.tickets)
        .group_by(Ticket.kind)
    )  # fmt: skip
    rows = [_rated({**row._mapping, "kind": names.called(names.KINDS, row.kind)}) for row in session.execute(query)]
    rows.sort(key=lambda row: (-row["done"], row["kind"]))
    columns = (
        text("kind", "类型"), count("done", "办结"), count("reopened", "重开"), percent("rate", "重开率"),
        count("more", "重开两次以上"),
    )  # fmt: skip
    totals = _rated(summed(rows, ("done", "reopened", "more")))
    return Table("重新打开", columns, rows, totals, REOPENED_NOTES)


def _rated(row: Row) -> Row:
    return {**row, "rate": share(row["reopened"], row["done"])}
