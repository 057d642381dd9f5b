"""Vectors as a loader runs them, in whatever language: each by itself, one after another, on one account.

    A vector is run: its set-up, its request, the lists, the deletion of all that they show, and the lists again.

Rules of this file
1. No oracle, no journal, no retries: the file and the endpoint are all there is. The field has `checking.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from pbr_conformance.conformance.judge.interaction import Received
from pbr_conformance.conformance.judge.listing import Entry, deletion_of, entries_of, no_list
from pbr_conformance.simulator.documentation.sibling_operations import LARGEST_PAGE
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.strategies.plain_requests import look

from .document import TestVector, VectorRoute, VectorSuite, fresh
from .judging import Earlier, expected_lists, wrong_answer, wrong_list, wrong_step

Sender = Callable[[Request], Received]


class VectorLoader:
    """Runs the vectors of a file against whatever answers requests."""

    def __init__(self, suite: VectorSuite, target: Target, send: Sender) -> None:
        self._suite, self._target, self._send = suite, target, send
        self._earlier = Earlier()

    def failures(self) -> Iterator[tuple[TestVector, str]]:
        """Each vector that fails, and how, in the order of the file."""
        for number, vector in enumerate(self._suite.vectors):
            problem = self.run(vector, f"{number:08x}")
            if problem:
                yield vector, problem

    def run(self, vector: TestVector, unique: str) -> str:
        """Run one vector and delete what it made; what it contradicts, or nothing. `unique` goes into its tokens."""
        problem = self._played(vector, unique)
        left = self._cleaned(self._suite.setup_of(vector).routes)
        return problem or left

    def _played(self, vector: TestVector, unique: str) -> str:
        suite = self._suite
        for step in suite.setup_of(vector).steps:
            problem = wrong_step(step, self._sent(fresh(suite.request(step), unique)))
            if problem:
                return problem
        request = fresh(suite.request(vector), unique)
        received = self._send(request)
        problem = wrong_answer(suite, vector, request, received, self._earlier)
        self._earlier.note(request, received)
        if problem:
            return problem
        succeeded = isinstance(received, Answer) and received.status == 200
        lists = expected_lists(suite, vector, succeeded=succeeded)
        found = (self._differs(gateway, wanted) for gateway, wanted in lists.items() if wanted is not None)
        return next(filter(None, found), "")

    def _sent(self, request: Request) -> Received:
        received = self._send(request)
        self._earlier.note(request, received)
        return received

    def _differs(self, gateway: str, wanted: Sequence[VectorRoute]) -> str:
        entries = self._listed(gateway)
        return entries if isinstance(entries, str) else wrong_list(self._suite, gateway, wanted, entries)

    def _cleaned(self, gateways: Iterable[str]) -> str:
        """Delete all that the lists show; what they show then, in words."""
        for gateway in gateways:
            entries = self._listed(gateway)
            for entry in entries if not isinstance(entries, str) else ():
                self._send(deletion_of(self._target, gateway, entry))
            left = self._listed(gateway) if entries else []
            if left:
                return left if isinstance(left, str) else f"{gateway} still lists {left[0]} after its deletion"
        return ""

    def _listed(self, gateway: str) -> list[Entry] | str:
        """What a list shows; why it cannot be read."""
        page = {"PageNumber": "1", "PageSize": str(LARGEST_PAGE)}
        request = look(self._target, gateway)
        answer = self._send(Request(request.action, {**request.parameters, **page}))
        found = entries_of(answer) if isinstance(answer, Answer) else None
        if found is None:
            return f"the list of {gateway}: {no_list(answer) if isinstance(answer, Answer) else 'no answer'}"
        return found[0]
