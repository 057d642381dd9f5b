"""The features of creations that are combined with one another: what they break, where they go, how they are spelled.

Rules of this file
1. Two values of one parameter, two kinds of gateways and two callers are no pair: no request has both.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Final

from pbr_conformance.simulator.documentation.create import clause
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.rules.conditions import CONDITIONS
from pbr_conformance.strategies.breakers import BREAKERS
from pbr_conformance.strategies.forms import FORMS, feature_of, kind_of

FeaturePair = tuple[str, str]
"""Two features, in the order of `order`."""

BREAKABLE: Final = tuple(condition.id for condition in CONDITIONS if condition.id in BREAKERS)


def factors(target: Target, spec: str) -> Mapping[str, tuple[str, ...]]:
    """What a creation to this target has one of: a kind of gateway, a caller, a form of each parameter."""
    kinds = dict.fromkeys(feature_of("gateway", kind_of(gateway)) for gateway in target.gateways if gateway.scratch)
    callers = dict.fromkeys(("owner", *target.credentials))
    documented = [name for name in FORMS if clause(f"parameter/{name}").holds_in(spec)]
    return {
        "gateway": tuple(kinds),
        "caller": tuple(feature_of("caller", caller) for caller in callers),
        **{name: tuple(feature_of(name, form.name) for form in FORMS[name]) for name in documented},
    }


def all_pairs(target: Target, spec: str) -> tuple[FeaturePair, ...]:
    """Every two features that one request could have, conditions first."""
    values = factors(target, spec)
    others = [feature for features in values.values() for feature in features]
    return (
        *combinations(BREAKABLE, 2),
        *((condition, feature) for condition in BREAKABLE for feature in others),
        *((one, other) for first, second in combinations(values.values(), 2) for one in first for other in second),
    )
