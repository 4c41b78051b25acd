"""Charts of bills as pictures. The address is the permission (kefu/billing/chart/links.py): it was given in a talk to
whoever had proved the account."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, HTTPException, Response

from kefu.accounts.models import Account
from kefu.api.access import ReadSession, ServicesDep
from kefu.billing.chart.drawing import svg
from kefu.billing.chart.links import opened
from kefu.billing.chart.picture import png
from kefu.billing.history import chart_of
from kefu.billing.tariff_book import tariff_book

router = APIRouter(tags=["bills"])
TYPES = {"svg": "image/svg+xml", "png": "image/png"}
HEADERS = {
    "Cache-Control": "private, max-age=600",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",  # an SVG opened by itself is a page
}


@router.get(
    "/charts/{token}.{kind}",
    summary="Thirteen months of an account's bills as a picture",
    response_class=Response,
    responses={200: {"content": {kind: {} for kind in TYPES.values()}}, 404: {"description": "wrong or expired"}},
)
def show_chart(token: str, kind: Literal["svg", "png"], session: ReadSession, parts: ServicesDep) -> Response:
    """The address comes with a reply and lasts CHART_HOURS. Wrong, expired, of no account: 404 alike."""
    meant = opened(parts.settings, token)
    account = session.get(Account, meant[0]) if meant is not None else None
    book = tariff_book(session, parts.company)
    chart = chart_of(session, book, account, meant[1]) if account is not None and meant else None
    if chart is None:
        raise HTTPException(404, "没有这张图，或者已经过期", headers={"Cache-Control": "no-store"})
    drawn = svg(chart)
    return Response(drawn if kind == "svg" else png(drawn), media_type=TYPES[kind], headers=HEADERS)
