"""From readings to usage: rollover, replaced meters, transformer ratios, several registers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from kefu.billing.pricing.lines import NOTHING
from kefu.billing.pricing.use import CannotPrice, Use


@dataclass(frozen=True)
class Read:
    """What a meter showed on a day. `first`, `last`: a meter put in or taken out within a period; else a bill ends here.

    `hours`: the registers of a meter that counts by hours. `digits`: places before the point, for the rollover.
    """

    on: date
    value: Decimal
    meter: str = ""
    first: bool = False
    last: bool = False
    hours: dict[str, Decimal] = field(default_factory=dict)


@dataclass
class _Meter:
    """A meter while it is followed: what it showed last."""

    value: Decimal
    hours: dict[str, Decimal]


def uses_of(reads: Sequence[Read], digits: int | None = None, ratio: Decimal = Decimal(1)) -> list[Use]:
    """The usage between one billing reading and the next, over all meters. `ratio`: units a count of the meter.

    Raises CannotPrice when a reading falls (and the meter has no `digits` to roll over), or a meter was never begun.
    """
    meters: dict[str, _Meter] = {}
    found: list[Use] = []
    begun: date | None = None
    used, hours = NOTHING, dict[str, Decimal]()
    for read in sorted(reads, key=lambda read: (read.on, read.first)):
        known = meters.get(read.meter)
        if known is not None and not read.first:
            used += _step(known.value, read.value, digits) * ratio
            for kind, value in read.hours.items():
                hours[kind] = hours.get(kind, NOTHING) + _step(known.hours.get(kind, NOTHING), value, digits) * ratio
        elif begun is not None and not read.first:
            raise CannotPrice(f"meter {read.meter or '?'} has no earlier reading on {read.on}")
        meters[read.meter] = _Meter(read.value, read.hours)
        if read.last:
            del meters[read.meter]
        if read.first or read.last:
            continue
        if begun is not None:
            found.append(Use(quantity=used, start=begun + timedelta(days=1), end=read.on, hours=hours))
        begun, used, hours = read.on, NOTHING, {}
    if not found:
        raise CannotPrice("a usage needs two billing readings")
    return found


def _step(before: Decimal, after: Decimal, digits: int | None) -> Decimal:
    """99990 → 12 on five digits is 22."""
    if after >= before:
        return after - before
    if digits is None:
        raise CannotPrice(f"the reading falls from {before} to {after}: give digits if the meter rolled over")
    return after + Decimal(10) ** digits - before
