"""All tariffs a company keeps: one file a city in company/tariffs/, rows of one id following one another in time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

from kefu.company.tariffs.tariff import Tariff
from kefu.company.yaml_lines import DataProblem, load_rows


class TariffBook:
    """Tariffs by id and day."""

    def __init__(self, rows: Iterable[Tariff]) -> None:
        self._rows: dict[str, list[Tariff]] = {}
        for row in rows:
            self._rows.setdefault(row.id, []).append(row)
        for versions in self._rows.values():
            versions.sort(key=lambda row: row.valid_from)

    def __contains__(self, tariff: str) -> bool:
        return tariff in self._rows

    def __iter__(self) -> Iterator[Tariff]:
        """Every row, also those no longer or not yet in force."""
        return (row for versions in self._rows.values() for row in versions)

    def with_rows(self, rows: Iterable[Tariff]) -> TariffBook:
        """These rows laid over the book: one of the same id and first day takes the other's place, and every row ends
        at the latest the day before the next one of its id begins."""
        found = {(row.id, row.valid_from): row for row in (*self, *rows)}
        return TariffBook(
            _ended(row, [day for tariff, day in found if tariff == row.id and day > row.valid_from])
            for row in found.values()
        )

    def versions(self, tariff: str) -> list[Tariff]:
        """All rows of a tariff, the oldest first. Raises KeyError for an unknown id."""
        return self._rows[tariff]

    def on(self, tariff: str | None, day: date) -> Tariff | None:
        """The row in force on a day; None if there is none."""
        return next((row for row in self._rows.get(tariff or "", []) if row.holds_on(day)), None)

    def in_force(self, city: str, day: date) -> list[Tariff]:
        """What a city's customers pay on a day, in the order of the files."""
        return [row for row in self if row.city == city and row.holds_on(day)]


def _ended(row: Tariff, later: list[date]) -> Tariff:
    last = min(later) - timedelta(days=1) if later else None
    if last is None or (row.valid_to is not None and row.valid_to <= last):
        return row
    return row.model_copy(update={"valid_to": last})


def load_tariffs(folder: Path) -> TariffBook:
    """Every file of company/tariffs/. Raises DataProblem naming file, line and reason."""
    files = sorted((folder / "tariffs").glob("*.yml"))
    problems = [] if files else [f"{folder / 'tariffs'}:1: no tariff files (*.yml)"]
    placed: list[tuple[str, Tariff]] = []
    for file in files:
        try:
            placed += load_rows(file, Tariff)
        except DataProblem as problem:
            problems += problem.problems
    problems += _overlapping(placed)
    if problems:
        raise DataProblem(problems)
    return TariffBook(row for _, row in placed)


def _overlapping(placed: list[tuple[str, Tariff]]) -> list[str]:
    found = []
    for tariff in dict.fromkeys(row.id for _, row in placed):
        versions = [(place, row) for place, row in placed if row.id == tariff]
        if not adjoining([(row.valid_from, row.valid_to) for _, row in versions]):
            found.append(f"{versions[-1][0]}: id {tariff}: two rows hold on the same day (first at {versions[0][0]})")
        if len({(row.city, row.service, row.unit) for _, row in versions}) > 1:
            found.append(f"{versions[-1][0]}: id {tariff}: rows of one id share city, service and unit")
    return found


def adjoining(pairs: list[tuple[date, date | None]]) -> bool:
    """Whether validities (first day, last day) follow one another without overlap."""
    return all(end is not None and end < start for (_, end), (start, _) in pairwise(sorted(pairs, key=lambda p: p[0])))
