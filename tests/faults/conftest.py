"""One launcher for all; a server of its own for each file, which its tests share and restart."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.harness import FaultyServer, Launcher, serving
from tests.support.postgres import Postgres, running_postgres


@pytest.fixture(scope="session")
def launcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launcher]:
    running = Launcher(tmp_path_factory.mktemp("launcher"))
    yield running
    running.close()


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    """Environment of the file's server; a test file overrides it."""
    return {}


@pytest.fixture(scope="module")
def shared(
    launcher: Launcher, settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FaultyServer]:
    yield from serving(launcher, tmp_path_factory.mktemp("faulty"), **settings)


@pytest.fixture
def faulty(shared: FaultyServer) -> Iterator[FaultyServer]:
    """The file's server, running and without faults."""
    if not shared.alive:
        shared.start()
    yield shared
    shared.heal()


# --- two processes on one PostgreSQL ------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def cluster() -> Iterator[Postgres]:
    yield from running_postgres()


@pytest.fixture(scope="module")
def pair(
    request: pytest.FixtureRequest,
    launcher: Launcher,
    cluster: Postgres,
    settings: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[FaultyServer, FaultyServer]]:
    """The file's two servers on a database of the file's name."""
    name = request.module.__name__.rpartition("test_")[2]
    where = {"DATABASE_URL": cluster.create(name), **settings}
    first, second = (serving(launcher, tmp_path_factory.mktemp(name), **where) for _ in range(2))
    yield next(first), next(second)
    for server in (first, second):
        next(server, None)
