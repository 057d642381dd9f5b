"""Puts questions to an endpoint: sets the scene, sends the request, takes back what it made, and remembers the answer.

Rules of this file
1. A scene stays until another is wanted: questions that need the same routes share them.
2. Nothing is left behind: what may be created is journaled before it is sent, only scratch gateways are created on, and
   what was there before is not touched.
3. What was asked in an earlier, interrupted run is not asked again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from pbr_conformance.conformance.client.clean_up import CleanUp
from pbr_conformance.conformance.client.endpoint import Endpoint
from pbr_conformance.conformance.client.journal import Journal
from pbr_conformance.conformance.client.retrying import CONFIGURING, Inconclusive, Pace, RetryingClient
from pbr_conformance.conformance.judge.model import Model
from pbr_conformance.simulator.documentation.create import clause
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.routes import Route
from pbr_conformance.simulator.rules.conditions import BY_ID
from pbr_conformance.strategies.requests import Partition, delete

from .variants import Question, met_by

Connect = Callable[[Partition], tuple[Endpoint, Journal]]
KEPT: Final = ("Code", "Message", "CreateTime", "Weight", "Priority", "Description")
"""The members of an answer that are remembered."""
AT_WORK: Final = 0
"""When a gateway that is at work is asked, in the model: a creation was just before."""
ATTEMPTS: Final = 3
"""How often a gateway is put to work for one answer, where it settles before it can be asked."""


class Spent(Exception):
    """The budget is used up."""


class Unasked(Exception):
    """Why a question cannot be asked of this endpoint."""


class Log:
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
        self.recalled = 0

    def recall(self, asked: str) -> Answer | None:
        """The answer to the same question in the run before; each is recalled once."""
        entries = self._known.get(asked)
        if not entries:
            return None
        entry = entries.pop(0)
        self.recalled += 1
        return Answer(entry["status"], entry["members"])

    def note(self, asked: str, answer: Answer) -> None:
        """Remember an answer."""
        if self._path is None:
            return
        members = {name: value for name, value in (answer.members or {}).items() if name in KEPT}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"asked": asked, "status": answer.status, "members": members}) + "\n")


class QueryRunner:
    """The questions to the gateways of one partition."""

    def __init__(self, partition: Partition, connect: Connect, spec: str, run: str, *, pace: float) -> None:
        self.partition = partition
        self._spec = spec
        self._run = run
        self.endpoint, self._journal = connect(partition)
        self.line = RetryingClient(self.endpoint, partition.target, pace=Pace(pace))
        self._model = Model(partition.target)
        priorities = clause("parameter/Priority").holds_in(spec)
        self._clean_up = CleanUp(self.line, partition, self._model, priorities)
        self._scratch = {gateway.id for gateway in partition.scratch}
        self._met: list[str] = []
        self.scene: list[Request] = []
        self._routes: dict[Request, Route] = {}
        self._asked = 0
        self._unsettled: dict[str, None] = {}
        """Gateways that were changed and not looked at since."""
        self._working: Request | None = None
        """The creation that a gateway was at work on when it was last asked something."""
        self._paced = False
        """Whether it is known how long a change takes."""

    def settle(self, gateway: str) -> None:
        """Wait until a gateway has settled."""
        self._clean_up.wait(gateway)
        self._unsettled.pop(gateway, None)
        self._paced = True

    def ask(self, question: Question) -> tuple[Answer, Question]:
        """The answer, and the question as it was put: with what it meets beside the routes that were there before.

        Raises Unasked where the scene cannot be set, and Unjudged where nothing can be made of what comes.
        """
        for request in (*question.before, question.last):
            self._meet(request.get("VpnGatewayId") or "")
        if question.at_work:
            return self._ask_at_work(question)
        self.arrange(question.before)
        return self._ask(question)

    def _ask(self, question: Question) -> tuple[Answer, Question]:
        last = self.fresh(question.last)
        met = met_by(self._model.account, last, self._spec, AT_WORK if question.at_work else None)
        answer = self.send(last, any(BY_ID[each.name].is_verdict for each in met))
        if answer.status == 200 and not question.dry:
            self._working = None
            self._undo(last, answer)
        return answer, replace(question, met=met)

    def _ask_at_work(self, question: Question) -> tuple[Answer, Question]:
        """The answer of a gateway that was at work on the last creation before, when it was asked and after it.

        A creation puts it to work itself: where one is accepted, what was seen before has to do.
        """
        *before, creation = question.before
        gateway = creation.parameters["VpnGatewayId"]
        for _ in range(ATTEMPTS):
            if self._working is not creation or set(self.scene) != set(question.before):
                self.arrange(tuple(before))
                self._create(creation)
                self._working = creation
            may_pass = not any(each.must for each in question.met)
            working = not may_pass or self.line.is_at_work(gateway)
            answer, put = self._ask(question)
            if working and (answer.code in CONFIGURING or answer.status == 200 or self.line.is_at_work(gateway)):
                return answer, put
            self._working = None
        raise Unasked("the gateway had settled before it answered")

    def send(self, request: Request, configuring: bool = False) -> Answer:
        """Send one request until an answer can be taken."""
        gateway = request.get("VpnGatewayId") or ""
        if gateway in self._scratch:
            self._journal.note(request.parameters)
        verdicts = CONFIGURING if configuring else frozenset[str]()
        answer = self.line.ask(request, judged=True, verdicts=verdicts)
        if not isinstance(answer, Answer):
            raise Inconclusive(f"a creation on {gateway} was not answered: {answer.reason}", ours=True)
        return answer

    def arrange(self, before: tuple[Request, ...]) -> None:
        """Have these routes and no others, on gateways that have settled."""
        leaving = [each for each in self.scene if each not in before]
        coming = [each for each in before if each not in self.scene]
        for request in leaving:
            self._delete(request)
        for request in coming:
            self._create(request)
        self._rest()

    def _change(self, gateway: str) -> None:
        """Before a change: let the one before be done, as long as one is known to take.

        Whether it is, is looked at after the last alone. What comes too early is refused for a moment and sent again.
        """
        if self._unsettled and self._paced:
            self.line.pause()
        elif self._unsettled:
            self._rest()
        self._unsettled[gateway] = None

    def _rest(self) -> None:
        """Wait until each gateway that was changed has settled."""
        while self._unsettled:
            self.settle(next(iter(self._unsettled)))

    def _create(self, request: Request) -> None:
        met = met_by(self._model.account, request, self._spec)
        self._change(request.parameters["VpnGatewayId"])
        answer = self.send(request)
        if answer.status != 200:
            why = ", ".join(each.name for each in met) or "nothing that it breaks"
            raise Unasked(f"a route that has to be there first was refused with {answer.code}: {why}")
        self._routes[request] = self._model.created(request, answer, AT_WORK + 1)
        self.scene.append(request)

    def _delete(self, request: Request) -> None:
        gateway = request.parameters["VpnGatewayId"]
        route = self._routes.pop(request)
        self.scene.remove(request)
        self._change(gateway)
        answer = self.line.ask(self._clean_up.deletion(gateway, route))
        if not isinstance(answer, Answer) or answer.status != 200:
            raise Inconclusive(f"a route of {gateway} cannot be deleted", ours=not isinstance(answer, Answer))
        self._model.deleted(gateway, route)

    def _undo(self, creation: Request, answer: Answer) -> None:
        """Delete what a creation has made: on a gateway that was not looked at before it, that and nothing else."""
        gateway = creation.get("VpnGatewayId") or (answer.members or {}).get("VpnInstanceId")
        if gateway in self._met:
            self.take_back(str(gateway))
        elif isinstance(gateway, str):
            self.line.ask(delete({**creation.parameters, "VpnGatewayId": gateway}))

    def take_back(self, gateway: str) -> None:
        """Delete what a request has made beside the scene."""
        self.settle(gateway)
        self._clean_up.strangers(gateway)

    def _meet(self, gateway: str) -> None:
        if gateway in self._scratch and gateway not in self._met:
            self._clean_up.adopt(gateway)
            self._model.keep(gateway)
            self._met.append(gateway)

    def fresh(self, request: Request) -> Request:
        """The request with a token of its own."""
        self._asked += 1
        token, mark = request.get("ClientToken"), f"-{self._run}{self._asked:x}"
        if not token:
            return request
        fresh = token + mark if len(token) + len(mark) <= 64 else token[: -len(mark)] + mark
        return replace(request, parameters={**request.parameters, "ClientToken": fresh})

    def close(self) -> None:
        """Delete everything that was made, and give back the endpoint. What stays is in the journal."""
        try:
            self._clean_up.everything(self._met)
            self._journal.clear()
        finally:
            self.endpoint.close()


class Desks:
    """The questions to all partitions of a target, within a budget."""

    def __init__(self, connect: Connect, spec: str, log: Log, run: str = "0", budget: int | None = None) -> None:
        self._connect = connect
        self._spec = spec
        self._log = log
        self._run = run
        self._budget = budget
        self._desks: dict[str, QueryRunner] = {}

    @property
    def requests(self) -> int:
        """How many were sent."""
        return sum(desk.line.requests for desk in self._desks.values())

    def at(self, partition: Partition) -> QueryRunner:
        """The desk of a partition."""
        if partition.name not in self._desks:
            pace = max((each.line.pace.seconds for each in self._desks.values()), default=0.0)
            self._desks[partition.name] = QueryRunner(partition, self._connect, self._spec, self._run, pace=pace)
        return self._desks[partition.name]

    def scene(self, partition: Partition) -> tuple[Request, ...]:
        """The routes that are there now."""
        desk = self._desks.get(partition.name)
        return tuple(desk.scene) if desk else ()

    def ask(self, question: Question) -> tuple[Answer, Question]:
        """The answer to a question, from the log or from the endpoint. Raises Spent, Unasked or Unjudged."""
        asked = words(question)
        known = self._log.recall(asked)
        if known is not None:
            return known, question
        self.spend(4 * len(question.before) + 5)
        answer, put = self.at(question.partition).ask(question)
        self._log.note(asked, answer)
        return answer, put

    def spend(self, requests: int) -> None:
        """Raise Spent where the budget does not have so many requests."""
        if self._budget is not None and self.requests + requests > self._budget:
            raise Spent

    def close(self) -> None:
        """Delete everything that was made, on every partition."""
        trouble: Exception | None = None
        for desk in self._desks.values():
            try:
                desk.close()
            except Inconclusive as reason:
                trouble = reason
        if trouble is not None:
            raise trouble


def words(question: Question) -> str:
    """A question as a key: its requests, in order, and whether the last is sent at once."""
    parts: list[Mapping[str, str] | str] = [dict(request.parameters) for request in question.before]
    parts += ["at work"] if question.at_work else []
    return json.dumps([*parts, dict(question.last.parameters), question.last.caller], sort_keys=True)
