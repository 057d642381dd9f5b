"""Which parameters of a failing sequence count, so that a reader need not look at the others.

Rules of this file
1. A condition about the text of one parameter counts it where it was found. What every other depends on is in the
   row of its check.
2. A token that was used before counts whatever is contradicted: the answer may be that of the request before.
3. Here for readers alone: nothing is judged by it.
"""

from __future__ import annotations

import re
from typing import Final

from pbr_conformance.conformance.checks import BY_ADDRESS
from pbr_conformance.conformance.judge.interaction import Interaction
from pbr_conformance.simulator.documentation.create import PARAMETERS

_NAMES: Final = re.compile(r"\b(?:" + "|".join(row.name for row in PARAMETERS) + r")\b")


def matters(address: str, rule: str, sent: Interaction, at_fault: bool) -> tuple[str, ...]:
    """The parameters of one request that count for what is contradicted, which `rule` says in words."""
    names = BY_ADDRESS[address].depends
    if names is None and not at_fault:
        return ()
    broken = sent.allowed.broken if sent.allowed else ()
    found = [each.parameter for each in broken if each.condition.id == address]
    names = names or tuple(name for name in found if name) or tuple(dict.fromkeys(_NAMES.findall(rule)))
    needed = [name for name in names if name in sent.request.parameters or name in found]
    is_bound = at_fault and sent.allowed is not None and sent.allowed.binding is not None
    return tuple(dict.fromkeys([*needed, *(["ClientToken"] if is_bound else [])]))
