"""Holds an endpoint to the dialect that it is known to have: which of its decisions an answer departs from.

Rules of this file
1. Only what the documentation allows is looked at: what contradicts a MUST is no matter of dialects.
2. What the dialect does not pin stays as it was: nothing departs from what is not known.
3. A departure names the decision that explains the answer, and says since when it held. Where one of several would
   explain it, it names them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from pbr_conformance.conformance.judge.answer import Deviation, describe
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.rules.conditions import DRY_RUN_MAY_PASS
from pbr_conformance.simulator.rules.creation import creation_of
from pbr_conformance.simulator.rules.oracle import DRY_RUN_PASSED, MISMATCH, Allowed, TokenUse

from .evaluator import AnswerOf, Met, Outcomes, codes_of, described
from .learned_dialect import TOKEN_USES, LearnedDialect, known

_USED: Final = {TokenUse.OTHER: "other", TokenUse.RESPELLED: "respelled", TokenUse.DELETED: "deleted"}
_MESSAGE: Final = "answer/message"


@dataclass(frozen=True, slots=True)
class JudgedCreation:
    """A request in an account, and what the documentation allows there."""

    account: Account
    request: Request
    allowed: Allowed


class Departure(NamedTuple):
    """The decision that an answer departs from: the addresses it may belong to, in words, and what showed it."""

    addresses: tuple[str, ...]
    rule: str
    evidence: tuple[str, ...] = ()
    is_of_message: bool = False
    """Whether the answer is the one that is known, in other words."""


def departure(
    pins: LearnedDialect, asked: JudgedCreation, answer: Answer, unsure: frozenset[str] = frozenset()
) -> Deviation | None:
    """How an allowed answer departs from what the dialect pins; None where it does not.

    `unsure`: conditions of which it is not known here whether they are refused.
    """
    found = _departure(pins, asked, answer, unsure)
    if found is None:
        return None
    said = (answer.members or {}).get("Message")
    came = "accepted" if answer.code is None else f"answered with {answer.code}"
    title, shown = f"{found.rule}; now {came}", describe(answer)
    if found.is_of_message:
        title, shown = f"{answer.code} has another message", f"{shown}, {said!r}"
    seen = f" (evidence {', '.join(found.evidence)})" if any(found.evidence) else ""
    rule = f"{found.rule}: dialect {pins.name} of {pins.date}{seen}"
    return Deviation(found.addresses, f"Changed since {pins.date}: {title}", rule, (found.rule,), shown)


def _departure(pins: LearnedDialect, asked: JudgedCreation, answer: Answer, unsure: frozenset[str]) -> Departure | None:
    dry_run = creation_of(asked.request, pins.spec).dry_run is True
    unpinned = asked.allowed.token is TokenUse.ELSEWHERE and answer.code == MISMATCH
    if unpinned or asked.allowed.token is TokenUse.REPLAY:
        return None
    if asked.allowed.token in _USED:
        use = known(pins.tokens).get(_USED[asked.allowed.token])
        if use is None:
            return None
        if use == "mismatch" or (use == "replay" and not dry_run):
            return _of_token(pins, asked, answer, use)
        if answer.code == MISMATCH or (not dry_run and _is_replay(asked, answer)):
            return Departure(("token/open",), "a request with a used token is judged as a new one")
    members = answer.members or {}
    passed = answer.code in (None, DRY_RUN_PASSED)
    message = str(members["Message"]) if "Message" in members else None
    met = described(asked.account, asked.request, pins.spec, asked.allowed.broken)
    said = AnswerOf(None if passed else answer.code, message)
    found = explain(pins, met, dry_run, said, unsure | pins.unasked(asked.request, met))
    if found is None and answer.code is None:
        return _of_success(pins, asked, members)
    return found or (_of_message(pins, DRY_RUN_PASSED, members) if passed else None)


def _of_token(pins: LearnedDialect, asked: JudgedCreation, answer: Answer, use: str) -> Departure | None:
    if answer.code == MISMATCH if use == "mismatch" else _is_replay(asked, answer):
        return _of_message(pins, MISMATCH, answer.members or {}) if answer.code == MISMATCH else None
    decided = TOKEN_USES["mismatch" if use == "mismatch" else "replay"].value
    return Departure(("token/open",), f"a token used before for {asked.allowed.token.value}: {decided}")


def _is_replay(asked: JudgedCreation, answer: Answer) -> bool:
    """Whether the first result came again."""
    binding, created = asked.allowed.binding, (answer.members or {}).get("CreateTime")
    return answer.code is None and binding is not None and created == binding.route.created


def _of_message(pins: LearnedDialect, code: str, members: Mapping[str, object]) -> Departure | None:
    text = pins.messages.get(code)
    if text is None or members.get("Message") == text:
        return None
    return Departure((_MESSAGE,), f"the message of {code} is {text!r}", is_of_message=True)


def _of_success(pins: LearnedDialect, asked: JudgedCreation, members: Mapping[str, object]) -> Departure | None:
    """Whether a success shows what it is known to show."""
    place, rules = asked.account.place(asked.request.get("VpnGatewayId")), known(pins.response)
    if place is None or asked.allowed.broken:
        return None
    for name, shown in _shown(asked.request, place.dual, place.gateway.priority, members):
        if rules.get(name, shown) != shown:
            does = "shows" if rules[name] else "does not show"
            return Departure(("answer/success",), f"a success {does} {_MEMBERS[name]}")
    return None


_MEMBERS: Final[Mapping[str, str]] = {
    "dual_weight": "the weight as it was sent, on a dual-tunnel gateway",
    "unsupported_priority": "a priority, on a gateway without priority support",
    "absent_description": "a Description where none was sent",
}


def _shown(request: Request, dual: bool, priority: bool, members: Mapping[str, object]) -> Iterator[tuple[str, bool]]:
    if dual and creation_of(request).weight != 100:
        yield "dual_weight", members.get("Weight") != 100
    if not priority:
        yield "unsupported_priority", members.get("Priority") is not None
    if not request.get("Description"):
        yield "absent_description", members.get("Description") is not None


# --- What is answered, of what is met -----------------------------------------------------------------------


def explain(
    pins: LearnedDialect, met: tuple[Met, ...], dry_run: bool, said: AnswerOf, unsure: frozenset[str] = frozenset()
) -> Departure | None:
    """Which decision an answer departs from; None where it is one of the outcomes."""
    outcomes = pins.outcomes(met, dry_run, unsure)
    if said.code is None:
        return None if outcomes.success else _let_pass(pins, outcomes, dry_run)
    any_words = AnswerOf(said.code, None)
    winners = [each for each in outcomes.winners if pins.may_answer(each, any_words)]
    if winners:
        answers = [pins.answer(each) for each in winners]
        messages = [None if each is None else each.message for each in answers]
        if None in messages or said.message in messages:
            return None
        return Departure((_MESSAGE,), f"the message of {said.code} is {messages[0]!r}", is_of_message=True)
    if any(not each.errors and not pins.code(each) for each in outcomes.winners):
        return None  # it may have any code
    return _of_code(pins, met, outcomes, dry_run, any_words)


def _let_pass(pins: LearnedDialect, outcomes: Outcomes, dry_run: bool) -> Departure:
    """What is known to be refused was not."""
    first = next(each for each in outcomes.winners if each in outcomes.refused)
    return Departure((first.name,), _of_first(first, dry_run), pins.rule(first.name).evidence)


def _of_first(first: Met, dry_run: bool) -> str:
    """What a dialect decided of a condition that is refused, apart from its place in the order."""
    if dry_run and first.must:
        return f"a dry run looks at {first.name}" if first.name in DRY_RUN_MAY_PASS else ""
    looked_at = ", and a dry run looks at it" if dry_run else ""
    return "" if first.must else f"{first.name} is refused where it is a MAY{looked_at}"


def _of_code(
    pins: LearnedDialect, met: tuple[Met, ...], outcomes: Outcomes, dry_run: bool, said: AnswerOf
) -> Departure | None:
    """The code is that of a condition that is let pass, or comes later, or a condition's own code is another."""
    others = [each for each in met if each not in outcomes.winners and pins.may_answer(each, said)]
    later = [each for each in others if each not in outcomes.accepted]
    if later:
        return _of_order(pins, outcomes, later, dry_run)
    if others:
        return _of_accepted(pins, others, dry_run)
    if not outcomes.winners:
        addresses = tuple(each.name for each in outcomes.accepted) or ("answer/success",)
        return Departure(addresses, "nothing of it is refused")
    known_codes = (({code} if (code := pins.code(each)) else codes_of(each)) for each in outcomes.winners)
    codes = sorted(set[str]().union(*known_codes))
    first = outcomes.winners[0].name
    return Departure((first,), f"{first} is answered with {' or '.join(codes)}", pins.rule(first).evidence)


def _of_accepted(pins: LearnedDialect, accepted: list[Met], dry_run: bool) -> Departure:
    """What is known to be let pass was answered: one of those that may have given the answer."""
    names = tuple(dict.fromkeys(each.name for each in accepted))
    passed_over = dry_run and (accepted[0].must or pins.skips(names[0]))
    either = " or ".join(names)
    rule = f"a dry run passes over {either}" if passed_over else f"{either} is let pass where it is a MAY"
    return Departure(names, rule, tuple(id for name in names for id in pins.rule(name).evidence))


def _of_order(pins: LearnedDialect, outcomes: Outcomes, beaten: list[Met], dry_run: bool) -> Departure:
    """What comes later was answered: the order is another, or what comes first is not refused any more."""
    names = tuple(dict.fromkeys(each.name for each in beaten))
    before = [e for e in (*outcomes.winners, *outcomes.refused) if names[0] in pins.beats.get(e.name, ())]
    first, decided = before[0].name, _of_first(before[0], dry_run)
    rule = f"{first} is answered before {' or '.join(names)}" + (f", and {decided}" if decided else "")
    steps = (pins.step(first, name) for name in names)
    return Departure((first,), rule, tuple(step.evidence for step in steps if step and step.evidence))
