"""Vectors as a loader runs them, in whatever language: each by itself, one after another, on one account.

    A vector is run: its set-up, its request, the lists, the deletion of all that they show, and the lists again.

Rules of this file
1. No oracle, no journal, no retries: the file and the endpoint are all there is. The field has `checking.py`.
2. A mutant that needs a pause, or requests at the same time, counts as surviving: no vector has either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from pbr_conformance.conformance.client.endpoint import Embedded
from pbr_conformance.conformance.execute.processes import WorkerPool
from pbr_conformance.conformance.judge.interaction import Received
from pbr_conformance.conformance.judge.listing import Entry, deletion_of, entries_of, no_list
from pbr_conformance.conformance.mutants import MUTANTS
from pbr_conformance.conformance.mutants.mutant import Mutant
from pbr_conformance.simulator.documentation.sibling_operations import LARGEST_PAGE
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.strategies.plain_requests import look

from .document import TestVector, VectorRoute, VectorScore, VectorSuite, fresh
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


def scored(suite: VectorSuite, target: Target, mutants: Sequence[Mutant] = MUTANTS, *, workers: int = 1) -> VectorSuite:
    """The file with its mutation score. The right simulator passes each vector."""
    if workers == 1:
        exposed = [exposes(suite, target, mutant) for mutant in mutants]
    else:
        with WorkerPool(workers) as processes:
            running = [processes.submit(exposes, suite, target, mutant) for mutant in mutants]
            exposed = [each.result() for each in running]
    survived = tuple(mutant.name for mutant, is_exposed in zip(mutants, exposed, strict=True) if not is_exposed)
    score = VectorScore(mutants=len(mutants), killed=sum(exposed), survived=survived)
    return suite.model_copy(update={"mutation_score": score})


def exposes(suite: VectorSuite, target: Target, mutant: Mutant) -> bool:
    """Whether a vector fails on a mutant."""
    if mutant.needs is not None:
        return False
    endpoint = Embedded(target, Dialect(spec=suite.spec, settles_after=0), mutant.stepper)
    return any(VectorLoader(suite, target, endpoint.send).failures())
