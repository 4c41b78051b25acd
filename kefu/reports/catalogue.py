"""Every report by name: what it is called, what it may be narrowed to, and the function that makes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy.orm import Session

from kefu.company.data import CompanyData
from kefu.reports.backlog import backlog
from kefu.reports.calls import calls
from kefu.reports.collections import collections
from kefu.reports.containment import containment
from kefu.reports.on_time import on_time
from kefu.reports.parts import Period, Report, Scope
from kefu.reports.repeated import repeated
from kefu.reports.sales import sales
from kefu.reports.satisfaction import satisfaction
from kefu.reports.volumes import volumes

When = Literal["days", "month", "now"]
Build = Callable[[Session, CompanyData, Period, Scope], Report]
ALL = ("service", "kind", "desk", "unit")


@dataclass(frozen=True)
class Kind:
    """`when`: days (since, until), a month, or as things stand. `narrows`: the parameters of Scope it takes."""

    name: str
    title: str
    when: When
    narrows: tuple[str, ...]
    build: Build
    about: str


REPORTS = {
    row.name: row
    for row in (
        Kind("volumes", "业务量", "days", ALL, volumes, "工单按类型、类别、服务、地点、时段、日"),
        Kind("on-time", "承诺按时率", "days", ALL, on_time, "首次联系、到场、答复、办结，各按时多少"),
        Kind("backlog", "在办积压", "now", ALL, backlog, "现在没办完的工单和它们的天数"),
        Kind("repeats", "重复投诉与重新打开", "days", ALL, repeated, "同一地点、同一原因再三投诉的，办完又打开的"),
        Kind("satisfaction", "客户满意度", "days", ALL, satisfaction, "回访答复率、平均分、五个维度的期望与感受"),
        Kind("callbacks", "回电", "days", ALL, calls, "按时拨打、第几次接通、漏打"),
        Kind("containment", "智能客服办结与分流", "days", (), containment, "没有用到人办完的有多少，怎么算的"),
        Kind("collections", "收费月报", "month", ("service",), collections, "应收、实收、欠费账龄、违约金、回收率"),
        Kind("sales", "销售月报", "month", ("service",), sales, "按价目、用户类别、档次的售量和金额，与上月、上年同月"),
    )
}


def make(session: Session, company: CompanyData, name: str, period: Period, scope: Scope) -> Report:
    """The report of that name, with what it was made of. A monthly report is about one service: the first without one."""
    kind = REPORTS[name]
    if kind.when == "month" and scope.service is None:
        scope = replace(scope, service=monthly_service(company))
    report = kind.build(session, company, period, scope)
    return replace(report, parameters=_made_of(kind, period, scope))


def monthly_service(company: CompanyData) -> str:
    """The service of a monthly report nobody has named one for: water where the company has it."""
    return "water" if "water" in company.company.services else company.company.services[0]


def _made_of(kind: Kind, period: Period, scope: Scope) -> dict[str, str]:
    times = {
        "days": {"since": f"{period.since}", "until": f"{period.until}"},
        "month": {"month": f"{period.since:%Y-%m}"},
        "now": {},
    }
    narrowed = {name: getattr(scope, name) for name in kind.narrows}
    return times[kind.when] | {name: value for name, value in narrowed.items() if value is not None}
