"""A Hypothesis strategy for one creation: most are right, some have a wrong value or two.

Rules of this file
1. The first choice of everything is the plainest, so that a shrunk request shows what matters and nothing else.
2. A right value is one that the documentation lets pass whatever the account holds. Whether the account refuses it is
   for the oracle to say.
3. Only gateways that the target declares as scratch are used, unless they are named: creations change an account.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final, NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC, PARAMETERS, SPECS
from pbr_conformance.simulator.model.call_text import CREATION_KEYWORDS
from pbr_conformance.simulator.model.calls import text_of
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.prefixes import MASKS, Prefix, read
from pbr_conformance.simulator.model.target import Gateway, Target

from . import edges
from .plain_requests import is_plain, ordinary
from .prefixes import ROUTE_DESTINATIONS, ROUTE_SOURCES

_Texts = SearchStrategy[str | None]
"""A strategy for the text of a parameter; None is an absent one."""

_BY_LENGTH: Final = (24, *range(23, -1, -1), *range(25, 33))
"""Prefix lengths, the usual one first, each next to those like it: so shrinking passes from one to the next."""
_LENGTHS: Final = st.sampled_from(_BY_LENGTH)
_OFFSETS: Final = st.integers(0, (1 << 32) - 1)
_CALLER: Final = "caller"
"""Who signs, among the names of parameters."""
_ABSENT: Final = st.sampled_from((None, ""))
_ANY_TEXT: Final = st.text(max_size=20)


def _prefixes(*bases: str) -> SearchStrategy[str]:
    """Prefixes inside one of several; shrinks towards the first addresses of the first."""
    return st.builds(_inside, st.sampled_from([read(base).prefix for base in bases]), _LENGTHS, _OFFSETS)


def _some(*texts: str) -> SearchStrategy[str]:
    """One of several prefixes; shrinks towards the first of the usual length."""
    return st.sampled_from(sorted(dict.fromkeys(texts), key=lambda text: _BY_LENGTH.index(int(text.split("/")[1]))))


def _inside(base: Prefix | None, length: int, offset: int) -> str:
    assert base is not None
    longer = max(base.length, length)
    return str(Prefix((base.network | offset & ~MASKS[base.length]) & MASKS[longer], longer))


_RIGHT: Final[Mapping[str, SearchStrategy[str]]] = {
    "RouteSource": _some(*ROUTE_SOURCES, *edges.VALID["RouteSource"]) | _prefixes("192.168.0.0/16", "0.0.0.0/0"),
    "RouteDest": _some(*ROUTE_DESTINATIONS, *edges.VALID["RouteDest"]) | _prefixes("10.0.0.0/9"),
    "Weight": st.sampled_from(("100", "0")),
    "PublishVpc": st.sampled_from(edges.VALID["PublishVpc"]),
    "Priority": st.sampled_from(("10", "20", "1", "100")) | st.integers(1, 100).map(str),
    "Description": st.integers(1, 100).map("x".__mul__)
    | st.sampled_from(edges.VALID["Description"])
    | st.text(min_size=1, max_size=50).filter(lambda text: not text.lower().startswith("http")),
    "OverlayMode": st.just("Ipsec"),
    "ClientToken": st.sampled_from(("token-1", "token-2", "token-3"))
    | st.sampled_from(edges.VALID["ClientToken"])
    | st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=64),
    "DryRun": st.sampled_from(("true", "false", "True")),
}
_WRONG: Final[Mapping[str, _Texts]] = {
    "RegionId": st.just("cn-nowhere") | _ABSENT,
    "VpnGatewayId": st.just("vpn-nowhere") | _ABSENT,
    "RouteSource": st.sampled_from((*edges.MALFORMED_PREFIXES["RouteSource"], *edges.LOOSE_PREFIXES["RouteSource"]))
    | _ABSENT
    | _ANY_TEXT,
    "RouteDest": st.sampled_from(
        (*edges.MALFORMED_PREFIXES["RouteDest"], *edges.LOOSE_PREFIXES["RouteDest"], *edges.RESERVED)
    )
    | _prefixes("100.64.0.0/10")
    | _ABSENT
    | _ANY_TEXT,
    "NextHop": st.just("vco-nowhere") | _ABSENT,
    "Weight": st.sampled_from((*edges.WRONG["Weight"], *edges.WRONG_TYPE["Weight"]))
    | st.integers(1, 99).map(str)
    | st.integers().map(str).filter(lambda text: text not in edges.VALID["Weight"])
    | _ABSENT,
    "PublishVpc": st.sampled_from((*edges.SPELLED, *edges.WRONG_TYPE["PublishVpc"])) | _ABSENT,
    "Priority": st.sampled_from((*edges.WRONG["Priority"], *edges.WRONG_TYPE["Priority"]))
    | st.integers(min_value=101).map(str)
    | st.integers(max_value=0).map(str),
    "Description": st.sampled_from(edges.WRONG["Description"]) | st.just(""),
    "OverlayMode": st.sampled_from(edges.WRONG["OverlayMode"]) | st.just(""),
    "ClientToken": st.sampled_from(edges.WRONG["ClientToken"]) | st.just(""),
    "DryRun": st.sampled_from((*edges.SPELLED, *edges.WRONG_TYPE["DryRun"])) | st.just(""),
}
_RIGHT_SHARE: Final = 8
"""How often a right change is among those drawn from; a wrong one is once."""
_MOST_CHANGES: Final = 10


class _Change(NamedTuple):
    """A parameter of which a creation has another text than the plainest."""

    name: str
    texts: _Texts


@dataclass(frozen=True)
class _Start:
    """The plainest creation on one gateway, what is fixed of it, and how others differ from it."""

    plain: Mapping[str, str]
    fixed: Sequence[_Change]
    changes: SearchStrategy[_Change]


class _Source:
    """What creations are drawn from. The repr of a strategy shows it, so it is short."""

    def __init__(self, target: Target, starts: Sequence[_Start]) -> None:
        self.starts: Final = st.sampled_from(starts)
        self._name = target.name

    def __repr__(self) -> str:
        return self._name


def requests(
    target: Target,
    *,
    gateways: str | Sequence[str] | None = None,
    spec: str = DEFAULT_SPEC,
    wrong_values: bool = True,
    **parameters: object,
) -> SearchStrategy[Request]:
    """Creations on the gateways of a target that are `scratch`, or on those whose ids are given.

    Shrinks to a plain creation on the first gateway. `spec` is the version of the documentation whose parameters are
    sent. Without `wrong_values` each text is right by itself, and the gateways are those that take routes. A keyword
    of `create` fixes a parameter: `weight=0`, or a strategy, `priority=st.integers(1, 5)`; None leaves it out.
    Raises ValueError, in one line, where a target has nothing to create on; TypeError for another keyword.
    """
    names = _names(spec)
    chosen = gateways_of(target, gateways, wrong_values)
    fixed = [_Change(name, _strategy(value)) for name, value in _by_parameter(parameters).items()]
    starts = []
    for gateway in chosen:
        changes = _changes(target, gateway, wrong_values)
        free = [change for change in changes if change.name in names - {each.name for each in fixed}]
        starts.append(_Start(ordinary(target, gateway), fixed, st.sampled_from(free)))
    return _creations(_Source(target, starts))


@st.composite
def _creations(draw: DrawFn, source: _Source) -> Request:
    start = draw(source.starts)
    texts: dict[str, str | None] = dict(start.plain)
    for change in start.fixed:
        texts[change.name] = draw(change.texts)
    texts |= draw(st.lists(_changed(start.changes), max_size=_MOST_CHANGES))
    caller = texts.pop(_CALLER, None) or "owner"
    return Request(CREATE, {name: text for name, text in texts.items() if text is not None}, caller)


@st.composite
def _changed(draw: DrawFn, changes: SearchStrategy[_Change]) -> tuple[str, str | None]:
    change = draw(changes)
    return change.name, draw(change.texts)


def _changes(target: Target, gateway: Gateway, wrong_values: bool) -> list[_Change]:
    """How a creation on a gateway may differ from the plainest, the right ways first."""
    right: dict[str, _Texts] = {**_RIGHT, "NextHop": st.sampled_from(gateway.connections)}
    wrong = dict(_WRONG)
    elsewhere = [hop for other in target.gateways if other.id != gateway.id for hop in other.connections]
    if elsewhere:
        wrong["NextHop"] = st.sampled_from(elsewhere) | wrong["NextHop"]
    if not gateway.priority:
        right["Priority"], wrong["Priority"] = st.none(), right["Priority"] | wrong["Priority"]
    callers = sorted(target.credentials.keys() - {"owner"})
    if callers:
        wrong[_CALLER] = st.sampled_from(callers)
    found = [_Change(name, texts) for name, texts in right.items()] * _RIGHT_SHARE
    return found + [_Change(name, texts) for name, texts in wrong.items()] if wrong_values else found


# --- What the caller said -----------------------------------------------------------------------------------


def _names(spec: str) -> frozenset[str]:
    """What a creation has, in a version of the documentation."""
    if spec not in SPECS:
        raise ValueError(f"spec: is {spec!r}; expected one of {', '.join(SPECS)}")
    return frozenset((_CALLER, *(row.name for row in PARAMETERS if row.holds_in(spec))))


def gateways_of(target: Target, ids: str | Sequence[str] | None, wrong_values: bool) -> list[Gateway]:
    """The gateways to create on, those first that take routes. TypeError, ValueError: as `requests`."""
    if not isinstance(target, Target):
        raise TypeError(f"target: is of type {type(target).__name__}; expected a Target, as reference() gives")
    named = [ids] if isinstance(ids, str) else ids
    declared = {gateway.id: gateway for gateway in target.gateways}
    for each in named or ():
        if each not in declared:
            near = ", ".join(get_close_matches(each, declared) or declared)
            raise ValueError(f"gateways: {each!r} is not in target {target.name!r}, which has {near or 'none'}")
    found = (
        [gateway for gateway in declared.values() if gateway.scratch] if named is None else [declared[n] for n in named]
    )
    if not found:
        raise ValueError(f"target {target.name!r} has no gateway with scratch = true, on which routes may be created")
    found = [gateway for gateway in found if gateway.connections and (wrong_values or is_plain(gateway))]
    if not found:
        kind = "with a connection, which a route needs as its next hop" if wrong_values else "that takes a route"
        raise ValueError(f"target {target.name!r} has no gateway {kind}, among those asked for")
    return sorted(found, key=lambda gateway: not is_plain(gateway))


def _by_parameter(keywords: Mapping[str, object]) -> dict[str, object]:
    """What was said, by the name of the parameter."""
    known = {**CREATION_KEYWORDS, "caller": _CALLER}
    del known["gateway"]
    for keyword in keywords:
        if keyword not in known:
            near = ", ".join(get_close_matches(keyword, known) or known)
            raise TypeError(f"requests() got an unexpected keyword argument {keyword!r}; expected {near}")
    return {known[keyword]: value for keyword, value in keywords.items()}


def _strategy(value: object) -> _Texts:
    drawn: SearchStrategy[Any] = value if isinstance(value, SearchStrategy) else st.just(value)
    return drawn.map(_fixed_text)


def _fixed_text(value: Any) -> str | None:
    if value is not None and not isinstance(value, str | int):
        raise TypeError(f"a parameter is {value!r}; expected a text, an integer, a boolean or None")
    return None if value is None else text_of(value)
