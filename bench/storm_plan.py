"""Who writes when, and why: the failed devices, and the customers they bring. One seed, one storm."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from bench.storm_city import City, Home

# Shares of all customers; the rest report the outage they are in.
ISOLATED, DANGER = 0.03, 0.01
# Shares of those who sit in the dark: only asking, naming a wrong building, a second person of a home that has reported.
ASKING, WRONG_BUILDING, SECOND = 0.08, 0.04, 0.03
# Shares of all: the channel delivers a message twice with one id; the customer sends it twice; the address comes first.
REPEATED, TWICE, ADDRESS_FIRST = 0.05, 0.04, 0.35
LEAST = 12  # customers of the smallest device, as far as its homes go: a short storm has few for it else
NOT_ALL = 0.9  # of a device's homes at most write
MEAN_DELAY, LAST = 0.25, 0.95  # of the storm's length: from failure to first word; nobody begins later
NOWHERE = range(20, 41)  # buildings no community has


@dataclass(frozen=True)
class Failure:
    """A device that fails `at` seconds after the storm began."""

    code: str
    at: float


@dataclass(frozen=True)
class Customer:
    """`why`: dark, asking, wrong, second, isolated, danger. `told`: the address they name. `failure`: what broke."""

    index: int
    why: str
    home: Home
    told: str
    at: float
    failure: Failure | None
    repeated: bool
    twice: bool
    address_first: bool
    seed: int

    @property
    def sender(self) -> str:
        return f"storm-{self.index:05d}"


def failures(city: City, seconds: float, dice: random.Random) -> list[Failure]:
    """A transformer, then a whole station, then a feeder and a transformer elsewhere; none above another."""
    stations = [code for code, device in city.devices.items() if device.kind == "station"]
    one, two, three = dice.sample(stations, 3)
    feeder, other = dice.sample(_children(city, two), 2)
    first = dice.choice(_children(city, dice.choice(_children(city, one))))
    last = dice.choice(_children(city, other))
    return [Failure(code, at * seconds) for code, at in ((first, 0.02), (three, 0.1), (feeder, 0.3), (last, 0.45))]


def _children(city: City, code: str) -> list[str]:
    return [device.code for device in city.devices.values() if device.parent == code]


def shares(homes: Sequence[int], customers: int) -> list[int]:
    """How many customers write because of each device: by its homes, small ones at least LEAST, none more than NOT_ALL."""
    most = [int(count * NOT_ALL) for count in homes]
    least = [min(LEAST, limit) for limit in most]
    if not sum(least) <= customers <= sum(most):
        raise ValueError(f"{sum(homes)} dark homes bring {sum(least)} to {sum(most)} customers, not {customers}")
    found = [round(customers * count / sum(homes)) for count in homes]
    found = [max(low, min(high, count)) for low, count, high in zip(least, found, most, strict=True)]
    for row in sorted(range(len(homes)), key=lambda row: -homes[row]):  # the largest first takes what rounding left
        left = customers - sum(found)
        found[row] = max(least[row], min(most[row], found[row] + left))
    return found


class Plan:
    """The storm: `failures` and `customers`, by the time of their first word."""

    def __init__(self, city: City, customers: int, seconds: float, seed: int) -> None:
        self._city, self._seconds, self._dice = city, seconds, random.Random(seed)
        self.failures = failures(city, seconds, self._dice)
        isolated, danger = max(2, round(ISOLATED * customers)), max(2, round(DANGER * customers))
        dark = shares([len(city.below(f.code)) for f in self.failures], customers - isolated - danger)
        found = [row for failure, count in zip(self.failures, dark, strict=True) for row in self._of(failure, count)]
        found += [self._someone("danger", self._dice.choice([row[1] for row in found]), None) for _ in range(danger)]
        found += [self._someone("isolated", home, None) for home in self._elsewhere(isolated)]
        found.sort(key=lambda row: row[2])
        self.customers = [self._customer(index, *row) for index, row in enumerate(found)]

    def _of(self, failure: Failure, count: int) -> list[tuple[str, Home, float, Failure | None]]:
        """The customers of one failed device: distinct homes, but for second persons of the same home."""
        seconds = round(SECOND * count)
        homes = self._dice.sample(self._city.below(failure.code), count - seconds)
        whys = self._dice.choices(
            ("dark", "asking", "wrong"), (1 - ASKING - WRONG_BUILDING, ASKING, WRONG_BUILDING), k=len(homes)
        )
        found = [self._someone(why, home, failure) for why, home in zip(whys, homes, strict=True)]
        reported = [row for row in found if row[0] == "dark"] or found
        return found + [self._second(self._dice.choice(reported)) for _ in range(seconds)]

    def _second(self, first: tuple[str, Home, float, Failure | None]) -> tuple[str, Home, float, Failure | None]:
        """Somebody else of that home, who writes later and knows nothing of it."""
        _, home, at, failure = first
        return "second", home, self._dice.uniform(at, max(at, self._seconds * LAST)), failure

    def _someone(self, why: str, home: Home, failure: Failure | None) -> tuple[str, Home, float, Failure | None]:
        if failure is None:
            return why, home, self._dice.uniform(0, self._seconds * LAST), None
        return why, home, arrival(self._dice, failure.at, self._seconds), failure

    def _elsewhere(self, count: int) -> list[Home]:
        """Homes of their own fault, as far apart as can be: one of each transformer that works, then a second."""
        dark = {home.transformer for failure in self.failures for home in self._city.below(failure.code)}
        lit = sorted({home.transformer for home in self._city.homes} - dark)
        self._dice.shuffle(lit)
        homes = {code: self._dice.sample(self._city.below(code), 2) for code in lit}
        return [homes[code][which] for which in range(2) for code in lit][:count]

    def _customer(self, index: int, why: str, home: Home, at: float, failure: Failure | None) -> Customer:
        dice = self._dice
        told = self._wrong(home) if why == "wrong" else home.told
        habits = [dice.random() < share for share in (REPEATED, TWICE, ADDRESS_FIRST)]
        return Customer(index, why, home, told, at, failure, *habits, seed=dice.randrange(2**31))

    def _wrong(self, home: Home) -> str:
        """Another building of the community, or one that is not there."""
        others = [number for number in range(1, 13) if number != home.building]
        number = self._dice.choice(NOWHERE if self._dice.random() < 0.5 else others)
        return f"{home.community}{number}号楼{home.room}"


def arrival(dice: random.Random, failed_at: float, seconds: float) -> float:
    """The first word after a failure: soon for many, late for a few, never after the storm's last minutes."""
    while True:
        at = failed_at + dice.uniform(0, 0.01 * seconds) + dice.expovariate(1 / (MEAN_DELAY * seconds))
        if at <= seconds * LAST:
            return at
