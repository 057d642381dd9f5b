"""What a question shows of a dialect: the pins that would give another answer if they were decided otherwise.

Rules of this file
1. A pin is turned round, and the question is answered again: it shows the pin if no answer is the same as before, and
   clearly, if each of the answers would be said to depart from that pin and no other.
2. Of the order, and of what is refused where it is a MAY, no dry run shows anything clearly: it may look at less.
3. Of several conditions with one answer that may be the first, the message that they share is shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from pbr_conformance.simulator.rules.conditions import BY_ID, DRY_RUN_MAY_PASS

from .enforcement import explain
from .evaluator import AnswerOf, Met, Outcomes, codes_of
from .learned_dialect import LearnedDialect, OrderStep, word_of
from .questions import Query

Pin = tuple[object, ...]
"""A kind, and what it is about."""
_ANY: Final = "Any.Code.That.NoRowHas"


@dataclass(frozen=True, eq=False)
class _Turned:
    """A pin, the dialect in which it is decided otherwise, and the rule that such an answer departs from."""

    pin: Pin
    now: LearnedDialect
    names: frozenset[str]
    """The conditions that a request has to meet for it to matter."""
    rules: tuple[str, ...]

    def explains(self, rule: str) -> bool:
        """Whether a departure from a rule is put down to this, and to nothing else."""
        alone = not any(f" or {name} " in f"{rule} " or f"{name} or " in rule for name in self.names)
        return alone and any(each in rule for each in self.rules)


class Showing:
    """What questions show of one dialect."""

    def __init__(self, pins: LearnedDialect) -> None:
        self._pins = pins

    def is_refused(self, question: Query) -> bool:
        """Whether something that a question meets is refused."""
        return not self._pins.outcomes(question.met, question.dry).success

    def about(self, question: Query) -> str:
        """The condition that a question is about."""
        outcomes = self._pins.outcomes(question.met, question.dry)
        first = [each for each in outcomes.winners if each in outcomes.refused]
        return next((each.name for each in (*first, *question.met)), "dry-run/passes")

    def shown(self, question: Query) -> tuple[set[Pin], set[Pin]]:
        """What would be answered otherwise, if it were decided otherwise: clearly, or without saying what it was."""
        pins, met, dry = self._pins, question.met, question.dry
        unsure = pins.unasked(question.last, met)
        outcomes = pins.outcomes(met, dry, unsure)
        clear, vague = set(self._answers(question, outcomes)), set[Pin]()
        usual = possible(pins, outcomes)
        if len(usual) > 1 or not (outcomes.refused or dry or question.creates):
            return clear, vague
        for turned in self._turned_of(question):
            now = possible(turned.now, turned.now.outcomes(met, dry, unsure))
            if usual & now:
                continue
            said = [explain(pins, met, dry, each, unsure) for each in now]
            is_clear = all(each is not None and turned.explains(each.rule) for each in said)
            is_clear = is_clear and (turned.pin[0] == "dry run" or not dry or outcomes.success)
            (clear if is_clear else vague).add(turned.pin)
        return clear, vague

    def _answers(self, question: Query, outcomes: Outcomes) -> Iterator[Pin]:
        """The answer and the message of what is known to be answered."""
        if outcomes.success:
            if question.dry and not outcomes.winners:
                yield ("passes",)
            return
        if any(each not in outcomes.refused for each in outcomes.winners):
            return
        rows = {self._pins.row_of(each) for each in outcomes.winners}
        if len(rows) == 1 and None not in rows:
            yield "message", *rows
        if len(outcomes.winners) == 1:
            yield "answer", *outcomes.winners[0].key

    # --- Pins ---------------------------------------------------------------------------------------------------

    def _turned_of(self, question: Query) -> Iterator[_Turned]:
        names = question.names
        for name in sorted(names):
            yield from (each for each in self._turned.get(name, ()) if each.names <= names)

    @cached_property
    def _turned(self) -> dict[str, list[_Turned]]:
        """Condition -> the pins that are about it, or about its place before others."""
        found: dict[str, list[_Turned]] = {}
        for name, rule in self._pins.conditions.items():
            found[name] = [self._decided(name, case) for case in self._known_cases(name)]
            if rule.dry_run in ("skips", "looks"):
                other = replace(rule, dry_run="looks" if rule.dry_run == "skips" else "skips")
                turned = self._pins.with_rule(name, other)
                rules = (f"a dry run looks at {name}", f"a dry run passes over {name}")
                refused = f"{name} is refused where it is a MAY, and a dry run looks at it"
                found[name].append(_Turned(("dry run", name), turned, frozenset({name}), (*rules, refused)))
        for first in self._pins.beats:
            found.setdefault(first, []).extend(self._swapped(first, then) for then in sorted(self.right_after(first)))
        return found

    def _known_cases(self, name: str) -> list[str]:
        cases = [case.name for case in BY_ID[name].cases] or [""]
        return [case for case in cases if self._pins.decision(name, case) is not None]

    def _decided(self, name: str, case: str) -> _Turned:
        rule, other = self._pins.rule(name), word_of(not self._pins.decision(name, case))
        now = replace(rule, cases={**rule.cases, case: other}) if case else replace(rule, decision=other)
        if self._pins.skips(name) is None and name not in DRY_RUN_MAY_PASS:
            now = replace(now, dry_run="looks")  # as long as nothing else is known
        rules = tuple(f"{name} is {decided} where it is a MAY" for decided in ("refused", "let pass"))
        return _Turned(("decision", name, case), self._pins.with_rule(name, now), frozenset({name}), rules)

    def _swapped(self, first: str, then: str) -> _Turned:
        beats = {**self._pins.beats, first: self._pins.beats[first] - {then}}
        beats[then] = beats.get(then, frozenset()) | {first}
        order = tuple(OrderStep(name, tuple(later)) for name, later in beats.items() if later)
        rules = (f"{first} is answered before {then}",)
        return _Turned(("order", first, then), replace(self._pins, order=order), frozenset({first, then}), rules)

    def right_after(self, name: str) -> frozenset[str]:
        """What comes after a condition with nothing known in between."""
        beats = self._pins.beats
        after = beats.get(name, frozenset())
        return after.difference(*(beats.get(each, frozenset()) for each in after))

    def let_pass(self, question: Query, dry: bool) -> frozenset[str]:
        """Conditions of a question that are let pass together, each with codes of its own."""
        chosen: dict[str, frozenset[str]] = {}
        for met in self._pins.outcomes(question.met, dry).accepted:
            codes = frozenset(str(each.code) for each in answers_of(self._pins, met))
            if met.name not in chosen and not any(codes & other for other in chosen.values()):
                chosen[met.name] = codes
        return frozenset(chosen)


def possible(pins: LearnedDialect, outcomes: Outcomes) -> frozenset[AnswerOf]:
    """Every answer that may come, as far as is known."""
    found = {each for met in outcomes.winners for each in answers_of(pins, met)}
    return frozenset(found | ({AnswerOf(None, None)} if outcomes.success else set()))


def answers_of(pins: LearnedDialect, met: Met) -> list[AnswerOf]:
    """The answers that a condition may be given, as far as is known."""
    known = pins.answer(met)
    if known is not None and known.code:
        return [known]
    return [AnswerOf(code, None) for code in sorted(codes_of(met)) or [_ANY]]
