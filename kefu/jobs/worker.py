"""Who looks at the rows: huey wakes a thread after a commit and every few seconds. Nothing is lost when nobody is woken.

One machine: huey's queue is in memory. With `REDIS_URL` all processes share one, so that whoever is free does the work.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import structlog
from huey import Huey, MemoryHuey, RedisHuey
from huey.consumer import Consumer, Scheduler
from redis import ConnectionPool

from kefu.company.data import CompanyData
from kefu.db.session import Database
from kefu.jobs.runner import run_next

log = structlog.get_logger("kefu.jobs")
LOOK_EVERY_S = 5
PAUSE_S = 0.01  # between two jobs, for those who chat: SQLite has one writer
QUICK_S = 0.1  # how soon a woken thread notices
AT_A_TIME = 200
REDIS_S = 2.0  # longer than its consumers wait for a look: one second


class _Scheduler(Scheduler):  # type: ignore[misc]
    """Huey's own, more often; a look that cannot be queued is taken here, so that nothing waits for Redis."""

    periodic_task_seconds = LOOK_EVERY_S

    def enqueue_periodic_tasks(self, now: Any) -> None:
        for task in self.huey.read_periodic(now):
            try:
                self.huey.enqueue(task)
            except Exception as problem:
                log.error("the queue is away: looking without it", problem=type(problem).__name__)
                task.execute()


class _Consumer(Consumer):  # type: ignore[misc]
    """Huey's own, except that the service handles its signals itself."""

    scheduler_class = _Scheduler

    def _set_signal_handlers(self) -> None:
        return


class Worker:
    """`start`, `wake` from any thread, `stop`. `after`: called when jobs were done (what they wrote may be delivered)."""

    def __init__(
        self, database: Database, company: CompanyData, redis_url: str, after: Callable[[], None], threads: int = 1
    ) -> None:
        self._database, self._company, self._after = database, company, after
        self._over = threading.Event()
        self._huey = _queue(redis_url)
        self._look = self._huey.task(name="look")(self._do_due)
        self._huey.periodic_task(_always, name="look_regularly")(self._do_due)
        self._consumer = _Consumer(
            self._huey, workers=threads, initial_delay=QUICK_S, max_delay=QUICK_S, check_worker_health=False
        )

    def start(self) -> None:
        self._consumer.start()
        self.wake()

    def stop(self) -> None:
        """The job that is being done is finished, no other begun."""
        self._over.set()
        self._consumer.stop(graceful=True)

    def wake(self) -> None:
        """Something may be due. A queue that cannot be reached is said in the log: the regular look finds it all the same."""
        try:
            if not self._huey.pending_count():  # a look that has not begun yet will see it
                self._look()
        except Exception as problem:
            log.error("nobody could be woken for a job", problem=type(problem).__name__)

    def _do_due(self) -> None:
        done = 0
        try:
            while done < AT_A_TIME and not self._over.is_set() and run_next(self._database, self._company):
                done += 1
                time.sleep(PAUSE_S)
        except Exception:
            log.exception("jobs could not be looked for")
        if done:
            self._after()
        if done == AT_A_TIME:
            self.wake()


def _queue(redis_url: str) -> Huey:
    """Nobody who wakes others waits for a Redis that does not answer."""
    if not redis_url:
        return MemoryHuey("kefu", results=False)
    pool = ConnectionPool.from_url(redis_url, socket_connect_timeout=REDIS_S, socket_timeout=REDIS_S)
    return RedisHuey("kefu", connection_pool=pool, results=False)


def _always(_moment: Any) -> bool:
    return True
