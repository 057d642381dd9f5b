"""What is not known yet of how conditions come together, and the requests that show it.

Rules of this file
1. A meeting whose answer does not follow from what is known is asked about; one whose answer does, never is. So what
   is left in the end is what no request that was found could show.
2. Two meetings in which the same may be answered have the same answer: one of them is asked about.
3. The cheapest first: those that need no routes, then those that share them. Of several texts that could be added to
   one, the one in the middle of the order.
4. Where the routes before would themselves be refused, another request with the same meeting is taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .constraints import Able, Knowledge
from .met_together import LeftoverQueries, Meeting, Meetings
from .query_runner import words
from .variants import Met, Question


@dataclass(eq=False)
class Remaining:
    """Goes through the meetings of a target until all their answers follow from what is known."""

    knowledge: Knowledge
    meetings: Meetings
    tried: set[str]
    dry: bool = False
    """Whether dry runs are looked at."""
    _asked: set[Able] = field(default_factory=set)

    def questions(self) -> Iterator[Question]:
        """The questions, each when the answers to those before are known."""
        known = -1
        while known != len(self.knowledge.observations):
            known = len(self.knowledge.observations)
            for meeting in self.meetings.core:
                yield from self._about(meeting)

    def _about(self, meeting: Meeting) -> Iterator[Question]:
        """All that a meeting can show: alone, and with one text more that is met anywhere."""
        if self._tells(meeting.met):
            yield from self._put(meeting, None)
        left = [fringe for fringe in self.meetings.fringe if self._can_matter(meeting, fringe)]
        while left := [fringe for fringe in left if self._tells((*meeting.met, *fringe.met))]:
            left.sort(key=self._rank)
            fringe = left.pop(len(left) // 2)
            yield from self._put(meeting, fringe)

    def _rank(self, fringe: LeftoverQueries) -> int:
        """The more is known to come later, the earlier it comes."""
        return max(len(self.knowledge.later.get(each.name, ())) for each in fringe.met)

    def _can_matter(self, meeting: Meeting, fringe: LeftoverQueries) -> bool:
        """Whether a text can change what comes of a meeting in a way that is not known."""
        knowledge = self.knowledge
        if all(knowledge.state(each, self.dry) is False for each in fringe.met):
            return False
        names = knowledge.outcomes(meeting.met, self.dry)
        if len(names) > 1:
            return True
        (winner,) = names
        return winner != "" and not all(
            each.name in knowledge.later.get(winner, ()) or winner in knowledge.later.get(each.name, ())
            for each in fringe.met
        )

    def _tells(self, met: tuple[Met, ...]) -> bool:
        """Whether different answers may come of a meeting, and none like it was asked about."""
        knowledge = self.knowledge
        names = knowledge.outcomes(met, self.dry)
        said = [frozenset(knowledge.answer(each) for each in met if each.name == name) for name in names]
        if names == {""} or (len(set(said)) == 1 and said[0] - {None}):
            return False
        return knowledge.able(met, self.dry) not in self._asked

    def _put(self, meeting: Meeting, fringe: LeftoverQueries | None) -> Iterator[Question]:
        """The first way to ask that was not tried and whose routes are not known to be refused."""
        met = meeting.met if fringe is None else (*meeting.met, *fringe.met)
        for question in meeting.questions:
            hurdles = self.meetings.hurdles.get(question.before, ())
            if any(self.knowledge.state(each, False) for each in hurdles):
                continue
            put: Question | None = question if fringe is None else fringe.on(question)
            if self.dry and put is not None:
                put = put.as_dry_run()
            if put is not None and words(put) not in self.tried:
                able, known = self.knowledge.able(met, self.dry), len(self.knowledge.observations)
                yield put
                if len(self.knowledge.observations) > known:
                    self._asked.add(able)
                    return
