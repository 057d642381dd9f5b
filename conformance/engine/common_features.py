"""Plain statements that are true of failing requests, so that failures can be seen to have something in common.

Rules of this file
1. A statement is about the request at fault, which is the last of its history, and what was sent before it.
2. Only some of them say something on their own: those name a cause where no mistake is known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from pbr_conformance.simulator.documentation.actions import CREATE, DELETE
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.rules.creation import creation_of
from pbr_conformance.strategies.plain_requests import TOGETHER, History

_Holds = Callable[[Request, Sequence[Request]], bool]


def _has_known_token(last: Request, before: Sequence[Request]) -> bool:
    token = last.get("ClientToken")
    return bool(token) and any(each.get("ClientToken") == token for each in before)


def _is_replay(last: Request, before: Sequence[Request]) -> bool:
    return bool(last.get("ClientToken")) and last in before


_TELLING: Final[dict[str, _Holds]] = {
    "The request at fault is an earlier one, sent again with its ClientToken": _is_replay,
    "The request at fault has a ClientToken that an earlier request had, with other parameters": lambda last, before: (
        _has_known_token(last, before) and last not in before
    ),
    "The request at fault is a dry run": lambda last, _: creation_of(last).dry_run is True,
    "The request at fault is not signed by the owner": lambda last, _: last.caller != "owner",
    "A route was deleted before the request at fault": lambda _, before: any(each.action == DELETE for each in before),
    "Requests were sent at the same time": lambda _, before: any(each.action == TOGETHER for each in before),
}
_OTHERS: Final[dict[str, _Holds]] = {
    "The request at fault names another gateway than an earlier one": lambda last, before: any(
        each.get("VpnGatewayId") not in (None, last.get("VpnGatewayId")) for each in before
    ),
    "The request at fault publishes its route": lambda last, _: creation_of(last).publish is True,
    "The request at fault has a Priority": lambda last, _: bool(last.get("Priority")),
    "The request at fault has a Description": lambda last, _: bool(last.get("Description")),
}


def common_features(histories: Sequence[History]) -> tuple[str, ...]:
    """What is true of each of these histories, of what is worth saying."""
    split = [_split(history) for history in histories]
    if None in split:
        return ()
    pairs = [pair for pair in split if pair is not None]
    return tuple(says for says, holds in {**_TELLING, **_OTHERS}.items() if all(holds(*pair) for pair in pairs))


def telling_feature(history: History) -> str:
    """The first statement that holds of a history and says something on its own; empty where none does."""
    pair = _split(history)
    return next((says for says, holds in _TELLING.items() if pair is not None and holds(*pair)), "")


def _split(history: History) -> tuple[Request, Sequence[Request]] | None:
    """The request at fault, and those before it; None where nothing is created."""
    last = max((place for place, each in enumerate(history) if each.action == CREATE), default=None)
    return None if last is None else (history[last], history[:last])
