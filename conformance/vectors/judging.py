"""What an answer or a list contradicts of a vector, in words. Pure, and by the file alone: no oracle is asked.

Rules of this file
1. Whoever writes a loader in another language checks the same: docs/vectors.md has these rules in prose.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pbr_conformance.conformance.judge.answer import describe
from pbr_conformance.conformance.judge.interaction import Received
from pbr_conformance.conformance.judge.listing import Entry
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.rules.explanation import ANY_REFUSAL

from .document import SetUpStep, TestVector, VectorRoute, VectorSuite

_EARLIEST: Final = 1_000_000_000_000
"""Milliseconds since the epoch that are no seconds."""


@dataclass(slots=True)
class Earlier:
    """What was answered before, as far as an answer has to differ from it, or to repeat it."""

    request_ids: set[object] = field(default_factory=set)
    """Those of all successes."""
    created: dict[str, object] = field(default_factory=dict)
    """The CreateTime of the success of each token."""

    def note(self, request: Request, received: Received | None) -> None:
        """Remember an answer."""
        if isinstance(received, Answer) and received.status == 200 and received.members is not None:
            self.request_ids.add(received.members.get("RequestId"))
            self.created.setdefault(request.get("ClientToken") or "", received.members.get("CreateTime"))


def wrong_answer(
    suite: VectorSuite, vector: TestVector, request: Request, received: Received | None, earlier: Earlier
) -> str:
    """What an answer to the request of a vector contradicts; nothing where it is allowed."""
    if not isinstance(received, Answer):
        return f"no answer; allowed: {allowed_in_words(suite, vector)}"
    if received.status == 200 and received.code is None:
        if not vector.success:
            return f"HTTP 200, success; allowed: {allowed_in_words(suite, vector)}"
        return next(_wrong_members(suite, vector, request, received.members or {}, earlier), "")
    codes, shown = suite.codes(vector), describe(received)
    if not _is_refusal(received):
        return f"{shown}: a refusal is HTTP 400 to 499 with Code, Message and RequestId"
    if received.code not in codes and ANY_REFUSAL not in codes:
        return f"{shown}; allowed: {allowed_in_words(suite, vector)}"
    statuses = suite.statuses.get(received.code or "", (received.status,))
    return "" if received.status in statuses else f"{shown}: it comes with HTTP {statuses[0]}"


def wrong_step(step: SetUpStep, received: Received | None) -> str:
    """What the answer to a step of a set-up contradicts; nothing where it is as it must be."""
    shown = describe(received) if isinstance(received, Answer) else "no answer"
    succeeded = isinstance(received, Answer) and received.status == 200 and received.code is None
    refused = isinstance(received, Answer) and _is_refusal(received)
    if step.outcome == "success":
        return "" if succeeded else f"its set-up must succeed: {shown}"
    return "" if refused else f"its set-up must be refused: {shown}"


def allowed_in_words(suite: VectorSuite, vector: TestVector) -> str:
    """The outcomes that a vector allows."""
    return ", ".join([*(["success"] if vector.success else []), *sorted(suite.codes(vector))])


def _is_refusal(answer: Answer) -> bool:
    members = answer.members or {}
    texts = [members.get(name) for name in ("Code", "Message", "RequestId")]
    return 400 <= answer.status <= 499 and all(isinstance(text, str) and text for text in texts)


def _wrong_members(
    suite: VectorSuite, vector: TestVector, request: Request, members: Mapping[str, object], earlier: Earlier
) -> Iterator[str]:
    """The members of a success that are not what they must be."""
    identity, created = members.get("RequestId"), members.get("CreateTime")
    if not isinstance(identity, str) or not identity or identity in earlier.request_ids:
        yield f"RequestId of a success is {identity!r}, not a text that is new"
    if vector.route is None or vector.action == "delete":
        return
    gateway = request.get("VpnGatewayId") or ""
    wanted: dict[str, tuple[object, ...]] = {
        **_allowed_values(suite, gateway, vector.route),
        "VpnInstanceId": (gateway,),
        "OverlayMode": ("Ipsec",),
        "Description": (request.get("Description") or None, request.get("Description") or ""),
    }
    for name, values in wanted.items():
        if not any(_is_same(members.get(name), value) for value in values):
            yield f"{name} of a success is {members.get(name)!r}, not {values[0]!r}"
    if not isinstance(created, int) or isinstance(created, bool) or created < _EARLIEST:
        yield f"CreateTime of a success is {created!r}, not milliseconds since the epoch"
    first = earlier.created.get(request.get("ClientToken") or "")
    if vector.effect == "replayed" and created != first:
        yield f"CreateTime of a repeated request is {created}, not that of the first answer, {first}"


def _allowed_values(suite: VectorSuite, gateway: str, route: VectorRoute) -> dict[str, tuple[object, ...]]:
    """What each member of a route may be. None is absent, or null."""
    values: dict[str, tuple[object, ...]] = {
        name: (value,) for name, value in route.model_dump(exclude_none=True).items()
    }
    declared: dict[str, object] = next((each for each in suite.account["gateways"] if each["id"] == gateway), {})
    if declared.get("tunnels") == "dual":
        values["Weight"] = (route.Weight, 100)
    if route.Priority is not None and not declared.get("priority", True):
        values["Priority"] = (route.Priority, None)
    return values


def _is_same(value: object, wanted: object) -> bool:
    return value == wanted and isinstance(value, bool) is isinstance(wanted, bool)


def expected_lists(suite: VectorSuite, vector: TestVector, *, succeeded: bool) -> dict[str, list[VectorRoute] | None]:
    """What each list must show after the request; None where it is not compared."""
    lists: dict[str, list[VectorRoute] | None] = {
        gateway: list(routes) for gateway, routes in suite.setup_of(vector).routes.items()
    }
    own = lists.get(vector.gateway)
    if not succeeded or own is None:
        return lists
    if vector.effect == "unspecified":
        lists[vector.gateway] = None
    elif vector.route is not None and vector.effect == "created":
        own.append(vector.route)
    elif vector.route is not None and vector.effect == "deleted":
        own.remove(vector.route)
    return lists


def wrong_list(suite: VectorSuite, gateway: str, wanted: Sequence[VectorRoute], entries: Iterable[Entry]) -> str:
    """How a list differs from the routes that it must show; nothing where it does not."""
    left = list(entries)
    for route in wanted:
        allowed = _allowed_values(suite, gateway, route)
        shown = next((entry for entry in left if _shows(entry, allowed)), None)
        if shown is None:
            values = " ".join(str(value) for value in route.model_dump().values())
            return f"{gateway} does not list {values}"
        left.remove(shown)
    return f"{gateway} lists {left[0]}, which must not be there" if left else ""


def _shows(entry: Entry, allowed: dict[str, tuple[object, ...]]) -> bool:
    """Whether an entry shows a route. What a list leaves out is not missed."""
    own = (entry.route_source, entry.route_dest, entry.next_hop)
    others = {"Weight": entry.weight, "Priority": entry.priority, "State": entry.state}
    is_own = all(text in allowed[name] for name, text in zip(("RouteSource", "RouteDest", "NextHop"), own, strict=True))
    return is_own and all(value is None or value in allowed.get(name, (value,)) for name, value in others.items())
