"""Reading a bill's lines: which tier, which hours, how much in each."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from kefu.billing.models import BillLine
from kefu.billing.pricing.lines import NOTHING
from kefu.billing.pricing.plan import ORDINALS
from kefu.company.tariffs.parts import HOURS

BY_USE = ("tier", "component", "surcharge", "step", *HOURS)
_TIER = re.compile(f"第([{ORDINALS}])档")


def tier_of(line: BillLine) -> int | None:
    """A line's tier from 1: as booked, else as its label names it."""
    if line.tier is not None:
        return line.tier
    named = _TIER.search(line.label)
    return ORDINALS.index(named[1]) + 1 if named else None


def hours_of(lines: Iterable[BillLine]) -> dict[str, Decimal]:
    """Usage by kind of hour; empty for a bill at one price all day."""
    found: dict[str, Decimal] = {}
    for line in lines:
        if line.kind in HOURS and line.quantity is not None:
            found[line.kind] = found.get(line.kind, NOTHING) + line.quantity
    return found


def higher_tiers(lines: Iterable[BillLine]) -> dict[int, Decimal]:
    """How much lay in each tier above the first, by tier. Components repeat a quantity, hours and stretches share it."""
    found: dict[int, dict[str, Decimal]] = {}
    for line in lines:
        tier = tier_of(line)
        if line.kind in BY_USE and tier is not None and tier > 1:
            of_tier = found.setdefault(tier, {})
            name = line.label.rpartition("）")[2] if line.kind == "component" else ""
            of_tier[name] = of_tier.get(name, NOTHING) + (line.quantity or NOTHING)
    return {tier: max(by_name.values()) for tier, by_name in sorted(found.items())}
