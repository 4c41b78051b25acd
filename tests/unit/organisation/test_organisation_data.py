"""The company's organisation, its categories and its rules for replies: read, checked, asked."""

from __future__ import annotations

import pytest

from kefu.company.categories import load_categories
from kefu.company.data import CompanyData
from tests.support.company import SHIPPED, Break

ORGANISATION, STATION = "organisation", "code: LJ-D, name: 临江供电所, level: station, parent: LJ"


# --- units ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("parent: LJ, services: [electricity]", "parent: XX, services: [electricity]", "LJ-D: no unit XX"),
        ("level: station, parent: LJ, services: [electricity]", "level: district, parent: LJ, services: [electricity]", "cannot stand below"),
        (", areas: [E-S1], districts: [临江区], head: station1", ", head: station1", "LJ-D: names no areas"),
        (", head: station1", "", "units.2.head: Field required"),
        ("code: LJ-S", "code: LJ-D", "LJ-D: written twice"),
        ("areas: [E-S2]", "areas: [E-S1]", "both name E-S1"),
        ("level: centre", "level: district", "exactly one unit is the centre"),
        ("parent: ZX, districts: [东湖区]", "parent: ZX, services: [heat], districts: [东湖区]", "looks after services that DH"),
        ("level: district, parent: ZX, districts: [云溪县]", "level: district, parent: ZX, services: [water, electricity], districts: [云溪县]", "nobody below the centre looks after gas in 云溪县"),
        ("level: centre", "level: centre, districts: [临江区]", "the centre has no parent and serves everything"),
    ],
)  # fmt: skip
def test_an_organisation_that_cannot_be_is_refused_with_file_line_and_reason(
    broken: Break, old: str, new: str, reason: str
) -> None:
    problems = broken(ORGANISATION, old, new)
    assert any(reason in problem for problem in problems), problems
    assert all(problem.startswith("organisation.yml:") and problem.split(":")[1].isdigit() for problem in problems)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("unit: ZX, head: agent11", "unit: XX, head: agent11", "desks.yml:5: 损失理赔坐席: no unit XX"),
        ("head: supervisor1, skill: billing", "head: agent1, skill: billing", "another unit or head"),
        (", head: agent5", "", "head: Field required"),
    ],
)
def test_a_desk_stands_in_a_unit_and_has_a_head(broken: Break, old: str, new: str, reason: str) -> None:
    assert any(reason in problem for problem in broken("desks", old, new))


def test_every_place_of_the_demo_city_has_a_unit_for_every_service(company: CompanyData) -> None:
    organisation = company.organisation
    for district in ("临江区", "东湖区", "北山区", "云溪县"):
        for service in company.company.services:
            assert organisation.serving(service, (), None, district).level != "centre"
    assert organisation.serving("water", (), None, "外地").code == "ZX"
    assert organisation.serving("gas", (), "王家村", "云溪县").code == "YX", "its station has no gas"
    assert [unit.code for unit in organisation.upward("BS-S")] == ["BS-S", "BS", "ZX"]
    assert [unit.code for unit in organisation.upward("gone")] == ["ZX"]


# --- categories ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("- {code: fault.gas, ", "- {code: fault.gass, ", "no row fault.gas"),
        ("code: fault.heat.fill", "code: fault.heat.cold", "fault.heat.cold is written twice"),
        ("code: fault.heat.cold.home", "code: fault.heat.warm.home", "nothing above it: fault.heat.warm"),
        ("symptoms: [e_low_voltage]", "symptoms: [e_lowest]", "no symptom e_lowest"),
        ("intents: [submit_reading]", "intents: [submit]", "no topic submit"),
        ("words: ['试水|打压|充水']", "words: ['试水(']", "not a regular expression"),
        (", words: ['试水|打压|充水']", "", "never reached: fault.heat.fill takes everything"),
        ("label: 停热, source: *gk", "label: 停热", "source: Field required"),
    ],
)
def test_categories_that_cannot_be_are_refused_with_the_line(broken: Break, old: str, new: str, reason: str) -> None:
    if "停热" in old:
        old, new = "label: 停热, intents: [report_outage], source: *gk", "label: 停热, intents: [report_outage]"
    problems = broken("categories", old, new)
    assert any(reason in problem for problem in problems), problems


def test_every_row_has_its_source_and_three_levels_at_most() -> None:
    rows = load_categories(SHIPPED, None, None).rows
    assert all(row.source and row.depth <= 3 and len(row.code) <= 60 for row in rows)
    assert {row.depth for row in rows} == {1, 2, 3}


@pytest.mark.parametrize(
    ("kind", "service", "topic", "symptom", "text", "code"),
    [
        ("fault", "electricity", "report_outage", None, "整栋楼都停电了", "fault.electricity.outage.area"),
        ("fault", "electricity", "report_outage", None, "停电了", "fault.electricity.outage.other"),
        ("fault", "electricity", "report_outage", "incident", "", "fault.electricity.outage.area"),
        ("fault", "electricity", "report_quality", "e_low_voltage", "灯暗", "fault.electricity.quality.low"),
        ("fault", "water", "report_quality", "w_yellow", "水是黄的", "fault.water.water_quality.yellow"),
        ("fault", "water", "report_facility", "w_seep", "马路上漏水", "fault.water.leak.road"),
        ("fault", "gas", "report_facility", "g_meter", "插卡没反应", "fault.gas.meter.card"),
        ("fault", "heat", "report_quality", "h_cold_room", "屋里冷", "fault.heat.cold.home"),
        ("fault", None, "report_outage", None, "坏了", "fault.general"),
        ("complaint", "electricity", "complain", None, "抄表员态度恶劣", "complaint.electricity.service.attitude"),
        ("complaint", "water", "complain", None, "维修等了三天没人来", "complaint.water.supply.repair_late"),
        ("complaint", "gas", "complain", None, "师傅收我材料费", "complaint.gas.business.charge"),
        ("complaint", None, "complain", None, "就是不满意", "complaint.general.other"),
        ("complaint", "electricity", "complain", None, "有人偷电", "complaint.electricity.report.theft"),
        ("complaint", "electricity", "claim_damage", None, "冰箱烧了", "complaint.electricity.claim.appliance"),
        ("dispute", "electricity", "dispute_bill", None, "这个月电费突然翻倍", "dispute.electricity.surge"),
        ("dispute", "heat", "dispute_bill", None, "收费面积不对", "dispute.heat.area"),
        ("application", "water", "change_account", None, "房子卖了要过户", "application.water.account.transfer"),
        ("enquiry", "gas", "urge_ticket", None, "催一下", "enquiry.gas.progress.urge"),
        ("opinion", "electricity", "praise", None, "师傅服务热情", "opinion.electricity.praise.service"),
        ("opinion", None, "suggest", None, "希望多开充电桩", "opinion.general.suggestion.charging"),
        ("emergency", "gas", "report_emergency", "gas_dug", "挖断管道", "emergency.gas.leak.dug"),
    ],
)
def test_the_deepest_category_is_recognised(
    company: CompanyData, kind: str, service: str | None, topic: str, symptom: str | None, text: str, code: str
) -> None:
    found = company.categories.recognise(kind, service, topic, symptom, text)
    assert found == code
    assert company.categories.path(found)[0].code == f"{kind}.{service or 'general'}"


# --- replies -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "缺少：处理结果"),
        ({"result": "已处理"}, "太短"),
        ({"result": "已处理完毕。"}, "没有说具体做了什么"),
        ({"result": "我们会加强管理"}, "措施太空"),
        ({"result": "台区经理群已转派"}, "内部用语"),
        ({"result": "这个用户胡搅蛮缠"}, "口语"),
    ],
)
def test_a_reply_says_what_was_done(company: CompanyData, given: dict[str, str], told: str) -> None:
    problems = company.replies.problems("opinion", "suggest", given)
    assert any(told in problem for problem in problems), problems


def test_a_good_reply_has_nothing_wrong(company: CompanyData) -> None:
    assert company.replies.problems("opinion", "suggest", {"result": "已在人民路加装两台充电桩"}) == []


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("- {fields: [contacted_at, result]", "- {kind: enquiry, fields: [contacted_at, result]", "the last row must fit everything"),
        ("{kind: opinion, fields", "{category: no_topic, fields", "no topic no_topic"),
        ("{kind: dispute, fields", "{kind: fault, fields", "never reached"),
        ("  cause: 原因\n", "", "no label for cause"),
    ],
)  # fmt: skip
def test_rules_for_replies_are_checked(broken: Break, old: str, new: str, reason: str) -> None:
    problems = broken("replies", old, new)
    assert any(reason in problem and problem.startswith("replies.yml:") for problem in problems), problems
