"""Written numbers as figures: of houses, and of everything counted."""

import pytest

from kefu.nlu.values.address_parts import number
from kefu.nlu.values.numerals import read_number


@pytest.mark.parametrize(
    "written, figures",
    [
        ("三", "3"),
        ("十", "10"),
        ("十二", "12"),
        ("二十", "20"),
        ("二十三", "23"),
        ("一二六", "126"),
        ("一百零一", "101"),
        ("三百二十六", "326"),
        ("百百", "0"),
        ("十百", "0"),
    ],
)
def test_number(written, figures):
    assert number(written) == figures


@pytest.mark.parametrize(
    "written, value, vague",
    [
        ("1,286.5", "1286.5", False),
        ("三百二", "320", False),
        ("三百零二", "302", False),
        ("两万五", "25000", False),
        ("一千零五十", "1050", False),
        ("十六七", "16", True),
        ("两三", "2", True),
        ("十几", "10", True),
        ("一点五", "1.5", False),
        ("俩", "2", False),
        ("半", "0.5", False),
        ("壹佰贰拾捌", "128", False),
        ("3.5万", "35000.0", False),
    ],
)
def test_read_number(written, value, vague):
    found = read_number(written)
    assert found is not None and (str(found[0]), found[1]) == (value, vague)
