"""What hangs where at any moment: dated moves written in any order, against the plain story they tell."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlalchemy.orm import Session

from kefu.accounts.feed import put_accounts
from kefu.accounts.models import Account
from kefu.clock import clock
from kefu.db.migrate import migrate
from kefu.db.session import Database
from kefu.feeding import Conflict, FeedProblem, ManyProblems
from kefu.network.areas.feed import put_area, put_areas, take_out
from kefu.network.models import Area, NetworkMove
from kefu.network.tree import Network, network, read

TOP = ("A", "B", "C")
NOW = clock.now()
DAYS = st.integers(-4, 4)


def day(number: int) -> datetime:
    return NOW + timedelta(days=number)


def an_area(code: str, parent: str | None = None, since: int | None = None, **more: Any) -> dict[str, Any]:
    row = {"code": code, "service": "electricity", "kind": "feeder", "name": code, "parent_code": parent, **more}
    return row | ({"valid_from": day(since)} if since is not None else {})


def an_account(number: str, area: str | None, **more: Any) -> dict[str, Any]:
    return {
        "number": number,
        "service": "electricity",
        "holder": "张三",
        "address": "阳光花园5号楼",
        "area_code": area,
    } | more


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path_factory.mktemp('dates') / 'net.db'}")
    migrate(made)
    yield made
    made.dispose()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A transaction that is taken back."""
    with Session(database.writer()) as own:
        put_areas(own, [an_area(code) for code in TOP])
        yield own


def parent(session: Session, code: str, number: int) -> str | None:
    return read(session, day(number)).parents[code]


def refused(session: Session, *rows: dict[str, Any]) -> dict[int, FeedProblem]:
    with pytest.raises(ManyProblems) as problems:
        put_areas(session, list(rows))
    return problems.value.problems


# --- one area through time -----------------------------------------------------------------------------------------------
def test_before_and_after_a_move_and_taken_back(session: Session) -> None:
    put_area(session, "X", an_area("X", "A"))
    put_area(session, "X", an_area("X", "B", since=2))
    put_area(session, "X", an_area("X", "C", since=-2))
    assert [parent(session, "X", at) for at in (-3, -1, 1, 3)] == ["A", "C", "C", "B"]
    put_area(session, "X", an_area("X", "C"))  # as it is: what is to come stays
    put_area(session, "X", an_area("X", "A", since=2))
    assert parent(session, "X", 3) == "A", "the same moment again replaces"
    put_area(session, "X", an_area("X", "C", since=2))
    assert session.query(NetworkMove).count() == 1, "the parent it had already: the move is taken back"


def test_a_new_area_hangs_there_from_the_first_day_unless_that_lies_ahead(session: Session) -> None:
    put_areas(session, [an_area("P", "A", since=-2), an_area("Q", "A", since=2)])
    assert [parent(session, "P", at) for at in (-4, 0)] == ["A", "A"]
    assert [parent(session, "Q", at) for at in (0, 3)] == [None, "A"]


def test_many_in_any_order_and_everything_wrong_told_at_once(session: Session) -> None:
    rows = [an_area("c", "b"), an_area("b", "a"), an_area("a", "A")]
    assert [new for _, new in put_areas(session, rows)] == [True] * 3
    assert read(session, day(0)).path("c") == ["c", "b", "a", "A"]
    assert [new for _, new in put_areas(session, rows, anew=True)] == [False] * 3
    wrong = refused(
        session,
        an_area("x", "NONE"),
        an_area("y", "c"),
        an_area("z", service="gas", parent_code="A"),
        an_area("y", "c"),
    )
    assert list(wrong) == [3], "twice in one list"
    assert sorted(refused(session, an_area("x", "NONE"), an_area("y", "c"), an_area("z", "A", service="gas"))) == [0, 2]
    with pytest.raises(ManyProblems) as problems:
        put_areas(session, [an_area("c", "A")], anew=True)
    assert isinstance(problems.value.problems[0], Conflict)


def test_no_circle_at_any_time(session: Session) -> None:
    put_areas(session, [an_area("x", "A"), an_area("y", "B"), an_area("x", "y", since=2)])
    assert list(refused(session, an_area("y", "x", since=3))) == [0]
    session.rollback()


def test_new_ones_in_a_circle_are_refused(session: Session) -> None:
    assert sorted(refused(session, an_area("x", "y"), an_area("y", "z"), an_area("z", "x"), an_area("w", "x"))) == [
        0,
        1,
        2,
    ]


def test_a_circle_that_only_a_later_move_would_close(session: Session) -> None:
    put_areas(session, [an_area("x", "A"), an_area("y", "B"), an_area("x", "y", since=3)])
    assert list(refused(session, an_area("y", "x", since=1))) == [0]


# --- against the plain story ---------------------------------------------------------------------------------------------
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from([*"ABCxyz"]), DAYS), max_size=6))
def test_whatever_is_moved_whenever_the_story_holds(database: Database, moves: list[tuple[str, str, int]]) -> None:
    """A refused move changes nothing; an accepted one holds from its day to the next one; never a circle."""
    story: dict[str, dict[int, str]] = {code: {-100: "A"} for code in "xyz"}

    def plain(at: int) -> dict[str, str]:
        return {code: told[max(since for since in told if since <= at)] for code, told in story.items()}

    def circle(at: int) -> bool:
        then = plain(at)
        return any(_returns(then, code) for code in "xyz")

    with Session(database.writer()) as session:
        put_areas(session, [an_area(code) for code in TOP] + [an_area(code, "A") for code in "xyz"])
        for code, above, since in moves:
            before = dict(story[code])
            earlier = story[code][max(told for told in story[code] if told < since)]
            taken_back = story[code].get(since) not in (None, above) and earlier == above
            story[code][since] = above
            if taken_back:
                del story[code][since]
            wrong = any(circle(at) for at in range(-5, 6))
            with session.begin_nested() as safe:
                try:
                    put_area(session, code, an_area(code, above, since=since))
                    assert not wrong, (code, above, since)
                except FeedProblem:
                    assert wrong, (code, above, since)
                    safe.rollback()
                    story[code] = before
        for at in range(-5, 6):
            then = read(session, day(at) + timedelta(seconds=1))
            assert {code: then.parents[code] for code in "xyz"} == plain(at)


def _returns(parents: dict[str, str], start: str) -> bool:
    seen, code = set(), parents.get(start)
    while code is not None and code not in seen:
        if code == start:
            return True
        seen.add(code)
        code = parents.get(code)
    return False


# --- accounts ------------------------------------------------------------------------------------------------------------
def hangs(session: Session, number: str, at: int) -> str | None:
    return read(session, day(at)).leaf_of(session.get_one(Account, number))


def test_an_account_moves_and_the_homes_are_counted_as_they_hang(session: Session) -> None:
    put_areas(session, [an_area("a1", "A"), an_area("b1", "B")])
    put_accounts(session, [an_account("10001", "a1"), an_account("10002", None), an_account("10003", "a1")])
    put_accounts(session, [an_account("10001", "b1", valid_from=day(2)), an_account("10002", "b1")])
    put_accounts(session, [an_account("10003", "b1", valid_from=day(-2)), an_account("10003", "b1", status="closed")])
    assert [hangs(session, "10001", at) for at in (-3, 1, 3)] == ["a1", "a1", "b1"]
    assert hangs(session, "10002", -3) == "b1", "the first area we hear of"
    assert [hangs(session, "10003", at) for at in (-3, -1)] == ["a1", "b1"]
    assert [homes(read(session, day(at))) for at in (0, 3)] == [{"A": 1, "B": 1}, {"A": 0, "B": 2}]


def homes(then: Network) -> dict[str, int]:
    return {code: then.homes[code] for code in "AB"}


def test_a_new_account_of_a_day_to_come_hangs_nowhere_before(session: Session) -> None:
    put_accounts(session, [an_account("10001", "A", valid_from=day(2))])
    assert [hangs(session, "10001", at) for at in (0, 3)] == [None, "A"]
    put_accounts(session, [an_account("10001", "B")])
    assert [hangs(session, "10001", at) for at in (-1, 1, 3)] == [None, "B", "A"]


def test_every_change_is_seen_at_once(session: Session) -> None:
    seen = [network(session).homes["A"]]
    for row in (an_account("10001", "A"), an_account("10001", "B"), an_account("10001", "A", status="closed")):
        put_accounts(session, [row])
        seen += [network(session).homes["A"], network(session).homes["B"]]
    assert seen == [0, 1, 0, 0, 1, 0, 0]
    put_area(session, "A", an_area("A", name="改名"))
    assert network(session).nodes["A"].name == "改名"


# --- out of service ------------------------------------------------------------------------------------------------------
def test_an_area_goes_out_of_service_when_nothing_hangs_on_it_and_comes_back(session: Session) -> None:
    put_areas(session, [an_area("x", "A"), an_area("y", "x")])
    put_accounts(session, [an_account("10001", "y")])
    for code in ("x", "y"):
        with pytest.raises(Conflict):
            take_out(session, code, None)
    put_accounts(session, [an_account("10001", "x", valid_from=day(1))])
    take_out(session, "y", day(2))
    assert ["y" in read(session, day(at)).nodes for at in (1, 3)] == [True, False]
    with pytest.raises(FeedProblem, match="停用"):
        put_accounts(session, [an_account("10002", "y")])
    put_area(session, "y", an_area("y", "x", since=2))
    assert "y" in read(session, day(3)).nodes and session.query(NetworkMove).filter_by(what="gone").count() == 0


def test_nothing_is_left_for_the_next_test(database: Database) -> None:
    with database.write() as session:
        assert session.execute(delete(Area)).rowcount == 0  # type: ignore[attr-defined]
