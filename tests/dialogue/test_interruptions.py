"""In every form and at every question of it: emergency, cancel, question, switch, person, small talk, repeat, correction.

(And not knowing, which is neither.) Each case brings a talk to a state, interrupts it, looks at the reply, then answers what is asked to the end and looks
at what stands in the database.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import count

import pytest

from tests.dialogue.player import DEFAULT_CLOCK
from tests.dialogue.states import HOME, PHONE, STATES, State
from tests.dialogue.talking import Talk
from tests.dialogue.values import demo_values
from tests.support.server import Server

EMERGENCY_PHONE = "96118"
NUMBERS = count(1)
Reach = Callable[[State], Talk]

EMERGENCY = ["等等 闻到一股好大的煤气味", "天哪楼下电线掉地上冒火花了"]
SECOND_DANGER = ["电表箱也开始冒烟了", "有人被电了一下 倒地上了"]
CANCEL = ["算了，不办了", "取消吧"]
QUESTION = {
    "fault": ["你们上门要不要收费", "大概什么时候能修好"],
    "emergency": ["我要不要先关总阀", "会不会爆炸啊"],
    "enquiry": ["你们营业厅几点关门", "阶梯电价是怎么分档的"],
}
SWITCH = {
    "fault": [("对了我要投诉你们抄表员骂人", "complain"), ("顺便帮我开一下上个月的电费发票", "ask_invoice")],
    "emergency": [("对了我要投诉你们抄表员骂人", "complain"), ("顺便帮我开一下上个月的电费发票", "ask_invoice")],
    "enquiry": [("家里突然停水了", "report_outage"), ("对了我还要投诉你们抄表员骂人", "complain")],
}
PERSON = ["转人工", "我要找真人说话"]
SMALL_TALK = {
    "fault": ["今天天气真冷啊", "你叫什么名字呀"],
    "emergency": ["哎呀吓死我了", "你叫什么名字呀"],
    "enquiry": ["今天天气真冷啊", "小姑娘说话真好听"],
}
NOT_KNOWN = ["这个我不清楚", "我也不知道啊"]
REPEAT = ["什么？没看懂", "你再说一遍"]


def parametrized(*rows: tuple[object, ...]) -> pytest.MarkDecorator:
    """Rows of (state, phrase, …), named by state and number."""
    names = ("state", "phrase", "end")[: len(rows[0])]
    return pytest.mark.parametrize(names, rows, ids=[f"{row[0].name}-{n}" for n, row in enumerate(rows, 1)])  # type: ignore[attr-defined]


def every(*forms: str, phrases: list[str]) -> pytest.MarkDecorator:
    """Each state of these forms with each phrasing."""
    return parametrized(*[(state, phrase) for state in STATES if state.form in forms for phrase in phrases])


def every_of(table: dict[str, list[str]]) -> pytest.MarkDecorator:
    """Each state with the phrasings for its form."""
    return parametrized(*[(state, phrase) for state in STATES for phrase in table[state.form]])


@pytest.fixture(scope="module")
def account(server: Server) -> Iterator[str]:
    server.reset(DEFAULT_CLOCK)
    yield demo_values(server)["account_A"]


@pytest.fixture
def reach(server: Server, account: str) -> Iterator[Reach]:
    """A function that brings a new talk to a state; afterwards the house rules are checked."""
    talks: list[Talk] = []

    def bring(state: State) -> Talk:
        talk = Talk(server, f"interrupted-{next(NUMBERS)}")
        if state.signed_in:
            server.sign_in(talk.sender, account)
        for text in state.opening:
            talk.say(text)
        must(re.search(state.question, talk.last), "the state was not reached", talk)
        talks.append(talk)
        return talk

    yield bring
    broken = [f"{rule}\n{talk}" for talk in talks for rule in talk.broken]
    assert not broken, "\n".join(broken)


def must(holds: object, what: str, talk: Talk) -> None:
    """Fail with the whole talk."""
    if not holds:
        pytest.fail(f"{what}\n\n{talk}", pytrace=False)


# --- what must be true ---------------------------------------------------------------------------------------------------
def asked_again(talk: Talk, state: State) -> None:
    must(re.search(state.question, talk.last), "the same question is not asked again", talk)


def nothing_new(talk: Talk, state: State) -> None:
    most = 1 if state.name in ("emergency-detail", "emergency-phone") else 0
    must(len(talk.tickets()) == most, "a ticket too many or too few", talk)


def matter_ends_well(talk: Talk, state: State) -> None:
    """The matter of the state has exactly one ticket, with what was said before the interruption."""
    own = [t for t in talk.tickets(kind="fault") if t] if not state.category else talk.tickets(category=state.category)
    must(len(own) == 1, f"{len(own)} tickets of the matter, one wanted", talk)
    wrong = {k: own[0][k] for k, v in state.end.items() if v is not None and own[0][k] != v and v not in str(own[0][k])}
    must(not wrong, f"lost on the way: {wrong}", talk)


def words_kept(talk: Talk, phrase: str) -> bool:
    return phrase in str(talk.tickets())


# --- the matrix ----------------------------------------------------------------------------------------------------------
@every("fault", "enquiry", phrases=EMERGENCY)
def test_danger_goes_first_and_the_form_comes_back(reach: Reach, state: State, phrase: str) -> None:
    talk = reach(state)
    reply = talk.say(phrase)
    first = reply.splitlines()[0]
    must("安全" in first or "危险" in first, "safety is not the first word", talk)
    must(EMERGENCY_PHONE in reply, "no emergency phone", talk)
    must("emergency" in talk.alerts(), "nobody was alerted", talk)
    talk.answers["address"] = f"{HOME}楼下"
    talk.finish()
    answers = [text for who, text in talk.lines if who == "customer"]
    must("接着办" in answers, "the way back was not offered", talk)
    must(len(talk.tickets(category="report_emergency")) == 1, "one emergency wanted", talk)
    matter_ends_well(talk, state)
    for said in state.opening[1:]:
        must(answers.count(said) == 1, f"{said} was asked again", talk)


@every("emergency", phrases=SECOND_DANGER)
def test_a_second_danger_gets_its_own_instructions(reach: Reach, state: State, phrase: str) -> None:
    talk = reach(state)
    reply = talk.say(phrase)
    must("电" in reply.splitlines()[0], "no word about electricity first", talk)
    must(EMERGENCY_PHONE in reply, "no emergency phone", talk)
    talk.finish()
    must(words_kept(talk, phrase), "the second danger is written nowhere", talk)
    must(words_kept(talk, state.opening[0]), "the first danger is written nowhere", talk)


@every("fault", "enquiry", phrases=CANCEL)
def test_cancelling_leaves_nothing_behind(reach: Reach, state: State, phrase: str) -> None:
    talk = reach(state)
    reply = talk.say(phrase)
    must(re.search("不办|没有登记|取消", reply), "it is not said", talk)
    must(not re.search(state.question, reply), "it goes on asking", talk)
    must(not talk.tickets() and not talk.callbacks(), "something was registered", talk)


@every("emergency", phrases=CANCEL)
def test_danger_cannot_be_cancelled(reach: Reach, state: State, phrase: str) -> None:
    talk = reach(state)
    before = len(talk.tickets())
    reply = talk.say(phrase)
    must(EMERGENCY_PHONE in reply, "no emergency phone", talk)
    after = talk.tickets()
    must(len(after) == before and all(t["status"] != "cancelled" for t in after), "the emergency does not stand", talk)
    must(not before or re.search("不会.{0,4}撤销|不能撤", reply), "it is not said that it stands", talk)


@every_of(QUESTION)
def test_a_question_is_answered_or_noted(reach: Reach, state: State, phrase: str) -> None:
    talk = reach(state)
    question = talk.last
    reply = talk.say(phrase)
    asked_again(talk, state)
    nothing_new(talk, state)
    must(reply != question, "the question was passed over", talk)
    talk.finish()
    matter_ends_well(talk, state)
    must(phrase not in "".join(t["address"] or "" for t in talk.tickets()), "taken for a place", talk)


@parametrized(*[(state, *switch) for state in STATES for switch in SWITCH[state.form]])
def test_another_wish_is_not_lost(reach: Reach, state: State, phrase: str, end: str) -> None:
    talk = reach(state)
    talk.say(phrase)
    talk.finish()
    matter_ends_well(talk, state)
    must(len(talk.tickets(category=end)) == 1, "no ticket for the other wish", talk)


@every("fault", "enquiry", "emergency", phrases=PERSON)
def test_a_wish_for_a_person_is_heard(reach: Reach, state: State, phrase: str) -> None:
    talk = reach(state)
    reply = talk.say(phrase)
    if state.form == "emergency":
        must(EMERGENCY_PHONE in reply, "no number where a person answers now", talk)
        talk.finish()
        matter_ends_well(talk, state)
        return
    must(re.search("人工|工作人员|同事", reply), "the wish is not acknowledged", talk)
    talk.finish()
    matter_ends_well(talk, state)
    must(len(talk.tickets(category="request_human")) == 1, "the wish is not noted", talk)
    must(any(c["phone"] == PHONE for c in talk.callbacks()), "nobody will phone", talk)


@every_of(SMALL_TALK)
def test_small_talk_changes_nothing(reach: Reach, state: State, phrase: str) -> None:
    talk = reach(state)
    talk.say(phrase)
    asked_again(talk, state)
    nothing_new(talk, state)
    talk.finish()
    matter_ends_well(talk, state)
    must(phrase not in "".join(t["address"] or "" for t in talk.tickets()), "taken for a place", talk)


@every("fault", "enquiry", "emergency", phrases=REPEAT)
def test_it_says_its_question_again(reach: Reach, state: State, phrase: str) -> None:
    talk = reach(state)
    talk.say(phrase)
    asked_again(talk, state)
    nothing_new(talk, state)
    talk.finish()
    matter_ends_well(talk, state)
    must(phrase not in "".join(t["address"] or "" for t in talk.tickets()), "taken for a place", talk)


@every("fault", "enquiry", "emergency", phrases=NOT_KNOWN)
def test_not_knowing_is_no_farewell(reach: Reach, state: State, phrase: str) -> None:
    """Neither a cancellation nor a value; the talk goes on, and the matter gets its ticket all the same."""
    talk = reach(state)
    reply = talk.say(phrase)
    must(not re.search("不办|撤销|再见", reply), "taken for a farewell", talk)
    talk.finish()
    own = talk.tickets(kind="fault") if not state.category else talk.tickets(category=state.category)
    must(len(own) == 1, f"{len(own)} tickets of the matter, one wanted", talk)
    must(phrase not in (own[0]["address"] or ""), "taken for a place", talk)


# state → corrections → what the ticket of the matter has at the end
CORRECTIONS = {
    "fault-service": [("不对，是暖气坏了", {"service": "heat"}), ("说错了，我是说水管没水了", {"service": "water"})],
    "fault-address": [("说错了，不是停电，是停水", {"service": "water"}), ("不是没电，是没气", {"service": "gas"})],
    "fault-since": [("不对，是3号楼", {"address": "3号楼1单元302"}), ("说错了，不是停电是停水", {"service": "water"})],
    "fault-phone": [
        ("地址错了，是2单元302", {"address": "2单元302"}),
        ("时间错了，是昨天晚上", {"description": "昨天晚上"}),
    ],
    "fault-confirm": [
        ("电话错了，是13987654321", {"phone": "13987654321"}),
        ("不对，是5号楼", {"address": "5号楼1单元302"}),
    ],
    "emergency-place": [
        ("说错了，是楼道里有煤气味", {"service": "gas"}),
        ("不是我家，是阳光花园3号楼", {"address": "阳光花园3号楼"}),
    ],
    "emergency-detail": [
        ("不是我家，是阳光花园3号楼", {"address": "阳光花园3号楼"}),
        ("不对，我现在在东湖苑7号楼", {"address": "东湖苑7号楼"}),
    ],
    "emergency-phone": [("不对，是3号楼", {"address": "3号楼"}), ("地址说错了，是2单元302", {"address": "2单元302"})],
    "enquiry-contact": [
        ("说错了，是水费不是电费", {"service": "water"}),
        ("不是上个月，是9月份的", {"description": "9月份"}),
    ],
}


@parametrized(*[(state, text, end) for state in STATES for text, end in CORRECTIONS[state.name]])
def test_a_correction_changes_only_that(reach: Reach, state: State, phrase: str, end: dict[str, str]) -> None:
    talk = reach(state)
    talk.say(phrase)
    talk.finish()
    kinds = (
        ("fault",) if state.form == "fault" else ("emergency",) if state.form == "emergency" else ("enquiry", "dispute")
    )
    own = [t for t in talk.tickets() if t["kind"] in kinds]
    must(len(own) == 1 and len(talk.tickets()) == 1, f"{len(talk.tickets())} tickets, one wanted", talk)
    wrong = {name: own[0][name] for name, value in end.items() if value not in str(own[0][name])}
    must(not wrong, f"not corrected: {wrong}", talk)
    kept = {k: v for k, v in state.end.items() if k not in {*end, "category"} and v is not None}
    lost = {k: own[0][k] for k, v in kept.items() if v not in str(own[0][k])}
    must(not lost, f"lost on the way: {lost}", talk)
