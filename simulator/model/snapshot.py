"""An account as text, and back: what a state file and the control interface keep of its routes and tokens. Pure.

Rules of this file
1. What is read was perhaps written by a stranger: it is an account of the target, or a SnapshotError, never half.
2. What the texts of a route mean is not written down: it is read from them again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, Tag, ValidationError

from .account import Account, AccountChange, Binding
from .prefixes import read
from .routes import Route
from .snapshot_words import difference, wrong_of
from .target import CallerRole, Target

_FORMAT: Final = 1
_M = TypeVar("_M", bound=BaseModel)
_Count = Annotated[int, Field(ge=0, lt=2**53)]


class SnapshotError(ValueError):
    """Why a text is no snapshot of an account, in one line."""


class StrictJson(BaseModel):
    """What is read from JSON as it is: no text for a number, and no member that is not known."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class RouteRow(StrictJson):
    """A route, without what its texts mean."""

    route_source: str
    route_dest: str
    next_hop: str
    weight: _Count
    priority: _Count
    published: bool
    description: str | None
    created: _Count
    number: _Count
    listed_from: _Count

    def route(self) -> Route:
        """The route, read."""
        return Route(**dict(self), source=read(self.route_source).prefix, destination=read(self.route_dest).prefix)


class BindingRow(StrictJson):
    """What a token stands for."""

    parameters: dict[str, str]
    gateway: str
    route: RouteRow

    def binding(self) -> Binding:
        """The binding, read."""
        return Binding(self.parameters, self.gateway, self.route.route())


_ChangeRow = (
    Annotated[tuple[Literal["add", "remove"], str, RouteRow], Tag("add or remove")]
    | Annotated[tuple[Literal["bind"], tuple[CallerRole, str, str], tuple[BindingRow, ...]], Tag("bind")]
    | Annotated[tuple[Literal["busy"], str, _Count], Tag("busy")]
)


class Header(StrictJson):
    """The first line of a state file: whose it is."""

    format: Literal[1]
    account: dict[str, Any]


class Line(StrictJson):
    """One further line of a state file: the serial number after some changes."""

    serial: _Count
    changes: tuple[_ChangeRow, ...]


class Snapshot(Line, Header):
    """An account at one moment: what it declares, and what leads there from an account without routes."""


_MEMBERS: Final = {"route": tuple(RouteRow.model_fields), "bindings": tuple(BindingRow.model_fields)}
"""What objects have, by what holds them."""


# Writing


def declared(target: Target) -> dict[str, Any]:
    """What tells accounts apart: gateways and VPCs; neither name, endpoint, credentials nor leave for the suite."""
    return _without_leave(target.model_dump(mode="json", include={"gateways", "vpcs"}))


def _without_leave(account: Mapping[str, Any]) -> dict[str, Any]:
    """What an account declares, without `scratch`, which is leave for the suite; files of before have it."""
    rows = account.get("gateways")
    if not isinstance(rows, list):
        return dict(account)
    kept = [{key: row[key] for key in row if key != "scratch"} if isinstance(row, dict) else row for row in rows]
    return {**account, "gateways": kept}


def written_header(target: Target) -> str:
    """The first line of a state file."""
    return _dumped({"format": _FORMAT, "account": declared(target)})


def written_line(changes: Iterable[AccountChange], serial: int) -> str:
    """One further line of a state file."""
    return _dumped({"serial": serial, "changes": [_written(*change) for change in changes]})


def snapshot_of(account: Account) -> dict[str, Any]:
    """A whole account, as JSON-able values."""
    changes = [_written(*change) for change in account.changes()]
    return {"format": _FORMAT, "account": declared(account.target), "serial": account.serial, "changes": changes}


def _written(kind: str, key: Any, value: Any) -> tuple[str, Any, Any]:
    if kind == "busy":
        return kind, key, value
    if kind == "bind":
        return kind, key, [{**b._asdict(), "parameters": dict(b.parameters), "route": _row(b.route)} for b in value]
    return kind, key, _row(value)


def _row(route: Route) -> dict[str, Any]:
    row = route._asdict()
    del row["source"], row["destination"]
    return row


_dumped: Final = json.JSONEncoder(separators=(",", ":")).encode


# Reading


def check_header(line: bytes, target: Target) -> None:
    """See to it that this first line is that of a state file of the target. Raises SnapshotError."""
    try:
        account = from_json(Header, line).account
    except SnapshotError as error:
        raise SnapshotError(f"line 1: {error}") from None
    _check_account(account, target)


def after_line(account: Account, line: bytes) -> Account:
    """The account after one further line of its state file. Raises SnapshotError."""
    parsed = from_json(Line, line)
    return _after(account, parsed.changes, parsed.serial)


def account_of(text: bytes, target: Target) -> Account:
    """The account of a snapshot. Raises SnapshotError."""
    parsed = from_json(Snapshot, text)
    _check_account(parsed.account, target)
    return _after(Account(target), parsed.changes, parsed.serial)


def from_json(model: type[_M], text: bytes) -> _M:
    """What a text says, as such a model has it. Raises SnapshotError."""
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        raise SnapshotError(wrong_of(error, {"": tuple(model.model_fields), **_MEMBERS})) from None


def _check_account(account: Mapping[str, Any], target: Target) -> None:
    there, here = _without_leave(account), declared(target)
    if there != here:
        raise SnapshotError(f"is of another account: {difference(there, here)}")


def _after(account: Account, rows: Iterable[_ChangeRow], serial: int) -> Account:
    if serial < account.serial:
        raise SnapshotError(f"serial: {serial} comes after {account.serial}")
    for index, row in enumerate(rows):
        change = _read(row)
        wrong = _fault(account, change, serial)
        if wrong:
            raise SnapshotError(f"changes.{index}: {wrong}")
        account = account.changed((change,), serial)
    return account.changed((), serial)


def _read(row: _ChangeRow) -> AccountChange:
    kind, key, value = row
    if isinstance(value, RouteRow):
        return kind, key, value.route()
    if isinstance(value, tuple):
        return kind, key, tuple(binding.binding() for binding in value)
    return kind, key, value


def _fault(account: Account, change: AccountChange, serial: int) -> str | None:
    """Why a change cannot be made."""
    kind, key, value = change
    gateways = [binding.gateway for binding in value] if kind == "bind" else [key]
    unknown = next((gateway for gateway in gateways if account.place(gateway) is None), None)
    if unknown is not None:
        return f"no gateway {unknown!r}"
    if not isinstance(value, Route):
        return None
    if value.number >= serial:
        return f"route {value.number} is numbered beyond the serial {serial}"
    there = account.table(key).numbered(value.number)
    if there != (value if kind == "remove" else None):
        return f"route {value.number} of {key} cannot be {'added' if kind == 'add' else 'removed'}"
    return None
