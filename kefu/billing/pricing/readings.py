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

    `hours`: the registers of a meter that counts by hours; it may have no register of the whole (`value`).
    """

    on: date
    value: Decimal | None
    meter: str = ""
    first: bool = False
    last: bool = False
    hours: dict[str, Decimal] = field(default_factory=dict)
    estimated: bool = False

    @property
    def registers(self) -> dict[str, Decimal]:
        return self.hours if self.value is None else self.hours | {WHOLE: self.value}


WHOLE = "value"


def uses_of(reads: Sequence[Read], digits: int | None = None, ratio: Decimal = Decimal(1)) -> list[Use]:
    """The usage between one day of billing readings and the next, over all meters. `ratio`: units a count of the meter.

    `digits`: places before the point, for the rollover. Raises CannotPrice when a reading falls otherwise, or a meter
    or register was never begun.
    """
    days: dict[date, list[Read]] = {}
    for read in sorted(reads, key=lambda read: (read.on, read.first)):
        days.setdefault(read.on, []).append(read)
    if len(days) < 2:
        raise CannotPrice("a usage needs readings of two days")
    meters: dict[str, Read] = {}
    found: list[Use] = []
    begun, *_, closed = days
    used, hours = NOTHING, dict[str, Decimal]()
    for day, own in days.items():
        for read in own:
            known = meters.get(read.meter)
            if known is None or read.first:
                if day != next(iter(days)) and not read.first:
                    raise CannotPrice(f"meter {read.meter or '(unnamed)'} has no earlier reading on {day}")
            else:
                grown = {kind: _step(known, read, kind, digits) * ratio for kind in read.registers}
                used += grown.pop(WHOLE) if WHOLE in grown else sum(grown.values(), NOTHING)
                hours = {kind: hours.get(kind, NOTHING) + grown.get(kind, NOTHING) for kind in {**hours, **grown}}
            meters[read.meter] = read
            if read.last:
                del meters[read.meter]
        if day != next(iter(days)) and (day == closed or any(not (read.first or read.last) for read in own)):
            found.append(Use(quantity=used, start=begun + timedelta(days=1), end=day, hours=hours))
            begun, used, hours = day, NOTHING, {}
    return found


def _step(before: Read, after: Read, register: str, digits: int | None) -> Decimal:
    """99990 → 12 on five digits is 22."""
    old, new = before.registers.get(register), after.registers[register]
    if old is None:
        raise CannotPrice(f"the register {register} has no earlier reading on {after.on}")
    if new >= old:
        return new - old
    falls = f"the reading falls from {old} to {new} on {after.on}"
    if before.estimated:
        raise CannotPrice(f"{falls}: the earlier one was estimated too high, reverse its bill and correct it")
    if digits is None:
        raise CannotPrice(f"{falls}: give digits if the meter rolled over")
    step = new + Decimal(10) ** digits - old
    if not 0 < step <= Decimal(10) ** digits / 2:
        raise CannotPrice(f"{falls}: that is no rollover of {digits} digits")
    return step
