"""What the placeholders of a scenario stand for: the demo city's account of the situation `normal`."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from tests.support.server import Server

SITUATION = "normal"
STRANGER = "tier_crossed"
SPECIAL = {
    "amt_late_fee": "late_fee",
    "late_days": "late_days",
    "amt_overdue": "overdue_amount",
    "amt_arrears": "arrears",
    "tier2_from": "tier2_from",
    "tier3_from": "tier3_from",
    "peak_A": "peak_usage",
    "valley_A": "valley_usage",
}
SPOKEN = str.maketrans("0123456789", "零幺二三四五六七八九")


def demo_values(server: Server, situation: str | None = None) -> dict[str, str]:
    """Placeholder → value; account A is the one of `situation`. Names ending in `_re` are patterns."""
    demo = server.demo()
    name = situation or SITUATION
    own, other = demo["situations"][name], demo["situations"][STRANGER if name != STRANGER else SITUATION]
    return {
        **_own(own),
        **_other(other),
        **_bills(own),
        "emergency_phone_re": re.escape(demo["emergency_phone"]),
        "hall_name": "东湖营业厅",
        "hall_address": "湖滨路21号",
        "hall_phone": "0600-8600201",
        "hall_hours_re": r"0?8:30.{0,3}17:30",
        "late_fee_rule_re": "0\\.1%|千分之一|1‰",
    }


def _bills(facts: dict[str, Any]) -> dict[str, str]:
    """The last two bills, line by line, and what is special in this situation."""
    last, earlier = facts["last_bill"], facts["previous_bill"]
    found = {**_bill("last", last), **_bill("prev", earlier)}
    found["amt_A_more"] = str(abs(Decimal(last["amount"]) - Decimal(earlier["amount"])))
    found["use_A_more"] = str(abs(Decimal(last["usage"]) - Decimal(earlier["usage"])))
    found |= {name: str(facts[key]) for name, key in SPECIAL.items() if key in facts}
    if "entries" in facts:
        found |= {"amt_wrong": facts["entries"][0]["amount"], "use_wrong": facts["entries"][0]["usage"]}
    if "still_estimated" in facts:
        found["account_A_gas"] = facts["still_estimated"]["account_number"]
        found["amt_A_gas"] = facts["still_estimated"]["last_bill"]["amount"]
    return found


def _bill(which: str, bill: dict[str, Any]) -> dict[str, str]:
    """Amount, usage, days, and `line_A_last_1`…: each line with its own arithmetic, as a pattern."""
    found = {f"amt_A_{which}": bill["amount"], f"use_A_{which}": bill["usage"], f"days_A_{which}": str(bill["days"])}
    for number, line in enumerate(bill["lines"], 1):
        found[f"line_A_{which}_{number}_re"] = _worked(line)
    return found


def _worked(line: dict[str, Any]) -> str:
    """Its arithmetic, the line's own where it has one; then its sum."""
    if line.get("formula"):
        return re.escape(line["formula"]) + " = " + re.escape(line["amount"])
    factors = [re.escape(line[name]) for name in ("quantity", "price") if line[name]]
    return r"[^\d\n]{1,4}[×xX*]\s*".join(factors) + ".{0,6}" + re.escape(line["amount"])


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
        "phone_A_last4_spoken": phone[-4:].translate(SPOKEN),
        "phone_A_wrong4": f"{(int(phone[-4:]) + 1) % 10000:04d}",
        "phone_A_wrong4b": f"{(int(phone[-4:]) + 2) % 10000:04d}",
        "phone_A_wrong4c": f"{(int(phone[-4:]) + 3) % 10000:04d}",
        "account_nonexistent": facts["account_number"][:-1] + str((int(facts["account_number"][-1]) + 1) % 10),
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
