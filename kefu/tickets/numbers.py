"""Numbers people can read out and type: two letters, the day, a counter of four digits, a check digit.

The check digit finds every single wrong character, and most neighbours that changed places: not those whose turn leaves
the sum as it was (about one pair in fifty). What is not complete and right is therefore never taken for a number, it is
only compared with the customer's own tickets (`meant`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from kefu.clock import clock, local
from kefu.db.session import insert_once
from kefu.nlu.normalise import fold_digits, normalise
from kefu.tickets.models import Counter

OURS = ("BX", "QX", "HC", "TS", "YW", "ZX", "YJ", "HD")
_NUMBER = re.compile(rf"((?:{'|'.join(OURS)})[0-9]{{10}})-([0-9])")


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


# --- read out, typed, dictated -----------------------------------------------------------------------------------------
_DASHES = str.maketrans("‐‑‒–—―−﹣－⁃_~·.,，。、/\\|:：", "----------------" + "-" * 7)
# Said aloud or mistyped; each keeps its length where letters follow, so that nothing else moves.
_ALOUD = (
    (re.compile(r"(?:中|短|小|横)?(?:横杠|横线|杠|横|减号?)(?=[ -]*\d)"), "-"),
    (re.compile(r"洞(?=[\d洞 -])|(?<=\d)洞"), "0"),
    (re.compile(r"[b必币毕比]叉(?=[ -]*\d)"), "bx"),
)
_LIKE_DIGITS = str.maketrans("oil", "011")
_GAP = "[ -]{0,3}"
_FIGURE = "[0-9oil]"
_UNIT = "号栋单楼层点元度月年室#幢座"
_WHOLE = re.compile(
    rf"(?<![a-z0-9])([a-z]){_GAP}([a-z]){_GAP}({_FIGURE}(?:{_GAP}{_FIGURE}){{9}})(?:{_GAP}({_FIGURE})(?![{_UNIT}]))?(?![a-z0-9])"
)
_ANY = re.compile(rf"(?<![a-z0-9])[a-z0-9](?:{_GAP}[a-z0-9]){{8,13}}(?![a-z0-9])")
_CUE = re.compile(
    r"(工单|公单|报修单|受理|(?<![账订运递])单号|单子|(?<![户客账表店])编号|报修号|投诉号|(?<!户)号码?是)"
)
_FEWEST = 8


@dataclass(frozen=True)
class Reading:
    """Something like a number of ours. `said`: letters and figures as understood ("BX26120900423"); `number`: it is
    complete and right; `wrong`: it is complete, and its check digit does not fit; `cued`: a word for tickets stands by."""

    said: str
    number: str | None = None
    wrong: bool = False
    cued: bool = False


@dataclass(frozen=True)
class Meant:
    """Which of the customer's own numbers was meant. `sure`: this one; else `asked`: these are asked about."""

    sure: str | None = None
    asked: tuple[str, ...] = ()


def read(text: str) -> Reading | None:
    """The number in a customer's words, however it was written or said; None if nothing in them is like one.

    Full width, small letters, blanks, dashes, O for 0 and l for 1, spoken figures (幺, 两, 洞) are no difference.
    """
    plain = fold_digits(normalise(text)).translate(_DASHES)
    for pattern, meant in _ALOUD:
        plain = pattern.sub(meant, plain)
    cued = bool(_CUE.search(plain))
    whole = _WHOLE.search(plain)
    if whole is not None:
        return _whole(whole, cued)
    for found in _ANY.finditer(plain):
        said = re.sub("[ -]", "", found[0]).translate(_LIKE_DIGITS).upper()
        if sum(map(str.isdigit, said)) >= _FEWEST:
            return Reading(said, cued=cued)
    return None


def _whole(found: re.Match[str], cued: bool) -> Reading:
    letters = f"{found[1]}{found[2]}".upper()
    figures = re.sub("[ -]", "", found[3]).translate(_LIKE_DIGITS)
    check = (found[4] or "").translate(_LIKE_DIGITS)
    number = f"{letters}{figures}-{check}"
    if is_valid(number):
        return Reading(letters + figures + check, number, cued=cued)
    return Reading(letters + figures + check, wrong=bool(check) and letters in OURS, cued=cued)


def meant(reading: Reading, own: Iterable[str]) -> Meant:
    """Compare with the customer's own numbers: right ones are taken, left-out parts filled in where only one fits.

    One wrong, missing or surplus character, or two that changed places, are asked about and never guessed. Mere
    figures without a word for tickets (a phone, an account) mean one only when they are its figures exactly.
    """
    numbers = list(own)
    if reading.number in numbers:
        return Meant(sure=reading.number)
    exact = [number for number in numbers if reading.number is None and reading.said in _shortened(number)]
    mere = reading.said.isdigit() and not reading.cued
    near = [number for number in numbers if any(_one_apart(reading.said, form) for form in _shortened(number))]
    if mere:
        near = [number for number in near if number in exact]
    if len(exact) == 1 and set(near) <= set(exact):
        return Meant(sure=exact[0])
    return Meant(asked=tuple(dict.fromkeys([*exact, *near]))[:3])


def completed(reading: Reading) -> list[str]:
    """The numbers of ours that the words may mean, right check digits only: for what is no ticket known to be theirs."""
    if reading.number is not None:
        return [reading.number]
    bodies = [reading.said] if reading.said[:2] in OURS else [prefix + reading.said for prefix in OURS]
    given = [(body[:12], body[12:]) for body in bodies if len(body) in (12, 13) and body[2:].isdigit()]
    return [f"{body}-{check_digit(body)}" for body, check in given if check in ("", check_digit(body))]


def _shortened(number: str) -> tuple[str, ...]:
    """As people say it: whole, without its letters, without its check digit, without both."""
    whole = number.replace("-", "")
    return whole, whole[2:], whole[:-1], whole[2:-1]


def _one_apart(said: str, form: str) -> bool:
    """At most one character wrong, missing or too many, or two neighbours in each other's place."""
    if abs(len(said) - len(form)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(said, form, strict=False)) if a != b), min(len(said), len(form)))
    left, right = said[start:], form[start:]
    swapped = len(left) > 1 and left[:2] == right[1::-1] and left[2:] == right[2:]
    return left == right or left[1:] == right[1:] or left[1:] == right or left == right[1:] or swapped
