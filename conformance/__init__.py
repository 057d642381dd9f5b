"""Compares an endpoint with the reference: checks, examination, command line and pytest plugin.

`HttpEndpoint` sends requests to an endpoint at a URL. All else is for the command line: `pbr-conformance --help`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pbr_conformance.simulator.model.exports import exported

if TYPE_CHECKING:
    from .client.http import HttpEndpoint

__all__ = ["HttpEndpoint"]

_HOMES: Final = {"client.http": ("HttpEndpoint",)}


def __getattr__(name: str) -> Any:
    return exported(__name__, name, _HOMES)


def __dir__() -> list[str]:
    return __all__
