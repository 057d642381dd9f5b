"""`serve`: an account over HTTP, on this machine."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from . import UsageError
from .options import add_mutant, add_spec, add_target, check_mutant, spec_of, target_of

if TYPE_CHECKING:
    from simulator.target import Target
    from simulator.verification import Verifier

EXAMPLES = """example:
  pbr-conformance serve --port 0 --async-ms 300

The first line on standard output is the URL, once it accepts connections. Ctrl-C ends it."""


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    parser.epilog = EXAMPLES
    add_target(parser)
    parser.add_argument("--host", default="127.0.0.1", help="address to bind (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8642, metavar="N", help="port to bind, 0 for any (8642)")
    parser.add_argument("--async-ms", type=int, default=0, metavar="N", help="how long a gateway stays updating (0)")
    parser.add_argument(
        "--verify-signatures", action="store_true", help="refuse what no caller of the account has signed"
    )
    add_spec(parser)
    add_mutant(parser)


def run(arguments: argparse.Namespace) -> int:
    """Carry out the verb."""
    from dataclasses import replace

    from simulator.dialect import DEFAULT
    from simulator.server import Service, serve
    from simulator.step import step

    target, dialect, stepper = target_of(arguments), replace(DEFAULT, spec=spec_of(arguments)), step
    mutant = check_mutant(arguments)
    if not 0 <= arguments.port <= 65535:
        raise UsageError(f"--port {arguments.port}: expected a number from 0 to 65535")
    if arguments.async_ms < 0:
        raise UsageError(f"--async-ms {arguments.async_ms}: expected a number of milliseconds from 0")
    if mutant is not None:
        from conformance.mutants import by_name

        stepper = by_name(mutant).stepper  # type: ignore[assignment]
    verifier = _verifier(target) if arguments.verify_signatures else None
    service = Service(target, dialect, stepper, async_ms=arguments.async_ms, verifier=verifier)
    try:
        serve(service, arguments.host, arguments.port, _announce)
    except ValueError as error:
        raise UsageError(f"--host {arguments.host}: {error}") from None
    except OSError as error:
        reason = error.strerror or error
        raise UsageError(f"cannot listen on {arguments.host}:{arguments.port}: {reason}") from None
    return 0


def _verifier(target: Target) -> Verifier:
    from simulator.verification import verifier_of

    try:
        return verifier_of(target)
    except ValueError as error:
        raise UsageError(f"--verify-signatures: {error}") from None


def _announce(url: str) -> None:
    sys.stdout.write(f"{url}\n")
    sys.stdout.flush()
