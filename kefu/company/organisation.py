"""The company's organisation: a centre, its districts and their service stations, and the places each of them serves."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from kefu.company.yaml_lines import DataProblem, Kind, Service, Strict, line_of, load_checked, load_with_lines

LEVELS = ("centre", "district", "station")
UnitCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^\S+$")]


class Unit(Strict):
    """`services`: what it looks after, everything if empty. `areas`: codes of the supply network, with all below them;
    `places`: communities and villages; `districts`: of the city. `head`: a login. `phone`: only if it is public."""

    code: UnitCode
    name: Name
    level: Literal["centre", "district", "station"]
    parent: UnitCode | None = None
    services: list[Service] = []
    areas: list[Name] = []
    places: list[Name] = []
    districts: list[Name] = []
    head: Name
    phone: str | None = None

    def serves(self, service: str | None) -> bool:
        """A matter of no known service belongs to whoever looks after everything."""
        return not self.services or service in self.services

    @property
    def named(self) -> list[str]:
        """All it says of where it works."""
        return [*self.areas, *self.places, *self.districts]


class Organisation(Strict):
    """`deputy`: a login, who answers when the centre's head cannot. `on_site`: kinds of tickets that the unit of the place
    does; all others stay with the centre's desks."""

    source: str = Field(min_length=1)
    deputy: Name
    on_site: list[Kind]
    units: list[Unit] = Field(min_length=1)

    @property
    def centre(self) -> Unit:
        """The one unit above all others (checked at load)."""
        return next(unit for unit in self.units if unit.level == "centre")

    @property
    def head(self) -> str:
        """Who answers when nobody else does."""
        return self.centre.head

    def unit(self, code: str | None) -> Unit | None:
        """The unit of that code; None if there is none."""
        return next((unit for unit in self.units if unit.code == code), None)

    def upward(self, code: str | None) -> list[Unit]:
        """The unit and all above it, the centre last; the centre alone for a unit that is not there."""
        found: list[Unit] = []
        unit = self.unit(code) or self.centre
        while unit not in found:
            found.append(unit)
            unit = self.unit(unit.parent) or self.centre
        return found

    def serving(self, service: str | None, areas: Sequence[str], place: str | None, district: str | None) -> Unit:
        """Who looks after a service at a place: by the network (`areas`, lowest first), the community, the district of the
        city; a station before a district. The centre where nobody else does."""
        below = sorted(self.units, key=lambda unit: LEVELS.index(unit.level), reverse=True)
        fitting = [unit for unit in below if unit.level != "centre" and unit.serves(service)]
        by_area = (unit for area in areas for unit in fitting if area in unit.areas)
        by_place = (unit for unit in fitting if place in unit.places)
        by_district = (unit for unit in fitting if district in unit.districts)
        return next((unit for found in (by_area, by_place, by_district) for unit in found), self.centre)


def load_organisation(folder: Path, services: Sequence[str] | None) -> Organisation:
    """The file `organisation.yml`. `services`: what the company supplies (None: not checked).

    Raises DataProblem naming file, line and reason.
    """
    path = folder / "organisation.yml"
    given: Organisation = load_checked(path, Organisation)
    _, lines = load_with_lines(path)
    if sum(unit.level == "centre" for unit in given.units) != 1:
        raise DataProblem([f"{path}:{line_of(lines, ('units',))}: exactly one unit is the centre"])
    problems = []
    for number, unit in enumerate(given.units):
        wrong = [*_wrong_place(given, unit), *_wrong_service(given, unit, services)]
        if any(unit.code == other.code for other in given.units[:number]):
            wrong.append("written twice")
        problems += [f"{path}:{line_of(lines, ('units', number))}: {unit.code}: {reason}" for reason in wrong]
    problems += [f"{path}:{line_of(lines, ('units',))}: {reason}" for reason in _overlaps(given)]
    if problems:
        raise DataProblem(problems)
    return given


def _wrong_place(given: Organisation, unit: Unit) -> list[str]:
    """What is wrong with where it stands in the tree."""
    if unit.level == "centre":
        return ["the centre has no parent and serves everything"] if unit.parent or unit.named or unit.services else []
    above = given.unit(unit.parent)
    problems = [] if unit.named else ["names no areas, places or districts"]
    if above is None:
        return [*problems, f"no unit {unit.parent} (parent)"]
    if LEVELS.index(above.level) >= LEVELS.index(unit.level):
        return [*problems, f"a {unit.level} cannot stand below a {above.level}"]
    if above.services and not set(unit.services or LEVELS) <= set(above.services):
        problems.append(f"looks after services that {above.code} above it does not")
    return problems


def _wrong_service(given: Organisation, unit: Unit, services: Sequence[str] | None) -> list[str]:
    """Services that nobody below the centre looks after at a place it names."""
    if services is None:
        return []
    nobody = [
        f"nobody below the centre looks after {service} in {name}"
        for names, kind in ((unit.places, "place"), (unit.districts, "district"))
        for name in names
        for service in services
        if not _looked_after(given, unit, service, name, kind)
    ]
    return [*nobody, *(f"{service}: not in company.yml" for service in unit.services if service not in services)]


def _looked_after(given: Organisation, unit: Unit, service: str, name: str, kind: str) -> bool:
    """A village may be named by its station alone: what the station does not do, the unit above it does."""
    place, district = (name, None) if kind == "place" else (None, name)
    if given.serving(service, (), place, district).level != "centre":
        return True
    return kind == "place" and any(
        above.level == "district" and above.serves(service) for above in given.upward(unit.code)
    )


def _overlaps(given: Organisation) -> list[str]:
    """Places that two units of one level claim for the same service."""
    return [
        f"{first.code} and {second.code} both name {', '.join(sorted(same))}"
        for first, second in combinations(given.units, 2)
        if first.level == second.level and (same := set(first.named) & set(second.named))
        if not first.services or not second.services or set(first.services) & set(second.services)
    ]
