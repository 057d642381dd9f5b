"""A campaign that tries mutants on many accounts, and the report of those that a run with a budget kills.

Rules of this file
1. A unit is a few mutants on one account. It gives the same bytes wherever it is done.
2. The report counts accounts: on how many a mutant, or those of one operator, were killed. A mutant that survives on
   some account is named with it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final

from pydantic import TypeAdapter

from pbr_conformance.conformance.checks import CHECKS, Check
from pbr_conformance.conformance.engine.power import attempt
from pbr_conformance.conformance.engine.verdict import Ended, Examined, result_of
from pbr_conformance.conformance.execute.campaign import Campaign, WorkUnit
from pbr_conformance.conformance.execute.executor import Executor
from pbr_conformance.conformance.execute.unit_files import UnitFiles
from pbr_conformance.conformance.mutants import by_name
from pbr_conformance.conformance.mutants.mutant import Mutant
from pbr_conformance.reports.data.coverage import MutationScore, SurvivingMutant
from pbr_conformance.reports.data.results import Observation, Verdict
from pbr_conformance.reports.views.sentences import many
from pbr_conformance.simulator.model.target import Target

_MUTANTS_OF_A_UNIT: Final = 8
"""Each takes a fifth of a second or so."""


@dataclass(frozen=True)
class TriedMutants:
    """Those that were tried on one account."""

    account: str
    killed: tuple[str, ...] = ()
    survived: tuple[str, ...] = ()
    requests: int = 0


_ADAPTER: Final = TypeAdapter(TriedMutants)


def tried(account: str, target: Target, names: Sequence[str], budget: int) -> bytes:
    """Try mutants on an account, and return what was found as JSON."""
    found = {name: attempt(by_name(name), target, budget) for name in names}
    killed = tuple(name for name, each in found.items() if each.is_killed)
    survived = tuple(name for name, each in found.items() if not each.is_killed)
    return _ADAPTER.dump_json(TriedMutants(account, killed, survived, sum(each.requests for each in found.values())))


@dataclass(frozen=True)
class MutantsCampaign:
    """The mutants that are to be tried, the accounts by their names, and the requests for each mutant."""

    accounts: Mapping[str, Target]
    mutants: tuple[Mutant, ...]
    budget: int

    @property
    def id(self) -> bytes:
        """All that makes it this campaign."""
        return json.dumps(["mutants", *(unit.name for unit in self.units())]).encode()

    def units(self) -> Iterator[WorkUnit]:
        """Its units."""
        for account, target in self.accounts.items():
            for first in range(0, len(self.mutants), _MUTANTS_OF_A_UNIT):
                names = [mutant.name for mutant in self.mutants[first : first + _MUTANTS_OF_A_UNIT]]
                content = json.dumps([account, target.model_dump_json(), names, self.budget])
                name = f"mutants-{sha256(content.encode()).hexdigest()[:32]}"
                yield WorkUnit(name, tried, (account, target, names, self.budget))

    def try_all(
        self,
        executor: Executor,
        files: UnitFiles,
        kept: Mapping[str, bytes],
        told: Callable[[TriedMutants], None],
    ) -> TriedOnAccounts:
        """What was found on each account; `told` is called with each unit that is done. Raises CampaignEnded."""
        units, found = self.units(), TriedOnAccounts()
        for _, result in Campaign(executor, files).results(lambda: next(units, None), kept):
            each = _ADAPTER.validate_json(result)
            found.add(each)
            told(each)
        return found


@dataclass
class TriedOnAccounts:
    """What was found on all accounts: each mutant with the accounts on which it was killed, or survived."""

    killed: dict[str, list[str]] = field(default_factory=dict)
    survived: dict[str, list[str]] = field(default_factory=dict)
    requests: int = 0

    def add(self, found: TriedMutants) -> None:
        """Add what was found of some mutants."""
        self.requests += found.requests
        for accounts, names in ((self.killed, found.killed), (self.survived, found.survived)):
            for name in names:
                accounts.setdefault(name, []).append(found.account)

    def score(self, mutants: Iterable[Mutant]) -> MutationScore:
        """How many were killed, of all that were tried on some account, and the others by name."""
        missed = [
            SurvivingMutant(mutant.name, f"{mutant.wrong} (on {account})", mutant.violates)
            for mutant in mutants
            for account in sorted(self.survived.get(mutant.name, ()))
        ]
        return MutationScore(sum(map(len, self.killed.values())) + len(missed), tuple(missed))

    def examined(self, mutants: Sequence[Mutant]) -> tuple[Examined, ...]:
        """Each check, with its mutants."""
        return tuple(self._examined(check, mutants) for check in CHECKS)

    def _examined(self, check: Check, mutants: Sequence[Mutant]) -> Examined:
        found = Counter[tuple[str, str]]()
        for mutant in mutants:
            if mutant.violates == check.address:
                what = f"mutants of {mutant.operator}" if mutant.operator else f"mutant {mutant.name}"
                found[what, "killed"] += len(self.killed.get(mutant.name, ()))
                found[what, "survives"] += len(self.survived.get(mutant.name, ()))
        if not found:
            return Examined(result_of(check, Ended(Verdict.SKIPPED, "no mutant of it was tried")))
        killed = sum(times for (_, how), times in found.items() if how == "killed")
        result = result_of(check, Ended(Verdict.OBSERVED, f"{killed:,} of {many(found.total(), 'mutant')} killed"))
        seen = tuple(Observation(what, how, times) for (what, how), times in sorted(found.items()) if times)
        return Examined(replace(result, observations=seen))
