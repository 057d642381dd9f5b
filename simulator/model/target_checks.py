"""What it takes two values of a target to see: duplicate ids, a VPC nobody declared, keys that are missing.

Rule 1. A check reads raw values (dict, tuple, str...) of any type, and says nothing of what it can't read, so that
        a wrong value elsewhere doesn't hide what it finds.
Rule 2. A check says where, what is wrong and what was expected; it quotes no value but a declared id as a hint.
Rule 3. TARGET_CHECKS is the list. What holds only for a file, whose credentials are there to be used, or only for a
        document, which a stranger may have written, is in one of the other two.
"""

import difflib
import json
import re
from collections.abc import Callable, Iterable, Iterator

from .target import ROLES, Credential

OF_THIS_MACHINE = ("ca_file", "proxy")
"""Keys of [endpoint] that say how this machine gets there. A stranger's document must not."""

ELSEWHERE = ("profile", "provider")
"""Keys of a caller that say where this machine has the caller's keys."""

Loc = tuple[int | str, ...]
Problem = tuple[Loc, str]
TargetCheck = Callable[[object], Iterator[Problem]]


def place(loc: Loc) -> str:
    """How a place in the file is written: `vpcs[0].routes[1].destination`."""
    return "".join(map(_step, loc)).removeprefix(".") or "document"


def _step(part: int | str) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    return "." + (part if re.fullmatch("[A-Za-z0-9_-]+", part) else json.dumps(part))


def _entries(table: object, key: str) -> tuple[object, ...]:
    found = table.get(key) if isinstance(table, dict) else None
    return found if isinstance(found, tuple) else ()


def _rows(values: object, section: str) -> Iterator[tuple[int, dict[str, object]]]:
    return ((index, row) for index, row in enumerate(_entries(values, section)) if isinstance(row, dict))


def keys_of(values: object, role: str) -> dict[str, object]:
    """The keys that raw values give a caller, right or wrong."""
    credentials = values.get("credentials") if isinstance(values, dict) else None
    keys = credentials.get(role) if isinstance(credentials, dict) else None
    if not isinstance(keys, dict):
        return {}
    return {name: keys[name] for name in Credential.model_fields if keys.get(name) is not None}


def _repeated(places: Iterable[tuple[Loc, object]]) -> Iterator[tuple[Loc, Loc]]:
    first: dict[str, Loc] = {}
    for loc, value in places:
        if isinstance(value, str) and first.setdefault(value, loc) != loc:
            yield loc, first[value]


def _same_id(values: object) -> Iterator[Problem]:
    for section in ("gateways", "vpcs"):
        for loc, first in _repeated(((section, index, "id"), row.get("id")) for index, row in _rows(values, section)):
            yield loc, f"is the id of {place(first[:-1])} too; expected an id of its own"


def _same_connection(values: object) -> Iterator[Problem]:
    connections = (
        (("gateways", index, "connections", position), connection)
        for index, row in _rows(values, "gateways")
        for position, connection in enumerate(_entries(row, "connections"))
    )
    for loc, first in _repeated(connections):
        yield loc, f"is {place(first)} too; expected each connection once, on one gateway"


def _same_destination(values: object) -> Iterator[Problem]:
    for index, vpc in _rows(values, "vpcs"):
        routes = _rows(vpc, "routes")
        for loc, first in _repeated(
            (("vpcs", index, "routes", at, "destination"), row.get("destination")) for at, row in routes
        ):
            yield loc, f"is the destination of {place(first[:-1])} too; expected one route to each destination"


def _no_such_vpc(values: object) -> Iterator[Problem]:
    known = [id for _, row in _rows(values, "vpcs") if isinstance(id := row.get("id"), str)]
    for index, row in _rows(values, "gateways"):
        vpc = row.get("vpc")
        if isinstance(vpc, str) and vpc not in known:
            nearest = difflib.get_close_matches(vpc, known, n=1)
            hint = f"did you mean {json.dumps(nearest[0])}?" if nearest else "expected a [[vpcs]] table with it"
            yield ("gateways", index, "vpc"), f"is the id of no VPC in [[vpcs]]; {hint}"


def _half_credential(values: object) -> Iterator[Problem]:
    for role in ROLES:
        keys = keys_of(values, role)
        other = next((name for name in ELSEWHERE if name in keys), None)
        if other is not None:
            for name in keys.keys() - {other}:
                yield ("credentials", role, name), f"is given beside {other}; expected one of the two"
            continue
        for missing in ("access_key_id", "access_key_secret"):
            if keys and missing not in keys:
                yield ("credentials", role, missing), f"missing; expected a value, as {next(iter(keys))} has one"


def _same_credential(values: object) -> Iterator[Problem]:
    for name in ("access_key_id", *ELSEWHERE):
        ids = ((("credentials", role, name), keys_of(values, role).get(name)) for role in ROLES)
        for loc, first in _repeated(ids):
            yield loc, f"is the one of {place(first[:-1])} too; expected another caller's"


def _unsignable(values: object) -> Iterator[Problem]:
    endpoint = values.get("endpoint") if isinstance(values, dict) else None
    signature = endpoint.get("signature") if isinstance(endpoint, dict) else None
    if signature not in ("v1", "v3"):
        return
    if not keys_of(values, "owner"):
        yield (
            ("endpoint", "signature"),
            f'is "{signature}", but [credentials.owner] has no keys; '
            f'expected access_key_id and access_key_secret, or "none"',
        )
    declared = values.get("credentials") if isinstance(values, dict) else None
    for role in ROLES[1:]:
        if isinstance(declared, dict) and isinstance(declared.get(role), dict) and not keys_of(values, role):
            yield (
                ("credentials", role),
                f'has no keys; expected access_key_id and access_key_secret, as the signature is "{signature}"',
            )


_ONLY_IN_A_FILE = "is a matter of the machine that sends; expected it in a target file only"


def _of_this_machine(values: object) -> Iterator[Problem]:
    endpoint = values.get("endpoint") if isinstance(values, dict) else None
    for key in OF_THIS_MACHINE:
        if isinstance(endpoint, dict) and endpoint.get(key) is not None:
            yield ("endpoint", key), _ONLY_IN_A_FILE
    for role in ROLES:
        for key in keys_of(values, role).keys() & set(ELSEWHERE):
            yield ("credentials", role, key), _ONLY_IN_A_FILE


TARGET_CHECKS: tuple[TargetCheck, ...] = (
    _same_id,
    _same_connection,
    _same_destination,
    _no_such_vpc,
    _half_credential,
    _same_credential,
)

TARGET_FILE_CHECKS: tuple[TargetCheck, ...] = (*TARGET_CHECKS, _unsignable)
TARGET_DOCUMENT_CHECKS: tuple[TargetCheck, ...] = (*TARGET_CHECKS, _of_this_machine)
