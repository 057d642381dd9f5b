"""A creation as it is read: the texts of a CreateVpnPbrRouteEntry request, each parsed once.

Rules of this file
1. A value is None where its text is absent, empty or cannot be read; what that breaks is said in `conditions.py`.
2. Nothing is refused here, and nothing raises.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from pbr_conformance.simulator.documentation.create import PARAMETERS, SPECS
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.prefixes import MALFORMED, STRICT, PrefixText, read

DEFAULT_PRIORITY: Final = 10
_LONGEST_NUMBER: Final = 20
_INTEGER: Final = re.compile(r"-?[0-9]+")
_BOOLEANS: Final[Mapping[str, bool]] = {"true": True, "false": False}
TOLERATED_BOOLEANS: Final[Mapping[str, bool]] = {
    **dict.fromkeys(("0", "no", "off"), False),
    **dict.fromkeys(("1", "yes", "on"), True),
}
"""Spellings of a boolean that some endpoints take (format/boolean-spelling), in lower case."""


def integer(text: str | None) -> int | None:
    """A plain decimal integer, `-?[0-9]+`, or one of 20 digits in the place of a longer; None for any other text."""
    return None if text is None else _short_integer(text) if len(text) <= _LONGEST_NUMBER else _long_integer(text)


@lru_cache(maxsize=4096)
def _short_integer(text: str) -> int | None:
    return int(text) if _INTEGER.fullmatch(text) else None


def _long_integer(text: str) -> int | None:
    if not _INTEGER.fullmatch(text):
        return None
    size = int(text.lstrip("-").lstrip("0")[:_LONGEST_NUMBER] or "0")
    return -size if text.startswith("-") else size


def boolean(text: str | None) -> bool | None:
    """true or false in any letter case; None for any other text."""
    return None if text is None else _BOOLEANS.get(text.lower())


NO_PREFIX: Final = PrefixText(MALFORMED, None)


class Creation:
    """What a create request asks for. `priority` is 10 where none was sent; `dry_run` is False where none was."""

    __slots__ = (
        "comparable",
        "destination_prefix",
        "destination_spelling",
        "dry_run",
        "faults",
        "gateway",
        "next_hop",
        "priority",
        "priority_sent",
        "publish",
        "source_prefix",
        "strict",
        "texts",
        "token",
        "weight",
    )

    def __init__(self, texts: Mapping[str, str]) -> None:
        get = texts.get
        source, destination, priority, dry_run = get("RouteSource"), get("RouteDest"), get("Priority"), get("DryRun")
        self.texts = texts
        self.faults: dict[str, tuple[Any, ...]] = {}
        """What its texts break, by version of the documentation: kept here by `oracle.py`."""
        self.gateway = get("VpnGatewayId") or None
        self.next_hop = get("NextHop") or None
        source_spelling, self.source_prefix = read(source) if source else NO_PREFIX
        self.destination_spelling, self.destination_prefix = read(destination) if destination else NO_PREFIX
        self.weight = integer(get("Weight"))
        self.priority_sent = priority or None
        self.priority = integer(priority) if priority else DEFAULT_PRIORITY
        self.publish = boolean(get("PublishVpc"))
        self.dry_run = boolean(dry_run) if dry_run else False
        self.token = get("ClientToken") or None
        self.comparable = (
            self.source_prefix is not None
            and self.destination_prefix is not None
            and self.weight is not None
            and self.priority is not None
        )
        """Whether it can be compared with the routes of its gateway."""
        self.strict = source_spelling is self.destination_spelling is STRICT
        """Whether both prefixes are spelled as the documentation spells them."""


_LATER: Final[Mapping[str, frozenset[str]]] = {
    spec: frozenset(row.name for row in PARAMETERS if not row.holds_in(spec)) for spec in SPECS
}


def creation_of(request: Request, spec: str | None = None) -> Creation:
    """The request, read as it is, or as an endpoint of a version reads it: without the parameters it does not have.

    The reading is kept with the request, so that it is made once.
    """
    known: Creation | None = request.remembered.get(spec)
    if known is None:
        unknown = frozenset[str]() if spec is None else _LATER[spec]
        if unknown.isdisjoint(request.parameters):
            known = request.remembered.get(None) or Creation(request.parameters)
            request.remembered[None] = known
        else:
            known = Creation({name: text for name, text in request.parameters.items() if name not in unknown})
        request.remembered[spec] = known
    return known
