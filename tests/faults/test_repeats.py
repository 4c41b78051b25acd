"""The same message twice, and many messages at once: one row each, the same replies, in order, one ticket."""

from __future__ import annotations

import httpx
import pytest

from tests.faults.harness import ADDRESS, FAILED, TALK, Customer, FaultyServer, at_once, check_one_ticket, eventually

COPIES = 5
CUSTOMERS = 20


@pytest.mark.parametrize("line", [0, 4])
def test_delivered_twice_one_after_the_other(faulty: FaultyServer, line: int) -> None:
    customer = Customer.new(faulty)
    customer.walks(0, line)
    replies = [customer.says(TALK[line], "same") for _ in range(3)]
    assert len(set(replies)) == 1 and replies[0]
    assert len(customer.inbox()) == line + 1
    assert customer.lines() == TALK[: line + 1]
    customer.walks(line + 1, 5)
    check_one_ticket(customer)


@pytest.mark.parametrize("line", [0, 1, 4])
def test_delivered_several_times_at_once(faulty: FaultyServer, line: int) -> None:
    customer = Customer.new(faulty)
    customer.walks(0, line)
    replies = at_once(*[lambda: customer.says(TALK[line], "same")] * COPIES)
    assert len(set(replies)) == 1 and replies[0] and FAILED not in replies[0]
    assert len(customer.inbox()) == line + 1
    customer.walks(line + 1, 5)
    check_one_ticket(customer)
    assert customer.lines() == TALK


def test_a_caller_who_hangs_up_finds_the_answer_later(faulty: FaultyServer) -> None:
    customer = Customer.new(faulty)
    customer.walks(0, 4)
    fault = faulty.fault("action", "hang", sender=customer.sender, text=TALK[4], seconds=0.8, times=1)
    with pytest.raises(httpx.ReadTimeout):
        faulty.say(customer.sender, TALK[4], "m4", timeout=0.2)
    assert faulty.struck(fault) == 1
    assert check_one_ticket_number(customer) in customer.says(TALK[4], "m4")
    assert customer.lines() == TALK


def check_one_ticket_number(customer: Customer) -> str:
    eventually(customer.tickets)
    return str(check_one_ticket(customer)["number"])


def test_an_old_message_delivered_again_does_not_disturb_the_form(faulty: FaultyServer) -> None:
    customer = Customer.new(faulty)
    first, *_ = customer.walks(0, 3)
    assert customer.says(TALK[0], "m0") == first
    customer.walks(3, 5)
    check_one_ticket(customer)
    assert customer.lines() == TALK


def test_said_again_without_an_id_it_never_becomes_the_address(faulty: FaultyServer) -> None:
    customer = Customer.new(faulty)
    for _ in range(3):
        customer.says("我家停电了")
    for words in TALK[1:]:
        customer.says(words)
    assert check_one_ticket(customer)["address"] == ADDRESS
    customer.says("我家停电了")
    check_one_ticket(customer)


def test_several_messages_at_once_in_one_conversation(faulty: FaultyServer) -> None:
    """Each is answered, none is lost, and the transcript has every message with its own replies behind it."""
    customer = Customer.new(faulty)
    words = ["家里停电了", "几点能来电", "楼上也没电", "冰箱里的东西要坏了", "快点派人来"]
    replies = dict(zip(words, at_once(*[lambda said=said: customer.says(said) for said in words]), strict=True))
    said: dict[str, list[str]] = {}
    for line in customer.transcript():
        if line["speaker"] == "customer":
            assert line["text"] not in said
            said[line["text"]] = []
        else:
            said[next(reversed(said))].append(line["text"])
    assert {text: "\n".join(answers) for text, answers in said.items()} == replies
    assert all(replies.values())


def test_many_conversations_at_once(faulty: FaultyServer) -> None:
    customers = [Customer.new(faulty) for _ in range(CUSTOMERS)]
    talk = [*TALK, "谢谢"]

    def talks(customer: Customer) -> list[str]:
        return [customer.says(words) for words in talk]

    for customer, replies in zip(customers, at_once(*[lambda c=c: talks(c) for c in customers]), strict=True):
        assert all(reply and FAILED not in reply for reply in replies)
        assert check_one_ticket(customer)["number"] in replies[4]
        assert customer.lines() == talk
    numbers = {customer.tickets()[0]["number"] for customer in customers}
    assert len(numbers) == CUSTOMERS
