"""A POSIX shell script that needs no more than curl and openssl. It signs as ACS3-HMAC-SHA256 where it has keys."""

from __future__ import annotations

import shlex

from .recipe import Recipe
from .texts import render


def curl(recipe: Recipe) -> str:
    """The script."""
    return render("reproduce.sh.j2", recipe, **words(recipe), statuses=True)


def words(recipe: Recipe) -> dict[str, object]:
    """What the templates of shell scripts share."""
    named = next((call.parameters.get("VpnGatewayId") for call in recipe.calls), None)
    known = [gateway.id for gateway in recipe.gateways if gateway.priority and recipe.priority_documented]
    return {
        "region": shlex.quote(f"RegionId={recipe.region}"),
        "gateways": " ".join(shlex.quote(gateway.id) for gateway in recipe.gateways),
        "gateway": shlex.quote(recipe.gateways[0].id if recipe.gateways else named or "none"),
        "with_priority": " | ".join(map(shlex.quote, known)) or "''",
        "settle_seconds": max(1, round(recipe.settle_seconds)),
        "looks_first": bool(recipe.gateways),
    }
