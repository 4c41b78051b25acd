"""How the desk works: proof of identity, calls back, who is responsible."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

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


class CallDesk(Strict):
    """What is otherwise at one desk."""

    minutes: int | None = Field(None, ge=5, le=240)
    capacity: int | None = Field(None, ge=0)


class AgainRule(Strict):
    """When a call in vain is tried again."""

    minutes: int = Field(ge=1, le=24 * 60)
    window: Literal["same", "next"]


class CallbackRule(Strict):
    """Calls back; `desks` by their names in desks.yml, `again` by what came of the try."""

    minutes: int = Field(ge=5, le=240)
    capacity: int = Field(ge=0)
    lead_minutes: int = Field(ge=0)
    days_ahead: int = Field(ge=1, le=120)
    desks: dict[str, CallDesk]
    remind_minutes: int = Field(ge=0, le=24 * 60)
    grace_minutes: int = Field(ge=0, le=24 * 60)
    tries: int = Field(ge=1, le=20)
    again: dict[Literal["busy", "no_answer"], AgainRule]
    source: str

    @model_validator(mode="after")
    def every_try_has_a_rule(self) -> CallbackRule:
        if missing := {"busy", "no_answer"} - set(self.again):
            raise ValueError(f"again: no rule for {', '.join(sorted(missing))}")
        return self

    def minutes_of(self, desk: str) -> int:
        """How long a stretch of that desk is."""
        own = self.desks.get(desk, CallDesk()).minutes
        return self.minutes if own is None else own

    def capacity_of(self, desk: str) -> int:
        """How many calls fit into a stretch of that desk, where nothing else is said of it."""
        own = self.desks.get(desk, CallDesk()).capacity
        return self.capacity if own is None else own


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


def unknown_desks(folder: Path, rule: CallbackRule, desks: Sequence[Desk]) -> list[str]:
    """Desks of callbacks.yml that desks.yml does not have, as problems with their file."""
    known = {row.desk for row in desks}
    return [f"{folder / 'callbacks.yml'}:1: no desk {name} in desks.yml" for name in rule.desks if name not in known]


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
