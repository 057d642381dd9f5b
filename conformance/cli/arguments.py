"""What the words of a command line name: a target, a version of the documentation, checks, a mutant.

Each function raises UsageError where there is nothing of the name, with the nearest one that there is.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC, SPECS
from pbr_conformance.simulator.model.target_file import TargetError, at_url, load, parse_bytes, reference
from pbr_conformance.simulator.model.unusable import Unusable

from .files import reading
from .kinds import FileKind
from .options import NotNow, UsageError, duration, nearest, positive

if TYPE_CHECKING:
    from pbr_conformance.conformance.checks import Check
    from pbr_conformance.conformance.learn.learned_dialect import LearnedDialect
    from pbr_conformance.simulator.model.target import Target


STANDARD_INPUT: Final = "stdin"
"""What a target is called that is read from a pipe: its path is `-`."""

NO_SCRATCH: Final = (
    "nothing can be judged: no gateway has scratch = true; set it where the suite may create and delete routes"
)


def target_of(arguments: argparse.Namespace) -> Target:
    """The target of --target, by default the reference account."""
    path: Path | None = arguments.target
    if path is None:
        return reference()
    if str(path) == "-":
        try:
            return parse_bytes(sys.stdin.buffer.read(), STANDARD_INPUT)
        except TargetError as error:
            raise UsageError(str(error)) from None
    with reading(FileKind.TARGET, path):
        return load(path)


def source_of(arguments: argparse.Namespace) -> str:
    """What messages call the target."""
    path = arguments.target
    return "reference.toml" if path is None else STANDARD_INPUT if str(path) == "-" else str(path)


def aimed_at(arguments: argparse.Namespace) -> Target:
    """The target, at --url if that is given. One that bills needs --live."""
    target = located(target_of(arguments), arguments)
    if target.endpoint.live and not arguments.live:
        live = _flag(arguments, "live")
        raise UsageError(f"{target.name} says live = true, an endpoint that bills: add {live} if you mean it")
    return with_gateways(target, arguments)


def with_gateways(target: Target, arguments: argparse.Namespace) -> Target:
    """The same target, if there is anything to judge. Raises UsageError."""
    if not target.gateways:
        raise UsageError(f"{source_of(arguments)}: has no gateways; expected at least one [[gateways]]")
    return target


def with_scratch(target: Target, arguments: argparse.Namespace) -> Target:
    """The same target, if the suite may create routes somewhere: nothing is judged else. Raises NotNow."""
    if not any(gateway.scratch for gateway in target.gateways):
        raise NotNow(f"{source_of(arguments)}: {NO_SCRATCH}")
    return target


def located(target: Target, arguments: argparse.Namespace) -> Target:
    """A target at --url, if that is given, which can be reached as far as that is seen without asking it."""
    try:
        return reachable(target if arguments.url is None else at_url(target, arguments.url, _flag(arguments, "url")))
    except TargetError as error:
        raise UsageError(str(error)) from None


def reachable(target: Target) -> Target:
    """The same target, if there is a way to its endpoint: authorities that can be read, a proxy that is one, keys."""
    if target.endpoint.url is not None:
        from pbr_conformance.conformance.engine.connect import EndpointFactory

        try:
            EndpointFactory(target, DEFAULT_SPEC).over_http().close()
        except Unusable as error:
            raise UsageError(str(error)) from None
    return target


def dialect_of(arguments: argparse.Namespace) -> LearnedDialect | None:
    """The dialect of --dialect, if that is given."""
    path = getattr(arguments, "dialect", None)
    return None if path is None else dialect_at(path)


def dialect_at(path: Path) -> LearnedDialect:
    """The dialect in a file."""
    from pbr_conformance.conformance.learn.dialect_file import load as load_dialect

    with reading(FileKind.DIALECT, path):
        return load_dialect(path)


def spec_of(arguments: argparse.Namespace) -> str:
    """The version of the documentation: that of --spec or of the dialect, by default the usual one."""
    dialect = dialect_of(arguments)
    if dialect is not None and arguments.spec not in (None, dialect.spec):
        raise UsageError(f"--spec {arguments.spec}: {arguments.dialect} is of {dialect.spec}; expected that or none")
    spec = str(arguments.spec or (dialect.spec if dialect else DEFAULT_SPEC))
    return known_spec(spec, f"{_flag(arguments, 'spec')} {spec}")


def known_spec(spec: str, word: str) -> str:
    """A version of the documentation that there is; `word` names it in the message."""
    if spec not in SPECS:
        raise UsageError(
            f"{word}: no such version of the documentation; expected one of {', '.join(SPECS)}{nearest(spec, SPECS)}"
        )
    return spec


def checks_of(patterns: list[str]) -> tuple[Check, ...]:
    """The checks of --only, all without it."""
    from pbr_conformance.conformance.checks import BY_ADDRESS, select

    try:
        return select(tuple(patterns))
    except ValueError as error:
        hint = nearest(str(error), BY_ADDRESS)
        raise UsageError(f"--only {error}: no check at this address{hint} (see pbr-conformance list)") from None


def mutant_of(arguments: argparse.Namespace, target: Target | None = None) -> str | None:
    """The name of --mutant, if that is given; a target with a URL can't be a mutant."""
    name: str | None = arguments.mutant
    if name is None:
        return None
    flag = _flag(arguments, "mutant")
    if target is not None and target.endpoint.url:
        raise UsageError(f"{flag}: only the embedded simulator can be wrong; this target has a url")
    from pbr_conformance.conformance.mutants import MUTANTS

    names = [mutant.name for mutant in MUTANTS]
    if name not in names:
        raise UsageError(f"{flag} {name}: no such mutant{nearest(name, names)} (see pbr-conformance mutants)")
    return name


def budget_of(text: str | None) -> tuple[int | None, float | None]:
    """The requests, or the seconds, of --budget."""
    if text is None:
        return None, None
    try:
        return (None, duration(text)) if text.endswith(("s", "m")) else (positive(text), None)
    except argparse.ArgumentTypeError:
        raise UsageError(f"--budget {text}: expected requests (60) or a time (30s, 10m)") from None


SLOW_EXAMPLES: Final = 5
"""Random histories for each partition at a slow pace."""
SLOW_BUDGET: Final = "40m"
"""The budget of a run at a slow pace, where none is given."""


def is_slow_pace(arguments: argparse.Namespace, target: Target) -> bool:
    """Whether --pace is slow: by default, where the target bills."""
    return arguments.pace == "slow" or (arguments.pace is None and target.endpoint.live)


def _flag(arguments: argparse.Namespace, name: str) -> str:
    """A flag as the user writes it: the options of the pytest plugin have a prefix."""
    return f"--{getattr(arguments, 'prefix', '')}{name}"
