"""The city the storm goes over: 3 stations, 12 feeders, 100 transformers, 6,000 homes, fed over the integration API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpx

# Names that differ in sound as well as in writing, from each other and from the demo city's.
NAMES = (
    "明珠花园", "枫林小区", "凯旋家园", "桃源新村", "银河公寓", "百合小区", "龙泉花园", "望江小区",
    "雪松小区", "梧桐花园", "富康家园", "白鹭小区", "天鹅花园", "玉兰小区", "丰收新村", "海鸥小区",
    "长虹公寓", "彩云花园", "石榴小区", "古塔新村", "麒麟家园", "芳草小区", "月牙花园", "石桥新村",
    "水杉小区",
)  # fmt: skip
STATIONS, FEEDERS, TRANSFORMERS, BUILDINGS = 3, 12, 4, 3  # feeders in all; transformers a community; buildings each
UNITS, FLOORS, DOORS = 2, 5, 2
DISTRICTS = ("临江区", "东湖区", "北山区")
AT_ONCE = 500  # accounts a request


@dataclass(frozen=True)
class Device:
    """An area of the network: what hangs where."""

    code: str
    kind: str
    name: str
    parent: str | None


@dataclass(frozen=True)
class Home:
    """One account: what its people call the place, and the transformer that feeds it."""

    number: str
    district: str
    road: str
    road_number: str
    community: str
    building: int
    room: str
    transformer: str

    @property
    def told(self) -> str:
        """As its people write it."""
        return f"{self.community}{self.building}号楼{self.room}"


class City:
    """All devices and homes, and who lies below what."""

    def __init__(self) -> None:
        self.devices = {device.code: device for device in _devices()}
        self.homes = list(_homes())

    def path(self, code: str | None) -> list[str]:
        """The device and everything above it, lowest first; [] for one that is not of this city."""
        found = []
        while code is not None and code in self.devices:
            found.append(code)
            code = self.devices[code].parent
        return found

    def below(self, code: str) -> list[Home]:
        """The homes that are dark when this device fails."""
        return [home for home in self.homes if code in self.path(home.transformer)]

    def next_to(self, one: str, other: str) -> bool:
        """One is the parent of the other."""
        return one in self.devices and other in self.devices and (
            self.devices[one].parent == other or self.devices[other].parent == one
        )  # fmt: skip

    @cached_property
    def addresses(self) -> dict[str, Home]:
        return {home.told: home for home in self.homes}


def _feeder(community: int) -> tuple[int, int]:
    """Station and feeder of a community, from 1: two communities a feeder, the last feeder has three."""
    feeder = min(community // 2, FEEDERS - 1)
    return feeder // (FEEDERS // STATIONS) + 1, feeder % (FEEDERS // STATIONS) + 1


def _devices() -> Iterator[Device]:
    for station in range(1, STATIONS + 1):
        yield Device(f"E-X{station}", "station", f"风雨{station}号变电站", None)
        for feeder in range(1, FEEDERS // STATIONS + 1):
            yield Device(f"E-X{station}-F{feeder}", "feeder", f"风雨{station}站{feeder}号线", f"E-X{station}")
    for community, name in enumerate(NAMES):
        for number in range(1, TRANSFORMERS + 1):
            code = _transformer(community, number)
            yield Device(code, "transformer", f"{name}{number}号变压器", code.rpartition("-")[0])


def _transformer(community: int, number: int) -> str:
    station, feeder = _feeder(community)
    return f"E-X{station}-F{feeder}-T{community + 1:02d}{number}"


def _homes() -> Iterator[Home]:
    for community, name in enumerate(NAMES):
        station, _ = _feeder(community)
        for building in range(1, TRANSFORMERS * BUILDINGS + 1):
            fed_by = _transformer(community, (building - 1) // BUILDINGS + 1)
            for door in range(UNITS * FLOORS * DOORS):
                unit, left = divmod(door, FLOORS * DOORS)
                room = f"{unit + 1}单元{left // DOORS + 1}0{left % DOORS + 1}"
                number = f"77{community:02d}{building:02d}{door:04d}"
                yield Home(
                    number, DISTRICTS[station - 1], f"{name[:2]}路", f"{community + 1}号", name, building, room, fed_by
                )


# --- feeding -------------------------------------------------------------------------------------------------------------
def feed(api: httpx.Client, city: City) -> None:
    """Areas, places and accounts into a running Kefu; the client speaks for the role integration. Raises on a refusal."""
    for device in city.devices.values():
        body = {"service": "electricity", "kind": device.kind, "name": device.name, "parent_code": device.parent}
        api.put(f"/api/areas/{device.code}", json=body).raise_for_status()
    for number, home in enumerate({home.community: home for home in city.homes}.values()):
        body = {"name": home.community, "district": home.district, "road": home.road, "road_number": home.road_number}
        api.put(f"/api/places/X{number:03d}", json=body).raise_for_status()
    for some in _chunks([_account(home) for home in city.homes], AT_ONCE):
        api.post("/api/accounts", json=some).raise_for_status()


def _account(home: Home) -> dict[str, Any]:
    address = f"{home.district}{home.road}{home.road_number}{home.told}"
    fed_by = {"service": "electricity", "area_code": home.transformer}
    return {"number": home.number, "holder": "住户", "address": address, **fed_by}


def _chunks(rows: list[dict[str, Any]], size: int) -> Iterable[list[dict[str, Any]]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))
