"""`make price`: usage and tariffs as JSON lines in, totals and lines out. Format: docs/tariffs.md."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Context, Decimal, localcontext
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from kefu.billing.pricing.given import Case, GivenAppliance, GivenUse, InlineTariff
from kefu.billing.pricing.history import Reversal, price_history
from kefu.billing.pricing.lines import Line, Priced, number, yuan
from kefu.billing.pricing.standing import season_days
from kefu.billing.pricing.stretches import row_on
from kefu.billing.pricing.sums import Cold, cold_refund, compensation, late_fee
from kefu.billing.pricing.use import CannotPrice, Customer, Use
from kefu.company.tariffs import Tariff, TariffBook
from kefu.company.tariffs.book import adjoining

# Numbers of strangers may be long (24 digits each): products of two stay exact.
WIDE = Context(prec=60)
_ROWS: TypeAdapter[list[InlineTariff]] = TypeAdapter(Annotated[list[InlineTariff], Field(min_length=1)])


def answers(lines: Iterable[str], book: TariffBook) -> Iterator[dict[str, Any]]:
    """An answer a line: id, total, lines; or id and error with the place and the reason. Empty lines are passed over."""
    for place, line in enumerate(lines, 1):
        if line.strip():
            yield _answer(line, place, book)


def _answer(line: str, place: int, book: TariffBook) -> dict[str, Any]:
    case_id: Any = None
    try:
        given = json.loads(line, parse_float=Decimal)
        case_id = _id_of(given)
        with localcontext(WIDE):
            return priced(Case.model_validate(given), book)
    except ValidationError as problem:
        reason = _told(problem)
    except RecursionError:
        reason = "nested too deeply"
    except ArithmeticError:
        reason = "a number is too large or too small to price"
    except ValueError as problem:  # CannotPrice, and what is no JSON
        reason = str(problem)
    return {"id": case_id, "error": f"line {place}: {reason}"}


def _id_of(given: Any) -> str | int | None:
    found = given.get("id") if isinstance(given, dict) else None
    return found if isinstance(found, str | int) and not isinstance(found, bool) else None


def _told(problem: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in problem.errors(include_input=False))


def priced(case: Case, book: TariffBook) -> dict[str, Any]:
    """Prices one case. Raises CannotPrice where it cannot be."""
    versions = _versions(case.tariff, book)
    customer = Customer(**case.account.model_dump())
    entries: list[Use | Reversal] = []
    owners: list[int] = []  # which usage an entry is of
    for place, usage in enumerate(case.usage):
        own = _entries(usage, versions, owners)
        entries += own
        owners += [place] * len(own)
    bills = price_history(versions, entries, customer)
    lines: list[dict[str, Any]] = []
    total = Decimal(0)
    for place, usage in enumerate(case.usage):
        mine = [n for n, owner in enumerate(owners) if owner == place]
        for n in mine:
            lines += [_shown(line, entries[n], n + 1 if len(bills) > 1 else None) for line in bills[n].lines]
        so_far = sum((bills[n].total for n in mine), Decimal(0))
        sums = _sums(usage, versions, so_far, alone=not mine)
        lines += [_shown(line) for line in sums]
        total += so_far + Priced(tuple(sums)).total
    return {"id": case.id, "total": yuan(total), "lines": lines}


def _entries(usage: GivenUse, versions: list[Tariff], owners: list[int]) -> list[Use | Reversal]:
    """A usage's bills. `reverses` counts usages from 1: every bill of that usage is taken back, the last first."""
    reversals: list[Use | Reversal] = []
    if usage.reverses is not None:
        taken = [n for n, owner in enumerate(owners) if owner == usage.reverses - 1]
        if not taken:
            raise CannotPrice(f"there is no earlier usage {usage.reverses} to reverse")
        reversals = [Reversal(n) for n in reversed(taken)]
    return [*reversals, *usage.uses(versions)]


def _sums(usage: GivenUse, versions: list[Tariff], so_far: Decimal, alone: bool) -> list[Line]:
    """Late fees, refunds and compensation asked for with a usage; a refund is taken off the bill it comes with."""
    found: list[Line] = []
    for one in usage.late:
        row = row_on(versions, one.known_day)
        found += late_fee(row, [one.debt(row)])
    row = row_on(versions, usage.start)
    if usage.cold:
        days = usage.season_days or season_days(row.season, Use(start=usage.start))
        if days is None:
            raise CannotPrice("a refund needs season_days, or the tariff's season and from")
        cold = [Cold(one.days, one.temperature, one.share, one.hours) for one in usage.cold]
        back = cold_refund(row, so_far if usage.fee is None else usage.fee, days, cold)
        found += back if alone else [line.negated() for line in back]
    if usage.appliance is not None:
        found += _damage(row, usage.appliance)
    return found


def _damage(row: Tariff, given: GivenAppliance) -> tuple[Line, ...]:
    lives = row.compensation.life if row.compensation else {}
    life = given.life_years if given.life_years is not None else lives.get(given.kind or "")
    if life is None:
        raise CannotPrice("the appliance's years of life are not known: give life_years, or a kind the tariff knows")
    return compensation(row, given.price, given.used_years, Decimal(life), given.reported_after_days)


def _versions(given: str | dict[str, Any] | list[Any], book: TariffBook) -> list[Tariff]:
    if isinstance(given, str):
        if given not in book:
            raise CannotPrice(f"no tariff is called {given}")
        return book.versions(given)
    try:
        rows = _ROWS.validate_python(given if isinstance(given, list) else [given])
    except ValidationError as problem:
        raise CannotPrice(f"tariff: {_told(problem)}") from problem
    rows.sort(key=lambda row: row.valid_from)
    if not adjoining([(row.valid_from, row.valid_to) for row in rows]):
        raise CannotPrice("two of the tariff's rows hold on the same day")
    if len({(row.unit, row.service) for row in rows}) > 1:
        raise CannotPrice("the tariff's rows share service and unit")
    return list(rows)


def _shown(line: Line, entry: Use | Reversal | None = None, bill: int | None = None) -> dict[str, Any]:
    shown = {
        "bill": bill,
        "kind": line.kind,
        "label": line.label,
        "tier": line.tier,
        "quantity": None if line.quantity is None else number(line.quantity),
        "unit": line.unit,
        "price": None if line.price is None else number(line.price),
        "amount": yuan(line.amount),
        "text": line.text,
        "period": _period(entry.start, entry.end) if isinstance(entry, Use) else None,
    }
    return {name: value for name, value in shown.items() if value is not None}


def _period(start: date | None, end: date | None) -> str | None:
    return f"{start}/{end}" if start and end else None
