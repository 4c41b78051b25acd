"""What we promise, by when, and where that is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from kefu.clock import local
from kefu.company.calendar import add_working_days, is_published
from kefu.company.data import CompanyData


@dataclass(frozen=True)
class Promise:
    """A due time (aware), the sentence told to customers, and its source."""

    due_at: datetime
    says: str
    source: str


def promise(company: CompanyData, kind: str, service: str | None, area_class: str | None, since: datetime) -> Promise:
    """The published limit for such a ticket, counted from the customer's first word (`since`, aware).

    Source: company/service_levels.yml, each row with its own.
    """
    level = company.service_level(kind, service, area_class)
    if level.within.working_days is not None:
        due = add_working_days(since, level.within.working_days, company)
    else:
        due = since + timedelta(minutes=level.within.minutes or 0, hours=level.within.hours or 0)
    source = level.source
    if level.within.working_days is not None and not is_published(local(due).date(), company):
        source += f"（{local(due).year}年放假安排尚未公布，暂按周一至周五算）"
    return Promise(due, level.says, source)
