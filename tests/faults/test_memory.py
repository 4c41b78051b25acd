"""The dialogue's memory: folded into a snapshot as it grows, and whole after a restart in the middle of a form."""

from __future__ import annotations

import pytest

from tests.faults.harness import TALK, Customer, FaultyServer, check_one_ticket

MOST_EVENTS = 20


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    return {"SNAPSHOT_EVENTS": str(MOST_EVENTS)}


def _dialogue(customer: Customer) -> dict[str, int]:
    query = "SELECT turn, state_turn FROM dialogue WHERE conversation_id = :id"
    return customer.server.rows(query, id=customer.id)[0]


def test_a_form_survives_snapshot_and_restart_at_any_line(faulty: FaultyServer) -> None:
    """Three customers at three lines of the form, all folded already, one restart."""
    customers = [Customer.new(faulty) for _ in range(3)]
    for line, customer in enumerate(customers, 2):
        customer.walks(0, line)
        for words in ("你好", "谢谢", "你好啊", "你是机器人吗"):
            customer.says(words)
        folded = _dialogue(customer)
        assert 0 < folded["state_turn"] <= folded["turn"]
    faulty.restart()
    for line, customer in enumerate(customers, 2):
        customer.walks(line, 5)
        check_one_ticket(customer)


def test_memory_read_back_says_the_same_as_memory_kept(faulty: FaultyServer) -> None:
    """The same words get the same answers, whether the process remembers or has to read it back from the database."""
    kept, read_back = Customer.new(faulty), Customer.new(faulty)
    words = [*TALK[:2], "你好", "几点能来电", "我还想查一下电费", "昨晚八点", "谢谢", TALK[3]]
    first = [kept.says(said) for said in words]
    second = []
    for number, said in enumerate(words):
        if number in (3, 6):
            faulty.restart()
        second.append(read_back.says(said))
    assert first == second


def test_every_turn_names_the_model_that_made_it(faulty: FaultyServer) -> None:
    customer = Customer.new(faulty)
    customer.walks(0, 2)
    faulty.restart()
    customer.walks(2, 5)
    model = faulty.client.get("/readyz").json()["engine"]
    rows = faulty.rows(
        "SELECT turn, model FROM dialogue_turn WHERE conversation_id = :id ORDER BY turn", id=customer.id
    )
    assert [(row["turn"], row["model"]) for row in rows] == [(turn, model) for turn in range(1, 6)]
