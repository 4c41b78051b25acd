"""How long it takes to say why a bill differs: from the database to the sentences, over every account of the demo city.

Part of `make bench`. Each account's last bill is explained beside the one before and beside last year's.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bench.processes import ROOT, say
from demo import city
from kefu.accounts.models import Account
from kefu.billing import explain
from kefu.billing import service as billing
from kefu.billing.difference import difference
from kefu.clock import parse_local
from kefu.company.tariffs import TariffBook, load_tariffs
from kefu.db.session import Database
from kefu.db.tables import Base

NOW = "2026-12-09T10:20"
BESIDE = (1, 12)  # the bill before, and the same month of last year
ROUNDS = 3


def explained(session: Session, book: TariffBook, account: Account, beside: int) -> str | None:
    """The sentences a customer reads; None where there is no such bill."""
    bills = billing.standing_bills(session, account.number)
    if len(bills) <= beside:
        return None
    now, before = (billing.statement(session, bill) for bill in (bills[0], bills[beside]))
    parts = difference(book, now, before, bills, billing.customer_of(account))
    cause = explain.likely_cause(now, before, parts, bills, account.service)
    return "\n".join((*explain.main_parts(parts, now.bill.amount - before.bill.amount), cause))


def _times(session: Session, book: TariffBook) -> Iterator[float]:
    for account in session.scalars(select(Account)).all():
        for beside in BESIDE:
            session.expire_all()  # every explanation reads its rows afresh, as a turn does
            begun = time.perf_counter()
            if explained(session, book, account, beside) is not None:
                yield (time.perf_counter() - begun) * 1000


def measure() -> dict[str, Any]:
    """Milliseconds an explanation, on one core and a SQLite file."""
    book = load_tariffs(ROOT / "company")
    with tempfile.TemporaryDirectory(prefix="kefu-bench-") as folder:
        database = Database(f"sqlite:///{Path(folder) / 'city.db'}")
        Base.metadata.create_all(database.engine)
        with database.write() as session:
            city.load(session, parse_local(NOW))
        with database.read() as session:
            times = [one for _ in range(ROUNDS) for one in _times(session, book)]
        database.engine.dispose()
    cuts = statistics.quantiles(times, n=100)
    found = {"explanations": len(times), "p50_ms": round(cuts[49], 2), "p99_ms": round(cuts[98], 2)}
    say(f"kefu     explaining a bill: {found}")
    return found
