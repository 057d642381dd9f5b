"""One account behind HTTP, as an ASGI application. What it needs of sockets and clocks comes with each request.

Rules of this file
1. Nothing is read, written or decided here that `wire.py` or a step can do.
2. One event loop: a step is never interrupted by another, so the account needs no lock.
3. No input makes it fail. If it does all the same, that is logged once, answered with 500, and changes nothing.
4. A change is kept before it is answered. One that cannot be kept is refused with 500, and logged in one line.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.documentation.create import error
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request
from pbr_conformance.simulator.model.target import ROLES, Target
from pbr_conformance.simulator.operations.answers import request_id
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.creation import creation_of
from pbr_conformance.simulator.rules.dialect import DEFAULT, Dialect
from pbr_conformance.simulator.wire.codec import JSON_TYPE, HttpRequest, read_request, write_answer

from .control import LARGEST_SNAPSHOT, PATH, respond
from .faults import NO_FAULTS, Delivery, Fault, Faults
from .recent import Recent
from .verification import Verifier, verifier_of

if TYPE_CHECKING:
    from .page import Fields, Visit

_Stepped = tuple[Account, Answer | NoAnswer]
_Stepper = Callable[[Account, Request, int, Dialect], _Stepped]
"""`step`, or a mutant: of an account, a request, milliseconds since the epoch, and a dialect."""

Event = MutableMapping[str, Any]  # of ASGI; a scope is one too
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
Written = tuple[int, bytes, str]  # status, body, content type
VisitHandler = Callable[["Service", Event, int], "Visit"]

LARGEST_REQUEST_BODY: Final = 1 << 20  # bytes
HEALTH_PATH: Final = "/_health"
_HEALTHY: Final = (200, b'{"status":"ok"}\n', JSON_TYPE)

_TOO_LARGE: Final = Answer(
    413,
    {"Code": "RequestBodyTooLarge", "Message": f"This simulator reads a body of {LARGEST_REQUEST_BODY} bytes at most."},
)

_log: Final = logging.getLogger(__name__)


class ServerConnection(Protocol):
    """What a request came on: the only way of this module to a socket and a clock."""

    def now(self) -> int:
        """Milliseconds since the epoch."""

    async def pause(self, seconds: float) -> None:
        """Let time pass, or the client go."""

    async def leave(self, unanswered: NoAnswer) -> None:
        """Close without an answer, as `unanswered` says."""

    async def reset(self) -> None:
        """End at once, as a machine does that knows nothing of the connection."""


class StateStore(Protocol):
    """What keeps the account across restarts."""

    def append(self, before: Account, after: Account) -> None:
        """Keep what a request changed, if it did. OSError where that is not possible: then nothing is kept of it."""

    def replace(self, account: Account) -> None:
        """Keep this account in the place of all before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerConfig:
    """How an account is served. A change settles `async_ms` milliseconds after it, whatever the dialect says."""

    dialect: Dialect = DEFAULT
    stepper: _Stepper = step
    async_ms: int = 0
    faults: Faults = NO_FAULTS
    control: bool = False
    """Whether `/_control/` is there: see `control.py`."""
    start: Account | None = None
    """Where it starts; None is an account without routes."""
    store: StateStore | None = None
    verifier: Verifier | None = None
    """Lets in what is signed; without it, everything is."""
    page: VisitHandler | None = None
    """What a browser gets that opens `/`; without it, that is a request like any other."""
    allowed_hosts: frozenset[str] = frozenset()
    """Names of this machine, in lower case, under which `/_control/` and the page are there too."""


@dataclass(slots=True)
class ServedAnswer:
    """What becomes of one request: what is sent, and how."""

    written: Written | NoAnswer
    delivery: Delivery = Delivery.WHOLE
    fields: Fields = ()

    @property
    def plain(self) -> Written | None:
        """The answer, if there is one that is sent whole, and now."""
        written = self.written
        return None if self.delivery is not Delivery.WHOLE or isinstance(written, NoAnswer) else written

    @property
    def head(self) -> Fields:
        """The headers of the answer."""
        assert not isinstance(self.written, NoAnswer)
        _, content, kind = self.written
        return (b"content-type", kind.encode()), (b"content-length", b"%d" % len(content)), *self.fields


Read = tuple[HttpRequest, Request | Answer | Callable[[int], ServedAnswer]]
"""A request as it was read: what the stepper gets to see, why it gets nothing, or what else is to be done `now`."""


class Service:
    """One account behind HTTP."""

    def __init__(self, target: Target, config: ServerConfig | None = None) -> None:
        self.config: Final = ServerConfig() if config is None else config
        self.recent: Final = Recent()
        self.faults = self.config.faults
        self.ahead = 0
        """Milliseconds by which its clock is ahead."""
        self.restarts = 0
        """How often it went on with another account."""
        self.account = self.config.start or Account(target)
        self._dialect = replace(self.config.dialect, settles_after=self.config.async_ms)
        self._requests = 0
        self._verifier = self.config.verifier
        self._serve(target)

    def _serve(self, target: Target) -> None:
        ids = {key.access_key_id: role for role, key in target.credentials.items() if key.access_key_id}
        self._callers = {**{role: role for role in ROLES}, **ids}

    @property
    def spec(self) -> str:
        """The version of the documentation that it follows."""
        return self._dialect.spec

    @property
    def allowed_hosts(self) -> frozenset[str]:
        """Names under which it may be controlled and looked at, besides those of this machine."""
        return self.config.allowed_hosts

    @property
    def keeps(self) -> bool:
        """Whether the account is kept across restarts."""
        return self.config.store is not None

    def restart(self, account: Account, now: int) -> None:
        """Go on with another account, or with another moment of this one; what was handled is forgotten.

        Its gateways are busy for no longer than a change takes: it may be of a server whose clock was ahead.
        ValueError where signatures are verified, and nobody of another account has keys to sign with.
        """
        if self._verifier is not None and account.target is not self.account.target:
            self._verifier = verifier_of(account.target)
        account = account.settled(now + self.config.async_ms)
        account = account.changed((), max(account.serial, self.account.serial))
        if self.config.store is not None:
            self.config.store.replace(account)
        self.account = account
        self.restarts += 1
        self.recent.clear()
        self._serve(account.target)

    def inject(self, faults: Faults) -> None:
        """Let these faults happen from now on; the next request is the first."""
        self.faults, self._requests = faults, 0

    async def __call__(self, scope: Event, receive: Receive, send: Send) -> None:
        """Answer one HTTP request, unless the client has gone or the stepper leaves it unanswered.

        What `respond` said already may be in the scope.
        """
        extension = scope["extensions"]["simulator"]
        connection: ServerConnection = extension["connection"]
        outcome: ServedAnswer | None = extension["outcome"]
        if outcome is None:
            body = await _body(receive, LARGEST_SNAPSHOT if self._is_control(scope) else LARGEST_REQUEST_BODY)
            if body is None:
                return
            outcome = self.respond(scope, body, connection.now())
        if isinstance(outcome.written, NoAnswer):
            await connection.leave(outcome.written)
            return
        if outcome.delivery is Delivery.RESET:
            await connection.reset()
            return
        if outcome.delivery is Delivery.LATE:
            await connection.pause(self.faults.slow_ms / 1000)
        status, content, _ = outcome.written
        await send({"type": "http.response.start", "status": status, "headers": outcome.head})
        if outcome.delivery is Delivery.CUT:
            await send({"type": "http.response.body", "body": content[: len(content) // 2], "more_body": True})
            await connection.leave(NoAnswer("closed", "cut off"))
            return
        await send({"type": "http.response.body", "body": content})

    def _is_control(self, scope: Event) -> bool:
        return self.config.control and scope["path"].startswith(PATH)

    def respond(self, scope: Event, body: bytes, now: int) -> ServedAnswer:
        """What becomes of a request that came at `now`, in milliseconds since the epoch, with its whole body."""
        return self.decide(self.read(scope, body, http_of(scope, body), now), now)

    def read(self, scope: Event, body: bytes, http: HttpRequest, now: int) -> Read:
        """A request that came at `now`, as far as it can be read without the account; `http` is it, taken apart."""
        if self._is_control(scope):
            return http, lambda now: ServedAnswer(respond(self, scope, http.headers, body, now))
        if _is_probe(scope, http):
            return http, lambda now: ServedAnswer(_HEALTHY)
        if self.config.page is not None and _is_visit(scope, http.headers):
            return http, partial(self._visited, self.config.page, scope)
        if len(body) > LARGEST_REQUEST_BODY:
            return http, _TOO_LARGE
        try:
            return http, self._let_in(http, now + self.ahead)
        except Exception:
            return http, _failed()

    def decide(self, read: Read, now: int) -> ServedAnswer:
        """What becomes of a request that was read."""
        now += self.ahead
        http, said = read
        try:
            if isinstance(said, Request):
                return self._handle(said, now, http)
            return self._refused(said, now, http) if isinstance(said, Answer) else said(now)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException:  # a stepper may be of a test, and fail as one does
            return self._refused(_failed(), now, http)

    def _visited(self, page: VisitHandler, scope: Event, now: int) -> ServedAnswer:
        visit = page(self, scope, now)
        return ServedAnswer(visit.written, fields=visit.fields)

    def _let_in(self, http: HttpRequest, now: int) -> Request | Answer:
        """What the stepper gets to see, or why it gets nothing."""
        refused = None if self._verifier is None else self._verifier.refusal(http, now)
        request = refused or read_request(http, self._callers)
        if isinstance(request, Request) and request.action == CREATE:
            creation_of(request, self.spec)  # kept with it
        return request

    def _handle(self, request: Request, now: int, http: HttpRequest) -> ServedAnswer:
        """Let the stepper answer, and a fault come between, if one does."""
        self._requests += 1
        before, fault = self.account, self.faults.of(self._requests, request.action)
        if fault is None:
            after, answer = self.config.stepper(before, request, now, self._dialect)
        else:
            after, answer = self._step(request, now, fault)
        outcome = ServedAnswer(answer if isinstance(answer, NoAnswer) else write_answer(answer, http))
        if fault is not None:
            outcome.delivery = fault.delivery
        if self.config.store is not None:
            try:
                self.config.store.append(before, after)
            except OSError as wrong:
                _log.error("A change cannot be kept, and is refused: %s", wrong.strerror or wrong)
                return self._refused(_internal_error(), now, http)
        self.account = after
        note = f"fault: {fault.kind}" if fault else ""
        self.recent.add((now, before, request, answer, note), len(http.query) + len(http.body))
        return outcome

    def _step(self, request: Request, now: int, fault: Fault) -> _Stepped:
        after, answer = self.account.answered(), None
        if fault.effect:
            after, answer = self.config.stepper(self.account, request, now, self._dialect)
        refused = fault.answer(request_id(self.account.serial, now))
        return after, refused or answer or NoAnswer("reset", "the connection was reset before the request was read")

    def _refused(self, answer: Answer, now: int, http: HttpRequest) -> ServedAnswer:
        """A refusal that no step has seen, with the RequestId it lacks."""
        identity = request_id(self.account.serial, now)
        self.account = self.account.answered()
        return ServedAnswer(
            write_answer(replace(answer, members={"RequestId": identity, **(answer.members or {})}), http)
        )


def _failed() -> Answer:
    """Log the exception that is being handled, and say no more of it than the operation's documentation does."""
    _log.exception("The simulator failed at a request, and answers InternalError")
    return _internal_error()


def _internal_error() -> Answer:
    return Answer(500, {"Code": error("InternalError").code, "Message": error("InternalError").message})


def http_of(scope: Event, body: bytes) -> HttpRequest:
    """The request of a scope, taken apart; a body that is too large is left out."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    path, query = scope["raw_path"].decode("latin-1"), scope["query_string"].decode("utf-8", "replace")
    return HttpRequest(scope["method"], path, query, headers, body if len(body) <= LARGEST_REQUEST_BODY else b"")


def _is_probe(scope: Event, http: HttpRequest) -> bool:
    """Whether somebody asks only if a server is here: `GET /_health`, or `HEAD /`. Nobody signs that."""
    path, method = scope["path"], scope["method"]
    return (path == HEALTH_PATH and method in ("GET", "HEAD")) or (path == "/" and method == "HEAD" and not http.sent)


def _is_visit(scope: Event, headers: Mapping[str, str]) -> bool:
    """Whether somebody looks: a browser that opens `/`. All else is a request of the operation."""
    is_plain = scope["method"] == "GET" and scope["path"] == "/" and b"Action=" not in scope["query_string"]
    return is_plain and "x-acs-action" not in headers and "text/html" in headers.get("accept", "")


async def _body(receive: Receive, most: int) -> bytes | None:
    """The body of a request, read to its end; None if the client went first. Much more than the most is not kept."""
    body = bytearray()
    event = await receive()
    while event["type"] == "http.request":
        if len(body) <= most:
            body += event["body"]
        if not event["more_body"]:
            return bytes(body)
        event = await receive()
    return None
