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


def sign_in(session: Session, username: str, password: str, hours: float) -> tuple[str, Staff, datetime] | None:
    """A new token, or None: the same answer, after the same work, for a wrong name and a wrong password."""
    staff = session.get(Staff, username)
    try:
        _hasher.verify(staff.password_hash if staff else _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return None
    if staff is None or not staff.active:
        return None
    token = secrets.token_urlsafe(32)
    expires_at = clock.real_now() + timedelta(hours=hours)
    session.execute(delete(StaffSession).where(StaffSession.expires_at < clock.real_now()))
    session.add(StaffSession(token_digest=_digest(token), username=username, expires_at=expires_at))
    return token, staff, expires_at


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
