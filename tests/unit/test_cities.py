"""Prices of real cities: every row says what it rests on, published and worked bills come out of these very rows, and
nobody of another city ever hears them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from kefu.billing.pricing.cases import answers
from kefu.company.data import CompanyData
from kefu.company.tariffs import Tariff
from kefu.knowledge.answers import Answer
from kefu.knowledge.prices import tariff_answer

DEMO = "云江市"
UNSURE = {"gk": "常识", "exam": "考试", "code": "公开", "web": "网页"}  # what the source of such a row owns up to
Put = Callable[[str | None], None]
Bill = Callable[..., str]


@pytest.fixture
def cities(company: CompanyData) -> list[Tariff]:
    return [row for row in company.tariffs if row.city != DEMO]


@pytest.fixture
def bill(company: CompanyData) -> Bill:
    """The total of a usage (or several) under a shipped tariff, as `make price` answers it."""

    def total(tariff: str, usage: Any, **account: Any) -> str:
        case = {"id": tariff, "tariff": tariff, "usage": usage, "account": account}
        (answer,) = answers([json.dumps(case)], company.tariffs)
        assert "error" not in answer, answer
        return str(answer["total"])

    return total


def days(first: str, last: str, **used: Any) -> dict[str, Any]:
    return {"from": first, "to": last, **used}


# --- what a stranger needs to trust a row ------------------------------------------------------------------------------
@pytest.mark.parametrize("service", ["electricity", "water", "gas", "heat"])
def test_three_cities_a_service_have_prices(cities: list[Tariff], service: str) -> None:
    priced = {row.city for row in cities if row.service == service and (row.tiers or row.charges)}
    assert len(priced) >= 3


def test_every_row_says_what_it_rests_on(cities: list[Tariff]) -> None:
    for row in cities:
        assert row.confidence not in ("company", "calc"), row.id  # nobody here has checked with the companies
        assert UNSURE.get(row.confidence, "") in row.source, row.id
        assert row.valid_from < row.checked_on == date(2026, 11, 21), row.id
        assert any(word in row.source for word in (row.city[:2], row.source[:2], "〔")) and len(row.source) >= 10, (
            row.id
        )
        assert row.rounding.at == "line" and row.name, row.id


def test_nothing_known_by_hearsay_alone_is_called_official(cities: list[Tariff]) -> None:
    """gk inside a surer row is named in its source."""
    officially = {row.id for row in cities if row.confidence in ("gov", "law", "util")}
    assert not any("常识" in row.source for row in cities if row.id in officially)
    assert {row.id for row in cities if row.confidence == "gk"} == {"elec-sh-res", "gas-sh-res"}


def test_a_city_has_one_usual_price_a_class(cities: list[Tariff], company: CompanyData) -> None:
    """The others have words of their own by which customers ask for them."""
    for city in {row.city for row in cities}:
        rows = company.tariffs.in_force(city, date(2026, 11, 21))
        usual = [(row.service, row.customer_class) for row in rows if not row.about]
        assert len(usual) == len(set(usual)), city


def test_a_later_price_takes_over_the_day_after(company: CompanyData) -> None:
    ends = {"gas-bj-res": ["2018-07-09", "2018-12-31"], "water-sh-res": ["2021-10-31"], "water-bj-biz": ["2016-04-30"]}
    for tariff, expected in ends.items():
        versions = company.tariffs.versions(tariff)
        assert [str(row.valid_to) for row in versions[:-1]] == expected and versions[-1].valid_to is None
        for earlier, later in zip(versions, versions[1:], strict=False):
            assert earlier.valid_to and (later.valid_from - earlier.valid_to).days == 1


# --- bills published or worked by hand ---------------------------------------------------------------------------------
YEAR = {"from": "2020-01-01", "to": "2020-12-31"}
ONE_MONTH: dict[str, tuple[str, Any, str]] = {
    "V3 上海峰谷，跨档": (
        "elec-sh-res-tou",
        [{"peak": "2120", "valley": "1000"}, {"peak": "280", "valley": "100"}],
        "1838.30",
    ),
    "V4 上海第二档": ("elec-sh-res-tou", {"peak": "153", "valley": "51", "used_before": "3124"}, "120.77"),
    "V7 北京第一档": ("elec-bj-res", {"quantity": "200"}, "97.66"),
    "K1 北京跨档": ("elec-bj-res", {"quantity": "300", "used_before": "2700"}, "152.49"),
    "K2 北京三档": ("elec-bj-res", {"quantity": "5000"}, "2597.50"),
    "K3 北京水": ("water-bj-res", {"quantity": "280"}, "1640.00"),
    "K3 北京自备井": ("water-bj-well", {"quantity": "280"}, "1640.00"),
    "K5 北京气": ("gas-bj-res", YEAR | {"quantity": "600"}, "1761.00"),
    "北京壁挂炉": ("gas-bj-boiler", {"quantity": "1600"}, "4198.00"),  # 1500 × 2.61 + 100 × 2.83
    "K10 北京非居民水，2016年5月1日调价": ("water-bj-biz", days("2016-04-11", "2016-06-09", quantity="120"), "1086.00"),
    "北京气，2018年7月10日调价": (
        "gas-bj-res",
        days("2018-07-01", "2018-07-18", quantity="18"),  # 9 × 2.28 + 9 × 2.63
        "44.19",
    ),
    "上海水，旧价": ("water-sh-res", days("2020-01-01", "2020-12-31", quantity="310"), "1203.70"),
    "上海水，新价": ("water-sh-res", days("2022-01-01", "2022-12-31", quantity="310"), "1442.90"),
    "上海水，2021年11月1日调价": (
        "water-sh-res",
        days("2021-10-01", "2021-11-30", quantity="61"),  # 31 × 3.45 + 30 × (2.25 + 0.9 × 2)
        "228.45",
    ),
    "上海气": ("gas-sh-res", {"quantity": "600"}, "1959.00"),  # 930 + 693 + 80 × 4.20
    "深圳气": ("gas-sz-res", {"quantity": "45"}, "171.50"),  # 105 + 40.25 + 26.25
    "浙江": ("elec-zj-res", {"quantity": "5000"}, "2852.00"),  # 2760 × 0.538 + 2040 × 0.588 + 200 × 0.838
    "浙江峰谷": ("elec-zj-res-tou", {"peak": "60", "valley": "40", "used_before": "2700"}, "47.60"),
    "筠连水": ("water-junlian-res", {"quantity": "400"}, "702.00"),  # 312 + 234 + 156
    "广西": ("elec-gx-res", {"quantity": "3220"}, "1706.13"),  # 3120 × 0.5283 + 100 × 0.5783
}


@pytest.mark.parametrize("case", ONE_MONTH)
def test_a_bill_comes_out_of_the_rows(bill: Bill, case: str) -> None:
    tariff, usage, total = ONE_MONTH[case]
    assert bill(tariff, usage) == total


def test_beijing_water_shows_its_three_parts(company: CompanyData) -> None:
    case = {"id": 1, "tariff": "water-bj-res", "usage": {"quantity": "280"}}
    (answer,) = answers([json.dumps(case)], company.tariffs)
    sums: dict[str, Decimal] = {}
    for line in answer["lines"]:
        part = line["label"].split("）")[-1]
        sums[part] = sums.get(part, Decimal(0)) + Decimal(line["amount"])
    assert {part: str(sum_) for part, sum_ in sums.items()} == {
        "自来水费": "819.60",
        "水资源费": "439.60",
        "污水处理费": "380.80",
    }


def test_shanghai_water_costs_405_580_879_with_sewage_on_nine_tenths(company: CompanyData) -> None:
    row = company.tariffs.on("water-sh-res", date(2026, 11, 21))
    assert row is not None
    (sewage,) = row.surcharges
    assert [str(tier.price + sewage.price * sewage.share) for tier in row.tiers if tier.price] == [
        "4.050",
        "5.800",
        "8.790",
    ]


def test_many_persons(bill: Bill) -> None:
    """Beijing water: 30 m³ a year for each above five. Guangzhou: the first tier alone grows, from five persons on."""
    assert bill("water-bj-res", {"quantity": "220"}, household_size=7) == "1100.00"  # 240 × 5 would hold
    assert bill("water-bj-res", {"quantity": "220"}, household_size=5) == "1180.00"  # 180 × 5 + 40 × 7
    january = days("2027-01-01", "2027-01-31", quantity="450")
    assert bill("elec-gz-res", january, household_size=4) == "290.05"  # 117.80 + 127.80 + 44.45
    assert bill("elec-gz-res", january, household_size=5) == "285.05"  # 300, then 400 as ever
    assert bill("elec-gz-res", january, household_size=8) == "285.05"


def test_guangzhou_has_a_summer(bill: Bill) -> None:
    assert bill("elec-gz-res", days("2026-07-01", "2026-07-31", quantity="300")) == "178.70"
    assert bill("elec-gz-res", days("2026-12-01", "2026-12-31", quantity="300")) == "181.70"
    # 15 of 30 days each: 100 × 0.589 + 50 × 0.639, then 130 × 0.589 + 20 × 0.639
    assert bill("elec-gz-res", days("2027-04-16", "2027-05-15", quantity="300")) == "180.20"


def test_the_year_of_guizhou_turns_in_december(bill: Bill) -> None:
    november = days("2025-11-01", "2025-11-30", quantity="100", used_before="2950")
    december = days("2025-12-01", "2025-12-31", quantity="100")
    january = days("2026-01-01", "2026-01-31", quantity="2950")
    assert bill("elec-guizhou-res", [november]) == "48.06"  # 50 × 0.4556 + 50 × 0.5056
    assert bill("elec-guizhou-res", [november, december]) == "93.62"  # the first tier again
    assert bill("elec-guizhou-res", [november, december, january]) == "1440.14"  # and no turn in January: 50 are over


def test_two_part_business_electricity_with_its_power_factor(bill: Bill) -> None:
    """1000 × 1.049999 + 2000 × 0.848961 + 3000 × 0.651886 + 4000 × 0.432924 + 1000 kVA × 26.3, −0.15% at 0.91."""
    hours = {"sharp": "1000", "peak": "2000", "flat": "3000", "valley": "4000"}
    january = days("2026-01-01", "2026-01-31", **hours)
    assert bill("elec-hb-biz", january, capacity="1000") == "32735.28"
    assert bill("elec-hb-biz", january | {"power_factor": "0.91"}, capacity="1000") == "32686.18"
    assert bill("elec-hb-biz", january | {"service_days": 10}, capacity="1000") == "14919.15"  # 26300 × 10 ÷ 31
    assert bill("elec-hb-biz-demand", january | {"demand": "500"}) == "27435.28"


# --- heat --------------------------------------------------------------------------------------------------------------
SEASON = days("2026-11-15", "2027-03-15")
HEAT: dict[str, tuple[str, Any, dict[str, str], str]] = {
    "K7 北京按面积": ("heat-bj-area", {}, {"heated_area": "90"}, "2160.00"),
    "K7 北京按热量": ("heat-bj-metered", {"quantity": "4000"}, {"heated_area": "90"}, "1720.00"),
    "V22a 郑州120天": ("heat-zz-area", {"days": 120}, {"heated_area": "100"}, "2280.00"),
    "郑州按热量": ("heat-zz-metered", {"quantity": "2000"}, {"heated_area": "100"}, "1118.00"),
    "洛阳多层": ("heat-ly-area", SEASON, {"heated_area": "100", "building": "多层"}, "1960.20"),
    "洛阳中高层": ("heat-ly-area", SEASON, {"heated_area": "100", "building": "中高层"}, "1873.08"),
    "洛阳高层": ("heat-ly-area", SEASON, {"heated_area": "100", "building": "高层"}, "1785.96"),
    "洛阳闰年122天": (
        "heat-ly-area",
        days("2027-11-15", "2028-03-15"),
        {"heated_area": "100", "building": "多层"},
        "1976.40",
    ),
    "洛阳按热量": (
        "heat-ly-metered",
        SEASON | {"quantity": "1000"},
        {"heated_area": "100", "building": "多层"},
        "730.06",
    ),
    "青岛": ("heat-qd-area", {}, {"heated_area": "100"}, "3040.00"),
    "淮安": ("heat-ha-metered", {"quantity": "2000"}, {"heated_area": "100"}, "1000.00"),
}


@pytest.mark.parametrize("case", HEAT)
def test_a_season_of_heat(bill: Bill, case: str) -> None:
    tariff, usage, account, total = HEAT[case]
    assert bill(tariff, {"quantity": "0"} | usage, **account) == total


def test_the_seasons_have_the_days_the_law_gives_them(company: CompanyData) -> None:
    lengths = {}
    for tariff in ("heat-ly-area", "heat-qd-area"):
        season = company.tariffs.versions(tariff)[-1].season
        assert season is not None
        spans = [season.days(year) for year in (2026, 2027)]
        lengths[tariff] = [(last - first).days + 1 for first, last in spans]
    assert lengths == {"heat-ly-area": [121, 122], "heat-qd-area": [141, 142]}


# °C, then the part of the day's fee in percent that each place gives back
COLD = """
heat-qd-area         18:0 17.9:20 16:20 15.9:50 14:50 13.9:100
heat-linyi-refund    18:0 17.9:20 16:20 15.9:50 14:50 13.9:100
heat-taian-refund    18:0 17.9:30 16:30 15.9:50 14:50 13.9:100
heat-binzhou-refund  18:0 17.9:30 16.1:30 16:50 14.1:50 14:100 13:100
heat-heze-refund     18:0 17.9:30 16.1:30 16:50 14.1:50 14:100 13:100
heat-weifang-refund  18:0 17.9:50 16:50 15.9:100 10:100
heat-ly-area         18:0 17.9:50 14:50 13.9:100
heat-suileng-refund  20:0 19.9:30 18:30 17.9:50 16:50 15.9:100
"""


@pytest.mark.parametrize("row", COLD.strip().splitlines())
def test_cold_rooms_give_money_back_to_the_very_degree(bill: Bill, row: str) -> None:
    tariff, *bands = row.split()
    for band in bands:
        degrees, percent = band.split(":")
        cold = [{"days": 1, "temperature": degrees}]
        assert bill(tariff, {"fee": "12000", "season_days": 120, "cold": cold}) == f"{percent}.00", band


def test_ten_cold_days(bill: Bill) -> None:
    """K8: 2400 ÷ 120 × 50% × 10. Luoyang counts only what lasted more than 48 hours."""
    cold = {"days": 10, "temperature": "15"}
    given = {"fee": "2400", "season_days": 120, "cold": [cold]}
    assert [bill(tariff, given) for tariff in ("heat-taian-refund", "heat-qd-area", "heat-ly-area")] == ["100.00"] * 3
    for hours, back in ((48, "0.00"), (49, "100.00")):
        assert bill("heat-ly-area", given | {"cold": [cold | {"hours": hours}]}) == back


# --- late fees ---------------------------------------------------------------------------------------------------------
def test_late_fees(bill: Bill) -> None:
    """K9: 60.00 × 10 days is 0.60, one yuan under the rule of 1996. V12: three rates make three published answers."""
    old = {"amount": "60.00", "due_on": "2023-05-01", "paid_on": "2023-05-11"}
    new = {"amount": "60.00", "due_on": "2024-06-01", "paid_on": "2024-06-11"}
    assert bill("elec-bj-res", {"late": [old]}) == "1.00"
    assert bill("elec-bj-res", {"late": [new]}) == "0.60"
    assert bill("elec-bj-res", {"late": [new | {"amount": "146.50"}]}) == "1.47"
    debts = [{"amount": "2000", "days": 16, "carried_days": 18}, {"amount": "3000", "days": 3}]
    assert bill("elec-hb-biz", {"late": debts}) == "190.00"


def test_water_that_is_not_paid(bill: Bill) -> None:
    """V13: 200 yuan at 0.5% is 1 yuan a day, from the 16th day after the notice (Zhejiang), the 11th (Baotou)."""
    zhejiang = {"amount": "200", "notified_on": "2026-09-01"}
    assert bill("water-zj-late", {"late": [zhejiang | {"paid_on": "2026-09-16"}]}) == "0.00"
    assert bill("water-zj-late", {"late": [zhejiang | {"paid_on": "2026-09-17"}]}) == "1.00"
    baotou = {"amount": "200", "billed_on": "2026-12-05"}
    assert bill("water-baotou-late", {"late": [baotou | {"paid_on": "2027-01-10"}]}) == "0.00"
    assert bill("water-baotou-late", {"late": [baotou | {"paid_on": "2027-01-11"}]}) == "1.00"
    assert bill("water-baotou-late", {"late": [baotou | {"paid_on": "2028-01-11"}]}) == "200.00"


# --- whose prices a customer hears -------------------------------------------------------------------------------------
ASKED = [
    "多少钱",
    "北京的价格",
    "上海峰谷电价",
    "广州夏季电价",
    "商铺价格",
    "学校用水",
    "自备井",
    "壁挂炉采暖",
    "退费",
    "违约金",
    "需量",
]


@pytest.mark.parametrize("service", ["electricity", "water", "gas", "heat"])
@pytest.mark.parametrize("day", ["2016-06-01 12:00", "2026-01-15 12:00", "2026-11-21 12:00"])
def test_nobody_of_the_demo_city_hears_another_citys_price(
    company: CompanyData, set_clock: Put, service: str, day: str
) -> None:
    set_clock(day)
    for text in ASKED:
        for own in (None, "elec-bj-res", "water-sh-res"):
            answer = tariff_answer(company, service, text, own)
            if isinstance(answer, Answer):
                assert "云发改价" in answer.source and company.tariffs.versions(answer.entry_id)[0].city == DEMO
            else:
                assert answer is None and day < "2024"  # the demo city has no prices yet


def test_a_company_of_shanghai_hears_shanghais(company: CompanyData, set_clock: Put) -> None:
    set_clock("2026-11-21 12:00")
    there = replace(company, company=company.company.model_copy(update={"city": "上海市"}))
    found = {service: tariff_answer(there, service, "多少钱") for service in ("electricity", "water", "gas")}
    ids = [answer.entry_id for answer in found.values() if isinstance(answer, Answer)]
    assert ids == ["elec-sh-res", "water-sh-res", "gas-sh-res"]
    hours = tariff_answer(there, "electricity", "峰谷电价是多少")
    assert isinstance(hours, Answer) and hours.entry_id == "elec-sh-res-tou"
    assert tariff_answer(there, "heat", "暖气多少钱") is None
