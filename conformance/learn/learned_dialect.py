"""What is known of an endpoint's dialect: each decision that was seen, with its evidence. A value, and a dialect file.

Rules of this file
1. The fields are the keys of a dialect file, and their values its words. None, or an absent key, is "not known".
2. The simulator's `Dialect` knows everything; `served` fills what is not known with the simulator's own opinion.
3. The order of conditions is partial: what was seen, and what follows from it.
4. Where a condition is answered with one of several rows, they stand in the order of preference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import BeforeValidator, ConfigDict, Field, PlainSerializer

from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC, error
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.rules.conditions import BY_ID, TOLERATED
from pbr_conformance.simulator.rules.dialect import PRECEDENCE, REFUSED, Dialect, OpenToken

from .evaluator import AnswerOf, Evaluator, Met, follow

MayDecision = Literal["refuses", "accepts"]
ReusedToken = Literal["new", "mismatch", "replay"]
TOKEN_USES: Final[Mapping[ReusedToken, OpenToken]] = {
    "new": OpenToken.JUDGE,
    "mismatch": OpenToken.MISMATCH,
    "replay": OpenToken.REPLAY,
}
_REFUSES: Final[Mapping[str | None, bool]] = {"refuses": True, "accepts": False}
_SKIPS: Final[Mapping[str | None, bool]] = {"skips": True, "looks": False}
_Rows = Annotated[
    tuple[str, ...],
    BeforeValidator(lambda rows: (rows,) if isinstance(rows, str) else tuple(rows) if isinstance(rows, list) else rows),
    PlainSerializer(lambda rows: rows[0] if len(rows) == 1 else list(rows)),
]
"""Some rows of the error table, or codes; one stands alone."""


def word_of(refused: bool) -> MayDecision:
    """A decision, as a dialect file has it."""
    return "refuses" if refused else "accepts"


@dataclass(frozen=True)
class ConditionRule:
    """What is known of one condition. "unseen": it was met and never answered; something else may always come first."""

    decision: Literal["refuses", "accepts", "unseen"] | None = None
    """What becomes of it where it is a MAY."""
    cases: Mapping[str, MayDecision] = field(default_factory=dict)
    """The same for single cases, where they differ from `decision` or it is not known."""
    code: _Rows = ()
    """The rows of the error table that answer it, or a code, where any will do."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """The code where it is about one parameter."""
    dry_run: Literal["skips", "looks", "unseen"] | None = None
    """Whether a dry run looks at it."""
    evidence: tuple[str, ...] = ()

    def refuses(self, case: str) -> bool | None:
        """Whether it is refused where it is a MAY, in a case of it; None where that is not known."""
        return _REFUSES.get(self.cases.get(case, self.decision))


@dataclass(frozen=True)
class OrderStep:
    """One answer to a request that breaks several conditions: which was answered, and before which others."""

    first: str
    then: Annotated[tuple[str, ...], Field(min_length=1)]
    evidence: str = ""


@dataclass(frozen=True)
class Undecided:
    """Pairs whose order is not known, or does not exist, and why."""

    why: str = ""
    pairs: tuple[tuple[str, str], ...] = ()
    evidence: tuple[str, ...] = ()
    apart: Annotated[bool, Field(exclude=True)] = field(default=False, compare=False)
    """Whether they were never met together. Known when it is learned, and not kept in a file."""


@dataclass(frozen=True)
class Evidence:
    """One request, the creations before it, and what came: in words that a file can hold."""

    before: tuple[Mapping[str, str], ...] = ()
    request: Mapping[str, str] = field(default_factory=dict)
    answer: str = ""
    caller: str = "owner"
    at_work: bool = False
    """Whether it was sent at once, while the gateway was still at work on the creation before."""


@dataclass(frozen=True)
class TokenRules:
    """What becomes of a token that was used before: with other parameters, in another spelling, for a deleted route."""

    other: ReusedToken | None = None
    respelled: ReusedToken | None = None
    deleted: ReusedToken | None = None


@dataclass(frozen=True)
class ResponseRules:
    """What a success shows, as the fields of `Dialect` have it."""

    dual_weight: bool | None = None
    unsupported_priority: bool | None = None
    absent_description: bool | None = None


@dataclass(frozen=True)
class Timing:
    """When a change takes effect."""

    settles_after: Annotated[int, Field(ge=0)] | None = None
    """How long a gateway is `updating` after a change, in milliseconds, as far as it was seen."""
    lists_at_once: bool | None = None
    """Whether a new route is listed before that."""


def known(rules: TokenRules | ResponseRules | Timing) -> dict[str, Any]:
    """Those of some rules that are known."""
    return {name: value for name, value in vars(rules).items() if value is not None}


@dataclass(frozen=True, eq=False)
class LearnedDialect(Evaluator):
    """What is known of the dialect of one endpoint."""

    __pydantic_config__: ClassVar = ConfigDict(extra="forbid", strict=True)

    name: str
    date: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    target: str = ""
    spec: str = DEFAULT_SPEC
    requests: Annotated[int, Field(ge=0)] = 0
    conditions: Mapping[str, ConditionRule] = field(default_factory=dict)
    order: tuple[OrderStep, ...] = ()
    messages: Mapping[str, str] = field(default_factory=dict)
    """Row of the error table, or condition, with a parameter or without -> message; `<Param>` is the parameter."""
    tokens: TokenRules = TokenRules()
    response: ResponseRules = ResponseRules()
    timing: Timing = Timing()
    undecided: tuple[Undecided, ...] = ()
    evidence: Mapping[str, Evidence] = field(default_factory=dict)

    @cached_property
    def beats(self) -> Mapping[str, frozenset[str]]:
        """Condition -> all that it is answered before: what was seen, and what follows."""
        reached: dict[str, frozenset[str]] = {}
        for step in self.order:
            for then in step.then:
                follow(reached, step.first, then)
        return reached

    def rule(self, condition: str) -> ConditionRule:
        """What is known of a condition; nothing, where nothing is."""
        return self.conditions.get(condition, _NOTHING)

    def with_rule(self, condition: str, rule: ConditionRule) -> LearnedDialect:
        """The same with another rule for a condition."""
        return replace(self, conditions={**self.conditions, condition: rule})

    def step(self, first: str, then: str) -> OrderStep | None:
        """The answer that showed one condition before another; None where that only follows from others."""
        return next((step for step in self.order if step.first == first and then in step.then), None)

    # --- The three questions: see Evaluator ---------------------------------------------------------------------

    def decision(self, name: str, case: str) -> bool | None:
        """Whether a condition is refused where it is a MAY."""
        return self.rule(name).refuses(case)

    def skips(self, name: str) -> bool | None:
        """Whether a dry run passes over a condition."""
        return _SKIPS.get(self.rule(name).dry_run)

    def answer(self, met: Met) -> AnswerOf | None:
        """The answer that a condition is given."""
        rule, row = self.rule(met.name), self.row_of(met)
        said = row or "" if met.errors else rule.parameters.get(met.parameter) or next(iter(rule.code), "")
        keys = f"{met.name}: {met.parameter}", met.name, said
        message = next((self.messages[key] for key in keys if key in self.messages), None)
        if not said and message is None:
            return None
        code = error(said).code if row else said.replace("<Param>", met.parameter)
        return AnswerOf(code, None if message is None else message.replace("<Param>", met.parameter))

    @cached_property
    def _texts(self) -> Mapping[str, frozenset[str]]:
        """Parameter -> the texts that the evidence has of it."""
        texts: dict[str, frozenset[str]] = {}
        for name, text in (pair for each in self.evidence.values() for pair in each.request.items()):
            texts[name] = texts.get(name, frozenset()) | {text}
        return texts

    def unasked(self, request: Request, met: tuple[Met, ...]) -> frozenset[str]:
        """The MAYs of a request that rest on a spelling which was never asked: a spelling like it says nothing of it.

        Tokens are left out: each is made new before it is sent.
        None, where a dialect has no evidence: what is written by hand is meant for every spelling.
        """
        if not self.evidence:
            return frozenset()
        open_ones = [each for each in met if not each.must and each.parameter != "ClientToken"]
        found = [
            each
            for each in open_ones
            if each.name in TOLERATED and request.get(each.parameter) not in self._texts.get(each.parameter, ())
        ]
        is_prefix = any(each.parameter in ("RouteSource", "RouteDest") for each in found)  # all else compares it
        return frozenset(each.name for each in (open_ones if is_prefix else found))

    def row_of(self, met: Met) -> str | None:
        """The row of the error table that a condition is answered with; None where it is not known."""
        return next((row for row in self.rule(met.name).code if row in met.errors), None)

    # --- For the simulator --------------------------------------------------------------------------------------

    def served(self) -> Dialect:
        """The dialect for the simulator. What is not known is as the simulator has it."""
        refuses = frozenset(name for name in PRECEDENCE if self._refuses(name))
        return replace(
            Dialect(spec=self.spec),
            name=self.name,
            precedence=self.precedence(),
            refuses=refuses,
            otherwise=frozenset(
                f"{name}: {case}"
                for name, rule in self.conditions.items()
                for case, decision in rule.cases.items()
                if _REFUSES[decision] != (name in refuses)
            ),
            answers=self._answers(),
            messages=dict(self.messages),
            dry_run_skips=frozenset(n for n, rule in self.conditions.items() if rule.dry_run in ("skips", "unseen")),
            **known(self.timing),
            **{f"shows_{name}": value for name, value in known(self.response).items()},
            **dict[str, Any]({f"{name}_token": TOKEN_USES[value] for name, value in known(self.tokens).items()}),
        )

    def _refuses(self, name: str) -> bool:
        rule = self.rule(name)
        usual = name in REFUSED and rule.decision != "unseen"
        return _REFUSES.get(rule.decision, usual)

    def _answers(self) -> dict[str, str | tuple[str, ...]]:
        answers: dict[str, str | tuple[str, ...]] = {n: rule.code for n, rule in self.conditions.items() if rule.code}
        for name, rule in self.conditions.items():
            answers |= {f"{name}: {parameter}": code for parameter, code in rule.parameters.items()}
        return answers

    def precedence(self) -> tuple[str, ...]:
        """A total order that has all that is known, and else follows the simulator's own."""
        left, order = list(PRECEDENCE), list[str]()
        while left:
            free = (name for name in left if not any(name in self.beats.get(other, ()) for other in left))
            order.append(next(free, left[0]))
            left.remove(order[-1])
        return tuple(order)


_NOTHING: Final = ConditionRule()


def rows_of(condition: str) -> tuple[str, ...]:
    """The rows of the error table that may answer a condition; none where any code may."""
    row = BY_ID[condition]
    return (*row.errors, *(also[0] for also in row.also))
