"""From what was sent and received to what people read: failures, and transcripts that can be sent again.

Rules of this file
1. A failure shows the requests that matter: creations, deletions, pauses, and the list that contradicts them.
2. A transcript holds everything, in order, with the account it was sent to. No credential is part of either.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import dropwhile, takewhile
from typing import Any, Final

from pbr_conformance.conformance.judge.answer import Deviation
from pbr_conformance.conformance.judge.interaction import Interaction, Received, Transcript
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.reports.data.results import AllowedOutcome, Control, Failure, ReportedInteraction
from pbr_conformance.simulator.documentation.actions import ACTIONS, CREATE, DELETE, LIST
from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request
from pbr_conformance.simulator.model.target import ROLES, Target
from pbr_conformance.simulator.model.target_file import dump
from pbr_conformance.simulator.rules.oracle import Allowed
from pbr_conformance.strategies.plain_requests import TOGETHER, WAIT

from .prefix_diagram import diagram_of
from .relevant_parameters import matters

_LONGEST_BODY = 2000
SHOWN_ACTIONS = (CREATE, DELETE, WAIT)
_LATEST: Final = 1 << 53
"""Milliseconds since the epoch that a double still has."""
PSEUDO: Final = {WAIT: "Seconds", TOGETHER: "Count"}
"""What stands in a history and is not sent, and the number that it needs."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """How far a failure is confirmed."""

    words: str
    flaky: bool = False
    again: str = ""
    """The path of the transcript of what did not fail again."""
    control: Control | None = None
    """What was played to show what is to blame."""


def unconfirmed(reason: str, times: str = "once") -> str:
    """What is said of a failure that was not confirmed, and why not; `reason` is a clause."""
    replay = "a replay that fails again, and one" if times == "once" else "a replay"
    missing = f"missing {'are' if times == 'once' else 'is'} {replay} without each step"
    return f"not yet: it was seen {times}, and {reason}; {missing}"


def failure(
    address: str, deviation: Deviation, transcript: Sequence[Interaction], *, path: str, confirmation: Confirmation
) -> Failure:
    """What a reader is shown of a deviation."""
    relevant = shown_of(transcript)
    last = len(relevant) - 1
    raced = any(sent.contradicts for sent in relevant)
    began = _began(transcript) if raced else None
    guilty = [sent.contradicts if raced else index == last for index, sent in enumerate(relevant)]
    sequence = tuple(
        replace(exchange(sent, fault, began), matters=matters(address, deviation.rule, sent, fault))
        for sent, fault in zip(relevant, guilty, strict=True)
    )
    return Failure(
        title=deviation.title,
        contradicts=address,
        rule=deviation.rule,
        expected=deviation.expected,
        observed=deviation.observed,
        sequence=sequence,
        transcript=path,
        flaky=confirmation.flaky,
        proof=confirmation.words,
        again=confirmation.again,
        cause=deviation.cause or deviation.title,
        picture=diagram_of(address, relevant, last) if relevant and not raced else None,
        control=confirmation.control,
    )


def shown_of(transcript: Sequence[Interaction]) -> Transcript:
    """The requests that a report shows: those that change something, and a list where one was asked for last."""
    changing = [sent for sent in transcript if sent.request.action in SHOWN_ACTIONS]
    return [*changing, *(sent for sent in transcript[-1:] if sent.request.action == LIST)]


def _began(transcript: Sequence[Interaction]) -> float | None:
    """When the last requests that were sent at the same time began: they are the ones that were judged last."""
    batch = takewhile(_is_of_batch, dropwhile(lambda sent: not _is_of_batch(sent), reversed(transcript)))
    return min((sent.asked for sent in batch), default=None)


def _is_of_batch(sent: Interaction) -> bool:
    return sent.together > 0


def exchange(sent: Interaction, at_fault: bool = False, began: float | None = None) -> ReportedInteraction:
    """One request and its answer, as the report shows them; its moments, if it was sent since `began`."""
    received, allowed = sent.received, sent.allowed
    is_timed = sent.together > 0 and began is not None and sent.asked >= began
    status = received.status if isinstance(received, Answer) else None
    return ReportedInteraction(
        action=sent.request.action,
        caller=sent.request.caller,
        parameters=dict(sent.request.parameters),
        status=status,
        answer=body(received)[:_LONGEST_BODY] if isinstance(received, Answer) else "",
        note=sent.note,
        allowed=_outcomes(allowed),
        broken=tuple(f"{b}: {b.condition.says}" for b in allowed.broken) if allowed else (),
        at_fault=at_fault,
        brief=brief(sent.request),
        started=_after(began, sent.asked) if is_timed else None,
        ended=_after(began, sent.answered) if is_timed else None,
    )


def _after(began: float | None, moment: float) -> float | None:
    """Seconds from when a batch began."""
    return None if began is None else round(moment - began, 6)


def _outcomes(allowed: Allowed | None) -> tuple[AllowedOutcome, ...]:
    return tuple(AllowedOutcome(what, why) for what, why in allowed.outcomes().items()) if allowed else ()


def body(answer: Answer) -> str:
    """The body of an answer: JSON where it was JSON, else what came."""
    return answer.text if answer.members is None else json.dumps(answer.members, ensure_ascii=False, default=str)


def as_shown(text: str) -> str:
    """A value as a line shows it: quoted where it is empty, or its ends or some of its characters could not be seen."""
    return text if text and text == text.strip() and text.isprintable() else repr(text)


def brief(request: Request) -> str:
    """A creation or a deletion in one line."""
    shown = {name: as_shown(text) for name, text in request.parameters.items()}
    get = shown.get
    if request.action not in (CREATE, DELETE):
        return ", ".join(f"{name} {text}" for name, text in shown.items() if name != "RegionId")
    route = f"{get('RouteSource', '')} -> {get('RouteDest', '')} via {get('NextHop', '')}, weight {get('Weight', '')}"
    said = ("RegionId", "VpnGatewayId", "RouteSource", "RouteDest", "NextHop", "Weight")
    others = [
        f"{name} {text}" for name, text in shown.items() if name not in said and (name, text) != ("PublishVpc", "false")
    ]
    return ", ".join([f"on {get('VpnGatewayId', '')}: {route}", *others])


def failure_transcript(
    address: str,
    deviation: Deviation,
    transcript: Sequence[Interaction],
    *,
    history: Sequence[Request],
    target: Target,
    terms: Judgement,
) -> dict[str, object]:
    """Everything that is needed to send a history again and to judge it again."""
    return {
        "format": 1,
        "contradicts": address,
        "title": deviation.title,
        "rule": deviation.rule,
        "expected": list(deviation.expected),
        "observed": deviation.observed,
        "spec": terms.spec,
        "strict_messages": terms.strict_messages,
        "account": dump(target),
        "history": [write_request(request) for request in history],
        "exchanges": [_written(sent) for sent in transcript],
    }


def naming_mutant(mutant: str | None, transcripts: Mapping[str, object]) -> dict[str, object]:
    """Transcripts, by path, that name the mutant they were found in, if it was one."""
    name = {} if mutant is None else {"mutant": mutant}
    return {path: {**document, **name} for path, document in transcripts.items() if isinstance(document, dict)}


def write_request(request: Request) -> dict[str, object]:
    """A request as JSON has it."""
    return {"action": request.action, "caller": request.caller, "parameters": dict(request.parameters)}


def read_history(data: object) -> tuple[Request, ...]:
    """The history that JSON had. Raises ValueError ("history[3]: expected ...") where it is none that can be sent."""
    if not isinstance(data, list):
        raise ValueError("history: expected an array")
    requests = [read_request(f"history[{index}]", item) for index, item in enumerate(data)]
    for index, request in enumerate(requests):
        number, action = request.get(PSEUDO.get(request.action, "")) or "", request.action
        if action == WAIT and not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", number):
            raise ValueError(f"history[{index}]: expected Seconds, a number")
        if action == TOGETHER and not _are_writes(requests[index + 1 :], number):
            raise ValueError(f"history[{index}]: expected Count, a number, and so many requests to be sent together")
        if action == TOGETHER and not re.fullmatch("[1-9][0-9]{0,2}", request.get("Clients") or "1"):
            raise ValueError(f"history[{index}]: expected Clients, a number from 1 to 999")
    return tuple(requests)


def _are_writes(following: Sequence[Request], count: str) -> bool:
    if not re.fullmatch("[0-9]{1,9}", count) or int(count) > len(following):
        return False
    return all(each.action in (CREATE, DELETE) and each.get("VpnGatewayId") for each in following[: int(count)])


def read_request(place: str, data: object) -> Request:
    """The request that JSON had at a place. Raises ValueError where it is none."""
    fields = data if isinstance(data, Mapping) else {}
    action, caller, parameters = fields.get("action"), fields.get("caller", "owner"), fields.get("parameters")
    if action not in (*ACTIONS, *PSEUDO):
        raise ValueError(f"{place}.action: expected one of {', '.join((*ACTIONS, *PSEUDO))}")
    if caller not in ROLES:
        raise ValueError(f"{place}.caller: expected one of {', '.join(ROLES)}")
    if not isinstance(parameters, Mapping) or not all(isinstance(text, str) for text in parameters.values()):
        raise ValueError(f"{place}.parameters: expected names and texts")
    return Request(action, dict(parameters), caller)


def write_received(received: Received) -> dict[str, object]:
    """What came, as JSON has it."""
    if not isinstance(received, Answer):
        return {"kind": received.kind, "reason": received.reason}
    if received.members is None:
        return {"status": received.status, "text": received.text}
    return {"status": received.status, "members": dict(received.members)}


def read_received(data: object) -> Received:
    """What came, as JSON had it. Raises ValueError where it is none."""
    if not isinstance(data, Mapping):
        raise ValueError("came: expected an object")
    if "kind" in data:
        if data["kind"] not in ("timeout", "refused", "closed", "garbled") or not isinstance(data.get("reason"), str):
            raise ValueError("came: expected kind (timeout, refused, closed or garbled) and reason")
        return NoAnswer(data["kind"], data["reason"])
    status, members, text = data.get("status"), data.get("members"), data.get("text", "")
    if not isinstance(status, int) or not isinstance(members, dict | None) or not isinstance(text, str):
        raise ValueError("came: expected status (a number), and members (an object) or text")
    return Answer(status, members, text)


def write_interaction(sent: Interaction) -> dict[str, object]:
    """A request that was sent alone, what came, and when, as JSON has it; what came is null for a pause."""
    came = None if sent.received is None else write_received(sent.received)
    written: dict[str, object] = {"sent": write_request(sent.request), "came": came}
    return written | ({"at": sent.at} if sent.at else {}) | ({"note": sent.note} if sent.note else {})


def write_batch(batch: Sequence[Interaction]) -> dict[str, object]:
    """Requests that were sent at the same time, and what came for each and when, as JSON has them."""
    came = [
        {**write_received(sent.received), "asked": sent.asked, "answered": sent.answered}
        for sent in batch
        if sent.received is not None
    ]
    return {"together": [write_request(sent.request) for sent in batch], "came": came, "at": batch[0].at}


def read_interactions(line: Mapping[str, Any]) -> Transcript:
    """What `write_interaction` or `write_batch` has written. Raises ValueError, TypeError or KeyError."""
    at, note = line.get("at", 0), line.get("note", "")
    if not isinstance(at, int) or not 0 <= at < _LATEST:
        raise ValueError("at: expected milliseconds since the epoch")
    if not isinstance(note, str):
        raise ValueError("note: expected a text")
    if "sent" in line:
        came = None if line["came"] is None else read_received(line["came"])
        return [Interaction(read_request("sent", line["sent"]), came, at=at, note=note)]
    requests, answers = line["together"], line["came"]
    if not isinstance(requests, list) or not isinstance(answers, list) or not 0 < len(requests) == len(answers):
        raise ValueError("together, came: expected as many answers as requests")
    return [
        Interaction(
            read_request(f"together[{number}]", request),
            read_received(answer),
            _seconds(answer["asked"]),
            _seconds(answer["answered"]),
            at=at,
            together=len(requests),
        )
        for number, (request, answer) in enumerate(zip(requests, answers, strict=True))
    ]


def _seconds(number: object) -> float:
    if not isinstance(number, int | float):
        raise ValueError("asked, answered: expected seconds")
    return float(number)


def _written(sent: Interaction) -> dict[str, object]:
    received = sent.received
    written = {**write_request(sent.request), "note": sent.note}
    if isinstance(received, Answer):
        written |= {
            "status": received.status,
            "answer": received.members if received.members is not None else received.text,
        }
    if sent.allowed is not None:
        written["allowed"] = {what: list(why) for what, why in sent.allowed.outcomes().items()}
    return written
