"""Why one bill is more than another: parts that sum to the difference to the fen, and say what they are."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from kefu.billing import explain
from kefu.billing.difference import Part, difference
from kefu.billing.models import Bill, BillLine
from kefu.billing.pricing.engine import price
from kefu.billing.pricing.lines import Line
from kefu.billing.pricing.use import Customer, Use
from kefu.billing.service import Statement
from kefu.company.tariffs import Tariff, TariffBook, load_tariffs

BOOK = load_tariffs(Path(__file__).resolve().parent.parent.parent / "company")
D = Decimal
NOBODY = Customer()


def row(tariff: str, **values: object) -> Tariff:
    """A shipped tariff with something changed."""
    return Tariff.model_validate(BOOK.versions(tariff)[-1].model_dump(exclude={"about"}) | values)


class Account:
    """Bills of one account, one after the other, priced by the engine; the latest first in `bills`."""

    def __init__(self, tariff: str, book: TariffBook = BOOK, start: date = date(2026, 1, 1)) -> None:
        self.tariff, self.book, self.start = tariff, book, start
        self.bills: list[Bill] = []
        self.statements: list[Statement] = []

    def bill(self, usage: object, days: int = 30, estimated: bool = False, peak: object = None, before: object = 0,
             extra: Sequence[Line] = ()) -> Statement:  # fmt: skip
        quantity = D(str(usage))
        hours = {} if peak is None else {"peak": D(str(peak)), "valley": quantity - D(str(peak))}
        end = self.start + timedelta(days - 1)
        use = Use(quantity, self.start, end, hours, D(str(before)))
        lines = [*price(self.book.versions(self.tariff), use).lines, *extra]
        bill = Bill(
            id=len(self.bills) + 1, number=str(len(self.bills)), account_number="1", kind="normal", status="paid",
            period=f"{end:%Y-%m}", period_start=self.start, period_end=end, days=days, usage=quantity, unit="kWh",
            estimated=estimated, amount=sum((line.amount for line in lines), D(0)), tariff=self.tariff, sequence=0,
        )  # fmt: skip
        self.start = end + timedelta(1)
        self.bills.insert(0, bill)
        made = Statement(bill, [BillLine(**asdict(line)) for line in lines], [bill])
        self.statements.append(made)
        return made

    def parts(self, now: int = -1, before: int = -2) -> dict[str, Part]:
        one, other = self.statements[now], self.statements[before]
        found = difference(self.book, one, other, self.bills, NOBODY)
        assert sum((part.amount for part in found), D(0)) == one.bill.amount - other.bill.amount
        assert len({part.kind for part in found}) == len(found)
        return {part.kind: part for part in found}


def amounts(parts: dict[str, Part]) -> dict[str, str]:
    return {kind: f"{part.amount:+.2f}" for kind, part in parts.items()}


def test_more_use_and_a_higher_tier_are_told_apart() -> None:
    account = Account("yj-elec-res")
    account.bill(180)
    account.bill(420)
    parts = account.parts()
    assert amounts(parts) == {"usage": "+129.12", "tier": "+16.00"}
    assert "180度 → 420度" in parts["usage"].text and "240度 × 0.538元 = 129.12元" in parts["usage"].text
    assert "200度进了第二档、20度进了第三档" in parts["tier"].text


def test_a_longer_period_is_days_not_usage() -> None:
    account = Account("yj-elec-res")
    account.bill(120, days=30)
    account.bill(180, days=45)
    parts = account.parts()
    assert amounts(parts) == {"days": "+32.28"}
    assert "多算了15天（30天 → 45天）" in parts["days"].text and "平均每天4度" in parts["days"].text


def test_an_estimate_that_was_too_low_is_caught_up_not_used() -> None:
    account = Account("yj-elec-biz")
    account.bill(210)
    account.bill(150, estimated=True)
    account.bill(150, estimated=True)
    account.bill(330)
    assert amounts(account.parts()) == {"estimate": "+153.00"}
    beside_an_actual = account.parts(-1, 0)
    assert amounts(beside_an_actual) == {"estimate": "+102.00"}  # 330 − 210 a month, all of it from the months before
    assert "补上以前少算的" in beside_an_actual["estimate"].text


def test_an_estimate_that_was_too_high_is_given_back() -> None:
    account = Account("yj-elec-biz")
    account.bill(100)
    account.bill(200, estimated=True)
    account.bill(0)
    parts = account.parts(-1, 0)
    assert amounts(parts) == {"estimate": "-85.00"} and "扣回以前多算的" in parts["estimate"].text


def test_a_dearer_price_is_told_with_both_prices() -> None:
    old = row("yj-elec-res", valid_from=date(2020, 1, 1), valid_to=date(2026, 1, 30))
    dear = [{"upto": D(200), "price": D("0.588")}, {"upto": D(400), "price": D("0.638")}, {"price": D("0.888")}]
    book = TariffBook([old, row("yj-elec-res", valid_from=date(2026, 1, 31), tiers=dear)])
    account = Account("yj-elec-res", book)
    account.bill(150)
    account.bill(180)
    parts = account.parts()
    assert amounts(parts) == {"usage": "+16.14", "price": "+9.00"}
    assert "0.538元 → 0.588元" in parts["price"].text and "180度 × 0.05元 = 9.00元" in parts["price"].text


def test_a_bill_over_a_price_change_counts_the_days_of_each_price() -> None:
    old = row("yj-elec-biz", valid_from=date(2020, 1, 1), valid_to=date(2026, 2, 14))
    book = TariffBook([old, row("yj-elec-biz", valid_from=date(2026, 2, 15), tiers=[{"price": D("0.95")}])])
    account = Account("yj-elec-biz", book)
    account.bill(300)
    account.bill(300)  # 31 January to 1 March: 15 days at 0.85, 15 at 0.95
    assert amounts(account.parts()) == {"price": "+15.00"}


def test_peak_share() -> None:
    account = Account("yj-elec-res-tou")
    account.bill(100, peak=50)
    account.bill(100, peak=80)
    parts = account.parts()
    assert amounts(parts) == {"peak": "+8.40"}  # 30 × (0.568 − 0.288)
    assert "50度 → 80度" in parts["peak"].text and "50% → 80%" in parts["peak"].text


def test_a_year_s_tier_is_reached_at_the_same_use() -> None:
    account = Account("yj-gas-res")
    account.bill(30, before=300)
    account.bill(30, before=330)
    assert amounts(account.parts()) == {"tier": "+2.20"}  # 10 × 0.22


def test_months_with_tiers_of_their_own_are_a_season() -> None:
    summer = {"months": [2, 3], "label": "夏季", "tiers": [{"upto": D(260), "price": D("0.538")}, {"upto": D(600), "price": D("0.588")}, {"price": D("0.838")}]}  # fmt: skip
    book = TariffBook([row("yj-elec-res", by_month=[summer])])
    account = Account("yj-elec-res", book)
    account.bill(250, days=31)
    account.bill(250, days=28)
    account.bills[0].days = account.bills[1].days  # February as long as January: the days are another test's matter
    parts = account.parts()
    assert amounts(parts) == {"season": "-2.50"} and "夏季" in parts["season"].text


def test_late_fee_and_adjustments_are_told_by_their_own_labels() -> None:
    account = Account("yj-elec-biz")
    account.bill(100)
    fee = Line("late_fee", "违约金（逾期12天）", D("2.60"), "…")
    taken_off = Line("adjustment", "上期多收退还", D("-8.00"), "…")
    account.bill(100, extra=[fee, taken_off])
    parts = account.parts()
    assert amounts(parts) == {"adjustment": "-8.00", "late_fee": "+2.60"}
    assert "逾期12天" in parts["late_fee"].text and "上期多收退还" in parts["adjustment"].text
    account.bill(100)
    assert amounts(account.parts()) == {"adjustment": "+8.00", "late_fee": "-2.60"}


def test_bills_of_an_unknown_tariff_are_split_by_their_own_lines() -> None:
    account = Account("yj-elec-res")
    account.bill(180)
    account.bill(420)
    for one in account.bills:
        one.tariff = "from-another-system"
    for told in account.statements:
        for line in told.lines:
            line.tier = None
    assert amounts(account.parts()) == {"usage": "+129.12", "tier": "+16.00"}


def test_what_no_line_says_is_said_to_be_unknown() -> None:
    account = Account("yj-elec-biz")
    account.bill(100)
    account.bill(100)
    account.bills[0].amount += D("5.00")
    parts = account.parts()
    assert amounts(parts) == {"other": "+5.00"} and "没有写明" in parts["other"].text


def test_the_sentence_adds_up_before_the_eyes() -> None:
    account = Account("yj-elec-res")
    account.bill(180)
    account.bill(420)
    parts = list(account.parts().values())
    assert "合起来 129.12+16.00 = 145.12元" in "".join(explain.main_parts(parts, D("145.12")))


# --- likely causes -------------------------------------------------------------------------------------------------------
def cause(account: Account) -> str:
    one, other = account.statements[-1], account.statements[-2]
    parts = difference(BOOK, one, other, account.bills, NOBODY)
    return explain.likely_cause(one, other, parts, account.bills, "electricity")


def test_a_cause_is_named_only_where_the_data_hold_it() -> None:
    account = Account("yj-elec-biz")
    account.bill(0)
    account.bill(90)
    assert "没人住" in cause(account)
    account.bill(91)
    assert cause(account) == ""
    account.bill(200)
    assert "看不出为什么" in cause(account) and "核查" in cause(account)
    account.bill(150, estimated=True)
    assert "估算" in cause(account)


def test_the_season_is_a_cause_if_last_year_was_so_too() -> None:
    account = Account("yj-elec-biz", start=date(2025, 6, 1))
    for month in range(13):
        account.bill(300 if month == 1 else 100, days=monthrange(2025 + (month > 6), (month + 5) % 12 + 1)[1])
    account.bill(280, days=31)
    assert "去年" in cause(account) and "季节" in cause(account)


# --- whatever the history ------------------------------------------------------------------------------------------------
USES = st.integers(0, 900)
BILLS = st.lists(st.tuples(USES, st.integers(1, 95), st.booleans(), st.integers(0, 100)), min_size=2, max_size=6)


@settings(deadline=None, max_examples=300)
@given(
    rows=BILLS, tariff=st.sampled_from(["yj-elec-res", "yj-elec-res-tou", "yj-elec-biz", "yj-water-res", "yj-gas-res"])
)
def test_the_parts_always_sum_and_hide_nothing(rows: list[tuple[int, int, bool, int]], tariff: str) -> None:
    account, used = Account(tariff), 0
    for usage, days, estimated, percent in rows:
        peak = usage * percent // 100 if tariff.endswith("tou") else None
        account.bill(usage, days, estimated, peak, before=used)
        used += usage
    for now in range(1, len(rows)):
        for before in range(now):
            parts = account.parts(now, before)
            assert "other" not in parts, parts
            assert abs(parts["rounding"].amount if "rounding" in parts else 0) <= D("0.10")
