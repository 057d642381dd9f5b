"""The reference: what the documentation of CreateVpnPbrRouteEntry says, executable. It imports none of the other rooms.

`Simulator` answers requests and keeps an account; `step` is the same as a pure function, `assess` says which conditions
a request breaks, `allow` which outcomes the documentation allows, `explain` why. `create`, `delete`, `list_routes` and
`describe_gateway` make requests; `load`, `parse_target` and `reference` give target files, `serving` an endpoint over
HTTP. docs/api.md has an example of each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from .model.exports import exported

if TYPE_CHECKING:
    from .documentation.rows import DEFAULT_SPEC, SPECS
    from .model.account import Account
    from .model.calls import create, delete, deletion_of, describe_gateway, list_routes
    from .model.messages import Answer, Request
    from .model.routes import Route
    from .model.target import Gateway, Target, Vpc
    from .model.target_file import TargetError, load, parse_target, reference
    from .operations.simulator import Simulator
    from .operations.step import step
    from .rules.dialect import Dialect
    from .rules.explanation import Explanation, explain
    from .rules.oracle import Allowed, Broken, allow, assess
    from .server.server import serving

__all__ = [
    "DEFAULT_SPEC",
    "SPECS",
    "Account",
    "Allowed",
    "Answer",
    "Broken",
    "Dialect",
    "Explanation",
    "Gateway",
    "Request",
    "Route",
    "Simulator",
    "Target",
    "TargetError",
    "Vpc",
    "allow",
    "assess",
    "create",
    "delete",
    "deletion_of",
    "describe_gateway",
    "explain",
    "list_routes",
    "load",
    "parse_target",
    "reference",
    "serving",
    "step",
]

_HOMES: Final = {
    "documentation.rows": ("DEFAULT_SPEC", "SPECS"),
    "model.account": ("Account",),
    "model.calls": ("create", "delete", "deletion_of", "describe_gateway", "list_routes"),
    "model.messages": ("Answer", "Request"),
    "model.routes": ("Route",),
    "model.target": ("Gateway", "Target", "Vpc"),
    "model.target_file": ("TargetError", "load", "parse_target", "reference"),
    "operations.simulator": ("Simulator",),
    "operations.step": ("step",),
    "rules.dialect": ("Dialect",),
    "rules.explanation": ("Explanation", "explain"),
    "rules.oracle": ("Allowed", "Broken", "allow", "assess"),
    "server.server": ("serving",),
}
"""Module -> what is public of it, imported when it is asked for: a server is more than most that import this want."""


def __getattr__(name: str) -> Any:
    return exported(__name__, name, _HOMES)


def __dir__() -> list[str]:
    return __all__
