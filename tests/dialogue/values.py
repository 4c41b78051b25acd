"""What the placeholders of a scenario stand for: the demo city's account of the situation `normal`."""

from __future__ import annotations

import re
from typing import Any

from tests.support.server import Server

SITUATION = "normal"
STRANGER = "tier_crossed"
SPOKEN = str.maketrans("0123456789", "零幺二三四五六七八九")


def demo_values(server: Server) -> dict[str, str]:
    """Placeholder → value. Names ending in `_re` are patterns."""
    demo = server.demo()
    own, other = demo["situations"][SITUATION], demo["situations"][STRANGER]
    return {**_own(own), **_other(other), "emergency_phone_re": re.escape(demo["emergency_phone"])}


def _own(facts: dict[str, Any]) -> dict[str, str]:
    phone = facts["phone"]
    return {
        "account_A": facts["account_number"],
        "account_A_spoken": facts["account_number"].translate(SPOKEN),
        "account_A_9digits": facts["account_number"][:-1],
        "name_A": facts["holder"],
        "surname_A": facts["holder"][0],
        "phone_A": phone,
        "phone_A_last4": phone[-4:],
        "phone_A_spoken": phone.translate(SPOKEN),
        "phone_A_typo": phone[:-1] + str((int(phone[-1]) + 1) % 10),
        "address_A": facts["address"],
        "community_A": facts["community"],
        "building_A": facts["building"],
        "room_A": facts["room"],
        "building_X": facts["other_buildings"][0],
        "place_A_spoken": spoken_place(facts),
    }


def _other(facts: dict[str, Any]) -> dict[str, str]:
    return {
        "account_B": facts["account_number"],
        "name_B": facts["holder"],
        "phone_B": facts["phone"],
        "address_B": facts["address"],
        "community_B": facts["community"],
        "room_B": facts["room"],
    }


def spoken_place(facts: dict[str, Any]) -> str:
    """The home as an elder dictates it: 阳光花园一号楼一单元三零二."""
    digits = str.maketrans("0123456789", "零一二三四五六七八九")
    return f"{facts['community']}{facts['building']}{facts['room']}".translate(digits)
