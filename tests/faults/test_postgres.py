"""The same promises on PostgreSQL, with one process and with two on one database."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from tests.faults.harness import (
    DANGER_NOT_RECORDED,
    FAILED,
    NOT_RECORDED,
    TALK,
    Customer,
    FaultyServer,
    Launcher,
    at_once,
    check_one_ticket,
    check_told_way_out,
    dies_on,
    eventually,
    serving,
)
from tests.support.postgres import Postgres, running_postgres

GAS = "厨房里有很浓的煤气味"
LOCK_TIMEOUT_S, TURN_TIMEOUT_S = 1, 2
HEARD_S = 10  # "soon", for a slow machine; without a limit of ours it is never
CUSTOMERS = 20


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    yield from running_postgres()


@pytest.fixture(scope="module")
def settings(postgres: Postgres) -> dict[str, str]:
    limits = {"LOCK_TIMEOUT_S": str(LOCK_TIMEOUT_S), "TURN_TIMEOUT_S": str(TURN_TIMEOUT_S)}
    return {"DATABASE_URL": postgres.create("one"), **limits}


@pytest.fixture(scope="module")
def second(
    launcher: Launcher, shared: FaultyServer, settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FaultyServer]:
    """Another process on the same database."""
    yield from serving(launcher, tmp_path_factory.mktemp("second"), **settings)


# --- one process ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("point", ["in_action", "after_commit"])
def test_killed_while_registering_and_sent_again(faulty: FaultyServer, point: str) -> None:
    customer = Customer.new(faulty)
    customer.walks(0, 4)
    faulty.fault(point, "kill", sender=customer.sender, times=1)
    dies_on(faulty, lambda: customer.says(TALK[4], "m4"))
    faulty.start()
    assert len(customer.tickets()) == (1 if point == "after_commit" else 0)
    assert check_one_ticket_after(customer, TALK[4], "m4") and customer.lines() == TALK


def check_one_ticket_after(customer: Customer, words: str, message_id: str) -> bool:
    reply = customer.says(words, message_id)
    return check_one_ticket(customer)["number"] in reply


def test_a_locked_conversation_is_told_and_others_are_served(faulty: FaultyServer, postgres: Postgres) -> None:
    customer, other = Customer.new(faulty), Customer.new(faulty)
    customer.walks(0, 4)
    with postgres.connect("one") as connection, connection.transaction():
        connection.execute("SELECT id FROM conversation WHERE id = %s FOR UPDATE", [customer.id])
        check_told_way_out(customer.says(TALK[4], "m4"), NOT_RECORDED)
        other.walks(0, 5)
        check_one_ticket(other)
        assert customer.tickets() == []
    assert check_one_ticket_after(customer, TALK[4], "m4") and customer.lines() == TALK


def test_a_stopped_server_is_said_and_the_form_is_there_when_it_is_back(
    faulty: FaultyServer, postgres: Postgres
) -> None:
    customer, endangered = Customer.new(faulty), Customer.new(faulty)
    customer.walks(0, 4)
    with postgres.stopped():
        check_told_way_out(customer.says(TALK[4], "m4"), NOT_RECORDED)
        reply = endangered.says(GAS)
    assert "别开关任何电器" in reply and DANGER_NOT_RECORDED in reply
    assert check_one_ticket_after(customer, TALK[4], "m4") and customer.lines() == TALK


def test_a_server_stopped_in_mid_action(faulty: FaultyServer, postgres: Postgres) -> None:
    customer = Customer.new(faulty)
    customer.walks(0, 4)
    fault = faulty.fault("action_register_fault", "hang", sender=customer.sender, seconds=1.5, times=1)
    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(customer.says, TALK[4], "m4")
        eventually(lambda: faulty.struck(fault))
        with postgres.stopped():
            reply = hanging.result()
    check_told_way_out(reply, NOT_RECORDED)
    assert customer.tickets() == []
    assert check_one_ticket_after(customer, TALK[4], "m4") and customer.lines() == TALK


def test_a_frozen_server_keeps_nobody_waiting(faulty: FaultyServer, postgres: Postgres) -> None:
    """Alive and silent is the worst way for a database to fail; danger must be answered all the same."""
    customer, endangered = Customer.new(faulty), Customer.new(faulty)
    customer.walks(0, 4)
    with ThreadPoolExecutor(2) as pool:
        with postgres.frozen():
            waiting = pool.submit(customer.says, TALK[4], "m4"), pool.submit(endangered.says, GAS)
            heard, _ = wait(waiting, HEARD_S)
        assert len(heard) == 2, "kept waiting"
        reply, danger = (reply.result() for reply in waiting)
    assert NOT_RECORDED in reply and "别开关任何电器" in danger
    assert customer.tickets() == []
    customer.says(TALK[4], "m4")
    check_one_ticket(customer)


def test_while_one_action_hangs_others_are_served(faulty: FaultyServer) -> None:
    customer, other = Customer.new(faulty), Customer.new(faulty)
    customer.walks(0, 4)
    fault = faulty.fault("action_register_fault", "hang", sender=customer.sender, seconds=60, times=1)
    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(customer.says, TALK[4])
        eventually(lambda: faulty.struck(fault))
        other.walks(0, 1)
        assert not hanging.done()
        check_told_way_out(hanging.result())
    customer.says(TALK[4])
    check_one_ticket(customer)


# --- two processes -------------------------------------------------------------------------------------------------------
def test_two_processes_start_at_once_on_an_empty_database(
    launcher: Launcher, postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> None:
    environment = {"DATABASE_URL": postgres.create("fresh")}
    pair = [FaultyServer(launcher, tmp_path_factory.mktemp("pair"), **environment) for _ in range(2)]
    try:
        at_once(*[server.start for server in pair])
        for server in pair:
            assert Customer.new(server).says(TALK[0])
    finally:
        for server in pair:
            server.stop()


def test_the_same_message_to_both_at_once_makes_one_ticket(faulty: FaultyServer, second: FaultyServer) -> None:
    here = Customer.new(faulty)
    there = Customer(second, here.sender)
    for line, words in enumerate(TALK):
        answers = at_once(lambda: here.says(words, f"m{line}"), lambda: there.says(words, f"m{line}"))  # noqa: B023
        assert answers[0] == answers[1] and FAILED not in answers[0]
    check_one_ticket(here)
    assert here.lines() == TALK


def test_a_conversation_may_go_back_and_forth_between_processes(faulty: FaultyServer, second: FaultyServer) -> None:
    here = Customer.new(faulty)
    there = Customer(second, here.sender)
    for line, words in enumerate(TALK):
        (here if line % 2 else there).says(words)
    check_one_ticket(here)


def test_an_accepted_message_is_answered_by_one_of_them(faulty: FaultyServer, second: FaultyServer) -> None:
    customer = Customer.new(faulty)
    customer.walks(0, 4)
    customer.posts(TALK[4], "m4")
    number = check_one_ticket_number(customer)
    there = Customer(second, customer.sender)
    assert number in there.fetches(TALK[4], "m4")
    told = [line for line in customer.transcript() if number in line["text"]]
    assert len(told) == 1 and customer.lines() == TALK


def check_one_ticket_number(customer: Customer) -> str:
    eventually(customer.tickets)
    return str(check_one_ticket(customer)["number"])


def test_the_first_tickets_of_a_day_at_once(faulty: FaultyServer, second: FaultyServer) -> None:
    """Two customers need the day's first number: one waits a moment, neither fails."""
    customers = Customer.new(faulty), Customer.new(second)
    for customer in customers:
        customer.server.client.put("/api/demo/clock", json={"now": "2027-03-04T10:00"}).raise_for_status()
        customer.walks(0, 4)
    fault = faulty.fault("in_action", "block", sender=customers[0].sender, seconds=0.5, times=1)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(customers[0].says, TALK[4])
        eventually(lambda: faulty.struck(fault))
        assert FAILED not in customers[1].says(TALK[4])
        slow.result()
    numbers = {check_one_ticket(customer)["number"] for customer in customers}
    assert len(numbers) == 2


def test_many_conversations_at_once_on_both(faulty: FaultyServer, second: FaultyServer) -> None:
    customers = [Customer.new((faulty, second)[n % 2]) for n in range(CUSTOMERS)]
    talk = [*TALK, "谢谢"]
    at_once(*[lambda c=c: [c.says(words) for words in talk] for c in customers])
    for customer in customers:
        check_one_ticket(customer)
        assert customer.lines() == talk
        assert not customer.alerts("turn_failed")
