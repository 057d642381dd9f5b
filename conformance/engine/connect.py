"""How a run gets to its endpoint: in process or over HTTP, paced, after a first look and after a crash.

Rules of this file
1. One question tells whether there is an endpoint at all; if not, nothing else is sent.
2. What a run that was killed has left is deleted before anything is created.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pbr_conformance.conformance.client.endpoint import Embedded, Endpoint, Stepper
from pbr_conformance.conformance.client.http import HttpEndpoint
from pbr_conformance.conformance.client.journal import NO_JOURNAL, Journal, left_over
from pbr_conformance.conformance.client.rate_limited import RateLimited
from pbr_conformance.conformance.client.retrying import Inconclusive, RetryingClient
from pbr_conformance.conformance.judge.answer import describe as words
from pbr_conformance.conformance.judge.listing import deletion_of, key_of
from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.simulator.model.messages import Answer
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.strategies.requests import Partition, describe, partitions

from .verdict import Ended


@dataclass(frozen=True)
class EndpointFactory:
    """Where to connect to: the target's URL, or the simulator in process, or a wrong one by its name."""

    target: Target
    spec: str
    timeout: float = 10.0
    """Seconds for one request over HTTP and its whole answer."""
    mutant: str | None = None
    directory: Path | None = None
    """Where journals are kept; None keeps none."""

    @property
    def where(self) -> str:
        """What is judged, in words."""
        return self.target.endpoint.url or (
            "the embedded simulator" if self.mutant is None else f"the wrong simulator {self.mutant}"
        )

    def open(self, partition: Partition | None = None) -> tuple[Endpoint, Journal]:
        """An endpoint, and the journal of a partition."""
        settings = self.target.endpoint
        if settings.url is None:
            return Embedded(self.target, Dialect(spec=self.spec), self._stepper()), NO_JOURNAL
        endpoint: Endpoint = HttpEndpoint(
            settings.url, self.target.credentials, settings.signature or "none", self.timeout
        )
        if settings.requests_per_second:
            endpoint = RateLimited(endpoint, settings.requests_per_second)
        if partition is None or self.directory is None:
            return endpoint, NO_JOURNAL
        return endpoint, Journal(self.directory / f"journal-{partition.name}.jsonl")

    def _stepper(self) -> Stepper:
        if self.mutant is None:
            return step
        from pbr_conformance.conformance.mutants import by_name  # here, because few runs are of a wrong simulator

        return by_name(self.mutant).stepper

    @property
    def first_requests(self) -> int:
        """How many requests `trouble` needs to find out whether there is an endpoint."""
        return 1 if self.target.endpoint.url is not None and self.target.gateways else 0

    def trouble(self) -> Ended | None:
        """Why nothing can be judged, or None; also deletes what a killed run has left."""
        if not self.first_requests:
            return None
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
            self._recover(line)
        except Inconclusive as reason:
            return Ended(Verdict.ERROR if reason.ours else Verdict.INCONCLUSIVE, reason.reason)
        finally:
            endpoint.close()
        return None

    def _recover(self, line: RetryingClient) -> None:
        scratch = {gateway.id for partition in partitions(self.target) for gateway in partition.scratch}
        for path, noted in left_over(self.directory) if self.directory is not None else ():
            for gateway in {entry["VpnGatewayId"] for entry in noted} & scratch:
                keys = {key_of(entry) for entry in noted if entry["VpnGatewayId"] == gateway}
                for entry in line.entries(gateway):
                    if entry.key in keys:
                        line.ask(deletion_of(self.target, gateway, entry))
                        line.settle(gateway)
            path.unlink(missing_ok=True)
