"""Photos over HTTP, for staff."""

from __future__ import annotations

from typing import Any

import structlog
from fastapi import APIRouter, Response

from kefu.api.access import AnyStaff, ReadSession
from kefu.api.examples import answers
from kefu.api.pictures import PhotoToken, found, picture
from kefu.attachments.service import find

router = APIRouter(prefix="/api/attachments", tags=["conversations"])
log = structlog.get_logger("kefu.api")
_PICTURE: dict[int | str, dict[str, Any]] = {
    **answers(None, 404, 422),
    200: {"description": "The picture", "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}},
}


@router.get("/{token}", summary="A photo a customer sent", response_class=Response, responses=_PICTURE)
def get_attachment(token: PhotoToken, session: ReadSession, staff: AnyStaff) -> Response:
    """Tokens stand in `attachments` of a transcript's line and of a ticket. Who looks at one is logged."""
    attachment = found(find(session, token))
    log.info("photo seen", by=staff.username, role=staff.role, id=attachment.id)
    return picture(attachment)
