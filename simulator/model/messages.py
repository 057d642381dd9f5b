"""What goes in and what comes out: a request and an answer, as plain values.

Rules of this file
1. A request is the *texts* a client sends. Nothing is parsed, checked or defaulted here.
2. An answer is a status and what its body holds. A refusal is an answer, not an exception.
3. No socket, no clock, no meaning: `wire.py` turns these into HTTP and back, `conditions.py` judges them.
4. They are values. Their fields are Final, which the type checker sees to: frozen, one takes twice as long to make.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from .call_text import call_text


class _Printer(Protocol):
    """What IPython and Hypothesis print values with."""

    def text(self, text: str, /) -> object: ...


@dataclass(slots=True)
class Request:
    """One call of one operation: its parameters as text, without the common ones (Action, Version, Signature...).

    `caller` names the credentials that sign it, as the target file does: owner, sub_user or unauthorized.
    """

    action: Final[str]
    parameters: Final[Mapping[str, str]]
    caller: Final[str] = "owner"
    remembered: Final[dict[str | None, Any]] = field(default_factory=dict, init=False, repr=False, compare=False)
    """Where `creation.py` keeps its readings, so that a request is parsed once however often it is judged."""

    def get(self, name: str) -> str | None:
        """The text of a parameter, or None where it was not sent."""
        return self.parameters.get(name)

    def __hash__(self) -> int:
        return hash((self.action, frozenset(self.parameters.items()), self.caller))

    def __repr__(self) -> str:
        """The call of a function in `calls.py` that makes an equal request."""
        return call_text(self.action, self.parameters, self.caller)

    def _repr_pretty_(self, printer: _Printer, cycle: bool) -> None:
        """The same in IPython and in a failing example of Hypothesis, which would show the fields."""
        printer.text(repr(self))

    def __reduce__(self) -> tuple[type[Request], tuple[str, Mapping[str, str], str]]:
        return Request, (self.action, self.parameters, self.caller)


@dataclass(slots=True)
class Answer:
    """One answer: the HTTP status and the members of its JSON object.

    `members` is None where the body is no JSON object; `text` then holds the body as it came (it may be cut).
    """

    status: Final[int]
    members: Final[Mapping[str, object] | None]
    text: Final[str] = field(default="", repr=False)
    retry_after: Final[float | None] = field(default=None, repr=False, compare=False)
    """Seconds that the endpoint asks to be left alone for, where it says so in a header."""

    @property
    def code(self) -> str | None:
        """The `Code` of a refusal, or None where the body has none."""
        code = None if self.members is None else self.members.get("Code")
        return code if isinstance(code, str) else None

    def without(self, names: frozenset[str]) -> Answer:
        """The answer without members of these names, wherever they stand."""
        return Answer(self.status, _without(self.members, names), self.text) if names else self


def _without(value: Any, names: frozenset[str]) -> Any:
    if isinstance(value, Mapping):
        return {name: _without(member, names) for name, member in value.items() if name not in names}
    return [_without(one, names) for one in value] if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """What came instead of an answer: `kind` is timeout, refused, closed (by the endpoint, unanswered) or garbled.

    `reason` says it in words. After one of these, whether the request had an effect is unknown.
    """

    kind: str
    reason: str
