"""Homes of the demo city that no other test has talked about: what their meter shows, and what it may show by now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from demo.people import Customer, customers
from tests.support.server import Server

DAYS = 9  # from the last reading (30 November) to the day the tests play on


@dataclass(frozen=True)
class Home:
    """`last`: the last reading. `fits`: what the meter shows if as much is used as in the last bill."""

    number: str
    digits: str
    last: int
    fits: int
    bill: dict[str, Any]


def fresh_homes(server: Server, service: str, customer_class: str = "resident") -> Iterator[Home]:
    """Accounts of a service, one after the other; none with a history of its own kind."""
    for customer in customers():
        if customer.service == service and not customer.situation and _class(customer) == customer_class:
            yield home_of(server, customer.number, customer.phone)


def _class(customer: Customer) -> str:
    return customer.place.customer_class


def home_of(server: Server, number: str, phone: str) -> Home:
    bill = server.api(f"/api/accounts/{number}/bills", limit=1)["items"][0]
    last = server.api(f"/api/accounts/{number}/readings", limit=1)["items"][0]
    value = int(Decimal(last["value"]))
    used = round(Decimal(bill["usage"]) / bill["days"] * DAYS)
    return Home(number, phone[-4:], value, value + max(1, used), bill)
