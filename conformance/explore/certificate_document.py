"""The certificate of an exhaustive search, a JSON document: written when it ends or is broken off, and in between.

Rules of this file
1. A search resumes, and two certificates have the same hash, only where the whole `CertificateSubject` is the same.
2. A certificate of a search that is not done says where the units are from which it resumes.
3. What contradicts the documentation is a FAIL, unless the suite turned out to be at fault: then it is not judged.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from typing import Annotated, Any, Final

from pydantic import Field, TypeAdapter

from pbr_conformance.conformance.engine.verdict import Examined
from pbr_conformance.conformance.learn.dialect_writer import dump
from pbr_conformance.conformance.learn.learned_dialect import LearnedDialect
from pbr_conformance.reports.data.serialize import read as read_report_part
from pbr_conformance.reports.data.serialize import to_json as report_to_json
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.strategies.small_scope import Scope

from .exhaust import Search, Searched
from .found import SearchCounts
from .frontier import ScopeResult
from .uncovered import uncovered

CERTIFICATE_FORMAT: Final = 2
CERTIFICATE_KIND: Final = "exhaust"
_COVERED: Final[Mapping[str, str]] = {
    "account": "each request once in each state: the endpoint's whole account, so every history is covered",
    "shown": "each request once in each state that the answers imply: an endpoint may remember what it does not show",
    "histories": "every history was sent, but for those that differ in names alone",
}
_NOT_COVERED: Final = (
    "pauses, and how long ago something was: after each change the gateway is waited for, and the next request is sent",
    "requests that are sent at the same time",
    "histories that mix the vocabularies of two scopes",
    "values that are not in the universe, beyond what is in the same relation to the others",
    "the siblings: deletions and lists are used, not judged, and deletions of what is not there are not sent",
)


@dataclass(frozen=True, kw_only=True)
class CertificateSubject:
    """What a certificate stands for."""

    tool: dict[str, str]
    spec: str
    strict_messages: bool
    dialect: dict[str, str] | None
    depth: int
    endpoint: str
    target: str
    covered: str
    universe: str


@dataclass(frozen=True, kw_only=True)
class CertificateScope:
    """What a certificate says of one scope."""

    name: str
    varies: str
    gateways: tuple[str, ...]
    before: int
    creations: int
    deletions: int
    done: bool
    histories: tuple[int, ...] | None
    states: int
    judged: int
    requests: int
    failing: int
    hash: str


@dataclass(frozen=True, kw_only=True)
class SearchProgress:
    """Where the units are that a search has done, from which it resumes."""

    units: str


@dataclass(frozen=True, kw_only=True)
class Certificate(CertificateSubject):
    """The whole document. Where something failed or was not judged, histories are not counted."""

    format: int
    kind: str
    verdict: str
    exit: int
    complete: bool
    stopped: str
    hash: str
    seconds: float
    histories: int | None
    judged: int
    states: int
    requests: int
    outcomes: dict[str, int]
    conditions: dict[str, int]
    pairs: dict[str, int]
    missed: list[dict[str, str]]
    failing: int
    failures: list[dict[str, Any]]
    inconclusive: Annotated[dict[str, int], Field(alias="unjudged")]
    not_covered: tuple[str, ...]
    scopes: tuple[CertificateScope, ...]
    progress: SearchProgress | None


_CERTIFICATE_ADAPTER: Final = TypeAdapter(Certificate)


def verdict(searched: Searched, examined: Sequence[Examined] | None = None) -> str:
    """Return FAIL, INCOMPLETE (broken off, or something could not be judged) or PASS.

    `examined` is the examination of what failed; None where that was not tried.
    """
    failing = any(result.failing for result in searched.results.values())
    if failing and (examined is None or any(each.result.failures for each in examined)):
        return "FAIL"
    whole = not searched.stopped and not any(result.inconclusive for result in searched.results.values())
    return "PASS" if whole and searched.results and not failing else "INCOMPLETE"


def exit_status(searched: Searched, examined: Sequence[Examined] | None = None) -> int:
    """Return 130 where it was interrupted, 1 where something fails, 3 (or 2) where not all was judged, else 0."""
    if searched.interrupted:
        return 130
    unfinished = searched.status if searched.stopped else 3
    return {"FAIL": 1, "INCOMPLETE": unfinished, "PASS": 0}[verdict(searched, examined)]


def certificate(
    plan: Search, searched: Searched, examined: Sequence[Examined] | None = None, units: str = ""
) -> Certificate:
    """Return the certificate. `examined`: see `verdict`. `units` is where the units are kept, if they are."""
    results = list(searched.results.values())
    whole = not searched.stopped
    total = SearchCounts(inconclusive=_disowned(examined or ()))
    for result in results:
        total.add(result)
    counted = whole and not any(result.failing or result.inconclusive for result in results)
    met = {"conditions": total.conditions, "pairs": total.pairs}
    missed = uncovered(plan.connection.target, plan.terms.spec, plan.depth, **met) if whole else []
    failures = ((each.result.address, failure) for each in examined or () for failure in each.result.failures)
    return Certificate(
        **vars(subject_of(plan)),
        format=CERTIFICATE_FORMAT,
        kind=CERTIFICATE_KIND,
        verdict=verdict(searched, examined),
        exit=exit_status(searched, examined),
        complete=whole,
        stopped=searched.stopped,
        hash=_total_hash(plan, searched),
        seconds=round(searched.seconds, 1),
        histories=sum(sum(result.histories) for result in results) if counted else None,
        judged=total.judged,
        states=sum(len(result.frontier.states) for result in results),
        requests=total.requests,
        outcomes=dict(sorted(total.outcomes.items(), key=lambda each: (-each[1], each[0]))),
        conditions=dict(sorted(total.conditions.items())),
        pairs=dict(sorted(total.pairs.items())),
        missed=missed,
        failing=total.failing,
        failures=[{"address": address, **report_to_json(failure)} for address, failure in failures],
        inconclusive=dict(sorted(total.inconclusive.items())),
        not_covered=_NOT_COVERED,
        scopes=tuple(_scope(scope, searched.results.get(scope.name), counted) for scope in plan.scopes()),
        progress=None if whole or not units or not total.requests else SearchProgress(units=units),
    )


def to_json(written: Certificate) -> dict[str, Any]:
    """Return a certificate as JSON has it."""
    found: dict[str, Any] = _CERTIFICATE_ADAPTER.dump_python(written, mode="json", by_alias=True)
    return found


def from_json(document: object) -> Certificate:
    """Return the certificate of a document. Raises ValueError with what is wrong with it."""
    found: Certificate = read_report_part(Certificate, document)
    if found.format != CERTIFICATE_FORMAT:
        raise ValueError(f"format: {found.format}, expected {CERTIFICATE_FORMAT}, the only one this version reads")
    return found


def _disowned(examined: Sequence[Examined]) -> Counter[str]:
    """Why something that seemed to fail is no failure."""
    return Counter(f"{each.result.address}: {each.result.reason}" for each in examined if not each.result.failures)


def _scope(scope: Scope, result: ScopeResult | None, counted: bool) -> CertificateScope:
    found = result or ScopeResult(name=scope.name)
    return CertificateScope(
        name=scope.name,
        varies=scope.varies,
        gateways=tuple(scope.gateways),
        before=len(scope.before),
        creations=len(scope.creations),
        deletions=len(scope.deletions),
        done=found.done,
        histories=found.histories if counted else None,
        states=len(found.frontier.states) if result else 0,
        judged=found.judged,
        requests=found.requests,
        failing=found.failing,
        hash=found.frontier.root() if result else "",
    )


# --- What it stands for -------------------------------------------------------------------------------------


def subject_of(plan: Search) -> CertificateSubject:
    """Return what has to be the same for a search to resume."""
    target, terms = plan.connection.target, plan.terms
    merged = "account" if target.endpoint.url is None else "shown"
    return CertificateSubject(
        tool={"name": "pbr-conformance", "version": version("pbr-conformance")},
        spec=terms.spec,
        strict_messages=terms.strict_messages,
        dialect=None if terms.dialect is None else _dialect(terms.dialect),
        depth=plan.depth,
        endpoint=target.endpoint.url or plan.connection.mutant or "the embedded simulator",
        target=target.name,
        covered=_COVERED[merged if plan.merges else "histories"],
        universe=_universe(plan.scopes()),
    )


def _dialect(pins: LearnedDialect) -> dict[str, str]:
    return {"name": pins.name, "date": pins.date, "sha256": sha256(dump(pins).encode()).hexdigest()}


def _universe(scopes: Iterable[Scope]) -> str:
    """The SHA-256 of all that may be sent."""
    found = sha256(b"[")
    for number, scope in enumerate(scopes):
        found.update(f"{', ' if number else ''}[{json.dumps(scope.name)}".encode())
        for request in (*scope.before, None, *scope.requests):
            found.update(f", {json.dumps(_listed(request))}".encode())
        found.update(b"]")
    found.update(b"]")
    return found.hexdigest()


def _listed(request: Request | None) -> object:
    return [request.action, sorted(request.parameters.items()), request.caller] if request else ""


def _total_hash(plan: Search, searched: Searched) -> str:
    """The SHA-256 of what was sent and answered, with the universe, the terms and the depth."""
    roots = [[result.name, result.frontier.root()] for result in searched.results.values()]
    parts = [_universe(plan.scopes()), plan.terms.spec, plan.terms.strict_messages, plan.depth, plan.merges, roots]
    parts += [] if plan.terms.dialect is None else [_dialect(plan.terms.dialect)]
    return sha256(json.dumps(parts).encode()).hexdigest()
