"""Messages we acknowledged before answering them (202): finished whatever happens, in order, once."""

from __future__ import annotations

import pytest

from tests.faults.harness import FAILED, TALK, Customer, FaultyServer, check_one_ticket, check_told_way_out, eventually

ATTEMPTS = 2


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    return {"INBOX_ATTEMPTS": str(ATTEMPTS)}


def _finished(customer: Customer) -> bool:
    return all(row["status"] != "accepted" for row in customer.inbox())


@pytest.mark.parametrize("point", ["before_answer", "after_understanding", "in_action", "after_commit"])
def test_accepted_then_killed_is_finished_after_the_restart(faulty: FaultyServer, point: str) -> None:
    customer = Customer.new(faulty)
    customer.walks(0, 4)
    fault = faulty.fault(point, "kill", sender=customer.sender, times=1)
    try:
        assert customer.posts(TALK[4], "m4").status_code == 202
    except Exception:  # killed before it could acknowledge
        assert point == "before_answer"
    faulty.wait_dead()
    assert faulty.struck(fault) == 1
    faulty.start()
    eventually(lambda: _finished(customer))
    number = check_one_ticket(customer)["number"]
    assert number in customer.fetches(TALK[4], "m4")
    assert customer.lines() == TALK
    assert len(customer.tickets()) == 1


def test_a_poisoned_message_is_set_aside_and_the_talk_goes_on(faulty: FaultyServer) -> None:
    customer = Customer.new(faulty)
    customer.walks(0, 4)
    fault = faulty.fault("action", "raise", sender=customer.sender, text="毒")
    assert customer.posts("对，毒", "poison").status_code == 202
    check_told_way_out(customer.fetches("对，毒", "poison"))
    assert faulty.struck(fault) >= ATTEMPTS
    assert [row["status"] for row in customer.inbox()] == ["done"] * 4 + ["aside"]
    assert customer.inbox()[-1]["attempts"] == ATTEMPTS
    assert len(customer.alerts("turn_failed")) == ATTEMPTS
    assert customer.tickets() == []
    customer.says(TALK[4], "m4")
    check_one_ticket(customer)


def test_a_message_that_kills_the_process_is_set_aside_too(faulty: FaultyServer) -> None:
    """Otherwise one message keeps a whole service from ever starting again."""
    customer = Customer.new(faulty)
    fault = faulty.fault("in_action", "kill", sender=customer.sender)
    customer.walks(0, 4)
    assert customer.posts(TALK[4], "m4").status_code == 202
    faulty.wait_dead()
    for _ in range(ATTEMPTS - 1):
        faulty.start_and_die()
    faulty.start()
    eventually(lambda: _finished(customer))
    assert faulty.struck(fault) == ATTEMPTS
    assert [row["status"] for row in customer.inbox()][-1] == "aside"
    assert len(customer.alerts("turn_failed")) >= 1
    faulty.heal()
    customer.says(TALK[4], "again")
    check_one_ticket(customer)


def test_a_repeat_while_it_is_being_tried_gets_nothing_yet_and_the_replies_later(faulty: FaultyServer) -> None:
    customer = Customer.new(faulty)
    customer.walks(0, 4)
    faulty.fault("action", "raise", sender=customer.sender, times=1)
    first = customer.posts(TALK[4], "m4")
    assert (first.status_code, first.json()) == (202, [])
    eventually(lambda: customer.inbox()[-1]["attempts"] == 1)
    waiting = customer.posts(TALK[4], "m4")
    assert (waiting.status_code, waiting.json()) in ((202, []), (200, waiting.json()))
    number = customer.fetches(TALK[4], "m4")
    assert check_one_ticket(customer)["number"] in number
    assert FAILED not in "".join(line["text"] for line in customer.transcript())


def _posts_all_before_the_first_is_looked_at(customer: Customer, faulty: FaultyServer, lines: int) -> None:
    fault = faulty.fault("resuming", "block", seconds=0.7, times=1)
    eventually(lambda: faulty.struck(fault))
    for number, words in enumerate(TALK[:lines]):
        assert customer.posts(words, f"m{number}").status_code == 202


def test_order_is_kept_when_an_earlier_message_has_to_be_tried_again(faulty: FaultyServer) -> None:
    """The first message fails once; the second must not be answered before it."""
    customer = Customer.new(faulty)
    fault = faulty.fault("action", "raise", sender=customer.sender, text=TALK[0], times=1)
    _posts_all_before_the_first_is_looked_at(customer, faulty, 5)
    eventually(lambda: _finished(customer))
    assert faulty.struck(fault) == 1
    check_one_ticket(customer)
    assert customer.lines() == TALK


def test_order_is_kept_between_accepted_messages_and_one_that_waits_for_its_answer(faulty: FaultyServer) -> None:
    customer = Customer.new(faulty)
    _posts_all_before_the_first_is_looked_at(customer, faulty, 4)
    reply = customer.says(TALK[4], "m4")
    assert check_one_ticket(customer)["number"] in reply


def test_the_work_on_accepted_messages_survives_a_surprise(faulty: FaultyServer) -> None:
    """Whatever goes wrong while looking for them, it is tried again; otherwise they wait until the next restart."""
    customer = Customer.new(faulty)
    customer.walks(0, 4)
    fault = faulty.fault("resuming", "raise", times=1)
    eventually(lambda: faulty.struck(fault))
    assert customer.posts(TALK[4], "m4").status_code == 202
    assert customer.fetches(TALK[4], "m4")
    check_one_ticket(customer)
