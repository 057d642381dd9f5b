"""Every single change of a dialect that departs from something that is pinned of it, and what has to be named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import inf
from typing import Final

from conformance.checks import CHECKS
from conformance.connecting import Connection
from conformance.dialects.pinned import Pinned
from conformance.endpoints.endpoint import Embedded, Endpoint
from conformance.endpoints.journal import NO_JOURNAL, Journal
from conformance.planning.budget import Allowance
from conformance.planning.sweep import swept
from conformance.sessions.session import Terms
from simulator.circumstances import CASES
from simulator.dialect import DEFAULT, Dialect
from simulator.documentation import DEFAULT_SPEC
from strategies.requests import Lane
from tests.conformance.learned import TARGET

BUDGET: Final = 300


@dataclass(frozen=True)
class Speaking(Connection):
    """A connection to a simulator of some dialect."""

    spoken: Dialect = DEFAULT

    def open(self, lane: Lane | None = None) -> tuple[Endpoint, Journal]:
        """In process."""
        return Embedded(TARGET, self.spoken), NO_JOURNAL


@dataclass(frozen=True)
class Change:
    """One change: the dialect that is spoken now, the address that has to fail, and words of its title."""

    what: str
    now: Dialect
    address: str
    says: str


def found(pins: Pinned, now: Dialect, budget: float = BUDGET) -> tuple[dict[str, str], int]:
    """What fails where an endpoint of a known dialect speaks another now, with the titles; and the requests."""
    terms = Terms(DEFAULT_SPEC, dialect=pins)
    examined, requests = swept(Speaking(TARGET, DEFAULT_SPEC, spoken=now), CHECKS, terms, Allowance(budget, inf))
    strays = {address: shown.deviation.title for each in examined.values() for address, shown in each.strays.items()}
    return strays, requests


def changes(pins: Pinned, spoken: Dialect) -> Iterator[Change]:
    """Two neighbours of the order swapped, one MAY decided otherwise, one message in other words, one dry run."""
    for first, then in zip(spoken.precedence, spoken.precedence[1:], strict=False):
        if then in pins.beats.get(first, ()):
            yield Change(f"{first}, {then}", swapped(spoken, first), first, f"{first} is answered before {then}")
    for name, ruling in pins.rulings.items():
        yield from (_decided(spoken, name, case) for case in _known(pins, name))
        if ruling.skips is not None:
            now = replace(spoken, dry_run_skips=spoken.dry_run_skips ^ {name})
            yield Change(f"a dry run and {name}", now, name, "a dry run")
    for key in pins.messages:
        now = replace(spoken, messages={**spoken.messages, key: "Otherwise."})
        yield Change(f"the message of {key}", now, "answer/message", "has another message")


def swapped(spoken: Dialect, first: str) -> Dialect:
    """The dialect with a condition and the one after it in each other's place."""
    order = list(spoken.precedence)
    at = order.index(first)
    order[at], order[at + 1] = order[at + 1], order[at]
    return replace(spoken, precedence=tuple(order))


def _known(pins: Pinned, name: str) -> list[str]:
    """The cases of a MAY that are decided; "" for one that has none."""
    ruling, cases = pins.ruling(name), [case.name for case in CASES.get(name, ())]
    if name == "gateway/busy":  # the histories of a plan wait for gateways to be at rest
        return []
    return [case for case in cases or [""] if ruling.refuses((case,) if case else ()) is not None]


def _decided(spoken: Dialect, name: str, case: str) -> Change:
    if case:
        now = replace(spoken, otherwise=spoken.otherwise ^ {f"{name}: {case}"})
    else:
        now = replace(spoken, refuses=spoken.refuses ^ {name})
    return Change(f"{name} {case}", now, name, " where it is a MAY")
