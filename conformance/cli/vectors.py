"""`vectors`: write what the oracle expects as test vectors, or run the vectors of a file at an endpoint."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from pbr_conformance.conformance.client.recovery import LeftRoute
from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.conformance.execute.processes import terminable
from pbr_conformance.conformance.vectors.checking import CheckedVectors, VectorVerdict, check
from pbr_conformance.conformance.vectors.document import VectorSuite, from_text, to_text
from pbr_conformance.conformance.vectors.generate import generate
from pbr_conformance.conformance.vectors.judging import allowed_in_words
from pbr_conformance.conformance.vectors.loader import scored
from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.reports.data.visible import on_a_line
from pbr_conformance.reports.views.sentences import many
from pbr_conformance.simulator.documentation.create import SPECS
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.model.target_file import TargetError, at_url, dump

from .arguments import aimed_at, mutant_of, reachable, spec_of, target_of
from .files import reading, write_text
from .kinds import FileKind
from .occupying import occupying, recovered
from .options import NotNow, UsageError
from .terminal import say, show, show_json, write_lines

_LARGEST: Final = 16 * 1024 * 1024
"""Bytes of a file that is read."""
_LINE_WIDTH: Final = 400
_MOST_SHOWN: Final = 20
"""Failures that the terminal shows; --json has all."""


def run(arguments: argparse.Namespace) -> int:
    """Carry out the verb."""
    if arguments.check is not None:
        return _check(arguments)
    if arguments.file is not None:
        raise UsageError("--file: names the vectors that --check runs; expected --check URL too")
    if arguments.mutant is not None:
        raise UsageError("--mutant: is what --check runs the vectors on; expected --check too")
    target = target_of(arguments)
    suite = generate(target, spec_of(arguments), arguments.depth)
    if not suite.vectors:
        raise UsageError(f"{target.name}: has no scratch gateway to write vectors for")
    if not arguments.no_score:
        say(f"pbr-conformance: {many(len(suite.vectors), 'vector')}, run on every mutant for the mutation score")
        with terminable():
            suite = scored(suite, target, workers=arguments.workers)
    text = to_text(suite)
    if arguments.json:
        write_lines(text.rstrip("\n"))
    else:
        write_text(arguments.output, text, f"--output {arguments.output}")
        write_lines(*_written(suite), f"Vectors:   {arguments.output}")
    return 0


def _written(suite: VectorSuite) -> list[str]:
    must = sum(vector.strength == "MUST" for vector in suite.vectors)
    lines = [f"{many(len(suite.vectors), 'vector')}: {must:,} MUST, {len(suite.vectors) - must:,} MAY"]
    score = suite.mutation_score
    return lines if score is None else [*lines, f"mutation score: {score.killed} of {score.mutants} mutants killed"]


# --- Running a file -----------------------------------------------------------------------------------------


def _check(arguments: argparse.Namespace) -> int:
    arguments.url = None  # that of --check is put in below
    suite = _suite(arguments)
    target = _target(arguments, suite)
    connection = EndpointFactory(target, suite.spec, arguments.timeout, mutant_of(arguments, target))
    trouble = connection.trouble()
    if trouble is not None:
        raise NotNow(trouble.reason)
    if not arguments.json:
        say(f"pbr-conformance: running {many(len(suite.vectors), 'vector')} on {connection.where}")
    with terminable(), occupying(connection, arguments.wait_lock):
        checked = check(suite, connection, lambda done: None)
        left = recovered(connection)
    if arguments.json:
        show_json(_document(suite, connection, checked, left))
    else:
        lines = _lines(suite, checked, left)
        show([on_a_line(line, _LINE_WIDTH) for line in lines])
    return _exit_status(checked, left)


def _suite(arguments: argparse.Namespace) -> VectorSuite:
    """The vectors of --file, else those of the target. Raises UsageError."""
    path: Path | None = arguments.file
    if path is None:
        return generate(target_of(arguments), spec_of(arguments), arguments.depth)
    if arguments.spec is not None:
        raise UsageError(f"--spec: {path} is of a version already; expected --file or --spec")
    with reading(FileKind.VECTORS, path, noun="vectors"):
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise ValueError(f"is larger than {_LARGEST >> 20} MiB")
        suite = from_text(content)
        problem = _gateway_problem(suite.target, suite)
        if problem:
            raise ValueError(problem)
    return suite


def _target(arguments: argparse.Namespace, suite: VectorSuite) -> Target:
    """Where the vectors are run: the target, or the account of the file, at the URL of --check."""
    if arguments.target is None:
        return _located(suite.target, arguments.check)
    target = aimed_at(arguments)
    problem = _gateway_problem(target, suite)
    if problem:
        raise UsageError(f"{arguments.target}: is another account than that of the vectors: {problem}")
    return _located(target, arguments.check)


def _located(target: Target, url: str) -> Target:
    try:
        return reachable(at_url(target, url, "--check") if url else target)
    except TargetError as error:
        raise UsageError(str(error)) from None


def _gateway_problem(target: Target, suite: VectorSuite) -> str:
    """Which gateway or VPC of the vectors a target does not have as the file declares it; nothing where it has all."""
    if suite.spec not in SPECS:
        return f"spec: expected one of {', '.join(SPECS)}"
    has, wants = _declared(target), _declared(suite.target)
    return next((f"{id} differs" if id in has else f"{id} is missing" for id in wants if has.get(id) != wants[id]), "")


def _declared(target: Target) -> dict[str, object]:
    """What is declared of each gateway and VPC, apart from what may be sent to it."""
    account = dump(target)
    parts = [*account["gateways"], *account["vpcs"]]  # type: ignore[misc]
    return {each["id"]: {key: value for key, value in each.items() if key != "scratch"} for each in parts}


def _exit_status(checked: CheckedVectors, left: Sequence[LeftRoute]) -> int:
    if checked.interrupted:
        return 130
    if checked.of(Verdict.FAIL):
        return 1
    return 0 if checked.of(Verdict.PASS) and not (left or checked.stopped or checked.of(Verdict.INCONCLUSIVE)) else 3


# --- Words --------------------------------------------------------------------------------------------------


def _lines(suite: VectorSuite, checked: CheckedVectors, left: Sequence[LeftRoute]) -> list[str]:
    shown = [*checked.of(Verdict.FAIL), *checked.of(Verdict.INCONCLUSIVE)]
    lines = [line for each in shown[:_MOST_SHOWN] for line in _of_verdict(suite, each)]
    lines += [f"... and {len(shown) - _MOST_SHOWN} more, which --json has"] if len(shown) > _MOST_SHOWN else []
    skipped = checked.of(Verdict.SKIPPED)
    counts = [f"{len(checked.of(Verdict.PASS))} passed", f"{len(checked.of(Verdict.FAIL))} failed"]
    counts += [f"{len(found)} inconclusive"] if (found := checked.of(Verdict.INCONCLUSIVE)) else []
    counts += [f"{len(skipped)} skipped ({skipped[0].reason})"] if skipped else []
    stopped = [f"Stopped after {len(checked.verdicts)} of {len(suite.vectors)}: {checked.stopped}"]
    lines += stopped if checked.stopped else []
    lines += [f"Left behind: {route}" for route in left]
    return [*lines, f"{', '.join(counts)}; {many(checked.requests, 'request')}"]


def _of_verdict(suite: VectorSuite, found: VectorVerdict) -> list[str]:
    vector = found.vector
    changes = " ".join(
        f"{name}={text}" if text is not None else f"without {name}" for name, text in vector.parameters.items()
    )
    after = f" after {many(steps, 'step')}" if (steps := len(suite.setup_of(vector).steps)) else ""
    return [
        f"{found.verdict.value} {vector.id}: {vector.action} on {vector.gateway}{after}: {changes or 'as usual'}",
        f"  {found.reason}",
        f"  because: {', '.join(vector.because) or 'no condition is broken'}",
    ]


def _document(
    suite: VectorSuite, connection: EndpointFactory, checked: CheckedVectors, left: Sequence[LeftRoute]
) -> dict[str, object]:
    """The verdicts as JSON."""
    return {
        "format": 1,
        "kind": "vectors checked",
        "where": connection.where,
        "spec": suite.spec,
        "exit": _exit_status(checked, left),
        "requests": checked.requests,
        "vectors": len(suite.vectors),
        "passed": len(checked.of(Verdict.PASS)),
        "skipped": len(checked.of(Verdict.SKIPPED)),
        "failed": [_of(suite, each) for each in checked.of(Verdict.FAIL)],
        "inconclusive": [_of(suite, each) for each in checked.of(Verdict.INCONCLUSIVE)],
        "stopped": checked.stopped,
        "left": [asdict(route) for route in left],
    }


def _of(suite: VectorSuite, found: VectorVerdict) -> dict[str, object]:
    vector = found.vector
    return {
        "id": vector.id,
        "reason": found.reason,
        "allowed": allowed_in_words(suite, vector),
        "observed": found.observed,
        "because": list(vector.because),
    }
