"""The judgement of one answer to one creation. Pure: what was allowed and what came in, a deviation or None out.

Rules of this file
1. A deviation names the MUST, or the rule of an answer, that the answer contradicts, and nothing vaguer.
2. One answer can contradict several rules. They are all named, the likeliest first; a check that is among them
   takes the deviation as its own.
3. What is allowed only because of a MAY is never a deviation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from pbr_conformance.simulator.documentation.create import error, errors_of
from pbr_conformance.simulator.model.account import GatewayContext
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.rules.condition import Concern
from pbr_conformance.simulator.rules.conditions import BY_ID, CONDITIONS
from pbr_conformance.simulator.rules.creation import Creation, creation_of
from pbr_conformance.simulator.rules.oracle import DRY_RUN_PASSED, MISMATCH, Allowed, TokenUse

DAY: Final = 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Deviation:
    """An answer, or a list, that contradicts a MUST."""

    plausible: tuple[str, ...]
    """The addresses it may belong to, the likeliest first."""
    title: str
    rule: str
    expected: tuple[str, ...]
    observed: str
    cause: str = ""
    """What went wrong, in words that every deviation of the same cause has; the title where it has no words of its own.
    """

    def address(self, check: str) -> str:
        """Where it belongs, seen from a check."""
        return check if check in self.plausible else self.plausible[0]


@dataclass(slots=True)
class JudgeContext:
    """What the judgement of an answer needs to know beside request and answer."""

    allowed: Allowed
    place: GatewayContext | None
    now: int
    """The suite's clock, in milliseconds since the epoch."""
    seen: set[object]
    """The request ids of earlier successes."""
    earlier: tuple[str, ...] = ()
    """Rules of state that an unjust refusal may contradict instead: state/deleted after a deletion, and so on."""
    strict_messages: bool = False
    priority_documented: bool = True
    overlay_documented: bool = True
    """Whether the version says which OverlayMode an answer has."""


def judge(request: Request, answer: Answer, scene: JudgeContext) -> Deviation | None:
    """The deviation of one answer to a creation, or None."""
    malformed = _never(answer)
    if malformed is not None:
        return malformed
    if answer.status == 200:
        return _accepted(request, answer, scene)
    return _refused(answer, scene)


def _never(answer: Answer) -> Deviation | None:
    if answer.status >= 500:
        title, rule = "An answer with a 5xx status", "no 5xx but the transient codes"
    elif answer.members is None:
        what = "HTML" if "<" in answer.text[:200] else "something else than a JSON object"
        title, rule = f"The body is {what}", "a JSON object, never HTML or a stack trace"
    elif answer.status == 200 and "Code" in answer.members:
        title, rule = "HTTP 200 with a Code", "no 200 with a Code"
    else:
        return None
    return _rule("answer/never", title, rule, describe(answer))


def _rule(address: str, title: str, rule: str, observed: str) -> Deviation:
    return Deviation((address,), title, rule, (rule,), observed)


# --- Success ------------------------------------------------------------------------------------------------


def _accepted(request: Request, answer: Answer, scene: JudgeContext) -> Deviation | None:
    allowed = scene.allowed
    if not allowed.success:
        if creation_of(request).dry_run:
            title, rule = "A dry run was answered with success", "a dry run that passes is answered DryRunOperation"
            cause = title
            musts: tuple[str, ...] = ("dry-run/passes",)
        else:
            musts = tuple(broken.condition.id for broken in allowed.must)
            title = f"Accepted although {allowed.must[0].condition.says}"
            rule = "; ".join(f"{BY_ID[must].says}: refused" for must in musts)
            cause = "Accepts what must be refused"
        return Deviation(musts, title, rule, expected(allowed), describe(answer), cause)
    assert answer.members is not None
    if allowed.tolerated or allowed.token is TokenUse.RESPELLED:
        return None
    address = "token/replay" if allowed.token is TokenUse.REPLAY else "answer/success"
    for member, should_be in _wrong_members(request, answer.members, scene):
        shown = repr(answer.members.get(member)) if member in answer.members else "absent"
        title = f"{member} of a success is {shown[:80]}, not {should_be}"
        plausible = tuple(dict.fromkeys((address, "answer/success")))
        rule, cause = f"{member} is {should_be}", f"A success does not describe the route: {member}"
        return Deviation(plausible, title, rule, (f"{member}: {should_be}",), describe(answer), cause)
    scene.seen.add(answer.members["RequestId"])
    return None


def _wrong_members(request: Request, members: Mapping[str, object], scene: JudgeContext) -> Iterator[tuple[str, str]]:
    """Each member that is not what it must be, and what it must be."""
    creation = creation_of(request)
    identity = members.get("RequestId")
    if not isinstance(identity, str) or not identity:
        yield "RequestId", "a non-empty string"
    elif identity in scene.seen:
        yield "RequestId", "new for each request"
    echoes = echoed(creation, scene.place, scene.priority_documented)
    if not scene.overlay_documented:
        del echoes["OverlayMode"]
    for member, values in echoes.items():
        shown = members.get(member)
        if not _is_same(shown, values[0]) and not any(_is_same(shown, value) for value in values[1:]):
            yield member, _should_be(values[0])
    yield from _wrong_time(members.get("CreateTime"), scene)


def _wrong_time(created: object, scene: JudgeContext) -> Iterator[tuple[str, str]]:
    binding = scene.allowed.binding
    if not isinstance(created, int) or isinstance(created, bool):
        yield "CreateTime", "an integer, in milliseconds since the epoch"
    elif scene.allowed.token is TokenUse.REPLAY and binding is not None and created != binding.route.created:
        yield "CreateTime", f"that of the first answer, {binding.route.created}"
    elif abs(created - scene.now) > DAY:
        yield "CreateTime", "in milliseconds since the epoch, within 24 hours of the suite's clock"


def echoed(
    creation: Creation, place: GatewayContext | None, priority_documented: bool = True
) -> dict[str, tuple[str | int | None, ...]]:
    """The members of a success that follow from the request, each with what it may be; None is absent, or null."""
    texts, dual = creation.texts, place is not None and place.dual
    optional = not priority_documented or (place is not None and not place.gateway.priority)
    description = texts.get("Description", "")
    return {
        "VpnInstanceId": (texts.get("VpnGatewayId"),),
        "RouteSource": (texts.get("RouteSource"),),
        "RouteDest": (texts.get("RouteDest"),),
        "NextHop": (texts.get("NextHop"),),
        "OverlayMode": ("Ipsec",),
        "State": ("published" if creation.publish else "normal",),
        "Weight": (creation.weight, 100) if dual else (creation.weight,),
        "Priority": (creation.priority, None) if optional else (creation.priority,),
        "Description": (description,) if description else ("", None),
    }


def _is_same(value: object, wanted: str | int | None) -> bool:
    """Whether a member is the text, or the number; true is not 1, and "1" neither."""
    if isinstance(wanted, int):
        return isinstance(value, int | float) and not isinstance(value, bool) and value == wanted
    return value == wanted


def _should_be(value: str | int | None) -> str:
    return f"the number {value}" if isinstance(value, int) else repr(value) if value else "absent or empty"


# --- Refusal ------------------------------------------------------------------------------------------------


def _refused(answer: Answer, scene: JudgeContext) -> Deviation | None:
    assert answer.members is not None
    allowed = scene.allowed
    if not 400 <= answer.status <= 499:
        address = "answer/success" if allowed.success else "answer/refusal"
        rule = "HTTP 200 for a success, 400-499 for a refusal"
        return _rule(address, f"HTTP {answer.status}", rule, describe(answer))
    for member in ("Code", "Message", "RequestId"):
        text = answer.members.get(member)
        if not isinstance(text, str) or not text:
            rule = "a refusal has Code, Message and RequestId, none of them empty"
            return _rule("answer/refusal", f"A refusal without {member}", rule, describe(answer))
    code = str(answer.members["Code"])
    if not allowed.refusal(code):
        return _unjust(code, answer, scene)
    rows = errors_of(code)
    if rows and answer.status not in {row.status for row in rows}:
        rule = f"{code} comes with HTTP {rows[0].status}"
        return _rule("answer/refusal", f"{code} with HTTP {answer.status}", rule, describe(answer))
    return _message(code, answer, scene) if scene.strict_messages else None


def _message(code: str, answer: Answer, scene: JudgeContext) -> Deviation | None:
    messages = documented_messages(code, scene.allowed)
    if not messages or (answer.members or {}).get("Message") in messages:
        return None
    rule = f"the message of {code} is " + " or ".join(repr(text) for text in sorted(messages))
    return _rule("answer/message", f"{code} with another message", rule, describe(answer))


def documented_messages(code: str, allowed: Allowed) -> frozenset[str]:
    """The messages that a code may come with: those of the case that applies, else all that it has."""
    by_case = {row for broken in allowed.because_of(code) for row in broken.errors if error(row).code == code}
    return frozenset({error(row).message for row in by_case} or {row.message for row in errors_of(code)})


def _unjust(code: str, answer: Answer, scene: JudgeContext) -> Deviation:
    """A refusal with a code that nothing allows."""
    allowed = scene.allowed
    if allowed.token is TokenUse.REPLAY:
        title, rule = (
            f"A repeated request was refused with {code}",
            "the same request with the same token succeeds again",
        )
        return Deviation(("token/replay",), title, rule, expected(allowed), describe(answer))
    musts = tuple(broken.condition.id for broken in allowed.must)
    if musts and not (allowed.dry_run and code == DRY_RUN_PASSED):
        title = f"Refused with {code}, but what is wrong is something else: {allowed.must[0].condition.says}"
        rule, cause = _codes_for(allowed, code), "Refuses for another reason than the one that applies"
        if code == DRY_RUN_PASSED:
            title = f"A dry run passed although {allowed.must[0].condition.says}"
            cause = "Answers DryRunOperation where it must refuse"
            musts = (*musts, "dry-run/passes")
        return Deviation(musts, title, rule, expected(allowed), describe(answer), cause)
    plausible = (*conditions_of(code), *scene.earlier)
    if allowed.dry_run or code == DRY_RUN_PASSED:
        plausible = (*plausible, "dry-run/passes")
    why = f"; {code} is for another case: {BY_ID[plausible[0]].says}" if plausible and plausible[0] in BY_ID else ""
    rule = "a request that breaks no MUST is not refused" + why
    title = f"Refused with {code}, although no condition for it is met"
    cause = "Refuses what must be accepted"
    return Deviation(plausible or ("answer/refusal",), title, rule, expected(allowed), describe(answer), cause)


def _codes_for(allowed: Allowed, code: str) -> str:
    """Which codes were allowed, for what, and what the code that came stands for."""
    meant = conditions_of(code)
    other = f"{code} is for another case: {BY_ID[meant[0]].says}" if meant and meant[0] in BY_ID else ""
    reasons = [
        f"{each.condition.says}: refused with {' or '.join(sorted(each.codes) or ['any 4xx'])}"
        for each in allowed.broken
    ]
    return "; ".join([*reasons, *([other] if other else [])])


@lru_cache(maxsize=256)
def conditions_of(code: str) -> tuple[str, ...]:
    """The conditions that a code stands for; for an undocumented one, those about the parameter it names."""
    with_code = [
        c.id for c in CONDITIONS if any(error(row).code == code for row in (*c.errors, *(a[0] for a in c.also)))
    ]
    if with_code:
        return tuple(with_code)
    if code == MISMATCH:
        return ("token/replay",)
    if code.startswith("Missing"):
        return ("format/missing",)
    named = [c for c in CONDITIONS if not c.errors and any(name.lower() in code.lower() for name in c.looks_at)]
    specific = [c for c in named if c.subject is not Concern.ABSENT]
    return tuple(c.id for c in specific or named)


# --- Words --------------------------------------------------------------------------------------------------


def expected(allowed: Allowed) -> tuple[str, ...]:
    """The allowed outcomes, each with its reasons, in words."""
    return tuple(f"{what}: {', '.join(why)}" for what, why in allowed.outcomes().items())


def describe(answer: Answer) -> str:
    """An answer in one line."""
    if answer.members is None:
        return f"HTTP {answer.status}, {answer.text[:120]!r}"
    if not answer.members:
        return f"HTTP {answer.status}, an empty object"
    code = answer.members.get("Code")
    return f"HTTP {answer.status}, {code}" if code is not None else f"HTTP {answer.status}, success"
