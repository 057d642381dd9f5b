"""What an endpoint decided where the documentation leaves it free, as data: what a report keeps of it, and its JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

from .document import Node


@dataclass(frozen=True, slots=True)
class Decision:
    """What an endpoint did where one condition alone was met, and the documentation leaves it a choice."""

    address: str
    """The condition."""
    strength: str
    decided: str
    """"accepts", or the code it refused with."""
    count: int
    example: str = ""
    """What was sent when it first decided so, in a few words."""


@dataclass(frozen=True, slots=True)
class Precedence:
    """Of two conditions that one request met, the one whose code came."""

    won: str
    lost: str
    code: str
    count: int
    clear: bool = True
    """False where the code answers both, or neither: then the order of the two says nothing."""


@dataclass(frozen=True, slots=True)
class Opinions:
    """What the endpoint decided for itself."""

    decisions: tuple[Decision, ...] = ()
    precedences: tuple[Precedence, ...] = ()


NO_OPINIONS: Final = Opinions()


def opinions_to_json(opinions: Opinions) -> dict[str, Any]:
    """The document of what was decided."""
    return {
        "decisions": [asdict(decision) for decision in opinions.decisions],
        "precedences": [asdict(precedence) for precedence in opinions.precedences],
    }


def opinions_from_json(report: Node) -> Opinions:
    """What was decided, of the document of a report; nothing where it says nothing of it."""
    if "opinions" not in report.members:
        return NO_OPINIONS
    node = report.node("opinions")
    return Opinions(
        tuple(_decision(item) for item in node.nodes("decisions", ())),
        tuple(_precedence(item) for item in node.nodes("precedences", ())),
    )


def _decision(node: Node) -> Decision:
    return Decision(
        address=node.text("address"),
        strength=node.text("strength"),
        decided=node.text("decided"),
        count=node.whole("count", 1),
        example=node.text("example", ""),
    )


def _precedence(node: Node) -> Precedence:
    return Precedence(
        won=node.text("won"),
        lost=node.text("lost"),
        code=node.text("code"),
        count=node.whole("count", 1),
        clear=node.flag("clear", True),
    )
