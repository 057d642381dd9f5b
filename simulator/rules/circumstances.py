"""The circumstances of a MAY: what an endpoint may make its decision depend on.

Rules of this file
1. The row of a condition (`conditions.py`) has its cases. One that has none is decided in one way wherever it is a MAY.
2. A request that meets a condition meets at least one of its cases where the condition is a MAY. It is refused if one
   of them is: an endpoint that takes host bits and no IPv6 takes no IPv6 with host bits.
3. Nothing is decided here: a dialect says what becomes of each case.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from pbr_conformance.simulator.model.prefixes import MASKS, read

from .creation import Case

Applies = Callable[[Case, str], bool]
"""Of the creation in its account, and the parameter that breaks the condition; empty where none does by itself."""


class Circumstance(NamedTuple):
    """One case of a MAY: its name in a dialect, and when it applies."""

    name: str
    applies: Applies


def of_parameter(name: str) -> Circumstance:
    """The case that the condition is met in this parameter."""
    return Circumstance(name, lambda _, parameter: parameter == name)


def _of_text(name: str, is_so: Callable[[str], bool]) -> Circumstance:
    return Circumstance(name, lambda case, parameter: is_so(case.creation.texts.get(parameter, "")))


def _of_case(name: str, is_so: Callable[[Case], bool]) -> Circumstance:
    return Circumstance(name, lambda case, _: is_so(case))


_BLANKS: Final = " \t\r\n"
_LEADING_ZERO: Final = re.compile(r"(?:^|[./])0[0-9]")


def _is_ipv6(text: str) -> bool:
    return ":" in text


def _has_host_bits(text: str) -> bool:
    """Whether bits are set beyond the length. An IPv6 prefix is looked at no further."""
    prefix = read(text).prefix
    if prefix is None:
        return False
    octets = [int(octet[-3:]) for octet in text.strip(_BLANKS).partition("/")[0].split(".")]
    address = octets[0] << 24 | octets[1] << 16 | octets[2] << 8 | octets[3]
    return bool(address & ~MASKS[prefix.length])


def _has_no_length(text: str) -> bool:
    return not _is_ipv6(text) and "/" not in text


def _has_leading_zeros(text: str) -> bool:
    return not _is_ipv6(text) and _LEADING_ZERO.search(text.strip(_BLANKS)) is not None


def _reserved(name: str, default_route: bool, dual: bool) -> Circumstance:
    def is_so(case: Case) -> bool:
        prefix = read(case.creation.texts.get("RouteDest", "")).prefix
        is_default = prefix is not None and prefix.length == 0
        return is_default is default_route and (case.place is not None and case.place.dual) is dual

    return _of_case(f"{name}, {'dual' if dual else 'single'}-tunnel", is_so)


def _same_key(name: str, weight: bool, priority: bool) -> Circumstance:
    def is_so(case: Case) -> bool:
        creation = case.creation
        return any(
            route.next_hop == creation.next_hop
            and (route.weight != creation.weight) is weight
            and (route.priority != creation.priority) is priority
            for route in case.pair
        )

    return _of_case(name, is_so)


def _without_priorities(case: Case) -> bool:
    return not case.known.gateway.priority


def _standby(case: Case) -> bool:
    return case.known.gateway.priority and case.overlapping == case.standby_partners


def _published(case: Case) -> bool:
    return case.creation.publish is True


def _within(case: Case) -> bool:
    return 0 < (case.creation.weight or 0) < 100


TOLERATED_SPELLING: Final = "a prefix in a tolerated spelling"

LOOSE_SPELLINGS: Final = (
    _of_text("host bits", _has_host_bits),
    _of_text("no length", _has_no_length),
    _of_text("a mask", lambda text: "." in text.partition("/")[2]),
    _of_text("leading zeros", _has_leading_zeros),
    _of_text("blanks around it", lambda text: text != text.strip(_BLANKS)),
    _of_text("IPv6", _is_ipv6),
)
ODD_TOKENS: Final = (
    _of_text("more than 64 characters", lambda text: len(text) > 64),
    _of_text("not ASCII", lambda text: not text.isascii()),
)
WRONG_WEIGHTS: Final = (
    _of_case("1 to 99", _within),
    _of_case("below 0 or above 100", lambda case: not _within(case)),
)
RESERVED_DESTINATIONS: Final = (
    _reserved("0.0.0.0/0", default_route=True, dual=False),
    _reserved("0.0.0.0/0", default_route=True, dual=True),
    _reserved("100.64.0.0/10", default_route=False, dual=False),
    _reserved("100.64.0.0/10", default_route=False, dual=True),
)
"""A gateway that does not exist counts as single-tunnel."""
OTHER_VALUES: Final = (
    _same_key("another weight", weight=True, priority=False),
    _same_key("another priority", weight=False, priority=True),
    _same_key("another weight and priority", weight=True, priority=True),
)
EXCUSED_OVERLAPS: Final = (
    _of_case("no priority support", _without_priorities),
    _of_case("a standby", _standby),
    _of_case(TOLERATED_SPELLING, lambda case: not _without_priorities(case) and not _standby(case)),
)
INSIDE_CLIENTS: Final = (
    _of_case("not published", lambda case: not case.creation.publish),
    _of_case(TOLERATED_SPELLING, _published),
)
AROUND_CLIENTS: Final = (
    _of_case("published", _published),
    _of_case("not published", lambda case: not case.creation.publish),
)
