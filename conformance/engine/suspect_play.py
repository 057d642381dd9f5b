"""Plays a history with other values, to see whether the routes that no answer named follow it.

Rules of this file
1. On an account that nobody else was seen to use, such a route is the endpoint's fault only once it followed.
2. One that does not follow is somebody else's: from then on others are known to use the account.
3. Where the history cannot be moved, or no request is left for it, nothing is proved: the routes are left and named,
   and a refusal, which is right if they are somebody else's, is no deviation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from pbr_conformance.conformance.client.retrying import Inconclusive
from pbr_conformance.conformance.judge.answer import Deviation
from pbr_conformance.conformance.judge.unknown_values import tells_of_quota
from pbr_conformance.simulator.model.messages import Answer
from pbr_conformance.strategies.plain_requests import History

from .equivalents import clear_of_others, moved

if TYPE_CHECKING:
    from .session import Session

_PLACE: Final = 40
"""The number of the place to which the history is moved, if that is free."""


def is_followed(
    session: Session, history: History, play: Callable[[History], Deviation | None], cost: int
) -> bool | None:
    """Whether suspects follow the history, None where it cannot be told; the session shows the first play anyhow.

    `cost`: how many requests the first play took.
    """
    elsewhere = moved(history, _PLACE)
    if elsewhere is None or session.client.requests + cost > session.client.most:
        return None
    first, session.suspects = session.suspects, ()
    transcript, reached, is_cut = session.transcript, session.reached, session.is_cut
    try:
        deviation = play(clear_of_others(elsewhere, session.model, _PLACE))
    except Inconclusive:
        return None
    finally:
        answers = [sent.received for sent in session.transcript]
        second, session.suspects = session.suspects, first
        session.transcript, session.reached, session.is_cut = transcript, reached, is_cut
    keys = {entry.key for _, entry in first}
    if deviation is None and any(isinstance(each, Answer) and tells_of_quota(each) for each in answers):
        return None  # what the first play left may count among the routes that the gateway has
    if deviation is None or not second or any(entry.key in keys for _, entry in second):
        session.ownership.is_alone = False
        return False
    session.others.convict((*first, *second))
    return True
