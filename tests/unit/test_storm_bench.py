"""The arithmetic of `make bench-storm`: who writes when, what is asked, what counts as lost, doubled, found."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from bench import storm_score as score
from bench.storm_city import NAMES, City
from bench.storm_load import Course, Seen, Sent
from bench.storm_plan import DANGER, ISOLATED, LAST, LEAST, Customer, Failure, Plan, arrival, shares
from bench.storm_talks import LEAST as LEAST_SAID
from bench.storm_talks import Talk, asked_for
from demo.data import read
from kefu.network.place_names import likeness, name_of
from kefu.nlu.values.address import find_addresses

CITY = City()
SECONDS = 600.0
KNOWN = score.PHRASES["known_outage"].format(area="人民线", what="停电", cause="还在查", start="9:40", expected="")
PLAN = Plan(CITY, 2000, SECONDS, seed=6)


# --- the city and the plan -----------------------------------------------------------------------------------------------
def test_the_city_has_the_promised_size_and_every_home_one_place_in_it() -> None:
    kinds = Counter(device.kind for device in CITY.devices.values())
    assert kinds == {"station": 3, "feeder": 12, "transformer": 100}
    assert len(CITY.homes) == len(CITY.addresses) == len({home.number for home in CITY.homes}) == 6000
    assert all([CITY.devices[code].kind for code in CITY.path(home.transformer)] == ["transformer", "feeder", "station"]
               for home in CITY.homes)  # fmt: skip
    assert sum(len(CITY.below(f"E-X{number}")) for number in (1, 2, 3)) == 6000


def test_no_community_is_taken_for_another() -> None:
    demo = [n for kind in ("communities", "villages", "more_places") for p in read("communities")[kind]
            for n in (p["name"], *p["aliases"])]  # fmt: skip
    alike = [(a, b) for a in NAMES for b in (*NAMES, *demo) if a != b and likeness(name_of(a), name_of(b))]
    assert alike == []
    for home in CITY.homes[::613]:
        (found,) = find_addresses(f"{home.told}，停电了")
        assert found.value["community"] == home.community and found.value["building"] == f"{home.building}号楼"


def test_a_plan_is_the_same_again_and_has_the_promised_customers() -> None:
    again = Plan(CITY, 2000, SECONDS, seed=6)
    assert again.customers == PLAN.customers and again.failures == PLAN.failures
    assert len(PLAN.customers) == 2000 == len({customer.sender for customer in PLAN.customers})
    whys = Counter(customer.why for customer in PLAN.customers)
    assert (whys["isolated"], whys["danger"]) == (2000 * ISOLATED, 2000 * DANGER)
    assert all(whys[why] > 20 for why in ("asking", "wrong", "second"))
    assert sorted(CITY.devices[f.code].kind for f in PLAN.failures) == [
        "feeder",
        "station",
        "transformer",
        "transformer",
    ]
    assert not [(f, g) for f in PLAN.failures for g in PLAN.failures if f != g and g.code in CITY.path(f.code)]


def test_everybody_writes_after_what_broke_and_lives_where_it_is_felt() -> None:
    for customer in PLAN.customers:
        assert customer.at <= SECONDS * LAST
        if customer.failure is not None:
            assert customer.at >= customer.failure.at and customer.failure.code in CITY.path(customer.home.transformer)
        elif customer.why == "isolated":
            assert not any(f.code in CITY.path(customer.home.transformer) for f in PLAN.failures)
        if customer.why == "wrong":
            assert customer.told != customer.home.told
    alone = Counter(customer.home.transformer for customer in PLAN.customers if customer.why == "isolated")
    assert max(alone.values()) <= 2
    dark = [customer.home.number for customer in PLAN.customers if customer.why in ("dark", "asking", "wrong")]
    assert len(dark) == len(set(dark))


def test_shares_give_small_devices_enough_and_none_more_than_its_homes() -> None:
    assert shares([60, 2160, 480, 60], 1920) == [42, 1502, 334, 42]
    assert shares([60, 2160, 480, 60], 60) == [LEAST, 24, LEAST, LEAST]
    assert sum(shares([60, 60], 100)) == 100 and max(shares([60, 600], 500)) <= 540
    with pytest.raises(ValueError):
        shares([60, 60], 200)


def test_first_words_come_soon_after_the_failure() -> None:
    dice = random.Random(1)
    delays = sorted(arrival(dice, 60.0, SECONDS) - 60.0 for _ in range(2000))
    assert delays[0] >= 0 and delays[-1] <= SECONDS * LAST - 60.0
    assert 70 < delays[1000] < 120


# --- what customers say ------------------------------------------------------------------------------------------------
def customer(why: str = "dark", **more: Any) -> Customer:
    given = {"index": 1, "home": CITY.homes[0], "told": CITY.homes[0].told, "at": 0.0, "failure": None, "seed": 3}
    flags = dict.fromkeys(("repeated", "twice", "address_first"), False)
    return Customer(why=why, **{**given, **flags, **more})


@pytest.mark.parametrize(
    ("reply", "asked"),
    [
        ("知道了，电停了确实着急，我马上帮您报修。\n请告诉我详细地址，师傅才找得到您家。比如：阳光花园5号楼2单元501。", ["address"]),
        ("大概是什么时候开始的？好判断是不是一片都受影响。", ["since"]),
        ("跟您核对一下：\n· 地址：明珠花园\n· 电话：没有留\n对吗？", ["confirm"]),
        ("人都没事吧？请马上告诉我出事的位置在哪儿，好派人。", ["safe", "address"]),
        ("恢复供电时要通知您吗？", ["notify"]),
        ("您问的是哪儿？告诉我小区名或者地址，我查一查那一片。", ["address"]),
        ("现在没有我们知道的停电。要是您家正停着，回我一句“停电了”，马上给您报修。", ["still"]),
        ("明珠花园这一片停电了，正在抢修，预计18:30前恢复。", []),
    ],
)  # fmt: skip
def test_only_what_a_reply_asks_for_is_answered(reply: str, asked: list[str]) -> None:
    assert asked_for([reply]) == asked


def test_a_talk_answers_what_is_asked_and_has_at_least_four_messages() -> None:
    talk = Talk(customer())
    assert talk.opening() and talk.place_at is None
    assert talk.answer(["请告诉我详细地址"]) == CITY.homes[0].told and talk.place_at == 1
    while talk.answer(["好的。"]):
        pass
    assert len(talk.said) == LEAST_SAID

    stubborn = Talk(customer(address_first=True))
    stubborn.opening()
    while stubborn.answer(["请问您的电话号码是多少？"]):
        pass
    assert sum(text.startswith("138") for text in stubborn.said) == 2 and stubborn.place_at == 0


# --- scores ------------------------------------------------------------------------------------------------------------
def course(
    index: int, *messages: Sent, why: str = "dark", told: str = "A1", place_at: int | None = 0, **more: Any
) -> Course:
    return Course(customer(why, index=index, told=told, **more), list(messages), place_at=place_at)


def heard(text: str, at: float = 0.0, latency_s: float | None = 0.1, reply: str = "好的") -> Sent:
    return Sent(text, at, latency_s, [reply] if latency_s is not None else [])


def ticket(number: str, sender: str | None, incident: str | None = None, **more: Any) -> dict[str, Any]:
    row = {
        "number": number,
        "conversation_id": sender and f"rest:{sender}",
        "kind": "fault",
        "category": "report_outage",
    }
    return {**row, "status": "new", "incident": incident, **more}


def test_lost_is_what_nobody_answered_or_wrote_down() -> None:
    told = course(1, heard("停电了"), heard("停电了"), heard("谢谢"))
    silent = course(2, heard("停电了"), heard("谢谢", latency_s=None))
    unrecorded = course(3, Sent("停电了", 0.0, 0.1, ["没能记录"], recorded=False))
    found = score.lost([told, silent, unrecorded], {"storm-00001": ["停电了", "谢谢"], "storm-00002": ["停电了"] * 2})
    assert found == {
        "lost": 3, "unanswered": 1, "unrecorded": 1, "not_in_transcript": 1, "twice_in_transcript": 1,
    }  # fmt: skip
    assert score.lost([told, silent], None)["lost"] == 1


def test_latency_is_told_for_all_and_for_the_busiest_minute() -> None:
    quiet, busy = [heard("a", at=1.0, latency_s=0.01)], [heard("b", at=61.0, latency_s=n / 1000) for n in range(1, 101)]
    found = score.speed([*quiet, *busy], took_s=101.0)
    assert found["msg_s"] == 1.0 and found["max_ms"] == 100.0
    assert found["peak_minute"] == {"messages": 100, "p50_ms": 51.0, "p95_ms": 96.0, "p99_ms": 100.0, "max_ms": 100.0}
    assert score.latencies([heard("x", latency_s=None)])["p99_ms"] is None


def test_crews_go_to_homes_without_an_incident_and_once_to_an_incident() -> None:
    tickets = [
        ticket("BX1", "storm-00001"),
        ticket("BX2", "storm-00002"),  # a second person of the same home
        ticket("BX3", "storm-00003", incident="GZ1"),
        ticket("BX4", "storm-00004", incident="GZ1"),  # the crew's own
        ticket("BX5", "storm-00005", status="cancelled"),
        ticket("XQ1", "storm-00006", kind="enquiry"),
        ticket("BX7", None, incident="GZ2"),  # made for the incident, by nobody's talk
    ]
    sent_for = score.dispatched(tickets, [{"ticket": "BX4"}, {"ticket": "BX7"}, {"ticket": None}])
    assert [row["number"] for row in sent_for] == ["BX1", "BX2", "BX4", "BX7"]
    courses = [course(n, heard("停电了"), told="A1" if n < 3 else f"A{n}") for n in range(1, 6)]
    assert score.duplicates(sent_for, courses) == 1
    courses[1].customer = customer("isolated", index=2, told="A2")
    assert score.duplicates(sent_for, courses) == 0
    found = score.sending(courses, sent_for)
    assert (found["reports"], found["dispatch_tickets"], found["dispatch_tickets_of_the_dark"]) == (5, 4, 3)
    assert found["dispatch_saved"] == 0.25


def test_devices_are_found_exactly_one_step_off_or_missed() -> None:
    failures = [Failure(code, 0.0) for code in ("E-X1", "E-X2-F1", "E-X3-F1-T171", "E-X2-F3-T131")]
    codes = ["E-X1", "E-X1-F2", "E-X2-F1-T102", "E-X3-F1-T172", "E-X2-F3"]
    rows = [{"area_code": code, "status": "suspected"} for code in codes]
    rows += [{"area_code": "E-X3-F1", "status": "cancelled"}, {"area_code": "E-S1-F3", "status": "confirmed"}]
    standing = score.believed(rows, CITY)
    assert [row["area_code"] for row in standing] == codes
    found = score.devices_found(CITY, failures, standing)
    assert found["devices"] == {
        "E-X1": "exact",
        "E-X2-F1": "adjacent",
        "E-X3-F1-T171": "missed",
        "E-X2-F3-T131": "adjacent",
    }
    assert {k: found[k] for k in ("exact", "adjacent", "missed", "false", "extra", "share")} == {
        "exact": 1, "adjacent": 2, "missed": 1, "false": 1, "extra": 1, "share": 0.75,
    }  # fmt: skip


def test_detection_counts_seconds_and_reports_since_the_failure() -> None:
    failure, home = Failure("E-X1-F1", 20.0), CITY.homes[0]
    courses = [course(n, heard(home.told, at=10.0 + n), told=home.told, failure=failure) for n in range(1, 6)]
    seen = [Seen("GZ1", 13.0, [(13.0, "E-X1-F1-T011"), (14.5, "E-X1-F1")])]
    found = score.detections(CITY, [failure], seen, courses, speed=2.0)
    assert found == {"E-X1-F1": {"first_s": 3.0, "reports_before": 3, "right_s": 3.0}}
    assert score.detections(CITY, [Failure("E-X2", 0.0)], seen, courses, 1.0)["E-X2"]["first_s"] is None

    courses[4].messages[0].replies = [KNOWN]
    courses[3].messages[0].replies = [KNOWN, "留个电话吧，师傅到了好联系您。号码是？"]
    assert score.told_at_once(CITY, seen, courses) == {"covered": 3, "told": 1, "share": 0.333}


def test_an_isolated_home_keeps_its_own_ticket_or_is_swallowed() -> None:
    courses = [course(n, heard("只有我家没电"), why="isolated", told=f"A{n}") for n in range(1, 5)]
    courses[2].messages[0].replies = [KNOWN]
    tickets = [ticket("BX1", "storm-00001"), ticket("BX2", "storm-00002", incident="GZ1")]
    assert score.outcomes(courses, tickets) == {
        "own": 1, "attached": 1, "told": 1, "nothing": 1, "isolated_own": 1, "isolated_swallowed": 2,
    }  # fmt: skip


def test_every_danger_gets_one_emergency_ticket() -> None:
    courses = [course(n, heard("冒火了"), why="danger") for n in range(1, 4)]
    rows = [ticket(f"JJ{n}", f"storm-0000{who}", kind="emergency") for n, who in enumerate((1, 1, 2))]
    assert score.emergencies(courses, rows) == {"placed": 3, "tickets": 3, "missing": 1, "twice": 1}
