"""A cause that several failures may have in common. Frozen data, as in `results.py`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonCause:
    """One mistake that would explain failures: each of them, as it was observed."""

    what: str
    """The mistake in words; where none is known, what the failing requests have in common."""
    mutants: tuple[str, ...] = ()
    """The wrong simulators that answer as was observed, the likeliest first; none where no mistake is known."""
    common: tuple[str, ...] = ()
    """What is true of each of these failures."""
    failures: tuple[str, ...]
    """The failures, by their check: "route/overlap", or "route/overlap:2" for its second."""
