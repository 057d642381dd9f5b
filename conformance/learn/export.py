"""What was learned, as a dialect that can be written: decisions, codes, messages, and the order, with their evidence.

Rules of this file
1. Of the order only those steps are kept from which the rest follows, and each has the answer that showed it.
2. A code or message that names its parameter is kept once, with `<Param>` in the parameter's place.
3. What is in no order says why: it was never met together, it has one and the same answer, or it is in a conflict.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from pbr_conformance.conformance.judge.answer import describe
from pbr_conformance.simulator.documentation.create import error
from pbr_conformance.simulator.rules.conditions import BUSY, BY_ID
from pbr_conformance.simulator.rules.dialect import PRECEDENCE
from pbr_conformance.simulator.rules.oracle import DRY_RUN_PASSED, MISMATCH

from .constraints import Constraints
from .evaluator import AnswerOf
from .learned_dialect import (
    ConditionRule,
    Evidence,
    LearnedDialect,
    MayDecision,
    OrderStep,
    ResponseRules,
    Timing,
    TokenRules,
    Undecided,
    rows_of,
    word_of,
)
from .learning import Learned
from .variants import Askable

_UNASKED: Final = "not asked yet"
_LET_PASS: Final = "one of them is let pass wherever it was met, or another is always answered before it"
_AT_REST: Final = "not determined: gateways are at rest as soon as they have answered, so that none was met at work"
_NEVER_BOTH: Final = "never met together: no request was found that meets both"
_NEVER_AT_WORK: Final = "never met together: such a gateway takes no creation, and is never at work on one"


def export(learned: Learned, askable: Askable, about: LearnedDialect) -> LearnedDialect:
    """The dialect as far as it was learned; `about` has its name, date, target and version of the documentation."""
    known, behaviour = learned.constraints, learned.behaviour
    messages = {MISMATCH: behaviour.mismatch} if behaviour.mismatch else {}
    for seen in known.observations:
        if seen.dry and seen.said.code is None and seen.said.message:
            messages[DRY_RUN_PASSED] = seen.said.message
    rules = {name: _rule(known, name, messages) for name in PRECEDENCE}
    dialect = replace(
        about,
        requests=learned.requests.total(),
        conditions={name: rule for name, rule in rules.items() if rule != ConditionRule()},
        order=tuple(_steps(known)),
        messages=dict(sorted(messages.items())),
        tokens=TokenRules(**behaviour.tokens),
        response=ResponseRules(**behaviour.response),
        timing=Timing(**behaviour.timing),
        undecided=tuple(_undecided(learned, askable)),
    )
    used = {step.evidence for step in dialect.order}.union(*(rule.evidence for rule in rules.values()))
    used.update(*(each.evidence for each in dialect.undecided))
    return replace(dialect, evidence={id: _evidence(learned, id) for id in learned.asked if id in used})


def _evidence(learned: Learned, id: str) -> Evidence:
    question, answer = learned.asked[id]
    before = tuple(dict(request.parameters) for request in question.before)
    last = question.last
    return Evidence(before, dict(last.parameters), describe(answer), last.caller, question.at_work)


# --- Conditions ---------------------------------------------------------------------------------------------


def _rule(known: Constraints, name: str, messages: dict[str, str]) -> ConditionRule:
    cases = {case: word_of(refused) for (each, case), refused in known.decided.items() if each == name}
    usual = _usual(name, cases)
    if usual is not None:
        cases = {case: decision for case, decision in cases.items() if case and decision != usual}
    skips = known.skips(name)
    answers = [(met, said) for met, said in known.answers.items() if met[0] == name]
    code, parameters = (_documented if rows_of(name) else _any)(name, answers, messages)
    return ConditionRule(
        usual or ("unseen" if _is_met(known, name, dry=False) else None),
        cases,
        code,
        parameters,
        ("unseen" if _is_met(known, name, dry=True) else None) if skips is None else "skips" if skips else "looks",
        tuple(sorted(known.because.get(name, {}), key=lambda id: int(id[1:]))),
    )


def _usual(name: str, cases: dict[str, MayDecision]) -> MayDecision | None:
    """What holds for most cases; None where some are not known."""
    if "" in cases:
        return cases[""]
    if len(cases) < len(BY_ID[name].cases) or not cases:
        return None
    return Counter(cases.values()).most_common(1)[0][0]


def _is_met(known: Constraints, name: str, dry: bool) -> bool:
    """Whether it was met where it need not be refused: as a MAY, or by a dry run that may pass over it.

    What was met so and never answered is let pass, or something else always comes first.
    """
    seen = (met for each in known.observations if each.dry or not dry for met in each.met if met.name == name)
    return any(met.skippable if dry else not met.must for met in seen)


_Answers = list[tuple[tuple[str, tuple[str, ...], str], AnswerOf]]


def _documented(name: str, answers: _Answers, messages: dict[str, str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """The rows that answer a condition, those first that fewer cases have."""
    chosen: dict[str, None] = {}
    for (_, rows, _), said in sorted(answers, key=lambda each: -len(each[0][1])):
        same = [row for row in rows if error(row).code == said.code]
        row = next((row for row in same if error(row).message == said.message), same[0] if same else None)
        if row is not None:
            chosen[row] = None
            key = row if messages.get(row, said.message) == said.message else name
            messages[key] = str(said.message)
    return tuple(chosen), {}


def _any(name: str, answers: _Answers, messages: dict[str, str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """The code of a condition that any may answer: most parameters', and those that have another."""
    codes = {parameter: _general(str(said.code), parameter) for (_, _, parameter), said in answers}
    texts = {parameter: _general(str(said.message), parameter) for (_, _, parameter), said in answers}
    if not codes:
        return (), {}
    code, text = (Counter(each.values()).most_common(1)[0][0] for each in (codes, texts))
    messages |= {name: text, **{f"{name}: {parameter}": own for parameter, own in texts.items() if own != text}}
    return (code,), {each: own.replace("<Param>", each) for each, own in codes.items() if own != code}


def _general(text: str, parameter: str) -> str:
    return text.replace(parameter, "<Param>") if parameter else text


# --- Order --------------------------------------------------------------------------------------------------


def _steps(known: Constraints) -> Iterator[OrderStep]:
    """The steps of the order from which the rest follows."""
    beats = known.beats
    for name in sorted(known.before, key=lambda name: -len(beats.get(name, ()))):
        by_answer: dict[str, list[str]] = {}
        for other, id in known.before[name].items():
            if not any(other in beats.get(each, ()) for each in beats[name] if each != other):
                by_answer.setdefault(id, []).append(other)
        yield from (OrderStep(name, tuple(sorted(others)), id) for id, others in by_answer.items())


def _undecided(learned: Learned, askable: Askable) -> Iterator[Undecided]:
    for each in learned.constraints.conflicts:
        seen = tuple(id for id in (each.now, each.earlier) if id)
        kind = "depends on the state" if each.earlier else "a cycle"
        why = f"{each.first} was answered before {each.then}, and after it: {kind}"
        yield Undecided(why, ((each.first, each.then),), seen)
    reasons: dict[str, list[tuple[str, str]]] = {}
    for one, other in sorted((min(pair), max(pair)) for pair in askable.possible):
        reasons.setdefault(_why(learned, one, other), []).append((one, other))
    for name in PRECEDENCE:
        reasons.setdefault(_why_not_busy(learned, name), []).append((BUSY, name))
    for pair, why in askable.impossible:
        reasons.setdefault(f"never met together: {why}", []).append(pair)
    apart = {_NEVER_AT_WORK, _NEVER_BOTH, *(f"never met together: {why}" for _, why in askable.impossible)}
    yield from (Undecided(why, tuple(pairs), apart=why in apart) for why, pairs in reasons.items() if why)


def _why_not_busy(learned: Learned, other: str) -> str:
    """Why a condition and a gateway at work are in no order; empty where they are in one, or it is let pass."""
    known = learned.constraints
    refused = known.decision(BUSY, "")
    if other == BUSY or refused is False:
        return ""
    if learned.behaviour.timing.get("settles_after") == 0:
        return _AT_REST
    if refused is None:
        return _UNASKED
    if other in learned.met_at_work:
        return _why(learned, BUSY, other)
    if any(name == other for name, _, _ in known.answers):
        return _NEVER_AT_WORK
    met = any(met.name == other for seen in known.observations for met in seen.met)
    return _LET_PASS if met else _NEVER_BOTH


def _why(learned: Learned, one: str, other: str) -> str:
    """Why a pair that can be met together is in no order; empty where it is in one, or in a conflict."""
    known = learned.constraints
    if known.is_ordered(one, other) or any({each.first, each.then} == {one, other} for each in known.conflicts):
        return ""
    said = [{said for (name, _, _), said in known.answers.items() if name == each} for each in (one, other)]
    if said[0] & said[1]:
        return "answered alike: cannot be told apart"
    if not all(said):
        return _LET_PASS
    return (
        "never refused together, or something else that comes with them is answered" if learned.complete else _UNASKED
    )
