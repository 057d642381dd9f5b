"""What a result is and how it looks. A leaf: it knows nothing of VPNs.

`from_json` reads what `run --report` wrote as report.json, after `json.load`; `to_json` writes it.
"""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .data.results import Report, Verdict
    from .data.serialize import from_json, to_json

__all__ = ["Report", "Verdict", "from_json", "to_json"]

_HOMES: Final = {
    "Report": "data.results",
    "Verdict": "data.results",
    "from_json": "data.serialize",
    "to_json": "data.serialize",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        expected = ", ".join(get_close_matches(name, __all__) or __all__)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; expected {expected}", name=name)
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    return __all__
