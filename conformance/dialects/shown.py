"""What a question shows of a dialect: the pins that would give another answer if they were decided otherwise.

Rules of this file
1. A pin is shown only where the other answer says which pin it is: a condition that is let pass among others has codes
   that none of those has.
2. Of the order, and of what is refused where it is a MAY, no dry run shows anything: it may look at less.
3. Of several cases that a condition meets, a decision is shown only if it alone makes the answer what it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from simulator.conditions import DRY_RUN_MAY_PASS
from simulator.documentation import error

from .pinned import Pinned
from .ways import Met, Question

Pin = tuple[object, ...]


class Showing:
    """What questions show of one dialect."""

    def __init__(self, pins: Pinned) -> None:
        self._pins = pins
        self._after: dict[str, frozenset[str]] = {}

    def is_refused(self, question: Question) -> bool:
        """Whether something that a question meets is refused."""
        return any(self._refuses(met, question.dry) for met in question.met)

    def about(self, question: Question) -> str:
        """The condition that a question is about."""
        return next((met.name for met in self._first(question)), question.met[0].name)

    def shown(self, question: Question) -> set[Pin]:
        """What would be answered otherwise, if it were decided otherwise."""
        if any(self._refuses(met, question.dry) is None for met in question.met):
            return set()
        first = self._first(question)
        if not first:
            return self._passing(question) if question.dry or question.creates else set()
        if len(first) > 1:
            return set()
        met = first[0]
        shown: set[Pin] = {("answer", met.name, met.errors, "" if met.errors else met.parameter)}
        if question.dry and met.skippable:
            shown.add(("dry run", met.name))
        if question.dry:
            return shown
        refused = [case for case in met.cases or ("",) if self._decided(met.name, case)]
        if not met.must and len(refused) == 1:
            shown.add(("decision", met.name, refused[0]))
        return shown | self._steps(question, first) | set(self._before(question, met))

    def _steps(self, question: Question, first: list[Met]) -> set[Pin]:
        """The order of what is answered, and of what else is refused."""
        return {
            ("order", met.name, other.name)
            for met in first
            for other in question.met
            if other.name in self._pins.beats.get(met.name, ()) and self._refuses(other, question.dry)
        }

    def shown_vaguely(self, question: Question) -> set[Pin]:
        """The decisions and steps that would change the answer, too, although it might not say which of them it was."""
        first = self._first(question)
        if len({met.name for met in first}) > 1 or None in (self._refuses(met, question.dry) for met in question.met):
            return set()
        sure, beats = {met.name for met in first}, self._pins.beats
        return self._steps(question, first) | {
            ("decision", met.name, case)
            for met in question.met
            if not met.must and (met in first or (not question.dry and sure <= beats.get(met.name, frozenset())))
            for case in met.cases or ("",)
            if self._decided(met.name, case) is (met in first)
        }

    def let_pass(self, question: Question, dry: bool) -> frozenset[str]:
        """Conditions of a question that are let pass together, each with codes of its own."""
        chosen: dict[str, frozenset[str]] = {}
        for met in question.met:
            codes = _codes(met)
            free = all(other != codes and not other & codes for other in chosen.values())
            if met.name not in chosen and free and self._refuses(met, dry) is False:
                chosen[met.name] = codes
        return frozenset(chosen)

    def _before(self, question: Question, first: Met) -> Iterator[Pin]:
        """The MAYs that are let pass, and would else be answered before what is."""
        for met in question.met:
            if self._refuses(met, False) is not False or first.name not in self._pins.beats.get(met.name, ()):
                continue
            others = (_codes(other) for other in question.met if other.name != met.name)
            if not any(codes == _codes(met) or codes & _codes(met) for codes in others):
                yield from (("decision", met.name, case) for case in met.cases or ("",))

    def right_after(self, name: str) -> frozenset[str]:
        """What comes after a condition with nothing known in between."""
        if name not in self._after:
            after = self._pins.beats.get(name, frozenset())
            between = frozenset[str]().union(*(self._pins.beats.get(each, frozenset()) for each in after))
            self._after[name] = after - between
        return self._after[name]

    def _passing(self, question: Question) -> set[Pin]:
        """What is shown where nothing is refused: each MAY that is let pass, and what a dry run passes over.

        Of what a dry run need not look at, it does not show that it is let pass.
        """
        shown: set[Pin] = {("passes",)} if question.dry else set()
        for met in question.met:
            codes = _codes(met)
            others = [_codes(other) for other in question.met if other.name != met.name]
            if any(other == codes or other & codes for other in others):
                continue
            if self._refuses(met, False):
                shown.add(("dry run", met.name))
            elif not question.dry or met.name not in DRY_RUN_MAY_PASS:
                shown |= {("decision", met.name, case) for case in met.cases or ("",)}
        return shown

    def _first(self, question: Question) -> list[Met]:
        """The conditions that are answered: one, where the question is a good one."""
        refused = [met for met in question.met if self._refuses(met, question.dry)]
        beaten = frozenset[str]().union(*(self._pins.beats.get(met.name, frozenset()) for met in refused))
        return [met for met in refused if met.name not in beaten]

    def _refuses(self, met: Met, dry: bool) -> bool | None:
        ruling = self._pins.ruling(met.name)
        refused = True if met.must else ruling.refuses(met.cases)
        if dry and met.skippable and refused is not False:
            return None if ruling.skips is None else refused and not ruling.skips
        return refused

    def _decided(self, name: str, case: str) -> bool:
        return bool(self._pins.ruling(name).refuses((case,) if case else ()))


def _codes(met: Met) -> frozenset[str]:
    """The codes that may answer a condition; none stands for any that no row has."""
    return frozenset(error(row).code for row in met.errors)
