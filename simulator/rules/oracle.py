"""The oracle: which outcomes of a creation the documentation allows, and why.

    broken  = every condition the request meets in the current state
    if some MUST is broken:   allowed = the codes of all broken conditions, MUST and MAY together
    otherwise:                allowed = {success} + the codes of the broken MAY conditions

Rules of this file
1. `assess` finds what is broken; `allow` is the decision above, and `outcomes` adds what dry runs and tokens change.
2. The oracle never asks how the simulator decides, and never prefers a code.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import cache, lru_cache
from hashlib import sha256
from typing import Final, NamedTuple

from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC, error
from pbr_conformance.simulator.model.account import Account, Binding, GatewayContext, TokenKey, TokenRecord
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.prefixes import LOOSE, read
from pbr_conformance.simulator.model.routes import Route

from .condition import Concern, Condition
from .conditions import DRY_RUN_MAY_PASS, REQUIRED_PARAMETERS, under
from .creation import MAY, MUST, TOLERATED_BOOLEANS, Case, Creation, Strength, boolean, creation_of, integer

DRY_RUN_PASSED: Final = "DryRunOperation"
MISMATCH: Final = "IdempotentParameterMismatch"


class Broken(NamedTuple):
    """A condition that a request meets: how strong it is here, and the rows of the error table that may answer it."""

    condition: Condition
    strength: Strength
    errors: tuple[str, ...]
    parameter: str | None = None

    @property
    def codes(self) -> frozenset[str]:
        """The codes that may answer it; none stands for any 4xx."""
        return _codes(self.errors)

    def cases(self, case: Case) -> tuple[str, ...]:
        """The cases that it meets where it is a MAY, by name; none where its condition has none."""
        parameter = self.parameter or ""
        return tuple(name for name, applies in self.condition.cases if applies(case, parameter))

    def __str__(self) -> str:
        return f"{self.condition.id} ({self.strength.value})"


@lru_cache(maxsize=256)
def _codes(errors: tuple[str, ...]) -> frozenset[str]:
    return frozenset(error(row).code for row in errors)


# --- What is broken ----------------------------------------------------------------------------------------


_MOST_REMEMBERED: Final = 1 << 12
_LONGEST_REMEMBERED: Final = 64
_LONGEST_KEPT: Final = 20_000  # characters of the parameters of a request whose token is bound


class _Rows:
    """The conditions of one version of the documentation, by what has to be there for them to be asked."""

    def __init__(self, spec: str) -> None:
        of = {subject: tuple(row for row in under(spec) if row.subject is subject) for subject in Concern}
        self.gateway = of[Concern.REQUEST] + of[Concern.GATEWAY]
        self.no_gateway = of[Concern.REQUEST] + of[Concern.NO_GATEWAY]
        self.caller, self.next_hop, self.features = of[Concern.CALLER], of[Concern.NEXT_HOP], of[Concern.FEATURES]
        self.pair, self.overlap = of[Concern.PAIR], of[Concern.OVERLAP]
        self.vpc, self.ssl = of[Concern.VPC], of[Concern.SSL]
        self.of_absent = _by_name(of[Concern.ABSENT])
        self.of_text = _by_name(of[Concern.TEXT])
        self.of_any_text = _by_name(of[Concern.TEXT] + of[Concern.SPELLING])
        """What is asked where a prefix may not be spelled as documented."""
        self.required = frozenset(REQUIRED_PARAMETERS).intersection(self.of_absent)
        self.remembered: dict[tuple[str, str], tuple[Broken, ...]] = {}
        """What a parameter's text breaks. Most texts come again and again; a client can send others without end."""


_ByName = Mapping[str, tuple[Condition, ...]]


def _by_name(conditions: tuple[Condition, ...]) -> _ByName:
    """The parameters, and the conditions on the text of each."""
    names = dict.fromkeys(name for condition in conditions for name in condition.looks_at)
    return {name: tuple(each for each in conditions if name in each.looks_at) for name in names}


_rows = cache(_Rows)


def assess(account: Account, request: Request, now: int | None = None, spec: str = DEFAULT_SPEC) -> tuple[Broken, ...]:
    """Every condition that a create request meets in this state, by subject.

    `now` in milliseconds since the epoch; None says that every earlier change is known to be done.
    """
    rows = _rows(spec)
    creation = creation_of(request, spec)
    case = Case(account, creation, request.caller, now)
    broken = list(_of_texts(creation, spec, rows))
    if request.caller != "owner":
        _meet(case, rows.caller, broken)
    home = account.home_of(creation.next_hop)
    if creation.next_hop is not None and (home is None or home != creation.gateway):
        _meet(case, rows.next_hop, broken)
    if case.place is None:
        _meet(case, rows.no_gateway, broken)
    else:
        _of_place(case, case.place, rows, broken)
    return tuple(broken)


def _of_place(case: Case, place: GatewayContext, rows: _Rows, broken: list[Broken]) -> None:
    """What is broken on a gateway that exists, each subject asked about only where it is there."""
    creation = case.creation
    if not place.ordinary:
        _meet(case, rows.features, broken)
    _meet(case, rows.gateway, broken)
    tolerated = creation.comparable and not creation.strict
    if case.pair:
        _meet(case, rows.pair, broken, tolerated)
    if case.overlapping:
        _meet(case, rows.overlap, broken, tolerated)
    if creation.destination_prefix is not None:
        loose = creation.destination_spelling is LOOSE
        if creation.publish:
            _meet(case, rows.vpc, broken, loose)
        if place.ssl_blocks:
            _meet(case, rows.ssl, broken, loose)


def _meet(case: Case, conditions: tuple[Condition, ...], broken: list[Broken], tolerated: bool = False) -> None:
    """Add the conditions that are met. Against a tolerated spelling nothing is a MUST: it need not be read our way."""
    for condition in conditions:
        strength = condition.holds(case)
        if strength is not None:
            errors = condition.errors
            if condition.also:
                errors += tuple(error for error, _, when in condition.also if when(case))
            about = condition.looks_at[0] if condition.looks_at else None
            broken.append(Broken(condition, MAY if tolerated else strength, errors, about))


def _of_texts(creation: Creation, spec: str, rows: _Rows) -> tuple[Broken, ...]:
    """What the texts break, each on its own. Kept with the creation: it depends on nothing else."""
    known = creation.faults.get(spec)
    if known is None:
        texts, remembered = creation.texts, rows.remembered
        of_text = rows.of_text if creation.strict else rows.of_any_text
        known = ()
        for item in texts.items():
            name, text = item
            conditions = of_text.get(name) if text else rows.of_absent.get(name)
            if conditions is not None:  # else nothing is remembered: a name can be of any length
                broken = remembered.get(item)
                if broken is None:
                    broken = _of_text(conditions, name, text)
                    if len(text) <= _LONGEST_REMEMBERED and name != "ClientToken":  # each of those is new
                        if len(remembered) >= _MOST_REMEMBERED:
                            remembered.clear()
                        remembered[item] = broken
                known += broken
        for name in sorted(rows.required.difference(texts)):
            known += _of_text(rows.of_absent[name], name, None)
        creation.faults[spec] = known
    return known


def _of_text(conditions: tuple[Condition, ...], name: str, text: str | None) -> tuple[Broken, ...]:
    """What one text breaks of the conditions on it."""
    broken: tuple[Broken, ...] = ()
    for condition in conditions:
        strength = condition.holds(text, name)
        if strength is not None:
            also = tuple(error for error, _, when in condition.also if when(name))
            broken += (Broken(condition, strength, condition.errors + also, name),)
    return broken


# --- What is allowed ---------------------------------------------------------------------------------------


class TokenUse(Enum):
    """What a request's ClientToken was used for before: by the same caller, or else by another."""

    NEW = "nothing"
    REPLAY = "this very request, whose route still exists"
    DELETED = "this very request, whose route was deleted since"
    RESPELLED = "the same values in another spelling"
    OTHER = "other parameters"
    ELSEWHERE = "a request of another caller"


class Allowed(NamedTuple):
    """The outcomes that the documentation allows."""

    broken: tuple[Broken, ...]
    success: bool
    """HTTP 200 and a new route, or (see `token`) the route of the earlier request."""
    dry_run: bool
    """DryRunOperation."""
    token: TokenUse
    binding: Binding | None
    """What the token stands for, where it was used before."""
    any_refusal: bool
    """Any HTTP 400-499 with a Code."""

    @property
    def tolerated(self) -> bool:
        """Whether what it asks for is only tolerated, if it is accepted: then nothing is built upon it."""
        return any(broken.condition.tolerated for broken in self.broken)

    def because_of(self, code: str) -> list[Broken]:
        """The broken conditions that one of the codes may answer."""
        return [broken for broken in self.broken if not broken.errors or code in broken.codes]

    def refusal(self, code: str) -> bool:
        """Whether this code is allowed."""
        if code == DRY_RUN_PASSED and self.dry_run:
            return True
        return self.any_refusal or any(code in broken.codes for broken in self.broken)

    @property
    def must(self) -> tuple[Broken, ...]:
        """The broken conditions that leave an endpoint no choice but to refuse."""
        return tuple(broken for broken in self.broken if broken.strength is MUST)

    def outcomes(self) -> dict[str, tuple[str, ...]]:
        """Each allowed outcome ("success", a code, "any 4xx") with its reasons."""
        reasons: dict[str, list[str]] = {}
        if self.success:
            reasons["success"] = [_WHY_SUCCESS[self.token]]
        if self.dry_run:
            reasons[DRY_RUN_PASSED] = ["dry-run/passes (MUST)"]
        for broken in self.broken:
            for code in sorted(broken.codes) or ["any 4xx"]:
                reasons.setdefault(code, []).append(str(broken))
        if self.token in _ANY_REFUSAL:
            reasons.setdefault("any 4xx", []).append("token/open (MAY)")
        return {what: tuple(why) for what, why in reasons.items()}


_WHY_SUCCESS: Final[Mapping[TokenUse, str]] = {
    TokenUse.NEW: "no MUST is broken",
    TokenUse.REPLAY: "token/replay (MUST)",
    TokenUse.DELETED: "token/open (MAY)",
    TokenUse.RESPELLED: "token/open (MAY)",
    TokenUse.OTHER: "no MUST is broken",
    TokenUse.ELSEWHERE: "no MUST is broken",
}
_ANY_REFUSAL: Final = frozenset((TokenUse.OTHER, TokenUse.RESPELLED, TokenUse.ELSEWHERE))
"""Where IdempotentParameterMismatch is allowed, which the documentation does not have: any 4xx."""


_NOT_USED: Final = (TokenUse.NEW, None)
_USED_ELSEWHERE: Final = (TokenUse.ELSEWHERE, None)


def allow(account: Account, request: Request, now: int | None = None, spec: str = DEFAULT_SPEC) -> Allowed:
    """What the documentation allows as the outcome of a create request in this state."""
    token, binding = token_use(account, request)
    if token is TokenUse.REPLAY:
        return Allowed((), True, False, token, binding, False)
    broken = assess(account, request, now, spec)
    musts = [b.condition.id for b in broken if b.strength is MUST]
    any_refusal = token in _ANY_REFUSAL or any(not b.errors for b in broken)
    repeats = token in (TokenUse.DELETED, TokenUse.RESPELLED)
    if creation_of(request, spec).dry_run is True:
        passes = DRY_RUN_MAY_PASS.issuperset(musts)
        return Allowed(broken, False, passes, token, binding, any_refusal)
    return Allowed(broken, not musts or repeats, False, token, binding, any_refusal)


def token_use(account: Account, request: Request) -> tuple[TokenUse, Binding | None]:
    """What the token of a request was used for before, by an operation of that name.

    Of another operation than creation it does not count whether the route still exists: what was done is done.
    """
    key = _filed(request)
    if key is None:
        return _NOT_USED
    bindings, elsewhere = account.used(key)
    if not bindings:
        return _USED_ELSEWHERE if elsewhere else _NOT_USED
    bindings = bindings[::-1]
    parameters = _kept(request.parameters)
    identical = [binding for binding in bindings if binding.parameters == parameters]
    alive = (binding for binding in identical if request.action != CREATE or account.has(binding))
    replayed = next(alive, None)
    if replayed is not None:
        return TokenUse.REPLAY, replayed
    if identical:
        return TokenUse.DELETED, identical[0]
    values = _values(parameters)
    for binding in bindings:
        if _values(binding.parameters) == values:
            return TokenUse.RESPELLED, binding
    return TokenUse.OTHER, bindings[0]


def bound(request: Request, gateway: str, route: Route) -> TokenRecord:
    """What the token of a request that has succeeded stands for from now on: the route that it made or changed."""
    key = _filed(request)
    return None if key is None else (key, Binding(_kept(request.parameters), gateway, route))


def _filed(request: Request) -> TokenKey | None:
    """What its token is filed under: it counts for its caller and its operation. None without one."""
    token = request.parameters.get("ClientToken")
    return (request.caller, token, request.action) if token else None


def _kept(parameters: Mapping[str, str]) -> Mapping[str, str]:
    """What is kept of parameters: all, or where they are very long a digest that no others have."""
    if len("".join([*parameters, *parameters.values()])) <= _LONGEST_KEPT:
        return parameters
    text = repr(sorted(parameters.items())).encode("utf-8", "surrogatepass")
    return {"SHA-256": sha256(text).hexdigest()}


_DEFAULTS: Final[Mapping[str, str]] = {"Priority": "10", "DryRun": "false", "OverlayMode": "Ipsec"}


def _values(parameters: Mapping[str, str]) -> dict[str, object]:
    """Parameters by value: an optional one that is absent or empty has its default, true is True, 010 is 10."""
    values: dict[str, object] = {name: text for name, text in parameters.items() if text}
    for name, default in _DEFAULTS.items():
        values.setdefault(name, default)
    for name in ("PublishVpc", "DryRun"):
        text = str(values.get(name, "")).lower()
        values[name] = TOLERATED_BOOLEANS.get(text, text) if boolean(text) is None else boolean(text)
    for name in ("Weight", "Priority"):
        text = str(values.get(name, ""))
        values[name] = text if (number := integer(text)) is None else number
    for name in ("RouteSource", "RouteDest"):
        text = str(values.get(name, ""))
        values[name] = read(text).prefix or text
    values["OverlayMode"] = str(values["OverlayMode"]).lower()
    return values
