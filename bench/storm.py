"""`make bench-storm`: 2,000 customers in ten minutes through the public chat API, and what became of each; beside it the
same storm on a stock Rasa server with action server, as far as it gets.

Progress goes to stderr; the last line of stdout is one JSON object. Ends with 1 when a message was lost, a turn failed
or a home would get two crews.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx
import yaml

from bench import storm_score as score
from bench.levels import machine
from bench.processes import ROOT, Assistant, Kefu, listed, say
from bench.stock import Stock, model_of, ready, trained
from bench.storm_city import City, feed
from bench.storm_load import Course, Storm
from bench.storm_plan import Plan

MINUTES, CUSTOMERS, SEED = 10.0, 2000, 6
GRACE_S, TIMEOUT_S = 180.0, 120.0  # after the storm's length for talks to end; for one message
FAILED_TURN = yaml.safe_load((ROOT / "company/texts.yml").read_text(encoding="utf-8"))["turn_failed"].partition("{")[0]


def on_kefu(folder: Path, city: City, plan: Plan, given: argparse.Namespace) -> dict[str, Any]:
    """The storm on Kefu: everything but the load itself is read over its API."""
    kefu = Kefu(folder / "kefu", given.database)
    try:
        kefu.start()
        supply(kefu, city)
        storm = Storm(plan, kefu.port, given.speed, given.minutes * 60, GRACE_S, TIMEOUT_S)
        with kefu.desk() as desk:
            watching = httpx.AsyncClient(base_url=kefu.url, headers=desk.headers, timeout=60, trust_env=False)
            used = ran(kefu, storm, watching, given.talks)
            return {**judged(storm, city, plan, desk, given.speed, transcripts(desk, storm.courses)), **used}
    finally:
        kefu.stop()


def on_stock(folder: Path, city: City, plan: Plan, given: argparse.Namespace, name: str) -> dict[str, Any]:
    """The same on a stock server. Its database is made, and read afterwards, by a Kefu that answers nobody."""
    if not ready():
        return {
            "not_run": "no stock Rasa here: tools/compat_setup.sh makes it and needs Python 3.10 (python3.10, or pyenv)"
        }
    if not (given.train_peers or model_of(name).exists()):
        return {"not_run": f"no {name} model of today's data: make bench-storm TRAIN=1 trains one first (half an hour)"}
    stock = Stock(folder / name, name, trained(name))
    books = Kefu(folder / name, f"sqlite:///{stock.business}")
    storm = Storm(plan, stock.port, given.speed, given.minutes * 60, GRACE_S, TIMEOUT_S)
    try:
        books.start()
        supply(books, city)
        books.stop()
        stock.start()
        used = ran(stock, storm, None, given.talks)
        stock.stop()
        books.start()
        with books.desk() as desk:
            return {**judged(storm, city, plan, desk, given.speed, None), **used}
    finally:
        stock.stop()
        books.stop()


def as_far_as_it_gets(folder: Path, city: City, plan: Plan, given: argparse.Namespace, name: str) -> dict[str, Any]:
    """A peer that cannot be trained or does not start costs its own column, not Kefu's."""
    try:
        found = on_stock(folder, city, plan, given, name)
    except RuntimeError as problem:
        say(str(problem))
        found = {"not_run": str(problem).splitlines()[0]}
    say(f"{name:8} {json.dumps(found, ensure_ascii=False)}")
    return found


def supply(kefu: Kefu, city: City) -> None:
    """Feed the city as the utility's own system would."""
    with kefu.desk("integration") as api:
        feed(api, city)
    say(f"storm    {len(city.devices)} devices and {len(city.homes)} homes fed")


def ran(assistant: Assistant, storm: Storm, watching: httpx.AsyncClient | None, talks: Path | None) -> dict[str, Any]:
    """Let the storm blow; what it cost the assistant, and the machine it ran on."""
    before, around = assistant.cpu_s(), machine()
    say(f"{assistant.name:8} storm begins: {len(storm.courses)} customers")
    storm.run(watching)
    cpu, sent = assistant.cpu_s() - before, sum(len(course.messages) for course in storm.courses)
    if talks is not None:
        with talks.open("a", encoding="utf-8") as out:
            out.writelines(
                json.dumps({"by": assistant.name, **asdict(c)}, ensure_ascii=False) + "\n" for c in storm.courses
            )
    for problem, times in Counter(storm.errors).most_common(5):
        say(f"{assistant.name:8} {times} times: {problem}")
    return {
        "cpu_ms_per_message": round(cpu / max(1, sent) * 1000, 2),
        "rss_mb": round(sum(assistant.rss_mb().values()), 1),
        **around,
        "load_after": round(os.getloadavg()[0], 2),
    }


def transcripts(desk: httpx.Client, courses: list[Course]) -> dict[str, list[str]]:
    """What each customer has said, as the service keeps it."""
    found = {}
    for course in courses:
        path = f"/api/conversations/rest:{course.customer.sender}/messages"
        known = desk.get(path, params={"limit": 1}).status_code != 404
        found[course.customer.sender] = [
            row["text"] for row in (listed(desk, path) if known else ()) if row["speaker"] == "customer"
        ]
    return found


def judged(
    storm: Storm, city: City, plan: Plan, desk: httpx.Client, speed: float, said: dict[str, list[str]] | None
) -> dict[str, Any]:
    """Everything there is to say about a storm that is over."""
    courses = storm.courses
    senders = {course.customer.sender for course in courses}
    incidents = list(listed(desk, "/api/incidents"))
    crews = {row["ticket"] for row in incidents if row.get("ticket")}
    tickets = [row for row in listed(desk, "/api/tickets") if score.sender(row) in senders or row["number"] in crews]
    sent = [one for course in courses for one in course.messages]
    urgent = [one for course in courses if course.customer.why == "danger" for one in course.messages]
    sent_for = score.dispatched(tickets, incidents)
    found = score.devices_found(city, plan.failures, score.believed(incidents, city))
    return {
        "messages": len(sent),
        **score.lost(courses, said),
        "duplicate_tickets": score.duplicates(sent_for, courses),
        "failed_turns": sum(reply.startswith(FAILED_TURN) for one in sent for reply in one.replies),
        **score.speed(sent, storm.took_s),
        **score.sending(courses, sent_for),
        "incident_exact_or_adjacent": found["share"],
        "incidents": found,
        "detection": score.detections(city, plan.failures, storm.seen.values(), courses, speed),
        "told_at_once": score.told_at_once(city, storm.seen.values(), courses),
        "outcomes": score.outcomes(courses, tickets),
        "danger": {**score.latencies(urgent), **score.emergencies(courses, tickets)},
        "customers": len(courses),
        "finished": sum(course.finished for course in courses),
        "repeats": sum(len(course.repeats) for course in courses),
        "errors": len(storm.errors),
        "took_s": round(storm.took_s, 1),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=MINUTES, help="length of the storm")
    parser.add_argument("--customers", type=int, default=CUSTOMERS)
    parser.add_argument("--speed", type=float, default=1.0, help="times as fast as life")
    parser.add_argument("--seed", type=int, default=SEED, help="another storm")
    parser.add_argument("--database", help="SQLAlchemy address for Kefu; default: a SQLite file in a temporary folder")
    parser.add_argument("--talks", type=Path, help="file to which every talk is appended, a customer a line (JSON)")
    parser.add_argument("--peers", nargs="*", default=["stock"], choices=["stock", "lean"])
    parser.add_argument("--train-peers", action="store_true", help="train a peer's model first if there is none")
    given = parser.parse_args()
    city = City()
    plan = Plan(city, given.customers, given.minutes * 60, given.seed)
    with tempfile.TemporaryDirectory(prefix="kefu-storm-") as folder:
        result = on_kefu(Path(folder), city, plan, given)
        say(f"kefu     {json.dumps(result, ensure_ascii=False)}")
        peers = {name: as_far_as_it_gets(Path(folder), city, plan, given, name) for name in given.peers}
    print(json.dumps({**result, **peers}))
    return 1 if result["lost"] or result["duplicate_tickets"] or result["failed_turns"] else 0


if __name__ == "__main__":
    sys.exit(main())
