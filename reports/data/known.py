"""Known failures, as data: what a report keeps of the baseline it was held against, and its JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any, Final

from .document import Node


class Standing(Enum):
    """What a run says of an entry of the baseline."""

    SEEN = "seen"
    """It failed, as known."""
    STALE = "stale"
    """Its check was judged and did not fail: the entry has to go."""
    OPEN = "open"
    """Nothing is known of it: its check was not judged, or ended at another failure."""


@dataclass(frozen=True, slots=True)
class Known:
    """An entry of a baseline: a failure that is expected, and why."""

    check: str
    contradicts: str
    failure: str
    """Its title; each `*` stands for any characters."""
    reason: str
    flaky: bool = False
    """Whether it does not fail always: then it is never stale."""
    standing: Standing = Standing.OPEN


@dataclass(frozen=True, slots=True)
class Baseline:
    """The known failures that a run was held against."""

    file: str
    entries: tuple[Known, ...]

    @property
    def stale(self) -> tuple[Known, ...]:
        """The entries that no longer fail."""
        return tuple(each for each in self.entries if each.standing is Standing.STALE)


_STANDINGS: Final[Mapping[str, Standing]] = {standing.value: standing for standing in Standing}


def baseline_to_json(baseline: Baseline | None) -> dict[str, Any] | None:
    """The document of a baseline."""
    if baseline is None:
        return None
    entries = [{**asdict(each), "standing": each.standing.value} for each in baseline.entries]
    return {"file": baseline.file, "entries": entries}


def baseline_from_json(report: Node) -> Baseline | None:
    """The baseline, of the document of a report; None where it was held against none."""
    if report.members.get("baseline") is None:
        return None
    node = report.node("baseline")
    return Baseline(node.text("file"), tuple(_known(each) for each in node.nodes("entries")))


def _known(node: Node) -> Known:
    return Known(
        check=node.text("check"),
        contradicts=node.text("contradicts"),
        failure=node.text("failure"),
        reason=node.text("reason"),
        flaky=node.flag("flaky", False),
        standing=node.choice("standing", _STANDINGS),
    )
