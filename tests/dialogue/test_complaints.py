"""A complaint as the customer sees it: by when and by whom, what happened so far, anonymous, and never another's."""

from __future__ import annotations

import re

from tests.dialogue.talking import Talk
from tests.support.server import Server

DITCH = "投诉，你们自来水在我家楼前挖的沟一直没有回填"


def complain(server: Server, values: dict[str, str], sender: str, *said: str, signed_in: bool = False) -> Talk:
    talk = Talk(server, sender, values)
    if signed_in:
        server.sign_in(sender, values["account"])
    for text in said:
        talk.say(text)
    return talk


def test_told_by_when_with_the_weekday_and_who_answers_for_it(server: Server, values: dict[str, str]) -> None:
    talk = complain(server, values, "cmp-when", DITCH, "填平", "13812340001")
    [ticket] = talk.tickets(kind="complaint")
    assert re.search(r"\d+月\d+日（周.）\d\d:\d\d前", talk.heard) and re.search(
        r"责任人：.\*+，工号YJ\d{4}", talk.heard
    ), str(talk)
    assert ticket["number"] in talk.heard and ticket["indicator"] == "site_restored" and not talk.broken


def test_once_more_from_another_channel_hears_what_happened_so_far(server: Server, values: dict[str, str]) -> None:
    first = complain(server, values, "cmp-first", DITCH, "填平", "可以", signed_in=True)
    [ticket] = first.tickets(kind="complaint")
    again = complain(
        server, values, "cmp-again", "我前两天就投诉过楼前的沟没填，到现在没人理，再投诉一次", signed_in=True
    )
    assert ticket["number"] in again.heard and "到现在是这样的" in again.heard, str(again)
    assert re.search(r"（周.）\d\d:\d\d 登记，.\*+，工号", again.heard) and not again.broken
    for text in ("马上填平", "可以"):
        again.say(text)
    second = next(t for t in again.tickets(kind="complaint") if t["number"] != ticket["number"])
    assert {"ticket": ticket["number"], "relation": "follows"} in second["links"] and second["grade"] != "ordinary"
    history = server.api(f"/api/tickets/{ticket['number']}")["history"]
    assert any(entry["action"] == "urge" for entry in history)


def test_a_stranger_with_the_same_phone_hears_nothing_of_the_other(server: Server, values: dict[str, str]) -> None:
    owner = complain(server, values, "cmp-owner", "投诉，装表的师傅没穿鞋套，踩得满地都是泥", "要求道歉", "13812340002")
    [ticket] = owner.tickets(kind="complaint")
    said = ("我投诉过装表师傅没穿鞋套踩得满地泥", "要求道歉", "13812340002")
    stranger = complain(server, values, "cmp-stranger", *said)
    [own] = stranger.tickets(kind="complaint")
    assert (
        ticket["number"] not in stranger.heard
        and "投诉过这件事" not in stranger.heard
        and "重要级" not in stranger.heard
    )
    assert {"ticket": ticket["number"], "relation": "follows"} in own["links"] and own["grade"] == "serious", str(
        stranger
    )


def test_anonymous_is_warned_and_nothing_of_him_is_kept(server: Server, values: dict[str, str]) -> None:
    said = ("我要举报装表的师傅收我红包，我电话13812340003", "查清楚", "匿名，别透露我是谁")  # after it is registered
    talk = complain(server, values, "cmp-anonymous", *said, signed_in=True)
    [ticket] = talk.tickets(kind="complaint")
    assert "匿名" in talk.heard and "查不透" in talk.heard and not talk.broken, str(talk)
    assert ticket["phone"] is ticket["account_number"] is ticket["conversation_id"] is None
    assert "13812340003" not in str(ticket)


def test_new_words_raise_it_and_a_denial_does_not(server: Server, values: dict[str, str]) -> None:
    talk = complain(server, values, "cmp-more", DITCH, "填平", "13812340004")
    talk.say("补充一下，没有人受伤")
    assert [t["grade"] for t in talk.tickets(kind="complaint")] == ["ordinary"], str(talk)
    talk.say("补充一下，再不处理我就找记者曝光")
    [ticket] = talk.tickets(kind="complaint")
    assert ticket["grade"] == "critical" and "媒体或网络曝光" in ticket["grade_reasons"], str(talk)


def test_the_assistant_and_a_colleagues_reply_are_complained_of_like_anything(
    server: Server, values: dict[str, str]
) -> None:
    for sender, words, code in (
        ("cmp-bot", "我要投诉你们这个机器人，答非所问", "assistant"),
        ("cmp-reply", "投诉你们客服，昨天回复我态度很不耐烦", "attitude"),
    ):
        talk = complain(server, values, sender, words, "改进", "13812340005")
        [ticket] = talk.tickets(kind="complaint")
        assert ticket["indicator"] == code and ticket["number"] in talk.heard, str(talk)
