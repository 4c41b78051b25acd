"""How values are shown that JSON has no type for."""

from __future__ import annotations

from decimal import Decimal


def plain(number: Decimal | None, places: int = 0) -> str | None:
    """Exact, as text: without trailing zeros beyond `places`, never as 2E+2."""
    if number is None:
        return None
    short = Decimal(number).normalize()
    exponent = short.as_tuple().exponent
    shown = max(places, -exponent if isinstance(exponent, int) else 0, 0)
    return f"{short:.{shown}f}"
