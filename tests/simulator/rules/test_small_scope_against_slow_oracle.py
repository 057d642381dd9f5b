"""The oracle against the slow one without dice: in every state that few operations lead to, every request."""

from __future__ import annotations

from collections import Counter
from fnmatch import fnmatchcase
from typing import Final

import pytest

from pbr_conformance.conformance.explore.symmetry import StateKey, key_of
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.strategies.small_scope import Scope, small_scopes
from tests.simulator.rules.test_against_slow_oracle import TARGET, Both
from tests.simulator.slow_oracle import SlowAccount

SCOPES: Final = small_scopes(TARGET, DEFAULT_SPEC)
DEEPEST: Final = ("values, single-tunnel", "tokens*", "the last place*")
"""Where what was done before matters most."""
ALIKE: Final = [scope.name for scope in SCOPES if scope.name.startswith("faults")][1:]
"""Of the many wrong requests those of the first gateway are tried beside its routes, those of the others alone."""


def depth(scope: Scope) -> int:
    """How many operations the longest history has."""
    is_deep = any(fnmatchcase(scope.name, pattern) for pattern in DEEPEST)
    return 1 if scope.name in ALIKE else 3 if is_deep else 2


class Here(Both):
    """One account, kept twice, where some operations have led; every request is tried from there."""

    @classmethod
    def begun(cls, scope: Scope) -> Here:
        """After what is there before the histories of a scope."""
        here = cls(TARGET)
        for request in scope.before:
            assert here.send(request).status == 200
        return here.rested()

    def rested(self) -> Here:
        """Some seconds later."""
        self._now += 5_000
        return self

    @property
    def key(self) -> StateKey:
        """The state."""
        return key_of([self.fast], "")

    def tried(self, request: Request) -> tuple[str, Here | None]:
        """What comes of a request, compared, and where it leads if that is somewhere else."""
        if request.action == CREATE:
            assert self.faults(request) == self.slow.assess(request.parameters, request.caller)
            assert self.verdict(request) == self.slow.allowed(request.parameters, request.caller)
        answer = step(self.fast, request, self._now)[1]
        if answer.status != 200:
            return answer.code or "", None
        there = Here(TARGET)
        there.fast, there._now = self.fast, self._now
        routes = {gateway: [*kept] for gateway, kept in self.slow.routes.items()}
        tokens = {token: [*kept] for token, kept in self.slow.tokens.items()}
        there.slow = SlowAccount(TARGET, routes, tokens, self.slow.count)
        there.send(request)
        return request.action, there.rested()


@pytest.mark.slow
@pytest.mark.parametrize("scope", SCOPES, ids=[scope.name for scope in SCOPES])
def test_both_agree_on_every_request_in_every_state(scope: Scope) -> None:
    level = [Here.begun(scope)]
    known, answers = {level[0].key}, Counter[str]()
    for _ in range(depth(scope)):
        found = [here.tried(request) for here in level for request in scope.requests]
        answers.update(answer for answer, _ in found)
        new = {there.key: there for _, there in found if there is not None}
        level = [there for key, there in new.items() if key not in known]
        known.update(new)
    assert answers.total() >= len(scope.requests)
    assert len(answers) > 3
