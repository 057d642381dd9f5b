"""`cleanup`: delete what runs that were killed have left, or list it."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Final

from pbr_conformance.conformance.client.journal import JournalEntry
from pbr_conformance.conformance.client.journals import Journals, journaled_gateways
from pbr_conformance.conformance.client.recovery import left_route
from pbr_conformance.conformance.client.state_directory import StateDirectoryError, folder_of, make_private
from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.reports.data.visible import on_a_line
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.target import Target

from .arguments import aimed_at
from .occupying import locking, recovered
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
    entries = _entries(target, gateways)
    found = [left_route(gateway, entry, "not deleted yet") for gateway, entry in entries]
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


def _entries(target: Target, gateways: list[str]) -> list[tuple[str, JournalEntry]]:
    """What the journals of an endpoint have. Raises UsageError."""
    journals = Journals(target)
    try:
        for gateway in gateways:
            journals.of(gateway)
        return list(journals.open_entries())
    except StateDirectoryError as problem:
        raise UsageError(str(problem)) from None
    finally:
        journals.close()
