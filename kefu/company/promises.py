"""What we promise, by when, and where that is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from kefu.clock import local
from kefu.company.calendar import add_working_days, is_published
from kefu.company.data import CompanyData
from kefu.company.levels import Matter
from kefu.company.within import Within


@dataclass(frozen=True)
class Told:
    """A published sentence and its source."""

    says: str
    source: str


@dataclass(frozen=True)
class Promise:
    """A due time (aware), the sentence told to customers, and its source.

    `restored`: what is published of how long it takes until supply is back, the usual time first; often nothing is.
    """

    due_at: datetime
    says: str
    source: str
    restored: tuple[Told, ...] = ()

    def with_restoration(self, most: int = 1) -> Told:
        """Arrival, and up to `most` sentences on restoration, in one; a source that holds for both is told once."""
        says, source = self.says, self.source
        for one in self.restored[:most]:
            says = f"{says}；{one.says}" if one.source == source else f"{says}（{source}）；{one.says}"
            source = one.source
        return Told(says, source)


def end_of(company: CompanyData, within: Within, since: datetime) -> datetime:
    """When a limit ends that begins at `since` (aware)."""
    if within.working_days is not None:
        return add_working_days(since, within.working_days, company)
    return since + timedelta(minutes=within.minutes or 0, hours=within.hours or 0)


def promise(
    company: CompanyData,
    kind: str,
    service: str | None,
    area_class: str | None,
    since: datetime,
    *,
    category: str | None = None,
    priority: str | None = None,
) -> Promise:
    """The published limit for such a ticket, counted from the customer's first word (`since`, aware).

    Source: company/service_levels.yml, each row with its own.
    """
    matter = Matter(kind, service, area_class, category, priority, since)
    level = company.level_of(matter)
    due = end_of(company, level.within, since)
    source = level.source
    if level.within.working_days is not None and not is_published(local(due).date(), company):
        source += f"（{local(due).year}年放假安排尚未公布，暂按周一至周五算）"
    return Promise(due, level.says, source, tuple(_restored(company, matter)))


def _restored(company: CompanyData, matter: Matter) -> list[Told]:
    """An average is told as one: what holds is what is found on the spot."""
    rows = company.restoration_of(matter)
    return [
        Told(company.phrase("usual_restoration", says=row.says) if row.average else row.says, row.source)
        for row in rows
    ]
