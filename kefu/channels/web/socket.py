"""The web chat's socket: a live tail of the visitor's own transcript, and a way in for messages.

Client: hello, then message and ping. Server: welcome, lines, owner, typing, ack, pong, error. What is on the screen comes
from the transcript alone, so a socket may break at any moment: the next one goes on after the last line seen.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Annotated, Any, Literal

import structlog
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from kefu.api.access import Services
from kefu.channels.web.lines import Tail, read_tail
from kefu.channels.web.visitors import PhotoTokens, Visitors, from_our_pages, hear, too_fast_reply, visitor_of, visitors
from kefu.conversations.live import Woken
from kefu.conversations.service import UNREACHABLE

router = APIRouter()
log = structlog.get_logger("kefu.channels.web")
HELLO_S, LOOK_S, BAD_FRAMES = 10.0, 5.0, 20
NOT_A_FRAME = "没看懂这条数据，请刷新页面再试。"


class Hello(BaseModel):
    type: Literal["hello"]
    token: str = Field(max_length=200)
    after: int = Field(0, ge=0, le=2**63 - 1)


class Said(BaseModel):
    type: Literal["message"]
    message_id: str = Field(min_length=1, max_length=120)
    text: str
    attachments: PhotoTokens = []


class Ping(BaseModel):
    type: Literal["ping"]


Frame = Hello | Said | Ping
_FRAMES: TypeAdapter[Frame] = TypeAdapter(Annotated[Frame, Field(discriminator="type")])


@router.websocket("/web/socket")
async def socket(websocket: WebSocket) -> None:
    """Origin, then hello with the token; only then is there anything to see."""
    parts: Services = websocket.app.state.services
    if not from_our_pages(websocket.headers, parts.settings):
        await websocket.close(1008)
        return
    await websocket.accept()
    with suppress(WebSocketDisconnect, RuntimeError):  # gone before it was let in
        hello = await _hello(websocket)
        visitor = visitor_of(parts.settings, hello.token) if hello else None
        if hello is None:
            return await _turn_away(websocket, 4400, "frame", NOT_A_FRAME)
        if visitor is None:
            return await _turn_away(websocket, 4401, "token", "访客令牌无效，请刷新页面")
        book = visitors(websocket.app)
        with book.socket(visitor) as allowed:
            if not allowed:
                return await _turn_away(websocket, 4429, "sockets", "您打开的聊天窗口太多了，请关掉几个")
            await Talk(websocket, parts, book, visitor, hello.after).run()


async def _hello(websocket: WebSocket) -> Hello | None:
    with suppress(TimeoutError):
        frame = _parse(await asyncio.wait_for(websocket.receive(), HELLO_S))
        return frame if isinstance(frame, Hello) else None
    return None


async def _turn_away(websocket: WebSocket, code: int, kind: str, reason: str) -> None:
    await websocket.send_json({"type": "error", "code": kind, "reason": reason})
    await websocket.close(code)


def _parse(message: Any) -> Frame | None:
    """A frame of ours, or None. Raises WebSocketDisconnect when it is the end."""
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code") or 1006)
    try:
        return _FRAMES.validate_json(message.get("text") or "")
    except ValidationError:
        return None


class Talk:
    """One open socket of a visitor."""

    def __init__(self, websocket: WebSocket, parts: Services, book: Visitors, visitor: str, after: int) -> None:
        self._websocket, self._parts, self._book = websocket, parts, book
        self._visitor, self._conversation_id = visitor, f"web:{visitor}"
        self._last, self._owner = after, "assistant"
        self._said: asyncio.Queue[Said | None] = asyncio.Queue()

    async def run(self) -> None:
        """Until the socket closes. What was taken in by then is still answered: the next socket will see it."""
        async with self._parts.conversations.live.subscribe(self._conversation_id) as woken:
            tail = await self._look()
            self._owner = tail.owner if tail else "assistant"
            await self._send(self._welcome())
            await self._show(tail)
            follow, answer = asyncio.create_task(self._follow(woken)), asyncio.create_task(self._answer_all())
            try:
                await self._listen()
            finally:
                self._said.put_nowait(None)
                await answer
                follow.cancel()

    def _welcome(self) -> dict[str, Any]:
        company = self._parts.company.company
        return {
            "type": "welcome",
            "visitor": self._visitor,
            "company": company.name,
            "assistant": company.assistant,
            "hotline": company.hotline,
            "owner": self._owner,
        }

    # --- in ----------------------------------------------------------------------------------------------------------
    async def _listen(self) -> None:
        bad = 0
        with suppress(WebSocketDisconnect):
            while bad < BAD_FRAMES:
                frame = _parse(await self._websocket.receive())
                if isinstance(frame, Said):
                    await self._take(frame)
                elif isinstance(frame, Ping):
                    await self._send({"type": "pong"})
                else:
                    bad += 1
                    await self._send({"type": "error", "code": "frame", "reason": NOT_A_FRAME})
            await self._websocket.close(4400)

    async def _take(self, said: Said) -> None:
        """In line to be answered; or turned away at once, so that nobody can pile up work."""
        if self._book.too_fast(self._visitor):
            await self._send(self._ack(said, False, [too_fast_reply()]))
        else:
            self._said.put_nowait(said)

    async def _answer_all(self) -> None:
        """One after another, so that reading goes on meanwhile; the lines themselves come through the transcript."""
        while (said := await self._said.get()) is not None:
            await self._send({"type": "typing"})
            outcome = await hear(self._parts, self._visitor, said.text, said.message_id, said.attachments)
            await self._send(self._ack(said, outcome.recorded, [] if outcome.recorded else outcome.replies))

    def _ack(self, said: Said, recorded: bool, replies: list[dict[str, Any]]) -> dict[str, Any]:
        return {"type": "ack", "message_id": said.message_id, "recorded": recorded, "replies": replies}

    # --- out ---------------------------------------------------------------------------------------------------------
    async def _follow(self, woken: Woken) -> None:
        while True:
            await woken.wait(LOOK_S)
            try:
                await self._show(await self._look())
            except Exception as problem:  # whatever it is: a socket that shows nothing must not look alive
                log.error("tail broke", problem=type(problem).__name__, conversation_id=self._conversation_id)
                with suppress(WebSocketDisconnect, RuntimeError):
                    await self._websocket.close(1011)
                return

    async def _look(self) -> Tail | None:
        """In a thread, never on the loop; None while the database is away (the next look shows what was missed)."""
        try:
            return await asyncio.to_thread(read_tail, self._parts.database, self._conversation_id, self._last)
        except UNREACHABLE:
            return None

    async def _show(self, tail: Tail | None) -> None:
        while tail is not None:
            if tail.owner != self._owner:
                self._owner = tail.owner
                await self._send({"type": "owner", "owner": tail.owner})
            if tail.fresh or tail.lines:
                self._last = tail.lines[-1]["id"] if tail.lines else 0
                await self._send(tail.frame())
            tail = await self._look() if tail.more else None

    async def _send(self, frame: dict[str, Any]) -> None:
        with suppress(WebSocketDisconnect, RuntimeError):  # gone; the reader notices
            await self._websocket.send_json(frame)
