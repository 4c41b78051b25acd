"""The chat's files: read once, served with their type, an ETag and, for pages, a strict content security policy."""

from __future__ import annotations

import hashlib
import html
import re
from functools import lru_cache
from pathlib import Path

from fastapi import HTTPException, Request, Response

from kefu.channels.web.visitors import listed_origins
from kefu.company.about import Company
from kefu.settings import Settings

STATIC = Path(__file__).parent / "static"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@lru_cache(maxsize=64)
def _content(name: str) -> bytes | None:
    path = STATIC / name
    return path.read_bytes() if path.parent == STATIC and path.suffix in TYPES and path.is_file() else None


def asset(request: Request, name: str) -> Response:
    """A file that is the same for everyone. Pages are not among them: they need their policy."""
    content = _content(name)
    if content is None or name.endswith(".html"):
        raise HTTPException(404, "没有这个文件")
    return _answer(request, content, TYPES[Path(name).suffix], {"Cross-Origin-Resource-Policy": "cross-origin"})


def page(request: Request, name: str, company: Company, settings: Settings, framed: bool = True) -> Response:
    """A page with the company's names and numbers in it. Not `framed`: no other site may show it inside its own."""
    text = (_content(name) or b"").decode("utf-8")
    values = {
        "company": company.name,
        "assistant": company.assistant,
        "hotline": company.hotline,
        "limit": str(settings.message_max_chars),
        "privacy": company.privacy_url,
    }
    for key, value in values.items():
        text = text.replace("{{" + key + "}}", html.escape(value))
    headers = {
        "Content-Security-Policy": _policy(request, settings, framed),
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
        "Referrer-Policy": "same-origin",
    }
    return _answer(request, text.encode("utf-8"), TYPES[".html"], headers)


def _policy(request: Request, settings: Settings, framed: bool) -> str:
    """Nothing from elsewhere, nothing inline. Old Safari does not count our own WebSocket as 'self': it is named."""
    host = request.headers.get("host", "")
    sockets = f" ws://{host} wss://{host}" if re.fullmatch(r"[\w.:\[\]-]+", host) else ""
    ancestors = "*" if settings.demo_mode else " ".join(["'self'", *_safe_origins(settings)])
    ancestors = ancestors if framed else "'self'"
    return (
        f"default-src 'self'; connect-src 'self'{sockets}; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        f"form-action 'self'; frame-ancestors {ancestors}"
    )


def _safe_origins(settings: Settings) -> list[str]:
    """Only what is an origin: a slip in the setting must not become another directive."""
    return [origin for origin in listed_origins(settings) if re.fullmatch(r"https?://[\w.:\[\]-]+", origin)]


def _answer(request: Request, content: bytes, kind: str, headers: dict[str, str]) -> Response:
    """304 when the browser has it already."""
    etag = f'"{hashlib.sha256(content).hexdigest()[:20]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff", **headers}
    known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    if etag in known:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=kind, headers=headers)
