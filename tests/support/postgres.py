"""A private PostgreSQL for tests, from the system's binaries: started, stopped, frozen; gone in the end."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.support.server import free_port

OPTIONS = "-c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=150"
ABSENT = "PostgreSQL's binaries are missing (apt-get install postgresql): ITS FAULT TESTS ARE NOT RUN"


def binaries() -> Path | None:
    """The newest installed version's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).resolve().parent if on_path else None


class Postgres:
    """A cluster in a folder of its own. PostgreSQL refuses to run as root: then it runs as the user postgres."""

    def __init__(self, programs: Path) -> None:
        self._programs, self._port = programs, free_port()
        self._folder = Path(tempfile.mkdtemp(prefix="kefu-postgres-"))
        self._as = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self._as:
            shutil.chown(self._folder, "postgres")
        self._run("initdb", "-D", str(self._data), "-A", "trust", "-U", "kefu", "-E", "UTF8", "--locale=C", "-N")
        self.start()

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._as, str(self._programs / program), *arguments]
        done = subprocess.run(command, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        assert done.returncode == 0, done.stdout

    def start(self) -> None:
        options = f"-p {self._port} -k {self._folder} {OPTIONS}"
        log = str(self._folder / "log")
        # its output goes to the log: the server keeps the pipe open otherwise
        self._run("pg_ctl", "-D", str(self._data), "-w", "-l", log, "-o", options, "start")

    def stop(self) -> None:
        """At once, as if the machine had lost power."""
        self._run("pg_ctl", "-D", str(self._data), "-w", "-m", "immediate", "stop")

    @contextmanager
    def stopped(self) -> Iterator[None]:
        self.stop()
        try:
            yield
        finally:
            self.start()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It lives, it accepts connections, it answers nothing."""
        self._signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal(signal.SIGCONT)

    def _signal(self, what: int) -> None:
        leader = int((self._data / "postmaster.pid").read_text().split("\n")[0])
        os.kill(leader, what)  # first, so that it starts nothing new
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                parent = int(stat.read_text().rpartition(")")[2].split()[1])
            except OSError:  # ended meanwhile
                continue
            if parent == leader:
                os.kill(int(stat.parent.name), what)

    def create(self, name: str) -> str:
        """A new empty database; its address for DATABASE_URL."""
        with self.connect("postgres") as connection:
            connection.execute(f"CREATE DATABASE {name}")  # type: ignore[call-overload]
        return f"postgresql+psycopg://kefu@127.0.0.1:{self._port}/{name}"

    def connect(self, name: str) -> psycopg.Connection:
        """A connection of our own, past the service; autocommit."""
        return psycopg.connect(f"postgresql://kefu@127.0.0.1:{self._port}/{name}", autocommit=True)

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self._folder)


def running_postgres() -> Iterator[Postgres]:
    """For a fixture. Without the binaries: a failure in CI, a loud skip elsewhere."""
    programs = binaries()
    if programs is None and os.environ.get("CI") == "true":
        pytest.fail(ABSENT)
    if programs is None:
        pytest.skip(ABSENT)
    server = Postgres(programs)
    yield server
    server.close()
