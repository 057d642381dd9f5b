"""Reproductions: a failure as scripts that send its smallest sequence again, without this project or with it.

Rules of this package
1. Pure: a transcript in, texts out. A form is a row of FORMS and a template; what it says comes from the recipe.
2. A script exits with 0 where the endpoint conforms and with 1 where it still deviates, and leaves nothing behind.
3. No key is in a text. It is taken from the environment of whoever runs it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from pbr_conformance.reports.data.results import Reproduction

from .aliyun import aliyun
from .curl import curl
from .pytest_file import pytest_file
from .reading import recipe
from .recipe import Recipe
from .sdk import sdk

FORMS: Final[Mapping[str, tuple[str, Callable[[Recipe, Mapping[str, Any]], str]]]] = {
    "curl": ("reproduce.sh", lambda read, _: curl(read)),
    "aliyun CLI": ("aliyun.sh", lambda read, _: aliyun(read)),
    "Python SDK": ("reproduce.py", lambda read, _: sdk(read)),
    "pytest": ("test_reproduce.py", pytest_file),
}
"""What a form is called, and the file it becomes."""


def reproductions(document: Mapping[str, Any]) -> tuple[Reproduction, ...]:
    """Every form of a transcript."""
    read = recipe(document)
    place = f"reproductions/{read.address.replace('/', '-')}"
    return tuple(Reproduction(form, f"{place}/{name}", make(read, document)) for form, (name, make) in FORMS.items())
