"""What we promise, by when, and where that is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from kefu.clock import local
from kefu.company.calendar import add_working_days, is_published
from kefu.company.data import CompanyData
from kefu.company.within import Within


@dataclass(frozen=True)
class Promise:
    """A due time (aware), the sentence told to customers, and its source."""

    due_at: datetime
    says: str
    source: str


def end_of(company: CompanyData, within: Within, since: datetime) -> datetime:
    """When a limit ends that begins at `since` (aware)."""
    if within.working_days is not None:
        return add_working_days(since, within.working_days, company)
    return since + timedelta(minutes=within.minutes or 0, hours=within.hours or 0)


def promise(company: CompanyData, kind: str, service: str | None, area_class: str | None, since: datetime) -> Promise:
    """The published limit for such a ticket, counted from the customer's first word (`since`, aware).

    Source: company/service_levels.yml, each row with its own.
    """
    level = company.service_level(kind, service, area_class)
    due = end_of(company, level.within, since)
    source = level.source
    if level.within.working_days is not None and not is_published(local(due).date(), company):
        source += f"（{local(due).year}年放假安排尚未公布，暂按周一至周五算）"
    return Promise(due, level.says, source)
