"""An action, a question of a form or the model fails or hangs: rolled back, said plainly, and the next try works."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.harness import (
    FAILED,
    HOTLINE,
    TALK,
    Customer,
    FaultyServer,
    check_one_ticket,
    check_told_way_out,
    eventually,
)

TURN_TIMEOUT_S = 2
SLACK_S = 1


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    return {"TURN_TIMEOUT_S": str(TURN_TIMEOUT_S)}


def _turns(customer: Customer) -> int:
    query = "SELECT count(*) AS turns FROM dialogue_turn WHERE conversation_id = :id"
    return int(customer.server.rows(query, id=customer.id)[0]["turns"])


@pytest.mark.parametrize(
    ("line", "point"),
    [
        (0, "action_take_up"),
        (0, "action_ask_fault_form_fault_address"),
        (2, "action_ask_fault_form_phone"),
        (3, "action_ask_fault_form_fault_confirmed"),
        (4, "action_answer"),
        (4, "action_register_fault"),
        (4, "in_action"),
    ],
)
def test_a_raise_leaves_no_trace_and_the_next_try_works(faulty: FaultyServer, line: int, point: str) -> None:
    customer = Customer.new(faulty)
    customer.walks(0, line)
    before = _turns(customer)
    fault = faulty.fault(point, "raise", sender=customer.sender, times=1)
    reply = customer.says(TALK[line], f"m{line}")
    assert faulty.struck(fault) == 1
    check_told_way_out(reply)
    assert customer.tickets() == [] and _turns(customer) == before
    assert len(customer.alerts("turn_failed")) == 1
    assert customer.says(TALK[line], f"m{line}") == reply  # a delivery of the same message, not a new try
    customer.says(TALK[line], "once more")
    customer.walks(line + 1, 5)
    check_one_ticket(customer)
    assert customer.lines() == [*TALK[: line + 1], *TALK[line:]]


def test_danger_in_a_broken_turn_gets_the_safety_instructions(faulty: FaultyServer) -> None:
    customer = Customer.new(faulty)
    faulty.fault("action", "raise", sender=customer.sender)
    reply = customer.says("厨房里有很浓的煤气味")
    assert reply.index("别开关任何电器") < reply.index(FAILED)
    check_told_way_out(reply)
    assert customer.tickets() == []


def test_a_model_that_fails_still_knows_danger(faulty: FaultyServer) -> None:
    customer = Customer.new(faulty)
    faulty.fault("reading", "raise", text="糊涂")
    check_told_way_out(customer.says("糊涂了，家里停电了"))
    reply = customer.says("糊涂了，闻到好浓的煤气味")
    assert "别开关任何电器" in reply and HOTLINE in reply
    assert len(customer.alerts("turn_failed")) == 2
    customer.walks(0, 5)
    check_one_ticket(customer)


def test_a_hanging_action_is_cut_off_and_others_are_served(faulty: FaultyServer) -> None:
    customer, other = Customer.new(faulty), Customer.new(faulty)
    customer.walks(0, 4)
    other.walks(0, 4)
    fault = faulty.fault("action_register_fault", "hang", sender=customer.sender, seconds=60, times=1)
    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(customer.says, TALK[4])
        eventually(lambda: faulty.struck(fault))
        began = time.monotonic()
        other.says(TALK[4])
        other_waited = time.monotonic() - began
        check_told_way_out(hanging.result())
        waited = time.monotonic() - began
    print(f"told after {waited:.2f} s; another customer was answered after {other_waited:.2f} s")
    assert waited < TURN_TIMEOUT_S + SLACK_S
    check_one_ticket(other)
    assert customer.tickets() == [] and len(customer.alerts("turn_failed")) == 1
    customer.says(TALK[4])
    check_one_ticket(customer)


def test_a_blocking_action_cannot_be_cut_off_but_never_lies(faulty: FaultyServer) -> None:
    """`time.sleep` in an action holds its thread. The service stays alive, and the reply says what is in the database."""
    customer = Customer.new(faulty)
    customer.walks(0, 4)
    fault = faulty.fault("action_register_fault", "block", sender=customer.sender, seconds=TURN_TIMEOUT_S + 1, times=1)
    with ThreadPoolExecutor(1) as pool:
        blocked = pool.submit(customer.says, TALK[4])
        eventually(lambda: faulty.struck(fault))
        assert faulty.client.get("/healthz", timeout=TURN_TIMEOUT_S).status_code == 200
        assert not blocked.done()
        reply = blocked.result()
    found = customer.tickets()
    assert (FAILED in reply and not found) or found[0]["number"] in reply
