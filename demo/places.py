"""Homes and shops: an address with its parts, and the leaf area that feeds each service there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from demo.data import read
from demo.network import leaves

PARTS = ("road", "road_number", "community", "building", "unit", "room")


@dataclass(frozen=True)
class Place:
    """One home or shop. `areas`: service → leaf area code; its keys are the services to be had there."""

    parts: dict[str, str]
    areas: dict[str, str]
    customer_class: str = "resident"
    heat_tariff: str | None = None
    business: str | None = None

    @property
    def key(self) -> str:
        """Community, building and room: how situations.yml names a home."""
        return self.parts["community"] + self.parts["building"] + self.parts["unit"] + self.parts["room"]

    @property
    def address(self) -> str:
        return "".join(self.parts[part] for part in PARTS)


def places() -> Iterator[Place]:
    """Every place of the city, always in the same order."""
    data = read("communities")
    for community in data["communities"]:
        yield from _homes(community)
    for village in data["villages"]:
        yield from _houses(village)
    for shop in data["shops"]:
        yield _shop(shop)


def place_rows() -> list[dict[str, Any]]:
    """The city's communities and villages as the company names them."""
    data = read("communities")
    communities = (*data["communities"], *data["more_places"])
    kinds = [("community", place) for place in communities] + [("village", place) for place in data["villages"]]
    own = ("name", "district", "road", "road_number")
    return [
        {
            "code": f"P-{number:03d}",
            "kind": kind,
            **{key: place.get(key, "") for key in own},
            "aliases": place["aliases"],
        }
        for number, (kind, place) in enumerate(kinds, 1)
    ]


def _homes(community: dict[str, Any]) -> Iterator[Place]:
    buildings = list(community["homes"])
    for index, building in enumerate(buildings):
        leaf = 1 if index < len(buildings) / 2 else 2
        for home in community["homes"][building]:
            unit, room = home[: home.index("元") + 1], home[home.index("元") + 1 :]
            services = [
                s for s in community["network"] if s != "gas" or building + home not in community.get("no_gas", ())
            ]
            yield Place(
                parts={
                    "district": community["district"],
                    "road": community["road"],
                    "road_number": community["road_number"],
                    "community": community["name"],
                    "building": building,
                    "unit": unit,
                    "room": room,
                },
                areas={service: leaves()[community["name"], service, leaf]["code"] for service in services},
                heat_tariff=community["heat_tariff"],
            )


def _houses(village: dict[str, Any]) -> Iterator[Place]:
    areas = {service: leaves()[village["name"], service, 1]["code"] for service in village["network"]}
    blank = dict.fromkeys(PARTS, "")
    for house in village["houses"]:
        parts = {"district": village["district"], **blank, "community": village["name"], "building": house}
        yield Place(parts=parts, areas=areas)


def _shop(shop: dict[str, Any]) -> Place:
    parts = {"district": shop["district"], **dict.fromkeys(PARTS, "")}
    parts.update(road=shop["road"], road_number=shop["road_number"], room=shop["room"])
    areas = {"electricity": leaves()[shop["near"], "electricity", 1]["code"]}
    return Place(parts=parts, areas=areas, customer_class="business", business=shop["name"])
