"""The Rasa REST channel: the same request and reply shapes, so that anything written for Rasa works."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Header, HTTPException, Response
from pydantic import BaseModel, ConfigDict, Field

from kefu.api.access import Services, ServicesDep
from kefu.channels.text import clean, refused, shown
from kefu.conversations.inbound import Inbound

router = APIRouter(tags=["channels"])


class Message(BaseModel):
    """Rasa's own body. `metadata.message_id` (or the header Idempotency-Key) makes a repeat recognisable."""

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


@router.post("/webhooks/rest/webhook", summary="One customer message in, the replies out (Rasa REST channel)")
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
    outcome = refused(body.message.strip() or "", parts.settings.message_max_chars, parts.company)
    sender, text = clean(body.sender), clean(body.message) if outcome is None else ""
    if not sender:
        raise HTTPException(422, "sender 不能为空")
    outcome = outcome or refused(text, parts.settings.message_max_chars, parts.company)
    if outcome is None:
        inbound = Inbound(f"rest:{sender}", "rest", text, _message_id(body, idempotency_key))
        later = prefer is not None and "respond-async" in prefer
        outcome = await (parts.conversations.accept(inbound) if later else parts.conversations.receive(inbound))
    response.status_code = 200 if outcome.done else 202
    return shown(outcome, body.sender)


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
