"""What every channel does with a photo before it is part of a message."""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from collections.abc import Sequence

from kefu.api.access import Services
from kefu.attachments.pictures import Photo, PhotoRefused, read_photo
from kefu.attachments.service import check_room, find
from kefu.conversations.service import UNREACHABLE

NOT_A_DATA_URL = "image 要写成 data:image/jpeg;base64,…"
NOT_BASE64 = "image 里不是完整的 base64"
_DATA_URL = re.compile(r"data:image/[\w.+-]{1,40};base64,", re.ASCII)


def from_data_url(given: object) -> bytes:
    """The bytes of `data:image/…;base64,…`. What they really are is seen when they are read. Raises PhotoRefused."""
    start = _DATA_URL.match(given) if isinstance(given, str) else None
    if start is None or not isinstance(given, str):
        raise PhotoRefused(NOT_A_DATA_URL)
    try:
        return base64.b64decode(given[start.end() :], validate=True)
    except (binascii.Error, ValueError) as problem:
        raise PhotoRefused(NOT_BASE64) from problem


async def taken(parts: Services, conversation_id: str, data: bytes) -> Photo:
    """A photo this conversation may send now. Raises PhotoRefused with words for the customer."""
    photo = await asyncio.to_thread(read_photo, data)
    await asyncio.to_thread(_check_room, parts, conversation_id, photo)
    return photo


def _check_room(parts: Services, conversation_id: str, photo: Photo) -> None:
    try:
        with parts.database.read() as session:
            check_room(session, conversation_id, photo)
    except UNREACHABLE:
        return  # the message itself finds the database away, and says so


async def still_there(parts: Services, conversation_id: str, tokens: Sequence[str]) -> tuple[str, ...]:
    """Which of the photos uploaded before are this conversation's."""

    def look() -> tuple[str, ...]:
        try:
            with parts.database.read() as session:
                return tuple(token for token in tokens if find(session, token, conversation_id) is not None)
        except UNREACHABLE:
            return tuple(tokens)  # the message itself finds the database away, and says so

    return await asyncio.to_thread(look) if tokens else ()
