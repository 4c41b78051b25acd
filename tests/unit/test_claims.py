"""Claims for damage: which damage the words mean, the time limit day by day, and what the validator refuses."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from kefu.claims.service import Moment, too_late
from kefu.clock import clock, local
from kefu.company.data import load_company
from kefu.nlu.normalise import normalise
from tests.support.company import Break

SHIPPED = Path(__file__).parents[2] / "company"
COMPANY = load_company(SHIPPED)
CLAIMS = COMPANY.claims


@pytest.mark.parametrize(
    ("text", "damage"),
    [
        ("停电一天，冰箱里的肉全坏了", "food"),
        ("一冰柜海鲜坏了", "food"),
        ("食材坏了给补吗", "food"),
        ("电压一高把我家电视烧了", "appliance"),
        ("我家冰箱主板烧了，修了八百", "appliance"),
        ("水管爆了把我家地板泡了", "home"),
        ("你们施工把我家院墙挖塌了", "home"),
        ("停供害我店里没法营业", "business"),
        ("我饭店的冷柜压缩机烧了", "business"),
        ("鱼缸不打氧鱼死了一大半", "other"),
        ("井盖没盖好，我摔伤了", "injury"),
        ("我爸摔骨折了住院，手机也碎了", "injury"),
        ("我要赔偿", "other"),
        ("车被你们的牌子砸坏了", "other"),
    ],
)
def test_the_words_tell_what_was_damaged(text: str, damage: str) -> None:
    assert CLAIMS.damage_of(normalise(text)) == damage


@pytest.mark.parametrize("service", ["electricity", "water", "gas", "heat", None])
def test_every_damage_has_a_rule_and_none_promises_money(service: str | None) -> None:
    for damage in CLAIMS.damages:
        rule = CLAIMS.rule(damage, service)
        told = "".join([*rule.keep, *rule.papers, *rule.fair, *CLAIMS.next])
        assert "一定赔" not in told and "会赔" not in told and rule.source


@pytest.mark.parametrize(("days", "late"), [(0, False), (6, False), (7, False), (8, True), (40, True)])
def test_the_limit_counts_days_of_the_calendar(days: int, late: bool) -> None:
    noon = local(clock.now()).replace(hour=12, minute=0) - timedelta(days=days)
    when = Moment(noon - timedelta(hours=12), noon + timedelta(hours=11, minutes=59))
    assert too_late(CLAIMS.rule("appliance", "electricity"), when) is late
    assert too_late(CLAIMS.rule("food", "electricity"), when) is False, "no limit is written for food"


def test_without_a_day_nobody_is_too_late() -> None:
    assert too_late(CLAIMS.rule("appliance", "electricity"), None) is False


def test_claims_go_to_their_own_desk() -> None:
    desks = {COMPANY.desk_for("complaint", "electricity", topic).desk for topic in ("claim_damage", "complain")}
    assert desks == {"损失理赔坐席", "投诉协商坐席"}


@pytest.mark.parametrize(
    ("was", "becomes", "why"),
    [
        ("report_within_days: 7", "report_within_days: 0", "greater than or equal to 1"),
        ("  - damage: food\n    keep", "  - damage: food\n    services: [gas]\n    keep", "no rule for food"),
        ("  other:\n    label: 财物受损", "  others:\n    label: 财物受损", "others"),
        ("  - damage: home", "  - damage: house", "house|injury"),
        ("confidence: unverified", "confidence: sure", "confidence"),
    ],
)
def test_wrong_rules_are_refused_with_file_and_line(broken: Break, was: str, becomes: str, why: str) -> None:
    problems = "\n".join(broken("claims", was, becomes))
    assert re.search(rf"claims\.yml:\d+: (.|\n)*({why})", problems), problems
