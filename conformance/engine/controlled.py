"""Confirms a failing history where others use the account too: it is played in turn with a control that does not fail.

Rules of this file
1. Confirmed are two plays that fail alike, and controls that do not, in none of which somebody else changes anything.
2. Each play has values of its own, so that what earlier plays have left, and what others have, is out of its way. An
   endpoint that answers otherwise then is tried with the first values, and one that can't return to its state is
   tried on another gateway.
3. A suspect counts if it follows the values in each play, while there is time between our requests: who copies what
   we send is late.
4. A control that fails too is the next candidate; an empty one that does means that somebody else is at work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Final

from pbr_conformance.conformance.client.ownership import SLACK
from pbr_conformance.conformance.client.retrying import Inconclusive
from pbr_conformance.conformance.judge.answer import Deviation
from pbr_conformance.conformance.judge.interaction import Transcript
from pbr_conformance.conformance.judge.listing import Entry
from pbr_conformance.conformance.transcripts.control_play import ControlPlay
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.strategies.plain_requests import History, create, look, ordinary
from pbr_conformance.strategies.prefixes import filler

from .equivalents import is_clear, moved, on_other_gateways
from .session import Session
from .shrink import without_blamed

PATIENCE: Final = 1.5 * SLACK / 1000
"""Seconds between requests, after which whatever somebody else makes is not of the moment of ours."""
_ROUNDS: Final = 2
"""How often a history and its control are played."""
_MOST_TRIES: Final = 12
"""Plays of either, while somebody else disturbs it."""
_ORDINARY: Final = 7_000
"""The number of the first ordinary route that a control has for the blamed request."""


class Unconfirmed(Inconclusive):
    """Why a deviation that was seen is not confirmed."""


@dataclass(frozen=True, slots=True)
class JudgedPlay:
    """A history as it was played."""

    history: History
    deviation: Deviation | None
    transcript: Transcript
    suspects: tuple[tuple[str, Entry], ...] = ()

    @property
    def shows(self) -> tuple[str, str | None]:
        """What went wrong, without values, and the code of the answer that was last."""
        assert self.deviation is not None
        received = self.transcript[-1].received if self.transcript else None
        code = received.code if isinstance(received, Answer) else None
        return self.deviation.cause or self.deviation.title, code


@dataclass(frozen=True, slots=True)
class ControlledFailure:
    """A play that fails, its control, and how they differ from what was seen first."""

    play: JudgedPlay
    control: ControlPlay
    remark: str


_Equivalent = Callable[[History], History]
_ControlMaker = Callable[[History], tuple[History, Request | None]]


class ControlledPlays:
    """Plays histories with their controls on a session's gateways."""

    def __init__(self, session: Session, address: str, play: Callable[[History], Deviation | None]) -> None:
        self._session, self._address, self._play = session, address, play
        self._numbers = count(1)
        self.trouble = "a deviation was seen once and not again, on an account that others use too"
        """Why what was tried last is not confirmed."""

    def confirmed(self, history: History) -> ControlledFailure | None:
        """Confirm a history, or what is left of it: None where it is not confirmed, and `trouble` says why."""
        is_stuck = False
        for equivalent, remark in ((self._moved, ", with other values"), (self._same, "")):
            try:
                return self._rounds(history, equivalent, remark)
            except _FailsAsWell as control:
                if not control.shorter:
                    self._somebody_else(history)
                    return None
                return self.confirmed(control.shorter)
            except Unconfirmed as reason:
                self.trouble = reason.reason
            except Inconclusive as reason:
                if reason.ours:
                    raise
                self.trouble, is_stuck = reason.reason, True
            finally:
                self._session.patience = 0.0
        return self._on_another_gateway(history) if is_stuck else None

    def _somebody_else(self, history: History) -> None:
        where = next((request.get("VpnGatewayId") for request in history if request.get("VpnGatewayId")), "a gateway")
        self.trouble = f"a deviation was seen, and also without any request of ours: somebody else changes {where}"

    # --- In turn ----------------------------------------------------------------------------------------------

    def _rounds(self, history: History, equivalent: _Equivalent, remark: str) -> ControlledFailure:
        maker: _ControlMaker | None = None
        suspects: list[tuple[str, Entry]] = []
        shown = set[tuple[str, str | None]]()
        for _ in range(_ROUNDS):
            play = self._failing(history, equivalent)
            if play.suspects and not self._session.patience:
                self._session.patience = PATIENCE
                play = self._failing(history, equivalent)
            suspects += play.suspects
            shown.add(play.shows)
            if len(shown) > 1:
                raise Unconfirmed(_NOT_EACH_TIME)
            maker, control = self._control(history, play, equivalent, maker)
        if len({entry.key for _, entry in suspects}) < len(suspects):
            raise Unconfirmed("a route was seen that may be of a request of ours, and no play had other values")
        self._session.others.convict(suspects)
        return ControlledFailure(play, control, remark)

    def _failing(self, history: History, equivalent: _Equivalent) -> JudgedPlay:
        """Play a history: it fails. Raises Unconfirmed where it does not; what fails before its end is a candidate."""
        play = self._undisturbed(history, equivalent)
        if not self._fails(play):
            raise Unconfirmed(_NOT_EACH_TIME)
        answered = _until_failure(history, play.transcript)
        if len(answered) < len(history):
            raise _FailsAsWell(answered)
        return play

    def _fails(self, play: JudgedPlay) -> bool:
        return play.deviation is not None and play.deviation.address(self._address) == self._address

    def _control(
        self, history: History, failing: JudgedPlay, equivalent: _Equivalent, maker: _ControlMaker | None
    ) -> tuple[_ControlMaker, ControlPlay]:
        """Play a control that does not fail: the one of the round before, or the first of those that there are."""
        for make in (maker,) if maker is not None else self._makers(failing):
            base, instead = make(history)
            play = self._undisturbed(base or self._empty(history), equivalent)
            if play.deviation is None and (instead is None or _is_ordinary(play.transcript)):
                return make, ControlPlay(play.history, play.transcript, without_blamed(failing.history)[1], instead)
        raise _FailsAsWell(without_blamed(history)[0])

    def _makers(self, failing: JudgedPlay) -> Iterator[_ControlMaker]:
        """The controls of a play: for an answer, an ordinary creation; then without what is blamed."""
        last = failing.transcript[-1].request.action if failing.transcript else ""
        if last == CREATE == failing.history[-1].action:
            yield self._with_ordinary
        yield lambda history: (without_blamed(history)[0], None)

    def _with_ordinary(self, history: History) -> tuple[History, Request | None]:
        target = self._session.partition.target
        named = target.gateway(history[-1].get("VpnGatewayId") or "")
        gateway = named if named is not None and named.connections else self._session.partition.gateways[0]
        source, destination = filler(_ORDINARY + next(self._numbers))
        instead = create(ordinary(target, gateway, RouteSource=source, RouteDest=destination))
        return (*history[:-1], instead), instead

    def _empty(self, history: History) -> History:
        named = next((request.get("VpnGatewayId") for request in history if request.get("VpnGatewayId")), None)
        return (look(self._session.partition.target, named or self._session.partition.gateways[0].id),)

    # --- Equivalents ------------------------------------------------------------------------------------------

    def _same(self, history: History) -> History:
        return history

    def _moved(self, history: History) -> History:
        """The history at a place where nobody else is, and where it was not yet."""
        for number in self._numbers:
            elsewhere = moved(history, number)
            if elsewhere is None or is_clear(elsewhere, self._session.model) or number % 100 == 0:
                return history if elsewhere is None else elsewhere
        raise AssertionError("there is always another number")

    def _on_another_gateway(self, history: History) -> ControlledFailure | None:
        """The history on a gateway on which it was not played yet, after a control there: with the first play, two."""
        for elsewhere in on_other_gateways(history, self._session.partition):
            try:
                base = without_blamed(elsewhere)[0] or self._empty(elsewhere)
                control, play = self._undisturbed(base, self._moved), self._undisturbed(elsewhere, self._moved)
            except Inconclusive as reason:
                if reason.ours:
                    raise
                continue
            if control.deviation is None and self._fails(play) and not play.suspects:
                blamed = without_blamed(play.history)[1]
                return ControlledFailure(play, ControlPlay(control.history, control.transcript, blamed), _ELSEWHERE)
        return None

    def _undisturbed(self, history: History, equivalent: _Equivalent) -> JudgedPlay:
        """Play a history until nobody disturbs it. Raises Unconfirmed after some plays."""
        session = self._session
        for _ in range(_MOST_TRIES):
            session.others.synchronise(dict.fromkeys(request.get("VpnGatewayId") or "" for request in history))
            played, before = equivalent(history), session.disturbances
            session.lets_lists_catch_up = True
            try:
                deviation = self._play(played)
            finally:
                session.lets_lists_catch_up = False
            if session.disturbances == before and not session.upkeep.disturbed:
                return JudgedPlay(played, deviation, session.transcript, tuple(session.suspects))
        raise Unconfirmed("somebody else changes the account while a deviation is confirmed")


_ELSEWHERE: Final = ", on another gateway"
_NOT_EACH_TIME: Final = "a deviation was seen, and not each time: somebody else may have changed the account"


def _until_failure(history: History, transcript: Transcript) -> History:
    """A history up to the creation whose answer fails; all of it where another request, or a list, tells."""
    if not transcript or transcript[-1].request.action != CREATE:
        return history
    creations = [at for at, request in enumerate(history) if request.action == CREATE]
    sent = sum(each.request.action == CREATE for each in transcript)
    return history if sent >= len(creations) else history[: creations[sent - 1] + 1]


class _FailsAsWell(Exception):
    """The control fails too: what is left of the history is the candidate."""

    def __init__(self, shorter: History) -> None:
        super().__init__()
        self.shorter = shorter


def _is_ordinary(transcript: Transcript) -> bool:
    """Whether the newest creation met no condition."""
    newest = next((sent for sent in reversed(transcript) if sent.request.action == CREATE), None)
    return newest is not None and newest.allowed is not None and not newest.allowed.broken
