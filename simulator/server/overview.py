"""What the page shows, as plain values; the templates only print them.

Rules of this file
1. What is shown is bounded, however much an account has: tables come in pages, newest first.
2. What was asked for and is not there is no error: the nearest thing that is there is shown.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar
from urllib.parse import parse_qsl

from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.documentation.create import PARAMETERS
from pbr_conformance.simulator.documentation.rows import Parameter
from pbr_conformance.simulator.model.account import Account, GatewayContext
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.prefix_layout import PrefixLayout, layout_of, page_for
from pbr_conformance.simulator.model.routes import Route
from pbr_conformance.simulator.model.target import ROLES
from pbr_conformance.simulator.rules.explanation import Explanation, explain
from pbr_conformance.simulator.rules.oracle import allow

from .recent import HandledRequest

_ROUTES: Final = 50
_REQUESTS: Final = 20
_GATEWAYS: Final = 50
_MOST_FIELDS: Final = 100
_DAY: Final = 24 * 60 * 60

_T = TypeVar("_T")
_S = TypeVar("_S")


@dataclass(frozen=True, slots=True)
class Paged(Generic[_T]):
    """One page of rows; `page` and `pages` count from 1."""

    rows: tuple[_T, ...]
    page: int
    pages: int
    total: int

    def each(self, made: Callable[[_T], _S]) -> Paged[_S]:
        """The same page, with something made of each row."""
        return Paged(tuple(map(made, self.rows)), self.page, self.pages, self.total)


@dataclass(frozen=True, slots=True)
class PageQuery:
    """What a query asks to see."""

    gateway: str | None = None
    routes: int = 1
    requests: int = 1
    gateways: int = 1
    request: Request | None = None
    """A creation to be assessed, without being sent."""


@dataclass(frozen=True, slots=True)
class GatewayRow:
    """A gateway and how full it is. An empty `oddities`: nothing about it is a reason to refuse."""

    place: GatewayContext
    used: int
    busy: bool
    oddities: tuple[str, ...]

    @property
    def share(self) -> int:
        """Percent of its quota in use."""
        quota = self.place.gateway.quota
        return min(100, 100 * self.used // quota) if quota else 100


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request that was handled, and the answer to it."""

    handled: HandledRequest
    explanation: Explanation | None
    status: int | None
    """The HTTP status; None without an answer."""
    outcome: str
    """In a word or two."""
    said: str
    """The answer, laid out."""
    identity: str = ""
    """The RequestId of the answer."""

    @property
    def lacks_dry_run(self) -> bool:
        """Whether it is a creation without DryRun: a client whose models do not know it drops it."""
        return self.handled.request.action == CREATE and "DryRun" not in self.handled.request.parameters


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything on the page."""

    account: Account
    spec: str
    signed: bool
    """Whether signatures are verified, so that the page cannot send anything itself."""
    now: int
    asked: PageQuery
    gateways: Paged[GatewayRow]
    chosen: GatewayRow | None
    routes: Paged[Route]
    picture: PrefixLayout
    requests: Paged[RequestRow]
    fields: tuple[tuple[Parameter, str], ...]
    """The parameters of the form, and what is in each."""
    assessment: Explanation | None


def asked_by(query: str) -> PageQuery:
    """What a query asks for. Never raises."""
    try:
        sent = dict(parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        sent = {}
    caller = sent.get("caller", "owner")
    texts = {row.name: sent[row.name] for row in PARAMETERS if sent.get(row.name)}
    request = Request(CREATE, texts, caller if caller in ROLES else "owner") if "try" in sent else None
    pages = {name: _number(sent.get(name, "")) for name in ("routes", "requests", "gateways")}
    return PageQuery(gateway=sent.get("gateway") or texts.get("VpnGatewayId"), request=request, **pages)


def overview(
    account: Account, recent: Iterable[HandledRequest], asked: PageQuery, *, now: int, spec: str, signed: bool
) -> Overview:
    """What is to be seen `now`, in milliseconds since the epoch, by a version of the documentation."""
    handled = _paged(tuple(recent), asked.requests, _REQUESTS)
    requests = handled.each(lambda one: _request(one, spec))  # before the routes: it walks the account back
    places = [place for gateway in account.target.gateways if (place := account.place(gateway.id))]
    place = _chosen(account, places, asked.gateway)
    held = tuple(account.table(place.gateway.id))[::-1] if place else ()
    routes = _paged(held, asked.routes, _ROUTES)
    assessed = explain(allow(account, asked.request, now, spec)) if asked.request else None
    return Overview(
        account=account,
        spec=spec,
        signed=signed,
        now=now,
        asked=asked,
        gateways=_paged(places, asked.gateways, _GATEWAYS).each(lambda one: _gateway(account, one, now)),
        chosen=_gateway(account, place, now) if place else None,
        routes=routes,
        picture=layout_of(routes.rows, page_for(routes.rows)),
        requests=requests,
        fields=_fields(account, place, spec, asked.request),
        assessment=assessed,
    )


def clock(moment: int) -> str:
    """The time of day of a moment in milliseconds since the epoch, in UTC: 14:03:22."""
    seconds = moment // 1000 % _DAY
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 1


def _paged(rows: Sequence[_T], page: int, size: int) -> Paged[_T]:
    pages = max(1, -(-len(rows) // size))
    page = min(max(page, 1), pages)
    return Paged(tuple(rows[(page - 1) * size : page * size]), page, pages, len(rows))


def _chosen(account: Account, places: Sequence[GatewayContext], wanted: str | None) -> GatewayContext | None:
    """The gateway that was asked for; else the first with routes; else the first that takes some."""
    found = account.place(wanted)
    if found is not None:
        return found
    used = (place for place in places if len(account.table(place.gateway.id)))
    usable = (place for place in places if place.ordinary and place.gateway.connections)
    return next(used, None) or next(usable, None) or next(iter(places), None)


def _gateway(account: Account, place: GatewayContext, now: int) -> GatewayRow:
    gateway = place.gateway
    table, busy_until = account.of(gateway.id)
    oddities = {
        "updating": gateway.status != "active",
        "financially locked": gateway.business != "normal",
        "no policy-based routes": not gateway.pbr,
        "no priority": not gateway.priority,
    }
    odd = tuple(words for words, holds in oddities.items() if holds)
    return GatewayRow(place, len(table), busy_until > now, odd)


def _request(handled: HandledRequest, spec: str) -> RequestRow:
    allowed, answer = handled.allowed(spec), handled.answer
    explanation = explain(allowed, answer) if allowed else None
    if not isinstance(answer, Answer):
        return RequestRow(handled, explanation, None, f"no answer: {answer.kind}", answer.reason)
    members = answer.members
    outcome = answer.code or ("success" if answer.status == 200 else "no JSON")
    said = answer.text if members is None else json.dumps(members, ensure_ascii=False, indent=2)
    return RequestRow(handled, explanation, answer.status, outcome, said, str((members or {}).get("RequestId", "")))


def _fields(
    account: Account, place: GatewayContext | None, spec: str, tried: Request | None
) -> tuple[tuple[Parameter, str], ...]:
    parameters = tuple(row for row in PARAMETERS if row.holds_in(spec))
    if tried is not None:
        return tuple((row, tried.get(row.name) or "") for row in parameters)
    gateway = place.gateway if place else None
    ours = {
        "RegionId": account.region,
        "VpnGatewayId": gateway.id if gateway else "",
        "NextHop": gateway.connections[0] if gateway and gateway.connections else "",
        "Weight": "100",
        "PublishVpc": "false",
    }
    return tuple((row, ours.get(row.name, row.example if row.required else "")) for row in parameters)
