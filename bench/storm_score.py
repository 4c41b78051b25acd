"""What a storm's records say: latencies, losses, duplicates, crews sent, devices found."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml

from bench.load import percentile
from bench.processes import ROOT
from bench.storm_city import City
from bench.storm_load import Course, Seen, Sent
from bench.storm_plan import Failure
from bench.storm_talks import asked_for

Row = Mapping[str, Any]
OVER = ("resolved", "closed", "cancelled")  # of tickets
GONE = ("restored", "closed", "cancelled")  # of incidents
REPORTING = ("dark", "wrong", "second", "isolated")
REGISTERED_BY = ("since", "phone", "confirm")  # asked of somebody who is being registered, not told
PHRASES = yaml.safe_load((ROOT / "company/phrases.yml").read_text(encoding="utf-8"))
TOLD_BY = ("known_outage", "known_suspected", "known_counted", "known_status_again")


def _as_pattern(phrase: str) -> str:
    """The first line of a phrase with anything in its blanks."""
    return re.sub(r"\\{\w+\\}", ".+", re.escape(phrase.partition("\n")[0]))


TOLD = re.compile("|".join(_as_pattern(PHRASES[name]) for name in TOLD_BY))


# --- messages ------------------------------------------------------------------------------------------------------------
def speed(sent: Sequence[Sent], took_s: float) -> dict[str, Any]:
    """Latency of everything that was answered, and of the minute with most messages."""
    minutes: dict[int, list[Sent]] = defaultdict(list)
    for one in sent:
        minutes[int(one.at // 60)].append(one)
    busiest = max(minutes.values(), key=len, default=[])
    return {
        **latencies(sent),
        "msg_s": round(len(sent) / max(took_s, 0.001), 2),
        "peak_minute": {"messages": len(busiest), **latencies(busiest)},
    }


def latencies(sent: Iterable[Sent]) -> dict[str, float | None]:
    spent = sorted(one.latency_s for one in sent if one.latency_s is not None)
    found = {f"p{p}_ms": round(percentile(spent, p / 100) * 1000, 1) if spent else None for p in (50, 95, 99)}
    return {**found, "max_ms": round(spent[-1] * 1000, 1) if spent else None}


def lost(courses: Iterable[Course], transcripts: Mapping[str, Sequence[str]] | None) -> dict[str, int]:
    """Lost: messages nobody answered; answered only that nothing could be recorded; answered and not in the transcript
    (None: there is none to look at). And messages that stand there more often than the customer meant them."""
    ways = ("unanswered", "unrecorded", "not_in_transcript")
    found = Counter(dict.fromkeys(("lost", *ways, "twice_in_transcript"), 0))
    for course in courses:
        answered = Counter(sent.text for sent in course.messages if sent.answered)
        meant = Counter(sent.text for sent in course.messages)
        found["unrecorded"] += sum(not sent.recorded for sent in course.messages)
        found["unanswered"] += sum(not sent.answered and sent.recorded for sent in course.messages)
        if transcripts is not None:
            written = Counter(transcripts.get(course.customer.sender, ()))
            found["not_in_transcript"] += (answered - written).total()
            found["twice_in_transcript"] += (written - meant).total()
    found["lost"] = sum(found[way] for way in ways)
    return dict(found)


# --- tickets -------------------------------------------------------------------------------------------------------------
def dispatched(tickets: Iterable[Row], incidents: Iterable[Row]) -> list[Row]:
    """Open tickets a crew is sent for: faults that hang on no incident, and the one ticket of each incident."""
    crews = {incident["ticket"] for incident in incidents if incident.get("ticket")}
    return [
        ticket
        for ticket in tickets
        if ticket["status"] not in OVER
        and (ticket["number"] in crews or (ticket["kind"] == "fault" and ticket["incident"] is None))
    ]


def duplicates(sent_for: Iterable[Row], courses: Iterable[Course]) -> int:
    """Tickets beyond the first that would send a crew to the same home for the same matter."""
    told = {course.customer.sender: course.customer.told for course in courses}
    homes = Counter((told[sender(ticket)], ticket["category"]) for ticket in sent_for if sender(ticket) in told)
    return sum(count - 1 for count in homes.values())


def sending(courses: Sequence[Course], sent_for: Sequence[Row]) -> dict[str, Any]:
    """How many reports there were and how many crews they send out: in all, and without the isolated homes, which
    rightly get one each. `dispatch_saved`: the share of the dark homes' reports that sends nobody."""
    reports = [c for c in courses if c.placed is not None and c.customer.why in REPORTING]
    alone = {c.customer.sender for c in courses if c.customer.why == "isolated"}
    dark = sum(c.customer.why != "isolated" for c in reports)
    for_dark = sum(sender(ticket) not in alone for ticket in sent_for)
    return {
        "reports": len(reports),
        "dispatch_tickets": len(sent_for),
        "dispatch_tickets_of_the_dark": for_dark,
        "dispatch_saved": round(1 - for_dark / dark, 4) if dark else None,
    }


def emergencies(courses: Iterable[Course], tickets: Iterable[Row]) -> dict[str, int]:
    """Conversations about danger that named a place, and emergency tickets: none missing, none twice."""
    placed = {c.customer.sender for c in courses if c.customer.why == "danger" and c.placed is not None}
    made = Counter(sender(ticket) for ticket in tickets if ticket["kind"] == "emergency")
    return {
        "placed": len(placed),
        "tickets": made.total(),
        "missing": len(placed - set(made)),
        "twice": made.total() - len(made),
    }


def sender(ticket: Row) -> str:
    return str(ticket["conversation_id"] or "").removeprefix("rest:")


def outcomes(courses: Iterable[Course], tickets: Iterable[Row]) -> dict[str, int]:
    """What became of those who reported: `own` a ticket of their own, `attached` to an incident, `told` and no ticket,
    `nothing`; and the isolated homes that somebody else's incident swallowed."""
    by_sender: dict[str, list[Row]] = defaultdict(list)
    for ticket in tickets:
        by_sender[sender(ticket)].append(ticket)
    found = Counter(dict.fromkeys(("own", "attached", "told", "nothing", "isolated_own", "isolated_swallowed"), 0))
    for course in courses:
        if course.customer.why not in REPORTING or course.placed is None:
            continue
        what = _outcome(course, by_sender[course.customer.sender])
        found[what] += 1
        if course.customer.why == "isolated":
            found["isolated_own" if what == "own" else "isolated_swallowed"] += what != "nothing"
    return dict(found)


def _outcome(course: Course, tickets: Sequence[Row]) -> str:
    faults = [ticket for ticket in tickets if ticket["kind"] == "fault"]
    if any(ticket["incident"] is None for ticket in faults):
        return "own"
    if faults:
        return "attached"
    return "told" if any(TOLD.search(reply) for sent in course.messages for reply in sent.replies) else "nothing"


# --- incidents -----------------------------------------------------------------------------------------------------------
def believed(incidents: Iterable[Row], city: City) -> list[Row]:
    """The suspected incidents that still stand, in this city."""
    return [
        row
        for row in incidents
        if row["status"] not in GONE and not row.get("merged_into") and row["area_code"] in city.devices
    ]


def devices_found(city: City, failures: Sequence[Failure], standing: Sequence[Row]) -> dict[str, Any]:
    """Each failed device: exact, one step off (its parent or child), or missed. `false`: incidents that are neither.
    `extra`: further incidents about a device that is found already, each with its crew."""
    codes = [row["area_code"] for row in standing]
    kinds = {failure.code: _kind(city, failure.code, codes) for failure in failures}
    about = [code for code in codes if any(code == f.code or city.next_to(code, f.code) for f in failures)]
    counts = Counter(kinds.values())
    found = counts["exact"] + counts["adjacent"]
    return {
        "failed": len(failures),
        **{name: counts[name] for name in ("exact", "adjacent", "missed")},
        "false": len(codes) - len(about),
        "extra": max(0, len(about) - found),
        "share": round(found / len(failures), 3) if failures else 1.0,
        "devices": kinds,
    }


def _kind(city: City, failed: str, codes: Sequence[str]) -> str:
    if failed in codes:
        return "exact"
    return "adjacent" if any(city.next_to(code, failed) for code in codes) else "missed"


def detections(
    city: City, failures: Sequence[Failure], seen: Iterable[Seen], courses: Sequence[Course], speed: float
) -> dict[str, Any]:
    """For each failed device: seconds from its failure, and reports, until an incident at or below it existed; and until
    it stood at the device itself or one step off."""
    moves = [(at, area) for one in seen for at, area in one.areas]
    found = {}
    for failure in failures:
        failed_at = failure.at / speed
        inside = [at for at, area in moves if failure.code in city.path(area) and at >= failed_at]
        near = [
            at for at, area in moves if (area == failure.code or city.next_to(area, failure.code)) and at >= failed_at
        ]
        reported = [c.placed.at for c in courses if c.customer.failure == failure and c.placed is not None]
        first = min(inside, default=None)
        found[failure.code] = {
            "first_s": None if first is None else round(first - failed_at, 1),
            "reports_before": None if first is None else sum(at <= first for at in reported),
            "right_s": round(min(near) - failed_at, 1) if near else None,
        }
    return found


def told_at_once(city: City, seen: Iterable[Seen], courses: Iterable[Course]) -> dict[str, Any]:
    """Of those who named a place that an incident covered by then, how many were told in that very reply."""
    moves = [(at, area) for one in seen for at, area in one.areas]
    covered = told = 0
    for course in courses:
        home, placed = city.addresses.get(course.customer.told), course.placed
        if home is None or placed is None or course.customer.why in ("danger", "isolated"):
            continue
        path = city.path(home.transformer)
        if any(at <= placed.at and area in path for at, area in moves):
            covered += 1
            told += _told(placed)
    return {"covered": covered, "told": told, "share": round(told / covered, 3) if covered else None}


def _told(placed: Sent) -> bool:
    asked = set(asked_for(placed.replies))
    return any(TOLD.search(reply) for reply in placed.replies) and not asked & set(REGISTERED_BY)
