"""`make bench`: messages a second, latency, CPU and memory, what a turn costs after 10, 200 and 1000 turns, bills
priced a second, how long it takes to explain one.

Progress goes to stderr; the last line of stdout is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench import explaining, pricing
from bench.levels import Measured, machine
from bench.processes import ROOT, Kefu, say


def turn_cost(kefu: Kefu, turns: int) -> dict[str, Any]:
    command = [sys.executable, "-W", "ignore", "-m", "bench.long_talk", "--port", str(kefu.port)]
    command += ["--turns", str(turns), "--pid", str(kefu.parts["server"].pid)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def measure(folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    kefu = Kefu(folder, given.database)
    around = machine()
    try:
        first_start = kefu.start()
        kefu.stop()
        start = kefu.start()
        say(f"kefu     first start with loading the demo city {first_start} s, start {start} s")
        measured = Measured(kefu)
        measured.warm_up()
        for clients in given.clients:
            measured.level(clients, given.seconds)
        report = measured.report()
        cost = turn_cost(kefu, given.turns)
        say(f"kefu     cost of a turn: {cost}")
    finally:
        kefu.stop()
    database = "sqlite" if kefu.database.startswith("sqlite") else "postgresql"
    found = {"start_s": start, "first_start_s": first_start, **report, "turn_cost": cost, "db": database, **around}
    return {**found, "pricing_bills_per_s": pricing.measure(), "explaining": explaining.measure()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20, help="length of each level")
    parser.add_argument("--clients", type=int, nargs="*", default=[1, 8, 32])
    parser.add_argument("--turns", type=int, default=1000, help="length of the long conversation")
    parser.add_argument("--database", help="SQLAlchemy address; default: a SQLite file in a temporary folder")
    with tempfile.TemporaryDirectory(prefix="kefu-bench-") as folder:
        result = measure(Path(folder), parser.parse_args())
    print(json.dumps(result))
    return 1 if result["lost_tickets"] or result["double_tickets"] else 0


if __name__ == "__main__":
    sys.exit(main())
