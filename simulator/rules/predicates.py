"""The predicates of `conditions.py`: whether a condition is met, each in a few lines.

Rules of this file
1. A predicate answers None (not met), MUST (a clear documented rule is broken) or MAY (the documentation is
   silent, vague or contradicts itself).
2. A predicate asks about its subject only; `conditions.py` does not ask it where the subject is missing.
"""

from __future__ import annotations

from typing import Final

from pbr_conformance.simulator.documentation.create import PARAMETERS
from pbr_conformance.simulator.model.prefixes import LOOSE, MALFORMED, Prefix, read
from pbr_conformance.simulator.model.unknown import QuotaRange

from .creation import MAY, MUST, OPEN, TOLERATED_BOOLEANS, Case, Strength, boolean, integer

Holds = Strength | None

INT32: Final = range(-(2**31), 2**31)
NUMBERS: Final = frozenset(row.name for row in PARAMETERS if row.type == "integer")

# --- Request format and parameter values: each looks at one text, which is not empty but where it says so ----


def missing(_text: str | None, _: str) -> Holds:
    """Asked of a text that is absent or empty."""
    return MUST


def empty(_text: str | None, _: str) -> Holds:
    """Asked of a text that is empty."""
    return MAY


def wrong_type(text: str, name: str) -> Holds:
    """Numbers that no 32-bit integer holds are of the right form, but not of the documented type: a MAY."""
    if name in NUMBERS:
        number = integer(text)
        return MUST if number is None else None if number in INT32 else MAY
    return None if boolean(text) is not None or text.lower() in TOLERATED_BOOLEANS else MUST


def tolerated_switch(text: str, _: str) -> Holds:
    return MAY if text.lower() in TOLERATED_BOOLEANS else None


def token(text: str, _: str) -> Holds:
    return MAY if len(text) > 64 or not text.isascii() else None


def malformed(text: str, _: str) -> Holds:
    return MUST if read(text).spelling is MALFORMED else None


def loose(text: str, _: str) -> Holds:
    return MAY if read(text).spelling is LOOSE else None


def is_destination(name: str) -> bool:
    return name == "RouteDest"


def out_of_range(text: str, _: str) -> Holds:
    number = integer(text)
    return None if number is None or 1 <= number <= 100 else MUST


def too_long(text: str, _: str) -> Holds:
    if len(text) <= 50:
        return None
    if len(text) > 100:
        return MUST
    return MAY if len(text.encode("utf-16-le", "surrogatepass")) > 200 else None


def scheme(text: str, _: str) -> Holds:
    if text[:4].lower() != "http":
        return None
    if text.startswith(("http://", "https://")):
        return MUST
    return MAY if text.lower().startswith(("http://", "https://")) else None


def overlay(text: str, _: str) -> Holds:
    if text == "Ipsec":
        return None
    return MAY if text.lower() == "ipsec" else MUST


# --- The request as a whole -------------------------------------------------------------------------------

SHARED_ADDRESSES: Final = Prefix(100 << 24 | 64 << 16, 10)


def region(case: Case) -> Holds:
    region = case.creation.texts.get("RegionId")
    return MAY if region and region != case.account.region else None


def weight(case: Case) -> Holds:
    weight = case.creation.weight
    if weight is None or weight in (0, 100):
        return None
    return MUST if case.place is not None and not case.place.dual else MAY


def reserved(case: Case) -> Holds:
    """0.0.0.0/0 overlaps them too."""
    destination = case.creation.destination_prefix
    return MAY if destination is not None and destination.overlaps(SHARED_ADDRESSES) else None


# --- Caller and gateway ---------------------------------------------------------------------------------


def sub_user(case: Case) -> Holds:
    return MUST if case.caller == "sub_user" else None


def unauthorized(case: Case) -> Holds:
    return MUST if case.caller == "unauthorized" else None


def unknown_gateway(case: Case) -> Holds:
    return MUST if case.creation.gateway else None


def locked(case: Case) -> Holds:
    return MUST if case.known.gateway.business == "financial_locked" else None


def configuring(case: Case) -> Holds:
    return MUST if case.known.gateway.status != "active" else None


def busy(case: Case) -> Holds:
    return MAY if case.busy else None


def no_pbr(case: Case) -> Holds:
    unknown = case.known.unknown_pbr
    if unknown is not None:
        return OPEN if unknown.is_supported is None else None if unknown.is_supported else MUST
    return None if case.known.gateway.pbr else MUST


def priority_unsupported(case: Case) -> Holds:
    if case.creation.priority_sent is None or case.known.gateway.priority:
        return None
    return MAY if case.creation.priority == 10 else MUST


def unknown_next_hop(case: Case) -> Holds:
    return MUST if case.account.home_of(case.creation.next_hop) is None else None


def next_hop_elsewhere(case: Case) -> Holds:
    return None if case.account.home_of(case.creation.next_hop) is None else MAY


# --- Against the routes of the same gateway -----------------------------------------------------------------


def exists(case: Case) -> Holds:
    creation = case.creation
    for route in case.pair:
        same_key = route.next_hop == creation.next_hop and route.priority == creation.priority
        if same_key and case.same_weight(route):
            return MUST
    return None


def same_key(case: Case) -> Holds:
    creation = case.creation
    for route in case.pair:
        other_values = route.weight != creation.weight or route.priority != creation.priority
        if route.next_hop == creation.next_hop and other_values:
            return MAY
    return None


def same_weight(case: Case) -> Holds:
    if case.known.dual:
        return None
    return MUST if any(case.same_weight(route) for route in case.pair) else None


def same_pair(case: Case) -> Holds:
    return MUST if case.known.dual and case.pair else None


def overlap(case: Case) -> Holds:
    only_a_standby = case.overlapping == case.standby_partners
    return MUST if case.known.gateway.priority and not only_a_standby else MAY


def has_partner(case: Case) -> bool:
    return case.standby_partners > 0


def equal_weights(case: Case) -> bool:
    return any(case.same_weight(route) for route in case.pair)


def quota(case: Case) -> Holds:
    unknown = case.known.unknown_quota
    if unknown is not None:
        return _of_range(unknown, len(case.table))
    if len(case.table) < case.known.gateway.quota:
        return None
    return MUST if case.creation.comparable and case.creation.strict else MAY


# --- Against the VPC ------------------------------------------------------------------------------------


def other_vpn(case: Case) -> Holds:
    place, destination = case.known, case.destination
    if place.elsewhere.get(destination) == "vpn_gateway":
        return MUST
    for neighbour in place.neighbours:
        if case.account.table(neighbour).publishes(destination):
            return MUST
    return None


def other_next_hop(case: Case) -> Holds:
    kind = case.known.elsewhere.get(case.destination)
    return MUST if kind not in (None, "vpn_gateway", "router_interface") else None


def router_interface(case: Case) -> Holds:
    return MAY if case.known.elsewhere.get(case.destination) == "router_interface" else None


def vpc_quota(case: Case) -> Holds:
    quota, unknown = case.known.vpc.vpn_route_quota, case.known.unknown_vpn_route_quota
    if (quota is None and unknown is None) or case.is_in_table:
        return None
    if unknown is not None:
        return _of_range(unknown, case.taken_in_table)
    return MUST if quota is not None and case.taken_in_table >= quota else None


def _of_range(unknown: QuotaRange, held: int) -> Holds:
    allows = unknown.allows(held)
    return OPEN if allows is None else None if allows else MUST


def ssl_inside(case: Case) -> Holds:
    if not any(block.contains(case.destination) for block in case.known.ssl_blocks):
        return None
    return MUST if case.creation.publish else MAY


def ssl_contains(case: Case) -> Holds:
    destination = case.destination
    inside = (block for block in case.known.ssl_blocks if destination != block and destination.contains(block))
    return MAY if any(inside) else None
