"""Reads and writes target files: TOML or a transcript's account in, a `Target` or every problem at once out.

Rule 1. All problems are found in one go: `target` judges each value, `target_checks` what it takes two to see.
Rule 2. A wrong value is quoted, but never a URL, a credential, or what came from the environment.
Rule 3. Only a file reads the environment. A transcript is written by a stranger, who could ask for any variable.
"""

import difflib
import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, wraps
from importlib.resources import files
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import Any, Final, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from .target import FAULT, ROLES, Credential, EndpointDeclaration, Gateway, Target, Vpc, VpcRoute
from .target_checks import (
    OF_THIS_MACHINE,
    TARGET_DOCUMENT_CHECKS,
    TARGET_FILE_CHECKS,
    Loc,
    Problem,
    TargetCheck,
    keys_of,
    place,
)
from .toml_file import TomlProblem, tables_of, toml_text
from .unusable import Unusable

NO_VARIABLES: Mapping[str, str] = MappingProxyType({})
"""The environment where variables are not replaced, whatever they are."""
_EXPECTED: Final = "a target file"
TOO_DEEP = f"document: is nested too deeply; expected the tables of {_EXPECTED}"

UNKNOWN_IF_LEFT_OUT = frozenset({"quota", "pbr", "vpn_route_quota"})
"""Keys that have no default where the target has a URL: left out, they are unknown."""

LONGEST_QUOTE = 60
"""characters"""
A_SLIP = 0.75
"""How much alike, of 1, an unknown key is to the known one that was meant."""

_MOST_REMEMBERED: Final = 8
"""Targets for which something is kept that was worked out."""
_T = TypeVar("_T")

TABLES: Mapping[str, type[BaseModel]] = {
    "endpoint": EndpointDeclaration,
    "gateways": Gateway,
    "vpcs": Vpc,
    "routes": VpcRoute,
}

EXPECTED = {
    "string_type": "a string",
    "string_unicode": "text",
    "bool_type": "true or false",
    "int_type": "an integer",
    "float_type": "a number",
    "tuple_type": "an array",
    "dict_type": "a table",
    "model_type": "a table",
    "missing": "a value",
    "literal_error": "{expected}",
    "greater_than": "more than {gt:g}",
    "greater_than_equal": "{ge:g} or more",
    "finite_number": "a finite number",
    FAULT: "{expected}",
}

_TYPE_NAMES = {
    str: "a string",
    bool: "a boolean",
    int: "an integer",
    float: "a float",
    tuple: "an array",
    dict: "a table",
    type(None): "null",
}


class TargetError(Unusable):
    """A target that can't be used."""


# Reading


def load(path: Path | str, environ: Mapping[str, str] = os.environ) -> Target:
    """The target in a file, named by the file's stem. Raises TargetError."""
    source = str(path).encode("utf-8", "backslashreplace").decode()
    try:
        data = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        _refuse(source, f"file: cannot be read ({reason}); expected a readable TOML file")
    return parse_bytes(data, source, environ)


def parse_bytes(data: bytes, name: str, environ: Mapping[str, str] = os.environ) -> Target:
    """The target in a TOML document, as a file or a pipe has it: see `parse_target`. Raises TargetError."""
    try:
        text = toml_text(data)
    except TomlProblem as problem:
        _refuse(name, str(problem))
    return parse_target(text, name, environ)


def parse_target(text: str, name: str, environ: Mapping[str, str] = os.environ) -> Target:
    """The target in a TOML text; `name` is the file's, for messages and (its stem) the target. Raises TargetError."""
    return _file_target(_toml(text, name), name, environ)


def parse_document(document: object, source: str = "account") -> Target:
    """The target in what `dump` gave; `source` is for messages. The environment is not read. Raises TargetError."""
    reading = _Reading(source, None)
    return reading.target(reading.values(document), TARGET_DOCUMENT_CHECKS)


def reference(url: str | None = None) -> Target:
    """The reference account, at `url` or in the embedded simulator. Raises TargetError for a wrong URL."""
    text = files("pbr_conformance.simulator").joinpath("accounts", "reference.toml").read_text("utf-8")
    document = _toml(text, "reference.toml")
    if url is not None:
        document["endpoint"]["url"] = url
    return _file_target(document, "reference.toml", {}).in_full


def at_url(target: Target, url: str, flag: str = "--url") -> Target:
    """The same target at another URL. Raises TargetError, in one line that names the flag and does not show the URL."""
    try:
        endpoint = EndpointDeclaration.model_validate({**target.endpoint.model_dump(), "url": url})
    except ValidationError as error:
        (details,) = error.errors(include_url=False)
        _refuse(flag, f"{_wrong(details, None)}; expected {_expected(details)}")
    return target.model_copy(update={"endpoint": endpoint})


def dump(target: Target) -> dict[str, object]:
    """The account as JSON-able values, each default written out but where it stands for what is unknown.

    Of the credentials only the names are kept, and nothing of how this machine gets to the endpoint.
    """
    document = target.model_dump(mode="json", exclude={"credentials": True, "endpoint": set(OF_THIS_MACHINE)})
    if target.endpoint.url is not None:
        for rows, written in ((target.gateways, document["gateways"]), (target.vpcs, document["vpcs"])):
            for row, keys in zip(rows, written, strict=True):
                for name in UNKNOWN_IF_LEFT_OUT - row.model_fields_set:
                    keys.pop(name, None)
    return {**document, "credentials": {role: {} for role in target.credentials}}


def account_key(target: Target) -> str:
    """A text that two targets share only where the same can be asked of both, and as much is known; at any URL."""
    document = dump(target)
    endpoint = target.endpoint.model_dump(mode="json", exclude={"url", *OF_THIS_MACHINE})
    return json.dumps({**document, "endpoint": endpoint}, sort_keys=True)


@dataclass(frozen=True, slots=True)
class _TargetKey:
    """A target under a version of the documentation, wherever it is."""

    text: str
    spec: str
    target: Target = field(compare=False)


def once_for_each_target(work: Callable[[Target, str], _T]) -> Callable[[Target, str], _T]:
    """Remember what is worked out for a target under a version of the documentation, for the newest few.

    It may hold a target with another URL: nothing that is sent may be taken from there.
    """

    @lru_cache(maxsize=_MOST_REMEMBERED)
    def remembered(key: _TargetKey) -> _T:
        return work(key.target, key.spec)

    @wraps(work)
    def looked_up(target: Target, spec: str) -> _T:
        return remembered(_TargetKey(account_key(target), spec, target))

    return looked_up


def _file_target(document: Mapping[str, object], source: str, environ: Mapping[str, str]) -> Target:
    reading = _Reading(source, environ)
    if "name" in document:
        reading.report(("name",), _unknown_key(("name",)))
    values = reading.values({**document, "name": PurePath(source).stem})
    return reading.target(_with_endpoint(values, PurePath(source).parent), TARGET_FILE_CHECKS)


def _with_endpoint(values: Any, folder: PurePath) -> Any:
    """The values with the default of `signature`, and the path of `ca_file` from the file's own folder."""
    endpoint = values.get("endpoint", {})
    if not isinstance(endpoint, dict):
        return values
    default = "v3" if keys_of(values, "owner") else "none"
    ca_file = endpoint.get("ca_file")
    found = {"ca_file": str(folder / ca_file)} if isinstance(ca_file, str) and ca_file else {}
    return {**values, "endpoint": {"signature": default, **endpoint, **found}}


def _toml(text: str, source: str) -> dict[str, Any]:
    try:
        return tables_of(text, _EXPECTED)
    except TomlProblem as problem:
        _refuse(source, str(problem))


def _refuse(source: str, problem: str) -> NoReturn:
    raise TargetError(source, (problem,)) from None


@dataclass
class _Reading:
    """One document being read: which values are variables, and what is wrong so far."""

    source: str
    environ: Mapping[str, str] | None
    variables: dict[Loc, str] = field(default_factory=dict)
    settled: set[Loc] = field(default_factory=set)
    found: list[Problem] = field(default_factory=list)

    def values(self, document: object) -> Any:
        """The document with tuples for arrays, and `"$NAME"` replaced if there is an environment."""
        try:
            return self._value(document, ())
        except RecursionError:
            _refuse(self.source, TOO_DEEP)

    def target(self, values: object, checks: tuple[TargetCheck, ...]) -> Target:
        """The values as a Target. Raises TargetError with everything found in this reading."""
        target = None
        try:
            target = Target.model_validate(values)
        except ValidationError as error:
            for details in sorted(error.errors(include_url=False), key=lambda one: not _is_unknown_key(one)):
                self._report_details(details)
        for check in checks:
            for loc, text in check(values):
                self.report(loc, text)
        if target is None or self.found:
            in_order = sorted(self.found, key=lambda one: [(isinstance(part, int), part) for part in one[0]])
            raise TargetError(self.source, tuple(f"{place(loc)}: {text}" for loc, text in in_order))
        return target

    def report(self, loc: Loc, text: str, *, settles: bool = False) -> None:
        """Note a problem, unless an earlier one settled its place; `settles`: nothing more is to be said there."""
        if not any(loc[:length] in self.settled for length in range(len(loc) + 1)):
            self.found.append((loc, text))
        if settles:
            self.settled.add(loc)

    def _report_details(self, details: ErrorDetails) -> None:
        loc = details["loc"]
        if _is_unknown_key(details):
            key = loc[:-1] if details["type"] == FAULT else loc
            self.report(key, _unknown_key(key), settles=True)
        else:
            self.report(loc, f"{_wrong(details, self.variables.get(loc))}; expected {_expected(details)}")

    def _value(self, value: object, loc: Loc) -> object:
        match value:
            case str() if value.startswith("$") and self.environ is not None:
                return self._variable(value, loc, self.environ)
            case dict():
                return {key: self._value(inner, (*loc, key)) for key, inner in value.items()}
            case list() | tuple():
                return tuple(self._value(inner, (*loc, index)) for index, inner in enumerate(value))
            case _:
                return value

    def _variable(self, text: str, loc: Loc, environ: Mapping[str, str]) -> str:
        name = text[1:]
        self.variables[loc] = text
        if environ is NO_VARIABLES:
            self.report(loc, "starts with `$`, but variables are not replaced here; expected a value", settles=True)
            return text
        if not re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", name):
            self.report(loc, 'starts with `$` but names no variable; expected "$NAME"', settles=True)
            return text
        value = environ.get(name, "")
        if not value:
            self.report(loc, f"environment variable {name} is not set, or empty; expected a value", settles=True)
        return value or text


# Wording


def _wrong(details: ErrorDetails, variable: str | None) -> str:
    kind, value, context = details["type"], details["input"], details.get("ctx", {})
    if kind == "missing":
        return "missing"
    if kind.endswith("_type") or not isinstance(value, str | int | float):
        return f"is {_TYPE_NAMES.get(type(value), 'a date or a time')}"
    if "wrong" in context:
        return str(context["wrong"])
    if details["loc"][0] == "credentials":
        return "is malformed"
    return f"is {variable or _quoted(value)}"


def _quoted(value: object) -> str:
    text = json.dumps(value) if isinstance(value, str) else str(value)
    return text if len(text) <= LONGEST_QUOTE else f'{text[:LONGEST_QUOTE]}..."'


def _expected(details: ErrorDetails) -> str:
    kind, loc = details["type"], details["loc"]
    if kind == "tuple_type" and len(loc) == 1:
        return f"an array of tables, [[{loc[0]}]]"
    return EXPECTED.get(kind, "another value").format(**details.get("ctx", {})).replace("'", '"')


def _is_unknown_key(details: ErrorDetails) -> bool:
    return details["type"] == "extra_forbidden" or (details["type"] == FAULT and details["loc"][-1] == "[key]")


def _known_keys(loc: Loc) -> Iterable[str]:
    match tuple(part for part in loc if isinstance(part, str)):
        case ():
            return [key for key in Target.model_fields if key != "name"]
        case ("credentials",):
            return ROLES
        case ("credentials", _):
            return Credential.model_fields
        case table:
            return TABLES[table[-1]].model_fields


def _unknown_key(loc: Loc) -> str:
    known = list(_known_keys(loc[:-1]))
    near = difflib.get_close_matches(str(loc[-1]).lower(), known, 1, A_SLIP)
    hint = f"did you mean `{near[0]}`?" if near else f"expected one of {', '.join(known)}"
    return f"unknown key; {hint}"
