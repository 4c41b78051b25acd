"""Whom a ticket complains of: those people never handle it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.nlu.normalise import normalise
from kefu.nlu.values.people import find_staff
from kefu.staff.models import Staff
from kefu.tickets.models import Ticket

_FORMS = "老小大某姓的"
_SURNAME = re.compile(r"[老小大姓]([一-龥])|([一-龥])(?:某+|师傅|先生|女士|小姐|经理|主任|班长|所长|站长|工)")
LEAST_DIGITS = 3  # of a staff number said without its letters


def accused(session: Session, ticket: Ticket) -> set[str]:
    """Logins of everybody `ticket.staff` may mean: by number, name, or surname alone. Who is praised is not accused."""
    if not ticket.staff or ticket.kind == "opinion":
        return set()
    said = normalise(ticket.staff)
    numbers, names = set(re.findall(r"[a-z]*\d+", said)), set(_names(said))
    rows = session.execute(select(Staff.username, Staff.name, Staff.employee_number))
    return {
        username
        for username, name, number in rows
        if name in said or any(_same_number(one, normalise(number)) for one in numbers) or name[:1] in names
    }


def _names(said: str) -> Iterator[str]:
    """Surnames that stand alone; a whole name is looked for as it is."""
    for value in find_staff(said):
        name = str(value.value.get("name", "")).strip(_FORMS)
        if len(name) == 1:
            yield name
    for found in _SURNAME.finditer(said):
        if found[1] or not re.search(r"[一-龥]$", said[: found.start()]):
            yield found[1] or found[2]
    yield from (part for part in said.split() if re.fullmatch("[一-龥]", part))


def _same_number(said: str, number: str) -> bool:
    """The whole staff number, or its digits alone."""
    digits = re.sub(r"\D", "", number)
    return said == number or (len(said) >= LEAST_DIGITS and said in (digits, digits.lstrip("0")))
