"""Alerts reach the operator: at least once, with the same id, marked when they did; without a webhook, loudly."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.harness import Customer, FaultyServer, Launcher, eventually, serving
from tests.support.receiver import Receiver, receiving

GAS = "厨房里有很浓的煤气味"


def about(receiver: Receiver, customer: Customer) -> list[dict[str, Any]]:
    return [alert for alert in receiver.got if alert["conversation_id"] == customer.id]


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture(scope="module")
def settings(receiver: Receiver) -> dict[str, str]:
    return {"ALERT_WEBHOOK_URL": receiver.url, "ALERT_RETRY_S": "0.1"}


def _delivered(customer: Customer) -> dict[str, Any] | None:
    row = customer.alerts("emergency")[0]
    return row if row["delivered_at"] is not None else None


def test_tried_again_until_the_receiver_has_it(faulty: FaultyServer, receiver: Receiver) -> None:
    receiver.answers = [500, 500]
    customer = Customer.new(faulty)
    customer.says(GAS)
    row = eventually(lambda: _delivered(customer))
    got = about(receiver, customer)
    assert [alert["id"] for alert in got] == [row["id"]] * 3
    assert row["attempts"] == 3
    assert GAS not in json.dumps(got, ensure_ascii=False)


def test_killed_between_sending_and_noting_it_is_sent_again_with_the_same_id(
    faulty: FaultyServer, receiver: Receiver
) -> None:
    customer = Customer.new(faulty)
    fault = faulty.fault("after_post", "kill", times=1)
    try:
        customer.says(GAS)
    except OSError:
        pass
    except Exception as problem:  # the answer may or may not get out before the end
        assert "TransportError" in [base.__name__ for base in type(problem).__mro__]
    faulty.wait_dead()
    assert faulty.struck(fault) == 1
    assert customer.alerts("emergency")[0]["delivered_at"] is None
    faulty.start()
    row = eventually(lambda: _delivered(customer))
    assert [alert["id"] for alert in about(receiver, customer)] == [row["id"]] * 2


def test_an_alert_of_a_rolled_back_turn_is_never_sent(faulty: FaultyServer, receiver: Receiver) -> None:
    customer = Customer.new(faulty)
    faulty.fault("before_commit", "raise", sender=customer.sender, times=1)
    customer.says(GAS)
    eventually(lambda: about(receiver, customer))
    assert [alert["kind"] for alert in about(receiver, customer)] == ["turn_failed"]


@pytest.fixture
def quiet(launcher: Launcher, tmp_path: Path) -> Iterator[FaultyServer]:
    """A service without a webhook."""
    yield from serving(launcher, tmp_path / "quiet")


def test_without_a_webhook_it_is_loud(quiet: FaultyServer) -> None:
    customer = Customer.new(quiet)
    customer.says(GAS)
    eventually(lambda: _delivered(customer))
    loud = [line for line in quiet.alarms("emergency") if line["conversation_id"] == customer.id]
    assert loud and loud[0]["level"] == "error"
