"""How the desk works: proof of identity, calls back, who is responsible."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from kefu.company.organisation import Organisation
from kefu.company.yaml_lines import DataProblem, Service, Strict, load_rows

Grade = Literal["ordinary", "serious", "critical"]
GRADES: tuple[Grade, ...] = ("ordinary", "serious", "critical")


class CodeRule(Strict):
    """A code by SMS: how long it is and holds, how often it may be tried, asked for and sent."""

    length: int = Field(ge=6, le=8)
    minutes: int = Field(ge=1, le=30)
    tries: int = Field(ge=1)
    sender_hour: int = Field(ge=1)
    sender_day: int = Field(ge=1)
    account_hour: int = Field(ge=1)
    account_day: int = Field(ge=1)


class Identity(Strict):
    """Tries and pauses; `account_tries` counts over all senders."""

    digits: int = Field(ge=5, le=20)
    where: str
    tries: int = Field(ge=1)
    pause_minutes: int = Field(ge=1)
    account_tries: int = Field(ge=1)
    account_pause_hours: int = Field(ge=1)
    proof_hours: float = Field(gt=0)
    known_days: int = Field(ge=0)
    code: CodeRule


class CallbackRule(Strict):
    minutes: int = Field(ge=5, le=240)
    capacity: int = Field(ge=0)
    lead_minutes: int = Field(ge=0)
    days_ahead: int = Field(ge=1, le=120)
    source: str


class Desk(Strict):
    """`unit`: of organisation.yml; `head`: a login. `around_the_clock`: people answer day and night; else in the hours of
    company.yml."""

    desk: str
    unit: str
    head: str
    kind: Literal["fault", "emergency", "dispute", "complaint", "application", "enquiry", "opinion"] | None = None
    service: Service | None = None
    category: str | None = None
    skill: str
    around_the_clock: bool = False

    def fits(self, kind: str | None, service: str | None, category: str | None) -> bool:
        pairs = ((self.kind, kind), (self.service, service), (self.category, category))
        return all(own is None or own == asked for own, asked in pairs)


def load_desks(folder: Path, organisation: Organisation | None) -> list[Desk]:
    """The rows of `desks.yml`. `organisation`: whose units they stand in (None: not checked).

    Raises DataProblem naming file, line and reason.
    """
    rows: list[tuple[str, Desk]] = load_rows(folder / "desks.yml", Desk)
    problems = []
    first: dict[str, Desk] = {}
    for place, row in rows:
        known = first.setdefault(row.desk, row)
        if (row.unit, row.head) != (known.unit, known.head):
            problems.append(f"{place}: {row.desk}: another unit or head than in an earlier row")
        if organisation is not None and organisation.unit(row.unit) is None:
            problems.append(f"{place}: {row.desk}: no unit {row.unit} in organisation.yml")
    if problems:
        raise DataProblem(problems)
    return [row for _, row in rows]
