"""Resume an exhaustive search from the units that it has done.

Rules of this file
1. A search resumes only where everything that its certificate stands for is the same, and every byte of the sources.
2. What is read is what was written, and fits together: anything else is refused as damaged.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pbr_conformance.conformance.execute.sources import sources_hash
from pbr_conformance.conformance.execute.unit_files import DamagedUnits, Folder, UnitFiles, begun_campaign
from pbr_conformance.strategies.small_scope import Scope

from .certificate_document import CERTIFICATE_FORMAT, CERTIFICATE_KIND, subject_of
from .exhaust import Search, Searched
from .frontier import Contradicted, ScopeResult
from .units import FOUND_ADAPTER, scope_and_level


class NoCertificate(ValueError):
    """Why a search cannot be resumed."""


def files_of(plan: Search, folder: Folder) -> UnitFiles:
    """The units of a search, in a folder."""
    subject = {**asdict(subject_of(plan)), "sources": sources_hash()}
    return UnitFiles(folder, json.dumps(subject, sort_keys=True).encode())


def read(path: Path, folder: Folder, plan: Search) -> Searched:
    """Return the search whose units are in a folder. Raises NoCertificate where it cannot be resumed.

    `path` is its certificate, if it could still be written.
    """
    before = _certificate(path) if path.exists() else {}
    if before and before.get("progress") is None:
        raise NoCertificate(f"{path} is of a search that is done")
    try:
        begun = begun_campaign(folder)
        if begun is None:
            raise NoCertificate(f"{folder.name}: there is no unfinished search")
        _compare(folder, json.loads(begun), plan)
        results = _results(files_of(plan, folder).kept(), plan)
    except OSError as error:
        raise NoCertificate(f"{folder.name} cannot be read: {error.strerror or error}") from None
    except DamagedUnits as error:
        raise NoCertificate(str(error)) from None
    except (Contradicted, KeyError, TypeError, ValueError, OverflowError) as error:
        if isinstance(error, NoCertificate):
            raise
        reason = str(error).partition("\n")[0]
        raise NoCertificate(f"{folder.name} is damaged: a unit in it {reason}") from None
    seconds = before.get("seconds")
    return Searched(results, float(seconds) if isinstance(seconds, int | float) else 0.0)


def _compare(folder: Folder, begun: Mapping[str, Any], plan: Search) -> None:
    wanted = {**asdict(subject_of(plan)), "sources": sources_hash()}
    for name, value in wanted.items():
        if begun.get(name) != value:
            raise NoCertificate(
                f"{folder.name} is of another search: {name} is {_shown(begun.get(name))}, not {_shown(value)}"
            )


def _results(kept: Mapping[str, bytes], plan: Search) -> dict[str, ScopeResult]:
    scopes = {scope.name: scope for scope in plan.scopes()}
    by_level: dict[tuple[str, int], list[bytes]] = {}
    for name, result in sorted(kept.items()):
        place = scope_and_level(name, scopes)
        if place is None:
            raise Contradicted("is about a scope that is not known")
        by_level.setdefault(place, []).append(result)
    results = {name: _result(scope, plan.depth, by_level) for name, scope in scopes.items()}
    if by_level:
        raise Contradicted("is about a state that is not known")
    return results


def _result(scope: Scope, depth: int, by_level: dict[tuple[str, int], list[bytes]]) -> ScopeResult:
    """What was found in a scope: a level is followed by the next one once all of it was sent."""
    result = ScopeResult(name=scope.name)
    while not result.done and (units := by_level.pop((scope.name, result.frontier.level), None)) is not None:
        for unit in units:
            result.take(FOUND_ADAPTER.validate_json(unit))
        if next(result.frontier.slices(len(scope.requests)), None) is not None:
            break
        result.go_on(depth)
    return result


def is_unfinished(path: Path, folder: Folder) -> bool:
    """Whether a search was begun there and can be resumed; `path` is its certificate."""
    if any(name.endswith(".unit") for name in folder.names()):
        return True
    try:
        progress = _certificate(path).get("progress")
    except NoCertificate:
        return False
    return isinstance(progress, dict) and progress.get("scopes") not in (None, [])  # an earlier version's


def _certificate(path: Path) -> Mapping[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NoCertificate(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise NoCertificate(f"{path} is no JSON") from None
    if not isinstance(data, dict) or data.get("kind") != CERTIFICATE_KIND:
        raise NoCertificate(f'{path} is no certificate: expected "kind": "{CERTIFICATE_KIND}"')
    if data.get("format") not in (1, CERTIFICATE_FORMAT):
        wrong = f"{_shown(data.get('format'))}, not {CERTIFICATE_FORMAT}"
        raise NoCertificate(f"{path} is of another version of the format: {wrong}")
    return data


def _shown(value: object) -> str:
    """A value of a stranger's file, in a few words."""
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
