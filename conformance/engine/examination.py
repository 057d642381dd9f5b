"""The search for a history that fails at one check: directed histories, then random ones, then shrinking.

Rules of this file
1. A deviation belongs to an address. One that belongs to another check is handed on, not claimed.
2. The first failure at the check's own address is shrunk and confirmed, and ends the search.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from math import inf
from typing import Final

from pbr_conformance.conformance.checks import Check
from pbr_conformance.conformance.client.recording import Recording
from pbr_conformance.conformance.client.retrying import Inconclusive
from pbr_conformance.conformance.coverage.directed import directed
from pbr_conformance.conformance.coverage.state_coverage import reached
from pbr_conformance.conformance.judge.answer import Deviation
from pbr_conformance.conformance.judge.interaction import Transcript
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.conformance.transcripts.control_play import ControlPlay, control_of
from pbr_conformance.conformance.transcripts.transcript_format import (
    Confirmation,
    failure,
    failure_transcript,
    unconfirmed,
)
from pbr_conformance.reports.data.coverage import StateReached
from pbr_conformance.reports.data.results import Control, Failure
from pbr_conformance.simulator.documentation.create import PARAMETERS
from pbr_conformance.strategies.decoder import decoded_histories
from pbr_conformance.strategies.plain_requests import History

from .budget import BudgetUsed
from .budget_guard import BudgetGuard
from .confirm import Fails, candidates, confirm
from .controlled import PATIENCE, ControlledFailure, ControlledPlays, Unconfirmed
from .effort import Effort
from .equivalents import clear_of_others
from .search import MOST_PLAYS_AFTER, search
from .seen_once import fails_once_more, others_may_explain
from .session import Session, waits_until_settled
from .shrink import without_blamed
from .surrogates import DryPlayer
from .verdict import RUN_INTERRUPTED, USED_UP, Counterexample

_MOST_ELSEWHERE: Final = 25
"""Deviations that belong to other checks, after which a check gives up, if they end most of its histories."""
_MOST_UNCONFIRMED: Final = 6
"""Failures that cannot be confirmed, as others use the account, after which a check gives up."""
_MOST_AGAIN: Final = 3
"""Plays of a history whose deviation does not count, as somebody else has changed something meanwhile."""
_FEW_BEFORE: Final = 2
"""Of how many earlier histories it is tried whether one that is played with a control needs them."""
_LONGEST_CONTROLLED: Final = 60
"""Requests of a history that is played with a control, unless it was made small."""
_MOST_DISTURBED: Final = 25
"""Plays that somebody else has disturbed, after which a check gives up, if they are most of its plays."""
_SEEN_ONCE: Final = "seen once, and routes of others would explain it (`shared = false` says that there are none): {}"
"""What is said of a deviation at an address of this machine, of which the target does not say who uses it."""
_MOST_BEFORE: Final = 100
"""Histories played before a failure that are kept with it, in case it needs them."""


class Examination:
    """One check on its way."""

    def __init__(
        self, check: Check, session: Session, terms: Judgement, *, effort: Effort, recording: Recording
    ) -> None:
        self.check = check
        self.session = session
        self.violations_elsewhere: dict[str, Counterexample] = {}
        self.played: list[History] = []
        self.failures: list[Failure] = []
        self.transcripts: dict[str, object] = {}
        self.examples = 0
        self.requests_to_failure: int | None = None
        self._counterexample: Counterexample | None = None
        self._terms = terms
        self._effort = effort
        self._recording = recording
        self._waits = waits_until_settled(check.address)
        self._elsewhere = 0
        self._is_confirming = False
        self._passed: dict[History, Transcript] = {}
        """What was sent to confirm a failure, and did not fail."""
        self._late: list[History] = []
        """Histories after which lists showed what one of their requests may have made."""
        self._unsent: History | None = None
        """What was to be sent next to confirm a failure."""
        self._is_repeated = False
        """Whether the same came again when something was sent to confirm a failure, wherever it belonged then."""
        self.unconfirmed = ""
        """What is said of a deviation that others who use the account, or may use it, may have caused."""

    @property
    def states(self) -> tuple[StateReached, ...]:
        """The kinds of state that the check has to see, and how often it was there."""
        return reached(self.check, self.session.partition, self._terms.spec, self.session.collector.states)

    @property
    def seen_alone(self) -> Counterexample | None:
        """What its failure was seen in, where nobody else was known to use the account over HTTP."""
        ownership = self.session.ownership
        return self._counterexample if self.failures and ownership.is_alone and not ownership.is_certain else None

    def run(self) -> None:
        """Directed histories, then random ones; the first failure is shrunk and ends it.

        Where others use the account, one that cannot be confirmed does not: at the end it is the reason.
        """
        unconfirmed: Unconfirmed | None = None
        for number, found in enumerate(self._failing(), 1):
            try:
                return self.confirm(found)
            except Unconfirmed as reason:
                unconfirmed = reason
                if number == _MOST_UNCONFIRMED:
                    break
        if unconfirmed is not None:
            raise unconfirmed

    def _failing(self) -> Iterator[Counterexample]:
        """What fails, one after another: of directed histories, then of random ones."""
        for history in directed(self.check, self.session.partition, self._terms.spec, self._effort.strength):
            if self.fails_here(history):
                yield from self._newest()
            yield from self._looked_at_again()
        for number in range(_MOST_UNCONFIRMED if self._waits else 0):
            if self._search(number) is None:
                break
            yield from self._newest()
        yield from self._looked_at_again()

    def _newest(self) -> Iterator[Counterexample]:
        if self._counterexample is not None:
            yield self._counterexample

    def _looked_at_again(self) -> Iterator[Counterexample]:
        """Those histories that fail when there is time for lists to show what requests of theirs may have made."""
        while self._late:
            self.session.patience = PATIENCE
            try:
                fails = self.fails_here(self._late.pop())
            finally:
                self.session.patience = 0.0
            if fails:
                yield from self._newest()

    def confirm(self, found: Counterexample) -> None:
        """Shrink a failing history, confirm it, and keep it as a failure.

        Raises Unconfirmed where others use the account, and it is not confirmed by a control.
        """
        with self._alone():
            self._confirm(found)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Confirm, with nothing else at work on the endpoint."""
        was_confirming, self._is_confirming = self._is_confirming, True
        try:
            with nullcontext() if self._effort.strand is None or was_confirming else self._effort.strand.alone():
                yield
        finally:
            self._is_confirming = was_confirming

    def _confirm(self, found: Counterexample) -> None:
        self._counterexample = found
        self.session.ownership.is_alone = self.session.ownership.is_alone and found.is_alone
        needed = not self.session.client.is_renewable
        dry_player = DryPlayer(self.session.partition, self._terms, self._waits, needed)
        try:
            if not self.session.ownership.is_alone:
                return self._confirm_controlled(found, dry_player)
            fails = Fails(self.check.address, self._fails_afresh, self._passed.__contains__)
            confirmed = confirm(found.history, found.before, found.deviation, fails, dry_player)
            if not self.session.ownership.is_alone:  # that came to light on the way
                return self._confirm_controlled(found, dry_player)
        except Inconclusive as reason:
            is_ours = reason.ours or isinstance(reason, Unconfirmed)
            self._counterexample = None if is_ours else self._counterexample
            raise
        if confirmed is not None:
            found = self._counterexample
            return self._keep(found, Confirmation(confirmed, control=self._kept_control(found)))
        self._go_beyond()
        self.session.others.look_for_others()
        if not self.session.ownership.is_alone:
            self._counterexample = None
            raise Inconclusive("a deviation was seen once and not again, on an account that others use too")
        if not self._is_repeated and self._may_be_others(found):
            self._counterexample = None
            raise Inconclusive(_SEEN_ONCE.format(found.deviation.title))
        self._fails_afresh(found.history)
        self._keep_flaky(found)

    def _confirm_controlled(self, found: Counterexample, dry_player: DryPlayer) -> None:
        """Confirm by plays and controls, in turn: what is small first."""
        address = self.check.address
        plays = ControlledPlays(self.session, address, lambda history: self._deviation(history, None))
        for candidate in candidates(
            found.history, found.before[-_FEW_BEFORE:], found.deviation, address=address, dry_player=dry_player
        ):
            if len(candidate.history) > _LONGEST_CONTROLLED and not candidate.small:
                continue
            failing = plays.confirmed(candidate.history)
            if failing is not None:
                return self._keep_controlled(found, failing, dry_player)
        raise Unconfirmed(plays.trouble)

    def _keep_controlled(self, found: Counterexample, failing: ControlledFailure, dry_player: DryPlayer) -> None:
        play = failing.play
        assert play.deviation is not None, "it failed"
        if dry_player.deviation(play.history) is not None:
            raise Inconclusive("a defect of the suite: the simulator fails the same history", ours=True)
        shown = replace(found, history=play.history, deviation=play.deviation, transcript=play.transcript)
        control = self._written_control(failing.control, shown)
        words = f"failed again when replayed{failing.remark}; the simulator passes it; {control.words}"
        self._keep(shown, Confirmation(words, control=control))

    def keep_unconfirmed(self, reason: str) -> None:
        """Keep what contradicted the check, where the examination was broken off before it could be confirmed."""
        if self.failures or self._counterexample is None:
            return
        found, again = self._once_more(self._counterexample, reason)
        interrupted, session = reason == RUN_INTERRUPTED.reason, self.session
        self._go_beyond()
        is_doubtful = not again and not interrupted and session.ownership.is_alone and self._may_be_others(found)
        if not again and not is_doubtful and (not interrupted or session.counters.histories):
            session.others.look_for_others()
        why = reason or "the examination was broken off"
        if not session.ownership.is_alone:
            self.unconfirmed = f"a deviation was seen, but not confirmed {session.others.where_they_are()}: {why}"
        elif is_doubtful:
            self.unconfirmed = f"{_SEEN_ONCE.format(found.deviation.title)}: {why}"
        elif again is False:
            self._keep_flaky(found)
        else:
            self._keep(found, Confirmation(unconfirmed(why, times="twice" if again else "once")))

    def _once_more(self, found: Counterexample, reason: str) -> tuple[Counterexample, bool | None]:
        """What is shown of a failure at the budget's end, and whether it failed again; None where that is not known."""
        if self._is_repeated or (reason != USED_UP.reason and self.session.client.requests < self._effort.most):
            return found, self._is_repeated or None
        self._go_beyond()
        address, whole = self.check.address, found.history
        for history in dict.fromkeys((whole, self._unsent or whole)):
            again = fails_once_more(self.session, history, address, terms=self._terms, waits=self._waits)
            if isinstance(again, Deviation):
                return replace(found, history=history, deviation=again, transcript=self.session.transcript), True
            if again is not None and history == whole:
                return found, False
        return found, None  # that a shorter one passes says nothing of it

    def _may_be_others(self, found: Counterexample) -> bool:
        """Whether others may have caused what was seen once, where nothing says that nobody else uses the account."""
        return self.session.partition.target.endpoint.shared is None and others_may_explain(self.session, found)

    def _go_beyond(self) -> None:
        """Allow what may be sent beyond the budget, and of it few looks at gateways that stay at work."""
        client = self.session.client
        client.limit(self._effort.most + self._effort.beyond)
        client.poll_until(client.most)

    def _keep_flaky(self, found: Counterexample) -> None:
        """Keep what failed once, with the newest play, in which it did not."""
        again = self._write("-again", replace(found, transcript=self.session.transcript))
        self._keep(found, Confirmation("did not fail again when replayed", flaky=True, again=again))

    def _keep(self, found: Counterexample, confirmation: Confirmation) -> None:
        path = self._write("", found)
        address, deviation = self.check.address, found.deviation
        self.failures.append(failure(address, deviation, found.transcript, path=path, confirmation=confirmation))

    def _kept_control(self, found: Counterexample) -> Control | None:
        """The play without what is blamed, where it was made on the way and did not fail."""
        rest, blamed = without_blamed(found.history)
        if rest not in self._passed:
            return None
        return self._written_control(ControlPlay(rest, self._passed[rest], blamed), found)

    def _written_control(self, play: ControlPlay, found: Counterexample) -> Control:
        path = self._write("-control", replace(found, history=play.history, transcript=play.transcript), "control: ")
        return control_of(play, found.transcript, path)

    def _write(self, suffix: str, found: Counterexample, prefix: str = "") -> str:
        address = self.check.address
        path = f"transcripts/{address.replace('/', '-')}{suffix}.json"
        self.transcripts[path] = failure_transcript(
            address,
            replace(found.deviation, title=f"{prefix}{found.deviation.title}"),
            found.transcript,
            history=found.history,
            target=self.session.partition.target,
            terms=self._terms,
        )
        return path

    # --- Playing histories ------------------------------------------------------------------------------------

    def fails_here(self, history: History, mark: str | None = None) -> bool:
        """Play a history that the verdict rests on: whether it fails at this check's address.

        `mark`: what the tokens of a recorded history ended with.
        """
        self.examples += 1
        before = self.session.client.requests
        fails = self._fails_somewhere(history, mark)
        if fails and self.requests_to_failure is None:
            self.requests_to_failure = before + sum(sent.received is not None for sent in self.session.transcript)
        return fails

    def _fails_somewhere(self, history: History, mark: str | None) -> bool:
        """Play a history out of the way of others; again, where a deviation does not count as they disturbed it."""
        session = self.session
        for _ in range(_MOST_AGAIN):
            shared, before = not session.ownership.is_alone, session.disturbances
            played = clear_of_others(history, session.model, self.examples) if shared and mark is None else history
            self.played.append(played)
            fails = self._fails(played, mark)
            if session.is_late and len(self.played) > 1 and not session.patience:
                self._late.append(self.played[-2])
            if fails or session.disturbances == before:
                return fails
        return False

    def _search(self, number: int = 0) -> History | None:
        names = frozenset(row.name for row in PARAMETERS if row.holds_in(self._terms.spec))
        strategy = decoded_histories(self.session.partition, names, self.check.breakers)
        attempt = f" {number}" if number else ""
        number = zlib.crc32(f"{self._effort.seed} {self.check.address}{attempt}".encode())
        shrinks = MOST_PLAYS_AFTER if self.session.client.is_renewable else 0  # the rest is for a surrogate
        return search(strategy, self.fails_here, self._effort.examples, number, shrinks)

    def _fails_afresh(self, history: History) -> bool:
        self._unsent = history
        if self._effort.stop_confirming(self.session.client.requests + len(history)):
            raise BudgetUsed
        self.session.restart()
        fails = self._fails(history)
        self._unsent = None
        if not fails and not self.session.upkeep.disturbed:
            self._passed[history] = self.session.transcript
        return fails

    def _fails(self, history: History, mark: str | None = None) -> bool:
        """Play a history: whether it fails at this check's address. What belongs elsewhere is kept for later."""
        deviation = self._deviation(history, mark)
        if _MOST_DISTURBED < self.session.disturbances > len(self.played) / 2:
            changed = ", ".join(sorted(self.session.upkeep.disturbed)) or "a gateway"
            raise Inconclusive(f"somebody else changes {changed}")
        if deviation is None:
            return False
        address = deviation.address(self.check.address)
        before = tuple(self.played[-1 - _MOST_BEFORE : -1])
        found = self.session.counterexample(history, deviation, before)
        if self._is_confirming and self._counterexample is not None:
            self._is_repeated = self._is_repeated or self._counterexample.deviation.observed == deviation.observed
        if address == self.check.address:
            self._counterexample = found
            return True
        self.violations_elsewhere.setdefault(address, found)
        self._elsewhere += 1
        if self._counterexample is None and self._elsewhere > _MOST_ELSEWHERE and 2 * self._elsewhere > self.examples:
            raise Inconclusive(f"failures of {', '.join(sorted(self.violations_elsewhere))} come in between")
        return False

    def _deviation(self, history: History, mark: str | None) -> Deviation | None:
        session = self.session
        if self._effort.strand is not None and not self._is_confirming:
            self._effort.strand.rest()
        stop = self._effort.stop_confirming if self._is_confirming else self._effort.stop
        if session.counters.histories and stop(session.client.requests):
            raise BudgetUsed
        guard = self._guarded(history) if self._effort.most < inf else None
        may_continue = guard.watch(session, lambda: self._effort.most - session.client.requests) if guard else None
        if self._effort.writer is not None:
            before = self._recording.take_kept()
            self._effort.writer.plays(history, session.next_mark, judged=not self._is_confirming, before=before)
        deviation = session.play(history, waits_until_settled=self._waits, may_continue=may_continue, mark=mark)
        if deviation is None and session.is_cut and guard is not None:
            if not self._is_confirming:
                self.played[-1] = guard.beginning(session.reached + 1)
            raise BudgetUsed
        return deviation

    def _guarded(self, history: History) -> BudgetGuard:
        """What ends a history before it takes more requests than are left; none is begun that cannot be."""
        client = self.session.client
        guard = BudgetGuard(history, self.session.partition, self._terms, waits_until_settled=self._waits)
        if not guard.until(self._effort.most - client.requests, client.pace):
            raise BudgetUsed
        client.limit(self._effort.most)
        return guard
