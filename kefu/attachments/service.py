"""Photos: kept with the conversation, carried by a message, handed to the tickets that come of it.

How long they are kept is decided where conversations are deleted (retention): they go with their conversation.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kefu.attachments.models import Attachment, TicketAttachment
from kefu.attachments.pictures import CONTENT_TYPE, Photo, PhotoRefused, read_photo
from kefu.clock import clock
from kefu.settings import get_settings

PHOTO_WORDS = "[照片]"  # the words of a message that is nothing but a photo
TOO_MANY = "今天收到的照片已经很多了（最多{limit}张）。请用文字说，或者明天再发。"
OF_THE_MATTER = timedelta(minutes=30)


def keep(session: Session, conversation_id: str, data: bytes | Photo) -> Attachment:
    """Keep a photo; the same one sent again is the row that is there. The caller holds the conversation's row.

    Raises PhotoRefused (a ValueError, in words for the customer): not a picture, too large, too many.
    """
    photo = read_photo(data) if isinstance(data, bytes) else data
    check_room(session, conversation_id, photo)
    return _store(session, conversation_id, photo)


def check_room(session: Session, conversation_id: str, photo: Photo) -> None:
    """Raises PhotoRefused when this would be one photo too many within 24 hours."""
    limit = get_settings().photos_per_day
    recent = select(func.count()).where(
        Attachment.conversation_id == conversation_id, Attachment.created_at > clock.now() - timedelta(days=1)
    )
    if (session.scalar(recent) or 0) >= limit and _same(session, conversation_id, photo) is None:
        raise PhotoRefused(TOO_MANY.format(limit=limit))


def _same(session: Session, conversation_id: str, photo: Photo) -> Attachment | None:
    query = select(Attachment).where(Attachment.conversation_id == conversation_id, Attachment.sha256 == photo.sha256)
    return session.scalar(query)


def _store(session: Session, conversation_id: str, photo: Photo) -> Attachment:
    known = _same(session, conversation_id, photo)
    if known is not None:
        return known
    row = Attachment(
        token=secrets.token_urlsafe(18),
        conversation_id=conversation_id,
        utterance_id=None,
        content_type=CONTENT_TYPE,
        size=len(photo.data),
        width=photo.width,
        height=photo.height,
        sha256=photo.sha256,
        data=photo.data,
        created_at=clock.now(),
        sent_at=None,
    )
    session.add(row)
    session.flush()
    return row


def find(session: Session, token: str, conversation_id: str | None = None) -> Attachment | None:
    """A photo by its token; of this conversation only, where one is given."""
    query = select(Attachment).where(Attachment.token == token)
    return session.scalar(
        query if conversation_id is None else query.where(Attachment.conversation_id == conversation_id)
    )


def carried(session: Session, conversation_id: str, utterance_id: int, given: Sequence[Photo | str]) -> list[str]:
    """What a message brings: new photos are stored, tokens of those uploaded before are looked up. Answers tokens.

    The limit by day was checked where the message came in; whoever gets past it by sending many at once is let.
    """
    found = [
        find(session, one, conversation_id) if isinstance(one, str) else _store(session, conversation_id, one)
        for one in given
    ]
    rows = list(dict.fromkeys(row for row in found if row is not None))
    for row in rows:
        row.utterance_id, row.sent_at = utterance_id, clock.now()
    return [row.token for row in rows]


# --- with a ticket -------------------------------------------------------------------------------------------------------
def give_to_ticket(session: Session, ticket_id: int, conversation_id: str | None) -> None:
    """A ticket takes what its conversation sent within the last 30 minutes; what it has already stays."""
    if conversation_id is None:
        return
    had = select(TicketAttachment.attachment_id).where(TicketAttachment.ticket_id == ticket_id)
    recent = select(Attachment.id).where(
        Attachment.conversation_id == conversation_id,
        Attachment.sent_at > clock.now() - OF_THE_MATTER,
        Attachment.id.not_in(had),
    )
    session.add_all(TicketAttachment(ticket_id=ticket_id, attachment_id=one) for one in session.scalars(recent))
    session.flush()


def of_the_matter(session: Session, conversation_id: str) -> list[str]:
    """Tokens of what the conversation sent within the last 30 minutes, oldest first."""
    query = select(Attachment.token).where(
        Attachment.conversation_id == conversation_id, Attachment.sent_at > clock.now() - OF_THE_MATTER
    )
    return list(session.scalars(query.order_by(Attachment.id)))


def of_tickets(session: Session, ticket_ids: Sequence[int]) -> dict[int, list[str]]:
    """The tokens of each ticket's photos, oldest first."""
    query = select(TicketAttachment.ticket_id, Attachment.token).join(Attachment)
    found: dict[int, list[str]] = defaultdict(list)
    for ticket_id, token in session.execute(
        query.where(TicketAttachment.ticket_id.in_(ticket_ids)).order_by(Attachment.id)
    ):
        found[ticket_id].append(token)
    return found


def share(session: Session, ticket_id: int, other_id: int) -> None:
    """Another ticket shows the same photos, beside its own."""
    had = select(TicketAttachment.attachment_id).where(TicketAttachment.ticket_id == other_id)
    new = select(TicketAttachment.attachment_id).where(
        TicketAttachment.ticket_id == ticket_id, TicketAttachment.attachment_id.not_in(had)
    )
    session.add_all(TicketAttachment(ticket_id=other_id, attachment_id=one) for one in session.scalars(new))
    session.flush()
