"""Endpoints that are right about every request and unreliable in how they answer: for sessions, in virtual time.

Rules of this file
1. The effect of a request is the simulator's own. What is meddled with is whether it happens, and what is heard of it.
2. Everything that is sent is kept, so that tests can look at it afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final

from pbr_conformance.conformance.checks import BY_ADDRESS
from pbr_conformance.conformance.client.endpoint import Embedded
from pbr_conformance.conformance.client.journals import NO_JOURNALS, Journals
from pbr_conformance.conformance.coverage.partitioning import partition_for
from pbr_conformance.conformance.engine.effort import Effort
from pbr_conformance.conformance.engine.examine import examine
from pbr_conformance.conformance.engine.session import Session
from pbr_conformance.conformance.engine.verdict import Examined
from pbr_conformance.conformance.judge.interaction import Interaction, Received, Transcript
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.simulator.documentation.actions import CREATE, DELETE
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request
from pbr_conformance.simulator.model.routes import Route
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.model.target_file import parse_target, reference
from pbr_conformance.simulator.rules.dialect import DEFAULT, Dialect
from pbr_conformance.strategies.plain_requests import Partition, create, ordinary, partitions

Send = Callable[[Request], Received]
Meddle = Callable[[Request, Send], Received]
"""What comes back for a request; the function that it is given has the effect, and the right answer."""

TERMS: Final = Judgement(DEFAULT_SPEC)
CLOSED: Final = NoAnswer("closed", "the endpoint closed the connection without an answer")
SILENT: Final = NoAnswer("timeout", "no whole answer within 10 s")
GONE: Final = NoAnswer("refused", "no connection: Connection refused")
PAGE: Final = Answer(502, None, "<html><h1>502 Bad Gateway</h1></html>")
UNAVAILABLE: Final = Answer(503, None, "<html><h1>503 Service Temporarily Unavailable</h1></html>")

GATEWAY_TOML: Final = """
[[gateways]]
id = "vpn-{name}"
vpc = "vpc"
connections = ["vco-{name}-a", "vco-{name}-b"]
scratch = {scratch}
"""


def account(**gateways: bool) -> Target:
    """A target with gateways of these names in one VPC, each scratch or not."""
    tables = [GATEWAY_TOML.format(name=name, scratch=str(scratch).lower()) for name, scratch in gateways.items()]
    return parse_target("".join([*tables, '[[vpcs]]\nid = "vpc"\n']), "account.toml", {})


TARGET: Final = account(one=True)
LANE: Final = partitions(TARGET)[0]
ROUTE: Final = ordinary(TARGET, TARGET.gateways[0])


def creation(**changes: str | None) -> Request:
    """The creation of an ordinary route on the one gateway, with changes."""
    return create(ordinary(TARGET, TARGET.gateways[0], **changes))


def refused(code: str, status: int = 400) -> Answer:
    """A refusal with a code."""
    return Answer(status, {"Code": code, "Message": f"{code}.", "RequestId": "6F1B5A2E"})


def settling(milliseconds: int) -> Dialect:
    """The default dialect, with gateways that take so long after a change."""
    return replace(DEFAULT, settles_after=milliseconds)


class Unreliable:
    """The simulator in process, meddled with. `heard` has every request, also those of a batch."""

    def __init__(self, meddle: Meddle, target: Target = TARGET, dialect: Dialect = DEFAULT) -> None:
        self.heard: list[Request] = []
        self.closed = False
        self.longest_wait = Embedded.longest_wait
        self.meddle = meddle
        self._inside = Embedded(target, dialect)

    def send(self, request: Request) -> Received:
        self.heard.append(request)
        return self.meddle(request, self._inside.send)

    def send_together(self, requests: Sequence[Request], clients: int) -> Transcript:
        return [
            Interaction(request, self.send(request), number // clients, number // clients)
            for number, request in enumerate(requests)
        ]

    def now(self) -> int:
        return self._inside.now()

    def sleep(self, seconds: float) -> None:
        self._inside.sleep(seconds)

    def renewed(self) -> None:
        return None

    def close(self) -> None:
        self.closed = True

    def has(self, *requests: Request) -> None:
        """Have the effect of creations that no session sent."""
        for request in requests:
            received = self._inside.send(request)
            assert isinstance(received, Answer)
            assert received.status == 200, received
            self._inside.sleep(60)

    def routes(self, gateway: str = "vpn-one") -> list[Route]:
        """What a gateway has in truth."""
        return list(self._inside.account.table(gateway))

    def left(self) -> list[str]:
        """The gateways that have any routes."""
        return [gateway.id for gateway in self._inside.account.target.gateways if self.routes(gateway.id)]

    @property
    def creations(self) -> list[Request]:
        """The creations that were sent."""
        return [request for request in self.heard if request.action == CREATE]


def honest(request: Request, send: Send) -> Received:
    """As it is."""
    return send(request)


def first(times: int, instead: Received, actions: Iterable[str] = (CREATE, DELETE), after: bool = False) -> Meddle:
    """Answers the first so many requests of these actions otherwise, before or `after` their effect; then as it is."""
    left, chosen = [times], frozenset(actions)

    def meddle(request: Request, send: Send) -> Received:
        if request.action not in chosen or not left[0]:
            return send(request)
        left[0] -= 1
        if after:
            send(request)
        return instead

    return meddle


def always(instead: Received, *actions: str, after: bool = False) -> Meddle:
    """Answers all requests of these actions otherwise; without actions, all."""

    def meddle(request: Request, send: Send) -> Received:
        if actions and request.action not in actions:
            return send(request)
        if after:
            send(request)
        return instead

    return meddle


def each(times: int, instead: Received, actions: Iterable[str] = (CREATE,), after: bool = False) -> Meddle:
    """Answers every different request otherwise the first so many times."""
    counts: dict[str, int] = {}
    chosen = frozenset(actions)

    def meddle(request: Request, send: Send) -> Received:
        key = repr((request.action, sorted(request.parameters.items())))
        counts[key] = counts.get(key, 0) + 1
        if request.action not in chosen or counts[key] > times:
            return send(request)
        if after and counts[key] == 1:
            send(request)
        return instead

    return meddle


def session_on(
    endpoint: Unreliable, target: Target = TARGET, partition: int = 0, journals: Journals = NO_JOURNALS
) -> Session:
    """A session on a lane of the endpoint."""
    return Session(endpoint, partitions(target)[partition], TERMS, journals)


def examined(address: str, endpoint: Unreliable, target: Target = TARGET, most: int = 10_000) -> Examined:
    """A check examined on an endpoint, with one random history, and no more after so many requests."""
    check = BY_ADDRESS[address]
    partition: Partition | None = partition_for(check, partitions(target))
    effort = Effort(1, 1, lambda requests: requests > most)
    return examine(check, partition, lambda: (endpoint, NO_JOURNALS), terms=TERMS, effort=effort)


REFERENCE: Final = reference()
