"""How much everybody uses, month by month: seasonal, and the same on every machine."""

from __future__ import annotations

from random import Random

from demo.people import Customer
from demo.periods import Period

SEASON = {
    "electricity": (1.15, 1.05, 0.85, 0.75, 0.80, 1.05, 1.50, 1.55, 1.10, 0.80, 0.85, 1.10),
    "water": (0.85, 0.80, 0.90, 0.95, 1.00, 1.10, 1.25, 1.25, 1.10, 1.00, 0.90, 0.90),
    "gas": (1.30, 1.20, 1.10, 1.00, 0.90, 0.80, 0.70, 0.70, 0.85, 1.00, 1.15, 1.30),
    "heat": (1.20, 1.00, 0.40, 0, 0, 0, 0, 0, 0, 0, 0.35, 1.10),
}
# Smallest and largest usual month of an account; water and gas grow with the household.
BASE = {"electricity": (105, 225), "business": (650, 2400), "water": (6, 13), "gas": (11, 23)}
HEAT_PER_M2 = 11.0


def monthly_usage(customer: Customer, history: list[Period]) -> dict[int, int]:
    """Usage by periods back. The draws for a period depend on nothing but the account and how far back it is."""
    draw = Random(customer.seed)
    base = _base(customer, draw)
    jitter = [draw.uniform(0.88, 1.12) for _ in range(40)]
    season = SEASON[customer.service]
    usage = {p.back: round(base * season[p.month - 1] * jitter[p.back]) for p in history}
    for back, fixed in enumerate(customer.plan.get("usage", ()), start=1):
        usage[back] = fixed
    return usage


def peak_usage(customer: Customer, usage: dict[int, int]) -> dict[int, int]:
    """The peak part of `usage`, for time-of-use meters; empty for others."""
    if customer.tariff != "yj-elec-res-tou":
        return {}
    draw = Random(customer.seed + 1)
    share = draw.uniform(0.52, 0.66)
    peak = {back: round(amount * share) for back, amount in usage.items()}
    for back, fixed in enumerate(customer.plan.get("peak", ()), start=1):
        peak[back] = fixed
    return peak


def first_reading(customer: Customer) -> int:
    """What the meter showed before the first period."""
    return Random(customer.seed + 2).randrange(900, 9000)


def _base(customer: Customer, draw: Random) -> float:
    if customer.service == "heat":
        return (customer.heated_area or 0) * HEAT_PER_M2 * draw.uniform(0.9, 1.1)
    kind = "business" if customer.place.business else customer.service
    low, high = BASE[kind]
    base = draw.uniform(low, high)
    persons = customer.household_size or 1
    return base * (0.4 + 0.3 * persons) if kind in ("water", "gas") else base
