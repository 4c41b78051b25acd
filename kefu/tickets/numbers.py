"""Numbers people can read out and type: two letters, the day, a counter of four digits, a check digit."""

from __future__ import annotations

import re
from datetime import date

from sqlalchemy.orm import Session

from kefu.clock import clock, local
from kefu.db.session import insert_once
from kefu.tickets.models import Counter

_NUMBER = re.compile(r"((?:BX|QX|HC|TS|YW|ZX|YJ|HD)[0-9]{10})-([0-9])")


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


def _body(prefix: str, day: date, value: int) -> str:
    """Prefix, day, counter: 0001 to 9999; on a day on which everything happens the day is written 40 higher and on."""
    tens = value // 10_000
    month, number = day.month + 20 * (tens >> 1), day.day + 40 * (tens & 1)
    return f"{prefix}{day:%y}{month:02d}{number:02d}{value % 10_000:04d}"


def next_number(session: Session, prefix: str) -> str:
    """The next number of today under a prefix, taken in the running transaction: never given twice."""
    today = local(clock.now()).date()
    key = f"{prefix}{today:%y%m%d}"
    insert_once(session, Counter, key=key, value=0)
    counter = session.get_one(Counter, key, with_for_update=True, populate_existing=True)
    counter.value += 1
    session.flush()
    body = _body(prefix, today, counter.value)
    return f"{body}-{check_digit(body)}"
