"""How a run gets to its endpoint: in process or over HTTP, paced, after a first look and after a crash.

Rules of this file
1. One question tells whether there is an endpoint at all; if not, nothing else is sent.
2. What a run that was killed has left is deleted before anything is created, as far as it is provably ours.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from math import inf
from typing import TYPE_CHECKING

from pbr_conformance.conformance.account.found import FoundAccount
from pbr_conformance.conformance.client.clock import EndpointClock
from pbr_conformance.conformance.client.endpoint import Embedded, Endpoint, Stepper
from pbr_conformance.conformance.client.journals import NO_JOURNALS, Journals
from pbr_conformance.conformance.client.metered import Meter
from pbr_conformance.conformance.client.patience import Patience, PatientEndpoint
from pbr_conformance.conformance.client.recovery import LeftRoute, Recovery
from pbr_conformance.conformance.client.request_rate import RateLimited, RequestRate
from pbr_conformance.conformance.client.retrying import Inconclusive, RetryingClient
from pbr_conformance.conformance.judge.answer import describe as words
from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.simulator.model.messages import Answer
from pbr_conformance.simulator.model.routes import Key
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.strategies.plain_requests import Partition, describe, partitions

from .verdict import Ended

if TYPE_CHECKING:
    from pbr_conformance.conformance.client.http import HttpEndpoint


@dataclass(frozen=True)
class EndpointFactory:
    """Where to connect to: the target's URL, or the simulator in process, or a wrong one by its name."""

    target: Target
    spec: str
    timeout: float = 10.0
    """Seconds for one request over HTTP and its whole answer."""
    mutant: str | None = None
    clock: EndpointClock = field(default_factory=EndpointClock, compare=False)
    """The endpoint's clock, which each of its connections learns of."""
    meter: Meter = field(default_factory=Meter, compare=False)
    """Counts what is sent over HTTP, where all of it is sent by one process."""
    rate: RequestRate = field(default_factory=RequestRate, compare=False)
    """How fast the endpoint is sent requests over HTTP, whatever they are for."""
    patience: Patience = field(default_factory=Patience, compare=False)
    """For how long the endpoint is waited for over HTTP, once it has answered."""
    named: set[tuple[Key, object]] = field(default_factory=set, compare=False)
    """The routes that answers have named, by key and CreateTime: on whatever gateway, they are no sign of others."""
    processes: int = 1
    """How many processes share what the target allows."""
    purpose: str = ""
    """What is sent for: the address of a check, the name of a partition, or nothing in particular."""
    was_asked: bool = False
    """Whether it is known already if there is an endpoint."""
    known_trouble: Ended | None = None
    """Why nothing can be judged, where that is known already."""
    found: FoundAccount | None = None
    """What the endpoint has shown of the account; None where it was not asked."""

    @property
    def where(self) -> str:
        """What is judged, in words."""
        return self.target.endpoint.url or (
            "the embedded simulator" if self.mutant is None else f"the mutant {self.mutant}"
        )

    def as_shared(self) -> EndpointFactory:
        """The same, to an account that others use."""
        target = self.target
        endpoint = target.endpoint.model_copy(update={"shared": True})
        return replace(self, target=target.model_copy(update={"endpoint": endpoint}))

    def open(self, partition: Partition | None = None) -> tuple[Endpoint, Journals]:
        """An endpoint, and the journals of its gateways: for a partition, on which routes are created."""
        settings = self.target.endpoint
        if settings.url is None:
            return Embedded(self.target, Dialect(spec=self.spec), self._stepper()), NO_JOURNALS
        endpoint = self.managed(self.over_http(self.clock))
        journals = NO_JOURNALS if partition is None else Journals(self.target, named=self.named)
        return self.meter.on(endpoint, self.purpose), journals

    def managed(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint, sent no more than the target allows, and less where it throttles; waited for if it is away."""
        allowed, clock = self.target.endpoint.requests_per_second, self.meter.clock
        self.rate.ceiling = allowed / self.processes if allowed else inf
        limited = RateLimited(endpoint, self.rate, clock)
        if not self.target.gateways:  # an account that is only read
            return limited
        return PatientEndpoint(limited, self.patience, describe(self.target, self.target.gateways[0].id), clock)

    @property
    def waits(self) -> str:
        """What holds up all that is sent, in words; empty where nothing does."""
        return self.patience.says or self.rate.says

    def of(self, purpose: str) -> EndpointFactory:
        """The same, of which it is known what is sent for."""
        return replace(self, purpose=purpose)

    def over_http(self, clock: EndpointClock | None = None) -> HttpEndpoint:
        """The endpoint at the target's URL, as fast as it can be asked. Raises TransportError and CredentialsError."""
        from pbr_conformance.conformance.client.http import HttpEndpoint  # here, as in process nobody needs it
        from pbr_conformance.conformance.client.transport import transport_of

        settings, way = self.target.endpoint, transport_of(self.target.endpoint)
        keys, signature = self.target.credentials, settings.signature or "none"
        return HttpEndpoint(settings.url or "", keys, signature, self.timeout, clock, transport=way)

    def _stepper(self) -> Stepper:
        if self.mutant is None:
            return step
        from pbr_conformance.conformance.mutants import by_name  # here, because few runs are of a mutant

        return by_name(self.mutant).stepper

    @property
    def first_requests(self) -> int:
        """How many requests `trouble` needs to find out whether there is an endpoint."""
        return 1 if self.target.endpoint.url is not None and self.target.gateways else 0

    def trouble(self) -> Ended | None:
        """Why nothing can be judged, or None."""
        if self.was_asked or not self.first_requests:
            return self.known_trouble
        endpoint, _ = self.open()
        line = RetryingClient(endpoint, self.target)
        try:
            first = describe(self.target, self.target.gateways[0].id)
            answer = line.ask(first)
            if not isinstance(answer, Answer) or not answer.members:
                shown = words(answer) if isinstance(answer, Answer) else "nothing"
                return Ended(
                    Verdict.INCONCLUSIVE, f"this does not look like the API: {first.action} is answered with {shown}"
                )
        except Inconclusive as reason:
            return Ended(Verdict.ERROR if reason.ours else Verdict.INCONCLUSIVE, reason.reason)
        finally:
            endpoint.close()
        return None

    def without_account(self) -> str:
        """Why the endpoint does not have the target's account: its answer to a question about a gateway; else empty."""
        gateways = [gateway for partition in partitions(self.target) for gateway in partition.plain()]
        endpoint, _ = self.open()
        try:
            client = RetryingClient(endpoint, self.target)
            answers = [(gateway.id, client.ask(describe(self.target, gateway.id))) for gateway in gateways[:1]]
        except Inconclusive as reason:
            return reason.reason
        finally:
            endpoint.close()
        for id, answer in answers:
            if isinstance(answer, Answer) and answer.status != 200:
                return f"the endpoint does not have the target's {id}: {words(answer)}"
        return ""

    def recover(self, gateways: Iterable[str] | None = None) -> list[LeftRoute]:
        """Delete what earlier runs have left on scratch gateways, and name what cannot be proved or deleted.

        Raises JournalError where a journal is none, before anything is deleted.
        """
        settings = self.target.endpoint
        if settings.url is None:
            return []
        journals = Journals(self.target)
        if gateways is None:
            gateways = [each.id for partition in partitions(self.target) for each in partition.scratch]
        found = [journal for each in gateways if (journal := journals.of(each)) and journal.entries]
        if not found:
            return []
        endpoint, _ = self.open()
        client = RetryingClient(endpoint, self.target)
        try:
            times = settings.lag, settings.is_alone, settings.settles
            return [left for each in found for left in Recovery(client, self.target, each, *times).run()]
        finally:
            endpoint.close()
            journals.close()
