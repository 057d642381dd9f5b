"""An account at one moment: what the target file declares, and what has happened since. A value.

Rules of this file
1. An Account never changes. `created`, `replaced`, `deleted`, `changed` and `answered` return the next one; the old
   one stays.
2. All versions of one account share one mutable `_Store`; each knows the way to a neighbour that is nearer to the
   store's state, and the store is walked to whichever is asked (Baker's rerooting). Going forward costs one small step.
3. What a request breaks is not decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any, Final, NamedTuple
from weakref import WeakValueDictionary

from pbr_conformance.simulator.documentation.actions import CREATE

from .prefixes import Prefix, parse
from .routes import Route, Table
from .target import ROLES, Gateway, Target, Vpc
from .unknown import UnknownValues

MOST_TOKENS: Final = 10_000
"""How many tokens are remembered beside those of the creations of routes that are there."""

TokenKey = tuple[str, str, str]
"""caller, ClientToken, operation"""


class Binding(NamedTuple):
    """What a token stands for: the parameters it succeeded with, and the route that came of it, or was changed."""

    parameters: Mapping[str, str]
    gateway: str
    route: Route


TokenRecord = tuple[TokenKey, Binding] | None
"""A token and what it is to stand for; None where none was sent."""


class GatewayContext:
    """One gateway with everything around it that conditions ask about, worked out once."""

    def __init__(
        self, gateway: Gateway, vpc: Vpc, fellows: Sequence[str], unknown: UnknownValues | None = None
    ) -> None:
        """`fellows` are the gateways of the VPC, this one too; `unknown` is what the target leaves out."""
        self.gateway: Final = gateway
        self.dual: Final = gateway.tunnels == "dual"
        self.vpc: Final = vpc
        self.neighbours: Final = tuple(id for id in fellows if id != gateway.id)
        self.unknown_pbr: Final = None if unknown is None else unknown.pbr.get(gateway.id)
        self.unknown_quota: Final = None if unknown is None else unknown.quotas.get(gateway.id)
        self.unknown_vpn_route_quota: Final = None if unknown is None else unknown.vpn_route_quotas.get(vpc.id)
        self.leaves_out: Final = unknown is not None
        """Whether some value is not known, here or elsewhere in the account."""
        is_open = gateway.status == "active" and gateway.business == "normal"
        self.ordinary: Final = is_open and gateway.pbr and gateway.priority and self.unknown_pbr is None
        """Whether nothing about the gateway itself can be a reason to refuse."""
        self.ssl_blocks: Final = tuple(block for block in map(parse, gateway.ssl_client_cidrs) if block)
        self.declared: Final = frozenset(
            destination
            for route in self.vpc.routes
            if route.next_hop == "vpn_gateway" and route.id == gateway.id and (destination := parse(route.destination))
        )
        self.elsewhere: Final[Mapping[Prefix, str]] = {
            destination: route.next_hop
            for route in self.vpc.routes
            if not (route.next_hop == "vpn_gateway" and route.id == gateway.id)
            and (destination := parse(route.destination))
        }


AccountChange = tuple[str, Any, Any]
"""What became otherwise: add or remove (gateway, route), bind (token, bindings) or busy (gateway, until)."""

_Step = tuple[str, Any, Any, Any]
"""A change, and what was bound or busy before it: so that it can be taken back."""


def _undone(steps: Sequence[_Step]) -> Sequence[_Step]:
    """The steps that lead back."""
    back: list[_Step] = []
    for kind, key, value, before in reversed(steps):
        match kind:
            case "add":
                back.append(("remove", key, value, None))
            case "remove":
                back.append(("add", key, value, None))
            case _:
                back.append((kind, key, before, value))
    return back


class _Store:
    """The mutable heart: route tables, tokens, and until when a gateway is busy."""

    __slots__ = ("bindings", "busy", "others", "routes", "tables")

    def __init__(self) -> None:
        self.tables: dict[str, Table] = {}
        self.bindings: dict[TokenKey, tuple[Binding, ...]] = {}
        self.busy: dict[str, int] = {}
        self.others = False
        """Whether a token of another caller than the owner was ever bound."""
        self.routes = 0

    def take(self, steps: Iterable[_Step]) -> None:
        """Make the changes."""
        for kind, key, value, before in steps:
            if kind == "add":
                table = self.tables.get(key)
                if table is None:
                    table = self.tables[key] = Table()
                table.add(value)
                self.routes += 1
            elif kind == "remove":
                self.tables[key].remove(value)
                self.routes -= 1
            elif kind == "busy":
                self.busy[key] = value
            else:
                if before:  # what is bound anew is the newest
                    del self.bindings[key]
                if value:
                    self.bindings[key] = value
                    self.others |= key[0] != "owner"

    def step(self, change: AccountChange) -> _Step:
        """The step that a change is from here."""
        kind, key, value = change
        before = self.busy.get(key, 0) if kind == "busy" else self.bindings.get(key, ()) if kind == "bind" else None
        return kind, key, value, before

    def everything(self) -> Iterator[AccountChange]:
        """The changes that lead here from nothing."""
        for gateway, table in self.tables.items():
            for route in table:
                yield "add", gateway, route
        for token, bindings in self.bindings.items():
            yield "bind", token, bindings
        for gateway, until in self.busy.items():
            yield "busy", gateway, until


class _DeclaredAccount:
    """What a target declares, in the form that conditions ask for it."""

    def __init__(self, target: Target, unknown: UnknownValues | None = None) -> None:
        self.target: Final = target
        self.region: Final = target.endpoint.region
        fellows: dict[str, list[str]] = {vpc.id: [] for vpc in target.vpcs}
        for gateway in target.gateways:
            if gateway.vpc is not None:
                fellows[gateway.vpc].append(gateway.id)
        named = {vpc.id: vpc for vpc in target.vpcs}
        self.places: Final[Mapping[str, GatewayContext]] = {
            each.id: GatewayContext(each, named[each.vpc], fellows[each.vpc], unknown)
            if each.vpc
            else GatewayContext(each, target.vpc_of(each), (), unknown)
            for each in target.gateways
        }

    @cached_property
    def connection_home(self) -> Mapping[str, str]:
        return self.target.connection_home


class _Identity:
    """A target as a key: the object, not its values."""

    __slots__ = ("target",)

    def __init__(self, target: Target) -> None:
        self.target = target

    def __hash__(self) -> int:
        return id(self.target)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and other.target is self.target


_DECLARED: Final[WeakValueDictionary[int, _DeclaredAccount]] = WeakValueDictionary()
"""What the targets declare that have an account, by the identity of the target: it keeps its target."""


@lru_cache(maxsize=1)
def _declared_by(target: _Identity) -> _DeclaredAccount:
    """What a target declares, worked out once for all its accounts. Kept is the newest, and what has an account."""
    declared = _DECLARED.get(id(target.target))
    if declared is None:
        declared = _DECLARED[id(target.target)] = _DeclaredAccount(target.target)
    return declared


class _Version:
    """One state of the store: the store itself, or a neighbour that is nearer to it, and the steps that lead there."""

    __slots__ = ("_neighbour", "_steps", "_store")

    def __init__(self, store: _Store) -> None:
        self._store: _Store | None = store
        self._neighbour: _Version = self
        self._steps: Sequence[_Step] = ()

    def here(self) -> _Store:
        """The store, walked to this state."""
        return self._walked() if self._store is None else self._store

    def _walked(self) -> _Store:
        path: list[_Version] = []
        at = self
        while at._store is None:
            path.append(at)
            at = at._neighbour
        store = at._store
        for farther in reversed(path):
            back = _undone(farther._steps)
            store.take(back)
            at._steps, at._neighbour, at._store = back, farther, None
            at = farther
        at._store = store
        return store

    def since(self, earlier: _Version) -> Iterator[AccountChange]:
        """The changes that lead here from an earlier version. ValueError where that is no version of this store."""
        self.here()
        at = earlier
        while at is not self:
            if at._store is not None:
                raise ValueError("not a version of the same store")
            yield from (step[:3] for step in at._steps)
            at = at._neighbour

    def after(self, steps: Sequence[_Step]) -> _Version:
        """The version that these steps lead to from here."""
        store = self._store or self._walked()
        store.take(steps)
        version = _Version(store)
        self._steps, self._neighbour, self._store = steps, version, None
        return version


_NO_ROUTES: Final = Table()


class Account:
    """The declared account and its routes, tokens and pending changes at one moment. Immutable.

    `serial` counts the answers given so far; request ids are made of it.
    """

    __slots__ = ("_declared", "_version", "serial")

    def __init__(self, target: Target, unknown: UnknownValues | None = None) -> None:
        """The account as the target file declares it, without any route.

        `unknown` is what is known of the values that the target leaves out; without it they have their defaults.
        """
        self._declared = _declared_by(_Identity(target)) if unknown is None else _DeclaredAccount(target, unknown)
        self._version = _Version(_Store())
        self.serial = 0

    @property
    def target(self) -> Target:
        """What was declared."""
        return self._declared.target

    @property
    def region(self) -> str:
        """The endpoint's region."""
        return self._declared.region

    def place(self, gateway_id: str | None) -> GatewayContext | None:
        """The gateway of this id with its surroundings; None where there is no such gateway."""
        return None if gateway_id is None else self._declared.places.get(gateway_id)

    def home_of(self, connection: str | None) -> str | None:
        """The gateway that an IPsec-VPN connection belongs to; None where there is no such connection."""
        return None if connection is None else self._declared.connection_home.get(connection)

    def table(self, gateway_id: str) -> Table:
        """The routes of a gateway. To be asked at once, not kept: it moves on with the account."""
        return self._version.here().tables.get(gateway_id, _NO_ROUTES)

    def of(self, gateway_id: str) -> tuple[Table, int]:
        """The routes of a gateway, and until when it is busy: `table` and `busy_until` in one."""
        store = self._version.here()
        return store.tables.get(gateway_id, _NO_ROUTES), store.busy.get(gateway_id, 0)

    def bindings(self, caller: str, token: str, operation: str = CREATE) -> tuple[Binding, ...]:
        """Everything that this caller's token stands for: one entry for each request that succeeded with it."""
        return self._version.here().bindings.get((caller, token, operation), ())

    def binding(self, caller: str, token: str, operation: str = CREATE) -> Binding | None:
        """What this caller's token stands for, if a request with it has succeeded."""
        return next(reversed(self.bindings(caller, token, operation)), None)

    def used(self, key: TokenKey) -> tuple[tuple[Binding, ...], bool]:
        """What a caller's token stands for; and where it stands for nothing, whether that of another caller does."""
        store = self._version.here()
        bindings = store.bindings.get(key, ())
        if bindings or (key[0] == "owner" and not store.others):
            return bindings, False
        _, token, operation = key
        return (), any((other, token, operation) in store.bindings for other in ROLES if other != key[0])

    def has(self, binding: Binding) -> bool:
        """Whether the route that a token stands for still exists."""
        return binding.route in self.table(binding.gateway)

    def busy_until(self, gateway_id: str) -> int:
        """When the gateway's last change is done, in milliseconds since the epoch; 0 if it never had one."""
        return self._version.here().busy.get(gateway_id, 0)

    def answered(self) -> Account:
        """The same account after an answer that changed nothing."""
        return self._next(self._version)

    def created(self, gateway_id: str, route: Route, token: TokenRecord, busy: int) -> Account:
        """The account after a creation: the route is there, its token bound, the gateway busy until `busy`."""
        return self._after([("add", gateway_id, route, None)], gateway_id, token, busy)

    def deleted(self, gateway_id: str, route: Route, busy: int, token: TokenRecord = None) -> Account:
        """The account after a deletion."""
        return self._after([("remove", gateway_id, route, None)], gateway_id, token, busy)

    def replaced(
        self, gateway_id: str, changes: Mapping[Route, Route], busy: int, token: TokenRecord = None
    ) -> Account:
        """The account after routes became others: what was -> what is, by the same number."""
        swaps: list[_Step] = []
        for old, new in changes.items():
            swaps += (("remove", gateway_id, old, None), ("add", gateway_id, new, None))
        return self._after(swaps, gateway_id, token, busy)

    def _after(self, steps: list[_Step], gateway_id: str, token: TokenRecord, busy: int) -> Account:
        store = self._version.here()
        steps.append(("busy", gateway_id, busy, store.busy.get(gateway_id, 0)))
        if token is not None:
            steps += self._bound(store, *token)
        return self._next(self._version.after(steps))

    def _bound(self, store: _Store, key: TokenKey, binding: Binding) -> list[_Step]:
        """The steps that bind a token, and forget the older half of those that may be, if there are many."""
        known = store.bindings.get(key, ())
        steps: list[_Step] = [("bind", key, (*known, binding), known)]
        if len(store.bindings) >= MOST_TOKENS + 2 * store.routes:
            others = [each for each, bound in store.bindings.items() if each != key and not self._lasts(each, bound)]
            steps[:0] = [store.step(("bind", each, ())) for each in others[: len(others) // 2]]
        return steps

    def _lasts(self, key: TokenKey, bound: tuple[Binding, ...]) -> bool:
        """Whether a token must not be forgotten: that of a creation whose route is there."""
        return key[2] == CREATE and any(map(self.has, bound))

    def is_unchanged_since(self, earlier: Account) -> bool:
        """Whether nothing became otherwise since an earlier moment, however often it was asked."""
        return self._version is earlier._version

    def settled(self, latest: int) -> Account:
        """The account where no gateway is busy beyond a moment: of a clock that was ahead, and is right again."""
        late = [gateway for gateway, until in self._version.here().busy.items() if until > latest]
        return self.changed(tuple(("busy", gateway, latest) for gateway in late), self.serial)

    def changes(self) -> tuple[AccountChange, ...]:
        """What leads from the account without any route to this one."""
        return tuple(self._version.here().everything())

    def changes_since(self, earlier: Account) -> tuple[AccountChange, ...]:
        """What leads from an earlier moment of this account to this one. ValueError for another account's moment."""
        return () if self._version is earlier._version else tuple(self._version.since(earlier._version))

    def changed(self, changes: tuple[AccountChange, ...], serial: int) -> Account:
        """The account after these changes, whose next answer has this serial number. They are taken as they come."""
        version = self._version
        for change in changes:
            version = version.after((version.here().step(change),))
        after = self._next(version)
        after.serial = serial
        return after

    def _next(self, version: _Version) -> Account:
        after = Account.__new__(Account)
        after._declared, after._version, after.serial = self._declared, version, self.serial + 1
        return after
