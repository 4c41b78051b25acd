"""A storm on two processes and one PostgreSQL: neighbours reporting at the same moment make one incident, one crew ticket."""

from __future__ import annotations

from tests.faults.harness import FaultyServer, at_once

# Homes below one transformer of the demo city.
HOMES = [
    "1号楼1单元101", "1号楼1单元302", "1号楼2单元402", "2号楼1单元201", "2号楼2单元601", "2号楼1单元301", "1号楼2单元101", "2号楼2单元302",
]  # fmt: skip


def test_neighbours_at_the_same_moment_make_one_incident(pair: tuple[FaultyServer, FaultyServer]) -> None:
    replies = at_once(
        *(
            lambda n=n, home=home: pair[n % 2].text(f"storm-{n}", f"阳光花园{home}停电了")
            for n, home in enumerate(HOMES)
        )
    )
    one = pair[0]
    (incident,) = one.api("/api/incidents", origin="reports")["items"]
    assert (incident["status"], incident["area_code"], incident["reports"]) == ("suspected", "E-S1-F1-T01", len(HOMES))
    crews = one.api("/api/tickets", incident=incident["number"])["items"]
    assert [ticket["number"] for ticket in crews] == [incident["ticket"]]
    assert sum("片区故障" in reply for reply in replies) == len(HOMES) - 2, "all but the first two heard of it at once"
