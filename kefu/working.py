"""Doing jobs: the worker of a serving process, and a process that does nothing else (`kefu.cli work`)."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable

from kefu.company.data import CompanyData, get_company
from kefu.conversations import queue, retention
from kefu.db.migrate import migrate
from kefu.db.session import Database, get_database
from kefu.jobs import kinds
from kefu.jobs.worker import Worker
from kefu.log import configure_logging
from kefu.settings import get_settings

# Whose jobs there are: importing them makes them known.
WITH_JOBS = (kinds, queue, retention)


def worker_of(database: Database, company: CompanyData, after: Callable[[], None]) -> Worker:
    """A worker that knows every kind of job."""
    return Worker(database, company, get_settings().redis_url, after)


def work(started: Callable[[], None]) -> int:
    """Jobs until Ctrl-C or SIGTERM; what is being done is finished first. What they have to say others deliver. `started`: called once it runs."""
    configure_logging(get_settings().log_level)
    database, over = get_database(), threading.Event()
    migrate(database)
    worker = worker_of(database, get_company(), lambda: None)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    worker.start()
    started()
    over.wait()
    worker.stop()
    return 0
