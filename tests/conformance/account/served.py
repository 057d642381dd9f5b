"""Accounts served by the simulator's step over a plain server that keeps what is asked, and the accounts themselves.

Rules of this file
1. Nothing of the suite answers: what is asked is stepped through the simulator, and kept by its action.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Final

from pbr_conformance.simulator.documentation.actions import ACTIONS, CREATE
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target import Gateway, Target, Vpc, VpcRoute
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import DEFAULT
from tests.conformance.plain_server import Answer, Params, serving

AT_ONCE: Final = replace(DEFAULT, settles_after=0)
Meddle = Callable[[str, Answer], Answer]
"""What comes for an action instead of the right answer."""


@dataclass
class ServedAccount:
    """An account that answers, and everything that it was asked."""

    account: Account
    meddle: Meddle = lambda _, answer: answer
    asked: list[Request] = field(default_factory=list)

    def __call__(self, params: Params) -> Answer:
        """Answer a request."""
        texts = {name: text for name, text in params.items() if name != "Action"}
        request = Request(params["Action"], texts)
        self.asked.append(request)
        self.account, answer = step(self.account, request, time.time_ns() // 1_000_000, AT_ONCE)
        members: dict[str, Any] = dict(answer.members or {})
        return self.meddle(request.action, (answer.status, members))

    @property
    def changes(self) -> list[Request]:
        """What could have changed it: neither descriptions nor dry runs."""
        return [
            each
            for each in self.asked
            if not each.action.startswith("Describe") and each.get("DryRun") != "true" and each.action in ACTIONS[:2]
        ]


@contextmanager
def serve(
    target: Target, meddle: Meddle = lambda _, answer: answer, routes: Sequence[Request] = ()
) -> Iterator[Served]:
    """Serve an account on which some routes exist; gives the URL and what it was asked."""
    held = ServedAccount(Account(target), meddle)
    for request in routes:
        assert request.action == CREATE
        held.account, answer = step(held.account, request, 1, AT_ONCE)
        assert answer.status == 200, answer
    with serving(held) as url:
        yield Served(url, held)


@dataclass(frozen=True)
class Served:
    """Where an account is served, and the account."""

    url: str
    account: ServedAccount


def toml(document: Mapping[str, Any]) -> str:
    """A target's document, as `dump` gives it, as a file; what is null is left out."""
    lines = [line for name in ("endpoint", "gateways", "vpcs") for line in _tables(name, document[name])]
    return "\n".join(lines) + "\n"


def _tables(name: str, tables: Any) -> Iterator[str]:
    for table in tables if isinstance(tables, list) else [tables]:
        yield f"[[{name}]]" if isinstance(tables, list) else f"[{name}]"
        yield from (f"{key} = {_value(value)}" for key, value in table.items() if value is not None)


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_value(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return str(value).lower() if isinstance(value, bool) else repr(value).replace("'", '"')


_KINDS: Final = ("vpn_gateway", "instance", "router_interface", "nat_gateway", "network_interface", "ha_vip")


def random_account(seed: int) -> Target:
    """An account of one to eleven gateways of every kind, in VPCs that they share or do not."""
    dice = Random(seed)
    vpcs = [Vpc(id=f"vpc-{seed}-{n}", routes=_table(dice, n)) for n in range(dice.randint(1, 4))]
    gateways = tuple(_gateway(dice, f"vpn-{seed}-{n}", vpcs) for n in range(dice.randint(1, 11)))
    used = {gateway.vpc for gateway in gateways}
    return Target(name="random", gateways=gateways, vpcs=tuple(vpc for vpc in vpcs if vpc.id in used))


def _table(dice: Random, number: int) -> tuple[VpcRoute, ...]:
    return tuple(
        VpcRoute(destination=f"10.{100 + number}.{n}.0/24", next_hop=dice.choice(_KINDS), id=f"hop-{number}-{n}")
        for n in range(dice.randint(0, 5))
    )


def _gateway(dice: Random, id: str, vpcs: Sequence[Vpc]) -> Gateway:
    return Gateway(
        id=id,
        tunnels=dice.choice(("single", "dual")),
        pbr=dice.random() < 0.8,
        priority=dice.random() < 0.7,
        business="financial_locked" if dice.random() < 0.1 else "normal",
        quota=dice.randint(1, 30),
        vpc=dice.choice((*(vpc.id for vpc in vpcs), None)),
        connections=tuple(f"vco-{id}-{n}" for n in range(dice.randint(0, 3))),
        ssl_client_cidrs=tuple(f"192.168.{n}.0/24" for n in range(dice.choice((0, 0, 0, 1, 2)))),
        scratch=dice.random() < 0.5,
    )
