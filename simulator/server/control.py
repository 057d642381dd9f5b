"""The control interface of a served account: what a test needs beside the API. JSON in, JSON out.

Rules of this file
1. It is only there where it was asked for, and only for this machine: `visitors.py` says who is refused.
2. What changes something is POST with a JSON body, which no form of another site can send.
3. No secret and no signature is shown: a Request has none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer
from pbr_conformance.simulator.model.snapshot import SnapshotError, account_of, snapshot_of
from pbr_conformance.simulator.model.target_file import NO_VARIABLES, TargetError, parse_target

from .faults import KINDS, FaultError, Faults
from .origin_check import refused
from .recent import Handled, Recent

PATH: Final = "/_control/"
JSON_TYPE: Final = "application/json;charset=utf-8"
LARGEST_SNAPSHOT: Final = 1 << 26  # bytes of a body
LONGEST_ADVANCE: Final = 10 * 366 * 24 * 3600 * 1000  # milliseconds


class Controlled(Protocol):
    """What is controlled: a Service."""

    account: Account
    faults: Faults
    ahead: int

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


Members = Mapping[str, Any]
_Handler = Callable[[Controlled, Members, int], Members]


def respond(
    service: Controlled, scope: Mapping[str, Any], headers: Mapping[str, str], body: bytes, now: int
) -> tuple[int, bytes, str]:
    """Status, body and content type of the answer to one request under PATH."""
    try:
        _let_in(scope, headers)
        handler = _handler(scope["method"], scope["path"].removeprefix(PATH))
        sent = _object(body, headers) if scope["method"] == "POST" else {}
        status, answer = 200, handler(service, sent, now)
    except _Refused as reason:
        status, answer = reason.status, {"error": str(reason)}
    except (SnapshotError, TargetError, FaultError) as wrong:
        status, answer = 400, {"error": str(wrong)}
    except RecursionError:
        status, answer = 400, {"error": "the body is nested too deeply"}
    except OSError as wrong:
        status, answer = 409, {"error": f"the state file cannot be written ({wrong.strerror or wrong})"}
    return status, json.dumps(answer).encode() + b"\n", JSON_TYPE


def _let_in(scope: Mapping[str, Any], headers: Mapping[str, str]) -> None:
    reason = refused(headers, (scope.get("server") or ("",))[0])
    if reason:
        raise _Refused(403, reason)


def _handler(method: str, name: str) -> _Handler:
    methods = ROUTES.get(name)
    if methods is None:
        raise _Refused(404, f"no such path; expected {PATH} and one of {', '.join(ROUTES)}")
    if method not in methods:
        raise _Refused(405, f"{PATH}{name} takes {' and '.join(methods)}")
    return methods[method]


def _object(body: bytes, headers: Mapping[str, str]) -> Members:
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise _Refused(415, "expected a body of type application/json")
    if len(body) > LARGEST_SNAPSHOT:
        raise _Refused(413, f"the body is larger than {LARGEST_SNAPSHOT} bytes")
    try:
        sent = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise _Refused(400, "the body is no JSON") from None
    if not isinstance(sent, dict):
        raise _Refused(400, "the body is no JSON object")
    return sent


def _only(sent: Members, kinds: Mapping[str, type], required: str = "") -> None:
    """See to it that only these members are there, each of its type."""
    for name, value in sent.items():
        if name not in kinds:
            raise _Refused(400, f"{name}: unknown; expected {', '.join(kinds) or 'an empty object'}")
        if type(value) is not kinds[name]:
            raise _Refused(400, f"{name}: expected {_IN_WORDS[kinds[name]]}")
    if required and required not in sent:
        raise _Refused(400, f"{required}: missing")


_IN_WORDS: Final = {int: "an integer", str: "a string", dict: "an object"}


def _reset(service: Controlled, sent: Members, now: int) -> Members:
    _only(sent, {})
    service.restart(Account(service.account.target), now)
    service.ahead = 0
    service.inject(service.faults)
    return {}


def _export(service: Controlled, sent: Members, now: int) -> Members:
    return snapshot_of(service.account)


def _load(service: Controlled, sent: Members, now: int) -> Members:
    service.restart(account_of(json.dumps(sent).encode(), service.account.target), now)
    return {}


def _account(service: Controlled, sent: Members, now: int) -> Members:
    _only(sent, {"target": str, "name": str}, "target")
    if service.keeps:
        raise _Refused(409, "the state file is that of this account")
    target = parse_target(sent["target"], sent.get("name", "account.toml"), NO_VARIABLES)
    try:
        service.restart(Account(target), now)
    except ValueError as wrong:
        raise _Refused(400, f"target: {wrong}") from None
    return {"name": service.account.target.name, "gateways": [each.id for each in service.account.target.gateways]}


def _clock(service: Controlled, sent: Members, now: int) -> Members:
    _only(sent, {"advance_ms": int}, "advance_ms")
    advance = sent["advance_ms"]
    if not 0 <= advance <= LONGEST_ADVANCE - service.ahead:
        raise _Refused(400, f"advance_ms: expected 0 or more; the clock goes ahead {LONGEST_ADVANCE} at most")
    service.ahead += advance
    return {"ahead_ms": service.ahead, "now": now + advance}


def _requests(service: Controlled, sent: Members, now: int) -> Members:
    return {"requests": [_shown(handled, service.spec) for handled in service.recent]}


def _faults(service: Controlled, sent: Members, now: int) -> Members:
    _only(sent, {"rates": dict, "seed": int, "slow_ms": int}, "rates")
    for kind, rate in sent["rates"].items():
        if type(rate) not in (int, float):
            raise _Refused(400, f"rates.{kind}: expected a number")
    before = service.faults
    service.inject(Faults(sent["rates"], sent.get("seed", before.seed), sent.get("slow_ms", before.slow_ms)))
    return _show_faults(service, {}, now)


def _show_faults(service: Controlled, sent: Members, now: int) -> Members:
    faults = service.faults
    return {"rates": dict(faults.rates), "seed": faults.seed, "slow_ms": faults.slow_ms, "kinds": list(KINDS)}


def _shown(handled: Handled, spec: str) -> Members:
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


ROUTES: Final[Mapping[str, Mapping[str, _Handler]]] = {
    "reset": {"POST": _reset},
    "snapshot": {"GET": _export, "POST": _load},
    "account": {"POST": _account},
    "clock": {"POST": _clock},
    "requests": {"GET": _requests},
    "faults": {"GET": _show_faults, "POST": _faults},
}
