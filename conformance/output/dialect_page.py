"""The page of a dialect: the dialect in the words of the reports, which know nothing of VPNs."""

from __future__ import annotations

from collections.abc import Mapping

from pbr_conformance.conformance.learn.learned_dialect import TOKEN_USES, ConditionRule, Evidence, LearnedDialect, known
from pbr_conformance.conformance.learn.words import where_open
from pbr_conformance.reports.views.dialect_html import Decided, DialectPage, OrderedPair, ShownEvidence, UnorderedPairs


def page_of(pins: LearnedDialect) -> DialectPage:
    """The page of a dialect."""
    order = [name for name in pins.precedence() if any(name in (step.first, *step.then) for step in pins.order)]
    return DialectPage(
        pins.name,
        _facts(pins),
        tuple(_decided(name, rule) for name, rule in pins.conditions.items()),
        tuple(order),
        tuple(OrderedPair(step.first, then, step.evidence) for step in pins.order for then in step.then),
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
        **{f"Token, {name}": TOKEN_USES[word].value for name, word in known(pins.tokens).items()},
        **{f"Shows {name.replace('_', ' ')}": "yes" if shown else "no" for name, shown in known(pins.response).items()},
        "Settles after": "" if pins.timing.settles_after is None else f"{pins.timing.settles_after} ms",
    }
    return tuple((name, value) for name, value in facts.items() if value)


def _decided(name: str, rule: ConditionRule) -> Decided:
    return Decided(
        name,
        rule.decision + where_open(name) if rule.decision else "",
        tuple(rule.cases.items()),
        (*rule.code, *(f"{parameter}: {code}" for parameter, code in rule.parameters.items())),
        {"skips": "passes over it", "looks": "looks at it"}.get(rule.dry_run or "", ""),
        rule.evidence,
    )


def _shown(id: str, evidence: Evidence) -> ShownEvidence:
    caller = "" if evidence.caller == "owner" else f" signed by {evidence.caller}"
    at_once = ", at once, while the gateway is at work" if evidence.at_work else ""
    return ShownEvidence(
        id, tuple(map(_words, evidence.before)), _words(evidence.request) + caller + at_once, evidence.answer
    )


def _words(request: Mapping[str, str]) -> str:
    return " ".join(f"{name}={text}" for name, text in request.items())
