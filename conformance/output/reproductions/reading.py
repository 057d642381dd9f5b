"""A transcript, read as a recipe. Pure.

Rules of this file
1. A story is gone through as the session did, with its model and the oracle. Where the endpoint did what it must not,
   the model goes on to what a conforming one would have.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from pbr_conformance.conformance.checks import BY_ADDRESS
from pbr_conformance.conformance.judge.answer import documented_messages, echoed
from pbr_conformance.conformance.judge.listing import key_of
from pbr_conformance.conformance.judge.model import Model
from pbr_conformance.conformance.transcripts.transcript_format import PSEUDO, brief
from pbr_conformance.simulator.documentation.actions import CREATE, DELETE, LIST
from pbr_conformance.simulator.documentation.create import clause, errors_of, transient
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.routes import Route
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.model.target_file import parse_document
from pbr_conformance.simulator.rules.creation import creation_of
from pbr_conformance.simulator.rules.oracle import Allowed, TokenUse, allow
from pbr_conformance.strategies.requests import TOGETHER, WAIT

from .orders import orders
from .recipe import Batch, Call, Listed, Member, Outcome, Pause, Recipe, Step, calls_of

DEFAULT_URL: Final = "http://127.0.0.1:8642"
"""Where `serve` is, for what was found in the embedded simulator."""
MARK: Final = 9
"""Characters that make a token new at each run: a hyphen and eight digits."""
LONGEST_TOKEN: Final = 64
RACES: Final = 20
"""How often creations are sent at the same time: a race need not show at once."""
PILES_UP: Final = 4
"""Rounds where each may leave something behind that only shows when there is enough of it."""

Json = Mapping[str, Any]


def recipe(document: Json) -> Recipe:
    """The recipe of a transcript. Raises ValueError, TargetError or KeyError for what is none."""
    target = parse_document(document["account"], "account")
    reader = _Reader(target, document)
    steps = tuple(reader.steps())
    shown = {each["parameters"].get("VpnGatewayId") for each in document["exchanges"][-1:]}
    touched = shown | {call.parameters.get("VpnGatewayId") for step in steps for call in calls_of(step)}
    exchanges: Sequence[Json] = document["exchanges"]
    looks = bool(exchanges) and exchanges[-1]["action"] == LIST
    members = () if looks or not reader.last else _members(document, reader)
    strict = document.get("strict_messages") and BY_ADDRESS[document["contradicts"]].about_messages and reader.last
    creations = sum(call.action == CREATE for step in steps for call in calls_of(step))
    again = any(member.kind == "new" for member in members) and creations == 1
    return Recipe(
        address=document["contradicts"],
        title=document["title"],
        rule=document["rule"],
        expected=tuple(document["expected"]),
        observed=document["observed"],
        url=target.endpoint.url or DEFAULT_URL,
        region=target.endpoint.region,
        live=target.endpoint.live,
        settle_seconds=target.endpoint.settle_seconds,
        gateways=tuple(gateway for gateway in target.gateways if gateway.scratch and gateway.id in touched),
        steps=steps,
        looks=looks or any(isinstance(step, Batch) for step in steps),
        members=members,
        messages=_messages(reader) if strict else {},
        rounds=RACES if any(isinstance(step, Batch) for step in steps) else 2 if again else _rounds(document),
        priority_documented=clause("parameter/Priority").holds_in(document["spec"]),
    )


def _rounds(document: Json) -> int:
    """How often the story is told: what is wrong about deletions, or tokens, may need what an earlier one left."""
    return PILES_UP if BY_ADDRESS[document["contradicts"]].piles_up else 1


# --- The story ----------------------------------------------------------------------------------------------


class _Reader:
    """Goes through a story as the session did, and keeps in mind what there is."""

    def __init__(self, target: Target, document: Json) -> None:
        self.model = Model(target)
        self.target = target
        self.spec: str = document["spec"]
        self.creations: dict[int, tuple[Request, Allowed]] = {}
        self.last: tuple[int, Request, Json, Allowed] | None = None
        self._exchanges = iter([each for each in document["exchanges"] if each["action"] in (CREATE, DELETE, WAIT)])
        self._history = _creations(document["history"])
        self._number = 0

    def steps(self) -> Iterator[Step]:
        """The steps, in order."""
        for exchange in self._exchanges:
            request = Request(exchange["action"], exchange["parameters"], exchange["caller"])
            if request.action == WAIT:
                seconds = float(request.parameters[PSEUDO[WAIT]])
                yield Pause(min(seconds, 0.01) if self.target.endpoint.url else seconds)
            elif request.action == DELETE:
                yield self._deletion(request)
            else:
                size, token = next(self._history, (1, None))
                yield self._creation(request, exchange, token) if size == 1 else self._batch(exchange, size, token)

    def _creation(self, request: Request, exchange: Json, token: str | None) -> Call:
        allowed = allow(self.model.account, request, None, self.spec)
        call = self._call(request, exchange, token, allowed)
        self.last = call.number, request, exchange, allowed
        self._follow(request, exchange, allowed)
        return call

    def _call(self, request: Request, exchange: Json, token: str | None, allowed: Allowed) -> Call:
        self._number += 1
        self.creations[self._number] = request, allowed
        outcomes: Mapping[str, Sequence[str]] = exchange.get("orders") or allowed.outcomes()
        place = self.model.place(request.get("VpnGatewayId"))
        return Call(
            number=self._number,
            action=CREATE,
            caller=request.caller,
            parameters=_without_mark(request.parameters, token),
            brief=brief(Request(CREATE, {k: v for k, v in request.parameters.items() if k != "ClientToken"})),
            settles=place is not None and place.gateway.scratch and place.gateway.status == "active",
            allowed=_with_statuses(outcomes, exchange),
            because=tuple(dict.fromkeys(why for reasons in outcomes.values() for why in reasons)),
            recorded=_recorded(exchange, outcomes),
            route=self._route(request, allowed),
        )

    def _route(self, request: Request, allowed: Allowed) -> Listed | None:
        """What a success adds to the list; None where it adds nothing, or nothing that is built upon."""
        creation = creation_of(request)
        if not allowed.success or allowed.token is TokenUse.REPLAY or creation.dry_run or not creation.comparable:
            return None
        if allowed.tolerated:
            return None
        assert creation.weight is not None
        assert creation.priority is not None
        state = "published" if creation.publish else "normal"
        source, destination, hop = key_of(request.parameters)
        where, numbers = request.parameters["VpnGatewayId"], (creation.weight, creation.priority)
        optional = allowed.token in (TokenUse.DELETED, TokenUse.RESPELLED)
        return Listed(where, source, destination, hop, *numbers, state, optional)

    def _follow(self, request: Request, exchange: Json, allowed: Allowed) -> None:
        """On to what a conforming endpoint has: it may have had no choice, whatever it was that answered."""
        succeeded = exchange.get("status") == 200 or set(allowed.outcomes()) == {"success"}
        if not succeeded or not allowed.success or allowed.token is TokenUse.REPLAY:
            return
        members = exchange.get("answer")
        route = self.model.created(request, Answer(200, members if isinstance(members, dict) else {}))
        if allowed.tolerated:
            self.model.deleted(request.parameters["VpnGatewayId"], route)

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
            settles=True,
            route=_listed(gateway, route) if route is not None else None,
        )

    def _batch(self, exchange: Json, size: int, token: str | None) -> Batch:
        pairs = [(exchange, token)]
        pairs += [(each, next(self._history, (1, None))[1]) for each in islice(self._exchanges, size - 1)]
        requests = [Request(CREATE, each["parameters"], each["caller"]) for each, _ in pairs]
        found = orders(self.model.account, requests, self.spec, self.model.advanced)
        calls = []
        for (each, its_token), request, outcomes in zip(pairs, requests, found.outcomes, strict=True):
            allowed = allow(self.model.account, request, None, self.spec)
            calls.append(self._call(request, {**each, "orders": outcomes}, its_token, allowed))
        for (each, _), request in zip(pairs, requests, strict=True):
            self._follow(request, each, allow(self.model.account, request, None, self.spec))
        self.last = None
        return Batch(tuple(calls), tuple(sorted(found.successes)))


def _creations(history: Sequence[Json]) -> Iterator[tuple[int, str | None]]:
    """For each creation of a history: how many are sent at the same time, from it on, and its token as it was drawn."""
    size = 1
    for request in history:
        if request["action"] == TOGETHER:
            size = int(request["parameters"][PSEUDO[TOGETHER]])
        elif request["action"] == CREATE:
            yield size, request["parameters"].get("ClientToken")
            size = 1


def _listed(gateway: str, route: Route) -> Listed:
    numbers = route.weight, route.priority
    return Listed(gateway, *route[:3], *numbers, "published" if route.published else "normal")


def _without_mark(parameters: Mapping[str, str], token: str | None) -> Mapping[str, str]:
    """The parameters, the token with room for a mark."""
    if not token:
        return parameters
    return {**parameters, "ClientToken": token if len(token) + MARK <= LONGEST_TOKEN else token[:-MARK]}


def _recorded(exchange: Json, outcomes: Mapping[str, Sequence[str]]) -> Outcome:
    """How a creation went; nothing where it is not allowed to go so, or cannot go otherwise."""
    found: Outcome = "success" if exchange.get("status") == 200 else "refusal"
    allowed = {"success" if what == "success" else "refusal" for what in outcomes}
    return found if len(allowed) == 2 and exchange.get("status") is not None else ""


def _with_statuses(outcomes: Mapping[str, Sequence[str]], exchange: Json) -> tuple[str, ...]:
    """The outcomes, each code with its status; of a documented code among any 4xx the status counts too."""
    answer = exchange.get("answer")
    code = answer.get("Code") if isinstance(answer, dict) else None
    known = [code] if isinstance(code, str) and "any 4xx" in outcomes else []
    coded = [*outcomes, *(each for each in known if each not in outcomes)]
    statuses = {each: errors_of(each)[0].status for each in coded if errors_of(each)}
    allowed = [each for each in coded if each in outcomes or each in statuses]
    return tuple(f"{statuses[each]} {each}" if each in statuses else each for each in allowed)


# --- What the last answer must hold ----------------------------------------------------------------------------


def _members(document: Json, reader: _Reader) -> tuple[Member, ...]:
    """The member of a success that deviated, and what it must be."""
    assert reader.last is not None
    number, request, exchange, allowed = reader.last
    if exchange.get("status") != 200 or not allowed.success or not document["expected"]:
        return ()
    name = document["expected"][0].partition(": ")[0]
    if name == "RequestId":
        return (Member(name, "new"),)
    if name == "CreateTime":
        return (_time(number, request, allowed, reader),)
    place = reader.model.place(request.get("VpnGatewayId"))
    documented = clause("parameter/Priority").holds_in(reader.spec)
    values = echoed(creation_of(request), place.gateway if place else None, documented).get(name)
    return (Member(name, "one of", tuple(dict.fromkeys(_json(values)))),) if values else ()


def _time(number: int, request: Request, allowed: Allowed, reader: _Reader) -> Member:
    if allowed.token is TokenUse.REPLAY:
        for earlier, (first, _) in reader.creations.items():
            if earlier != number and first.parameters == request.parameters:
                return Member("CreateTime", "as first", first=earlier)
    return Member("CreateTime", "time")


def _json(values: Sequence[object]) -> Iterator[str]:
    for value in values:
        if value is None:
            yield from ("", "null")
        elif isinstance(value, int):
            yield from (f"{value}", f"{value}.0")
        else:
            yield from (json.dumps(value), json.dumps(value, ensure_ascii=False))


def _messages(reader: _Reader) -> Mapping[str, tuple[str, ...]]:
    assert reader.last is not None
    *_, allowed = reader.last
    codes = [what for what in allowed.outcomes() if errors_of(what) and transient(what) is None]
    return {code: tuple(sorted(documented_messages(code, allowed))) for code in codes}
