"""`serve`: an account over HTTP, on this machine."""

from __future__ import annotations

import argparse
import os
import re
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from secrets import token_hex
from socket import socket
from typing import Final

from pydantic import SecretStr

from pbr_conformance.simulator.model.target import Credential, Target
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import DEFAULT
from pbr_conformance.simulator.server import server
from pbr_conformance.simulator.server.faults import (
    FAULT_KINDS,
    LONGEST_DELAY,
    USUAL_DELAY,
    FaultError,
    Faults,
    read_rates,
)
from pbr_conformance.simulator.server.page import Visit, visit
from pbr_conformance.simulator.server.service import Event, ServerConfig, Service
from pbr_conformance.simulator.server.state import open_state
from pbr_conformance.simulator.server.verification import Verifier, verifier_of

from .arguments import dialect_of, mutant_of, spec_of, target_of
from .files import reading
from .kinds import FileKind
from .options import UsageError, nearest
from .sending_verbs import USUAL_PORT
from .terminal import show_json, write_lines

_HOST_NAME: Final = re.compile(r"[A-Za-z0-9_.-]+|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+")
_LONGEST_UPDATE: Final = 86_400_000  # milliseconds: a day


def run(arguments: argparse.Namespace) -> int:
    """Carry out the verb."""
    target, keys = _with_keys(arguments, target_of(arguments))
    config = _config(arguments, target)
    _check_address(arguments, config)
    if arguments.openapi:
        return _print_openapi(arguments, target)
    with ExitStack() as held:
        listener = held.enter_context(_listening(arguments, config))  # before a state file is made
        if arguments.state is not None:
            config = _kept(arguments.state, target, config, held)
        server.serve(listener, Service(target, config), arguments.host, lambda url: write_lines(url, *keys))
    return 0


def _verifies(arguments: argparse.Namespace) -> bool:
    """Whether requests have to be signed: others are served only so."""
    return arguments.verify_signatures or not server.is_loopback(arguments.host)


def _with_keys(arguments: argparse.Namespace, target: Target) -> tuple[Target, list[str]]:
    """The account, with keys for its owner where they are needed and nobody has any; and these as they are printed."""
    if not _verifies(arguments) or any(each.signs for each in target.credentials.values()):
        return target, []
    made = {"ID": f"pbr{token_hex(8)}", "SECRET": token_hex(20)}
    owner = Credential(access_key_id=made["ID"], access_key_secret=SecretStr(made["SECRET"]))
    credentials = {**target.credentials, "owner": owner}
    return target.model_copy(update={"credentials": credentials}), [
        f"ALIBABA_CLOUD_ACCESS_KEY_{part}={value}" for part, value in made.items()
    ]


def _check_address(arguments: argparse.Namespace, config: ServerConfig) -> None:
    if not arguments.host:
        raise UsageError("--host: is empty; expected an address")
    reason = server.why_closed(arguments.host, config)
    if reason:
        raise UsageError(f"--host {arguments.host}: {reason}")
    if not 0 <= arguments.port <= 65535:
        raise UsageError(f"--port {arguments.port}: expected a number from 0 to 65535")


def _listening(arguments: argparse.Namespace, config: ServerConfig) -> socket:
    try:
        return server.listening(arguments.host, arguments.port, config)
    except ValueError as error:
        raise UsageError(f"--host {arguments.host}: {error}") from None
    except OSError as error:
        number = error.errno or 0  # below 0 for the look-up of a name
        reason = os.strerror(number) if number > 0 else error.strerror or error
        raise UsageError(f"cannot listen on {arguments.host}:{arguments.port}: {reason}") from None


def _print_openapi(arguments: argparse.Namespace, target: Target) -> int:
    from pbr_conformance.simulator.server.openapi import document

    host = f"[{arguments.host}]" if ":" in arguments.host else arguments.host
    port = arguments.port or USUAL_PORT  # any port is none yet
    described = document(target, spec_of(arguments), f"http://{host}:{port}")
    show_json(described)
    return 0


def _config(arguments: argparse.Namespace, target: Target) -> ServerConfig:
    stepper, mutant, pins = step, mutant_of(arguments), dialect_of(arguments)
    dialect = replace(DEFAULT if pins is None else pins.served(), spec=spec_of(arguments))
    settles = dialect.settles_after if pins is not None and pins.timing.settles_after is not None else 0
    async_ms = settles if arguments.async_ms is None else arguments.async_ms
    if arguments.async_ms is not None and not 0 <= async_ms <= _LONGEST_UPDATE:
        raise UsageError(f"--async-ms {async_ms}: expected a number of milliseconds from 0 to {_LONGEST_UPDATE}")
    if mutant is not None:
        from pbr_conformance.conformance.mutants import by_name

        stepper = by_name(mutant).stepper  # type: ignore[assignment]
    return ServerConfig(
        dialect=dialect,
        stepper=stepper,
        async_ms=async_ms,
        faults=_faults(arguments),
        control=arguments.control,
        verifier=_verifier(target) if _verifies(arguments) else None,
        page=_page(arguments),
        allowed_hosts=frozenset(_host_name(name) for name in arguments.allow_host),
    )


def _faults(arguments: argparse.Namespace) -> Faults:
    delay = USUAL_DELAY if arguments.slow_ms is None else arguments.slow_ms
    if not 0 <= delay <= LONGEST_DELAY:
        raise UsageError(f"--slow-ms {delay}: expected a number of milliseconds from 0 to {LONGEST_DELAY}")
    for flag, given in (("--slow-ms", arguments.slow_ms), ("--fault-seed", arguments.fault_seed)):
        if given is not None and not arguments.fault and not arguments.control:
            raise UsageError(f"{flag}: without a fault it says nothing; expected --fault KIND=RATE too, or --control")
    try:
        return Faults(read_rates(arguments.fault), arguments.fault_seed or 0, delay)
    except FaultError as error:
        hint = "" if error.kind in FAULT_KINDS else nearest(error.kind, FAULT_KINDS)
        raise UsageError(f"{' '.join(filter(None, ('--fault', error.kind)))}: {error.wrong}{hint}") from None


def _page(arguments: argparse.Namespace) -> Callable[[Service, Event, int], Visit] | None:
    """The page, for this machine, or under names that are allowed: who else opens the URL has no signature to show."""
    is_shown = server.is_loopback(arguments.host) or arguments.allow_host
    return partial(visit, signed=_verifies(arguments)) if is_shown else None


def _host_name(name: str) -> str:
    """A name as the header Host has it, without port. Raises UsageError."""
    if not _HOST_NAME.fullmatch(name):
        raise UsageError(f"--allow-host {name}: expected a name, as mock.example, without scheme and port")
    return name.lower()


def _kept(path: Path, target: Target, config: ServerConfig, held: ExitStack) -> ServerConfig:
    with reading(FileKind.STATE, path, flag="--state "):
        file, account = open_state(path, target)
    held.callback(file.close)
    now = time.time_ns() // 1_000_000
    return replace(config, store=file, start=account.settled(now + config.async_ms))


def _verifier(target: Target) -> Verifier:
    try:
        return verifier_of(target)
    except ValueError as error:
        raise UsageError(f"--verify-signatures: {error}") from None
