"""A creation as it is read, each text once, and as it stands in an account: what conditions ask about the two.

Rules of this file
1. A value is None where its text is absent, empty or cannot be read; what that breaks is said in `conditions.py`.
2. A question is answered here once, in the domain's words; `predicates.py` puts the answers together.
3. Nothing is refused or judged here, and nothing raises.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from typing import Any, Final

from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.documentation.create import PARAMETERS, SPECS
from pbr_conformance.simulator.model.account import Account, GatewayContext
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.prefixes import MALFORMED, STRICT, Prefix, PrefixText, read
from pbr_conformance.simulator.model.routes import Route, Table

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


def request_of(creation: Creation, caller: str) -> Request:
    """The request that was read so: it is not read again."""
    request = Request(CREATE, creation.texts, caller)
    request.remembered[None] = creation
    return request


# --- In an account -------------------------------------------------------------------------------------------


class Strength(Enum):
    """How clearly the documentation refuses something."""

    MUST = "MUST"
    MAY = "MAY"
    OPEN = "MAY, as the target leaves it out"
    """A MUST that depends on a value that is not known: until it is, both are allowed, and neither is a decision."""


MUST: Final = Strength.MUST
MAY: Final = Strength.MAY
OPEN: Final = Strength.OPEN


class Case:
    """A creation in an account at one moment, with what conditions ask about both.

    `known` is the gateway and `destination` the prefix, for those conditions whose subject they are.
    """

    __slots__ = (
        "account",
        "busy",
        "caller",
        "creation",
        "destination",
        "known",
        "overlapping",
        "pair",
        "place",
        "table",
    )

    def __init__(self, account: Account, creation: Creation, caller: str, now: int | None) -> None:
        self.account = account
        self.creation = creation
        self.caller = caller
        self.pair: tuple[Route, ...] = ()
        self.overlapping = 0
        self.place = place = account.place(creation.gateway)
        if place is None:
            return
        self.known: GatewayContext = place
        self.table: Table
        self.table, busy_until = account.of(place.gateway.id)
        self.busy = now is not None and busy_until > now
        source, destination = creation.source_prefix, creation.destination_prefix
        if destination is not None:
            self.destination: Prefix = destination
            if creation.comparable and source is not None and creation.priority is not None:
                self.pair = self.table.of_pair(source, destination)
                self.overlapping = self.table.overlapping(source, destination, creation.priority)

    def same_weight(self, route: Route) -> bool:
        """On dual-tunnel gateways the weight has no effect and may be shown as 100: all weights are the same there."""
        return self.known.dual or route.weight == self.creation.weight

    @property
    def is_in_table(self) -> bool:
        """Whether the VPC's table sends the destination to this gateway already."""
        return self.destination in self.known.declared or self.table.publishes(self.destination)

    @property
    def taken_in_table(self) -> int:
        """How many rows of the VPC's table lead to this gateway."""
        declared = sum(not self.table.publishes(destination) for destination in self.known.declared)
        return len(self.table.published) + declared

    @property
    def standby_partners(self) -> int:
        """How many overlapping routes are the other half of an active/standby pair with this one."""
        if self.known.dual or not self.pair:
            return 0
        creation = self.creation
        return sum(r.priority == creation.priority and r.weight != creation.weight for r in self.pair)
