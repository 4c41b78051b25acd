"""Bills priced a second on one core: histories of 24 months, each bill standing where its year does.

python -m bench.pricing; the last line is one JSON object.
"""

from __future__ import annotations

import json
import sys
from calendar import monthrange
from datetime import date
from decimal import Decimal
from statistics import median
from time import perf_counter

from kefu.billing.pricing.given import InlineTariff
from kefu.billing.pricing.history import price_history
from kefu.billing.pricing.use import Use
from kefu.company.tariffs import Tariff, load_tariffs
from kefu.settings import ROOT

MONTHS = [(year, month) for year in (2024, 2025) for month in range(1, 13)]
SECONDS = 2.0
ROUNDS = 3
TOU = {
    "rounding": {"at": "line"},
    "accumulates": "calendar_year",
    "periods": [{"kind": "peak", "label": "峰时"}, {"kind": "valley", "label": "谷时"}],
    "split": "pro_rata",
    "tiers": [
        {"upto": 3120, "prices": {"peak": "0.617", "valley": "0.307"}},
        {"upto": 4800, "prices": {"peak": "0.677", "valley": "0.337"}},
        {"prices": {"peak": "0.977", "valley": "0.487"}},
    ],
}


def uses(peak: int, valley: int) -> list[Use]:
    """24 months; the last of each year are in the highest tier."""
    hours = {"peak": Decimal(peak), "valley": Decimal(valley)} if valley else {}
    return [
        Use(Decimal(peak + valley), date(year, month, 1), date(year, month, monthrange(year, month)[1]), hours)
        for year, month in MONTHS
    ]


def bills_a_second(versions: list[Tariff], history: list[Use]) -> float:
    """Median of a few rounds of whole histories."""
    rates = []
    for _ in range(ROUNDS):
        begun, done = perf_counter(), 0
        while perf_counter() - begun < SECONDS:
            done += len(price_history(versions, history))
        rates.append(done / (perf_counter() - begun))
    return median(rates)


def measure() -> dict[str, int]:
    """Bills a second on one core, by kind of history."""
    book = load_tariffs(ROOT / "company")
    measured = {
        "electricity_tou_yearly": bills_a_second([InlineTariff.model_validate(TOU)], uses(330, 170)),
        "water_components_yearly": bills_a_second(book.versions("yj-water-res"), uses(25, 0)),
    }
    for name, rate in measured.items():
        print(f"{name}: {rate:,.0f} bills/s", file=sys.stderr)
    return {name: round(rate) for name, rate in measured.items()} | {"months": len(MONTHS)}


if __name__ == "__main__":
    print(json.dumps(measure()))
