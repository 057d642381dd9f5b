"""The features of a creation that are combined with one another: what it breaks, where it goes, how it is spelled.

Rules of this file
1. A feature is told from the request as it was judged, never from what was meant by it.
2. Two values of one parameter, two kinds of gateways and two callers are no pair: no request has both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Final

from pbr_conformance.simulator.documentation.create import clause
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target import Gateway, Target
from pbr_conformance.simulator.rules.case import OPEN
from pbr_conformance.simulator.rules.conditions import CONDITIONS
from pbr_conformance.simulator.rules.oracle import Broken
from pbr_conformance.strategies.breakers import BREAKERS
from pbr_conformance.strategies.forms import FORMS, form_of, kind_of

FeaturePair = tuple[str, str]
"""Two features, in the order of `order`."""

BREAKABLE: Final = tuple(condition.id for condition in CONDITIONS if condition.id in BREAKERS)


def features(request: Request, gateway: Gateway | None, broken: Iterable[Broken]) -> frozenset[str]:
    """The features of a creation that meets these conditions."""
    parameters = request.parameters
    forms = ((name, form_of(name, parameters.get(name))) for name in FORMS)
    return frozenset(
        (
            *(each.condition.id for each in broken if each.condition.id in BREAKERS and each.strength is not OPEN),
            *([feature_of("gateway", kind_of(gateway))] if gateway is not None else []),
            feature_of("caller", request.caller),
            *(feature_of(name, form) for name, form in forms if form is not None),
        )
    )


def feature_of(what: str, value: str) -> str:
    """The feature of a kind of "gateway", of a "caller", or of a parameter's form."""
    return f"{what} {value}"


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
