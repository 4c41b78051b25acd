"""Invoices asked for in many voices: which months, whose title, which kind; told plainly what cannot be; put right."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from tests.dialogue.homes import Home, fresh_homes, home_of
from tests.dialogue.matters import must
from tests.dialogue.talking import Talk
from tests.support.server import Server

NUMBERS = count(1)
TITLE, OTHER_TITLE, TAX = "云江茶业有限公司", "云江饮食有限公司", "91350100M000100Y43"
FOR_A_COMPANY = f"抬头{TITLE}，税号{TAX}，发到a@b.cn"
SOURCE = "5个工作日内"


@pytest.fixture(scope="module")
def homes(server: Server, values: dict[str, str]) -> Iterator[Home]:
    return fresh_homes(server, "electricity")


@pytest.fixture(scope="module")
def shops(server: Server, values: dict[str, str]) -> Iterator[Home]:
    return fresh_homes(server, "electricity", "business")


@pytest.fixture
def stranger(server: Server) -> Iterator[Talk]:
    one = Talk(server, f"invoice-{next(NUMBERS)}")
    yield one
    assert not one.broken, f"{one.broken}\n{one}"


@pytest.fixture
def talk(stranger: Talk, homes: Iterator[Home]) -> Talk:
    """A customer who has proved a home that nobody asked for an invoice of."""
    return at_home(stranger, next(homes))


def at_home(talk: Talk, home: Home, signed_in: bool = True) -> Talk:
    talk.values |= {"account": home.number, "digits": home.digits}
    if signed_in:
        talk.server.sign_in(talk.sender, home.number)
    return talk


def says(talk: Talk, *texts: str) -> str:
    for text in texts:
        talk.say(text)
    return talk.last


def asked(talk: Talk, status: str = "requested") -> list[dict[str, Any]]:
    """The invoices asked for in this talk, the oldest period first."""
    number = talk.values["account"]
    rows = talk.server.api("/api/invoices", account_number=number, status=status, limit=100)["items"]
    own = [row for row in rows if row["conversation_id"] == f"rest:{talk.sender}"]
    return sorted(own, key=lambda row: str(row["period"]))


def bills(talk: Talk) -> dict[str, Decimal]:
    rows = talk.server.api(f"/api/accounts/{talk.values['account']}/bills", limit=60)["items"]
    return {row["period"]: Decimal(row["amount"]) for row in rows}


def done(talk: Talk, *periods: str) -> list[dict[str, Any]]:
    """These months were asked for, told to the fen, under a number that was told."""
    rows, due = asked(talk), bills(talk)
    must([row["period"] for row in rows] == list(periods), f"{periods} wanted", talk)
    for row in rows:
        must(Decimal(row["amount"]) == due[row["period"]], "not the bill's amount", talk)
        must(f"{due[row['period']]}元" in talk.heard, "the amount was not told", talk)
        must(row["ticket"] in talk.heard, "the number was not told", talk)
    must(SOURCE in talk.heard, "no promise", talk)
    if len(periods) > 1:
        must(f"合计{sum(due[period] for period in periods)}元" in talk.heard, "no sum", talk)
    return rows


# --- which months --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("wish", "periods"),
    [
        ("帮我开上个月的电费发票，个人抬头", ["2026-11"]),
        ("师傅 上半年的发票都给我补开一下吧，开个人的", [f"2026-0{n}" for n in range(1, 7)]),
        ("要开二季度的电费发票，写个人就行", ["2026-04", "2026-05", "2026-06"]),
        ("麻烦开一下9月和10月的发票，自己报销用，个人", ["2026-09", "2026-10"]),
        ("给我开张电费发票，个人的", ["2026-11"]),
        ("申请8到10月的发票 个人", ["2026-08", "2026-09", "2026-10"]),
    ],
)
def test_the_months_that_are_named(talk: Talk, wish: str, periods: list[str]) -> None:
    says(talk, wish, "没有", "不用")
    rows = done(talk, *periods)
    must({row["kind"] for row in rows} == {"ordinary"}, "another kind", talk)


def test_a_month_without_a_bill_and_one_too_old_are_told(talk: Talk) -> None:
    says(talk, "给我开2023年3月的发票，个人", "没有", "不用")
    must(re.search("2023年3月：(没有账单|时间太久)", talk.last), "not told", talk)
    must(not asked(talk) and not talk.tickets(), "something was asked for", talk)


def test_unpaid_bills_are_taken_and_told(stranger: Talk) -> None:
    facts = stranger.server.demo()["situations"]["in_arrears"]
    at_home(stranger, home_of(stranger.server, facts["account_number"], facts["phone"]))
    says(stranger, "开最近两个月的发票，个人抬头，发到q@q.cn", "不用")
    must("还没交清" in stranger.last and "交清后再开" in stranger.last, "not told", stranger)
    done(stranger, "2026-10", "2026-11")


# --- whose title ---------------------------------------------------------------------------------------------------------
def test_a_company_all_at_once(talk: Talk) -> None:
    says(talk, f"给我们开上月电费发票，{FOR_A_COMPANY}", "可以")
    (row,) = done(talk, "2026-11")
    must(TITLE in talk.last and TAX in talk.last, "title and tax number are not read back", talk)
    must("a***@b.cn" in talk.last and "a@b.cn" not in talk.last, "the mailbox is not masked", talk)
    must(row["tax_number"] == TAX and len(talk.callbacks()) == 1, "not as it was said", talk)


def test_shorthand_of_a_shop(talk: Talk) -> None:
    says(talk, "开票 上月电费", f"{TITLE}", f"{TAX}", "邮箱qq 284419077", "甭打了")
    done(talk, "2026-11")
    must("@qq.com" in talk.last, "the mailbox of a QQ number was not understood", talk)


def test_a_person_is_the_holder_and_masked(talk: Talk) -> None:
    says(talk, "闺女，我想开张电费的发票", "就写我自个儿", "没有邮箱啊", "不用打电话")
    done(talk, "2026-11")
    must(re.search("个人（.\\*+）", talk.heard), "the name is not masked", talk)
    must("营业厅打印" in talk.heard, "how it is had without a mailbox is not told", talk)


def test_a_wrong_tax_number_is_explained(talk: Talk) -> None:
    must("17位" in says(talk, f"开上个月的发票，抬头{TITLE}", TAX[:-1]), "what is wrong is not said", talk)
    says(talk, TAX, "没有", "不用")
    done(talk, "2026-11")


def test_a_correction_before_it_goes_off(talk: Talk) -> None:
    says(talk, f"开上个月电费发票，抬头{OTHER_TITLE}", "抬头错了，是" + TITLE, TAX, "没有", "不用")
    must(TITLE in talk.last and OTHER_TITLE not in talk.last, "the old title stands", talk)
    done(talk, "2026-11")


# --- a special invoice ---------------------------------------------------------------------------------------------------
def test_a_home_cannot_have_a_special_invoice(talk: Talk) -> None:
    must("只开给单位户" in talk.say(f"要开专票，上个月的，{FOR_A_COMPANY}"), "not told", talk)
    talk.say("不用")
    must(done(talk, "2026-11")[0]["kind"] == "ordinary", "not the ordinary one instead", talk)


def test_a_shop_is_asked_for_address_and_bank(stranger: Talk, shops: Iterator[Home]) -> None:
    at_home(stranger, next(shops))
    must("税号" in stranger.say("我店里要开增值税专用发票，上个月电费"), "the holder is the title", stranger)
    must("地址" in says(stranger, TAX, "fp@s.cn"), "the address is not asked for", stranger)
    must("开户" in stranger.say("云江市湖滨路21号，0600-8600201"), "the bank is not asked for", stranger)
    says(stranger, "工商银行云江支行 6222020200112233", "不用")
    (row,) = done(stranger, "2026-11")
    must(row["kind"] == "special" and "湖滨路" in row["address"] and "工商" in row["bank"], "incomplete", stranger)
    must("营业执照" in stranger.heard, "what is needed the first time is not told", stranger)


def test_a_special_invoice_needs_the_holders_title(stranger: Talk, shops: Iterator[Home]) -> None:
    at_home(stranger, next(shops))
    says(stranger, f"开上个月的专票，{FOR_A_COMPANY}", "云江市湖滨路21号", "工行云江支行", "不用")
    must("和户名一致" in stranger.heard and not asked(stranger), "another title passes", stranger)


# --- asked again, put right ----------------------------------------------------------------------------------------------
def test_asked_twice_is_the_same(talk: Talk) -> None:
    wish = "帮我开上个月的电费发票，个人，发到a@b.cn"
    says(talk, wish, "不用", wish, "不用")
    must("已经申请过" in talk.last, "not told", talk)
    must(len(asked(talk)) == 1 and asked(talk)[0]["ticket"] in talk.last, "asked for twice", talk)


def test_another_title_takes_the_place(talk: Talk) -> None:
    says(talk, f"开9月和10月的发票，抬头{OTHER_TITLE}，税号{TAX}，a@b.cn", "可以")
    talk.say(f"抬头写错了，应该是{TITLE}")
    must({row["period"] for row in asked(talk)} == {"2026-09", "2026-10"}, "other months", talk)
    must(len(asked(talk, "replaced")) == 2 and TITLE in talk.last, "the old title stands", talk)
    must(len(talk.callbacks()) == 1, "two calls about one matter", talk)


def test_another_mailbox_is_no_new_invoice(talk: Talk) -> None:
    says(talk, "开上个月电费发票 个人 发到a@b.cn", "不用", "邮箱写错了，是lx@b.cn")
    must([row["email"] for row in asked(talk)] == ["lx@b.cn"], "the old mailbox stands", talk)


def test_an_issued_invoice_is_reversed_not_edited(talk: Talk) -> None:
    says(talk, f"开上个月的电费发票，抬头{OTHER_TITLE}，税号{TAX}，a@b.cn", "不用")
    issued = {"status": "issued", "invoice_number": f"2633{next(NUMBERS):08d}"}
    headers = {"Authorization": f"Bearer {talk.server.token('supervisor')}"}
    url = f"/api/invoices/{asked(talk)[0]['id']}"
    talk.server.client.patch(url, json=issued, headers=headers).raise_for_status()
    reply = talk.say(f"发票抬头开错了，改成{TITLE}")
    must("换抬头重开" in reply and "需要" in reply, "what is done about it is not told", talk)
    must([row["replaces"] is not None for row in asked(talk)] == [True], "no request to reverse it", talk)


# --- interrupted ---------------------------------------------------------------------------------------------------------
def test_an_outage_in_between(talk: Talk) -> None:
    says(talk, "我要开上个月的发票", "哎呀家里停电了", "刚停的", "对")
    must("抬头" in talk.last, "it does not come back", talk)
    says(talk, "个人", "没有", "不用")
    done(talk, "2026-11")


def test_cancelled_leaves_nothing(talk: Talk) -> None:
    must("没有登记" in says(talk, "我要开发票", TITLE, "算了不开了，取消"), "not said", talk)
    must(not asked(talk) and not talk.tickets(), "something was asked for", talk)


def test_a_reading_follows(talk: Talk) -> None:
    says(talk, "我要开上个月的发票", "顺便报一下电表读数", "个人", "没有")
    must("读数是多少" in talk.say("不用"), "the reading is forgotten", talk)
    done(talk, "2026-11")


# --- whose it is ---------------------------------------------------------------------------------------------------------
def test_proof_in_the_first_message(stranger: Talk, homes: Iterator[Home]) -> None:
    at_home(stranger, next(homes), signed_in=False)
    says(stranger, "户号{account}，手机后四位{digits}，帮我开上个月的电费发票，个人", "没有", "不用")
    done(stranger, "2026-11")


def test_a_stranger_learns_nothing(stranger: Talk, homes: Iterator[Home]) -> None:
    at_home(stranger, next(homes), signed_in=False)
    says(stranger, "开上个月的电费发票，个人，a@b.cn", "{account}，0001", "不想说了", "13900000235")
    must(not re.search("\\d元|\\*\\*）", stranger.heard), "something of the account was told", stranger)
    must(not asked(stranger), "asked for without proof", stranger)
    (ticket,) = stranger.tickets(category="ask_invoice")
    must(ticket["account_number"] is None and "上个月" in ticket["description"], "not noted", stranger)
