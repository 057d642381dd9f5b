"""What is wrong with a snapshot, in words: one line for what is no snapshot, and for one of another account. Pure.

Rules of this file
1. Of several faults the first is said: where, what is there, and what was expected.
2. The text is a stranger's: what is quoted of it is short, and on one line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from .target_file import EXPECTED

CHANGES: Final[Mapping[str, tuple[str, str, str]]] = {
    "add or remove": ("kind", "gateway", "route"),
    "bind": ("kind", "token", "bindings"),
    "busy": ("kind", "gateway", "until"),
}
"""The kinds of changes, and what the three values of one are called."""

_LONGEST_QUOTE: Final = 100  # characters of what is quoted
_KINDS: Final = "one of add, remove, bind, busy"
_EXPECTED: Final = {
    **EXPECTED,
    "dict_type": "an object",
    "model_type": "an object",
    "less_than": "less than {lt}",
    "too_long": "{max_length} values at most",
}

Place = tuple[int | str, ...]


def wrong_of(error: ValidationError, known: Mapping[str, Sequence[str]]) -> str:
    """The first fault of a text; `known` has the members of an object by what holds it, "" for the whole text."""
    details = _first(error.errors(include_url=False))
    place = _place(details["loc"])
    if details["type"] == "json_invalid":
        return "is no JSON"
    if details["type"] == "missing":
        return f"{_shown(place)}: missing"
    if details["type"] == "extra_forbidden":
        holder = next((part for part in reversed(place[:-1]) if isinstance(part, str)), "")
        return f"{_shown(place)}: unknown; expected {', '.join(known[holder]) or 'an empty object'}"
    wrong = f"is {_quoted(details['input'])}; expected {_expected(details, place)}"
    return f"{_shown(place)}: {wrong}" if place else wrong


def _first(found: list[ErrorDetails]) -> ErrorDetails:
    """The first fault; in a change, which is tried as each kind, the first as that kind which it says it is."""
    first = found[0]
    if len(first["loc"]) < 3 or first["loc"][0] != "changes":
        return first
    in_change = [details for details in found if details["loc"][:2] == first["loc"][:2]]
    others = {details["loc"][2] for details in in_change if details["loc"][3:] == (0,)}
    return next((details for details in in_change if details["loc"][2] not in others), first)


def _place(loc: Place) -> Place:
    """A place without what pydantic adds, and with the values of a change by name."""
    if loc[:1] != ("changes",) or len(loc) < 3:
        return loc
    names = CHANGES[str(loc[2])]
    named = tuple(names[part] for part in loc[3:4] if isinstance(part, int))
    return *loc[:2], *named, *loc[4:]


def _shown(place: Place) -> str:
    return ".".join(part if re.fullmatch(r"[\w-]{1,60}", part := str(step)) else _quoted(part) for step in place)


def _expected(details: ErrorDetails, place: Place) -> str:
    if place[:1] == ("changes",) and place[2:] == ("kind",):
        return _KINDS
    return _EXPECTED.get(details["type"], "another value").format(**details.get("ctx", {})).replace("'", '"')


_NAMES: Final = {"gateways": "gateway", "vpcs": "VPC"}


def difference(there: Mapping[str, Any], here: Mapping[str, Any]) -> str:
    """The first thing in which an account that a text is of differs from the target, where they differ."""
    for section in here:
        theirs, ours = _by_id(there.get(section)), _by_id(here[section])
        for id in [*ours, *(id for id in theirs if id not in ours)]:
            name = f"{_NAMES.get(section, section)} {_shown((id,))}"
            if id not in theirs or id not in ours:
                return f"{name} is only {'in the target' if id in ours else 'there'}"
            if theirs[id] != ours[id]:
                return f"{name} has {_in_keys(theirs[id], ours[id])}"
        if list(theirs) != list(ours):
            return f"it has its {_NAMES.get(section, section)}s in another order"
    return "its gateways or VPCs are not the target's"


def _by_id(rows: object) -> dict[str, Mapping[str, Any]]:
    found = rows if isinstance(rows, list) else []
    return {row["id"]: row for row in found if isinstance(row, dict) and isinstance(row.get("id"), str)}


def _in_keys(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> str:
    key = next(key for key in [*ours, *theirs] if (key in theirs, theirs.get(key)) != (key in ours, ours.get(key)))
    name, there, here = _shown((key,)), theirs.get(key), ours.get(key)
    if key not in theirs or key not in ours:
        return f"{name} only {'in the target' if key in ours else 'there'}"
    if not isinstance(there, list) or not isinstance(here, list):
        return f"{name} {_quoted(there)} there, and {_quoted(here)} in the target"
    for one, other, where in ((there, here, "there"), (here, there, "in the target")):
        only = next((value for value in one if value not in other), None)
        if only is not None:
            return f"{_quoted(only)} in {name} only {where}"
    return f"{name} in another order there"


def _quoted(value: object) -> str:
    """A value as JSON has it, cut off where it is long."""
    text = json.dumps(value)
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}..."
