"""Who works where; somebody who leaves leaves no ticket and no promised call behind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from kefu.callbacks.owners import hand_on_calls
from kefu.company.data import CompanyData
from kefu.feeding import FeedProblem
from kefu.organisation.service import handles
from kefu.staff.models import Staff
from kefu.staff.service import Caller, put_staff
from kefu.tickets.routing import hand_on


def check_unit(company: CompanyData, unit: str | None) -> None:
    """Raises FeedProblem for a unit that is not in organisation.yml."""
    if unit is not None and company.organisation.unit(unit) is None:
        raise FeedProblem(f"没有单位 {unit}（GET /api/units）")


def put_person(
    session: Session,
    company: CompanyData,
    caller: Caller,
    username: str,
    values: Mapping[str, Any],
    password_hash: str | None,
) -> tuple[Staff, bool]:
    """Write a member of staff (`put_staff`, with its problems); open tickets and promised calls of somebody who leaves, or
    who handles none any more, go to others at once. Raises FeedProblem for an unknown unit."""
    check_unit(company, values.get("unit"))
    person, new = put_staff(session, caller, username, values, password_hash)
    if not new and not handles(session, username):
        hand_on(session, company, username, caller.username)
        hand_on_calls(session, company, username)
    return person, new
