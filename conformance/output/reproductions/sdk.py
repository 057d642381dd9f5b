"""A Python script with the official SDK, `alibabacloud_vpc20160428`. Answers are read as they came."""

from __future__ import annotations

from typing import Final

from pbr_conformance.simulator.documentation.create import PARAMETERS

from .recipe import Recipe
from .texts import render

TYPED: Final = frozenset(row.name for row in PARAMETERS)
"""The parameters that the SDK's models have. Any text goes: it checks none of them."""


def sdk(recipe: Recipe) -> str:
    """The script."""
    gateway = recipe.gateways[0].id if recipe.gateways else "none"
    return render("reproduce.py.j2", recipe, typed=TYPED, gateway=gateway)
