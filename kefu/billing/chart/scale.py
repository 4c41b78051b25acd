"""Where a value stands in the picture: a scale with round ticks, and numbers short enough to stand beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from kefu.billing.pricing.lines import number

TOP, BOTTOM = 74.0, 246.0
CLOSEST = 15.0  # two labels nearer than this would touch
A_BIT_MORE = Decimal("1.25")  # a tier that begins this little above the highest bar is worth seeing


@dataclass(frozen=True)
class Scale:
    """From `low` (0, or below for corrections) to `high`, in steps; `bounds`: those of the tiers that are seen."""

    low: Decimal
    high: Decimal
    step: Decimal
    bounds: tuple[Decimal, ...]

    def y(self, value: Decimal) -> float:
        return BOTTOM - float((value - self.low) / (self.high - self.low)) * (BOTTOM - TOP)

    @property
    def ticks(self) -> list[Decimal]:
        """Round values, but those that a bound's own label would touch."""
        every = [self.low + self.step * n for n in range(int((self.high - self.low) / self.step) + 1)]
        return [tick for tick in every if not any(self._touch(tick, bound) for bound in self.bounds)]

    @property
    def labelled_bounds(self) -> list[Decimal]:
        """Of two bounds that stand too close the upper one keeps its label."""
        pairs = zip(self.bounds, (*self.bounds[1:], None), strict=False)
        return [bound for bound, above in pairs if above is None or not self._touch(bound, above)]

    def _touch(self, one: Decimal, other: Decimal) -> bool:
        return abs(self.y(one) - self.y(other)) < CLOSEST


def scale_for(values: Sequence[Decimal], bounds: Sequence[Decimal]) -> Scale:
    highest, lowest = max(*values, Decimal(0)), min(*values, Decimal(0))
    seen = tuple(bound for bound in bounds if 0 < bound <= highest * A_BIT_MORE)
    highest = max((highest, *seen))
    step = _round_up(max(highest, -lowest) / 4)
    return Scale(_steps(lowest, step, -1), max(_steps(highest, step, 1), step), step, seen)


def _steps(value: Decimal, step: Decimal, sign: int) -> Decimal:
    return sign * step * (sign * value / step).to_integral_value(ROUND_CEILING)


def _round_up(value: Decimal) -> Decimal:
    """The next of 1, 2, 2.5, 5 times a power of ten; 1 for nothing."""
    if value <= 0:
        return Decimal(1)
    power = Decimal(10) ** value.adjusted()
    return next(factor * power for factor in map(Decimal, ("1", "2", "2.5", "5", "10")) if factor * power >= value)


def short(value: Decimal) -> str:
    """ "420", "12.5", "3.2万", "1.5亿": at most one decimal; the table has every digit."""
    for size, name in ((Decimal(10) ** 8, "亿"), (Decimal(10) ** 5, "万")):
        if abs(value) >= size:
            return number((value / (size if name == "亿" else 10**4)).quantize(Decimal("0.1"))) + name
    return number(value.quantize(Decimal("0.1")) if value != value.to_integral_value() else value)
