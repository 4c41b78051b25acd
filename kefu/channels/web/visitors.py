"""Who may speak for a visitor, from which pages, and how fast."""

from __future__ import annotations

import time
import uuid
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import HTTPException, Request
from itsdangerous import BadData, URLSafeSerializer
from pydantic import Field
from starlette.datastructures import Headers

from kefu.api.access import Services
from kefu.attachments.service import PHOTO_WORDS
from kefu.channels.photos import still_there
from kefu.channels.text import clean, words_of
from kefu.conversations.inbound import Inbound, Outcome, text_reply
from kefu.settings import Settings

BURST_S = 10.0
TOO_FAST = "发得太快了，请稍等几秒再发。"
PHOTO_GONE = "这张照片没有找到，请重新发一次。"


PhotoTokens = Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=4)]


# --- the token -----------------------------------------------------------------------------------------------------------
def _signer(settings: Settings) -> URLSafeSerializer:
    return URLSafeSerializer(settings.secret_key, salt="visitor")


def new_token(settings: Settings) -> str:
    return str(_signer(settings).dumps(uuid.uuid4().hex))


def visitor_of(settings: Settings, token: str) -> str | None:
    """The visitor a token was signed for; None when it was not signed here, with this key, for this purpose."""
    try:
        visitor = _signer(settings).loads(token)
    except BadData:
        return None
    return visitor if isinstance(visitor, str) else None


def speaking(settings: Settings, token: str) -> str:
    """The visitor a request speaks for. Raises 401."""
    visitor = visitor_of(settings, token)
    if visitor is None:
        raise HTTPException(401, "访客令牌无效，请刷新页面")
    return visitor


# --- the page it comes from ----------------------------------------------------------------------------------------------
def listed_origins(settings: Settings) -> list[str]:
    return [origin for part in settings.widget_origins.split(",") if (origin := part.strip().rstrip("/").lower())]


def from_our_pages(headers: Headers, settings: Settings) -> bool:
    """Same origin or listed. Programs send no Origin, and have no visitor's browser to abuse: they may.

    Scheme is not compared: behind a proxy that ends TLS we do not know our own.
    """
    origin = headers.get("origin", "").lower()
    return (
        not origin
        or origin.partition("://")[2] == headers.get("host", "").lower() != ""
        or origin in listed_origins(settings)
    )


def own_pages_only(request: Request) -> None:
    """A dependency: other sites' pages cannot talk in a visitor's name."""
    if not from_our_pages(request.headers, request.app.state.settings):
        raise HTTPException(403, "此网页未获准使用在线客服")


# --- how much ------------------------------------------------------------------------------------------------------------
class Visitors:
    """Sockets and recent messages of each visitor in this process. Used on the serving loop only."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._sockets: dict[str, int] = {}
        self._recent: dict[str, deque[float]] = {}

    @contextmanager
    def socket(self, visitor: str) -> Iterator[bool]:
        """Whether the visitor may have one more; counted as long as the block runs."""
        if self._sockets.get(visitor, 0) >= self._settings.visitor_sockets:
            yield False
            return
        self._sockets[visitor] = self._sockets.get(visitor, 0) + 1
        try:
            yield True
        finally:
            self._sockets[visitor] -= 1
            if not self._sockets[visitor]:
                del self._sockets[visitor]

    def too_fast(self, visitor: str) -> bool:
        """Count one message; True when there were too many. Those turned away do not count."""
        now = time.monotonic()
        if len(self._recent) > 1000:
            self._recent = {who: times for who, times in self._recent.items() if now - times[-1] < BURST_S}
        times = self._recent.setdefault(visitor, deque())
        while times and now - times[0] >= BURST_S:
            times.popleft()
        if len(times) >= self._settings.visitor_burst:
            return True
        times.append(now)
        return False


def visitors(app: Any) -> Visitors:
    """The application's one book of visitors."""
    if not hasattr(app.state, "web_visitors"):
        app.state.web_visitors = Visitors(app.state.settings)
    return app.state.web_visitors  # type: ignore[no-any-return]


# --- a message -----------------------------------------------------------------------------------------------------------
async def hear(parts: Services, visitor: str, text: str, message_id: str, attachments: Sequence[str] = ()) -> Outcome:
    """One message of a visitor, with photos uploaded before: turned away kindly when it is none, else received."""
    words, outcome = words_of(parts, text, photo=bool(attachments))
    if outcome is not None:
        return outcome
    photos = await still_there(parts, f"web:{visitor}", attachments)
    if attachments and not photos and words == PHOTO_WORDS:
        return Outcome([text_reply(PHOTO_GONE)], recorded=False)
    message_id = clean(message_id) or uuid.uuid4().hex
    return await parts.conversations.receive(Inbound(f"web:{visitor}", "web", words, message_id, attachments=photos))


def too_fast_reply() -> dict[str, Any]:
    return text_reply(TOO_FAST)
