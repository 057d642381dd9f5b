"""`cleanup`: delete what runs that were killed have left, or list it."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Final

from pbr_conformance.conformance.client.journals import journaled_gateways
from pbr_conformance.conformance.client.state_directory import StateDirectoryError, folder_of, make_private
from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.reports.data.visible import on_a_line
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC

from .arguments import aimed_at
from .occupying import journaled, locking, recovered
from .options import UsageError
from .terminal import show_json, write_lines

_LINE_WIDTH: Final = 400


def run(arguments: argparse.Namespace) -> int:
    """Carry out the verb."""
    target = aimed_at(arguments)
    if target.endpoint.url is None:
        raise UsageError("cleanup: the embedded simulator keeps nothing; expected a target with a url, or --url")
    try:
        make_private(folder_of(target.endpoint.url))
    except StateDirectoryError as problem:
        raise UsageError(str(problem)) from None
    gateways = journaled_gateways(target.endpoint.url)
    found = entries = journaled(target, "not deleted yet", gateways)
    done = [] if found else ["Nothing is left."]
    if not arguments.list:
        connection = EndpointFactory(target, DEFAULT_SPEC, arguments.timeout)
        with locking(target.endpoint.url, gateways, arguments.wait_lock):
            found = recovered(connection, gateways)
        done = [f"{len(entries) - len(found)} gone, {len(found)} left."]
    if arguments.json:
        show_json([asdict(left) for left in found])
    else:
        write_lines(*done, *(on_a_line(str(left), _LINE_WIDTH) for left in found))
    return 3 if found and not arguments.list else 0
