"""What is wrong with a number that looks like a phone and is none."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from kefu.nlu.normalise import fold_digits, normalise
from kefu.nlu.values.contact import find_contacts

MOBILE_DIGITS = 11
_RUN = re.compile(r"\+?\d(?:[ -]?\d){5,17}")
_COUNTRY = re.compile(r"^(?:(?:\+|00)?86(?=1\d)|\+86)")


class Wrong(NamedTuple):
    """`why`: short or long (a mobile of so many digits), area (a local number without its area code), odd."""

    why: Literal["short", "long", "area", "odd"]
    digits: int


def wrong_with(text: str) -> Wrong | None:
    """Why no phone was understood in `text`; None when there is one, or nothing like one. Written or spoken digits."""
    if any(value.entity == "phone" for value in find_contacts(text)):
        return None
    runs = [re.sub(r"[ -]", "", found[0]) for found in _RUN.finditer(fold_digits(normalise(text)))]
    if not runs:
        return None
    digits = _COUNTRY.sub("", max(runs, key=len), count=1)
    count = len(digits)
    if re.match(r"1[3-9]", digits) and count != MOBILE_DIGITS and 7 <= count <= 15:
        return Wrong("short" if count < MOBILE_DIGITS else "long", count)
    if digits[0] in "23456789" and count in (7, 8):
        return Wrong("area", count)
    return Wrong("odd", count) if count >= 7 else None
