"""How a person writes a request: as the call of a function in `calls.py` that makes the same one.

Rules of this file
1. What a call assumes is left out: the usual region, PublishVpc false. What it does not assume is shown, or nothing is.
2. The text evaluates to an equal request, whatever texts are in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from pbr_conformance.simulator.documentation.actions import CREATE, DELETE, GATEWAY, LIST

USUAL_REGION: Final = "cn-hangzhou"
"""The region of a target file that names none."""


class CallForm(NamedTuple):
    """The function that makes requests of one operation: its arguments by parameter, in the order of the function."""

    function: str
    positional: tuple[str, ...]
    always: Mapping[str, str]
    """Parameter -> keyword, for what is always written; None stands for absent."""
    optional: Mapping[str, str]
    """Parameter -> keyword, for what is absent if it is not written."""
    assumed: Mapping[str, tuple[str, str]]
    """Parameter -> keyword, and the text that it has if it is not written."""


_REGION: Final = {"RegionId": ("region", USUAL_REGION)}
_KEY: Final = ("VpnGatewayId", "RouteSource", "RouteDest")
_HOP: Final = {"NextHop": "next_hop", "Weight": "weight"}

_FORMS: Final[Mapping[str, CallForm]] = {
    CREATE: CallForm(
        "create",
        _KEY,
        _HOP,
        {
            "Priority": "priority",
            "Description": "description",
            "OverlayMode": "overlay_mode",
            "ClientToken": "client_token",
            "DryRun": "dry_run",
        },
        {"PublishVpc": ("publish_vpc", "false"), **_REGION},
    ),
    DELETE: CallForm("delete", _KEY, _HOP, {"Priority": "priority", "ClientToken": "client_token"}, _REGION),
    LIST: CallForm("list_routes", ("VpnGatewayId",), {}, {}, _REGION),
    GATEWAY: CallForm("describe_gateway", ("VpnGatewayId",), {}, {}, _REGION),
}
CREATION_KEYWORDS: Final[Mapping[str, str]] = {
    **{"gateway": "VpnGatewayId", "route_source": "RouteSource", "route_dest": "RouteDest"},
    **{keyword: name for name, keyword in (*_HOP.items(), *_FORMS[CREATE].optional.items())},
    **{keyword: name for name, (keyword, _) in _FORMS[CREATE].assumed.items()},
}
"""Keyword of `calls.create` -> parameter."""
_NUMBERS: Final = frozenset({"Weight", "Priority"})
_SWITCHES: Final[Mapping[tuple[str, str], str]] = {
    (name, text): shown for name in ("PublishVpc", "DryRun") for text, shown in (("true", "True"), ("false", "False"))
}


def call_text(action: str, parameters: Mapping[str, str], caller: str) -> str:
    """The call that makes a request: `create("vpn-a", "192.168.1.0/24", ...)`; Request(...) where there is no other."""
    form = _FORMS.get(action)
    signed = [] if caller == "owner" else [f"caller={_quoted(caller)}"]
    if form is None:
        return f"Request({', '.join([_quoted(action), repr(dict(parameters)), *signed])})"
    return f"{form.function}({', '.join([*_arguments(form, parameters), *signed])})"


def _arguments(form: CallForm, parameters: Mapping[str, str]) -> Iterator[str]:
    for name in form.positional:
        yield _value(name, parameters.get(name))
    for name, keyword in form.always.items():
        yield f"{keyword}={_value(name, parameters.get(name))}"
    for name, keyword in form.optional.items():
        if name in parameters:
            yield f"{keyword}={_value(name, parameters[name])}"
    for name, (keyword, assumed) in form.assumed.items():
        if parameters.get(name) != assumed:
            yield f"{keyword}={_value(name, parameters.get(name))}"
    known = {*form.positional, *form.always, *form.optional, *form.assumed}
    others = {name: text for name, text in parameters.items() if name not in known}
    if others:
        yield f"others={others!r}"


def _value(name: str, text: str | None) -> str:
    if text is None:
        return "None"
    if name in _NUMBERS and text.isascii() and text.isdigit() and (text == "0" or (len(text) < 10 and text[0] != "0")):
        return text
    return _SWITCHES.get((name, text)) or _quoted(text)


def _quoted(text: str) -> str:
    """A literal of the text, in double quotes where that needs no other escape than in single ones."""
    literal = repr(text)
    return f'"{literal[1:-1]}"' if literal[0] == "'" and '"' not in literal else literal
