"""Worked bills: published ones to the fen, wrong ones not as published, and what a bill may not get wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kefu.billing.pricing.cases import answers
from kefu.company.tariffs import load_tariffs
from kefu.settings import ROOT
from tests.support.worked import case_of

BOOK = load_tariffs(ROOT / "company")
BILLS = Path(__file__).parent / "worked_bills.jsonl"
WORKED = [json.loads(line) for line in BILLS.read_text(encoding="utf-8").splitlines()]
STEPS = [{"upto": 200, "price": "0.538"}, {"upto": 400, "price": "0.588"}, {"price": "0.838"}]
MONTHLY = {"accumulates": "month", "tiers": STEPS}
YEARLY = {"accumulates": "calendar_year", "tiers": [{"upto": 100, "price": "1"}, {"price": "2"}]}
FLAT = {"tiers": [{"price": "1"}]}
TOU = {
    "periods": [{"kind": "peak", "label": "峰时"}, {"kind": "valley", "label": "谷时"}],
    "tiers": [{"prices": {"peak": "0.5", "valley": "0.3"}}],
}


def answer(tariff: Any, usage: Any, **account: Any) -> dict[str, Any]:
    (found,) = answers([json.dumps({"id": 1, "tariff": tariff, "usage": usage, "account": account})], BOOK)
    return found


def total(tariff: Any, usage: Any, **account: Any) -> str:
    found = answer(tariff, usage, **account)
    assert "total" in found, found
    assert sum(Decimal(line["amount"]) for line in found["lines"]) == Decimal(found["total"])
    return str(found["total"])


def error(tariff: Any, usage: Any, **account: Any) -> str:
    return str(answer(tariff, usage, **account)["error"])


# --- published and constructed bills -----------------------------------------------------------------------------------
@pytest.mark.parametrize("row", WORKED, ids=[row["id"] for row in WORKED])
def test_a_worked_bill(row: dict[str, Any]) -> None:
    (found,) = answers([json.dumps(case_of(row))], BOOK)
    exact = Decimal(row["exact"])
    assert Decimal(found["total"]) == (exact + Decimal("0.0000001")).quantize(Decimal("0.01")), found
    if row["status"] in ("wrong_published", "inconsistent"):
        assert Decimal(found["total"]) != Decimal(row["published"])


def test_water_components_of_a_year() -> None:
    """K3: 819.60 + 439.60 + 380.80."""
    found = answer("yj-water-res", {"quantity": 280, "from": "2026-01-01", "to": "2026-12-31"})
    names = ("自来水费", "水资源费", "污水处理费")
    sums = [sum(Decimal(line["amount"]) for line in found["lines"] if line["label"].endswith(name)) for name in names]
    assert (found["total"], [str(one) for one in sums]) == ("1640.00", ["819.60", "439.60", "380.80"])


def test_three_gas_tiers_whole() -> None:
    """V24: 1252.80 + 550.80 + 10792.00."""
    tiers = [{"upto": 480, "price": "2.61"}, {"upto": 660, "price": "3.06"}, {"price": "3.8"}]
    assert total({"unit": "m³", "accumulates": "calendar_year", "tiers": tiers}, {"quantity": 3500}) == "12595.60"


def test_a_summer_month_of_hunan_prices() -> None:
    """Bounds 180/450, steps 0.05 and 0.30 on 0.588: 180 × 0.588 + 270 × 0.638 + 50 × 0.888."""
    tiers = [{"upto": 180, "price": "0.588"}, {"upto": 450, "price": "0.638"}, {"price": "0.888"}]
    assert total({"accumulates": "month", "tiers": tiers}, {"quantity": 500}) == "322.50"


def test_peak_and_valley_of_anhui_prices() -> None:
    periods = [
        {"kind": "peak", "label": "日", "hours": ["08:00-22:00"], "difference": "0.03"},
        {"kind": "valley", "label": "夜", "hours": ["22:00-08:00"], "difference": "-0.25"},
    ]
    tariff = {"tiers": [{"price": "0.5653"}], "periods": periods}
    assert total(tariff, {"peak": 100, "valley": 100}) == "91.06"  # 59.53 + 31.53


def test_metered_heat_of_zhengzhou_prices() -> None:
    tariff = {"tiers": [{"price": "0.217"}], "charges": [{"label": "基本热费", "price": "6.84", "per": ["m²", "bill"]}]}
    assert total(tariff, {"quantity": 3000}, heated_area=100) == "1335.00"


# --- households ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("persons", "yuan"), [(4, "33.00"), (5, "28.00"), (6, "23.00"), (None, "33.00")])
def test_each_further_person_widens_every_monthly_bound(persons: int | None, yuan: str) -> None:
    """K13: 6 persons are two more than four, 5.0 m³ on each bound."""
    tariff = {
        "unit": "m³",
        "accumulates": "month",
        "tiers": [{"upto": 5, "price": "1"}, {"upto": 10, "price": "2"}, {"price": "3"}],
        "household": {"above": 4, "add": "2.5", "per": "month"},
    }
    assert total(tariff, {"quantity": 16}, household_size=persons) == yuan


def test_a_tier_passed_by_a_wider_one_is_empty() -> None:
    wide = MONTHLY | {"household": {"above": 4, "add": 300, "each": False, "per": "month", "widens": [1]}}
    found = answer(wide, {"quantity": 600}, household_size=5)
    assert [(line.get("tier"), line["quantity"]) for line in found["lines"]] == [(1, "500"), (3, "100")]


def test_additions_are_counted_in_the_tariffs_own_stretch() -> None:
    """30 a year are 2.5 a month; 2.5 a month are 30 a year; a season's are its own."""
    add = {"above": 4, "each": False}
    by_month = MONTHLY | {"household": add | {"add": 120, "per": "year"}}
    assert total(by_month, {"quantity": 210}, household_size=5) == "112.98"
    by_year = YEARLY | {"household": add | {"add": 10, "per": "month"}}
    assert total(by_year, {"quantity": 221}, household_size=5) == "222.00"
    season = {"season": {"first": "11-15", "last": "03-15"}, "accumulates": "season"}
    by_season = YEARLY | season | {"household": add | {"add": 120, "per": "year"}}
    assert total(by_season, {"quantity": 221}, household_size=5) == "222.00"


# --- years and history -------------------------------------------------------------------------------------------------
def bill(start: str, end: str, quantity: Any = 60, **more: Any) -> dict[str, Any]:
    return {"from": start, "to": end, "quantity": quantity} | more


NOVEMBER, DECEMBER = bill("2025-11-01", "2025-11-30"), bill("2025-12-01", "2025-12-31")
JANUARY = bill("2026-01-01", "2026-01-31")


def test_a_history_equals_its_years() -> None:
    assert total(YEARLY, [NOVEMBER, DECEMBER, JANUARY]) == "200.00"  # 60 + 40 + 2 × 20 + 60


def test_a_bill_over_the_new_year() -> None:
    over = bill("2025-12-22", "2026-01-10", 100, used_before=90)
    assert total(YEARLY, over) == "190.00", "whole in the year of its last day, where 90 are used"
    cut = YEARLY | {"at_year_turn": "days"}
    assert total(cut, over) == "140.00"  # 10 + 2 × 40, then 50
    assert total(cut, [bill("2025-12-01", "2025-12-21", 90), bill("2025-12-22", "2026-01-10", 100)]) == "230.00"
    later = bill("2026-01-11", "2026-01-31", 60)
    assert total(cut, [over, later]) == "210.00", "50 of the new year are used: 50 and 2 × 10 more"


def test_what_is_said_of_the_year_counts() -> None:
    assert total(YEARLY, [{"quantity": 10, "used_before": 95}, {"quantity": 10, "used_before": 200}]) == "35.00"


def test_a_reversal_goes_back_into_its_own_year() -> None:
    """The old year's bill taken back in January leaves January's year alone."""
    entries = [NOVEMBER, DECEMBER, JANUARY, {"reverses": 2}, bill("2025-12-01", "2025-12-31", 50)]
    assert total(YEARLY, entries) == "180.00"  # 60 + (40 + 2 × 10) + 60
    february = bill("2026-02-01", "2026-02-28")
    assert total(YEARLY, [*entries, february]) == "260.00"  # and 40 + 2 × 20


def test_a_correction_stands_where_the_wrong_bill_stood() -> None:
    months = [bill(f"2026-{n:02}-01", f"2026-{n:02}-28", 60) for n in (1, 2, 3)]
    assert total(YEARLY, [*months, {"reverses": 1}, months[0]]) == total(YEARLY, months)


def test_a_usage_of_several_bills_is_reversed_whole() -> None:
    readings = [{"on": f"2026-0{n}-01", "value": value} for n, value in ((1, 0), (2, 70), (3, 150))]
    assert total(YEARLY, [{"readings": readings}, {"reverses": 1}]) == "0.00"


@pytest.mark.parametrize("wrong", [2, 0, 7])
def test_what_is_not_there_is_not_reversed(wrong: int) -> None:
    assert "to reverse" in error(YEARLY, [{"quantity": 5}, {"reverses": wrong}])


def test_nothing_is_reversed_twice() -> None:
    assert "reversed already" in error(YEARLY, [{"quantity": 5}, {"reverses": 1}, {"reverses": 1}])


def test_moving_in() -> None:
    tariff = YEARLY | {"move_in": "months"}
    spring = bill("2026-04-01", "2026-06-30", 60)
    assert "opened on 2026-07-01, after this bill" in error(tariff, spring, opened_on="2026-07-01")
    assert total(tariff, bill("2026-07-01", "2026-12-31", 60), opened_on="2026-07-01") == "70.00"
    assert total(tariff, bill("2027-01-01", "2027-06-30", 60), opened_on="2026-07-01") == "60.00"
    assert "needs dates" in error(tariff, {"quantity": 60}, opened_on="2026-07-01")


# --- prices that change ------------------------------------------------------------------------------------------------
def test_two_changes_in_one_bill() -> None:
    rows = [
        FLAT | {"valid_to": "2026-01-10"},
        {"tiers": [{"price": "2"}], "valid_from": "2026-01-11", "valid_to": "2026-01-20"},
        {"tiers": [{"price": "3"}], "valid_from": "2026-01-21"},
    ]
    assert total(rows, bill("2026-01-01", "2026-01-30", 90)) == "180.00"
    assert total([rows[2], rows[0], rows[1]], bill("2026-01-01", "2026-01-30", 90)) == "180.00"
    assert "no price holds on 2026-01-20" in error([rows[0], rows[2]], bill("2026-01-01", "2026-01-30", 90))
    assert "needs from and to" in error(rows, {"quantity": 90})


def test_a_standing_charge_that_changed_is_shared_by_days() -> None:
    def row(price: str, **more: str) -> dict[str, Any]:
        return {"charges": [{"label": "月租", "price": price, "per": ["month"]}]} | more

    rows = [row("30", valid_to="2026-04-10"), row("60", valid_from="2026-04-11")]
    assert total(rows, {"from": "2026-04-01", "to": "2026-04-30"}) == "50.00"
    same = [row("30", valid_to="2026-04-10"), row("30", valid_from="2026-04-11")]
    assert len(answer(same, {"from": "2026-04-01", "to": "2026-04-30"})["lines"]) == 1


def test_a_bill_over_the_turn_of_the_season() -> None:
    summer = {"months": [5, 6], "label": "夏季", "tiers": [{"upto": 20, "price": "1"}, {"price": "3"}]}
    tariff = {"accumulates": "month", "tiers": [{"upto": 10, "price": "1"}, {"price": "2"}], "by_month": [summer]}
    found = answer(tariff, bill("2026-04-16", "2026-05-15", 60))
    assert [(line["tier"], line["quantity"]) for line in found["lines"]] == [(1, "5"), (2, "25"), (1, "10"), (2, "20")]
    assert found["total"] == "125.00"
    assert "needs dates" in error(tariff, {"quantity": 5})


# --- hours -------------------------------------------------------------------------------------------------------------
def test_a_month_without_use() -> None:
    assert (
        total(TOU, {"quantity": 0}) == total(TOU, {"peak": 0, "valley": 0}) == total(MONTHLY, {"quantity": 0}) == "0.00"
    )
    assert "by hours is needed" in error(TOU, {"quantity": 1})
    assert "needs quantity" in error(TOU, {})


def test_hours_fall_into_tiers_by_the_rule() -> None:
    tiers = [{"upto": 10, "prices": {"peak": "1", "valley": "0"}}, {"prices": {"peak": "100", "valley": "10"}}]
    tariff = TOU | {"accumulates": "month", "tiers": tiers}
    usage = {"peak": 12, "valley": 8}
    assert total(tariff | {"split": "pro_rata"}, usage) == "646.00"  # 6 + 600 + 40
    assert total(tariff | {"split": "valley_first"}, usage) == "1002.00"
    assert total(tariff | {"split": "peak_first"}, usage) == "290.00"


def test_shares_in_whole_units_never_take_more_than_there_is() -> None:
    periods = [{"kind": kind, "label": kind} for kind in ("sharp", "peak", "flat", "valley")]
    prices = {"sharp": "1", "peak": "1", "flat": "1", "valley": "1"}
    tariff = {
        "accumulates": "month", "split": "pro_rata", "apportion_to": "1", "periods": periods,
        "tiers": [{"upto": 2, "prices": prices}, {"prices": prices}],
    }  # fmt: skip
    found = answer(tariff, {"sharp": 1, "peak": 1, "flat": 1, "valley": 1})
    assert [Decimal(line["quantity"]) for line in found["lines"]] == [1, 1, 1, 1]


# --- standing charges --------------------------------------------------------------------------------------------------
SEASON = {"season": {"first": "11-16", "last": "04-05"}}
BY_SEASON = SEASON | {"charges": [{"label": "热费", "price": "30", "per": ["m²", "season"]}]}


@pytest.mark.parametrize(("start", "days"), [("2026", 141), ("2027", 142)])
def test_a_season_with_29_february_is_a_day_longer(start: str, days: int) -> None:
    found = answer(BY_SEASON, {"from": f"{start}-11-16", "to": f"{start}-11-16"}, heated_area=100)
    assert f"本季{days}天" in found["lines"][0]["label"]
    assert Decimal(found["total"]) == (Decimal(3000) / days).quantize(Decimal("0.01"))


def test_heat_outside_and_across_seasons() -> None:
    assert total(BY_SEASON, {"from": "2026-05-01", "to": "2026-05-31"}, heated_area=100) == "0.00"
    assert total(BY_SEASON, {"from": "2026-11-16", "to": "2027-04-05"}, heated_area=100) == "3000.00"
    assert total(BY_SEASON, {"from": "2026-11-16", "to": "2028-04-05"}, heated_area=100) == "6000.00"


def test_parts_of_a_season_add_up_where_the_tariff_shares_them_out() -> None:
    parts = [("11-01", "11-30"), ("12-01", "12-31")]
    usage = [{"from": f"2026-{a}", "to": f"2026-{b}"} for a, b in parts]
    usage += [
        {"from": f"2027-{a}", "to": f"2027-{b}"}
        for a, b in [("01-01", "01-31"), ("02-01", "02-28"), ("03-01", "03-31")]
    ]
    assert total("yj-heat-area", usage, heated_area=83) == "1992.00"


def test_the_power_factor_bears_on_basic_and_energy_charge_alone() -> None:
    """−0.15 % of 28 × 315 + 30000; funds collected for others stay as they are."""
    tariff = {
        "tiers": [{"price": "0.6"}],
        "charges": [{"label": "基本电费", "price": "28", "per": ["kVA", "month"]}],
        "surcharges": [{"label": "代征基金", "price": "0.03"}],
    }
    found = answer(tariff, {"quantity": 50000, "power_factor_rate": "-0.0015"}, capacity=315)
    assert [line["amount"] for line in found["lines"] if line["kind"] == "power_factor"] == ["-58.23"]
    assert found["total"] == "40261.77"
    assert "kVA is not known" in error(tariff, {"quantity": 1})
    assert "more than the month" in error(tariff, {"quantity": 1, "days": 30, "service_days": 31}, capacity=1)


def test_nothing_free_where_nothing_was_used() -> None:
    tariff = MONTHLY | {"free": {"quantity": 10}}
    assert answer(tariff, {"quantity": 0}, low_income=True)["lines"] == []
    assert total(tariff, {"quantity": 4}, low_income=True) == "0.00"
    assert total(tariff, {"quantity": 20, "months": 2}, low_income=True) == "0.00"


# --- readings ----------------------------------------------------------------------------------------------------------
def read(day: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"on": f"2026-{day}", "value": value} | more


@pytest.mark.parametrize(
    ("readings", "more", "yuan"),
    [
        ([read("01-01", 99999), read("02-01", 12)], {"digits": 5}, "13.00"),
        ([read("01-01", 99990), read("02-01", 12)], {"digits": 5, "ratio": 10}, "220.00"),
        ([read("01-01", 5, first=True), read("02-01", 15)], {}, "10.00"),
        ([read("01-01", 5), read("02-01", 15, last=True)], {}, "10.00"),
        ([read("01-01", 5, meter="A"), read("01-01", 7, meter="B"), read("02-01", 6, meter="A"), read("02-01", 9, meter="B")], {}, "3.00"),
        ([read("01-01", 5, meter="A"), read("01-10", 8, meter="A", last=True), read("01-10", 0, meter="B", first=True), read("01-20", 4, meter="B", last=True), read("01-20", 100, meter="C", first=True), read("02-01", 101, meter="C")], {}, "8.00"),
    ],
)  # fmt: skip
def test_readings(readings: list[dict[str, Any]], more: dict[str, Any], yuan: str) -> None:
    assert total(FLAT, {"readings": readings} | more) == yuan


@pytest.mark.parametrize(
    ("readings", "more", "reason"),
    [
        ([read("01-01", 5)], {}, "two days"),
        ([read("01-01", 5), read("02-01", 4)], {}, "falls from 5 to 4 on 2026-02-01: give digits"),
        ([read("01-01", 500), read("02-01", 490)], {"digits": 5}, "no rollover of 5 digits"),
        ([read("01-01", 123456), read("02-01", 4)], {"digits": 5}, "no rollover of 5 digits"),
        ([read("01-01", 99990, estimated=True), read("02-01", 12)], {"digits": 5}, "estimated too high"),
        ([read("01-01", 5, meter="A"), read("02-01", 9, meter="B")], {}, "meter B has no earlier reading"),
        ([{"on": "2026-01-01", "peak": 1}, {"on": "2026-02-01", "peak": 2, "flat": 3}], {}, "register flat has no"),
        ([{"on": "2026-01-01"}, {"on": "2026-02-01"}], {}, "shows nothing"),
    ],
)
def test_readings_that_cannot_be(readings: list[dict[str, Any]], more: dict[str, Any], reason: str) -> None:
    assert reason in error(FLAT, {"readings": readings} | more)


def test_two_registers_may_roll_over_in_one_period() -> None:
    readings = [{"on": "2026-01-01", "peak": 99990, "valley": 99980}, {"on": "2026-02-01", "peak": 10, "valley": 20}]
    assert total(TOU, {"readings": readings, "digits": 5}) == "22.00"  # 20 × 0.5 + 40 × 0.3


# --- late fees ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("paid", "yuan"), [("2024-05-31", "1.00"), ("2024-06-01", "0.60"), ("2024-05-21", "0.00"), ("2024-05-01", "0.00")]
)
def test_the_smallest_fee_until_it_was_given_up(paid: str, yuan: str) -> None:
    """60.00 for ten days: 0.60, a yuan under the old rule."""
    due = {"2024-05-31": "2024-05-21", "2024-06-01": "2024-05-22"}.get(paid, "2024-05-21")
    rule = {"late_fee": {"per_day": "0.001", "minimum": "1.00", "minimum_until": "2024-05-31"}}
    assert total(rule, {"late": [{"amount": "60.00", "due_on": due, "paid_on": paid}]}) == yuan
    assert "needs dates" in error(rule, {"late": [{"amount": "60.00", "days": 10}]})


def test_days_of_a_late_fee() -> None:
    """Due on the 15th, paid on the 18th: three days, or two where the day of payment does not count."""
    late = [{"amount": 1000, "due_on": "2026-03-15", "paid_on": "2026-03-18"}]
    assert total({"late_fee": {"per_day": "0.001"}}, {"late": late}) == "3.00"
    assert total({"late_fee": {"per_day": "0.001", "pay_day_counts": False}}, {"late": late}) == "2.00"


def test_the_rule_of_the_day_it_fell_due() -> None:
    rows = [
        {"late_fee": {"per_day": "0.002"}, "valid_to": "2026-06-30"},
        {"late_fee": {"per_day": "0.001"}, "valid_from": "2026-07-01"},
    ]
    late = [{"amount": 1000, "due_on": due, "paid_on": "2026-07-10"} for due in ("2026-06-30", "2026-07-05")]
    assert total(rows, {"late": late}) == "25.00"


def test_a_grace_needs_its_own_day() -> None:
    rule = {"late_fee": {"per_day": "0.001", "grace": {"days": 15, "after": "notified"}}}
    assert "needs the day it was due" in error(
        rule, {"late": [{"amount": 5, "billed_on": "2026-01-01", "paid_on": "2026-03-01"}]}
    )
    assert "no late_fee" in error(FLAT, {"late": [{"amount": 5, "days": 3}]})


# --- what strangers write ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "line 1: "),
        ("[" * 100_000, "nested too deeply"),
        ('{"id": 1}', "tariff: Field required"),
        ('{"id": 1, "tariff": "none-such", "usage": {"quantity": 1}}', "no tariff is called none-such"),
        ('{"id": 1, "tariff": {"tiers": [{"price": "1"}], "unit": {}}, "usage": {"quantity": 1}}', "tariff: 0.unit"),
        ('{"id": 1, "tariff": {"tiers": [{"price": "1"}]}, "usage": {"quantity": NaN}}', "usage.0.quantity"),
        ('{"id": 1, "tariff": {"tiers": [{"price": "1"}]}, "usage": {"quantity": -1}}', "greater than or equal to 0"),
        ('{"id": 1, "tariff": {"tiers": [{"price": "1"}]}, "usage": {"quantity": 1, "from": 20260101}}', "write days as"),
        ('{"id": 1, "tariff": {"tiers": [{"price": "1"}]}, "usage": {"quantity": 1, "form": 1}}', "usage.0.form"),
        ('{"id": 1, "tariff": {"tiers": [{"price": "1"}]}, "usage": []}', "usage"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_priced_says_why(line: str, reason: str) -> None:
    (found,) = answers([line], BOOK)
    assert reason in found["error"] and found["error"].startswith("line 1: ")


def test_large_numbers_stay_exact() -> None:
    found = answer({"tiers": [{"price": "12345678901.1234567891"}]}, {"quantity": "99999999999999.9999999999"})
    assert found["total"] == "1234567890112345678909998.77"


def test_a_division_that_does_not_come_out_still_adds_up() -> None:
    found = answer(BY_SEASON, {"from": "2026-11-16", "to": "2026-11-16"}, heated_area="0.0000001")
    assert sum(Decimal(line["amount"]) for line in found["lines"]) == Decimal(found["total"]) == 0
    whole = answer(BY_SEASON, {"from": "2026-11-16", "to": "2026-11-30"}, heated_area=100)
    assert [line["amount"] for line in whole["lines"]] == ["319.1489361702", "0.0010638298"]


def test_the_command(tmp_path: Path) -> None:
    """Answers on stdout alone; 1 with an error among them, 2 without a file; a lone surrogate does not stop it."""
    good = {"id": "好", "tariff": "yj-elec-res", "usage": bill("2026-01-01", "2026-01-31", 420)}
    file = tmp_path / "cases.jsonl"

    def run(*lines: str) -> tuple[int, list[Any], str]:
        file.write_text("\n".join(lines), encoding="utf-8")
        command = [sys.executable, "-W", "ignore", "-m", "kefu.cli", "price", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120)
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr

    assert [run(json.dumps(good))[0], run(json.dumps(good))[1][0]["total"]] == [0, "241.96"]
    status, found, said = run(
        "\ufeff" + json.dumps(good, ensure_ascii=False), "", '{"id": "\\ud800"}', json.dumps(good)
    )
    assert status == 1 and [one.get("total") for one in found] == ["241.96", None, "241.96"]
    assert found[0]["id"] == "好" and "line 3" in found[1]["error"] and "1 of 3" in said
    file.unlink()
    command = [sys.executable, "-W", "ignore", "-m", "kefu.cli", "price", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert (done.returncode, done.stdout) == (2, "") and "cannot be read" in done.stderr


def test_a_charge_a_day_runs_only_while_heating_does() -> None:
    """Luoyang: 15 November to 15 March are 121 days, whatever days the bill has."""
    case = {
        "id": "season",
        "tariff": "heat-ly-area",
        "usage": {"from": "2026-11-15", "to": "2027-03-31"},
        "account": {"heated_area": 100, "building": "多层"},
    }
    (answer,) = answers([json.dumps(case)], BOOK)
    assert answer["total"] == "1960.20" and "121天" in answer["lines"][0]["text"]
