"""Hypothesis strategies. They know the vocabulary of the operation, never its semantics.

`requests(target)` is a strategy for one creation, `histories(target)` one for lists of creations, deletions and looks.
They compose as all strategies do: `st.lists(requests(target))`, `.map`, `.filter`, `st.data()`, and in rules of a
`RuleBasedStateMachine`. docs/api.md has an example of each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pbr_conformance.simulator.model.exports import exported

if TYPE_CHECKING:
    from .history_strategy import histories
    from .request_strategy import requests

__all__ = ["histories", "requests"]

_HOMES: Final = {"history_strategy": ("histories",), "request_strategy": ("requests",)}


def __getattr__(name: str) -> Any:
    return exported(__name__, name, _HOMES)


def __dir__() -> list[str]:
    return __all__
