"""Applications: the checks of what goes on an invoice, what counts as an answer, and the validator of their file."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu.billing.invoicing.checks import check_email, check_tax_number, check_title
from kefu.company.data import load_company
from kefu.company.requests import Ask
from kefu.company.yaml_lines import DataProblem
from kefu.intake.answers import READERS, read, shown

SHIPPED = Path(__file__).parents[2] / "company"
TODAY = date(2026, 12, 9)
GOOD = "91350100M000100Y43"  # the example of GB 32100-2015


# --- tax number, title, mailbox --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text", [GOOD, GOOD.lower(), "9135 0100 M000 100Y 43", "110108123456789", "11010519491231002X01"]
)
def test_good_tax_numbers(text: str) -> None:
    assert check_tax_number(text) == text.replace(" ", "").upper()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD[:-1], "少了1位"),
        (GOOD + "12", "20|多了2位"),
        ("9135O100M000100Y43", "第5位是不是数字0"),
        ("9I350100M000100Y43", "第2位是不是数字1"),
        ("91350100M000100Y44", "对不上"),
        ("91350100M000100Y4*", "没有别的符号"),
    ],
)
def test_a_wrong_tax_number_is_explained(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        check_tax_number(text)


@given(st.integers(0, 17), st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"))
def test_one_wrong_character_is_always_noticed(place: int, other: str) -> None:
    if GOOD[place] != other:
        with pytest.raises(ValueError, match="对不上"):
            check_tax_number(GOOD[:place] + other + GOOD[place + 1 :])


@pytest.mark.parametrize(
    ("text", "words"), [("a.cn", "少了 @"), ("a@b", "少了一段"), ("@b.cn", "不完整"), ("a@@b.cn", "不止")]
)
def test_a_wrong_mailbox_is_explained(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        check_email(text)


def test_mailbox_and_title_are_tidied() -> None:
    assert check_email(" Li_Na88@163.COM。") == "li_na88@163.com"
    assert check_title(" 云江餐饮有限公司。") == "云江餐饮有限公司"


@pytest.mark.parametrize("text", ["", "店", "12345", "a@b.cn", "长" * 101])
def test_what_is_no_title(text: str) -> None:
    with pytest.raises(ValueError, match="抬头"):
        check_title(text)


@given(st.text(max_size=60))
def test_any_text_is_right_or_refused_in_chinese(text: str) -> None:
    for check in (check_tax_number, check_title, check_email):
        try:
            assert check(text)
        except ValueError as refused:
            assert any("\u4e00" <= character <= "\u9fff" for character in str(refused))


# --- answers ---------------------------------------------------------------------------------------------------------
def invoice(name: str) -> Ask:
    return load_company(SHIPPED).requests["ask_invoice"].ask(name)


@pytest.mark.parametrize(
    ("ask", "text", "value"),
    [
        ("title", "抬头开云江餐饮有限公司，税号稍后", "云江餐饮有限公司"),
        ("title", "不是云江饮食有限公司，是云江餐饮有限公司", "云江餐饮有限公司"),
        ("title", "开公司抬头", None),
        ("title_kind", "不开公司的，开个人", "personal"),
        ("title_kind", "公司的还是个人的", None),
        ("tax_number", f"税号是{GOOD}，邮箱a@b.cn", GOOD),
        ("tax_number", "电话13900000235", None),
        ("email", "没有邮箱，用qq邮箱吧，284419077", "284419077@qq.com"),
        ("email", "没有", None),
        ("period", "上个月的", {"text": "上个月", "months": ["2026-11"]}),
    ],
)
def test_what_an_answer_is(ask: str, text: str, value: Any) -> None:
    assert read(invoice(ask), text, TODAY) == value


@given(st.text(max_size=80), st.booleans(), st.booleans())
def test_no_text_is_too_much_for_a_reader(text: str, asked: bool, whole: bool) -> None:
    for kind in READERS:
        more: dict[str, Any] = {"choices": [{"id": "a", "label": "甲", "words": ["甲"]}]} if kind == "choice" else {}
        ask = Ask.model_validate(
            {"id": "x", "kind": kind, "label": "项", "says": "？", "optional": True, "cue": "税号|抬头", **more}
        )
        try:
            value = read(ask, text, TODAY, asked, whole)
        except ValueError as refused:
            assert str(refused)
        else:
            assert value is None or shown(ask, value)


# --- the file ----------------------------------------------------------------------------------------------------------
CASES = {
    "a topic that is none": ("ask_invoice:", "ask_invoise:", "no topic of topics.yml"),
    "a topic of another form": ("ask_invoice:", "ask_tariff:", "is not request_form"),
    "an unknown kind": ("kind: email", "kind: e-mail", "kind"),
    "a later ask named": ("when: {title_kind: company}", "when: {email: company}", "not asked before it"),
    "an answer there is not": ("when: {title_kind: company}", "when: {title_kind: firm}", "never firm"),
    "a choice without choices": ("kind: period", "kind: choice", "choices"),
    "an id twice": ("- id: tax_number", "- id: title", "written twice"),
    "a pattern that fits all": ("cue: 抬头\n", "cue: '.*'\n", "every sentence"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_broken_row_is_named_with_file_line_and_reason(tmp_path: Path, case: str) -> None:
    old, new, reason = CASES[case]
    copytree(SHIPPED, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "requests.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    changed = text[: text.index(old)].count("\n") + 1
    with pytest.raises(DataProblem) as caught:
        load_company(tmp_path)
    told = [problem for problem in caught.value.problems if reason in problem]
    assert told, caught.value.problems
    line = int(told[0].removeprefix(f"{path}:").split(":")[0])
    assert abs(line - changed) <= 1


def test_a_topic_of_this_form_needs_a_row(tmp_path: Path) -> None:
    copytree(SHIPPED, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "topics.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("ask_payment:        {form: enquiry_form", "ask_payment:        {form: request_form"))
    with pytest.raises(DataProblem, match="ask_payment has the form request_form"):
        load_company(tmp_path)
