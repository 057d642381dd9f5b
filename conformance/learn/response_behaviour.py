"""The customs of an endpoint: what becomes of a token that was used before, what a success shows, and how it settles.

Rules of this file
1. Each custom is learned from one or two creations on a plain gateway, which are deleted again.
2. What comes of it and is none of the ways that the documentation leaves open is not learned.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from pbr_conformance.conformance.client.retrying import Inconclusive
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC, clause
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.target import Gateway
from pbr_conformance.simulator.rules.dialect import OpenToken
from pbr_conformance.simulator.rules.oracle import MISMATCH
from pbr_conformance.strategies.plain_requests import create, ordinary

from .query_runner import Desks, QueryRunner, Unasked
from .variants import Askable


@dataclass(eq=False)
class Customs:
    """What is known of an endpoint's customs."""

    tokens: dict[str, OpenToken] = field(default_factory=dict)
    shows: dict[str, bool] = field(default_factory=dict)
    settles_after: int | None = None
    lists_at_once: bool | None = None
    mismatch: str = ""
    """The message with which a token is refused."""
    troubles: list[str] = field(default_factory=list)
    _spec: str = DEFAULT_SPEC

    def learn(self, desks: Desks, askable: Askable, spec: str) -> None:
        """Learn all of them. Raises Spent."""
        self._spec = spec
        abouts = (self._of_tokens, self._of_dual, self._of_priority, self._of_moments)
        for about in abouts:
            desks.spend(20)
            for partition in askable.partitions:
                gateway = next((g for g in partition.plain() if self._fits(about.__name__, g)), None)
                if gateway is not None:
                    self._on(about, desks.at(partition), gateway)
                    break

    def _fits(self, about: str, gateway: Gateway) -> bool:
        wants = {"_of_dual": gateway.dual, "_of_priority": not gateway.priority}
        return wants.get(about, gateway.priority and not gateway.dual) and gateway.quota > 2

    def _on(self, about: Callable[[QueryRunner, Gateway], None], desk: QueryRunner, gateway: Gateway) -> None:
        try:
            desk.arrange(())
            desk.settle(gateway.id)
            about(desk, gateway)
        except (Unasked, Inconclusive) as reason:
            self.troubles.append(str(reason))
        desk.take_back(gateway.id)

    # --- Tokens ---------------------------------------------------------------------------------------------

    def _of_tokens(self, desk: QueryRunner, gateway: Gateway) -> None:
        texts = ordinary(desk.partition.target, gateway, ClientToken="learn")
        first = desk.fresh(create(texts))
        made = desk.send(first)
        if made.status != 200:
            return
        desk.settle(gateway.id)
        self._shown(made, "absent_description", "Description", None)
        self._token("other", made, self._repeat(desk, first, RouteSource="192.168.77.0/24"))
        self._token("respelled", made, self._repeat(desk, first, PublishVpc="FALSE"))
        desk.take_back(gateway.id)
        self._token("deleted", made, self._repeat(desk, first))

    def _repeat(self, desk: QueryRunner, first: Request, **changes: str) -> Answer:
        answer = desk.send(replace(first, parameters={**first.parameters, **changes}))
        desk.settle(first.parameters["VpnGatewayId"])
        return answer

    def _token(self, use: str, made: Answer, answer: Answer) -> None:
        created = [(each.members or {}).get("CreateTime") for each in (made, answer)]
        if answer.code == MISMATCH:
            self.tokens[use] = OpenToken.MISMATCH
            self.mismatch = str((answer.members or {}).get("Message", ""))
        elif answer.status == 200 and use != "other" and created[0] == created[1]:
            self.tokens[use] = OpenToken.REPLAY
        elif answer.status == 200 or (use == "respelled" and str(answer.code).startswith("VpnRouteEntry.")):
            self.tokens[use] = OpenToken.JUDGE

    # --- What is shown --------------------------------------------------------------------------------------

    def _shown(self, answer: Answer, name: str, member: str, hidden: object) -> None:
        if answer.status == 200:
            self.shows[name] = (answer.members or {}).get(member) != hidden

    def _of_dual(self, desk: QueryRunner, gateway: Gateway) -> None:
        answer = desk.send(create(ordinary(desk.partition.target, gateway, Weight="0")))
        self._shown(answer, "dual_weight", "Weight", 100)

    def _of_priority(self, desk: QueryRunner, gateway: Gateway) -> None:
        if clause("parameter/Priority").holds_in(self._spec):
            answer = desk.send(create(ordinary(desk.partition.target, gateway)))
            self._shown(answer, "unsupported_priority", "Priority", None)

    # --- Moments --------------------------------------------------------------------------------------------

    def _of_moments(self, desk: QueryRunner, gateway: Gateway) -> None:
        """What a gateway does while a change is under way."""
        target = desk.partition.target
        first = create(ordinary(target, gateway))
        if desk.send(first).status != 200:
            return
        began = desk.endpoint.now()
        listed = any(entry.route_source == first.get("RouteSource") for entry in desk.line.entries(gateway.id))
        working = desk.line.is_at_work(gateway.id)
        desk.settle(gateway.id)
        self.settles_after = max(0, desk.endpoint.now() - began) if working else 0
        if working:
            self.lists_at_once = listed
