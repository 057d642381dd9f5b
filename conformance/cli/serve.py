"""`serve`: an account over HTTP, on this machine."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from socket import socket
from typing import TYPE_CHECKING, Final

from . import UsageError
from .kinds import STATE, of_another_kind
from .options import add_dialect, add_mutant, add_spec, add_target, check_mutant, dialect_of, spec_of, target_of, whole

if TYPE_CHECKING:
    from pbr_conformance.simulator.model.target import Target
    from pbr_conformance.simulator.server.faults import Faults
    from pbr_conformance.simulator.server.page import Visit
    from pbr_conformance.simulator.server.service import Event, ServerConfig, Service
    from pbr_conformance.simulator.server.verification import Verifier

LONGEST_UPDATE: Final = 86_400_000  # milliseconds: a day
USUAL_PORT: Final = 8642

EXAMPLES = """example:
  pbr-conformance serve --port 0 --async-ms 300

The first line on standard output is the URL, once it accepts connections. Ctrl-C ends it."""


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    parser.epilog = EXAMPLES
    add_target(parser)
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="address to bind; others than this machine's own need --verify-signatures (127.0.0.1)",
    )
    parser.add_argument("--port", type=whole, default=USUAL_PORT, metavar="N", help="port to bind, 0 for any (8642)")
    parser.add_argument(
        "--async-ms",
        type=whole,
        metavar="N",
        help="how long a gateway stays updating (0, or what the dialect has)",
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="KIND=RATE",
        help="let a share of the requests meet a fault, as busy=0.1; repeatable (see docs/serve.md)",
    )
    parser.add_argument("--fault-seed", type=whole, metavar="N", help="which requests meet a fault (0)")
    parser.add_argument(
        "--slow-ms", type=whole, metavar="N", help="how late an answer is that the fault slow meets (50)"
    )
    parser.add_argument("--state", type=_named, metavar="FILE", help="keep routes and tokens in a file")
    parser.add_argument("--control", action="store_true", help="turn on /_control/, for tests (see docs/serve.md)")
    parser.add_argument(
        "--verify-signatures", action="store_true", help="refuse what no caller of the account has signed"
    )
    parser.add_argument(
        "--openapi", action="store_true", help="print an OpenAPI 3.1 document of what is answered, and serve nothing"
    )
    add_spec(parser)
    add_dialect(parser, "answer as the endpoint does that it was learned from (see learn)")
    add_mutant(parser)


def run(arguments: argparse.Namespace) -> int:
    """Carry out the verb."""
    from pbr_conformance.simulator.server.server import serve
    from pbr_conformance.simulator.server.service import Service

    target = target_of(arguments)
    config = _config(arguments, target)
    _check_address(arguments, config)
    if arguments.openapi:
        return _print_openapi(arguments, target)
    with ExitStack() as held:
        listener = held.enter_context(_listening(arguments, config))  # before a state file is made
        if arguments.state is not None:
            config = _kept(arguments.state, target, config, held)
        serve(listener, Service(target, config), arguments.host, _announce)
    return 0


def _check_address(arguments: argparse.Namespace, config: ServerConfig) -> None:
    from pbr_conformance.simulator.server.server import why_closed

    if not arguments.host:
        raise UsageError("--host: is empty; expected an address")
    reason = why_closed(arguments.host, config)
    if reason:
        raise UsageError(f"--host {arguments.host}: {reason}")
    if not 0 <= arguments.port <= 65535:
        raise UsageError(f"--port {arguments.port}: expected a number from 0 to 65535")


def _listening(arguments: argparse.Namespace, config: ServerConfig) -> socket:
    from pbr_conformance.simulator.server.server import listening

    try:
        return listening(arguments.host, arguments.port, config)
    except ValueError as error:
        raise UsageError(f"--host {arguments.host}: {error}") from None
    except OSError as error:
        number = error.errno or 0  # below 0 for the look-up of a name
        reason = os.strerror(number) if number > 0 else error.strerror or error
        raise UsageError(f"cannot listen on {arguments.host}:{arguments.port}: {reason}") from None


def _print_openapi(arguments: argparse.Namespace, target: Target) -> int:
    import json

    from pbr_conformance.simulator.server.openapi import document

    host = f"[{arguments.host}]" if ":" in arguments.host else arguments.host
    port = arguments.port or USUAL_PORT  # any port is none yet
    described = document(target, spec_of(arguments), f"http://{host}:{port}")
    sys.stdout.write(json.dumps(described, indent=2) + "\n")
    return 0


def _config(arguments: argparse.Namespace, target: Target) -> ServerConfig:
    from pbr_conformance.simulator.operations.step import step
    from pbr_conformance.simulator.rules.dialect import DEFAULT
    from pbr_conformance.simulator.server.service import ServerConfig

    stepper, mutant, pins = step, check_mutant(arguments), dialect_of(arguments)
    dialect = replace(DEFAULT if pins is None else pins.served(), spec=spec_of(arguments))
    settles = dialect.settles_after if pins is not None and pins.timing.settles_after is not None else 0
    async_ms = settles if arguments.async_ms is None else arguments.async_ms
    if arguments.async_ms is not None and not 0 <= async_ms <= LONGEST_UPDATE:
        raise UsageError(f"--async-ms {async_ms}: expected a number of milliseconds from 0 to {LONGEST_UPDATE}")
    if mutant is not None:
        from pbr_conformance.conformance.mutants import by_name

        stepper = by_name(mutant).stepper  # type: ignore[assignment]
    return ServerConfig(
        dialect=dialect,
        stepper=stepper,
        async_ms=async_ms,
        faults=_faults(arguments),
        control=arguments.control,
        verifier=_verifier(target) if arguments.verify_signatures else None,
        page=_page(arguments),
    )


def _faults(arguments: argparse.Namespace) -> Faults:
    from pbr_conformance.simulator.server.faults import LONGEST_DELAY, USUAL_DELAY, FaultError, Faults, read_rates

    delay = USUAL_DELAY if arguments.slow_ms is None else arguments.slow_ms
    if not 0 <= delay <= LONGEST_DELAY:
        raise UsageError(f"--slow-ms {delay}: expected a number of milliseconds from 0 to {LONGEST_DELAY}")
    for flag, given in (("--slow-ms", arguments.slow_ms), ("--fault-seed", arguments.fault_seed)):
        if given is not None and not arguments.fault and not arguments.control:
            raise UsageError(f"{flag}: without a fault it says nothing; expected --fault KIND=RATE too, or --control")
    try:
        return Faults(read_rates(arguments.fault), arguments.fault_seed or 0, delay)
    except FaultError as error:
        raise UsageError(f"{' '.join(filter(None, ('--fault', error.kind)))}: {error.wrong}") from None


def _page(arguments: argparse.Namespace) -> Callable[[Service, Event, int], Visit] | None:
    """The page, for this machine: who else opens the URL has no signature to show."""
    from pbr_conformance.simulator.server.page import visit
    from pbr_conformance.simulator.server.server import is_loopback

    return partial(visit, signed=arguments.verify_signatures) if is_loopback(arguments.host) else None


def _kept(path: Path, target: Target, config: ServerConfig, held: ExitStack) -> ServerConfig:
    from pbr_conformance.simulator.server.state import StateError, open_state

    try:
        file, account = open_state(path, target)
    except StateError as error:
        other = of_another_kind(path, STATE)
        raise UsageError(f"--state {other or error}") from None
    held.callback(file.close)
    now = time.time_ns() // 1_000_000
    return replace(config, store=file, start=account.settled(now + config.async_ms))


def _verifier(target: Target) -> Verifier:
    from pbr_conformance.simulator.server.verification import verifier_of

    try:
        return verifier_of(target)
    except ValueError as error:
        raise UsageError(f"--verify-signatures: {error}") from None


def _named(text: str) -> Path:
    """The path of a file. Raises argparse.ArgumentTypeError: Path takes no name at all for this directory."""
    if not text:
        raise argparse.ArgumentTypeError("is empty; expected the name of a file")
    return Path(text)


def _announce(url: str) -> None:
    sys.stdout.write(f"{url}\n")
    sys.stdout.flush()
