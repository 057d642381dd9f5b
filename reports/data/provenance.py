"""Where a report is from: what wrote it, of which target, and what the run left behind there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .names import TOOL


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """What wrote the report."""

    name: str = TOOL
    """Its name."""
    version: str
    """Its version."""


@dataclass(frozen=True, slots=True)
class ReportedTarget:
    """What was tested."""

    url: str | None
    """null: the embedded simulator, in process."""
    name: str
    """The target's name."""


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """Something that the run may have created and could not delete."""

    what: Mapping[str, str]
    """Its values, by their names."""
    why: str
    """Why it was not deleted."""

    def __str__(self) -> str:
        return f"{', '.join(f'{name} {value}' for name, value in self.what.items() if value)}: {self.why}"
