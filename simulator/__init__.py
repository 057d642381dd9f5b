"""The reference: what the documentation says, executable. It imports none of the other rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .server.server import serving

__all__ = ["serving"]


def __getattr__(name: str) -> Any:
    """`serving`, imported when it is asked for: a server is more than most that import this want."""
    if name == "serving":
        from .server.server import serving

        return serving
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
