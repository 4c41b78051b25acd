"""Signing in."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from kefu.api.access import ServicesDep
from kefu.clock import iso
from kefu.staff.service import sign_in

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
    with parts.database.write() as session:
        found = sign_in(session, given.username, given.password, parts.settings.session_hours)
    if found is None:
        raise HTTPException(401, "用户名或密码不对")
    token, staff, expires_at = found
    return Token(token=token, role=staff.role, expires_at=iso(expires_at) or "")
