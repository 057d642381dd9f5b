"""report.json, format 1: a report as a JSON document, and back.

Rules of this file
1. One writer and one reader for each class, in the order of results.py; keys are written in the order they stand here.
2. What follows from the rest (`verdict`, `exit`, a check's `chapter`) is written for scripts, never believed when read.
3. The keys docs promise are required when read; what this version writes besides has a default.
"""

from __future__ import annotations

from typing import Any, Final

from .document import Node, wrong
from .known import baseline_from_json, baseline_to_json
from .opinions import opinions_from_json, opinions_to_json
from .picture import picture_from_json, picture_to_json
from .results import (
    USUAL_CALLER,
    CheckResult,
    ClauseResult,
    Combinations,
    Exchange,
    Failure,
    Missed,
    NotMet,
    Observation,
    Outcome,
    Report,
    Reproduction,
    Sensitivity,
    StateReached,
    Verdict,
)
from .traffic_document import traffic_from_json, traffic_to_json

FORMAT: Final = 1
TOOL: Final = "pbr-conformance"
VERDICTS: Final = {verdict.value: verdict for verdict in Verdict}


def to_json(report: Report) -> dict[str, Any]:
    """The document of a report: only dict, list, str, int, float, bool and None."""
    return {
        "format": FORMAT,
        "verdict": report.verdict.value,
        "exit": report.exit_status,
        "interrupted": report.interrupted,
        "tool": {"name": TOOL, "version": report.version},
        "target": {"url": report.target_url, "name": report.target_name},
        "subject": report.subject,
        "spec": report.spec,
        "seed": report.seed,
        "started": report.started,
        "seconds": report.seconds,
        "requests": report.requests,
        "examples": report.examples,
        "reproduce": report.reproduce,
        "checks": [_check(check) for check in report.checks],
        "clauses": [_clause(clause) for clause in report.clauses],
        "combinations": _combinations(report.combinations),
        "sensitivity": _sensitivity(report.sensitivity),
        "opinions": opinions_to_json(report.opinions),
        "baseline": baseline_to_json(report.baseline),
        "traffic": None if report.traffic is None else traffic_to_json(report.traffic),
    }


def from_json(data: object) -> Report:
    """The report of a document; raises ValueError ("checks[3].verdict: 'GREAT', expected one of ...")."""
    node = Node.of("report", data)
    if node.whole("format") != FORMAT:
        wrong("format", node.whole("format"), f"{FORMAT}, the only one this version reads")
    return Report(
        version=node.node("tool").text("version"),
        target_name=node.node("target").text("name"),
        target_url=node.node("target").optional_text("url"),
        spec=node.text("spec"),
        seed=node.whole("seed"),
        started=node.text("started"),
        seconds=node.number("seconds"),
        requests=node.whole("requests"),
        examples=node.whole("examples"),
        reproduce=node.text("reproduce"),
        interrupted=node.flag("interrupted", False),
        checks=tuple(_read_check(item) for item in node.nodes("checks")),
        clauses=tuple(_read_clause(item) for item in node.nodes("clauses")),
        subject=node.text("subject", ""),
        combinations=_read_combinations(node),
        sensitivity=_read_sensitivity(node),
        opinions=opinions_from_json(node),
        baseline=baseline_from_json(node),
        traffic=traffic_from_json(node.node("traffic")) if node.members.get("traffic") is not None else None,
    )


def _sensitivity(found: Sensitivity | None) -> dict[str, Any] | None:
    if found is None:
        return None
    missed = [{"name": each.name, "wrong": each.wrong, "address": each.address} for each in found.missed]
    return {"known": found.known, "caught": found.caught, "missed": missed}


def _read_sensitivity(report: Node) -> Sensitivity | None:
    if report.members.get("sensitivity") is None:
        return None
    node = report.node("sensitivity")
    missed = (Missed(each.text("name"), each.text("wrong"), each.text("address")) for each in node.nodes("missed"))
    return Sensitivity(node.whole("known"), tuple(missed))


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {"what": outcome.what, "because": list(outcome.because)}


def _read_outcome(node: Node) -> Outcome:
    return Outcome(what=node.text("what"), because=node.texts("because", ()))


def _exchange(exchange: Exchange) -> dict[str, Any]:
    return {
        "action": exchange.action,
        "caller": exchange.caller,
        "brief": exchange.brief,
        "parameters": dict(exchange.parameters),
        "status": exchange.status,
        "answer": exchange.answer,
        "note": exchange.note,
        "allowed": [_outcome(outcome) for outcome in exchange.allowed],
        "broken": list(exchange.broken),
        "at_fault": exchange.at_fault,
        "started": exchange.started,
        "ended": exchange.ended,
        "matters": list(exchange.matters),
    }


def _read_exchange(node: Node) -> Exchange:
    return Exchange(
        action=node.text("action"),
        caller=node.text("caller", USUAL_CALLER),
        parameters=node.named_texts("parameters"),
        status=None if node.members.get("status") is None else node.whole("status"),
        answer=node.text("answer", ""),
        note=node.text("note", ""),
        allowed=tuple(_read_outcome(item) for item in node.nodes("allowed", ())),
        broken=node.texts("broken", ()),
        at_fault=node.flag("at_fault", False),
        brief=node.text("brief", ""),
        started=node.optional_number("started"),
        ended=node.optional_number("ended"),
        matters=node.texts("matters", ()),
    )


def failure_to_json(failure: Failure) -> dict[str, Any]:
    """One failure, as it stands in the document of a report."""
    return {
        "title": failure.title,
        "contradicts": failure.contradicts,
        "rule": failure.rule,
        "expected": list(failure.expected),
        "observed": failure.observed,
        "sequence": [_exchange(exchange) for exchange in failure.sequence],
        "transcript": failure.transcript,
        "flaky": failure.flaky,
        "proof": failure.proof,
        "again": failure.again,
        "reproductions": {each.form: {"path": each.path, "text": each.text} for each in failure.reproductions},
        "cause": failure.cause,
        "picture": None if failure.picture is None else picture_to_json(failure.picture),
        "recorded": failure.recorded,
        "known": failure.known,
    }


def _read_failure(node: Node) -> Failure:
    return Failure(
        title=node.text("title"),
        contradicts=node.text("contradicts", ""),
        rule=node.text("rule", ""),
        expected=node.texts("expected"),
        observed=node.text("observed"),
        sequence=tuple(_read_exchange(item) for item in node.nodes("sequence", ())),
        transcript=node.text("transcript"),
        flaky=node.flag("flaky", False),
        proof=node.text("proof", ""),
        again=node.text("again", ""),
        reproductions=_read_reproductions(node.node("reproductions", {})),
        cause=node.text("cause", ""),
        picture=None if node.members.get("picture") is None else picture_from_json(node.node("picture")),
        recorded=node.text("recorded", ""),
        known=node.text("known", ""),
    )


def _read_reproductions(node: Node) -> tuple[Reproduction, ...]:
    forms = ((form, node.node(form)) for form in node.members)
    return tuple(Reproduction(form, each.text("path"), each.text("text")) for form, each in forms)


def _observation(observation: Observation) -> dict[str, Any]:
    return {"what": observation.what, "value": observation.value, "count": observation.count}


def _read_observation(node: Node) -> Observation:
    return Observation(what=node.text("what"), value=node.text("value"), count=node.whole("count", 1))


def _check(check: CheckResult) -> dict[str, Any]:
    return {
        "address": check.address,
        "chapter": check.chapter,
        "title": check.title,
        "strength": check.strength,
        "clauses": list(check.clauses),
        "verdict": check.verdict.value,
        "seconds": check.seconds,
        "requests": check.requests,
        "examples": check.examples,
        "broken": check.broken,
        "nearly": check.nearly,
        "states": [{"name": s.name, "times": s.times, "missing": s.missing} for s in check.states],
        "codes": list(check.codes),
        "reason": check.reason,
        "failures": [failure_to_json(failure) for failure in check.failures],
        "observations": [_observation(observation) for observation in check.observations],
    }


def _read_check(node: Node) -> CheckResult:
    return CheckResult(
        address=node.text("address"),
        title=node.text("title", node.text("address")),
        strength=node.text("strength"),
        clauses=node.texts("clauses"),
        verdict=node.choice("verdict", VERDICTS),
        reason=node.text("reason", ""),
        seconds=node.number("seconds"),
        requests=node.whole("requests"),
        examples=node.whole("examples"),
        broken=node.whole("broken", 0),
        failures=tuple(_read_failure(item) for item in node.nodes("failures")),
        observations=tuple(_read_observation(item) for item in node.nodes("observations")),
        nearly=node.whole("nearly", 0),
        states=tuple(_read_state(item) for item in node.nodes("states", ())),
        codes=node.texts("codes", ()),
    )


def _read_state(node: Node) -> StateReached:
    return StateReached(node.text("name"), node.whole("times"), node.text("missing", ""))


def _clause(clause: ClauseResult) -> dict[str, Any]:
    return {
        "id": clause.id,
        "chapter": clause.chapter,
        "text": clause.text,
        "source": clause.source,
        "checks": list(clause.checks),
        "verdict": clause.verdict.value,
        "note": clause.note,
        "strength": clause.strength,
        "codes": list(clause.codes),
        "needs": list(clause.needs),
    }


def _read_clause(node: Node) -> ClauseResult:
    return ClauseResult(
        id=node.text("id"),
        chapter=node.text("chapter", node.text("id").partition("/")[0]),
        text=node.text("text", ""),
        source=node.text("source", ""),
        checks=node.texts("checks"),
        verdict=node.choice("verdict", VERDICTS),
        note=node.text("note", ""),
        strength=node.text("strength", ""),
        codes=node.texts("codes", ()),
        needs=node.texts("needs", ()),
    )


Pairs = tuple[tuple[str, str], ...]


def _combinations(found: Combinations) -> dict[str, Any]:
    impossible = [{"one": each.pair[0], "other": each.pair[1], "because": each.because} for each in found.impossible]
    return {
        "possible": found.possible,
        "exercised": _grouped(found.exercised),
        "missed": _grouped(found.missed),
        "impossible": impossible,
    }


def _grouped(pairs: Pairs) -> dict[str, list[str]]:
    """The second features by the first."""
    groups: dict[str, list[str]] = {}
    for one, other in pairs:
        groups.setdefault(one, []).append(other)
    return groups


def _read_combinations(report: Node) -> Combinations:
    if "combinations" not in report.members:
        return Combinations()
    node = report.node("combinations")
    impossible = (
        NotMet((item.text("one"), item.text("other")), item.text("because")) for item in node.nodes("impossible", ())
    )
    return Combinations(_read_pairs(node, "exercised"), _read_pairs(node, "missed"), tuple(impossible))


def _read_pairs(node: Node, key: str) -> Pairs:
    groups = node.node(key)
    return tuple((one, other) for one in groups.members for other in groups.texts(one))
