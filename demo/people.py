"""Households, their accounts and meters. Numbers are spread by fixed arithmetic, so they never change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from random import Random
from typing import Any

from demo.data import read
from demo.places import Place, places
from kefu.clock import SHANGHAI

REGISTERED_MOST = 4  # nobody has applied for the wider tiers of large households
PREFIX = {"electricity": "33", "water": "00", "gas": "52", "heat": "07"}
OFFSET = {"electricity": 4181671, "water": 31415926, "gas": 57721566, "heat": 86602540}
PHONES = ("13800", "13900", "15800", "18600", "17700")
TARIFF = {"electricity": "yj-elec-res", "water": "yj-water-res", "gas": "yj-gas-res"}
METER = {
    "yj-elec-res": ("electricity", 6),
    "yj-elec-res-tou": ("electricity_tou", 6),
    "yj-elec-biz": ("electricity", 6),
    "yj-water-res": ("water", 5),
    "yj-gas-res": ("gas", 5),
    "yj-heat-metered": ("heat", 6),
}
LETTER = {"electricity": "E", "water": "W", "gas": "G", "heat": "H"}


@dataclass(frozen=True)
class Customer:
    """One account as the city's builder knows it; `plan` says how its history departs from the usual."""

    number: str
    service: str
    tariff: str
    holder: str
    phone: str
    place: Place
    situation: str | None
    plan: dict[str, Any]
    heated_area: int | None
    household_size: int | None
    age_days: int

    @property
    def seed(self) -> int:
        return int(self.number)

    @property
    def meter_number(self) -> str | None:
        """None where heat is charged by floor area."""
        return LETTER[self.service] + "M" + self.number[::-1][:8] if self.tariff in METER else None

    def account_row(self, today: date) -> dict[str, Any]:
        opened = datetime.combine(today - timedelta(days=self.age_days), time(10), SHANGHAI)
        return {
            "number": self.number,
            "service": self.service,
            "customer_class": self.place.customer_class,
            "tariff": self.tariff,
            "holder": self.holder,
            "phone": self.phone,
            "address": self.place.address,
            "address_parts": self.place.parts,
            "area_code": self.place.areas[self.service],
            "heated_area_m2": None if self.heated_area is None else Decimal(self.heated_area),
            "household_size": self.household_size and min(self.household_size, REGISTERED_MOST),
            "prepaid": False,
            "status": "active",
            "balance": Decimal(0),
            "created_at": opened,
        }

    def meter_row(self, today: date) -> dict[str, Any] | None:
        if self.meter_number is None:
            return None
        kind, digits = METER[self.tariff]
        return {
            "account_number": self.number,
            "number": self.meter_number,
            "kind": kind,
            "digits": digits,
            "installed_on": today - timedelta(days=self.age_days - 3),
            "removed_on": None,
        }


@lru_cache(maxsize=1)
def customers() -> tuple[Customer, ...]:
    """Every account of the city, always in the same order."""
    names = [name for row in read("names")["holders"] for name in row]
    found: list[Customer] = []
    for index, place in enumerate(places()):
        found.extend(_household(index, place, place.business or names[index]))
    return tuple(found)


@lru_cache(maxsize=1)
def by_situation() -> dict[str, Customer]:
    """The account that shows each situation, by the situation's name."""
    found = {c.situation: c for c in customers() if c.situation}
    return {name: found[name] for name in read("situations")}


def account_number(service: str, index: int) -> str:
    """Ten digits, unique: the multiplier is odd and no multiple of five, so eight digits never repeat."""
    return f"{PREFIX[service]}{(index * 61803399 + OFFSET[service]) % 10**8:08d}"


def phone_number(index: int) -> str:
    """Eleven digits that look made up; the last four are different for every household."""
    return f"{PHONES[index % len(PHONES)]}00{(index * 7919 + 2316) % 10000:04d}"


def _household(index: int, place: Place, holder: str) -> list[Customer]:
    draw = Random(index)
    size = None if place.business else draw.choice((1, 2, 2, 3, 3, 3, 4, 5))
    area, age = draw.randrange(58, 139), draw.randrange(1900, 5200)
    situations = {s["service"]: name for name, s in read("situations").items() if s["home"] == place.key}
    plans = _plans(situations)
    return [
        Customer(
            number=account_number(service, index),
            service=service,
            tariff=_tariff(index, service, place, plans.get(service, {})),
            holder=holder,
            phone=phone_number(index),
            place=place,
            situation=situations.get(service),
            plan=plans.get(service, {"prompt": True} if situations else {}),
            heated_area=area if service == "heat" else None,
            household_size=size,
            age_days=age,
        )
        for service in place.areas
    ]


def _plans(situations: dict[str, str]) -> dict[str, dict[str, Any]]:
    """service → plan. Whoever shows a situation pays at once, so that nothing else is open there."""
    plans: dict[str, dict[str, Any]] = {}
    for service, name in situations.items():
        situation = read("situations")[name]
        plans[service] = {"prompt": True, **situation}
        for other, plan in situation.get("also", {}).items():
            plans[other] = {"prompt": True, **plan}
    return plans


def _tariff(index: int, service: str, place: Place, plan: dict[str, Any]) -> str:
    if service == "heat":
        return place.heat_tariff or "yj-heat-area"
    if place.business:
        return "yj-elec-biz"
    if service == "electricity" and index % 9 == 4 and not plan:
        return "yj-elec-res-tou"
    return str(plan.get("tariff", TARIFF[service]))
