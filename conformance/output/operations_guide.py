"""What an endpoint has to answer so that the suite can judge it: for people who write a mock. Pure.

Rules of this file
1. The operations stand in the order in which the suite needs them; a test compares them with what a run sends.
2. Requests are written, and answered, by the simulator: no example is typed. The prose is in templates/.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from pbr_conformance.simulator.documentation.actions import (
    CONNECTIONS,
    CREATE,
    DELETE,
    GATEWAY,
    GATEWAYS,
    LIST,
    ROUTE_TABLES,
    SSL_SERVERS,
    VPC_ROUTES,
    VPCS,
)
from pbr_conformance.simulator.documentation.create import PARAMETERS
from pbr_conformance.simulator.documentation.sibling_operations import sibling_operation
from pbr_conformance.simulator.model.calls import create, deletion_of
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.model.target_file import parse_target
from pbr_conformance.simulator.operations.simulator import Simulator
from pbr_conformance.simulator.wire.codec import write_request

EXAMPLE_ACCOUNT: Final = """\
[endpoint]
url = "http://127.0.0.1:8642"

[[gateways]]
id = "vpn-a"
tunnels = "single"
connections = ["vco-a", "vco-b"]
scratch = true
"""
"""The account of every example: a target file with one gateway."""
_AROUND: Final = """\
vpc = "vpc-a"
ssl_client_cidrs = ["172.16.0.0/24"]

[[vpcs]]
id = "vpc-a"
routes = [{ id = "rte-a", destination = "10.9.0.0/16", next_hop = "router_interface" }]
"""
"""What is there besides, for the operations that show it."""


@dataclass(frozen=True, slots=True)
class OperationGuide:
    """One operation: why it is sent, what is read of its answer, and a request with its answer."""

    name: str
    needed: bool
    """Whether nothing can be judged without it."""
    why: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    reads: str
    request: str
    """The target of the HTTP request."""
    status: int
    answer: str
    """JSON."""


_NEEDED: Final = {
    GATEWAY: (
        "The first request of a run asks whether the endpoint is there. Later ones wait after a change until the "
        "gateway is `active` again.",
        "`Status`: `active`, or anything else while a change is being applied",
    ),
    LIST: (
        "Sent after every creation and deletion, and to find routes that are there already.",
        "`TotalCount`, and of each route all members but `NextHopTunnelId`; `CreateTime` in milliseconds. Each route "
        "is listed once, with the prefixes as they were created",
    ),
    CREATE: (
        "What is judged.",
        "the status, `Code` and `Message` of a refusal, and every member of a success",
    ),
    DELETE: (
        "Sent for each route that the run created; most checks need several routes, one after the other.",
        "the status. After it the list does not show the route any more",
    ),
}
_SHOWING: Final = {
    GATEWAYS: ("Which gateways there are.", "`VpnGatewayId`, `VpcId`, `Status`, `BusinessStatus`, `Tag`"),
    CONNECTIONS: ("Which connections a gateway has, and whether it is a dual-tunnel one.", "all but `TunnelBandwidth`"),
    SSL_SERVERS: ("The blocks of SSL clients.", "`VpnGatewayId`, `RegionId`, `ClientIpPool`"),
    VPCS: ("The route table of each VPC.", "`VpcId`, `RegionId`, `RouterTableIds`"),
    ROUTE_TABLES: ("The same, where a VPC has several route tables.", "`RouteTableId`, `RouteTableType`, `VpcId`"),
    VPC_ROUTES: (
        "What else a VPC's table routes. Its pages are asked for with `MaxResult` and `NextToken`.",
        "`DestinationCidrBlock`, `Type`, `NextHops`, `NextToken`",
    ),
}


@cache
def operations() -> tuple[OperationGuide, ...]:
    """The operations, the first that is needed first."""
    plain, whole = Simulator(_target()), Simulator(_target(_AROUND))
    plain.send(_creation(next_hop="vco-b", weight=0))
    sent: Mapping[str, Request] = {
        GATEWAY: _asking(GATEWAY, VpnGatewayId="vpn-a"),
        CREATE: _creation(),
        LIST: _asking(LIST, VpnGatewayId="vpn-a", PageNumber="1", PageSize="50"),
        DELETE: deletion_of(_creation()),
        ROUTE_TABLES: _asking(ROUTE_TABLES, RouteTableType="System", PageNumber="1", PageSize="50"),
        VPC_ROUTES: _asking(VPC_ROUTES, RouteTableId="vtb-vpc-a", MaxResult="100"),
        **{name: _asking(name, PageNumber="1", PageSize="50") for name in (GATEWAYS, CONNECTIONS, SSL_SERVERS, VPCS)},
    }
    needed = {name: _guide(name, plain, sent[name]) for name in (GATEWAY, CREATE, LIST, DELETE)}
    return (*(needed[name] for name in _NEEDED), *(_guide(name, whole, sent[name]) for name in _SHOWING))


def _target(more: str = "") -> Target:
    """The account, embedded, so that nothing of it is unknown."""
    gateways = EXAMPLE_ACCOUNT[EXAMPLE_ACCOUNT.index("[[gateways]]") :]
    return parse_target(gateways + more, "account.toml", {})


def _creation(**more: Any) -> Request:
    return create("vpn-a", "192.168.1.0/24", "10.0.0.0/24", **{"next_hop": "vco-a", **more})


def _asking(action: str, **parameters: str) -> Request:
    return Request(action, {"RegionId": "cn-hangzhou", **parameters})


def _guide(name: str, simulator: Simulator, request: Request) -> OperationGuide:
    why, reads = (_NEEDED | _SHOWING)[name]
    if name == CREATE:
        required = tuple(row.name for row in PARAMETERS if row.required)
        optional = tuple(row.name for row in PARAMETERS if not row.required)
    else:
        row = sibling_operation(name)
        required, optional = ("RegionId", *row.required), row.optional
    status, answer = _answered(simulator, request)
    return OperationGuide(
        name, name in _NEEDED, why, required, optional, reads, f"/?{write_request(request)}", status, answer
    )


def _answered(simulator: Simulator, request: Request) -> tuple[int, str]:
    answer = simulator.send(request)
    return answer.status, json.dumps(answer.members, indent=1, ensure_ascii=False)


def _examples() -> dict[str, tuple[str, int, str]]:
    """Requests that are answered in their own way: their targets, statuses and answers."""
    simulator = Simulator(_target())
    requests = {
        "refused": _creation(weight=50),
        "dry_run": _creation(dry_run=True),
        "dry_run_refused": _creation(weight=50, dry_run=True),
    }
    return {name: (f"/?{write_request(sent)}", *_answered(simulator, sent)) for name, sent in requests.items()}


def to_markdown() -> str:
    """The guide as it is printed, and as docs/implementing.md has it."""
    environment = Environment(
        loader=PackageLoader(__package__), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.get_template("implementing.md.j2")
    return template.render(account=EXAMPLE_ACCOUNT, operations=operations(), examples=_examples()) + "\n"


def to_rows() -> list[dict[str, object]]:
    """The operations as JSON-able values."""
    return [{**asdict(each), "answer": json.loads(each.answer)} for each in operations()]
