"""The scripts of a report on an account that others use: what a colleague makes while they run stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from pbr_conformance.conformance.judge.answer import Deviation
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.conformance.transcripts.transcript_format import failure_transcript
from pbr_conformance.simulator.documentation.actions import CREATE, DELETE
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.calls import deletion_of
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.routes import Route
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import DEFAULT, Dialect
from pbr_conformance.simulator.server.server import serving
from pbr_conformance.strategies.plain_requests import create
from tests.conformance.doubles import TARGET, creation
from tests.conformance.output.carried_out import carried_out, needs_sdk, needs_shell, texts

FORMS: Final = ("curl", "aliyun CLI", "Python SDK", "pytest")
SHARED: Final = TARGET.model_copy(
    update={"endpoint": TARGET.endpoint.model_copy(update={"shared": True, "lag_seconds": 1.0})}
)
LENIENT: Final = replace(DEFAULT, refuses=DEFAULT.refuses - {"route/same-key"}, settles_after=0)
"""Routes that differ in weight or priority alone may be on a gateway together."""
OURS: Final = creation()
DELETION: Final = deletion_of(OURS)


def transcript_of(*history: Request) -> Mapping[str, Any]:
    """A transcript of requests that all succeeded, the last of which should not have."""
    deviation = Deviation(("format/missing",), "Accepted", "a rule", ("any 4xx",), "HTTP 200")
    found = failure_transcript(
        "format/missing", deviation, [], history=history, target=SHARED, terms=Judgement(DEFAULT_SPEC)
    )
    return found | {
        "exchanges": [
            {"action": each.action, "caller": "owner", "parameters": dict(each.parameters), "note": "", "status": 200}
            for each in history
        ]
    }


class Colleague:
    """Changes the account just before, or after, one of the requests of an action takes effect, and only once."""

    def __init__(self, action: str, *requests: Request, before: bool = False, number: int = 1) -> None:
        self._action, self._requests, self._before, self._left = action, requests, before, number
        self.theirs: list[Route] = []
        """What it made."""
        self.last: Account | None = None

    def __call__(self, account: Account, request: Request, now: int, dialect: Dialect) -> tuple[Account, Any]:
        self._left -= request.action == self._action
        is_time = request.action == self._action and self._left == 0
        if is_time and self._before:
            account = self._at_work(account, now - 50, dialect)
        account, answer = step(account, request, now, dialect)
        if is_time and not self._before:
            account = self._at_work(account, now + 50, dialect)
        self.last = account
        return account, answer

    def _at_work(self, account: Account, now: int, dialect: Dialect) -> Account:
        for request in self._requests:
            account, answer = step(account, request, now, dialect)
            assert isinstance(answer, Answer), answer
            assert answer.status == 200, answer
            if request.action == CREATE:
                self.theirs += [route for route in account.table("vpn-one") if route.created == now]
        return account

    @property
    def left(self) -> list[Route]:
        """The routes of the gateway as they are now."""
        assert self.last is not None
        return list(self.last.table("vpn-one"))


REPLACED: Final = (DELETION, OURS)
OTHERWISE: Final = (create({**OURS.parameters, "Weight": "0", "Priority": "77"}),)
CASES: Final[Mapping[str, tuple[tuple[Request, ...], Callable[[], Colleague]]]] = {
    "the same to the letter, after ours was answered": ((OURS,), lambda: Colleague(CREATE, *REPLACED)),
    "the same with another weight and priority": ((OURS,), lambda: Colleague(CREATE, *OTHERWISE)),
    "the same with another weight and priority, before": ((OURS,), lambda: Colleague(CREATE, *OTHERWISE, before=True)),
    "the same to the letter, before ours, which is refused": (
        (OURS,),
        lambda: Colleague(CREATE, OURS, before=True),
    ),
    "the same to the letter, before a deletion of the history": (
        (OURS, DELETION, creation(Description="again")),
        lambda: Colleague(CREATE, *REPLACED),
    ),
    "the same to the letter, after a deletion of the history": (
        (OURS, DELETION, creation(RouteDest="10.9.0.0/24")),
        lambda: Colleague(DELETE, OURS),
    ),
}


@pytest.mark.slow
@needs_shell
@needs_sdk
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("case", CASES)
def test_what_a_colleague_made_stays_and_ours_goes(case: str, form: str, tmp_path: Path) -> None:
    history, at_work = CASES[case]
    colleague = at_work()
    with serving(SHARED, stepper=colleague, dialect=LENIENT) as url:
        ended = carried_out(texts(transcript_of(*history))[form], url, tmp_path)
    assert colleague.theirs, (ended, "the colleague was never at work")
    assert colleague.left == colleague.theirs, ended
