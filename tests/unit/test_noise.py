"""Disturbances are slight, repeatable, and touch only what they are about."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.noise import DISTURBANCES, EMOJI, emoji, full_width, homophones, sounds, spelled, traditional, usual
from bench.understanding import VALIDATION, read_rows
from kefu.nlu.normalise import normalise

CHINESE = "".join(sorted({c for table in usual().values() for c in table}))
UNTIMED = settings(deadline=None)  # tables are loaded at the first sentence; the machine may be busy
sentences = st.text(alphabet=CHINESE + "，。！？ abcXYZ0123456789", max_size=60)


def changed(before: str, after: str) -> list[int]:
    return [place for place, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]


@UNTIMED
@given(st.text(max_size=60))
def test_any_text_is_taken_and_always_disturbed_alike(text: str) -> None:
    for disturb in DISTURBANCES.values():
        assert disturb(text) == disturb(text)


@UNTIMED
@given(sentences)
def test_homophones_keep_length_sound_and_everything_that_is_not_chinese(text: str) -> None:
    heard = homophones(text)
    for place in changed(text, heard):
        assert heard[place] in CHINESE and sounds(heard[place])[0] == sounds(text)[place]
    chinese = len(re.findall(r"[\u4e00-\u9fff]", text))
    assert len(changed(text, heard)) <= 0.2 * chinese + 1


def test_a_fifth_of_the_characters_is_misheard() -> None:
    texts = [row.text for row in read_rows(VALIDATION)]
    wrong = sum(len(changed(text, homophones(text))) for text in texts)
    assert wrong / sum(len(re.findall(r"[\u4e00-\u9fff]", text)) for text in texts) == pytest.approx(0.2, abs=0.01)


@UNTIMED
@given(sentences)
def test_full_width_comes_back_and_leaves_no_narrow_character(text: str) -> None:
    wide = full_width(text)
    assert len(wide) == len(text) and not re.search(r"[ -~]", wide)
    assert unicodedata.normalize("NFKC", wide) == unicodedata.normalize("NFKC", text)


@UNTIMED
@given(sentences)
def test_emoji_only_adds_emoji(text: str) -> None:
    bare = emoji(text)
    for one in EMOJI:
        bare = bare.replace(one, "")
    assert bare == text
    assert emoji(text) != text or not re.search(r"\S", text)


@UNTIMED
@given(sentences)
def test_traditional_comes_back_to_as_many_characters(text: str) -> None:
    assert len(traditional(text)) == len(text)


@UNTIMED
@given(sentences)
def test_spelling_leaves_other_characters_alone(text: str) -> None:
    kept = [c for c in spelled(text) if c in CHINESE]
    assert len(kept) >= len([c for c in text if c in CHINESE]) * 0.9 - 1
    assert spelled(text).count("，") == text.count("，")


def test_a_sentence() -> None:
    assert traditional("家里停电了，来人修") == "家裏停電了，來人修"
    assert full_width("3号楼 A座") == "３号楼　Ａ座"
    said = emoji("停电了，来人修")
    assert said.index("，") > 3 and said[-1] != "修"
    assert len(changed("家里停电了来人修一下", homophones("家里停电了来人修一下"))) == 2
    assert normalise("停电了") in normalise(emoji("停电了"))


def test_another_seed_disturbs_otherwise() -> None:
    text = read_rows(VALIDATION)[0].text
    assert len({homophones(text, seed) for seed in range(5)}) > 1
