"""Which published time holds somewhere: the class of the area its homes hang on now, by the network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.accounts.service import area_class_at, area_class_of
from kefu.clock import clock, parse_local
from kefu.db.session import Database
from kefu.network.models import Area, NetworkMove
from kefu.network.tree import touch


def home(number: str, area: str, **parts: str) -> Account:
    return Account(
        number=number, service="electricity", holder="张三", address="".join(parts.values()), address_parts=parts,
        area_code=area, created_at=clock.now(),
    )  # fmt: skip


@pytest.fixture
def session(database: Database, set_clock: Callable[[str], None]) -> Iterator[Session]:
    set_clock("2026-12-09T10:00")
    with database.write() as session:
        for code, kind in (("U", "urban"), ("R", "rural"), ("F", "remote")):
            session.add(
                Area(code=code, service="electricity", kind="line", name=code, parent_code=None, area_class=kind)
            )
        session.add_all(
            [
                home("1", "U", road="人民路", community="阳光花园", building="1号楼"),
                home("2", "U", road="人民路", community="阳光花园", building="1号楼"),
                home("3", "R", road="人民路", community="阳光花园", building="9号楼"),
                home("4", "F", road="矿山路", community="阳光花园", building="1号楼"),
                home("5", "F", village="石门村"),
            ]
        )
        session.flush()
        touch(session)
        session.flush()
        yield session


PLACES: list[tuple[dict[str, Any], str | None]] = [
    ({"community": "阳光花园"}, "urban"),
    ({"community": "阳光花园", "building": "9号楼"}, "rural"),
    ({"community": "阳光花园", "building": "77号楼"}, "urban"),
    ({"community": "阳光花园", "building": "1号楼", "road": "矿山路"}, "remote"),
    ({"community": "阳光花园", "place": {"road": "矿山路"}}, "remote"),
    ({"village": "石门村"}, "remote"),
    ({"village": "李家村"}, "rural"),
    ({"text": "后山屯东头"}, "rural"),
    ({"community": "阳光"}, None),
    ({"community": "没有的小区"}, None),
    ({}, None),
]


def test_the_nearest_homes_say_it(session: Session) -> None:
    assert [area_class_at(session, place) for place, _ in PLACES] == [found for _, found in PLACES]


def test_a_home_that_has_moved_counts_where_it_hangs_now(session: Session, set_clock: Callable[[str], None]) -> None:
    session.add(NetworkMove(what="account", code="5", parent_code="U", valid_from=parse_local("2026-12-09T12:00")))
    session.flush()
    touch(session)
    session.flush()
    account = session.get(Account, "5")
    assert account is not None and area_class_of(session, account) == "remote"
    set_clock("2026-12-09T12:01")
    assert area_class_of(session, account) == "urban" and area_class_at(session, {"village": "石门村"}) == "urban"
