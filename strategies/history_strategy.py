"""A Hypothesis strategy for histories: creations, and what varies, repeats, deletes or lists them.

Rules of this file
1. Each step is drawn by itself and says how many creations back it looks, so that any step can be left out.
2. A history is a list of requests, each of which can be sent as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target import Target

from .plain_requests import create, delete, look, ordinary
from .request_strategy import gateways_of, requests

_KINDS: Final = ("create", "create", "create", "vary", "again", "delete", "list")
_VARIED: Final = ("Weight", "NextHop", "RouteDest", "RouteSource", "Priority", "PublishVpc", "ClientToken", "DryRun")
_FARTHEST: Final = 3
"""How many creations a step looks back at most, beyond the last."""


class _Step(NamedTuple):
    """What is done, to which creation (0 is the last), with which parameter of which new one."""

    kind: str
    back: int = 0
    parameter: str = ""
    new: Request | None = None


class _HistorySource:
    """What histories are drawn from. The repr of a strategy shows it, so it is short."""

    def __init__(self, target: Target, plain: Request, steps: SearchStrategy[list[_Step]]) -> None:
        """`plain` is the creation that a step is about where none was made before."""
        self.target: Final = target
        self.plain: Final = plain
        self.steps: Final = steps

    def __repr__(self) -> str:
        return self.target.name


def histories(
    target: Target,
    *,
    gateways: str | Sequence[str] | None = None,
    spec: str = DEFAULT_SPEC,
    wrong_values: bool = True,
    max_size: int = 12,
) -> SearchStrategy[list[Request]]:
    """Lists of creations, deletions and looks at a gateway's list, which meet one another.

    Shrinks to few plain requests. `max_size` is in requests. All else means what it means in `requests`, and raises
    what it raises there.
    """
    creations = requests(target, gateways=gateways, spec=spec, wrong_values=wrong_values)
    plain = create(ordinary(target, gateways_of(target, gateways, wrong_values)[0]))
    return _histories(_HistorySource(target, plain, st.lists(_steps(creations), max_size=max_size)))


@st.composite
def _steps(draw: DrawFn, creations: SearchStrategy[Request]) -> _Step:
    kind = draw(st.sampled_from(_KINDS))
    if kind == "create":
        return _Step(kind, new=draw(creations))
    back = draw(st.integers(0, _FARTHEST))
    if kind == "vary":
        return _Step(kind, back, draw(st.sampled_from(_VARIED)), draw(creations))
    return _Step(kind, back)


@st.composite
def _histories(draw: DrawFn, source: _HistorySource) -> list[Request]:
    history: list[Request] = []
    made: list[Request] = []
    for step in draw(source.steps):
        earlier = made[-1 - step.back % len(made)] if made else source.plain
        request = _carried_out(step, earlier, source.target)
        history.append(request)
        if step.kind in ("create", "vary", "again"):
            made.append(request)
    return history


def _carried_out(step: _Step, earlier: Request, target: Target) -> Request:
    match step.kind:
        case "again":
            return earlier
        case "delete":
            return delete(earlier.parameters)
        case "list":
            return look(target, earlier.get("VpnGatewayId") or "")
    assert step.new is not None
    if step.kind == "create":
        return step.new
    texts = dict(earlier.parameters)
    texts.pop(step.parameter, None)
    new = step.new.get(step.parameter)
    return create(texts if new is None else {**texts, step.parameter: new}, earlier.caller)
