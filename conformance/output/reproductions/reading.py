"""A transcript, read as a recipe. Pure.

Rules of this file
1. The history is followed as the session followed it, with its model and the oracle. Where the endpoint did what it
   must not, the model goes on to what a conforming one would have.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from pbr_conformance.conformance.checks import BY_ADDRESS
from pbr_conformance.conformance.judge.answer import documented_messages, echoed
from pbr_conformance.conformance.judge.model import Model
from pbr_conformance.conformance.transcripts.transcript_format import PSEUDO, brief
from pbr_conformance.simulator.documentation.actions import CREATE, DELETE, LIST
from pbr_conformance.simulator.documentation.create import clause, errors_of, transient
from pbr_conformance.simulator.model.calls import text_of
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.routes import key_of
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.model.target_file import parse_document
from pbr_conformance.simulator.rules.creation import creation_of
from pbr_conformance.simulator.rules.oracle import Allowed, TokenUse, allow
from pbr_conformance.strategies.plain_requests import TOGETHER, WAIT

from .batches import possible_outcomes
from .recipe import (
    Call,
    ExpectedMember,
    ListedRoute,
    Pause,
    Recipe,
    RecipeStep,
    RecordedOutcome,
    SimultaneousCalls,
    calls_of,
)

_DEFAULT_URL: Final = "http://127.0.0.1:8642"
"""Where `serve` is, for what was found in the embedded simulator."""
_MARK_LENGTH: Final = 9
"""Characters that make a token new at each run: a hyphen and eight digits."""
_LONGEST_TOKEN: Final = 64
_RACES: Final = 20
"""How often creations are sent at the same time: a race need not show at once."""
_PILES_UP: Final = 4
"""Rounds where each may leave something behind that only shows when there is enough of it."""

_Json = Mapping[str, Any]


def recipe(document: _Json) -> Recipe:
    """Return the recipe of a transcript. Raises ValueError, TargetError or KeyError for what is none."""
    target = parse_document(document["account"], "account")
    reader = _HistoryReader(target, document)
    steps = tuple(reader.steps())
    exchanges: Sequence[_Json] = document["exchanges"]
    shown = {each["parameters"].get("VpnGatewayId") for each in exchanges[-1:]}
    touched = shown | {call.parameters.get("VpnGatewayId") for step in steps for call in calls_of(step)}
    races = any(isinstance(step, SimultaneousCalls) for step in steps)
    looks = races or (bool(exchanges) and exchanges[-1]["action"] == LIST)
    members = () if looks else tuple(reader.members())
    return Recipe(
        address=document["contradicts"],
        title=document["title"],
        rule=document["rule"],
        expected=tuple(document["expected"]),
        observed=document["observed"],
        url=target.endpoint.url or _DEFAULT_URL,
        region=target.endpoint.region,
        live=target.endpoint.live,
        settle_seconds=target.endpoint.settles,
        lag_seconds=target.endpoint.lag,
        gateways=tuple(gateway for gateway in target.gateways if gateway.scratch and gateway.id in touched),
        steps=steps,
        looks=looks,
        members=members,
        rounds=_RACES if races else _rounds(document, steps, members),
    )


def _rounds(document: _Json, steps: Sequence[RecipeStep], members: Sequence[ExpectedMember]) -> int:
    """How often the history is played: a fault in deletions, tokens or ids may need what an earlier round left."""
    if BY_ADDRESS[document["contradicts"]].piles_up:
        return _PILES_UP
    creations = sum(call.action == CREATE for step in steps for call in calls_of(step))
    return 2 if creations == 1 and any(member.kind == "new" for member in members) else 1


class _HistoryReader:
    """Follows a history as the session did, and keeps what there is."""

    def __init__(self, target: Target, document: _Json) -> None:
        self.model = Model(target)
        self.target = target
        self.document = document
        self.spec: str = document["spec"]
        self._priority_documented = clause("parameter/Priority").holds_in(self.spec)
        self._creations: dict[int, tuple[Request, _Json, Allowed]] = {}
        """Each creation, its exchange and what was allowed, by the number of its step."""
        self._created_by: dict[int, int] = {}
        """The step that created each route, by the number of the route."""
        self._exchanges = iter([each for each in document["exchanges"] if each["action"] in (CREATE, DELETE, WAIT)])
        self._history = _batch_sizes_and_tokens(document["history"])
        self._number = 0

    def steps(self) -> Iterator[RecipeStep]:
        """Yield the steps, in order."""
        for exchange in self._exchanges:
            request = Request(exchange["action"], exchange["parameters"], exchange["caller"])
            if request.action == WAIT:
                seconds = float(request.parameters[PSEUDO[WAIT]])
                yield Pause(min(seconds, 0.01) if self.target.endpoint.url else seconds)
            elif request.action == DELETE:
                yield self._deletion(request)
            else:
                size, token = next(self._history, (1, None))
                yield self._batch(exchange, size, token) if size > 1 else self._creation(exchange, token)

    def _creation(self, exchange: _Json, token: str | None) -> Call:
        call = self._call(exchange, token)
        self._follow(call.number)
        return call

    def _call(self, exchange: _Json, token: str | None, outcomes: Mapping[str, Sequence[str]] | None = None) -> Call:
        """A creation; `outcomes`: what it may get, where that depends on others sent at the same time."""
        self._number += 1
        request = Request(CREATE, exchange["parameters"], exchange["caller"])
        allowed = allow(self.model.account, request, None, self.spec)
        outcomes = allowed.outcomes() if outcomes is None else outcomes
        self._creations[self._number] = request, exchange, allowed
        place = self.model.place(request.get("VpnGatewayId"))
        return Call(
            number=self._number,
            action=CREATE,
            caller=request.caller,
            parameters=_without_mark(request.parameters, token),
            brief=brief(Request(CREATE, {k: v for k, v in request.parameters.items() if k != "ClientToken"})),
            gateway=place.gateway.id if place and place.gateway.scratch and place.gateway.status == "active" else "",
            allowed=_with_statuses(outcomes, exchange),
            because=tuple(dict.fromkeys(why for reasons in outcomes.values() for why in reasons)),
            recorded=_recorded(exchange, outcomes),
            route=_listed(request, allowed),
            deletions=self._deletions(request, exchange),
        )

    def _deletions(self, request: Request, exchange: _Json) -> tuple[Mapping[str, str], ...]:
        """What deletes the route of a creation: with the values that were sent, and with those that were answered.

        On a dual-tunnel gateway also with the weight that may be listed.
        """
        place = self.model.place(request.get("VpnGatewayId"))
        if place is None or not place.gateway.scratch:
            return ()
        names = ("VpnGatewayId", "RouteSource", "RouteDest", "NextHop")
        found = {name: request.get(name) or "" for name in names}
        found |= {"RegionId": self.target.endpoint.region, "Weight": request.get("Weight") or "100"}
        if place.gateway.priority and self._priority_documented:
            found["Priority"] = request.get("Priority") or "10"
        answer = exchange.get("answer") if exchange.get("status") == 200 else None
        members = answer if isinstance(answer, dict) else {}
        answered = {name: text_of(members[name]) for name in found if isinstance(members.get(name), str | int)}
        listed = {"Weight": "100"} if place.dual else {}
        return tuple({tuple(each.items()): each for each in (found, found | answered, found | listed)}.values())

    def _follow(self, number: int) -> None:
        """Go on to what a conforming endpoint has: it may have had no choice, whatever was answered."""
        request, exchange, _ = self._creations[number]
        allowed = allow(self.model.account, request, None, self.spec)
        succeeded = exchange.get("status") == 200 or set(allowed.outcomes()) == {"success"}
        if not succeeded or not allowed.success or allowed.token is TokenUse.REPLAY:
            return
        members = exchange.get("answer")
        route = self.model.created(request, Answer(200, members if isinstance(members, dict) else {}))
        if allowed.tolerated:
            self.model.deleted(request.parameters["VpnGatewayId"], route)
        self._created_by[route.number] = number

    def _deletion(self, request: Request) -> Call:
        self._number += 1
        gateway = request.parameters["VpnGatewayId"]
        route = self.model.find(gateway, request.parameters)
        if route is not None:
            self.model.deleted(gateway, route)
        return Call(
            number=self._number,
            action=DELETE,
            caller=request.caller,
            parameters=request.parameters,
            brief=brief(request),
            gateway=gateway,
            deletes=0 if route is None else self._created_by.get(route.number, 0),
        )

    def _batch(self, exchange: _Json, size: int, token: str | None) -> SimultaneousCalls:
        pairs = [(exchange, token)]
        pairs += [(each, next(self._history, (1, None))[1]) for each in islice(self._exchanges, size - 1)]
        requests = [Request(CREATE, each["parameters"], each["caller"]) for each, _ in pairs]
        found = possible_outcomes(self.model.account, requests, self.spec)
        calls = [
            self._call(each, its_token, outcomes)
            for (each, its_token), outcomes in zip(pairs, found.outcomes, strict=True)
        ]
        for call in calls:
            self._follow(call.number)
        return SimultaneousCalls(tuple(calls), found.patterns)

    def members(self) -> Iterator[ExpectedMember]:
        """Yield the members of the last creation's answer that deviated, and what they must be."""
        if not self._creations:
            return
        number, (request, exchange, allowed) = list(self._creations.items())[-1]
        name = self.document["expected"][0].partition(": ")[0] if self.document["expected"] else ""
        if self.document.get("strict_messages") and BY_ADDRESS[self.document["contradicts"]].about_messages:
            codes = [what for what in allowed.outcomes() if errors_of(what) and transient(what) is None]
            messages = sorted({message for code in codes for message in documented_messages(code, allowed)})
            yield ExpectedMember("Message", "one of", tuple(_json(messages)))
        elif exchange.get("status") != 200 or not allowed.success:
            return
        elif name == "RequestId":
            yield ExpectedMember(name, "new")
        elif name == "CreateTime":
            yield self._time(number, request, allowed)
        else:
            place = self.model.place(request.get("VpnGatewayId"))
            values = echoed(creation_of(request), place, self._priority_documented).get(name, ())
            if values:
                yield ExpectedMember(name, "one of", tuple(dict.fromkeys(_json(values))))

    def _time(self, number: int, request: Request, allowed: Allowed) -> ExpectedMember:
        if allowed.token is TokenUse.REPLAY:
            for earlier, (first, *_) in self._creations.items():
                if earlier != number and first.parameters == request.parameters:
                    return ExpectedMember("CreateTime", "as first", first=earlier)
        return ExpectedMember("CreateTime", "time")


def _listed(request: Request, allowed: Allowed) -> ListedRoute | None:
    """What a success adds to the list; None where it adds nothing, or nothing that is built upon."""
    creation = creation_of(request)
    if not allowed.success or allowed.token is TokenUse.REPLAY or creation.dry_run or not creation.comparable:
        return None
    if allowed.tolerated:
        return None
    assert creation.weight is not None
    assert creation.priority is not None
    state = "published" if creation.publish else "normal"
    optional = allowed.token in (TokenUse.DELETED, TokenUse.RESPELLED)
    return ListedRoute(*key_of(request.parameters), creation.weight, creation.priority, state, optional)


def _batch_sizes_and_tokens(history: Sequence[_Json]) -> Iterator[tuple[int, str | None]]:
    """For each creation of a history: how many are sent at the same time, from it on, and its token as it was drawn."""
    size = 1
    for request in history:
        if request["action"] == TOGETHER:
            size = int(request["parameters"][PSEUDO[TOGETHER]])
        elif request["action"] == CREATE:
            yield size, request["parameters"].get("ClientToken")
            size = 1


def _without_mark(parameters: Mapping[str, str], token: str | None) -> Mapping[str, str]:
    """The parameters, the token with room for a mark."""
    if not token:
        return parameters
    fits = len(token) + _MARK_LENGTH <= _LONGEST_TOKEN
    return {**parameters, "ClientToken": token if fits else token[:-_MARK_LENGTH]}


def _recorded(exchange: _Json, outcomes: Mapping[str, Sequence[str]]) -> RecordedOutcome:
    """How a creation went; nothing where it is not allowed to go so, or cannot go otherwise."""
    allowed = {"success" if what == "success" else "refusal" for what in outcomes}
    if len(allowed) == 1 or exchange.get("status") is None:
        return ""
    return "success" if exchange["status"] == 200 else "refusal"


def _with_statuses(outcomes: Mapping[str, Sequence[str]], exchange: _Json) -> tuple[str, ...]:
    """The outcomes, each code with its status; of a documented code among any 4xx the status counts too."""
    answer = exchange.get("answer")
    code = answer.get("Code") if isinstance(answer, dict) else None
    known = [code] if isinstance(code, str) and "any 4xx" in outcomes and errors_of(code) else []
    coded = dict.fromkeys((*outcomes, *known))
    return tuple(f"{errors_of(each)[0].status} {each}" if errors_of(each) else each for each in coded)


def _json(values: Sequence[object]) -> Iterator[str]:
    """Every way in which JSON may have these values."""
    for value in values:
        if value is None:
            yield from ("", "null")
        elif isinstance(value, int):
            yield from (f"{value}", f"{value}.0")
        else:
            yield from (json.dumps(value), json.dumps(value, ensure_ascii=False))
