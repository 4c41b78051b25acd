"""Numbers people can read out and type: two letters, the day, a counter of four digits, a check digit."""

from __future__ import annotations

import re

from sqlalchemy.orm import Session

from kefu.clock import clock, local
from kefu.db.session import insert_once
from kefu.tickets.models import Counter

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # no I and O: they are taken for 1 and 0
_NUMBER = re.compile(rf"((?:BX|QX|HC|TS|YW|ZX|YJ|HD)[0-9]{{6}}[0-9{_LETTERS}][0-9]{{3}})-([0-9])")


def check_digit(body: str) -> str:
    """One digit over letters and digits (ISO 7064 MOD 11,10 on base-36 values): finds any single wrong character."""
    remainder = 10
    for character in body:
        remainder = (remainder + int(character, 36)) % 10 or 10
        remainder = remainder * 2 % 11
    return str((11 - remainder) % 10)


def is_valid(number: str) -> bool:
    """True for a number of ours with the right check digit, written canonically ("BX2612090042-3")."""
    found = _NUMBER.fullmatch(number)
    return found is not None and check_digit(found[1]) == found[2]


def _counted(value: int) -> str:
    """Four signs: 0001 to 9999, then A000 and on, for a day on which everything happens."""
    return f"{value:04d}" if value < 10_000 else f"{_LETTERS[(value - 10_000) // 1000]}{value % 1000:03d}"


def next_number(session: Session, prefix: str) -> str:
    """The next number of today under a prefix, taken in the running transaction: never given twice."""
    day = local(clock.now()).strftime("%y%m%d")
    insert_once(session, Counter, key=f"{prefix}{day}", value=0)
    counter = session.get_one(Counter, f"{prefix}{day}", with_for_update=True, populate_existing=True)
    counter.value += 1
    session.flush()
    body = f"{prefix}{day}{_counted(counter.value)}"
    return f"{body}-{check_digit(body)}"
