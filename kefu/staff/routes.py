"""Signing in, and who works here."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import structlog
from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import select

from kefu.api.access import NO_NUL, AnyStaff, Feeds, PageDep, Plans, ReadSession, ServicesDep, listing
from kefu.api.examples import answers, fed, pages
from kefu.api.fields import Given, Line40, Phone, RowId, sample
from kefu.api.writing import audit, writing, written
from kefu.clock import iso
from kefu.organisation.people import put_person
from kefu.staff.messages import mark
from kefu.staff.models import Staff, StaffMessage
from kefu.staff.service import NoPassword, NotYours, NumberTaken, hashed, open_staff_session, who_is

log = structlog.get_logger("kefu.staff")
router = APIRouter(tags=["session"])
Role = Literal["agent", "supervisor", "admin", "integration"]
Username = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$")]
_PERSON = {
    "name": "沈予安",
    "employee_number": "YJ1001",
    "role": "agent",
    "desk": "供电坐席",
    "unit": "ZX",
    "skills": ["electricity", "billing"],
    "phone": "0600-8601001",
    "active": True,
}
PERSON = {"username": "agent1", **_PERSON}
MESSAGE = {
    "id": 17,
    "username": "agent1",
    "kind": "warning",
    "text": "工单 BX2612090042-3 的到场时限（12月9日11:00）快到了",
    "ticket": "BX2612090042-3",
    "callback": None,
    "created_at": "2026-12-09T10:45:00+08:00",
    "read_at": None,
}
SEES_OTHERS = ("supervisor", "admin")
TOKEN = {"token": "…", "role": "agent", "expires_at": "2026-12-09T22:20:00+08:00"}


class Credentials(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"username": "agent1", "password": "…"}]})

    username: str = Field(min_length=1, max_length=40)
    password: str = Field(min_length=1, max_length=200)


class Token(BaseModel):
    token: str
    role: str
    expires_at: str


class StaffBody(Given):
    """What is left out stays as it was. `password` is needed for a new user only, and is never shown."""

    model_config = sample({**_PERSON, "password": "at least 8 characters"})

    name: Line40
    employee_number: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,20}$")]
    role: Role
    desk: Line40 | None = None
    unit: Line40 | None = Field(None, description="Where they work: a code of GET /api/units")
    skills: list[Line40] = Field([], max_length=30)
    phone: Phone | None = None
    active: bool = True
    password: str | None = Field(None, min_length=8, max_length=200)


def show_staff(person: Staff) -> dict[str, Any]:
    same = "username name employee_number role desk unit skills phone active"
    return {name: getattr(person, name) for name in same.split()}


@router.post("/api/session", summary="A bearer token for the staff API", responses=answers(TOKEN, 422, 429))
def open_session(given: Credentials, request: Request, parts: ServicesDep) -> Token:
    """After 10 failed tries for a username, or 50 from one address, within 15 minutes: 429, with `Retry-After`."""
    address = request.client.host if request.client else ""
    wait = parts.sign_ins.begin(given.username, address)
    if wait:
        log.warning("sign-in refused: too many tries", wait_s=wait)
        detail = f"登录失败次数过多，请{-(-wait // 60)}分钟后再试"
        raise HTTPException(429, detail, headers={"Retry-After": str(wait)})
    with parts.database.read() as session:
        staff = who_is(session, given.username, given.password)
    if staff is None:
        raise HTTPException(401, "用户名或密码不对")
    parts.sign_ins.forgive(given.username, address)
    with parts.database.write() as session:
        token, expires_at = open_staff_session(session, staff.username, parts.settings.session_hours)
    return Token(token=token, role=staff.role, expires_at=iso(expires_at) or "")


@router.get(
    "/api/staff", tags=["staff"], summary="Who works here, by username from the last", responses=pages(PERSON, 403)
)
def list_staff(
    request: Request,
    session: ReadSession,
    staff: Plans,
    page: PageDep,
    role: Annotated[Role | None, Query()] = None,
    desk: Annotated[str | None, Query(max_length=40, pattern=NO_NUL)] = None,
    unit: Annotated[str | None, Query(max_length=40, pattern=NO_NUL)] = None,
    active: Annotated[bool | None, Query()] = None,
) -> dict[str, Any]:
    wanted = {"role": role, "desk": desk, "unit": unit, "active": active}
    query = select(Staff).where(*(getattr(Staff, n) == v for n, v in wanted.items() if v is not None))
    return listing(request, session, query, Staff.username, page, show_staff)


@router.put(
    "/api/staff/{username}", tags=["staff"], summary="Create or update a member of staff", responses=fed(PERSON, 409)
)
def write_staff(
    staff: Feeds, username: Annotated[Username, Path()], given: StaffBody, parts: ServicesDep, response: Response
) -> dict[str, Any]:
    """A new password, or `active: false`, ends the person's open sessions; who leaves leaves their open tickets to others.
    Only an admin writes admins and systems."""
    values = given.model_dump(exclude_unset=True, exclude={"password"})
    password_hash = hashed(given.password) if given.password else None
    try:
        with writing(parts) as session:
            person, new = put_person(session, parts.company, staff, username, values, password_hash)
            session.refresh(person)
            shown = show_staff(person)
    except NotYours as problem:
        raise HTTPException(403, str(problem)) from problem
    except NumberTaken as problem:
        raise HTTPException(409, str(problem)) from problem
    except NoPassword as problem:
        raise HTTPException(422, str(problem)) from problem
    audit(staff, "staff", username)
    return written(response, given, [shown], new)


# --- what staff are told --------------------------------------------------------------------------------------------------
class MessageChange(Given):
    model_config = sample({"read": True})

    read: bool


def show_message(row: StaffMessage) -> dict[str, Any]:
    same = "id username kind text ticket callback"
    return {
        **{name: getattr(row, name) for name in same.split()},
        "created_at": iso(row.created_at),
        "read_at": iso(row.read_at),
    }


@router.get(
    "/api/staff-messages",
    tags=["staff"],
    summary="What I was told: warnings, escalations, urgings, praise; newest first",
    responses=pages(MESSAGE, 403),
)
def list_messages(
    request: Request,
    session: ReadSession,
    staff: AnyStaff,
    page: PageDep,
    kind: Annotated[str | None, Query(max_length=16, pattern=NO_NUL)] = None,
    unread: Annotated[bool | None, Query()] = None,
    username: Annotated[str | None, Query(max_length=40, pattern=NO_NUL, description="Supervisors: of others")] = None,
) -> dict[str, Any]:
    whose = username or staff.username
    if whose != staff.username and staff.role not in SEES_OTHERS:
        raise HTTPException(403, f"角色 {staff.role} 不能看别人的消息：需要 {' 或 '.join(SEES_OTHERS)}")
    query = select(StaffMessage).where(StaffMessage.username == whose)
    query = query.where(StaffMessage.kind == kind) if kind is not None else query
    if unread is not None:
        query = query.where(StaffMessage.read_at.is_(None) if unread else StaffMessage.read_at.is_not(None))
    return listing(request, session, query, StaffMessage.id, page, show_message)


@router.patch(
    "/api/staff-messages/{message_id}",
    tags=["staff"],
    summary="One of my messages is read",
    responses=answers(MESSAGE, 404, 422),
)
def change_message(
    staff: AnyStaff, message_id: Annotated[RowId, Path()], given: MessageChange, parts: ServicesDep
) -> dict[str, Any]:
    with writing(parts) as session:
        shown = show_message(mark(session, staff.username, message_id, given.read))
    audit(staff, "staff message", message_id)
    return shown
