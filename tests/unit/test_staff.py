"""Who may come in: passwords and tokens, without the network in between."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from kefu.db.session import Database
from kefu.staff.models import Staff
from kefu.staff.service import caller_of, open_staff_session, who_is


def signed_in(session, username, password, hours):
    """As the route does: token, member of staff, end; None for a stranger."""
    staff = who_is(session, username, password)
    if staff is None:
        return None
    token, expires_at = open_staff_session(session, staff.username, hours)
    return token, staff, expires_at


@pytest.fixture
def desk(database: Database) -> Database:
    with database.write() as session:
        for name, role, active in (("anna", "agent", True), ("boris", "supervisor", False)):
            hashed = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(f"{name}'s password")
            person = {"username": name, "name": name, "employee_number": name, "role": role, "active": active}
            session.add(Staff(**person, password_hash=hashed))
    return database


def token(database: Database, name: str, password: str, hours: float = 1) -> str | None:
    with database.write() as session:
        found = signed_in(session, name, password, hours)
    return found[0] if found else None


def test_the_right_password_opens_a_session(desk: Database) -> None:
    given = token(desk, "anna", "anna's password")
    assert given is not None
    with desk.read() as session:
        caller = caller_of(session, given)
    assert caller is not None and (caller.username, caller.role, caller.sees_phones) == ("anna", "agent", False)


@pytest.mark.parametrize(
    ("name", "password"), [("anna", "wrong"), ("anna", ""), ("nobody", "x"), ("boris", "boris's password")]
)
def test_nobody_else_comes_in(desk: Database, name: str, password: str) -> None:
    assert token(desk, name, password) is None


def test_a_token_runs_out(desk: Database) -> None:
    given = token(desk, "anna", "anna's password", hours=0.2 / 3600)
    assert given is not None
    time.sleep(0.3)
    with desk.read() as session:
        assert caller_of(session, given) is None


def test_who_leaves_is_out_at_once(desk: Database) -> None:
    given = token(desk, "anna", "anna's password")
    assert given is not None
    with desk.write() as session:
        session.get_one(Staff, "anna").active = False
    with desk.read() as session:
        assert caller_of(session, given) is None


def test_the_database_holds_no_token_and_no_password(desk: Database, tmp_path: Path) -> None:
    given = token(desk, "anna", "anna's password")
    assert given is not None and len(given) >= 40
    with sqlite3.connect(tmp_path / "unit.db") as connection:
        rows = [*connection.execute("SELECT * FROM staff_session"), *connection.execute("SELECT * FROM staff")]
    assert len(rows) == 3 and given not in str(rows) and "anna's password" not in str(rows)


def test_tokens_are_new_each_time_and_old_ones_are_swept_away(desk: Database, tmp_path: Path) -> None:
    short = [token(desk, "anna", "anna's password", hours=0.1 / 3600) for _ in range(3)]
    time.sleep(0.2)
    assert len({*short, token(desk, "anna", "anna's password")}) == 4
    with sqlite3.connect(tmp_path / "unit.db") as connection:
        assert connection.execute("SELECT count(*) FROM staff_session").fetchone() == (1,)
