"""The version of what is installed, to the byte: a hash of its sources."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

_PACKAGE: Final = "pbr_conformance"
_PARTS: Final = ("conformance", "reports", "simulator", "strategies")


@cache
def sources_hash() -> str:
    """The version, and a SHA-256 over every file of the installed sources and its name."""
    parts = [f"{part}/{name} {digest}" for part in _PARTS for name, digest in _hashes(files(f"{_PACKAGE}.{part}"), "")]
    whole = sha256("\n".join(sorted(parts)).encode()).hexdigest()
    return f"{version('pbr-conformance')}+{whole[:32]}"


def _hashes(directory: Traversable, under: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for each in directory.iterdir():
        name = f"{under}{each.name}"
        if each.is_dir() and each.name != "__pycache__":
            found += _hashes(each, f"{name}/")
        elif each.is_file() and not each.name.startswith("."):
            found.append((name, sha256(each.read_bytes()).hexdigest()))
    return found
