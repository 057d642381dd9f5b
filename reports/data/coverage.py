"""What the requests of a run reached: kinds of state, pairs of features, mutants. A part of results.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import computed_field

from .fields import Whole


@dataclass(frozen=True, slots=True)
class StateReached:
    """A kind of state that a check has to see."""

    name: str
    """The kind of state."""
    times: Whole
    """In how many judged requests it was there."""
    missing: str = ""
    """What the target lacks for it, which is not held against the endpoint; empty where nothing."""


@dataclass(frozen=True, slots=True)
class ImpossiblePair:
    """Two features that no proposed request has together."""

    one: str
    """The first."""
    other: str
    """The second."""
    because: str
    """How that was found."""


_Pairs = Mapping[str, tuple[str, ...]]
"""Pairs of features: the second ones by the first."""


@dataclass(frozen=True, slots=True)
class PairwiseCoverage:
    """Which two features one judged request had, of all that one request to the target can have."""

    exercised: _Pairs
    """Had by a judged request."""
    missed: _Pairs
    """Possible, and not exercised."""
    impossible: tuple[ImpossiblePair, ...] = ()
    """Pairs that no request has."""

    @property
    def covered(self) -> int:
        """How many pairs were exercised."""
        return sum(map(len, self.exercised.values()))

    @computed_field  # type: ignore[prop-decorator]
    @property
    def possible(self) -> int:
        """How many pairs one request can have."""
        return self.covered + sum(map(len, self.missed.values()))


@dataclass(frozen=True, slots=True)
class SurvivingMutant:
    """A mutant that the requests of a run would not have caught."""

    name: str
    """Its name."""
    wrong: str
    """What is wrong about it."""
    address: str
    """The check that catches it, given the requests."""


@dataclass(frozen=True, slots=True)
class MutationScore:
    """How many mutants the requests of a run would have caught."""

    known: Whole
    """How many mutants there are."""
    missed: tuple[SurvivingMutant, ...]
    """Those that would not be killed."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def caught(self) -> int:
        """How many would be killed."""
        return self.known - len(self.missed)
