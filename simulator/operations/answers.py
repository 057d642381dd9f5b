"""Answers in the vendor's words: statuses, codes and messages from the documentation, members as it names them.

Rules of this file
1. An answer is made of values alone; ids and times come in as arguments.
2. Nothing is decided here.
"""

from __future__ import annotations

from typing import Final

from pbr_conformance.simulator.documentation.create import SPECS, Error, clause, error
from pbr_conformance.simulator.documentation.rows import SiblingError
from pbr_conformance.simulator.documentation.sibling_errors import sibling_error
from pbr_conformance.simulator.model.account import GatewayContext
from pbr_conformance.simulator.model.messages import Answer
from pbr_conformance.simulator.model.routes import Route
from pbr_conformance.simulator.rules.dialect import Dialect

_WITH_PRIORITY: Final = frozenset(spec for spec in SPECS if clause("response/Priority").holds_in(spec))


def request_id(serial: int, now: int) -> str:
    """An id in the vendor's form, different for each answer of an account."""
    return "%08X-0000-4000-8000-%012X" % (serial, now)  # noqa: UP031 (in two thirds of the time)


def refusal(row: Error | SiblingError, identity: str, parameter: str = "") -> Answer:
    """The refusal that one row of an error table describes."""
    if isinstance(row, SiblingError):
        row = row.about(parameter)
    return Answer(row.status, {"RequestId": identity, "Code": row.code, "Message": row.message})


def any_refusal(code: str, parameter: str, identity: str) -> Answer:
    """A refusal for which the documentation names no code: the usual form, or a code that a dialect prefers."""
    if code in ("Missing<Param>", "Invalid<Param>", "IdempotentParameterMismatch"):
        return refusal(sibling_error(code), identity, parameter)
    message = f"The specified parameter {parameter} is not valid."
    return Answer(400, {"RequestId": identity, "Code": code.replace("<Param>", parameter), "Message": message})


def documented_refusal(row: str, identity: str) -> Answer:
    """The refusal of a row of the operation's own error table."""
    return refusal(error(row), identity)


def shown(route: Route, place: GatewayContext, dialect: Dialect) -> dict[str, object]:
    """The members of a route that both a creation and the list show."""
    members: dict[str, object] = {
        "VpnInstanceId": place.gateway.id,
        "RouteSource": route.route_source,
        "RouteDest": route.route_dest,
        "NextHop": route.next_hop,
        "Weight": route.weight if dialect.shows_dual_weight or not place.dual else 100,
        "State": "published" if route.published else "normal",
        "CreateTime": route.created,
    }
    shows_priority = place.gateway.priority or dialect.shows_unsupported_priority
    if shows_priority and dialect.spec in _WITH_PRIORITY:
        members["Priority"] = route.priority
    return members


def created(route: Route, place: GatewayContext, dialect: Dialect, identity: str) -> Answer:
    """The answer to a successful creation."""
    members = shown(route, place, dialect)
    members["RequestId"] = identity
    members["OverlayMode"] = "Ipsec"
    if route.description or dialect.shows_absent_description:
        members["Description"] = route.description or ""
    return Answer(200, members)
