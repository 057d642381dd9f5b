"""`run --dialect`: what changed since is found within 300 requests, and nothing else is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf

import pytest

from conformance.budget import Allowance
from conformance.checks import CHECKS
from conformance.connecting import Connection
from conformance.dialects.pinned import pinned
from conformance.endpoints import Embedded, Endpoint
from conformance.journal import NO_JOURNAL, Journal
from conformance.session import Terms
from conformance.sweep import swept
from simulator.dialect import DEFAULT, Dialect
from simulator.documentation import DEFAULT_SPEC
from strategies.requests import Lane
from tests.conformance.learned import TARGET
from tests.simulator.histories import by_chance, tolerant


@dataclass(frozen=True)
class Speaking(Connection):
    """A connection to a simulator of some dialect."""

    spoken: Dialect = DEFAULT

    def open(self, lane: Lane | None = None) -> tuple[Endpoint, Journal]:
        """In process."""
        return Embedded(TARGET, self.spoken), NO_JOURNAL


def found(known: Dialect, now: Dialect) -> tuple[dict[str, str], int]:
    """The addresses that fail where an endpoint of a known dialect speaks another now, and the requests."""
    terms = Terms(DEFAULT_SPEC, dialect=pinned(known, date="2026-02-03"))
    examined, requests = swept(Speaking(TARGET, DEFAULT_SPEC, spoken=now), CHECKS, terms, Allowance(300, inf))
    strays = {address: shown.deviation.title for each in examined.values() for address, shown in each.strays.items()}
    return strays, requests


def swapped(spoken: Dialect, first: str) -> Dialect:
    order = list(spoken.precedence)
    at = order.index(first)
    order[at], order[at + 1] = order[at + 1], order[at]
    return replace(spoken, precedence=tuple(order))


CHANGES = (
    ("nothing", DEFAULT, None, ""),
    ("two conditions", swapped(DEFAULT, "weight/value"), "weight/value", "is answered before priority/unsupported"),
    ("two of the routes", swapped(DEFAULT, "route/same-weight"), "route/same-weight", "before route/overlap"),
    ("a MAY that was refused", replace(DEFAULT, refuses=DEFAULT.refuses - {"cidr/loose"}), "cidr/loose", "is refused"),
    ("a MAY that passed", replace(DEFAULT, refuses=DEFAULT.refuses | {"ssl/contains"}), "ssl/contains", "is let pass"),
    ("a case", replace(DEFAULT, otherwise=frozenset({"cidr/loose: IPv6"})), "cidr/loose", "now accepted"),
    ("a message", replace(DEFAULT, messages={"VpnRouteEntry.ConflictSSL": "No."}), "answer/message", "another message"),
    ("a dry run", replace(DEFAULT, dry_run_skips=frozenset({"ssl/inside"})), "ssl/inside", "a dry run looks at"),
)


@pytest.mark.parametrize(("now", "address", "says"), [pytest.param(*row[1:], id=row[0]) for row in CHANGES])
def test_one_change_is_found_and_named_and_nothing_else(now: Dialect, address: str | None, says: str) -> None:
    failures, requests = found(DEFAULT, now)
    assert requests <= 300
    assert set(failures) == ({address} if address else set())
    assert says in failures.get(address or "", "")


def test_so_it_is_for_an_endpoint_of_any_mind() -> None:
    spoken = tolerant(by_chance(1))
    assert found(spoken, spoken)[0] == {}
    failures, requests = found(spoken, replace(spoken, refuses=spoken.refuses ^ {"description/scheme"}))
    assert set(failures) == {"description/scheme"}
    assert requests <= 300
