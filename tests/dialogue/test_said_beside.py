"""What customers say beside what was asked: a late detail, a question, a fact; none is lost, none turns the matter."""

from __future__ import annotations

import pytest

from tests.dialogue.talking import Talk
from tests.support.server import Server

PHONE = "13812345678"


def told(server: Server, values: dict[str, str], sender: str, *said: str, signed_in: bool = False) -> Talk:
    talk = Talk(server, f"beside-{sender}", values)
    if signed_in:
        server.sign_in(talk.sender, values["account"])
    for text in said:
        talk.say(text)
    assert not talk.broken, f"{talk.broken}\n{talk}"
    return talk


def test_a_late_detail_does_not_turn_the_fault(server: Server, values: dict[str, str]) -> None:
    talk = told(server, values, "yellow", "水是黄的 像茶水一样", "阳光花园1号楼1单元302", "今早", "能喝吗", "所有龙头")
    assert "先别喝、别做饭" in talk.lines[-3][1], str(talk)
    talk.say("邻居不清楚")
    assert "13812345678" in talk.last and "没有留" not in talk.last, str(talk)
    talk.say(PHONE)
    assert "水黄、浑" in talk.last and "全家的龙头" in talk.last and "停水" not in talk.last, str(talk)
    talk.say("不知道")
    assert "跟您核对一下" not in talk.last and "对吗" in talk.last, str(talk)
    talk.say("不留")
    assert "没有留" in talk.last, str(talk)
    talk.say("对")
    [ticket] = talk.tickets(category="report_quality")
    assert ticket["symptom"] == "w_yellow" and not ticket["phone"], str(talk)


def test_a_bare_temperature_is_the_reading(server: Server, values: dict[str, str]) -> None:
    talk = told(server, values, "cold", "暖气不热", "松涛公寓3号楼1单元305", "今天早上", "12度", "邻居也这样", PHONE)
    assert "12℃" in talk.heard and "先把报修办完" not in talk.heard, str(talk)
    talk.say("对")
    [ticket] = talk.tickets(service="heat")
    assert "室温：12℃" in ticket["description"] and ticket["priority"] == "high", str(talk)
    assert "测室温是另一趟" in talk.last, str(talk)
    talk.say("能退多少钱")
    assert "退费按" in talk.last and "÷" in talk.last, str(talk)
    talk.say("怎么量")
    assert "离地1米" in talk.last and "退费按" not in talk.last, str(talk)


@pytest.mark.parametrize("first", ["暖气不热，能退钱吗", "屋里才十五度，冻死了，给我退钱"])
def test_money_back_is_a_cold_room(server: Server, values: dict[str, str], first: str) -> None:
    talk = told(server, values, first[:2], first)
    assert "退费按" in talk.last and "报停" not in talk.last, str(talk)


def test_how_it_is_measured_after_the_standard(server: Server, values: dict[str, str]) -> None:
    talk = told(server, values, "standard", "室温多少度算不达标", "怎么量")
    assert "这样测" in talk.last and "离地1米" in talk.last, str(talk)


def test_the_old_customer_himself_is_addressed(server: Server, values: dict[str, str]) -> None:
    talk = told(server, values, "alone", "暖气一点不热 我今年八十三一个人住")
    assert "独居的高龄老人" in talk.last and "您先穿厚" in talk.last and "让老人" not in talk.last, str(talk)


def test_a_leak_and_one_burner_are_no_outage(server: Server, values: dict[str, str]) -> None:
    for number, text in enumerate(("家里暖气片漏水了", "有一个灶打不着火，另一个好的")):
        talk = told(server, values, f"no-outage-{number}", text)
        assert "停暖" not in talk.last and "停气" not in talk.last and "暖气停" not in talk.last, str(talk)


def test_ill_from_the_water(server: Server, values: dict[str, str]) -> None:
    talk = told(server, values, "ill", "自来水喝了一家人拉肚子")
    assert "先去看医生" in talk.last and "水样" in talk.last, str(talk)
    talk.finish()
    [ticket] = talk.tickets(category="report_quality")
    assert ticket["priority"] == "high" and ticket["symptom"] == "w_ill", str(talk)


def test_whose_it_is_asked_further(server: Server, values: dict[str, str]) -> None:
    talk = told(server, values, "pipe", "水表后面的管子漏水谁修", "要钱吗")
    assert "先说价" in talk.last and "水表之后的归您自己" in talk.last, str(talk)
    talk.say("那表前呢")
    assert "水表和水表之前的管" in talk.last, str(talk)
    talk = told(server, values, "landlord", "我是房东，租出去的房子暖气片漏水该谁修", "那你们能来修吗")
    assert "能来" in talk.last and "报修" in talk.last, str(talk)


def test_how_to_claim(server: Server, values: dict[str, str]) -> None:
    talk = told(server, values, "how", "停电赔偿怎么申请 多久内有效")
    assert "7天内" in talk.last and "家用电器损坏处理办法" in talk.last and "我要索赔" in talk.last, str(talk)


def test_last_year_is_too_late(server: Server, values: dict[str, str]) -> None:
    talk = told(server, values, "late", "去年停电烧了我的电视，要求赔偿")
    assert "已经过了" in talk.last, str(talk)
    talk = told(server, values, "fish", "停电把鱼缸的鱼全热死了，要求赔偿")
    assert "营业执照" not in talk.heard and "店铺" not in talk.last and "食物" not in talk.last, str(talk)


def test_facts_told_instead_of_the_phone(server: Server, values: dict[str, str]) -> None:
    first = "昨天停电把我家电视烧了，要求赔偿，阳光花园1号楼1单元302"
    talk = told(server, values, "facts", first, "没有", "昨天晚上六点停到凌晨")
    assert "记下了" in talk.last and "昨天晚上六点" in talk.last, str(talk)
    talk.say("大概五千")
    assert "5000元" in talk.last, str(talk)
    talk.say("不用")
    [ticket] = talk.tickets(category="claim_damage")
    assert "估计损失：5000元" in ticket["description"] and "发生时间：昨天晚上六点" in ticket["description"], str(talk)
    talk.say(PHONE)
    assert not talk.callbacks() and PHONE in talk.last, str(talk)
