"""The plainest web chat: a page, a signed visitor token, one request a message. WebSocket and widget come later."""

from __future__ import annotations

import uuid
from pathlib import Path

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse, HTMLResponse
from itsdangerous import BadSignature, URLSafeSerializer
from pydantic import BaseModel, Field

from kefu.api.access import Services, ServicesDep
from kefu.channels.text import clean, refused, shown
from kefu.conversations.inbound import Inbound

router = APIRouter(tags=["channels"])
HERE = Path(__file__).parent


class VisitorToken(BaseModel):
    token: str


class VisitorMessage(BaseModel):
    token: str = Field(max_length=200)
    text: str
    message_id: str = Field(default_factory=lambda: uuid.uuid4().hex, min_length=1, max_length=120)


def _signer(parts: Services) -> URLSafeSerializer:
    return URLSafeSerializer(parts.settings.secret_key, salt="visitor")


@router.get("/", include_in_schema=False)
def page() -> FileResponse:
    return FileResponse(HERE / "chat.html", media_type="text/html; charset=utf-8")


@router.get("/privacy", include_in_schema=False)
def privacy(parts: ServicesDep) -> HTMLResponse:
    text = (HERE / "privacy.html").read_text(encoding="utf-8")
    company = parts.company.company
    return HTMLResponse(text.replace("{{company}}", company.name).replace("{{hotline}}", company.hotline))


@router.post("/web/visitor", summary="A signed token for a new visitor")
def new_visitor(parts: ServicesDep) -> VisitorToken:
    return VisitorToken(token=str(_signer(parts).dumps(uuid.uuid4().hex)))


@router.post("/web/messages", summary="One message of a visitor in, the replies out")
async def message(body: VisitorMessage, parts: ServicesDep) -> list[dict[str, object]]:
    try:
        visitor = _signer(parts).loads(body.token)
    except BadSignature:
        raise HTTPException(401, "访客令牌无效，请刷新页面") from None
    outcome = refused(body.text.strip(), parts.settings.message_max_chars, parts.company)
    text = clean(body.text) if outcome is None else ""
    outcome = outcome or refused(text, parts.settings.message_max_chars, parts.company)
    if outcome is None:
        inbound = Inbound(f"web:{visitor}", "web", text, clean(body.message_id) or uuid.uuid4().hex)
        outcome = await parts.conversations.receive(inbound)
    return shown(outcome, str(visitor))
