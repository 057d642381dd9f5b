"""How an exhaustive search goes on: what its certificate has beside what it says, written and read.

Rules of this file
1. A search goes on only where everything that its certificate stands for is the same.
2. What is read is what was written: it is sealed with a hash, and what does not fit is refused as damaged.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, fields
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from pbr_conformance.conformance.judge.answer import Deviation
from pbr_conformance.conformance.transcripts.transcript_format import read_interactions, write_interaction

from .certificate import Frontier, ScopeResult
from .claim import FORMAT, KIND, stands_for
from .exhaust import Search, Searched
from .explorer import Contradiction

DAMAGED: Final = (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError)


class NoCertificate(ValueError):
    """Why a file cannot be gone on with."""


def progress(searched: Searched) -> dict[str, Any]:
    """What is needed to go on."""
    scopes = [_scope(result) for result in searched.results.values()]
    return {"scopes": scopes, "seal": _seal(scopes)}


def _seal(scopes: object) -> str:
    return sha256(json.dumps(scopes, sort_keys=True).encode()).hexdigest()


def _scope(result: ScopeResult) -> dict[str, Any]:
    frontier = result.frontier
    written: dict[str, Any] = {each.name: getattr(result, each.name) for each in fields(result)}
    written["contradictions"] = {address: _contradiction(each) for address, each in result.contradictions.items()}
    written["frontier"] = {
        "states": [list(steps) for steps in frontier.states],
        "ids": frontier.ids,
        "at": frontier.at,
        "request": frontier.request,
        "offered": [frontier.offered[number] for number in range(frontier.at + 1)],
        "arrows": [[start, to, times] for start, tos in frontier.arrows.items() for to, times in tos.items()],
    }
    return written


def _contradiction(failed: Contradiction) -> dict[str, Any]:
    story = [write_interaction(sent) for sent in failed.story]
    return {"steps": list(failed.steps), "deviation": asdict(failed.deviation), "story": story}


def read(path: Path, plan: Search) -> Searched:
    """The search that a certificate broke off. Raises NoCertificate where it cannot be gone on with."""
    data = _certificate(path)
    for name, wanted in stands_for(plan).items():
        if data.get(name) != wanted:
            raise NoCertificate(f"is of another search: {name} is {_shown(data.get(name))}, not {_shown(wanted)}")
    if data.get("progress") is None:
        raise NoCertificate("is of a search that is done")
    try:
        scopes = data["progress"]["scopes"]
        if data["progress"]["seal"] != _seal(scopes):
            raise NoCertificate("is damaged: its progress is not what was written")
        results = [_result(each) for each in scopes]
        seconds = float(data["seconds"])
    except DAMAGED as error:
        raise (
            error
            if isinstance(error, NoCertificate)
            else NoCertificate(f"is damaged: {type(error).__name__} in its progress")
        ) from None
    return Searched({result.name: result for result in results}, seconds)


def unfinished(path: Path) -> bool:
    """Whether a file is the certificate of a search that was begun and can be gone on with."""
    try:
        progress = _certificate(path).get("progress")
    except NoCertificate:
        return False
    return progress is not None and progress != {"scopes": [], "seal": _seal([])}


def _certificate(path: Path) -> Mapping[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NoCertificate(f"cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise NoCertificate("is no JSON") from None
    if not isinstance(data, dict) or data.get("kind") != KIND:
        raise NoCertificate(f'is no certificate: expected "kind": "{KIND}"')
    if data.get("format") != FORMAT:
        raise NoCertificate(f"is of another version of the format: {_shown(data.get('format'))}, not {FORMAT}")
    return data


def _shown(value: object) -> str:
    """A value of a stranger's file, in a few words."""
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _result(data: dict[str, Any]) -> ScopeResult:
    found = data["frontier"]
    frontier = Frontier(
        [tuple(steps) for steps in found["states"]],
        list(found["ids"]),
        found["at"],
        found["request"],
        Counter(dict(enumerate(found["offered"]))),
        numbers={id: number for number, id in enumerate(found["ids"])},
    )
    for start, to, times in found["arrows"]:
        frontier.arrows.setdefault(start, Counter())[to] = times
    counters = {name: Counter(data[name]) for name in ("outcomes", "conditions", "pairs", "unjudged")}
    failed = {address: _failed(each) for address, each in data["contradictions"].items()}
    known = {**data, **counters, "contradictions": failed, "frontier": frontier, "histories": tuple(data["histories"])}
    return ScopeResult(**known)


def _failed(data: dict[str, Any]) -> Contradiction:
    told = data["deviation"]
    deviation = Deviation(**{**told, "plausible": tuple(told["plausible"]), "expected": tuple(told["expected"])})
    story = [sent for each in data["story"] for sent in read_interactions(each)]
    return Contradiction(tuple(data["steps"]), deviation, tuple(story))
