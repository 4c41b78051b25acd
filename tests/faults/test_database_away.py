"""The database is locked by another process, or full: told plainly that nothing was recorded, and nothing is."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import yaml

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
from tests.support.server import ROOT

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


# kind of danger in data/lexicon/danger.yml → a cry, and what must be in its instructions
CRIES = {
    "gas_leak": (GAS, "别开关任何电器"),
    "co": ("洗澡时热水器开着 人头晕恶心站不住了", "空气新鲜"),
    "electric_shock": ("我爱人被电到了", "别用手直接拉人"),
    "downed_wire": ("电线断了掉在地上", "8米"),
    "meter_fire": ("楼道电表箱冒烟了", "119"),
    "burst_main": ("马路上水管爆了", "远离喷水口"),
    "burst_heat": ("暖气管爆了 热水喷一地", "别用手去堵"),
    "general": ("救命啊", "离开危险的地方"),
}


def test_every_danger_is_answered_without_a_database(faulty: FaultyServer) -> None:
    kinds = yaml.safe_load((ROOT / "data" / "lexicon" / "danger.yml").read_text(encoding="utf-8"))["kinds"]
    assert set(CRIES) == set(kinds)
    customer = Customer.new(faulty)
    with full(faulty):
        for kind, (cry, advice) in CRIES.items():
            reply = customer.says(cry)
            assert advice in reply and HOTLINE in reply and reply.endswith("24小时有人接。"), (kind, reply)
            assert reply.index(advice) < reply.index(DANGER_NOT_RECORDED), kind
    assert customer.tickets() == []


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
