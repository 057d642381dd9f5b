"""The control interface of a served account: what a test needs beside the API. JSON in, JSON out.

Rules of this file
1. It is only there where it was asked for, and only for this machine: `origin_check.py` says who is refused.
2. What changes something is POST with a JSON body, which no form of another site can send.
3. No secret and no signature is shown: a Request has none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any, Final, Protocol

from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer
from pbr_conformance.simulator.model.snapshot import SnapshotError, StrictJson, account_of, from_json, snapshot_of
from pbr_conformance.simulator.model.target_file import NO_VARIABLES, TargetError, parse_target
from pbr_conformance.simulator.wire.codec import JSON_TYPE

from .faults import FAULT_KINDS, FaultError, Faults
from .origin_check import refused
from .recent import HandledRequest, Recent

PATH: Final = "/_control/"
LARGEST_SNAPSHOT: Final = 1 << 26  # bytes of a body
LONGEST_ADVANCE: Final = 10 * 366 * 24 * 3600 * 1000  # milliseconds


class Controlled(Protocol):
    """What is controlled: a Service."""

    account: Account
    faults: Faults
    ahead: int

    @property
    def allowed_hosts(self) -> Collection[str]: ...
    @property
    def recent(self) -> Recent: ...
    @property
    def spec(self) -> str: ...
    @property
    def keeps(self) -> bool: ...
    def restart(self, account: Account, now: int) -> None: ...
    def inject(self, faults: Faults) -> None: ...


class _Refused(Exception):
    """Why a request is refused."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


_JsonMembers = Mapping[str, Any]
_Handler = Callable[[Controlled, bytes, int], _JsonMembers]


def respond(
    service: Controlled, scope: Mapping[str, Any], headers: Mapping[str, str], body: bytes, now: int
) -> tuple[int, bytes, str]:
    """Status, body and content type of the answer to one request under PATH."""
    try:
        _let_in(service, scope, headers)
        handler = _handler(scope["method"], scope["path"].removeprefix(PATH))
        if scope["method"] == "POST":
            _check_body(body, headers)
        status, answer = 200, handler(service, body or b"{}", now)
    except _Refused as reason:
        status, answer = reason.status, {"error": str(reason)}
    except SnapshotError as wrong:
        status, answer = 400, {"error": f"body: {wrong}"}
    except (TargetError, FaultError) as wrong:
        status, answer = 400, {"error": str(wrong)}
    except OSError as wrong:
        status, answer = 409, {"error": f"the state file cannot be written ({wrong.strerror or wrong})"}
    return status, json.dumps(answer).encode() + b"\n", JSON_TYPE


def _let_in(service: Controlled, scope: Mapping[str, Any], headers: Mapping[str, str]) -> None:
    reason = refused(headers, (scope.get("server") or ("",))[0], service.allowed_hosts)
    if reason:
        raise _Refused(403, reason)


def _handler(method: str, name: str) -> _Handler:
    methods = _ROUTES.get(name)
    if methods is None:
        raise _Refused(404, f"no such path; expected {PATH} and one of {', '.join(_ROUTES)}")
    if method not in methods:
        raise _Refused(405, f"{PATH}{name} takes {' and '.join(methods)}")
    return methods[method]


def _check_body(body: bytes, headers: Mapping[str, str]) -> None:
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise _Refused(415, "expected a body of type application/json")
    if len(body) > LARGEST_SNAPSHOT:
        raise _Refused(413, f"the body is larger than {LARGEST_SNAPSHOT} bytes")


class _EmptyBody(StrictJson):
    """No members."""


class _LoadedAccount(StrictJson):
    """The text of a target file, and what it is called."""

    target: str
    name: str = "account.toml"


class _Advance(StrictJson):
    """How far the clock is to go ahead."""

    advance_ms: int


class _WantedFaults(StrictJson):
    """What `Faults` takes; what is left out stays as it is."""

    rates: dict[str, float]
    seed: int | None = None
    slow_ms: int | None = None


def start_anew(service: Controlled, now: int) -> None:
    """Remove routes, tokens and pending changes, set the clock right, and count requests for faults from the start."""
    service.restart(Account(service.account.target), now)
    service.ahead = 0
    service.inject(service.faults)


def _reset(service: Controlled, body: bytes, now: int) -> _JsonMembers:
    from_json(_EmptyBody, body)
    start_anew(service, now)
    return {}


def _export(service: Controlled, body: bytes, now: int) -> _JsonMembers:
    return snapshot_of(service.account)


def _load(service: Controlled, body: bytes, now: int) -> _JsonMembers:
    service.restart(account_of(body, service.account.target), now)
    return {}


def _account(service: Controlled, body: bytes, now: int) -> _JsonMembers:
    sent = from_json(_LoadedAccount, body)
    if service.keeps:
        raise _Refused(409, "the state file is that of this account")
    target = parse_target(sent.target, sent.name, NO_VARIABLES)
    try:
        service.restart(Account(target), now)
    except ValueError as wrong:
        raise _Refused(400, f"target: {wrong}") from None
    return {"name": service.account.target.name, "gateways": [each.id for each in service.account.target.gateways]}


def _clock(service: Controlled, body: bytes, now: int) -> _JsonMembers:
    advance = from_json(_Advance, body).advance_ms
    if not 0 <= advance <= LONGEST_ADVANCE - service.ahead:
        raise _Refused(400, f"advance_ms: expected 0 or more; the clock goes ahead {LONGEST_ADVANCE} at most")
    service.ahead += advance
    return {"ahead_ms": service.ahead, "now": now + advance}


def _requests(service: Controlled, body: bytes, now: int) -> _JsonMembers:
    return {"requests": [_shown(handled, service.spec) for handled in service.recent]}


def _faults(service: Controlled, body: bytes, now: int) -> _JsonMembers:
    sent = from_json(_WantedFaults, body)
    service.inject(replace(service.faults, **sent.model_dump(exclude_none=True)))
    return _show_faults(service, body, now)


def _show_faults(service: Controlled, body: bytes, now: int) -> _JsonMembers:
    faults = service.faults
    return {"rates": dict(faults.rates), "seed": faults.seed, "slow_ms": faults.slow_ms, "kinds": list(FAULT_KINDS)}


def _shown(handled: HandledRequest, spec: str) -> _JsonMembers:
    answer = handled.answer
    shown: dict[str, Any] = {
        "number": handled.number,
        "at": handled.at,
        "action": handled.request.action,
        "caller": handled.request.caller,
        "parameters": dict(handled.request.parameters),
        "status": answer.status if isinstance(answer, Answer) else None,
        "code": answer.code if isinstance(answer, Answer) else None,
        "note": handled.note,
    }
    allowed = handled.allowed(spec)
    if allowed is not None:
        shown["broken"] = [
            {
                "id": broken.condition.id,
                "strength": broken.strength.value,
                "parameter": broken.parameter,
                "says": broken.condition.says,
                "clauses": list(broken.condition.clauses),
                "codes": sorted(broken.codes) or ["any 4xx"],
            }
            for broken in allowed.broken
        ]
        shown["allowed"] = {what: list(why) for what, why in allowed.outcomes().items()}
    return shown


_ROUTES: Final[Mapping[str, Mapping[str, _Handler]]] = {
    "reset": {"POST": _reset},
    "snapshot": {"GET": _export, "POST": _load},
    "account": {"POST": _account},
    "clock": {"POST": _clock},
    "requests": {"GET": _requests},
    "faults": {"GET": _show_faults, "POST": _faults},
}
