"""The plan of a run: what is to be examined, on which terms, and within which bounds."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from pbr_conformance.conformance.checks import Check
from pbr_conformance.conformance.client.pace import SharedPace
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.strategies.plain_requests import Partition

from .connect import EndpointFactory
from .unfinished_run import UnfinishedRun
from .verdict import Examined


@dataclass(frozen=True)
class Plan:
    """What a run is to do. `most_requests` and `most_seconds` bound the whole run."""

    connection: EndpointFactory
    checks: tuple[Check, ...]
    terms: Judgement
    seed: int
    examples: int = 100
    workers: int = 1
    most_requests: int | None = None
    most_seconds: float | None = None
    strength: int = 2
    is_slow: bool = False
    """Whether each kind of state is made once, for all checks, as gateways take long after each change."""
    sensitivity: bool = True
    """Whether it is worked out afterwards which mutants the requests would have caught."""
    pace: SharedPace = field(default_factory=SharedPace, compare=False)
    """How long gateways are at work after a change, as far as it was seen."""
    unfinished: UnfinishedRun | None = None
    """Where what is judged is kept until the run is done; what was judged before is not sent again."""
    parts: Path | None = None
    """Where what is sent and what comes is kept, a file for each check."""

    @property
    def bounded(self) -> bool:
        """Whether it has a budget."""
        return self.most_requests is not None or self.most_seconds is not None

    def knowing(self, examined: Iterable[Examined]) -> Plan:
        """The same, on an account that others use, if one of these has met them."""
        if not self.connection.target.endpoint.is_alone or not any(each.met_others for each in examined):
            return self
        return replace(self, connection=self.connection.as_shared())

    def without(self, addresses: Collection[str]) -> Plan:
        """The same without some checks."""
        return replace(self, checks=tuple(check for check in self.checks if check.address not in addresses))

    def on(self, partition: Partition | None) -> Partition | None:
        """A partition of the same gateways, as the plan knows the account."""
        return None if partition is None else replace(partition, target=self.connection.target)
