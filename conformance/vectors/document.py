"""The vectors file, format 1: its types, how it is written, and how it is read.

Rules of this file
1. A file is complete: whoever reads it needs the account, the vectors and no oracle.
2. A request is written as what it changes of its gateway's ordinary request; null leaves a parameter out.
3. The id of a vector is a hash of what is sent and what is expected, with nothing abbreviated, and without prose: the
   same vector has the same id in every file and on every machine.
4. `{unique}` in a token stands for eight characters that are new each time a vector is run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.model.target_file import parse_document
from pbr_conformance.strategies.plain_requests import create, delete

VECTORS_FORMAT: Final = 1
VECTORS_KIND: Final = "vectors"
UNIQUE: Final = "{unique}"
_ID_LENGTH: Final = 16
_LONGEST_TOKEN: Final = 64


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, use_attribute_docstrings=True)


class VectorRoute(_Part):
    """A route as a success and a list show it. A dual-tunnel gateway may show any weight as 100."""

    RouteSource: str
    RouteDest: str
    NextHop: str
    Weight: int
    State: Literal["normal", "published"]
    Priority: int | None = None
    """Absent where the version of the documentation has no priorities: then it is not compared."""


class VectorRequest(_Part):
    """A request: the ordinary creation on a gateway, with changes."""

    gateway: str
    """Whose ordinary request it is."""
    parameters: dict[str, str | None] = {}
    """What differs from it; null leaves a parameter out."""
    caller: Literal["owner", "sub_user", "unauthorized"] = "owner"
    action: Literal["create", "delete"] = "create"
    """A deletion sends RegionId, VpnGatewayId, RouteSource, RouteDest, NextHop, Weight and Priority, and no others."""


class SetUpStep(VectorRequest):
    """A request that leaves the endpoint no choice."""

    outcome: Literal["success", "refusal"] = "success"


class SetUp(_Part):
    """What is sent before a request, and the routes that each list shows then."""

    steps: tuple[SetUpStep, ...]
    routes: dict[str, tuple[VectorRoute, ...]]
    """By gateway."""


class TestVector(VectorRequest):
    """One expectation: what is sent, what may be answered and why, and what the lists show after it."""

    __test__ = False

    id: str
    """64 bits of a hash of what is sent and what is expected."""
    setup: str
    """The name of its set-up."""
    success: bool = False
    """Whether HTTP 200 is allowed."""
    because: tuple[str, ...]
    """Names of `reasons`: each code that one of them has is allowed."""
    strength: Literal["MUST", "MAY"] = "MUST"
    """MAY: an endpoint may accept it, or refuse it."""
    effect: Literal["created", "replayed", "deleted", "none", "unspecified"] = "none"
    """What a success does to the gateway's list; a refusal never changes it. After `unspecified` (a spelling that is
    only tolerated was accepted) the list is not compared."""
    route: VectorRoute | None = None
    """The route that a success creates, shows again or deletes."""


class VectorReason(_Part):
    """A rule that a request breaks, or that applies to it."""

    condition: str
    """Its address: `pbr-conformance list` has them all."""
    says: str
    strength: Literal["MUST", "MAY"]
    codes: tuple[str, ...]
    """What may answer it; `any 4xx` is any HTTP 400 to 499 with a Code."""
    clauses: tuple[str, ...]
    """Ids of the documentation, see docs/clauses.md."""


class VectorScore(_Part):
    """Which wrong simulators the vectors of this file expose, run one after another on one account."""

    mutants: int
    killed: int
    survived: tuple[str, ...]


class VectorSuite(_Part):
    """A whole file."""

    format: Literal[1]
    kind: Literal["vectors"]
    operation: str
    spec: str
    """The version of the documentation."""
    depth: Annotated[int, Field(ge=1)]
    """Operations of the longest history, the request itself included, after the routes that a set-up begins with."""
    mutation_score: VectorScore | None = None
    account: dict[str, Any]
    """The account that an endpoint must have: `gateways`, `vpcs` and the callers under `credentials`, as in a target
    file."""
    statuses: dict[str, tuple[int, ...]]
    """By code, the HTTP statuses that it is documented with."""
    reasons: dict[str, VectorReason]
    ordinary: dict[str, dict[str, str]]
    """By gateway, the parameters of a creation that breaks nothing on it while it is empty."""
    setups: dict[str, SetUp]
    vectors: tuple[TestVector, ...]

    def request(self, written: VectorRequest) -> Request:
        """The request that is sent, `{unique}` still in its token."""
        parameters = {**self.ordinary[written.gateway], **written.parameters}
        sent = {name: text for name, text in parameters.items() if text is not None}
        return create(sent, written.caller) if written.action == "create" else delete(sent, written.caller)

    @property
    def target(self) -> Target:
        """The account as a target, without a URL and without keys. Raises TargetError where it is none."""
        return parse_document(self.account)

    def codes(self, vector: TestVector) -> frozenset[str]:
        """The codes that a vector allows; `any 4xx` is one of them where any will do."""
        return frozenset(code for name in vector.because for code in self.reasons[name].codes)

    def setup_of(self, vector: TestVector) -> SetUp:
        """What is sent before it, and what the lists show then."""
        return self.setups[vector.setup]


def changes_of(request: Request, ordinary: Mapping[str, str]) -> dict[str, str | None]:
    """How a creation differs from an ordinary one."""
    changed = {name: text for name, text in request.parameters.items() if ordinary.get(name) != text}
    left_out = {name: None for name in ordinary if name not in request.parameters}
    return {**changed, **(left_out if request.action == CREATE else {})}


def with_unique_token(request: Request) -> Request:
    """The request with `{unique}` at the end of its token, which is no longer than before if that matters."""
    token = request.get("ClientToken")
    if not token:
        return request
    kept = token if len(token) + len(UNIQUE) <= _LONGEST_TOKEN else token[: -len(UNIQUE)]
    return Request(request.action, {**request.parameters, "ClientToken": kept + UNIQUE}, request.caller)


def fresh(request: Request, unique: str) -> Request:
    """The request with a token that was never sent before."""
    token = request.get("ClientToken") or ""
    if UNIQUE not in token:
        return request
    parameters = {**request.parameters, "ClientToken": token.replace(UNIQUE, unique)}
    return Request(request.action, parameters, request.caller)


def name_of(*parts: object) -> str:
    """The id of content: 64 bits of a hash."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()[:_ID_LENGTH]


# --- In a file ----------------------------------------------------------------------------------------------


def to_text(suite: VectorSuite) -> str:
    """The file: a line for each vector and each set-up, so that a difference is one line too."""
    document = suite.model_dump(mode="json", exclude_defaults=True)
    return "{\n" + ",\n".join(f"{json.dumps(key)}: {_laid_out(value)}" for key, value in document.items()) + "\n}\n"


def _laid_out(value: Any) -> str:
    if isinstance(value, dict) and value:
        return "{\n" + ",\n".join(f"{json.dumps(key)}: {_compact(each)}" for key, each in value.items()) + "\n}"
    return "[\n" + ",\n".join(map(_compact, value)) + "\n]" if isinstance(value, list) else _compact(value)


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def from_text(text: bytes | str) -> VectorSuite:
    """The vectors of a file. Raises ValueError, of one line, for what is none."""
    try:
        data = json.loads(text)
    except RecursionError:
        raise ValueError("expected JSON, nested less deeply") from None
    found = data if isinstance(data, dict) else {}
    if found.get("kind") != VECTORS_KIND:
        raise ValueError(f'kind: expected "{VECTORS_KIND}", a file that `vectors` has written')
    if found.get("format") != VECTORS_FORMAT:
        shown = json.dumps(found.get("format"))[:20]
        raise ValueError(f"format: {shown}, expected {VECTORS_FORMAT}, the only one this version reads")
    try:
        suite = VectorSuite.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    for problem in _unknown_names(suite):
        raise ValueError(problem)
    return suite


def _unknown_names(suite: VectorSuite) -> Iterator[str]:
    """What names something that is not in the file."""
    for number, vector in enumerate(suite.vectors):
        if vector.setup not in suite.setups:
            yield f"vectors[{number}].setup: expected the name of a set-up of this file"
        if not suite.reasons.keys() >= set(vector.because):
            yield f"vectors[{number}].because: expected names of `reasons`"
        if vector.gateway not in suite.ordinary:
            yield f"vectors[{number}].gateway: expected a gateway of `ordinary`"
    for name, setup in suite.setups.items():
        if any(step.gateway not in suite.ordinary for step in setup.steps):
            yield f"setups.{name[:40]}: expected gateways of `ordinary`"
