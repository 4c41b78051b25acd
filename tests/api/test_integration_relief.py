"""Corrections and a supervisor's word over HTTP; accounts cut off and hardship on file."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.feeding import Feed, a_bill, fresh
from tests.support.desk import Desk

RIGHT = {
    "reason": "表数抄错",
    "usage": "100",
    "current_reading": "1100",
    "amount": "53.80",
    "lines": [{"kind": "tier", "label": "第一档", "quantity": 100, "unit": "kWh", "price": "0.538", "amount": "53.80"}],
}


@pytest.fixture(scope="module")
def feed(desk: Desk) -> Feed:
    return Feed(desk)


@pytest.fixture
def account(feed: Feed) -> str:
    return feed.account()


def billed(feed: Feed, account: str, **more: Any) -> str:
    body = a_bill(account, **more)
    feed.ok("POST", "/api/bills", body)
    return str(body["number"])


def test_a_correction_is_two_entries_in_one_step(feed: Feed, account: str) -> None:
    number = billed(feed, account)
    answers = [feed.send("POST", f"/api/bills/{number}/correction", RIGHT) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    done = answers[0].json()
    assert (done["credited"], done["owed"]) == ("0.00", "53.80")
    assert answers[1].json()["correction"] == done["correction"]
    shown = feed.ok("GET", f"/api/accounts/{account}/bills?period=2026-09")["items"]
    assert [(one["kind"], one["amount"], one["status"], one["corrects"], one["reason"]) for one in shown] == [
        ("correction", "53.80", "unpaid", number, "表数抄错"),
        ("reversal", "-125.24", "reversed", number, "表数抄错"),
        ("normal", "125.24", "reversed", None, None),
    ]
    assert [line["amount"] for line in done["reversal"]["lines"]] == ["-107.60", "-17.64"]
    feed.refused(409, "POST", f"/api/bills/{number}/correction", RIGHT | {"reason": "别的原因"})


def test_what_was_paid_counts_for_the_right_bill(feed: Feed, account: str) -> None:
    number = billed(feed, account)
    payment = {"account_number": account, "bill": number, "amount": "125.24", "paid_at": "2026-10-05T10:20"}
    feed.ok("POST", "/api/payments", payment | {"channel": "微信", "reference": fresh("ZF")})
    done = feed.ok("POST", f"/api/bills/{number}/correction", RIGHT)
    assert (done["credited"], done["owed"], done["correction"]["status"]) == ("71.44", "0.00", "paid")
    assert feed.ok("GET", f"/api/accounts/{account}")["balance"] == "71.44"
    (kept,) = feed.ok("GET", f"/api/accounts/{account}/payments")["items"]
    assert kept["bill"] == number


@pytest.mark.parametrize(
    "wrong", [{"amount": "53.81"}, {"reason": ""}, {"lines": []}, {"period": "2026-10"}, {"status": "paid"}], ids=repr
)
def test_a_wrong_correction_leaves_nothing(feed: Feed, account: str, wrong: dict[str, Any]) -> None:
    number = billed(feed, account)
    feed.refused(422, "POST", f"/api/bills/{number}/correction", RIGHT | wrong)
    assert feed.ok("GET", f"/api/accounts/{account}/bills")["total"] == 1
    assert feed.ok("GET", f"/api/bills/{number}")["status"] == "unpaid"


def test_no_such_bill_and_no_second_reversal(feed: Feed, account: str) -> None:
    feed.refused(404, "POST", "/api/bills/ZD-NONE/correction", RIGHT)
    number = billed(feed, account)
    feed.ok("PATCH", f"/api/bills/{number}", {"status": "reversed"})
    feed.refused(409, "POST", f"/api/bills/{number}/correction", RIGHT)


def test_entries_fed_by_hand_name_the_bill_they_are_about(feed: Feed, account: str) -> None:
    number, other = billed(feed, account), billed(feed, account, period="2026-08")
    right = a_bill(account, kind="correction", corrects=number, reason="表数抄错")
    feed.refused(422, "POST", "/api/bills", right | {"corrects": other})
    feed.refused(422, "POST", "/api/bills", right | {"corrects": right["number"]})
    feed.ok("POST", "/api/bills", right)
    feed.refused(409, "POST", "/api/bills", right | {"number": fresh("ZD")})


def test_an_account_is_cut_off_and_comes_back(feed: Feed, desk: Desk) -> None:
    account = feed.account(status="cut_off", cut_off_at="2026-10-20T09:00", low_income=True)
    shown = feed.ok("GET", f"/api/accounts/{account}")
    assert (shown["status"], shown["cut_off_at"], shown["low_income"]) == ("cut_off", "2026-10-20T09:00:00+08:00", True)
    assert desk.get(f"/api/accounts/{account}", "agent").json()["low_income"] is None
    assert account in {item["number"] for item in desk.items("/api/accounts", status="cut_off")}
    same = {name: shown[name] for name in ("service", "holder", "address")}
    assert feed.ok("PUT", f"/api/accounts/{account}", same | {"status": "active"})["cut_off_at"] is None
    feed.refused(422, "PUT", f"/api/accounts/{account}", same | {"status": "cut_off", "cut_off_at": "2999-01-01T00:00"})


def test_only_relief_is_approved(feed: Feed, desk: Desk) -> None:
    number = feed.ticket()["number"]
    supervisor = Feed(desk, "supervisor")
    assert "减免" in supervisor.refused(409, "POST", f"/api/tickets/{number}/relief", {"approve": True})
    supervisor.refused(404, "POST", "/api/tickets/YW-NONE/relief", {"approve": True})
    assert "note" in str(supervisor.send("POST", f"/api/tickets/{number}/relief", {"approve": False}).json())
    assert feed.send("POST", f"/api/tickets/{number}/relief", {"approve": True}).status_code == 403
