"""The key of a target that would explain what requests sent at the same time were answered."""

from __future__ import annotations

import pytest

from pbr_conformance.conformance.account.found import FoundAccount
from pbr_conformance.conformance.engine.suspected_keys import suspected_keys
from pbr_conformance.conformance.transcripts.transcript_format import failure_transcript
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.model.target_file import at_url
from pbr_conformance.strategies.plain_requests import History, together
from tests.conformance.doubles import TARGET, TERMS, Unreliable, creation, honest, session_on, settling

AT_ONCE = settling(0)
APART = [creation(RouteSource=f"172.16.{number}.0/24") for number in range(4)]


def with_quota(quota: int) -> Target:
    """The account with a quota for its only gateway."""
    (gateway, *others) = TARGET.gateways
    return TARGET.model_copy(update={"gateways": (gateway.model_copy(update={"quota": quota}), *others)})


@pytest.mark.parametrize(("batch", "there"), [(APART[2:3], 2), (APART[2:], 2), (APART[2:], 4)])
def test_the_quota_is_named_where_the_answers_to_a_batch_show_that_it_is_wrong(batch: History, there: int) -> None:
    """The file declares room for three routes."""
    history, target = (*APART[:2], *together(*batch)), at_url(with_quota(3), "http://127.0.0.1:8642", "test")
    session = session_on(Unreliable(honest, with_quota(there), AT_ONCE), with_quota(3))
    deviation = session.play(history)
    assert deviation is not None
    transcript = session.transcript
    document = failure_transcript(
        "state/concurrent", deviation, transcript, history=history, target=target, terms=TERMS
    )
    assert suspected_keys(document, FoundAccount()) == ["gateways[0].quota = 3"]
