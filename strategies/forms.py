"""The forms that one value may have on the wire, and the kinds of gateways: what conditions are combined with.

Rules of this file
1. A form is a name, an example, and the shape by which it is known again in any request. The first that fits counts.
2. Only spellings: no form of a well-known value says whether the value is right.
3. The kind of a gateway is what the target declares of it, in the words of a reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target import Gateway

from .breakers import BREAKERS
from .room import SMALL_QUOTA


@dataclass(frozen=True, slots=True)
class Form:
    """One form: its name, an example (None: absent), and the pattern of all texts that have it."""

    name: str
    example: str | None
    shape: re.Pattern[str] | None = None


def _form(name: str, example: str | None, shape: str = "") -> Form:
    return Form(name, example, re.compile(shape or re.escape(example or ""), re.DOTALL))


def _prefix(octets: str) -> tuple[Form, ...]:
    return (
        _form("between blanks", f" {octets}.0/24", r"\s.*|.*\s"),
        _form("with leading zeros", f"{octets}.0/024", r"(.*[./])?0\d.*"),
        _form("with a mask", f"{octets}.0/255.255.255.0", r"[\d.]+/\d+(\.\d+){3}"),
        _form("without length", f"{octets}.0", r"\d+(\.\d+){3}"),
        _form("of IPv6", "2001:db8::/32", r"[0-9a-f:]+/\d+"),
        _form("plain", f"{octets}.0/24", r"\d+(\.\d+){3}/\d+"),
    )


_ABSENT: Final = Form("absent", None)
_EMPTY: Final = _form("empty", "")
_CASES: Final = (_form("True", "True"), _form("TRUE", "TRUE"), _form("False", "False"))

FORMS: Final[Mapping[str, tuple[Form, ...]]] = {
    "RouteSource": _prefix("192.168.1"),
    "RouteDest": _prefix("10.0.0"),
    "Weight": (_form("100", "100"), _form("0", "0"), _form("with leading zeros", "0100", r"0+(0|100)")),
    "PublishVpc": (_form("false", "false"), _form("true", "true"), *_CASES),
    "Priority": (
        _ABSENT, _EMPTY, _form("10", "10"), _form("1", "1"), _form("100", "100"),
        _form("with leading zeros", "010", r"0+\d+"),
    ),
    "DryRun": (_ABSENT, _EMPTY, _form("false", "false"), _form("true", "true"), *_CASES[:1]),
    "Description": (
        _ABSENT, _EMPTY, _form("short", "x", r".{1,20}"), _form("100 characters", "x" * 100, r".{100}"),
        _form("special characters", "a & b = c; 100% <d> \"e\" 'f' +", r".*[&=%<>\"'+].*"),
    ),
    "OverlayMode": (_ABSENT, _EMPTY, _form("Ipsec", "Ipsec")),
    "ClientToken": (
        _ABSENT, _EMPTY, _form("64 characters", "t" * 64, r"[\w-]{64}"), _form("short", "t", r"[\w-]{1,63}"),
        _form("special characters", "a b+c%d&e=f", r"[ -~]{1,64}"),
    ),
}  # fmt: skip
"""By parameter, the plainest or the absent first, except where a broader shape has to come last."""


@lru_cache(maxsize=1 << 14)
def form_of(name: str, text: str | None) -> str | None:
    """The name of the form that a parameter's text has; None where it has none of them."""
    for form in FORMS[name]:
        if form.shape is None:
            if text is None:
                return form.name
        elif text is not None and form.shape.fullmatch(text):
            return form.name
    return None


def kind_of(gateway: Gateway) -> str:
    """What kind of gateway it is: "single-tunnel", "dual-tunnel, SSL clients"."""
    traits = {
        "without policy-based routes": not gateway.pbr,
        "without priority": not gateway.priority,
        "configuring": gateway.status != "active",
        "locked": gateway.business != "normal",
        "small quota": gateway.quota <= SMALL_QUOTA,
        "SSL clients": bool(gateway.ssl_client_cidrs),
    }
    return ", ".join((f"{gateway.tunnels}-tunnel", *(trait for trait, has in traits.items() if has)))


def feature_of(what: str, value: str) -> str:
    """The feature of a kind of "gateway", of a "caller", or of a parameter's form."""
    return f"{what} {value}"


@lru_cache(maxsize=1 << 14)
def _feature_of_text(name: str, text: str | None) -> str | None:
    form = form_of(name, text)
    return None if form is None else feature_of(name, form)


def is_alike_but_for_quota(one: Gateway, other: Gateway) -> bool:
    """Whether one gateway with the quota of another would be of the same kind."""
    return kind_of(one.model_copy(update={"quota": other.quota})) == kind_of(other)


def features(request: Request, gateway: Gateway | None, met: Iterable[str]) -> frozenset[str]:
    """The features of a creation that meets these conditions, told from what is sent and not from what was meant."""
    texts = request.parameters
    return frozenset(
        (
            *(condition for condition in met if condition in BREAKERS),
            *([feature_of("gateway", kind_of(gateway))] if gateway is not None else []),
            feature_of("caller", request.caller),
            *filter(None, [_feature_of_text(name, texts.get(name)) for name in FORMS]),
        )
    )
