"""Which key of a target would explain a failure, if it were wrong. Nothing is sent.

Rules of this file
1. A failure is judged again from its transcript under accounts with one key changed. A key is named only if the
   declared account shows the deviation again, and the changed one explains every answer.
2. A key that the endpoint shows was compared before the run. Only the others are suspected.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, Final

from pbr_conformance.conformance.account.found import FoundAccount
from pbr_conformance.conformance.judge.answer import JudgeContext, judge
from pbr_conformance.conformance.judge.interaction import Interaction, Transcript
from pbr_conformance.conformance.judge.listing import entries_of
from pbr_conformance.conformance.judge.model import Model
from pbr_conformance.conformance.transcripts.transcript_format import read_request
from pbr_conformance.reports.data.results import Failure
from pbr_conformance.simulator.documentation.actions import CREATE, DELETE, LIST
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.target import Gateway, Target, Vpc
from pbr_conformance.simulator.model.target_file import parse_document
from pbr_conformance.simulator.rules.oracle import Allowed, TokenUse, allow

from .concurrent import ConcurrentBatch, Explained, explain, operations_of
from .verdict import Examined

_MOST_INTERACTIONS: Final = 200
_MOST_TOGETHER: Final = 6
"""Requests sent at the same time whose orders are tried for each key."""
_TOGETHER: Final = re.compile(r"at the same time as (\d+) other")
_NO_LIMIT: Final = 1_000_000
_OTHER: Final[Mapping[str, Mapping[object, object]]] = {
    "pbr": {True: False, False: True},
    "priority": {True: False, False: True},
    "tunnels": {"single": "dual", "dual": "single"},
    "status": {"active": "updating", "updating": "active"},
    "business": {"normal": "financial_locked", "financial_locked": "normal"},
}
"""The other value of a key that has two."""


def with_suspected_keys(examined: Iterable[Examined], found: FoundAccount | None) -> tuple[Examined, ...]:
    """The same, each failure with the keys that would explain it; `found` is what the endpoint showed."""
    shown = found or FoundAccount()
    return tuple(_of_check(each, shown) if each.result.failures else each for each in examined)


def _of_check(each: Examined, found: FoundAccount) -> Examined:
    failures = tuple(_of_failure(failure, each.transcripts, found) for failure in each.result.failures)
    return replace(each, result=replace(each.result, failures=failures))


def _of_failure(failure: Failure, transcripts: Mapping[str, object], found: FoundAccount) -> Failure:
    document = transcripts.get(failure.transcript)
    keys = suspected_keys(document, found) if isinstance(document, dict) else []
    return replace(failure, observed=failure.observed + "".join(f"; or {key} is wrong" for key in keys))


def suspected_keys(document: Mapping[str, Any], found: FoundAccount) -> list[str]:
    """Each key, with its declared value, that would explain the transcript of a failure; see rule 1."""
    target, transcript = parse_document(document["account"]), _transcript(document["exchanges"])
    if not transcript:
        return []
    judged = _Judged(str(document["spec"]), strict_messages=document.get("strict_messages") is True)
    if target.endpoint.url is None or judged.agrees(target, transcript):
        return []
    changed = _changed(target, transcript, found)
    keys = (key for key, accounts in changed if any(judged.agrees(account, transcript) for account in accounts))
    return list(dict.fromkeys(keys))


def _transcript(written: Sequence[Mapping[str, Any]]) -> Transcript:
    """What was sent and answered; nothing where many were sent at the same time, or one was not answered."""
    found: Transcript = []
    for number, each in enumerate(written[:_MOST_INTERACTIONS]):
        answer, request = each.get("answer"), read_request(f"exchanges[{number}]", each)
        if request.action in (CREATE, DELETE, LIST):
            others = _TOGETHER.match(str(each.get("note")))
            together = 0 if others is None else int(others[1]) + 1
            if not isinstance(answer, dict) or together > _MOST_TOGETHER:
                return []
            found.append(Interaction(request, Answer(each["status"], answer), together=together))
    return found


# --- Other accounts -------------------------------------------------------------------------------------------


def _changed(target: Target, transcript: Transcript, found: FoundAccount) -> Iterator[tuple[str, Iterator[Target]]]:
    """Keys with their declared values, and the accounts where that one has another value."""
    named = {sent.gateway for sent in transcript}
    numbers = (*range(len(transcript) + 2), _NO_LIMIT)
    for index, gateway in enumerate(target.gateways):
        if gateway.id not in named:
            continue
        if "quota" in gateway.model_fields_set:
            with_quotas = (gateway.model_copy(update={"quota": number}) for number in numbers)
            yield f"gateways[{index}].quota = {gateway.quota}", _with_gateways(target, index, with_quotas)
        for key, others in _OTHER.items():
            if key in gateway.model_fields_set and not _is_shown(key, gateway, found):
                value = getattr(gateway, key)
                other = gateway.model_copy(update={key: others[value]})
                yield f"gateways[{index}].{key} = {_toml(value)}", _with_gateways(target, index, iter((other,)))
    vpcs = {gateway.vpc for gateway in target.gateways if gateway.id in named}
    for index, vpc in enumerate(target.vpcs):
        if vpc.id in vpcs and "vpn_route_quota" in vpc.model_fields_set:
            with_limits = (vpc.model_copy(update={"vpn_route_quota": number}) for number in (*numbers, None))
            declared = "no limit" if vpc.vpn_route_quota is None else vpc.vpn_route_quota
            yield f"vpcs[{index}].vpn_route_quota = {declared}", _with_vpcs(target, index, with_limits)


def _is_shown(key: str, gateway: Gateway, found: FoundAccount) -> bool:
    shown = (found.gateways or {}).get(gateway.id)
    if key == "pbr" or shown is None:
        return False
    if key == "tunnels":
        return found.dual(gateway.id) is not None
    return getattr(shown, key) is not None


def _with_gateways(target: Target, index: int, others: Iterator[Gateway]) -> Iterator[Target]:
    before, after = target.gateways[:index], target.gateways[index + 1 :]
    return (target.model_copy(update={"gateways": (*before, other, *after)}) for other in others)


def _with_vpcs(target: Target, index: int, others: Iterator[Vpc]) -> Iterator[Target]:
    before, after = target.vpcs[:index], target.vpcs[index + 1 :]
    return (target.model_copy(update={"vpcs": (*before, other, *after)}) for other in others)


def _toml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f'"{value}"'


# --- Judging again --------------------------------------------------------------------------------------------


class _Judged:
    """The terms under which a transcript is judged again."""

    def __init__(self, spec: str, *, strict_messages: bool) -> None:
        self._spec, self._strict_messages = spec, strict_messages

    def agrees(self, target: Target, transcript: Transcript) -> bool:
        """Whether every creation was answered as an endpoint with this account may."""
        model, seen, left = Model(target), set[object](), iter(transcript)
        for sent in left:
            request, answer = sent.request, sent.received
            if sent.together:
                if not self._explains([sent, *islice(left, sent.together - 1)], model):
                    return False
                continue
            assert isinstance(answer, Answer), "see _transcript"
            if request.action != CREATE:
                _follow(model, request, answer)
                continue
            allowed = allow(model.account, request, None, self._spec)
            place = model.place(request.get("VpnGatewayId"))
            created = (answer.members or {}).get("CreateTime")
            context = JudgeContext(
                allowed,
                place,
                created if isinstance(created, int) else 0,
                seen,
                strict_messages=self._strict_messages,
            )
            if judge(request, answer, context) is not None:
                return False
            _create(model, request, answer, allowed)
        return True

    def _explains(self, batch: Transcript, model: Model) -> bool:
        """Whether some order explains what requests sent at the same time were answered: then the model follows it."""
        known = ConcurrentBatch(model.account, self._spec, {}, model.next_number)
        found = explain(known, operations_of(batch))
        if isinstance(found, Explained):
            model.take(found.account, len(batch))
        return isinstance(found, Explained)


def _create(model: Model, request: Request, answer: Answer, allowed: Allowed) -> None:
    if answer.status == 200 and allowed.token is not TokenUse.REPLAY:
        gateway, route = request.parameters["VpnGatewayId"], model.created(request, answer)
        if allowed.tolerated:
            model.deleted(gateway, route)


def _follow(model: Model, request: Request, answer: Answer) -> None:
    """Take what a deletion or a whole list says."""
    gateway = request.get("VpnGatewayId") or ""
    if request.action == LIST:
        page = entries_of(answer)
        if page is not None and len(page[0]) == page[1]:
            model.adopt(gateway, page[0])
    elif answer.status == 200:
        route = model.find(gateway, request.parameters)
        if route is not None:
            model.deleted(gateway, route)
