"""What a dialect's page shows: the dialect in the words of the reports, which know nothing of VPNs."""

from __future__ import annotations

from collections.abc import Mapping

from pbr_conformance.conformance.learn.dialect_writer import UNSEEN
from pbr_conformance.conformance.learn.learned_dialect import Evidence, LearnedDialect, Ruling
from pbr_conformance.conformance.learn.words import WORDS
from pbr_conformance.reports.views.dialect_html import Decided, DialectPage, OrderedPair, ShownEvidence, UnorderedPairs


def page_of(pins: LearnedDialect) -> DialectPage:
    """The page of a dialect."""
    order = [name for name in pins.precedence() if any(name in (edge.first, *edge.then) for edge in pins.order)]
    return DialectPage(
        pins.name,
        _facts(pins),
        tuple(_decided(name, ruling) for name, ruling in pins.rulings.items()),
        tuple(order),
        tuple(OrderedPair(edge.first, then, edge.evidence) for edge in pins.order for then in edge.then),
        tuple((name, tuple(sorted(pins.beats.get(name, ())))) for name in order),
        tuple(pins.messages.items()),
        tuple(UnorderedPairs(each.why, each.pairs) for each in pins.undecided),
        tuple(_shown(id, evidence) for id, evidence in pins.evidence.items()),
    )


def _facts(pins: LearnedDialect) -> tuple[tuple[str, str], ...]:
    facts = {
        "Endpoint": pins.target,
        "Learned": pins.date,
        "Documentation": pins.spec,
        "Requests": f"{pins.requests:,}" if pins.requests else "",
        **{f"Token, {name}": value.value for name, value in pins.tokens.items()},
        **{f"Shows {name.replace('_', ' ')}": "yes" if shown else "no" for name, shown in pins.shows.items()},
        "Settles after": "" if pins.settles_after is None else f"{pins.settles_after} ms",
    }
    return tuple((name, value) for name, value in facts.items() if value)


def _decided(name: str, ruling: Ruling) -> Decided:
    return Decided(
        name,
        UNSEEN if ruling.unseen else "" if ruling.decision is None else WORDS[ruling.decision],
        tuple((case, WORDS[refused]) for case, refused in ruling.cases.items()),
        (*ruling.code, *(f"{parameter}: {code}" for parameter, code in ruling.parameters.items())),
        {True: "passes over it", False: "looks at it", None: ""}[ruling.skips],
        ruling.evidence,
    )


def _shown(id: str, evidence: Evidence) -> ShownEvidence:
    caller = "" if evidence.caller == "owner" else f" signed by {evidence.caller}"
    at_once = ", at once, while the gateway is at work" if evidence.at_work else ""
    return ShownEvidence(
        id, tuple(map(_words, evidence.before)), _words(evidence.request) + caller + at_once, evidence.answer
    )


def _words(request: Mapping[str, str]) -> str:
    return " ".join(f"{name}={text}" for name, text in request.items())
