"""What several verbs are told in the same words: the target, the version of the documentation, a wrong simulator."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from . import UsageError
from .kinds import DIALECT, TARGET, of_another_kind

if TYPE_CHECKING:
    from pbr_conformance.conformance.checks import Check
    from pbr_conformance.conformance.learn.learned_dialect import LearnedDialect
    from pbr_conformance.simulator.model.target import Target


def add_target(parser: argparse.ArgumentParser) -> None:
    """TARGET.toml, by default the reference account."""
    parser.add_argument(
        "target", nargs="?", type=Path, metavar="TARGET.toml", help="the account (default: the reference account)"
    )


def add_spec(parser: argparse.ArgumentParser) -> None:
    """--spec."""
    parser.add_argument("--spec", metavar="DATE", help="version of the documentation to judge by (default: 2026-02-11)")


def add_mutant(parser: argparse.ArgumentParser) -> None:
    """--mutant."""
    parser.add_argument("--mutant", metavar="NAME", help="put a wrong simulator in the place of the right one")


def add_dialect(parser: argparse.ArgumentParser, purpose: str) -> None:
    """--dialect."""
    parser.add_argument("--dialect", type=Path, metavar="FILE", help=purpose)


def dialect_of(arguments: argparse.Namespace) -> LearnedDialect | None:
    """The dialect that the command line names, if it does. Raises UsageError with every problem of its file."""
    return None if arguments.dialect is None else dialect_at(arguments.dialect)


def dialect_at(path: Path) -> LearnedDialect:
    """The dialect in a file. Raises UsageError with every problem of it."""
    from pbr_conformance.conformance.learn.dialect_file import DialectError, load

    try:
        return load(path)
    except DialectError as error:
        raise of_another_kind(path, DIALECT) or UsageError(str(error).replace("\n", "\npbr-conformance: ")) from None


def target_of(arguments: argparse.Namespace) -> Target:
    """The target that the command line names. Raises UsageError with every problem of its file."""
    from pbr_conformance.simulator.model.target_file import TargetError, load, reference

    if arguments.target is None:
        return reference()
    try:
        return load(arguments.target)
    except TargetError as error:
        more = str(error).replace("\n", "\npbr-conformance: ")
        raise of_another_kind(arguments.target, TARGET) or UsageError(more) from None


def aimed_at(arguments: argparse.Namespace) -> Target:
    """The target, at --url if that is given. Raises UsageError, also for one that bills without --live."""
    from pbr_conformance.simulator.model.target_file import TargetError, at_url

    target = target_of(arguments)
    if arguments.url is not None:
        try:
            target = at_url(target, arguments.url, _flag(arguments, "url"))
        except TargetError as error:
            raise UsageError(str(error)) from None
    if target.endpoint.live and not arguments.live:
        live = _flag(arguments, "live")
        raise UsageError(f"{target.name} says live = true, an endpoint that bills: add {live} if you mean it")
    return target


def spec_of(arguments: argparse.Namespace) -> str:
    """The version of the documentation. Raises UsageError where there is no such."""
    from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC, SPECS

    dialect = dialect_of(arguments) if getattr(arguments, "dialect", None) is not None else None
    if dialect is not None and arguments.spec not in (None, dialect.spec):
        raise UsageError(f"--spec {arguments.spec}: {arguments.dialect} is of {dialect.spec}; expected that or none")
    spec = str(arguments.spec or (dialect.spec if dialect else DEFAULT_SPEC))
    if spec not in SPECS:
        flag = _flag(arguments, "spec")
        raise UsageError(f"{flag} {spec}: no such version of the documentation; expected one of {', '.join(SPECS)}")
    return spec


def checks_of(patterns: list[str]) -> tuple[Check, ...]:
    """The checks that `--only` names, all without it. Raises UsageError where nothing is at one of the addresses."""
    from pbr_conformance.conformance.checks import BY_ADDRESS, select

    try:
        return select(tuple(patterns))
    except ValueError as error:
        hint = nearest(str(error), list(BY_ADDRESS))
        raise UsageError(f"--only {error}: no check at this address{hint} (see pbr-conformance list)") from None


def check_mutant(arguments: argparse.Namespace, target: Target | None = None) -> str | None:
    """The name of a wrong simulator, if one is wanted. UsageError where there is no such, or the target has a URL."""
    name, flag = arguments.mutant, _flag(arguments, "mutant")
    if name is not None and target is not None and target.endpoint.url:
        raise UsageError(f"{flag}: only the embedded simulator can be wrong; this target has a url")
    if name is not None:
        from pbr_conformance.conformance.mutants import MUTANTS

        names = [mutant.name for mutant in MUTANTS]
        if name not in names:
            raise UsageError(f"{flag} {name}: no such wrong simulator{nearest(name, names)}")
    return str(name) if name is not None else None


def _flag(arguments: argparse.Namespace, name: str) -> str:
    """A flag as the user writes it: the options of the pytest plugin have a prefix."""
    return f"--{getattr(arguments, 'prefix', '')}{name}"


def add_timeout(parser: argparse.ArgumentParser) -> None:
    """--timeout."""
    parser.add_argument("--timeout", type=seconds, default=10.0, metavar="S", help="seconds for one request (10)")


def whole(text: str) -> int:
    """A whole number. Raises argparse.ArgumentTypeError."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text[:60]!r}: expected a whole number") from None


def seconds(text: str) -> float:
    """A time above 0. Raises argparse.ArgumentTypeError."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0")
    return number


def nearest(word: str, known: list[str]) -> str:
    """A hint at the nearest known word, or nothing."""
    from difflib import get_close_matches

    close = get_close_matches(word, known, 1)
    return f"; did you mean {close[0]}?" if close else ""
