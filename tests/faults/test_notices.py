"""Many are told while the service dies, is locked, or runs twice: nobody is left out or told twice, and in order."""

from __future__ import annotations

from contextlib import suppress
from itertools import count

import httpx

from tests.faults.harness import FaultyServer, at_once, eventually
from tests.support import outages
from tests.support.postgres import Postgres

HOMES = 250
NUMBERS = count(1)
CHANGES: tuple[dict[str, str], ...] = ({"expected_at": "2033-01-01T10:00"}, {"status": "restored"})
LINES = """
SELECT u.conversation_id, u.text FROM utterance u
WHERE u.conversation_id LIKE :prefix AND u.inbox_id IS NULL ORDER BY u.conversation_id, u.id
"""


def an_incident(server: FaultyServer, homes: int = HOMES) -> tuple[str, list[str]]:
    """Reported by many homes, each a conversation."""
    number, run = outages.incident(server), next(NUMBERS)
    conversations = [f"web:n{run}-{home:04d}" for home in range(homes)]
    with outages.rows(server) as session:
        outages.report(session, number, conversations)
    return number, conversations


def two_notices(server: FaultyServer, number: str) -> None:
    for changes in CHANGES:
        server.feed("PATCH", f"/api/incidents/{number}", changes)


def check_all_told_in_order(server: FaultyServer, number: str, conversations: list[str]) -> None:
    told = outages.told(server, number, within_s=60)
    assert [one["event"] for one in told] == ["expected", "restored"]
    prefix = conversations[0].split("-")[0]
    heard: dict[str, list[str]] = {}
    for line in server.rows(LINES, prefix=f"{prefix}-%"):
        heard.setdefault(line["conversation_id"], []).append(line["text"].split("\n您家恢复了吗")[0])
    assert set(heard) == set(conversations), "somebody was left out, or is unknown"
    assert all(lines == [one["text"] for one in told] for lines in heard.values())


def test_killed_again_and_again_on_the_way(faulty: FaultyServer) -> None:
    """With recipients written, before a batch is handed over, and with it written; each time before the commit."""
    number, conversations = an_incident(faulty)
    for point in ("worked_out", "handing", "handed"):
        faulty.fault(point, "kill", times=1)
    with suppress(httpx.TransportError):  # it may die while it answers: what is missing is asked for again below
        two_notices(faulty, number)
    faulty.wait_dead()
    faulty.start_and_die()
    faulty.start_and_die()
    faulty.start()
    announced = len(faulty.api("/api/notices", incident=number)["items"])
    for changes in CHANGES[announced:]:
        faulty.feed("PATCH", f"/api/incidents/{number}", changes)
    check_all_told_in_order(faulty, number, conversations)


def test_a_failing_batch_is_taken_up_again(faulty: FaultyServer) -> None:
    number, conversations = an_incident(faulty, 30)
    faulty.fault("handed", "raise", times=1)
    two_notices(faulty, number)
    check_all_told_in_order(faulty, number, conversations)
    assert "nothing could be delivered" in faulty.log.read_text()


# --- PostgreSQL ----------------------------------------------------------------------------------------------------------
def test_two_processes_tell_everyone_once_in_order(pair: tuple[FaultyServer, FaultyServer]) -> None:
    one, other = pair
    known = [an_incident(one) for _ in range(2)]
    at_once(lambda: two_notices(one, known[0][0]), lambda: two_notices(other, known[1][0]))
    for number, conversations in known:
        check_all_told_in_order(one, number, conversations)


def test_a_busy_conversation_is_told_later_and_keeps_nobody_waiting(
    pair: tuple[FaultyServer, FaultyServer], cluster: Postgres
) -> None:
    one, _ = pair
    number, conversations = an_incident(one, 120)
    with cluster.connect("notices") as connection, connection.transaction():
        connection.execute("SELECT id FROM conversation WHERE id = %s FOR UPDATE", [conversations[0]])
        two_notices(one, number)
        handed = "SELECT count(*) AS n FROM outbox_message WHERE status = 'handed' AND conversation_id LIKE :prefix"
        prefix = conversations[0].split("-")[0] + "-%"
        eventually(lambda: one.rows(handed, prefix=prefix)[0]["n"] == 2 * 119)
    check_all_told_in_order(one, number, conversations)
