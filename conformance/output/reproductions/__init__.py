"""Reproductions: a failure as files that send its smallest history again, without this project or with it.

Rules of this package
1. Pure: a transcript in, texts out. Each form is a template, filled from the recipe of the transcript.
2. Scripts compare the HTTP status and the Code with what the transcript allows, and print the rest: they do not judge.
   They exit with 0 where the endpoint conforms and with 1 where it still deviates. `replay` and the pytest file judge.
3. A script deletes only routes whose creation it saw answered with success, and which a list shows with the CreateTime
   of that answer. It sends no deletion that could take another route as well, and names what it leaves.
4. No key is in a text. It is taken from the environment of whoever runs it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pbr_conformance.reports.data.results import Reproduction

from .reading import recipe
from .scripts import render

_FORMS: Final[Mapping[str, str]] = {
    "curl": "reproduce.sh",
    "aliyun CLI": "aliyun.sh",
    "Python SDK": "reproduce.py",
    "pytest": "test_reproduce.py",
}
"""The name of each form, and its file."""


def reproductions(document: Mapping[str, Any]) -> dict[str, Reproduction]:
    """Return every form of a transcript, by its name."""
    read = recipe(document)
    place = f"reproductions/{read.address.replace('/', '-')}"
    return {form: Reproduction(f"{place}/{name}", render(name, read, document)) for form, name in _FORMS.items()}
