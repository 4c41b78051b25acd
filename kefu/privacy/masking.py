"""What of a person may be shown (masking defaults of the design; Personal Information Protection Law, art. 51)."""

from __future__ import annotations

import re

from kefu.nlu.values.contact import find_contacts

_CARD = re.compile(r"(?<!\d)\d(?:[ -]?\d){15,18}(?!\d)")


def mask_phone(phone: str | None) -> str | None:
    """138****5678; a landline keeps its area code and last two digits."""
    if not phone:
        return phone
    if phone.isdigit() and len(phone) == 11:
        return f"{phone[:3]}****{phone[-4:]}"
    if phone.startswith("0") or (phone.startswith("400") and len(phone) >= 10):
        return f"{phone[:4]}****{phone[-2:]}"
    return f"****{phone[-2:]}" if len(phone) > 6 else "****"


def mask_text(text: str) -> str:
    """The same text with every phone number and bank card in it masked."""
    masked = mask_cards(text)
    for found in reversed(find_contacts(masked)):
        if found.entity == "phone":
            masked = masked[: found.start] + str(mask_phone(found.value)) + masked[found.end :]
    return masked


def mask_cards(text: str) -> str:
    """The same text with bank card numbers (16 to 19 digits with a right check digit) cut to their last four."""
    return _CARD.sub(lambda found: _card(found[0]), text)


def _card(said: str) -> str:
    digits = [int(sign) for sign in said if sign.isdigit()]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    right = (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
    return f"****{''.join(map(str, digits[-4:]))}" if right else said


def mask_name(name: str | None) -> str | None:
    """张*, 张**; of anything longer the first character and three stars, so that not even its length is told."""
    if not name:
        return name
    return name[0] + "*" * min(max(len(name) - 1, 1), 3)


def mask_email(email: str | None) -> str | None:
    """z***@example.com."""
    if not email:
        return email
    name, _, host = email.rpartition("@")
    return f"{name[:1]}***@{host}"
