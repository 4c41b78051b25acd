"""What routes share: the parts of the running service, who is calling, paging, conversation ids."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import Depends, HTTPException, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from kefu.alerts.service import AlertSender
from kefu.company.data import CompanyData
from kefu.conversations.models import Conversation
from kefu.conversations.service import Conversations
from kefu.db.session import Database
from kefu.settings import Settings
from kefu.staff.service import Caller, caller_of

CHANNELS = ("rest", "web", "wechat", "socketio", "hotline")


@dataclass
class Services:
    """The running parts, made once in app.py."""

    settings: Settings
    database: Database
    company: CompanyData
    conversations: Conversations
    alerts: AlertSender


def services(request: Request) -> Services:
    return request.app.state.services  # type: ignore[no-any-return]


ServicesDep = Annotated[Services, Depends(services)]


def reading(parts: ServicesDep) -> Iterator[Session]:
    with parts.database.read() as session:
        yield session


ReadSession = Annotated[Session, Depends(reading)]
_bearer = HTTPBearer(auto_error=False, description="Token from POST /api/session")


def caller(
    session: ReadSession, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Caller:
    found = caller_of(session, credentials.credentials) if credentials else None
    if found is None:
        raise HTTPException(401, "请先登录：POST /api/session 取得令牌", headers={"WWW-Authenticate": "Bearer"})
    return found


AnyStaff = Annotated[Caller, Depends(caller)]


def resolve_conversation(session: Session, given: str) -> str:
    """A full id ("rest:anna") as it is; a bare sender if exactly one channel knows it. Raises 409 when several do."""
    if given.split(":", 1)[0] in CHANNELS and ":" in given:
        return given
    candidates = [f"{channel}:{given}" for channel in CHANNELS]
    known = list(session.scalars(select(Conversation.id).where(Conversation.id.in_(candidates))))
    if len(known) > 1:
        raise HTTPException(409, f"多个渠道都有 {given}：请写完整编号，如 {known[0]}")
    return known[0] if known else candidates[0]


def conversation_filter(
    session: ReadSession, conversation_id: Annotated[str | None, Query(max_length=120)] = None
) -> str | None:
    return resolve_conversation(session, conversation_id) if conversation_id else None


ConversationFilter = Annotated[str | None, Depends(conversation_filter)]


class Page(BaseModel):
    """Which part of a list: at most `limit` rows older than row `before`."""

    limit: int = Field(50, ge=1, le=500)
    before: int | None = Field(None, ge=1, le=2**63 - 1)


PageDep = Annotated[Page, Query()]


def listing(
    request: Request,
    session: Session,
    query: Select[Any],
    key: ColumnElement[Any] | Any,
    page: Page,
    show: Callable[[Any], dict[str, Any]],
) -> dict[str, Any]:
    """Newest first: {"items", "total", "next"}; `next` is the address of the following page or null."""
    total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery()))
    rows_query = query.where(key < page.before) if page.before else query
    rows = list(session.scalars(rows_query.order_by(key.desc()).limit(page.limit + 1)))
    shown, more = rows[: page.limit], len(rows) > page.limit
    following = None
    if more:
        params = dict(request.query_params) | {
            "before": str(getattr(shown[-1], str(key.key))),
            "limit": str(page.limit),
        }
        following = f"{quote(request.scope['path'])}?{urlencode(params)}"
    return {"items": [show(row) for row in shown], "total": total, "next": following}
