"""The seed corpus: what a small budget is spent on first, because it kills most mutants.

Rules of this file
1. It was worked out once, on the reference account (tools/seed_corpus), and stands in seed_corpus.json.
2. It is written in the roles of gateways (gateway_roles.py), so that it can be sent to any account. What an account
   has no gateway for is left out; what must come of the rest is for the oracle to say, as always.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

from pbr_conformance.conformance.checks import Check
from pbr_conformance.simulator.documentation.actions import CREATE, DELETE, LIST
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.model.target_file import reference
from pbr_conformance.strategies.plain_requests import History, Partition, create, delete, look, ordinary, partitions

from .directed import documented
from .gateway_roles import GatewayRoles

CORPUS_ACTIONS: Final = {CREATE: "create", DELETE: "delete", LIST: "look"}
"""What a request is called in the file."""


@dataclass(frozen=True, slots=True)
class Item:
    """One history of the corpus: for which check it is counted, on which partition, and which requests set a scene."""

    address: str
    partition: Partition
    history: History
    scene: frozenset[int] = frozenset()
    """The places of the requests that what follows them needs."""

    def until(self, number: int) -> Item:
        """Its first requests, this many."""
        return Item(self.address, self.partition, self.history[:number], self.scene)

    def after(self, number: int) -> Item | None:
        """What is left of it without a request, and what was sent before that; None where that is nothing."""
        rest = range(number + 1, len(self.history))
        places = (*(place for place in sorted(self.scene) if place < number), *rest)
        if not rest:
            return None
        scene = frozenset(new for new, place in enumerate(places) if place in self.scene)
        return Item(self.address, self.partition, tuple(self.history[place] for place in places), scene)


def seed_corpus(checks: Sequence[Check], target: Target, spec: str) -> Iterator[Item]:
    """The histories worth sending to a target for some checks, the most telling first."""
    names = [check.address for check in checks if check.documented(spec)]
    all_roles = [GatewayRoles(partition) for partition in partitions(target)]
    for written in json.loads(files(__package__).joinpath("seed_corpus.json").read_text("utf-8")):
        address = next((name for name in names if name in written["for"]), None)
        if address is not None and all_roles:
            asked = _asked(written["requests"], names)
            found = max((_item(address, roles, asked, spec) for roles in all_roles), key=lambda item: len(item.history))
            if found.history:
                yield found


def was_made_for(target: Target) -> bool:
    """Whether the corpus was worked out on this account, wherever its endpoint is."""
    known = reference()
    return (target.gateways, target.vpcs) == (known.gateways, known.vpcs)


def _asked(written: Sequence[dict[str, Any]], names: Sequence[str]) -> list[dict[str, Any]]:
    """The requests that tell something about some checks, with the scene that they may need; none where none does."""
    telling = [each for each in written if "for" in each]
    if telling and not any(set(each["for"]) & set(names) for each in telling):
        return []
    return [each for each in written if "for" not in each or set(each["for"]) & set(names)]


def _item(address: str, roles: GatewayRoles, written: Sequence[dict[str, Any]], spec: str) -> Item:
    read = [(request, "for" not in each) for each in written if (request := _read(roles, each)) is not None]
    kept = [(request, sets) for request, sets in read if documented(request, spec)]
    scene = frozenset(place for place, (_, sets) in enumerate(kept) if sets)
    return Item(address, roles.partition, tuple(request for request, _ in kept), scene)


def _read(roles: GatewayRoles, written: dict[str, Any]) -> Request | None:
    """A request to the gateways with its roles on a partition; None where one is missing, or a caller."""
    action = next(action for action, name in CORPUS_ACTIONS.items() if name in written)
    gateway, caller = roles.gateways.get(written[CORPUS_ACTIONS[action]]), written.get("by", "owner")
    if gateway is None or (caller != "owner" and caller not in roles.partition.target.credentials):
        return None
    if action == LIST:
        return look(roles.partition.target, gateway)
    changes: dict[str, str | None] = {}
    for name, word in written.get("with", {}).items():
        changes[name] = None if word is None else roles.text_of(word)
        if word is not None and changes[name] is None:
            return None
    parameters = ordinary(roles.partition.target, gateway, **changes)
    return create(parameters, caller) if action == CREATE else delete(parameters)
