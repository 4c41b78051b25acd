"""What staff are told of their own: warnings, escalations, praise. Read in the console; a row each, until read."""

from __future__ import annotations

from sqlalchemy.orm import Session

from kefu.clock import clock
from kefu.feeding import Unknown
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


def mark(session: Session, username: str, message_id: int, read: bool) -> StaffMessage:
    """A message of one's own is read, or not after all; the first reading counts. Raises Unknown for others'."""
    row = session.get(StaffMessage, message_id, with_for_update=True)
    if row is None or row.username != username:
        raise Unknown(f"您没有消息 {message_id}")
    row.read_at = (row.read_at or clock.now()) if read else None
    return row
