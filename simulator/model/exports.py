"""What a package exports: names whose modules are imported when one asks for them, and not before."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from importlib import import_module
from typing import Any


def exported(package: str, name: str, homes: Mapping[str, Collection[str]]) -> Any:
    """The value of a name; `homes` has names by module. AttributeError, with the names that are near, for others."""
    for module, names in homes.items():
        if name in names:
            return getattr(import_module(f".{module}", package), name)
    from difflib import get_close_matches  # it is slow to import, and each command imports this module

    public = sorted(each for names in homes.values() for each in names)
    expected = ", ".join(get_close_matches(name, public) or public)
    raise AttributeError(f"module {package!r} has no attribute {name!r}; expected {expected}", name=name)
