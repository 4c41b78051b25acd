"""Signing in."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from kefu.api.access import ServicesDep
from kefu.clock import iso
from kefu.staff.service import open_staff_session, who_is

router = APIRouter(tags=["session"])


class Credentials(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"username": "agent1", "password": "…"}]})

    username: str = Field(min_length=1, max_length=40)
    password: str = Field(min_length=1, max_length=200)


class Token(BaseModel):
    token: str
    role: str
    expires_at: str


@router.post("/api/session", summary="A bearer token for the staff API")
def open_session(given: Credentials, parts: ServicesDep) -> Token:
    with parts.database.read() as session:
        staff = who_is(session, given.username, given.password)
    if staff is None:
        raise HTTPException(401, "用户名或密码不对")
    with parts.database.write() as session:
        token, expires_at = open_staff_session(session, staff.username, parts.settings.session_hours)
    return Token(token=token, role=staff.role, expires_at=iso(expires_at) or "")
