"""kill -9 at every step of a turn, then the same database again: nothing lost, nothing twice, nothing promised in vain."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.harness import TALK, Customer, FaultyServer, check_one_ticket, dies_on, eventually

BEFORE_COMMIT = ["after_understanding", "after_inbox", "in_action", "after_action", "before_commit"]
COMMITTED = ["after_commit", "before_answer"]


def _killed_saying(faulty: FaultyServer, customer: Customer, line: int, point: str, message_id: str | None) -> None:
    """The talk up to a line; the server dies over that line and starts again."""
    customer.walks(0, line)
    fault = faulty.fault(point, "kill", sender=customer.sender, times=1)
    dies_on(faulty, lambda: customer.says(TALK[line], message_id))
    assert faulty.struck(fault) == 1
    faulty.start()


@pytest.mark.parametrize("point", BEFORE_COMMIT + COMMITTED)
def test_killed_while_registering_and_sent_again(faulty: FaultyServer, point: str) -> None:
    customer = Customer.new(faulty)
    _killed_saying(faulty, customer, 4, point, "m4")
    assert len(customer.tickets()) == (1 if point in COMMITTED else 0)
    reply = customer.says(TALK[4], "m4")
    assert check_one_ticket(customer)["number"] in reply
    assert customer.lines() == TALK
    assert [row["status"] for row in customer.inbox()] == ["done"] * 5
    _goes_on(customer)


@pytest.mark.parametrize("point", ["in_action", *COMMITTED])
def test_killed_while_registering_and_said_again(faulty: FaultyServer, point: str) -> None:
    customer = Customer.new(faulty)
    _killed_saying(faulty, customer, 4, point, None)
    reply = customer.says(TALK[4])
    number = check_one_ticket(customer)["number"]
    assert set(re.findall(r"BX\d+-\d", reply)) <= {number}
    _goes_on(customer)


@pytest.mark.parametrize(
    ("line", "point", "message_id"),
    [(0, "action_take_up", None), (0, "after_commit", None), (1, "after_action", "m1"), (2, "after_commit", "m2")],
)
def test_killed_in_an_earlier_turn(faulty: FaultyServer, line: int, point: str, message_id: str | None) -> None:
    customer = Customer.new(faulty)
    _killed_saying(faulty, customer, line, point, message_id)
    customer.says(TALK[line], message_id)
    customer.walks(line + 1, 5)
    check_one_ticket(customer)
    if message_id:
        assert customer.lines() == TALK


def test_stopped_politely_in_mid_turn_the_answer_still_arrives(faulty: FaultyServer) -> None:
    """SIGTERM, as at every new version: what has begun is finished, what was accepted is finished after the start."""
    customer, accepted = Customer.new(faulty), Customer.new(faulty)
    customer.walks(0, 4)
    accepted.walks(0, 4)
    fault = faulty.fault("action", "hang", text=TALK[4], seconds=1, times=1)
    arrived = faulty.fault("accepting", "block", seconds=0, sender=accepted.sender)
    with ThreadPoolExecutor(2) as pool:
        waiting = pool.submit(customer.says, TALK[4], "m4")
        eventually(lambda: faulty.struck(fault))
        accepting = pool.submit(accepted.posts, TALK[4], "m4")
        eventually(lambda: faulty.struck(arrived))
        faulty.stop()
    faulty.start()
    assert check_one_ticket(customer)["number"] in waiting.result()
    assert accepting.result().status_code == 202
    assert accepted.fetches(TALK[4], "m4")
    check_one_ticket(accepted)


def _goes_on(customer: Customer) -> None:
    """The talk is not stuck: the ticket can be asked after."""
    assert customer.tickets()[0]["number"] in customer.says("查一下工单处理进度")
    assert len(customer.tickets()) == 1
