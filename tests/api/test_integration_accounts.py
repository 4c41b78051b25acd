"""Accounts, meters, readings, bills and payments as a utility's own systems feed them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.feeding import AREA, Feed, a_bill, fresh
from tests.support.desk import Desk


@pytest.fixture(scope="module")
def feed(desk: Desk) -> Feed:
    return Feed(desk)


@pytest.fixture
def account(feed: Feed) -> str:
    return feed.account()


# --- accounts ------------------------------------------------------------------------------------------------------------
def test_a_new_account_is_shown_as_it_was_sent(feed: Feed) -> None:
    number = fresh()
    body = {
        "number": number,
        "service": "heat",
        "holder": "李四",
        "phone": "0600-8601001",
        "address": "翠竹小区4号楼2单元402",
    }
    body |= {"heated_area_m2": "96.5", "household_size": 3, "balance": -12.5, "created_at": "2019-03-01T10:00"}
    answer = feed.send("POST", "/api/accounts", body)
    assert answer.status_code == 201
    shown = feed.ok("GET", f"/api/accounts/{number}")
    assert shown == answer.json()
    assert shown["number"] == number and number.startswith("0")
    assert (shown["heated_area_m2"], shown["balance"]) == ("96.5", "-12.50")
    assert shown["created_at"] == "2019-03-01T10:00:00+08:00"
    assert shown["address_parts"]["community"] == "翠竹小区" and "text" not in shown["address_parts"]


def test_the_same_account_again_is_nothing_and_another_is_refused(feed: Feed) -> None:
    body = {"number": fresh(), "service": "gas", "holder": "王五", "address": "人民路1号"}
    assert [feed.send("POST", "/api/accounts", body).status_code for _ in range(2)] == [201, 200]
    assert body["number"] in feed.refused(409, "POST", "/api/accounts", body | {"holder": "赵六"})
    assert feed.ok("GET", f"/api/accounts/{body['number']}")["holder"] == "王五"


def test_what_an_update_leaves_out_stays(feed: Feed, account: str) -> None:
    before = feed.ok("GET", f"/api/accounts/{account}")
    body = {"service": "electricity", "holder": "张无忌", "address": before["address"]}
    assert feed.send("PUT", f"/api/accounts/{account}", body).status_code == 200
    assert feed.ok("GET", f"/api/accounts/{account}") == before | {"holder": "张无忌"}
    feed.ok("PUT", f"/api/accounts/{account}", body | {"phone": None, "address": "滨江家园3号楼"})
    after = feed.ok("GET", f"/api/accounts/{account}")
    assert after["phone"] is None and after["address_parts"]["community"] == "滨江家园"


@pytest.mark.parametrize(
    "wrong",
    [{"service": "steam"}, {"holder": ""}, {"holder": "x" * 81}, {"phone": "call me"}, {"balance": "NaN"}]
    + [{"balance": "1e3"}, {"balance": "0.1234567"}, {"balance": 10**12}, {"created_at": "2999-01-01T00:00"}]
    + [{"area_code": "E-NOWHERE"}, {"area_code": "W-P1"}, {"hodler": "x"}, {"holder": "a\u0000b"}, {"number": "123456"}]
    + [
        {"created_at": 5},
        {"created_at": "0001-01-01T00:00"},
        {"prepaid": "perhaps"},
        {"address_parts": {"planet": "x"}},
    ],
    ids=repr,
)
def test_a_wrong_account_is_refused_whole(feed: Feed, wrong: dict[str, Any]) -> None:
    number = fresh()
    body = {"service": "electricity", "holder": "张三", "address": "人民路1号", **wrong}
    feed.refused(422, "PUT", f"/api/accounts/{number}", body)
    feed.refused(404, "GET", f"/api/accounts/{number}")


@pytest.mark.parametrize("number", ["1234", "1" * 21, "12345x", "１２３４５６", "12345%0A", "%00"])
def test_an_account_number_is_five_to_twenty_digits(feed: Feed, number: str) -> None:
    body = {"service": "electricity", "holder": "张三", "address": "人民路1号"}
    feed.refused(422, "PUT", f"/api/accounts/{number}", body)
    feed.refused(404, "GET", f"/api/accounts/{number}")


def test_many_accounts_are_written_all_or_none(feed: Feed) -> None:
    good = [{"number": fresh(), "service": "gas", "holder": "王五", "address": "人民路1号"} for _ in range(3)]
    bad = [*good[:2], good[2] | {"area_code": "E-NOWHERE"}]
    assert feed.refused(422, "POST", "/api/accounts", bad).startswith("第3条")
    for body in good:
        feed.refused(404, "GET", f"/api/accounts/{body['number']}")
    assert [item["number"] for item in feed.ok("POST", "/api/accounts", good)["items"]] == [b["number"] for b in good]
    feed.refused(422, "POST", "/api/accounts", [])
    feed.refused(422, "POST", "/api/accounts", good * 1667)


def test_the_service_of_an_account_does_not_change(feed: Feed, account: str) -> None:
    feed.refused(409, "PUT", f"/api/accounts/{account}", {"service": "gas", "holder": "张三", "address": "人民路1号"})


def test_accounts_can_be_filtered_and_walked(feed: Feed, desk: Desk, account: str) -> None:
    everything = desk.walk("/api/accounts", limit=100)
    numbers = [item["number"] for item in everything]
    assert len(numbers) == len(set(numbers)) == desk.page("/api/accounts", limit=1)["total"] >= 300
    created = [item["created_at"] for item in everything]
    assert created == sorted(created, reverse=True)
    assert {item["service"] for item in desk.items("/api/accounts", service="heat")} == {"heat"}
    assert account in {item["number"] for item in desk.items("/api/accounts", area_code=AREA, status="active")}


def test_an_agent_sees_holder_and_phone_masked(desk: Desk, account: str) -> None:
    shown = {role: desk.get(f"/api/accounts/{account}", role).json() for role in ("agent", "supervisor")}
    assert (shown["agent"]["holder"], shown["agent"]["phone"]) == ("张**", "138****1111")
    assert (shown["supervisor"]["holder"], shown["supervisor"]["phone"]) == ("张三丰", "13800001111")
    assert shown["agent"] in desk.items("/api/accounts", "agent", phone="13800001111")


# --- meters and readings -------------------------------------------------------------------------------------------------
def test_a_meter_moves_only_after_it_was_removed(feed: Feed, account: str) -> None:
    other, meter = feed.account(), f"M{account}"
    assert "removed_on" in feed.refused(409, "PUT", f"/api/meters/{meter}", {"account_number": other, "kind": "smart"})
    removed = {"account_number": account, "kind": "smart", "removed_on": "2026-06-01"}
    assert feed.send("PUT", f"/api/meters/{meter}", removed).status_code == 200
    assert feed.send("PUT", f"/api/meters/{meter}", {"account_number": other, "kind": "smart"}).status_code == 201
    in_use = [item["number"] for item in feed.ok("GET", f"/api/accounts/{other}/meters?installed=true")["items"]]
    assert sorted(in_use) == sorted([meter, f"M{other}"])
    assert feed.ok("GET", f"/api/accounts/{account}/meters?installed=true")["total"] == 0
    feed.refused(422, "PUT", f"/api/meters/{meter}", {**removed, "installed_on": "2026-07-01"})
    feed.refused(422, "PUT", f"/api/meters/{meter}", {"account_number": fresh(), "kind": "smart"})


def test_readings_are_added_once_and_in_bulk_all_or_none(feed: Feed, account: str) -> None:
    body = {"account_number": account, "read_on": "2026-09-30", "value": "8123.5", "peak": 5000, "valley": "3123.5"}
    assert [feed.send("POST", "/api/readings", body).status_code for _ in range(2)] == [201, 200]
    later = [body | {"read_on": "2026-10-31", "value": "8300.5"}, body | {"read_on": "2999-01-01"}]
    feed.refused(422, "POST", "/api/readings", later)
    assert feed.ok("GET", f"/api/accounts/{account}/readings")["total"] == 1
    feed.ok("POST", "/api/readings", [later[0], body | {"value": "8200", "valley": 3200, "estimated": True}])
    shown = feed.ok("GET", f"/api/accounts/{account}/readings")["items"]
    assert [(item["read_on"], item["value"]) for item in shown] == [
        ("2026-10-31", "8300.5"), ("2026-09-30", "8200"), ("2026-09-30", "8123.5"),
    ]  # fmt: skip
    assert {item["meter_number"] for item in shown} == {f"M{account}"}
    assert feed.ok("GET", f"/api/accounts/{account}/readings?estimated=true")["total"] == 1


@pytest.mark.parametrize(
    "wrong",
    [{"meter_number": "M-OTHER"}, {"value": -1}, {"value": "Infinity"}, {"peak": 9000}, {"account_number": "00000"}]
    + [{"read_on": "2026-02-30"}, {"read_on": "20260101"}, {"value": None}, {"value": True}],
    ids=repr,
)
def test_a_wrong_reading_is_refused(feed: Feed, account: str, wrong: dict[str, Any]) -> None:
    body = {"account_number": account, "read_on": "2026-09-30", "value": "8123.5", **wrong}
    feed.refused(422, "POST", "/api/readings", body)
    assert feed.ok("GET", f"/api/accounts/{account}/readings")["total"] == 0


# --- bills ---------------------------------------------------------------------------------------------------------------
def test_a_bill_with_its_lines_comes_back_exact(feed: Feed, account: str) -> None:
    body = a_bill(account)
    answer = feed.send("POST", "/api/bills", body)
    assert answer.status_code == 201
    shown = feed.ok("GET", f"/api/bills/{body['number']}")
    assert shown == answer.json() == feed.ok("GET", f"/api/bills?account_number={account}&period=2026-09")["items"][0]
    assert (shown["amount"], shown["days"], shown["sequence"], shown["tariff"]) == ("125.24", 30, 0, "yj-elec-res")
    assert [line["amount"] for line in shown["lines"]] == ["107.60", "17.64"]
    assert [line["price"] for line in shown["lines"]] == ["0.538", "0.588"]


def test_the_same_bill_again_is_nothing_and_another_content_is_refused(feed: Feed, account: str) -> None:
    body = a_bill(account)
    feed.ok("POST", "/api/bills", body)
    feed.ok("PATCH", f"/api/bills/{body['number']}", {"status": "paid"})
    assert feed.send("POST", "/api/bills", body).status_code == 200
    shown = feed.ok("GET", f"/api/bills/{body['number']}")
    assert shown["status"] == "paid", "an old delivery undid what has happened since"
    other = body | {"usage": "231"}
    assert body["number"] in feed.refused(409, "POST", "/api/bills", other)
    less = body | {"lines": [{"kind": "tier", "label": "第一档", "amount": "125.24"}]}
    feed.refused(409, "POST", "/api/bills", less)
    assert feed.ok("GET", f"/api/bills/{body['number']}") == shown


def test_lines_that_do_not_add_up_are_refused_with_both_sums(feed: Feed, account: str) -> None:
    reason = feed.refused(422, "POST", "/api/bills", a_bill(account, amount="125.25"))
    assert "125.24" in reason and "125.25" in reason
    assert feed.ok("GET", f"/api/accounts/{account}/bills")["total"] == 0


def test_a_correction_is_new_entries_of_the_period(feed: Feed, account: str) -> None:
    body = a_bill(account)
    negative = [line | {"amount": f"-{line['amount']}"} for line in body["lines"]]
    reversal = a_bill(account, kind="reversal", amount="-125.24", lines=negative, status="reversed")
    assert "2026-09" in feed.refused(422, "POST", "/api/bills", reversal)
    feed.ok("POST", "/api/bills", body)
    assert "2026-09" in feed.refused(409, "POST", "/api/bills", a_bill(account))
    right = a_bill(account, kind="correction", lines=[{"kind": "tier", "label": "第一档", "amount": "90"}], amount=90)
    feed.ok("POST", "/api/bills", [reversal, right])
    feed.ok("PATCH", f"/api/bills/{body['number']}", {"status": "reversed"})
    shown = feed.ok("GET", f"/api/accounts/{account}/bills?period=2026-09")["items"]
    assert [(item["kind"], item["sequence"], item["amount"]) for item in shown] == [
        ("correction", 2, "90.00"), ("reversal", 1, "-125.24"), ("normal", 0, "125.24"),
    ]  # fmt: skip
    feed.refused(409, "POST", "/api/bills", a_bill(account, kind="adjustment", sequence=2))


@pytest.mark.parametrize(
    "wrong",
    [{"period": "2026-13"}, {"kind": "gift"}, {"due_on": "2026-09-30"}, {"period_end": "2026-08-01"}, {"lines": []}]
    + [{"account_number": "00000"}, {"status": "lost"}, {"unit": "kilowatthours"}, {"number": "a b"}, {"sequence": -1}],
    ids=repr,
)
def test_a_wrong_bill_is_refused(feed: Feed, account: str, wrong: dict[str, Any]) -> None:
    feed.refused(422, "POST", "/api/bills", a_bill(account) | wrong)
    assert feed.ok("GET", f"/api/accounts/{account}/bills")["total"] == 0


CENTS = st.decimals(min_value=-1000, max_value=1000, places=2, allow_nan=False)


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(amounts=st.lists(CENTS, min_size=1, max_size=6), wrong_by=st.sampled_from(["0", "0.01", "-0.000001"]))
def test_sums_are_exact(feed: Feed, amounts: list[Decimal], wrong_by: str) -> None:
    lines = [{"kind": "tier", "label": "x", "amount": str(amount)} for amount in amounts]
    total = sum(amounts, Decimal(wrong_by))
    body = a_bill(feed.account(), lines=lines, amount=f"{total:f}")
    assert feed.send("POST", "/api/bills", body).status_code == (201 if wrong_by == "0" else 422)


def test_bills_can_be_walked_and_filtered(desk: Desk) -> None:
    number = desk.server.demo()["situations"]["reversal"]["account_number"]
    walked = desk.walk(f"/api/accounts/{number}/bills", limit=5)
    assert walked == desk.items("/api/bills", account_number=number) and len(walked) >= 24
    order = [(item["period_end"], item["sequence"]) for item in walked]
    assert order == sorted(order, reverse=True)
    assert all(sum(Decimal(line["amount"]) for line in item["lines"]) == Decimal(item["amount"]) for item in walked)
    assert {item["status"] for item in desk.items("/api/bills", status="overdue")} == {"overdue"}


# --- payments ------------------------------------------------------------------------------------------------------------
def a_payment(account: str, **more: Any) -> dict[str, Any]:
    body = {"account_number": account, "amount": "100", "paid_at": "2026-10-05T10:20", "channel": "微信"}
    return {**body, "reference": fresh("ZF"), **more}


def test_a_bill_is_paid_when_enough_is_credited(feed: Feed, account: str) -> None:
    bill = a_bill(account)
    feed.ok("POST", "/api/bills", bill)
    first = a_payment(account, bill=bill["number"])
    rest = a_payment(account, bill=bill["number"], amount="25.24", status="not_credited")
    assert [feed.send("POST", "/api/payments", first).status_code for _ in range(2)] == [201, 200]
    late = feed.ok("POST", "/api/payments", rest)
    assert feed.ok("GET", f"/api/bills/{bill['number']}")["status"] == "unpaid"
    assert feed.ok("PATCH", f"/api/payments/{late['id']}", {"status": "credited"})["status"] == "credited"
    assert feed.ok("GET", f"/api/bills/{bill['number']}")["status"] == "paid"
    assert feed.send("POST", "/api/payments", rest).json()["status"] == "credited"
    shown = feed.ok("GET", f"/api/accounts/{account}/payments")
    assert shown["total"] == 2 and {item["bill"] for item in shown["items"]} == {bill["number"]}
    feed.refused(409, "POST", "/api/payments", first | {"amount": "101"})


@pytest.mark.parametrize(
    "wrong",
    [{"amount": 0}, {"amount": "-5"}, {"amount": "nan"}, {"bill": "ZD-NONE"}, {"account_number": "00000"}]
    + [{"paid_at": "2999-01-01T00:00"}, {"paid_at": "yesterday"}, {"status": "lost"}, {"reference": ""}],
    ids=repr,
)
def test_a_wrong_payment_is_refused(feed: Feed, account: str, wrong: dict[str, Any]) -> None:
    feed.refused(422, "POST", "/api/payments", [a_payment(account), a_payment(account) | wrong])
    assert feed.ok("GET", f"/api/accounts/{account}/payments")["total"] == 0


def test_payments_and_bills_that_are_not_there(feed: Feed) -> None:
    feed.refused(404, "PATCH", "/api/payments/2147483647", {"status": "credited"})
    feed.refused(404, "PATCH", "/api/bills/ZD-NONE", {"status": "paid"})
    feed.refused(404, "GET", "/api/bills/%00")
    for part in ("bills", "readings", "payments", "meters"):
        feed.refused(404, "GET", f"/api/accounts/00000/{part}")


def test_another_accounts_bill_cannot_be_paid(feed: Feed, account: str) -> None:
    bill = a_bill(feed.account())
    feed.ok("POST", "/api/bills", bill)
    feed.refused(422, "POST", "/api/payments", a_payment(account, bill=bill["number"]))
