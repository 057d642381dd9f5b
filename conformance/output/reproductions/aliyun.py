"""The same script for the official command line, `aliyun`: it sends and signs, and shows a code, but no HTTP status."""

from __future__ import annotations

from .curl import words
from .recipe import Recipe
from .texts import render


def aliyun(recipe: Recipe) -> str:
    """The script."""
    return render("aliyun.sh.j2", recipe, **words(recipe), statuses=False)
