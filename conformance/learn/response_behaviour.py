"""What becomes of a token that was used before, what a success shows, and how an endpoint settles.

Rules of this file
1. Each is learned from one or two creations on a plain gateway, which are deleted again.
2. What comes and is none of the ways that the documentation leaves open is not learned.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final

from pbr_conformance.conformance.client.retrying import Inconclusive
from pbr_conformance.simulator.documentation.create import clause
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.target import Gateway
from pbr_conformance.simulator.rules.oracle import MISMATCH
from pbr_conformance.strategies.plain_requests import create, ordinary

from .learned_dialect import ReusedToken
from .query_runner import PartitionRunner, QueryRunner, Unasked
from .variants import Askable

_MOST: Final = 20
"""Requests that one of them takes."""


@dataclass(eq=False)
class ResponseBehaviour:
    """What is known of it: the keys of a dialect's `tokens`, `response` and `timing`."""

    tokens: dict[str, ReusedToken] = field(default_factory=dict)
    response: dict[str, bool] = field(default_factory=dict)
    timing: dict[str, Any] = field(default_factory=dict)
    mismatch: str = ""
    """The message with which a token is refused."""

    def learn(self, runner: QueryRunner, askable: Askable) -> None:
        """Learn all of it. Raises BudgetSpent."""
        priorities = clause("parameter/Priority").holds_in(askable.spec)
        self._on(runner, askable, _is_ordinary, self._tokens)
        self._on(runner, askable, lambda gateway: gateway.dual, self._dual_weight)
        if priorities:
            self._on(runner, askable, lambda gateway: not gateway.priority, self._unsupported_priority)
        self._on(runner, askable, _is_ordinary, self._timing)

    def _on(
        self,
        runner: QueryRunner,
        askable: Askable,
        fits: Callable[[Gateway], bool],
        learn: Callable[[PartitionRunner, Gateway], None],
    ) -> None:
        """Learn something on the first gateway that fits."""
        places = [(each, gateway) for each in askable.partitions for gateway in each.plain() if gateway.quota > 2]
        for partition, gateway in [place for place in places if fits(place[1])][:1]:
            runner.spend(_MOST)
            here = runner.at(partition)
            here.session.upkeep.meet([gateway.id])
            with suppress(Unasked, Inconclusive):  # then it is not learned
                here.arrange()
                here.settle(gateway.id)
                learn(here, gateway)
            here.take_back(gateway.id)

    # --- Tokens -------------------------------------------------------------------------------------------------

    def _tokens(self, here: PartitionRunner, gateway: Gateway) -> None:
        texts = ordinary(here.partition.target, gateway, ClientToken="learn")
        first = here.session.fresh(create(texts))
        made = here.session.ask(first)
        if made.status != 200:
            return
        here.settle(gateway.id)
        self._shown(made, "absent_description", "Description", None)
        self._token("other", made, self._again(here, first, RouteSource="192.168.77.0/24"))
        self._token("respelled", made, self._again(here, first, PublishVpc="FALSE"))
        here.take_back(gateway.id)
        self._token("deleted", made, self._again(here, first))

    def _again(self, here: PartitionRunner, first: Request, **changes: str) -> Answer:
        answer = here.session.ask(replace(first, parameters={**first.parameters, **changes}))
        here.settle(first.parameters["VpnGatewayId"])
        return answer

    def _token(self, use: str, made: Answer, answer: Answer) -> None:
        created = [(each.members or {}).get("CreateTime") for each in (made, answer)]
        if answer.code == MISMATCH:
            self.tokens[use] = "mismatch"
            self.mismatch = str((answer.members or {}).get("Message", ""))
        elif answer.status == 200 and use != "other" and created[0] == created[1]:
            self.tokens[use] = "replay"
        elif answer.status == 200 or (use == "respelled" and str(answer.code).startswith("VpnRouteEntry.")):
            self.tokens[use] = "new"

    # --- What is shown, and when ----------------------------------------------------------------------------------

    def _shown(self, answer: Answer, name: str, member: str, hidden: object) -> None:
        if answer.status == 200:
            self.response[name] = (answer.members or {}).get(member) != hidden

    def _dual_weight(self, here: PartitionRunner, gateway: Gateway) -> None:
        answer = here.session.ask(create(ordinary(here.partition.target, gateway, Weight="0")))
        self._shown(answer, "dual_weight", "Weight", 100)

    def _unsupported_priority(self, here: PartitionRunner, gateway: Gateway) -> None:
        answer = here.session.ask(create(ordinary(here.partition.target, gateway)))
        self._shown(answer, "unsupported_priority", "Priority", None)

    def _timing(self, here: PartitionRunner, gateway: Gateway) -> None:
        """Learn what a gateway does while a change is under way."""
        line, first = here.session.client, create(ordinary(here.partition.target, gateway))
        if here.session.ask(first).status != 200:
            return
        began = line.endpoint.now()
        listed = any(entry.route_source == first.get("RouteSource") for entry in line.entries(gateway.id))
        working = line.is_at_work(gateway.id)
        here.settle(gateway.id)
        self.timing["settles_after"] = max(0, line.endpoint.now() - began) if working else 0
        if working:
            self.timing["lists_at_once"] = listed


def _is_ordinary(gateway: Gateway) -> bool:
    return gateway.priority and not gateway.dual
