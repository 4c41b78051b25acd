"""What we promise, by when, and where that is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kefu.company.calendar import NotPublished, add_working_days, add_working_time
from kefu.company.data import CompanyData
from kefu.company.levels import Matter, ServiceLevel, Target
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
    `within`: the limit itself. `guessed`: the year whose holidays nobody has published, counted Monday to Friday.
    """

    due_at: datetime
    says: str
    source: str
    within: Within
    restored: tuple[Told, ...] = ()
    guessed: int | None = None

    def with_restoration(self, most: int = 1) -> Told:
        """Arrival, and up to `most` sentences on restoration, in one; a source that holds for both is told once."""
        says, source = self.says, self.source
        for one in self.restored[:most]:
            says = f"{says}；{one.says}" if one.source == source else f"{says}（{source}）；{one.says}"
            source = one.source
        return Told(says, source)


def end_of(company: CompanyData, within: Within, since: datetime) -> datetime:
    """When a limit ends that begins at `since` (aware); a year nobody has published is counted Monday to Friday."""
    return counted(company, within, since)[0]


def counted(company: CompanyData, within: Within, since: datetime) -> tuple[datetime, int | None]:
    """When a limit ends that begins at `since` (aware), and the year that had to be guessed for it (None: none)."""
    try:
        return _end_of(company, within, since, guess=False), None
    except NotPublished as problem:
        return _end_of(company, within, since, guess=True), problem.year


def _end_of(company: CompanyData, within: Within, since: datetime, guess: bool) -> datetime:
    if within.working_days is not None:
        return add_working_days(since, within.working_days, company, guess=guess)
    if within.in_working_time:
        return add_working_time(since, within.span, company, guess=guess)
    return since + within.span


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
    """The published limit for such a ticket, counted from the customer's first word (`since`, aware): what he is told.

    Source: company/service_levels.yml, each row with its own.
    """
    return told(promises(company, Matter(kind, service, area_class, category, priority, since), since))


def promises(company: CompanyData, matter: Matter, since: datetime) -> dict[Target, Promise]:
    """All limits of a matter counted from `since` (aware), by target; see `promise`."""
    restored = tuple(_restored(company, matter))
    levels = company.levels_of(matter)
    return {target: _promised(company, level, since, restored) for target, level in levels.items()}


def told(made: dict[Target, Promise]) -> Promise:
    """The one the customer is told: somebody comes, else an answer."""
    return made.get("arrival") or made["reply"]


def _promised(company: CompanyData, level: ServiceLevel, since: datetime, restored: tuple[Told, ...]) -> Promise:
    due, guessed = counted(company, level.within, since)
    return Promise(due, level.says, with_guess(level.source, guessed), level.within, restored, guessed)


def with_guess(source: str, guessed: int | None) -> str:
    """A source that says so where a year had to be guessed."""
    return source if guessed is None else f"{source}（{guessed}年放假安排尚未公布，暂按周一至周五算）"


def _restored(company: CompanyData, matter: Matter) -> list[Told]:
    """An average is told as one: what holds is what is found on the spot."""
    rows = company.restoration_of(matter)
    return [
        Told(company.phrase("usual_restoration", says=row.says) if row.average else row.says, row.source)
        for row in rows
    ]
