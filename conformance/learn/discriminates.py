"""What a question shows of a dialect: the pins that would give another answer if they were decided otherwise.

Rules of this file
1. A pin is shown only where the other answer says which pin it is: a condition that is let pass among others has codes
   that none of those has.
2. Of the order, and of what is refused where it is a MAY, no dry run shows anything: it may look at less.
3. Of several conditions with one answer that may be the first, no decision is shown, but the message that they share.
4. Of several cases that a condition meets, a decision is shown only if it alone makes the answer what it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from pbr_conformance.simulator.documentation.create import error, errors_of
from pbr_conformance.simulator.rules.conditions import DRY_RUN_MAY_PASS

from .enforcement import code_of, message_of, row_of
from .learned_dialect import LearnedDialect
from .variants import Met, Question

Pin = tuple[object, ...]


class Showing:
    """What questions show of one dialect."""

    def __init__(self, pins: LearnedDialect) -> None:
        self._pins = pins
        self._after: dict[str, frozenset[str]] = {}

    def is_refused(self, question: Question) -> bool:
        """Whether something that a question meets is refused."""
        return any(self.refuses(met, question.dry) for met in question.met)

    def about(self, question: Question) -> str:
        """The condition that a question is about."""
        return next((met.name for met in self._first(question)), question.met[0].name)

    def shown(self, question: Question) -> set[Pin]:
        """What would be answered otherwise, if it were decided otherwise."""
        first = self._first(question)
        if self._is_open(question, first):
            return set()
        if not first:
            return self._passing(question) if question.dry or question.creates else set()
        rows = {row_of(self._pins, met.name, met.errors) for met in first}
        message: set[Pin] = {("message", *rows)} if len(rows) == 1 and rows != {None} else set()
        if len(first) > 1:
            return message
        met = first[0]
        shown = message | {("answer", met.name, met.errors, "" if met.errors else met.parameter)}
        if self._is_alike(question, met):
            return shown
        if question.dry and met.skippable:
            shown.add(("dry run", met.name))
        if question.dry:
            return shown | set(self._passed_over(question, met))
        refused = [case for case in met.cases or ("",) if self._decided(met.name, case)]
        if not met.must and len(refused) == 1:
            shown.add(("decision", met.name, refused[0]))
        return shown | self._steps(question, first, clearly=True) | set(self._before(question, met))

    def _is_alike(self, question: Question, first: Met) -> bool:
        """Whether the answer would be the same if the first were let pass: then neither that nor a step shows."""
        rest = [met for met in question.met if met.name != first.name and self.refuses(met, question.dry)]
        return bool(rest) and {self._said(met) for met in self._ahead(rest)} == {self._said(first)}

    def _said(self, met: Met) -> tuple[str | None, str | None]:
        """The code and the message that a condition is answered with, as far as they are known."""
        return self._answer(met), message_of(self._pins, met.name, met.errors, met.parameter)

    def _is_open(self, question: Question, first: list[Met]) -> bool:
        """Whether something that may be refused, for all that is known, may be answered in the place of the first."""
        beaten = frozenset[str]().union(*(self._pins.beats.get(met.name, frozenset()) for met in first))
        return any(self.refuses(met, question.dry) is None and met.name not in beaten for met in question.met)

    def _steps(self, question: Question, first: list[Met], *, clearly: bool) -> set[Pin]:
        """The order of what is answered, and of what else is refused; `clearly`: that has an answer of its own."""
        later = [met for met in question.met if self.refuses(met, question.dry)]
        beaten = [(one, met) for one in first for met in later if met.name in self._pins.beats.get(one.name, ())]
        said = Counter(answer for answer, _ in {(self._answer(met), met.name) for _, met in beaten})
        return {("order", one.name, met.name) for one, met in beaten if not clearly or said[self._answer(met)] == 1}

    def _codes(self, met: Met) -> frozenset[str]:
        """The codes that may answer a condition, as far as is known; none stands for any that no row has."""
        known = self._answer(met)
        return frozenset(error(row).code for row in met.errors) if known is None else frozenset({known})

    def _answer(self, met: Met) -> str | None:
        """The code that a condition is answered with, as far as it is known."""
        return code_of(self._pins, met.name, met.errors, met.parameter)

    def shown_vaguely(self, question: Question) -> set[Pin]:
        """The decisions and steps that would change the answer, too, although it might not say which of them it was."""
        first = self._first(question)
        if len({met.name for met in first}) > 1 or self._is_open(question, first):
            return set()
        if first and self._is_alike(question, first[0]):
            return set()
        sure, beats = {met.name for met in first}, self._pins.beats
        return self._steps(question, first, clearly=False) | {
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
            codes = self._codes(met)
            free = not any(_share(codes, other) for other in chosen.values())
            if met.name not in chosen and free and self.refuses(met, dry) is False:
                chosen[met.name] = codes
        return frozenset(chosen)

    def _before(self, question: Question, first: Met) -> Iterator[Pin]:
        """The MAYs that are let pass, and would else be answered before what is."""
        for met in question.met:
            if self.refuses(met, False) is not False or first.name not in self._pins.beats.get(met.name, ()):
                continue
            if self._has_own_codes(question, met):
                yield from (("decision", met.name, case) for case in met.cases or ("",))

    def _passed_over(self, question: Question, first: Met) -> Iterator[Pin]:
        """What a dry run passes over, and would else be answered before what is."""
        for met in question.met:
            if not self.refuses(met, False) or self.refuses(met, True) is not False:
                continue
            if first.name in self._pins.beats.get(met.name, ()) and self._has_own_codes(question, met):
                yield "dry run", met.name

    def _has_own_codes(self, question: Question, met: Met) -> bool:
        """Whether nothing else that a question meets may be answered with the codes of a condition."""
        codes = self._codes(met)
        others = (self._codes(other) for other in question.met if other.name != met.name)
        return not any(_share(codes, other) for other in others)

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
            if not self._has_own_codes(question, met):
                continue
            if self.refuses(met, False):
                shown.add(("dry run", met.name))
            elif not question.dry or met.name not in DRY_RUN_MAY_PASS:
                shown |= {("decision", met.name, case) for case in met.cases or ("",)}
        return shown

    def _first(self, question: Question) -> list[Met]:
        """The conditions that are answered: one, where the question is a good one."""
        return self._ahead([met for met in question.met if self.refuses(met, question.dry)])

    def _ahead(self, refused: list[Met]) -> list[Met]:
        beaten = frozenset[str]().union(*(self._pins.beats.get(met.name, frozenset()) for met in refused))
        return [met for met in refused if met.name not in beaten]

    def refuses(self, met: Met, dry: bool) -> bool | None:
        """Whether a condition is refused where it is met so; None where that is not known."""
        ruling = self._pins.ruling(met.name)
        refused = True if met.must else ruling.refuses(met.cases)
        if dry and met.skippable and refused is not False:
            return None if ruling.skips is None else refused and not ruling.skips
        return refused

    def _decided(self, name: str, case: str) -> bool:
        return bool(self._pins.ruling(name).refuses((case,) if case else ()))


def _share(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether there is a code that both may have; none stands for any that no row of the error table has."""
    free = [not codes or not all(map(errors_of, codes)) for codes in (one, other)]
    return bool(one & other) or (all(free) and not (one and other))
