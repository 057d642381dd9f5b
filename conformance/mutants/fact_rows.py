"""Facts taken for others than the target declares: of gateways, and of their VPCs' tables and quotas."""

# A lambda or function in a table binds the value of its row by a default, which mypy cannot give a type.
# mypy: disable-error-code="misc, no-untyped-def"

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any, Final

from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.target import Gateway, Target, Vpc
from pbr_conformance.simulator.rules.conditions import CONDITIONS
from pbr_conformance.simulator.rules.creation import Case
from pbr_conformance.simulator.rules.oracle import Broken

from . import scopes
from .row import Row, judged_by
from .steppers import Reading

_Declared = Callable[[Target, Gateway], Gateway]


def _borrowed(field: str, lender: Callable[[Target, Gateway], Gateway]) -> _Declared:
    return lambda target, gateway: gateway.model_copy(update={field: getattr(lender(target, gateway), field)})


_LENDERS: Final[Mapping[str, Callable[[Target, Gateway], Gateway]]] = {
    "the first gateway": lambda target, _: target.gateways[0],
    "the last gateway": lambda target, _: target.gateways[-1],
    "the gateway before it": lambda target, gateway: target.gateways[target.gateways.index(gateway) - 1],
    "the gateway after it": lambda target, gateway: target.gateways[
        (target.gateways.index(gateway) + 1) % len(target.gateways)
    ],
    "a default gateway": lambda _, gateway: Gateway(id=gateway.id),
}
_FEATURES: Final = (
    "tunnels",
    "pbr",
    "priority",
    "status",
    "business",
    "quota",
    "ssl_client_cidrs",
    "connections",
    "vpc",
)
_CHANGED: Final[Mapping[str, Callable[[Gateway], dict[str, Any]]]] = {
    **{f"a quota {n:+}": lambda g, n=n: {"quota": max(0, g.quota + n)} for n in (-3, -2, -1, 1, 2, 3, 10)},
    **{f"a quota of {n}": lambda g, n=n: {"quota": n} for n in (1, 2, 5, 10, 20, 50)},
    "the other tunnel kind": lambda g: {"tunnels": "single" if g.dual else "dual"},
    "no priorities": lambda g: {"priority": False},
    "priorities": lambda g: {"priority": True},
    "no first client block": lambda g: {"ssl_client_cidrs": g.ssl_client_cidrs[1:]},
    "no last client block": lambda g: {"ssl_client_cidrs": g.ssl_client_cidrs[:-1]},
    "no first connection": lambda g: {"connections": g.connections[1:]},
    "no last connection": lambda g: {"connections": g.connections[:-1]},
    "a VPC of its own": lambda g: {"vpc": None},
}
_CONDITIONS: Final = tuple(condition.id for condition in CONDITIONS)


class _Elsewise:
    """Accounts of targets that are declared otherwise: each target is changed once."""

    def __init__(self, change: Callable[[Target, Gateway], Target]) -> None:
        self._change = change
        self._known: dict[tuple[int, str], tuple[Target, Account | None]] = {}
        """By target and gateway: the target, and an empty account of the changed one; None where nothing changes."""
        self._newest: tuple[Account, Account, Account] | None = None
        """The account that was judged last, the empty one for it, and how it is taken: several requests come to it."""

    def __call__(self, case: Case, broken: tuple[Broken, ...]) -> tuple[Broken, ...]:
        if case.place is None:
            return broken
        target, gateway = case.account.target, case.place.gateway
        key = id(target), gateway.id
        if key not in self._known or self._known[key][0] is not target:
            changed = self._change(target, gateway)
            self._known[key] = target, None if changed == target else Account(changed)
        empty = self._known[key][1]
        if empty is None:
            return broken
        if self._newest is None or self._newest[0] is not case.account or self._newest[1] is not empty:
            self._newest = case.account, empty, empty.changed(case.account.changes(), case.account.serial)
        return judged_by(self._newest[2], case, broken, _CONDITIONS)


def _declared(change: _Declared) -> Callable[[Target, Gateway], Target]:
    def changed(target: Target, gateway: Gateway) -> Target:
        gateways = tuple(change(target, each) if each == gateway else each for each in target.gateways)
        return target.model_copy(update={"gateways": gateways})

    return changed


def borrows_facts() -> Iterator[Row]:
    """What is declared of another gateway is taken for a fact about this one."""
    for field, (whose, lender) in product(_FEATURES, _LENDERS.items()):
        change = _Elsewise(_declared(_borrowed(field, lender)))
        yield Row(f"{field} is that of {whose}", Reading(change), "answer/success")


def changes_facts() -> Iterator[Row]:
    """A gateway is taken for one that is declared otherwise: everywhere, or in a scope."""
    some = dict([*list(scopes.OF_REQUESTS.items())[:4], *list(scopes.OF_GATEWAYS.items())[:4]])
    for (what, change), (scope, when) in product(_CHANGED.items(), {"": lambda _: True, **some}.items()):
        otherwise = _Elsewise(_declared(lambda _, gateway, change=change: gateway.model_copy(update=change(gateway))))
        reading = Reading(lambda case, broken, o=otherwise, w=when: o(case, broken) if w(case) else broken)
        yield Row(f"a gateway is taken to have {what} {scope}".strip(), reading, "route/quota")


_OF_TABLES: Final[Mapping[str, Callable[[Vpc, Gateway, Target], Any]]] = {
    **{f"the first {n}": lambda vpc, _, __, n=n: vpc.routes[:n] for n in (0, 1, 2)},
    "all but the first": lambda vpc, _, __: vpc.routes[1:],
    "all but the last": lambda vpc, _, __: vpc.routes[:-1],
    "the last": lambda vpc, _, __: vpc.routes[-1:],
    "those of every VPC": lambda vpc, _, target: tuple(r for each in target.vpcs for r in each.routes),
    "those of the first VPC": lambda vpc, _, target: target.vpcs[0].routes if target.vpcs else (),
    "those of the last VPC": lambda vpc, _, target: target.vpcs[-1].routes if target.vpcs else (),
    "all but its own": lambda vpc, gateway, _: tuple(r for r in vpc.routes if r.id != gateway.id),
    **{
        f"all but those to a {kind}": lambda vpc, _, __, k=kind: tuple(r for r in vpc.routes if r.next_hop != k)
        for kind in ("vpn_gateway", "instance", "nat_gateway", "router_interface")
    },
    **{
        f"all, each to a {kind}": lambda vpc, _, __, k=kind: tuple(
            r.model_copy(update={"next_hop": k}) for r in vpc.routes
        )
        for kind in ("vpn_gateway", "instance", "router_interface")
    },
}


def reads_other_tables() -> Iterator[Row]:
    """Of the VPC's declared table some routes only are known, or others; and its quota is another."""
    quotas = (-2, -1, 1, 2, 5)
    for (what, which), (scope, when) in product(_OF_TABLES.items(), list(scopes.OF_REQUESTS.items())[3:7]):
        change = _Elsewise(_with_vpc(lambda vpc, gateway, target, w=which: {"routes": w(vpc, gateway, target)}))
        reading = Reading(lambda case, broken, c=change, w=when: c(case, broken) if w(case) else broken)
        yield Row(f"of the VPC's table {what} count in requests {scope}", reading, "vpc/other-vpn")
    for number, (scope, when) in product(quotas, list(scopes.OF_REQUESTS.items())[3:11]):
        change = _Elsewise(_with_vpc(lambda vpc, _, __, n=number: {"vpn_route_quota": _moved(vpc.vpn_route_quota, n)}))
        reading = Reading(lambda case, broken, c=change, w=when: c(case, broken) if w(case) else broken)
        yield Row(f"the VPC's quota is moved by {number:+} in requests {scope}", reading, "vpc/quota")


def _moved(quota: int | None, by: int) -> int | None:
    return None if quota is None else max(0, quota + by)


def _with_vpc(change: Callable[[Vpc, Gateway, Target], dict[str, Any]]) -> Callable[[Target, Gateway], Target]:
    def changed(target: Target, gateway: Gateway) -> Target:
        vpcs = tuple(
            vpc.model_copy(update=change(vpc, gateway, target)) if vpc.id == gateway.vpc else vpc for vpc in target.vpcs
        )
        return target.model_copy(update={"vpcs": vpcs})

    return changed
