"""Exhaustive searches of small accounts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.conformance.engine.verdict import Examined
from pbr_conformance.conformance.explore.certificate_document import certificate, to_json
from pbr_conformance.conformance.explore.exhaust import Search, Searched
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.model.target_file import parse_target
from pbr_conformance.strategies.small_scope import Scope, small_scopes

ALIKE: Final = parse_target(
    """
[[gateways]]
id = "vpn-one"
vpc = "vpc"
connections = ["vco-one-a", "vco-one-b"]
scratch = true
[[gateways]]
id = "vpn-two"
vpc = "vpc"
connections = ["vco-two-a", "vco-two-b"]
scratch = true
[[vpcs]]
id = "vpc"
""",
    "alike.toml",
    {},
)
"""Two gateways that are declared alike."""


def plan(*only: str, depth: int = 2, target: Target = ALIKE, mutant: str | None = None, **changes: Any) -> Search:
    terms = Judgement(changes.pop("spec", DEFAULT_SPEC), changes.pop("strict", False))
    return Search(EndpointFactory(target, terms.spec, mutant=mutant), terms, depth, only=only or ("*",), **changes)


def scope_of(name: str, target: Target = ALIKE) -> Scope:
    return next(scope for scope in small_scopes(target, DEFAULT_SPEC) if scope.name.startswith(name))


def document(
    search: Search, searched: Searched, examined: Sequence[Examined] | None = None, units: str = ""
) -> dict[str, Any]:
    """The certificate as its file has it."""
    return to_json(certificate(search, searched, examined, units))
