"""Praise reaches whom it is for, and the head of their desk."""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.company.data import CompanyData
from kefu.nlu.values.people import find_staff
from kefu.organisation.service import HANDLES, above, head_of
from kefu.privacy.masking import mask_text
from kefu.staff.messages import tell_staff
from kefu.staff.models import Staff
from kefu.tickets.models import Ticket
from kefu.tickets.service import record

# how a family name is said of somebody who came
_CALLED = "[老小大]{0}|{0}(师傅|工|师|姐|哥|大哥|大姐|班长|经理|主任|老师|某)"


@dataclass(frozen=True)
class Praised:
    """To whom it went: those named, the person in charge, or, where it is not clear who was meant, the head alone."""

    named: bool
    reached: Sequence[str]


def pass_on(session: Session, company: CompanyData, ticket: Ticket, words: str) -> Praised:
    """Put the words before those they name (by 工号 or name), else before the person in charge; and before their heads."""
    meant = named_in(session, words)
    if meant is None:
        worker = session.get(Staff, ticket.owner)
        reached = [worker] if worker is not None else []
    else:
        reached = meant
    heads = [head_of(session, company, person.desk, person.unit, {person.username}) for person in reached]
    told = [person.username for person in reached]
    text = f"客户表扬（工单 {ticket.number}）：{mask_text(words)}"
    for username in dict.fromkeys([*told, *(heads or [above(session, company, ticket)])]):
        tell_staff(session, username, "praise", text, ticket.number)
    names = "、".join(f"{person.name}（{person.employee_number}）" for person in reached)
    record(session, ticket, "assistant", "praise", f"表扬已转告{names or '部门负责人（不清楚表扬的是谁）'}")
    return Praised(bool(meant), told)


def named_in(session: Session, words: str) -> list[Staff] | None:
    """The staff these words name, by 工号, name or family name (小沈, 沈师傅); [] when they name somebody but not clearly
    one of us; None when nobody is named."""
    query = select(Staff).where(Staff.active, Staff.role.in_(HANDLES)).order_by(Staff.username)
    people = list(session.scalars(query))
    numbers = [row.value["id"].upper() for row in find_staff(words) if row.value.get("id")]
    outright = [one for one in people if one.name in words or _has_number(one, words, numbers)]
    if outright:
        return outright
    families = {one.name[0] for one in people if re.search(_CALLED.format(one.name[0]), words)}
    fitting = [[one for one in people if one.name[0] == family] for family in sorted(families)]
    somebody = bool(families) or any(row.value.get("id") or row.value.get("name") for row in find_staff(words))
    return [same[0] for same in fitting if len(same) == 1] if somebody else None


def _has_number(person: Staff, words: str, numbers: Sequence[str]) -> bool:
    """Its whole number anywhere, or its digits after 工号."""
    number = person.employee_number.upper()
    return number in words.upper() or number.lstrip(string.ascii_uppercase) in numbers
