"""From when on what hangs where: the dated moves of areas and accounts, written and looked up.

Where something hung first stands in its own row; every later change is a move with its date, in the past, now or to
come. Nothing is overwritten: what hung where at any moment stays known (kefu/network/tree.py reads it all at once).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from kefu.accounts.models import Account
from kefu.feeding import lots
from kefu.network.models import Area, NetworkMove

AREA, ACCOUNT, GONE = "area", "account", "gone"


@dataclass(frozen=True)
class Spot:
    """Where something hangs; `gone`: an area that is out of service."""

    parent: str | None
    gone: bool = False


@dataclass
class Track:
    """One area or account through time: where its row says it hung first, and its moves in their order."""

    what: str
    code: str
    first: str | None
    moves: list[NetworkMove] = field(default_factory=list)

    def at(self, moment: datetime) -> Spot:
        return self._spot(bisect_right(self._dates(), moment) - 1)

    def coming(self, moment: datetime) -> list[tuple[datetime, Spot]]:
        """What is still to come then: from when on it hangs elsewhere, and where."""
        start = bisect_right(self._dates(), moment)
        spots = [self._spot(place) for place in range(start - 1, len(self.moves))]
        changes = zip(self.moves[start:], spots, spots[1:], strict=False)
        return [(move.valid_from, spot) for move, before, spot in changes if spot != before]

    def goes_at(self, moment: datetime) -> datetime | None:
        """When it goes out of service, or went: seen from a moment; None: it stays."""
        if self.at(moment).gone:
            return self.moves[bisect_right(self._dates(), moment) - 1].valid_from
        return next((since for since, spot in self.coming(moment) if spot.gone), None)

    def put(self, session: Session, spot: Spot, since: datetime, said: bool = True) -> bool:
        """From `since` on, to its next move, it hangs there. Returns whether that changes anything.

        What was `said` with its date is kept even where it changes nothing: so the order of writing does not matter.
        What is written again for the same moment replaces; the spot of just before takes the move back.
        """
        place = bisect_right(self._dates(), since)
        changed = self._spot(place - 1) != spot
        if place and self.moves[place - 1].valid_from == since:
            if changed:
                self._replace(session, place - 1, spot)
        elif changed or said:
            move = NetworkMove(what=self._word(spot), code=self.code, parent_code=spot.parent, valid_from=since)
            session.add(move)
            self.moves.insert(place, move)
        return changed

    def _replace(self, session: Session, place: int, spot: Spot) -> None:
        move = self.moves[place]
        if self._spot(place - 1) == spot:
            session.delete(self.moves.pop(place))
        else:
            move.what, move.parent_code = self._word(spot), spot.parent

    def _spot(self, place: int) -> Spot:
        if place < 0:
            return Spot(self.first)
        return Spot(self.moves[place].parent_code, self.moves[place].what == GONE)

    def _word(self, spot: Spot) -> str:
        return GONE if spot.gone else self.what

    def _dates(self) -> list[datetime]:
        return [move.valid_from for move in self.moves]


def area_tracks(session: Session, areas: Iterable[Area]) -> dict[str, Track]:
    """By code."""
    return _with_moves(session, {area.code: Track(AREA, area.code, area.parent_code) for area in areas})


def account_tracks(session: Session, accounts: Iterable[Account]) -> dict[str, Track]:
    """By account number."""
    tracks = {account.number: Track(ACCOUNT, account.number, account.area_code) for account in accounts}
    return _with_moves(session, tracks)


def every_area(session: Session) -> dict[str, Track]:
    """All areas of all services."""
    rows = session.execute(select(Area.code, Area.parent_code))
    tracks = {code: Track(AREA, code, parent) for code, parent in rows}
    query = select(NetworkMove).where(NetworkMove.what.in_((AREA, GONE))).order_by(NetworkMove.valid_from)
    for move in session.scalars(query):
        if move.code in tracks:
            tracks[move.code].moves.append(move)
    return tracks


def _with_moves(session: Session, tracks: dict[str, Track]) -> dict[str, Track]:
    for codes in lots(tracks):
        query = select(NetworkMove).where(NetworkMove.code.in_(codes)).order_by(NetworkMove.valid_from)
        for move in session.scalars(query):
            track = tracks[move.code]
            if (move.what == ACCOUNT) == (track.what == ACCOUNT):
                track.moves.append(move)
    return tracks


def hanging_at(code: str, at: datetime) -> Any:
    """The condition that an account hangs at this very area at a moment."""
    later = aliased(NetworkMove)
    passed_over = exists().where(
        later.what == ACCOUNT,
        later.code == NetworkMove.code,
        later.valid_from > NetworkMove.valid_from,
        later.valid_from <= at,
    )
    moved = select(NetworkMove.code).where(NetworkMove.what == ACCOUNT, NetworkMove.valid_from <= at, ~passed_over)
    here = moved.where(NetworkMove.parent_code == code)
    return or_(and_(Account.area_code == code, Account.number.not_in(moved)), Account.number.in_(here))
