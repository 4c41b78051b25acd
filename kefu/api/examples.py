"""Examples for the description of the API: what an operation answers when it goes well, and why it may not."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel


class Where(BaseModel):
    """One thing that is wrong with what was sent."""

    where: str
    reason: str


class Problem(BaseModel):
    """Why not, in Chinese; `errors` names the places of a malformed request."""

    detail: str
    errors: list[Where] = []


_PROBLEMS: dict[int, tuple[str, Any]] = {
    401: ("No token, or one that has run out", {"detail": "请先登录：POST /api/session 取得令牌"}),
    403: ("The role may not do this", {"detail": "角色 agent 不能做这件事：需要 integration 或 admin"}),
    404: ("There is no such thing", {"detail": "没有户号 1000012345"}),
    409: ("It contradicts what is there", {"detail": "编号 ZD2026101000012345 已有，内容不同"}),
    422: (
        "What was sent is wrong",
        {"detail": "请求格式不对", "errors": [{"where": "query.limit", "reason": "不能小于 1"}]},
    ),
    429: ("Too many tries", {"detail": "登录失败次数过多，请15分钟后再试"}),
}


def answers(example: Any, *problems: int, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """For `responses=`: an example of the answer, then the problems (401 always)."""
    found: dict[int | str, dict[str, Any]] = {status: {"content": {"application/json": {"example": example}}}}
    for code in sorted({401, *problems}):
        why, said = _PROBLEMS[code]
        found[code] = {"model": Problem, "description": why, "content": {"application/json": {"example": said}}}
    return found


def fed(example: Any, *problems: int) -> dict[int | str, dict[str, Any]]:
    """The same for what is created or was there already, by roles that may."""
    new = answers(example, 403, 422, *problems, status=201)
    new[201]["description"] = "Written anew"
    there = {"description": "It was there: changed, or as it was", "content": new[201]["content"]}
    return {200: there, **new}


def pages(example: Any, *problems: int) -> dict[int | str, dict[str, Any]]:
    """The same for a list."""
    return answers({"items": [example], "total": 1, "next": None}, 422, *problems)
