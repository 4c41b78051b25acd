"""The database is locked by another process, or full: told plainly that nothing was recorded, and nothing is."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.faults.harness import (
    DANGER_NOT_RECORDED,
    HOTLINE,
    NOT_RECORDED,
    TALK,
    Customer,
    FaultyServer,
    check_one_ticket,
    check_told_way_out,
)

GAS = "厨房里有很浓的煤气味"


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    return {"LOCK_TIMEOUT_S": "1"}


@contextmanager
def locked(faulty: FaultyServer) -> Iterator[None]:
    """Another process (this one) holds the database for itself."""
    connection = sqlite3.connect(faulty.folder / "kefu.db", isolation_level=None)
    try:
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.execute("ROLLBACK")
    finally:
        connection.close()


@contextmanager
def full(faulty: FaultyServer) -> Iterator[None]:
    """Every commit fails as on a full disk."""
    faulty.fault("commit", "disk_full")
    yield
    faulty.heal()


AWAY = pytest.mark.parametrize("away", [locked, full], ids=["locked", "disk_full"])


@AWAY
@pytest.mark.parametrize("line", [0, 2, 4])
def test_told_that_nothing_was_recorded_and_the_form_is_where_it_was(
    faulty: FaultyServer, away: type[locked], line: int
) -> None:
    customer = Customer.new(faulty)
    customer.walks(0, line)
    alarms = len(faulty.alarms("nothing_recorded"))
    with away(faulty):
        replies = faulty.say(customer.sender, TALK[line], f"m{line}")
    check_told_way_out(replies[0]["text"], NOT_RECORDED)
    assert replies[0]["custom"] == {"recorded": False}
    assert len(faulty.alarms("nothing_recorded")) > alarms
    assert customer.tickets() == [] and len(customer.inbox()) == line
    customer.walks(line, 5)  # the very same message id, too
    check_one_ticket(customer)
    assert customer.lines() == TALK


@AWAY
def test_danger_is_answered_without_a_database(faulty: FaultyServer, away: type[locked]) -> None:
    customer = Customer.new(faulty)
    with away(faulty):
        reply = customer.says(GAS)
    assert "别开关任何电器" in reply and HOTLINE in reply and DANGER_NOT_RECORDED in reply
    assert reply.index("别开关任何电器") < reply.index(DANGER_NOT_RECORDED)
    assert faulty.alarms("danger_nothing_recorded")[-1]["conversation_id"] == customer.id
    customer.says(GAS)
    customer.says("滨江花园5号楼")
    assert [ticket["kind"] for ticket in customer.tickets()] == ["emergency"]


@AWAY
@pytest.mark.parametrize("words", [TALK[0], GAS])
def test_what_cannot_be_accepted_is_not_called_accepted(faulty: FaultyServer, away: type[locked], words: str) -> None:
    """`Prefer: respond-async`: 202 is a promise, so there is none; danger is heard here too."""
    customer = Customer.new(faulty)
    with away(faulty):
        answer = customer.posts(words, "m0")
    said = "\n".join(reply["text"] for reply in answer.json())
    assert answer.status_code == 200 and HOTLINE in said
    assert (NOT_RECORDED if words != GAS else DANGER_NOT_RECORDED) in said
    assert ("别开关任何电器" in said) == (words == GAS)
    assert customer.posts(words, "m0").status_code == 202
    assert customer.fetches(words, "m0")


def test_staff_can_read_while_the_database_is_locked_for_writing(faulty: FaultyServer) -> None:
    customer = Customer.new(faulty)
    customer.walks(0, 5)
    with locked(faulty):
        check_one_ticket(customer)
        assert faulty.client.get("/readyz").status_code == 200
