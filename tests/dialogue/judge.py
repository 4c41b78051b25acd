"""What a scenario's `expect` demands, judged against the replies and the backend (../shared/eval/README.md)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.server import Server

PRIORITIES = ["low", "normal", "high", "emergency"]
GRADES = ["ordinary", "serious", "critical"]
SERVICES = {"电": "electricity", "水": "water", "气": "gas", "热": "heat"}
KINDS = {"report_emergency": "emergency", "dispute_bill": "dispute", "complain": "complaint"}
TICKET_EFFECTS = ("ticket_created", "ticket_updated", "ticket_cancelled")
DIGITS = str.maketrans("零一二三四五六七八九", "0123456789")


@dataclass
class Backend:
    """Everything a conversation has caused, as the API shows it."""

    tickets: list[dict[str, Any]]
    callbacks: list[dict[str, Any]]
    handoffs: list[dict[str, Any]]
    surveys: list[dict[str, Any]]

    @classmethod
    def of(cls, server: Server, sender: str) -> Backend:
        lists = ("callbacks", "handoffs", "surveys")
        found = (server.api(f"/api/{name}", conversation_id=f"rest:{sender}", limit=500)["items"] for name in lists)
        return cls(server.tickets(sender), *found)


@dataclass
class Changes:
    """Which objects each effect happened to."""

    happened: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, effect: str, thing: dict[str, Any]) -> None:
        self.happened.setdefault(effect, []).append(thing)

    @classmethod
    def between(cls, before: Backend, after: Backend) -> Changes:
        changes = cls()
        old = {t["number"]: t for t in before.tickets}
        for ticket in after.tickets:
            changes._ticket(old.get(ticket["number"]), ticket)
        calls = {c["number"]: c for c in before.callbacks}
        for call in after.callbacks:
            changes._callback(calls.get(call["number"]), call)
        for effect, name in (("handoff_opened", "handoffs"), ("survey_recorded", "surveys")):
            known = {row["id"] for row in getattr(before, name)}
            for row in getattr(after, name):
                if row["id"] not in known:
                    changes.add(effect, row)
        return changes

    def _ticket(self, was: dict[str, Any] | None, ticket: dict[str, Any]) -> None:
        if was is None:
            self.add("ticket_created", ticket)
        elif ticket["status"] == "cancelled" != was["status"]:
            self.add("ticket_cancelled", ticket)
        elif len(ticket["history"]) > len(was["history"]):
            self.add("ticket_updated", ticket)

    def _callback(self, was: dict[str, Any] | None, call: dict[str, Any]) -> None:
        if was is None:
            self.add("callback_scheduled", call)
        elif call["status"] == "cancelled" != was["status"]:
            self.add("callback_cancelled", call)
        elif any(call[k] != was[k] for k in ("window_start", "window_end", "phone")):
            self.add("callback_rescheduled", call)


@dataclass
class Judge:
    """Holds the placeholder values of one scenario."""

    values: dict[str, str]

    def problems(self, expect: dict[str, Any], before: Backend, after: Backend, replies: list[str]) -> list[str]:
        changes = Changes.between(before, after)
        new = changes.happened.get("ticket_created", [])
        values = {**self.values, "new_ticket": new[0]["number"] if new else "no-ticket-yet"}
        found = [
            *self._effect(expect.get("effect"), expect.get("fields") or {}, changes),
            *(f"{unwanted} happened" for unwanted in expect.get("effect_not", []) if unwanted in changes.happened),
        ]
        for one in expect.get("effects", []):
            found += self._effect(one["effect"], one.get("fields") or {}, changes)
        made = [ticket for ticket in after.tickets if not self._seeded(ticket)]
        if "new_tickets" in expect and len(made) != expect["new_tickets"]:
            found.append(f"{len(made)} tickets, expected {expect['new_tickets']}")
        calls = [call for call in after.callbacks if call["status"] == "requested"]
        if "active_callbacks" in expect and len(calls) != expect["active_callbacks"]:
            found.append(f"{len(calls)} callbacks promised, expected {expect['active_callbacks']}")
        return found + self._patterns(expect, "\n".join(replies), values)

    def _seeded(self, ticket: dict[str, Any]) -> bool:
        """There before the first message: its number is a placeholder's value."""
        return ticket["number"] in self.values.values()

    def _effect(self, wanted: Any, fields: dict[str, Any], changes: Changes) -> list[str]:
        if wanted is None:
            return []
        options = wanted if isinstance(wanted, list) else [wanted]
        if "none" in options and not changes.happened:
            return []
        things = [(name, thing) for name in options for thing in changes.happened.get(name, [])]
        if not things:
            return [f"expected {options}, happened {sorted(changes.happened) or 'nothing'}"]
        wrong = [self._fields(fields, thing) for _, thing in things]
        return [] if not all(wrong) else [f"no {'/'.join(options)} has the fields: {wrong}"]

    def _fields(self, fields: dict[str, Any], thing: dict[str, Any]) -> list[str]:
        wrong = []
        for key, value in fields.items():
            options = [fill(str(v), self.values) for v in (value if isinstance(value, list) else [value])]
            if not field_holds(key, options, thing):
                wrong.append(f"{key}={options}, it has {_told(key, thing)!r}")
        return wrong

    def _patterns(self, expect: dict[str, Any], said: str, values: dict[str, str]) -> list[str]:
        found = []
        for rule in expect.get("reply_must", []):
            if not any(_found(fill(p, values, True), said) for p in rule["any"]):
                found.append(f"not said: {rule['concept']}")
        for rule in expect.get("reply_must_not", []):
            if any(_found(fill(p, values, True), said) for p in rule["any"]):
                found.append(f"said: {rule['concept']}")
        return found


def fill(text: str, values: dict[str, str], escape: bool = False) -> str:
    """Put values for placeholders; unknown names stay."""

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in values:
            return match.group(0)
        return values[name] if name.endswith("_re") or not escape else re.escape(values[name])

    return re.sub(r"\{([a-zA-Z]\w+)\}", value, text)


def _found(pattern: str, text: str) -> bool:
    return any(re.search(pattern, t, re.I) for t in (text, unicodedata.normalize("NFKC", text)))


def plain_place(text: str) -> str:
    """As the scenarios compare addresses: no blanks, figures, every building a 号楼."""
    return re.sub(r"(?<=\d)(栋|幢|座)", "号楼", re.sub(r"\s", "", text.translate(DIGITS)))


def _told(key: str, thing: dict[str, Any]) -> Any:
    if key.startswith("address"):
        return thing.get("address")
    names = {"type": "category", "account": "account_number", "staff_contains": "staff"}
    return thing.get(names.get(key, key))


def _place_holds(key: str, options: list[str], thing: dict[str, Any]) -> bool:
    place = plain_place(thing.get("address") or "")
    inside = [plain_place(o) in place for o in options]
    return not any(inside) if key == "address_not_contains" else all(inside)


def _note_holds(key: str, options: list[str], thing: dict[str, Any]) -> bool:
    everything = str(thing)
    return (all if key.endswith("all") else any)(o in everything for o in options)


def _rank_holds(key: str, options: list[str], thing: dict[str, Any]) -> bool:
    scale = PRIORITIES if key.startswith("priority") else GRADES
    has = thing["priority"] if key.startswith("priority") else thing.get("grade") or "ordinary"
    least, most = scale.index(options[0]), scale.index(options[0])
    return scale.index(has) <= most if key.endswith("most") else scale.index(has) >= least


def _named(thing: dict[str, Any]) -> str:
    """Every other ticket that this one names."""
    return str([thing.get("links"), thing.get("history")])


HOLDS: dict[str, Callable[[list[str], dict[str, Any]], bool]] = {
    "type": lambda options, thing: any(
        KINDS.get(o) == thing.get("kind") or o == thing.get("category") for o in options
    ),
    "service": lambda options, thing: any(SERVICES[o] == thing.get("service") for o in options),
    "time_between": lambda options, thing: options[0] <= thing["window_start"][:16] <= options[1],
    "links_to": lambda options, thing: any(o in _named(thing) for o in options),
    "not_links_to": lambda options, thing: not any(o in _named(thing) for o in options),
    "ticket": lambda options, thing: (thing.get("ticket") or thing.get("number")) in options,
    "summary_contains_any": lambda options, thing: any(o in thing["summary"] for o in options),
    "summary_contains_all": lambda options, thing: all(o in thing["summary"] for o in options),
    "staff_contains": lambda options, thing: any(o in str(thing.get("staff") or "") for o in options),
}


def field_holds(key: str, options: list[str], thing: dict[str, Any]) -> bool:
    """Does the object have one of these values?"""
    if key in HOLDS:
        return HOLDS[key](options, thing)
    if key.startswith("address_"):
        return _place_holds(key, options, thing)
    if key.endswith(("_at_least", "_at_most")):
        return _rank_holds(key, options, thing)
    if key.startswith("note_contains"):
        return _note_holds(key, options, thing)
    return str(thing.get({"account": "account_number"}.get(key, key))) in options
