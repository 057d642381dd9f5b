"""The steps of Terraform's own acceptance test of the resource, against a simulator in several moods."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import count, cycle
from typing import Any, Final, NamedTuple

import pytest

from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.simulator.server.faults import Faults
from pbr_conformance.simulator.server.server import serving
from pbr_conformance.simulator.server.verification import verifier_of
from tests.simulator.clients.driven import PYTHON_V1, PYTHON_V3, TARGET, Client
from tests.simulator.clients.terraform import BUSY, UNAVAILABLE, ApplyError, Provider, Resource

PASSING: Final = (*sorted(BUSY), "Throttling.User", *sorted(UNAVAILABLE))


def passing() -> Callable[[Account, Request, int, Dialect], tuple[Account, Answer]]:
    """Refuses each first and second attempt at a change, with every code in turn that the provider waits out."""
    codes, numbers = cycle(PASSING), count()

    def refuse(account: Account, request: Request, now: int, dialect: Dialect) -> tuple[Account, Answer]:
        if request.action.startswith("Describe") or next(numbers) % 3 == 2:
            return step(account, request, now, dialect)
        code = next(codes)
        status = 503 if code == "ServiceUnavailable" else 400
        return account, Answer(status, {"RequestId": "6F1B5A2E", "Code": code, "Message": f"{code}."})

    return refuse


class Mood(NamedTuple):
    """How an account is served, and the codes that a provider then waits out: surely, and possibly."""

    manner: Callable[[], Mapping[str, Any]]
    """Makes the keywords of `serving`, anew for each test."""
    surely: frozenset[str]
    possibly: frozenset[str]


MOODS: Final = {
    "at-once": Mood(dict, frozenset(), frozenset()),
    "slow": Mood(lambda: {"async_ms": 300}, frozenset(), frozenset({"VpnGateway.Configuring"})),
    "busy": Mood(lambda: {"stepper": passing()}, frozenset(PASSING), frozenset(PASSING)),
    "faults": Mood(lambda: {"async_ms": 300, "faults": Faults({"busy": 0.3})}, frozenset(), BUSY),
}


@pytest.fixture(params=MOODS)
def mood(request: pytest.FixtureRequest) -> Mood:
    """Each in turn."""
    return MOODS[request.param]


@pytest.fixture
def url(mood: Mood) -> Iterator[str]:
    """An account without routes."""
    with serving(TARGET, verifier=verifier_of(TARGET), **mood.manner()) as url:
        yield url


def resource(gateway: str = "single", destination: str = "10.0.0.0/24") -> Resource:
    """As the acceptance test has it."""
    return Resource(f"vpn-{gateway}", f"vco-{gateway}-a", "192.168.1.0/24", destination, 100, publish_vpc=False)


both = pytest.mark.parametrize("client", [PYTHON_V1, PYTHON_V3], ids=lambda kind: str(kind.name), indirect=True)
one = pytest.mark.parametrize("client", [PYTHON_V1], ids=lambda kind: str(kind.name), indirect=True)
"""The provider signs V1."""


@pytest.mark.parametrize("gateway", ["single", "dual"])
@both
def test_a_resource_lives_through_the_steps_of_the_acceptance_test(
    client: Client, url: str, mood: Mood, gateway: str
) -> None:
    provider = Provider(client, url, [])
    first = resource(gateway)

    now = provider.create(first)
    assert now == first
    assert provider.read(first.id) == first
    for changes in ({"publish_vpc": True}, {"weight": 0}, {"weight": 100, "publish_vpc": False}):
        wanted = replace(now, **changes)
        now = provider.update(now, wanted)
        assert now == wanted
    assert provider.read(first.id) == now
    provider.destroy(now)
    assert provider.read(first.id) is None
    assert mood.surely <= set(provider.retried) <= mood.possibly


@one
def test_what_does_not_pass_is_reported_at_once_and_leaves_the_other_alone(client: Client) -> None:
    with serving(TARGET, verifier=verifier_of(TARGET)) as url:
        provider = Provider(client, url, [])
        first, overlapping = resource(), resource(destination="10.0.0.0/16")
        provider.create(first)
        with pytest.raises(ApplyError, match=r"CreateVpnPbrRouteEntry: code: 400, .+ cannot overlap"):
            provider.create(overlapping)
        assert provider.read(overlapping.id) is None
        assert provider.read(first.id) == first
        provider.destroy(first)
        with pytest.raises(ApplyError, match=r"DeleteVpnPbrRouteEntry: code: 400, .+ does not exist"):
            provider.destroy(first)
    assert provider.retried == []


@one
def test_a_resource_is_found_beyond_the_first_page(client: Client) -> None:
    roomy = TARGET.gateways[0].model_copy(update={"quota": 60})
    target = TARGET.model_copy(update={"gateways": (roomy, *TARGET.gateways[1:])})
    with serving(target, verifier=verifier_of(target)) as url:
        provider = Provider(client, url, [])
        for number in range(51):
            wanted = resource(destination=f"10.{number}.0.0/24")
            assert provider.create(wanted) == wanted
