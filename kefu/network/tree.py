"""The supply network in memory: what hangs below what at a moment, and how many homes. Read anew when it has changed."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.clock import clock
from kefu.db.session import insert_once
from kefu.network.models import Area, NetworkMove, NetworkStamp


@dataclass(frozen=True)
class Node:
    """An area as it is shown: its service, kind, name and class (urban, rural, remote)."""

    code: str
    service: str
    kind: str
    name: str
    area_class: str


@dataclass(frozen=True)
class Part:
    """The areas of one service. `homes`: accounts at or below each."""

    parents: Mapping[str, str | None]
    homes: Mapping[str, int]


@dataclass(frozen=True)
class Network:
    """All areas in service at a moment, and `gone`: those that are not. `homes`: accounts at or below each area that are
    not closed. `moved`: accounts that no longer hang where their row says."""

    nodes: Mapping[str, Node]
    parents: Mapping[str, str | None]
    homes: Mapping[str, int]
    moved: Mapping[str, str | None] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()

    @cached_property
    def parts(self) -> Mapping[str, Part]:
        """By service, as the statistics look at it."""
        codes: dict[str, list[str]] = defaultdict(list)
        for code, node in self.nodes.items():
            codes[node.service].append(code)
        return {
            service: Part({c: self.parents[c] for c in own}, {c: self.homes[c] for c in own})
            for service, own in codes.items()
        }

    @cached_property
    def children(self) -> Mapping[str, list[str]]:
        """What hangs right below each area."""
        found: dict[str, list[str]] = defaultdict(list)
        for code, parent in self.parents.items():
            if parent is not None:
                found[parent].append(code)
        return found

    def under(self, top: str) -> list[str]:
        """The area and everything below it."""
        found, seen = [top], {top}
        for code in found:
            new = [child for child in self.children.get(code, ()) if child not in seen]
            found += new
            seen.update(new)
        return found

    def path(self, code: str | None) -> list[str]:
        """The area and everything above it, lowest first; [] for an area that is not there."""
        return _upward(code, self.parents)

    def below(self, code: str, top: str) -> bool:
        """`code` is `top` or hangs below it."""
        return top in self.path(code)

    def common(self, codes: list[str]) -> str | None:
        """The lowest area that all of these lie at or below; None if there is none."""
        paths = [self.path(code) for code in codes]
        if not paths or not all(paths):
            return None
        return next((code for code in paths[0] if all(code in path for path in paths[1:])), None)

    def leaf_of(self, account: Account) -> str | None:
        """Where an account hangs at this moment."""
        return self.moved.get(account.number, account.area_code)


def _upward(code: str | None, parents: Mapping[str, str | None]) -> list[str]:
    found: list[str] = []
    while code is not None and code in parents and code not in found:
        found.append(code)
        code = parents[code]
    return found


def network(session: Session, at: datetime | None = None) -> Network:
    """The network as it is now, or at another moment (aware)."""
    now = at or clock.now()
    stamp = session.scalar(select(NetworkStamp.stamp).where(NetworkStamp.id == 1)) or ""
    edges = _edges(session, stamp)
    passed = sum(edge <= now for edge in edges)
    return _remembered(_Source(session, now), str(session.get_bind().engine.url), stamp, passed)


def touch(session: Session) -> None:
    """Areas, moves or the places of accounts have changed: whoever remembers the network must read it again."""
    insert_once(session, NetworkStamp, id=1, stamp="")  # two at once may both be the first
    session.execute(update(NetworkStamp).values(stamp=uuid.uuid4().hex))


class _Source:
    """Where to read from, when it must be read; all sources of one stamp are the same to the memory."""

    def __init__(self, session: Session, at: datetime) -> None:
        self.session, self.at = session, at

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Source)

    def __hash__(self) -> int:
        return 0


def _edges(session: Session, stamp: str) -> tuple[datetime, ...]:
    """The moments at which something moves."""
    return _edges_of(_Source(session, clock.now()), str(session.get_bind().engine.url), stamp)


@lru_cache(maxsize=8)
def _edges_of(source: _Source, _url: str, _stamp: str) -> tuple[datetime, ...]:
    return tuple(sorted(set(source.session.scalars(select(NetworkMove.valid_from)))))


@lru_cache(maxsize=8)
def _remembered(source: _Source, _url: str, _stamp: str, _passed: int) -> Network:
    return read(source.session, source.at)


def read(session: Session, at: datetime) -> Network:
    """The network at a moment, from the rows."""
    rows = session.execute(select(Area.code, Area.service, Area.kind, Area.name, Area.area_class, Area.parent_code))
    nodes: dict[str, Node] = {}
    parents: dict[str, str | None] = {}
    for code, service, kind, name, area_class, parent in rows:
        nodes[code], parents[code] = Node(code, service, kind, name, area_class), parent
    accounts: dict[str, str | None] = {}
    gone: set[str] = set()
    for what, code, parent in _moves(session, at):
        if what == "account":
            accounts[code] = parent
        elif code in nodes:
            parents[code] = parent
            (gone.add if what == "gone" else gone.discard)(code)
    for code in gone:
        del nodes[code], parents[code]
    return Network(nodes, parents, _homes(session, parents, accounts), accounts, frozenset(gone))


def _moves(session: Session, at: datetime) -> Iterator[tuple[str, str, str | None]]:
    """Moves that have taken place, in order: the last one of each counts."""
    columns = select(NetworkMove.what, NetworkMove.code, NetworkMove.parent_code)
    passed = columns.where(NetworkMove.valid_from <= at).order_by(NetworkMove.valid_from, NetworkMove.id)
    yield from session.execute(passed)


def _homes(session: Session, parents: Mapping[str, str | None], moved: Mapping[str, str | None]) -> dict[str, int]:
    here = Account.status != "closed"
    query = select(Account.area_code, func.count()).where(here).group_by(Account.area_code)
    counts: Counter[str | None] = Counter(dict(session.execute(query).all()))
    if moved:
        ever = select(NetworkMove.code).where(NetworkMove.what == "account")
        rows = select(Account.number, Account.area_code).where(here, Account.number.in_(ever))
        for number, first in session.execute(rows):
            counts[first] -= 1
            counts[moved.get(number, first)] += 1
    total: Counter[str] = Counter()
    for code, count in counts.items():
        for above in _upward(code, parents):
            total[above] += count
    return {code: total[code] for code in parents}
