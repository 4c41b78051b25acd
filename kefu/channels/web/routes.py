"""The web chat over HTTP: its page and files, a signed token for a visitor, and messages and lines where no socket gets through."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, HTTPException, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from kefu.api.access import ServicesDep
from kefu.channels.text import shown
from kefu.channels.web.lines import read_tail
from kefu.channels.web.pages import asset, page
from kefu.channels.web.photos import router as photos
from kefu.channels.web.socket import router as socket
from kefu.channels.web.visitors import TOO_FAST, PhotoTokens, hear, new_token, own_pages_only, speaking, visitors

router = APIRouter(tags=["channels"])
router.include_router(socket)
router.include_router(photos)
READ = ["GET", "HEAD"]
OWN_PAGES = [Depends(own_pages_only)]


class VisitorToken(BaseModel):
    token: str


class VisitorMessage(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"token": "IjRmMi4uLiI.c2ln…", "text": "家里停电了", "message_id": "m-1"}]}
    )

    token: str = Field(max_length=200)
    text: str
    message_id: str = Field(default_factory=lambda: uuid.uuid4().hex, min_length=1, max_length=120)
    attachments: PhotoTokens = Field([], description="Photos uploaded before, by POST /web/photo")


# --- files ---------------------------------------------------------------------------------------------------------------
@router.api_route("/", methods=READ, include_in_schema=False)
def chat(request: Request, parts: ServicesDep) -> Response:
    return page(request, "chat.html", parts.company.company, parts.settings)


@router.api_route("/privacy", methods=READ, include_in_schema=False)
def privacy(request: Request, parts: ServicesDep) -> Response:
    return page(request, "privacy.html", parts.company.company, parts.settings)


@router.api_route("/reports", methods=READ, include_in_schema=False)
def reports(request: Request, parts: ServicesDep) -> Response:
    return page(request, "reports.html", parts.company.company, parts.settings, framed=False)


@router.api_route("/widget.js", methods=READ, include_in_schema=False)
def widget(request: Request) -> Response:
    return asset(request, "widget.js")


@router.api_route("/web/static/{name}", methods=READ, include_in_schema=False)
def static(name: str, request: Request) -> Response:
    return asset(request, name)


# --- talking -------------------------------------------------------------------------------------------------------------
@router.post("/web/visitor", summary="A signed token for a new visitor", dependencies=OWN_PAGES)
def new_visitor(parts: ServicesDep) -> VisitorToken:
    return VisitorToken(token=new_token(parts.settings))


@router.post("/web/messages", summary="One message of a visitor in, the replies out", dependencies=OWN_PAGES)
async def message(body: VisitorMessage, request: Request, parts: ServicesDep) -> list[dict[str, object]]:
    visitor = speaking(parts.settings, body.token)
    if visitors(request.app).too_fast(visitor):
        raise HTTPException(429, TOO_FAST, headers={"Retry-After": "10"})
    return shown(await hear(parts, visitor, body.text, body.message_id, body.attachments), visitor)


@router.get("/web/lines", summary="What was said in a visitor's own conversation after a given line")
def lines(
    parts: ServicesDep,
    after: Annotated[int, Query(ge=0, le=2**63 - 1)] = 0,
    authorization: Annotated[str, Header(max_length=300)] = "",
) -> dict[str, Any]:
    """The visitor's token as bearer token. `fresh`: what the caller knew is gone; `more`: ask again at once."""
    visitor = speaking(parts.settings, authorization.removeprefix("Bearer "))
    tail = read_tail(parts.database, f"web:{visitor}", after)
    return {"owner": tail.owner, "lines": tail.lines, "fresh": tail.fresh, "more": tail.more}
