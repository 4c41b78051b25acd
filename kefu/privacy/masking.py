"""What of a person may be shown. Source: ../shared/domain/facts.md 9.1 (masking defaults)."""

from __future__ import annotations


def mask_phone(phone: str | None) -> str | None:
    """138****5678; a landline keeps its area code and last two digits."""
    if not phone:
        return phone
    if phone.isdigit() and len(phone) == 11:
        return f"{phone[:3]}****{phone[-4:]}"
    return f"{phone[:4]}****{phone[-2:]}" if len(phone) > 6 else "****"


def mask_name(name: str | None) -> str | None:
    """张*; the family name only."""
    return name if not name else name[0] + "*" * max(1, len(name) - 1)
