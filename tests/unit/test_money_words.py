"""What words say of a relief or a payment: numbers, days, ways to pay, what is amiss; no text makes them fail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu.billing.relief import Wish
from kefu.clock import clock
from kefu.company.data import get_company
from kefu.intake.payment_words import payment_said
from kefu.intake.relief_words import wish_of
from kefu.privacy.masking import mask_cards, mask_text


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    """A Wednesday."""
    clock.set(datetime.fromisoformat("2026-12-09T10:20:00+08:00"))
    yield
    clock.set(None)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("分三次", 3),
        ("分成6期", 6),
        ("分俩月给", 2),
        ("想分12个月还", 12),
        ("分期", None),
        ("分0期", None),
        ("分一次", None),
    ],
)
def test_parts(text: str, parts: int | None) -> None:
    assert wish_of("instalments", [text]) == Wish("instalments", parts=parts)


@pytest.mark.parametrize(
    ("text", "days", "until"),
    [
        ("缓20天", 20, None),
        ("宽限两周", 14, None),
        ("晚半个月交", 15, None),
        ("下个月发了工资再交", None, date(2027, 1, 31)),
        ("缓到下个月10号", None, date(2027, 1, 10)),
        ("月底再交", None, date(2026, 12, 31)),
        ("缓一缓", None, None),
    ],
)
def test_until_when(text: str, days: int | None, until: date | None) -> None:
    assert wish_of("postpone", [text]) == Wish("postpone", days=days, first_on=until)


def test_the_last_word_counts() -> None:
    assert wish_of("postpone", ["缓20天", "还是缓到下个月5号吧"]) == Wish("postpone", first_on=date(2027, 1, 5))


def test_a_payment_in_words() -> None:
    said = payment_said(get_company(), ["昨天微信交的231块，今天还显示欠，单号4200001234202612081234567890"])
    assert (said.amount, said.on, said.channel) == (Decimal("231.00"), date(2026, 12, 8), "微信")
    assert said.reference == "4200001234202612081234567890"


@pytest.mark.parametrize(
    ("text", "amiss"),
    [
        ("缴重了", "twice"),
        ("扣了我两回", "twice"),
        ("交到邻居家户上了", "wrong_account"),
        ("把钱退给我", "refund"),
        ("没到账", "missing"),
    ],
)
def test_what_is_amiss(text: str, amiss: str) -> None:
    assert payment_said(get_company(), [text]).amiss == amiss


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("卡号6222021234567890128", "卡号****0128"),
        ("6222 0212 3456 7890 128交的", "****0128交的"),
        ("单号4200001234202612081234567890", "单号4200001234202612081234567890"),
        ("户号3365985070", "户号3365985070"),
    ],
)
def test_only_cards_are_cut(text: str, shown: str) -> None:
    assert mask_cards(text) == shown and mask_text(text) == shown


@given(st.text(max_size=60) | st.from_regex(r"[分缓交0-9一二三半期天月号单笔退 ]{0,40}", fullmatch=True))
def test_any_text(text: str) -> None:
    for kind in ("postpone", "instalments", "hardship", "waive_late_fee"):
        wish_of(kind, [text])  # type: ignore[arg-type]
    payment_said(get_company(), [text])
    mask_text(text)
