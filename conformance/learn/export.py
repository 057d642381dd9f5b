"""What was learned, as a dialect that can be written: decisions, codes, messages, and the order, with their evidence.

Rules of this file
1. Of the order only those steps are kept from which the rest follows, and each has the answer that showed it.
2. A code or message that names its parameter is kept once, with `<Param>` in the parameter's place.
3. What is in no order says why: it was never met together, it has one and the same answer, or it is in a conflict.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from pbr_conformance.conformance.judge.answer import describe
from pbr_conformance.simulator.documentation.create import error
from pbr_conformance.simulator.rules.conditions import BUSY, BY_ID
from pbr_conformance.simulator.rules.dialect import PRECEDENCE
from pbr_conformance.simulator.rules.oracle import DRY_RUN_PASSED, MISMATCH

from .constraints import AnswerOf, Knowledge, known_cases
from .learned_dialect import Edge, Evidence, LearnedDialect, Ruling, Undecided, rows_of
from .learning import Learned
from .variants import Askable

UNASKED: Final = "not asked yet"
LET_PASS: Final = "one of them is let pass wherever it was met, or another is always answered before it"
AT_REST: Final = "not determined: gateways are at rest as soon as they have answered, so that none was met at work"
NEVER_BOTH: Final = "never met together: no request was found that meets both"
NEVER_AT_WORK: Final = "never met together: such a gateway takes no creation, and is never at work on one"
Answers = list[tuple[tuple[str, ...], str, AnswerOf]]


def findings(learned: Learned, askable: Askable, about: LearnedDialect) -> LearnedDialect:
    """The dialect as far as it was learned; `about` has its name, date, target and version of the documentation."""
    knowledge, customs = learned.knowledge, learned.customs
    messages: dict[str, str] = {}
    rulings = {}
    for name in PRECEDENCE:
        ruling = _ruling(knowledge, name, messages)
        if ruling != Ruling():
            rulings[name] = ruling
    messages |= _other_messages(learned)
    order = tuple(_edges(knowledge))
    undecided = tuple(_undecided(learned, askable))
    used = {id for ruling in rulings.values() for id in ruling.evidence} | {edge.evidence for edge in order}
    used |= {id for each in undecided for id in each.evidence}
    return LearnedDialect(
        about.name,
        about.date,
        about.target,
        about.spec,
        sum(learned.requests.values()),
        rulings,
        order,
        dict(sorted(messages.items())),
        customs.tokens,
        customs.shows,
        customs.settles_after,
        customs.lists_at_once,
        undecided,
        {id: _evidence(learned, id) for id in learned.asked if id in used},
    )


def _evidence(learned: Learned, id: str) -> Evidence:
    question, answer = learned.asked[id]
    last = question.last
    before = tuple(dict(request.parameters) for request in question.before)
    return Evidence(before, dict(last.parameters), describe(answer), last.caller, question.at_work)


# --- Conditions ---------------------------------------------------------------------------------------------


def _ruling(knowledge: Knowledge, name: str, messages: dict[str, str]) -> Ruling:
    decision, cases = _decisions(knowledge, name)
    skips = knowledge.skips.get(name)
    unseen = decision is None and _is_met(knowledge, name, dry=False)
    unseen_dry = skips is None and _is_met(knowledge, name, dry=True)
    answers: Answers = [
        (rows, parameter, said) for (each, rows, parameter), said in knowledge.answers.items() if each == name
    ]
    documented = bool(rows_of(name))
    code, parameters = (_documented if documented else _any)(name, answers, messages)
    evidence = knowledge.because.get(name, {})
    seen = tuple(sorted(evidence, key=_number))
    return Ruling(decision, cases, code, parameters, skips, seen, unseen, unseen_dry)


def _number(id: str) -> int:
    return int(id[1:])


def _decisions(knowledge: Knowledge, name: str) -> tuple[bool | None, dict[str, bool]]:
    """What holds for most cases, and the others; or each known case, where some are not known."""
    cases = dict(known_cases(knowledge, name))
    if "" in cases:
        return cases[""], {}
    if len(cases) < len(BY_ID[name].cases) or not cases:
        return None, cases
    usual = Counter(cases.values()).most_common(1)[0][0]
    return usual, {case: refused for case, refused in cases.items() if refused != usual}


def _is_met(knowledge: Knowledge, name: str, dry: bool) -> bool:
    """Whether it was met where it need not be refused: as a MAY, or by a dry run that may pass over it.

    What was met so and never answered is let pass, or something else always comes first.
    """
    seen = (met for each in knowledge.observations if each.dry or not dry for met in each.met if met.name == name)
    return any(met.skippable if dry else not met.must for met in seen)


def _documented(name: str, answers: Answers, messages: dict[str, str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """The rows that answer a condition, those first that fewer cases have."""
    chosen: dict[str, None] = {}
    for rows, _, said in sorted(answers, key=lambda each: -len(each[0])):
        known = [row for row in rows if error(row).code == said.code]
        row = next((row for row in known if error(row).message == said.message), known[0] if known else None)
        if row is not None:
            chosen[row] = None
            key = row if messages.get(row, said.message) == said.message else name
            messages[key] = said.message
    return tuple(chosen), {}


def _any(name: str, answers: Answers, messages: dict[str, str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """The code of a condition that any may answer: most parameters', and those that have another."""
    codes = {parameter: _general(str(said.code), parameter) for _, parameter, said in answers}
    texts = {parameter: _general(said.message, parameter) for _, parameter, said in answers}
    if not codes:
        return (), {}
    usual = Counter(codes.values()).most_common(1)[0][0]
    text = Counter(texts.values()).most_common(1)[0][0]
    messages[name] = text
    messages |= {f"{name}: {parameter}": own for parameter, own in texts.items() if own != text}
    return (usual,), {
        parameter: code.replace("<Param>", parameter) for parameter, code in codes.items() if code != usual
    }


def _general(text: str, parameter: str) -> str:
    return text.replace(parameter, "<Param>") if parameter else text


def _other_messages(learned: Learned) -> Mapping[str, str]:
    found = {}
    for observation in learned.knowledge.observations:
        if observation.dry and observation.said.code is None and observation.said.message:
            found[DRY_RUN_PASSED] = observation.said.message
    return found | ({MISMATCH: learned.customs.mismatch} if learned.customs.mismatch else {})


# --- Order --------------------------------------------------------------------------------------------------


def _edges(knowledge: Knowledge) -> Iterator[Edge]:
    """The steps of the order from which the rest follows."""
    later = knowledge.later
    for name in sorted(knowledge.before, key=lambda name: -len(later.get(name, ()))):
        by_answer: dict[str, list[str]] = {}
        for other, id in knowledge.before[name].items():
            between = any(other in later.get(each, ()) for each in later[name] if each != other)
            if not between:
                by_answer.setdefault(id, []).append(other)
        yield from (Edge(name, tuple(sorted(others)), id) for id, others in by_answer.items())


def _undecided(learned: Learned, askable: Askable) -> Iterator[Undecided]:
    knowledge = learned.knowledge
    for conflict in knowledge.conflicts:
        seen = tuple(id for id in (conflict.now, conflict.earlier) if id)
        circle = "depends on the state" if conflict.earlier else "a cycle"
        yield Undecided(f"{conflict.first} was answered before {conflict.then}, and after it: {circle}",
                        ((conflict.first, conflict.then),), seen)  # fmt: skip
    reasons: dict[str, list[tuple[str, str]]] = {}
    for pair in sorted(tuple(sorted(pair)) for pair in askable.possible):
        why = _why(learned, (pair[0], pair[1]))
        if why:
            reasons.setdefault(why, []).append((pair[0], pair[1]))
    for other in PRECEDENCE:
        why = _why_not_busy(learned, other)
        if why:
            reasons.setdefault(why, []).append((BUSY, other))
    for pair, why in askable.impossible:
        reasons.setdefault(f"never met together: {why}", []).append(pair)
    apart = {NEVER_AT_WORK, NEVER_BOTH, *(f"never met together: {why}" for _, why in askable.impossible)}
    yield from (Undecided(why, tuple(pairs), apart=why in apart) for why, pairs in reasons.items())


def _why_not_busy(learned: Learned, other: str) -> str:
    """Why a condition and a gateway at work are in no order; empty where they are in one, or it is let pass."""
    knowledge, settles_after = learned.knowledge, learned.customs.settles_after
    if other == BUSY or knowledge.decided.get((BUSY, "")) is False:
        return ""
    if settles_after == 0:
        return AT_REST
    if (BUSY, "") not in knowledge.decided:
        return UNASKED
    if other in learned.beside_busy:
        return _why(learned, (BUSY, other))
    if any(name == other for name, _, _ in knowledge.answers):
        return NEVER_AT_WORK
    met = any(met.name == other for seen in knowledge.observations for met in seen.met)
    return LET_PASS if met else NEVER_BOTH


def _why(learned: Learned, pair: tuple[str, str]) -> str:
    """Why a pair that can be met together is in no order; empty where it is in one."""
    knowledge, (one, other) = learned.knowledge, pair
    if other in knowledge.later.get(one, ()) or one in knowledge.later.get(other, ()):
        return ""
    said = [{said for (name, _, _), said in knowledge.answers.items() if name == each} for each in pair]
    if any({conflict.first, conflict.then} == set(pair) for conflict in knowledge.conflicts):
        return ""
    if said[0] & said[1]:
        return "answered alike: cannot be told apart"
    if not said[0] or not said[1]:
        return LET_PASS
    return "never refused together, or something else that comes with them is answered" if learned.complete else UNASKED
