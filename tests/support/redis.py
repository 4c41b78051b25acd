"""A private Redis for tests, from the system's binary; gone in the end."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from tests.support.server import free_port

ABSENT = "Redis is missing (apt-get install redis-server): ITS FAULT TESTS ARE NOT RUN"


class Redis:
    """`start` again after `stop`: the same address, nothing kept."""

    def __init__(self, program: str) -> None:
        self._program, self._port = program, free_port()
        self._folder = Path(tempfile.mkdtemp(prefix="kefu-redis-"))
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self.start()

    def start(self) -> None:
        options = ["--port", str(self._port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self._folder)]
        self._process = subprocess.Popen([self._program, *options], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                redis.Redis.from_url(self.url).ping()
                return
            except redis.ConnectionError:
                time.sleep(0.05)
        raise AssertionError("Redis does not answer")

    def stop(self) -> None:
        """At once, as if the machine had lost power."""
        self._process.kill()
        self._process.wait(10)

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)


@contextmanager
def running_redis() -> Iterator[Redis]:
    """Skips, loudly, where there is none; in CI that is a failure."""
    program = shutil.which("redis-server")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail(ABSENT)
        pytest.skip(ABSENT)
    server = Redis(program)
    try:
        yield server
    finally:
        server.remove()
