"""How customers judge us on the five dimensions of SERVQUAL: what they expected, what they found, and the gap."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.company.surveys import DIMENSIONS
from kefu.surveys.models import Survey

_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Gap:
    """Means of scores 1 to 5, to two places; None where nobody answered. `gap`: found less expected; below 0 is worse."""

    n: int
    expectation: Decimal | None = None
    perception: Decimal | None = None
    gap: Decimal | None = None


def dimensions(session: Session, since: datetime, until: datetime) -> dict[str, Gap]:
    """By dimension, of the answers that came from `since` to before `until` (aware, business time).

    Only pairs count (`n` of them): who said only what they found says nothing about the gap.
    """
    query = select(Survey.expectations, Survey.dimensions)
    rows = list(session.execute(query.where(Survey.created_at >= since, Survey.created_at < until)))
    return {code: _gap([(e[code], p[code]) for e, p in rows if code in e and code in p]) for code in DIMENSIONS}


def _gap(pairs: list[tuple[int, int]]) -> Gap:
    if not pairs:
        return Gap(0)
    n = len(pairs)
    expected, found = sum(e for e, _ in pairs), sum(p for _, p in pairs)
    mean = [(Decimal(total) / n).quantize(_CENT, ROUND_HALF_UP) for total in (expected, found, found - expected)]
    return Gap(n, *mean)
