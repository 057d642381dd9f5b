"""What is known of the values that a target leaves out, where an endpoint and not a simulator has the account.

Rules of this file
1. A quota is an interval: at least the most routes that were seen at once, at most the number at which it refused
   twice. Refused below it or accepted above it, once, can be somebody else's doing; twice it is the endpoint's.
2. Answers are noted here by who judges them. An account only asks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeVar

from .target import Gateway, Target, Vpc

_T = TypeVar("_T")


class QuotaRange:
    """The interval in which a quota lies."""

    __slots__ = ("_accepted_above", "_refusals", "_refused_below", "least", "most")

    def __init__(self) -> None:
        self.least = 0
        """As many were seen at once."""
        self.most: int | None = None
        """With so many it has refused twice."""
        self._refusals: Counter[int] = Counter()
        self._refused_below = False
        self._accepted_above = False

    def refused(self, held: int) -> None:
        """One more was refused for the quota, when there were so many."""
        self._refused_below = self._refused_below or held < self.least
        self._refusals[held] += 1
        if self._refusals[held] > 1:
            self.most = held if self.most is None else min(self.most, held)

    def accepted(self, held: int) -> None:
        """One more was accepted, when there were so many."""
        self._accepted_above = self._accepted_above or self._is_above(held)
        self.least = max(self.least, held + 1)

    def allows(self, held: int) -> bool | None:
        """Whether one more must be accepted, with so many there: None where it may be, or be refused."""
        if self._is_above(held) and self._accepted_above:
            return False
        if not held or (held < self.least and self._refused_below):
            return True
        return None

    @property
    def words(self) -> str:
        """The interval, where it is known that it has an end, in words; else nothing."""
        return "" if self.most is None else f"at least {self.least}, at most {self.most}"

    def _is_above(self, held: int) -> bool:
        return self.most is not None and held >= self.most


class PbrSupport:
    """Whether a gateway supports policy-based routes: None as long as no answer has told."""

    __slots__ = ("is_supported",)

    def __init__(self) -> None:
        self.is_supported: bool | None = None

    def told(self, is_supported: bool) -> None:
        """An answer says so. The first one counts: another that says otherwise contradicts it."""
        if self.is_supported is None:
            self.is_supported = is_supported


class UnknownValues:
    """The values that a target leaves out, by the ids of gateways and VPCs."""

    def __init__(self, target: Target) -> None:
        vpcs = {target.vpc_of(gateway).id: target.vpc_of(gateway) for gateway in target.gateways}
        self.quotas: Final[Mapping[str, QuotaRange]] = _left_out(target.gateways, "quota", QuotaRange)
        self.pbr: Final[Mapping[str, PbrSupport]] = _left_out(target.gateways, "pbr", PbrSupport)
        self.vpn_route_quotas: Final[Mapping[str, QuotaRange]] = _left_out(vpcs.values(), "vpn_route_quota", QuotaRange)

    @property
    def known(self) -> dict[str, str]:
        """What is known by now: each value that some answer has told of, in words."""
        quotas = {f"quota of {id}": each.words for id, each in self.quotas.items()}
        tables = {f"vpn_route_quota of {id}": each.words for id, each in self.vpn_route_quotas.items()}
        support = {f"pbr of {id}": str(each.is_supported).lower() for id, each in self.pbr.items()}
        told = {**quotas, **tables, **support}
        return {what: words for what, words in told.items() if words not in ("", "none")}


def _left_out(rows: Iterable[Gateway | Vpc], key: str, of: Callable[[], _T]) -> dict[str, _T]:
    return {row.id: of() for row in rows if key not in row.model_fields_set}


def unknown_values(target: Target) -> UnknownValues | None:
    """What a target with a URL leaves out; None where it leaves out nothing, or the simulator has the account."""
    if target.endpoint.url is None:
        return None
    unknown = UnknownValues(target)
    return unknown if unknown.quotas or unknown.pbr or unknown.vpn_route_quotas else None
