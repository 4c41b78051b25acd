"""Puts the backend into the state a scenario `needs`: which account A is, and what exists before the first message.

Own scenarios say it as data: `situation` (of the demo city) and `seed`, a list of {ticket|slot|survey|account: {...}} whose texts
may hold placeholders; `hours_ago` dates a ticket back. The public samples say it in words; here it is as data.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.dialogue.judge import fill
from tests.support.server import Server

SAMPLES: dict[str, dict[str, Any]] = {
    "BIL-02": {"situation": "tier_crossed"},
    "CMP-03": {
        "seed": [
            {
                "ticket": {
                    "as": "complaint_A",
                    "kind": "complaint",
                    "category": "complain",
                    "service": "water",
                    "grade": "ordinary",
                    "description": "{building_A}门前马路被自来水施工挖开，没有回填",
                    "account_number": "{account_A}",
                    "hours_ago": 192,
                }
            }
        ]
    },
    "TKT-03": {
        "seed": [
            {
                "ticket": {
                    "as": "ticket_A",
                    "kind": "fault",
                    "category": "report_outage",
                    "service": "water",
                    "address": "{address_A}",
                    "description": "家里停水",
                    "account_number": "{account_A}",
                    "hours_ago": 26,
                }
            }
        ]
    },
    "SRV-02": {
        "seed": [
            {
                "ticket": {
                    "as": "ticket_A",
                    "kind": "fault",
                    "category": "report_facility",
                    "service": "water",
                    "address": "{address_A}",
                    "description": "水表阀门慢渗",
                    "account_number": "{account_A}",
                    "hours_ago": 72,
                    "status": "closed",
                }
            },
            {"survey": {"ticket": "{ticket_A}"}},
        ]
    },
}


def situation_of(scenario: dict[str, Any]) -> str | None:
    return _needs(scenario).get("situation")


def _needs(scenario: dict[str, Any]) -> dict[str, Any]:
    return scenario if "seed" in scenario or "situation" in scenario else SAMPLES.get(scenario["id"], {})


def seed(
    server: Server, scenario: dict[str, Any], values: dict[str, str], sender: str, now: datetime
) -> dict[str, str]:
    """Everything the scenario needs, through the API; returns the placeholders that came of it (ticket numbers)."""
    made: dict[str, str] = {}
    for row in _needs(scenario).get("seed", []):
        if "ticket" in row:
            made |= _ticket(server, row["ticket"], {**values, **made}, sender, now)
        elif "account" in row:
            _account(server, {**row["account"]}, values["account_A"])
        elif "slot" in row:
            server.feed("PUT", "/api/callback-slots", row["slot"])
        elif "survey" in row:
            body = {"conversation_id": f"rest:{sender}", "ticket": fill(row["survey"]["ticket"], {**values, **made})}
            server.client.post("/api/demo/survey", json=body).raise_for_status()
    return made


def _account(server: Server, changes: dict[str, Any], number: str) -> None:
    """Account A as the utility's own system feeds it: cut off, for one."""
    known = server.api(f"/api/accounts/{number}")
    server.feed("PUT", f"/api/accounts/{number}", {n: known[n] for n in ("service", "holder", "address")} | changes)


def _ticket(server: Server, row: dict[str, Any], values: dict[str, str], sender: str, now: datetime) -> dict[str, str]:
    made = (now - timedelta(hours=row.get("hours_ago", 0))).isoformat(timespec="seconds")
    plain = {k: v for k, v in row.items() if k not in ("as", "hours_ago", "status", "other_customer")}
    body = {k: fill(v, values) if isinstance(v, str) else v for k, v in plain.items()}
    if not row.get("other_customer"):
        body["conversation_id"] = f"rest:{sender}"
    number = server.feed("POST", "/api/tickets", {**body, "created_at": made})["number"]
    if row.get("status"):
        server.feed("PATCH", f"/api/tickets/{number}", {"status": row["status"]})
    return {row.get("as", "ticket_A"): number}
