"""Meter readings customers take themselves: told in many ways, doubted once, kept, priced, put right; never to a stranger."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.dialogue.homes import DAYS, Home, fresh_homes, home_of
from tests.dialogue.matters import must
from tests.dialogue.states import PHONE
from tests.dialogue.talking import Talk
from tests.support.photos import data_url, photo
from tests.support.server import Server

NUMBERS = count(1)
SPOKEN = str.maketrans("0123456789", "零幺二三四五六七八九")
ASKED = "读数是多少"
FIRST_TIER = Decimal("0.538")


@pytest.fixture(scope="module")
def homes(server: Server, values: dict[str, str]) -> dict[str, Iterator[Home]]:
    return {service: fresh_homes(server, service) for service in ("electricity", "water", "gas")}


@pytest.fixture
def talk(server: Server) -> Iterator[Talk]:
    one = Talk(server, f"reading-{next(NUMBERS)}")
    yield one
    assert not one.broken, f"{one.broken}\n{one}"


@pytest.fixture
def home(talk: Talk, homes: dict[str, Iterator[Home]]) -> Home:
    """A home whose electricity this customer has proved."""
    return at_home(talk, next(homes["electricity"]))


def at_home(talk: Talk, home: Home, signed_in: bool = True) -> Home:
    talk.values |= {"account": home.number, "digits": home.digits, "fits": str(home.fits), "last": str(home.last)}
    talk.values["spoken"] = str(home.fits).translate(SPOKEN)
    if signed_in:
        talk.server.sign_in(talk.sender, home.number)
    return home


def says(talk: Talk, *texts: str) -> str:
    for text in texts:
        talk.say(text)
    return talk.last


def read(talk: Talk, home: Home) -> list[dict[str, Any]]:
    """The customer's own readings, the latest first."""
    return list(talk.server.api(f"/api/accounts/{home.number}/readings", source="customer")["items"])


def kept(talk: Talk, home: Home, value: int | str, status: str = "accepted") -> dict[str, Any]:
    rows = read(talk, home)
    must(rows and rows[0]["value"] == str(value), f"{value} wanted, there is {[row['value'] for row in rows]}", talk)
    must(rows[0]["status"] == status, f"{status} wanted", talk)
    must(rows[0]["conversation_id"] == f"rest:{talk.sender}", "not from this talk", talk)
    return rows[0]


# --- told in many ways ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    [
        "俺自个儿抄的电表，{fits}",
        "电表读数{fits}度，麻烦给记上",
        "报一下电表数 {fits}",
        "抄了下电表 现在走到{fits}了",
        "我要报电表读数，黑字是{fits}，红字是7",
        "店里电表示数：{fits}。",
        "要报读数，电表上次是{last}，现在是{fits}",
    ],
)
def test_the_number_in_the_first_message(talk: Talk, home: Home, text: str) -> None:
    reply = talk.say(text)
    kept(talk, home, home.fits)
    must(f"{DAYS}天用了{home.fits - home.last}度" in reply, "use since the last reading and days are not told", talk)
    must(not talk.tickets(), "a ticket nobody needs", talk)


@pytest.mark.parametrize("text", ["{fits}", "{spoken}", "是{spoken}呀", "我瞅瞅啊，{fits}", "{fits}度", "{fits}.0"])
def test_the_number_right_after_the_question(talk: Talk, home: Home, text: str) -> None:
    must(ASKED in talk.say("我想自己报个电表数"), "the number is not asked for", talk)
    talk.say(text)
    must(Decimal(read(talk, home)[0]["value"]) == home.fits, "another number", talk)


def test_dictated_in_one_breath_after_another(talk: Talk, home: Home) -> None:
    talk.values["slowly"] = "，".join(str(home.fits).translate(SPOKEN))
    says(talk, "闺女，我要报电表的读数", "{slowly}")
    kept(talk, home, home.fits)


def test_the_money_with_its_arithmetic_on_more(talk: Talk, home: Home) -> None:
    used = home.fits - home.last
    wanted = (used * FIRST_TIER).quantize(Decimal("0.01"))
    must(f"这期约{wanted}元" in talk.say("电表读数{fits}"), f"about {wanted} yuan wanted", talk)
    must(f"{used}度 × 0.538元 = {wanted}元" in talk.say("更多"), "the arithmetic is missing", talk)


def test_a_water_meter_in_tons(talk: Talk, homes: dict[str, Iterator[Home]]) -> None:
    home = at_home(talk, next(homes["water"]))
    must("25日到月底" in talk.say("自家水表抄了，{fits}吨"), "whether it counts for the bill is not told", talk)
    must("这期约" in talk.last, "no money", talk)
    kept(talk, home, home.fits)


def test_a_gas_meter_with_its_red_decimals(talk: Talk, homes: dict[str, Iterator[Home]]) -> None:
    home = at_home(talk, next(homes["gas"]))
    says(talk, "我来报燃气表的数", "黑的{fits}，红框里的325")
    kept(talk, home, home.fits)


def test_peak_and_valley_registers(talk: Talk, server: Server) -> None:
    facts = server.demo()["situations"]["peak_valley"]
    home = at_home(talk, home_of(server, facts["account_number"], facts["phone"]))
    last = server.api(f"/api/accounts/{home.number}/readings", limit=1)["items"][0]
    peak, valley = int(last["peak"]) + 50, int(last["valley"]) + 36
    must("峰、谷" in talk.say("报电表数"), "the registers are not spoken of", talk)
    talk.say(f"峰{peak}，谷{valley}")
    row = kept(talk, home, peak + valley)
    must((row["peak"], row["valley"]) == (str(peak), str(valley)), "the registers are lost", talk)
    more = talk.say("更多")
    must("峰" in more and "50度" in more and "36度" in more, "not priced by its hours", talk)


# --- doubted -------------------------------------------------------------------------------------------------------------
def test_far_too_much_is_explained_then_kept_for_a_visit(talk: Talk, home: Home) -> None:
    reply = says(talk, "报电表数", str(home.last + 3000))
    for part in (str(home.last), f"{DAYS}天", "每天约", "就是这个数"):
        must(part in reply, f"{part} is not said", talk)
    must("核实" in talk.say("没看错，我看了两遍"), "not kept", talk)
    kept(talk, home, home.last + 3000, "for_check")
    (ticket,) = talk.tickets(category="submit_reading")
    must(ticket["number"] in talk.last and ticket["phone"], "no number told, or nobody to phone", talk)


def test_swapped_digits_and_a_yes(talk: Talk, homes: dict[str, Iterator[Home]]) -> None:
    home = at_home(talk, next(one for one in homes["electricity"] if _far_swaps(one)))
    text = str(home.fits)
    must(f"是不是{text}" in says(talk, "报电表数", _far_swaps(home)[0]), "what was probably meant is not said", talk)
    says(talk, "对")
    kept(talk, home, text)


def _far_swaps(home: Home) -> list[str]:
    """The reading that fits with two digits swapped, where that is far too much; 9400 has none."""
    text = str(home.fits)
    swapped = (text[:n] + text[n + 1] + text[n] + text[n + 2 :] for n in range(len(text) - 1))
    return [one for one in swapped if int(one) > home.fits + 100]


def test_the_decimals_read_along_and_said_again_rightly(talk: Talk, home: Home) -> None:
    must("红色的小数" in says(talk, "我要报表数，电表 {fits}5"), "the slip is not named", talk)
    says(talk, "哦哦那是{fits}")
    kept(talk, home, home.fits)


def test_less_than_before_insisted_on_with_the_same_number(talk: Talk, home: Home) -> None:
    low = str(home.last - 40)
    must("就是这个数" in says(talk, f"电表读数{low}"), "not doubted", talk)
    must("派人上门" in talk.say(low), "asked for ever", talk)
    kept(talk, home, low, "for_check")


# --- estimated bills -----------------------------------------------------------------------------------------------------
def test_an_estimate_is_doubted_with_the_number(talk: Talk, server: Server) -> None:
    facts = server.demo()["situations"]["estimated_reading"]
    home = at_home(talk, home_of(server, facts["account_number"], facts["phone"]))
    reply = talk.say("上个月的数是你们估的吧，不准，我表上是{fits}")
    must(f"用了{home.fits - home.last}度" in reply and "这期约" in reply, "not taken as a reading", talk)
    kept(talk, home, home.fits)


def test_what_an_estimate_took_too_much_is_told(talk: Talk, server: Server) -> None:
    facts = server.demo()["situations"]["estimated_reading"]
    home = home_of(server, facts["still_estimated"]["account_number"], facts["phone"])
    home = at_home(talk, home)
    readings = server.api(f"/api/accounts/{home.number}/readings", estimated=False, limit=1)["items"]
    real, low = int(readings[0]["value"]), home.last - 3
    reply = talk.say(f"燃气你们没来抄都是估的，表上才{low}")
    must(re.search("估多了|就是这个数", reply), "neither believed nor doubted", talk)
    must(real < low, "the city's estimate has changed", talk)
    must("这期约" not in reply, "priced below what was billed", talk)
    kept(talk, home, low)


# --- put right -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("text", ["不对，是{right}", "看错了 应该是{right}", "哎呀报错了，{right}"])
def test_a_correction_takes_the_place(talk: Talk, home: Home, text: str) -> None:
    talk.values["right"] = str(home.fits + 1)
    says(talk, "电表读数{fits}", text)
    rows = read(talk, home)
    kept(talk, home, home.fits + 1)
    must(len(rows) == 2 and rows[0]["supersedes"] == rows[1]["id"], "the first stands beside it", talk)


def test_said_twice_is_the_same_reading(talk: Talk, home: Home) -> None:
    must("已经记过" in says(talk, "电表读数{fits}", "电表读数{fits}"), "not said", talk)
    must(len(read(talk, home)) == 1, "written twice", talk)


# --- photos --------------------------------------------------------------------------------------------------------------
def send_photo(talk: Talk, text: str = "") -> None:
    body = {"sender": talk.sender, "message": text, "metadata": {"image": data_url(photo())}}
    talk.server.client.post("/webhooks/rest/webhook", json=body).raise_for_status()


def test_photos_go_with_the_reading(talk: Talk, home: Home) -> None:
    send_photo(talk)
    must(ASKED in talk.say("我要自己报电表数"), "a photo alone is no number", talk)
    send_photo(talk)
    talk.say("{fits}")
    must(len(kept(talk, home, home.fits)["photos"]) == 1, "the photo is lost", talk)


def test_who_cannot_read_it_leaves_the_photo(talk: Talk, home: Home) -> None:
    talk.say("我要自己报电表数")
    send_photo(talk)
    must("同事" in talk.say("太黑了我看不清呀"), "no way on", talk)
    talk.say(PHONE)
    (ticket,) = talk.tickets(category="submit_reading")
    must(len(ticket["attachments"]) == 1, "the photo is not with the ticket", talk)


# --- interrupted ---------------------------------------------------------------------------------------------------------
def test_how_it_is_done_then_done(talk: Talk, home: Home) -> None:
    must("总电量" in talk.say("请问表数该怎么报"), "not answered", talk)
    talk.say("{fits}")
    kept(talk, home, home.fits)


def test_an_outage_and_danger_in_between(talk: Talk, home: Home) -> None:
    says(talk, "我要报电表数", "诶突然停电了", "就刚才", "对")
    must(ASKED in talk.last, "it does not come back", talk)
    must("安全" in talk.say("楼下电线掉地上冒火花了"), "safety first", talk)
    says(talk, "就在楼门口", "接着办", "{fits}")
    kept(talk, home, home.fits)


@pytest.mark.parametrize("text", ["算了不报了", "取消吧"])
def test_cancelled_leaves_nothing(talk: Talk, home: Home, text: str) -> None:
    must("没有登记" in says(talk, "我要报电表数", text), "not said", talk)
    must(not read(talk, home) and not talk.tickets(), "something is kept", talk)


def test_another_wish_follows(talk: Talk, home: Home) -> None:
    says(talk, "我要报电表数", "另外帮我开上个月的电费发票")
    must("抬头" in talk.say("{fits}"), "the invoice is forgotten", talk)
    kept(talk, home, home.fits)


# --- whose it is ---------------------------------------------------------------------------------------------------------
def test_proved_on_the_way(talk: Talk, homes: dict[str, Iterator[Home]]) -> None:
    home = at_home(talk, next(homes["electricity"]), signed_in=False)
    must("户号" in talk.say("电表读数{fits}"), "no proof asked for", talk)
    must("这期约" in talk.say("{account}，后四位{digits}"), "it does not go on", talk)
    kept(talk, home, home.fits)


def test_another_services_account_proves_nothing_of_this_meter(talk: Talk, homes: dict[str, Iterator[Home]]) -> None:
    home = at_home(talk, next(homes["electricity"]), signed_in=False)
    says(talk, "水表读数是318", "{account}，{digits}")
    must("同事核实" in talk.last and "回电" in talk.last, "not told, or nobody can phone", talk)
    talk.say(PHONE)
    (ticket,) = talk.tickets(category="submit_reading")
    must("318" in ticket["description"] and "未核实" in ticket["description"], "not noted", talk)
    must(not read(talk, home), "written to the wrong meter", talk)


@pytest.mark.parametrize("texts", [("水表读数是12345",), ("怎么报水表数", "12345")])
def test_a_reading_is_not_taken_for_an_account_number(talk: Talk, texts: tuple[str, ...]) -> None:
    reply = says(talk, *texts)
    must("户号" in reply and "5位" not in reply, "taken for a short account number", talk)


def test_account_and_number_are_no_proof_in_one_message(talk: Talk, homes: dict[str, Iterator[Home]]) -> None:
    at_home(talk, next(homes["electricity"]), signed_in=False)
    reply = talk.say("户号{account} 电表{fits}")
    must("后四位" in reply and "对不上" not in reply, "the reading was tried as the phone's digits", talk)


def test_a_stranger_learns_nothing_and_is_noted(talk: Talk, homes: dict[str, Iterator[Home]]) -> None:
    home = at_home(talk, next(homes["electricity"]), signed_in=False)
    says(talk, f"电表读数{home.last + 3000}", "{account}，0001", "不想说了，你们先记着", PHONE)
    must(str(home.last) not in talk.heard.replace(str(home.last + 3000), ""), "the last reading was told", talk)
    must(not re.search("每天约|用了|元", talk.heard), "something of the account was told", talk)
    must(not read(talk, home), "written to an account nobody proved", talk)
    (ticket,) = talk.tickets(category="submit_reading")
    must(ticket["account_number"] is None and str(home.last + 3000) in ticket["description"], "not noted", talk)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    text=st.text(min_size=1, max_size=40)
    | st.sampled_from(["99999999999", "-5", "1e9", "峰谷", "0.0.1", "٣٤٥", "二百五"])
)
def test_any_text_is_answered(server: Server, values: dict[str, str], text: str) -> None:
    one = Talk(server, f"reading-{next(NUMBERS)}", values)
    server.sign_in(one.sender, values["account"])
    for said in ("我要报电表数", text, text, "就是这个数"):
        assert "系统刚才出了错" not in server.text(one.sender, said)
