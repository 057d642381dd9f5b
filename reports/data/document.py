"""Reading a JSON document that a stranger may have written, value by value.

Rules of this file
1. Whatever is wrong is one ValueError of one line: where, what stands there, what was expected.
2. A key without a default is required. A key nobody asks for is ignored: a later version may have more of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NoReturn, TypeVar

SHOWN: Final = 60
"""Characters of a wrong value that its error message shows."""

T = TypeVar("T")


class _Nothing:
    def __repr__(self) -> str:
        return "nothing"


NOTHING: Final = _Nothing()


def wrong(where: str, found: object, expected: str) -> NoReturn:
    """Say what stands at `where`, and what should."""
    shown = ascii(found)
    shown = shown if len(shown) <= SHOWN else shown[:SHOWN] + "..."
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
            wrong(where, value, "an object")
        return cls(where, value)

    def text(self, key: str, default: str | None = None) -> str:
        """A string."""
        return _text(self._at(key), self._get(key, default))

    def optional_text(self, key: str) -> str | None:
        """A string or null."""
        value = self._get(key)
        if value is None or isinstance(value, str):
            return value
        wrong(self._at(key), value, "a string or null")

    def whole(self, key: str, default: int | None = None) -> int:
        """An integer of 0 or more; true and false are none."""
        return _whole(self._at(key), self._get(key, default))

    def number(self, key: str) -> float:
        """A finite number of 0 or more; an integer stays one."""
        return _number(self._at(key), self._get(key))

    def optional_number(self, key: str) -> float | None:
        """A finite number of 0 or more, or null, or nothing."""
        return None if self.members.get(key) is None else self.number(key)

    def flag(self, key: str, default: bool | None = None) -> bool:
        """True or false."""
        value = self._get(key, default)
        if isinstance(value, bool):
            return value
        wrong(self._at(key), value, "true or false")

    def choice(self, key: str, choices: Mapping[str, T]) -> T:
        """What one of several words stands for."""
        value = self._get(key)
        if isinstance(value, str) and value in choices:
            return choices[value]
        wrong(self._at(key), value, "one of " + ", ".join(choices))

    def node(self, key: str, default: Mapping[str, object] | None = None) -> Node:
        """An object."""
        return Node.of(self._at(key), self._get(key, default))

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of strings."""
        return tuple(_text(where, value) for where, value in self._items(key, default))

    def numbers(self, key: str) -> tuple[float, ...]:
        """A list of finite numbers of 0 or more."""
        return tuple(_number(where, value) for where, value in self._items(key, None))

    def wholes(self, key: str) -> tuple[int, ...]:
        """A list of integers of 0 or more."""
        return tuple(_whole(where, value) for where, value in self._items(key, None))

    def nodes(self, key: str, default: tuple[()] | None = None) -> Iterator[Node]:
        """A list of objects."""
        return (Node.of(where, value) for where, value in self._items(key, default))

    def named_texts(self, key: str) -> dict[str, str]:
        """An object of strings, in its order."""
        node = self.node(key, {})
        return {name: node.text(name) for name in node.members}

    def _items(self, key: str, default: tuple[str, ...] | None) -> Iterator[tuple[str, object]]:
        value = self._get(key, default)
        if not isinstance(value, list | tuple):
            wrong(self._at(key), value, "a list")
        for position, item in enumerate(value):
            yield f"{self._at(key)}[{position}]", item

    def _get(self, key: str, default: object = None) -> object:
        return self.members.get(key, NOTHING if default is None else default)

    def _at(self, key: str) -> str:
        return key if self.where == "report" else f"{self.where}.{key}"


def _text(where: str, value: object) -> str:
    if isinstance(value, str):
        return value
    wrong(where, value, "a string")


def _whole(where: str, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    wrong(where, value, "an integer of 0 or more")


def _number(where: str, value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0:
        return value
    wrong(where, value, "a number of 0 or more")
