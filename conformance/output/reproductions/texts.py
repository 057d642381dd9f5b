"""Templates of scripts, and the filters that put strange texts into them safely.

Rules of this file
1. What stands in a comment is on one line; what stands in code is quoted by a filter, without exception.
"""

from __future__ import annotations

import json
import re
import shlex
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from pbr_conformance.reports.data.visible import on_a_line
from pbr_conformance.simulator.wire.codec import quoted

from .recipe import Batch, Call, Listed, Pause, Recipe

LONGEST_LINE: Final = 1_000


def environment() -> Environment:
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
        line=lambda text: on_a_line(text, LONGEST_LINE),
        py=ascii,
        pyroute=_python_route,
        pyvalues=_python_values,
        request=shell_request,
        route=lambda route: shlex.quote(line_of(route)),
        seconds=lambda seconds: f"{seconds:g}",
        sh=shlex.quote,
        snake=lambda name: re.sub("(?<!^)(?=[A-Z])", "_", name).lower(),
    )
    found.tests.update(batch=lambda step: isinstance(step, Batch), pause=lambda step: isinstance(step, Pause))
    return found


def render(template: str, recipe: Recipe, **more: object) -> str:
    """A script."""
    return environment().get_template(template).render(recipe=recipe, judged=judged(recipe), **more)


def judged(recipe: Recipe) -> Call | None:
    """The step whose answer deviated; None where it is the lists, or several at the same time."""
    last = recipe.steps[-1] if recipe.steps else None
    return None if recipe.looks or not isinstance(last, Call) else last


def shell_request(call: Call) -> str:
    """A request as words of a shell: action, caller, parameters by name. A token is followed by the mark."""
    words = [_pair(name, text) for name, text in sorted(call.parameters.items())]
    return " ".join([call.action, call.caller, *words])


def _pair(name: str, text: str) -> str:
    """A parameter; where a shell cannot have its text, already encoded, which the % behind its name says."""
    encoded = "\0" in text or any("\ud800" <= char <= "\udfff" for char in text)
    pair = shlex.quote(f"{name}%={quoted(text)}" if encoded else f"{name}={text}")
    return f'{pair}"$mark"' if name == "ClientToken" and text else pair


def line_of(route: Listed) -> str:
    """A route as the scripts write it: gateway, then its members as JSON, tabs between; `?` where it may be missing."""
    members = (route.route_source, route.route_dest, route.next_hop, route.weight, route.priority, route.state)
    return "\t".join([route.gateway, *(json.dumps(member) for member in members), *(["?"] if route.optional else [])])


def _python_route(route: Listed | None) -> str:
    """A route as the Python script has it: gateway, members, and whether it may be missing."""
    if route is None:
        return "None"
    members = (route.route_source, route.route_dest, route.next_hop, route.weight, route.priority, route.state)
    return ascii((route.gateway, members, route.optional))


def _python_values(values: tuple[str, ...]) -> str:
    """What a member may be; where it may be absent, None."""
    return ascii(list(dict.fromkeys(json.loads(text or "null") for text in values)))
