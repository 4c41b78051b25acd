"""Who may come in: passwords (argon2) and bearer tokens (kept only as digests). Token life is real time."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete
from sqlalchemy.orm import Session

from kefu.clock import clock
from kefu.staff.models import Staff, StaffSession

_hasher = PasswordHasher()
_NOBODY = _hasher.hash(secrets.token_hex(8))
ROLES = ("agent", "supervisor", "admin", "integration")
SEES_PHONES = {"supervisor", "admin", "integration"}


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


def save_staff(session: Session, username: str, name: str, number: str, role: str, password: str) -> Staff:
    """Add a member of staff, or change name, number, role and password of one. Open sessions of theirs end."""
    staff = session.get(Staff, username) or Staff(username=username)
    staff.name, staff.employee_number, staff.role, staff.active = name, number, role, True
    staff.password_hash = _hasher.hash(password)
    session.add(staff)
    session.execute(delete(StaffSession).where(StaffSession.username == username))
    return staff


def caller_of(session: Session, token: str) -> Caller | None:
    """Whose token this is, if it is still good."""
    found = session.get(StaffSession, _digest(token))
    if found is None or found.expires_at < clock.real_now():
        return None
    staff = session.get(Staff, found.username)
    return Caller(staff.username, staff.role) if staff is not None and staff.active else None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
