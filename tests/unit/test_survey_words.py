"""How people answer "is it fixed, and how was it": few words and many, and what is no answer at all."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.survey_words import Read, read
from kefu.nlu.normalise import normalise
from kefu.nlu.values.people import find_scores
from kefu.surveys.service import FIRST, FIXED, SCORE


def heard(text: str, stage: str) -> Read | None:
    scores = find_scores(text)
    return read(normalise(text).strip(), text, stage, scores[0].value if scores else None)


FIRSTS: dict[str, tuple[Any, Any]] = {  # fixed, score
    "4": (None, 4), "四分": (None, 4), "五": (None, 5), "5分": (None, 5), "满分": (None, 5), "给个三星吧": (None, 3),
    "挺好": (True, 4), "一般般吧": (None, 3), "都还行": (True, 3), "非常满意！": (True, 5), "不太满意": (None, 2),
    "太差了": (None, 1), "好了": (True, None), "修好了，谢谢": (True, None), "修好了 5分": (True, 5), "不漏了": (True, None),
    "没修好": (False, None), "又停了": (False, None), "还没": (False, None), "修了跟没修一样，1分": (False, 1),
    "还是不热": (False, None), "好了没几天又坏了，2分": (False, 2), "解决了，就是慢，3分": (True, 3), "5，小伙子很客气": (None, 5),
}  # fmt: skip
PAIRS = {
    "期望5分实际3分": (5, 3), "期望5，实际3": (5, 3), "5 3": (5, 3), "五分 四分": (5, 4), "5分3分": (5, 3), "4、4": (4, 4),
    "都是4分": (4, 4), "实际3分": (None, 3), "原本想着4分吧，实际有5分": (4, 5), "3": (None, 3), "一般": (None, 3),
}  # fmt: skip
NOTHING = [
    "你好",
    "5号",
    "3栋",
    "5号楼2单元501",
    "12月5号过去",
    "13912345678",
    "电费多少钱一度",
    "好的",
    "嗯",
    "5 3",
    "",
    "？？",
]


@pytest.mark.parametrize(("text", "meant"), FIRSTS.items())
def test_the_first_answer(text: str, meant: tuple[Any, Any]) -> None:
    found = heard(text, FIRST)
    assert found is not None and (found.fixed, found.score) == meant


@pytest.mark.parametrize(("text", "pair"), PAIRS.items())
def test_a_pair(text: str, pair: tuple[Any, Any]) -> None:
    found = heard(text, "empathy")
    assert found is not None and (found.expectation, found.perception) == pair


@pytest.mark.parametrize("text", NOTHING)
def test_no_answer(text: str) -> None:
    assert heard(text, FIRST) is None


@pytest.mark.parametrize("text", ["别问了", "不想答了", "不评价", "没空回", "别烦我", "懒得打分"])
@pytest.mark.parametrize("stage", [FIRST, FIXED, "empathy"])
def test_stop(text: str, stage: str) -> None:
    found = heard(text, stage)
    assert found is not None and found.stops


@pytest.mark.parametrize(
    ("text", "fixed"), [("嗯", True), ("好了呀", True), ("没呢", False), ("没有", False), ("还没", False)]
)
def test_is_it_fixed_now(text: str, fixed: bool) -> None:
    found = heard(text, FIXED)
    assert found is not None and found.fixed is fixed


def test_what_is_praise_and_what_is_only_a_score() -> None:
    assert [heard(text, FIRST).praises for text in ("5分，小伙子很客气", "5分", "5分，就是来得晚了点")] == [
        True,
        False,
        False,
    ]  # type: ignore[union-attr]
    assert heard("5分，小伙子很客气", FIRST).comment == "5分，小伙子很客气"  # type: ignore[union-attr]
    assert heard("非常满意", FIRST).comment == ""  # type: ignore[union-attr]


@given(st.text(max_size=80), st.sampled_from([FIRST, FIXED, SCORE, "empathy"]))
def test_any_text_can_be_an_answer(text: str, stage: str) -> None:
    found = heard(text, stage)
    figures = [] if found is None else [found.score, found.expectation, found.perception]
    assert all(figure is None or 1 <= figure <= 5 for figure in figures)
