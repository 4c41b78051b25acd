"""Who may come in: passwords (argon2) and bearer tokens (kept only as digests). Token life is real time."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kefu.clock import clock
from kefu.staff.models import Staff, StaffSession

_hasher = PasswordHasher()
_NOBODY = _hasher.hash(secrets.token_hex(8))
ROLES = ("agent", "supervisor", "admin", "integration")
SEES_PHONES = {"supervisor", "admin", "integration"}


class StaffProblem(Exception):
    """This member of staff cannot be written so; the message says why, in Chinese."""


class NotYours(StaffProblem):
    pass


class NumberTaken(StaffProblem):
    pass


class NoPassword(StaffProblem):
    pass


@dataclass(frozen=True)
class Caller:
    """A signed-in member of staff, or a system with the role integration."""

    username: str
    role: str

    @property
    def sees_phones(self) -> bool:
        return self.role in SEES_PHONES


def who_is(session: Session, username: str, password: str) -> Staff | None:
    """The member of staff, or None: the same answer, after the same work, for a wrong name and a wrong password.

    Slow on purpose (argon2): call it outside any transaction that others wait for.
    """
    staff = session.get(Staff, username)
    try:
        _hasher.verify(staff.password_hash if staff else _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return None
    return staff if staff is not None and staff.active else None


def open_staff_session(session: Session, username: str, hours: float) -> tuple[str, datetime]:
    """A new token and its end, for someone `who_is` has recognised."""
    token = secrets.token_urlsafe(32)
    expires_at = clock.real_now() + timedelta(hours=hours)
    session.execute(delete(StaffSession).where(StaffSession.expires_at < clock.real_now()))
    session.add(StaffSession(token_digest=_digest(token), username=username, expires_at=expires_at))
    return token, expires_at


def hashed(password: str) -> str:
    """The argon2 hash that is kept. Slow on purpose: make it outside any transaction that others wait for."""
    return _hasher.hash(password)


def save_staff(session: Session, username: str, name: str, number: str, role: str, password: str, **work: Any) -> Staff:
    """Add a member of staff, or change name, number, role and password of one. Open sessions of theirs end.

    `work`: unit, desk, skills; what is None stays as it was.
    """
    staff = session.get(Staff, username) or Staff(username=username)
    staff.name, staff.employee_number, staff.role, staff.active = name, number, role, True
    staff.password_hash = hashed(password)
    for field, value in work.items():
        if value is not None:
            setattr(staff, field, value)
    session.add(staff)
    _end_sessions(session, username)
    return staff


def put_staff(
    session: Session, caller: Caller, username: str, values: Mapping[str, Any], password_hash: str | None
) -> tuple[Staff, bool]:
    """Write a member of staff; True if new. What is not given stays. A new password or leaving ends open sessions.

    Raises NotYours (a system makes no administrators, nobody takes their own right away), NumberTaken, NoPassword.
    """
    staff = session.get(Staff, username, with_for_update=True)
    _check_right(caller, username, staff, values)
    owner = select(Staff.username).where(Staff.employee_number == values["employee_number"])
    if session.scalar(owner.where(Staff.username != username)) is not None:
        raise NumberTaken(f"工号 {values['employee_number']} 是别人的")
    if staff is None and password_hash is None:
        raise NoPassword("新用户要有 password")
    new = staff is None
    staff = staff or Staff(username=username)
    for name, value in values.items():
        setattr(staff, name, value)
    if password_hash is not None:
        staff.password_hash = password_hash
    session.add(staff)
    session.flush()
    if not new and (password_hash is not None or not staff.active):
        _end_sessions(session, username)
    return staff, new


def _check_right(caller: Caller, username: str, staff: Staff | None, values: Mapping[str, Any]) -> None:
    roles = {values["role"], staff.role if staff is not None else values["role"]}
    if caller.role != "admin" and roles & {"admin", "integration"}:
        raise NotYours(f"角色 {caller.role} 不能写入 admin 或 integration 用户：需要 admin")
    if username == caller.username and (values["role"] != caller.role or not values.get("active", True)):
        raise NotYours("不能停用自己，也不能改自己的角色：请另一位管理员来做")


def _end_sessions(session: Session, username: str) -> None:
    session.execute(delete(StaffSession).where(StaffSession.username == username))


def names_of(session: Session, usernames: Collection[str]) -> dict[str, str]:
    """What these people are called, by login."""
    query = select(Staff.username, Staff.name).where(Staff.username.in_(set(usernames)))
    return dict(session.execute(query).all())


def caller_of(session: Session, token: str) -> Caller | None:
    """Whose token this is, if it is still good."""
    found = session.get(StaffSession, _digest(token))
    if found is None or found.expires_at < clock.real_now():
        return None
    staff = session.get(Staff, found.username)
    return Caller(staff.username, staff.role) if staff is not None and staff.active else None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
