"""The return visit in the talk: fixed or not, how it was, one pair more, and everything else goes first."""

from __future__ import annotations

from itertools import count

import pytest

from tests.dialogue.player import DEFAULT_CLOCK
from tests.dialogue.talking import Talk, fresh_city
from tests.support.server import Server

NUMBERS = count(1)
CLOSED, REOPENED, PAIR, FIXED = "按您说的结了", "已经重新打开", "期望几分，实际几分", "现在好了吗？"


@pytest.fixture(scope="module", autouse=True)
def city(server: Server) -> None:
    fresh_city(server, DEFAULT_CLOCK)


def done(server: Server, status: str = "resolved", **more: str) -> Talk:
    """A customer whose fault is repaired, just asked how it was."""
    talk = Talk(server, f"survey-{next(NUMBERS)}")
    body = {"kind": "fault", "category": "report_outage", "service": "electricity", "description": "家里停电了"}
    body |= {"conversation_id": f"rest:{talk.sender}", "address": "阳光花园3号楼1单元502", "phone": "13912345678"}
    number = server.feed("POST", "/api/tickets", body | more)["number"]
    server.feed("PATCH", f"/api/tickets/{number}", {"status": status})
    put(talk, number)
    return talk


def put(talk: Talk, number: str) -> None:
    body = {"conversation_id": f"rest:{talk.sender}", "ticket": number}
    talk.server.client.post("/api/demo/survey", json=body).raise_for_status()


def the(talk: Talk) -> tuple[str, list[int | None]]:
    """The ticket's status, and the scores written down."""
    assert not talk.broken, talk
    return talk.tickets()[0]["status"], [row["score"] for row in talk.surveys()]


@pytest.mark.parametrize(
    ("words", "score"),
    [("好了，4分", 4), ("修好了 给个五星", 5), ("挺好", 4), ("都弄好了，非常满意", 5), ("不漏了，一般般吧", 3)],
)
def test_fixed_is_closed_and_one_pair_more_is_asked(server: Server, words: str, score: int) -> None:
    talk = done(server)
    said = talk.say(words)
    assert CLOSED in said and said.count("？") <= 1 and PAIR in said, talk
    assert the(talk) == ("closed", [score]), talk


@pytest.mark.parametrize(("words", "score"), [("4", 4), ("四分", 4), ("四", 4), ("一般般吧", 3), ("打5分", 5)])
def test_a_score_alone_asks_whether_it_is_fixed(server: Server, words: str, score: int) -> None:
    talk = done(server)
    assert FIXED in talk.say(words), talk
    assert the(talk) == ("resolved", [score]), talk
    assert CLOSED in talk.say("好了"), talk
    assert the(talk) == ("closed", [score]), talk


def test_a_pair_in_many_voices(server: Server) -> None:
    heard = {"期望5分实际3分": (5, 3), "5 3": (5, 3), "都4分": (4, 4), "五分，四分": (5, 4), "3分": (None, 3)}
    for words, pair in heard.items():
        talk = done(server)
        talk.say("修好了，5分")
        talk.say(words)
        (row,) = talk.surveys()
        found = next(iter(row["expectations"].values()), None), next(iter(row["dimensions"].values()), None)
        assert (found, row["status"]) == (pair, "done"), talk


@pytest.mark.parametrize("words", ["没修好", "又停了", "还是没电", "给1分都嫌多，修完第二天又跳闸了"])
def test_not_fixed_is_opened_again_with_a_new_promise(server: Server, words: str) -> None:
    talk = done(server)
    said = talk.say(words)
    (ticket,) = talk.tickets()
    assert REOPENED in said and ticket["number"] in said and "另一位同事核实" in said, talk
    assert (ticket["status"], ticket["priority"]) == ("in_progress", "high"), talk
    assert the(talk)[1] == [1] and talk.surveys()[0]["fixed"] is False, talk


def test_a_low_score_has_its_call(server: Server) -> None:
    talk = done(server)
    said = talk.say("2分，等了一整天")
    (call,) = talk.callbacks()
    assert "专人给您打电话" in said and call["reason"] == "低分回访", talk
    assert CLOSED in talk.say("好了") and PAIR not in talk.last, talk


def test_praise_goes_to_the_one_who_is_named(server: Server) -> None:
    talk = done(server)
    assert "转给您说的同事" in talk.say("好了，5分，工号YJ1001的师傅很耐心"), talk
    notes = [entry["note"] for entry in talk.tickets()[0]["history"] if entry["action"] == "praise"]
    assert notes and "YJ1001" in notes[0], talk
    talk = done(server)
    assert "转给经手的同事" in talk.say("弄好了，5分，小伙子很客气"), talk


def test_who_wants_no_questions_is_left_alone(server: Server) -> None:
    talk = done(server)
    talk.say("好了，5分")
    assert "不问了" in talk.say("别问了"), talk
    assert talk.surveys()[0]["status"] == "stopped" and the(talk) == ("closed", [5]), talk


@pytest.mark.parametrize("words", ["居民用水多少钱一方", "荷塘花园3栋停水了", "5号楼", "你好", "我12月5号过去办"])
def test_what_is_about_something_else_goes_first_and_the_question_stays(server: Server, words: str) -> None:
    talk = done(server)
    said = talk.say(words)
    assert CLOSED not in said and REOPENED not in said, talk
    assert the(talk)[1] == [] and talk.tickets()[-1]["status"] == "resolved", talk


def test_five_inside_a_form_is_no_score(server: Server) -> None:
    talk = done(server)
    talk.say("家里没水了")
    talk.say("5")
    assert the(talk)[1] == [], talk
    talk.say("算了，不报了")
    assert CLOSED in talk.say("电修好了，5分"), talk


def test_a_score_and_another_wish_in_one_breath(server: Server) -> None:
    talk = done(server)
    said = talk.say("电修好了给5分，另外居民用水多少钱一方")
    assert CLOSED in said and "元" in said, talk


def test_an_answer_to_a_closed_ticket_is_kept(server: Server) -> None:
    talk = done(server, status="closed")
    talk.say("好了，4分")
    assert the(talk) == ("closed", [4]), talk
    talk = done(server, status="closed")
    assert REOPENED in talk.say("没修好"), talk


def test_praise_by_itself_reaches_the_named(server: Server) -> None:
    talk = Talk(server, f"survey-{next(NUMBERS)}")
    talk.say("我要表扬工号YJ1001的师傅，大半夜来抢修")
    talk.say("不留电话")
    assert "转给您说的同事" in talk.heard, talk


def test_without_a_phone_it_is_asked_for(server: Server) -> None:
    talk = Talk(server, f"survey-{next(NUMBERS)}")
    body = {"kind": "fault", "category": "report_outage", "service": "electricity", "description": "家里停电了"}
    number = server.feed("POST", "/api/tickets", body | {"conversation_id": f"rest:{talk.sender}"})["number"]
    server.feed("PATCH", f"/api/tickets/{number}", {"status": "resolved"})
    put(talk, number)
    assert "留个电话" in talk.say("好了，1分"), talk
    assert "专人给您打电话" in talk.say("13912345678") and talk.callbacks()[0]["phone"] == "13912345678", talk
