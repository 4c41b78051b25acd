"""What number a customer reads off his meter, and what beside it is another number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu.intake.meter_numbers import read_meter


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("我自己抄的表 12345", "12345"),
        ("水表读数是318", "318"),
        ("一二三四五", "12345"),
        ("一二三，四五", "12345"),
        ("5 6 3 0", "5630"),
        ("一千零二十六吨", "1026"),
        ("我看了看，五千六百三", "5630"),
        ("三一八点五", "318.5"),
        ("318.5", "318.5"),
        ("0318", "0318"),
        ("12,345", "12345"),
        ("黑字318 红字是25", "318"),
        ("红字是5，黑字是318", "318"),
        ("上次是5300，现在5630", "5630"),
        ("你们估的5480不对，我表上是5302", "5302"),
        ("户号3340249651 表数5630", "5630"),
        ("表号AM12345，读数888", "888"),
        ("我家3号楼2单元502水表318", "318"),
        ("12月9日抄的，5630", "5630"),
        ("看了两遍还是5630", "5630"),
        ("用了30度", None),
        ("电话13800138000", None),
        ("318多", None),
        ("没抄", None),
        ("水表318 气表1205", None),
    ],
)
def test_the_number_meant(text: str, number: str | None) -> None:
    found = read_meter(text)
    assert (found["number"] if found else None) == number


def test_registers_apart() -> None:
    assert read_meter("总1801 峰1234 谷567") == {"number": "1801", "peak": "1234", "valley": "567"}
    assert read_meter("峰1234，谷567") == {"number": "1801", "peak": "1234", "valley": "567"}
    assert read_meter("峰3000") is None


@given(st.text(max_size=80) | st.text("0123456789.，,点峰谷总一二百千万零度 ", max_size=40))
def test_any_text_is_read_or_not(text: str) -> None:
    found = read_meter(text)
    assert found is None or 0 < len(str(found["number"])) < 20
