"""The circumstances of a MAY: what an endpoint may make its decision depend on.

Rules of this file
1. CASES is the only list of them. A condition that is not in it is decided in one way wherever it is a MAY.
2. A request that meets a condition meets at least one of its cases where the condition is a MAY. It is refused if one
   of them is: an endpoint that takes host bits and no IPv6 takes no IPv6 with host bits.
3. Nothing is decided here: a dialect says what becomes of each case.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from pbr_conformance.simulator.model.prefixes import MASKS, read

from .case import Case
from .oracle import Broken

Applies = Callable[[Case, Broken], bool]


class Circumstance(NamedTuple):
    """One case of a MAY: its name in a dialect, and when it applies."""

    name: str
    applies: Applies


def _of_parameter(name: str) -> Circumstance:
    return Circumstance(name, lambda _, broken: broken.parameter == name)


def _text(case: Case, broken: Broken) -> str:
    return case.creation.texts.get(broken.parameter or "", "")


def _loose(name: str, is_so: Callable[[str], bool]) -> Circumstance:
    return Circumstance(name, lambda case, broken: is_so(_text(case, broken)))


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


def _has_mask(text: str) -> bool:
    return "." in text.partition("/")[2]


def _has_no_length(text: str) -> bool:
    return not _is_ipv6(text) and "/" not in text


def _has_leading_zeros(text: str) -> bool:
    return not _is_ipv6(text) and _LEADING_ZERO.search(text.strip(_BLANKS)) is not None


def _reserved(default_route: bool, dual: bool) -> Applies:
    def applies(case: Case, broken: Broken) -> bool:
        prefix = read(_text(case, broken)).prefix
        is_default = prefix is not None and prefix.length == 0
        return is_default is default_route and (case.place is not None and case.place.dual) is dual

    return applies


def _same_key(weight: bool, priority: bool) -> Applies:
    def applies(case: Case, _: Broken) -> bool:
        creation = case.creation
        return any(
            route.next_hop == creation.next_hop
            and (route.weight != creation.weight) is weight
            and (route.priority != creation.priority) is priority
            for route in case.pair
        )

    return applies


def _without_priorities(case: Case, _: Broken) -> bool:
    return not case.known.gateway.priority


def _standby(case: Case, _: Broken) -> bool:
    return case.known.gateway.priority and case.overlapping == case.standby_partners


def _spelled(case: Case, broken: Broken) -> bool:
    return not _without_priorities(case, broken) and not _standby(case, broken)


def _published(case: Case, _: Broken) -> bool:
    return case.creation.publish is True


def _not_published(case: Case, _: Broken) -> bool:
    return not case.creation.publish


def _long_token(case: Case, _: Broken) -> bool:
    return len(case.creation.token or "") > 64


def _foreign_token(case: Case, _: Broken) -> bool:
    return not (case.creation.token or "").isascii()


def _within(case: Case, _: Broken) -> bool:
    return 0 < (case.creation.weight or 0) < 100


def _outside(case: Case, broken: Broken) -> bool:
    return not _within(case, broken)


TOLERATED_SPELLING: Final = "a prefix in a tolerated spelling"

# fmt: off
CASES: Final[Mapping[str, tuple[Circumstance, ...]]] = {
    "format/boolean-spelling": (_of_parameter("PublishVpc"), _of_parameter("DryRun")),
    "format/empty-optional": tuple(
        map(_of_parameter, ("ClientToken", "Priority", "DryRun", "Description", "OverlayMode"))),
    "format/token": (Circumstance("more than 64 characters", _long_token),
                     Circumstance("not ASCII", _foreign_token)),
    "weight/value": (Circumstance("1 to 99", _within), Circumstance("below 0 or above 100", _outside)),
    "cidr/loose": (_loose("host bits", _has_host_bits), _loose("no length", _has_no_length),
                   _loose("a mask", _has_mask), _loose("leading zeros", _has_leading_zeros),
                   _loose("blanks around it", lambda text: text != text.strip(_BLANKS)), _loose("IPv6", _is_ipv6)),
    "cidr/reserved-destination": (
        Circumstance("0.0.0.0/0, single-tunnel", _reserved(default_route=True, dual=False)),
        Circumstance("0.0.0.0/0, dual-tunnel", _reserved(default_route=True, dual=True)),
        Circumstance("100.64.0.0/10, single-tunnel", _reserved(default_route=False, dual=False)),
        Circumstance("100.64.0.0/10, dual-tunnel", _reserved(default_route=False, dual=True))),
    "route/same-key": (Circumstance("another weight", _same_key(weight=True, priority=False)),
                       Circumstance("another priority", _same_key(weight=False, priority=True)),
                       Circumstance("another weight and priority", _same_key(weight=True, priority=True))),
    "route/overlap": (Circumstance("no priority support", _without_priorities), Circumstance("a standby", _standby),
                      Circumstance(TOLERATED_SPELLING, _spelled)),
    "ssl/inside": (Circumstance("not published", _not_published),
                   Circumstance(TOLERATED_SPELLING, _published)),
    "ssl/contains": (Circumstance("published", _published), Circumstance("not published", _not_published)),
}
"""The cases of each MAY that has several. A gateway that does not exist counts as single-tunnel."""
# fmt: on


def cases_of(case: Case, broken: Broken) -> tuple[str, ...]:
    """The cases that a broken condition meets, where it is a MAY; none where it has none."""
    known = CASES.get(broken.condition.id, ())
    return tuple(circumstance.name for circumstance in known if circumstance.applies(case, broken))
