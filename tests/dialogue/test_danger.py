"""Danger from every state that is no form's question, the person beside the assistant, who is hurt, what is said to be over.

Every question of every form: test_interruptions.py. The queue, a person, an open choice: test_between.py, test_people.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from kefu.company.data import get_company
from tests.dialogue.matters import must
from tests.dialogue.player import DEFAULT_CLOCK
from tests.dialogue.states import HOME, PHONE
from tests.dialogue.talking import Talk
from tests.dialogue.test_people import AGENT, Staff
from tests.support.photos import data_url, photo
from tests.support.server import Server

NUMBERS = count(1)
SMELL = "家里煤气味好大"
NIGHT, DAY_ENDS = "2026-12-10T02:30", "2026-12-09T17:31"


@pytest.fixture
def talk(server: Server, values: dict[str, str]) -> Iterator[Talk]:
    one = Talk(server, f"danger-{next(NUMBERS)}", values)
    yield one
    assert not one.broken, f"{one.broken}\n{one}"


@pytest.fixture
def clock(server: Server) -> Iterator[Any]:
    def put(moment: str) -> None:
        server.client.put("/api/demo/clock", json={"now": moment}).raise_for_status()

    yield put
    put(DEFAULT_CLOCK)


@pytest.fixture
def staff(server: Server) -> Staff:
    return Staff(server)


def safety_first(talk: Talk, reply: str) -> None:
    first = reply.splitlines()[0]
    must("安全" in first or "危险" in first, "safety is not the first word", talk)
    must("96118" in reply, "no emergency phone", talk)
    must("emergency" in talk.alerts(), "nobody was alerted", talk)


def the_emergency(talk: Talk) -> dict[str, Any]:
    made = talk.tickets(category="report_emergency")
    must(len(made) == 1 and made[0]["priority"] == "emergency", "one emergency wanted", talk)
    return made[0]


def handoff(talk: Talk, status: str = "waiting") -> dict[str, Any]:
    rows = talk.handoffs()
    must([(h["status"], h["skill"]) for h in rows] == [(status, "emergency")], "one person for danger wanted", talk)
    return rows[0]


# --- every state that is no form's question --------------------------------------------------------------------------
STATES: dict[str, list[str]] = {
    "the first message": [],
    "after a greeting": ["你好"],
    "an invoice's question": ["我想开一下上个月的电费发票"],
    "a reading's question": ["我要自己报电表数"],
    "a long answer with more to come": ["阶梯电价是怎么分档的"],
    "right after a cancel": ["家里停电了", "算了，不办了"],
    "a report set aside for a person": ["家里停电了", "转人工", "不等了"],
    "asked whether to cancel the ticket": ["家里停电了", HOME, "半小时前", PHONE, "对", "取消"],
    "asked what to correct": ["家里停电了", HOME, "半小时前", PHONE, "对", "地址错了"],
    "a question restored": ["家里停水了", "家里停水了，对了还要投诉你们抄表员骂人"],
    "asked for a choice in vain": ["水电的事", "把那个给我整一整"],
    "small talk": ["今天天气真冷啊"],
}


@pytest.mark.parametrize("before", STATES.values(), ids=STATES)
def test_danger_goes_first(talk: Talk, before: list[str]) -> None:
    for text in before:
        talk.say(text)
    safety_first(talk, talk.say(SMELL))
    if not the_place_is_known(talk):
        talk.say(f"{HOME}，没人受伤")
    must(HOME in the_emergency(talk)["address"], "the place is lost", talk)
    handoff_of_danger = [h for h in talk.handoffs() if h["status"] == "waiting"]
    must([h["skill"] for h in handoff_of_danger] == ["emergency"], "nobody is called", talk)


def the_place_is_known(talk: Talk) -> bool:
    return bool(talk.tickets(category="report_emergency"))


def test_danger_during_an_open_survey(talk: Talk, server: Server) -> None:
    talk.say(f"家里停电了，{HOME}，半小时前，{PHONE}")
    talk.say("对")
    body = {"conversation_id": f"rest:{talk.sender}", "ticket": talk.tickets()[0]["number"]}
    server.client.post("/api/demo/survey", json=body).raise_for_status()
    safety_first(talk, talk.say(f"{HOME}电表箱冒烟了"))
    the_emergency(talk)
    must(all(row["score"] is None for row in talk.surveys()), "danger was taken for a score", talk)


def test_danger_beside_a_photo_and_nobody_asks_for_one(talk: Talk) -> None:
    sent = {"sender": talk.sender, "message": f"{SMELL}，{HOME}", "metadata": {"image": data_url(photo())}}
    replies = talk.server.client.post("/webhooks/rest/webhook", json=sent).raise_for_status().json()
    said = "\n".join(reply["text"] for reply in replies)
    must("别点火" in said and "拍" not in said, "no instructions, or a photo is asked for", talk)
    must(len(the_emergency(talk)["attachments"]) == 1, "the photo is not with the ticket", talk)


def test_another_wish_in_the_same_breath_waits(talk: Talk) -> None:
    safety_first(talk, talk.say("楼下电线断了冒火花，另外帮我开一下上个月电费发票"))
    talk.say(f"{HOME}楼下，没人受伤")
    must("发票" in talk.say(PHONE), "the other wish was not heard", talk)


def test_a_known_incident_swallows_no_danger(talk: Talk, server: Server, values: dict[str, str]) -> None:
    area = server.demo()["situations"]["normal"]["area_code"]
    body = {"service": "electricity", "area_code": area, "cause": "电缆故障", "status": "repairing"}
    server.feed("POST", "/api/incidents", body)
    server.sign_in(talk.sender, values["account"])
    safety_first(talk, talk.say("停电了，楼道电表箱还在冒烟"))
    the_emergency(talk)


# --- the person beside the assistant ---------------------------------------------------------------------------------
def test_a_person_is_called_at_night_and_told_everything(talk: Talk, clock: Any) -> None:
    clock(NIGHT)
    talk.say(f"{SMELL}，宝宝在睡觉")
    must(not talk.handoffs(), "called before the first question is answered", talk)
    must("同事" in talk.say(HOME), "it is not said that a person comes", talk)
    talk.say(f"没人受伤，{PHONE}")
    summary = handoff(talk)["summary"]
    for known in ("疑似燃气泄漏", HOME, PHONE, "都安全", the_emergency(talk)["number"], "门窗", "96118"):
        must(known in summary, f"the colleague is not told {known}", talk)
    must("您好" in talk.say("你好"), "the assistant is silent though nobody has come", talk)
    must("第" in talk.say("转人工") and not talk.callbacks(), "a call is offered though a person comes", talk)


def test_who_cannot_say_where_gets_a_person_all_the_same(talk: Talk) -> None:
    talk.say("路边电线掉下来了 在冒火花")
    talk.say("我也不知道这是哪儿啊 我外地的")
    must("地点：还不清楚" in handoff(talk)["summary"], "the colleague is not told", talk)
    talk.say("旁边有个中国银行 路牌写的湖滨路")
    must("湖滨路" in handoff(talk)["summary"], "the place does not reach the colleague", talk)


def test_the_people_of_danger_do_not_go_home(talk: Talk, clock: Any) -> None:
    """An ordinary handoff that became urgent; at half past five everybody else goes."""
    talk.say("转人工")
    talk.say(f"{SMELL}，{HOME}")
    talk.say(PHONE)
    clock(DAY_ENDS)
    talk.say("嗯")
    must("转人工" in handoff(talk)["summary"], "what was asked for before is lost", talk)


@pytest.mark.parametrize("when", ["while it is reported", "afterwards"])
@pytest.mark.parametrize("words", ["不用人工了", "取消排队"])
def test_no_person_wanted(talk: Talk, when: str, words: str) -> None:
    talk.say(f"{SMELL}，{HOME}")
    if when == "afterwards":
        talk.say(PHONE)
    must("96118" in talk.say(words), "no emergency phone", talk)
    handoff(talk, "left")
    the_emergency(talk)
    must(talk.say("人工不来了吧") != "", "nobody answers", talk)


def test_where_the_person_is(talk: Talk) -> None:
    talk.say(f"{SMELL}，{HOME}")
    must("还没进来" in talk.say("人工怎么还没来"), "not told", talk)


def test_another_matter_after_danger_is_heard(talk: Talk) -> None:
    talk.say(f"{SMELL}，{HOME}，{PHONE}")
    talk.say("都安全")
    must("17:30" in talk.say("你们营业厅几点关门"), "not heard: a person is waited for", talk)
    handoff(talk)


def test_taken_given_back_and_what_was_set_aside_goes_on(talk: Talk, staff: Staff, values: dict[str, str]) -> None:
    talk.server.sign_in(talk.sender, values["account"])
    talk.say("我想开一下上个月的电费发票")
    talk.say("等等 厨房好像漏煤气了")
    number = handoff(talk)["id"]
    staff.say(AGENT, number, "您好，我是值班同事，您在室外吗")
    must("值班同事" in talk.say("在外面了"), "what the person said did not come", talk)
    must(talk.say("都在楼下") == "", "the assistant talks into it", talk)
    safety_first(talk, talk.say("天哪 着火了 煤气着火了"))
    staff.give_back(AGENT, number).raise_for_status()
    must("发票" in talk.say("好的谢谢"), "what was set aside is not offered", talk)
    must("抬头" in talk.say("接着办"), "not where it was", talk)
    the_emergency(talk)


def test_danger_again_after_the_person_left_calls_one_again(talk: Talk, staff: Staff) -> None:
    talk.say(f"{SMELL}，{HOME}")
    number = handoff(talk)["id"]
    staff.claim(AGENT, number).raise_for_status()
    staff.give_back(AGENT, number).raise_for_status()
    safety_first(talk, talk.say("煤气味还是很大 又有了"))
    must(sorted(h["status"] for h in talk.handoffs()) == ["closed", "waiting"], "nobody is called again", talk)
    the_emergency(talk)


# --- is everyone safe --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "number"),
    [("我妈晕倒了", "120"), ("有人被烫伤了", "120"), ("着火了", "119"), ("没着火 但是老人晕过去了", "120")],
)
def test_somebody_hurt_or_fire_comes_before_all_else(talk: Talk, text: str, number: str) -> None:
    talk.say(f"暖气管爆了 热水喷一地，{HOME}")
    alerts = talk.alerts().count("emergency")
    must(number in talk.say(text).splitlines()[0], "not the first word", talk)
    if number == "120":
        must(talk.alerts().count("emergency") > alerts, "nobody was alerted again", talk)
    notes = [entry["note"] for entry in the_emergency(talk)["history"]]
    must(any(text in note for note in notes), "not on the ticket", talk)


@pytest.mark.parametrize("text", ["没人受伤", "都安全", "人都没事，都出来了", "没有"])
def test_everyone_is_safe(talk: Talk, text: str) -> None:
    reply = talk.say(f"{SMELL}，{HOME}")
    must(reply.count("？") <= 2 and "人都安全吗" in reply, "not asked, or too much is asked", talk)
    must("急救" not in talk.say(text), "taken for somebody hurt", talk)
    must("人员：都安全" in str(the_emergency(talk)["history"]), "not on the ticket", talk)
    must("人都安全吗" not in talk.last, "asked again", talk)


def test_asked_last_when_all_else_is_known(talk: Talk) -> None:
    must("人都安全吗" in talk.say(f"{SMELL}，{HOME}，{PHONE}"), "never asked", talk)
    talk.say("没人受伤")
    must("人员：都安全" in str(the_emergency(talk)["history"]), "not on the ticket", talk)


def test_somebody_hurt_told_last(talk: Talk) -> None:
    talk.say(f"{SMELL}，{HOME}，{PHONE}")
    must("120" in talk.say("老人头晕站不住了").splitlines()[0], "not the first word", talk)
    must("有人受伤" in str(the_emergency(talk)["history"]), "not on the ticket", talk)


# --- after the report ----------------------------------------------------------------------------------------------------
@pytest.fixture
def reported(talk: Talk) -> Talk:
    talk.say(f"厨房水管爆了，{HOME}，{PHONE}")
    talk.say("没人受伤")
    the_emergency(talk)
    return talk


def test_what_grows_gets_instructions_again(reported: Talk) -> None:
    safety_first(reported, reported.say("水越来越大了"))
    must("水越来越大了" in str(the_emergency(reported)["history"]), "not on the ticket", reported)


def test_another_danger_by_its_words_alone_has_its_own_ticket(reported: Talk) -> None:
    must("电表箱或线路" in reported.say("厨房也开始冒烟了 插座"), "not told what to do", reported)
    services = {ticket["service"] for ticket in reported.tickets(category="report_emergency")}
    must(services == {"water", "electricity"}, "one ticket for each danger wanted", reported)


@pytest.mark.parametrize(("text", "said"), [("那我现在能回去吗", "看过"), ("取消吧", "不会因此撤销")])
def test_nobody_but_the_people_on_the_spot_says_that_it_is_over(reported: Talk, text: str, said: str) -> None:
    reply = reported.say(text)
    must(said in reply and "96118" in reply, "not said", reported)
    must(the_emergency(reported)["status"] == "new", "the emergency does not stand", reported)


# --- closer instructions -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("灶台的煤气管着火了", "燃气着火"),
        ("闻到煤气味 没着火", "疑似燃气泄漏"),
        ("厨房水管爆了 水喷得到处都是", "家里水管爆裂"),
        ("马路中间水管爆了 水喷得老高", "水管爆裂或进水"),
        ("路灯杆漏电 电人", "积水或灯杆可能带电"),
        ("热水器漏电 手麻", "触电或漏电"),
        ("地下室配电房冒烟了", "电表箱或线路冒烟起火"),
        ("楼下电线断了掉地上", "电线断落或打火"),
    ],
)
def test_the_closest_script_is_told(talk: Talk, text: str, title: str) -> None:
    must(f"【{title}】" in talk.say(text), "another script", talk)


# --- said to be over ----------------------------------------------------------------------------------------------------
def test_what_is_over_is_asked_about_once_and_the_wish_is_served(talk: Talk) -> None:
    reply = talk.say("昨天家里煤气漏气已经修好了，想问安检怎么约")
    must("确认一下" in reply and "每年一次" in reply and "【" not in reply, "a shrug, or an alarm", talk)
    must("那就好" in talk.say("没味道了"), "the answer was passed over", talk)
    must("确认一下" not in talk.say("昨天漏气修好了的，软管要换吗"), "asked twice", talk)
    must(not talk.tickets() and not talk.handoffs(), "an alarm", talk)


@pytest.mark.parametrize("text", ["好像还有一点味道", "有", "又开始漏了"])
def test_what_is_not_over_is_an_emergency(talk: Talk, text: str) -> None:
    talk.say("昨天家里煤气漏气已经修好了，想问安检怎么约")
    safety_first(talk, talk.say(text))
    talk.say(HOME)
    the_emergency(talk)


@pytest.mark.parametrize(
    "text",
    ["燃气软管用久了会不会漏气", "气死了，电费贵得要炸了", "水龙头关不紧 一滴一滴的", "怎么预防煤气中毒", "你好"],
)
def test_no_danger_no_question(talk: Talk, text: str) -> None:
    reply = talk.say(text)
    must("确认一下" not in reply and "【" not in reply, "an alarm, or a question about nothing", talk)


# --- in the middle of danger: what is asked, and what is said -----------------------------------------------------------
def test_a_question_never_ends_danger(talk: Talk) -> None:
    talk.say("有人触电倒地上了")
    must("千万别用手拉" in talk.say("我要不要去拉他"), "not told to keep his hands off", talk)
    must("没有建工单" not in talk.last and "位置" in talk.last, "the report ended, or nobody asks where", talk)
    reply = talk.say("那要不要打120啊，要不算了吧？")
    must("120" in reply and "没有建工单" not in reply, "a question called it off", talk)
    talk.say(HOME)
    must("120下" in talk.say("他没呼吸了") and "120" in talk.last.splitlines()[0], "not told to press the chest", talk)
    must("没呼吸" in str(the_emergency(talk)["history"]), "not on the ticket", talk)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("我被困电梯里了 停电了", "被困电梯"),
        ("水淹上来了 我还在车里 车门打不开", "车被水困住"),
        ("我把煤气打开了 不想活了", "我在，先保住您自己"),
        ("厨房嘶嘶响 好臭", "疑似燃气泄漏"),
        ("那个没气那个味道好大", "疑似燃气泄漏"),
        ("挖掘机把燃气管挖断了", "室外燃气管被挖断"),
        ("有人碰到电线倒在地上", "触电或漏电"),
    ],
)
def test_dangers_of_the_companys_own_words(talk: Talk, text: str, title: str) -> None:
    safety_first(talk, talk.say(text))
    must(f"【{title}】" in talk.last, "another script", talk)
    talk.say(HOME)
    the_emergency(talk)


def test_somebody_who_may_take_his_life_gets_a_person_at_once(talk: Talk) -> None:
    must("12356" in talk.say("我把煤气打开了 不想活了"), "no line of help", talk)
    handoff(talk)


def test_another_danger_indoors_is_no_wire_in_the_street(talk: Talk) -> None:
    talk.say(f"厨房水管爆了，{HOME}")
    must("并拢" not in talk.say("另外电线也冒火花了") and "总闸" in talk.last, "advice for the street", talk)


def test_the_wrong_room_is_put_right_and_said(talk: Talk) -> None:
    talk.say("翠竹小区4号楼2单元402有煤气味")
    talk.say("没人受伤")
    must("502" in talk.say("不是402 是502"), "the new room is not said", talk)
    must("502" in the_emergency(talk)["address"] and "402" not in the_emergency(talk)["address"], "wrong room", talk)


@pytest.mark.parametrize(
    "texts", [[f"{HOME}和翠竹小区4号楼2单元402都有煤气味"], ["我家和我妈家都有煤气味", HOME, "翠竹小区4号楼2单元402"]]
)
def test_two_places_two_tickets(talk: Talk, texts: list[str]) -> None:
    for text in texts:
        talk.say(text)
    made = talk.tickets(category="report_emergency")
    must(len(made) == 2 and made[0]["number"] in talk.last, "two tickets wanted, both told", talk)
    must({"翠竹" in ticket["address"] for ticket in made} == {True, False}, "a place is lost", talk)


def test_what_is_said_of_it_gets_its_word_and_the_phone_is_asked_twice_at_most(talk: Talk) -> None:
    talk.say(f"{SMELL}，{HOME}，没人受伤")
    must("退远" in talk.say("有个小孩靠近") and "不方便也没关系" in talk.last, "no word for it", talk)
    must("别怕" in talk.say("我手在抖") and "留个" not in talk.last and "再留" not in talk.last, "asked again", talk)
    must("消防" in talk.say("消防来了 火灭了") and "消防来了" in str(the_emergency(talk)["history"]), "not noted", talk)


@pytest.mark.parametrize("place", [HOME, None])
@pytest.mark.parametrize("text", ["搞错了 是臭豆腐", "不好意思 是我炒菜的味道 不用来了"])
def test_a_false_alarm_is_noted_and_ends_kindly(talk: Talk, text: str, place: str | None) -> None:
    talk.say(f"{SMELL}，{place}" if place else SMELL)
    must("没事就好" in talk.say(text) and "96118" in talk.last, "not taken kindly", talk)
    made = talk.tickets(category="report_emergency")
    must(len(made) == (1 if place else 0), "a ticket too many, or struck out", talk)
    must(not made or "客户称误报" in str(made[0]["history"]), "not on the ticket", talk)


def test_a_general_question_is_no_alarm(talk: Talk) -> None:
    must("【" not in talk.say("煤气味跟臭鸡蛋味是一样的吗") and "异味" in talk.last, "an alarm, or no check", talk)
    safety_first(talk, talk.say("有一点"))
    must("火花" in talk.say("会爆炸吗") and "人都安全吗" not in talk.last, "no answer, or asked twice", talk)
    must("报警器" in talk.say("关掉报警器可以吗"), "no answer", talk)
    must("哪儿" in talk.say("就我家") and not talk.tickets(), "a place nobody knows", talk)
    talk.say("在没地址就是荷塘花园")
    must("荷塘花园" in the_emergency(talk)["address"], "not settled", talk)


def test_a_hose_that_drips_is_a_fault(talk: Talk) -> None:
    must("【" not in talk.say("我家厨房水龙头下面软管漏水"), "an alarm", talk)


def test_from_danger_to_the_claim(talk: Talk) -> None:
    talk.say(f"暖气片爆了把家具泡坏了，{HOME}")
    must("索赔" in talk.say("修好了 我要赔偿"), "not taken to the claim", talk)


def test_a_manhole_without_its_cover_is_nobodys_service(talk: Talk) -> None:
    reply = talk.say("井盖没了 我差点掉下去")
    must("哪一项" not in reply and "井口" in reply, "the service is asked, or nobody is kept away", talk)
    must("水、" not in talk.say(HOME), "the service is asked", talk)


def test_what_a_person_is_told_reaches_the_ticket(talk: Talk, staff: Staff) -> None:
    talk.say(f"{SMELL}，{HOME}")
    number = handoff(talk)["id"]
    staff.claim(AGENT, number).raise_for_status()
    must("120" in talk.say("我妈晕倒了") and "门窗" not in talk.last, "no 120, or all of it again", talk)
    talk.say(f"电话{PHONE}")
    ticket = the_emergency(talk)
    must("晕倒" in str(ticket["history"]) and ticket["phone"] == PHONE, "not on the ticket", talk)
    staff.give_back(AGENT, number).raise_for_status()
    safety_first(talk, talk.say("还有味道"))


def test_words_that_are_no_danger_now() -> None:
    company = get_company()
    for text in (
        "停电了电梯也停了",
        "昨天停电我被困电梯半小时",
        "停电会不会困在电梯里",
        "电费贵得不想活了",
        "水淹了地下车库",
    ):
        assert company.danger_sign(text) is None, text
