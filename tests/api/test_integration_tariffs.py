"""Tariffs a utility's own systems write, and bills that are priced by them."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kefu.api.tariffs import TariffBody
from kefu.billing.tariff_book import put_tariff
from kefu.company.data import load_company
from kefu.db.session import Database
from tests.api.feeding import Feed, a_bill, a_tariff, fresh
from tests.support.desk import Desk
from tests.support.server import ROOT, Server


@pytest.fixture(scope="module")
def own_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A service of its own: prices are told to everybody."""
    server = Server(tmp_path_factory.mktemp("tariffs")).start()
    server.reset("2026-12-09T10:20")
    yield Desk(server)
    server.stop()


@pytest.fixture(scope="module")
def feed(own_desk: Desk) -> Feed:
    return Feed(own_desk)


@pytest.fixture
def tariff() -> str:
    return fresh("t")


HOURS = {
    "periods": [
        {"kind": "peak", "label": "峰时", "hours": ["08:00-22:00"], "difference": "0.03"},
        {"kind": "valley", "label": "谷时", "hours": ["22:00-08:00"], "difference": "-0.25"},
    ]
}
YEARLY = {"accumulates": "calendar_year"}


def dearer(feed: Feed, tariff: str, first: str) -> dict[str, Any]:
    """The same prices and ten fen more from a day on."""
    rows = feed.ok("GET", f"/api/tariffs/{tariff}")["items"]
    body = {name: value for name, value in rows[-1].items() if name not in ("id", "origin", "valid_to")}
    for tier in body["tiers"]:
        tier["price"] = str(Decimal(tier["price"]) + Decimal("0.10"))
    return body | {"valid_from": first}


def unpriced(account: str, **more: Any) -> dict[str, Any]:
    body = a_bill(account, **more)
    return {name: value for name, value in body.items() if name in more or name not in ("lines", "amount")}


# --- writing and reading -------------------------------------------------------------------------------------------------
def test_a_row_is_new_once_the_same_again_is_nothing_and_another_replaces_it(feed: Feed, tariff: str) -> None:
    path = f"/api/tariffs/{tariff}"
    answer = feed.send("PUT", path, a_tariff())
    assert answer.status_code == 201
    shown = answer.json()
    assert shown["tiers"][0] == {"upto": "200", "price": "0.50"}
    assert (shown["id"], shown["origin"], shown["valid_to"]) == (tariff, "api", None)
    again = feed.send("PUT", path, a_tariff(accumulates="month", periods=[], rounding={"at": "line", "to": "0.010"}))
    assert (again.status_code, again.json()) == (200, shown)
    changed = feed.send("PUT", path, a_tariff(name="居民电价"))
    assert (changed.status_code, changed.json()["name"]) == (200, "居民电价")
    assert [row["name"] for row in feed.ok("GET", path)["items"]] == ["居民电价"]


def test_a_later_row_ends_the_one_before(feed: Feed, tariff: str) -> None:
    path = f"/api/tariffs/{tariff}"
    for first in ("2026-07-01", "2026-01-01", "2027-01-01"):
        feed.ok("PUT", path, a_tariff(valid_from=first))
    rows = feed.ok("GET", path)
    assert [(row["valid_from"], row["valid_to"]) for row in rows["items"]] == [
        ("2026-01-01", "2026-06-30"), ("2026-07-01", "2026-12-31"), ("2027-01-01", None),
    ]  # fmt: skip
    assert rows["total"] == 3


def test_files_and_api_stand_in_one_list(feed: Feed, own_desk: Desk, tariff: str) -> None:
    feed.ok("PUT", f"/api/tariffs/{tariff}", a_tariff(service="gas", unit="m³", city="第三市"))
    everything = own_desk.walk("/api/tariffs", "agent", limit=3)
    assert len({(row["id"], row["valid_from"]) for row in everything}) == len(everything)
    assert len(everything) == own_desk.page("/api/tariffs", limit=1)["total"]
    assert {row["origin"] for row in everything} == {"file", "api"}
    firsts = [row["valid_from"] for row in everything]
    assert firsts == sorted(firsts, reverse=True)
    gas = own_desk.items("/api/tariffs", service="gas")
    assert {row["service"] for row in gas} == {"gas"} and {"yj-gas-res", tariff} <= {row["id"] for row in gas}
    assert [row["id"] for row in own_desk.items("/api/tariffs", city="第三市")] == [tariff]
    assert {row["id"] for row in own_desk.items("/api/tariffs", id="yj-water-res")} == {"yj-water-res"}
    assert own_desk.items("/api/tariffs", id="no-such") == []
    feed.refused(404, "GET", "/api/tariffs/no-such")
    feed.refused(404, "GET", "/api/tariffs/%00")


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"tiers": []}, "body", "prices something"),
    ({"tiers": [{"upto": 200, "price": 0.5}, {"price": "0.8"}]}, "body.tiers.0.price", "in quotes"),
    ({"tiers": [{"upto": 200, "price": "0.5"}]}, "body", "must have none"),
    ({"tiers": [{"price": "NaN"}]}, "body.tiers.0.price", "NaN"),
    ({"tiers": [{"price": "1", "prise": "1"}]}, "body.tiers.0.prise", "没有这一项"),
    ({"rounding": {"at": "line", "to": "0"}}, "body.rounding.to", "要大于 0"),
    ({"service": "steam"}, "body.service", "electricity"),
    ({"valid_from": "tomorrow"}, "body.valid_from", "2026-01-31"),
    ({"valid_to": "2025-01-01"}, "body", "before valid_from"),
    ({"about": ["("]}, "body.about.0", "regular expression"),
    ({"about": ["(" * 4000]}, "body.about.0", "regular expression"),
    ({"name": "a\0b"}, "body", "控制字符"),
    ({"about": ["\ud83d"]}, "body", "控制字符"),
    ({"id": "x"}, "body.id", "没有这一项"),
    ({"source": ""}, "body.source", "至少1个"),
    ({"season": {"first": "11-15", "last": "02-29"}}, "body.season", "day"),
]


@pytest.mark.parametrize(("wrong", "where", "why"), WRONG, ids=[where for _, where, _ in WRONG])
def test_a_wrong_row_is_refused_with_place_and_reason(
    feed: Feed, own_desk: Desk, tariff: str, wrong: dict[str, Any], where: str, why: str
) -> None:
    headers = own_desk.headers("integration") | {"Content-Type": "application/json"}
    content = json.dumps(a_tariff(**wrong)).encode("ascii")
    answer = own_desk.http.put(f"/api/tariffs/{tariff}", content=content, headers=headers)
    assert answer.status_code == 422, answer.text
    assert any(e["where"] == where and why in e["reason"] for e in answer.json()["errors"]), answer.text
    feed.refused(404, "GET", f"/api/tariffs/{tariff}")


def test_rows_of_one_id_are_of_one_city_service_and_unit(feed: Feed, tariff: str) -> None:
    feed.ok("PUT", f"/api/tariffs/{tariff}", a_tariff())
    assert tariff in feed.refused(409, "PUT", f"/api/tariffs/{tariff}", a_tariff(valid_from="2027-01-01", city="别市"))
    feed.refused(409, "PUT", "/api/tariffs/yj-water-res", a_tariff())
    feed.refused(422, "PUT", f"/api/tariffs/{tariff}", a_tariff(valid_from="0001-01-01"))
    feed.refused(422, "PUT", "/api/tariffs/Upper", a_tariff())
    feed.refused(422, "PUT", f"/api/tariffs/{'x' * 61}", a_tariff())


def test_what_another_process_wrote_is_seen_at_once(feed: Feed, own_desk: Desk, tariff: str) -> None:
    """This test is that process: it writes into the database below the running service."""
    company = load_company(ROOT / "company")
    path = f"/api/tariffs/{tariff}"
    feed.ok("PUT", path, a_tariff())
    assert feed.ok("GET", path)["items"][0]["name"] == "居民阶梯电价"
    database = Database(f"sqlite:///{own_desk.server.folder / 'kefu.db'}")
    for name in ("甲", "乙"):
        with database.write() as session:
            assert not put_tariff(session, company, tariff, TariffBody.model_validate(a_tariff(name=name)))
        assert feed.ok("GET", path)["items"][0]["name"] == name
    database.dispose()


# --- bills priced by the tariff ------------------------------------------------------------------------------------------
def test_a_bill_without_lines_is_priced_and_shown_with_its_arithmetic(feed: Feed) -> None:
    body = unpriced(feed.account())
    would_be = feed.send("POST", "/api/bills/preview", body)
    assert would_be.status_code == 200
    feed.refused(404, "GET", f"/api/bills/{body['number']}")
    answer = feed.send("POST", "/api/bills", body)
    assert answer.status_code == 201 and answer.json() == would_be.json()
    shown = feed.ok("GET", f"/api/bills/{body['number']}")
    assert (shown["amount"], shown["usage"], shown["tariff"]) == ("125.24", "230", "yj-elec-res")
    assert [(line["tier"], line["formula"], line["amount"]) for line in shown["lines"]] == [
        (1, "200度 × 0.538元", "107.60"), (2, "30度 × 0.588元", "17.64"),
    ]  # fmt: skip
    assert feed.send("POST", "/api/bills", body).status_code == 200
    assert feed.send("POST", "/api/bills/preview", body).json() == shown
    feed.refused(409, "POST", "/api/bills", body | {"usage": "231"})


def test_usage_is_read_off_the_meter_also_when_it_rolled_over(feed: Feed) -> None:
    account = feed.account()  # its meter has six digits
    body = unpriced(account, previous_reading="999900", current_reading="130")
    del body["usage"], body["unit"]
    shown = feed.ok("POST", "/api/bills", body)
    assert (shown["usage"], shown["unit"], shown["amount"]) == ("230", "kWh", "125.24")
    assert feed.send("POST", "/api/bills", body).status_code == 200
    lines = a_bill(account, period="2026-10", previous_reading="130", current_reading="360")
    del lines["usage"]
    assert feed.ok("POST", "/api/bills", lines)["usage"] == "230"


def test_a_years_tiers_go_on_where_the_bills_before_ended(feed: Feed, tariff: str) -> None:
    feed.ok("PUT", f"/api/tariffs/{tariff}", a_tariff(**YEARLY, valid_from="2025-01-01"))
    account = feed.account(tariff=tariff)
    year = [("2025-12", "2025-12-01", "2025-12-31"), ("2026-01", "2026-01-01", "2026-01-31")]
    year += [("2026-02", "2026-02-01", "2026-02-28"), ("2026-03", "2026-03-01", "2026-03-31")]
    amounts = []
    for period, first, last in year:
        dates = {"period_start": first, "period_end": last, "issued_on": last, "due_on": last}
        amounts.append(feed.ok("POST", "/api/bills", unpriced(account, period=period, usage="150", **dates))["amount"])
    assert amounts == ["75.00", "75.00", "80.00", "95.00"]  # 200 units at 0.50, to 400 at 0.55, then 0.80


def test_a_bill_cut_at_the_turn_of_the_year_counts_in_both_years(feed: Feed, tariff: str) -> None:
    row = a_tariff(accumulates="calendar_year", at_year_turn="days", valid_from="2025-01-01")
    feed.ok("PUT", f"/api/tariffs/{tariff}", row)
    account = feed.account(tariff=tariff)
    bills = [("2025-12", "2025-11-17", "2025-12-16", 150), ("2026-01", "2025-12-17", "2026-01-15", 300)]
    bills.append(("2026-02", "2026-01-16", "2026-02-14", 100))
    amounts = []
    for period, first, last, usage in bills:
        dates = {"period_start": first, "period_end": last, "issued_on": last, "due_on": last}
        amounts.append(feed.ok("POST", "/api/bills", unpriced(account, period=period, usage=usage, **dates))["amount"])
    # 15 days of each year: 50 at 0.50 and 100 at 0.55 in the old one, 150 at 0.50 in the new one, which goes on at 150
    assert amounts == ["75.00", "155.00", "52.50"]


def test_hours_are_given_or_read_off_the_meter(feed: Feed) -> None:
    account = feed.account(tariff="yj-elec-res-tou")
    assert "peak, valley" in feed.refused(422, "POST", "/api/bills", unpriced(account))
    by_hours = feed.ok("POST", "/api/bills/preview", unpriced(account, hours={"peak": "130", "valley": 100}))
    assert [(line["kind"], line["quantity"]) for line in by_hours["lines"]][:2] == [("peak", "130"), ("valley", "100")]
    assert "sum" in feed.refused(422, "POST", "/api/bills", unpriced(account, hours={"peak": "130", "valley": 99}))
    rows = [("2026-08-31", 1000, 600, 400), ("2026-09-30", 1230, 730, 500)]
    readings = [dict(zip(("read_on", "value", "peak", "valley"), row, strict=True)) for row in rows]
    feed.ok("POST", "/api/readings", [{"account_number": account, **row} for row in readings])
    body = unpriced(account)
    read = feed.ok("POST", "/api/bills", body)
    assert (read["lines"], read["amount"]) == (by_hours["lines"], by_hours["amount"])
    assert feed.send("POST", "/api/bills", body | {"hours": {"peak": "130", "valley": 100}}).status_code == 200
    feed.refused(409, "POST", "/api/bills", body | {"hours": {"peak": "100", "valley": 130}})


def test_heat_by_area_needs_no_usage(feed: Feed) -> None:
    account = feed.account(service="heat", tariff="yj-heat-area", heated_area_m2="83", area_code=None)
    dates = {
        "period_start": "2026-11-15",
        "period_end": "2026-11-30",
        "issued_on": "2026-12-01",
        "due_on": "2026-12-16",
    }
    body = unpriced(account, period="2026-11", **dates)
    del body["usage"], body["unit"]
    shown = feed.ok("POST", "/api/bills", body)
    assert (shown["usage"], shown["unit"], shown["lines"][0]["kind"]) == ("83", "m²", "area")


@pytest.mark.parametrize(
    ("wrong", "why"),
    [({"amount": "1"}, "lines"), ({"lines": a_bill("0")["lines"]}, "amount"), ({"tariff": "no-such"}, "no-such")]
    + [
        ({"usage": None}, "usage"),
        ({"usage": "-5"}, "算不出"),
        ({"unit": "m³"}, "kWh"),
        ({"kind": "adjustment"}, "adj"),
    ]
    + [({"period_start": "2020-01-01", "period_end": "2020-01-31"}, "2020-01-01"), ({"usage": "999999999999"}, "太大")]
    + [({"usage": None, "previous_reading": "1"}, "usage"), ({"hours": {"dawn": "5"}}, "请求")],
    ids=repr,
)
def test_what_cannot_be_priced_is_refused_with_the_reason(feed: Feed, wrong: dict[str, Any], why: str) -> None:
    account, number = feed.account(), fresh("t")
    feed.ok("PUT", f"/api/tariffs/{number}", a_tariff(tiers=[{"price": "5"}], accumulates="none"))
    more = {"tariff": number} if why == "太大" else {}
    for path in ("/api/bills/preview", "/api/bills"):
        assert why in feed.refused(422, "POST", path, {**unpriced(account), **more, **wrong})
    assert feed.ok("GET", f"/api/accounts/{account}/bills")["total"] == 0


def test_a_reversal_without_lines_takes_back_what_stands(feed: Feed) -> None:
    account = feed.account()
    reversal = unpriced(account, kind="reversal")
    del reversal["usage"], reversal["unit"]
    feed.refused(422, "POST", "/api/bills", reversal)
    wrong = feed.ok("POST", "/api/bills", unpriced(account))
    assert feed.ok("POST", "/api/bills/preview", reversal)["amount"] == "-125.24"
    assert feed.ok("GET", f"/api/bills/{wrong['number']}")["status"] == "unpaid"
    back = feed.ok("POST", "/api/bills", reversal)
    assert (back["amount"], back["usage"], back["status"], back["corrects"]) == (
        "-125.24", "-230", "reversed", wrong["number"],
    )  # fmt: skip
    assert [line["amount"] for line in back["lines"]] == ["-107.60", "-17.64"]
    assert back["lines"][0]["formula"] == "−(200度 × 0.538元)"
    assert feed.ok("GET", f"/api/bills/{wrong['number']}")["status"] == "reversed"
    assert feed.send("POST", "/api/bills", reversal).status_code == 200
    assert "冲正" in feed.refused(422, "POST", "/api/bills", reversal | {"number": fresh("ZD")})
    right = feed.ok("POST", "/api/bills", unpriced(account, kind="correction", usage="200"))
    assert (right["amount"], right["sequence"]) == ("107.60", 2)


def test_senders_lines_keep_tier_and_formula(feed: Feed) -> None:
    line = {"kind": "tier", "label": "x" * 80, "amount": "125.24", "tier": 2, "formula": "自己的算法"}
    body = a_bill(feed.account(), lines=[line])
    shown = feed.ok("POST", "/api/bills", body)["lines"][0]
    assert {name: shown[name] for name in line} == line
    assert feed.send("POST", "/api/bills", body).status_code == 200
    feed.refused(409, "POST", "/api/bills", body | {"lines": [line | {"tier": 1}]})


# --- a new price -----------------------------------------------------------------------------------------------------------
def test_a_new_price_is_told_from_its_first_day_billed_by_days_and_explained(own_desk: Desk, feed: Feed) -> None:
    server = own_desk.server
    account = feed.account()
    feed.ok("PUT", "/api/tariffs/yj-elec-res", dearer(feed, "yj-elec-res", "2026-12-16"))

    server.client.put("/api/demo/clock", json={"now": "2026-12-15T23:50"}).raise_for_status()
    assert "0.538元" in server.text(fresh("p"), "居民电价多少钱一度")
    server.client.put("/api/demo/clock", json={"now": "2026-12-16T00:05"}).raise_for_status()
    told = server.text(fresh("p"), "居民电价多少钱一度")
    assert "0.638元" in told and "0.538元" not in told

    server.client.put("/api/demo/clock", json={"now": "2027-02-05T09:00"}).raise_for_status()
    months = [("2026-11", "2026-11-01", "2026-11-30"), ("2026-12", "2026-12-01", "2026-12-31")]
    months.append(("2027-01", "2027-01-01", "2027-01-31"))
    bills = []
    for period, first, last in months:
        dates = {"period_start": first, "period_end": last, "issued_on": last, "due_on": "2027-02-20"}
        bills.append(feed.ok("POST", "/api/bills", unpriced(account, period=period, usage="124", **dates)))
    assert [bill["amount"] for bill in bills] == ["66.71", "73.11", "79.11"]
    labels = [line["label"] for line in bills[1]["lines"]]
    assert [label.split()[0] for label in labels] == ["12月1日至12月15日", "12月16日至12月31日"]
    assert [line["price"] for line in bills[1]["lines"]] == ["0.538", "0.638"]

    sender = fresh("p")
    server.sign_in(sender, account)
    why = server.text(sender, "1月份电费怎么比11月份的多这么多")
    assert "单价涨了：每度0.538元 → 0.638元" in why and "12.40" in why, why


def test_a_reset_of_the_demo_takes_them_out(feed: Feed, own_desk: Desk, tariff: str) -> None:
    feed.ok("PUT", f"/api/tariffs/{tariff}", a_tariff())
    own_desk.server.reset("2026-12-09T10:20")
    feed.refused(404, "GET", f"/api/tariffs/{tariff}")
    assert {row["origin"] for row in own_desk.items("/api/tariffs")} == {"file"}


# --- strangers -----------------------------------------------------------------------------------------------------------
PRICES = st.decimals("-5", "999999", places=4).map(lambda price: f"{price:f}")
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.floats(), st.text(max_size=6), PRICES,
    st.sampled_from(["2026-02-29", "0001-01-01", "9999-12-31", "1E+9", "-0", "half_even", "month", "0.0000000001"]),
    st.lists(st.integers(1, 12), max_size=3),
)  # fmt: skip
PARTS: dict[str, list[Any]] = {
    "periods": [HOURS["periods"], []],
    "split": ["pro_rata", "valley_first"],
    "by_month": [[{"months": [7, 8], "label": "夏季", "tiers": [{"upto": 300, "price": "0.4"}, {"price": "0.9"}]}]],
    "household": [
        {"above": 4, "add": 50, "per": "month"},
        {"above": 1, "per": "year", "flat_from": 5, "flat_price": "1"},
    ],
    "surcharges": [[{"label": "基金", "price": "0.03", "share": "0.9"}]],
    "charges": [
        [{"label": "基本费", "price": "10", "per": ["month"]}],
        [{"label": "容量", "price": "9", "per": ["kVA"]}],
    ],
    "season": [{"first": "11-15", "last": "03-15"}],
    "late_fee": [{"per_day": "0.001", "cap": "1"}],
    "minimum": [{"amount": "3.33"}],
    "accumulates": ["calendar_year", "season", "none"],
    "at_year_turn": ["days"],
    "rounding": [{"at": "total"}, {"at": "total", "to": "1", "how": "up"}],
    "unit": ["GJ", "m²"],
    "tiers": [[{"price": "0.123456789"}], [{"upto": 1, "price": "99999999999999"}, {"price": "1"}]],
}


@st.composite
def bodies(draw: st.DrawFn) -> dict[str, Any]:
    """A good row with parts of the format added, and some places anywhere in it spoilt."""
    names = draw(st.lists(st.sampled_from(sorted(PARTS)), max_size=4, unique=True))
    body = copy.deepcopy(a_tariff(**{name: draw(st.sampled_from(PARTS[name])) for name in names}))
    for _ in range(draw(st.integers(0, 2))):
        part: Any = body
        while True:
            key = draw(st.sampled_from(sorted(part) if isinstance(part, dict) else range(len(part))))
            if not isinstance(part[key], dict | list) or not part[key] or draw(st.booleans()):
                part[key] = draw(ODD)
                break
            part = part[key]
    return body


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=bodies(), usage=st.sampled_from(["0", "0.000001", "350", "999999999999.999999"]), crossing=st.booleans())
def test_no_tariff_breaks_it(feed: Feed, own_desk: Desk, body: dict[str, Any], usage: str, crossing: bool) -> None:
    """Refused in words or taken; what is taken can be listed, prices a bill or says why not, and adds up."""
    tariff, account = fresh("t"), feed.account(household_size=6)
    content = json.dumps(body).encode("ascii")
    headers = own_desk.headers("integration") | {"Content-Type": "application/json"}
    answer = own_desk.http.put(f"/api/tariffs/{tariff}", content=content, headers=headers)
    assert answer.status_code in (201, 400, 422), answer.text
    if answer.status_code != 201:
        assert answer.json()["detail"]
        return
    assert feed.ok("GET", f"/api/tariffs/{tariff}")["items"] == [answer.json()]
    dates = {"period_start": "2026-12-20", "period_end": "2027-01-20"} if crossing else {}
    bill = unpriced(
        account, tariff=tariff, unit=None, usage=usage, **dates, issued_on="2027-02-01", due_on="2027-02-16"
    )
    priced = feed.send("POST", "/api/bills/preview", bill | {"hours": {"peak": usage} if "periods" in body else None})
    assert priced.status_code in (200, 422), (priced.text, body)
    if priced.status_code == 200:
        shown = priced.json()
        assert sum(Decimal(line["amount"]) for line in shown["lines"]) == Decimal(shown["amount"])


def test_every_day_has_at_most_one_row(feed: Feed, tariff: str) -> None:
    for first, last in (("2026-03-01", "2026-12-31"), ("2026-01-01", "2026-05-31"), ("2026-09-01", None)):
        feed.ok("PUT", f"/api/tariffs/{tariff}", a_tariff(valid_from=first, valid_to=last))
    rows = feed.ok("GET", f"/api/tariffs/{tariff}")["items"]
    ends = [row["valid_to"] and date.fromisoformat(row["valid_to"]) for row in rows]
    assert ends == [date(2026, 2, 28), date(2026, 8, 31), None]
