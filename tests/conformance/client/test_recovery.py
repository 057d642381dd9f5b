"""Recovery: of what a killed run has left, what is provably ours goes, and everything else stays and is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from pbr_conformance.conformance.client.endpoint import Embedded
from pbr_conformance.conformance.client.journal import Journal, read_journal
from pbr_conformance.conformance.client.recovery import LeftRoute, Recovery
from pbr_conformance.conformance.client.retrying import RetryingClient
from pbr_conformance.conformance.judge.interaction import Received
from pbr_conformance.simulator.documentation.actions import DELETE, LIST
from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request
from pbr_conformance.simulator.rules.dialect import REFUSED, Dialect
from tests.conformance.doubles import TARGET, creation

GATEWAY: Final = "vpn-one"
ACCEPTS_SAME_KEY: Final = Dialect(refuses=REFUSED - {"route/same-key"})
DAY: Final = 86_400_000
"""In milliseconds."""
LOST: Final = NoAnswer("timeout", "no whole answer within 10 s")


class Account:
    """An account, a run that created routes on it, and its journal."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.endpoint = Embedded(TARGET, ACCEPTS_SAME_KEY)
        self.journal = self.reopened()

    def reopened(self) -> Journal:
        return read_journal(self.path, "http://h:1", GATEWAY)

    def answer(self, **values: str) -> Answer:
        """A creation by anybody."""
        answer = self.endpoint.send(creation(**values))
        assert isinstance(answer, Answer)
        assert answer.status == 200, answer
        self.endpoint.sleep(1)
        return answer

    def ours(self, *, heard: bool = True, **values: str) -> None:
        """A creation of the run, which is killed before or after it hears the answer."""
        request = creation(**values)
        entry = self.journal.intend(request.parameters, self.endpoint.now())
        answer = self.answer(**values)
        if heard:
            self.journal.created(entry, answer.members or {})

    def routes(self) -> list[str]:
        listed = RetryingClient(self.endpoint, TARGET).entries(GATEWAY)
        return [f"{entry.route_dest} {entry.weight} {entry.priority}" for entry in listed]

    def recovered(self) -> list[LeftRoute]:
        client = RetryingClient(self.endpoint, TARGET)
        return Recovery(client, TARGET, self.reopened(), lag=2.0, is_alone=False, settles=10.0).run()


@pytest.fixture
def there(tmp_path: Path) -> Account:
    return Account(tmp_path / "vpn-one.journal")


def test_what_was_answered_is_deleted(there: Account) -> None:
    there.ours(RouteDest="10.1.0.0/16")
    assert there.recovered() == []
    assert there.routes() == []
    assert not there.path.exists()


def test_a_lost_answer_is_told_by_its_token(there: Account) -> None:
    there.ours(RouteDest="10.1.0.0/16", ClientToken="mine", heard=False)
    assert there.recovered() == []
    assert there.routes() == []


def test_an_intent_that_was_never_sent_ends(there: Account) -> None:
    there.journal.intend(creation(RouteDest="10.1.0.0/16").parameters, there.endpoint.now())
    assert there.recovered() == []
    assert not there.path.exists()


@pytest.mark.parametrize("is_there", [True, False])
def test_a_route_created_through_a_gateway_that_does_not_exist_is_looked_for(there: Account, is_there: bool) -> None:
    there.answer(RouteDest="10.2.0.0/16")
    answer = there.answer(RouteDest="10.1.0.0/16")
    sent = creation(RouteDest="10.1.0.0/16", VpnGatewayId="vpn-unknown")
    entry = there.journal.intend(sent.parameters, there.endpoint.now())
    there.journal.created(entry, {**(answer.members or {}), **({} if is_there else {"CreateTime": 1})})
    assert [left.gateway for left in there.recovered()] == ([] if is_there else ["vpn-unknown"])
    assert there.routes() == ["10.2.0.0/16 100 10", *([] if is_there else ["10.1.0.0/16 100 10"])]


def test_an_intent_from_before_the_clock_was_set_back_waits_no_longer(there: Account) -> None:
    began = there.endpoint.now()
    there.journal.intend(creation(RouteDest="10.1.0.0/16").parameters, began + DAY)
    assert there.recovered() == []
    assert there.endpoint.now() - began < DAY


LOOKALIKES: Final = {
    "another weight": {"Weight": "0"},
    "another weight and priority": {"Weight": "0", "Priority": "77"},
    "another destination": {"RouteDest": "10.2.0.0/16"},
    "another source": {"RouteSource": "192.168.7.0/24"},
}


@pytest.mark.parametrize("heard", [True, False], ids=["answered", "not answered"])
@pytest.mark.parametrize("first", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("changes", LOOKALIKES.values(), ids=LOOKALIKES)
def test_a_lookalike_stays(there: Account, changes: dict[str, str], first: bool, heard: bool) -> None:
    theirs = {"RouteDest": "10.1.0.0/16", **changes}
    if first:
        there.answer(**theirs)
    there.ours(RouteDest="10.1.0.0/16", ClientToken="mine", heard=heard)
    if not first:
        there.answer(**theirs)
    kept = [f"{theirs['RouteDest']} {theirs.get('Weight', '100')} {theirs.get('Priority', '10')}"]
    assert there.recovered() == []
    assert there.routes() == kept


def test_the_same_route_made_by_somebody_else_after_ours_was_deleted_stays(there: Account) -> None:
    there.ours(RouteDest="10.1.0.0/16")
    (entry,) = there.reopened().entries.values()
    assert isinstance(there.endpoint.send(Request(DELETE, _deletion(entry.parameters))), Answer)
    there.endpoint.sleep(1)
    there.answer(RouteDest="10.1.0.0/16")
    assert there.recovered() == []
    assert there.routes() == ["10.1.0.0/16 100 10"]


def test_lost_creations_that_made_nothing_are_waited_for_together(there: Account) -> None:
    for number in range(5):
        lost = creation(RouteDest=f"10.{number}.0.0/16", ClientToken=f"lost-{number}")
        there.journal.intend(lost.parameters, there.endpoint.now())
    began = there.endpoint.now()
    assert there.recovered() == []
    assert 12 <= (there.endpoint.now() - began) / 1000 < 14, "once until none can take effect, and once for lists"


def test_the_same_route_that_stood_there_before_a_lost_creation_is_left_and_named(there: Account) -> None:
    there.answer(RouteDest="10.1.0.0/16")
    there.journal.intend(creation(RouteDest="10.1.0.0/16", ClientToken="mine").parameters, there.endpoint.now())
    (left,) = there.recovered()
    assert there.routes() == ["10.1.0.0/16 100 10"]
    assert str(left) == (
        "vpn-one: 192.168.1.0/24 -> 10.1.0.0/16 via vco-one-a, weight 100, priority 10:"
        " its creation was not answered, and is refused now, so it may be somebody else's"
    )
    assert there.path.exists()


def test_without_a_token_a_lost_creation_is_left_and_named(there: Account) -> None:
    there.ours(RouteDest="10.1.0.0/16", heard=False)
    (left,) = there.recovered()
    assert "had no ClientToken" in left.why
    assert len(there.routes()) == 1


Meddle = Callable[[Request, Received], Received]


def meddled(there: Account, meddle: Meddle) -> None:
    """Let the account answer otherwise from now on."""
    send = there.endpoint.send
    there.endpoint.send = lambda request: meddle(request, send(request))  # type: ignore[method-assign]


def test_a_deletion_that_is_not_permitted_leaves_the_route_and_says_why(there: Account) -> None:
    there.ours(RouteDest="10.1.0.0/16")
    refusal = Answer(403, {"Code": "Forbidden.RAM", "Message": "m", "RequestId": "r"})
    send = there.endpoint.send
    there.endpoint.send = lambda request: refusal if request.action == DELETE else send(request)  # type: ignore[method-assign]
    (left,) = there.recovered()
    assert "DeleteVpnPbrRouteEntry is refused with Forbidden.RAM" in left.why
    assert there.path.exists()


def test_a_route_that_a_list_goes_on_showing_is_named(there: Account) -> None:
    there.ours(RouteDest="10.1.0.0/16")
    shown = there.endpoint.send(Request(LIST, {"RegionId": "cn-hangzhou", "VpnGatewayId": GATEWAY}))
    meddled(there, lambda request, answer: shown if request.action == LIST else answer)
    (left,) = there.recovered()
    assert left.why == "its deletion was answered with success, and the list still shows it"


def test_a_list_that_lags_is_read_again(there: Account) -> None:
    there.ours(RouteDest="10.1.0.0/16")
    stale = there.endpoint.send(Request(LIST, {"RegionId": "cn-hangzhou", "VpnGatewayId": GATEWAY}))
    deleted: list[int] = []

    def lags(request: Request, answer: Received) -> Received:
        if request.action == DELETE:
            deleted.append(there.endpoint.now())
        late = deleted and there.endpoint.now() - deleted[0] < 1500
        return stale if late and request.action == LIST else answer

    meddled(there, lags)
    left = there.recovered()
    assert left == []
    assert there.routes() == []


def test_an_endpoint_that_does_not_answer_loses_nothing(there: Account) -> None:
    there.ours(RouteDest="10.1.0.0/16")
    before = there.path.read_text()
    send = there.endpoint.send
    there.endpoint.send = lambda request: LOST  # type: ignore[method-assign]
    (left,) = there.recovered()
    assert "no whole answer within" in left.why
    assert there.path.read_text() == before
    there.endpoint.send = send  # type: ignore[method-assign]
    assert there.recovered() == []


def _deletion(parameters: object) -> dict[str, str]:
    assert isinstance(parameters, dict)
    names = ("RegionId", "VpnGatewayId", "RouteSource", "RouteDest", "NextHop", "Weight")
    return {name: parameters[name] for name in names}
