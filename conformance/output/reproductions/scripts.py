"""Templates of scripts, and the filters that put strange texts into them safely.

Rules of this file
1. What stands in a comment is on one line; what stands in code is quoted by a filter, without exception.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from pprint import pformat
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from pbr_conformance.reports.data.visible import on_a_line
from pbr_conformance.simulator.documentation.create import PARAMETERS
from pbr_conformance.simulator.model.routes import key_of
from pbr_conformance.simulator.wire.codec import quoted

from .recipe import ListedRoute, Pause, Recipe, SimultaneousCalls

_LONGEST_LINE: Final = 1_000
_FEWEST_TRIES: Final = 5
_MOST_TRIES: Final = 30
"""How often, a second apart, a script sends a request that gets nothing but transient errors."""
_TYPED: Final = frozenset(row.name for row in PARAMETERS)
"""The parameters that the SDK's models have. Any text goes: it checks none of them."""


def render(name: str, recipe: Recipe, document: Mapping[str, Any]) -> str:
    """Return the text of a file."""
    template = _environment().get_template(f"{name}.j2")
    named = next((call.parameters.get("VpnGatewayId") for call in recipe.calls), None)
    gateway = recipe.gateways[0].id if recipe.gateways else named or "none"
    transcript = pformat(_needed(document), width=118, sort_dicts=False)
    tries = min(_MOST_TRIES, max(_FEWEST_TRIES, round(recipe.settle_seconds)))
    about = {"recipe": recipe, "judged": recipe.judged, "gateway": gateway, "tries": tries}
    return template.render(**about, transcript=transcript, typed=_TYPED)


def _environment() -> Environment:
    """The templates of this package. They make shell scripts and Python, so nothing is escaped but by filters."""
    found = Environment(
        loader=PackageLoader("pbr_conformance.conformance.output.reproductions", "templates"),
        autoescape=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    found.filters.update(
        flags=_flags,
        key=lambda parameters: shlex.quote(" ".join(map(json.dumps, key_of(parameters)))),
        line=lambda text: on_a_line(text, _LONGEST_LINE),
        py=ascii,
        pyvalues=lambda values: ascii(list(dict.fromkeys(json.loads(text or "null") for text in values))),
        query=_query,
        route=_route,
        seconds=lambda seconds: f"{seconds:g}",
        sh=shlex.quote,
        told_apart=_told_apart,
        snake=lambda name: re.sub("(?<!^)(?=[A-Z])", "_", name).lower(),
    )
    found.tests.update(
        batch=lambda step: isinstance(step, SimultaneousCalls), pause=lambda step: isinstance(step, Pause)
    )
    return found


def _query(parameters: Mapping[str, str]) -> str:
    """Parameters as one word of a shell, encoded and in order. A token is followed by the mark."""
    pairs = [(name, f"{quoted(name)}={quoted(text)}") for name, text in sorted(parameters.items())]
    marked = [f"{pair}'\"$mark\"'" if name == "ClientToken" and parameters[name] else pair for name, pair in pairs]
    return f"'{'&'.join(marked)}'"


def _flags(parameters: Mapping[str, str]) -> str:
    """Parameters as flags of `aliyun`: --Name Value, or --Name=Value where the value begins with a hyphen."""
    words = []
    for name, text in parameters.items():
        value = shlex.quote(text.replace("\0", "").encode("utf-8", "replace").decode())
        marked = f'{value}"$mark"' if name == "ClientToken" and text else value
        words.append(f"{shlex.quote(f'--{name}')}{'=' if text.startswith('-') else ' '}{marked}")
    return " ".join(words)


def _told_apart(parameters: Mapping[str, str], recipe: Recipe) -> str:
    """The weight and the priority by which a deletion leaves another route alone, as words of a shell.

    Nothing for one by which it may not.
    """
    dual = {gateway.id for gateway in recipe.gateways if gateway.dual}
    weight = "" if parameters["VpnGatewayId"] in dual else parameters.get("Weight", "")
    numbers = (weight, parameters.get("Priority", ""))
    return " ".join(f"{int(text)}" if re.fullmatch("[0-9]{1,9}", text) else "''" for text in numbers)


def _route(route: ListedRoute) -> str:
    """The members of a route as words of a shell, each as JSON."""
    return " ".join(shlex.quote(json.dumps(member)) for member in route.members)


def _needed(document: Mapping[str, Any]) -> dict[str, Any]:
    """A transcript with as much of the account as its history needs."""
    account, history = document["account"], document["history"]
    named = {request["parameters"].get(name) for request in history for name in ("VpnGatewayId", "NextHop")}
    gateways = [each for each in account["gateways"] if each["id"] in named or named & set(each["connections"])]
    gateways = gateways or account["gateways"][:1]
    homes = {each["vpc"] for each in gateways}
    vpcs = [each for each in account["vpcs"] if each["id"] in homes]
    return {
        **{name: document[name] for name in ("format", "spec", "strict_messages", "mutant") if name in document},
        "account": {**account, "gateways": gateways, "vpcs": vpcs},
        "history": history,
    }
