"""A visitor's photos: uploaded before the message that carries them, and shown again to the same visitor only."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated

from fastapi import APIRouter, Depends, Header, HTTPException, Request, Response
from pydantic import BaseModel, ConfigDict

from kefu.api.access import ReadSession, Services, ServicesDep
from kefu.api.pictures import PhotoToken, found, picture
from kefu.attachments.pictures import TOO_LARGE, Photo, PhotoRefused
from kefu.attachments.service import find, keep
from kefu.channels.photos import taken
from kefu.channels.web.visitors import TOO_FAST, own_pages_only, speaking, visitors
from kefu.conversations.inbound import Inbound
from kefu.conversations.rows import find_conversation

router = APIRouter()
Token = Annotated[str, Header(alias="Authorization", max_length=300, description="The visitor's token as bearer token")]
_BODY = {"requestBody": {"required": True, "content": {"image/*": {"schema": {"type": "string", "format": "binary"}}}}}


class Uploaded(BaseModel):
    """What the message names in `attachments`, and the size as it is kept."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": "sN8mW1q3v5x7", "width": 1500, "height": 2000}]})

    id: str
    width: int
    height: int


@router.post(
    "/web/photo",
    summary="A photo of a visitor, for the message that will name it",
    status_code=201,
    dependencies=[Depends(own_pages_only)],
    max_body_size=sys.maxsize,  # `_read` has the limit, and says it in words
    openapi_extra=_BODY,
)
async def upload(request: Request, parts: ServicesDep, authorization: Token = "") -> Uploaded:
    """The picture itself as the body (JPEG, PNG, WebP). The same one again is the one that is there."""
    visitor = speaking(parts.settings, authorization.removeprefix("Bearer "))
    if visitors(request.app).too_fast(visitor):
        raise HTTPException(429, TOO_FAST, headers={"Retry-After": "10"})
    data = await _read(request, parts.settings.photo_max_bytes)
    try:
        photo = await taken(parts, f"web:{visitor}", data)
        return await asyncio.to_thread(_keep, parts, f"web:{visitor}", photo)
    except PhotoRefused as problem:
        raise HTTPException(422, str(problem)) from problem


async def _read(request: Request, limit: int) -> bytes:
    """The body, given up as soon as it is too long."""
    said = request.headers.get("content-length", "")
    read = bytearray()
    if not (said.isdecimal() and int(said) > limit):
        async for part in request.stream():
            read += part
            if len(read) > limit:
                break
        else:
            return bytes(read)
    raise HTTPException(413, TOO_LARGE.format(mb=limit >> 20))


def _keep(parts: Services, conversation_id: str, photo: Photo) -> Uploaded:
    with parts.database.write() as session:
        find_conversation(session, Inbound(conversation_id, "web", ""))
        kept = keep(session, conversation_id, photo)
        return Uploaded(id=kept.token, width=kept.width, height=kept.height)


@router.get("/web/photo/{token}", summary="A visitor's own photo", response_class=Response)
def own_photo(token: PhotoToken, parts: ServicesDep, session: ReadSession, authorization: Token = "") -> Response:
    visitor = speaking(parts.settings, authorization.removeprefix("Bearer "))
    return picture(found(find(session, token, f"web:{visitor}")))
