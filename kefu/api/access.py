"""What routes share: the parts of the running service, who is calling, paging, conversation ids."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeVar
from urllib.parse import quote, urlencode

from fastapi import Depends, HTTPException, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field
from sqlalchemy import Date, Integer, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from kefu.alerts.service import AlertSender
from kefu.api.limits import SignInLimit
from kefu.company.data import CompanyData
from kefu.conversations.models import Conversation
from kefu.conversations.outbox import OutboxSender
from kefu.conversations.service import Conversations
from kefu.db.base import UtcDateTime
from kefu.db.session import Database
from kefu.exports.service import ExportSender
from kefu.jobs.worker import Worker
from kefu.settings import Settings
from kefu.sms.sender import SmsSender
from kefu.staff.service import Caller, caller_of

NO_NUL = r"^[^\x00]*$"  # PostgreSQL refuses it in any text
CHANNELS = ("rest", "web", "wechat", "socketio", "hotline")


@dataclass
class Services:
    """The running parts, made once in app.py."""

    settings: Settings
    database: Database
    company: CompanyData
    conversations: Conversations
    alerts: AlertSender
    sms: SmsSender
    outbox: OutboxSender
    jobs: Worker
    exports: ExportSender
    sign_ins: SignInLimit = field(default_factory=SignInLimit)

    def wake(self) -> None:
        """Something may be waiting to be delivered."""
        self.alerts.wake()
        self.sms.wake()
        self.outbox.wake()
        self.jobs.wake()
        self.exports.wake()


def services(request: Request) -> Services:
    return request.app.state.services  # type: ignore[no-any-return]


ServicesDep = Annotated[Services, Depends(services)]


def reading(parts: ServicesDep) -> Iterator[Session]:
    with parts.database.read() as session:
        yield session


ReadSession = Annotated[Session, Depends(reading)]
_bearer = HTTPBearer(auto_error=False, description="Token from POST /api/session")


def caller(parts: ServicesDep, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> Caller:
    """Who is calling. Looked up in a session of its own, so that nobody holds a connection while waiting to write."""
    with parts.database.read() as session:
        found = caller_of(session, credentials.credentials) if credentials else None
    if found is None:
        raise HTTPException(401, "请先登录：POST /api/session 取得令牌", headers={"WWW-Authenticate": "Bearer"})
    return found


def role(*allowed: str) -> Callable[[Caller], Caller]:
    """A dependency that lets only these roles in; others hear 403 and why."""

    def check(staff: Annotated[Caller, Depends(caller)]) -> Caller:
        if staff.role not in allowed:
            raise HTTPException(403, f"角色 {staff.role} 不能做这件事：需要 {' 或 '.join(allowed)}")
        return staff

    return check


AnyStaff = Annotated[Caller, Depends(caller)]  # reads the desk, makes and moves tickets and calls back
Feeds = Annotated[Caller, Depends(role("integration", "admin"))]  # accounts, bills, network, halls, staff
Handles = Annotated[Caller, Depends(role("agent", "supervisor", "admin"))]  # who has a ticket, and what came of it
Decides = Annotated[Caller, Depends(role("supervisor", "admin"))]  # what a rule leaves to a person: relief
Plans = Annotated[Caller, Depends(role("supervisor", "admin", "integration"))]  # slots; surveys and staff to look at


def resolve_conversation(session: Session, given: str) -> str:
    """A full id ("rest:anna") as it is; a bare sender if exactly one channel knows it. Raises 409 when several do."""
    if "\x00" in given:
        raise HTTPException(404, "没有这样的会话")
    if given.split(":", 1)[0] in CHANNELS and ":" in given:
        return given
    candidates = [f"{channel}:{given}" for channel in CHANNELS]
    known = list(session.scalars(select(Conversation.id).where(Conversation.id.in_(candidates))))
    if len(known) > 1:
        raise HTTPException(409, f"多个渠道都有 {given}：请写完整编号，如 {known[0]}")
    return known[0] if known else candidates[0]


def plain_number(number: str) -> str:
    """The number of a ticket as a path has it; 404 for what no database takes."""
    if "\0" in number:
        raise HTTPException(404, f"没有工单 {number}")
    return number


def conversation_filter(
    session: ReadSession, conversation_id: Annotated[str | None, Query(max_length=120, pattern=NO_NUL)] = None
) -> str | None:
    return resolve_conversation(session, conversation_id) if conversation_id else None


ConversationFilter = Annotated[str | None, Depends(conversation_filter)]


class Page(BaseModel):
    """Which part of a list: at most `limit` rows after the one `before` names."""

    limit: int = Field(50, ge=1, le=500)
    before: str | None = Field(None, max_length=200, description="From `next` of the page before")


PageDep = Annotated[Page, Query()]
Loader = Callable[[Sequence[Any]], object]
T = TypeVar("T")


def listing(
    request: Request,
    session: Session,
    query: Select[Any],
    key: Any,
    page: Page,
    show: Callable[[Any], dict[str, Any]],
    load: Loader | None = None,
    first_first: bool = False,
) -> dict[str, Any]:
    """Newest first: {"items", "total", "next"}; `next` is the address of the following page or null.

    `key`: the column, or the columns, that order the list; the last one is unique. `load` is called once with the
    rows of the page, to look up together what `show` needs. `first_first`: the other way round.
    """
    keys = key if isinstance(key, tuple) else (key,)
    total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery()))
    rows_query = query.where(_after(keys, page.before, first_first)) if page.before is not None else query
    order = [column if first_first else column.desc() for column in keys]
    rows = list(session.scalars(rows_query.order_by(*order).limit(page.limit + 1)))
    shown = rows[: page.limit]
    following = _following(request, page, _cursor(keys, shown[-1])) if len(rows) > page.limit else None
    if load is not None:
        load(shown)
    return {"items": [show(row) for row in shown], "total": total, "next": following}


def listing_of(
    request: Request,
    rows: Sequence[T],
    key: Callable[[T], tuple[str, ...]],
    page: Page,
    show: Callable[[T], dict[str, Any]],
) -> dict[str, Any]:
    """The same for rows that no query gives; `key` orders them, newest last, and is unique."""
    before = tuple(page.before.split("~")) if page.before is not None else None
    left = [row for row in sorted(rows, key=key, reverse=True) if before is None or key(row) < before]
    shown = left[: page.limit]
    following = _following(request, page, "~".join(key(shown[-1]))) if len(left) > page.limit else None
    return {"items": [show(row) for row in shown], "total": len(rows), "next": following}


def _following(request: Request, page: Page, cursor: str) -> str:
    """The address of the next page."""
    asked = dict(request.query_params) | {"before": cursor, "limit": str(page.limit)}
    return f"{quote(request.scope['path'])}?{urlencode(asked)}"


def _cursor(keys: tuple[Any, ...], row: Any) -> str:
    """Where a page ends, as text: the row's values under the keys."""
    values = [getattr(row, column.key) for column in keys]
    return "~".join(value.isoformat() if isinstance(value, date) else str(value) for value in values)


def _after(keys: tuple[Any, ...], before: str, first_first: bool) -> Any:
    """The condition for rows further down the list than the cursor. Raises 422 for what is no cursor."""
    try:
        texts = before.split("~", len(keys) - 1)
        values = [_value(column, text) for column, text in zip(keys, texts, strict=True)]
    except (ValueError, OverflowError) as problem:
        wrong = {"type": "value_error", "loc": ("query", "before"), "msg": "before 要用上一页 next 里的值"}
        raise RequestValidationError([wrong]) from problem
    pairs = list(zip(keys, values, strict=True))
    further = [(column > value if first_first else column < value) for column, value in pairs]
    return or_(*(and_(*(k == v for k, v in pairs[:depth]), one) for depth, one in enumerate(further)))


def _value(column: Any, text: str) -> Any:
    if isinstance(column.type, UtcDateTime):
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    if isinstance(column.type, Date):
        return date.fromisoformat(text)
    if isinstance(column.type, Integer):
        number = int(text)
        if not 0 <= number <= 2**63 - 1:
            raise ValueError("no number of a row")
        return number
    if "\x00" in text:
        raise ValueError("no text of a row")
    return text
