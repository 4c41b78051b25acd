"""Which devices have failed, judged from who reports: a likelihood-ratio scan of the supply tree. No database, no HTTP.

The method, its formulae and what a simulation says of it: docs/incidents.md. The numbers: company/incidents.yml.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import exp, lgamma, log, log1p
from typing import Protocol

from kefu.company.incidents import DetectionRule

Logs = tuple[float, ...]  # a log likelihood for each of the shares of _shares()

SHARES = 9  # so many shares of reporting homes are tried, from low to high
RAISED = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)  # so many times an ordinary day's background is tried
ABOVE = 3.0  # a broken device is reported at least so many times as often as the background
NEVER = float("-inf")


class Net(Protocol):
    """The tree of one service, and of it alone: the background is a share of all its homes. Areas in `parents` and in
    `homes` are the same."""

    @property
    def parents(self) -> Mapping[str, str | None]:
        """Area code → the code above it; None at the top."""

    @property
    def homes(self) -> Mapping[str, int]:
        """Area code → accounts at or below it."""


@dataclass(frozen=True)
class Suspicion:
    """`score`: log odds that this device is broken, above what it had to reach (0), for the dispatcher's eyes."""

    area: str
    homes: int
    reports: int
    score: float


def suspects(
    net: Net, counts: Mapping[str, int], rules: DetectionRule, standing: Collection[str] = ()
) -> list[Suspicion]:
    """The devices that best explain who reports, the strongest first; none of them lies below another.

    `counts`: distinct homes that reported within the window, by the lowest area known of each (an inner area where the
    address was vague). Homes attached to a suspicion in `standing` are best counted as long as it stands: then silence
    after the window does not speak against it. Areas the network does not know are left out: they lie nowhere.
    `standing`: areas suspected already, not confirmed; they need less to stay. One that neither returns, nor lies above
    or below what returns, has no evidence left; closing it is a person's decision. Where each goes: `follow`.
    Source: docs/incidents.md.
    """
    scan = _Scan(net, {area: n for area, n in counts.items() if n > 0 and net.homes.get(area)}, rules, set(standing))
    return scan.best()


def follow(net: Net, standing: Iterable[str], found: Iterable[Suspicion]) -> dict[str, str | None]:
    """Where each standing suspicion goes: the area it has from now on (its own: kept; above: raised; below: narrowed,
    to the one with most reports), None if nothing supports it. Two with the same answer become one; what nobody goes
    to is new."""
    ranked = sorted(found, key=lambda one: -one.reports)
    return {area: next((one.area for one in ranked if _related(net, area, one.area)), None) for area in standing}


def _related(net: Net, one: str, other: str) -> bool:
    return other in _line(net, one) or one in _line(net, other)


def _line(net: Net, area: str | None) -> Iterator[str]:
    """The area and all above it, as far as the network knows; an area moved below itself ends where it began."""
    seen: set[str] = set()
    while area is not None and area in net.parents and area not in seen:
        seen.add(area)
        yield area
        area = net.parents[area]


@dataclass
class _Node:
    """An area with reports at or below it. `vague`: reports that name this area and nothing lower."""

    area: str
    homes: int
    reports: int
    vague: int
    vague_below: int
    broken: Logs  # log likelihood of the located reports if it is broken: at least share number j reporting
    penalty: float
    allowed: bool
    kids: list[_Node]  # only those that could be broken, or have such below


@dataclass(frozen=True)
class _Choice:
    """The best explanation at or below a node: `gain` over "nothing broke", homes explained, devices."""

    gain: float
    explained: int
    devices: tuple[tuple[_Node, float], ...]


NOTHING = _Choice(0.0, 0, ())


class _Scan:
    """One decision: the tree above all reports, then the best explanation for each background rate."""

    def __init__(self, net: Net, counts: Mapping[str, int], rules: DetectionRule, standing: set[str]) -> None:
        self.net, self.counts, self.rules, self.standing = net, counts, rules, standing
        self.shares = _shares(rules.share.low, rules.share.high)
        self.below: dict[str, int] = {}
        for area, reports in counts.items():
            for above in _line(net, area):
                self.below[above] = self.below.get(above, 0) + reports
        self.kids: dict[str, list[str]] = {}
        self.total = 0
        for area, parent in net.parents.items():
            if parent is None or parent not in net.parents:
                self.total += net.homes[area]
            else:
                self.kids.setdefault(parent, []).append(area)
        self.roots = [self._node(area)[0] for area in self.below if net.parents[area] not in net.parents]

    def best(self) -> list[Suspicion]:
        """Background and broken devices that together are most likely."""
        reports = sum(self.counts.values())
        if not reports:
            return []
        strays = self.rules.wrong_address * reports / max(self.total, 1)
        spread = max(log(self.rules.storm_factor), 0.1) / 2
        found: tuple[float, _Choice] | None = None
        for times in RAISED:
            rate = min(self.rules.background * times + strays, 0.3)
            choice = self._explain(rate)
            quiet = reports * log(rate) + max(self.total - reports, 0) * log1p(-rate)
            worth = choice.gain + quiet - (log(times) / spread) ** 2 / 2
            if found is None or worth > found[0]:
                found = (worth, choice)
        assert found is not None
        devices = [Suspicion(node.area, node.homes, node.reports, round(gain, 2)) for node, gain in found[1].devices]
        return sorted(devices, key=lambda one: (-one.score, one.area))

    # --- the tree, with what does not depend on the background ----------------------------------------------------------
    def _node(self, area: str) -> tuple[_Node, Logs]:
        homes, reports = self.net.homes[area], self.below[area]
        named, parts, kids = self.counts.get(area, 0), [], []
        below = self.kids.get(area, ())
        own = homes - sum(self.net.homes[kid] for kid in below)
        # Homes that hang at an inner device itself look like vague addresses: they get their share of those.
        located = named if not below else round(named * max(own, 0) / max(homes, 1))
        if own > 0 or located:
            parts.append(_leaf(self.shares, self.rules.evenness, max(own, located), located))
        for kid in below:
            if kid in self.below:
                node, logs = self._node(kid)
                kids.append(node)
                parts.append(logs)
            else:
                parts.extend(self._silent(kid))
        logs = parts[0] if len(parts) == 1 else tuple(map(sum, zip(*parts, strict=True)))
        size = self.rules.size(homes)
        stands = area in self.standing
        node = _Node(
            area,
            homes,
            reports,
            named - located,
            named - located + sum(kid.vague_below for kid in kids),
            logs,
            size.penalty - (self.rules.stays if stands else 0.0),
            reports >= (size.at_least + 1) // 2 if stands else reports >= size.at_least,
            [kid for kid in kids if kid.allowed or kid.kids],
        )
        if node.allowed:
            node.broken = _at_least(logs)
        return node, logs

    def _silent(self, area: str) -> Iterator[Logs]:
        below = self.kids.get(area, ())
        own = self.net.homes[area] - sum(self.net.homes[kid] for kid in below)
        if own > 0:
            yield _leaf(self.shares, self.rules.evenness, own, 0)
        for kid in below:
            yield from self._silent(kid)

    # --- one background rate ---------------------------------------------------------------------------------------------
    def _explain(self, rate: float) -> _Choice:
        first = next((n for n, share in enumerate(self.shares) if share >= ABOVE * rate), None)
        choices = [self._choose(root, rate, log(rate), log1p(-rate), first) for root in self.roots]
        return _together(choices)

    def _choose(self, node: _Node, rate: float, yes: float, no: float, first: int | None) -> _Choice:
        """max(this device broken, the best of those below): one more broken device costs its penalty."""
        apart = _together([self._choose(kid, rate, yes, no, first) for kid in node.kids])
        if node.vague and apart.explained:
            more = node.vague * log1p(apart.explained / node.homes / rate)
            apart = _Choice(apart.gain + more, apart.explained, apart.devices)
        if first is None or not node.allowed:
            return apart
        located = node.reports - node.vague_below
        gain = node.broken[first] - located * yes - max(node.homes - located, 0) * no - node.penalty
        gain += node.vague_below * log1p(node.reports / node.homes / rate)
        if gain <= max(apart.gain, 0.0):
            return apart
        return _Choice(gain, node.reports, ((node, gain),))


def _together(choices: list[_Choice]) -> _Choice:
    some = [one for one in choices if one.explained]
    if len(some) < 2:
        return some[0] if some else NOTHING
    devices = tuple(device for one in some for device in one.devices)
    return _Choice(sum(one.gain for one in some), sum(one.explained for one in some), devices)


# --- likelihoods -----------------------------------------------------------------------------------------------------------
@lru_cache(maxsize=64)
def _shares(low: float, high: float) -> Logs:
    step = (log(high) - log(low)) / (SHARES - 1)
    return tuple(exp(log(low) + n * step) for n in range(SHARES))


@lru_cache(maxsize=50_000)
def _leaf(shares: Logs, evenness: float, homes: int, reports: int) -> Logs:
    """Beta-binomial log likelihood (without the binomial coefficient, which cancels) for each share."""
    found = []
    for share in shares:
        b = evenness * (1 - share) / share
        found.append(
            lgamma(reports + evenness)
            + lgamma(homes - reports + b)
            - lgamma(homes + evenness + b)
            + lgamma(evenness + b)
            - lgamma(evenness)
            - lgamma(b)
        )
    return tuple(found)


def _at_least(logs: Logs) -> Logs:
    """For each j: the log of the mean likelihood over shares j, j+1, … (each as likely as another)."""
    found: list[float] = []
    top, total = NEVER, 0.0
    for count, value in enumerate(reversed(logs), 1):
        if value > top:
            total = total * exp(top - value) + 1.0 if total else 1.0
            top = value
        else:
            total += exp(value - top)
        found.append(top + log(total / count))
    return tuple(reversed(found))
