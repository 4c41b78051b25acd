"""Areas as they are fed: one or many, all or none; where they hang, from when on; taken out of service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kefu.clock import clock, iso
from kefu.db.session import one_at_a_time
from kefu.feeding import Conflict, FeedProblem, Rows, Unknown, alone, assign, each, rows_of
from kefu.network.models import OPEN, Area, Incident, Interruption, NetworkMove
from kefu.network.moves import AREA, Spot, Track, area_tracks, every_area
from kefu.network.tree import read, touch

OWN = ("kind", "name", "area_class")
DONE = ("done", "cancelled")
_WRITERS = 4  # the lock of `one_at_a_time`: two writers could make a circle that neither sees


class Areas:
    """The areas that many rows name, looked up together: those rows may then ask without a query each."""

    def __init__(self, session: Session, codes: set[str]) -> None:
        self.rows = rows_of(session, Area, "code", codes)
        self.tracks = area_tracks(session, self.rows.values())

    def check(self, code: str, service: str, at: datetime) -> None:
        """The area is there, is of that service, and stays in service from `at` on. Raises FeedProblem."""
        area = self.rows.get(code)
        if area is None:
            raise FeedProblem(f"没有区域 {code}：先用 PUT /api/areas/{code} 写入")
        if area.service != service:
            raise FeedProblem(f"区域 {code} 是 {area.service} 的，不是 {service} 的")
        end = self.tracks[code].goes_at(at)
        if end is not None:
            raise FeedProblem(f"区域 {code} 从 {iso(end)} 起停用")

    def add(self, area: Area) -> None:
        self.rows[area.code] = area
        self.tracks[area.code] = Track(AREA, area.code, area.parent_code)


def area_of(session: Session, code: str, service: str, at: datetime | None = None) -> Area:
    """The area a row names, of the row's service, in service at that moment (else now). Raises FeedProblem."""
    known = Areas(session, {code})
    known.check(code, service, at or clock.now())
    return known.rows[code]


# --- writing -------------------------------------------------------------------------------------------------------------
def put_area(session: Session, code: str, values: Mapping[str, Any]) -> tuple[Area, bool]:
    """Write an area; True if it is new. Raises FeedProblem, Conflict."""
    return alone(lambda rows: put_areas(session, rows), {**values, "code": code})


def put_areas(session: Session, rows: Rows, anew: bool = False) -> list[tuple[Area, bool]]:
    """Write areas, each with its `code`, in any order: a parent may stand behind its children. True for the new ones.

    From `valid_from` on (aware; None: now) it hangs below `parent_code`. A new area hung there before too, unless that
    lies ahead. Parents are of the same service and stay in service; no circle at any time. `anew`: what is
    there already must say the same. Raises ManyProblems of FeedProblem, Conflict.
    """
    one_at_a_time(session.connection(), _WRITERS, patient=False)
    batch = _Batch(session, rows, anew)
    each(rows, batch.write)
    done = each(rows, batch.check)
    _check_circles({**every_area(session), **batch.new_tracks()}, rows)
    session.add_all(_parents_first(batch.new))
    session.flush()
    touch(session)
    return done


class _Batch:
    """Areas written together. Nothing is checked against a parent before all of them are written down."""

    def __init__(self, session: Session, rows: Rows, anew: bool) -> None:
        self.session, self.anew, self.now = session, anew, clock.now()
        self.known = Areas(session, {code for row in rows for code in (row["code"], row["parent_code"]) if code})
        self.old = set(self.known.rows)
        self.new: dict[str, Area] = {}
        self.seen: set[tuple[str, datetime]] = set()

    def write(self, row: Mapping[str, Any]) -> None:
        code, since = row["code"], row.get("valid_from") or self.now
        if (code, since) in self.seen:
            raise FeedProblem(f"区域 {code} 写了两次")
        self.seen.add((code, since))
        if code not in self.known.rows:
            self._begin(row)
        area, track, spot = self.known.rows[code], self.known.tracks[code], Spot(row["parent_code"])
        if row["service"] != area.service:
            raise Conflict(f"区域 {code} 已有，服务类别不能改")
        own = {name: row[name] for name in OWN if name in row}
        if self.anew and code in self.old:
            if track.at(since) != spot or any(getattr(area, name) != value for name, value in own.items()):
                raise Conflict(f"区域 {code} 已有，内容不同：用 PUT 更改")
            return
        assign(area, own)
        track.put(self.session, spot, since, said=row.get("valid_from") is not None)

    def _begin(self, row: Mapping[str, Any]) -> None:
        ahead = row.get("valid_from") is not None and row["valid_from"] > self.now
        area = Area(code=row["code"], service=row["service"], parent_code=None if ahead else row["parent_code"])
        self.known.add(area)
        self.new[area.code] = area

    def check(self, row: Mapping[str, Any]) -> tuple[Area, bool]:
        area = self.known.rows[row["code"]]
        if row["parent_code"] is not None:
            self.known.check(row["parent_code"], area.service, row.get("valid_from") or self.now)
        return area, area.code in self.new

    def new_tracks(self) -> dict[str, Track]:
        return {code: self.known.tracks[code] for code in self.new}


def _parents_first(new: Mapping[str, Area]) -> list[Area]:
    """New areas in an order in which each finds its parent."""
    ordered: dict[str, Area] = {}
    for area in new.values():
        above = [area]
        while (parent := new.get(above[-1].parent_code or "")) is not None and parent.code not in ordered:
            above.append(parent)
        ordered |= {one.code: one for one in reversed(above)}
    return list(ordered.values())


def _check_circles(tracks: Mapping[str, Track], rows: Rows) -> None:
    """Walk through time: a new circle goes through what was just hung elsewhere. Raises ManyProblems."""
    parents = {code: track.first for code, track in tracks.items()}
    moves = sorted((move for track in tracks.values() for move in track.moves), key=lambda move: move.valid_from)
    bad = {code for row in rows for code in _circle(parents, row["code"])}
    for _, together in groupby(moves, key=lambda move: move.valid_from):
        moved = {move.code: move.parent_code for move in together}
        parents |= moved
        bad |= {code for start in moved for code in _circle(parents, start)}

    def check(row: Mapping[str, Any]) -> None:
        if row["code"] in bad:
            raise FeedProblem(f"区域 {row['code']} 不能挂在自己或自己的下级 {row['parent_code']} 之下")

    if bad:
        each(rows, check)


def _circle(parents: Mapping[str, str | None], start: str) -> list[str]:
    """Everything on the circle that `start` lies on; [] if it lies on none."""
    way = [start]
    while (above := parents.get(way[-1])) is not None and above not in way:
        way.append(above)
    return way if above == start else []


# --- out of service ------------------------------------------------------------------------------------------------------
def take_out(session: Session, code: str, since: datetime | None) -> Area:
    """From then on (aware; None: now) the area is out of service; its past stays. Written anew it comes back.

    Raises Unknown; Conflict while anything hangs on it then or later, or its supply is off or will be.
    """
    one_at_a_time(session.connection(), _WRITERS, patient=False)
    area, since = session.get(Area, code), since or clock.now()
    if area is None:
        raise Unknown(f"没有区域 {code}")
    track = area_tracks(session, [area])[code]
    reasons = list(_still_needed(session, track, since))
    if reasons:
        raise Conflict(f"区域 {code} 还不能停用：{'、'.join(reasons)}")
    track.put(session, Spot(None, gone=True), since)
    session.flush()
    touch(session)
    return area


def _still_needed(session: Session, track: Track, since: datetime) -> Iterator[str]:
    then = read(session, since)
    below = sum(parent == track.code for parent in then.parents.values())
    to_come = _count(
        session, NetworkMove, NetworkMove.parent_code == track.code, NetworkMove.valid_from > since
    ) + _count(
        session, NetworkMove, NetworkMove.code == track.code, NetworkMove.what == AREA, NetworkMove.valid_from > since
    )
    incidents = _count(session, Incident, Incident.area_code == track.code, Incident.status.in_(OPEN))
    planned = _count(
        session,
        Interruption,
        Interruption.area_code == track.code,
        Interruption.status.not_in(DONE),
        Interruption.ends_at > since,
    )
    counted = {
        "个下级区域": below,
        "户": 0 if below else then.homes.get(track.code, 0),
        "次以后的改挂": to_come,
        "个未结束的故障事件": incidents,
        "个计划停供": planned,
    }
    yield from (f"还有 {count} {what}" for what, count in counted.items() if count)


def _count(session: Session, model: type[Any], *conditions: Any) -> int:
    return session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0
