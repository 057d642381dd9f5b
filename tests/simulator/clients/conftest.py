"""The official clients as a fixture: one process each, and in each worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulator.clients.driven import KINDS, Client, running


@pytest.fixture(scope="session", params=KINDS, ids=lambda kind: str(kind.name))
def client(request: pytest.FixtureRequest) -> Iterator[Client]:
    """A client that runs."""
    missing = request.param.missing()
    if missing:
        pytest.skip(missing)
    with running(request.param) as client:
        yield client
