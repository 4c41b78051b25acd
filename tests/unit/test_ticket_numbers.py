"""A ticket's number as people say and type it: recognised, or asked about, never taken for another one."""

from __future__ import annotations

import string
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kefu.tickets.numbers import OURS, check_digit, completed, is_valid, meant, read

NUMBER, OTHER = "BX2612090042-5", "TS2611280107-1"
SPOKEN = str.maketrans("0123456789", "零幺两三四五六七八九")
WIDE = {ord(sign): ord(sign) + 0xFEE0 for sign in string.digits + string.ascii_letters}


def with_check(body: str) -> str:
    return f"{body}-{check_digit(body)}"


PREFIX = st.sampled_from(OURS)
DAY = st.dates(min_value=date(2024, 1, 1), max_value=date(2049, 12, 31))
GIVEN = st.builds(lambda p, day, n: with_check(f"{p}{day:%y%m%d}{n:04d}"), PREFIX, DAY, st.integers(1, 9999))
SAID = [
    NUMBER,
    NUMBER.lower(),
    NUMBER.translate(WIDE).replace("-", "－"),
    "bx 2612 0900 42 5",
    "B X－261209—0042–5",
    "BX26I2O9OO42-5",
    "工单号是BX2612090042-5，谢谢",
    "我那个单子，BX，2612，0900，42，5，办得咋样",
    f"必叉{NUMBER[2:12].translate(SPOKEN)}杠五",
    "哎，b x 二六幺二零九零零四二横杠五那个",
    "bx二六 一二 洞九 洞洞四二 杠五",
    "26120900425",
    "单号2612090042-5",
    "2612 0900 42 5",
    "工单BX2612090042",
    "催一下BX2612090042-5",
    "BX2612090042-5 电话13812345678",
]
NOTHING = ["家里停电了", "阳光花园5号楼2单元501", "12月9日早上8:30到10:30", "", "……", "我上个月交了328.50元"]


def test_the_examples_are_ours() -> None:
    assert is_valid(NUMBER) and NUMBER.endswith(check_digit(NUMBER[:12]))


@pytest.mark.parametrize("words", SAID)
def test_it_is_read_however_it_is_said(words: str) -> None:
    reading = read(words)
    assert reading is not None and meant(reading, [NUMBER, OTHER]).sure == NUMBER


@pytest.mark.parametrize("words", NOTHING)
def test_other_words_are_no_number(words: str) -> None:
    reading = read(words)
    assert reading is None or meant(reading, [NUMBER, OTHER]).sure is None


@pytest.mark.parametrize("words", ["电话13812345678", "户号3365985070", "单号2612090043-5，不对", "13900000235"])
def test_figures_of_something_else_mean_no_ticket(words: str) -> None:
    reading = read(words)
    assert reading is not None and meant(reading, [NUMBER, OTHER]).sure is None


@pytest.mark.parametrize(
    "words",
    ["BX2612090042-6", "BX2612090024-5", "AX2612090042-5", "X2612090042-5", "BX261209042-5", "单号2612090043-5"],
)
def test_nearly_one_is_asked_about(words: str) -> None:
    reading = read(words)
    assert reading is not None and meant(reading, [NUMBER, OTHER]).asked == (NUMBER,)


def test_without_its_end_two_alike_are_asked_about() -> None:
    near = with_check("BX2612090043")
    reading = read("BX2612090042")
    assert reading is not None and set(meant(reading, [NUMBER, near]).asked) == {NUMBER, near}


def test_a_wrong_check_digit_is_known_and_left_out_parts_are_filled_in() -> None:
    wrong, short = read("BX2612090042-6"), read("2612090042")
    assert wrong is not None and wrong.wrong and completed(wrong) == []
    assert short is not None and NUMBER in completed(short) and all(map(is_valid, completed(short)))


# --- any number, any slip ------------------------------------------------------------------------------------------------
@settings(max_examples=150, deadline=None)
@given(st.lists(GIVEN, min_size=1, max_size=4, unique=True), st.data())
def test_one_wrong_character_is_never_another_ticket(own: list[str], data: st.DataObject) -> None:
    """Whatever sign stands where another belongs: it is that number after all, or asked about, or no number."""
    number = own[0]
    at = data.draw(st.integers(0, len(number) - 1))
    sign = data.draw(st.sampled_from(string.ascii_uppercase + string.digits + " -—的.，零幺"))
    reading = read(number[:at] + sign + number[at + 1 :])
    assert reading is None or meant(reading, own).sure in (None, number)


@settings(max_examples=80, deadline=None)
@given(GIVEN, st.data())
def test_neighbours_in_each_others_place_are_never_taken_for_the_number_of_another(
    number: str, data: st.DataObject
) -> None:
    """Where the check digit cannot see it (both are right then), the customer's own is asked about, not guessed."""
    plain = number.replace("-", "")
    at = data.draw(st.integers(0, len(plain) - 2))
    slip = plain[:at] + plain[at + 1] + plain[at] + plain[at + 2 :]
    reading = read(slip)
    if slip == plain or reading is None:
        return
    found = meant(reading, [number])
    assert found.sure is None and found.asked in ((number,), ())


@settings(max_examples=80, deadline=None)
@given(
    GIVEN, GIVEN, st.sampled_from([str, str.lower, lambda n: " ".join(n.replace("-", "")), lambda n: n.translate(WIDE)])
)
def test_a_right_number_is_itself_however_it_is_written(number: str, other: str, write: Callable[[str], str]) -> None:
    reading = read(f"麻烦查一下 {write(number)}")
    assert reading is not None and reading.number == number and meant(reading, [other, number]).sure == number


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=40) | st.text("bx0123456789 -oil杠幺两", max_size=30))
def test_any_words_can_be_read(words: str) -> None:
    reading = read(words)
    assert reading is None or (meant(reading, []).sure is None and all(map(is_valid, completed(reading))))
