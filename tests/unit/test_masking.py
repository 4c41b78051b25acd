"""What of a phone may be shown, alone and in a customer's words."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kefu.privacy.masking import mask_phone, mask_text

MOBILES = st.from_regex(r"1[3-9]\d{9}", fullmatch=True)
PHONES = MOBILES | st.from_regex(r"0(10|2\d|[3-9]\d\d)-?[2-8]\d{6,7}|[2-8]\d{6,7}|400\d{7}", fullmatch=True)
AROUND = st.sampled_from(
    ["", "电话", "我的电话是", "家里停电了，", "，请尽快", "。谢谢", "（微信同号）", " ", "\n", "打给", "吧"]
)


def figures(text: str | None) -> str:
    return "".join(sign for sign in text or "" if sign.isdigit())


@pytest.mark.parametrize(
    ("phone", "shown"),
    [("13812345678", "138****5678"), ("0551-62837719", "0551****19"), ("12345", "****"), ("", ""), (None, None)],
)
def test_phones(phone: str | None, shown: str | None) -> None:
    assert mask_phone(phone) == shown


@given(PHONES)
def test_at_least_four_figures_of_any_phone_stay_hidden(phone: str) -> None:
    shown = mask_phone(phone)
    assert shown is not None and "****" in shown
    assert len(figures(phone)) - len(figures(shown)) >= 4, f"{len(figures(phone))} figures, {len(figures(shown))} shown"


@given(st.text(max_size=30))
def test_any_phone_can_be_masked_and_never_comes_back_whole(phone: str) -> None:
    shown = mask_phone(phone)
    assert shown == phone == "" or (shown != phone and "****" in str(shown)) or phone == "****"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("我要找人工，电话13812345678", "我要找人工，电话138****5678"),
        ("13812345678和13987654321都行", "138****5678和139****4321都行"),
        ("打138 1234 5678", "打138****5678"),
        ("打１３８１２３４５６７８", "打138****5678"),
        ("5号楼2单元501停电", "5号楼2单元501停电"),
        ("", ""),
    ],
)
def test_a_phone_in_words_is_masked_and_the_words_stay(text: str, shown: str) -> None:
    assert mask_text(text) == shown


@given(before=AROUND, phones=st.lists(MOBILES, min_size=1, max_size=3), after=AROUND)
@example(before="", phones=["13800000000"], after="转8001")
def test_no_mobile_stays_readable_whatever_stands_around_it(before: str, phones: list[str], after: str) -> None:
    shown = mask_text(before + "，".join(phones) + after)
    assert not [phone for phone in phones if phone in re.sub(r"\s", "", shown)]
    assert shown.startswith(before) and shown.endswith(after)


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_any_text_can_be_masked(text: str) -> None:
    assert isinstance(mask_text(text), str)
