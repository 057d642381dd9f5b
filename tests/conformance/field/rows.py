"""The rows of the table in docs/field.md: each a condition of an account in the field, and pairs of them.

Rules of this file
1. A row is made anew for each seed. A pair has the conditions of both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any, Final

from pbr_conformance.simulator.documentation.actions import CREATE, DELETE
from pbr_conformance.simulator.model.messages import Answer

from .account import Condition
from .conditions import (
    FormerRoutes,
    LaggingLists,
    LateEffects,
    LostAnswers,
    Neighbour,
    Outage,
    Passing,
    Resets,
    Settling,
    Throttles,
    TokensAcrossCallers,
    WeightOfCreation,
)
from .front_doors import Kill, Refused, refusal
from .rig import REMOTE, Field

Row = Callable[[int], Field]


def _row(make: Callable[[int], Condition], **settings: object) -> Row:
    return lambda seed: replace(Field((make(seed),)), **settings)  # type: ignore[arg-type]


def _throttling(seed: int) -> Condition:
    return Passing(seed, 20, lambda random: refusal(random.choice(["Throttling.User", "ServiceUnavailable"]), 503))


def _internal_errors(seed: int) -> Condition:
    members = {"Code": "InternalError", "Message": "The request processing has failed.", "RequestId": "internal"}
    return Passing(seed, 30, lambda random: Answer(random.choice([400, 500]), members))


def _shared(seed: int) -> dict[str, Any]:
    """Declared so on this machine, or elsewhere, where it is taken to be so."""
    return {"shared": True} if seed % 2 else {"url": REMOTE}


def _since(seed: int) -> int:
    return 20 + seed * 37 % 300


# fmt: off
ROWS: Final[dict[str, Row]] = {
    "alone": lambda seed: Field(),
    "alone, elsewhere": lambda seed: Field(url=REMOTE, shared=False),
    "neighbour": lambda seed: Field((Neighbour(seed),), **_shared(seed)),
    "second client": lambda seed: Field(clients=2, **_shared(seed)),
    "runs that do not know of one another": lambda seed: Field(clients=(2, 3, 5)[seed % 3], budget=100 + seed % 201),
    "lag of 1 to 2 s": _row(lambda seed: LaggingLists(1 + seed % 11 / 10)),
    "settle in 0.5 to 1.5 s": _row(lambda seed: Settling(seed, 0.5, 1.5), settles_after=None),
    "settle in 8 to 20 s, not declared": _row(lambda seed: Settling(seed, 8, 20), url=REMOTE, settles_after=None),
    "outage of 5 s": _row(lambda seed: Outage(seed, 5)),
    "outage of 2 min": _row(lambda seed: Outage(seed, 120)),
    "expiry": _row(lambda seed: Refused("InvalidSecurityToken.Expired", since=_since(seed))),
    "delete not permitted": _row(lambda seed: Refused("Forbidden.RAM", of=DELETE)),
    "create not permitted": _row(lambda seed: Refused("NoPermission", of=CREATE)),
    "wrong secret": _row(lambda seed: Refused("SignatureDoesNotMatch", status=400)),
    "wrong key": _row(lambda seed: Refused("InvalidAccessKeyId.NotFound", status=404)),
    "clock off by 20 min": lambda seed: Field(clock_off=1200 - seed % 2 * 2400),
    "clock off by up to a day": lambda seed: Field(clock_off=Random(seed).uniform(-86_400, 86_400)),
    "resets": _row(Resets),
    "throttling": _row(_throttling),
    "throttling by rate": _row(Throttles),
    "internal errors": _row(_internal_errors),
    "lost answers": _row(LostAnswers),
    "late effects": _row(lambda seed: LateEffects(seed, 9)),
    "late effects, a minute": _row(lambda seed: LateEffects(seed, 60), settle_seconds=60.0),
    "kill": _row(Kill, runs=2),
    "routes that were there": _row(FormerRoutes),
    "weight of the creation": _row(lambda seed: WeightOfCreation()),
    "tokens compared across callers": _row(lambda seed: TokensAcrossCallers()),
}
# fmt: on
_KILLED_AS_WELL: Final = ("outage of 5 s", "outage of 2 min", "expiry")
_ALONE: Final = ("alone", "alone, elsewhere")
PAIRS: Final = (
    *(("neighbour", other) for other in ROWS if other not in (*_ALONE, "neighbour")),
    *(("lag of 1 to 2 s", other) for other in ROWS if other not in (*_ALONE, "neighbour", "lag of 1 to 2 s")),
    *((other, "kill") for other in _KILLED_AS_WELL),
)


def field_of(names: tuple[str, ...], seed: int) -> Field:
    """The account of a row, or of some of them at once."""
    whole = Field()
    for name in names:
        part = ROWS[name](seed)
        changed = {key: value for key, value in vars(part).items() if value != vars(Field())[key]}
        whole = replace(whole, **{**changed, "conditions": whole.conditions + part.conditions})
    return whole
