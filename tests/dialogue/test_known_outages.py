"""What we know of a place is told first; what many homes report becomes one incident with one ticket for the crew."""

from __future__ import annotations

import re
from itertools import count
from typing import Any

import pytest

from tests.dialogue.matters import must
from tests.dialogue.player import DEFAULT_CLOCK
from tests.dialogue.talking import Talk
from tests.support import outages
from tests.support.server import Server

NUMBERS = count(1)
# Homes below one transformer of the demo city (阳光花园1号变压器), and one below its neighbour on the same feeder.
HOMES = ["1号楼1单元101", "1号楼1单元302", "1号楼2单元402", "2号楼1单元201", "2号楼2单元601"]
NEXT_DOOR = "5号楼2单元501"
OFF = "停电了"


@pytest.fixture(autouse=True)
def city(server: Server) -> None:
    server.reset(DEFAULT_CLOCK)


def somebody(server: Server, account: str | None = None) -> Talk:
    talk = Talk(server, f"known-{next(NUMBERS)}")
    if account is not None:
        server.sign_in(talk.sender, account)
    return talk


def of_situation(server: Server, name: str) -> Talk:
    return somebody(server, server.demo()["situations"][name]["account_number"])


def clock(server: Server, now: str) -> None:
    server.client.put("/api/demo/clock", json={"now": now}).raise_for_status()


def incidents(server: Server, **wanted: Any) -> list[dict[str, Any]]:
    return server.api("/api/incidents", **wanted)["items"]  # type: ignore[no-any-return]


def reported(server: Server, home: str) -> Talk:
    """Somebody of 阳光花园 who says that it is off, and where."""
    talk = somebody(server)
    talk.say("家里没电了")
    talk.say(f"阳光花园{home}")
    return talk


def suspected(server: Server, homes: int = 3) -> tuple[list[Talk], dict[str, Any]]:
    """That many neighbours, and the incident they make."""
    talks = [reported(server, home) for home in HOMES[:homes]]
    (incident,) = incidents(server, origin="reports")
    return talks, incident


def restore(server: Server) -> None:
    """The city's outage is over, and everybody has been told."""
    number = incidents(server)[-1]["number"]
    dispatcher(server, number, status="restored")
    outages.told(server, number)


def dispatcher(server: Server, number: str, **change: Any) -> dict[str, Any]:
    return server.feed("PATCH", f"/api/incidents/{number}", change)  # type: ignore[no-any-return]


# --- known --------------------------------------------------------------------------------------------------------------
def test_a_known_outage_is_told_at_once_and_makes_no_ticket(server: Server) -> None:
    talk = of_situation(server, "known_outage")
    first = talk.say("家里停电了")
    must(
        re.search("电缆故障[\\s\\S]*今天9:20[\\s\\S]*今天12:20（40分钟前", first), "cause, since, until, how old", talk
    )
    must("算进去" in first and "通知您" in first, "counted in, offered to be told", talk)
    must("通知您" in talk.say("要"), "the offer taken", talk)
    must("12:20" in talk.say("什么时候来电啊"), "told again as it stands", talk)
    must(not talk.tickets() and incidents(server)[0]["reports"] == 1, "no ticket, one home", talk)


def test_an_estimate_that_has_passed_is_said(server: Server) -> None:
    clock(server, "2026-12-09T12:30")
    must("已经过了" in of_situation(server, "known_outage").say("停电了"), "the estimate has passed", somebody(server))


def test_whoever_does_not_want_to_be_told_is_not(server: Server) -> None:
    talk = of_situation(server, "known_outage")
    talk.say(OFF)
    must("不打扰" in talk.say("不用"), "refused", talk)


def test_only_my_home_makes_its_own_ticket(server: Server) -> None:
    talk = of_situation(server, "known_outage")
    talk.say(OFF)
    talk.say("邻居都有电，就我家没有")
    talk.finish()
    (ticket,) = talk.tickets(category="report_outage")
    must(ticket["incident"] is None and incidents(server)[0]["reports"] == 0, "a fault of its own", talk)


def test_a_stranger_with_an_account_number_learns_nothing(server: Server) -> None:
    number = server.demo()["situations"]["known_outage"]["account_number"]
    talk = somebody(server)
    talk.say(f"户号{number}停电了")
    talk.finish()
    must(not re.search("柳林|电缆|12:20", talk.heard), "told whose street is dark", talk)
    (ticket,) = talk.tickets(category="report_outage")
    must(ticket["incident"] == incidents(server)[0]["number"], "the crew is not sent twice", talk)


def test_another_service_is_not_concerned(server: Server) -> None:
    talk = somebody(server)
    must("电缆" not in talk.say("柳林里5号楼3单元402停水了"), "the outage is of electricity", talk)


# --- planned ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("明天会停水吗", "明天9:00到13:00[\\s\\S]*阀门"),
        ("后天停不停水", "12月11日没有已公布的计划停水"),
        ("最近有没有计划停水", "明天9:00到13:00"),
        ("现在停水了吗", "(没有我们知道的|停水)"),
    ],
)
def test_planned_interruptions_at_a_time_asked_about(server: Server, asked: str, told: str) -> None:
    talk = of_situation(server, "planned_interruption")
    must(re.search(told, talk.say(asked)), "the plan", talk)
    must(not talk.tickets(), "a question makes no ticket", talk)


def test_during_a_planned_interruption_nothing_is_registered(server: Server) -> None:
    clock(server, "2026-12-10T10:00")
    talk = of_situation(server, "planned_interruption")
    must(re.search("计划停水[\\s\\S]*13:00", talk.say("我家停水了")) and not talk.tickets(), "planned", talk)


def test_after_its_end_it_is_a_fault(server: Server) -> None:
    clock(server, "2026-12-10T14:30")
    talk = of_situation(server, "planned_interruption")
    must("已经过了" in talk.say("怎么还停着水"), "over its time", talk)
    talk.finish()
    must(talk.tickets(category="report_outage"), "registered", talk)


def test_a_stranger_is_asked_where(server: Server) -> None:
    talk = somebody(server)
    must(re.search("小区|地址", talk.say("明天停水吗")), "where", talk)
    must("9:00到13:00" in talk.say("荷塘花园"), "the plan of that place, at that time", talk)


def test_what_was_off_yesterday(server: Server) -> None:
    number = incidents(server)[0]["number"]
    dispatcher(server, number, status="restored")
    clock(server, "2026-12-10T15:00")
    talk = of_situation(server, "known_outage")
    must(re.search("停过[\\s\\S]*电缆故障", talk.say("昨天上午为什么停电")), "yesterday's", talk)


# --- suspected ----------------------------------------------------------------------------------------------------------
def test_three_neighbours_make_one_incident_and_one_ticket(server: Server) -> None:
    talks, incident = suspected(server)
    must("已有3户" in talks[2].last, "the third is told at once", talks[2])
    must((incident["area_code"], incident["status"]) == ("E-S1-F1-T01", "suspected"), str(incident), talks[2])
    later = reported(server, HOMES[3])
    must("已有4户" in later.last and not later.tickets(), "late reports join", later)
    must(
        "片区" in talks[0].say("刚刚") and not talks[0].tickets(), "the first hears in the middle of his form", talks[0]
    )
    crew = server.api(f"/api/tickets/{incident['ticket']}")
    must(crew["incident"] == incident["number"] and "4户" in crew["description"], str(crew), later)


def test_a_ticket_made_before_waits_for_the_incident(server: Server) -> None:
    first = reported(server, HOMES[0])
    first.finish()
    (own,) = first.tickets()
    _, incident = suspected(server)
    own = server.api(f"/api/tickets/{own['number']}")
    must((own["status"], own["incident"]) == ("waiting", incident["number"]), "held", first)
    must(incident["number"] in first.say("我的报修怎么样了"), "told where it stands", first)


def test_reports_from_the_next_transformer_raise_it_to_the_feeder(server: Server) -> None:
    suspected(server, 5)
    for home in ("3号楼1单元502", "3号楼2单元301", NEXT_DOOR):
        reported(server, home)
    (incident,) = [one for one in incidents(server, origin="reports") if one["status"] == "suspected"]
    must(incident["area_code"] == "E-S1-F1" and incident["reports"] == 8, str(incident), reported(server, NEXT_DOOR))


def test_the_same_home_twice_is_one(server: Server) -> None:
    for _ in range(4):
        reported(server, HOMES[0])
    must(not incidents(server, origin="reports"), "one home is no incident", somebody(server))


# --- the dispatcher -----------------------------------------------------------------------------------------------------
def test_confirmed_with_cause_and_estimate(server: Server) -> None:
    talks, incident = suspected(server)
    dispatcher(server, incident["number"], status="confirmed", cause="变压器跳闸", expected_at="2026-12-09T11:40")
    must(re.search("变压器跳闸[\\s\\S]*今天11:40", reported(server, HOMES[4]).last), "told", talks[0])


def test_dismissed_everybody_has_a_ticket(server: Server) -> None:
    talks, incident = suspected(server)
    dispatcher(server, incident["number"], status="cancelled")
    must(server.api(f"/api/tickets/{incident['ticket']}")["status"] == "cancelled", "the crew's", talks[0])
    for talk in talks:
        (own,) = talk.tickets(category="report_outage")
        must(own["incident"] is None and own["address"].startswith("阳光花园"), "nobody is forgotten", talk)


def test_moved_split_and_merged(server: Server) -> None:
    talks, incident = suspected(server)
    number = incident["number"]
    dispatcher(server, number, area_code="E-S1-F1")
    must("已有4户" in reported(server, NEXT_DOOR).last, "the feeder covers next door", talks[0])
    parts = server.feed("POST", f"/api/incidents/{number}/split", {"areas": ["E-S1-F1-T01", "E-S1-F1-T02"]})
    must([part["reports"] for part in parts] == [3, 1], str(parts), talks[0])
    kept = server.feed("POST", f"/api/incidents/{parts[1]['number']}/merge", {"into": number})
    must(kept["reports"] == 4, str(kept), talks[0])


def test_an_incident_of_our_own_system_takes_the_suspicion_in(server: Server) -> None:
    talks, incident = suspected(server)
    body = {"service": "electricity", "area_code": "E-S1-F1", "cause": "线路跳闸"}
    fed = server.feed("POST", "/api/incidents", body)
    must((fed["reports"], fed["ticket"]) == (3, incident["ticket"]), str(fed), talks[0])
    crew = server.api(f"/api/tickets/{fed['ticket']}")
    must((crew["status"], crew["incident"]) == ("new", fed["number"]), "the crew goes on", talks[0])
    must("线路跳闸" in talks[2].say("什么时候来电"), "told of the new one", talks[2])


# --- the customer's own will ---------------------------------------------------------------------------------------------
def test_only_a_bare_answer_is_one(server: Server) -> None:
    talk = of_situation(server, "known_outage")
    talk.say(OFF)
    must("知道" in talk.say("嗯，还有我家水也停了") and "通知您" not in talk.last, "another matter", talk)
    talk.finish()
    must([t["service"] for t in talk.tickets()] == ["water"], "the water is registered", talk)


def test_notices_can_be_declined_later_and_wished_again(server: Server) -> None:
    talk = of_situation(server, "known_outage")
    for words, told in (
        (OFF, "通知您"),
        ("要", "马上在这里通知"),
        ("算了，不要通知我了", "不打扰"),
        ("还是通知我吧", "马上在这里通知"),
    ):
        must(told in talk.say(words), words, talk)
    (wish,) = server.api("/api/subscriptions", conversation_id=f"rest:{talk.sender}")["items"]
    must(wish["status"] == "open", str(wish), talk)


def test_a_slip_of_the_place_is_put_right(server: Server) -> None:
    talk = somebody(server)
    talk.say("柳林里5号楼停电了")
    must("阳光花园" in talk.say("说错了，是阳光花园5号楼2单元501"), "the right place", talk)
    talk.finish()
    (ticket,) = talk.tickets(category="report_outage")
    must("阳光花园5号楼" in ticket["address"] and incidents(server)[0]["reports"] == 0, "counted where it is", talk)


def test_it_came_back_before_we_said_so(server: Server) -> None:
    talk = of_situation(server, "known_outage")
    talk.say(OFF)
    must("已经恢复" in talk.say("我家来电了"), "noted", talk)
    must("算进去" in talk.say("又停电了"), "off again: counted anew", talk)


def test_off_again_after_the_area_is_back_is_a_fault_of_its_own(server: Server) -> None:
    talk = of_situation(server, "known_outage")
    talk.say(OFF)
    talk.say("不用")
    dispatcher(server, incidents(server)[0]["number"], status="restored")
    talk.say("我家还是没电")
    talk.finish()
    must("正在停电" not in talk.last and talk.tickets(category="report_outage"), "a ticket, not the old story", talk)


def test_still_off_wins_over_the_older_offer(server: Server) -> None:
    talk = of_situation(server, "known_outage")
    talk.say(OFF)
    restore(server)
    must("已经修好" in talk.say("你好"), "told", talk)
    talk.say("还没有")
    must(talk.tickets(category="report_outage"), "its own ticket", talk)


def test_dismissed_homes_are_not_gathered_again(server: Server) -> None:
    talks, incident = suspected(server)
    dispatcher(server, incident["number"], status="cancelled")
    reported(server, HOMES[3])
    must(not incidents(server, status="suspected"), "a person has said that they are none", talks[0])


def test_two_of_one_family_are_both_told_and_one_home(server: Server) -> None:
    number = server.demo()["situations"]["known_outage"]["account_number"]
    for talk in (somebody(server, number), somebody(server, number)):
        must("算进去" in talk.say(OFF), "told", talk)
    (known,) = [one for one in incidents(server) if one["origin"] == "fed"]
    must(known["reports"] == 1, "one home", talk)
    restore(server)
    must("已经修好" in talk.say("你好"), "the second hears of it, too", talk)
