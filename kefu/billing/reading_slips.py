"""What somebody probably meant who read a meter wrongly: digits swapped, decimals read along, one too many, one too few."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Literal, NamedTuple

Slip = Literal["decimals", "swapped", "extra_digit", "missing_digit"]
LONGEST = 15  # digits; nothing longer is a reading


class Meant(NamedTuple):
    """`value` is None when more than one reading could have been meant."""

    slip: Slip
    value: Decimal | None


def likely_slip(value: Decimal, fits: Callable[[Decimal], bool]) -> Meant | None:
    """The first slip, in the order people make them, whose repair `fits` history. For a finite value from 0 on."""
    digits = str(int(value)) if value < 10**LONGEST else ""
    if not digits:
        return None
    for slip, repaired in _REPAIRS.items():
        found = {number for text in repaired(digits) if fits(number := Decimal(text)) and number != value}
        if found:
            return Meant(slip, found.pop() if len(found) == 1 else None)
    return None


def _without_decimals(digits: str) -> Iterator[str]:
    return (digits[:-cut] for cut in (1, 2, 3) if len(digits) > cut)


def _swapped(digits: str) -> Iterator[str]:
    for place in range(len(digits) - 1):
        yield digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]


def _one_less(digits: str) -> Iterator[str]:
    return (digits[:place] + digits[place + 1 :] for place in range(len(digits) - 1) if len(digits) > 1)


def _one_more(digits: str) -> Iterator[str]:
    for place in range(len(digits) + 1):
        yield from (digits[:place] + digit + digits[place:] for digit in "0123456789")


_REPAIRS: dict[Slip, Callable[[str], Iterator[str]]] = {
    "decimals": _without_decimals,
    "swapped": _swapped,
    "extra_digit": _one_less,
    "missing_digit": _one_more,
}
