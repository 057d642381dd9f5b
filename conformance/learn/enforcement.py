"""The strict oracle: what an endpoint of a known dialect answers, and which of its decisions an answer departs from.

    refusing = the broken conditions that are known to be refused here; open = those of which it is not known
    winners  = refusing and open, without those that something refusing is known to be answered before
    success  = nothing is refusing

Rules of this file
1. Only what the documentation allows is looked at: what contradicts a MUST is no matter of dialects.
2. What the dialect does not pin stays as it was: nothing departs from what is not known.
3. A departure names the decision that explains the answer, and says since when it held. Where one of several would
   explain it, it names them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pbr_conformance.conformance.judge.answer import Deviation, describe
from pbr_conformance.simulator.documentation.create import error, errors_of
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.operations.step import about
from pbr_conformance.simulator.rules.case import MUST, Case
from pbr_conformance.simulator.rules.conditions import DRY_RUN_MAY_PASS
from pbr_conformance.simulator.rules.creation import creation_of
from pbr_conformance.simulator.rules.dialect import OpenToken
from pbr_conformance.simulator.rules.oracle import DRY_RUN_PASSED, MISMATCH, Allowed, Broken, TokenUse

from .learned_dialect import LearnedDialect

_USED: Final = {TokenUse.OTHER: "other", TokenUse.RESPELLED: "respelled", TokenUse.DELETED: "deleted"}
_REPLAY: Final = "the first result"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request in an account, and what the documentation allows there."""

    account: Account
    request: Request
    allowed: Allowed
    at_work: bool = True
    """Whether a gateway that may still be at work is known to be; else nothing departs for what that one decides."""

    def is_dry_run(self, spec: str) -> bool:
        """Whether it is a dry run that the judged version of the documentation knows."""
        return creation_of(self.request, spec).dry_run is True


@dataclass(frozen=True, slots=True)
class Expected:
    """What a dialect lets come: `winners` are the conditions that may be answered, `success` that none need be."""

    winners: tuple[Broken, ...]
    refusing: tuple[Broken, ...]
    accepted: tuple[Broken, ...]
    """The MAYs that are met and known to be let pass."""
    success: bool

    def codes(self, pins: LearnedDialect) -> frozenset[str] | None:
        """The codes that may come; None where one of the winners may have any."""
        found: set[str] = set()
        for winner in self.winners:
            code = code_of(pins, *_key(winner))
            if code is None and not winner.errors:
                return None
            found |= {code} if code is not None else winner.codes
        return frozenset(found)


def expect(pins: LearnedDialect, asked: Asked) -> Expected:
    """What a dialect lets come for a request whose token, if it has one, is new."""
    refusing: list[Broken] = []
    unknown: list[Broken] = []
    accepted: list[Broken] = []
    case = Case(asked.account, creation_of(asked.request, pins.spec), asked.request.caller, None)
    for broken in asked.allowed.broken:
        unsure = broken.condition.passes and not asked.at_work
        refused = None if unsure else _refused(pins, broken, case, asked.is_dry_run(pins.spec))
        (unknown if refused is None else refusing if refused else accepted).append(broken)
    beaten = {name for broken in refusing for name in pins.beats.get(broken.condition.id, ())}
    winners = tuple(broken for broken in (*refusing, *unknown) if broken.condition.id not in beaten)
    return Expected(winners, tuple(refusing), tuple(accepted), not refusing)


def _refused(pins: LearnedDialect, broken: Broken, case: Case, dry_run: bool) -> bool | None:
    name = broken.condition.id
    ruling = pins.ruling(name)
    refused = True if broken.strength is MUST else ruling.refuses(broken.cases(case))
    if dry_run and refused is not False and (broken.strength is not MUST or name in DRY_RUN_MAY_PASS):
        return None if ruling.skips is None else refused and not ruling.skips
    return refused


def code_of(pins: LearnedDialect, name: str, errors: tuple[str, ...], parameter: str) -> str | None:
    """The code that a condition is known to be answered with; None where it is not known.

    `errors` are the rows that may answer it here, and `parameter` is what it is about.
    """
    if errors:
        row = row_of(pins, name, errors)
        return None if row is None else error(row).code
    ruling = pins.ruling(name)
    said = ruling.parameters.get(parameter) or next(iter(ruling.code), None)
    return None if said is None else said.replace("<Param>", parameter)


def row_of(pins: LearnedDialect, name: str, errors: tuple[str, ...]) -> str | None:
    """The row of the error table that a condition is known to be answered with; None where it is not known."""
    return next((row for row in pins.ruling(name).code if row in errors), None)


def message_of(pins: LearnedDialect, name: str, errors: tuple[str, ...], parameter: str) -> str | None:
    """The message that a condition is known to be answered with; None where it is not known."""
    ruling = pins.ruling(name)
    said = ruling.parameters.get(parameter) or next(iter(ruling.code), "")
    last = row_of(pins, name, errors) or "" if errors else said
    message = next((pins.messages[key] for key in (f"{name}: {parameter}", name, last) if key in pins.messages), None)
    return None if message is None else message.replace("<Param>", parameter)


def _key(broken: Broken) -> tuple[str, tuple[str, ...], str]:
    return broken.condition.id, broken.errors, about(broken)


# --- Departures ---------------------------------------------------------------------------------------------


def departure(pins: LearnedDialect, asked: Asked, answer: Answer) -> Deviation | None:
    """How an allowed answer departs from what the dialect pins; None where it does not."""
    use = _USED.get(asked.allowed.token)
    unpinned = asked.allowed.token is TokenUse.ELSEWHERE and answer.code == MISMATCH
    if unpinned or asked.allowed.token is TokenUse.REPLAY:
        return None
    if use is not None:
        decided = pins.tokens.get(use)
        dry_run = asked.is_dry_run(pins.spec) and decided is OpenToken.REPLAY
        if decided is None:
            return None
        if decided is not OpenToken.JUDGE and not dry_run:
            return _of_token(pins, asked, answer, decided)
        if answer.code == MISMATCH or (not dry_run and _is_replay(asked, answer)):
            return _changed(pins, ("token/open",), "a request with a used token is judged as a new one", answer)
    return _of_conditions(pins, asked, answer)


def _of_token(pins: LearnedDialect, asked: Asked, answer: Answer, decided: OpenToken) -> Deviation | None:
    right = answer.code == MISMATCH if decided is OpenToken.MISMATCH else _is_replay(asked, answer)
    if right:
        return _of_message(pins, (MISMATCH,), "", answer) if answer.code == MISMATCH else None
    return _changed(
        pins, ("token/open",), f"a token used before for {asked.allowed.token.value}: {decided.value}", answer
    )


def _is_replay(asked: Asked, answer: Answer) -> bool:
    """Whether the first result came again."""
    binding, created = asked.allowed.binding, (answer.members or {}).get("CreateTime")
    return answer.code is None and binding is not None and created == binding.route.created


def _of_conditions(pins: LearnedDialect, asked: Asked, answer: Answer) -> Deviation | None:
    expected = expect(pins, asked)
    code = answer.code
    if code is None or code == DRY_RUN_PASSED:
        if expected.success:
            return _of_success(pins, asked, answer) if code is None else _of_message(pins, (code,), "", answer)
        return _let_pass(pins, asked, expected, answer)
    codes = expected.codes(pins)
    if codes is None or code in codes:
        return _of_words(pins, expected, answer)
    return _of_code(pins, asked, expected, answer)


def _let_pass(pins: LearnedDialect, asked: Asked, expected: Expected, answer: Answer) -> Deviation:
    """What is known to be refused was not."""
    first = next(broken for broken in expected.winners if broken in expected.refusing)
    rule, name = _of_first(first, asked.is_dry_run(pins.spec)), first.condition.id
    return _changed(pins, (name,), rule, answer, pins.ruling(name).evidence)


def _of_first(first: Broken, dry_run: bool) -> str:
    """What a dialect decided of a condition that is refused, beside its place in the order."""
    name = first.condition.id
    if dry_run and first.strength is MUST:
        return f"a dry run looks at {name}" if name in DRY_RUN_MAY_PASS else ""
    looked_at = ", and a dry run looks at it" if dry_run else ""
    return f"{name} is refused where it is a MAY{looked_at}" if first.strength is not MUST else ""


def _of_code(pins: LearnedDialect, asked: Asked, expected: Expected, answer: Answer) -> Deviation:
    """The code is that of a condition that is let pass, or comes later, or a condition's own code is another."""
    code, dry_run = str(answer.code), asked.is_dry_run(pins.spec)
    accepted = [broken for broken in expected.accepted if _may_say(pins, broken, code)]
    later = [b for b in asked.allowed.broken if b not in expected.winners and b not in expected.accepted]
    beaten = [b for b in later if _may_say(pins, b, code)]
    if beaten:
        return _of_order(pins, expected, beaten, answer, dry_run)
    if accepted:
        return _of_accepted(pins, accepted, answer, dry_run)
    names = tuple(broken.condition.id for broken in expected.winners)
    if not names:
        return _changed(pins, _all(expected), "nothing of it is refused", answer)
    known = " or ".join(sorted(expected.codes(pins) or ()))
    return _changed(pins, names[:1], f"{names[0]} is answered with {known}", answer, pins.ruling(names[0]).evidence)


def _of_accepted(pins: LearnedDialect, accepted: list[Broken], answer: Answer, dry_run: bool) -> Deviation:
    """What is known to be let pass was answered: one of those that may have given the answer."""
    names = tuple(dict.fromkeys(broken.condition.id for broken in accepted))
    passed_over = dry_run and (accepted[0].strength is MUST or pins.ruling(names[0]).skips)
    either = " or ".join(names)
    rule = f"a dry run passes over {either}" if passed_over else f"{either} is let pass where it is a MAY"
    evidence = tuple(id for name in names for id in pins.ruling(name).evidence)
    return _changed(pins, names, rule, answer, evidence)


def _of_order(
    pins: LearnedDialect, expected: Expected, beaten: list[Broken], answer: Answer, dry_run: bool
) -> Deviation:
    """What comes later was answered: the order is another, or what comes first is not refused any more."""
    names = tuple(dict.fromkeys(broken.condition.id for broken in beaten))
    before = [b for b in (*expected.winners, *expected.refusing) if names[0] in pins.beats.get(b.condition.id, ())]
    first = before[0].condition.id
    edges = [edge for name in names if (edge := pins.edge(first, name)) and edge.evidence]
    decided = _of_first(before[0], dry_run)
    rule = f"{first} is answered before {' or '.join(names)}" + (f", and {decided}" if decided else "")
    return _changed(pins, (first,), rule, answer, tuple(edge.evidence for edge in edges))


def _all(expected: Expected) -> tuple[str, ...]:
    return tuple(broken.condition.id for broken in expected.accepted) or ("answer/success",)


def _may_say(pins: LearnedDialect, broken: Broken, code: str) -> bool:
    known = code_of(pins, *_key(broken))
    if known is not None:
        return code == known
    return code in broken.codes if broken.errors else not errors_of(code)


def _of_words(pins: LearnedDialect, expected: Expected, answer: Answer) -> Deviation | None:
    """Another wording than that of every condition that may have been answered."""
    winners = [broken for broken in expected.winners if _may_say(pins, broken, str(answer.code))]
    messages = [message_of(pins, *_key(broken)) for broken in winners]
    said = (answer.members or {}).get("Message")
    if not messages or None in messages or said in messages:
        return None
    return _reworded(pins, str(messages[0]), answer)


def _of_message(pins: LearnedDialect, keys: tuple[str, ...], parameter: str, answer: Answer) -> Deviation | None:
    known = next((pins.messages[key] for key in keys if key in pins.messages), None)
    if known is None or (answer.members or {}).get("Message") == known.replace("<Param>", parameter):
        return None
    return _reworded(pins, known, answer)


def _of_success(pins: LearnedDialect, asked: Asked, answer: Answer) -> Deviation | None:
    """Whether a success shows what it is known to show."""
    place = asked.account.place(asked.request.get("VpnGatewayId"))
    if place is None or asked.allowed.broken:
        return None
    members = answer.members or {}
    for name, shown in _shown(asked.request, place.dual, place.gateway.priority, members):
        if pins.shows.get(name, shown) != shown:
            rule = f"a success {'shows' if pins.shows[name] else 'does not show'} {_MEMBERS[name]}"
            return _changed(pins, ("answer/success",), rule, answer)
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


def _changed(
    pins: LearnedDialect, addresses: tuple[str, ...], rule: str, answer: Answer, evidence: tuple[str, ...] = ()
) -> Deviation:
    came = "accepted" if answer.code is None else f"answered with {answer.code}"
    seen = f" (evidence {', '.join(evidence)})" if any(evidence) else ""
    title = f"Changed since {pins.date}: {rule}; now {came}"
    return Deviation(addresses, title, _recorded(pins, rule) + seen, (rule,), describe(answer))


def _reworded(pins: LearnedDialect, message: str, answer: Answer) -> Deviation:
    rule, said = f"the message of {answer.code} is {message!r}", (answer.members or {}).get("Message")
    title = f"Changed since {pins.date}: {answer.code} has another message"
    return Deviation(("answer/message",), title, _recorded(pins, rule), (rule,), f"{describe(answer)}, {said!r}")


def _recorded(pins: LearnedDialect, rule: str) -> str:
    return f"{rule}: dialect {pins.name} of {pins.date}"
