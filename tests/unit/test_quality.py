"""Faults of quality: how customers say them, how readings are read and held to the promise, and the file's validator."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from kefu.accounts.models import Account
from kefu.billing.cold import heating_season, refund_a_day
from kefu.company.data import load_company
from kefu.intake.symptoms import judge, read_detail, shown
from tests.dialogue.asking import asked_for
from tests.support.company import Break

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "company"
COMPANY = load_company(SHIPPED)
QUALITY = COMPANY.quality
CITY = COMPANY.company.city


def read(name: str, text: str, asked: bool = False) -> Any:
    return read_detail(QUALITY.asks[name], text, asked)


# --- what is wrong -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("intent", "service", "text", "code"),
    [
        ("report_quality", "electricity", "电压低得空调都带不起来", "e_low_voltage"),
        ("report_quality", "electricity", "家里电压不稳，灯一闪一闪的", "e_flicker"),
        ("report_quality", "electricity", "电压蹿到二百五", "e_high_voltage"),
        ("report_quality", "electricity", "一开电磁炉就跳闸", "e_trips"),
        ("report_quality", "electricity", "电压忽高忽低，烧坏了电视", "e_unstable"),
        ("report_quality", "water", "水跟尿似的小", "w_low_pressure"),
        ("report_quality", "water", "修完管子水就黄了", "w_yellow"),
        ("report_quality", "water", "放出来跟淘米水一样", "w_white"),
        ("report_quality", "water", "一股漂白粉味", "w_smell"),
        ("report_quality", "water", "水里有小红虫", "w_worms"),
        ("report_quality", "gas", "灶火是黄的，锅底熏黑了", "g_yellow_flame"),
        ("report_quality", "gas", "火苗就豆粒大", "g_weak_flame"),
        ("report_quality", "heat", "屋里就十六七度", "h_cold_room"),
        ("report_quality", "heat", "上半截热下半截凉", "h_uneven"),
        ("report_quality", "heat", "暖气热得要开窗睡", "h_too_hot"),
        ("report_facility", "heat", "暖气片接头漏一点水", "h_leak_slow"),
        ("report_facility", "water", "门口水表井盖没了", "w_manhole"),
        ("report_facility", "gas", "燃气表黑屏", "g_meter"),
        ("report_facility", "electricity", "电线杆歪了", "e_pole"),
        ("report_quality", "electricity", "用电不对劲", "e_other"),
    ],
)
def test_what_is_wrong_has_a_code(intent: str, service: str, text: str, code: str) -> None:
    row = QUALITY.symptom(intent, service, [text])
    assert row is not None and row.code == code


def test_nothing_is_recognised_where_there_is_no_such_fault() -> None:
    assert QUALITY.symptom("report_outage", "heat", ["屋里就十六七度"]) is None
    assert QUALITY.symptom("report_quality", None, ["不正常"]) is None


def test_nearly_every_example_of_the_training_data_has_its_symptom() -> None:
    """The last row of a service asks what it is; it must stay the exception. Facilities without a code: few."""
    named = total = 0
    for block in yaml.safe_load((ROOT / "data/nlu/outages.yml").read_text(encoding="utf-8"))["nlu"]:
        service = (block.get("metadata") or {}).get("service")
        if block["intent"] in ("report_quality", "report_facility") and service:
            for line in block["examples"].splitlines():
                row = QUALITY.symptom(block["intent"], service, [line[2:]])
                total += 1
                named += row is not None and bool(row.words)
    assert total > 1000 and named / total > 0.95


# --- readings ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("temperature", "屋里就十六七度", "约16℃（“十六七度”）"),
        ("temperature", "室温16.5℃", "16.5℃"),
        ("temperature", "十六度半", "16.5℃"),
        ("temperature", "十八度都不到", "不到18℃"),
        ("temperature", "说好18度，现在屋里才15", "15℃"),
        ("temperature", "白天18度晚上15度", "15℃"),
        ("temperature", "外面零下10度，屋里14度", "14℃"),
        ("temperature", "就一间屋不热，就十来户", None),
        ("temperature", "5号楼2单元501", None),
        ("temperature", "用了300度", None),
        ("volts", "电压只有180，邻居也这样", "180伏"),
        ("volts", "量了一百八十伏", "180伏"),
        ("volts", "380v的", None),
        ("water_pressure", "才0.05MPa", "0.05兆帕"),
        ("water_pressure", "一公斤压力", "约0.098兆帕（“一公斤”）"),
    ],
)
def test_readings(name: str, text: str, told: str | None) -> None:
    value = read(name, text)
    assert (None if value is None else shown(QUALITY.asks[name], value)) == told


def test_a_bare_number_counts_right_after_the_question_only() -> None:
    assert read("temperature", "十六七") is None
    assert read("temperature", "十六七", asked=True)["number"] == "16"
    assert read("temperature", "大概17吧", asked=True)["number"] == "17"
    assert read("temperature", "没有温度计", asked=True) is None


@pytest.mark.parametrize(
    ("name", "text", "choice"),
    [
        ("scope", "邻居也这样", "neighbours"),
        ("scope", "整栋楼都低", "neighbours"),
        ("scope", "邻居家都热，就我家冷", "own"),
        ("scope", "邻居也不热", "neighbours"),
        ("scope", "不是只有我家，整栋楼都这样", "neighbours"),
        ("scope", "没问过邻居", None),
        ("taps", "就厨房那个龙头", "one"),
        ("taps", "冷热水都黄", "all"),
        ("taps", "只有热水黄", "hot"),
        ("times", "一到晚上就低", "peaks"),
        ("times", "时好时坏", "sometimes"),
        ("times", "一直这样", "always"),
    ],
)
def test_choices(name: str, text: str, choice: str | None) -> None:
    assert read(name, text) == choice


@pytest.mark.parametrize(
    ("level", "text", "how"),
    [
        ("voltage", "197.9伏", "below"),
        ("voltage", "198伏", "within"),
        ("voltage", "235.4伏", "within"),
        ("voltage", "236伏", "above"),
        ("voltage", "不到198伏", "below"),
        ("voltage", "不到220伏", None),
    ],
)
def test_a_level_holds_its_ends(level: str, text: str, how: str | None) -> None:
    assert judge(QUALITY.levels[level], read("volts", text)) == how


@pytest.mark.parametrize(
    ("said", "how"),
    [
        ("卧室17度", "below"),
        ("客厅18度", "within"),
        ("厨房13度", "within"),
        ("厨房11度", "below"),
        ("不到18度", "below"),
    ],
)
def test_a_room_is_held_to_its_own_level(said: str, how: str) -> None:
    row = QUALITY.symptom("report_quality", "heat", [said])
    assert row is not None
    level = QUALITY.level_of(row, CITY, [said])
    assert level is not None and judge(level, read("temperature", said)) == how


def test_every_choice_is_read_from_its_own_label() -> None:
    """A button, or the reading back repeated by the customer, says the label."""
    for name, ask in QUALITY.asks.items():
        for choice in ask.choices:
            assert read_detail(ask, choice.label, asked=True) == choice.id, f"{name}: {choice.label}"


# --- one truth ---------------------------------------------------------------------------------------------------------
def test_levels_are_those_the_knowledge_tells() -> None:
    entries = {entry.id: "".join(entry.lines) for entry in COMPANY.knowledge}
    for name, level in QUALITY.levels.items():
        assert level.entry is not None
        said = set(re.findall(r"\d+(?:\.\d+)?", level.says))
        told = set(re.findall(r"\d+(?:\.\d+)?", entries[level.entry]))
        assert said & told, name
        for end in (level.least, level.most):  # what the entry leaves out it cannot contradict
            assert end is None or f"{end:f}".removesuffix(".0") in said, name
    voltage = entries["std-voltage"]
    assert "198伏" in voltage and "235.4伏" in voltage and "0.14兆帕" in entries["std-pressure-water"]


def test_the_heat_rule_is_the_one_the_knowledge_tells() -> None:
    rule = QUALITY.heat_rule(CITY)
    assert rule is not None and rule.entry is not None
    told = next("".join(entry.lines) for entry in COMPANY.knowledge if entry.id == rule.entry)
    assert f"不低于{rule.rooms[-1].least}度" in told
    assert f"关门窗{rule.shut_hours}小时" in told and f"离地{rule.height_m}米" in told
    assert f"门窗{rule.shut_hours}小时" in rule.measuring and f"离地{rule.height_m}米" in rule.measuring
    refund = next("".join(entry.lines) for entry in COMPANY.knowledge if entry.id == "std-heat-refund")
    for day in ("报修那天", "测温合格那天"):
        assert day in rule.counts and day in refund


def test_every_question_is_known_as_one() -> None:
    """By the words that players of scenarios know questions by: else a customer would not know he was asked."""
    for name, ask in QUALITY.asks.items():
        for text in (ask.says, ask.help):
            assert text is None or asked_for(text, strict=False) & {"scope", "quantity", "detail"}, f"{name}: {text}"
            assert text is None or not asked_for(text, strict=True) & {"address", "phone", "danger"}, f"{name}: {text}"


def test_nobody_is_asked_to_open_test_or_mend_anything() -> None:
    forbidden = re.compile(
        r"(?<!不用您)(?<!别)(?<!不要)(打开(表|箱|盖)|拆|拧(?!接)|万用表|电笔|测(一下|量)|量一下|自己(修|换))"
    )
    for ask in QUALITY.asks.values():
        assert not forbidden.search(f"{ask.says}{ask.help}")
    for row in QUALITY.symptoms:
        assert not forbidden.search(row.hint or "")


# --- money back --------------------------------------------------------------------------------------------------------
def _home(tariff: str = "yj-heat-area", area: str | None = "83") -> Account:
    return Account(
        number="0700000001", service="heat", customer_class="resident", tariff=tariff, holder="王", address="x",
        heated_area_m2=None if area is None else Decimal(area), created_at=datetime(2020, 1, 1, tzinfo=UTC),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("degrees", "yuan"),
    [("18", None), ("17.9", "4.94"), ("16", "4.94"), ("15.9", "8.23"), ("14", "8.23"), ("13.9", "16.46")],
)
def test_a_day_back_by_degrees(degrees: str, yuan: str | None) -> None:
    """83 m² × 24 yuan ÷ 121 days × 30, 50, 100 %."""
    line = refund_a_day(COMPANY.tariffs, _home(), Decimal(degrees), date(2026, 12, 9))
    assert (None if line is None else str(line.amount)) == yuan


def test_nothing_is_worked_out_without_area_or_rule() -> None:
    assert refund_a_day(COMPANY.tariffs, _home(area=None), Decimal(15), date(2026, 12, 9)) is None
    assert refund_a_day(COMPANY.tariffs, _home("yj-heat-metered"), Decimal(15), date(2026, 12, 9)) is None


@pytest.mark.parametrize(
    ("day", "on"), [("2026-11-14", False), ("2026-11-15", True), ("2027-03-15", True), ("2027-03-16", False)]
)
def test_the_season_of_the_city(day: str, on: bool) -> None:
    season = heating_season(COMPANY.tariffs, CITY, date.fromisoformat(day))
    assert season is not None and season.on == on


# --- the validator -----------------------------------------------------------------------------------------------------
CASES = {
    "no ask": ("asks: [scope, trips_when]", "asks: [scope, trips_whem]", "no ask trips_whem"),
    "not to be asked": ("asks: [scope, trips_when]", "asks: [scope, volts]", "volts has no says"),
    "no level": ("level: water_pressure", "level: waterpressure", "no level waterpressure"),
    "twice": ("code: e_trips", "code: e_unstable", "written twice"),
    "unit": ("unit: Pa\n", "unit: Pb\n", "is not in Pa"),
    "pattern": ("words: ['缺相|", "words: ['(缺相|", "not a regular expression"),
    "too many": ("asks: [scope, trips_when]", "asks: [scope, trips_when, times, lamps]", "at most 3"),
    "open choice": ("    kind: words\n", "    kind: choice\n", "a choice needs choices"),
    "no end": ('least: "0.14", ', "", "least or most is missing"),
    "no script": ("danger: co", "danger: c0", "no script c0"),
    "no city": ("city: 云江市", "city: 云水市", "no heat rule for 云江市"),
    "behind the last": ("  - code: e_other", "  - {code: e_none, service: electricity, intents: [report_quality], label: 无, asks: [scope]}\n  - code: e_other", "never met"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_broken_row_is_named(broken: Break, case: str) -> None:
    old, new, reason = CASES[case]
    problems = broken("quality", old, new)
    assert any(re.match(rf"quality\.yml:\d+: .*{re.escape(reason)}", one) for one in problems), problems
