"""Why a creation may be answered as it is: the oracle's decision as rows to look at. Plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pbr_conformance.simulator.documentation.create import transient
from pbr_conformance.simulator.model.messages import Answer, NoAnswer

from .creation import MUST
from .oracle import Allowed, Broken, TokenUse

SUCCESS: Final = "success"
ANY_REFUSAL: Final = "any 4xx"


@dataclass(frozen=True, slots=True)
class Reason:
    """A condition that is broken. Without `codes` any refusal may answer it."""

    id: str
    must: bool
    says: str
    codes: tuple[str, ...]
    parameter: str | None


@dataclass(frozen=True, slots=True)
class ExplainedOutcome:
    """One allowed outcome, why it is allowed, and whether it is the one that came."""

    what: str
    because: tuple[str, ...]
    came: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a creation breaks, and what the documentation allows to come of it."""

    reasons: tuple[Reason, ...]
    outcomes: tuple[ExplainedOutcome, ...]
    token: str
    """What its ClientToken was used for before; empty where for nothing."""
    allowed: bool | None
    """Whether what came is allowed; None where nothing came, or what says nothing."""


def explain(allowed: Allowed, came: Answer | NoAnswer | None = None) -> Explanation:
    """The explanation of a creation, which nothing or `came` has come of."""
    outcomes = allowed.outcomes()
    what = _what(came, outcomes)
    return Explanation(
        tuple(map(_reason, allowed.broken)),
        tuple(ExplainedOutcome(name, because, name == what) for name, because in outcomes.items()),
        "" if allowed.token is TokenUse.NEW else allowed.token.value,
        _judged(allowed, came),
    )


def _reason(broken: Broken) -> Reason:
    condition = broken.condition
    return Reason(condition.id, broken.strength is MUST, condition.says, tuple(sorted(broken.codes)), broken.parameter)


def _what(came: Answer | NoAnswer | None, outcomes: dict[str, tuple[str, ...]]) -> str | None:
    if not isinstance(came, Answer):
        return None
    if came.code is None:
        return SUCCESS if came.status == 200 else None
    return came.code if came.code in outcomes else ANY_REFUSAL


def _judged(allowed: Allowed, came: Answer | NoAnswer | None) -> bool | None:
    if not isinstance(came, Answer):
        return None
    if came.code is None:
        return allowed.success and came.status == 200
    if 400 <= came.status < 500 and allowed.refusal(came.code):
        return True
    return None if transient(came.code) is not None else False
