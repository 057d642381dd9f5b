"""Controls: plays that differ from a failing history in what is blamed alone, and in which nothing fails.

Rules of this file
1. A control says which requests of the failing play it lacks, by their places there, and shows all that it sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pbr_conformance.conformance.judge.interaction import Interaction, Transcript
from pbr_conformance.reports.data.results import Control
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.strategies.plain_requests import TOGETHER, History

from .transcript_format import exchange, shown_of


@dataclass(frozen=True, slots=True)
class ControlPlay:
    """A control as it was played."""

    history: History
    transcript: Transcript
    blamed: History
    """The requests that it leaves out."""
    instead: Request | None = None
    """The request that it has for them, if any."""


def control_of(play: ControlPlay, failing: Sequence[Interaction], path: str) -> Control:
    """What a report shows of a control; `path` is that of its transcript."""
    shown = shown_of(failing)
    places = (_place(request, shown) for request in play.blamed if request.action != TOGETHER)
    differs_at = tuple(dict.fromkeys(filter(None, places)))
    which = _which(differs_at)
    how = f"without {which}" if play.instead is None else f"with an ordinary creation for {which}"
    return Control(
        words=f"{how} it does not happen",
        differs_at=differs_at,
        sequence=tuple(exchange(sent) for sent in shown_of(play.transcript)),
        transcript=path,
    )


def _which(places: Sequence[int]) -> str:
    if not places:
        return "its last request"
    return f"request{'s' if len(places) > 1 else ''} {', '.join(map(str, places))}"


def _place(request: Request, sent: Sequence[Interaction]) -> int:
    """Where a request of a history was sent last, whatever its token; the first place is 1, 0 is none."""
    wanted = _but_token(request)
    return max((place for place, each in enumerate(sent, 1) if _but_token(each.request) == wanted), default=0)


def _but_token(request: Request) -> tuple[str, str, Mapping[str, str]]:
    kept = {name: text for name, text in request.parameters.items() if name != "ClientToken"}
    return request.action, request.caller, kept
