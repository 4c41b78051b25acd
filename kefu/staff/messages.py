"""What staff are told of their own: warnings, escalations, praise. Read in the console; a row each, until read."""

from __future__ import annotations

from sqlalchemy.orm import Session

from kefu.clock import clock
from kefu.staff.models import StaffMessage


def tell_staff(
    session: Session, username: str, kind: str, text: str, ticket: str | None = None, callback: str | None = None
) -> StaffMessage:
    """Put a message before a member of staff. `kind`: warning, escalation, urge, callback, survey, praise, ticket.

    `text` holds no phone and no full address; `ticket` and `callback` are numbers.
    """
    row = StaffMessage(
        username=username, kind=kind, text=text, ticket=ticket, callback=callback, created_at=clock.now()
    )
    session.add(row)
    return row
