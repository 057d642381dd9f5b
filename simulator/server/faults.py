"""Faults on purpose: what becomes of the n-th request, and of its answer. Pure.

Rules of this file
1. The fate of a request is a function of seed and number alone, so that what happened happens again.
2. A kind of fault is a row of KINDS: what can be done to a request. Of several, one is drawn.
3. A request meets one fault at most: rates are shares of all requests, and add up to 1 at most.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from hashlib import blake2b
from types import MappingProxyType
from typing import Final

from pbr_conformance.simulator.documentation.create import error, transient
from pbr_conformance.simulator.documentation.rows import Error
from pbr_conformance.simulator.documentation.sibling_operations import SIBLING_OPERATIONS
from pbr_conformance.simulator.model.messages import Answer
from pbr_conformance.simulator.operations.answers import refusal


class Delivery(Enum):
    """What becomes of an answer on its way."""

    WHOLE = "sent"
    LATE = "sent late"
    CUT = "cut off in the middle"
    RESET = "lost: the connection is reset"


USUAL_DELAY: Final = 50  # milliseconds: some hundred times as long as an answer takes
LONGEST_DELAY: Final = 3_600_000


@dataclass(frozen=True, slots=True)
class Fault:
    """What is done to one request: whether it has its effect, what refuses it, and how its answer is delivered."""

    kind: str
    effect: bool
    refused: tuple[int, str, str] | None = None
    """Status, code and message, in the place of the answer."""
    delivery: Delivery = Delivery.WHOLE

    def answer(self, identity: str) -> Answer | None:
        """The refusal, if that is what it is."""
        if self.refused is None:
            return None
        status, code, message = self.refused
        return Answer(status, {"RequestId": identity, "Code": code, "Message": message})


def _documented(row: Error) -> tuple[int, str, str]:
    answer = refusal(row, "")
    return answer.status, row.code, row.message


def _passing(code: str) -> tuple[int, str, str]:
    row = transient(code)
    assert row is not None
    return row.statuses[0], row.code, row.message


_BUSY: Final = ("VpnGateway.Configuring", "TaskConflict", "VpnTask.CONFLICT")
_INTERNAL: Final = _documented(error("InternalError"))
_THROTTLED: Final = (400, "Throttling.User", "Request was denied due to user flow control.")

FAULT_KINDS: Final[Mapping[str, tuple[Fault, ...]]] = MappingProxyType(
    {
        "busy": tuple(Fault("busy", False, _documented(error(code))) for code in _BUSY),
        "throttling": (Fault("throttling", False, _THROTTLED),),
        "internal-before": (Fault("internal-before", False, _INTERNAL),),
        "internal-after": (Fault("internal-after", True, _INTERNAL),),
        "unavailable": (Fault("unavailable", False, _passing("ServiceUnavailable")),),
        "reset": tuple(Fault("reset", effect, delivery=Delivery.RESET) for effect in (False, True)),
        "slow": (Fault("slow", True, delivery=Delivery.LATE),),
        "truncated": (Fault("truncated", True, delivery=Delivery.CUT),),
    }
)
_CODES: Final = {row.name: row.codes for row in SIBLING_OPERATIONS}


class FaultError(ValueError):
    """What is wrong with faults that were asked for, in one line: in one `kind` of them, or else in a `member`."""

    def __init__(self, wrong: str, kind: str = "", member: str = "rates") -> None:
        super().__init__(f"{member}.{kind}: {wrong}" if kind else f"{member}: {wrong}")
        self.wrong, self.kind = wrong, kind


@dataclass(frozen=True, slots=True)
class Faults:
    """How often each kind of fault happens, and the seed that says to which requests. Raises FaultError.

    A slow answer comes `slow_ms` milliseconds late.
    """

    rates: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0
    slow_ms: int = USUAL_DELAY

    def __post_init__(self) -> None:
        for kind, rate in self.rates.items():
            if kind not in FAULT_KINDS:
                raise FaultError(f"no such fault; expected one of {', '.join(FAULT_KINDS)}", kind)
            if not isinstance(rate, int | float) or not 0 <= rate <= 1:
                raise FaultError(f"expected a rate from 0 to 1, not {rate!r}", kind)
        if sum(self.rates.values()) > 1 + 1e-9:
            raise FaultError(f"all together are {sum(self.rates.values()):g}; expected 1 at most")
        if not isinstance(self.slow_ms, int) or not 0 <= self.slow_ms <= LONGEST_DELAY:
            raise FaultError(f"expected 0 to {LONGEST_DELAY}, not {self.slow_ms}", member="slow_ms")

    def of(self, number: int, action: str) -> Fault | None:
        """What befalls the n-th request, from 1; None for nothing."""
        if not self.rates:
            return None
        digest = blake2b(f"{self.seed}:{number}".encode(), digest_size=16).digest()
        drawn = int.from_bytes(digest[:8]) / 2**64
        for kind, rate in self.rates.items():
            if drawn < rate:
                return _one_of(_of_action(kind, action), digest)
            drawn -= rate
        return None


def _one_of(faults: tuple[Fault, ...], digest: bytes) -> Fault | None:
    return faults[int.from_bytes(digest[8:]) % len(faults)] if faults else None


@lru_cache(maxsize=256)
def _of_action(kind: str, action: str) -> tuple[Fault, ...]:
    """The faults of a kind that befall an operation: of the busy codes, those that its own table has."""
    faults = FAULT_KINDS[kind]
    if kind != "busy" or action not in _CODES:
        return faults
    return tuple(fault for fault in faults if fault.refused is not None and fault.refused[1] in _CODES[action])


def read_rates(words: Iterable[str]) -> dict[str, float]:
    """Rates from words of the form KIND=RATE. Raises FaultError."""
    rates: dict[str, float] = {}
    for word in words:
        kind, _, text = word.partition("=")
        try:
            rate = float(text)
        except ValueError:
            raise FaultError("expected KIND=RATE, as busy=0.1", word) from None
        if not kind:
            raise FaultError("expected KIND=RATE, as busy=0.1", word)
        if kind in rates:
            raise FaultError(f"{kind} is named twice", word)
        rates[kind] = rate
    return rates


NO_FAULTS: Final = Faults()
