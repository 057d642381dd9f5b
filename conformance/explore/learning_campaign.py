"""A campaign that learns the dialects of many endpoints, and the report of what they decided.

Rules of this file
1. A unit is one endpoint: a simulator with a dialect by chance, which its number says, or the account of a target file.
2. In process a unit gives the same bytes wherever it is done. Over HTTP it is done once: nobody else may ask meanwhile.
3. Nobody is judged. The report counts endpoints: how many decided what, and which of two conditions they answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

from pydantic import TypeAdapter

from pbr_conformance.conformance.client.endpoint import Embedded, Endpoint
from pbr_conformance.conformance.client.journals import NO_JOURNALS, Journals
from pbr_conformance.conformance.client.retrying import Inconclusive
from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.conformance.engine.session import Session
from pbr_conformance.conformance.execute.campaign import Campaign, WorkUnit
from pbr_conformance.conformance.execute.executor import Executor
from pbr_conformance.conformance.execute.unit_files import UnitFiles
from pbr_conformance.conformance.learn.dialect_file import parse
from pbr_conformance.conformance.learn.dialect_writer import dump
from pbr_conformance.conformance.learn.export import export
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.conformance.learn.learned_dialect import LearnedDialect
from pbr_conformance.conformance.learn.learning import Learner
from pbr_conformance.conformance.learn.query_runner import QueryRunner
from pbr_conformance.conformance.learn.variants import askable
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.strategies.plain_requests import Partition

from .random_dialects import by_chance, dialect


@dataclass(frozen=True)
class EndpointToLearn:
    """One endpoint whose dialect is to be learned."""

    name: str
    target: Target
    spec: str
    chance: int | None = None
    """In process: which dialect it has. None: the one of the simulator, or of whoever answers at the target's URL."""
    timeout: float = 10.0

    @property
    def where(self) -> str:
        """The endpoint in words."""
        return self.target.endpoint.url or (
            "the embedded simulator" if self.chance is None else f"a simulator with random dialect {self.chance}"
        )

    @property
    def unit(self) -> WorkUnit:
        """The unit that learns it."""
        content = json.dumps([self.name, self.target.model_dump_json(), self.spec, self.chance])
        name = f"learn-{sha256(content.encode()).hexdigest()[:32]}"
        return WorkUnit(name, learned, (self,), self, may_be_repeated=self.target.endpoint.url is None)

    @property
    def connection(self) -> EndpointFactory:
        """How it is connected to where it has no dialect by chance."""
        return EndpointFactory(self.target, self.spec, self.timeout)

    def session(self, partition: Partition) -> Session:
        """A session with it."""
        endpoint, journals = self._open(partition)
        run = sha256(self.name.encode()).hexdigest()[:6] if self.target.endpoint.url else "0"
        return Session(endpoint, partition, Judgement(self.spec, run=run), journals, lazy=True)

    def _open(self, partition: Partition) -> tuple[Endpoint, Journals]:
        if self.chance is None:
            return self.connection.open(partition)
        return Embedded(self.target, replace(dialect(by_chance(self.chance)), spec=self.spec)), NO_JOURNALS


@dataclass(frozen=True)
class LearnedEndpoint:
    """What was learned of one endpoint."""

    name: str
    complete: bool = False
    requests: int = 0
    trouble: str = ""
    """Why not all was learned, where it was not."""
    dialect: str = ""
    """The dialect file; empty where nothing was learned."""

    def dated(self, date: str) -> LearnedDialect | None:
        """The dialect, learned on a date."""
        return replace(parse(self.dialect, f"{self.name}.toml"), date=date) if self.dialect else None


_ADAPTER: Final = TypeAdapter(LearnedEndpoint)


def learned(endpoint: EndpointToLearn) -> bytes:
    """Learn the dialect of an endpoint, and return what was learned as JSON."""
    trouble = None if endpoint.chance is not None else endpoint.connection.trouble()
    reason = trouble.reason if trouble else "" if endpoint.chance is not None else endpoint.connection.without_account()
    return _ADAPTER.dump_json(LearnedEndpoint(endpoint.name, trouble=reason) if reason else _learned(endpoint))


def _learned(endpoint: EndpointToLearn) -> LearnedEndpoint:
    ways, trouble = askable(endpoint.target, endpoint.spec), ""
    runner = QueryRunner(endpoint.session, endpoint.spec)
    learner = Learner(runner, ways)
    try:
        learner.run()
    except Inconclusive as reason:
        trouble = reason.reason
    finally:
        learner.stop()
        trouble = runner.left() or trouble
    about = LearnedDialect(endpoint.name, endpoint.spec, endpoint.where, endpoint.spec)  # its date is given later
    found = learner.learned
    is_whole = found.complete and not trouble
    return LearnedEndpoint(endpoint.name, is_whole, runner.requests, trouble, dump(export(found, ways, about)))


@dataclass(frozen=True)
class LearningCampaign:
    """The endpoints whose dialects are to be learned."""

    endpoints: tuple[EndpointToLearn, ...]

    @property
    def id(self) -> bytes:
        """All that makes it this campaign."""
        return json.dumps(["learn", *(each.unit.name for each in self.endpoints)]).encode()

    def learn_all(
        self,
        executor: Executor,
        files: UnitFiles,
        kept: Mapping[str, bytes],
        told: Callable[[LearnedEndpoint], None],
    ) -> tuple[LearnedEndpoint, ...]:
        """What was learned of each, in their order; `told` is called with each that is done. Raises CampaignEnded."""
        units: Iterator[WorkUnit] = (each.unit for each in self.endpoints)
        found: dict[str, LearnedEndpoint] = {}
        for _, result in Campaign(executor, files).results(lambda: next(units, None), kept):
            each = _ADAPTER.validate_json(result)
            found[each.name] = each
            told(each)
        return tuple(found[each.name] for each in self.endpoints)


def random_endpoints(target: Target, spec: str, number: int, seed: int) -> Iterator[EndpointToLearn]:
    """Simulators with dialects by chance: the same as `campaign false-alarms` has by the same seed."""
    for each in range(number):
        yield EndpointToLearn(f"random-{seed}-{each}", target, spec, 2 * (seed * 1_000_003 + each))
