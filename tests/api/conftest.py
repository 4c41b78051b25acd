"""What the API tests share: a desk at the common server, senders nobody else uses."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from kefu.company.data import CompanyData, load_company
from tests.support.desk import Desk
from tests.support.server import ROOT, Server


@pytest.fixture(scope="session")
def desk(server: Server) -> Desk:
    return Desk(server)


@pytest.fixture(scope="session")
def company() -> CompanyData:
    """The texts the customer should hear."""
    return load_company(ROOT / "company")


@pytest.fixture(scope="session")
def new_sender() -> Callable[[], str]:
    return lambda: f"api-{uuid.uuid4().hex}"


@pytest.fixture
def sender(new_sender: Callable[[], str]) -> str:
    return new_sender()
