"""Lines of a bill, each with its own arithmetic; how quantities and money are written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from kefu.company.tariffs.parts import Rounding

UNITS = {"kWh": "度", "m³": "方", "m²": "平方米", "GJ": "吉焦"}
NOTHING = Decimal(0)
FEN = Decimal("0.01")
PENCIL = Decimal("0.0000000001")


def number(value: Decimal) -> str:
    """Without trailing zeros, never as 2E+2."""
    return format(value.normalize(), "f")


def divided(amount: Decimal, by: Decimal | int) -> Decimal:
    """To ten places, so that lines whose division does not come out still add up to what is printed."""
    return (amount / by).quantize(PENCIL)


def money(amount: Decimal) -> str:
    """Yuan and fen: 241.96."""
    return format(amount.quantize(FEN), "f")


def unit_name(unit: str | None) -> str:
    """kWh → 度; a unit without a word of its own stays as it is."""
    return UNITS.get(unit or "", unit or "")


@dataclass(frozen=True)
class Line:
    """One line. `quantity` × `price` (yuan a unit) where it is no more than that; `formula` says the arithmetic in full.

    `tier`: from 1, None beside the tiers. `amount`: yuan, rounded as the tariff says.
    """

    kind: str
    label: str
    amount: Decimal
    formula: str
    quantity: Decimal | None = None
    unit: str | None = None
    price: Decimal | None = None
    tier: int | None = None

    def negated(self) -> Line:
        """The same line taken back: a negative entry, its arithmetic with a minus before it."""
        quantity = None if self.quantity is None else -self.quantity
        return replace(self, quantity=quantity, amount=-self.amount, formula=f"−({self.formula})")

    @property
    def text(self) -> str:
        """ "第一档（每月0–200度）：200度 × 0.538元 = 107.60元"."""
        return f"{self.label}：{self.formula} = {yuan(self.amount)}元"


def yuan(amount: Decimal) -> str:
    """To the fen; with more places only where the tariff rounds the total alone."""
    return money(amount) if amount == amount.quantize(FEN) else number(amount)


@dataclass(frozen=True)
class Priced:
    """A priced bill: its lines sum to `total` (yuan) exactly."""

    lines: tuple[Line, ...]

    @property
    def total(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal("0.00"))

    def negated(self) -> Priced:
        return Priced(tuple(line.negated() for line in self.lines))


class Writer:
    """Makes lines by one rounding rule and closes them into a bill."""

    def __init__(self, rounding: Rounding) -> None:
        self._rounding = rounding
        self.lines: list[Line] = []

    def times(
        self, kind: str, label: str, quantity: Decimal, unit: str, price: Decimal, tier: int | None = None
    ) -> None:
        """quantity × price."""
        formula = f"{number(quantity)}{unit_name(unit)} × {number(price)}元"
        self.write(kind, label, quantity * price, formula, quantity=quantity, unit=unit, price=price, tier=tier)

    def write(
        self,
        kind: str,
        label: str,
        exact: Decimal,
        formula: str,
        quantity: Decimal | None = None,
        unit: str | None = None,
        price: Decimal | None = None,
        tier: int | None = None,
    ) -> None:
        """A line of any arithmetic; `exact` is rounded if the rule rounds lines."""
        amount = self._rounding(exact) if self._rounding.at == "line" else exact
        self.lines.append(Line(kind, label, amount, formula, quantity, unit, price, tier))

    def close(self) -> Priced:
        """The bill; where the total alone is rounded, what that makes is a line of its own."""
        total = sum((line.amount for line in self.lines), NOTHING)
        rest = self._rounding(total) - total
        if rest:
            self.lines.append(Line("rounding", "取整到分", rest, f"{number(total)}元取整到{number(total + rest)}元"))
        return Priced(tuple(self.lines))
