"""The operations that are answered over HTTP as an OpenAPI 3.1 document: a view of the tables. Pure.

Rules of this file
1. Nothing is said here that a table says: parameters and their bounds, members of answers, codes and their statuses.
2. Every operation has the path `/`, but OpenAPI knows one operation for each path and method. So a fragment, which
   is never sent, tells paths apart; which operation is meant, Action says.
3. A document is one account's: its ids are the examples.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar

from pbr_conformance.simulator.documentation.actions import CREATE, GATEWAYS
from pbr_conformance.simulator.documentation.create import ERRORS, FIELDS, LIMITS, PARAMETERS, DocumentedRow, errors_of
from pbr_conformance.simulator.documentation.rows import Limit, Parameter
from pbr_conformance.simulator.documentation.sibling_errors import SIBLING_ERRORS
from pbr_conformance.simulator.documentation.sibling_operations import (
    LIMITS_OF_SIBLINGS,
    PARAMETERS_OF_SIBLINGS,
    OperationRow,
    sibling_operations,
)
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.wire.codec import COMMON, VERSION

from .faults import FAULT_KINDS

_R = TypeVar("_R", bound=DocumentedRow)
_Schema = dict[str, Any]
_Refusal = tuple[int, str]
"""Status and code."""

_ABOUT: Final = (
    "Policy-based routes of VPN gateways, as a simulator of the vendor's documentation answers for them. A request may "
    "also be a GET, and have its parameters in a form body. The official SDKs sign theirs, and say what is called in "
    "the headers x-acs-action and x-acs-version."
)
_OCTET: Final = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_PREFIX: Final = rf"^({_OCTET}\.){{3}}{_OCTET}/(3[0-2]|[12]?[0-9])$"
_MEMBERS_OF_REFUSAL: Final = ("RequestId", "HostId", "Code", "Message", "Recommend")
_TO_THE_CALLER: Final = ("Forbbiden.SubUser", "Forbidden")
_TO_WHO_LISTS_GATEWAYS: Final = ("Forbidden.SubUser", "Forbidden")
_SIGNED: Final = (*sorted(COMMON), "SignedHeaders", "x-acs-content-sha256")
"""What the front door can find missing or invalid, beside an operation's own parameters."""


def document(target: Target, spec: str, url: str) -> _Schema:
    """What is answered for this account under a version of the documentation, at this URL, as plain JSON values."""
    operations = (_creation(spec), *sibling_operations(spec))
    return {
        "openapi": "3.1.0",
        "info": {"title": f"VPN gateways of {target.name}", "version": VERSION, "description": _ABOUT},
        "servers": [{"url": url}],
        "paths": {f"/#Action={row.name}": {"post": _operation(row, target, spec)} for row in operations},
        "components": {"schemas": {"Refusal": _object(dict.fromkeys(_MEMBERS_OF_REFUSAL, "string"))}},
    }


def _creation(spec: str) -> OperationRow:
    """Creation as a row like those of its siblings."""
    parameters, members = _holding(PARAMETERS, spec), _holding(FIELDS, spec)
    return OperationRow(
        CREATE,
        "Creates a policy-based route.",
        tuple(row.name for row in parameters if row.required and row.name != "RegionId"),
        tuple(row.name for row in parameters if not row.required),
        (*(row.code for row in _holding(ERRORS, spec)), "IdempotentParameterMismatch"),
        {row.name if row.required else f"{row.name}?": row.type for row in members if row.name != "RequestId"},
    )


def _holding(rows: Iterable[_R], spec: str) -> list[_R]:
    return [row for row in rows if row.holds_in(spec)]


def _operation(row: OperationRow, target: Target, spec: str) -> _Schema:
    """The Operation Object of one row."""
    required = ("RegionId", *row.required)
    named = [name for name in (*required, *row.optional) if PARAMETERS_OF_SIBLINGS[name].holds_in(spec)]
    limits = _limits(spec)
    own = [_parameter(name, name in required, limits, _examples(name, target)) for name in named]
    if row.name == CREATE:  # its siblings do not ask for the region
        own[0]["schema"] = {"type": "string", "const": target.endpoint.region}
    return {
        "operationId": row.name,
        "summary": row.text,
        "parameters": [*_common(row.name), *own],
        "responses": {"200": _response("Done.", _success(row)), **_refusals(row, required, named)},
    }


def _common(action: str) -> list[_Schema]:
    return [
        {"name": "Action", "in": "query", "required": True, "schema": {"type": "string", "const": action}},
        {"name": "Version", "in": "query", "required": True, "schema": {"type": "string", "const": VERSION}},
        {"name": "Format", "in": "query", "schema": {"type": "string", "enum": ["JSON", "XML"], "default": "JSON"}},
    ]


# What is sent


def _limits(spec: str) -> Mapping[str, list[Limit]]:
    limits: dict[str, list[Limit]] = {}
    for limit in (*_holding(LIMITS, spec), *LIMITS_OF_SIBLINGS):
        limits.setdefault(limit.parameter, []).append(limit)
    return limits


def _parameter(name: str, required: bool, limits: Mapping[str, list[Limit]], examples: tuple[str, ...]) -> _Schema:
    row = PARAMETERS_OF_SIBLINGS[name]
    schema: _Schema = {"type": row.type}
    for limit in limits.get(name, ()):
        schema |= _bounds(row, limit)
    if name in ("RouteSource", "RouteDest"):
        schema["pattern"] = _PREFIX
    elif required and row.type == "string" and "enum" not in schema:
        schema["minLength"] = 1
    shown = {"name": name, "in": "query", "required": required, "description": row.text, "schema": schema}
    if examples:
        shown["examples"] = {text: {"value": text} for text in examples}
    return shown


def _bounds(row: Parameter, limit: Limit) -> _Schema:
    """What one limit says, in the words of JSON Schema."""
    if limit.name.endswith(".ascii"):
        return {"pattern": "^[\\x00-\\x7f]*$"}
    if limit.name.endswith(".scheme"):
        return {"pattern": f"^(?!{'|'.join(map(str, limit.values))})"}
    if row.type == "boolean" or limit.name == "quota":
        return {}
    kind = "Length" if row.type == "string" else "imum"
    bounds = {f"min{kind}": limit.low, f"max{kind}": limit.high, "default": limit.default}
    values = {"enum": list(limit.values)} if limit.values else {}
    return values | {word: value for word, value in bounds.items() if value is not None}


def _examples(name: str, target: Target) -> tuple[str, ...]:
    """Values of a parameter that mean something to this account."""
    known: Mapping[str, Iterable[str]] = {
        "RegionId": (target.endpoint.region,),
        "VpnGatewayId": (gateway.id for gateway in target.gateways),
        "NextHop": target.connection_home,
        "VpnConnectionId": target.connection_home,
        "VpcId": (target.vpc_of(gateway).id for gateway in target.gateways),
        "RouteTableId": (f"vtb-{target.vpc_of(gateway).id}" for gateway in target.gateways),
        "RouteSource": (PARAMETERS_OF_SIBLINGS["RouteSource"].example,),
        "RouteDest": (PARAMETERS_OF_SIBLINGS["RouteDest"].example,),
    }
    return tuple(dict.fromkeys(known.get(name, ())))


# What is answered


def _response(description: str, schema: _Schema) -> _Schema:
    return {"description": description, "content": {"application/json": {"schema": schema}, "text/xml": {}}}


def _success(row: OperationRow) -> _Schema:
    return _object({"RequestId": "string", **row.members}) | {"not": {"required": ["Code"]}}


def _object(members: Mapping[str, Any]) -> _Schema:
    """The schema of an object with these members, as OperationRow has them."""
    return {
        "type": "object",
        "required": [name for name in members if not name.endswith("?")],
        "properties": {name.removesuffix("?"): _value(value) for name, value in members.items()},
    }


def _value(members: Any) -> _Schema:
    match members:
        case str():
            return {"type": members}
        case [entry]:
            return {"type": "array", "items": _value(entry)}
        case _:
            return _object(members)


def _refusals(row: OperationRow, required: Iterable[str], named: Iterable[str]) -> _Schema:
    """A response for each status, with the codes that come with it."""
    codes: dict[int, set[str]] = {}
    for status, code in (*_own(row), *_of_parameters(required, named), *_of_any()):
        codes.setdefault(status, set()).add(code)
    return {
        str(status): _response(
            "Refused.",
            {"$ref": "#/components/schemas/Refusal", "properties": {"Code": {"enum": sorted(codes[status])}}},
        )
        for status in sorted(codes)
    }


def _own(row: OperationRow) -> Iterator[_Refusal]:
    """Those of the operation's own table. Where a sibling's has another status for a code, that one counts."""
    for code in (*row.codes, *(_TO_WHO_LISTS_GATEWAYS if row.name == GATEWAYS else _TO_THE_CALLER)):
        siblings = [one for one in SIBLING_ERRORS if one.code == code and one.operation == row.name]
        siblings = siblings or [one for one in SIBLING_ERRORS if one.code == code and not errors_of(code)]
        yield from ((one.status, code) for one in siblings or errors_of(code))


def _of_parameters(required: Iterable[str], named: Iterable[str]) -> Iterator[_Refusal]:
    """Those that name a parameter: `Missing<Param>`, `Invalid<Param>`."""
    yield from ((400, f"Missing{name}") for name in (*required, *_SIGNED))
    yield from ((400, f"Invalid{name}") for name in (*named, *_SIGNED))


def _of_any() -> Iterator[_Refusal]:
    """Those that any operation can be refused with: by the front door, and by `serve --fault`."""
    yield from ((row.status, row.code) for row in SIBLING_ERRORS if row.operation == "" and "<" not in row.code)
    yield from (fault.refused[:2] for kind in FAULT_KINDS.values() for fault in kind if fault.refused is not None)
