"""The Rasa REST channel: the same request and reply shapes, so that anything written for Rasa works."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Header, HTTPException, Response
from pydantic import BaseModel, ConfigDict, Field

from kefu.api.access import Services, ServicesDep
from kefu.attachments.pictures import Photo, PhotoRefused
from kefu.attachments.service import PHOTO_WORDS
from kefu.channels.photos import from_data_url, taken
from kefu.channels.text import clean, shown, words_of
from kefu.conversations.inbound import Inbound, Outcome, text_reply
from kefu.settings import PHOTO_BYTES

router = APIRouter(tags=["channels"])
BODY_BYTES = PHOTO_BYTES * 4 // 3 + 256 * 1024  # a photo in base64, and the words


class Message(BaseModel):
    """Rasa's own body. `metadata.message_id` (or the header Idempotency-Key) makes a repeat recognisable; `metadata.image`
    is a photo, as `data:image/jpeg;base64,…`."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [{"sender": "anna", "message": "家里停电了", "metadata": {"message_id": "m-1"}}]
        },
    )

    sender: str = Field("default", min_length=1, max_length=100)
    message: str
    metadata: dict[str, Any] | None = None


@router.get("/webhooks/rest/", summary="Rasa's health answer of this channel")
def health() -> dict[str, str]:
    return {"status": "ok"}


@router.post(
    "/webhooks/rest/webhook",
    summary="One customer message in, the replies out (Rasa REST channel)",
    max_body_size=BODY_BYTES,
)
async def webhook(
    body: Message,
    parts: ServicesDep,
    response: Response,
    authorization: Annotated[str | None, Header()] = None,
    idempotency_key: Annotated[str | None, Header(max_length=120)] = None,
    prefer: Annotated[str | None, Header()] = None,
) -> list[dict[str, Any]]:
    """With `Prefer: respond-async` the message is written down and 202 comes back at once; repeat it to fetch the replies."""
    _check_token(parts, authorization)
    sender, image = clean(body.sender), _image(body)
    if not sender:
        raise HTTPException(422, "sender 不能为空")
    text, outcome = words_of(parts, body.message, photo=image is not None)
    if outcome is None:
        photos, why_not = await _photos(parts, f"rest:{sender}", image)
        inbound = Inbound(f"rest:{sender}", "rest", text, _message_id(body, idempotency_key), attachments=photos)
        later = prefer is not None and "respond-async" in prefer
        outcome = await _heard(parts, inbound, later, why_not)
    response.status_code = 200 if outcome.done else 202
    return shown(outcome, body.sender)


async def _heard(parts: Services, inbound: Inbound, later: bool, why_not: str) -> Outcome:
    """A photo that cannot be taken does not silence the words beside it; alone, it is no message."""
    told = [text_reply(why_not)] if why_not else []
    if told and inbound.text == PHOTO_WORDS:
        return Outcome(told, recorded=False)
    outcome = await (parts.conversations.accept(inbound) if later else parts.conversations.receive(inbound))
    return replace(outcome, replies=[*outcome.replies, *told])


def _image(body: Message) -> bytes | None:
    """What stands in `metadata.image`, decoded. Raises 422 when that is no data URL."""
    given = (body.metadata or {}).get("image")
    try:
        return None if given is None else from_data_url(given)
    except PhotoRefused as problem:
        raise HTTPException(422, f"metadata.{problem}") from problem


async def _photos(parts: Services, conversation_id: str, image: bytes | None) -> tuple[tuple[Photo, ...], str]:
    """The photo, or in words why not."""
    if image is None:
        return (), ""
    try:
        return (await taken(parts, conversation_id, image),), ""
    except PhotoRefused as problem:
        return (), str(problem)


def _message_id(body: Message, key: str | None) -> str:
    """The caller's id; one that is odd or long is replaced by its digest, so that two never become one."""
    given = (body.metadata or {}).get("message_id")
    given = str(given if given is not None else key if key is not None else "")
    if not given.strip():
        return uuid.uuid4().hex
    plain = clean(given)
    if plain == given and len(given) <= 120:
        return given
    return hashlib.sha256(given.encode("utf-8", "surrogatepass")).hexdigest()


def _check_token(parts: Services, authorization: str | None) -> None:
    """Open in the demo; elsewhere only with the channel's token."""
    if parts.settings.demo_mode:
        return
    expected = parts.settings.channel_token
    given = (authorization or "").removeprefix("Bearer ")
    if not expected or not hmac.compare_digest(given.encode(), expected.encode()):
        raise HTTPException(401, "此渠道需要令牌", headers={"WWW-Authenticate": "Bearer"})
