"""The arguments of `serving`, as somebody gave them who may be wrong. Pure, and without a server.

Rules of this file
1. Bad arguments are a TypeError, a ValueError or a TargetError, in one line that names the argument.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.model.target_file import LONGEST_QUOTE, TargetError, load, parse_target, reference
from pbr_conformance.simulator.rules.dialect import Dialect

from .faults import Faults
from .service import ServerConfig
from .verification import Verifier


def target_of(account: Target | Path | str | None) -> Target:
    if account is None:
        return reference()
    if account == "":
        raise TargetError("account", ("the path is empty; expected that of a target file",))
    if isinstance(account, str) and "\n" in account:
        return parse_target(account, "account.toml")
    if isinstance(account, str | Path):
        return load(Path(account))
    if not isinstance(account, Target):
        raise TypeError(f"account: is {_quoted(account)}; expected a Target, or the path or the text of a target file")
    return account


_EXPECTED: Final[Mapping[str, tuple[str, Callable[[Any], bool]]]] = {
    "dialect": ("a Dialect", lambda value: isinstance(value, Dialect)),
    "stepper": ("a function, as pbr_conformance.simulator.operations.step.step", callable),
    "async_ms": ("an integer, of milliseconds", lambda value: type(value) is int),
    "faults": ('Faults, or a mapping of rates, as {"busy": 0.1}', lambda value: isinstance(value, Faults)),
    "control": ("True or False", lambda value: isinstance(value, bool)),
    "start": ("an Account, or None", lambda value: value is None or isinstance(value, Account)),
    "store": (
        "what has append and replace, as a StateFile, or None",
        lambda value: value is None or (hasattr(value, "append") and hasattr(value, "replace")),
    ),
    "verifier": ("a Verifier, or None", lambda value: value is None or isinstance(value, Verifier)),
    "page": (
        "a function, as pbr_conformance.simulator.server.page.visit, or None",
        lambda value: value is None or callable(value),
    ),
    "allowed_hosts": ("a frozenset of names", lambda value: isinstance(value, frozenset)),
}
"""What each field of ServerConfig takes, in words, and whether a value is that."""


def config_of(said: Mapping[str, Any]) -> ServerConfig:
    """How an account is served, as somebody said it who may be wrong."""
    said = dict(said)
    if isinstance(said.get("faults"), Mapping):
        said["faults"] = Faults(said["faults"])
    for name, value in said.items():
        if name not in _EXPECTED:
            raise TypeError(f"{name}: unknown; expected one of {', '.join(_EXPECTED)}")
        expected, holds = _EXPECTED[name]
        if not holds(value):
            raise TypeError(f"{name}: is {_quoted(value)}; expected {expected}")
    if said.get("async_ms", 0) < 0:
        raise ValueError(f"async_ms: is {said['async_ms']}; expected a number of milliseconds from 0")
    return ServerConfig(**said)


def _quoted(value: object) -> str:
    """A value, if it is short and has nothing in it that could be a secret; of others the type."""
    is_plain = value is None or isinstance(value, str | int | float)
    return repr(value) if is_plain and len(repr(value)) <= LONGEST_QUOTE else f"of type {type(value).__name__}"
