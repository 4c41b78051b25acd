"""Areas of the supply network, the live outage and the planned interruption."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from demo.data import read
from kefu.clock import local

SERVICES = ("electricity", "water", "gas", "heat")


@lru_cache(maxsize=1)
def leaves() -> dict[tuple[str, str, int], dict[str, Any]]:
    """Leaf areas by (place, service, 1 or 2): two for each community, one for each village."""
    found: dict[tuple[str, str, int], dict[str, Any]] = {}
    taken: Counter[str] = Counter()
    for place, count in _places():
        for service, parent in place["network"].items():
            for number in range(1, count + 1):
                taken[parent] += 1
                found[place["name"], service, number] = _leaf(place, service, parent, number, taken[parent])
    return found


def area_rows() -> list[dict[str, Any]]:
    """All areas, parents first."""
    upper = [{"parent_code": None, "area_class": "urban", **area} for area in read("network")["areas"]]
    return upper + list(leaves().values())


def incident_row(now: datetime) -> dict[str, Any]:
    """The live outage: began an hour ago, expected to end in two."""
    minute = local(now).replace(second=0, microsecond=0)
    started = minute - timedelta(hours=1)
    return {
        **read("network")["incident"],
        "number": f"GZ{minute:%Y%m%d}0001",
        "started_at": started,
        "expected_at": minute + timedelta(hours=2),
        "expected_set_at": started + timedelta(minutes=20),
        "restored_at": None,
    }


def interruption_row(now: datetime) -> dict[str, Any]:
    """The planned interruption: tomorrow 09:00 to 13:00, published three days before."""
    tomorrow = local(now).replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return {
        **read("network")["interruption"],
        "number": f"JH{tomorrow:%Y%m%d}0001",
        "starts_at": tomorrow,
        "ends_at": tomorrow.replace(hour=13),
        "published_at": tomorrow - timedelta(days=3),
    }


def _places() -> Iterator[tuple[dict[str, Any], int]]:
    """Every place with the number of its leaves per service."""
    for community in read("communities")["communities"]:
        yield community, 2
    for village in read("communities")["villages"]:
        yield village, 1


def _leaf(place: dict[str, Any], service: str, parent: str, number: int, order: int) -> dict[str, Any]:
    style = read("network")["leaf"][service]
    return {
        "code": f"{parent}-{style['letter']}{order:02d}",
        "service": service,
        "kind": style["kind"],
        "name": f"{place['name']}{number}{style['name']}",
        "parent_code": parent,
        "area_class": place.get("area_class", "urban"),
    }
