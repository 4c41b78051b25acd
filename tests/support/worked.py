"""Worked bills (`bills.jsonl`: id, kind, input, exact) as cases of `make price`; one translation a kind of bill.

python -m tests.support.worked bills.jsonl > cases.jsonl
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

Made = tuple[Any, Any, dict[str, Any]]  # tariff (or rows in time), usage (or several), account
OWN = {"water": "m³", "gas": "m³", "heat": "m²"}


def case_of(row: dict[str, Any]) -> dict[str, Any]:
    """A case with a tariff of its own. Raises KeyError for a kind of bill that has no translation."""
    tariff, usage, account = KINDS[row["kind"]](row["input"])
    unit = {"unit": "kWh"} if row["service"] == "electricity" else {"unit": OWN[row["service"]]}
    priced = [unit | one for one in tariff] if isinstance(tariff, list) else unit | tariff
    return {"id": row["id"], "tariff": priced, "usage": usage, "account": account}


def _tiers(given: dict[str, Any]) -> dict[str, Any]:
    bounds = [*given["bounds"], None][: len(given["prices"])]
    tiers = [{"upto": bound, "price": price} for bound, price in zip(bounds, given["prices"], strict=True)]
    extra = given.get("extra", "0")
    return {
        "accumulates": "calendar_year",
        "tiers": tiers,
        "surcharges": [{"label": "附加", "price": extra}] if extra != "0" else [],
    }


def tiers(given: dict[str, Any]) -> Made:
    return _tiers(given), {"quantity": given["qty"]}, {}


def year_cross(given: dict[str, Any]) -> Made:
    return _tiers(given), {"quantity": given["month"], "used_before": given["ytd"]}, {}


def flat(given: dict[str, Any]) -> Made:
    return {"tiers": [{"price": given["price"]}]}, {"quantity": given["qty"]}, {}


def _hours(prices: list[str]) -> dict[str, Any]:
    return {
        "periods": [{"kind": "peak", "label": "峰时"}, {"kind": "valley", "label": "谷时"}],
        "tiers": [{"prices": {"peak": prices[0], "valley": prices[1]}}],
    }


def tou(given: dict[str, Any]) -> Made:
    return _hours(given["prices"]), {"peak": given["peak"], "valley": given["valley"]}, {}


def tou_tier2_month(given: dict[str, Any]) -> Made:
    return tou(given)


def tou_tiers_year(given: dict[str, Any]) -> Made:
    """Pairs of lines, peak and valley, a tier each; the bounds are what the lines sum to."""
    pairs = [given["lines"][n : n + 2] for n in range(0, len(given["lines"]), 2)]
    sums, upto = 0, []
    for peak, valley in pairs:
        sums += int(peak[0]) + int(valley[0])
        upto.append(sums)
    rows: list[dict[str, Any]] = [{"prices": {"peak": peak[1], "valley": valley[1]}} for peak, valley in pairs]
    for row, bound in zip(rows[:-1], upto, strict=False):
        row["upto"] = bound
    tariff = _hours(["0", "0"]) | {"tiers": rows, "accumulates": "calendar_year", "split": "pro_rata"}
    return tariff, [{"peak": peak[0], "valley": valley[0]} for peak, valley in pairs], {}


def price_change(given: dict[str, Any]) -> Made:
    """The first `days_before` of `days` at the old price."""
    first = date(2026, 1, 1)
    turn, last = first + timedelta(given["days_before"]), first + timedelta(given["days"] - 1)
    old, new = given["prices"]
    rows = [
        {"tiers": [{"price": old}], "valid_to": str(turn - timedelta(1))},
        {"tiers": [{"price": new}], "valid_from": str(turn)},
    ]
    return rows, {"quantity": given["qty"], "from": str(first), "to": str(last)}, {}


def area_month(given: dict[str, Any]) -> Made:
    charge = {"label": "热费", "price": given["price"], "per": ["m²", "month"]}
    return {"charges": [charge]}, {"months": given["months"], "quantity": 0}, {"heated_area": given["area"]}


def area_day(given: dict[str, Any]) -> Made:
    charge = {"label": "热费", "price": given["price"], "per": ["m²", "day"]}
    return {"charges": [charge]}, {"days": given["days"], "quantity": 0}, {"heated_area": given["area"]}


def two_part(given: dict[str, Any]) -> Made:
    charge = {"label": "基本热费", "price": given["basic"], "per": ["m²", "bill"]}
    tariff = {"unit": "kWh", "charges": [charge], "tiers": [{"price": given["metered"]}]}
    return tariff, {"quantity": given["kwh"]}, {"heated_area": given["area"]}


def refund(given: dict[str, Any]) -> Made:
    cold = [{"days": given["days"], "share": given["share"]}]
    tariff = {"cold_refund": {"bands": [{"below": "18", "share": given["share"]}]}}
    return tariff, {"fee": given["fee"], "season_days": given["season_days"], "cold": cold}, {}


def late_fee(given: dict[str, Any]) -> Made:
    rates = given.get("rates", {})
    rule = {"per_day": rates.get("same_year", given.get("rate")), "carried_per_day": rates.get("carried")}
    late = [
        {
            "amount": debt["amount"],
            "days": debt.get("days_same_year", debt.get("days_old_year", debt.get("days"))),
            "carried_days": debt.get("days_new_year", 0),
        }
        for debt in given.get("debts", [given])
    ]
    return {"late_fee": rule}, {"late": late}, {}


def compensation(given: dict[str, Any]) -> Made:
    appliance = {"price": given["price"], "used_years": given["used"], "life_years": given["life"]}
    return {"compensation": {}}, {"appliance": appliance}, {}


KINDS: dict[str, Callable[[dict[str, Any]], Made]] = {
    "tiers": tiers,
    "tier_part": flat,
    "flat": flat,
    "year_cross": year_cross,
    "tou": tou,
    "tou_tier2_month": tou_tier2_month,
    "tou_tiers_year": tou_tiers_year,
    "price_change": price_change,
    "area_month": area_month,
    "area_day": area_day,
    "two_part": two_part,
    "refund": refund,
    "late_fee": late_fee,
    "late_fee_day": late_fee,
    "compensation": compensation,
}


def main() -> None:
    for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines():
        if line.strip():
            print(json.dumps(case_of(json.loads(line)), ensure_ascii=False))


if __name__ == "__main__":
    main()
