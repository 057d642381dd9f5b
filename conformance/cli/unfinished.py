"""What is kept of a run until it is done, and `--resume`, which goes on with it.

Rules of this file
1. A run goes on where the same command with the same --report was: another one is refused.
"""

from __future__ import annotations

import argparse
import secrets
import shlex
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from pbr_conformance.conformance.client.state_directory import runs_folder
from pbr_conformance.conformance.engine.unfinished_run import NoUnfinishedRun, UnfinishedRun, reopened

from .options import UsageError
from .sending_verbs import RUN_VERB

if TYPE_CHECKING:
    from pbr_conformance.conformance.engine.run_plan import Plan
    from pbr_conformance.conformance.engine.suite import Run
    from pbr_conformance.simulator.model.target import Target

_NOT_REPEATED: Final = (
    "--seed",
    "--workers",
    "--json",
    "--quiet",
    "--github",
    "--all",
    "--wait",
    "--patience",
    "--resume",
)
"""Options that do not change what is sent, and the seed, which a run may have drawn."""


def unfinished_run(arguments: argparse.Namespace, target: Target) -> UnfinishedRun | None:
    """Where the run is kept, over HTTP; with --resume what was kept. Raises UsageError."""
    if target.endpoint.url is None or arguments.plan or arguments.keep_transcript:
        if arguments.resume:
            why = (
                "not with --plan or --keep-transcript" if target.endpoint.url else "in process nothing is kept of a run"
            )
            raise UsageError(f"--resume: {why}")
        return None
    folder, command = runs_folder(arguments.report), shlex.join(words_of(arguments))
    if not arguments.resume:
        return UnfinishedRun(folder, {"command": command, "seed": seed_of(arguments, None), "started": _now()})
    try:
        kept = reopened(folder)
    except NoUnfinishedRun as reason:
        raise UsageError(f"--resume: {arguments.report}: {reason}") from None
    if kept.header["command"] != command or arguments.seed not in (None, kept.header["seed"]):
        was = f"{kept.header['command']} --seed {kept.header['seed']}"
        raise UsageError(f"--resume: {arguments.report}: is of another run: {was}")
    return kept


def seed_of(arguments: argparse.Namespace, kept: UnfinishedRun | None) -> int:
    """The seed: that of the run that goes on, the one that is given, or one that is drawn."""
    if kept is not None:
        return int(kept.header["seed"])
    return secrets.randbelow(1 << 32) if arguments.seed is None else int(arguments.seed)


def started_at(kept: UnfinishedRun | None) -> str:
    """When a run began, in ISO 8601."""
    return _now() if kept is None else str(kept.header["started"])


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def ended(plan: Plan, done: Run) -> list[str]:
    """Forget what is kept of a run that is done; of any other say how it goes on, or why it can't."""
    kept = plan.unfinished
    if kept is None:
        return []
    if not done.interrupted and not any(each.is_cut or each.unanswered for each in done.examined):
        kept.end()
    elif kept.trouble:
        return [f"--resume will not go on with all of it: {kept.folder}: {kept.trouble}"]
    elif kept.is_kept:
        return ["the run is not done: the same command with --resume goes on"]
    return []


def words_of(arguments: argparse.Namespace) -> list[str]:
    """The command, as far as it says what is sent, but for the seed."""
    repeated = [option for option in RUN_VERB.options if option.names[0] not in _NOT_REPEATED]
    return ["pbr-conformance", "run", *(word for option in repeated for word in option.words(arguments))]
