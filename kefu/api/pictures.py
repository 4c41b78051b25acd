"""How a kept photo is answered, to staff and to the visitor who sent it."""

from __future__ import annotations

from typing import Annotated

from fastapi import HTTPException, Path, Response

from kefu.attachments.models import Attachment

PhotoToken = Annotated[
    str, Path(max_length=64, pattern=r"^[A-Za-z0-9_-]+$", description="From `attachments` of a line")
]
# Nothing keeps a copy, and a browser takes it for what it is and runs nothing.
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'",
}


def found(attachment: Attachment | None) -> Attachment:
    """Raises 404 when there is none."""
    if attachment is None:
        raise HTTPException(404, "没有这张照片")
    return attachment


def picture(attachment: Attachment) -> Response:
    return Response(attachment.data, media_type=attachment.content_type, headers=_HEADERS)
