"""Puts questions to an endpoint: sets the scene, sends the request, takes back what it made, and remembers the answer.

Rules of this file
1. All requests go through the conversation of a partition, which journals, looks and cleans up: see engine's `Session`.
2. A scene stays until another is wanted: questions that need the same routes share them.
3. What was asked in an earlier, interrupted run is not asked again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Protocol

from pbr_conformance.conformance.client.pace import Pace
from pbr_conformance.conformance.client.retrying import Inconclusive, RetryingClient
from pbr_conformance.conformance.client.transient_answers import CONFIGURING
from pbr_conformance.conformance.judge.answer import describe as words
from pbr_conformance.conformance.judge.model import Model
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.routes import Route
from pbr_conformance.simulator.rules.conditions import BY_ID
from pbr_conformance.strategies.plain_requests import Partition, delete

from .evaluator import met_by
from .questions import Query

_KEPT: Final = ("Code", "Message", "CreateTime", "Weight", "Priority", "Description")
"""The members of an answer that are remembered."""
_AT_WORK: Final = 0
"""When a gateway that is at work is asked, in the model: a creation was just before."""
_ATTEMPTS: Final = 3
"""How often a gateway is put to work for one answer, where it settles before it can be asked."""


class GatewayAccess(Protocol):
    """What questions need of the upkeep of gateways."""

    model: Model

    def meet(self, gateways: Iterable[str]) -> None:
        """Look at gateways for the first time: what they have now is not ours."""

    def wait(self, gateway: str) -> None:
        """Wait until a gateway has settled."""

    def deletion(self, gateway: str, route: Route) -> Request:
        """The request that deletes a route."""

    def delete_strangers(self, gateway: str) -> bool:
        """Delete what a gateway has besides the routes of the model; False where it was never looked at."""


class Conversation(Protocol):
    """What questions need of a session."""

    client: RetryingClient

    @property
    def upkeep(self) -> GatewayAccess:
        """The gateways, and the model that follows them."""

    def fresh(self, request: Request) -> Request:
        """The request with a token of its own, if it has one."""

    def ask(self, creation: Request, verdicts: frozenset[str] = frozenset()) -> Answer:
        """Send a creation that is not judged. Raises Inconclusive where it is not answered."""

    def clean_up(self) -> None:
        """Delete everything that was made."""


class BudgetSpent(Exception):
    """The budget is used up."""


class Unasked(Exception):
    """Why a question cannot be asked of this endpoint."""


class AnswerLog:
    """The answers so far, in a file if one is wanted: a line for each, so that an interrupted run can go on."""

    def __init__(self, path: Path | None = None, resume: bool = False) -> None:
        self._path = path
        self._known: dict[str, list[dict[str, Any]]] = {}
        if path is not None and resume and path.exists():
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
                with suppress(ValueError, KeyError, TypeError):
                    entry = json.loads(line)
                    self._known.setdefault(entry["asked"], []).append(entry)
        elif path is not None:
            path.unlink(missing_ok=True)

    def recall(self, asked: str) -> Answer | None:
        """The answer to the same question in the run before; each is recalled once."""
        entries = self._known.get(asked)
        if not entries:
            return None
        entry = entries.pop(0)
        return Answer(entry["status"], entry["members"])

    def note(self, asked: str, answer: Answer) -> None:
        """Remember an answer."""
        if self._path is None:
            return
        members = {name: value for name, value in (answer.members or {}).items() if name in _KEPT}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"asked": asked, "status": answer.status, "members": members}) + "\n")


class PartitionRunner:
    """The questions to the gateways of one partition."""

    def __init__(self, partition: Partition, session: Conversation, spec: str) -> None:
        self.partition = partition
        self.session = session
        self.scene: dict[Request, Route] = {}
        """The creations whose routes are there now."""
        self._spec = spec
        self._unsettled: dict[str, None] = {}
        """Gateways that were changed and not looked at since."""
        self._working: Request | None = None
        """The creation that a gateway was at work on when it was last asked something."""
        self._paced = False
        """Whether it is known how long a change takes."""

    def ask(self, question: Query) -> tuple[Answer, Query]:
        """The answer, and the question as it was put: with what it meets next to the routes that were there before.

        Raises Unasked where the scene cannot be set, and Inconclusive where nothing can be made of what comes.
        """
        self.session.upkeep.meet(request.get("VpnGatewayId") or "" for request in (*question.before, question.last))
        if question.at_work:
            return self._ask_at_work(question)
        self.arrange(question.before)
        return self._ask(question)

    def _ask(self, question: Query) -> tuple[Answer, Query]:
        account, last = self.session.upkeep.model.account, self.session.fresh(question.last)
        met = met_by(account, last, self._spec, _AT_WORK if question.at_work else None)
        is_verdict = any(BY_ID[each.name].is_verdict for each in met)
        answer = self.session.ask(last, CONFIGURING if is_verdict else frozenset())
        if answer.status == 200 and not question.dry:
            self._working = None
            self._undo(last, answer)
        return answer, replace(question, met=met)

    def _ask_at_work(self, question: Query) -> tuple[Answer, Query]:
        """The answer of a gateway that was at work on the last creation before, when it was asked and after it.

        A creation puts it to work itself: where one is accepted, what was seen before has to do.
        """
        *before, creation = question.before
        gateway, line = creation.parameters["VpnGatewayId"], self.session.client
        for _ in range(_ATTEMPTS):
            if self._working is not creation or set(self.scene) != set(question.before):
                self.arrange(before)
                self._create(creation)
                self._working = creation
            working = any(each.must for each in question.met) or line.is_at_work(gateway)
            answer, put = self._ask(question)
            if working and (answer.code in CONFIGURING or answer.status == 200 or line.is_at_work(gateway)):
                return answer, put
            self._working = None
        raise Unasked("the gateway had settled before it answered")

    # --- The scene ----------------------------------------------------------------------------------------------

    def arrange(self, before: Iterable[Request] = ()) -> None:
        """Have these routes and no others, on gateways that have settled."""
        wanted = list(before)
        for request in [each for each in self.scene if each not in wanted]:
            self._delete(request)
        for request in [each for each in wanted if each not in self.scene]:
            self._create(request)
        self._rest()

    def settle(self, gateway: str) -> None:
        """Wait until a gateway has settled."""
        self.session.upkeep.wait(gateway)
        self._unsettled.pop(gateway, None)
        self._paced = True

    def _change(self, gateway: str) -> None:
        """Before a change: let the one before be done, as long as one is known to take.

        Whether it is, is looked at after the last alone. What comes too early is refused for a moment and sent again.
        """
        if self._unsettled and self._paced:
            self.session.client.pause(*self._unsettled)
        else:
            self._rest()
        self._unsettled[gateway] = None

    def _rest(self) -> None:
        """Wait until each gateway that was changed has settled."""
        while self._unsettled:
            self.settle(next(iter(self._unsettled)))

    def _create(self, request: Request) -> None:
        met = met_by(self.session.upkeep.model.account, request, self._spec)
        self._change(request.parameters["VpnGatewayId"])
        answer = self.session.ask(request)
        if answer.status != 200:
            why = ", ".join(each.name for each in met) or "nothing that it breaks"
            raise Unasked(f"a route that has to be there first was refused with {answer.code}: {why}")
        self.scene[request] = self.session.upkeep.model.created(request, answer, _AT_WORK + 1)

    def _delete(self, request: Request) -> None:
        gateway = request.parameters["VpnGatewayId"]
        route = self.scene.pop(request)
        self._change(gateway)
        answer = self.session.client.ask(self.session.upkeep.deletion(gateway, route))
        if not isinstance(answer, Answer) or answer.status != 200:
            came = words(answer) if isinstance(answer, Answer) else answer.reason
            which = f"{route.route_source} -> {route.route_dest} via {route.next_hop}, weight {route.weight}"
            raise Inconclusive(
                f"a route of {gateway} cannot be deleted: {came}, to the deletion of {which}",
                ours=not isinstance(answer, Answer),
            )
        self.session.upkeep.model.deleted(gateway, route)

    def _undo(self, creation: Request, answer: Answer) -> None:
        """Delete what a creation has made: on a gateway that was not looked at before it, that and nothing else."""
        gateway = creation.get("VpnGatewayId") or (answer.members or {}).get("VpnInstanceId")
        if isinstance(gateway, str) and not self.take_back(gateway):
            self.session.client.ask(delete({**creation.parameters, "VpnGatewayId": gateway}))

    def take_back(self, gateway: str) -> bool:
        """Delete what a request has made that is not of the scene; False where the gateway was never looked at."""
        self.settle(gateway)
        return self.session.upkeep.delete_strangers(gateway)


class QueryRunner:
    """The questions to all partitions of a target, within a budget."""

    def __init__(
        self,
        connect: Callable[[Partition], Conversation],
        spec: str,
        log: AnswerLog | None = None,
        budget: int | None = None,
    ) -> None:
        self._connect = connect
        self._spec = spec
        self._log = log or AnswerLog()
        self._budget = budget
        self._runners: dict[str, PartitionRunner] = {}

    @property
    def requests(self) -> int:
        """How many were sent."""
        return sum(each.session.client.requests for each in self._runners.values())

    def at(self, partition: Partition) -> PartitionRunner:
        """The runner of a partition."""
        if partition.name not in self._runners:
            runner = PartitionRunner(partition, self._connect(partition), self._spec)
            known = max((each.session.client.pace.seconds for each in self._runners.values()), default=0.0)
            runner.session.client.take_pace(Pace(known))
            self._runners[partition.name] = runner
        return self._runners[partition.name]

    def scene(self, partition: Partition) -> tuple[Request, ...]:
        """The routes that are there now."""
        runner = self._runners.get(partition.name)
        return tuple(runner.scene) if runner else ()

    def ask(self, question: Query) -> tuple[Answer, Query]:
        """The answer to a question, from the log or from the endpoint.

        Raises BudgetSpent, Unasked or Inconclusive.
        """
        known = self._log.recall(question.key)
        if known is not None:
            return known, question
        self.spend(4 + 2 * question.cost())
        answer, put = self.at(question.partition).ask(question)
        self._log.note(question.key, answer)
        return answer, put

    def spend(self, requests: int) -> None:
        """Raise BudgetSpent where the budget does not have so many requests."""
        if self._budget is not None and self.requests + requests > self._budget:
            raise BudgetSpent

    def close(self) -> None:
        """Delete everything that was made, on every partition. What stays is in the journals. Raises Inconclusive."""
        trouble: Inconclusive | None = None
        for runner in self._runners.values():
            try:
                runner.session.clean_up()
            except Inconclusive as reason:
                trouble = reason
            finally:
                runner.session.client.endpoint.close()
        if trouble is not None:
            raise trouble

    def left(self) -> str:
        """Delete everything that was made, as `close` does; why some may still be there, or nothing."""
        try:
            self.close()
        except Inconclusive as reason:
            return f"what was created may still be there: {reason.reason}"
        return ""
