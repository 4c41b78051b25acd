"""Days of the lunar calendar: 腊月二十三, 正月十五, 大年三十, 端午. From a table for 2018 to 2037; ValueError outside."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Dict, Tuple

from kefu.nlu.values.numerals import read_int

Days = Tuple[date, date]

# The first day of the lunar year, and how many days the last month before it has.
_SPRING: Dict[int, Tuple[int, int, int]] = {
    2018: (2, 16, 30),
    2019: (2, 5, 30),
    2020: (1, 25, 30),
    2021: (2, 12, 30),
    2022: (2, 1, 29),
    2023: (1, 22, 30),
    2024: (2, 10, 30),
    2025: (1, 29, 29),
    2026: (2, 17, 29),
    2027: (2, 6, 29),
    2028: (1, 26, 29),
    2029: (2, 13, 29),
    2030: (2, 3, 30),
    2031: (1, 23, 29),
    2032: (2, 11, 29),
    2033: (1, 31, 30),
    2034: (2, 19, 30),
    2035: (2, 8, 30),
    2036: (1, 28, 30),
    2037: (2, 15, 30),
}
# The fifth of the fifth and the fifteenth of the eighth month, by year from 2018.
_FIRST_YEAR = 2018
_DRAGON_BOAT = "0618 0607 0625 0614 0603 0622 0610 0531 0619 0609 0528 0616 0605 0624 0612 0601 0620 0610 0530 0618"
_MID_AUTUMN = "0924 0913 1001 0921 0910 0929 0917 1006 0925 0915 1003 0922 0912 1001 0919 0908 0927 0916 1004 0924"


def spring_festival(year: int) -> date:
    """The first day of the first lunar month."""
    if year not in _SPRING:
        raise ValueError(year)
    return date(year, *_SPRING[year][:2])


def lunar_holiday(name: str, year: int) -> Days:
    """春节 and 过年 (seven days), 除夕, 端午, 中秋 in that year."""
    spring = spring_festival(year)
    if name == "除夕":
        return spring - timedelta(days=1), spring - timedelta(days=1)
    if name in ("春节", "过年"):
        return spring, spring + timedelta(days=6)
    written = (_DRAGON_BOAT if name == "端午" else _MID_AUTUMN).split()[year - _FIRST_YEAR]
    day = date(year, int(written[:2]), int(written[2:]))
    return day, day


def _day_number(word: str) -> int:
    return read_int(word.strip("初号日").replace("廿", "二十"))


def lunar_days(word: str, year: int) -> Days:
    """正月初八, 腊月二十三 (of the winter that ends in `year`), 正月里, 大年三十, 元宵, 小年."""
    spring = spring_festival(year)
    last_month = _SPRING[year][2]
    if word.startswith(("元宵", "小年")):
        shift = 14 if word.startswith("元宵") else 22 - last_month
    elif word.endswith("年三十"):
        shift = -1
    elif len(word.rstrip("里头")) == 2:
        first, length = (0, 29) if word.startswith("正月") else (-last_month, last_month)
        return spring + timedelta(days=first), spring + timedelta(days=first + length - 1)
    else:
        day = _day_number(word[2:])
        shift = day - 1 if not word.startswith("腊月") else min(day, last_month) - 1 - last_month
        if not 1 <= day <= 30:
            raise ValueError(word)
    found = spring + timedelta(days=shift)
    return found, found
