"""Reading a JSON document that a stranger may have written, value by value.

Rules of this file
1. Whatever is wrong is one ValueError of one line: where, what stands there, what was expected.
2. A key without a default is required. A key nobody asks for is ignored: a later version may have more of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NoReturn

_SHOWN: Final = 60
"""Characters of a wrong value that its error message shows."""


class _Nothing:
    def __repr__(self) -> str:
        return "nothing"


_NOTHING: Final = _Nothing()


def _wrong(where: str, found: object, expected: str) -> NoReturn:
    """Say what stands at `where`, and what should."""
    shown = ascii(found)
    shown = shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "..."
    raise ValueError(f"{where}: {shown}, expected {expected}")


@dataclass(frozen=True, slots=True)
class Node:
    """A JSON object and where it stands: "checks[3].failures[0]"; the document itself is "report"."""

    where: str
    members: Mapping[str, object]

    @classmethod
    def of(cls, where: str, value: object) -> Node:
        """Take `value` for an object."""
        if not isinstance(value, dict):
            _wrong(where, value, "an object")
        return cls(where, value)

    def text(self, key: str, default: str | None = None) -> str:
        """A string."""
        return _text(self._at(key), self._get(key, default))

    def flag(self, key: str, default: bool | None = None) -> bool:
        """True or false."""
        value = self._get(key, default)
        if isinstance(value, bool):
            return value
        _wrong(self._at(key), value, "true or false")

    def node(self, key: str, default: Mapping[str, object] | None = None) -> Node:
        """An object."""
        return Node.of(self._at(key), self._get(key, default))

    def nodes(self, key: str) -> Iterator[Node]:
        """A list of objects."""
        return (Node.of(where, value) for where, value in self._items(key, None))

    def _items(self, key: str, default: tuple[()] | None) -> Iterator[tuple[str, object]]:
        value = self._get(key, default)
        if not isinstance(value, list | tuple):
            _wrong(self._at(key), value, "a list")
        for position, item in enumerate(value):
            yield f"{self._at(key)}[{position}]", item

    def _get(self, key: str, default: object = None) -> object:
        return self.members.get(key, _NOTHING if default is None else default)

    def _at(self, key: str) -> str:
        return key if self.where == "report" else f"{self.where}.{key}"


def _text(where: str, value: object) -> str:
    if isinstance(value, str):
        return value
    _wrong(where, value, "a string")
