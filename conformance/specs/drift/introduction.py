"""What the description of the operation as a whole says of destinations that are not supported.

Rules of this file
1. Only the limits on 0.0.0.0/0 and 100.64.0.0/10 are compared, and the gateways they are said of: no other rule of
   these tables stands there alone.
2. The user guide has them too. A version whose rule is the user guide's expects nothing of this text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from pbr_conformance.simulator.documentation.create import GUIDES
from pbr_conformance.simulator.documentation.rows import Guide

from .findings import Aspect, DriftKind, Finding

EVERY_GATEWAY: Final = "every gateway"
SINGLE_TUNNEL: Final = "single-tunnel gateways"
_RULE: Final = "reserved-destination"
_NARROW_RULE: Final = f"{_RULE}/single-tunnel"
_BLOCKS: Final = re.compile(r"(?<![\d.])(?:0\.0\.0\.0/0|100\.64\.0\.0/10)(?!\d)")
_SINGLE: Final = re.compile(r"single[- ]?tunnel|单隧道|單隧道|シングルトンネル", re.IGNORECASE)
_DUAL: Final = re.compile(r"dual[- ]?tunnel|双隧道|雙隧道|デュアルトンネル", re.IGNORECASE)


def scope_of(text: str) -> str:
    """Return the gateways whose destinations a text limits; empty where it limits none.

    A scope holds for its own line, and as a heading for the lines below it, to the next scope or empty line.
    """
    scope, found = EVERY_GATEWAY, set()
    for line in text.splitlines():
        names = [bool(pattern.search(line)) for pattern in (_SINGLE, _DUAL)]
        if not line.strip():
            scope = EVERY_GATEWAY
        elif any(names):
            scope = SINGLE_TUNNEL if names == [True, False] else EVERY_GATEWAY
        if _BLOCKS.search(line):
            found.add(scope)
    return "" if not found else SINGLE_TUNNEL if found == {SINGLE_TUNNEL} else EVERY_GATEWAY


def introduction_findings(text: str, spec: str) -> Iterator[Finding]:
    """Yield the finding of an operation's description, if it says otherwise than a version."""
    said, row = scope_of(text), _rule(spec)
    narrow = row is not None and row.name == _NARROW_RULE
    encoded = "" if row is None else SINGLE_TUNNEL if narrow else EVERY_GATEWAY
    if said == encoded or not (said or narrow):
        return
    kind = DriftKind.GONE if not said else DriftKind.CHANGED if encoded else DriftKind.NEW
    subject = f"guide/{_RULE}" if row is None else row.id
    yield Finding(Aspect.CONSTRAINT, kind, subject, _words(encoded), _words(said))


def _rule(spec: str) -> Guide | None:
    return next((row for row in GUIDES if row.name in (_RULE, _NARROW_RULE) and row.holds_in(spec)), None)


def _words(scope: str) -> str:
    return f"0.0.0.0/0 and 100.64.0.0/10 are no destinations on {scope}" if scope else ""
